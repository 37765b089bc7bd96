//! What happens outside the lock: starting containers, waiting for their end, checking their health.

use super::prepare::{self, Launch, Refused};
use super::{Control, Health, Phase, Report, TaskKey, Watcher, simulation};
use crate::container::check;
use crate::container::process::{self, Spec};
use crate::log::say;
use crate::world::{Shared, World, lock};
use podform_mesos_proto::{HealthCheck, Reason, TaskState};
use rustix::process::Signal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A container that runs.
struct Started {
    child: Child,
    spec: Arc<Spec>,
}

/// Starts the containers of a group side by side. Only when every one was started or refused does
/// the executor say so, so the slowest holds back all.
pub(super) fn launch_group(world: &mut World, keys: Vec<TaskKey>) {
    if world.options.simulate {
        return simulation::launch_group(world, keys);
    }
    let launches: Vec<_> = keys
        .into_iter()
        .filter_map(|key| launch_of(world, &key).map(|launch| (key, launch)))
        .collect();
    let me = world.me.clone();
    tokio::spawn(async move {
        let tasks: Vec<_> = launches
            .into_iter()
            .map(|(key, launch)| (key, tokio::spawn(async move { start(&launch).await })))
            .collect();
        let mut results = Vec::new();
        for (key, task) in tasks {
            let result = task.await.unwrap_or_else(|error| Err(Refused(error.to_string())));
            results.push((key, result));
        }
        match me.upgrade() {
            Some(shared) => group_launched(&shared, results),
            // The cluster ended meanwhile: what was started for it must not stay.
            None => {
                for (_, result) in results {
                    if let Ok(started) = result {
                        process::destroy(started.child.id(), &started.spec.sandbox).await;
                    }
                }
            }
        }
    });
}

fn launch_of(world: &mut World, key: &TaskKey) -> Option<Launch> {
    let (images_host, known) = (world.options.images_host, world.options.networks.clone());
    let (executor, index) = world.agents[key.agent].task(key)?;
    let task = &executor.tasks[index];
    let unknown = super::launch::unknown_network(task.info.container.as_deref(), &known);
    let own = task.networks.as_ref();
    let address = own.map_or(&executor.address, |(address, _)| address);
    let launch = Launch {
        task: task.info.clone(),
        alias: executor.sandbox.join("tasks").join(&key.task),
        parent_sandbox: executor.sandbox.clone(),
        sandbox: task.sandbox.clone(),
        address: address.clone(),
        own_network: address != "127.0.0.1",
        framework_user: executor.framework.user.clone(),
        refusal: unknown.map(|name| format!("Unknown CNI network '{name}'")),
        images_host,
    };
    if images_host && super::environment::image_type(&launch.task).is_some() {
        say!(world, "task {}: its command runs on the host, without its image", key.task);
    }
    Some(launch)
}

async fn start(launch: &Launch) -> Result<Started, Refused> {
    let (child, spec) = prepare::start(launch).await?;
    if let Err(error) = prepare::alias(launch) {
        process::destroy(child.id(), &spec.sandbox).await;
        return Err(Refused(error.to_string()));
    }
    Ok(Started { child, spec: Arc::new(spec) })
}

type Launched = (TaskKey, Result<Started, Refused>);

fn group_launched(shared: &Shared, results: Vec<Launched>) {
    let mut world = lock(shared);
    let mut refused = Vec::new();
    for (key, result) in results {
        match result {
            Ok(started) => world.on_container_started(shared, &key, started),
            Err(Refused(text)) => refused.push((key, text)),
        }
    }
    for (key, text) in refused {
        world.task_ended(&key, Report::of_executor(TaskState::Failed).message(text));
    }
}

impl World {
    fn on_container_started(&mut self, shared: &Shared, key: &TaskKey, started: Started) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let Some((executor, index)) = self.agents[key.agent].task(key) else {
            tokio::spawn(abandon(started));
            return;
        };
        let address = executor.address.clone();
        if !executor.tasks[index].is_live() {
            tokio::spawn(abandon(started));
            return;
        }
        let (pid, spec) = (started.child.id(), Arc::clone(&started.spec));
        tokio::spawn(watch(Arc::clone(shared), key.clone(), started, receiver));
        if let Some(check) = self.on_running(key, pid, Watcher::Process(sender)) {
            tokio::spawn(check_health(Arc::downgrade(shared), key.clone(), check, spec, address));
        }
    }

    /// A container runs: says so, unless its end was asked for meanwhile. Returns the health check
    /// to begin with.
    pub(super) fn on_running(
        &mut self,
        key: &TaskKey,
        pid: Option<u32>,
        watcher: Watcher,
    ) -> Option<HealthCheck> {
        let (executor, index) = self.agents[key.agent].task(key)?;
        let task = &mut executor.tasks[index];
        task.pid = pid;
        task.phase = Phase::Running;
        task.watcher = Some(watcher);
        let (check, most) = (task.info.health_check.clone(), task.info.max_completion_time.clone());
        if let Some(grace) = task.pending_kill.take() {
            self.tell(key, Control::Stop(grace));
            return None;
        }
        self.report(key, Report::of_executor(TaskState::Running));
        if let Some(most) = most {
            let key = key.clone();
            self.after(super::kill::duration(&most), move |world| world.on_overtime(&key));
        }
        check.map(|check| *check)
    }
}

