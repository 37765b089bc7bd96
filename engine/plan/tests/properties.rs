//! What holds for every plan, whatever it is made from.

mod common;

use common::{Lab, live, mesos};
use podform_model::observed::{ObservedTombstone, Standing, Surplus};
use podform_model::{Address, PodRecord, Tombstone, Value};
use podform_plan::file::{PlanFile, PlanFileParts};
use podform_plan::{ChangeAction, Phase, Plan, ReplaceTarget, Schedule, seal};
use proptest::collection::{btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::subsequence;
use std::collections::{BTreeMap, BTreeSet};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// An instance: slot, whether it is of the recorded generation, what it is, when it started.
type Instance = (u32, bool, Standing, u32);

/// A pod: wanted (instances, user), recorded (instances, user, with a known configuration), its
/// instances, and what it needs by the configuration and by the record.
#[derive(Debug, Clone)]
struct Pod {
    wanted: Option<(u32, u8)>,
    recorded: Option<(u32, u8, bool)>,
    instances: Vec<Instance>,
    surplus: Vec<(u32, u8)>,
    returned: Vec<bool>,
    needs: BTreeSet<usize>,
    needed: BTreeSet<usize>,
    other_id: bool,
    create_first: bool,
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        4 => Just(Standing::Live),
        1 => Just(Standing::Dead),
        1 => Just(Standing::Finished),
        1 => Just(Standing::Gone),
        1 => Just(Standing::Unknown),
        1 => (0..2000_u32).prop_map(|since| Standing::Unreachable { since: f64::from(since) }),
    ]
}

fn pod() -> impl Strategy<Value = Pod> {
    let facts = (
        of((0..5_u32, 0..3_u8)),
        of((0..5_u32, 0..3_u8, prop::bool::weighted(0.9))),
        vec((0..6_u32, prop::bool::weighted(0.7), standing(), 0..9_u32), 0..6),
        vec((0..6_u32, 0..3_u8), 0..3),
        vec(any::<bool>(), 0..2),
    );
    let order = (
        btree_set(0..NAMES.len(), 0..3),
        btree_set(0..NAMES.len(), 0..3),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.2),
    );
    (facts, order).prop_map(|(facts, order)| Pod {
        wanted: facts.0,
        recorded: facts.1,
        instances: facts.2,
        surplus: facts.3,
        returned: facts.4,
        needs: order.0,
        needed: order.1,
        other_id: order.2,
        create_first: order.3,
    })
}

/// Any state of five pods. With `ordered` a pod needs only later ones by the configuration.
fn lab(ordered: bool) -> impl Strategy<Value = Lab> {
    let replace = subsequence(&NAMES[..], 0..2);
    (vec(pod(), NAMES.len()), replace).prop_map(move |(pods, replace)| {
        let mut lab = Lab::default();
        lab.options.generation = "g7".into();
        for (at, pod) in pods.iter().enumerate() {
            want(&mut lab, at, pod, ordered);
            record(&mut lab, at, pod);
            strays(&mut lab, at, pod);
        }
        let known = |name: &&str| {
            let address = Address::pod(*name);
            lab.desired.pods.contains_key(&address) || lab.pods.contains_key(&address)
        };
        let replace: Vec<&str> = replace.into_iter().filter(known).collect();
        lab.options.replace = replace
            .into_iter()
            .map(|name| ReplaceTarget { address: Address::pod(name), slot: None })
            .collect();
        lab
    })
}

fn user(which: u8) -> Value {
    if which == 0 { Value::Null } else { Value::from(format!("user{which}")) }
}

fn names(set: &BTreeSet<usize>, after: Option<usize>) -> BTreeSet<Address> {
    let kept = set.iter().filter(|other| after.is_none_or(|at| **other > at));
    kept.map(|other| Address::pod(NAMES[*other])).collect()
}

