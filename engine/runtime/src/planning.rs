//! Makes a plan: evaluates, looks, compares, asks the providers, until nothing moves any more.

use crate::engine::Engine;
use crate::error::Error;
use crate::looking::{hold, ids};
use crate::refresh::{refresh, refresh_secrets};
use podform_model::{
    Address, Answers, Asked, Computed, Desired, Diagnostics, Intent, Looked, ProviderRef, Value,
};
use podform_plan::computed::Recorded;
use podform_plan::{Arrivals, Inputs, Mode, Options, Plan, ProviderFacts};
use podform_provider::{Observed, PlanRequest, Proposal, Refinement, Standing};
use podform_state::{Record, State};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How often at most what pods compute may change what other pods are. Each round settles at least
/// one more level of references.
const ROUNDS: usize = 64;

/// A plan and what it was made from.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The configuration as evaluated for it.
    pub desired: Desired,
    /// What was asked for.
    pub options: Options,
    /// What was seen.
    pub observed: BTreeMap<ProviderRef, Observed>,
    /// What is known of the pods that `data` blocks read.
    pub looked: Looked,
    /// What an apply records of each pod that is taken over.
    pub imports: BTreeMap<Address, Vec<Record>>,
    /// Warnings, and errors that refuse the plan.
    pub diagnostics: Diagnostics,
}

struct Round<'a> {
    engine: &'a Engine<'a>,
    state: &'a State,
    arrivals: &'a Arrivals,
    options: &'a Options,
    pending: Vec<(ProviderRef, Intent)>,
    facts: BTreeMap<ProviderRef, ProviderFacts>,
    observed: BTreeMap<ProviderRef, Observed>,
    desired: Desired,
    looked: Looked,
    /// What the evaluation found.
    evaluated: Diagnostics,
    /// What it asked about pods, with what it was told.
    told: Answers,
    refinements: BTreeMap<Address, Refinement>,
}

/// The pods as a plan makes them; those that nobody asked about when it was made as they are recorded.
struct Planning<'a> {
    plan: &'a Plan,
    told: &'a Answers,
    recorded: Recorded<'a>,
}

impl Computed for Planning<'_> {
    fn of(&self, address: &Address) -> Option<Value> {
        if self.told.contains_key(address) {
            self.plan.computed.of(address)
        } else {
            self.recorded.of(address)
        }
    }
}

