//! The rows of `engine/docs/plan-decisions.md`, each as a test.

mod common;

use common::{Lab, address, desired, mesos, path, stamp};
use podform_model::change::ChangeClass;
use podform_model::observed::{SecretStanding, Standing};
use podform_model::proposal::Refinement;
use podform_model::{
    Address, DesiredOutput, Diagnostic, Intent, ProviderRef, Reference, Value, code,
};
use podform_plan::{
    ChangeAction, DriftKind, Mode, NoteKind, OutputAction, Reason, ReplaceTarget, Schedule,
    Unsupported,
};

fn web() -> Address {
    Address::pod("web")
}

fn slots(change: &podform_plan::Change) -> Vec<u32> {
    change.launch.iter().map(|launch| launch.slot).collect()
}

fn errors(lab: &Lab) -> Vec<Diagnostic> {
    lab.plan().1.into_iter().filter(Diagnostic::is_error).collect()
}

#[test]
fn every_row_has_a_test() {
    let rows = include_str!("../../docs/plan-decisions.md");
    let tests = include_str!("decisions.rs");
    let mut count = 0;
    for row in rows.lines().filter_map(|line| line.strip_prefix("| ")) {
        let Some(number) = row.split(' ').next().filter(|n| n.parse::<u32>().is_ok()) else {
            continue;
        };
        count += 1;
        assert!(tests.contains(&format!("\nfn row_{number}_")), "row {number} has no test");
    }
    assert_eq!(count, tests.matches("\nfn row_").count());
}

#[test]
fn row_01_desired_and_not_recorded_is_created() {
    let mut lab = Lab::default();
    lab.desire("web", 3);
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Create);
    assert_eq!(slots(&change), [0, 1, 2]);
    assert!(change.launch.iter().all(|launch| launch.generation == "g1"));
    assert_eq!((change.instances.add, change.instances.desired), (3, 3));
    lab.settle();
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_02_recorded_and_not_desired_is_deleted() {
    let mut lab = Lab::running(3);
    lab.stand(1, Standing::Dead);
    lab.stand(2, Standing::Unreachable { since: 0.0 });
    lab.desired.pods.clear();
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Delete);
    assert_eq!(change.reasons, [Reason::NotInConfiguration]);
    assert_eq!(change.stop, ["i1", "i3"]);
    assert_eq!(lab.codes(), [code::PLAN_GIVEN_UP]);
    lab.settle();
    assert!(lab.pods.is_empty());
    assert_eq!(lab.tombstones.len(), 1);
    assert!(lab.tombstones[0].stop_on_return);
}

#[test]
fn row_03_with_destroy_false_it_is_forgotten() {
    let mut lab = Lab::running(2);
    lab.web().lifecycle.destroy = Some(false);
    lab.record().forget = true;
    lab.desired.pods.clear();
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Forget);
    assert!(change.stop.is_empty());
    lab.settle();
    assert!(lab.pods.is_empty());
    assert!(lab.tombstones.iter().all(|tombstone| !tombstone.stop_on_return));
    // Live, but on a tombstone: never touched again.
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_04_destroy_deletes_every_recorded_pod() {
    let mut lab = Lab::running(1);
    lab.desire("keep", 1).lifecycle.destroy = Some(false);
    lab.settle();
    lab.desire("new", 1);
    lab.options.mode = Mode::Destroy;
    let (plan, diagnostics) = lab.plan();
    assert!(diagnostics.is_empty());
    let actions: Vec<_> = plan.changes.iter().map(|c| (c.address.to_string(), c.action)).collect();
    assert_eq!(
        actions,
        [
            ("pod.keep".to_owned(), ChangeAction::Forget),
            ("pod.web".to_owned(), ChangeAction::Delete)
        ]
    );
    assert_eq!(plan.changes[1].reasons, [Reason::DestroyRequested]);
}

#[test]
fn row_05_prevent_destroy_is_an_error() {
    let mut lab = Lab::running(1);
    lab.web().lifecycle.prevent_destroy = true;
    lab.options.mode = Mode::Destroy;
    assert_eq!(lab.codes(), [code::PLAN_PREVENT_DESTROY]);
    lab.options.mode = Mode::Normal;
    assert!(lab.codes().is_empty());
    lab.set("id", "/other");
    assert_eq!(lab.codes(), [code::PLAN_PREVENT_DESTROY]);
    lab.record().prevent_destroy = true;
    lab.desired.pods.clear();
    assert!(lab.codes().is_empty());
}

#[test]
fn row_06_nothing_differs() {
    let lab = Lab::running(2);
    let (plan, diagnostics) = lab.plan();
    assert!(plan.is_empty() && diagnostics.is_empty());
    assert_eq!(plan.changes.len(), 1);
    assert!(plan.drift.is_empty() && plan.notes.is_empty());
}

#[test]
fn row_07_a_dead_instance_is_relaunched() {
    let mut lab = Lab::running(3);
    lab.stand(1, Standing::Dead);
    lab.seen().instances[1].reason = "container \"web\" exited with status 1".into();
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Relaunch);
    assert_eq!(slots(&change), [1]);
    assert_eq!(change.generation, "g1");
    assert!(change.stop.is_empty());
    assert_eq!((change.instances.relaunch, change.instances.add), (1, 0));
    let [Reason::Ended { slot: 1, standing: Standing::Dead, text }] = &change.reasons[..] else {
        panic!("{:?}", change.reasons)
    };
    assert!(text.contains("status 1"));
    lab.settle();
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_08_a_finished_instance_is_relaunched() {
    let mut lab = Lab::running(1);
    lab.stand(0, Standing::Finished);
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Relaunch);
    let [Reason::Ended { text, .. }] = &change.reasons[..] else { panic!() };
    assert_eq!(text, "finished with status 0");
}

#[test]
fn row_09_an_absent_instance_is_relaunched() {
    let mut lab = Lab::running(2);
    lab.stand(0, Standing::Gone);
    let change = lab.change();
    assert_eq!((change.action, slots(&change)), (ChangeAction::Relaunch, vec![0]));
}

