//! The inputs of a plan, indexed so that a lookup costs no scan.

use crate::input::{Inputs, ProviderFacts};
use crate::instances::Seen;
use podform_model::observed::{Observed, ObservedInstance, SecretFact, Standing};
use podform_model::{Address, InstanceRecord, PodRecord, ProviderRef, Removed};
use std::collections::{BTreeMap, BTreeSet};

/// Indexes over [`Inputs`].
pub(crate) struct World<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) key_lost: bool,
    seen: BTreeMap<(&'a ProviderRef, &'a str), &'a ObservedInstance>,
    surplus: BTreeMap<&'a Address, Vec<(&'a ProviderRef, &'a InstanceRecord)>>,
    returned: BTreeMap<&'a Address, Vec<(&'a ProviderRef, &'a InstanceRecord)>>,
    secrets: BTreeMap<(&'a ProviderRef, &'a str), Vec<&'a SecretFact>>,
    /// What `removed` blocks name, by the names of the modules and of the pod: whether it is
    /// destroyed.
    removed: BTreeMap<(Vec<&'a str>, Option<&'a str>), bool>,
}

impl<'a> World<'a> {
    pub(crate) fn new(inputs: &'a Inputs<'a>) -> Self {
        let mut world = Self {
            inputs,
            key_lost: (inputs.digest)(&podform_model::Value::Null).is_none(),
            seen: BTreeMap::new(),
            surplus: BTreeMap::new(),
            returned: BTreeMap::new(),
            secrets: BTreeMap::new(),
            removed: inputs.desired.refactor.removed.iter().map(removed).collect(),
        };
        let homes = Homes::of(inputs.pods);
        let recorded: BTreeSet<&str> = inputs
            .pods
            .values()
            .flat_map(|record| &record.instances)
            .chain(inputs.tombstones.iter().map(|tombstone| &tombstone.instance))
            .map(|instance| instance.id.as_str())
            .collect();
        for (provider, observed) in inputs.observed {
            for seen in &observed.instances {
                world.seen.insert((provider, &seen.id), seen);
            }
            for surplus in &observed.surplus {
                // What is recorded, or stands on a tombstone, is no surplus.
                if !recorded.contains(surplus.instance.id.as_str()) {
                    let home = homes.find(&surplus.address, &surplus.instance.generation);
                    let list = world.surplus.entry(home).or_default();
                    list.push((provider, &surplus.instance));
                }
            }
            for fact in &observed.secrets {
                world.secrets.entry((provider, &fact.source)).or_default().push(fact);
            }
        }
        world.find_returned();
        for list in world.surplus.values_mut().chain(world.returned.values_mut()) {
            list.sort_by(|(_, a), (_, b)| (a.slot, &a.id).cmp(&(b.slot, &b.id)));
            list.dedup_by(|(_, a), (_, b)| a.id == b.id);
        }
        world
    }

    fn find_returned(&mut self) {
        let mut live = BTreeSet::new();
        for (provider, observed) in self.inputs.observed {
            let seen = observed.tombstones.iter().filter(|seen| seen.standing == Standing::Live);
            live.extend(seen.map(|seen| (provider, seen.id.as_str())));
        }
        for tombstone in self.inputs.tombstones.iter().filter(|t| t.stop_on_return) {
            if live.contains(&(&tombstone.provider, tombstone.instance.id.as_str())) {
                let list = self.returned.entry(&tombstone.address).or_default();
                list.push((&tombstone.provider, &tombstone.instance));
            }
        }
    }

