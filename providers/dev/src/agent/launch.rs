//! Starting executors and giving them their task groups.

use super::updates::BareReport;
use super::{AgentTask, Executor, ExecutorState, Health, Phase, Report, TaskKey, driver};
use crate::log::say;
use crate::world::{World, new_id};
use indexmap::IndexMap;
use podform_mesos_proto::{
    ContainerId, ContainerInfo, ExecutorInfo, FrameworkCapabilityType, FrameworkInfo, IpAddress,
    NetworkInfo, Reason, Task, TaskInfo, TaskState,
};
use std::path::PathBuf;

/// A task group as the master sends it to an agent.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) framework: FrameworkInfo,
    pub(crate) executor: ExecutorInfo,
    pub(crate) tasks: Vec<(TaskInfo, Task)>,
}

impl World {
    /// The agent got a task group.
    pub(crate) fn on_run_group(&mut self, agent: usize, group: Group) {
        let framework = framework_id(&group.framework);
        let executor = group.executor.executor_id.value.clone();
        self.agents[agent].frameworks.insert(framework.clone(), group.framework.clone());
        if let Some(report) = self.refusal_of(agent, &framework, &executor, &group) {
            for (task, _) in &group.tasks {
                let task = &task.task_id.value;
                let bare = BareReport { task, executor: &executor, report: report.clone() };
                self.report_bare(agent, &framework, bare);
            }
            let starts_executor = self.agents[agent].executor(&framework, &executor).is_none();
            if starts_executor {
                self.on_executor_ended(agent, &framework, &executor, -1);
            }
            return;
        }
        if self.agents[agent].executor(&framework, &executor).is_none() {
            self.start_executor(agent, &framework, &group);
        }
        self.queue_group(agent, &framework, &executor, group.tasks);
    }

    fn refusal_of(
        &mut self,
        agent: usize,
        framework: &str,
        executor: &str,
        group: &Group,
    ) -> Option<Report> {
        let dropped = dropped_state(&group.framework);
        let limited = group.tasks.iter().any(|(task, _)| !task.limits.is_empty());
        if limited && !self.options.isolation_cgroups {
            let text = "Resource limits are not supported by this agent: \
                        the 'cgroups/cpu' and 'cgroups/mem' isolators are not enabled";
            return Some(Report::of_agent(dropped, Reason::GcError, text));
        }
        let existing = self.agents[agent].executor(framework, executor)?;
        (existing.state == ExecutorState::Terminating).then(|| {
            let reason = Reason::ExecutorTerminated;
            Report::of_agent(dropped, reason, "Executor terminating")
        })
    }

    fn start_executor(&mut self, agent: usize, framework: &str, group: &Group) {
        let container = new_id();
        let id = &group.executor.executor_id.value;
        let sandbox = self.agents[agent].sandbox(framework, id, &container);
        let executor = Executor {
            info: group.executor.clone(),
            framework: group.framework.clone(),
            container: container.clone(),
            sandbox,
            state: ExecutorState::Starting,
            address: "127.0.0.1".to_owned(),
            networks: host_network(),
            tasks: IndexMap::new(),
            groups: 0,
            unhealthy: false,
            silent: false,
        };
        say!(self, "agent {agent}: starting executor {id} of framework {framework}");
        let key = (framework.to_owned(), id.clone());
        self.agents[agent].executors.insert(key.clone(), executor);
        let delay = self.options.timing.executor_start;
        self.after(delay, move |world| world.on_executor_started(agent, &key, &container));
    }

    fn queue_group(
        &mut self,
        agent: usize,
        framework: &str,
        id: &str,
        tasks: Vec<(TaskInfo, Task)>,
    ) {
        let Some(executor) = self.agents[agent].executor(framework, id) else { return };
        executor.groups += 1;
        let group = executor.groups;
        for (info, task) in tasks {
            let entry = AgentTask {
                info,
                task,
                group,
                phase: Phase::Queued,
                container: None,
                sandbox: PathBuf::new(),
                killing: false,
                overtime: false,
                pending_kill: None,
                pid: None,
                watcher: None,
                health: Health::default(),
                networks: None,
            };
            executor.tasks.insert(entry.task.task_id.value.clone(), entry);
        }
        if executor.state == ExecutorState::Running {
            self.deliver_group(agent, &(framework.to_owned(), id.to_owned()), group);
        }
    }

    fn on_executor_started(&mut self, agent: usize, key: &(String, String), container: &str) {
        let (networks, simulate) = (self.options.networks.clone(), self.options.simulate);
        let Some(executor) = self.agents[agent].executors.get_mut(key) else { return };
        if executor.container != container || executor.state != ExecutorState::Starting {
            return;
        }
        let prepared = enter_networks(executor, &networks)
            .and_then(|()| if simulate { Ok(()) } else { make_sandbox(executor) });
        if let Err(error) = prepared {
            return self.executor_refused(agent, key, &error);
        }
        if let Some(executor) = self.agents[agent].executors.get_mut(key) {
            executor.state = ExecutorState::Running;
            for group in 1..=executor.groups {
                self.deliver_group(agent, key, group);
            }
        }
    }

    /// The executor's own container was refused: its tasks fail, and it is no more.
    fn executor_refused(&mut self, agent: usize, key: &(String, String), error: &str) {
        let Some(executor) = self.agents[agent].executors.get(key) else { return };
        let tasks: Vec<_> = executor.tasks.keys().cloned().collect();
        self.on_executor_ended(agent, &key.0, &key.1, -1);
        for task in tasks {
            let key = self.key(agent, key, &task);
            self.end_phase(&key);
            let message = format!("Failed to launch container: {error}");
            let reason = Reason::ContainerLaunchFailed;
            self.report(&key, Report::of_agent(TaskState::Failed, reason, &message));
        }
        self.retire_executor(agent, key);
    }

