//! Whether a task group may be launched: all rules in the master's order.

use super::stock::Stock;
use super::task_rules::{self, Place, share_cgroups};
use super::{Framework, resource_rules};
use podform_mesos_proto::{ContainerType, ExecutorInfo, ExecutorType, LaunchGroup, Resource, json};
use std::collections::BTreeSet;

/// The first rule that a group breaks. `free` is what is left of the accepted offers.
pub(super) fn check(
    framework: &Framework,
    agent: &str,
    group: &LaunchGroup,
    free: &Stock,
) -> Option<String> {
    let id = framework.id();
    let place = Place {
        agent,
        is_known: &|task| framework.books.tasks().contains_key(task),
        is_unreachable: &|task| framework.unreachable.contains_key(task),
    };
    let tasks = &group.task_group.tasks;
    // A real master accepts an empty group and dies of two equal ids; the stand-in refuses both.
    if let Some(text) = impossible(group) {
        return Some(text);
    }
    for task in tasks {
        if let Some(text) = task_rules::task(task, &place) {
            return Some(format!("Task '{}' is invalid: {text}", task.task_id.value));
        }
    }
    let executor = &group.executor;
    let existing = framework.books.executor(agent, &executor.executor_id.value);
    task_rules::executor(executor, &id)
        .or_else(|| existing.and_then(|existing| incompatible(existing, executor)))
        .or_else(|| executor_kind(executor))
        .or_else(|| different_executor(group))
        .or_else(|| task_rules::executor_minimum(executor))
        .or_else(|| shared_amounts(group))
        .or_else(|| fit(group, existing.is_some(), free))
        .or_else(|| cgroups(existing.map(|_| framework), agent, group))
}

fn impossible(group: &LaunchGroup) -> Option<String> {
    if group.task_group.tasks.is_empty() {
        return Some("The task group is empty".to_owned());
    }
    let mut seen = BTreeSet::new();
    let mut ids = group.task_group.tasks.iter().map(|task| &task.task_id.value);
    let repeated = ids.find(|id| !seen.insert(*id))?;
    Some(format!("The task group has two tasks with the ID: {repeated}"))
}

fn incompatible(existing: &ExecutorInfo, executor: &ExecutorInfo) -> Option<String> {
    let compared = |executor: &ExecutorInfo| ExecutorInfo {
        labels: None,
        shutdown_grace_period: None,
        resources: Stock::of(&executor.resources).to_resources(),
        ..executor.clone()
    };
    if compared(existing) == compared(executor) {
        return None;
    }
    let dump = |executor| {
        String::from_utf8_lossy(&json::to_vec(executor).unwrap_or_default()).into_owned()
    };
    let line = "-".repeat(60);
    Some(format!(
        "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID.\n{line}\n\
         Existing ExecutorInfo:\n{}\n{line}\nExecutorInfo:\n{}\n{line}\n",
        dump(existing),
        dump(executor)
    ))
}

fn executor_kind(executor: &ExecutorInfo) -> Option<String> {
    match executor.r#type {
        None => Some("'ExecutorInfo.type' must be set".to_owned()),
        Some(ExecutorType::Unknown) => Some("Unknown executor type".to_owned()),
        _ => executor
            .container
            .as_ref()
            .is_some_and(|container| container.r#type == ContainerType::Docker)
            .then(|| "Docker ContainerInfo is not supported on the executor".to_owned()),
    }
}

fn different_executor(group: &LaunchGroup) -> Option<String> {
    let other =
        group.task_group.tasks.iter().find(|task| {
            task.executor.as_ref().is_some_and(|executor| **executor != group.executor)
        })?;
    Some(format!(
        "The `ExecutorInfo` of task '{}' is different from executor '{}'",
        other.task_id.value, group.executor.executor_id.value
    ))
}

fn shared_amounts(group: &LaunchGroup) -> Option<String> {
    let lists: Vec<&[Resource]> = group
        .task_group
        .tasks
        .iter()
        .map(|task| task.resources.as_slice())
        .chain([group.executor.resources.as_slice()])
        .collect();
    let all = lists.concat();
    if let Some(text) = task_rules::persistence(&all) {
        return Some(format!("Task group and executor use duplicate persistence ID: {text}"));
    }
    if let Some(name) = resource_rules::mixed(&all) {
        return Some(format!(
            "Task group and executor mix revocable and non-revocable resources: \
             Cannot use both revocable and non-revocable '{name}' at the same time"
        ));
    }
    let stocks: Vec<_> = lists.iter().map(|list| Stock::of(list)).collect();
    let overlaps = stocks
        .iter()
        .enumerate()
        .any(|(index, stock)| stocks[index + 1..].iter().any(|other| stock.overlaps(other)));
    let shown: Vec<_> = stocks[..stocks.len() - 1].iter().map(ToString::to_string).collect();
    overlaps.then(|| {
        format!(
            "There are overlapping resources in the task group's task resources [ {} ] \
             and/or executor resources {}",
            shown.join(", "),
            stocks[stocks.len() - 1]
        )
    })
}

fn fit(group: &LaunchGroup, executor_runs: bool, free: &Stock) -> Option<String> {
    let total = total(group, executor_runs);
    (!free.contains(&total)).then(|| {
        format!(
            "Total resources {total} required by task group and its executor are more than \
             available {free}"
        )
    })
}

/// What a group takes: its tasks and, unless it runs already, its executor.
pub(super) fn total(group: &LaunchGroup, executor_runs: bool) -> Stock {
    let mut total = Stock::default();
    for task in &group.task_group.tasks {
        total.add_all(&task.resources);
    }
    if !executor_runs {
        total.add_all(&group.executor.resources);
    }
    total
}

/// `framework` when the executor runs already: then it may have tasks.
fn cgroups(framework: Option<&Framework>, agent: &str, group: &LaunchGroup) -> Option<String> {
    let linux = group.executor.container.as_ref().and_then(|info| info.linux_info.as_ref());
    if linux.and_then(|linux| linux.share_cgroups) == Some(true) {
        let text = "The 'share_cgroups' field cannot be set to 'true' on executor containers";
        return Some(text.to_owned());
    }
    let executor = &group.executor.executor_id;
    let known = framework.into_iter().flat_map(|framework| framework.books.tasks().values());
    let known = known
        .filter(|task| task.agent_id.value == agent && task.executor_id.as_ref() == Some(executor));
    let mut shares: BTreeSet<bool> =
        known.map(|task| share_cgroups(task.container.as_deref())).collect();
    let tasks = &group.task_group.tasks;
    shares.extend(tasks.iter().map(|task| share_cgroups(task.container.as_deref())));
    (shares.len() > 1).then(|| {
        "If set, the value of 'share_cgroups' must be the same for all tasks in each task group \
         and under a single executor"
            .to_owned()
    })
}
