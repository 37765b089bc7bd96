//! From inputs to a plan.

use crate::compare::differs;
use crate::decide::{Decided, decide};
use crate::drift::{drift, pending};
use crate::fingerprint::Fingerprint;
use crate::graph::circle;
use crate::input::{Inputs, Mode};
use crate::model::{Change, ChangeAction, Plan};
use crate::outputs::outputs;
use crate::place::at;
use crate::select::{Scope, scope};
use crate::world::World;
use crate::{computed, instances};
use podform_model::path::Step;
use podform_model::proposal::Proposal;
use podform_model::schema::is_computed;
use podform_model::{Address, Diagnostic, Diagnostics, ProviderRef, Reference, Value, code};
use std::collections::{BTreeMap, BTreeSet};

/// Decides what has to be done. Pure and total: the same inputs always give the same plan, and no
/// inputs make it fail; what is wrong with them is a diagnostic. With an error among the
/// diagnostics the plan must not be applied.
#[must_use]
pub fn plan(inputs: &Inputs<'_>) -> (Plan, Diagnostics) {
    let world = World::new(inputs);
    let known = world.addresses();
    let (scope, mut diagnostics) = scope(inputs, &known);
    diagnostics.extend(circles(inputs).unwrap_or_default());
    diagnostics.extend(crate::arrivals::check(inputs, &scope));
    let decided = decide_all(&world, &known, &scope);
    let mut plan = Plan::default();
    for (_, decided) in decided {
        plan.notes.extend(decided.notes);
        diagnostics.extend(decided.diagnostics);
        plan.changes.extend(decided.change);
    }
    inherit_create_first(&mut plan.changes);
    diagnostics.extend(two_at_once(&plan.changes));
    plan.drift = drift(&world);
    plan.outputs = outputs(inputs);
    plan.computed = computed::asked(&world, &plan.changes);
    plan.notes.extend(pending(&world));
    plan.fingerprint = Fingerprint::of(inputs);
    (plan, diagnostics)
}

/// What the providers are asked about a plan that was made without their refinements: the pods whose
/// attributes differ, and those of which instances would be launched. Without any the plan is final.
#[must_use]
pub fn propose(plan: &Plan) -> Vec<(ProviderRef, Proposal)> {
    let proposals = plan.changes.iter().filter_map(|change| {
        let asks = change.launches() || !change.forces.is_empty();
        let planned = change.after.clone().filter(|_| asks)?;
        let prior = match change.action {
            ChangeAction::Create | ChangeAction::Replace { .. } => None,
            _ => change.before.clone(),
        };
        let launches = instances::small(change.launch.len());
        let (address, secrets) = (change.address.clone(), change.secrets.clone());
        let proposal = Proposal { address, prior, planned, launches, secrets };
        Some((change.provider.clone(), proposal))
    });
    proposals.collect()
}

/// Decides a change again, now that every value is known, just before its step begins. A change
/// that turns out not to be needed becomes a no-op. A value that was known when the plan was made
/// must not have changed.
#[must_use]
pub fn resolve(inputs: &Inputs<'_>, change: &Change) -> (Change, Diagnostics) {
    let world = World::new(inputs);
    let trigger = change.reasons.iter().find_map(|reason| match reason {
        crate::model::Reason::TriggeredBy { address } => Some(address),
        _ => None,
    });
    let decided = decide(&world, &change.address, trigger, true);
    let mut diagnostics = decided.diagnostics;
    let Some(mut now) = decided.change else { return (change.clone(), diagnostics) };
    now.create_before_destroy = change.create_before_destroy;
    if let (ChangeAction::Replace { create_first }, ChangeAction::Replace { create_first: was }) =
        (&mut now.action, change.action)
    {
        *create_first = was;
    }
    if let (Some(planned), Some(value)) = (&change.after, &now.after) {
        diagnostics.extend(kept_promises(inputs, &change.address, planned, value));
    }
    (now, diagnostics)
}

/// Finds values that were known in the plan and are others now.
fn kept_promises(
    inputs: &Inputs<'_>,
    address: &Address,
    planned: &Value,
    value: &Value,
) -> Diagnostics {
    let none = BTreeMap::new();
    let with = crate::compare::Comparison { changes: &none, digest: inputs.digest };
    let mut out = Diagnostics::new();
    for difference in crate::compare::compare(planned, value, with) {
        let was_unknown = at(planned, &difference.path).is_some_and(Value::has_unknown);
        if was_unknown || difference.how != crate::compare::Differs::Changed {
            continue;
        }
        let path = difference.path;
        out.push(
            Diagnostic::error(
                code::PLAN_MOVED_VALUE,
                format!("`{path}` of {address} is not what the plan said"),
            )
            .help("plan again")
            .at(address)
            .path(path),
        );
    }
    out
}

/// The pods that depend on one another in a circle, named.
fn circles(inputs: &Inputs<'_>) -> Option<Diagnostics> {
    if inputs.options.mode != Mode::Normal {
        return None;
    }
    let needs: BTreeMap<&Address, BTreeSet<&Address>> = inputs
        .desired
        .pods
        .iter()
        .map(|(address, pod)| (address, pod.depends_on.iter().collect()))
        .collect();
    let circle = circle(&needs)?;
    let mut names: Vec<String> = circle.iter().map(|address| address.to_string()).collect();
    names.extend(names.first().cloned());
    let found = Diagnostic::error(
        code::PLAN_CYCLE,
        format!("pods depend on one another in a circle: {}", names.join(" → ")),
    )
    .help("remove one of these references or `depends_on` entries");
    Some(found.at(circle.first()?).into())
}

