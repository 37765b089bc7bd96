//! What a real master's GET_STATE means for what is recorded.

use super::*;
use podform_mesos_proto::following::State;
use podform_provider::RecordedPod;

const LIVE: &str = include_str!("../../testdata/state-live.json");
const ENDED: &str = include_str!("../../testdata/state-ended.json");
const UNREACHABLE: &str = include_str!("../../testdata/state-unreachable.json");
const RESTARTED: &str = include_str!("../../testdata/state-restarted.json");
const HALF: &str = include_str!("../../testdata/state-half.json");
const TORN: &str = include_str!("../../testdata/state-torn.json");

fn state(text: &str) -> State {
    serde_json::from_str(text).unwrap()
}

/// The record of an executor with these containers, as a launch would have made it.
fn record(framework: &str, id: &str, containers: &[&str], agent: &str) -> InstanceRecord {
    let private = InstancePrivate {
        framework_id: framework.into(),
        tasks: containers
            .iter()
            .map(|name| TaskRef {
                container: (*name).into(),
                task_id: format!("{id}.{name}"),
                checked: *name == "web",
                grace_ms: None,
            })
            .collect(),
        ..InstancePrivate::default()
    };
    InstanceRecord {
        status: InstanceStatus::Ready,
        agent_id: Some(agent.into()),
        private: private.kept(),
        ..InstanceRecord::new(0, "g", id)
    }
}

fn look(state: &State, framework: &str, record: InstanceRecord) -> Result<Observed, Error> {
    let private = Private { framework_id: Some(framework.into()), ..Private::default() };
    let view = View::new(state, Some(framework));
    let pod = RecordedPod {
        address: Address::pod("web"),
        id: "/web".into(),
        generations: vec!["g".into()],
        instances: vec![record],
    };
    let request = ReadRequest { pods: vec![pod], ..ReadRequest::default() };
    observe(&view, &request, &private, "lineage", 1_795_402_970.0)
}

fn one(text: &str, framework: &str, record: InstanceRecord) -> ObservedInstance {
    look(&state(text), framework, record).unwrap().instances.remove(0)
}

const F: &str = "566ca889-9210-40cf-a145-a56ed50ba723-0000";
const S0: &str = "566ca889-9210-40cf-a145-a56ed50ba723-S0";

#[test]
fn a_running_pod_is_live_ready_and_healthy() {
    let seen = one(LIVE, F, record(F, "pod-a.1", &["web", "side"], S0));
    assert_eq!(seen.standing, Standing::Live);
    assert!(seen.ready);
    assert_eq!(seen.healthy, Some(true));
    let states: Vec<&str> = seen.containers.iter().map(|fact| fact.state.as_str()).collect();
    assert_eq!(states, ["TASK_RUNNING", "TASK_RUNNING"]);
    assert_eq!(seen.record.unwrap().host.as_deref(), Some("127.0.0.1"));
}

#[test]
fn a_killed_pod_is_dead_with_the_agents_words() {
    let seen = one(ENDED, F, record(F, "pod-a.1", &["web", "side"], S0));
    assert_eq!(seen.standing, Standing::Dead);
    assert!(seen.reason.contains("Command terminated with signal Terminated"), "{}", seen.reason);
    assert!(!seen.ready);
}

#[test]
fn one_finished_container_beside_a_running_one_is_live() {
    let framework = "8f6ddc03-bfd2-481a-8f23-7915f261b708-0000";
    let agent = "8f6ddc03-bfd2-481a-8f23-7915f261b708-S0";
    let seen = one(HALF, framework, record(framework, "half", &["init", "main"], agent));
    assert_eq!(seen.standing, Standing::Live);
    // The one that failed is the reason, not the one that was killed with it.
    let seen = one(HALF, framework, record(framework, "missing", &["a", "b"], agent));
    assert_eq!(seen.standing, Standing::Dead);
    assert!(seen.reason.starts_with("container \"a\""), "{}", seen.reason);
}

#[test]
fn tasks_of_a_lost_agent_are_unreachable_since_the_master_said_so() {
    let framework = "cafa8fac-7941-4531-92e1-b105c167e783-0000";
    let agent = "cafa8fac-7941-4531-92e1-b105c167e783-S0";
    let seen = one(UNREACHABLE, framework, record(framework, "p", &["a", "b"], agent));
    let Standing::Unreachable { since } = seen.standing else { panic!("{seen:?}") };
    assert!((since - 1_795_409_250.6).abs() < 0.1, "{since}");
}

#[test]
fn absent_is_gone_only_where_the_agent_could_say_so() {
    let absent = record(F, "never", &["a"], S0);
    assert_eq!(one(LIVE, F, absent).standing, Standing::Gone);
    let elsewhere = record(F, "never", &["a"], "another-S7");
    assert_eq!(one(LIVE, F, elsewhere).standing, Standing::Unknown);
    let framework = "85c27df9-6f0c-44f8-9417-af87a79c113f-0000";
    let agent = "85c27df9-6f0c-44f8-9417-af87a79c113f-S0";
    let recovering = record(framework, "p", &["a"], agent);
    assert_eq!(one(RESTARTED, framework, recovering).standing, Standing::Unknown);
}

#[test]
fn a_completed_framework_has_nothing_left() {
    let framework = "podform-6f9d1f0e-6c1b-4a57-9f43-6d2f1a7f0001";
    let agent = "c52db901-544c-42fb-a450-bb6491731ed9-S0";
    let seen = one(TORN, framework, record(framework, "p", &["a", "b"], agent));
    assert_eq!(seen.standing, Standing::Dead);
    assert!(seen.reason.contains("removed"));
}

#[test]
fn an_unknown_framework_without_a_known_agent_is_another_cluster() {
    let stranger = record("podform-x", "p", &["a"], "x-S0");
    let error = look(&state(LIVE), "podform-x", stranger).unwrap_err();
    assert!(matches!(error, Error::OtherCluster));
    // One known agent is enough: the framework may just not have come back.
    let here = record("podform-x", "p", &["a"], S0);
    assert_eq!(look(&state(LIVE), "podform-x", here).unwrap().instances.len(), 1);
}

#[test]
fn what_carries_no_label_of_ours_is_no_surplus() {
    let state = state(LIVE);
    let view = View::new(&state, Some(F));
    let private = Private { framework_id: Some(F.into()), ..Private::default() };
    let observed = observe(&view, &ReadRequest::default(), &private, "lineage", 0.0).unwrap();
    assert!(observed.surplus.is_empty());
}
