//! The order of an apply as a pure state machine: what is ready is handed out, what is done is
//! told, until nothing is left.

use crate::graph::{Node, Phase, graph};
use crate::model::Plan;
use podform_model::Address;
use podform_model::step::StepId;
use std::collections::BTreeSet;

/// A step that may begin: everything that it waits for is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyStep {
    /// Its number within the run, from 1.
    pub id: StepId,
    /// The index of its change in [`Plan::changes`].
    pub change: usize,
    /// Which half of the change.
    pub phase: Phase,
}

/// A step that is never done, because one that it waits for failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedStep {
    /// The index of its change in [`Plan::changes`].
    pub change: usize,
    /// Which half of the change.
    pub phase: Phase,
    /// The pod whose step failed.
    pub because: Address,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// Hands out the steps of a plan in order: all that are ready at once.
#[derive(Debug)]
pub struct Schedule {
    nodes: Vec<Node>,
    no_op: Vec<bool>,
    state: Vec<State>,
    /// How many nodes each one still waits for.
    open: Vec<usize>,
    /// Who waits for each node.
    waiters: Vec<Vec<usize>>,
    addresses: Vec<Address>,
    ready: BTreeSet<usize>,
    skipped: Vec<SkippedStep>,
    unfinished: usize,
}

impl Schedule {
    /// The schedule of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let graph = graph(&plan.changes);
        let count = graph.nodes.len();
        let mut waiters = vec![Vec::new(); count];
        for (node, needs) in graph.needs.iter().enumerate() {
            for &need in needs {
                waiters[need].push(node);
            }
        }
        let open: Vec<usize> = graph.needs.iter().map(BTreeSet::len).collect();
        let mut schedule = Self {
            no_op: graph.nodes.iter().map(|node| plan.changes[node.change].is_no_op()).collect(),
            addresses: plan.changes.iter().map(|change| change.address.clone()).collect(),
            ready: BTreeSet::new(),
            nodes: graph.nodes,
            state: vec![State::Waiting; count],
            open,
            waiters,
            skipped: Vec::new(),
            unfinished: count,
        };
        for node in 0..count {
            if schedule.open[node] == 0 {
                schedule.release(node);
            }
        }
        schedule
    }

    /// All steps that may begin now and were not handed out before.
    pub fn ready(&mut self) -> Vec<ReadyStep> {
        let ready = std::mem::take(&mut self.ready);
        ready
            .into_iter()
            .map(|node| {
                self.state[node] = State::Running;
                ReadyStep {
                    id: step_id(node),
                    change: self.nodes[node].change,
                    phase: self.nodes[node].phase,
                }
            })
            .collect()
    }

    /// Tells that a step is done, or failed. What waits for a failed one is skipped. A step that is
    /// not running is left alone.
    pub fn finish(&mut self, step: StepId, ok: bool) {
        let node = (step as usize).wrapping_sub(1);
        if self.state.get(node) != Some(&State::Running) {
            return;
        }
        if ok {
            self.done(node);
        } else {
            self.close(node, State::Failed);
            self.skip_waiters(node);
        }
    }

    /// Whether no step is left: each was done, failed or was skipped.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.unfinished == 0
    }

    /// The steps that will not be done, in the order in which that became clear.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedStep] {
        &self.skipped
    }

    /// How many steps there are, no-ops not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.no_op.iter().filter(|no_op| !**no_op).count()
    }

    /// Whether there is no step at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A node that waits for nothing more becomes ready; a no-op is done at once.
    fn release(&mut self, node: usize) {
        if self.state[node] != State::Waiting {
            return;
        }
        if self.no_op[node] {
            self.done(node);
        } else {
            self.ready.insert(node);
        }
    }

    /// Closes a node and those no-ops that waited for it alone.
    fn done(&mut self, node: usize) {
        let mut done = vec![node];
        while let Some(node) = done.pop() {
            self.close(node, State::Done);
            for at in 0..self.waiters[node].len() {
                let waiter = self.waiters[node][at];
                self.open[waiter] -= 1;
                if self.open[waiter] > 0 || self.state[waiter] != State::Waiting {
                    continue;
                }
                if self.no_op[waiter] {
                    done.push(waiter);
                } else {
                    self.ready.insert(waiter);
                }
            }
        }
    }

    fn skip_waiters(&mut self, failed: usize) {
        let because = self.addresses[self.nodes[failed].change].clone();
        let mut next = self.waiters[failed].clone();
        while let Some(node) = next.pop() {
            if self.state[node] != State::Waiting {
                continue;
            }
            self.close(node, State::Skipped);
            self.ready.remove(&node);
            if !self.no_op[node] {
                let Node { change, phase } = self.nodes[node];
                self.skipped.push(SkippedStep { change, phase, because: because.clone() });
            }
            next.extend_from_slice(&self.waiters[node]);
        }
    }

    fn close(&mut self, node: usize, state: State) {
        self.state[node] = state;
        self.unfinished -= 1;
    }
}

/// The number of a node's step. A plan has far fewer than 2³² nodes.
fn step_id(node: usize) -> StepId {
    StepId::try_from(node + 1).unwrap_or(StepId::MAX)
}