/// Decides about every pod, again where the change of another one replaces it.
fn decide_all<'a>(
    world: &World<'a>,
    known: &BTreeSet<&'a Address>,
    scope: &Scope,
) -> BTreeMap<&'a Address, Decided> {
    let mut all: BTreeMap<&Address, Decided> = known
        .iter()
        .map(|address| (*address, decide(world, address, None, scope.contains(address))))
        .collect();
    let watchers = watchers(world, scope);
    let mut open: BTreeSet<&Address> = watchers.values().flatten().copied().collect();
    let mut triggered = BTreeSet::new();
    while let Some(address) = open.pop_first() {
        let Some(trigger) = trigger_of(world, &all, address) else { continue };
        all.insert(address, decide(world, address, Some(trigger), true));
        triggered.insert(address);
        let next = watchers.get(address).into_iter().flatten().copied();
        open.extend(next.filter(|watcher| !triggered.contains(watcher)));
    }
    all
}

/// The pods that another one's change may replace, by that other one.
fn watchers<'a>(world: &World<'a>, scope: &Scope) -> BTreeMap<&'a Address, Vec<&'a Address>> {
    let mut out: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    if world.inputs.options.mode != Mode::Normal {
        return out;
    }
    for (address, pod) in &world.inputs.desired.pods {
        if scope.contains(address) && world.inputs.pods.contains_key(address) {
            for trigger in &pod.lifecycle.replace_triggered_by {
                out.entry(&trigger.address).or_default().push(address);
            }
        }
    }
    out
}

/// The pod whose change replaces this one, if any does.
fn trigger_of<'a>(
    world: &World<'a>,
    all: &BTreeMap<&Address, Decided>,
    address: &Address,
) -> Option<&'a Address> {
    let triggers = &world.inputs.desired.pods.get(address)?.lifecycle.replace_triggered_by;
    triggers.iter().find(|trigger| fires(world, all, trigger)).map(|trigger| &trigger.address)
}

/// Whether what a trigger names changes.
fn fires(world: &World<'_>, all: &BTreeMap<&Address, Decided>, trigger: &Reference) -> bool {
    let Some(change) = all.get(&trigger.address).and_then(|decided| decided.change.as_ref()) else {
        return false;
    };
    let acts = matches!(
        change.action,
        ChangeAction::Update
            | ChangeAction::Roll
            | ChangeAction::Scale
            | ChangeAction::Relaunch
            | ChangeAction::Replace { .. }
    );
    if !acts || change.conditional {
        return false;
    }
    let Some(Step::Attr(name)) = trigger.to.0.first() else {
        return change.action != ChangeAction::Relaunch;
    };
    if is_computed(name) {
        let record = world.inputs.pods.get(&trigger.address);
        return record.is_some_and(|record| computed::changes(name, change, record));
    }
    let null = Value::Null;
    let side = |value: &Option<Value>| value.as_ref().and_then(|v| at(v, &trigger.to)).cloned();
    let before = side(&change.before).unwrap_or_else(|| null.clone());
    let after = side(&change.after).unwrap_or(null);
    matches!(differs(&before, &after, world.inputs.digest), Some(crate::compare::Differs::Changed))
}

/// A record holds one pod of one provider: a pod cannot be on two of them at once.
fn two_at_once(changes: &[Change]) -> Diagnostics {
    let mut out = Diagnostics::new();
    for change in changes {
        let (ChangeAction::Replace { create_first: true }, Some(prior)) =
            (change.action, &change.prior_provider)
        else {
            continue;
        };
        let (address, next) = (&change.address, &change.provider);
        let summary =
            format!("{address} cannot be created on `{next}` before it is destroyed on `{prior}`");
        out.push(
            Diagnostic::error(code::PLAN_REFUSED_CHANGE, summary)
                .help("leave out `create_before_destroy` while its provider changes, also in the pods that depend on it")
                .at(address),
        );
    }
    out
}

/// A pod that is created before it is destroyed needs the same of what it depends on: else its
/// dependencies would have to go before it and come before it.
fn inherit_create_first(changes: &mut [Change]) {
    let place: BTreeMap<Address, usize> =
        changes.iter().enumerate().map(|(at, change)| (change.address.clone(), at)).collect();
    let mut open: Vec<usize> = (0..changes.len())
        .filter(|at| changes[*at].create_before_destroy && !changes[*at].is_no_op())
        .collect();
    let mut done = BTreeSet::new();
    while let Some(at) = open.pop() {
        if !done.insert(at) {
            continue;
        }
        let change = &mut changes[at];
        change.create_before_destroy = true;
        if let ChangeAction::Replace { create_first } = &mut change.action {
            *create_first = true;
        }
        let needs = changes[at].depends_on.iter().chain(&changes[at].prior_depends_on);
        open.extend(needs.filter_map(|needed| place.get(needed)));
    }
}
