//! Who takes part: frameworks, masters, agents, addresses, fault domains.

use crate::ids::{AgentId, FrameworkId};
use crate::offer::Labels;
use crate::resource::{Attribute, Resource, Scalar};
use crate::wire::{message, names};

names! {
    /// `FrameworkInfo.Capability.Type`
    FrameworkCapabilityType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// Takes revocable resources.
        RevocableResources = "REVOCABLE_RESOURCES",
        /// Understands TASK_KILLING.
        TaskKillingState = "TASK_KILLING_STATE",
        /// Takes agents with GPUs.
        GpuResources = "GPU_RESOURCES",
        /// Takes shared resources.
        SharedResources = "SHARED_RESOURCES",
        /// Decides itself what becomes of unreachable tasks.
        PartitionAware = "PARTITION_AWARE",
        /// Uses `roles`, not `role`.
        MultiRole = "MULTI_ROLE",
        /// Uses `Resource.reservations`.
        ReservationRefinement = "RESERVATION_REFINEMENT",
        /// Takes agents of other regions.
        RegionAware = "REGION_AWARE",
    }

    /// `MasterInfo.Capability.Type`
    MasterCapabilityType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// Agents may change their resources.
        AgentUpdate = "AGENT_UPDATE",
        /// Agents can be drained.
        AgentDraining = "AGENT_DRAINING",
        /// Quota with limits.
        QuotaV2 = "QUOTA_V2",
    }

    /// `OfferConstraints…AttributeConstraint.Selector.PseudoattributeType`
    PseudoattributeType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// The agent's host name.
        Hostname = "HOSTNAME",
        /// The agent's region.
        Region = "REGION",
        /// The agent's zone.
        Zone = "ZONE",
    }
}

