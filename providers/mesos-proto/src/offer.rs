//! Offers, their operations, and the small messages that many others use.

use crate::framework::{DomainInfo, Url};
use crate::ids::{AgentId, ExecutorId, FrameworkId, OfferId, OperationId, ResourceProviderId};
use crate::resource::{AllocationInfo, Attribute, Resource, Scalar};
use crate::task::{ExecutorInfo, TaskGroupInfo, TaskInfo};
use crate::wire::{message, names};

names! {
    /// `Offer.Operation.Type`
    OperationType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// Single tasks.
        Launch = "LAUNCH",
        /// A task group under one executor.
        LaunchGroup = "LAUNCH_GROUP",
        /// A dynamic reservation.
        Reserve = "RESERVE",
        /// Its end.
        Unreserve = "UNRESERVE",
        /// A persistent volume.
        Create = "CREATE",
        /// Its end.
        Destroy = "DESTROY",
        /// A volume made larger.
        GrowVolume = "GROW_VOLUME",
        /// A volume made smaller.
        ShrinkVolume = "SHRINK_VOLUME",
        /// A disk prepared by a resource provider.
        CreateDisk = "CREATE_DISK",
        /// Its end.
        DestroyDisk = "DESTROY_DISK",
    }

    /// `OperationState`
    OperationState {
        /// Unsupported by the agent.
        Unsupported = "OPERATION_UNSUPPORTED",
        /// Under way.
        Pending = "OPERATION_PENDING",
        /// Done.
        Finished = "OPERATION_FINISHED",
        /// Failed.
        Failed = "OPERATION_FAILED",
        /// Refused.
        Error = "OPERATION_ERROR",
        /// Never arrived.
        Dropped = "OPERATION_DROPPED",
        /// The agent is unreachable.
        Unreachable = "OPERATION_UNREACHABLE",
        /// The agent was marked gone.
        GoneByOperator = "OPERATION_GONE_BY_OPERATOR",
        /// The agent or provider is coming back.
        Recovering = "OPERATION_RECOVERING",
        /// Nothing is known of it.
        Unknown = "OPERATION_UNKNOWN",
    }
}

