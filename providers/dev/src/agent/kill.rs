//! Ending tasks and executors: on request, in a cascade, and for good.

use super::{Control, ExecutorState, Phase, Report, TaskKey, Watcher};
use crate::container::process::describe_end;
use crate::log::say;
use crate::world::World;
use podform_mesos_proto::{DurationInfo, FrameworkCapabilityType, KillPolicy, Reason, TaskState};
use std::process::ExitStatus;
use std::time::Duration;

/// From SIGTERM to SIGKILL, if nobody says otherwise.
const GRACE: Duration = Duration::from_secs(3);

/// How long an executor may take to shut down, if it says nothing.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// How many ended executors an agent remembers.
const REMEMBERED: usize = 1000;

impl super::Agent {
    /// Forgets the oldest ended executor of which nothing waits for an acknowledgement.
    fn forget_oldest(&mut self) {
        let streams = &self.streams;
        let oldest = self.ended_executors.iter().position(|executor| {
            let framework = super::framework_id(&executor.framework);
            executor
                .tasks
                .keys()
                .all(|task| !streams.contains_key(&(framework.clone(), task.clone())))
        });
        if let Some(oldest) = oldest {
            self.ended_executors.remove(oldest);
        }
    }
}

impl World {
    /// The agent got a KILL of a task of an executor.
    pub(crate) fn on_kill(
        &mut self,
        agent: usize,
        key: &(String, String),
        task: &str,
        policy: Option<&KillPolicy>,
    ) {
        let executor = self.agents[agent].executors.get(key);
        let Some(entry) = executor.and_then(|executor| executor.tasks.get(task)) else { return };
        if entry.phase == Phase::Queued {
            let group = entry.group;
            return self.kill_before_delivery(agent, key, group);
        }
        let grace = grace(policy).or_else(|| grace(entry.info.kill_policy.as_ref()));
        let key = self.key(agent, key, task);
        self.stop_task(&key, grace.unwrap_or(GRACE));
    }

    fn kill_before_delivery(&mut self, agent: usize, key: &(String, String), group: u64) {
        let Some(executor) = self.agents[agent].executors.get(key) else { return };
        let tasks: Vec<_> = executor
            .tasks
            .iter()
            .filter(|(_, task)| task.group == group && task.phase == Phase::Queued)
            .map(|(id, _)| id.clone())
            .collect();
        let was_all = executor.tasks.values().all(|task| {
            task.phase == Phase::Ended || (task.group == group && task.phase == Phase::Queued)
        });
        if was_all {
            self.on_executor_ended(agent, &key.0, &key.1, -1);
        }
        for task in tasks {
            let key = self.key(agent, key, &task);
            self.end_phase(&key);
            let text = "A task within the task group was killed before delivery to the executor";
            let reason = Reason::TaskKilledDuringLaunch;
            self.report(&key, Report::of_agent(TaskState::Killed, reason, text));
        }
        if was_all {
            self.retire_executor(agent, key);
        }
    }

    /// Asks a container to end. A second time changes nothing.
    pub(crate) fn stop_task(&mut self, key: &TaskKey, grace: Duration) {
        let Some((executor, index)) = self.agents[key.agent].task(key) else { return };
        let announces = executor.framework.has(FrameworkCapabilityType::TaskKillingState);
        let task = &mut executor.tasks[index];
        if task.killing || !task.is_live() {
            return;
        }
        task.killing = true;
        if task.watcher.is_none() {
            task.pending_kill = Some(grace);
        }
        self.tell(key, Control::Stop(grace));
        if announces {
            self.report(key, Report::of_executor(TaskState::Killing));
        }
    }

    /// The maximum time of a task ran out.
    pub(crate) fn on_overtime(&mut self, key: &TaskKey) {
        let Some((executor, index)) = self.agents[key.agent].task(key) else { return };
        let task = &mut executor.tasks[index];
        if task.is_live() && !task.killing {
            task.killing = true;
            task.overtime = true;
            self.tell(key, Control::Stop(Duration::ZERO));
        }
    }

    /// Tells the watcher of a container what to do; nobody hears it where nothing runs.
    pub(super) fn tell(&mut self, key: &TaskKey, order: Control) {
        let Some((executor, index)) = self.agents[key.agent].task(key) else { return };
        match executor.tasks[index].watcher {
            Some(Watcher::Process(ref sender)) => {
                let _ended_meanwhile = sender.send(order);
            }
            Some(Watcher::Simulation) => super::simulation::obey(self, key, order),
            None => {}
        }
    }

    /// A container and everything in it has ended.
    pub(crate) fn on_container_ended(&mut self, key: &TaskKey, status: ExitStatus) {
        let Some((executor, index)) = self.agents[key.agent].task(key) else { return };
        let task = &executor.tasks[index];
        let (state, reason) = if task.overtime {
            (TaskState::Failed, Some(Reason::MaxCompletionTimeReached))
        } else if task.killing {
            (TaskState::Killed, None)
        } else if status.success() {
            (TaskState::Finished, None)
        } else {
            (TaskState::Failed, None)
        };
        let mut report = Report::of_executor(state).message(describe_end(status));
        report.reason = reason;
        self.task_ended(key, report);
    }