#[test]
fn row_10_an_overdue_unreachable_instance_is_replaced_and_given_up() {
    let mut lab = Lab::running(2);
    lab.set("unreachable.inactive_after", 300_i64);
    lab.settle();
    lab.stand(1, Standing::Unreachable { since: 700.0 });
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!(change.action, ChangeAction::Relaunch);
    assert_eq!((slots(change), change.stop.clone()), (vec![1], vec!["i2".to_owned()]));
    assert_eq!(plan.notes[0].kind, NoteKind::GivenUp);
    lab.settle();
    assert_eq!(lab.tombstones[0].instance.id, "i2");
    assert!(lab.tombstones[0].stop_on_return);
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_11_an_unreachable_instance_is_waited_for() {
    let mut lab = Lab::running(2);
    lab.set("unreachable.inactive_after", 300_i64);
    lab.settle();
    lab.stand(1, Standing::Unreachable { since: 701.0 });
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert_eq!(plan.notes[0].kind, NoteKind::Waiting);
    assert!(plan.notes[0].text.contains("until 300 s"), "{}", plan.notes[0].text);

    lab.set("unreachable.disabled", true);
    lab.settle();
    lab.stand(1, Standing::Unreachable { since: 0.0 });
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert!(plan.notes[0].text.contains("never given up"));
}

#[test]
fn row_12_an_unknown_instance_is_left_alone() {
    let mut lab = Lab::running(2);
    lab.stand(0, Standing::Unknown);
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert_eq!(plan.notes[0].kind, NoteKind::Waiting);
    assert_eq!(plan.changes[0].instances.waiting, 1);
    // What a read does not mention is not known either.
    lab.seen().instances.clear();
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert_eq!(plan.changes[0].instances.waiting, 2);
}

#[test]
fn row_13_a_surplus_instance_in_an_empty_slot_is_adopted() {
    let mut lab = Lab::running(2);
    lab.stand(1, Standing::Dead);
    lab.surplus("web", 1, "g1", "lost");
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Adopt);
    assert!(change.launch.is_empty() && change.stop.is_empty());
    assert_eq!(change.adopt[0].id, "lost");
    lab.settle();
    assert!(lab.plan().0.is_empty());
    assert!(lab.record().instances.iter().any(|i| i.id == "lost"));
}

#[test]
fn row_14_any_other_surplus_instance_is_stopped() {
    let mut lab = Lab::running(1);
    lab.surplus("web", 0, "g1", "twin");
    lab.surplus("web", 1, "g0", "old");
    lab.surplus("stranger", 0, "g0", "alone");
    let (plan, diagnostics) = lab.plan();
    assert!(diagnostics.is_empty());
    let change = plan.change(&web()).unwrap();
    assert_eq!(change.action, ChangeAction::Stop);
    assert_eq!(change.stop, ["twin", "old"]);
    let stranger = plan.change(&Address::pod("stranger")).unwrap();
    assert_eq!(stranger.action, ChangeAction::Delete);
    assert_eq!(stranger.stop, ["alone"]);
    assert_eq!(stranger.reasons, [Reason::Surplus { id: "alone".into() }]);
    // The pod's own instance is no surplus, whatever the provider says.
    lab.surplus("web", 0, "g1", "i1");
    assert_eq!(lab.change().stop, ["twin", "old"]);
    lab.settle();
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_15_a_returned_tombstone_is_stopped_unless_forgotten() {
    let mut lab = Lab::running(1);
    lab.tombstone(4, "back", true, Standing::Live);
    lab.tombstone(5, "away", true, Standing::Unreachable { since: 1.0 });
    lab.tombstone(6, "forgotten", false, Standing::Live);
    lab.surplus("web", 6, "g0", "forgotten");
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Stop);
    assert_eq!(change.stop, ["back"]);
    lab.settle();
    assert!(lab.plan().0.is_empty());
    assert_eq!(lab.tombstones.len(), 2);
}

