//! What a framework has on the cluster: its tasks, its executors, and the sums over them.
//!
//! The allocator asks for the sums for each agent at each interval, so they are kept until something changes.

use super::stock::Stock;
use indexmap::IndexMap;
use podform_mesos_proto::{ExecutorInfo, Task};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// The tasks and executors of a framework.
#[derive(Debug, Default)]
pub(crate) struct Books {
    tasks: IndexMap<String, Task>,
    /// By agent, then by executor id.
    executors: BTreeMap<String, IndexMap<String, ExecutorInfo>>,
    sums: OnceCell<Sums>,
}

/// What tasks and executors use.
#[derive(Debug, Default)]
struct Sums {
    by_agent: BTreeMap<String, Stock>,
    all: Stock,
}

impl Books {
    /// Its tasks, by id.
    pub(crate) fn tasks(&self) -> &IndexMap<String, Task> {
        &self.tasks
    }

    /// A task, to change it.
    pub(crate) fn task_mut(&mut self, id: &str) -> Option<&mut Task> {
        self.sums.take();
        self.tasks.get_mut(id)
    }

    /// Enters a task.
    pub(crate) fn insert_task(&mut self, task: Task) {
        self.sums.take();
        self.tasks.insert(task.task_id.value.clone(), task);
    }

    /// Takes a task out; the last one moves to its place, as moving all those behind it would cost too much.
    pub(crate) fn remove_task(&mut self, id: &str) -> Option<Task> {
        self.sums.take();
        self.tasks.swap_remove(id)
    }

    /// Takes everything out. Returns the tasks.
    pub(crate) fn clear(&mut self) -> impl Iterator<Item = Task> + use<> {
        std::mem::take(self).tasks.into_values()
    }

    /// Its executors, with their agent and id.
    pub(crate) fn executors(&self) -> impl Iterator<Item = (&str, &str, &ExecutorInfo)> {
        self.executors.iter().flat_map(|(agent, executors)| {
            executors.iter().map(|(id, info)| (agent.as_str(), id.as_str(), info))
        })
    }

    /// The ids of its executors on an agent.
    pub(crate) fn executors_on(&self, agent: &str) -> impl Iterator<Item = &str> {
        self.executors.get(agent).into_iter().flat_map(|on| on.keys().map(String::as_str))
    }

    /// An executor.
    pub(crate) fn executor(&self, agent: &str, id: &str) -> Option<&ExecutorInfo> {
        self.executors.get(agent)?.get(id)
    }

    /// Enters an executor, in place of one with its id.
    pub(crate) fn insert_executor(&mut self, agent: &str, info: ExecutorInfo) {
        self.sums.take();
        let on = self.executors.entry(agent.to_owned()).or_default();
        on.insert(info.executor_id.value.clone(), info);
    }

    /// Takes an executor out. Whether it was there.
    pub(crate) fn remove_executor(&mut self, agent: &str, id: &str) -> bool {
        self.sums.take();
        self.executors.get_mut(agent).is_some_and(|on| on.swap_remove(id).is_some())
    }

    /// Takes the executors of an agent out.
    pub(crate) fn remove_executors_of(&mut self, agent: &str) {
        self.sums.take();
        self.executors.remove(agent);
    }

    /// What tasks and executors use on an agent. The resources of a task are free as soon as its
    /// end is known, acknowledged or not.
    pub(crate) fn used_on(&self, agent: &str) -> Stock {
        self.sums().by_agent.get(agent).cloned().unwrap_or_default()
    }

    /// What they use everywhere.
    pub(crate) fn used(&self) -> &Stock {
        &self.sums().all
    }

    fn sums(&self) -> &Sums {
        self.sums.get_or_init(|| {
            let mut by_agent: BTreeMap<String, Stock> = BTreeMap::new();
            let mut add = |agent: &str, resources: &[_]| match by_agent.get_mut(agent) {
                Some(used) => used.add_all(resources),
                None => drop(by_agent.insert(agent.to_owned(), Stock::of(resources))),
            };
            for task in self.tasks.values().filter(|task| !task.state.is_terminal()) {
                add(&task.agent_id.value, &task.resources);
            }
            for (agent, _, executor) in self.executors() {
                add(agent, &executor.resources);
            }
            let mut all = Stock::default();
            for used in by_agent.values() {
                all.add(used);
            }
            Sums { by_agent, all }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_mesos_proto::{Resource, TaskState};

    fn task(id: &str, agent: &str) -> Task {
        Task {
            task_id: id.into(),
            agent_id: agent.into(),
            state: TaskState::Running,
            resources: vec![Resource::scalar("cpus", 1.0)],
            ..Task::default()
        }
    }

    #[test]
    fn the_sums_follow_every_change() {
        let mut books = Books::default();
        books.insert_task(task("a", "S0"));
        books.insert_task(task("b", "S0"));
        books.insert_task(task("c", "S1"));
        assert_eq!((books.used_on("S0").amount("cpus"), books.used().amount("cpus")), (2.0, 3.0));
        books.task_mut("a").unwrap().state = TaskState::Failed;
        assert_eq!(books.used_on("S0").amount("cpus"), 1.0);
        books.remove_task("b");
        assert_eq!(books.used_on("S0").amount("cpus"), 0.0);
        let resources = vec![Resource::scalar("cpus", 0.5)];
        let executor = ExecutorInfo { resources, ..ExecutorInfo::default() };
        books.insert_executor("S1", executor);
        assert_eq!(books.used_on("S1").amount("cpus"), 1.5);
        assert!(books.remove_executor("S1", ""));
        assert!(!books.remove_executor("S1", ""));
        assert_eq!(books.used().amount("cpus"), 1.0);
        assert_eq!(books.clear().count(), 2);
        assert!(books.used().is_empty());
    }
}