    /// Reports the end of a task, ends the others of its group if it did not finish well, and the
    /// executor after the last one.
    pub(crate) fn task_ended(&mut self, key: &TaskKey, mut report: Report) {
        let Some((executor, index)) = self.agents[key.agent].task(key) else { return };
        if !executor.tasks[index].is_live() {
            return;
        }
        // A flag of the whole executor: once one task was killed for its health, every later end says so.
        report.healthy = executor.unhealthy.then_some(false);
        let group = executor.tasks[index].group;
        let cascades = matches!(report.state, TaskState::Failed | TaskState::Killed);
        say!(self, "task {}: {}", key.task, report.message.as_deref().unwrap_or_default());
        self.end_phase(key);
        self.report(key, report);
        if cascades {
            for other in self.live_tasks(key, Some(group)) {
                self.stop_task(&other, GRACE);
            }
        }
        if self.live_tasks(key, None).is_empty() {
            self.let_executor_end(key);
        }
    }

    pub(super) fn end_phase(&mut self, key: &TaskKey) {
        if let Some((executor, index)) = self.agents[key.agent].task(key) {
            let task = &mut executor.tasks[index];
            task.phase = Phase::Ended;
            task.watcher = None;
        }
    }

    fn live_tasks(&mut self, key: &TaskKey, group: Option<u64>) -> Vec<TaskKey> {
        let Some(executor) = self.agents[key.agent].executor(&key.framework, &key.executor) else {
            return Vec::new();
        };
        let live = executor
            .tasks
            .iter()
            .filter(|(_, task)| task.is_live() && group.is_none_or(|group| task.group == group));
        live.map(|(id, _)| TaskKey { task: id.clone(), ..key.clone() }).collect()
    }

    fn let_executor_end(&mut self, key: &TaskKey) {
        let key = key.clone();
        let linger = self.options.timing.executor_stop;
        self.after(linger, move |world| {
            if !world.live_tasks(&key, None).is_empty() {
                return;
            }
            let id = (key.framework.clone(), key.executor.clone());
            let known = world.agents[key.agent].executors.get(&id);
            if known.is_some_and(|executor| !executor.silent) {
                world.on_executor_ended(key.agent, &key.framework, &key.executor, 0);
            }
            world.retire_executor(key.agent, &id);
        });
    }

    /// Moves an executor to those that ended.
    pub(super) fn retire_executor(&mut self, agent: usize, key: &(String, String)) {
        let agent = &mut self.agents[agent];
        if let Some(executor) = agent.executors.swap_remove(key) {
            agent.ended_executors.push_back(executor);
        }
        if agent.ended_executors.len() > REMEMBERED {
            agent.forget_oldest();
        }
    }

    /// The agent got a SHUTDOWN of an executor.
    pub(crate) fn on_shutdown_executor(&mut self, agent: usize, framework: &str, id: &str) {
        let Some(executor) = self.agents[agent].executor(framework, id) else { return };
        if executor.state == ExecutorState::Terminating {
            return;
        }
        executor.state = ExecutorState::Terminating;
        let period = executor.info.shutdown_grace_period.as_ref().map_or(SHUTDOWN, duration);
        let any = self.key(agent, &(framework.to_owned(), id.to_owned()), "");
        for key in self.live_tasks(&any, None) {
            self.stop_task(&key, GRACE);
        }
        if self.live_tasks(&any, None).is_empty() {
            self.let_executor_end(&any);
        }
        self.after(period, move |world| world.on_shutdown_timeout(&any));
    }

    /// What did not end within the executor's shutdown period is destroyed with it.
    fn on_shutdown_timeout(&mut self, any: &TaskKey) {
        for key in self.live_tasks(any, None) {
            self.tell(&key, Control::Kill);
            let reason = Reason::ExecutorTerminated;
            let report = Report::of_agent(TaskState::Failed, reason, "Executor terminated");
            self.task_ended(&key, report);
        }
    }

    /// The framework is gone: everything of it ends, and nothing is reported.
    pub(crate) fn on_shutdown_framework(&mut self, agent: usize, framework: &str) {
        let keys: Vec<_> = self.agents[agent]
            .executors
            .keys()
            .filter(|(owner, _)| owner == framework)
            .cloned()
            .collect();
        self.agents[agent].streams.retain(|(owner, _), _| owner != framework);
        for (_, id) in keys {
            if let Some(executor) = self.agents[agent].executor(framework, &id) {
                executor.silent = true;
            }
            self.on_shutdown_executor(agent, framework, &id);
        }
    }
}

/// The span of a message.
pub(crate) fn duration(info: &DurationInfo) -> Duration {
    Duration::from_nanos(u64::try_from(info.nanoseconds).unwrap_or_default())
}

fn grace(policy: Option<&KillPolicy>) -> Option<Duration> {
    policy.and_then(|policy| policy.grace_period.as_ref()).map(duration)
}
