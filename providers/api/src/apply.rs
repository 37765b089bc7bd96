//! The apply session: steps in; intents, outcomes and events out.

use podform_model::step::Step;
use podform_model::{Address, Intent, Outcome};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What holds for a whole session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyRequest {
    /// How many pods may be in flight at once; `None`: the provider's own bound.
    #[serde(default)]
    pub parallelism: Option<u32>,
    /// No pod of this provider will be left in the state after the steps: when they succeed the
    /// provider may end its registration with the cluster, if that is safe.
    #[serde(default)]
    pub last: bool,
}

/// What the session has for the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "next", rename_all = "snake_case")]
pub enum Next {
    /// New steps; all that are ready, so that many pods can be packed together.
    Steps {
        /// The steps.
        steps: Vec<Step>,
    },
    /// Nothing new yet.
    Wait,
    /// The user wants to stop: start nothing more, let what runs settle, say its outcomes, return.
    Cancelled,
    /// No more steps will come: return when the last one is done.
    Finished,
}

/// Whether an intent may be followed by its action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proceed {
    /// It is durable: act.
    Go,
    /// It could not be made durable, or the run ends: do not act.
    Stop,
}

/// What kind of progress it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Something happened: an instance was launched, is ready, was stopped.
    Progress,
    /// What is being waited for now; replaces the former one of the same pod.
    Waiting,
    /// Something went wrong that will be tried again.
    Retry,
}

/// Progress, to be shown and forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The pod; `None`: the provider as a whole.
    pub address: Option<Address>,
    /// What kind.
    pub kind: EventKind,
    /// A lower-case fragment: `instance 2 of 3 is ready on node1`.
    pub message: String,
}

/// The host's side of an apply session. Calls may come from several threads of the provider.
pub trait ApplySession: Send + Sync {
    /// Takes what is new, waiting for it at most this long. [`Next::Cancelled`] and
    /// [`Next::Finished`] are repeated at every later call.
    fn next(&self, wait: Duration) -> Next;

    /// Makes records durable and returns then. On [`Proceed::Stop`] the action must not happen.
    fn intend(&self, intents: Vec<Intent>) -> Proceed;

    /// Records what became of an intent or step.
    fn outcome(&self, outcome: Outcome);

    /// Shows progress.
    fn event(&self, event: Event);
}
