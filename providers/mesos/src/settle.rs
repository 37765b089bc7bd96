//! Before an apply: fences a former run, and asks the master what became of what it left.
//!
//! SUBSCRIBE closes the former run's stream and makes the master refuse its late calls. Then the
//! master is asked about every task that is recorded or announced, by explicit reconciliation.

use crate::cluster::Cluster;
use crate::error::Error;
use crate::framework;
use crate::session::instance::{Instance, Part};
use podform_mesos_client::{EventStream, Subscription};
use podform_mesos_proto::scheduler::{Call, ReconcileTask};
use podform_mesos_proto::{AgentId, TaskId, TaskState, TaskStatus};
use podform_model::record::InstanceStatus;
use podform_model::{Address, Diagnostic, InstanceRecord, Intent, Outcome, code};
use podform_provider::{SettleAnswer, SettleRequest, Standing};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long the answers of one round may take. The last question of a round has an answer for
/// certain, so this matters only when the master is slow.
const ROUND: Duration = Duration::from_secs(5);
/// The waits between rounds, while something is not answered, in seconds.
const WAITS: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
/// The agent of the question that closes a round: no master knows it, so the answer is certain.
const NO_AGENT: &str = "podform-end-of-round";

/// An instance that is asked about.
#[derive(Debug)]
struct Subject {
    address: Address,
    instance: Instance,
    launching: bool,
    stopping: bool,
    tombstone: bool,
}

/// Fences a former run and finds out what became of its intents.
pub(crate) fn settle(cluster: &Cluster, request: &SettleRequest) -> Result<SettleAnswer, Error> {
    let private = cluster.private();
    let subjects = subjects(request);
    if request.former_cluster || private.framework_id.is_none() || private.ending {
        // Nothing of it can be there any more, or nothing was ever launched.
        return Ok(conclude(subjects, Verdict::AllGone));
    }
    let user = cluster.user();
    let info = framework::info(&cluster.settings, &private, &user);
    let call = framework::subscribe(info, true);
    let asked = cluster.runtime.block_on(async {
        let (subscription, mut stream) = cluster.client.subscribe(&call).await?;
        let mut subjects = subjects;
        let now = cluster.now();
        ask(&subscription, &mut stream, &mut subjects, now).await?;
        Ok::<_, podform_mesos_client::Error>(subjects)
    });
    match asked {
        Ok(subjects) => Ok(conclude(subjects, Verdict::AsHeard)),
        Err(error) if error.is_framework_removed() => {
            let request_subjects = self::subjects(request);
            Ok(conclude(request_subjects, Verdict::AllGone))
        }
        Err(error) => Err(error.into()),
    }
}

/// Everything that is recorded or announced, by instance id.
fn subjects(request: &SettleRequest) -> BTreeMap<String, Subject> {
    let mut subjects = BTreeMap::new();
    let mut add = |address: &Address, record: &InstanceRecord, tombstone: bool| {
        // Whether it was ready is for its tasks to say, not for the record.
        let plain = InstanceRecord { status: InstanceStatus::Launching, ..record.clone() };
        let mut instance = Instance::new(plain, Part::Kept);
        instance.record.status = record.status;
        let subject = Subject {
            address: address.clone(),
            instance,
            launching: record.status == InstanceStatus::Launching,
            stopping: record.status == InstanceStatus::Stopping,
            tombstone,
        };
        subjects.insert(record.id.clone(), subject);
    };
    for tombstone in &request.tombstones {
        add(&tombstone.address, &tombstone.instance, true);
    }
    for pod in &request.pods {
        for record in &pod.instances {
            add(&pod.address, record, false);
        }
    }
    for intent in &request.pending {
        if let Intent::Launch { address, instance } = intent {
            add(address, instance, false);
        }
    }
    for intent in &request.pending {
        match intent {
            Intent::Stop { instance, .. } => {
                if let Some(subject) = subjects.get_mut(instance) {
                    subject.stopping = true;
                }
            }
            Intent::Launch { instance, .. } => {
                if let Some(subject) = subjects.get_mut(&instance.id) {
                    subject.launching = true;
                }
            }
            Intent::Private { .. } => {}
        }
    }
    subjects
}

