//! Looking at the cluster: one GET_STATE, joined with the records.

use crate::cluster::Cluster;
use crate::error::Error;
use crate::live;
use crate::lower::label;
use crate::private::{InstancePrivate, Private, TaskRef};
use crate::session::task::{SETTLE, addresses};
use crate::view::{self, Seen, View};
use foldhash::HashSet;
use podform_mesos_proto::TaskState;
use podform_model::record::InstanceStatus;
use podform_model::{Address, Diagnostics, InstanceRecord};
use podform_provider::{
    ContainerFact, Observed, ObservedInstance, ObservedTombstone, ReadRequest, Standing, Surplus,
};
use std::collections::BTreeMap;

/// Looks at the cluster and the secret stores.
pub(crate) fn read(cluster: &Cluster, request: &ReadRequest) -> Result<Observed, Error> {
    let state = cluster.follow()?;
    let private = cluster.private();
    let view = View::new(&state, private.framework_id.as_deref());
    let mut observed = observe(&view, request, &private, &cluster.lineage, cluster.now())?;
    observed.secrets = cluster.check_secrets(&request.secrets);
    observed.live = live::find(&state, &request.live, cluster.now());
    Ok(observed)
}

/// Joins what the cluster shows with what is recorded.
pub(crate) fn observe(
    view: &View<'_>,
    request: &ReadRequest,
    private: &Private,
    lineage: &str,
    now: f64,
) -> Result<Observed, Error> {
    let recorded = || request.pods.iter().flat_map(|pod| &pod.instances);
    if !request.former_cluster && is_other_cluster(view, recorded(), private) {
        return Err(Error::OtherCluster);
    }
    let mut observed = Observed { at: now, ..Observed::default() };
    for pod in &request.pods {
        for record in &pod.instances {
            let seen = observe_instance(view, &pod.address, record, now);
            observed.instances.push(if request.former_cluster { former(seen) } else { seen });
        }
    }
    for tombstone in &request.tombstones {
        let private = InstancePrivate::of(&tombstone.instance);
        let tasks = Tasks::of(view, &private);
        let (standing, _) = standing(view, &tombstone.instance, &tasks);
        let standing = if request.former_cluster { Standing::Dead } else { standing };
        observed.tombstones.push(ObservedTombstone { id: tombstone.instance.id.clone(), standing });
    }
    let known: HashSet<&str> = recorded()
        .chain(request.tombstones.iter().map(|tombstone| &tombstone.instance))
        .map(|record| record.id.as_str())
        .collect();
    observed.surplus = surplus(view, &known, private, lineage);
    observed.diagnostics = Diagnostics::new();
    Ok(observed)
}

/// Whether the state belongs to another cluster: neither our framework nor any agent that the
/// records name is known to the master. Without records there is nothing to lose.
fn is_other_cluster<'a>(
    view: &View<'_>,
    mut recorded: impl Iterator<Item = &'a InstanceRecord> + Clone,
    private: &Private,
) -> bool {
    if view.framework != view::Standing::Unknown || recorded.clone().next().is_none() {
        return false;
    }
    let known = |agent: &str| view.host(agent).is_some() || view.is_recovering(agent);
    let by_record = recorded.any(|record| record.agent_id.as_deref().is_some_and(known));
    !by_record && !private.agents.iter().any(|agent| known(agent))
}

fn former(seen: ObservedInstance) -> ObservedInstance {
    ObservedInstance {
        standing: Standing::Dead,
        reason: "the development cluster that it ran on is no more".into(),
        healthy: None,
        ready: false,
        containers: Vec::new(),
        ..seen
    }
}

/// The tasks of an instance that the cluster shows, and how many it does not.
struct Tasks<'a, 'p> {
    seen: Vec<(&'p str, Seen<'a>)>,
    absent: usize,
}

impl<'a, 'p> Tasks<'a, 'p> {
    fn of(view: &View<'a>, private: &'p InstancePrivate) -> Self {
        let mut tasks = Self { seen: Vec::with_capacity(private.tasks.len()), absent: 0 };
        for task in &private.tasks {
            match view.task(&task.task_id) {
                Some(found) => tasks.seen.push((&task.container, found)),
                None => tasks.absent += 1,
            }
        }
        tasks
    }
}

