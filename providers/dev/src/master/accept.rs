//! ACCEPT: checks the offers, then carries out the operations in order.

use super::stock::Stock;
use super::{Filter, Outstanding, group_rules, resource_rules};
use crate::agent::{Group, dropped_state};
use crate::log::say;
use crate::world::{World, now_seconds};
use podform_mesos_proto::scheduler::{Accept, Decline, Event};
use podform_mesos_proto::{
    AgentId, Filters, FrameworkId, LaunchGroup, OfferId, Operation, OperationType, Reason, Source,
    Task, TaskInfo, TaskState, TaskStatus,
};
use std::time::{Duration, Instant};

/// How long a filter lasts if nobody says otherwise.
const DEFAULT_REFUSAL: f64 = 5.0;

/// The longest that a filter may last: a year.
const LONGEST_REFUSAL: f64 = 31_536_000.0;

/// An update that the master makes itself: without UUID, never repeated.
#[derive(Debug)]
pub(super) struct OwnUpdate<'a> {
    pub(super) task: &'a str,
    pub(super) agent: Option<&'a str>,
    pub(super) state: TaskState,
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl OwnUpdate<'_> {
    pub(super) fn status(&self) -> TaskStatus {
        TaskStatus {
            task_id: self.task.into(),
            state: self.state,
            message: Some(self.message.clone()),
            source: Some(Source::Master),
            reason: Some(self.reason),
            agent_id: self.agent.map(AgentId::new),
            timestamp: Some(now_seconds()),
            ..TaskStatus::default()
        }
    }
}