async fn abandon(mut started: Started) {
    process::destroy(started.child.id(), &started.spec.sandbox).await;
    let _reaped = started.child.wait().await;
}

/// Waits for the end of a container and carries out what it is told meanwhile.
async fn watch(
    shared: Shared,
    key: TaskKey,
    mut started: Started,
    mut control: mpsc::UnboundedReceiver<Control>,
) {
    let group = started.child.id();
    let mut kill_at: Option<Instant> = None;
    let ended = loop {
        let deadline = kill_at.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
        tokio::select! {
            ended = started.child.wait() => break ended,
            Some(order) = control.recv() => match order {
                Control::Stop(grace) => {
                    signal(group, Signal::TERM);
                    kill_at = Some(Instant::now() + grace);
                }
                Control::Kill => kill_at = Some(Instant::now()),
            },
            () = tokio::time::sleep_until(deadline) => if kill_at.is_some() {
                signal(group, Signal::KILL);
                kill_at = Some(Instant::now() + Duration::from_secs(1));
            },
        }
    };
    process::destroy(group, &started.spec.sandbox).await;
    let mut world = lock(&shared);
    match ended {
        Ok(status) => world.on_container_ended(&key, status),
        Err(_) => {
            let text = "Unable to retrieve command's termination information";
            world.task_ended(&key, Report::of_executor(TaskState::Failed).message(text));
        }
    }
}

fn signal(pid: Option<u32>, signal: Signal) {
    if let Some(pid) = pid {
        process::signal(pid, signal);
    }
}

/// Checks a task's health until it is being ended.
async fn check_health(
    world: std::sync::Weak<std::sync::Mutex<World>>,
    key: TaskKey,
    check: HealthCheck,
    spec: Arc<Spec>,
    address: String,
) {
    let launched = Instant::now();
    let seconds = |value: f64| Duration::try_from_secs_f64(value).unwrap_or_default();
    tokio::time::sleep(seconds(check.delay_seconds)).await;
    loop {
        let passed = check::attempt(&check, &spec, &address).await;
        let in_grace = launched.elapsed() < seconds(check.grace_period_seconds);
        let Some(shared) = world.upgrade() else { return };
        let goes_on = lock(&shared).on_health(&key, &check, passed, in_grace);
        drop(shared);
        if !goes_on {
            return;
        }
        tokio::time::sleep(seconds(check.interval_seconds)).await;
    }
}

impl World {
    /// One attempt of a health check ended. Returns whether checking goes on.
    pub(super) fn on_health(
        &mut self,
        key: &TaskKey,
        check: &HealthCheck,
        passed: bool,
        in_grace: bool,
    ) -> bool {
        let Some((executor, index)) = self.agents[key.agent].task(key) else { return false };
        let task = &mut executor.tasks[index];
        if task.killing || !task.is_live() {
            return false;
        }
        let before = task.health.last;
        if !passed && in_grace && before.is_none() {
            return true;
        }
        let failures = if passed { 0 } else { task.health.failures + 1 };
        task.health = Health { last: Some(passed), failures };
        if passed && before == Some(true) {
            return true;
        }
        let kills = !passed && failures >= check.consecutive_failures.max(1);
        executor.unhealthy |= kills;
        let policy = executor.tasks[index].info.kill_policy.clone();
        let mut report = Report::of_executor(TaskState::Running);
        report.reason = Some(Reason::TaskHealthCheckStatusUpdated);
        report.healthy = Some(passed);
        self.report(key, report);
        if kills {
            say!(self, "task {}: killed for its health", key.task);
            let executor = (key.framework.clone(), key.executor.clone());
            self.on_kill(key.agent, &executor, &key.task, policy.as_ref());
        }
        !kills
    }

    /// Kills the main process of a running task, as a crash would. Whether there is one.
    pub(crate) fn crash(&mut self, task: &str) -> bool {
        let Some(key) = self.running_task(task) else { return false };
        let Some((executor, index)) = self.agents[key.agent].task(&key) else { return false };
        match executor.tasks[index].watcher {
            Some(Watcher::Process(_)) => signal(executor.tasks[index].pid, Signal::KILL),
            Some(Watcher::Simulation) => simulation::obey(self, &key, Control::Kill),
            None => return false,
        }
        true
    }

    fn running_task(&self, task: &str) -> Option<TaskKey> {
        self.agents.iter().enumerate().find_map(|(agent, known)| {
            let (key, _) = known.executors.iter().find(|(_, executor)| {
                executor.tasks.get(task).is_some_and(|task| task.phase == Phase::Running)
            })?;
            Some(self.key(agent, key, task))
        })
    }

    /// The sandboxes of all containers that may have processes.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        self.agents.iter().map(|agent| agent.work.clone()).collect()
    }
}
