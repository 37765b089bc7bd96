//! What each record means.

use crate::make::{
    address, begin, done, gone, instance, launch, launched, outcome, private, provider, stop,
};
use podform_model::{Diagnostic, InstanceStatus, Outcome, ProviderRef, Value, code};
use podform_state::{Record, RecordError, State};
use std::collections::BTreeMap;

fn state(records: &[Record]) -> State {
    let mut state = State::new("lineage");
    for record in records {
        state.apply(record).unwrap();
    }
    state
}

fn refused(records: &[Record], last: &Record) -> RecordError {
    let mut state = state(records);
    let before = state.clone();
    let error = state.apply(last).unwrap_err();
    assert_eq!(state, before, "a refused record changes nothing");
    error
}

#[test]
fn begin_creates_and_keeps_the_former_configuration() {
    let state = state(&[begin("a", "g1"), begin("a", "g2")]);
    let pod = &state.pods[&address("a")];
    assert_eq!((pod.generation.as_str(), pod.id.as_str()), ("g2", "/a"));
    assert_eq!(pod.configurations.keys().collect::<Vec<_>>(), ["g1", "g2"]);
    assert_eq!(pod.secrets.len(), 2);
}

#[test]
fn a_launch_is_pending_until_its_outcome() {
    let mut state = state(&[begin("a", "g1"), launch("a", "i1", "g1", 0)]);
    assert_eq!(state.pods[&address("a")].instances[0].status, InstanceStatus::Launching);
    assert_eq!(state.pending_of(&provider()).count(), 1);
    state.apply(&launched("a", "i1", "g1", 0)).unwrap();
    assert_eq!(state.pods[&address("a")].instances[0].status, InstanceStatus::Ready);
    assert!(state.pending.is_empty());
}

#[test]
fn a_stop_is_pending_until_the_instance_is_gone() {
    let records = [
        begin("a", "g1"),
        launch("a", "i1", "g1", 0),
        launched("a", "i1", "g1", 0),
        stop("a", "i1"),
    ];
    let mut state = state(&records);
    assert_eq!(state.pods[&address("a")].instances[0].status, InstanceStatus::Stopping);
    state.apply(&stop("a", "i1")).unwrap();
    assert_eq!(state.pending.len(), 1, "said twice is pending once");
    state.apply(&gone("a", "i1")).unwrap();
    assert!(state.pods[&address("a")].instances.is_empty());
    assert!(state.pending.is_empty());
}

#[test]
fn an_instance_that_is_still_stopping_keeps_its_stop_pending() {
    let mut still = instance("i1", "g1", 0);
    still.status = InstanceStatus::Stopping;
    let records = [begin("a", "g1"), launch("a", "i1", "g1", 0), stop("a", "i1")];
    let mut state = state(&records);
    assert_eq!(state.pending.len(), 2);
    state.apply(&outcome(Outcome::Launched { address: address("a"), instance: still })).unwrap();
    assert_eq!(state.pending.len(), 1);
    state.apply(&launched("a", "i1", "g1", 0)).unwrap();
    assert!(state.pending.is_empty());
}

#[test]
fn instances_are_ordered_by_slot() {
    let records = [begin("a", "g1"), launch("a", "x", "g1", 1), launch("a", "y", "g1", 0)];
    let state = state(&records);
    let ids: Vec<_> = state.pods[&address("a")].instances.iter().map(|i| i.id.as_str()).collect();
    assert_eq!(ids, ["y", "x"]);
}