    /// What a provider saw; `None`: it was not read.
    pub(crate) fn observed(&self, provider: &ProviderRef) -> Option<&'a Observed> {
        self.inputs.observed.get(provider)
    }

    /// What a provider said of itself.
    pub(crate) fn facts(&self, provider: &ProviderRef) -> Option<&'a ProviderFacts> {
        self.inputs.providers.get(provider)
    }

    /// The time of a provider's read, or the plan's.
    pub(crate) fn at(&self, provider: &ProviderRef) -> f64 {
        self.observed(provider).map_or(self.inputs.options.now, |observed| observed.at)
    }

    /// The recorded instances of a pod and what they are now. Without a read they count as live;
    /// one that a read says nothing of is unknown.
    pub(crate) fn instances(&self, record: &PodRecord) -> Vec<Seen> {
        let read = self.observed(&record.provider).is_some();
        let mut out: Vec<Seen> = record
            .instances
            .iter()
            .map(|instance| match self.seen(&record.provider, &instance.id) {
                Some(seen) => Seen {
                    record: seen.record.as_ref().unwrap_or(instance).clone(),
                    standing: seen.standing,
                    text: seen.reason.clone(),
                    healthy: seen.healthy,
                },
                None => Seen {
                    record: instance.clone(),
                    standing: if read { Standing::Unknown } else { Standing::Live },
                    text: String::new(),
                    healthy: None,
                },
            })
            .collect();
        out.sort_by(|a, b| {
            (a.record.slot, &a.record.generation, &a.record.id).cmp(&(
                b.record.slot,
                &b.record.generation,
                &b.record.id,
            ))
        });
        out
    }

    /// What was seen of a recorded instance.
    fn seen(&self, provider: &ProviderRef, id: &str) -> Option<&ObservedInstance> {
        self.seen.get(&(provider, id)).copied()
    }

    /// Whether a `removed` block destroys a pod (else it forgets it); `None`: none names it.
    pub(crate) fn removed(&self, address: &Address) -> Option<bool> {
        let names: Vec<&str> = address.module.iter().map(|step| step.name.as_str()).collect();
        let pod = self.removed.get(&(names.clone(), Some(&address.name)));
        let module = |length| self.removed.get(&(names.get(..length)?.to_vec(), None));
        pod.or_else(|| (1..=names.len()).rev().find_map(module)).copied()
    }

    /// Live instances of a pod that are in no record.
    pub(crate) fn surplus(&self, address: &Address) -> &[(&'a ProviderRef, &'a InstanceRecord)] {
        self.surplus.get(address).map_or(&[], Vec::as_slice)
    }

    /// Instances of a pod that were given up and are back.
    pub(crate) fn returned(&self, address: &Address) -> &[(&'a ProviderRef, &'a InstanceRecord)] {
        self.returned.get(address).map_or(&[], Vec::as_slice)
    }

    /// Every pod that is desired, recorded, or has a live instance that nobody wants.
    pub(crate) fn addresses(&self) -> BTreeSet<&'a Address> {
        let desired = self.inputs.desired.pods.keys();
        let strays = self.surplus.keys().chain(self.returned.keys()).copied();
        desired.chain(self.inputs.pods.keys()).chain(strays).collect()
    }

    /// What was found of a secret.
    pub(crate) fn secret(
        &self,
        provider: &ProviderRef,
        store: Option<&str>,
        source: &str,
    ) -> Option<&SecretFact> {
        let facts = self.secrets.get(&(provider, source))?;
        facts.iter().find(|fact| store.is_none_or(|store| store == fact.store)).copied()
    }
}

fn removed(block: &Removed) -> ((Vec<&str>, Option<&str>), bool) {
    let base = block.base.iter().map(String::as_str);
    let names = base.chain(block.from.module().iter().map(|step| step.name.as_str()));
    ((names.collect(), block.from.pod()), block.destroy)
}

/// Where instances belong that name an address: their labels are of the time of their launch, and
/// the pod may have moved since.
struct Homes<'a> {
    pods: &'a BTreeMap<Address, PodRecord>,
    moved: BTreeMap<&'a Address, Vec<&'a Address>>,
}

impl<'a> Homes<'a> {
    fn of(pods: &'a BTreeMap<Address, PodRecord>) -> Self {
        let mut moved: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (address, record) in pods {
            for former in &record.formerly {
                moved.entry(former).or_default().push(address);
            }
        }
        Self { pods, moved }
    }

    fn find(&self, named: &'a Address, generation: &str) -> &'a Address {
        let knows = |address: &Address| {
            self.pods.get(address).is_some_and(|pod| pod.configurations.contains_key(generation))
        };
        if knows(named) {
            return named;
        }
        let mut moved = self.moved.get(named).into_iter().flatten();
        moved.find(|address| knows(address)).copied().unwrap_or(named)
    }
}
