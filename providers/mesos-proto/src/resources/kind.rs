//! What makes two amounts of one name different things.

use crate::ids::ResourceProviderId;
use crate::resource::{
    DiskInfo, DiskSourceType, ReservationInfo, ReservationType, Resource, ValueType,
};

/// Everything about a resource but its amount.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub r#type: ValueType,
    /// The role that it is offered or allocated to.
    pub allocated_to: Option<String>,
    /// Its reservations, the last one the narrowest; none: unreserved. Always in the form with refinement.
    pub reservations: Vec<ReservationInfo>,
    /// Which disk it is.
    pub disk: Option<Box<DiskInfo>>,
    /// Who provides it, if not the agent.
    pub provider_id: Option<ResourceProviderId>,
    /// Whether it may be taken back at any time.
    pub revocable: bool,
    /// Whether several tasks may use it at once.
    pub shared: bool,
}

impl Kind {
    /// The kind of a resource in either form: `role` and `reservation` become a reservation of type STATIC or DYNAMIC.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        Self {
            name: resource.name.clone(),
            r#type: resource.r#type,
            allocated_to: resource
                .allocation_info
                .as_ref()
                .and_then(|allocation| allocation.role.clone()),
            reservations: reservations(resource),
            disk: resource.disk.clone(),
            provider_id: resource.provider_id.clone(),
            revocable: resource.revocable.is_some(),
            shared: resource.shared.is_some(),
        }
    }

    /// The role that it is reserved to; `None`: to nobody.
    #[must_use]
    pub fn reserved_to(&self) -> Option<&str> {
        self.reservations.last().and_then(|reservation| reservation.role.as_deref())
    }

    /// Whether a framework of this role is offered it: unreserved, or reserved to the role or one above it.
    #[must_use]
    pub fn is_for(&self, role: &str) -> bool {
        self.reserved_to().is_none_or(|reserved| {
            role.strip_prefix(reserved)
                .is_some_and(|below| below.is_empty() || below.starts_with('/'))
        })
    }

    /// Whether a part of it may be used for an ordinary task: no persistent volume, whole disk, revocable or shared resource.
    #[must_use]
    pub fn is_divisible(&self) -> bool {
        let whole_disk = self.disk.as_ref().is_some_and(|disk| {
            let path =
                disk.source.as_ref().is_none_or(|source| source.r#type == DiskSourceType::Path);
            disk.persistence.is_some() || !path
        });
        !whole_disk && !self.revocable && !self.shared
    }
}

fn reservations(resource: &Resource) -> Vec<ReservationInfo> {
    if !resource.reservations.is_empty() {
        return resource.reservations.clone();
    }
    let Some(role) = resource.role.as_ref().filter(|role| *role != "*") else { return Vec::new() };
    let made = resource.reservation.as_deref().cloned();
    let r#type =
        Some(if made.is_some() { ReservationType::Dynamic } else { ReservationType::Static });
    vec![ReservationInfo { r#type, role: Some(role.clone()), ..made.unwrap_or_default() }]
}
