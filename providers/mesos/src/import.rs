//! Taking over pods that run already: what GET_STATE shows of them.
//!
//! Only the framework of the state can stop or replace a task, so only its pods can be taken over:
//! those that were forgotten, or that a lost record knew. A task does not show its command,
//! environment, networks or secrets; these stay unknown.

use crate::cluster::Cluster;
use crate::error::Error;
use crate::lower::label;
use crate::private::Private;
use crate::read::rebuilt;
use crate::view::{Seen, View};
use podform_mesos_proto::following::State;
use podform_mesos_proto::master::{Framework, GetState};
use podform_mesos_proto::{ExecutorInfo, Resource, Task};
use podform_model::schema::POD;
use podform_model::value::Map;
use podform_model::{Address, Diagnostic, InstanceRecord, Number, Value, code};
use podform_provider::{ImportAnswer, ImportQuery, ImportRequest, ImportedPod};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Finds pods by their ids.
pub(crate) fn import(cluster: &Cluster, request: &ImportRequest) -> Result<ImportAnswer, Error> {
    let state = cluster.state()?;
    Ok(find(&state, &cluster.private(), request))
}

fn find(state: &GetState, private: &Private, request: &ImportRequest) -> ImportAnswer {
    let followed = State::from(state.clone());
    let view = View::new(&followed, private.framework_id.as_deref());
    let running = Running::of(state, &followed, &view, private);
    let mut answer = ImportAnswer::default();
    for query in &request.pods {
        match running.pod(query) {
            Ok(pod) => answer.pods.push(pod),
            Err(refused) => answer.diagnostics.push(refused.at(&query.address)),
        }
    }
    answer
}

/// Tasks by their ids, with all that is shown of them.
type Tasks<'a> = HashMap<&'a str, &'a Task>;

/// One live instance.
struct Found<'a> {
    record: InstanceRecord,
    /// The pod that its labels name.
    named: Option<Address>,
    tasks: Vec<&'a Task>,
    executor: &'a ExecutorInfo,
}

/// What runs, by the id of the pod.
struct Running<'a> {
    ours: BTreeMap<&'a str, Vec<Found<'a>>>,
    /// The frameworks of others that run a pod of an id.
    others: BTreeMap<&'a str, String>,
}

impl<'a> Running<'a> {
    fn of(state: &'a GetState, followed: &State, view: &View<'_>, private: &Private) -> Self {
        let mut out = Self { ours: BTreeMap::new(), others: BTreeMap::new() };
        let tasks = state.get_tasks.iter().flat_map(|all| {
            all.completed_tasks.iter().chain(&all.unreachable_tasks).chain(&all.tasks)
        });
        let tasks: Tasks<'_> = tasks.map(|task| (task.task_id.value.as_str(), task)).collect();
        let executors = state.get_executors.iter().flat_map(|all| &all.executors);
        for executor in executors.map(|executor| &executor.executor_info) {
            let Some(id) = executor.name.as_deref() else { continue };
            let framework = executor.framework_id.as_ref().map(|id| id.value.as_str());
            if framework != private.framework_id.as_deref() {
                out.others.entry(id).or_insert_with(|| named(followed, framework.unwrap_or("?")));
                continue;
            }
            let Some(found) = instance(view, executor, &tasks, private) else {
                continue;
            };
            out.ours.entry(id).or_default().push(found);
        }
        out
    }

    fn pod(&self, query: &ImportQuery) -> Result<ImportedPod, Box<Diagnostic>> {
        let Some(found) = self.ours.get(query.id.as_str()) else {
            return Err(self.missing(query));
        };
        let pods: BTreeSet<&Address> = found.iter().filter_map(|one| one.named.as_ref()).collect();
        if pods.len() > 1 {
            let names: Vec<String> = pods.iter().map(ToString::to_string).collect();
            let (count, id, list) = (pods.len(), &query.id, names.join(" and "));
            let summary = format!("{count} pods with the id `{id}` run: of {list}");
            let found = Diagnostic::error(code::IMPORT_REFUSED, summary);
            return Err(found.help("stop the instances of all but one of them first").into());
        }
        let age = |one: &&Found<'_>| one.record.started_at.unwrap_or(0.0);
        let youngest = found.iter().max_by(|a, b| age(a).total_cmp(&age(b)));
        let Some(youngest) = youngest else { return Err(self.missing(query)) };
        Ok(ImportedPod {
            address: query.address.clone(),
            generation: youngest.record.generation.clone(),
            value: value(&query.id, found.len(), youngest),
            instances: found.iter().map(|one| one.record.clone()).collect(),
        })
    }

