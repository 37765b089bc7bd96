//! From a change to the step that a provider does.

use crate::graph::Phase;
use crate::model::{Change, ChangeAction};
use crate::schedule::ReadyStep;
use podform_model::observed::{Observed, Standing};
use podform_model::step::{Action, Step};
use podform_model::{Address, InstanceRecord, PodRecord, ProviderRef, Value};
use std::collections::BTreeMap;

/// The provider that does a step: of the old pod when it is destroyed, else of the new one.
#[must_use]
pub fn provider<'a>(ready: &ReadyStep, change: &'a Change) -> &'a ProviderRef {
    match (ready.phase, &change.prior_provider) {
        (Phase::Delete, Some(prior)) => prior,
        _ => &change.provider,
    }
}

/// The step of a change's phase. `value` is the pod's configuration, fully known and with sensitive
/// values in clear; it is left out when the phase destroys. `None`: no provider is needed (a no-op,
/// a forgotten pod).
#[must_use]
pub fn step(
    ready: &ReadyStep,
    change: &Change,
    value: &Value,
    pods: &BTreeMap<Address, PodRecord>,
    observed: &BTreeMap<ProviderRef, Observed>,
) -> Option<Step> {
    let action = action(change, ready.phase)?;
    let delete = ready.phase == Phase::Delete;
    let fresh = matches!(change.action, ChangeAction::Create | ChangeAction::Replace { .. });
    let record = pods.get(&change.address).filter(|_| delete || !fresh);
    let mut existing = existing(record, observed);
    let replaced = matches!(change.action, ChangeAction::Replace { .. });
    if delete || !replaced {
        let strays = change.strays.iter().chain(&change.adopt).cloned();
        existing.extend(strays.map(|instance| (instance, Standing::Live)));
    }
    let pod_id =
        if delete { change.prior_id.as_ref().unwrap_or(&change.pod_id) } else { &change.pod_id };
    let stop = if delete || !replaced { change.stop.clone() } else { Vec::new() };
    Some(Step {
        id: ready.id,
        address: change.address.clone(),
        pod_id: pod_id.clone(),
        action,
        value: (!delete).then(|| value.clone()),
        existing,
        launch: if delete { Vec::new() } else { change.launch.clone() },
        stop,
        roll: !delete && change.roll,
        secrets: if delete { BTreeMap::new() } else { change.secrets.clone() },
        timeout: if delete { change.delete_timeout } else { change.timeout },
    })
}

fn action(change: &Change, phase: Phase) -> Option<Action> {
    Some(match (change.action, phase) {
        (ChangeAction::NoOp | ChangeAction::Forget, _) => return None,
        (ChangeAction::Delete | ChangeAction::Replace { .. }, Phase::Delete) => Action::Delete,
        (ChangeAction::Create | ChangeAction::Replace { .. }, Phase::Apply) => Action::Create,
        (ChangeAction::Update | ChangeAction::Roll, _) => Action::Update,
        (ChangeAction::Scale | ChangeAction::Adopt | ChangeAction::Stop, _) => Action::Scale,
        (ChangeAction::Relaunch, _) => Action::Relaunch,
        // A graph never has these nodes.
        (ChangeAction::Delete, Phase::Apply) | (ChangeAction::Create, Phase::Delete) => {
            return None;
        }
    })
}

/// The recorded instances that are not known to be gone.
fn existing(
    record: Option<&PodRecord>,
    observed: &BTreeMap<ProviderRef, Observed>,
) -> Vec<(InstanceRecord, Standing)> {
    let Some(record) = record else { return Vec::new() };
    let seen: Option<BTreeMap<&str, _>> = observed
        .get(&record.provider)
        .map(|observed| observed.instances.iter().map(|seen| (seen.id.as_str(), seen)).collect());
    let mut out = Vec::new();
    for instance in &record.instances {
        let (instance, standing) = match &seen {
            None => (instance, Standing::Live),
            Some(seen) => match seen.get(instance.id.as_str()) {
                None => (instance, Standing::Unknown),
                Some(seen) => (seen.record.as_ref().unwrap_or(instance), seen.standing),
            },
        };
        if !matches!(standing, Standing::Dead | Standing::Finished) {
            out.push((instance.clone(), standing));
        }
    }
    out
}
