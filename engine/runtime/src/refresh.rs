//! One look at the cluster and the secret stores for all pods of each provider.

use crate::engine::Engine;
use crate::error::Error;
use crate::looking::Ids;
use podform_model::{Desired, PodRecord, ProviderRef, Value};
use podform_provider::{Observed, ReadRequest, RecordedPod, SecretQuery};
use podform_state::State;
use std::collections::{BTreeMap, BTreeSet};

/// What each provider sees, read in parallel: one call for each, with the live pods of `ids`.
pub(crate) fn refresh(
    engine: &Engine<'_>,
    state: &State,
    desired: &Desired,
    ids: Ids,
) -> Result<BTreeMap<ProviderRef, Observed>, Error> {
    let mut requests = requests(engine, state, desired);
    for (provider, ids) in ids {
        requests.entry(provider).or_default().live = ids.into_iter().collect();
    }
    read(engine, requests)
}

/// What was not asked yet of the secrets of pods: those of pods that `data` blocks changed.
pub(crate) fn refresh_secrets(
    engine: &Engine<'_>,
    state: &State,
    desired: &Desired,
    observed: &mut BTreeMap<ProviderRef, Observed>,
) -> Result<(), Error> {
    let mut requests: BTreeMap<ProviderRef, ReadRequest> = BTreeMap::new();
    for (provider, mut secrets) in secret_queries(state, desired) {
        let asked = observed.get(&provider).map(|o| o.secrets.as_slice()).unwrap_or_default();
        let asked: BTreeSet<&str> = asked.iter().map(|fact| fact.source.as_str()).collect();
        secrets.retain(|query| !asked.contains(query.source.as_str()));
        if !secrets.is_empty() {
            requests.entry(provider).or_default().secrets = secrets;
        }
    }
    for (provider, more) in read(engine, requests)? {
        observed.entry(provider).or_default().secrets.extend(more.secrets);
    }
    Ok(())
}

fn read(
    engine: &Engine<'_>,
    requests: BTreeMap<ProviderRef, ReadRequest>,
) -> Result<BTreeMap<ProviderRef, Observed>, Error> {
    let answers = std::thread::scope(|scope| {
        let handles: Vec<_> = requests
            .into_iter()
            .filter_map(|(name, request)| {
                let connected = engine.providers.get(&name)?;
                Some((name, scope.spawn(move || connected.provider.read(&request))))
            })
            .collect();
        handles.into_iter().map(|(name, handle)| (name, handle.join())).collect::<Vec<_>>()
    });
    let mut out = BTreeMap::new();
    for (provider, answer) in answers {
        let answer = answer.unwrap_or_else(|_| Err(panicked()));
        match answer {
            Ok(observed) => out.insert(provider, observed),
            Err(error) => return Err(Error::provider(&provider, error)),
        };
    }
    Ok(out)
}

pub(crate) fn panicked() -> podform_provider::ProviderError {
    podform_provider::ProviderError::new(
        podform_provider::ErrorKind::Plugin,
        "the provider panicked",
    )
}

fn requests(
    engine: &Engine<'_>,
    state: &State,
    desired: &Desired,
) -> BTreeMap<ProviderRef, ReadRequest> {
    let mut out: BTreeMap<ProviderRef, ReadRequest> = BTreeMap::new();
    for (provider, pods) in recorded(state) {
        out.entry(provider).or_default().pods = pods;
    }
    for tombstone in &state.tombstones {
        out.entry(tombstone.provider.clone()).or_default().tombstones.push(tombstone.clone());
    }
    for (provider, queries) in secret_queries(state, desired) {
        out.entry(provider).or_default().secrets = queries;
    }
    for pod in desired.pods.values() {
        out.entry(pod.provider.clone()).or_default();
    }
    for request in out.values_mut() {
        request.former_cluster = engine.former_cluster;
    }
    out
}

/// The recorded pods of each provider, as its calls take them.
pub(crate) fn recorded(state: &State) -> BTreeMap<ProviderRef, Vec<RecordedPod>> {
    let mut out: BTreeMap<ProviderRef, Vec<RecordedPod>> = BTreeMap::new();
    for (address, pod) in &state.pods {
        out.entry(pod.provider.clone()).or_default().push(RecordedPod {
            address: address.clone(),
            id: pod.id.clone(),
            generations: pod.configurations.keys().cloned().collect(),
            instances: pod.instances.clone(),
        });
    }
    out
}

/// Each store and source once for each provider, with what is recorded of it.
fn secret_queries(state: &State, desired: &Desired) -> BTreeMap<ProviderRef, Vec<SecretQuery>> {
    let mut out: BTreeMap<ProviderRef, BTreeMap<(Option<String>, String), SecretQuery>> =
        BTreeMap::new();
    for (address, pod) in &desired.pods {
        let record = state.pods.get(address);
        for (name, store, source) in secrets_of(&pod.value) {
            let known = record.and_then(|record| known_stamp(record, &name, &source));
            let queries = out.entry(pod.provider.clone()).or_default();
            let query = queries.entry((store.clone(), source.clone())).or_insert(SecretQuery {
                store,
                source,
                known_version: None,
                known_digest: None,
            });
            if let Some((version, digest)) = known {
                query.known_version = version;
                query.known_digest = digest;
            }
        }
    }
    out.into_iter().map(|(provider, q)| (provider, q.into_values().collect())).collect()
}

fn known_stamp(
    record: &PodRecord,
    name: &str,
    source: &str,
) -> Option<(Option<String>, Option<String>)> {
    let stamp = record.secrets.get(&record.generation)?.get(name)?;
    (stamp.source == source).then(|| (stamp.version.clone(), stamp.digest.clone()))
}

/// The `secret` blocks of a pod whose source is known: name, store, source.
pub(crate) fn secrets_of(pod: &Value) -> BTreeSet<(String, Option<String>, String)> {
    pod.items("secret")
        .iter()
        .filter_map(|secret| {
            let text = |key| secret.get(key).and_then(Value::as_str).map(str::to_owned);
            Some((text("name")?, text("store"), text("source")?))
        })
        .collect()
}

impl Engine<'_> {
    /// Looks at the recorded pods without planning anything.
    ///
    /// # Errors
    /// A provider's call failed.
    pub fn look(&self, state: &State) -> Result<BTreeMap<ProviderRef, Observed>, Error> {
        refresh(self, state, &Desired::default(), Ids::new())
    }
}
