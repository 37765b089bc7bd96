//! The state machine, told what a master says.

use super::machine::Machine;
use super::*;
use crate::lower::Template;
use crate::private::Private;
use crate::settings::Settings;
use podform_mesos_proto::scheduler::{CallType, Subscribed, Update};
use podform_mesos_proto::{
    AgentId, AllocationInfo, Bytes, FrameworkId, Offer, OfferId, Resource, TaskId, TaskState,
    TaskStatus,
};
use podform_model::defaults;
use podform_model::pod::Pod;
use podform_model::record::InstanceStatus;
use podform_model::{InstanceRecord, Value};
use podform_provider::{Action, Launch, Standing, Step};

fn settings() -> Settings {
    crate::settings::read(&Value::object::<&str>([]), "").0.unwrap()
}

fn pod(json: serde_json::Value) -> Pod {
    let value = serde_json::from_value::<Value>(json).unwrap();
    Pod::from_value(&defaults::fill(&value)).unwrap()
}

fn two_containers(instances: u32) -> Pod {
    pod(serde_json::json!({
        "id": "/web", "instances": instances,
        "upgrade": {"minimum_health_capacity": 1, "maximum_over_capacity": 0},
        "container": [
            {"name": "a", "command": "x", "resources": {"cpus": 0.4, "mem": 32}},
            {"name": "b", "command": "y", "resources": {"cpus": 0.4, "mem": 32}, "kill_grace_period": 9},
        ],
    }))
}

fn step(id: u32, launch: &[u32]) -> Step {
    Step {
        id,
        address: format!("pod.p{id}").parse().unwrap(),
        pod_id: "/web".into(),
        action: Action::Create,
        value: None,
        existing: Vec::new(),
        launch: launch
            .iter()
            .map(|slot| Launch { slot: *slot, generation: "new".into() })
            .collect(),
        stop: Vec::new(),
        roll: false,
        secrets: Default::default(),
        timeout: 60.0,
    }
}

fn prepared(step: Step, pod: Pod) -> Prepared {
    let template =
        Template::new(step.address.clone(), pod, &settings(), "lin", "ann", Default::default());
    Prepared { step, template: Some(Arc::new(template)), problem: None }
}

/// A machine and a clock.
struct Play {
    machine: Machine,
    now: f64,
}

impl Play {
    fn new() -> Self {
        let mut count = 0;
        let unique = Box::new(move || {
            count += 1;
            format!("u{count}")
        });
        let settings = Arc::new(settings());
        let machine = Machine::new(settings, Private::default(), "ann".into(), None, unique);
        Self { machine, now: 1000.0 }
    }

    fn tell(&mut self, input: Input) -> Output {
        self.machine.handle(input, self.now)
    }

    /// Lets time pass until the machine wants to be woken, at most this long.
    fn pass(&mut self, seconds: f64) -> Output {
        self.now += seconds;
        self.machine.handle_all([], self.now)
    }

    fn event(&mut self, event: MesosEvent) -> Output {
        self.tell(Input::Event(Box::new(event)))
    }

    fn subscribed(&mut self) -> Output {
        self.event(MesosEvent::subscribed(Subscribed {
            framework_id: FrameworkId::new("f"),
            heartbeat_interval_seconds: Some(15.0),
            master_info: None,
        }))
    }

    fn offer(&mut self, id: &str, agent: &str, cpus: f64) -> Output {
        self.event(MesosEvent::offers(vec![offer(id, agent, cpus)]))
    }

    fn status(&mut self, task: &str, state: TaskState) -> Output {
        self.update(TaskStatus {
            task_id: TaskId::new(task),
            state,
            agent_id: Some(AgentId::new("S0")),
            uuid: Some(Bytes::from(&b"0123456789abcdef"[..])),
            ..TaskStatus::default()
        })
    }

    fn update(&mut self, status: TaskStatus) -> Output {
        self.event(MesosEvent {
            r#type: Some(podform_mesos_proto::scheduler::EventType::Update),
            update: Some(Update { status }),
            ..MesosEvent::default()
        })
    }