    /// Gives a group to its executor: every task gets a container id and is starting.
    fn deliver_group(&mut self, agent: usize, key: &(String, String), group: u64) {
        let networks = self.options.networks.clone();
        let Some(executor) = self.agents[agent].executors.get_mut(key) else { return };
        let parent = executor.container.clone();
        let mut tasks = Vec::new();
        for (id, task) in &mut executor.tasks {
            if task.group == group && task.phase == Phase::Queued {
                let container = new_id();
                task.sandbox = executor.sandbox.join("containers").join(&container);
                let parent = Some(Box::new(ContainerId::new(&parent)));
                task.container = Some(ContainerId { value: container, parent });
                task.phase = Phase::Launching;
                task.networks = own_network(task.info.container.as_deref(), &networks);
                tasks.push(id.clone());
            }
        }
        let keys: Vec<_> = tasks.iter().map(|task| self.key(agent, key, task)).collect();
        for key in &keys {
            self.report(key, Report::of_executor(TaskState::Starting));
        }
        driver::launch_group(self, keys);
    }

    /// The name of a task.
    pub(super) fn key(&self, agent: usize, key: &(String, String), task: &str) -> TaskKey {
        TaskKey { agent, framework: key.0.clone(), executor: key.1.clone(), task: task.to_owned() }
    }
}

impl super::Agent {
    /// `slaves/<agent>/frameworks/<framework>/executors/<executor>/runs/<container>`.
    fn sandbox(&self, framework: &str, executor: &str, container: &str) -> PathBuf {
        let executors = ["slaves", &self.id, "frameworks", framework, "executors", executor];
        let mut path = self.work.clone();
        path.extend(executors);
        path.join("runs").join(container)
    }
}

/// The id of a framework that has subscribed.
pub(crate) fn framework_id(info: &FrameworkInfo) -> String {
    info.id.as_ref().map(|id| id.value.clone()).unwrap_or_default()
}

/// What a task that never ran becomes.
pub(crate) fn dropped_state(framework: &FrameworkInfo) -> TaskState {
    if framework.has(FrameworkCapabilityType::PartitionAware) {
        TaskState::Dropped
    } else {
        TaskState::Lost
    }
}

fn host_network() -> Vec<NetworkInfo> {
    vec![NetworkInfo { ip_addresses: vec![ip("127.0.0.1")], ..NetworkInfo::default() }]
}

fn ip(address: &str) -> IpAddress {
    IpAddress { ip_address: Some(address.to_owned()), ..IpAddress::default() }
}

fn enter_networks(executor: &mut Executor, networks: &[String]) -> Result<(), String> {
    if let Some(unknown) = unknown_network(executor.info.container.as_deref(), networks) {
        return Err(format!("Unknown CNI network '{unknown}'"));
    }
    if let Some((address, infos)) = own_network(executor.info.container.as_deref(), networks) {
        executor.address = address;
        executor.networks = infos;
    }
    Ok(())
}

fn make_sandbox(executor: &Executor) -> Result<(), String> {
    std::fs::create_dir_all(executor.sandbox.join("tasks"))
        .and_then(|()| std::fs::create_dir_all(executor.sandbox.join("containers")))
        .and_then(|()| latest_run(executor))
        .and_then(|()| std::fs::write(executor.sandbox.join("stdout"), ""))
        .and_then(|()| std::fs::write(executor.sandbox.join("stderr"), ""))
        .map_err(|error| format!("Failed to create '{}': {error}", executor.sandbox.display()))
}

/// `runs/latest` leads to the newest container of an executor.
fn latest_run(executor: &Executor) -> std::io::Result<()> {
    let Some(runs) = executor.sandbox.parent() else { return Ok(()) };
    let latest = runs.join("latest");
    match std::fs::remove_file(&latest) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(&executor.sandbox, latest)
}

/// The first network that no agent knows.
pub(super) fn unknown_network(
    container: Option<&ContainerInfo>,
    networks: &[String],
) -> Option<String> {
    let infos = container.map_or(&[][..], |container| &container.network_infos);
    let mut names = infos.iter().filter_map(|info| info.name.as_ref());
    names.find(|name| !networks.contains(name)).cloned()
}

/// The address and the status of a container on networks of its own; `None` on its parent's or the host's.
fn own_network(
    container: Option<&ContainerInfo>,
    networks: &[String],
) -> Option<(String, Vec<NetworkInfo>)> {
    let infos = container.map_or(&[][..], |container| &container.network_infos);
    if !infos.iter().any(|info| info.name.as_ref().is_some_and(|name| networks.contains(name))) {
        return None;
    }
    let address = pretended_address();
    let shown = |info: &NetworkInfo| NetworkInfo {
        ip_addresses: vec![ip(if info.name.is_some() { &address } else { "127.0.0.1" })],
        ..info.clone()
    };
    let infos = infos.iter().map(shown).collect();
    Some((address, infos))
}

/// A loopback address that no other instance has: 127.64.0.1 and up, by chance among four million.
fn pretended_address() -> String {
    let random = uuid::Uuid::new_v4();
    let bytes = random.as_bytes();
    format!("127.{}.{}.{}", 64 + bytes[0] % 64, bytes[1], 1 + bytes[2] % 254)
}
