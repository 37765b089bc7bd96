//! The v1 scheduler API: what a framework sends to `POST /api/v1/scheduler`, and what its stream brings (`scheduler.proto`).

use crate::bytes::Bytes;
use crate::framework::{FrameworkInfo, MasterInfo, OfferConstraints};
use crate::ids::{
    AgentId, ExecutorId, FrameworkId, OfferId, OperationId, ResourceProviderId, TaskId,
};
use crate::offer::{Filters, InverseOffer, Offer, Operation, OperationStatus};
use crate::resource::Resource;
use crate::status::TaskStatus;
use crate::task::KillPolicy;
use crate::wire::{message, names};

/// The endpoint's path.
pub const PATH: &str = "/api/v1/scheduler";

names! {
    /// `Call.Type`
    CallType {
        /// Answered with 501.
        Unknown = "UNKNOWN",
        Subscribe = "SUBSCRIBE",
        Teardown = "TEARDOWN",
        Accept = "ACCEPT",
        Decline = "DECLINE",
        Revive = "REVIVE",
        Kill = "KILL",
        Shutdown = "SHUTDOWN",
        Acknowledge = "ACKNOWLEDGE",
        Reconcile = "RECONCILE",
        Message = "MESSAGE",
        Request = "REQUEST",
        Suppress = "SUPPRESS",
        AcceptInverseOffers = "ACCEPT_INVERSE_OFFERS",
        DeclineInverseOffers = "DECLINE_INVERSE_OFFERS",
        AcknowledgeOperationStatus = "ACKNOWLEDGE_OPERATION_STATUS",
        ReconcileOperations = "RECONCILE_OPERATIONS",
        UpdateFramework = "UPDATE_FRAMEWORK",
    }

    /// `Event.Type`
    EventType {
        Unknown = "UNKNOWN",
        Subscribed = "SUBSCRIBED",
        Offers = "OFFERS",
        InverseOffers = "INVERSE_OFFERS",
        Rescind = "RESCIND",
        RescindInverseOffer = "RESCIND_INVERSE_OFFER",
        Update = "UPDATE",
        UpdateOperationStatus = "UPDATE_OPERATION_STATUS",
        Message = "MESSAGE",
        Failure = "FAILURE",
        Error = "ERROR",
        Heartbeat = "HEARTBEAT",
    }
}

