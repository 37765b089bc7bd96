//! The scheduler API's checks, in the order in which a master makes them.

use super::routes;
use crate::http::{Reply, Request};
use crate::world::World;
use podform_mesos_proto::scheduler::{Call, CallType, Subscribe};
use podform_mesos_proto::{FrameworkInfo, OfferConstraints, STREAM_ID_HEADER};

impl World {
    /// Answers `POST /api/v1/scheduler`.
    pub(super) fn scheduler_api(&mut self, request: &Request) -> Reply {
        let principal = match self.authenticate(request, "mesos-master-scheduler") {
            Ok(principal) => principal,
            Err(reply) => return reply,
        };
        if self.is_replaying() {
            return Reply::text(503, "Master has not finished recovery");
        }
        let call: Call = match routes::read_call(request) {
            Ok(call) => call,
            Err(reply) => return reply,
        };
        if let Some(text) = invalid(&call, principal.as_deref()) {
            return Reply::text(400, format!("Failed to validate scheduler::Call: {text}"));
        }
        let streams =
            matches!(call.r#type, Some(CallType::Subscribe | CallType::ReconcileOperations));
        if streams && let Some(reply) = routes::refuse_accept(request, routes::SCHEDULER_ACCEPT) {
            return reply;
        }
        let stream_id = request.header(STREAM_ID_HEADER);
        if call.r#type == Some(CallType::Subscribe) {
            if stream_id.is_some() {
                let text = "Subscribe calls should not include the 'Mesos-Stream-Id' header";
                return Reply::text(400, text);
            }
            return match call.subscribe {
                Some(subscribe) if plays(&subscribe) => {
                    self.subscribe(subscribe, principal.as_deref())
                }
                _ => Reply::not_implemented(),
            };
        }
        let framework = call.framework_id.as_ref().map(|id| id.value.clone()).unwrap_or_default();
        match self.refuse_stream(&framework, principal.as_deref(), stream_id) {
            Some(reply) => reply,
            None => self.call(&framework, call),
        }
    }

    fn refuse_stream(
        &self,
        id: &str,
        principal: Option<&str>,
        stream_id: Option<&str>,
    ) -> Option<Reply> {
        let Some(framework) = self.master.frameworks.get(id) else {
            return Some(Reply::text(400, "Framework cannot be found"));
        };
        if let Some(text) = other_principal(principal, &framework.info) {
            return Some(Reply::text(400, text));
        }
        let Some(stream) = &framework.stream else {
            return Some(Reply::text(403, "Framework is not subscribed"));
        };
        let Some(stream_id) = stream_id else {
            let text = "All non-subscribe calls should include the 'Mesos-Stream-Id' header";
            return Some(Reply::text(400, text));
        };
        (stream_id != stream.id).then(|| {
            Reply::text(
                400,
                format!(
                    "The stream ID '{stream_id}' included in this request didn't match the stream \
                     ID currently associated with framework ID {id}"
                ),
            )
        })
    }
}

/// Whether the stand-in plays what a framework asks for. Constraints on offers and minimal offers
/// it does not.
pub(super) fn is_played(info: &FrameworkInfo, constraints: Option<&OfferConstraints>) -> bool {
    info.offer_filters.is_empty()
        && constraints.is_none_or(|constraints| constraints.role_constraints.is_empty())
}

fn plays(subscribe: &Subscribe) -> bool {
    is_played(&subscribe.framework_info, subscribe.offer_constraints.as_ref())
}

fn other_principal(principal: Option<&str>, info: &FrameworkInfo) -> Option<String> {
    let (principal, set) = (principal?, info.principal.as_deref()?);
    (principal != set).then(|| {
        format!(
            "Authenticated principal '{principal}' does not match principal '{set}' set in \
             `FrameworkInfo`"
        )
    })
}

fn invalid(call: &Call, principal: Option<&str>) -> Option<String> {
    let Some(kind) = call.r#type else { return Some("Expecting 'type' to be present".to_owned()) };
    let missing = |name: &str| Some(format!("Expecting '{name}' to be present"));
    if kind == CallType::Subscribe {
        let Some(subscribe) = &call.subscribe else { return missing("subscribe") };
        if call.framework_id != subscribe.framework_info.id {
            let text = "'framework_id' differs from 'subscribe.framework_info.id'";
            return Some(text.to_owned());
        }
        return other_principal(principal, &subscribe.framework_info);
    }
    if call.framework_id.is_none() {
        return missing("framework_id");
    }
    let (name, is_present) = match kind {
        CallType::Accept => ("accept", call.accept.is_some()),
        CallType::Decline => ("decline", call.decline.is_some()),
        CallType::AcceptInverseOffers => {
            ("accept_inverse_offers", call.accept_inverse_offers.is_some())
        }
        CallType::DeclineInverseOffers => {
            ("decline_inverse_offers", call.decline_inverse_offers.is_some())
        }
        CallType::Kill => ("kill", call.kill.is_some()),
        CallType::Shutdown => ("shutdown", call.shutdown.is_some()),
        CallType::Acknowledge => ("acknowledge", call.acknowledge.is_some()),
        CallType::AcknowledgeOperationStatus => {
            ("acknowledge_operation_status", call.acknowledge_operation_status.is_some())
        }
        CallType::Reconcile => ("reconcile", call.reconcile.is_some()),
        CallType::ReconcileOperations => {
            ("reconcile_operations", call.reconcile_operations.is_some())
        }
        CallType::Message => ("message", call.message.is_some()),
        CallType::Request => ("request", call.request.is_some()),
        CallType::UpdateFramework => ("update_framework", call.update_framework.is_some()),
        _ => return None,
    };
    if !is_present {
        return missing(name);
    }
    invalid_body(call)
}

fn invalid_body(call: &Call) -> Option<String> {
    if let Some(acknowledge) = &call.acknowledge
        && !is_uuid(acknowledge.uuid.as_slice())
    {
        return Some("Not a valid UUID".to_owned());
    }
    let update = call.update_framework.as_ref()?;
    (call.framework_id != update.framework_info.id)
        .then(|| "'framework_id' differs from 'update_framework.framework_info.id'".to_owned())
}

/// 16 bytes whose version is one that exists.
fn is_uuid(bytes: &[u8]) -> bool {
    uuid::Uuid::from_slice(bytes).is_ok_and(|uuid| matches!(uuid.get_version_num(), 1..=5))
}
