//! The apply session as a plugin sees it: each call goes to the host.

use crate::host::HostLink;
use podform_plugin_abi::{HostAnswer, HostCall};
use podform_provider::{ApplySession, Event, Intent, Next, Outcome, Proceed};
use std::borrow::Cow;
use std::time::Duration;

/// A session whose other end is the host.
pub(crate) struct HostSession {
    pub(crate) host: HostLink,
    /// The id of the `apply` request.
    pub(crate) id: u64,
}

impl ApplySession for HostSession {
    fn next(&self, wait: Duration) -> Next {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        match self.host.ask(self.id, &HostCall::Next { wait_ms }) {
            HostAnswer::Next(next) => next,
            _ => Next::Cancelled,
        }
    }

    fn intend(&self, intents: Vec<Intent>) -> Proceed {
        match self.host.ask(self.id, &HostCall::Intend(Cow::Owned(intents))) {
            HostAnswer::Intend(proceed) => proceed,
            _ => Proceed::Stop,
        }
    }

    fn outcome(&self, outcome: Outcome) {
        self.host.ask(self.id, &HostCall::Outcome(Cow::Owned(outcome)));
    }

    fn event(&self, event: Event) {
        self.host.notify(self.id, &HostCall::Event(Cow::Owned(event)));
    }
}
