//! The host's side of one provider's apply session.

use crate::run::Run;
use podform_model::step::Step;
use podform_model::{Intent, Outcome, ProviderRef};
use podform_provider::{ApplySession, Event, Next, Proceed};
use podform_state::Record;
use std::time::{Duration, Instant};

/// How long a provider may sleep in [`ApplySession::next`] at most, so that a cancelled run is
/// noticed soon.
const SLICE: Duration = Duration::from_millis(200);

/// Hands a provider its steps and takes its records.
pub(crate) struct Session<'r, 'a> {
    pub(crate) run: &'r Run<'a>,
    pub(crate) provider: ProviderRef,
    /// How many pods may be in flight at once.
    pub(crate) limit: Option<u32>,
}

impl Session<'_, '_> {
    /// Steps to hand out now, or how the session stands.
    fn poll(&self) -> Next {
        let mut shared = self.run.lock();
        if self.run.cancelled() || shared.broken.is_some() {
            return Next::Cancelled;
        }
        let mut steps: Vec<Step> = Vec::new();
        loop {
            shared.collect();
            let room = self.limit.map_or(usize::MAX, |limit| {
                (limit as usize).saturating_sub(shared.in_flight(&self.provider))
            });
            let Some(ready) = (room > 0).then(|| shared.take(&self.provider)).flatten() else {
                break;
            };
            steps.extend(self.run.begin(&mut shared, &self.provider, &ready));
        }
        if !steps.is_empty() {
            if let Err(error) = shared.flush() {
                shared.broken = Some(error);
                return Next::Cancelled;
            }
            for step in &steps {
                self.run.observer.started(&step.address, step.action);
            }
            return Next::Steps { steps };
        }
        if shared.is_over() { Next::Finished } else { Next::Wait }
    }
}

impl ApplySession for Session<'_, '_> {
    fn next(&self, wait: Duration) -> Next {
        let until = Instant::now() + wait;
        loop {
            match self.poll() {
                Next::Wait => {}
                other => return other,
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Next::Wait;
            }
            self.run.wait(left.min(SLICE));
        }
    }

    fn intend(&self, intents: Vec<Intent>) -> Proceed {
        let at = self.run.now();
        let records = intents
            .into_iter()
            .map(|intent| Record::Intent { provider: self.provider.clone(), intent, at })
            .collect();
        let mut shared = self.run.lock();
        if shared.broken.is_some() {
            return Proceed::Stop;
        }
        match shared.writer.append(records) {
            Ok(()) => Proceed::Go,
            Err(error) => {
                shared.broken = Some(error);
                Proceed::Stop
            }
        }
    }

    fn outcome(&self, outcome: Outcome) {
        self.run.outcome(&self.provider, outcome);
    }

    fn event(&self, event: Event) {
        self.run.observer.event(&event);
    }
}
