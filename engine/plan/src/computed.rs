//! What other pods and outputs can read of a pod: as it is now, or as it will be.

use crate::instances::Seen;
use crate::model::{Change, ChangeAction};
use crate::world::World;
use podform_model::observed::{LiveInstance, Observed, Standing};
use podform_model::schema::{COMPUTED, COMPUTED_ENDPOINT, COMPUTED_INSTANCE};
use podform_model::value::Map;
use podform_model::{Address, Computed, InstanceRecord, InstanceStatus, Number, PodRecord, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The computed attributes of a pod as it is now: recorded, brought up to date by what was seen.
#[must_use]
pub fn actual(record: &PodRecord, observed: Option<&Observed>) -> Value {
    let seen: BTreeMap<&str, _> = observed
        .map(|observed| observed.instances.iter().map(|seen| (seen.id.as_str(), seen)).collect())
        .unwrap_or_default();
    let mut slots: Vec<Slot> = record
        .instances
        .iter()
        .map(|instance| match seen.get(instance.id.as_str()) {
            Some(seen) => {
                Slot::of(seen.record.as_ref().unwrap_or(instance), seen.standing, seen.healthy)
            }
            None => Slot::of(instance, Standing::Live, None),
        })
        .collect();
    slots.sort_by_key(|slot| slot.number);
    let value = record.configurations.get(&record.generation);
    assemble(&record.id, record.generation.as_str().into(), value, &slots)
}

/// Recorded pods, as they are recorded.
pub struct Recorded<'a>(pub &'a BTreeMap<Address, PodRecord>);

impl Computed for Recorded<'_> {
    fn of(&self, address: &Address) -> Option<Value> {
        self.0.get(address).map(|pod| actual(pod, None))
    }
}

/// The computed attributes of a live pod, whoever runs it.
#[must_use]
pub fn live(id: &str, version: Option<&str>, instances: &[LiveInstance]) -> Value {
    let slot = |seen: &LiveInstance| Slot::of(&seen.record, seen.standing, seen.healthy);
    let mut slots: Vec<Slot> = instances.iter().map(slot).collect();
    slots.sort_by_key(|slot| slot.number);
    assemble(id, version.map(Value::from).unwrap_or_default(), None, &slots)
}

/// The computed attributes that a pod will have. New instances are unknown.
pub(crate) fn planned(world: &World<'_>, change: &Change, record: Option<&PodRecord>) -> Value {
    if matches!(change.action, ChangeAction::Delete | ChangeAction::Forget) {
        return unknown();
    }
    let replaced = matches!(change.action, ChangeAction::Create | ChangeAction::Replace { .. });
    let seen: Vec<Seen> = match record {
        Some(record) if !replaced => world.instances(record),
        _ => Vec::new(),
    };
    let stopped: BTreeSet<&str> = change.stop.iter().map(String::as_str).collect();
    let ended =
        |seen: &Seen| matches!(seen.standing, Standing::Dead | Standing::Finished | Standing::Gone);
    let no_op = change.is_no_op();
    let mut slots: Vec<Slot> = seen
        .iter()
        .filter(|seen| no_op || !(ended(seen) || stopped.contains(seen.record.id.as_str())))
        .map(|seen| Slot::of(&seen.record, seen.standing, seen.healthy))
        .chain(change.adopt.iter().map(|instance| Slot::of(instance, Standing::Live, None)))
        .chain(change.launch.iter().map(|launch| Slot { number: launch.slot, now: None }))
        .collect();
    slots.sort_by_key(|slot| slot.number);
    assemble(&change.pod_id, change.generation.as_str().into(), change.after.as_ref(), &slots)
}

/// Everything unknown: the pod is not there, and this plan does not make it.
pub(crate) fn unknown() -> Value {
    Value::object(COMPUTED.iter().map(|computed| (computed.name, Value::Unknown)))
}

/// Whether what a reference names (the first step below the pod) changes with a change.
pub(crate) fn changes(name: &str, change: &Change, record: &PodRecord) -> bool {
    match name {
        "id" => change.prior_id.is_some(),
        "version" => change.generation != record.generation,
        _ => !change.launch.is_empty() || !change.stop.is_empty() || !change.adopt.is_empty(),
    }
}

/// One entry of the lists by slot.
struct Slot {
    number: u32,
    /// `None`: it will be launched.
    now: Option<Now>,
}

struct Now {
    instance: InstanceRecord,
    state: &'static str,
    healthy: Option<bool>,
}

impl Slot {
    fn of(instance: &InstanceRecord, standing: Standing, healthy: Option<bool>) -> Self {
        let now = Now { instance: instance.clone(), state: state(instance, standing), healthy };
        Self { number: instance.slot, now: Some(now) }
    }

