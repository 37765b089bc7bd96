//! A session that follows a script and remembers what it is told.

use super::Writes;
use crate::{ApplySession, Event, Intent, Next, Outcome, Proceed, Step};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a session was told, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// Intents, and the writes that were made before they were answered.
    Intend(Vec<Intent>, u64),
    /// An outcome.
    Outcome(Box<Outcome>),
}

/// Gives out steps once, then an end.
pub(super) struct Script<'a> {
    steps: Mutex<Vec<Step>>,
    end: Next,
    proceed: Proceed,
    writes: Writes<'a>,
    told: Mutex<Vec<Told>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Script<'a> {
    pub(super) fn new(steps: Vec<Step>, end: Next, proceed: Proceed, writes: Writes<'a>) -> Self {
        Self { steps: Mutex::new(steps), end, proceed, writes, told: Mutex::default() }
    }

    pub(super) fn told(self) -> Vec<Told> {
        self.told.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ApplySession for Script<'_> {
    fn next(&self, _: Duration) -> Next {
        let mut steps = lock(&self.steps);
        if steps.is_empty() {
            self.end.clone()
        } else {
            Next::Steps { steps: std::mem::take(&mut steps) }
        }
    }

    fn intend(&self, intents: Vec<Intent>) -> Proceed {
        let writes = (self.writes)();
        lock(&self.told).push(Told::Intend(intents, writes));
        self.proceed
    }

    fn outcome(&self, outcome: Outcome) {
        lock(&self.told).push(Told::Outcome(Box::new(outcome)));
    }

    fn event(&self, _: Event) {}
}