fn want(lab: &mut Lab, at: usize, pod: &Pod, ordered: bool) {
    let Some((instances, which)) = pod.wanted else { return };
    let desired = lab.desire(NAMES[at], instances);
    if which > 0 {
        desired.value.set("user", user(which));
    }
    if pod.other_id {
        desired.value.set("id", Value::from(format!("/other-{}", NAMES[at])));
    }
    desired.depends_on = names(&pod.needs, ordered.then_some(at));
    desired.lifecycle.create_before_destroy = pod.create_first;
}

fn record(lab: &mut Lab, at: usize, pod: &Pod) {
    let Some((instances, which, known)) = pod.recorded else { return };
    let address = Address::pod(NAMES[at]);
    let mut value = common::value(&format!("/{}", NAMES[at]), instances);
    if which > 0 {
        value.set("user", user(which));
    }
    let mut records = Vec::new();
    for (index, (slot, current, standing, started)) in pod.instances.iter().enumerate() {
        let generation = if *current { "g6" } else { "g5" };
        // A slot is unique within its generation.
        if records
            .iter()
            .any(|r: &podform_model::InstanceRecord| r.slot == *slot && r.generation == generation)
        {
            continue;
        }
        let mut record = lab.instance(*slot, generation, &format!("{}-{index}", NAMES[at]));
        record.started_at = (*started > 0).then_some(f64::from(*started));
        let mut seen = live(&address, &record.id);
        seen.standing = *standing;
        lab.seen().instances.push(seen);
        records.push(record);
    }
    let generations = if known { vec!["g5", "g6"] } else { vec!["g5"] };
    let sealed = seal(&value, &|v| Some(common::digest(v)));
    let record = PodRecord {
        provider: mesos(),
        id: format!("/{}", NAMES[at]),
        generation: "g6".into(),
        configurations: generations.into_iter().map(|g| (g.to_owned(), sealed.clone())).collect(),
        instances: records,
        depends_on: names(&pod.needed, None),
        secrets: BTreeMap::new(),
        create_before_destroy: false,
        prevent_destroy: false,
        forget: false,
        delete_timeout: None,
        formerly: Default::default(),
        rest: BTreeMap::new(),
    };
    lab.pods.insert(address, record);
}

fn strays(lab: &mut Lab, at: usize, pod: &Pod) {
    let address = Address::pod(NAMES[at]);
    for (index, (slot, generation)) in pod.surplus.iter().enumerate() {
        let id = format!("{}-s{index}", NAMES[at]);
        let instance = lab.instance(*slot, &format!("g{}", generation + 5), &id);
        lab.seen().surplus.push(Surplus { address: address.clone(), instance });
    }
    for (index, stop_on_return) in pod.returned.iter().enumerate() {
        let id = format!("{}-t{index}", NAMES[at]);
        let instance = lab.instance(0, "g0", &id);
        let (provider, address) = (mesos(), address.clone());
        let stop_on_return = *stop_on_return;
        lab.tombstones.push(Tombstone { provider, address, instance, stop_on_return });
        lab.seen().tombstones.push(ObservedTombstone { id, standing: Standing::Live });
    }
}

/// The order in which a schedule hands out the halves of changes.
fn order(plan: &Plan) -> Vec<(Address, Phase)> {
    let mut schedule = Schedule::new(plan);
    let mut out = Vec::new();
    while !schedule.is_done() {
        let ready = schedule.ready();
        assert!(!ready.is_empty(), "nothing is ready, but not all is done");
        for step in &ready {
            out.push((plan.changes[step.change].address.clone(), step.phase));
        }
        for step in ready {
            schedule.finish(step.id, true);
        }
    }
    out
}

