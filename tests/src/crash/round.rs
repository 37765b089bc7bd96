//! One round: what is done, who is killed, and what must hold afterwards.

use crate::env::{Output, TestEnv};
use podform_state::{Snapshot, State, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// What podform does when it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// `podform apply`
    Apply,
    /// `podform destroy`
    Destroy,
}

impl Operation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Destroy => "destroy",
        }
    }
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Victim {
    /// podform alone.
    Podform,
    /// The process of its plugin alone.
    Plugin,
    /// Both, podform first.
    Both,
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Podform => "podform",
            Self::Plugin => "plugin",
            Self::Both => "both",
        })
    }
}

/// What a round was.
pub(super) struct Round {
    pub(super) operation: Operation,
    pub(super) victim: Victim,
    pub(super) after: Duration,
    pub(super) at_work: bool,
    pub(super) batches: u64,
    pub(super) pending: usize,
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, victim, after, at_work, batches, pending } = self;
        let when = if *at_work { "at work" } else { "at the end" };
        write!(
            f,
            "{:8} {victim:8} killed {when} after {:5} ms; journal {batches:3}, pending {pending:2}",
            operation.name(),
            after.as_millis()
        )
    }
}

/// Fails with everything that podform said, unless it ended with 0.
pub(super) fn expect_ok(output: &Output, what: &str) -> Result<(), String> {
    if output.code == Some(0) {
        return Ok(());
    }
    let Output { code, stdout, stderr } = output;
    Err(format!("{what} ended with {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"))
}

/// The state with its journal.
pub(super) fn read_state(env: &TestEnv) -> Result<Snapshot, String> {
    Store::read(&env.work().join("podform.state.json"))
        .map_err(|error| format!("the state cannot be read: {error}"))
}

/// Every pod is there, with its instances and nothing half done.
pub(super) fn check_state(state: &State, pods: u32, instances: u32) -> Result<(), String> {
    if state.pods.len() != pods as usize {
        return Err(format!("{} pods in the state, not {pods}", state.pods.len()));
    }
    if !state.pending.is_empty() || !state.tombstones.is_empty() || !state.deleting.is_empty() {
        return Err(format!(
            "left in the state: pending {:?}, tombstones {:?}, deleting {:?}",
            state.pending, state.tombstones, state.deleting
        ));
    }
    for (address, pod) in &state.pods {
        let slots: BTreeSet<u32> = pod.instances.iter().map(|i| i.slot).collect();
        let current = pod.instances.iter().all(|i| i.generation == pod.generation);
        if pod.instances.len() != instances as usize
            || slots.len() != pod.instances.len()
            || !current
        {
            return Err(format!("{address} has not {instances} instances: {:?}", pod.instances));
        }
    }
    Ok(())
}

/// Every live executor is an instance of the state, and every instance is live, once.
pub(super) fn compare(state: &State, executors: &[String]) -> Result<(), String> {
    let mut live: BTreeMap<&str, u32> = BTreeMap::new();
    for executor in executors {
        *live.entry(executor).or_default() += 1;
    }
    let mut recorded: BTreeMap<&str, u32> = BTreeMap::new();
    for instance in state.pods.values().flat_map(|pod| &pod.instances) {
        *recorded.entry(&instance.id).or_default() += 1;
    }
    if live == recorded {
        return Ok(());
    }
    let only = |a: &BTreeMap<&str, u32>, b: &BTreeMap<&str, u32>| {
        a.iter().filter(|(id, n)| b.get(*id) != Some(n)).map(|(id, _)| (*id).to_owned()).collect()
    };
    let orphans: Vec<String> = only(&live, &recorded);
    let lost: Vec<String> = only(&recorded, &live);
    Err(format!(
        "orphaned or twice on the cluster: {orphans:?}; in the state, but not live: {lost:?}"
    ))
}