#[test]
fn row_16_an_update_in_place_touches_no_instance() {
    let mut lab = Lab::running(2);
    let before = lab.plan().0.computed;
    lab.set("upgrade.minimum_health_capacity", Value::Number("0.5".parse().unwrap()));
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!(change.action, ChangeAction::Update);
    assert!(!change.conditional && change.launch.is_empty() && change.stop.is_empty());
    assert_eq!(change.generation, "g1");
    assert_eq!(plan.computed, before);
    lab.settle();
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_17_growing_keeps_what_is_known() {
    let mut lab = Lab::running(2);
    lab.set("instances", 4_i64);
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!((change.action, slots(change)), (ChangeAction::Scale, vec![2, 3]));
    assert_eq!((change.generation.as_str(), change.instances.add), ("g1", 2));
    assert_eq!(change.reasons, [Reason::Scaled { before: 2, after: 4 }]);
    let list = plan.computed[&web()].items("instance");
    assert_eq!(list[1].get("host"), Some(&Value::from("node1")));
    assert_eq!(list[2].get("host"), Some(&Value::Unknown));
    let addresses = plan.computed[&web()].get("endpoint").unwrap().get("http").unwrap();
    assert_eq!(addresses.items("addresses")[0], Value::from("node0:31000"));
    assert_eq!(addresses.items("addresses")[3], Value::Unknown);
}

#[test]
fn row_18_shrinking_stops_by_kill_selection() {
    let mut lab = Lab::running(3);
    for (at, time) in [5.0, 9.0, 7.0].into_iter().enumerate() {
        lab.record().instances[at].started_at = Some(time);
    }
    lab.set("instances", 2_i64);
    assert_eq!(lab.change().action, ChangeAction::Scale);
    assert_eq!(lab.change().stop, ["i2"]);
    lab.set("kill_selection", "OLDEST_FIRST");
    assert_eq!(lab.change().stop, ["i1"]);
    lab.set("unreachable.inactive_after", 5000_i64);
    lab.stand(2, Standing::Unreachable { since: 1.0 });
    lab.stand(0, Standing::Unknown);
    assert_eq!(lab.change().stop, ["i3"]);
    lab.set("instances", 1_i64);
    assert_eq!(lab.change().stop, ["i3", "i2"]);
    lab.set("instances", 0_i64);
    assert_eq!(lab.change().stop, ["i3", "i2", "i1"]);
    lab.settle();
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_19_a_rolling_attribute_makes_a_generation() {
    let mut lab = Lab::running(2);
    lab.set("container.web.command", "exec other");
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!((change.action, change.roll), (ChangeAction::Roll, true));
    assert_eq!((slots(change), change.generation.as_str()), (vec![0, 1], "g2"));
    assert_eq!(change.stop, ["i1", "i2"]);
    assert_eq!(change.instances.replace, 2);
    let paths = vec![path("container.web.command")];
    assert_eq!(change.reasons, [Reason::Attributes { class: ChangeClass::Roll, paths }]);
    assert_eq!(plan.computed[&web()].get("version"), Some(&Value::from("g2")));
    lab.settle();
    assert!(lab.plan().0.is_empty());
    assert_eq!(lab.record().configurations.len(), 1);
}

#[test]
fn row_20_a_change_in_memory_is_warned_about() {
    let mut lab = Lab::running(1);
    lab.set("kill_selection", "OLDEST_FIRST");
    assert_eq!(lab.change().action, ChangeAction::Update);
    assert_eq!(lab.codes(), [code::PLAN_MEMORY_ONLY]);
}

#[test]
fn row_21_a_refused_change_is_an_error() {
    let mut lab = Lab::running(1);
    let size = Value::object([("size", Value::from(10_i64))]);
    let volume = Value::object([("name", Value::from("data")), ("persistent", size)]);
    lab.set("volume", Value::list(vec![volume]));
    lab.settle();
    lab.set("volume.data.persistent.size", 20_i64);
    let found = errors(&lab);
    assert_eq!(found[0].code, code::PLAN_REFUSED_CHANGE);
    assert_eq!(found[0].path, Some(path("volume.data").attr("persistent").attr("size")));
}

#[test]
fn row_22_another_id_is_another_pod() {
    let mut lab = Lab::running(2);
    lab.set("id", "/other");
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!(change.action, ChangeAction::Replace { create_first: false });
    assert_eq!(change.reasons, [Reason::IdChanged]);
    assert_eq!((change.pod_id.as_str(), change.prior_id.as_deref()), ("/other", Some("/web")));
    let first = Schedule::new(&plan).ready();
    assert_eq!((first.len(), first[0].phase), (1, podform_plan::Phase::Delete));
    lab.web().lifecycle.create_before_destroy = true;
    let (plan, _) = lab.plan();
    assert_eq!(plan.changes[0].action, ChangeAction::Replace { create_first: true });
    assert_eq!(Schedule::new(&plan).ready()[0].phase, podform_plan::Phase::Apply);
    lab.settle();
    assert!(lab.plan().0.is_empty());
    assert_eq!(lab.record().id, "/other");
}

#[test]
fn row_23_another_provider_is_another_pod() {
    let mut lab = Lab::running(1);
    let other = ProviderRef::new("marathon");
    lab.providers.insert(other.clone(), common::facts());
    lab.observed.insert(other.clone(), Default::default());
    lab.web().provider = other.clone();
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Replace { create_first: false });
    assert_eq!((change.provider.clone(), change.prior_provider.clone()), (other, Some(mesos())));
    lab.settle();
    assert!(lab.plan().0.is_empty());
    assert!(lab.observed[&mesos()].instances.is_empty());
}

#[test]
fn row_24_the_provider_may_ask_for_another_pod() {
    let mut lab = Lab::running(1);
    lab.set("user", "nobody");
    let planned = lab.web().value.clone();
    let replace = vec![path("user")];
    lab.refinements.insert(web(), Refinement { address: web(), planned, replace: replace.clone() });
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Replace { create_first: false });
    assert_eq!(change.reasons, [Reason::ProviderReplaces { paths: replace }]);

    lab.refinements.clear();
    let facts = lab.providers.get_mut(&mesos()).unwrap();
    facts.changes.insert("user".into(), ChangeClass::Replace);
    assert_eq!(lab.change().action, ChangeAction::Replace { create_first: false });
}

#[test]
fn row_25_a_trigger_replaces() {
    let mut lab = Lab::running(1);
    let triggers =
        |to| vec![Reference { from: path("lifecycle"), address: Address::pod("db"), to }];
    lab.desire("db", 1);
    lab.settle();
    lab.web().lifecycle.replace_triggered_by = triggers(path("user"));
    assert!(lab.plan().0.is_empty());
    let db = lab.desired.pods.get_mut(&Address::pod("db")).unwrap();
    db.value.set("user", Value::from("nobody"));
    let reason = Reason::TriggeredBy { address: Address::pod("db") };
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Replace { create_first: false });
    assert_eq!(change.reasons, [reason]);
    lab.web().lifecycle.replace_triggered_by = triggers(path("role"));
    assert!(lab.change().is_no_op());
    for to in [path("version"), path("instance"), podform_model::AttributePath::root()] {
        lab.web().lifecycle.replace_triggered_by = triggers(to);
        assert_eq!(lab.change().action, ChangeAction::Replace { create_first: false });
    }
    lab.web().lifecycle.replace_triggered_by = triggers(path("id"));
    assert!(lab.change().is_no_op());
}

#[test]
fn row_26_a_half_done_update_continues() {
    let mut lab = Lab::running(4);
    lab.set("user", "nobody");
    lab.settle();
    let old = lab.record().configurations["g2"].clone();
    lab.record().configurations.insert("g1".into(), old);
    for at in [2, 3] {
        lab.record().instances[at].generation = "g1".into();
    }
    let change = lab.change();
    assert_eq!((change.action, change.roll), (ChangeAction::Roll, true));
    assert_eq!(change.generation, "g2");
    assert_eq!(change.reasons, [Reason::Continues { done: 2, of: 4 }]);
    assert_eq!((slots(&change), change.stop.len()), (vec![2, 3], 2));
    assert_eq!((change.instances.current, change.instances.replace), (2, 2));
    lab.settle();
    assert!(lab.plan().0.is_empty());
}