    fn missing(&self, query: &ImportQuery) -> Box<Diagnostic> {
        let id = &query.id;
        let found = |summary| Diagnostic::error(code::IMPORT_REFUSED, summary);
        if let Some(framework) = self.others.get(id.as_str()) {
            return found(format!("the pod `{id}` runs under another framework: {framework}"))
                .detail("Only the framework that launched a task can stop or replace it.")
                .help("import it where the state of that framework is, or stop it and let podform create it")
                .into();
        }
        let running: Vec<String> = self.ours.keys().take(5).map(|id| format!("`{id}`")).collect();
        let help = match running.is_empty() {
            true => "remove the block: apply creates the pod that it names".to_owned(),
            false => format!("name a pod that runs: {}", running.join(", ")),
        };
        found(format!("no pod `{id}` runs")).help(help).into()
    }
}

/// A framework for a message.
pub(crate) fn named(state: &State, id: &str) -> String {
    let frameworks = state.get_frameworks.iter().flat_map(|all| &all.frameworks);
    let of = |framework: &&Framework| {
        framework.framework_info.id.as_ref().is_some_and(|own| own.value == id)
    };
    match frameworks.into_iter().find(of) {
        Some(framework) => format!("`{}` (`{id}`)", framework.framework_info.name),
        None => format!("`{id}`"),
    }
}

fn instance<'a>(
    view: &View<'_>,
    executor: &'a ExecutorInfo,
    all: &Tasks<'a>,
    private: &Private,
) -> Option<Found<'a>> {
    let id = executor.executor_id.value.as_str();
    let tasks = view.executors().get(id)?;
    tasks.iter().find(|seen| !seen.state().is_terminal())?;
    tasks.iter().find_map(|first| {
        let record = rebuilt(view, id, tasks, *first, private)?;
        let labels = first.task.labels.as_ref()?;
        let named = labels.get(label::ADDRESS).and_then(|address| address.parse().ok());
        let whole = |seen: &Seen<'_>| all.get(seen.task.task_id.value.as_str()).copied();
        Some(Found { record, named, executor, tasks: tasks.iter().filter_map(whole).collect() })
    })
}

/// The pod as its youngest instance shows it.
fn value(id: &str, count: usize, shown: &Found<'_>) -> Value {
    let containers = shown.tasks.iter().map(|task| container(task)).collect();
    let executor = &shown.executor.resources;
    let mut value = unknown(&[]);
    value.set("id", id.into());
    value.set("instances", u64::try_from(count).unwrap_or(u64::MAX).into());
    value.set("executor_resources", amounts(executor, &["cpus", "mem", "disk"]));
    value.set("container", Value::list(containers));
    value
}

fn container(task: &Task) -> Value {
    let mut value = unknown(&["container"]);
    value.set("name", task.name.as_str().into());
    value.set("resources", amounts(&task.resources, &["cpus", "mem", "disk", "gpus"]));
    let container = task.container.as_ref().and_then(|container| container.mesos.as_ref());
    let image = container.and_then(|mesos| mesos.image.as_ref()?.docker.as_ref());
    let image = image.map(|image| {
        let mut value = unknown(&["container", "image"]);
        value.set("id", image.name.as_str().into());
        value.set("kind", "DOCKER".into());
        value
    });
    value.set("image", image.unwrap_or_default());
    value
}

/// A block of which nothing is known, by its way in the schema.
fn unknown(way: &[&str]) -> Value {
    let block = match way {
        [] => Some(&POD),
        way => POD.find(way.iter().copied()).and_then(|attribute| attribute.block()),
    };
    let names = block.into_iter().flat_map(|block| block.attributes).map(|known| known.name);
    Value::map(names.map(|name| (name.into(), Value::Unknown)).collect::<Map>())
}

/// The sums of scalar resources; one that is not there is 0.
fn amounts(resources: &[Resource], names: &[&'static str]) -> Value {
    let sum = |name: &str| {
        let amounts = resources.iter().filter(|resource| resource.name == name);
        let amounts = amounts.filter_map(|resource| resource.scalar.as_ref());
        let milli: f64 = amounts.map(|scalar| (scalar.value * 1000.0).round()).sum();
        Number::from_f64(milli / 1000.0).map(Value::Number).unwrap_or_default()
    };
    Value::object(names.iter().map(|name| (*name, sum(name))))
}

#[cfg(test)]
mod tests;
