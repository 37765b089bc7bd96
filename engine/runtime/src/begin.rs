//! The beginning of a step: what was unknown is evaluated, what is announced is noted.

use crate::error::Error;
use crate::run::Run;
use crate::shared::{Active, Shared};
use podform_model::step::Step;
use podform_model::{
    Address, Answers, Desired, DesiredPod, Diagnostic, Diagnostics, Outcome, PodRecord,
    ProviderRef, Value, code,
};
use podform_plan::computed::Recorded;
use podform_plan::{Arrivals, Change, ChangeAction, Inputs, Phase, ReadyStep};
use podform_provider::{Observed, PlanRequest, Proposal, Refinement, Standing};
use podform_state::{Record, State};
use std::collections::{BTreeMap, BTreeSet};

/// What one pod is decided from when its values have become known.
struct One {
    desired: Desired,
    pods: BTreeMap<Address, PodRecord>,
    observed: BTreeMap<ProviderRef, Observed>,
    refinements: BTreeMap<Address, Refinement>,
}

/// The recorded instances that certainly ended: they leave the state before their slots are
/// filled again.
fn ended(state: &State, change: &Change, seen: &BTreeMap<ProviderRef, Observed>) -> Vec<Record> {
    let Some(record) = state.pods.get(&change.address) else { return Vec::new() };
    let recorded: BTreeSet<&str> = record.instances.iter().map(|i| i.id.as_str()).collect();
    let gone = |standing| matches!(standing, Standing::Dead | Standing::Finished | Standing::Gone);
    let instances = seen.get(&record.provider).map(|o| o.instances.as_slice()).unwrap_or_default();
    instances
        .iter()
        .filter(|seen| gone(seen.standing) && recorded.contains(seen.id.as_str()))
        .map(|seen| Record::Outcome {
            provider: record.provider.clone(),
            outcome: Outcome::Gone {
                address: change.address.clone(),
                instance: seen.id.clone(),
                reason: seen.reason.clone(),
            },
        })
        .collect()
}

impl<'a> Run<'a> {
    /// Turns a ready step into what the provider gets, and notes the records that announce it.
    /// `None`: it failed before it began, or needs no provider.
    pub(crate) fn begin(
        &self,
        shared: &mut Shared<'a>,
        provider: &ProviderRef,
        ready: &ReadyStep,
    ) -> Option<Step> {
        let planned = &self.planned.plan.changes[ready.change];
        let address = planned.address.clone();
        let active = Active { step: *ready, provider: provider.clone() };
        shared.activate(address.clone(), active);
        let change = match self.resolved(shared, planned, ready.phase) {
            Ok(change) => change,
            Err(diagnostics) => {
                self.refuse(shared, &address, diagnostics);
                return None;
            }
        };
        let seen = self.seen(&change);
        shared.beginning.extend(self.records(shared, &change, ready.phase, &seen));
        let value = change.after.clone().unwrap_or_default();
        let record: BTreeMap<_, _> = shared
            .writer
            .state()
            .pods
            .get_key_value(&address)
            .into_iter()
            .map(|(address, pod)| (address.clone(), pod.clone()))
            .collect();
        let step = podform_plan::step(ready, &change, &value, &record, &seen);
        if step.is_none() {
            if let Err(error) = shared.flush() {
                shared.broken = Some(error);
            }
            shared.finish(&address, true);
        }
        step
    }