#[test]
fn row_27_an_unknown_configuration_is_rolled() {
    let mut lab = Lab::running(2);
    lab.record().configurations.clear();
    let change = lab.change();
    assert_eq!((change.action, change.generation.as_str()), (ChangeAction::Roll, "g2"));
    assert_eq!(change.reasons, [Reason::ConfigurationUnknown]);
    assert_eq!(change.before, None);
}

#[test]
fn row_28_a_changed_secret_rolls() {
    let mut lab = Lab::running(1);
    lab.secret(stamp(Some("1"), Some("aa")));
    lab.settle();
    assert!(lab.plan().0.is_empty());

    lab.secret(stamp(Some("2"), Some("aa")));
    assert!(lab.plan().0.is_empty(), "another version of the same value");
    lab.secret(stamp(Some("2"), Some("bb")));
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Roll);
    assert_eq!(change.secrets_changed, ["db"]);
    assert_eq!(change.reasons, [Reason::SecretChanged { names: vec!["db".into()] }]);
    assert_eq!(change.secrets["db"].version.as_deref(), Some("2"));

    lab.secret(stamp(Some("2"), None));
    assert_eq!(lab.change().action, ChangeAction::Roll, "the version moved, no digest");
    lab.secret(SecretStanding::Unknown { message: "not permitted".into() });
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert_eq!(plan.notes[0].kind, NoteKind::NotCompared);
    lab.secret(stamp(None, Some("bb")));
    lab.key = false;
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert!(plan.notes[0].text.contains("key"), "{}", plan.notes[0].text);
}

#[test]
fn row_29_a_missing_secret_stops_a_launch() {
    let missing = || SecretStanding::Missing { message: "write it with …".into() };
    let mut lab = Lab::running(1);
    lab.secret(stamp(None, Some("aa")));
    lab.settle();
    lab.secret(missing());
    assert_eq!(lab.codes(), [code::SECRET_MISSING]);
    assert!(errors(&lab).is_empty());
    lab.stand(0, Standing::Dead);
    let found = errors(&lab);
    assert_eq!(found[0].code, code::SECRET_MISSING);
    assert_eq!(found[0].path, Some(path("secret.db.source")));
    lab.secret(SecretStanding::NoStore { message: "configure one".into() });
    assert_eq!(errors(&lab)[0].code, code::SECRET_STORE);
}

#[test]
fn row_30_sensitive_values_are_compared_by_digest() {
    let mut lab = Lab::running(1);
    lab.set("container.web.environment.TOKEN", Value::from("one").sensitive());
    lab.settle();
    let recorded = format!("{:?}", serde_json::to_string(&lab.record().configurations).unwrap());
    assert!(recorded.contains("$digest") && !recorded.contains("one"));
    assert!(lab.plan().0.is_empty());
    lab.set("container.web.environment.TOKEN", Value::from("two").sensitive());
    assert_eq!(lab.change().action, ChangeAction::Roll);
    lab.key = false;
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert_eq!(plan.notes[0].kind, NoteKind::NotCompared);
}

#[test]
fn row_31_a_value_that_becomes_sensitive_is_recorded_anew() {
    let mut lab = Lab::running(1);
    lab.set("user", "nobody");
    lab.settle();
    lab.set("user", Value::from("nobody").sensitive());
    let change = lab.change();
    assert_eq!((change.action, change.conditional), (ChangeAction::Update, false));
    assert_eq!(change.reasons, [Reason::Sensitivity { paths: vec![path("user")] }]);
    lab.settle();
    assert!(lab.record().configurations["g2"].has_sensitive());
    assert!(lab.plan().0.is_empty());
    lab.set("user", "nobody");
    assert_eq!(lab.change().action, ChangeAction::Update);
}

#[test]
fn row_32_unknown_values_may_restart() {
    let mut lab = Lab::running(2);
    lab.set("user", "nobody");
    lab.settle();
    lab.set("user", Value::Unknown);
    let reference =
        Reference { from: path("user"), address: Address::pod("db"), to: path("instance") };
    lab.web().references = vec![reference];
    let change = lab.change();
    assert_eq!((change.action, change.conditional), (ChangeAction::Roll, true));
    let because = [Address::pod("db")].into();
    assert_eq!(change.reasons, [Reason::MayChange { paths: vec![path("user")], because }]);
    // Known, and the same as before.
    lab.set("user", "nobody");
    let (now, found) = lab.with(|inputs| podform_plan::resolve(inputs, &change));
    assert!(now.is_no_op() && found.is_empty());
    // Known, and another.
    lab.set("user", "root");
    let (now, found) = lab.with(|inputs| podform_plan::resolve(inputs, &change));
    assert_eq!((now.action, now.conditional), (ChangeAction::Roll, false));
    assert!(found.is_empty());
    // Something else than what the plan said.
    lab.set("container.web.command", "exec surprise");
    let (_, found) = lab.with(|inputs| podform_plan::resolve(inputs, &change));
    assert_eq!(found.iter().next().unwrap().code, code::PLAN_MOVED_VALUE);
}

#[test]
fn row_33_replace_rolls_the_same_configuration() {
    let mut lab = Lab::running(2);
    lab.stand(1, Standing::Unknown);
    lab.options.replace = vec![ReplaceTarget { address: web(), slot: None }];
    let change = lab.change();
    assert_eq!((change.action, change.generation.as_str()), (ChangeAction::Roll, "g2"));
    assert_eq!(change.reasons, [Reason::Requested]);
    assert_eq!(change.stop, ["i1", "i2"]);
}