#[test]
fn done_drops_what_is_kept_of_generations_without_instances() {
    let records = [
        begin("a", "g1"),
        launch("a", "i1", "g1", 0),
        launched("a", "i1", "g1", 0),
        begin("a", "g2"),
        begin("a", "g3"),
        done("a"),
    ];
    let mut state = state(&records);
    let generations = |state: &State| {
        let pod = &state.pods[&address("a")];
        assert!(pod.secrets.keys().eq(pod.configurations.keys()));
        pod.configurations.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(generations(&state), ["g1", "g3"]);
    state.apply(&gone("a", "i1")).unwrap();
    state.apply(&done("a")).unwrap();
    assert_eq!(generations(&state), ["g3"]);
}

#[test]
fn a_deletion_that_is_done_removes_the_pod() {
    let begun = [
        begin("a", "g1"),
        launch("a", "i1", "g1", 0),
        Record::BeginDelete { address: address("a") },
        stop("a", "i1"),
    ];
    let mut deleted = state(&begun);
    deleted.apply(&gone("a", "i1")).unwrap();
    deleted.apply(&done("a")).unwrap();
    assert!(deleted.is_empty());

    // An instance that is still recorded keeps its pod, whatever a provider says.
    let mut kept = state(&begun);
    kept.apply(&done("a")).unwrap();
    assert_eq!(kept.pods[&address("a")].instances.len(), 1);
}

#[test]
fn a_deletion_that_failed_or_was_taken_back_does_not_remove_the_pod() {
    let delete = Record::BeginDelete { address: address("a") };
    let failed = outcome(Outcome::Failed {
        address: address("a"),
        diagnostic: Diagnostic::error(code::PROVIDER_TIMEOUT, "it still runs"),
    });
    for between in [failed, begin("a", "g2"), launch("a", "i1", "g1", 0)] {
        let mut state = state(&[begin("a", "g1"), delete.clone(), between]);
        state.apply(&gone("a", "i1")).unwrap();
        state.apply(&done("a")).unwrap();
        assert!(state.pods.contains_key(&address("a")));
    }
}

#[test]
fn an_unreachable_instance_is_buried_and_exhumed() {
    let buried = outcome(Outcome::Buried { address: address("a"), instance: "i1".to_owned() });
    let mut state =
        state(&[begin("a", "g1"), launch("a", "i1", "g1", 0), stop("a", "i1"), buried.clone()]);
    assert!(state.pods[&address("a")].instances.is_empty());
    assert!(state.pending.is_empty());
    assert!(state.tombstones[0].stop_on_return);
    state.apply(&buried).unwrap();
    assert_eq!(state.tombstones_of(&provider()).count(), 1, "said twice is one");
    state.apply(&stop("a", "i1")).unwrap();
    state.apply(&outcome(Outcome::Exhumed { instance: "i1".to_owned() })).unwrap();
    assert!(state.tombstones.is_empty() && state.pending.is_empty());
}

#[test]
fn a_forgotten_pod_leaves_tombstones_that_are_never_touched() {
    let records = [
        begin("a", "g1"),
        launch("a", "i1", "g1", 0),
        launch("a", "i2", "g1", 1),
        Record::Forget { address: address("a") },
    ];
    let state = state(&records);
    assert!(state.pods.is_empty() && state.pending.is_empty());
    assert_eq!(state.tombstones.len(), 2);
    assert!(state.tombstones.iter().all(|t| !t.stop_on_return));
}

#[test]
fn an_adopted_instance_is_ours() {
    let adopted =
        outcome(Outcome::Adopted { address: address("a"), instance: instance("i9", "g1", 0) });
    let state = state(&[begin("a", "g1"), adopted]);
    assert_eq!(state.pods[&address("a")].instances[0].id, "i9");
}

#[test]
fn a_refreshed_instance_keeps_its_status() {
    let mut seen = instance("i1", "g1", 0);
    seen.host = Some("node1".to_owned());
    let refreshed = Record::Refreshed { address: address("a"), instance: seen };
    let state = state(&[begin("a", "g1"), launch("a", "i1", "g1", 0), refreshed]);
    let record = &state.pods[&address("a")].instances[0];
    assert_eq!(record.host.as_deref(), Some("node1"));
    assert_eq!(record.status, InstanceStatus::Launching);
}

#[test]
fn private_data_holds_at_once_and_null_removes_it() {
    let mut state = state(&[private(serde_json::json!({"id": 1}))]);
    assert_eq!(state.providers[&provider()], serde_json::json!({"id": 1}));
    assert!(state.pending.is_empty());
    state.apply(&private(serde_json::Value::Null)).unwrap();
    assert!(state.providers.is_empty());
}

#[test]
fn a_moved_pod_takes_everything_with_it() {
    let mut depends = begin("b", "g1");
    if let Record::Begin { depends_on, .. } = &mut depends {
        depends_on.insert(address("a"));
    }
    let buried = outcome(Outcome::Buried { address: address("a"), instance: "i1".to_owned() });
    let records = [
        begin("a", "g1"),
        depends,
        launch("a", "i1", "g1", 0),
        buried,
        launch("a", "i2", "g1", 0),
        Record::Move { from: address("a"), to: address("c") },
    ];
    let state = state(&records);
    assert!(!state.pods.contains_key(&address("a")));
    assert_eq!(state.pods[&address("c")].instances[0].id, "i2");
    assert!(state.pods[&address("b")].depends_on.contains(&address("c")));
    assert_eq!(state.tombstones[0].address, address("c"));
    assert_eq!(state.pending.iter().next().and_then(|p| p.address()), Some(&address("c")));
}

#[test]
fn a_new_key_makes_former_digests_unknown() {
    let state = state(&[begin("a", "g1"), Record::Key { check: "new".to_owned() }]);
    let pod = &state.pods[&address("a")];
    assert_eq!(pod.configurations["g1"].get("password"), Some(&Value::Unknown));
    assert_eq!(pod.secrets["g1"]["db"].digest, None);
    assert_eq!(state.key_check.as_deref(), Some("new"));
}

#[test]
fn outputs_and_cluster_are_replaced() {
    let outputs = |name: &str| Record::Outputs {
        outputs: BTreeMap::from([(name.to_owned(), Value::Bool(true))]),
    };
    let cluster = Record::Cluster { cluster: serde_json::json!({"agents": ["a"]}) };
    let state = state(&[outputs("a"), outputs("b"), cluster]);
    assert_eq!(state.outputs.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(state.cluster["agents"][0], "a");
}

#[test]
fn records_that_do_not_fit_are_refused_and_change_nothing() {
    let a = address("a");
    let pod = [begin("a", "g1"), launch("a", "i1", "g1", 0)];
    let mut elsewhere = begin("a", "g2");
    if let Record::Begin { provider, .. } = &mut elsewhere {
        *provider = ProviderRef::new("marathon");
    }
    let unknown = RecordError::UnknownPod(a.clone());
    assert_eq!(refused(&[], &launch("a", "i1", "g1", 0)), unknown);
    assert_eq!(refused(&[], &launched("a", "i1", "g1", 0)), unknown);
    assert_eq!(refused(&[], &Record::BeginDelete { address: a.clone() }), unknown);
    assert_eq!(refused(&[], &Record::Forget { address: a.clone() }), unknown);
    assert_eq!(refused(&[], &Record::Remove { address: a.clone() }), unknown);
    assert_eq!(refused(&pod, &elsewhere), RecordError::HasInstances(a.clone()));
    assert_eq!(
        refused(&pod, &Record::Remove { address: a.clone() }),
        RecordError::HasInstances(a.clone())
    );
    assert_eq!(
        refused(&pod, &Record::Move { from: address("b"), to: a.clone() }),
        RecordError::PodExists(a.clone())
    );
    let double = RecordError::DuplicateInstance { address: a, instance: "i1".to_owned() };
    assert_eq!(refused(&pod, &launch("a", "i1", "g1", 0)), double);
}
