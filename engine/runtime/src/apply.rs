//! Applies a plan: one session per provider, one schedule, every record durable before it counts.

use crate::arrive::record_arrivals;
use crate::engine::{Engine, Observer};
use crate::error::Error;
use crate::looking::at_end;
use crate::planning::Planned;
use crate::run::Run;
use podform_model::{
    Address, Computed, DesiredOutput, Diagnostics, Looked, Outcome, ProviderRef, Value, code,
};
use podform_plan::computed::Recorded;
use podform_plan::{Change, ChangeAction, Mode};
use podform_provider::Standing;
use podform_state::{Record, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a running apply to stop: nothing more is started, what runs settles and is recorded.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Asks for it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// How an apply ended.
#[derive(Debug)]
pub struct Applied {
    /// Errors and warnings, by pod.
    pub diagnostics: Diagnostics,
    /// The pods whose steps are done.
    pub done: BTreeSet<Address>,
    /// The outputs, sensitive ones included; they are not in the state.
    pub outputs: BTreeMap<String, DesiredOutput>,
    /// What is known of the pods that `data` blocks read.
    pub looked: Looked,
    /// Whether the user stopped it.
    pub cancelled: bool,
}

impl Engine<'_> {
    /// Does what a plan says, and evaluates the outputs at the end. What is done is in the journal;
    /// the caller compacts the state afterwards, also after an error.
    ///
    /// # Errors
    /// The state cannot be written. Failures of pods are in [`Applied::diagnostics`].
    pub fn apply(
        &self,
        writer: &mut Writer,
        planned: &Planned,
        parallelism: Option<u32>,
        cancel: &Cancel,
        observer: &dyn Observer,
    ) -> Result<Applied, Error> {
        record_arrivals(writer, &planned.plan, &planned.imports)?;
        self.record_refresh(writer, planned)?;
        let run = Run::new(self, &mut *writer, planned, cancel, observer);
        let remaining = remaining(planned);
        std::thread::scope(|scope| {
            for name in working(planned) {
                let last = !remaining.contains(&name);
                let run = &run;
                scope.spawn(move || run.session(&name, parallelism, last));
            }
        });
        let shared = run.into_shared();
        if let Some(error) = shared.broken {
            return Err(error.into());
        }
        let mut applied = Applied {
            diagnostics: shared.diagnostics,
            done: shared.done,
            outputs: BTreeMap::new(),
            looked: Looked::default(),
            cancelled: cancel.is_cancelled(),
        };
        let looked = shared.looked;
        let computed = Recorded(&writer.state().pods);
        applied.looked = self.look_again(looked, planned, &computed, &mut applied)?;
        self.outputs(writer, planned, &mut applied)?;
        Ok(applied)
    }

    /// Brings the records up to date with what was seen, and forgets tombstones that are gone.
    fn record_refresh(&self, writer: &mut Writer, planned: &Planned) -> Result<(), Error> {
        let mut records = Vec::new();
        for (provider, observed) in &planned.observed {
            for seen in &observed.instances {
                if let Some(instance) = &seen.record {
                    records.push(Record::Refreshed {
                        address: seen.address.clone(),
                        instance: instance.clone(),
                    });
                }
            }
            for tombstone in &observed.tombstones {
                if matches!(
                    tombstone.standing,
                    Standing::Dead | Standing::Finished | Standing::Gone
                ) {
                    let outcome = Outcome::Exhumed { instance: tombstone.id.clone() };
                    records.push(Record::Outcome { provider: provider.clone(), outcome });
                }
            }
        }
        if !records.is_empty() {
            writer.append(records)?;
        }
        Ok(())
    }

    /// Reads what waited for the end, for outputs and checks. A provider that fails is reported:
    /// what is done is done.
    fn look_again(
        &self,
        looked: Looked,
        planned: &Planned,
        computed: &dyn Computed,
        applied: &mut Applied,
    ) -> Result<Looked, Error> {
        let Planned { desired, plan, options, .. } = planned;
        if desired.data.is_empty() || options.mode != Mode::Normal || applied.cancelled {
            return Ok(Looked { waiting: planned.looked.waiting.clone(), ..looked });
        }
        let mut looked = at_end(looked, desired, plan, &applied.done);
        match self.evaluate_with_data(computed, &mut looked, None) {
            Ok(_) | Err(Error::Input(_)) => {}
            Err(Error::Provider { provider, source }) => {
                applied.diagnostics.extend(Run::failure(&provider, &source, None));
            }
            Err(other) => return Err(other),
        }
        looked.partial = false;
        Ok(looked)
    }

    /// Evaluates the outputs against what is known now and records them.
    fn outputs(
        &self,
        writer: &mut Writer,
        planned: &Planned,
        applied: &mut Applied,
    ) -> Result<(), Error> {
        let (desired, found) =
            self.evaluator.evaluate(&Recorded(&writer.state().pods), &applied.looked);
        // The warnings that the plan had are not told again, but checks know more now.
        for one in found {
            let told = applied.diagnostics.iter().any(|other| *other == one);
            let of_check = [code::CHECK, code::CHECK_UNKNOWN].contains(&one.code.as_str());
            if !told && (one.is_error() || of_check) {
                applied.diagnostics.push(one);
            }
        }
        let Some(desired) = desired else { return Ok(()) };
        let destroyed = writer.state().pods.is_empty() && !planned.plan.changes.is_empty();
        if !destroyed {
            applied.outputs =
                desired.outputs.into_iter().filter(|(_, o)| !o.value.has_unknown()).collect();
        }
        let outputs: BTreeMap<String, Value> = applied
            .outputs
            .iter()
            .filter(|(_, output)| !output.sensitive)
            .map(|(name, output)| (name.clone(), output.value.clone()))
            .collect();
        if outputs != writer.state().outputs {
            writer.append(vec![Record::Outputs { outputs }])?;
        }
        Ok(())
    }
}

/// The providers that have something to do.
fn working(planned: &Planned) -> BTreeSet<ProviderRef> {
    let mut out = BTreeSet::new();
    for change in planned.plan.changes.iter().filter(|change| !change.is_no_op()) {
        out.insert(change.provider.clone());
        out.extend(change.prior_provider.clone());
    }
    out
}

/// The providers that will still have pods when everything is done.
fn remaining(planned: &Planned) -> BTreeSet<ProviderRef> {
    let stays =
        |change: &&Change| !matches!(change.action, ChangeAction::Delete | ChangeAction::Forget);
    planned.plan.changes.iter().filter(stays).map(|change| change.provider.clone()).collect()
}