#[test]
fn row_34_replace_of_a_slot_relaunches_it() {
    let mut lab = Lab::running(3);
    lab.stand(1, Standing::Unknown);
    lab.options.replace = vec![ReplaceTarget { address: web(), slot: Some(1) }];
    let change = lab.change();
    assert_eq!((change.action, change.roll), (ChangeAction::Relaunch, false));
    assert_eq!((slots(&change), change.stop.clone()), (vec![1], vec!["i2".to_owned()]));
    assert_eq!(change.generation, "g1");
    assert_eq!(change.reasons, [Reason::RequestedSlot { slot: 1 }]);
    // Also where a lower slot is free.
    lab.record().instances.remove(0);
    assert_eq!(slots(&lab.change()), [0, 1]);
}

#[test]
fn row_35_targets_cover_what_they_depend_on() {
    let mut lab = Lab::default();
    for name in ["a", "b", "c"] {
        lab.desire(name, 1);
    }
    lab.desired.pods.get_mut(&Address::pod("b")).unwrap().depends_on = [Address::pod("a")].into();
    lab.options.targets = vec![Address::pod("b").into()];
    let (plan, diagnostics) = lab.plan();
    let names = |plan: &podform_plan::Plan| -> Vec<String> {
        let changed = plan.changes.iter().filter(|change| !change.is_no_op());
        changed.map(|change| change.address.to_string()).collect()
    };
    assert_eq!(names(&plan), ["pod.a", "pod.b"]);
    assert_eq!(diagnostics.iter().next().unwrap().code, code::PLAN_TARGETED);
    assert_eq!(plan.computed[&Address::pod("c")].get("id"), Some(&Value::Unknown));
    lab.options.targets.clear();
    lab.settle();
    lab.options.mode = Mode::Destroy;
    lab.options.targets = vec![Address::pod("a").into()];
    assert_eq!(names(&lab.plan().0), ["pod.a", "pod.b"]);
}

#[test]
fn row_36_unknown_addresses_are_errors() {
    let mut lab = Lab::running(2);
    lab.options.targets = vec![Address::pod("wbe").into()];
    lab.options.replace = vec![
        ReplaceTarget { address: address("pod.web[0]"), slot: None },
        ReplaceTarget { address: web(), slot: Some(7) },
    ];
    let found = errors(&lab);
    assert!(found.iter().all(|found| found.code == code::PLAN_UNKNOWN_ADDRESS));
    assert_eq!(found[0].help.as_deref(), Some("did you mean `-target='pod.web'`?"));
    assert_eq!(found.len(), 2, "a slot of a pod out of scope is not looked at");
    lab.options.targets.clear();
    let found = errors(&lab);
    assert!(found[1].summary.contains("no instance in slot 7"));
    assert_eq!(found[1].help.as_deref(), Some("name one of `pod.web#0`, `pod.web#1`"));
}

#[test]
fn row_37_ignored_changes_are_not_planned() {
    let mut lab = Lab::running(1);
    lab.set("user", "one");
    lab.set("container.web.environment.TOKEN", Value::from("one").sensitive());
    lab.settle();
    lab.set("user", "two");
    lab.set("container.web.environment.TOKEN", Value::from("two").sensitive());
    lab.set("instances", 5_i64);
    let ignored = ["user", "container.web.environment", "instances"];
    lab.web().lifecycle.ignore_changes = ignored.map(path).into();
    let change = lab.change();
    assert!(change.is_no_op(), "{:?}", change.reasons);
    let after = change.after.unwrap();
    assert_eq!(after.get("user"), Some(&Value::from("one")));
    assert_eq!(after.get("instances"), Some(&Value::from(1_i64)));
    // Everything but the id of a new pod can be ignored.
    lab.web().lifecycle.ignore_changes = vec![podform_model::AttributePath::root()];
    assert!(lab.change().is_no_op());
}

#[test]
fn row_38_refresh_only_changes_nothing() {
    let mut lab = Lab::running(2);
    lab.stand(0, Standing::Dead);
    lab.set("user", "other");
    lab.desire("new", 1);
    lab.options.mode = Mode::RefreshOnly;
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert_eq!(plan.drift.len(), 1);
}

#[test]
fn row_39_without_a_read_records_count_as_live() {
    let mut lab = Lab::running(2);
    lab.secret(stamp(None, Some("aa")));
    lab.settle();
    lab.observed.clear();
    lab.options.refresh = false;
    assert!(lab.plan().0.is_empty());
    lab.set("instances", 3_i64);
    assert_eq!(slots(&lab.change()), [2]);
}

#[test]
fn row_40_pending_intents_are_said() {
    let mut lab = Lab::running(1);
    let instance = lab.instance(1, "g1", "i9");
    lab.pending = vec![
        (mesos(), Intent::Launch { address: web(), instance }),
        (mesos(), Intent::Stop { address: web(), instance: "i1".into() }),
        (mesos(), Intent::Private { data: serde_json::Value::Null }),
    ];
    let (plan, _) = lab.plan();
    assert!(plan.is_empty());
    assert_eq!(plan.notes.len(), 2);
    assert!(plan.notes.iter().all(|note| note.kind == NoteKind::Pending));
    assert!(plan.notes[0].text.contains("instance 1 (`i9`)"));
}

#[test]
fn row_41_unsupported_attributes_are_refused_by_name() {
    let mut lab = Lab::default();
    lab.desire("web", 1);
    let facts = lab.providers.get_mut(&mesos()).unwrap();
    facts.unsupported = vec![Unsupported {
        attribute: "upgrade.auto_rollback".into(),
        values: Vec::new(),
        reason: "is not supported yet".into(),
    }];
    assert!(lab.codes().is_empty(), "the default is no use of it");
    lab.set("upgrade.auto_rollback", true);
    let found = errors(&lab);
    assert_eq!(found[0].code, code::PROVIDER_UNSUPPORTED);
    assert_eq!(found[0].path, Some(path("upgrade.auto_rollback")));
}