impl Engine<'_> {
    /// Makes a plan. `standings` is what reconciliation said of instances before (by id). It is more
    /// certain than what is read, but for an end: reconciliation may still tell an older state.
    /// Nothing is written.
    ///
    /// # Errors
    /// The configuration is wrong, or a provider's call failed. Findings of the plan itself are in
    /// [`Planned::diagnostics`].
    pub fn plan(
        &self,
        state: &State,
        options: &Options,
        standings: &BTreeMap<String, Standing>,
    ) -> Result<Planned, Error> {
        let mut looked = Looked::default();
        let recorded = Recorded(&state.pods);
        let mut computed = Asked::new(&recorded);
        let (mut desired, mut evaluated) = self.survey(&computed, &mut looked, state, options)?;
        let arrived = self.arrive(state, &desired, options)?;
        let state = &*arrived.state;
        let recorded = Recorded(&state.pods);
        if matches!(arrived.state, Cow::Owned(_)) {
            computed = Asked::new(&recorded);
            (desired, evaluated) = self.survey(&computed, &mut looked, state, options)?;
        }
        share(&mut desired, state);
        let mut observed = self.observe(state, &desired, options, &mut looked)?;
        if !desired.data.is_empty() {
            (desired, evaluated) =
                self.evaluate_with_data(&computed, &mut looked, Some((state, options)))?;
            share(&mut desired, state);
            if options.refresh {
                refresh_secrets(self, state, &desired, &mut observed)?;
            }
        }
        looked.partial = false;
        let mut diagnostics = arrived.diagnostics;
        for seen in observed.values_mut() {
            diagnostics.extend(std::mem::take(&mut seen.diagnostics));
            for instance in &mut seen.instances {
                if let Some(standing) = standings.get(&instance.id)
                    && !ended(instance.standing)
                {
                    instance.standing = *standing;
                }
            }
        }
        let mut round = Round {
            engine: self,
            state,
            arrivals: &arrived.arrivals,
            options,
            pending: state.pending.iter().map(|p| (p.provider.clone(), p.intent.clone())).collect(),
            facts: self.facts(),
            observed,
            desired,
            looked,
            evaluated,
            told: computed.into_answers(),
            refinements: BTreeMap::new(),
        };
        let (mut plan, found) = round.settle()?;
        let Round { desired, observed, looked, evaluated, .. } = round;
        diagnostics.0.splice(0..0, evaluated);
        diagnostics.extend(found);
        plan.reads = podform_plan::reads::reads(&desired, options, &looked.waiting, &plan);
        let (imports, options) = (arrived.imports, options.clone());
        Ok(Planned { plan, desired, options, observed, looked, imports, diagnostics })
    }

    /// Looks at the cluster, and with the same calls at the live pods that `data` blocks read.
    /// Without a refresh only these are looked at.
    fn observe(
        &self,
        state: &State,
        desired: &Desired,
        options: &Options,
        looked: &mut Looked,
    ) -> Result<BTreeMap<ProviderRef, Observed>, Error> {
        hold(desired, state, options, looked);
        let mut observed = BTreeMap::new();
        if options.refresh {
            self.announce(&desired.data, looked);
            observed = refresh(self, state, desired, ids(&desired.data, looked))?;
            for (provider, seen) in &mut observed {
                self.note(&desired.data, provider, std::mem::take(&mut seen.live), looked);
            }
        } else {
            self.read_data(&desired.data, looked)?;
        }
        hold(desired, state, options, looked);
        Ok(observed)
    }

    /// What each provider said of itself, as plans need it.
    pub(crate) fn facts(&self) -> BTreeMap<ProviderRef, ProviderFacts> {
        self.providers.iter().map(|(name, connected)| (name.clone(), facts(connected))).collect()
    }

    pub(crate) fn evaluate(
        &self,
        computed: &dyn Computed,
        looked: &Looked,
    ) -> Result<(Desired, Diagnostics), Error> {
        let (desired, diagnostics) = self.evaluator.evaluate(computed, looked);
        match desired {
            Some(desired) if !diagnostics.has_errors() => Ok((desired, diagnostics)),
            _ => Err(Error::Input(diagnostics)),
        }
    }
}

/// Lets each pod that is as recorded hold the value of its record, so that it is kept once and found
/// equal at a glance.
fn share(desired: &mut Desired, state: &State) {
    for (address, pod) in &mut desired.pods {
        let recorded = state.pods.get(address);
        let recorded = recorded.and_then(|pod| pod.configurations.get(&pod.generation));
        if let Some(recorded) = recorded.filter(|recorded| **recorded == pod.value) {
            pod.value = recorded.clone();
        }
    }
}

fn ended(standing: Standing) -> bool {
    matches!(standing, Standing::Dead | Standing::Finished)
}

fn facts(connected: &crate::Connected) -> ProviderFacts {
    let description = &connected.description;
    ProviderFacts {
        changes: description.changes.clone(),
        unsupported: description
            .unsupported
            .iter()
            .map(|u| podform_plan::Unsupported {
                attribute: u.attribute.clone(),
                values: u.values.clone(),
                reason: u.reason.clone(),
            })
            .collect(),
        parallelism: description.parallelism,
    }
}

