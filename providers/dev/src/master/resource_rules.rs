//! What makes a list of resources invalid, in the master's words.

use super::info_rules;
use super::stock::Stock;
use podform_mesos_proto::resources::thousandths;
use podform_mesos_proto::{AllocationInfo, ReservationType, Resource, ValueType};
use std::collections::BTreeSet;

/// The first thing wrong with the form of a list, as `Resource 'cpus:-1' is invalid: …`.
pub(super) fn syntax(resources: &[Resource]) -> Option<String> {
    resources.iter().find_map(|resource| {
        let text = one(resource)?;
        let shown = Resource { allocation_info: None, ..resource.clone() };
        let shown = if thousandths_of(resource) == Some(0) {
            format!("{}:0", resource.name)
        } else {
            shown.to_string()
        };
        Some(format!("Resource '{shown}' is invalid: {text}"))
    })
}

fn thousandths_of(resource: &Resource) -> Option<i64> {
    resource.scalar.as_ref().map(|scalar| thousandths(scalar.value))
}

fn one(resource: &Resource) -> Option<String> {
    let text = if resource.name.is_empty() {
        "Empty resource name"
    } else if let Some(text) = value(resource) {
        text
    } else if resource.disk.is_some() && resource.name != "disk" {
        return Some(format!("DiskInfo should not be set for {} resource", resource.name));
    } else if resource.name == "gpus" && thousandths_of(resource).is_none_or(|n| n % 1000 != 0) {
        "The 'gpus' resource must be an unsigned integer"
    } else {
        return reservation(resource);
    };
    Some(text.to_owned())
}

fn value(resource: &Resource) -> Option<&'static str> {
    let (scalar, ranges, set) = (&resource.scalar, &resource.ranges, &resource.set);
    match resource.r#type {
        ValueType::Scalar => match scalar {
            None => Some("Invalid scalar resource"),
            Some(_) if ranges.is_some() || set.is_some() => Some("Invalid scalar resource"),
            // Exactly nothing is allowed: it vanishes.
            Some(scalar) if scalar.value == 0.0 => None,
            Some(scalar) if !scalar.value.is_finite() || thousandths(scalar.value) <= 0 => {
                Some("Invalid scalar resource: value <= 0")
            }
            Some(_) => None,
        },
        ValueType::Ranges => match ranges {
            None => Some("Invalid ranges resource"),
            Some(_) if scalar.is_some() || set.is_some() => Some("Invalid ranges resource"),
            Some(ranges) => self::ranges(&ranges.range),
        },
        ValueType::Set => match set {
            None => Some("Invalid set resource"),
            Some(_) if scalar.is_some() || ranges.is_some() => Some("Invalid set resource"),
            Some(set) => {
                let mut seen = BTreeSet::new();
                let repeats = set.item.iter().any(|item| !seen.insert(item));
                repeats.then_some("Invalid set resource: duplicated elements")
            }
        },
        _ => Some("Unsupported resource type"),
    }
}

fn ranges(ranges: &[podform_mesos_proto::Range]) -> Option<&'static str> {
    if ranges.iter().any(|range| range.begin > range.end) {
        return Some("Invalid ranges resource: begin > end");
    }
    let mut sorted: Vec<_> = ranges.iter().map(|range| (range.begin, range.end)).collect();
    sorted.sort_unstable();
    let overlap = sorted.windows(2).any(|pair| pair[1].0 <= pair[0].1);
    overlap.then_some("Invalid ranges resource: overlapping ranges")
}

fn reservation(resource: &Resource) -> Option<String> {
    if let Some(text) = resource.role.as_deref().and_then(info_rules::role) {
        return Some(text);
    }
    let unreserved = resource.role.as_deref().is_none_or(|role| role == "*");
    if let Some(reservation) = &resource.reservation {
        let refused = |field: &str| {
            format!(
                "'Resource.ReservationInfo.{field}' must not be set for \
                 the 'Resource.reservation' field"
            )
        };
        if reservation.r#type.is_some() {
            return Some(refused("type"));
        }
        if reservation.role.is_some() {
            return Some(refused("role"));
        }
        if unreserved {
            let text = "Invalid reservation: role \"*\" cannot be dynamically reserved";
            return Some(text.to_owned());
        }
    }
    resource.reservations.iter().enumerate().find_map(|(index, entry)| {
        let text = match (entry.r#type, entry.role.as_deref()) {
            (None, _) => "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.",
            (_, None) => "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.",
            (_, Some("*")) => "Invalid reservation: role \"*\" cannot be reserved",
            (Some(ReservationType::Static), _) if index > 0 => {
                "Invalid refined reservation: A refined reservation cannot be STATIC"
            }
            _ => return None,
        };
        Some(text.to_owned())
    })
}

/// Gives every resource without one the role of the offer.
pub(super) fn allocate_to(resources: &mut [Resource], role: &str) {
    for resource in resources {
        if resource.allocation_info.is_none() {
            resource.allocation_info = Some(AllocationInfo { role: Some(role.to_owned()) });
        }
    }
}

/// What is wrong with the roles that a list is allocated to.
pub(super) fn allocation(stock: &Stock) -> Option<String> {
    let roles = stock.roles();
    if roles.contains(&None) {
        return Some("The resources are not allocated to a role".to_owned());
    }
    let mut roles = roles.into_iter().flatten();
    let (first, second) = (roles.next()?, roles.next()?);
    Some(format!(
        "The resources have multiple allocation roles ('{second}' and '{first}') but only one \
         allocation role is allowed"
    ))
}

/// The name of a resource that is used both revocable and not.
pub(super) fn mixed(resources: &[Resource]) -> Option<&str> {
    resources.iter().find_map(|one| {
        let mixed = resources.iter().any(|other| {
            other.name == one.name && other.revocable.is_some() != one.revocable.is_some()
        });
        mixed.then_some(one.name.as_str())
    })
}