    /// Both tasks of an instance are heard of in a state.
    fn both(&mut self, instance: &str, state: TaskState) -> Output {
        let mut first = self.status(&format!("{instance}.a"), state);
        let second = self.status(&format!("{instance}.b"), state);
        first.outcomes.extend(second.outcomes);
        first.events.extend(second.events);
        first.intents.extend(second.intents);
        first.calls.extend(second.calls);
        first.fetches.extend(second.fetches);
        first.end = first.end.or(second.end);
        first
    }
}

fn offer(id: &str, agent: &str, cpus: f64) -> Offer {
    let role = || Some(AllocationInfo { role: Some("*".into()) });
    let resource = |resource: Resource| Resource { allocation_info: role(), ..resource };
    Offer {
        id: OfferId::new(id),
        agent_id: AgentId::new(agent),
        hostname: format!("host-{agent}"),
        allocation_info: role(),
        resources: vec![
            resource(Resource::scalar("cpus", cpus)),
            resource(Resource::scalar("mem", 4096.0)),
            resource(Resource::scalar("disk", 4096.0)),
            resource(Resource::ranges("ports", [(31000, 31999)])),
        ],
        ..Offer::default()
    }
}

fn kinds(output: &Output) -> Vec<CallType> {
    output.calls.iter().filter_map(|call| call.r#type).collect()
}

fn launched(output: &Output) -> Vec<String> {
    output
        .intents
        .iter()
        .filter_map(|intent| match intent {
            Intent::Launch { instance, .. } => Some(instance.id.clone()),
            _ => None,
        })
        .collect()
}

fn stopped(output: &Output) -> Vec<String> {
    output
        .intents
        .iter()
        .filter_map(|intent| match intent {
            Intent::Stop { instance, .. } => Some(instance.clone()),
            _ => None,
        })
        .collect()
}

fn failure(output: &Output) -> &Diagnostic {
    output
        .outcomes
        .iter()
        .find_map(|outcome| match outcome {
            Outcome::Failed { diagnostic, .. } => Some(diagnostic),
            _ => None,
        })
        .expect("the step failed")
}

fn is_done(output: &Output) -> bool {
    output.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Done { .. }))
}

/// One pod launched, its tasks not heard of yet.
fn launching(pod: Pod, slots: &[u32]) -> Play {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![prepared(step(1, slots), pod)]));
    play.subscribed();
    play.offer("O1", "S0", 8.0);
    play
}

#[test]
fn the_framework_id_is_announced_before_it_is_used() {
    let mut play = Play::new();
    let out = play.tell(Input::Steps(vec![prepared(step(1, &[0]), two_containers(1))]));
    let Some(Intent::Private { data }) = out.intents.first() else { panic!("no intent") };
    let subscribe = out.subscribe.unwrap();
    assert_eq!(data["framework_id"], subscribe.framework_id.as_ref().unwrap().value.as_str());
    assert_eq!(data["user"], "ann");
    assert!(subscribe.subscribe.unwrap().suppressed_roles.is_empty());
}

#[test]
fn many_pods_go_into_one_accept_and_each_is_announced() {
    let mut play = Play::new();
    let steps = (1..=3).map(|id| prepared(step(id, &[0, 1]), two_containers(2))).collect();
    play.tell(Input::Steps(steps));
    play.subscribed();
    let out = play.offer("O1", "S0", 8.0);
    assert_eq!(kinds(&out)[0], CallType::Accept);
    let accept = out.calls[0].accept.as_ref().unwrap();
    assert_eq!(accept.operations.len(), 6);
    assert_eq!(launched(&out).len(), 6);
    let Some(Intent::Private { data }) = out.intents.last() else { panic!("{:?}", out.intents) };
    assert_eq!(data["agents"], serde_json::json!(["S0"]));
    // Nothing more is wanted.
    assert!(kinds(&out).contains(&CallType::Suppress));
}

