//! Defaults that are made from other values of the pod, or from its provider.

use crate::value::Map;
use crate::{Number, Value, defaults};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a pod takes from its provider's settings where it says nothing itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The role; `None` leaves the pod's role absent.
    pub role: Option<&'a str>,
    /// The `default_network`, for a container network without a name.
    pub default_network: Option<&'a str>,
}

/// Fills all defaults: the literal ones ([`defaults::fill`]), those the schema calls
/// computed (except `id`, which the address makes), and those from the provider. What depends on
/// an unknown becomes unknown. What is written and means nothing is left out (`tty = false`, an
/// empty `placement` block). Doing it twice is doing it once.
#[must_use]
pub fn complete(pod: &Value, surroundings: &Surroundings<'_>) -> Value {
    let mut pod = defaults::fill(pod);
    if pod.as_map().is_none() {
        return pod;
    }
    if let Some(role) = surroundings.role
        && absent(&pod, "role")
    {
        pod.set("role", role.into());
    }
    residency(&mut pod);
    disks(&mut pod);
    networks(&mut pod, surroundings.default_network);
    host_ports(&mut pod);
    tidy(&mut pod);
    pod
}

fn absent(value: &Value, name: &str) -> bool {
    value.get(name).is_none_or(Value::is_null)
}

/// Whether something holds; `None`: it depends on an unknown.
type Known = Option<bool>;

fn when(known: Known, then: Value, otherwise: Value) -> Value {
    match known {
        Some(true) => then,
        Some(false) => otherwise,
        None => Value::Unknown,
    }
}

/// Whether one item of a repeated block has a property.
fn any_item(pod: &Value, name: &str, test: impl Fn(&Value) -> Known) -> Known {
    if pod.get(name).is_some_and(Value::is_unknown) {
        return None;
    }
    let found: BTreeSet<Known> = pod.items(name).iter().map(test).collect();
    if found.contains(&Some(true)) {
        Some(true)
    } else if found.contains(&None) {
        None
    } else {
        Some(false)
    }
}

fn is_persistent(volume: &Value) -> Known {
    if volume.is_unknown() || volume.get("persistent").is_some_and(Value::is_unknown) {
        return None;
    }
    Some(!absent(volume, "persistent"))
}

/// What differs for a pod with persistent volumes.
fn residency(pod: &mut Value) {
    let resident = any_item(pod, "volume", is_persistent);
    let half = Number::from_f64(0.5).map(Value::Number).unwrap_or_default();
    edit_block(pod, "upgrade", |upgrade| {
        fill(upgrade, "minimum_health_capacity", || when(resident, half, 1_i64.into()));
        fill(upgrade, "maximum_over_capacity", || when(resident, 0_i64.into(), 1_i64.into()));
    });
    edit_block(pod, "unreachable", |unreachable| {
        let positive = |name| {
            let number = unreachable.get(name).and_then(Value::as_number);
            number.is_some_and(|number| *number > Number::from(0_i64))
        };
        let timed = positive("inactive_after") || positive("expunge_after");
        let disabled = if timed { Some(false) } else { resident };
        fill(unreachable, "disabled", || when(disabled, true.into(), false.into()));
    });
}

fn fill(block: &mut Value, name: &str, value: impl FnOnce() -> Value) {
    if absent(block, name) {
        block.set(name, value());
    }
}

/// Changes a nested block that is there.
fn edit_block(parent: &mut Value, name: &str, edit: impl FnOnce(&mut Value)) {
    if let Value::Map(entries) = parent
        && let Some(block @ Value::Map(_)) = Arc::make_mut(entries).get_mut(name)
    {
        edit(block);
    }
}

/// Changes every item of a repeated block.
fn edit_items(parent: &mut Value, name: &str, mut edit: impl FnMut(&mut Value)) {
    if let Value::Map(entries) = parent
        && let Some(Value::List(items)) = Arc::make_mut(entries).get_mut(name)
    {
        Arc::make_mut(items).iter_mut().for_each(&mut edit);
    }
}

fn disks(pod: &mut Value) {
    edit_items(pod, "volume", |volume| {
        edit_block(volume, "persistent", |disk| {
            let profile = disk.get("profile_name").filter(|value| !value.is_null());
            let known = match profile {
                None => Some(false),
                Some(value) if value.is_unknown() => None,
                Some(_) => Some(true),
            };
            fill(disk, "type", || when(known, "mount".into(), "root".into()));
        });
    });
}

/// Without a block, endpoints are on the host's network.
fn networks(pod: &mut Value, default: Option<&str>) {
    let endpoints = any_item(pod, "container", |container| {
        any_item(container, "endpoint", |_| Some(true)).filter(|_| !container.is_unknown())
    });
    if absent(pod, "network") && endpoints == Some(true) {
        let host: Map = [("mode".into(), "host".into())].into();
        pod.set("network", Value::list(vec![Value::map(host)]));
    }
    let Some(default) = default else { return };
    edit_items(pod, "network", |network| {
        if network.get("mode").and_then(Value::as_str) == Some("container") {
            fill(network, "name", || default.into());
        }
    });
}

/// Endpoints have host ports on the host's network and on a bridge.
fn host_ports(pod: &mut Value) {
    let no_host_ports = any_item(pod, "network", |network| {
        network.get("mode").and_then(Value::as_str).map(|mode| mode == "container")
    });
    if no_host_ports == Some(true) {
        return;
    }
    edit_items(pod, "container", |container| {
        edit_items(container, "endpoint", |endpoint| {
            if matches!(endpoint, Value::Map(_)) {
                fill(endpoint, "host_port", || when(no_host_ports, Value::Null, 0_i64.into()));
            }
        });
    });
}

/// Leaves out what says no more than its absence.
fn tidy(pod: &mut Value) {
    drop_if(pod, "placement", is_empty);
    drop_if(pod, "linux", is_empty);
    edit_items(pod, "container", |container| {
        drop_if(container, "tty", is_false);
        edit_block(container, "image", |image| drop_if(image, "force_pull", is_false));
        edit_block(container, "linux", |linux| {
            if linux.get("seccomp_profile").is_some_and(|profile| !profile.is_unknown()) {
                drop_if(linux, "seccomp_unconfined", is_false);
            }
        });
        drop_if(container, "linux", is_empty);
        drop_if(container, "limits", is_empty);
    });
}

fn is_false(value: &Value) -> bool {
    matches!(value, Value::Bool(false))
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Map(map) if map.is_empty())
}

fn drop_if(parent: &mut Value, name: &str, test: fn(&Value) -> bool) {
    if parent.get(name).is_some_and(test)
        && let Value::Map(map) = parent
    {
        Arc::make_mut(map).remove(name);
    }
}