    fn entry(&self) -> Value {
        let Some(now) = &self.now else {
            return Value::object(COMPUTED_INSTANCE.map(|name| (name, Value::Unknown)));
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from).unwrap_or_default();
        let started = now.instance.started_at.and_then(Number::from_f64).map(Value::Number);
        let values = [
            Value::from(now.instance.id.as_str()),
            text(&now.instance.agent_id),
            text(&now.instance.host),
            Value::from(now.state),
            now.healthy.map(Value::Bool).unwrap_or_default(),
            started.unwrap_or_default(),
        ];
        Value::object(COMPUTED_INSTANCE.into_iter().zip(values))
    }

    fn address(&self, endpoint: &str) -> Value {
        let Some(now) = &self.now else { return Value::Unknown };
        now.instance.endpoints.get(endpoint).map(|a| Value::from(a.as_str())).unwrap_or_default()
    }
}

fn state(instance: &InstanceRecord, standing: Standing) -> &'static str {
    match (standing, instance.status) {
        (Standing::Live, InstanceStatus::Launching) => "launching",
        (Standing::Live, InstanceStatus::Ready) => "ready",
        (Standing::Live, InstanceStatus::NotReady) => "not_ready",
        (Standing::Live, InstanceStatus::Stopping) => "stopping",
        (Standing::Dead | Standing::Gone, _) => "dead",
        (Standing::Finished, _) => "finished",
        (Standing::Unreachable { .. }, _) => "unreachable",
        (Standing::Unknown, _) => "unknown",
    }
}

fn assemble(id: &str, version: Value, value: Option<&Value>, slots: &[Slot]) -> Value {
    let mut endpoints = Map::new();
    for name in endpoint_names(value, slots) {
        let addresses: Vec<Value> = slots.iter().map(|slot| slot.address(&name)).collect();
        let port = match addresses.as_slice() {
            [one] => port(one),
            _ => Value::Null,
        };
        let endpoint =
            Value::object(COMPUTED_ENDPOINT.into_iter().zip([Value::list(addresses), port]));
        endpoints.insert(name.as_str().into(), endpoint);
    }
    let ips = slots.iter().flat_map(|slot| ips(slot, value)).collect();
    Value::object([
        ("id", Value::from(id)),
        ("version", version),
        ("instance", Value::list(slots.iter().map(Slot::entry).collect())),
        ("endpoint", Value::map(endpoints)),
        ("network_ips", Value::list(ips)),
    ])
}

fn endpoint_names(value: Option<&Value>, slots: &[Slot]) -> BTreeSet<String> {
    let containers = value.map(|value| value.items("container")).unwrap_or_default();
    let configured = containers
        .iter()
        .flat_map(|container| container.items("endpoint"))
        .filter_map(|endpoint| endpoint.get("name").and_then(Value::as_str))
        .map(str::to_owned);
    let running = slots.iter().filter_map(|slot| slot.now.as_ref());
    configured.chain(running.flat_map(|now| now.instance.endpoints.keys().cloned())).collect()
}

/// The port of an address `host:port`.
fn port(address: &Value) -> Value {
    match address {
        Value::String(text) => {
            let port = text.rsplit_once(':').and_then(|(_, port)| port.parse::<u32>().ok());
            port.map(Value::from).unwrap_or_default()
        }
        other => other.clone(),
    }
}

/// The addresses of an instance on container networks; of a new one as many unknowns as the pod
/// has such networks.
fn ips(slot: &Slot, value: Option<&Value>) -> Vec<Value> {
    match &slot.now {
        Some(now) => now.instance.network_ips.iter().map(|ip| Value::from(ip.as_str())).collect(),
        None => {
            let networks = value.map(|value| value.items("network")).unwrap_or_default();
            let joined = networks
                .iter()
                .filter(|network| network.get("mode").and_then(Value::as_str) != Some("host"));
            vec![Value::Unknown; joined.count()]
        }
    }
}

/// The computed attributes of the pods that the configuration asks about: of desired ones, and of
/// recorded ones that nobody desires but that stay.
pub(crate) fn asked(world: &World<'_>, changes: &[Change]) -> BTreeMap<Address, Value> {
    let told = world.inputs.told;
    let mut out = BTreeMap::new();
    for change in changes.iter().filter(|change| told.contains_key(&change.address)) {
        if matches!(change.action, ChangeAction::Delete | ChangeAction::Forget) {
            continue;
        }
        let record = world.inputs.pods.get(&change.address);
        out.insert(change.address.clone(), planned(world, change, record));
    }
    for address in told.keys().filter(|asked| world.inputs.desired.pods.contains_key(asked)) {
        out.entry(address.clone()).or_insert_with(unknown);
    }
    out
}