/// What an instance is, and why.
fn standing(view: &View<'_>, record: &InstanceRecord, tasks: &Tasks<'_, '_>) -> (Standing, String) {
    if view.framework == view::Standing::Completed {
        return (Standing::Dead, "the framework was removed from the cluster".into());
    }
    let Tasks { seen, absent } = tasks;
    let states = || seen.iter().map(|(_, seen)| seen.state());
    if let Some((_, away)) = seen.iter().find(|(_, seen)| seen.unreachable) {
        let since = away.status().and_then(|status| {
            let time = status.unreachable_time.as_ref();
            time.map(|time| time.nanoseconds as f64 / 1e9).or(status.timestamp)
        });
        let why = "its agent cannot be reached".into();
        return (Standing::Unreachable { since: since.unwrap_or(0.0) }, why);
    }
    // A task that failed or was killed takes the rest of its group along: the instance is dead
    // although some of its tasks are still being killed.
    let failed = seen.iter().find(|(_, seen)| {
        seen.state().is_terminal()
            && !matches!(seen.state(), TaskState::Finished | TaskState::Killed)
    });
    let failed = failed.or_else(|| seen.iter().find(|(_, seen)| seen.state() == TaskState::Killed));
    if let Some((container, seen)) = failed {
        let message = seen.status().and_then(|status| status.message.clone());
        let what = message.unwrap_or_else(|| seen.state().name().to_owned());
        return (Standing::Dead, format!("container \"{container}\": {what}"));
    }
    if states().any(|state| !state.is_terminal()) {
        return (Standing::Live, String::new());
    }
    if *absent == 0 && !seen.is_empty() {
        return (Standing::Finished, "all its containers finished with status 0".into());
    }
    let agent = record.agent_id.as_deref().unwrap_or_default();
    if let Some(host) = view.host(agent) {
        return (Standing::Gone, format!("its agent {host} does not know it"));
    }
    let why = if view.is_recovering(agent) {
        "its agent has not come back since the master's fail-over"
    } else {
        "its agent is not known to the master"
    };
    (Standing::Unknown, why.into())
}

/// An instance as the cluster shows it now.
pub(crate) fn observe_instance(
    view: &View<'_>,
    address: &Address,
    record: &InstanceRecord,
    now: f64,
) -> ObservedInstance {
    let private = InstancePrivate::of(record);
    let tasks = Tasks::of(view, &private);
    let (standing, reason) = standing(view, record, &tasks);
    let seen = &tasks.seen;
    let containers: Vec<ContainerFact> =
        seen.iter().map(|(name, seen)| fact(name, *seen)).collect();
    let checked = |name: &str| private.tasks.iter().any(|t| t.container == name && t.checked);
    let ready = standing == Standing::Live
        && containers.len() == private.tasks.len()
        && containers.iter().all(|fact| is_ready(fact, checked(&fact.name), now));
    let healths: Vec<Option<bool>> =
        containers.iter().filter(|f| checked(&f.name)).map(|fact| fact.healthy).collect();
    let healthy = match (healths.is_empty(), healths.contains(&Some(false))) {
        (true, _) => None,
        (false, true) => Some(false),
        (false, false) => healths.iter().all(Option::is_some).then_some(true),
    };
    ObservedInstance {
        address: address.clone(),
        id: record.id.clone(),
        record: updated(view, record, &private, seen, ready),
        standing,
        reason,
        healthy,
        ready,
        containers,
    }
}

fn fact(name: &str, seen: Seen<'_>) -> ContainerFact {
    let state = seen.state();
    let status = seen.status();
    // Consecutive statuses of one state are collapsed by the master: the first is the oldest kept.
    let since = seen.task.statuses.iter().find(|s| s.state == state).and_then(|s| s.timestamp);
    ContainerFact {
        name: name.to_owned(),
        state: state.name().to_owned(),
        healthy: status.and_then(|status| status.healthy),
        since,
        message: status.and_then(|status| status.message.clone()),
    }
}

fn is_ready(fact: &ContainerFact, checked: bool, now: f64) -> bool {
    if fact.state == TaskState::Finished.name() {
        return true;
    }
    let running = fact.state == TaskState::Running.name();
    let settled = fact.since.is_some_and(|since| now >= since + SETTLE);
    running && if checked { fact.healthy == Some(true) } else { settled }
}