message! {
    /// `Call`
    Call {
        /// The framework; none on a first subscription.
        opt framework_id: FrameworkId,
        /// Which field is set.
        opt r#type: CallType,
        /// SUBSCRIBE
        opt subscribe: Subscribe,
        /// ACCEPT
        opt accept: Accept,
        /// DECLINE
        opt decline: Decline,
        /// ACCEPT_INVERSE_OFFERS
        opt accept_inverse_offers: AnswerInverseOffers,
        /// DECLINE_INVERSE_OFFERS
        opt decline_inverse_offers: AnswerInverseOffers,
        /// REVIVE
        opt revive: Roles,
        /// KILL
        opt kill: Kill,
        /// SHUTDOWN
        opt shutdown: Shutdown,
        /// ACKNOWLEDGE
        opt acknowledge: Acknowledge,
        /// ACKNOWLEDGE_OPERATION_STATUS
        opt acknowledge_operation_status: AcknowledgeOperationStatus,
        /// RECONCILE
        opt reconcile: Reconcile,
        /// RECONCILE_OPERATIONS
        opt reconcile_operations: ReconcileOperations,
        /// MESSAGE
        opt message: Message,
        /// REQUEST
        opt request: Request,
        /// SUPPRESS
        opt suppress: Roles,
        /// UPDATE_FRAMEWORK
        opt update_framework: UpdateFramework,
    }

    /// `Call.Subscribe`
    Subscribe {
        /// The framework.
        req framework_info: FrameworkInfo,
        /// Roles that get no offers for now.
        list suppressed_roles: String,
        /// Which agents are wanted.
        opt offer_constraints: OfferConstraints,
    }

    /// `Call.Accept`
    Accept {
        /// The offers, all of one agent.
        list offer_ids: OfferId,
        /// What is done with them, in order.
        list operations: Operation,
        /// For what is left.
        opt filters: Filters,
    }

    /// `Call.Decline`
    Decline {
        /// The offers.
        list offer_ids: OfferId,
        /// For how long not again.
        opt filters: Filters,
    }

    /// `Call.AcceptInverseOffers` and `Call.DeclineInverseOffers`
    AnswerInverseOffers {
        /// The inverse offers.
        list inverse_offer_ids: OfferId,
        /// For how long not again.
        opt filters: Filters,
    }

    /// `Call.Revive` and `Call.Suppress`
    Roles {
        /// The roles; none: all.
        list roles: String,
    }

    /// `Call.Kill`
    Kill {
        /// The task.
        req task_id: TaskId,
        /// Where it runs.
        opt agent_id: AgentId,
        /// Instead of the task's own.
        opt kill_policy: KillPolicy,
    }

    /// `Call.Shutdown`
    Shutdown {
        /// The executor.
        req executor_id: ExecutorId,
        /// Where it runs.
        req agent_id: AgentId,
    }

    /// `Call.Acknowledge`
    Acknowledge {
        /// From the update.
        req agent_id: AgentId,
        /// From the update.
        req task_id: TaskId,
        /// From the update.
        req uuid: Bytes,
    }

    /// `Call.AcknowledgeOperationStatus`
    AcknowledgeOperationStatus {
        /// From the update.
        opt agent_id: AgentId,
        /// From the update.
        opt resource_provider_id: ResourceProviderId,
        /// From the update.
        req uuid: Bytes,
        /// From the update.
        req operation_id: OperationId,
    }

    /// `Call.Reconcile`
    Reconcile {
        /// The tasks; none: all that the master knows.
        list tasks: ReconcileTask,
    }

    /// `Call.Reconcile.Task`
    ReconcileTask {
        /// The task.
        req task_id: TaskId,
        /// Where it runs.
        opt agent_id: AgentId,
    }

    /// `Call.ReconcileOperations`
    ReconcileOperations {
        /// The operations.
        list operations: ReconcileOperation,
    }

    /// `Call.ReconcileOperations.Operation`
    ReconcileOperation {
        /// The operation.
        req operation_id: OperationId,
        /// Where it is.
        opt agent_id: AgentId,
        /// By which provider.
        opt resource_provider_id: ResourceProviderId,
    }

    /// `Call.Message` and `Event.Message`
    Message {
        /// The executor's agent.
        req agent_id: AgentId,
        /// The executor.
        req executor_id: ExecutorId,
        /// The content.
        req data: Bytes,
    }

    /// `Call.Request`
    Request {
        /// What is wanted.
        list requests: ResourceRequest,
    }

    /// `Request`
    ResourceRequest {
        /// Where.
        opt agent_id: AgentId,
        /// What.
        list resources: Resource,
    }

    /// `Call.UpdateFramework`
    UpdateFramework {
        /// The framework, with its id.
        req framework_info: FrameworkInfo,
        /// Roles that get no offers for now.
        list suppressed_roles: String,
        /// Which agents are wanted.
        opt offer_constraints: OfferConstraints,
    }

    /// `Event`
    Event {
        /// Which field is set; none: a type of a newer master, to be ignored.
        opt r#type: EventType,
        /// SUBSCRIBED
        opt subscribed: Subscribed,
        /// OFFERS
        opt offers: Offers,
        /// INVERSE_OFFERS
        opt inverse_offers: InverseOffers,
        /// RESCIND
        opt rescind: Rescind,
        /// RESCIND_INVERSE_OFFER
        opt rescind_inverse_offer: RescindInverseOffer,
        /// UPDATE
        opt update: Update,
        /// UPDATE_OPERATION_STATUS
        opt update_operation_status: UpdateOperationStatus,
        /// MESSAGE
        opt message: Message,
        /// FAILURE
        opt failure: Failure,
        /// ERROR
        opt error: Error,
    }

    /// `Event.Subscribed`
    Subscribed {
        /// The framework.
        req framework_id: FrameworkId,
        /// Seconds between heartbeats.
        opt heartbeat_interval_seconds: f64,
        /// Who answers.
        opt master_info: MasterInfo,
    }

    /// `Event.Offers`
    Offers {
        /// The offers.
        list offers: Offer,
    }

    /// `Event.InverseOffers`
    InverseOffers {
        /// The inverse offers.
        list inverse_offers: InverseOffer,
    }

    /// `Event.Rescind`
    Rescind {
        /// The offer that is no more.
        req offer_id: OfferId,
    }

    /// `Event.RescindInverseOffer`
    RescindInverseOffer {
        /// The inverse offer that is no more.
        req inverse_offer_id: OfferId,
    }

    /// `Event.Update`
    Update {
        /// How a task stands.
        req status: TaskStatus,
    }

    /// `Event.UpdateOperationStatus`
    UpdateOperationStatus {
        /// How an operation stands.
        req status: OperationStatus,
    }

    /// `Event.Failure`: an agent is gone, or (with `executor_id`) an executor ended.
    Failure {
        /// The agent.
        opt agent_id: AgentId,
        /// The executor.
        opt executor_id: ExecutorId,
        /// The executor's `waitpid` word; -1 if not known.
        opt status: i32,
    }

    /// `Event.Error`: the stream ends after it.
    Error {
        /// Why.
        req message: String,
    }
}

