//! Live pods by their ids, whoever runs them: for `data` blocks, from the GET_STATE of a read.
//!
//! The executor of a pod carries its id: podform as its name, Marathon in its own id.

use crate::import::named;
use crate::lower::label;
use crate::read::{described, observe_instance};
use crate::view::{Seen, View};
use podform_mesos_proto::following::{FollowedExecutorInfo, State};
use podform_model::{Address, InstanceRecord, Opaque};
use podform_provider::{LiveInstance, LivePod, LiveStanding};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The executors of a pod, by framework.
type Executors<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Describes pods by their ids, each once.
pub(crate) fn find(state: &State, ids: &[String], now: f64) -> Vec<LivePod> {
    if ids.is_empty() {
        return Vec::new();
    }
    let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let executors = executors(state, &wanted);
    let frameworks: BTreeSet<&str> = executors.values().flat_map(BTreeMap::keys).copied().collect();
    let views: HashMap<&str, View<'_>> =
        frameworks.into_iter().map(|id| (id, View::new(state, Some(id)))).collect();
    let pod = |id: &&str| {
        let none = BTreeMap::new();
        let running = executors.get(id).unwrap_or(&none).iter();
        let running = running.filter_map(|(framework, executors)| {
            let view = views.get(framework)?;
            let live = executors.iter().filter_map(|executor| Live::of(view, executor));
            let live: Vec<_> = live.collect();
            (!live.is_empty()).then_some((*framework, view, live))
        });
        let standing = standing(state, id, &running.collect::<Vec<_>>(), now);
        LivePod { id: (*id).to_owned(), standing }
    };
    wanted.iter().map(pod).collect()
}

/// The executors of the wanted pods, by pod.
fn executors<'a>(state: &'a State, wanted: &BTreeSet<&'a str>) -> BTreeMap<&'a str, Executors<'a>> {
    // `/shop/web` is `shop_web` in Marathon's ids; no id of a pod holds a `_`.
    let marathon: HashMap<String, &str> =
        wanted.iter().map(|id| (id.trim_start_matches('/').replace('/', "_"), *id)).collect();
    let mut out: BTreeMap<&str, Executors<'_>> = BTreeMap::new();
    let all = state.get_executors.iter().flat_map(|all| &all.executors);
    for info in all.map(|executor| &executor.executor_info) {
        let Some(id) = pod_of(info, wanted, &marathon) else { continue };
        let Some(framework) = &info.framework_id else { continue };
        let executors = out.entry(id).or_default().entry(&framework.value).or_default();
        executors.push(&info.executor_id.value);
    }
    out
}

/// The wanted pod that an executor runs.
fn pod_of<'a>(
    info: &FollowedExecutorInfo,
    wanted: &BTreeSet<&'a str>,
    marathon: &HashMap<String, &'a str>,
) -> Option<&'a str> {
    if let Some(id) = info.name.as_deref().and_then(|name| wanted.get(name)) {
        return Some(id);
    }
    let path = info.executor_id.value.strip_prefix("instance-")?.split_once('.')?.0;
    marathon.get(path).copied()
}

/// A running instance.
struct Live<'a> {
    executor: &'a str,
    tasks: &'a [Seen<'a>],
    first: Seen<'a>,
}

impl<'a> Live<'a> {
    /// `None`: all its tasks have ended.
    fn of(view: &'a View<'a>, executor: &'a str) -> Option<Self> {
        let tasks = view.executors().get(executor)?;
        let first = *tasks.iter().find(|seen| !seen.state().is_terminal())?;
        Some(Self { executor, tasks, first })
    }

    fn label(&self, name: &str) -> Option<&'a str> {
        self.first.task.labels.as_ref()?.get(name)
    }

    fn started(&self) -> f64 {
        let first = self.first.task.statuses.first();
        first.and_then(|status| status.timestamp).unwrap_or(f64::INFINITY)
    }
}

fn standing(
    state: &State,
    id: &str,
    running: &[(&str, &View<'_>, Vec<Live<'_>>)],
    now: f64,
) -> LiveStanding {
    match running {
        [] => LiveStanding::Missing {
            message: format!("no pod `{id}` runs"),
            help: Some("name a pod that runs, by the `id` that it was launched with".into()),
        },
        [(framework, view, live)] => found(view, framework, live, now),
        _ => {
            let names: Vec<String> = running.iter().map(|(id, ..)| named(state, id)).collect();
            let message =
                format!("{} frameworks run a pod `{id}`: {}", names.len(), names.join(", "));
            LiveStanding::Missing {
                message,
                help: Some("give one of the pods another `id`".into()),
            }
        }
    }
}

fn found(view: &View<'_>, framework: &str, live: &[Live<'_>], now: f64) -> LiveStanding {
    let mut live: Vec<&Live<'_>> = live.iter().collect();
    live.sort_by(|a, b| a.started().total_cmp(&b.started()).then(a.executor.cmp(b.executor)));
    let version = live.last().and_then(|youngest| youngest.label(label::GENERATION));
    let instances = live.iter().enumerate().map(|(at, one)| {
        // Others number their instances in no way that is shown: by age then.
        let slot = one.label(label::SLOT).and_then(|slot| slot.parse().ok());
        let slot = slot.or_else(|| u32::try_from(at).ok()).unwrap_or_default();
        let generation = one.label(label::GENERATION).unwrap_or_default();
        let record = InstanceRecord::new(slot, generation, one.executor);
        let record = described(view, record, one.tasks, one.first, framework.to_owned());
        let seen = observe_instance(view, &Address::pod("read"), &record, now);
        let mut record = seen.record.unwrap_or(record);
        record.private = Opaque::NULL;
        LiveInstance { record, standing: seen.standing, healthy: seen.healthy }
    });
    LiveStanding::Found { version: version.map(str::to_owned), instances: instances.collect() }
}

#[cfg(test)]
mod tests;
