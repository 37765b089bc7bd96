//! The master's operator API.

use super::routes::{self, SCHEDULER_ACCEPT};
use crate::http::{Reply, Request};
use crate::world::World;
use podform_mesos_proto::json;
use podform_mesos_proto::master::{
    Call, CallType, GetHealth, GetMetrics, GetOperations, GetWeights, Metric, Response,
};

impl World {
    /// Answers `POST /api/v1`.
    pub(super) fn operator_api(&mut self, request: &Request) -> Reply {
        if let Err(reply) = self.authenticate(request, "mesos-master-readwrite") {
            return reply;
        }
        if self.is_replaying() {
            return Reply::text(503, "Master has not finished recovery");
        }
        let call: Call = match routes::read_call(request) {
            Ok(call) => call,
            Err(reply) => return reply,
        };
        let Some(kind) = call.r#type else {
            let text = "Failed to validate master::Call: Expecting 'type' to be present";
            return Reply::text(400, text);
        };
        if let Some(reply) = routes::refuse_accept(request, SCHEDULER_ACCEPT) {
            return reply;
        }
        match self.read(kind) {
            Some(response) => Reply::json(json::to_vec(&response).unwrap_or_default()),
            None => self.change(kind, &call),
        }
    }

    fn read(&self, kind: CallType) -> Option<Response> {
        let mut out = Response::new(kind);
        match kind {
            CallType::GetHealth => out.get_health = Some(GetHealth { healthy: true }),
            CallType::GetVersion => out.get_version = Some(super::views::get_version()),
            CallType::GetMaster => out.get_master = Some(self.get_master()),
            CallType::GetFlags => out.get_flags = Some(self.get_flags()),
            CallType::GetState => out.get_state = Some(self.get_state()),
            CallType::GetTasks => out.get_tasks = Some(self.get_tasks()),
            CallType::GetFrameworks => out.get_frameworks = Some(self.get_frameworks()),
            CallType::GetAgents => out.get_agents = Some(self.get_agents()),
            CallType::GetExecutors => out.get_executors = Some(self.get_executors()),
            CallType::GetRoles => out.get_roles = Some(self.get_roles()),
            CallType::GetOperations => out.get_operations = Some(GetOperations::default()),
            CallType::GetWeights => out.get_weights = None::<GetWeights>,
            CallType::GetMetrics => {
                let metrics = self.metrics().into_iter();
                let metric = |(name, value)| Metric { name, value: Some(value) };
                out.get_metrics = Some(GetMetrics { metrics: metrics.map(metric).collect() });
            }
            _ => return None,
        }
        Some(out)
    }

    fn change(&mut self, kind: CallType, call: &Call) -> Reply {
        let missing = |name: &str| {
            let text = format!("Failed to validate master::Call: Expecting '{name}' to be present");
            Reply::text(400, text)
        };
        match kind {
            CallType::Teardown => {
                let Some(teardown) = &call.teardown else { return missing("teardown") };
                let id = &teardown.framework_id.value;
                if !self.master.frameworks.contains_key(id) {
                    return Reply::text(400, "No framework found with specified ID");
                }
                self.remove_framework(id);
                Reply::empty(200)
            }
            CallType::MarkAgentGone => {
                let Some(agent) = &call.mark_agent_gone else { return missing("mark_agent_gone") };
                let id = &agent.agent_id.value;
                if self.mark_agent_gone(id) {
                    return Reply::empty(200);
                }
                Reply::text(404, format!("Agent '{id}' not found"))
            }
            // The only files that the master could show are its logs, which it does not keep as files.
            CallType::ListFiles | CallType::ReadFile => Reply::text(404, ""),
            _ => Reply::not_implemented(),
        }
    }
}