#[test]
fn instances_of_a_pod_are_spread() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![prepared(step(1, &[0, 1]), two_containers(2))]));
    play.subscribed();
    let offers = vec![offer("O1", "S0", 8.0), offer("O2", "S1", 8.0)];
    let out = play.event(MesosEvent::offers(offers));
    assert_eq!(kinds(&out).iter().filter(|kind| **kind == CallType::Accept).count(), 2);
}

#[test]
fn ready_is_running_for_two_seconds_and_done_when_all_are() {
    let mut play = launching(two_containers(1), &[0]);
    let out = play.both("web.instance-u1", TaskState::Running);
    assert!(out.outcomes.is_empty());
    assert_eq!(kinds(&out), [CallType::Acknowledge, CallType::Acknowledge]);
    assert!(play.machine.wake() <= play.now + 2.0);
    let out = play.pass(2.0);
    let [Outcome::Launched { instance, .. }, Outcome::Done { .. }] = &out.outcomes[..] else {
        panic!("{:?}", out.outcomes)
    };
    assert_eq!(instance.status, InstanceStatus::Ready);
    assert_eq!(instance.agent_id.as_deref(), Some("S0"));
    assert_eq!(play.tell(Input::Finished).end, Some(End::Done));
}

#[test]
fn a_refused_pod_is_final_at_once_with_mesos_text() {
    let mut play = launching(two_containers(1), &[0]);
    let error = |task: &str| TaskStatus {
        task_id: TaskId::new(task),
        state: TaskState::Error,
        message: Some("Task uses no resources".into()),
        ..TaskStatus::default()
    };
    let first = play.update(error("web.instance-u1.a"));
    let second = play.update(error("web.instance-u1.b"));
    assert!(kinds(&first).is_empty(), "a status without uuid is not acknowledged");
    let outcomes: Vec<&Outcome> = first.outcomes.iter().chain(&second.outcomes).collect();
    assert!(
        outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed { diagnostic, .. }
            if diagnostic.summary.contains("Task uses no resources"))),
        "{outcomes:?}"
    );
}

#[test]
fn a_launch_that_fails_is_tried_again_with_fresh_ids_after_the_backoff() {
    let mut play = launching(two_containers(1), &[0]);
    let out = play.both("web.instance-u1", TaskState::Failed);
    assert!(matches!(&out.outcomes[..], [Outcome::Gone { .. }]), "{:?}", out.outcomes);
    assert!(!kinds(&out).contains(&CallType::Revive));
    let out = play.pass(1.0);
    assert_eq!(kinds(&out), [CallType::Revive]);
    let out = play.offer("O2", "S0", 8.0);
    assert_eq!(launched(&out), ["web.instance-u2"]);
}

#[test]
fn an_agent_that_dropped_the_launch_is_not_tried_again() {
    let mut play = launching(two_containers(1), &[0]);
    play.both("web.instance-u1", TaskState::Dropped);
    play.pass(1.0);
    let out = play.offer("O2", "S0", 8.0);
    assert!(launched(&out).is_empty());
    assert!(kinds(&out).contains(&CallType::Decline));
    assert_eq!(launched(&play.offer("O3", "S1", 8.0)).len(), 1);
}

#[test]
fn out_of_time_without_room_says_what_is_short_where() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![prepared(step(1, &[0, 1]), two_containers(2))]));
    play.subscribed();
    let out = play.offer("O1", "S0", 0.5);
    assert_eq!(kinds(&out), [CallType::Decline]);
    let out = play.pass(60.0);
    let failed = failure(&out);
    assert_eq!(failed.summary, "no agent has room for 2 instances");
    assert!(failed.detail.as_ref().unwrap().contains("host-S0: cpus (needs 0.9, 0.5 free)"));
}

