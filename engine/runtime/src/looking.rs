//! Reading live pods for `data` blocks: as much as possible with the refresh, the rest as soon as
//! it is known what to read.

use crate::engine::{Engine, Reading};
use crate::error::Error;
use podform_model::data::Found;
use podform_model::{
    Address, Computed, DataAddress, DataFact, Desired, DesiredData, Diagnostics, Looked,
    ProviderRef,
};
use podform_plan::computed::live;
use podform_plan::reads::needed;
use podform_plan::{Options, Plan};
use podform_provider::{LivePod, LiveStanding, ReadRequest};
use podform_state::State;
use std::collections::{BTreeMap, BTreeSet};

/// The ids that each provider is asked for.
pub(crate) type Ids = BTreeMap<ProviderRef, BTreeSet<String>>;

/// What is to be read now, by provider.
pub(crate) fn ids(wanted: &BTreeMap<DataAddress, DesiredData>, looked: &Looked) -> Ids {
    let mut out = Ids::new();
    for (_, data) in looked.unread(wanted) {
        out.entry(data.provider.clone()).or_default().extend(data.id.clone());
    }
    out
}

/// Notes what a provider answered. What it does not tell of cannot be read.
fn note(
    wanted: &BTreeMap<DataAddress, DesiredData>,
    provider: &ProviderRef,
    answers: Vec<LivePod>,
    looked: &mut Looked,
    reading: Option<&dyn Reading>,
) {
    let mut answers: BTreeMap<String, LiveStanding> =
        answers.into_iter().map(|pod| (pod.id, pod.standing)).collect();
    let found: BTreeMap<String, Found> = ids(wanted, looked)
        .remove(provider)
        .into_iter()
        .flatten()
        .map(|id| (id.clone(), found(provider, &id, answers.remove(&id))))
        .collect();
    let facts: Vec<(DataAddress, DataFact)> = looked
        .unread(wanted)
        .into_iter()
        .filter(|(_, data)| data.provider == *provider)
        .filter_map(|(address, data)| {
            let id = data.id.clone()?;
            let found = found.get(&id)?.clone();
            Some((address.clone(), DataFact { provider: provider.clone(), id, found }))
        })
        .collect();
    let pods = facts.iter().filter(|(_, fact)| matches!(fact.found, Found::Pod(_)));
    if let Some(reading) = reading {
        pods.for_each(|(address, fact)| reading.ends(address, &fact.id));
    }
    looked.found.extend(facts);
}

fn found(provider: &ProviderRef, id: &str, standing: Option<LiveStanding>) -> Found {
    match standing {
        Some(LiveStanding::Found { version, instances }) => {
            Found::Pod(live(id, version.as_deref(), &instances))
        }
        Some(LiveStanding::Missing { message, help }) => Found::Nothing { message, help },
        None => Found::Nothing {
            message: format!("the provider `{provider}` cannot read pods"),
            help: Some("use a newer version of its plugin".into()),
        },
    }
}