#[test]
fn row_42_providers_keep_known_values() {
    let mut lab = Lab::default();
    lab.desire("web", 1);
    lab.set("user", Value::Unknown);
    lab.set("upgrade.minimum_health_capacity", Value::Number("0.5".parse().unwrap()));
    let mut planned = lab.web().value.clone();
    planned.set("user", Value::from("root"));
    planned.set("role", Value::from("*"));
    let capacity = path("upgrade.minimum_health_capacity");
    planned = podform_plan::place::put(&planned, &capacity.0, Some(&Value::from("0.50")));
    let refine = |planned: &Value| Refinement {
        address: web(),
        planned: planned.clone(),
        replace: Vec::new(),
    };
    lab.refinements.insert(web(), refine(&planned));
    let after = lab.change().after.unwrap();
    assert_eq!(after.get("user"), Some(&Value::from("root")));
    assert_eq!(after.get("role"), Some(&Value::from("*")));

    let command = path("container.web.command");
    planned = podform_plan::place::put(&planned, &command.0, Some(&Value::from("exec evil")));
    lab.refinements.insert(web(), refine(&planned));
    let found = errors(&lab);
    assert_eq!(found[0].code, code::PLUGIN_PROTOCOL);
    assert!(found[0].summary.contains("`mesos`"), "{}", found[0].summary);
    assert_eq!(found[0].path, Some(command));
}

#[test]
fn row_43_circles_are_named() {
    let mut lab = Lab::default();
    for (name, needs) in [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")] {
        lab.desire(name, 1).depends_on = [Address::pod(needs)].into();
    }
    let found = errors(&lab);
    assert_eq!(found[0].code, code::PLAN_CYCLE);
    assert!(found[0].summary.contains("pod.a → pod.b → pod.c → pod.a"), "{}", found[0].summary);
}

#[test]
fn row_44_the_number_of_instances_must_be_known() {
    let mut lab = Lab::running(2);
    lab.set("instances", Value::Unknown);
    let found = errors(&lab);
    assert_eq!(found[0].code, code::PLAN_UNKNOWN_COUNT);
    assert_eq!(found[0].path, Some(path("instances")));
}

#[test]
fn row_45_outputs_are_compared_by_value() {
    let mut lab = Lab::default();
    let output = |value: Value| DesiredOutput { value, sensitive: false, description: None };
    let hidden = |value: &str| DesiredOutput { sensitive: true, ..output(Value::from(value)) };
    lab.desired.outputs = [
        ("new".to_owned(), output(Value::from("x"))),
        ("same".to_owned(), output(Value::from("x"))),
        ("other".to_owned(), output(Value::from("x"))),
        ("later".to_owned(), output(Value::Unknown)),
        ("hidden".to_owned(), hidden("x")),
    ]
    .into();
    for (name, value) in [("same", "x"), ("other", "y"), ("later", "y"), ("gone", "y")] {
        lab.outputs.insert(name.into(), Value::from(value));
    }
    let (plan, _) = lab.plan();
    let actions: Vec<_> = plan.outputs.iter().map(|o| (o.name.as_str(), o.action)).collect();
    assert_eq!(
        actions,
        [
            ("gone", OutputAction::Delete),
            ("hidden", OutputAction::NoOp),
            ("later", OutputAction::Update),
            ("new", OutputAction::Create),
            ("other", OutputAction::Update),
            ("same", OutputAction::NoOp),
        ]
    );
    assert!(!plan.is_empty());
    lab.options.mode = Mode::Destroy;
    let (plan, _) = lab.plan();
    assert!(plan.outputs.iter().filter(|o| o.action == OutputAction::Delete).count() == 4);
}

#[test]
fn row_46_missing_instances_are_launched() {
    let mut lab = Lab::running(3);
    lab.record().instances.truncate(1);
    let change = lab.change();
    assert_eq!((change.action, slots(&change)), (ChangeAction::Relaunch, vec![1, 2]));
    assert_eq!(change.reasons, [Reason::Missing { count: 2 }]);
}

#[test]
fn row_47_drift_is_shown_apart_and_health_is_none() {
    let mut lab = Lab::running(3);
    lab.stand(0, Standing::Dead);
    lab.seen().instances[1].healthy = Some(false);
    let mut moved = lab.record().instances[2].clone();
    moved.endpoints.insert("http".into(), "node2:1".into());
    lab.seen().instances[2].record = Some(moved);
    lab.tombstone(9, "back", true, Standing::Live);
    let (plan, _) = lab.plan();
    let drift: Vec<_> = plan.drift.iter().map(|d| (d.instance.as_str(), d.kind)).collect();
    assert_eq!(
        drift,
        [("i1", DriftKind::Dead), ("i3", DriftKind::Moved), ("back", DriftKind::Returned)]
    );
    let addresses = plan.computed[&web()].get("endpoint").unwrap().get("http").unwrap();
    assert!(addresses.items("addresses").contains(&Value::from("node2:1")));
}

#[test]
fn row_48_a_roll_leaves_what_is_not_known() {
    let mut lab = Lab::running(3);
    lab.stand(2, Standing::Unknown);
    lab.set("user", "nobody");
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Roll);
    assert_eq!(
        (change.stop.clone(), slots(&change)),
        (vec!["i1".to_owned(), "i2".to_owned()], vec![0, 1])
    );
    lab.settle();
    assert!(lab.plan().0.is_empty());
    lab.stand(2, Standing::Live);
    let change = lab.change();
    assert_eq!(change.reasons, [Reason::Continues { done: 2, of: 3 }]);
    assert_eq!(change.stop, ["i3"]);
}

#[test]
fn row_49_an_id_is_given_up_before_it_is_taken() {
    let mut lab = Lab::running(1);
    lab.desire("user", 1).depends_on = [web()].into();
    lab.settle();
    // `pod.web` is renamed, and `pod.user` refers to it by its new name.
    lab.desired.pods.remove(&web());
    lab.desired.pods.insert(Address::pod("site"), desired("/web", 1));
    let user = lab.desired.pods.get_mut(&Address::pod("user")).unwrap();
    user.depends_on = [Address::pod("site")].into();
    user.value.set("user", Value::from("nobody"));
    let (plan, _) = lab.plan();
    let mut schedule = Schedule::new(&plan);
    let mut order = Vec::new();
    while !schedule.is_done() {
        for step in schedule.ready() {
            order.push(plan.changes[step.change].address.to_string());
            schedule.finish(step.id, true);
        }
    }
    assert_eq!(order, ["pod.web", "pod.site", "pod.user"]);
}