#[test]
fn out_of_time_keeps_what_runs_and_shows_its_last_lines() {
    let mut play = launching(two_containers(1), &[0]);
    play.both("web.instance-u1", TaskState::Starting);
    play.status("web.instance-u1.a", TaskState::Running);
    let out = play.pass(60.0);
    assert!(out.outcomes.iter().all(|outcome| !matches!(outcome, Outcome::Failed { .. })
        || failure(&out).summary.contains("container \"b\"")));
    let out = if out.fetches.is_empty() {
        out
    } else {
        play.tell(Input::Output(1, Some("boom\n".into())))
    };
    assert!(matches!(
        &out.outcomes[0],
        Outcome::Launched { instance, .. } if instance.status == InstanceStatus::NotReady
    ));
    assert!(failure(&out).summary.starts_with("not ready within 60s"));
}

fn existing(slot: u32, generation: &str) -> (InstanceRecord, Standing) {
    let place = crate::lower::Place {
        framework: FrameworkId::new("f"),
        agent: AgentId::new("S0"),
        host: "host-S0".into(),
        agent_url: None,
        slot,
        generation: generation.into(),
        unique: format!("old{slot}"),
        grant: crate::offers::Free::new(&offer("x", "S0", 8.0).resources)
            .take(&crate::lower::demand(&two_containers(1), "*"), 0)
            .unwrap(),
        now: 1.0,
    };
    let template = prepared(step(0, &[]), two_containers(1)).template.unwrap();
    let record = template.lower(&place).record;
    (InstanceRecord { status: InstanceStatus::Ready, ..record }, Standing::Live)
}

fn stopping(records: Vec<(InstanceRecord, Standing)>) -> Prepared {
    let stop = records.iter().map(|(record, _)| record.id.clone()).collect();
    let step = Step { action: Action::Delete, existing: records, stop, ..step(1, &[]) };
    Prepared { step, template: None, problem: None }
}

#[test]
fn a_pod_is_stopped_by_one_kill_for_each_task_after_its_intent() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![stopping(vec![existing(0, "old")])]));
    let out = play.subscribed();
    assert_eq!(stopped(&out), ["web.instance-old0"]);
    let kills: Vec<_> = out.calls.iter().filter_map(|call| call.kill.as_ref()).collect();
    assert_eq!(kills.len(), 2);
    assert_eq!(kills[0].agent_id.as_ref().unwrap().value, "S0");
    assert!(kills[1].kill_policy.is_some(), "with its own grace");
    let out = play.both("web.instance-old0", TaskState::Killed);
    assert!(matches!(&out.outcomes[..], [Outcome::Gone { .. }, Outcome::Done { .. }]));
}

#[test]
fn a_kill_that_nothing_answers_is_repeated() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![stopping(vec![existing(0, "old")])]));
    play.subscribed();
    let out = play.pass(10.0);
    assert_eq!(kinds(&out).iter().filter(|kind| **kind == CallType::Kill).count(), 2);
    assert!(stopped(&out).is_empty(), "it was announced already");
}

#[test]
fn nothing_is_repeated_while_calls_wait_to_go_out() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![stopping(vec![existing(0, "old")])]));
    play.subscribed();
    play.machine.set_behind(true);
    for _ in 0..15 {
        assert_eq!(kinds(&play.pass(1.0)), []);
        assert!(play.machine.wake() <= play.now + 1.0, "it looks again soon");
    }
    play.machine.set_behind(false);
    assert_eq!(kinds(&play.pass(1.0)), [CallType::Reconcile]);
    let again = |out: Vec<CallType>| out.into_iter().filter(|kind| *kind == CallType::Kill).count();
    let kills: usize = (0..20).map(|_| again(kinds(&play.pass(1.0)))).sum();
    assert_eq!(kills, 2);
}

#[test]
fn an_unreachable_instance_is_buried_not_waited_for() {
    let mut play = Play::new();
    let (record, _) = existing(0, "old");
    let away = (record, Standing::Unreachable { since: 1.0 });
    let out = play.tell(Input::Steps(vec![stopping(vec![away])]));
    assert!(matches!(&out.outcomes[..], [Outcome::Buried { .. }, Outcome::Done { .. }]));
    assert!(out.calls.is_empty());
}