fn position(order: &[(Address, Phase)], address: &Address, phase: Phase) -> Option<usize> {
    order.iter().position(|entry| *entry == (address.clone(), phase))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_after_its_apply_is_empty(mut lab in lab(true)) {
        let (plan, diagnostics) = lab.plan();
        prop_assert!(!diagnostics.has_errors(), "{:?}", diagnostics);
        lab.apply(&plan);
        lab.options.replace.clear();
        let (again, _) = lab.plan();
        let left: Vec<_> = again.changes.iter().filter(|c| !c.is_no_op()).collect();
        prop_assert!(left.is_empty(), "{:#?}", left);
    }

    #[test]
    fn a_plan_does_not_depend_on_the_order_of_what_it_is_made_from(lab in lab(true)) {
        let mut other = lab.clone();
        for record in other.pods.values_mut() {
            record.instances.reverse();
        }
        other.tombstones.reverse();
        let seen = other.seen();
        seen.instances.reverse();
        seen.surplus.reverse();
        seen.tombstones.reverse();
        prop_assert_eq!(lab.plan(), other.plan());
    }

    #[test]
    fn a_schedule_respects_what_pods_need(lab in lab(true)) {
        let (plan, _) = lab.plan();
        let order = order(&plan);
        for change in &plan.changes {
            let then = position(&order, &change.address, Phase::Apply);
            for needed in &change.depends_on {
                let first = position(&order, needed, Phase::Apply);
                if let (Some(first), Some(then)) = (first, then) {
                    prop_assert!(first < then, "{needed} comes after {}", change.address);
                }
            }
            let (apply, delete) = (then, position(&order, &change.address, Phase::Delete));
            if let (ChangeAction::Replace { create_first }, Some(apply), Some(delete)) =
                (change.action, apply, delete)
            {
                prop_assert_eq!(create_first, apply < delete);
            }
        }
    }

    #[test]
    fn pods_are_destroyed_after_those_that_needed_them(mut lab in lab(true)) {
        for (at, name) in NAMES.iter().enumerate() {
            if let Some(record) = lab.pods.get_mut(&Address::pod(*name)) {
                record.depends_on.retain(|needed| needed.name.as_str() > NAMES[at]);
            }
        }
        lab.options.mode = podform_plan::Mode::Destroy;
        let (plan, _) = lab.plan();
        let order = order(&plan);
        for change in &plan.changes {
            let first = position(&order, &change.address, Phase::Delete);
            for needed in &change.prior_depends_on {
                let then = position(&order, needed, Phase::Delete);
                if let (Some(first), Some(then)) = (first, then) {
                    prop_assert!(first < then, "{needed} goes before {}", change.address);
                }
            }
        }
    }

    #[test]
    fn planning_is_total_and_schedules_end(lab in lab(false), failing in any::<prop::sample::Index>()) {
        let (plan, _) = lab.plan();
        let mut schedule = Schedule::new(&plan);
        let total = schedule.len();
        let fails = if total > 0 { Some(failing.index(total)) } else { None };
        let mut done = 0;
        while !schedule.is_done() {
            let ready = schedule.ready();
            prop_assert!(!ready.is_empty());
            for step in ready {
                schedule.finish(step.id, Some(done) != fails);
                // Telling twice changes nothing.
                schedule.finish(step.id, true);
                done += 1;
            }
        }
        prop_assert_eq!(done + schedule.skipped().len(), total);
    }

    #[test]
    fn a_saved_plan_reads_back(lab in lab(false)) {
        let (plan, _) = lab.plan();
        let file = PlanFile::new(
            PlanFileParts {
                podform_version: "0.1.0".into(),
                created_at: 1.5,
                sources: BTreeMap::new(),
                files: BTreeMap::new(),
                variables: BTreeMap::new(),
                options: lab.options.clone(),
                lineage: "L".into(),
                serial: 1,
                plan,
            },
            &|value| Some(common::digest(value)),
        );
        let back = PlanFile::from_bytes(&file.to_bytes(), "plan");
        prop_assert_eq!(back.as_ref(), Ok(&file));
    }

    #[test]
    fn a_plan_file_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(PlanFile::from_bytes(&bytes, "plan").is_err());
    }
}