/// Asks about all tasks, again and again while some are not answered, and not for long.
async fn ask(
    subscription: &Subscription,
    stream: &mut EventStream,
    subjects: &mut BTreeMap<String, Subject>,
    now: f64,
) -> Result<(), podform_mesos_client::Error> {
    let owners: BTreeMap<String, String> = subjects
        .iter()
        .flat_map(|(id, subject)| {
            subject.instance.private.tasks.iter().map(move |t| (t.task_id.clone(), id.clone()))
        })
        .collect();
    let mut open: BTreeSet<String> = owners.keys().cloned().collect();
    let mut waits = WAITS.iter();
    while !open.is_empty() {
        let end = format!("podform-{}", uuid::Uuid::new_v4());
        let mut tasks: Vec<ReconcileTask> = subjects
            .values()
            .flat_map(|subject| subject.instance.questions())
            .filter(|task| open.contains(&task.task_id.value))
            .collect();
        tasks.push(ReconcileTask {
            task_id: TaskId::new(&end),
            agent_id: Some(AgentId::new(NO_AGENT)),
        });
        subscription.call(&Call::reconcile(subscription.framework_id(), tasks)).await?;
        let mut hear = |status: &TaskStatus| {
            let task = &status.task_id.value;
            open.remove(task);
            if let Some(subject) = owners.get(task).and_then(|id| subjects.get_mut(id)) {
                subject.instance.hear(status, now);
            }
        };
        listen(stream, &end, &mut hear).await?;
        // What an instance needs is known once a task of it has not ended.
        open.retain(|task| {
            let subject = owners.get(task).and_then(|id| subjects.get(id));
            subject.is_some_and(|subject| !subject.instance.is_alive())
        });
        let Some(wait) = waits.next() else { break };
        if !open.is_empty() {
            tokio::time::sleep(Duration::from_secs_f64(*wait)).await;
        }
    }
    Ok(())
}

/// Hears statuses until the round's last question is answered, or for long enough. Nothing is
/// acknowledged: what was heard is not recorded yet, and comes again to the apply.
async fn listen(
    stream: &mut EventStream,
    end: &str,
    hear: &mut impl FnMut(&TaskStatus),
) -> Result<(), podform_mesos_client::Error> {
    let deadline = tokio::time::Instant::now() + ROUND;
    while let Ok(event) = tokio::time::timeout_at(deadline, stream.next()).await {
        let Some(update) = event?.update else { continue };
        if update.status.task_id.value == end {
            return Ok(());
        }
        hear(&update.status);
    }
    Ok(())
}

/// What holds for all subjects.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    /// What was heard of each.
    AsHeard,
    /// Nothing of them is there: the framework is no more.
    AllGone,
}

fn conclude(subjects: BTreeMap<String, Subject>, verdict: Verdict) -> SettleAnswer {
    let mut answer = SettleAnswer::default();
    for (id, subject) in subjects {
        let standing = match verdict {
            Verdict::AllGone => Some(Standing::Dead),
            Verdict::AsHeard => standing(&subject.instance),
        };
        if let Some(standing) = standing {
            answer.standings.insert(id.clone(), standing);
        }
        answer.outcomes.extend(outcome(&id, &subject, standing, verdict));
        let pending = subject.launching || subject.stopping;
        if standing.is_none() && pending {
            answer.diagnostics.push(unknown(&subject.address, &id));
        }
    }
    answer
}

fn unknown(address: &Address, id: &str) -> Diagnostic {
    let text = format!("it is still not known what became of instance `{id}`");
    Diagnostic::warning(code::PROVIDER_WARNING, text)
        .detail("The master does not answer for its agent, which may not have come back yet. Nothing is launched in its place until it is known.")
        .at(address)
}

/// What reconciliation said; `None`: nothing that decides.
fn standing(instance: &Instance) -> Option<Standing> {
    let states: Vec<TaskState> = instance.tasks.iter().filter_map(|task| task.state).collect();
    if instance.is_alive() {
        return Some(Standing::Live);
    }
    if instance.is_unreachable() {
        return Some(Standing::Unreachable { since: instance.unreachable_since().unwrap_or(0.0) });
    }
    if states.contains(&TaskState::Unknown) {
        return Some(Standing::Unknown);
    }
    if !instance.has_ended() {
        return None;
    }
    let finished = states.iter().all(|state| *state == TaskState::Finished);
    Some(if finished { Standing::Finished } else { Standing::Dead })
}