#[test]
fn one_that_becomes_unreachable_while_it_is_stopped_is_buried() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![stopping(vec![existing(0, "old")])]));
    play.subscribed();
    let out = play.both("web.instance-old0", TaskState::Unreachable);
    assert!(matches!(&out.outcomes[..], [Outcome::Buried { .. }, Outcome::Done { .. }]));
}

fn rolling(slots: u32) -> Prepared {
    let records: Vec<_> = (0..slots).map(|slot| existing(slot, "old")).collect();
    let stop = records.iter().map(|(record, _)| record.id.clone()).collect();
    let launch: Vec<u32> = (0..slots).collect();
    let step =
        Step { action: Action::Update, existing: records, stop, roll: true, ..step(1, &launch) };
    prepared(step, two_containers(slots))
}

#[test]
fn a_roll_starts_one_more_then_stops_one_and_goes_on() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![rolling(2)]));
    play.subscribed();
    let out = play.offer("O1", "S0", 8.0);
    assert_eq!(launched(&out).len(), 1, "1 and 0: one extra instance");
    play.both("web.instance-u1", TaskState::Running);
    let out = play.pass(2.0);
    assert_eq!(stopped(&out).len(), 1);
    assert!(launched(&out).is_empty());
    let gone = stopped(&out)[0].clone();
    let out = play.both(&gone, TaskState::Killed);
    assert!(kinds(&out).contains(&CallType::Revive));
    let out = play.offer("O2", "S0", 8.0);
    assert_eq!(launched(&out).len(), 1);
    let id = launched(&out)[0].clone();
    play.both(&id, TaskState::Running);
    let out = play.pass(2.0);
    let last = stopped(&out)[0].clone();
    assert!(is_done(&play.both(&last, TaskState::Killed)));
}

#[test]
fn a_roll_out_of_time_keeps_the_old_ones() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![rolling(2)]));
    play.subscribed();
    play.offer("O1", "S0", 8.0);
    play.both("web.instance-u1", TaskState::Starting);
    let mut out = play.pass(60.0);
    if !out.fetches.is_empty() {
        out = play.tell(Input::Output(1, None));
    }
    assert!(failure(&out).summary.starts_with("not ready"));
    assert!(stopped(&out).is_empty());
    assert!(!out.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Gone { .. })));
}

#[test]
fn a_slot_that_an_old_instance_holds_waits_for_it() {
    let mut play = Play::new();
    let (record, standing) = existing(0, "new");
    let stop = vec![record.id.clone()];
    let step = Step { existing: vec![(record, standing)], stop, ..step(1, &[0]) };
    play.tell(Input::Steps(vec![prepared(step, two_containers(1))]));
    play.subscribed();
    assert!(launched(&play.offer("O1", "S0", 8.0)).is_empty());
    let out = play.both("web.instance-old0", TaskState::Killed);
    assert!(kinds(&out).contains(&CallType::Revive));
    assert_eq!(launched(&play.offer("O2", "S0", 8.0)).len(), 1);
}

fn doubted() -> Prepared {
    let (record, _) = existing(0, "new");
    let step = Step { existing: vec![(record, Standing::Gone)], ..step(1, &[0]) };
    prepared(step, two_containers(1))
}

#[test]
fn what_seems_gone_is_asked_about_before_it_is_launched_again() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![doubted()]));
    let out = play.subscribed();
    assert_eq!(out.calls[0].reconcile.as_ref().unwrap().tasks.len(), 2);
    assert!(launched(&play.offer("O1", "S0", 8.0)).is_empty());
    let out = play.both("web.instance-old0", TaskState::Gone);
    assert!(matches!(&out.outcomes[..], [Outcome::Gone { .. }]));
    assert_eq!(launched(&play.offer("O2", "S0", 8.0)).len(), 1);
}