message! {
    /// `FrameworkInfo`
    FrameworkInfo {
        /// The user that tasks run as, if they name none.
        req user: String,
        /// The name shown to operators.
        req name: String,
        /// The id; none on the first subscription that lets the master choose.
        opt id: FrameworkId,
        /// Seconds after which a disconnected framework and all its tasks are removed.
        def failover_timeout: f64 = 0.0,
        /// Whether agents write to disk what they need to take up its tasks after a restart.
        def checkpoint: bool = false,
        /// The only role, without MULTI_ROLE. Deprecated.
        opt role: String,
        /// The roles, with MULTI_ROLE.
        list roles: String,
        /// The scheduler's host name.
        opt hostname: String,
        /// Who it is.
        opt principal: String,
        /// Its web page.
        opt webui_url: String,
        /// What it understands.
        list capabilities: FrameworkCapability,
        /// Labels.
        opt labels: Labels,
        /// Smallest offers wanted, by role.
        map offer_filters: OfferFilters,
    }

    /// `FrameworkInfo.Capability`
    FrameworkCapability {
        /// Which one.
        opt r#type: FrameworkCapabilityType,
    }

    /// `OfferFilters`
    OfferFilters {
        /// An offer must hold at least one of these.
        opt min_allocatable_resources: MinAllocatableResources,
    }

    /// `OfferFilters.MinAllocatableResources`
    MinAllocatableResources {
        /// Any of them suffices.
        list quantities: ResourceQuantities,
    }

    /// `OfferFilters.ResourceQuantities`
    ResourceQuantities {
        /// Amounts by name; all of them.
        map quantities: Scalar,
    }

    /// `OfferConstraints`
    OfferConstraints {
        /// By role; a role without an entry is not constrained.
        map role_constraints: RoleConstraints,
    }

    /// `OfferConstraints.RoleConstraints`
    RoleConstraints {
        /// Any group suffices.
        list groups: ConstraintGroup,
    }

    /// `OfferConstraints.RoleConstraints.Group`
    ConstraintGroup {
        /// All must hold.
        list attribute_constraints: AttributeConstraint,
    }

    /// `AttributeConstraint`
    AttributeConstraint {
        /// What is looked at.
        req selector: ConstraintSelector,
        /// What must hold.
        req predicate: ConstraintPredicate,
    }

    /// `AttributeConstraint.Selector`: one field is set.
    ConstraintSelector {
        /// An attribute.
        opt attribute_name: String,
        /// Something that every agent has.
        opt pseudoattribute_type: PseudoattributeType,
    }

    /// `AttributeConstraint.Predicate`: one field is set.
    ConstraintPredicate {
        /// It exists.
        opt exists: Empty,
        /// It does not exist.
        opt not_exists: Empty,
        /// Its text is this.
        opt text_equals: PredicateText,
        /// Its text is not this.
        opt text_not_equals: PredicateText,
        /// Its whole text matches.
        opt text_matches: PredicateRegex,
        /// Its whole text does not match.
        opt text_not_matches: PredicateRegex,
    }

    /// A message without fields.
    Empty {}

    /// `AttributeConstraint.Predicate.TextEquals` and `.TextNotEquals`
    PredicateText {
        /// The text.
        opt value: String,
    }

    /// `AttributeConstraint.Predicate.TextMatches` and `.TextNotMatches`
    PredicateRegex {
        /// An RE2 expression for the whole text.
        opt regex: String,
    }

    /// `MasterInfo`
    MasterInfo {
        /// New at each start of a master.
        req id: String,
        /// IPv4 address in network byte order.
        req ip: u32,
        /// Its port.
        def port: u32 = 5050,
        /// `master@ip:port`
        opt pid: String,
        /// Its host name.
        opt hostname: String,
        /// Its version.
        opt version: String,
        /// Its address.
        opt address: Address,
        /// Region and zone.
        opt domain: DomainInfo,
        /// What it can do.
        list capabilities: MasterCapability,
    }

    /// `MasterInfo.Capability`
    MasterCapability {
        /// Which one.
        opt r#type: MasterCapabilityType,
    }

    /// `AgentInfo`
    AgentInfo {
        /// Its host name.
        req hostname: String,
        /// Its port.
        def port: i32 = 5051,
        /// All its resources, as configured.
        list resources: Resource,
        /// Its attributes.
        list attributes: Attribute,
        /// Its id.
        opt id: AgentId,
        /// Written by real agents although the v1 schema does not name it.
        opt checkpoint: bool,
        /// Region and zone.
        opt domain: DomainInfo,
    }

    /// `Address`
    Address {
        /// The host name.
        opt hostname: String,
        /// The IP address.
        opt ip: String,
        /// The port.
        req port: i32,
    }

    /// `URL`
    Url {
        /// `http`
        req scheme: String,
        /// Host and port.
        req address: Address,
        /// The path, with its slash.
        opt path: String,
        /// The query.
        list query: Parameter,
        /// The fragment.
        opt fragment: String,
    }

    /// `Parameter`
    Parameter {
        /// Its key.
        req key: String,
        /// Its value.
        req value: String,
    }

    /// `DomainInfo`
    DomainInfo {
        /// Where it is.
        opt fault_domain: FaultDomain,
    }

    /// `DomainInfo.FaultDomain`
    FaultDomain {
        /// The region.
        req region: DomainName,
        /// The zone.
        req zone: DomainName,
    }

    /// `DomainInfo.FaultDomain.RegionInfo` and `.ZoneInfo`
    DomainName {
        /// Its name.
        req name: String,
    }
}

impl FrameworkInfo {
    /// Whether it has this capability.
    #[must_use]
    pub fn has(&self, capability: FrameworkCapabilityType) -> bool {
        self.capabilities.iter().any(|entry| entry.r#type == Some(capability))
    }
}

impl From<FrameworkCapabilityType> for FrameworkCapability {
    fn from(capability: FrameworkCapabilityType) -> Self {
        Self { r#type: Some(capability) }
    }
}

impl From<MasterCapabilityType> for MasterCapability {
    fn from(capability: MasterCapabilityType) -> Self {
        Self { r#type: Some(capability) }
    }
}
