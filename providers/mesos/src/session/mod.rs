//! The apply session: the scheduler's state machine, and what drives it.
//!
//! [`machine::Machine`] does no IO: it takes [`Input`]s and the time, and gives [`Output`]s. What
//! drives it does an output's parts in their order: events, outcomes, intents (which must be
//! durable), and only then calls.

pub(crate) mod driver;
pub(crate) mod instance;
pub(crate) mod machine;
mod matching;
pub(crate) mod prepare;
mod report;
pub(crate) mod run;
pub(crate) mod task;
mod teardown;
#[cfg(test)]
mod tests;
mod wakes;

use crate::lower::Template;
use podform_mesos_proto::scheduler::{Call, Event as MesosEvent};
use podform_model::{Address, Diagnostic, Intent, Outcome};
use podform_provider::{Event, EventKind, Step, StepId};
use std::sync::Arc;

/// A step with everything that had to be looked up for it.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// The step.
    pub(crate) step: Step,
    /// What is launched; `None`: nothing is, or it could not be prepared.
    pub(crate) template: Option<Arc<Template>>,
    /// Why the step cannot be done.
    pub(crate) problem: Option<Diagnostic>,
}

/// What the machine is told.
#[derive(Debug)]
pub(crate) enum Input {
    /// New steps.
    Steps(Vec<Prepared>),
    /// No more steps will come.
    Finished,
    /// Nothing more is to be started.
    Cancelled,
    /// An event of the stream; SUBSCRIBED opens it.
    Event(Box<MesosEvent>),
    /// The stream ended, or could not be opened: why.
    Lost(String),
    /// The master refused a call: its text.
    Refused(Box<Call>, String),
    /// The output of a container that was asked for; `None`: it could not be read.
    Output(StepId, Option<String>),
}

/// The output of a container, to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetch {
    /// Who asks.
    pub(crate) step: StepId,
    /// The agent's API, `host:port`.
    pub(crate) agent_url: String,
    /// The framework.
    pub(crate) framework: String,
    /// The executor.
    pub(crate) executor: String,
    /// The task.
    pub(crate) task: String,
}

/// How a session ends before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// All is done.
    Done,
    /// Another run took the framework over.
    Superseded,
    /// The master could not be reached for too long: why.
    Unreachable(String),
    /// The master refused the framework: its text.
    Refused(String),
}

/// What is to be done, in this order.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// Progress.
    pub(crate) events: Vec<Event>,
    /// What became of intents and steps.
    pub(crate) outcomes: Vec<Outcome>,
    /// What is about to be done.
    pub(crate) intents: Vec<Intent>,
    /// The subscription to open (a former stream is dropped).
    pub(crate) subscribe: Option<Box<Call>>,
    /// The calls to make, in order.
    pub(crate) calls: Vec<Call>,
    /// Outputs of containers to read.
    pub(crate) fetches: Vec<Fetch>,
    /// The session is over.
    pub(crate) end: Option<End>,
}

impl Output {
    /// Adds progress of a pod.
    fn say(&mut self, address: &Address, kind: EventKind, message: impl Into<String>) {
        self.events.push(Event { address: Some(address.clone()), kind, message: message.into() });
    }
}
