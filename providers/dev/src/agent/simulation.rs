//! Tasks without processes, on a cluster that is simulated: state machines that take the same way.
//!
//! A task runs as soon as it was launched, ends when it is told to, and passes its health checks. Its
//! label [`LABEL`] makes it do otherwise.

use super::{Control, Report, TaskKey, Watcher, environment, launch};
use crate::container::process::Program;
use crate::world::World;
use podform_mesos_proto::{HealthCheck, TaskInfo, TaskState};
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// The label of a task that says how it behaves.
const LABEL: &str = "simulate";

/// What may stand in [`LABEL`].
const FORMS: &str = "`refuse`, `exit STATUS`, `exit STATUS after SECONDS`, `unhealthy`, \
                     `unhealthy after SECONDS` or `ignore SIGTERM`";

/// How a task behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Behaviour {
    /// It runs until it is told to end.
    Good,
    /// Its container is not started.
    Refuse,
    /// It ends by itself with a status.
    Exit(u8, Duration),
    /// Its health checks fail from a time on.
    Unhealthy(Duration),
    /// It ends only when its grace is over.
    IgnoreTerm,
}

impl Behaviour {
    fn parse(text: &str) -> Option<Self> {
        let words: Vec<_> = text.split_whitespace().collect();
        let (what, span) = match words.as_slice() {
            [what @ .., "after", seconds] => {
                (what, Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?)
            }
            what => (what, Duration::ZERO),
        };
        match what {
            ["refuse"] if span.is_zero() => Some(Self::Refuse),
            ["exit", status] => Some(Self::Exit(status.parse().ok()?, span)),
            ["unhealthy"] => Some(Self::Unhealthy(span)),
            ["ignore", "SIGTERM"] if span.is_zero() => Some(Self::IgnoreTerm),
            _ => None,
        }
    }

    fn of(task: &TaskInfo) -> Result<Self, String> {
        let label = task.labels.as_ref().and_then(|labels| labels.get(LABEL));
        if let Some(text) = label {
            return Self::parse(text).ok_or_else(|| {
                format!("The label '{LABEL}' says '{text}', which is none of {FORMS}")
            });
        }
        // What a launcher without a program does.
        let program = environment::program(task.command.as_ref());
        let idle = matches!(program, Program::Nothing) && environment::image_type(task).is_none();
        Ok(if idle { Self::Exit(1, Duration::ZERO) } else { Self::Good })
    }
}

/// Starts the containers of a group.
pub(super) fn launch_group(world: &World, keys: Vec<TaskKey>) {
    world.after(Duration::ZERO, move |world| {
        let mut refused = Vec::new();
        for key in keys {
            if let Err(text) = world.start_simulated(&key) {
                refused.push((key, text));
            }
        }
        for (key, text) in refused {
            world.task_ended(&key, Report::of_executor(TaskState::Failed).message(text));
        }
    });
}

/// Does what the watcher of a process would do.
pub(super) fn obey(world: &mut World, key: &TaskKey, order: Control) {
    let Some((executor, index)) = world.agents[key.agent].task(key) else { return };
    let behaviour = Behaviour::of(&executor.tasks[index].info);
    let (signal, after) = match order {
        Control::Kill => (Signal::KILL, Duration::ZERO),
        Control::Stop(grace) if behaviour == Ok(Behaviour::IgnoreTerm) => (Signal::KILL, grace),
        Control::Stop(_) => (Signal::TERM, Duration::ZERO),
    };
    world.end_simulated(key, ExitStatus::from_raw(signal.as_raw()), after);
}

impl World {
    fn start_simulated(&mut self, key: &TaskKey) -> Result<(), String> {
        let networks = self.options.networks.clone();
        let Some((executor, index)) = self.agents[key.agent].task(key) else { return Ok(()) };
        let task = &executor.tasks[index];
        if !task.is_live() {
            return Ok(());
        }
        if let Some(name) = launch::unknown_network(task.info.container.as_deref(), &networks) {
            return Err(format!("Unknown CNI network '{name}'"));
        }
        let behaviour = Behaviour::of(&task.info)?;
        if behaviour == Behaviour::Refuse {
            return Err("The simulated container was told not to start".to_owned());
        }
        let check = self.on_running(key, None, Watcher::Simulation);
        if let Behaviour::Exit(status, after) = behaviour {
            self.end_simulated(key, ExitStatus::from_raw(i32::from(status) << 8), after);
        }
        if let Some(check) = check {
            let sick = match behaviour {
                Behaviour::Unhealthy(after) => Some(after),
                _ => None,
            };
            self.check_simulated(key.clone(), check, sick, Duration::ZERO);
        }
        self.forget_program(key);
        Ok(())
    }

    /// Ends a container later, so that what is said of it now is said first.
    fn end_simulated(&self, key: &TaskKey, status: ExitStatus, after: Duration) {
        let key = key.clone();
        self.after(after, move |world| world.on_container_ended(&key, status));
    }

    /// Makes the health checks after the first `past` of a task's life; `sick`: from when on they fail. One that passes
    /// for ever is made once.
    fn check_simulated(
        &self,
        key: TaskKey,
        check: HealthCheck,
        sick: Option<Duration>,
        past: Duration,
    ) {
        let seconds = |value: f64| Duration::try_from_secs_f64(value).unwrap_or_default();
        let pause = if past.is_zero() { check.delay_seconds } else { check.interval_seconds };
        // Not zero: a check without any pause would be made for ever at once.
        let pause = seconds(pause).max(Duration::from_millis(1));
        let past = past + pause;
        self.after(pause, move |world| {
            let passed = sick.is_none_or(|sick| past < sick);
            let in_grace = past < seconds(check.grace_period_seconds);
            if world.on_health(&key, &check, passed, in_grace) && sick.is_some() {
                world.check_simulated(key, check, sick, past);
            }
        });
    }

    /// Drops what only a process needs: there may be many thousands of tasks.
    fn forget_program(&mut self, key: &TaskKey) {
        if let Some((executor, index)) = self.agents[key.agent].task(key) {
            let info = &mut executor.tasks[index].info;
            info.command = None;
            info.container = None;
            info.discovery = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_behaviour_is_read_from_words() {
        let seconds = Duration::from_secs;
        for (text, expected) in [
            ("refuse", Some(Behaviour::Refuse)),
            ("exit 3", Some(Behaviour::Exit(3, Duration::ZERO))),
            ("exit 0 after 30", Some(Behaviour::Exit(0, seconds(30)))),
            ("unhealthy", Some(Behaviour::Unhealthy(Duration::ZERO))),
            ("unhealthy after 2", Some(Behaviour::Unhealthy(seconds(2)))),
            ("ignore SIGTERM", Some(Behaviour::IgnoreTerm)),
            ("refuse after 1", None),
            ("exit", None),
            ("exit 256", None),
            ("exit 1 after -1", None),
            ("", None),
        ] {
            assert_eq!(Behaviour::parse(text), expected, "{text}");
        }
    }
}