impl Call {
    /// A call of a subscribed framework without its body.
    #[must_use]
    pub fn new(framework_id: &FrameworkId, r#type: CallType) -> Self {
        Self { framework_id: Some(framework_id.clone()), r#type: Some(r#type), ..Self::default() }
    }

    /// SUBSCRIBE; the framework's id, if it has one, is put in both places.
    #[must_use]
    pub fn subscribe(subscribe: Subscribe) -> Self {
        let framework_id = subscribe.framework_info.id.clone();
        Self {
            framework_id,
            r#type: Some(CallType::Subscribe),
            subscribe: Some(subscribe),
            ..Self::default()
        }
    }

    /// TEARDOWN: ends the framework and all its tasks.
    #[must_use]
    pub fn teardown(framework_id: &FrameworkId) -> Self {
        Self::new(framework_id, CallType::Teardown)
    }

    /// ACCEPT
    #[must_use]
    pub fn accept(
        framework_id: &FrameworkId,
        offer_ids: Vec<OfferId>,
        operations: Vec<Operation>,
        refuse_seconds: f64,
    ) -> Self {
        let accept = Accept { offer_ids, operations, filters: Some(Filters { refuse_seconds }) };
        Self { accept: Some(accept), ..Self::new(framework_id, CallType::Accept) }
    }

    /// DECLINE
    #[must_use]
    pub fn decline(
        framework_id: &FrameworkId,
        offer_ids: Vec<OfferId>,
        refuse_seconds: f64,
    ) -> Self {
        let decline = Decline { offer_ids, filters: Some(Filters { refuse_seconds }) };
        Self { decline: Some(decline), ..Self::new(framework_id, CallType::Decline) }
    }

    /// REVIVE of these roles; none: all.
    #[must_use]
    pub fn revive(framework_id: &FrameworkId, roles: Vec<String>) -> Self {
        Self { revive: Some(Roles { roles }), ..Self::new(framework_id, CallType::Revive) }
    }

    /// SUPPRESS of these roles; none: all.
    #[must_use]
    pub fn suppress(framework_id: &FrameworkId, roles: Vec<String>) -> Self {
        Self { suppress: Some(Roles { roles }), ..Self::new(framework_id, CallType::Suppress) }
    }

    /// KILL
    #[must_use]
    pub fn kill(framework_id: &FrameworkId, kill: Kill) -> Self {
        Self { kill: Some(kill), ..Self::new(framework_id, CallType::Kill) }
    }

    /// SHUTDOWN
    #[must_use]
    pub fn shutdown(
        framework_id: &FrameworkId,
        executor_id: ExecutorId,
        agent_id: AgentId,
    ) -> Self {
        Self {
            shutdown: Some(Shutdown { executor_id, agent_id }),
            ..Self::new(framework_id, CallType::Shutdown)
        }
    }

    /// The ACKNOWLEDGE of an update; `None` for one that must not be acknowledged.
    #[must_use]
    pub fn acknowledge(framework_id: &FrameworkId, status: &TaskStatus) -> Option<Self> {
        let acknowledge = Acknowledge {
            agent_id: status.agent_id.clone()?,
            task_id: status.task_id.clone(),
            uuid: status.uuid.clone()?,
        };
        Some(Self {
            acknowledge: Some(acknowledge),
            ..Self::new(framework_id, CallType::Acknowledge)
        })
    }

    /// RECONCILE of these tasks; none: of all that the master knows.
    #[must_use]
    pub fn reconcile(framework_id: &FrameworkId, tasks: Vec<ReconcileTask>) -> Self {
        Self {
            reconcile: Some(Reconcile { tasks }),
            ..Self::new(framework_id, CallType::Reconcile)
        }
    }

    /// UPDATE_FRAMEWORK
    #[must_use]
    pub fn update_framework(framework_id: &FrameworkId, update: UpdateFramework) -> Self {
        Self {
            update_framework: Some(update),
            ..Self::new(framework_id, CallType::UpdateFramework)
        }
    }
}

impl Event {
    /// HEARTBEAT
    #[must_use]
    pub fn heartbeat() -> Self {
        Self { r#type: Some(EventType::Heartbeat), ..Self::default() }
    }

    /// SUBSCRIBED
    #[must_use]
    pub fn subscribed(subscribed: Subscribed) -> Self {
        Self {
            r#type: Some(EventType::Subscribed),
            subscribed: Some(subscribed),
            ..Self::default()
        }
    }

    /// OFFERS
    #[must_use]
    pub fn offers(offers: Vec<Offer>) -> Self {
        Self { r#type: Some(EventType::Offers), offers: Some(Offers { offers }), ..Self::default() }
    }

    /// RESCIND
    #[must_use]
    pub fn rescind(offer_id: OfferId) -> Self {
        Self {
            r#type: Some(EventType::Rescind),
            rescind: Some(Rescind { offer_id }),
            ..Self::default()
        }
    }

    /// UPDATE
    #[must_use]
    pub fn update(status: TaskStatus) -> Self {
        Self { r#type: Some(EventType::Update), update: Some(Update { status }), ..Self::default() }
    }

    /// FAILURE
    #[must_use]
    pub fn failure(failure: Failure) -> Self {
        Self { r#type: Some(EventType::Failure), failure: Some(failure), ..Self::default() }
    }

    /// ERROR
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            r#type: Some(EventType::Error),
            error: Some(Error { message: message.into() }),
            ..Self::default()
        }
    }
}
