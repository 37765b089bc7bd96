//! A linter of plans: what holds for every plan, whatever it was made from.

use crate::input::Inputs;
use crate::model::{Change, ChangeAction, Plan};
use podform_model::observed::Standing;
use std::collections::BTreeSet;

/// What is wrong with a plan; empty for every plan that [`crate::plan()`] makes without errors.
#[must_use]
pub fn check(plan: &Plan, inputs: &Inputs<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for pair in plan.changes.windows(2) {
        if pair[0].address >= pair[1].address {
            out.push(format!("{} does not come after {}", pair[1].address, pair[0].address));
        }
    }
    for change in &plan.changes {
        let mut say = |text: String| out.push(format!("{}: {text}", change.address));
        values(change, &mut say);
        slots(change, inputs, &mut say);
        stops(change, inputs, &mut say);
        if !change.is_no_op() && change.reasons.is_empty() && change.action != ChangeAction::Create
        {
            say("is changed without a reason".into());
        }
    }
    out
}

fn values(change: &Change, say: &mut dyn FnMut(String)) {
    let goes = matches!(change.action, ChangeAction::Delete | ChangeAction::Forget);
    if goes == change.after.is_some() && !(change.is_no_op() && change.after.is_none()) {
        say(format!("{:?} with after = {}", change.action, change.after.is_some()));
    }
    if change.action == ChangeAction::Create && change.before.is_some() {
        say("is created, but was there before".into());
    }
    let idle = change.launch.is_empty() && change.stop.is_empty() && change.adopt.is_empty();
    if change.is_no_op() && !idle {
        say("is a no-op that touches instances".into());
    }
}

fn slots(change: &Change, inputs: &Inputs<'_>, say: &mut dyn FnMut(String)) {
    let mut seen = BTreeSet::new();
    for launch in &change.launch {
        if !seen.insert(launch.slot) {
            say(format!("slot {} is filled twice", launch.slot));
        }
        if launch.generation != change.generation {
            say(format!("slot {} is filled by another generation", launch.slot));
        }
    }
    if matches!(change.action, ChangeAction::Create | ChangeAction::Replace { .. }) {
        return;
    }
    let Some(record) = inputs.pods.get(&change.address) else { return };
    let stops: BTreeSet<&String> = change.stop.iter().collect();
    let read = inputs.observed.get(&record.provider);
    for instance in record.instances.iter().filter(|i| i.generation == change.generation) {
        let standing = read.and_then(|o| o.instances.iter().find(|s| s.id == instance.id));
        let gone = standing.is_some_and(|seen| {
            matches!(seen.standing, Standing::Dead | Standing::Finished | Standing::Gone)
        });
        if !gone && !stops.contains(&instance.id) && seen.contains(&instance.slot) {
            say(format!("slot {} is filled although `{}` holds it", instance.slot, instance.id));
        }
    }
}

fn stops(change: &Change, inputs: &Inputs<'_>, say: &mut dyn FnMut(String)) {
    let record = inputs.pods.get(&change.address);
    let known: BTreeSet<&str> = record
        .into_iter()
        .flat_map(|record| &record.instances)
        .chain(&change.strays)
        .map(|instance| instance.id.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    for id in &change.stop {
        if !known.contains(id.as_str()) {
            say(format!("`{id}` is stopped, but is no instance of the pod"));
        }
        if !seen.insert(id) {
            say(format!("`{id}` is stopped twice"));
        }
    }
    let forgotten = inputs.tombstones.iter().filter(|t| !t.stop_on_return);
    for tombstone in forgotten {
        if seen.contains(&tombstone.instance.id) {
            say(format!("`{}` was forgotten, but is stopped", tombstone.instance.id));
        }
    }
}