#[test]
fn row_50_gaps_in_the_slots_are_filled_from_below() {
    let mut lab = Lab::running(4);
    lab.record().instances[1].started_at = Some(99.0);
    lab.set("instances", 3_i64);
    assert_eq!(lab.change().stop, ["i2"]);
    lab.settle();
    assert!(lab.plan().0.is_empty(), "slots 0, 2 and 3 are fine");
    lab.stand(3, Standing::Dead);
    assert_eq!(slots(&lab.change()), [1]);
    lab.set("instances", 5_i64);
    assert_eq!(slots(&lab.change()), [1, 3, 4]);
}

#[test]
fn row_51_the_fingerprint_moves_with_what_a_plan_rests_on() {
    let mut lab = Lab::running(2);
    lab.secret(stamp(Some("1"), Some("aa")));
    let before = lab.plan().0.fingerprint;
    lab.seen().instances[0].healthy = Some(false);
    lab.seen().at += 60.0;
    assert_eq!(lab.plan().0.fingerprint, before);
    assert!(before.differences(&lab.plan().0.fingerprint).is_empty());
    let mut moved = lab.clone();
    moved.stand(0, Standing::Dead);
    assert_eq!(
        before.differences(&moved.plan().0.fingerprint),
        ["instance `i1` of pod.web was live, is dead"]
    );
    let mut moved = lab.clone();
    moved.secret(stamp(Some("2"), Some("bb")));
    assert_eq!(before.differences(&moved.plan().0.fingerprint), ["the secret `file /db` changed"]);
    lab.surplus("web", 5, "g1", "x");
    assert_eq!(
        before.differences(&lab.plan().0.fingerprint),
        ["instance `x` of pod.web was absent, is surplus"]
    );
}

#[test]
fn row_53_a_pod_is_not_on_two_providers_at_once() {
    let mut lab = Lab::running(1);
    let other = ProviderRef::new("marathon");
    lab.providers.insert(other.clone(), common::facts());
    lab.observed.insert(other.clone(), Default::default());
    lab.web().provider = other;
    lab.web().lifecycle.create_before_destroy = true;
    let (_, diagnostics) = lab.plan();
    let found: Vec<_> = diagnostics.iter().map(|d| (d.is_error(), d.code.as_str())).collect();
    assert_eq!(found, [(true, "plan::refused_change")]);
}

#[test]
fn row_52_create_before_destroy_is_inherited() {
    let mut lab = Lab::running(1);
    lab.desire("middle", 1).depends_on = [web()].into();
    lab.desire("front", 1).depends_on = [Address::pod("middle")].into();
    lab.settle();
    let front = lab.desired.pods.get_mut(&Address::pod("front")).unwrap();
    front.lifecycle.create_before_destroy = true;
    front.value.set("id", Value::from("/front2"));
    lab.set("id", "/web2");
    let (plan, _) = lab.plan();
    assert_eq!(plan.change(&web()).unwrap().action, ChangeAction::Replace { create_first: true });
    assert!(plan.change(&Address::pod("middle")).unwrap().create_before_destroy);
}

/// `pod.old` is recorded, `pod.web` is what it is now.
fn moved() -> Lab {
    let mut lab = Lab::running(2);
    lab.arrivals.moved.insert(web(), Address::pod("old"));
    lab
}

#[test]
fn row_54_a_moved_pod_is_planned_at_its_new_address() {
    let mut lab = moved();
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!(
        (change.action, &change.prior_address),
        (ChangeAction::NoOp, &Some(Address::pod("old")))
    );
    assert!(!plan.is_empty(), "an apply writes the move down");
    lab.set("instances", 3_i64);
    let change = lab.change();
    assert_eq!((change.action, slots(&change)), (ChangeAction::Scale, vec![2]));
    assert!(change.arrives());
    lab.options.mode = Mode::Destroy;
    assert_eq!(lab.change().action, ChangeAction::Delete);
}

#[test]
fn row_55_an_id_that_moves_along_is_explained() {
    let mut lab = moved();
    lab.set("id", "/other");
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!(change.action, ChangeAction::Replace { create_first: false });
    assert_eq!(change.reasons, [Reason::IdChanged]);
    let notes: Vec<_> = plan.notes.iter().map(|note| (note.kind, note.text.as_str())).collect();
    assert_eq!(
        notes,
        [(
            NoteKind::Moved,
            "it has moved, and its id with it; write `id = \"/web\"` in the pod to keep what runs"
        )]
    );
}

#[test]
fn row_56_a_pod_that_cannot_move_stays() {
    let mut lab = Lab::running(1);
    lab.arrivals.blocked.push((Address::pod("old"), web()));
    let (plan, diagnostics) = lab.plan();
    assert!(plan.is_empty());
    let found = &diagnostics.0[0];
    assert_eq!((found.code.as_str(), found.is_error()), (code::MOVED_BLOCKED, false));
    assert_eq!(found.summary, "pod.old cannot move to pod.web: another pod has this address");
}

#[test]
fn row_57_moves_that_contradict_one_another_are_refused() {
    let mut lab = Lab::running(1);
    let label = podform_model::Label { file: "f".into(), start: 0, end: 1, text: String::new() };
    let mut block = |from: &str, to: &str| {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let moved = podform_model::Moved { base: vec![], from, to, label: label.clone() };
        lab.desired.refactor.moved.push(moved);
    };
    block("pod.a", "pod.b");
    block("pod.b", "pod.a");
    assert_eq!(lab.codes(), [code::MOVED_CYCLE]);
    lab.desired.refactor.moved[1].to = "pod.b".parse().unwrap();
    assert_eq!(lab.codes(), [code::MOVED_CONFLICT]);
}