#[test]
fn what_seems_gone_and_is_alive_is_never_launched_twice() {
    for state in [TaskState::Running, TaskState::Unknown] {
        let mut play = Play::new();
        play.tell(Input::Steps(vec![doubted()]));
        play.subscribed();
        let out = play.both("web.instance-old0", state);
        failure(&out);
        assert!(launched(&play.offer("O1", "S0", 8.0)).is_empty());
    }
}

#[test]
fn what_seems_gone_and_is_to_stop_is_stopped_or_given_up() {
    for (state, kills, buried) in [(TaskState::Running, 2, false), (TaskState::Unknown, 0, true)] {
        let mut play = Play::new();
        let (record, _) = existing(0, "old");
        play.tell(Input::Steps(vec![stopping(vec![(record, Standing::Gone)])]));
        play.subscribed();
        let out = play.both("web.instance-old0", state);
        assert_eq!(kinds(&out).iter().filter(|kind| **kind == CallType::Kill).count(), kills);
        assert_eq!(out.outcomes.iter().any(|o| matches!(o, Outcome::Buried { .. })), buried);
    }
}

#[test]
fn a_role_of_a_later_pod_is_made_durable_and_told() {
    let mut play = launching(two_containers(1), &[0]);
    let json = serde_json::json!({"id": "/web", "role": "dev", "container": [
        {"name": "a", "command": "x", "resources": {"cpus": 0.1, "mem": 32}}]});
    let out = play.tell(Input::Steps(vec![prepared(step(2, &[0]), pod(json))]));
    let Some(Intent::Private { data }) = out.intents.first() else { panic!("{out:?}") };
    assert_eq!(data["roles"], serde_json::json!(["*", "dev"]));
    assert_eq!(kinds(&out)[0], CallType::UpdateFramework);
    assert!(kinds(&out).contains(&CallType::Revive));
    // An offer to another role does not serve it.
    assert!(launched(&play.offer("O2", "S0", 8.0)).is_empty());
}

#[test]
fn a_step_that_cannot_be_prepared_fails_without_a_subscription() {
    let mut play = Play::new();
    let problem = Some(Diagnostic::error("secret::missing", "no such secret"));
    let broken = Prepared { step: step(1, &[0]), template: None, problem };
    let out = play.tell(Input::Steps(vec![broken]));
    assert_eq!(failure(&out).summary, "no such secret");
    assert!(out.subscribe.is_none() && out.intents.is_empty());
}

#[test]
fn a_lost_stream_is_opened_again_and_what_was_launched_is_asked_about() {
    let mut play = launching(two_containers(1), &[0]);
    let out = play.tell(Input::Lost("the master ended it".into()));
    assert!(out.subscribe.is_none());
    let out = play.pass(0.25);
    let again = out.subscribe.expect("it subscribes again");
    assert!(again.framework_id.unwrap().value.starts_with("podform-"));
    let out = play.subscribed();
    assert_eq!(out.calls[0].reconcile.as_ref().unwrap().tasks.len(), 2);
    // The launch never arrived: it is tried again with other ids.
    let out = play.both("web.instance-u1", TaskState::Gone);
    assert!(matches!(&out.outcomes[..], [Outcome::Gone { .. }]));
    play.pass(1.0);
    assert_eq!(launched(&play.offer("O2", "S0", 8.0)), ["web.instance-u2"]);
}

#[test]
fn a_master_that_stays_away_ends_the_session() {
    let mut play = Play::new();
    let long = Step { timeout: 1000.0, ..step(1, &[0]) };
    play.tell(Input::Steps(vec![prepared(long, two_containers(1))]));
    play.tell(Input::Lost("cannot reach any master".into()));
    let out = play.pass(120.0);
    assert_eq!(out.end, Some(End::Unreachable("cannot reach any master".into())));
}