impl Engine<'_> {
    /// Tells what is going to be read.
    pub(crate) fn announce(&self, wanted: &BTreeMap<DataAddress, DesiredData>, looked: &Looked) {
        if let Some(reading) = self.reading {
            looked.unread(wanted).into_iter().for_each(|(address, _)| reading.begins(address));
        }
    }

    /// Notes what a provider answered.
    pub(crate) fn note(
        &self,
        wanted: &BTreeMap<DataAddress, DesiredData>,
        provider: &ProviderRef,
        answers: Vec<LivePod>,
        looked: &mut Looked,
    ) {
        note(wanted, provider, answers, looked, self.reading);
    }

    /// Reads what has not been read and may be; whether there was anything.
    pub(crate) fn read_data(
        &self,
        wanted: &BTreeMap<DataAddress, DesiredData>,
        looked: &mut Looked,
    ) -> Result<bool, Error> {
        let ids = ids(wanted, looked);
        self.announce(wanted, looked);
        for (provider, ids) in &ids {
            let live = ids.iter().cloned().collect();
            let request = ReadRequest { live, ..ReadRequest::default() };
            let answer = match self.providers.get(provider) {
                Some(connected) => connected
                    .provider
                    .read(&request)
                    .map_err(|error| Error::provider(provider, error))?,
                None => Default::default(),
            };
            self.note(wanted, provider, answer.live, looked);
        }
        Ok(!ids.is_empty())
    }

    /// Evaluates, and reads before the refresh only what decides which pods there are.
    pub(crate) fn survey(
        &self,
        computed: &dyn Computed,
        looked: &mut Looked,
        state: &State,
        options: &Options,
    ) -> Result<(Desired, Diagnostics), Error> {
        looked.partial = true;
        loop {
            let (desired, found) = self.evaluate(computed, looked)?;
            if !desired.partial {
                return Ok((desired, found));
            }
            hold(&desired, state, options, looked);
            if !self.read_data(&desired.data, looked)? {
                looked.partial = false;
                return self.evaluate(computed, looked);
            }
            hold(&desired, state, options, looked);
        }
    }

    /// Evaluates with all that can be read now. `first`: there is no plan yet that tells what waits.
    pub(crate) fn evaluate_with_data(
        &self,
        computed: &dyn Computed,
        looked: &mut Looked,
        first: Option<(&State, &Options)>,
    ) -> Result<(Desired, Diagnostics), Error> {
        looked.partial = true;
        loop {
            let (desired, found) = self.evaluate(computed, looked)?;
            if let Some((state, options)) = first {
                hold(&desired, state, options, looked);
            }
            if self.read_data(&desired.data, looked)? {
                if let Some((state, options)) = first {
                    hold(&desired, state, options, looked);
                }
                continue;
            }
            looked.partial = false;
            // Nothing was left out: it is what it would be without more to come.
            return if desired.partial {
                self.evaluate(computed, looked)
            } else {
                Ok((desired, found))
            };
        }
    }
}

/// Makes wait, until there is a plan that knows better, what depends on pods that are not there
/// yet, what depends on pods and was not found, and what no target needs.
pub(crate) fn hold(desired: &Desired, state: &State, options: &Options, looked: &mut Looked) {
    let needed = needed(desired, options);
    let absent = |pod: &Address| !state.pods.contains_key(pod);
    let missing = |address: &DataAddress| {
        let fact = looked.found.get(address);
        fact.is_some_and(|fact| matches!(fact.found, Found::Nothing { .. }))
    };
    let waits = |address: &DataAddress, data: &DesiredData| {
        needed.as_ref().is_some_and(|needed| !needed.contains(address))
            || data.depends_on.iter().any(absent)
            || (!data.depends_on.is_empty() && missing(address))
    };
    let waiting = desired.data.iter().filter(|(address, data)| waits(address, data));
    looked.waiting = waiting.map(|(address, _)| address.clone()).collect();
}

/// What is known while a plan is applied: what waited is read anew, what a plan knew stays.
pub(crate) fn at_apply(looked: &Looked) -> Looked {
    let found = looked.found.iter().filter(|(address, _)| !looked.waiting.contains(*address));
    Looked {
        found: found.map(|(address, fact)| (address.clone(), fact.clone())).collect(),
        ..Looked::default()
    }
}

/// What is known once everything is done. What depends on pods that are not done is not read; what
/// a `check` looks at is read again.
pub(crate) fn at_end(
    mut looked: Looked,
    desired: &Desired,
    plan: &Plan,
    done: &BTreeSet<Address>,
) -> Looked {
    let undone = plan.changes.iter().filter(|change| !change.is_no_op());
    let undone = undone.map(|change| &change.address).filter(|address| !done.contains(address));
    let undone: BTreeSet<&Address> = undone.collect();
    for (address, data) in &desired.data {
        if data.checked {
            looked.found.remove(address);
        }
        if data.depends_on.iter().any(|pod| undone.contains(pod)) {
            looked.waiting.insert(address.clone());
        }
    }
    looked
}
