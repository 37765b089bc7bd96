//! What becomes of one pod.

mod create;
mod existing;
mod remove;
mod say;
mod verdict;

use crate::effective::prior;
use crate::input::Mode;
use crate::model::{Change, ChangeAction, InstanceCounts, Note};
use crate::totals::{Totals, totals};
use crate::world::World;
use podform_model::{Address, Diagnostics, PodRecord, ProviderRef, Timeouts, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What was decided about a pod.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub(crate) change: Option<Change>,
    pub(crate) notes: Vec<Note>,
    pub(crate) diagnostics: Diagnostics,
}

/// Decides about one pod. `trigger` is a pod whose change replaces it; `in_scope` is false for what
/// `-target` leaves out.
pub(crate) fn decide(
    world: &World<'_>,
    address: &Address,
    trigger: Option<&Address>,
    in_scope: bool,
) -> Decided {
    let desired = world.inputs.desired.pods.get(address);
    let record = world.inputs.pods.get(address);
    let mut pod = Pod { world, address, out: Decided::default() };
    let mode = world.inputs.options.mode;
    let change = match (mode, desired, record) {
        _ if !in_scope || mode == Mode::RefreshOnly => record.map(|record| pod.untouched(record)),
        (Mode::Destroy, desired, Some(record)) => Some(pod.remove(record, desired)),
        (Mode::Normal, None, Some(record)) => Some(pod.remove(record, None)),
        (Mode::Normal, Some(desired), None) => Some(pod.create(desired)),
        (Mode::Normal, Some(desired), Some(record)) => Some(pod.existing(desired, record, trigger)),
        (_, _, None) => pod.strays_only(),
        (Mode::RefreshOnly, _, _) => None,
    };
    let arrivals = world.inputs.arrivals;
    pod.out.change = change.map(|change| Change {
        prior_address: arrivals.moved.get(address).cloned(),
        imported: in_scope && arrivals.imported.contains_key(address),
        ..change
    });
    pod.out
}

struct Pod<'w, 'a> {
    world: &'w World<'a>,
    address: &'w Address,
    out: Decided,
}

impl Pod<'_, '_> {
    /// A change that does nothing yet.
    fn blank(&self, provider: &ProviderRef, pod_id: &str, action: ChangeAction) -> Change {
        Change {
            address: self.address.clone(),
            prior_address: None,
            imported: false,
            provider: provider.clone(),
            prior_provider: None,
            pod_id: pod_id.to_owned(),
            prior_id: None,
            action,
            conditional: false,
            reasons: Vec::new(),
            before: None,
            after: None,
            generation: self.world.inputs.options.generation.clone(),
            launch: Vec::new(),
            stop: Vec::new(),
            adopt: Vec::new(),
            strays: Vec::new(),
            roll: false,
            instances: InstanceCounts::default(),
            secrets: BTreeMap::new(),
            secrets_changed: Vec::new(),
            depends_on: BTreeSet::new(),
            prior_depends_on: BTreeSet::new(),
            timeout: Timeouts::default().update,
            delete_timeout: Timeouts::default().delete,
            create_before_destroy: false,
            totals: Totals::default(),
            forces: Vec::new(),
        }
    }

    /// A change of a recorded pod that does nothing yet.
    fn recorded(&self, record: &PodRecord, action: ChangeAction) -> Change {
        let mut change = self.blank(&record.provider, &record.id, action);
        change.before = prior(record).cloned();
        change.generation.clone_from(&record.generation);
        change.prior_depends_on.clone_from(&record.depends_on);
        change.create_before_destroy = record.create_before_destroy;
        change.delete_timeout = record.delete_timeout.unwrap_or(change.delete_timeout);
        change
    }

    fn untouched(&self, record: &PodRecord) -> Change {
        let mut change = self.recorded(record, ChangeAction::NoOp);
        change.after = change.before.clone();
        change.depends_on.clone_from(&record.depends_on);
        change.instances.desired = change.after.as_ref().and_then(instances).unwrap_or(0);
        change.totals = change
            .after
            .as_ref()
            .map_or_else(Totals::default, |v| totals(v, change.instances.desired));
        change
    }
}

fn instances(value: &Value) -> Option<u32> {
    match value.get("instances") {
        None | Some(Value::Null) => Some(1),
        Some(value) => value.as_number()?.as_u64().and_then(|count| u32::try_from(count).ok()),
    }
}

fn pod_id(value: &Value) -> &str {
    value.get("id").and_then(Value::as_str).unwrap_or_default()
}