/// Whether the stand-in plays every operation of a call.
pub(super) fn is_played(accept: &Accept) -> bool {
    accept.operations.iter().all(|operation| {
        let checks = operation
            .launch_group
            .as_ref()
            .is_some_and(|group| group.task_group.tasks.iter().any(|task| task.check.is_some()));
        matches!(operation.r#type, None | Some(OperationType::LaunchGroup)) && !checks
    })
}

impl World {
    /// Carries out an ACCEPT.
    pub(super) fn accept(&mut self, framework: &str, accept: Accept) {
        let offers = match self.offers_of(framework, &accept.offer_ids) {
            Ok(offers) => offers,
            Err(error) => return self.refuse_offers(framework, &accept, &error),
        };
        let (agent, role) = (offers[0].agent.clone(), offers[0].role.clone());
        let mut free = Stock::default();
        for offer in &offers {
            self.master.offers.shift_remove(&offer.message.id.value);
            free.add(&offer.resources);
        }
        for operation in accept.operations {
            let used = self.operate(framework, &agent, &role, operation, &free);
            free.subtract(&used);
        }
        self.add_filter(framework, &role, &agent, free, accept.filters.as_ref());
    }

    /// Carries out a DECLINE; offers that are no more are passed over.
    pub(super) fn decline(&mut self, framework: &str, decline: &Decline) {
        for id in &decline.offer_ids {
            let ours = self.master.offers.get(&id.value);
            if ours.is_none_or(|offer| offer.framework != framework) {
                continue;
            }
            if let Some(offer) = self.master.offers.shift_remove(&id.value) {
                let filters = decline.filters.as_ref();
                self.add_filter(framework, &offer.role, &offer.agent, offer.resources, filters);
            }
        }
    }

    fn offers_of(&self, framework: &str, ids: &[OfferId]) -> Result<Vec<Outstanding>, String> {
        let mut offers: Vec<Outstanding> = Vec::new();
        for id in ids {
            if offers.iter().any(|offer| offer.message.id == *id) {
                return Err(format!("Duplicate offer {id} in offer list"));
            }
            match self.master.offers.get(&id.value) {
                None => return Err(format!("Offer {id} is no longer valid")),
                Some(offer) if offer.framework != framework => {
                    return Err(format!(
                        "Offer {id} has invalid framework {} while framework {framework} is expected",
                        offer.framework
                    ));
                }
                Some(offer) => offers.push(offer.clone()),
            }
        }
        let Some(first) = offers.first() else { return Err("No offers specified".to_owned()) };
        if let Some(other) = offers.iter().find(|offer| offer.role != first.role) {
            return Err(format!(
                "Aggregated offers must be allocated to the same role. Offer {} uses role '{}' \
                 but another is using role '{}'",
                other.message.id, other.role, first.role
            ));
        }
        if let Some(other) = offers.iter().find(|offer| offer.agent != first.agent) {
            return Err(format!(
                "Aggregated offers must belong to one single agent. Offer {} uses agent {} and \
                 agent {}",
                other.message.id, other.agent, first.agent
            ));
        }
        Ok(offers)
    }

    fn refuse_offers(&mut self, framework: &str, accept: &Accept, error: &str) {
        // What was still valid is used up, and may be offered again at once.
        for id in &accept.offer_ids {
            let ours = self.master.offers.get(&id.value);
            if ours.is_some_and(|offer| offer.framework == framework) {
                self.master.offers.shift_remove(&id.value);
            }
        }
        let Some(known) = self.master.frameworks.get(framework) else { return };
        let state = dropped_state(&known.info);
        for operation in &accept.operations {
            for task in group_tasks(operation) {
                let update = OwnUpdate {
                    task: &task.task_id.value,
                    agent: Some(&task.agent_id.value),
                    state,
                    reason: Reason::InvalidOffers,
                    message: format!("Task launched with invalid offers: {error}"),
                };
                known.send(&Event::update(update.status()));
            }
        }
    }

    /// Carries out one operation. Returns what it used.
    fn operate(
        &mut self,
        framework: &str,
        agent: &str,
        role: &str,
        operation: Operation,
        free: &Stock,
    ) -> Stock {
        let syntax = self.syntax(&operation);
        let Some(mut group) = operation.launch_group else { return Stock::default() };
        for task in &mut group.task_group.tasks {
            resource_rules::allocate_to(&mut task.resources, role);
        }
        resource_rules::allocate_to(&mut group.executor.resources, role);
        let Some(known) = self.master.frameworks.get(framework) else { return Stock::default() };
        let refused = syntax.or_else(|| group_rules::check(known, agent, &group, free));
        if let Some(text) = refused {
            self.refuse_group(framework, &group, &text);
            return Stock::default();
        }
        self.launch(framework, agent, group)
    }

    fn syntax(&self, operation: &Operation) -> Option<String> {
        let text = match (operation.r#type, &operation.launch_group) {
            (None, _) => "Unknown offer operation".to_owned(),
            (_, None) => "A LAUNCH_GROUP offer operation must have the \
                          Offer.Operation.launch_group field set."
                .to_owned(),
            (_, Some(group)) => {
                let tasks = group.task_group.tasks.iter().map(|task| task.resources.as_slice());
                let lists = tasks.chain([group.executor.resources.as_slice()]);
                let wrong = lists.into_iter().find_map(resource_rules::syntax);
                let has_id = operation
                    .id
                    .as_ref()
                    .map(|_| "The `id` field cannot be set on LAUNCH_GROUP operations".to_owned());
                return wrong.or(has_id);
            }
        };
        say!(self, "operation refused: {text}");
        Some(text)
    }

    fn refuse_group(&self, framework: &str, group: &LaunchGroup, text: &str) {
        say!(self, "group of {} refused: {text}", group.executor.executor_id);
        for task in &group.task_group.tasks {
            let update = OwnUpdate {
                task: &task.task_id.value,
                agent: Some(&task.agent_id.value),
                state: TaskState::Error,
                reason: Reason::TaskGroupInvalid,
                message: text.to_owned(),
            };
            self.send_to(framework, &Event::update(update.status()));
        }
    }

    /// Enters the group in the master's books and hands it to the agent.
    fn launch(&mut self, framework: &str, agent: &str, group: LaunchGroup) -> Stock {
        let Some(known) = self.master.frameworks.get_mut(framework) else {
            return Stock::default();
        };
        let executor = group.executor.clone();
        let runs = known.books.executor(agent, &executor.executor_id.value).is_some();
        let total = group_rules::total(&group, runs);
        if !runs {
            known.books.insert_executor(agent, executor.clone());
        }
        let mut tasks = Vec::new();
        for info in group.task_group.tasks {
            let task = task_of(framework, &info, &executor.executor_id.value);
            known.books.insert_task(task.clone());
            say!(self, "task {} launched on {agent}", info.task_id);
            tasks.push((info, task));
        }
        let group = Group { framework: known.info.clone(), executor, tasks };
        if let Some(agent) = self.master.agents.get(agent) {
            self.on_run_group(agent.index, group);
        }
        total
    }

    fn add_filter(
        &mut self,
        framework: &str,
        role: &str,
        agent: &str,
        refused: Stock,
        filters: Option<&Filters>,
    ) {
        let seconds = filters.map_or(DEFAULT_REFUSAL, |filters| filters.refuse_seconds);
        let seconds = match seconds {
            seconds if seconds.is_nan() || seconds < 0.0 => DEFAULT_REFUSAL,
            seconds => seconds.min(LONGEST_REFUSAL),
        };
        if seconds == 0.0 || refused.is_empty() {
            return;
        }
        let span = Duration::from_secs_f64(seconds).max(self.options.timing.allocation);
        let Some(known) = self.master.frameworks.get_mut(framework) else { return };
        known.filters.push(Filter {
            role: role.to_owned(),
            agent: agent.to_owned(),
            refused,
            until: Instant::now() + span,
        });
    }
}

fn group_tasks(operation: &Operation) -> &[TaskInfo] {
    operation.launch_group.as_ref().map_or(&[], |group| &group.task_group.tasks)
}

/// The master's record of a task: what it is told, without its command.
fn task_of(framework: &str, info: &TaskInfo, executor: &str) -> Task {
    Task {
        name: info.name.clone(),
        task_id: info.task_id.clone(),
        framework_id: FrameworkId::new(framework),
        executor_id: Some(executor.into()),
        agent_id: info.agent_id.clone(),
        state: TaskState::Staging,
        resources: Stock::of(&info.resources).to_resources(),
        labels: info.labels.clone(),
        discovery: info.discovery.clone(),
        container: info.container.clone(),
        health_check: info.health_check.clone(),
        kill_policy: info.kill_policy.clone(),
        user: info.command.as_ref().and_then(|command| command.user.clone()),
        limits: info.limits.clone(),
        ..Task::default()
    }
}
