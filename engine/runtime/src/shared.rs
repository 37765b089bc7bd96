//! What the sessions of one apply share.

use crate::looking::at_apply;
use crate::planning::Planned;
use podform_model::{Address, Diagnostic, Diagnostics, Looked, ProviderRef, code};
use podform_plan::{Plan, ReadyStep, Schedule};
use podform_state::{Record, Writer};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the sessions share.
pub(crate) struct Shared<'a> {
    pub(crate) writer: &'a mut Writer,
    pub(crate) broken: Option<podform_state::Error>,
    pub(crate) schedule: Schedule,
    pub(crate) plan: &'a Plan,
    pub(crate) queues: BTreeMap<ProviderRef, VecDeque<ReadyStep>>,
    active: BTreeMap<Address, Active>,
    /// How many steps of each provider are active.
    in_flight: BTreeMap<ProviderRef, usize>,
    /// The providers whose sessions have ended.
    pub(crate) closed: BTreeSet<ProviderRef>,
    /// What is known of the pods that `data` blocks read.
    pub(crate) looked: Looked,
    /// Records of steps that begin, made durable together before the steps are handed out.
    pub(crate) beginning: Vec<Record>,
    pub(crate) done: BTreeSet<Address>,
    pub(crate) failed: BTreeSet<Address>,
    pub(crate) diagnostics: Diagnostics,
}

pub(crate) struct Active {
    pub(crate) step: ReadyStep,
    pub(crate) provider: ProviderRef,
}

impl<'a> Shared<'a> {
    /// Nothing done yet.
    pub(crate) fn new(writer: &'a mut Writer, planned: &'a Planned) -> Self {
        let plan = &planned.plan;
        Self {
            looked: at_apply(&planned.looked),
            writer,
            broken: None,
            schedule: Schedule::new(plan),
            plan,
            queues: BTreeMap::new(),
            active: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            closed: BTreeSet::new(),
            beginning: Vec::new(),
            done: BTreeSet::new(),
            failed: BTreeSet::new(),
            diagnostics: Diagnostics::new(),
        }
    }

    /// Moves what the schedule has ready into the queues of the providers. A step of a provider
    /// whose session has ended fails, so that nobody waits for it.
    pub(crate) fn collect(&mut self) {
        loop {
            for ready in self.schedule.ready() {
                let provider =
                    podform_plan::step::provider(&ready, &self.plan.changes[ready.change]).clone();
                self.queues.entry(provider).or_default().push_back(ready);
            }
            let orphan = self.closed.iter().find_map(|provider| {
                let step = self.queues.get_mut(provider)?.pop_front()?;
                Some((provider.clone(), step))
            });
            let Some((provider, step)) = orphan else { return };
            let address = self.plan.changes[step.change].address.clone();
            self.activate(address.clone(), Active { step, provider });
            self.finish(&address, false);
        }
    }

    pub(crate) fn take(&mut self, provider: &ProviderRef) -> Option<ReadyStep> {
        self.queues.get_mut(provider)?.pop_front()
    }

    pub(crate) fn in_flight(&self, provider: &ProviderRef) -> usize {
        self.in_flight.get(provider).copied().unwrap_or_default()
    }

    /// Notes that a step has begun.
    pub(crate) fn activate(&mut self, address: Address, active: Active) {
        *self.in_flight.entry(active.provider.clone()).or_default() += 1;
        self.active.insert(address, active);
    }

    /// Whether a step of this pod has begun and not ended.
    pub(crate) fn is_active(&self, address: &Address) -> bool {
        self.active.contains_key(address)
    }

    /// The pods whose steps a provider has begun and not ended.
    pub(crate) fn active_of(&self, provider: &ProviderRef) -> Vec<Address> {
        let of = self.active.iter().filter(|(_, active)| &active.provider == provider);
        of.map(|(address, _)| address.clone()).collect()
    }

    /// Makes the records of the beginning steps durable.
    pub(crate) fn flush(&mut self) -> Result<(), podform_state::Error> {
        let records = std::mem::take(&mut self.beginning);
        if records.is_empty() { Ok(()) } else { self.writer.append(records) }
    }

    /// Whether every step was done, failed or was skipped.
    pub(crate) fn is_over(&self) -> bool {
        self.schedule.is_done()
    }

    pub(crate) fn finish(&mut self, address: &Address, ok: bool) {
        let Some(active) = self.active.remove(address) else { return };
        if let Some(count) = self.in_flight.get_mut(&active.provider) {
            *count = count.saturating_sub(1);
        }
        let before = self.schedule.skipped().len();
        self.schedule.finish(active.step.id, ok);
        let skipped = self.schedule.skipped()[before..].to_vec();
        if ok {
            self.done.insert(address.clone());
        } else {
            self.failed.insert(address.clone());
        }
        for skip in skipped {
            let change = &self.plan.changes[skip.change];
            if self.failed.insert(change.address.clone()) {
                self.diagnostics.push(
                    Diagnostic::error(
                        code::PROVIDER_POD_FAILED,
                        format!(
                            "{} was not started, because {} failed",
                            change.address, skip.because
                        ),
                    )
                    .at(&change.address),
                );
            }
        }
    }
}