impl Round<'_> {
    /// Plans until evaluation and plan agree. Normally the first round is the last.
    fn settle(&mut self) -> Result<(Plan, Diagnostics), Error> {
        let mut draft = self.stabilise()?;
        for _ in 0..ROUNDS {
            let (plan, found) = self.refined(draft)?;
            if !self.waits(&plan) && self.agrees(&plan) {
                return Ok((plan, found));
            }
            self.evaluate(&plan)?;
            draft = self.draft();
        }
        self.refined(draft)
    }

    /// Whether the pods will be what the evaluation was told.
    fn agrees(&self, plan: &Plan) -> bool {
        self.told.iter().all(|(address, told)| plan.computed.get(address) == told.as_ref())
    }

    /// Evaluates with what a plan makes of the pods, and with what is known of those that `data`
    /// blocks read.
    fn evaluate(&mut self, plan: &Plan) -> Result<(), Error> {
        let planned = Planning { plan, told: &self.told, recorded: Recorded(&self.state.pods) };
        let computed = Asked::new(&planned);
        if self.desired.data.is_empty() {
            self.desired = self.engine.evaluate(&computed, &self.looked)?.0;
        } else {
            (self.desired, self.evaluated) =
                self.engine.evaluate_with_data(&computed, &mut self.looked, None)?;
        }
        self.told = computed.into_answers();
        Ok(())
    }

    /// Whether other `data` blocks than before wait for pods that a plan changes.
    fn waits(&mut self, plan: &Plan) -> bool {
        // What is destroyed or only looked at is what was there before.
        if self.desired.data.is_empty() || self.options.mode != Mode::Normal {
            return false;
        }
        let waiting = podform_plan::reads::waiting(&self.desired, self.options, plan);
        let other = waiting != self.looked.waiting;
        self.looked.waiting = waiting;
        other
    }

    /// A plan without what the providers make of it.
    fn draft(&mut self) -> (Plan, Diagnostics) {
        self.refinements.clear();
        self.with_inputs(podform_plan::plan)
    }

    /// Drafts until evaluation and plan agree, so that the providers are asked once, about what will stay.
    fn stabilise(&mut self) -> Result<(Plan, Diagnostics), Error> {
        for _ in 0..ROUNDS {
            let draft = self.draft();
            let waits = self.waits(&draft.0);
            if !waits && self.agrees(&draft.0) {
                return Ok(draft);
            }
            self.evaluate(&draft.0)?;
        }
        Ok(self.draft())
    }

    /// The plan with what the providers make of its draft. A draft that proposes nothing stays.
    fn refined(&mut self, draft: (Plan, Diagnostics)) -> Result<(Plan, Diagnostics), Error> {
        let proposals = podform_plan::propose(&draft.0);
        if proposals.is_empty() {
            return Ok(draft);
        }
        // What the engine itself found is found again, and reported, by the plan.
        drop(draft);
        let mut found = self.ask(proposals)?;
        let (plan, diagnostics) = self.with_inputs(podform_plan::plan);
        found.extend(diagnostics);
        Ok((plan, found))
    }

    /// Asks each provider once about the proposals that differ.
    fn ask(&mut self, proposals: Vec<(ProviderRef, Proposal)>) -> Result<Diagnostics, Error> {
        let mut diagnostics = Diagnostics::new();
        let mut by_provider: BTreeMap<ProviderRef, Vec<Proposal>> = BTreeMap::new();
        for (provider, proposal) in proposals {
            by_provider.entry(provider).or_default().push(proposal);
        }
        for (name, proposals) in by_provider {
            let Some(connected) = self.engine.providers.get(&name) else { continue };
            let answer = connected
                .provider
                .plan(&PlanRequest { proposals })
                .map_err(|error| Error::provider(&name, error))?;
            diagnostics.extend(answer.diagnostics);
            let refinements = answer.refinements.into_iter().map(|r| (r.address.clone(), r));
            self.refinements.extend(refinements);
        }
        Ok(diagnostics)
    }

    fn with_inputs<T>(&self, call: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let digest = |value: &Value| self.engine.digest(value);
        call(&Inputs {
            desired: &self.desired,
            pods: &self.state.pods,
            told: &self.told,
            arrivals: self.arrivals,
            tombstones: &self.state.tombstones,
            outputs: &self.state.outputs,
            observed: &self.observed,
            pending: &self.pending,
            providers: &self.facts,
            refinements: &self.refinements,
            digest: &digest,
            options: self.options,
        })
    }
}