#[test]
fn row_58_target_takes_moved_pods_along() {
    let mut lab = moved();
    lab.desire("other", 1);
    lab.options.targets = vec![Address::pod("other").into()];
    let (_, diagnostics) = lab.plan();
    let error = diagnostics.iter().find(|found| found.is_error()).unwrap();
    assert_eq!(error.code, code::PLAN_TARGETED);
    assert_eq!(error.help.as_deref(), Some("leave out `-target`, or add `-target='pod.web'`"));
    lab.options.targets.push(Address::pod("old").into());
    assert_eq!(lab.codes(), [code::PLAN_TARGETED], "the warning only");
    lab.options.targets = vec![Address::pod("web").into()];
    assert_eq!(lab.codes(), [code::PLAN_TARGETED]);
}

#[test]
fn row_59_instances_with_the_former_address_are_the_moved_pods() {
    let mut lab = Lab::running(2);
    lab.record().formerly.insert(Address::pod("old"));
    let lost = lab.record().instances.remove(1);
    lab.seen().instances.remove(1);
    lab.surplus("old", 1, &lost.generation, "found");
    let change = lab.change();
    assert_eq!(change.action, ChangeAction::Adopt);
    assert_eq!(change.adopt[0].id, "found");
    // Of a generation that the moved pod does not know it is nobody's.
    lab.seen().surplus[0].instance.generation = "g0".into();
    let (plan, _) = lab.plan();
    assert_eq!(plan.change(&Address::pod("old")).unwrap().stop, ["found"]);
}

#[test]
fn row_60_removed_decides_what_becomes_of_the_pod() {
    let mut lab = Lab::running(1);
    lab.desired.pods.clear();
    let label = podform_model::Label { file: "f".into(), start: 0, end: 1, text: String::new() };
    lab.desired.refactor.removed.push(podform_model::Removed {
        base: vec![],
        from: "pod.web".parse().unwrap(),
        destroy: false,
        label,
    });
    assert_eq!(lab.change().action, ChangeAction::Forget);
    lab.record().forget = true;
    lab.desired.refactor.removed[0].destroy = true;
    assert_eq!(lab.change().action, ChangeAction::Delete);
    // A module takes its pods along, in all its instances.
    let (_, record) = lab.pods.pop_first().unwrap();
    let inner: Address = "module.m[\"x\"].module.n.pod.web".parse().unwrap();
    lab.pods.insert(inner.clone(), record);
    assert_eq!(lab.plan().0.change(&inner).unwrap().action, ChangeAction::Forget, "as recorded");
    lab.desired.refactor.removed[0].from = "module.m".parse().unwrap();
    assert_eq!(lab.plan().0.change(&inner).unwrap().action, ChangeAction::Delete);
    lab.desired.refactor.removed[0].base = vec!["m".into()];
    lab.desired.refactor.removed[0].from = "module.n.pod.web".parse().unwrap();
    lab.desired.refactor.removed[0].destroy = false;
    lab.options.mode = Mode::Destroy;
    assert_eq!(lab.plan().0.change(&inner).unwrap().action, ChangeAction::Forget);
}

/// A pod that was taken over; nothing is known of its command.
fn imported() -> Lab {
    let mut lab = Lab::running(2);
    lab.arrivals.imported.insert(web(), "/web".into());
    let generation = lab.record().generation.clone();
    let value = lab.record().configurations.get_mut(&generation).expect("a generation");
    let command = path("container.web.command");
    *value = podform_plan::place::put(value, &command.0, Some(&Value::Unknown));
    lab
}

#[test]
fn row_61_an_import_is_planned_like_a_recorded_pod() {
    let mut lab = imported();
    let (plan, _) = lab.plan();
    let change = plan.change(&web()).unwrap();
    assert_eq!((change.action, change.imported), (ChangeAction::NoOp, true));
    assert!(!plan.is_empty());
    lab.set("user", "nobody");
    assert_eq!(lab.change().action, ChangeAction::Roll);
    lab.desire("other", 1);
    lab.options.targets = vec![Address::pod("other").into()];
    assert!(!lab.change().imported);
}

#[test]
fn row_62_what_is_not_recorded_is_taken_as_unchanged() {
    let mut lab = imported();
    lab.set("container.web.command", "another");
    let (plan, _) = lab.plan();
    assert!(plan.change(&web()).unwrap().is_no_op());
    let notes: Vec<_> = plan.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(
        notes,
        [
            "`container[\"web\"].command` is taken as unchanged: its value is not recorded until the instances are replaced"
        ]
    );
    // What is recorded of instances that stay does not pretend to know it.
    let before = lab.record().configurations["g1"].clone();
    let after = lab.desired.pods[&web()].value.clone();
    let kept = podform_plan::still_unknown(&before, &after);
    assert_eq!(
        podform_plan::place::at(&kept, &path("container.web.command")),
        Some(&Value::Unknown)
    );
    assert_eq!(
        podform_plan::place::at(&kept, &path("container.web.name")),
        Some(&Value::from("web"))
    );
    // It is not shown as a change either.
    let change = lab.change();
    assert_eq!(podform_plan::diff::diff(&change, false).children.len(), 1, "the id");
    lab.web().lifecycle.ignore_changes = vec![path("container.web.command")];
    assert!(!lab.change().after.unwrap().has_unknown());
}

#[test]
fn row_63_an_import_needs_a_declaration() {
    let mut lab = Lab::running(1);
    let label = podform_model::Label { file: "f".into(), start: 0, end: 1, text: String::new() };
    let import = |to: &str| podform_model::Import {
        to: address(to),
        id: "/x".into(),
        provider: None,
        label: label.clone(),
    };
    lab.desired.refactor.imports = vec![import("pod.web"), import("pod.x"), import("pod.web[1]")];
    let (_, diagnostics) = lab.plan();
    let found: Vec<_> = diagnostics.iter().map(|d| (d.code.as_str(), d.summary.as_str())).collect();
    assert_eq!(
        found,
        [
            (code::IMPORT_UNDECLARED, "pod.x, which is to be imported, is not declared"),
            (code::IMPORT_UNDECLARED, "pod.web[1], which is to be imported, is not declared")
        ]
    );
}