message! {
    /// `Label`
    Label {
        /// Its key; keys may repeat.
        req key: String,
        /// Its value.
        opt value: String,
    }

    /// `Labels`
    Labels {
        /// The labels.
        list labels: Label,
    }

    /// A point in time.
    TimeInfo {
        /// Nanoseconds since the epoch.
        req nanoseconds: i64,
    }

    /// A span of time.
    DurationInfo {
        /// Nanoseconds.
        req nanoseconds: i64,
    }

    /// `Unavailability`: planned maintenance.
    Unavailability {
        /// When it starts.
        req start: TimeInfo,
        /// How long it lasts; none: for ever.
        opt duration: DurationInfo,
    }

    /// `Filters`
    Filters {
        /// For how many seconds what was not used is not offered again.
        def refuse_seconds: f64 = 5.0,
    }

    /// `Offer`: free resources of one agent.
    Offer {
        /// Its id.
        req id: OfferId,
        /// To whom.
        req framework_id: FrameworkId,
        /// Whose.
        req agent_id: AgentId,
        /// The agent's host name.
        req hostname: String,
        /// The agent's address. The scheme is always `http`, also where TLS is on.
        opt url: Url,
        /// Region and zone.
        opt domain: DomainInfo,
        /// What is offered.
        list resources: Resource,
        /// The agent's attributes.
        list attributes: Attribute,
        /// The framework's executors that run there.
        list executor_ids: ExecutorId,
        /// Planned maintenance of the agent.
        opt unavailability: Unavailability,
        /// The role that it is offered to.
        opt allocation_info: AllocationInfo,
    }

    /// `InverseOffer`: a request to leave an agent.
    InverseOffer {
        /// Its id.
        req id: OfferId,
        /// The agent's address.
        opt url: Url,
        /// To whom.
        req framework_id: FrameworkId,
        /// Which agent.
        opt agent_id: AgentId,
        /// When.
        req unavailability: Unavailability,
        /// Which resources.
        list resources: Resource,
    }

    /// `Offer.Operation`
    Operation {
        /// Which field is set.
        opt r#type: OperationType,
        /// Asks for feedback; forbidden on launches.
        opt id: OperationId,
        /// LAUNCH
        opt launch: Launch,
        /// LAUNCH_GROUP
        opt launch_group: LaunchGroup,
        /// RESERVE
        opt reserve: Reserve,
        /// UNRESERVE
        opt unreserve: Unreserve,
        /// CREATE
        opt create: Volumes,
        /// DESTROY
        opt destroy: Volumes,
        /// GROW_VOLUME
        opt grow_volume: GrowVolume,
        /// SHRINK_VOLUME
        opt shrink_volume: ShrinkVolume,
        /// CREATE_DISK
        opt create_disk: CreateDisk,
        /// DESTROY_DISK
        opt destroy_disk: DestroyDisk,
    }

    /// `Offer.Operation.Launch`
    Launch {
        /// The tasks.
        list task_infos: TaskInfo,
    }

    /// `Offer.Operation.LaunchGroup`
    LaunchGroup {
        /// The executor that runs the group.
        req executor: ExecutorInfo,
        /// The tasks, launched all or none.
        req task_group: TaskGroupInfo,
    }

    /// `Offer.Operation.Reserve`
    Reserve {
        /// What is refined, if not unreserved.
        list source: Resource,
        /// What is to be had.
        list resources: Resource,
    }

    /// `Offer.Operation.Unreserve`
    Unreserve {
        /// What is given back.
        list resources: Resource,
    }

    /// `Offer.Operation.Create` and `.Destroy`
    Volumes {
        /// The persistent volumes.
        list volumes: Resource,
    }

    /// `Offer.Operation.GrowVolume`
    GrowVolume {
        /// The volume.
        req volume: Resource,
        /// What is added.
        req addition: Resource,
    }

    /// `Offer.Operation.ShrinkVolume`
    ShrinkVolume {
        /// The volume.
        req volume: Resource,
        /// What is taken away.
        req subtract: Scalar,
    }

    /// `Offer.Operation.CreateDisk`
    CreateDisk {
        /// The raw disk.
        req source: Resource,
        /// What it becomes.
        req target_type: crate::resource::DiskSourceType,
        /// With which profile.
        opt target_profile: String,
    }

    /// `Offer.Operation.DestroyDisk`
    DestroyDisk {
        /// The disk.
        req source: Resource,
    }

    /// `UUID`: 16 bytes in a message.
    Uuid {
        /// The raw bytes.
        req value: crate::bytes::Bytes,
    }

    /// `OperationStatus`
    OperationStatus {
        /// Which operation.
        opt operation_id: OperationId,
        /// How it stands.
        req state: OperationState,
        /// More in words.
        opt message: String,
        /// What the resources became.
        list converted_resources: Resource,
        /// To be acknowledged, if set.
        opt uuid: Uuid,
        /// On which agent.
        opt agent_id: AgentId,
        /// By which provider.
        opt resource_provider_id: ResourceProviderId,
    }
}

impl Labels {
    /// Labels from keys and values.
    pub fn new<K: Into<String>, V: Into<String>>(labels: impl IntoIterator<Item = (K, V)>) -> Self {
        let label = |(key, value): (K, V)| Label { key: key.into(), value: Some(value.into()) };
        Self { labels: labels.into_iter().map(label).collect() }
    }

    /// The value of the first label with this key; empty if the label has none.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.labels
            .iter()
            .find(|label| label.key == key)
            .map(|label| label.value.as_deref().unwrap_or_default())
    }
}

impl Operation {
    /// A LAUNCH_GROUP.
    #[must_use]
    pub fn launch_group(executor: ExecutorInfo, tasks: Vec<TaskInfo>) -> Self {
        let group = LaunchGroup { executor, task_group: TaskGroupInfo { tasks } };
        Self {
            r#type: Some(OperationType::LaunchGroup),
            launch_group: Some(group),
            ..Self::default()
        }
    }
}