/// The outcome of a pending intent or tombstone, as far as it is known.
fn outcome(
    id: &str,
    subject: &Subject,
    standing: Option<Standing>,
    verdict: Verdict,
) -> Option<Outcome> {
    let address = subject.address.clone();
    let gone = matches!(standing?, Standing::Dead | Standing::Finished | Standing::Gone);
    if subject.tombstone {
        return gone.then(|| Outcome::Exhumed { instance: id.to_owned() });
    }
    if !(subject.launching || subject.stopping) {
        return None;
    }
    if gone {
        let reason = match verdict {
            Verdict::AllGone => "the framework is no longer on the cluster".into(),
            Verdict::AsHeard if subject.stopping => "it was stopped".into(),
            Verdict::AsHeard => subject.instance.epitaph(),
        };
        return Some(Outcome::Gone { address, instance: id.to_owned(), reason });
    }
    if standing? == Standing::Unknown {
        return None;
    }
    let status = match (subject.stopping, subject.instance.record.status) {
        (true, _) => InstanceStatus::Stopping,
        (false, InstanceStatus::Launching) => InstanceStatus::NotReady,
        (false, other) => other,
    };
    Some(Outcome::Launched { address, instance: subject.instance.recorded(status) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private::{InstancePrivate, TaskRef};

    fn record(status: InstanceStatus) -> InstanceRecord {
        let private = InstancePrivate {
            tasks: ["a", "b"]
                .map(|name| TaskRef {
                    container: name.into(),
                    task_id: format!("i.{name}"),
                    checked: false,
                    grace_ms: None,
                })
                .to_vec(),
            ..InstancePrivate::default()
        };
        InstanceRecord {
            status,
            agent_id: Some("S0".into()),
            private: private.kept(),
            ..InstanceRecord::new(0, "g", "i")
        }
    }

    fn address() -> Address {
        Address::pod("web")
    }

    /// Concludes for one instance of which both tasks were heard of in a state.
    fn heard(
        pending: Vec<Intent>,
        status: InstanceStatus,
        state: Option<TaskState>,
    ) -> SettleAnswer {
        let pods = vec![podform_provider::RecordedPod {
            address: address(),
            id: "/web".into(),
            generations: vec!["g".into()],
            instances: vec![record(status)],
        }];
        let mut subjects = subjects(&SettleRequest { pending, pods, ..SettleRequest::default() });
        if let Some(state) = state {
            for task in ["i.a", "i.b"] {
                let status =
                    TaskStatus { task_id: TaskId::new(task), state, ..TaskStatus::default() };
                subjects.get_mut("i").unwrap().instance.hear(&status, 1.0);
            }
        }
        conclude(subjects, Verdict::AsHeard)
    }

    fn launch() -> Vec<Intent> {
        let instance = record(InstanceStatus::Launching);
        vec![Intent::Launch { address: address(), instance }]
    }

    fn stop() -> Vec<Intent> {
        vec![Intent::Stop { address: address(), instance: "i".into() }]
    }

    #[test]
    fn a_launch_that_never_arrived_is_gone() {
        let answer = heard(launch(), InstanceStatus::Launching, Some(TaskState::Gone));
        assert!(matches!(&answer.outcomes[..], [Outcome::Gone { .. }]));
        assert_eq!(answer.standings["i"], Standing::Dead);
    }

    #[test]
    fn a_launch_that_runs_is_recorded_as_not_yet_ready() {
        let answer = heard(launch(), InstanceStatus::Launching, Some(TaskState::Running));
        assert!(matches!(&answer.outcomes[..], [Outcome::Launched { instance, .. }]
            if instance.status == InstanceStatus::NotReady));
    }

    #[test]
    fn what_the_master_does_not_know_stays_pending_and_is_said() {
        for state in [None, Some(TaskState::Unknown)] {
            let answer = heard(launch(), InstanceStatus::Launching, state);
            assert!(answer.outcomes.is_empty(), "{state:?}");
        }
        let silent = heard(launch(), InstanceStatus::Launching, None);
        assert_eq!(silent.diagnostics.iter().count(), 1);
        assert!(!silent.standings.contains_key("i"));
    }

    #[test]
    fn a_stop_that_happened_and_one_that_did_not() {
        let done = heard(stop(), InstanceStatus::Ready, Some(TaskState::Killed));
        assert!(matches!(&done.outcomes[..], [Outcome::Gone { .. }]));
        let not = heard(stop(), InstanceStatus::Ready, Some(TaskState::Running));
        assert!(matches!(&not.outcomes[..], [Outcome::Launched { instance, .. }]
            if instance.status == InstanceStatus::Stopping));
    }

    #[test]
    fn recorded_instances_without_intent_only_get_a_standing() {
        let answer = heard(Vec::new(), InstanceStatus::Ready, Some(TaskState::Gone));
        assert!(answer.outcomes.is_empty());
        assert_eq!(answer.standings["i"], Standing::Dead);
    }

    #[test]
    fn without_the_framework_all_is_gone() {
        let request = SettleRequest { pending: launch(), ..SettleRequest::default() };
        let answer = conclude(subjects(&request), Verdict::AllGone);
        assert!(matches!(&answer.outcomes[..], [Outcome::Gone { .. }]));
    }
}