#[test]
fn what_the_master_does_not_answer_is_asked_again() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![stopping(vec![existing(0, "old")])]));
    play.subscribed();
    let again = play.pass(1.0);
    assert_eq!(kinds(&again), [CallType::Reconcile]);
    assert_eq!(kinds(&play.pass(1.0)), []);
    assert_eq!(kinds(&play.pass(1.0)), [CallType::Reconcile]);
}

#[test]
fn another_run_ends_this_one_at_once() {
    let mut play = launching(two_containers(1), &[0]);
    let error = MesosEvent {
        r#type: Some(podform_mesos_proto::scheduler::EventType::Error),
        error: Some(podform_mesos_proto::scheduler::Error {
            message: "Framework failed over".into(),
        }),
        ..MesosEvent::default()
    };
    let out = play.event(error);
    assert_eq!(out.end, Some(End::Superseded));
    assert!(out.calls.is_empty());
    assert!(play.offer("O2", "S0", 8.0).calls.is_empty());
}

#[test]
fn a_removed_framework_gets_a_new_id_and_all_is_launched_again() {
    let mut play = launching(two_containers(1), &[0]);
    let old = play.machine.private().framework_id.clone();
    let error = MesosEvent {
        r#type: Some(podform_mesos_proto::scheduler::EventType::Error),
        error: Some(podform_mesos_proto::scheduler::Error {
            message: "Framework has been removed".into(),
        }),
        ..MesosEvent::default()
    };
    let out = play.event(error);
    assert!(matches!(&out.outcomes[..], [Outcome::Gone { .. }]));
    assert!(matches!(&out.intents[..], [Intent::Private { .. }]));
    let id = out.subscribe.unwrap().framework_id.unwrap().value;
    assert_ne!(Some(id), old);
    play.subscribed();
    assert_eq!(launched(&play.offer("O2", "S0", 8.0)).len(), 1);
}

#[test]
fn a_cancelled_run_starts_nothing_and_lets_settle_what_it_launched() {
    let mut play = Play::new();
    let steps = vec![
        prepared(step(1, &[0]), two_containers(1)),
        prepared(step(2, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), two_containers(10)),
    ];
    play.tell(Input::Steps(steps));
    play.subscribed();
    play.offer("O1", "S0", 1.0);
    play.both("web.instance-u1", TaskState::Running);
    let out = play.tell(Input::Cancelled);
    assert!(out.outcomes.iter().any(|outcome| matches!(
        outcome,
        Outcome::Failed { diagnostic, .. } if diagnostic.code == podform_model::code::CLI_CANCELLED
    )));
    assert!(launched(&play.offer("O2", "S1", 8.0)).is_empty());
    let out = play.pass(2.0);
    assert!(is_done(&out), "{:?}", out.outcomes);
    assert_eq!(out.end, Some(End::Done));
}

#[test]
fn parallelism_bounds_the_pods_in_flight() {
    let mut play = Play::new();
    let settings = Arc::new(settings());
    let mut count = 0;
    let unique = Box::new(move || {
        count += 1;
        format!("u{count}")
    });
    play.machine = Machine::new(settings, Private::default(), "ann".into(), Some(1), unique);
    let steps = (1..=2).map(|id| prepared(step(id, &[0]), two_containers(1))).collect();
    play.tell(Input::Steps(steps));
    play.subscribed();
    assert_eq!(launched(&play.offer("O1", "S0", 8.0)).len(), 1);
    play.both("web.instance-u1", TaskState::Running);
    let out = play.pass(2.0);
    assert!(is_done(&out));
    assert!(kinds(&out).contains(&CallType::Revive));
    assert_eq!(launched(&play.offer("O2", "S0", 8.0)).len(), 1);
}

#[test]
fn a_refused_accept_fails_its_steps() {
    let mut play = Play::new();
    play.tell(Input::Steps(vec![prepared(step(1, &[0]), two_containers(1))]));
    play.subscribed();
    let mut out = play.offer("O1", "S0", 8.0);
    let accept = Box::new(out.calls.remove(0));
    let out = play.tell(Input::Refused(accept, "Failed to validate".into()));
    assert!(matches!(&out.outcomes[0], Outcome::Gone { .. }));
    assert!(failure(&out).summary.contains("Failed to validate"));
}