/// The record brought up to date, when it differs.
fn updated(
    view: &View<'_>,
    record: &InstanceRecord,
    private: &InstancePrivate,
    seen: &[(&str, Seen<'_>)],
    ready: bool,
) -> Option<InstanceRecord> {
    let mut new = record.clone();
    if let Some(host) = record.agent_id.as_deref().and_then(|agent| view.host(agent)) {
        new.host = Some(host.to_owned());
    }
    let mut heard = seen.iter().map(|(_, seen)| addresses(seen.networks()));
    if let Some(heard) = heard.find(|heard| !heard.is_empty()) {
        crate::address::note(&mut new, private, &heard);
    }
    if ready && matches!(record.status, InstanceStatus::Launching | InstanceStatus::NotReady) {
        new.status = InstanceStatus::Ready;
    }
    (new != *record).then_some(new)
}

/// Live instances that carry our labels and are not recorded.
fn surplus(
    view: &View<'_>,
    known: &HashSet<&str>,
    private: &Private,
    lineage: &str,
) -> Vec<Surplus> {
    let mut found = Vec::new();
    for (executor, tasks) in view.executors() {
        let live = tasks.iter().any(|seen| !seen.state().is_terminal());
        if known.contains(executor) || !live {
            continue;
        }
        found.extend(tasks.iter().find_map(|first| {
            let labels = first.task.labels.as_ref()?;
            if labels.get(label::LINEAGE) != Some(lineage) {
                return None;
            }
            Some(Surplus {
                address: labels.get(label::ADDRESS)?.parse().ok()?,
                instance: rebuilt(view, executor, tasks, *first, private)?,
            })
        }));
    }
    found
}

/// An instance's record from its labels and what the cluster shows.
pub(crate) fn rebuilt(
    view: &View<'_>,
    executor: &str,
    tasks: &[Seen<'_>],
    first: Seen<'_>,
    private: &Private,
) -> Option<InstanceRecord> {
    let labels = first.task.labels.as_ref()?;
    let slot = labels.get(label::SLOT)?.parse().ok()?;
    let generation = labels.get(label::GENERATION)?;
    let framework = private.framework_id.clone().unwrap_or_default();
    let record = InstanceRecord::new(slot, generation, executor);
    Some(described(view, record, tasks, first, framework))
}

/// An instance's record with all that the cluster shows of it.
pub(crate) fn described(
    view: &View<'_>,
    record: InstanceRecord,
    tasks: &[Seen<'_>],
    first: Seen<'_>,
    framework_id: String,
) -> InstanceRecord {
    let agent = &first.task.agent_id.value;
    let grace = |seen: &Seen<'_>| {
        let period = seen.task.kill_policy.as_ref()?.grace_period.as_ref()?;
        u64::try_from(period.nanoseconds / 1_000_000).ok()
    };
    let own_network = tasks.iter().any(|seen| seen.networks().any(|net| net.name.is_some()));
    let kept = InstancePrivate {
        framework_id,
        tasks: tasks
            .iter()
            .map(|seen| TaskRef {
                container: seen.task.name.clone(),
                task_id: seen.task.task_id.value.clone(),
                checked: seen.task.health_check.is_some(),
                grace_ms: grace(seen),
            })
            .collect(),
        agent_url: view.address(agent).map(str::to_owned),
        own_network,
        container_ports: container_ports(tasks),
    };
    let host = view.host(agent).map(str::to_owned);
    let endpoints = ports(tasks).filter(|(_, inside, _)| !inside).filter_map(|(name, _, port)| {
        Some((name.to_owned(), crate::address::join(host.as_deref()?, port)))
    });
    let started = first.task.statuses.first().and_then(|status| status.timestamp);
    InstanceRecord {
        status: InstanceStatus::NotReady,
        agent_id: Some(agent.clone()),
        endpoints: endpoints.collect(),
        started_at: started,
        private: kept.kept(),
        host,
        ..record
    }
}

/// The ports by which tasks are found: name, whether it is one within the container's network,
/// number.
fn ports<'a>(tasks: &'a [Seen<'_>]) -> impl Iterator<Item = (&'a str, bool, u16)> {
    let ports = tasks.iter().filter_map(|seen| seen.task.discovery.as_ref()?.ports.as_ref());
    ports.flat_map(|ports| &ports.ports).filter_map(|port| {
        let scope = port.labels.as_ref().and_then(|labels| labels.get("network-scope"));
        let number = u16::try_from(port.number).ok()?;
        Some((port.name.as_deref()?, scope == Some("container"), number))
    })
}

/// The ports of endpoints that are reached at the instance's own address.
fn container_ports(tasks: &[Seen<'_>]) -> BTreeMap<String, u16> {
    let inside = ports(tasks).filter(|(_, inside, _)| *inside);
    inside.map(|(name, _, port)| (name.to_owned(), port)).collect()
}

#[cfg(test)]
mod tests;
