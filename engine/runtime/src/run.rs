//! One apply: the sessions of all providers over one schedule.

use crate::apply::Cancel;
use crate::engine::{Engine, Observer};
use crate::planning::Planned;
use crate::refresh::panicked;
use crate::session::Session;
use crate::shared::Shared;
use podform_model::{Address, Diagnostic, Diagnostics, Outcome, ProviderRef, code};
use podform_plan::ProviderFacts;
use podform_provider::{ApplyRequest, ErrorKind, ObservedInstance, ProviderError};
use podform_state::{Record, Writer};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One apply.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine<'a>,
    pub(crate) planned: &'a Planned,
    pub(crate) facts: BTreeMap<ProviderRef, ProviderFacts>,
    /// What was seen of each pod.
    pub(crate) instances: BTreeMap<Address, Vec<&'a ObservedInstance>>,
    cancel: &'a Cancel,
    pub(crate) observer: &'a dyn Observer,
    shared: Mutex<Shared<'a>>,
    changed: Condvar,
}

impl<'a> Run<'a> {
    /// A run that has not begun.
    pub(crate) fn new(
        engine: &'a Engine<'a>,
        writer: &'a mut Writer,
        planned: &'a Planned,
        cancel: &'a Cancel,
        observer: &'a dyn Observer,
    ) -> Self {
        let mut instances: BTreeMap<Address, Vec<&ObservedInstance>> = BTreeMap::new();
        for seen in planned.observed.values().flat_map(|observed| &observed.instances) {
            instances.entry(seen.address.clone()).or_default().push(seen);
        }
        Self {
            engine,
            planned,
            facts: engine.facts(),
            instances,
            cancel,
            observer,
            shared: Mutex::new(Shared::new(writer, planned)),
            changed: Condvar::new(),
        }
    }

    /// What the sessions left behind.
    pub(crate) fn into_shared(self) -> Shared<'a> {
        self.shared.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared<'a>> {
        // A panic elsewhere left plain data behind; each change of it is complete in itself.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(crate) fn wait(&self, time: Duration) {
        let shared = self.lock();
        drop(self.changed.wait_timeout(shared, time));
    }

    /// Seconds since 1970.
    #[expect(clippy::unused_self, reason = "the clock belongs to the run")]
    pub(crate) fn now(&self) -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |t| t.as_secs_f64())
    }

    pub(crate) fn refuse(
        &self,
        shared: &mut Shared<'a>,
        address: &Address,
        diagnostics: Diagnostics,
    ) {
        if let Some(first) = diagnostics.iter().find(|d| d.is_error()) {
            self.observer.failed(address, first);
        }
        shared.diagnostics.extend(diagnostics);
        shared.finish(address, false);
        self.changed.notify_all();
    }

    /// Records what a provider says.
    pub(crate) fn outcome(&self, provider: &ProviderRef, outcome: Outcome) {
        let mut shared = self.lock();
        let record = Record::Outcome { provider: provider.clone(), outcome: outcome.clone() };
        if shared.broken.is_none()
            && let Err(error) = shared.writer.append(vec![record])
        {
            shared.broken = Some(error);
        }
        match outcome {
            Outcome::Done { address } => {
                let met = self.meets(&mut shared, &address);
                if met && shared.is_active(&address) {
                    self.observer.done(&address);
                }
                shared.finish(&address, met);
            }
            Outcome::Failed { address, diagnostic } => {
                self.observer.failed(&address, &diagnostic);
                shared.diagnostics.push(diagnostic.at(&address));
                shared.finish(&address, false);
            }
            _ => {}
        }
        drop(shared);
        self.changed.notify_all();
    }

    /// Runs the session of one provider to its end.
    pub(crate) fn session(&self, name: &ProviderRef, parallelism: Option<u32>, last: bool) {
        let Some(connected) = self.engine.providers.get(name) else { return };
        let limit = parallelism.or(connected.description.parallelism);
        let session = Session { run: self, provider: name.clone(), limit };
        let request = ApplyRequest { parallelism: limit, last };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            connected.provider.apply(&request, &session)
        }))
        .unwrap_or_else(|_| Err(panicked()));
        self.close(name, result);
    }

    /// Fails the steps that the provider left without an outcome, and those it never took.
    fn close(&self, name: &ProviderRef, result: Result<(), ProviderError>) {
        let mut shared = self.lock();
        let open = shared.active_of(name);
        let cancelled = self.cancelled() || shared.broken.is_some();
        if let Err(error) = &result
            && !(cancelled && error.kind == ErrorKind::Cancelled)
        {
            let found = Self::failure(name, error, None);
            shared.diagnostics.extend(found);
        }
        for address in open {
            let why = if cancelled { "was stopped before it was done" } else { "has no outcome" };
            let diagnostic =
                Diagnostic::error(code::CLI_CANCELLED, format!("{address} {why}")).at(&address);
            self.observer.failed(&address, &diagnostic);
            shared.diagnostics.push(diagnostic);
            shared.finish(&address, false);
        }
        shared.closed.insert(name.clone());
        shared.collect();
        drop(shared);
        self.changed.notify_all();
    }

    pub(crate) fn failure(
        provider: &ProviderRef,
        error: &ProviderError,
        address: Option<&Address>,
    ) -> Diagnostics {
        if error.diagnostics.has_errors() {
            return error.diagnostics.clone();
        }
        let mut diagnostic = Diagnostic::error(
            code::PROVIDER_REFUSED,
            format!("provider `{provider}`: {}", error.message),
        );
        if !error.causes.is_empty() {
            diagnostic.detail = Some(error.causes.join("\n"));
        }
        diagnostic.help.clone_from(&error.help);
        diagnostic.address = address.cloned();
        diagnostic.into()
    }
}