    /// The change with everything known: what was not is evaluated now, and decided again.
    fn resolved(
        &self,
        shared: &mut Shared<'a>,
        planned: &Change,
        phase: Phase,
    ) -> Result<Change, Diagnostics> {
        let unknown = planned.after.as_ref().is_some_and(Value::has_unknown);
        if phase == Phase::Delete || !unknown {
            return Ok(planned.clone());
        }
        let address = &planned.address;
        self.read_for(shared, address)?;
        let computed = Recorded(&shared.writer.state().pods);
        let (pod, diagnostics) =
            self.engine.evaluator.evaluate_pod(address, &computed, &shared.looked);
        let Some(pod) = pod.filter(|_| !diagnostics.has_errors()) else { return Err(diagnostics) };
        if pod.value.has_unknown() {
            let summary = format!("{address} refers to values that are still not known");
            return Err(Diagnostic::error(code::EVALUATION, summary).at(address).into());
        }
        let state = shared.writer.state();
        let record = state.pods.get(address);
        let desired =
            Desired { pods: BTreeMap::from([(address.clone(), pod)]), ..Desired::default() };
        let one = One {
            refinements: self.refinement(planned, &desired)?,
            desired,
            pods: record.map(|pod| (address.clone(), pod.clone())).into_iter().collect(),
            observed: self.seen_with_secrets(planned),
        };
        let (change, diagnostics) = self.decide(&one, planned);
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(change) }
    }

    /// Reads the live pods that a pod refers to, now that those which they depend on are done.
    fn read_for(&self, shared: &mut Shared<'a>, address: &Address) -> Result<(), Diagnostics> {
        let refers = |pod: &DesiredPod| !pod.data.is_empty();
        if !self.planned.desired.pods.get(address).is_some_and(refers) {
            return Ok(());
        }
        loop {
            let evaluator = self.engine.evaluator;
            let computed = Recorded(&shared.writer.state().pods);
            let wanted = evaluator.reads_of(address, &computed, &shared.looked);
            match self.engine.read_data(&wanted, &mut shared.looked) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(Error::Provider { provider, source }) => {
                    return Err(Self::failure(&provider, &source, Some(address)));
                }
                Err(Error::Input(found)) => return Err(found),
                Err(error) => {
                    let found = Diagnostic::error(code::DATA_NOT_FOUND, error.to_string());
                    return Err(found.at(address).into());
                }
            }
        }
    }

    fn decide(&self, one: &One, planned: &Change) -> (Change, Diagnostics) {
        let digest = |value: &Value| self.engine.digest(value);
        let inputs = Inputs {
            desired: &one.desired,
            pods: &one.pods,
            told: &Answers::new(),
            arrivals: &Arrivals::default(),
            tombstones: &[],
            outputs: &BTreeMap::new(),
            observed: &one.observed,
            pending: &[],
            providers: &self.facts,
            refinements: &one.refinements,
            digest: &digest,
            options: &self.planned.options,
        };
        podform_plan::resolve(&inputs, planned)
    }

    /// Asks the provider about the one pod whose values have just become known.
    fn refinement(
        &self,
        planned: &Change,
        desired: &Desired,
    ) -> Result<BTreeMap<Address, Refinement>, Diagnostics> {
        let Some(connected) = self.engine.providers.get(&planned.provider) else {
            return Ok(BTreeMap::new());
        };
        let value = desired.pods.values().next().map(|pod| pod.value.clone()).unwrap_or_default();
        let proposal = Proposal {
            address: planned.address.clone(),
            prior: planned.before.clone(),
            planned: value,
            launches: 0,
            secrets: planned.secrets.clone(),
        };
        let answer = connected
            .provider
            .plan(&PlanRequest { proposals: vec![proposal] })
            .map_err(|error| Self::failure(&planned.provider, &error, Some(&planned.address)))?;
        if answer.diagnostics.has_errors() {
            return Err(answer.diagnostics);
        }
        Ok(answer.refinements.into_iter().map(|r| (r.address.clone(), r)).collect())
    }

    /// What was seen of one pod, as if it were alone.
    fn seen(&self, change: &Change) -> BTreeMap<ProviderRef, Observed> {
        let mine = self.instances.get(&change.address);
        self.planned
            .observed
            .iter()
            .map(|(name, all)| {
                let instances = mine.into_iter().flatten().map(|i| (*i).clone()).collect();
                (name.clone(), Observed { at: all.at, instances, ..Observed::default() })
            })
            .collect()
    }

    /// The same with what was seen of secrets, which a decision compares.
    fn seen_with_secrets(&self, change: &Change) -> BTreeMap<ProviderRef, Observed> {
        let mut seen = self.seen(change);
        if let Some(observed) = seen.get_mut(&change.provider)
            && let Some(all) = self.planned.observed.get(&change.provider)
        {
            observed.secrets.clone_from(&all.secrets);
        }
        seen
    }

    /// What must be durable before the step starts.
    fn records(
        &self,
        shared: &Shared<'a>,
        change: &Change,
        phase: Phase,
        seen: &BTreeMap<ProviderRef, Observed>,
    ) -> Vec<Record> {
        let address = change.address.clone();
        let mut out = ended(shared.writer.state(), change, seen);
        match (change.action, &change.after) {
            (ChangeAction::NoOp, _) => return out,
            (ChangeAction::Forget, _) => out.push(Record::Forget { address }),
            (_, Some(value)) if phase != Phase::Delete => {
                out.push(self.begin_record(shared.writer.state(), change, value));
                let provider = change.provider.clone();
                out.extend(change.adopt.iter().map(|instance| Record::Outcome {
                    provider: provider.clone(),
                    outcome: Outcome::Adopted {
                        address: address.clone(),
                        instance: instance.clone(),
                    },
                }));
            }
            _ => out.push(Record::BeginDelete { address }),
        }
        out
    }

    fn begin_record(&self, state: &State, change: &Change, value: &Value) -> Record {
        let desired = self.planned.desired.pods.get(&change.address);
        let lifecycle = desired.map(|pod| pod.lifecycle.clone()).unwrap_or_default();
        let configuration = self.engine.redact(value);
        // Instances that stay are not what the configuration says where nothing is known of them.
        let stays = state.pods.get(&change.address).and_then(|pod| {
            let same = pod.provider == change.provider && pod.generation == change.generation;
            pod.configurations.get(&change.generation).filter(|before| same && before.has_unknown())
        });
        let configuration = match stays {
            Some(before) => podform_plan::still_unknown(before, &configuration),
            None => configuration,
        };
        Record::Begin {
            address: change.address.clone(),
            provider: change.provider.clone(),
            id: change.pod_id.clone(),
            generation: change.generation.clone(),
            configuration,
            depends_on: change.depends_on.clone(),
            secrets: change.secrets.clone(),
            create_before_destroy: change.create_before_destroy,
            prevent_destroy: lifecycle.prevent_destroy,
            forget: lifecycle.destroy == Some(false),
            delete_timeout: desired.map(|pod| pod.timeouts.delete),
        }
    }
}