#[test]
fn a_dead_instance_of_a_step_under_way_is_replaced() {
    let mut play = launching(two_containers(2), &[0, 1]);
    play.both("web.instance-u1", TaskState::Running);
    play.pass(2.0);
    let out = play.both("web.instance-u1", TaskState::Failed);
    assert!(matches!(&out.outcomes[..], [Outcome::Gone { .. }]));
    play.pass(1.0);
    assert_eq!(launched(&play.offer("O9", "S0", 8.0)).len(), 1);
}

#[test]
fn finished_containers_are_ready_and_done() {
    let mut play = launching(two_containers(1), &[0]);
    let out = play.both("web.instance-u1", TaskState::Finished);
    assert!(is_done(&out));
}

#[test]
fn a_secret_in_the_output_is_masked() {
    let json = serde_json::json!({
        "id": "/web", "environment": {"PW": {"$sensitive": "hunter2"}},
        "container": [{"name": "a", "command": "x", "resources": {"cpus": 0.1, "mem": 32},
            "endpoint": [{"name": "h"}], "health_check": {"tcp": {"endpoint": "h"}}}],
    });
    let mut play = Play::new();
    play.tell(Input::Steps(vec![prepared(step(1, &[0]), pod(json))]));
    play.subscribed();
    let with_url = Offer {
        url: Some(podform_mesos_proto::Url {
            address: podform_mesos_proto::Address {
                ip: Some("10.0.0.1".into()),
                port: 5051,
                ..Default::default()
            },
            ..Default::default()
        }),
        ..offer("O1", "S0", 8.0)
    };
    play.event(MesosEvent::offers(vec![with_url]));
    play.status("web.instance-u1.a", TaskState::Running);
    let out = play.pass(60.0);
    assert_eq!(out.fetches[0].agent_url, "10.0.0.1:5051");
    let out = play.tell(Input::Output(1, Some("bad password hunter2\n".into())));
    let detail = failure(&out).detail.clone().unwrap();
    assert!(detail.contains("bad password (sensitive)"), "{detail}");
}

/// What a real master and agent said when a pod of two was launched, checked and killed.
#[test]
fn a_recorded_launch_and_its_end_are_understood_and_acknowledged() {
    let mut play = Play::new();
    play.now = 1_795_402_964.0;
    let json = serde_json::json!({
        "id": "/pod-a",
        "container": [
            {"name": "web", "command": "x", "resources": {"cpus": 0.1, "mem": 32},
             "endpoint": [{"name": "h"}], "health_check": {"http": {"endpoint": "h"}}},
            {"name": "side", "command": "y", "resources": {"cpus": 0.1, "mem": 32}},
        ],
    });
    play.tell(Input::Steps(vec![prepared(step(1, &[0]), pod(json))]));
    let text = include_str!("../../testdata/launch.jsonl").replace("pod-a.1", "pod-a.instance-u1");
    let mut all = Output::default();
    let mut with_uuid = 0;
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(event) = record.get("event") else { continue };
        let event: MesosEvent = serde_json::from_value(event.clone()).unwrap();
        with_uuid += usize::from(event.update.as_ref().is_some_and(|u| u.status.uuid.is_some()));
        play.now = record["t"].as_f64().unwrap();
        let out = play.event(event);
        all.outcomes.extend(out.outcomes);
        all.intents.extend(out.intents);
        all.calls.extend(out.calls);
    }
    let acks = all.calls.iter().filter(|call| call.acknowledge.is_some()).count();
    assert_eq!(acks, with_uuid);
    assert_eq!(launched(&all), ["pod-a.instance-u1"]);
    // Healthy, and the one without a check had run for two seconds; the KILL came after.
    assert!(is_done(&all), "{:?}", all.outcomes);
}
