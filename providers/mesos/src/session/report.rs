//! What a run tells the user: what it waits for, and why it failed.

use super::instance::{Instance, Part};
use super::run::Run;
use super::task::Readiness;
use crate::stderr::{Hidden, LINES, last_lines};
use podform_model::{Address, Diagnostic, code};
use std::collections::BTreeSet;

/// How many containers are named in a text.
const SHOWN: usize = 5;

/// A span of time in words.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds >= 120.0 && seconds % 60.0 == 0.0 {
        format!("{}m", seconds / 60.0)
    } else {
        let rounded = (seconds * 1000.0).round() / 1000.0;
        format!("{rounded}s")
    }
}

/// An instance in words.
pub(crate) fn name(instance: &Instance) -> String {
    let slot = instance.record.slot;
    match &instance.record.host {
        Some(host) => format!("instance {slot} on {host}"),
        None => format!("instance {slot}"),
    }
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What a run waits for; empty: nothing.
pub(crate) fn waiting(run: &Run, now: f64) -> String {
    let mut parts = Vec::new();
    let placing = run.placing();
    if placing > 0 && !run.shortage.is_empty() {
        parts.push(format!(
            "for room for {}: {}",
            plural(placing, "instance"),
            run.shortage.lines().join("; ")
        ));
    } else if placing > 0 {
        parts.push(format!("for an offer for {}", plural(placing, "instance")));
    }
    let slow: Vec<String> = unready(run, now);
    if !slow.is_empty() {
        parts.push(format!("for {}", slow.join(", ")));
    }
    let stopping = run.instances.values().filter(|instance| instance.kill.is_some()).count();
    if stopping > 0 {
        parts.push(format!("for {} to stop", plural(stopping, "instance")));
    }
    if parts.is_empty() { String::new() } else { format!("waiting {}", parts.join("; ")) }
}

/// The containers that are not ready, and what they are.
fn unready(run: &Run, now: f64) -> Vec<String> {
    let mut slow = Vec::new();
    let mut more = 0;
    let instances = run
        .instances
        .values()
        .filter(|instance| matches!(instance.part, Part::New | Part::Kept) && !instance.ready);
    for instance in instances {
        for task in &instance.tasks {
            if task.readiness(now) == Readiness::Ready {
                continue;
            }
            let state = match (task.state, task.healthy, task.about.checked) {
                (None, ..) => "being launched".to_owned(),
                (Some(podform_mesos_proto::TaskState::Running), Some(false), _) => {
                    "unhealthy".to_owned()
                }
                (Some(podform_mesos_proto::TaskState::Running), None, true) => {
                    "no result of its health check yet".to_owned()
                }
                (Some(podform_mesos_proto::TaskState::Running), ..) => "just started".to_owned(),
                (Some(state), ..) => state.name().to_owned(),
            };
            more += usize::from(slow.len() >= SHOWN);
            if slow.len() >= SHOWN {
                continue;
            }
            let name = &task.about.container;
            slow.push(format!(
                "container \"{name}\" of instance {} ({state})",
                instance.record.slot
            ));
        }
    }
    if more > 0 {
        slow.push(format!("{more} more"));
    }
    slow
}

/// Why a run is out of time.
pub(crate) fn timeout(run: &Run, now: f64) -> Diagnostic {
    let limit = seconds(run.step.timeout);
    let address = &run.step.address;
    let leaving = run.instances.values().filter(|i| i.part == Part::Leaving).count();
    let slow = unready(run, now);
    let placing = run.placing();
    // A launch that failed says more than that another attempt is under way.
    let launching =
        !run.slots.is_empty() || run.instances.values().any(|i| i.part == Part::New && !i.ready);
    let diagnostic = if let Some(failure) = run.failure.as_ref().filter(|_| launching) {
        Diagnostic::error(code::PROVIDER_POD_FAILED, failure.text.clone())
            .detail(format!("It was tried again until the time of {limit} was over."))
    } else if placing > 0 {
        let lines = run.shortage.lines();
        let detail = if lines.is_empty() {
            "No agent offered resources to the pod's role.".to_owned()
        } else {
            format!("What is short:\n{}", lines.join("\n"))
        };
        let text = format!("no agent has room for {}", plural(placing, "instance"));
        Diagnostic::error(code::PROVIDER_TIMEOUT, text)
            .detail(detail)
            .help("free resources on an agent, or lower what the pod asks for, and apply again")
    } else if !slow.is_empty() {
        let text = format!("not ready within {limit}: {}", slow.join(", "));
        Diagnostic::error(code::PROVIDER_TIMEOUT, text)
            .detail("What runs stays and is recorded; the next apply continues.")
    } else if leaving > 0 {
        let text = format!("{} did not stop within {limit}", plural(leaving, "instance"));
        Diagnostic::error(code::PROVIDER_TIMEOUT, text)
    } else {
        Diagnostic::error(code::PROVIDER_TIMEOUT, format!("not done within {limit}"))
    };
    let diagnostic = match run.refused_by.len() {
        agents if agents > 0 && !run.slots.is_empty() => {
            let texts: BTreeSet<&str> = run.refused_by.values().map(String::as_str).collect();
            let texts: Vec<&str> = texts.into_iter().collect();
            let agents = plural(agents, "agent");
            let more = format!("Not tried again: {agents} that dropped it ({})", texts.join("; "));
            add_detail(diagnostic, &more)
        }
        _ => diagnostic,
    };
    diagnostic.at(address)
}

fn add_detail(mut diagnostic: Diagnostic, more: &str) -> Diagnostic {
    diagnostic.detail = Some(match diagnostic.detail.take() {
        Some(detail) => format!("{detail}\n{more}"),
        None => more.to_owned(),
    });
    diagnostic
}

/// Adds the last lines of a container's stderr, without secrets.
pub(crate) fn add_output(diagnostic: &mut Diagnostic, hidden: &Hidden, text: &str) {
    let lines = last_lines(&hidden.mask(text));
    if lines.trim().is_empty() {
        return;
    }
    let more = format!("The last lines (at most {LINES}) of its stderr:\n{lines}");
    *diagnostic = add_detail(diagnostic.clone(), &more);
}

/// Mesos refused the pod.
pub(crate) fn refused(address: &Address, text: &str) -> Diagnostic {
    Diagnostic::error(code::PROVIDER_REFUSED, format!("Mesos refused the pod: {text}")).at(address)
}

/// The run was cancelled.
pub(crate) fn cancelled(address: &Address) -> Diagnostic {
    Diagnostic::error(code::CLI_CANCELLED, "stopped before it was done").at(address)
}

/// An instance that seemed gone is there.
pub(crate) fn alive_after_all(address: &Address, id: &str) -> Diagnostic {
    Diagnostic::error(code::PROVIDER_POD_FAILED, format!("instance `{id}` is alive after all"))
        .help("plan again")
        .at(address)
}

/// Of an instance that seemed gone nothing is known.
pub(crate) fn not_known(address: &Address, id: &str) -> Diagnostic {
    let text = format!("it is not known whether instance `{id}` still runs");
    Diagnostic::error(code::PROVIDER_POD_FAILED, text)
        .detail("The master does not answer for its agent. Nothing is launched in its place.")
        .help("plan again when the agent is back")
        .at(address)
}

/// An instance cannot be stopped because its tasks are not known.
pub(crate) fn no_tasks(address: &Address, id: &str) -> Diagnostic {
    let text = format!("the tasks of instance `{id}` are not known");
    Diagnostic::error(code::PROVIDER_POD_FAILED, text).at(address)
}
