//! The meaning of each record: how it changes a state. Pure, and total over any record.

use crate::error::RecordError;
use crate::pending::Pending;
use crate::record::Record;
use crate::state::State;
use podform_model::{
    Address, InstanceRecord, InstanceStatus, Intent, Outcome, PodRecord, ProviderRef, Tombstone,
    Value,
};
use std::collections::{BTreeMap, BTreeSet};

impl State {
    /// Applies one record.
    ///
    /// # Errors
    /// The record does not fit the state, which is left as it was.
    pub fn apply(&mut self, record: &Record) -> Result<(), RecordError> {
        match record {
            Record::Begin { .. } => self.begin(record),
            Record::BeginDelete { address } => {
                self.pod_mut(address)?;
                self.deleting.insert(address.clone());
                Ok(())
            }
            Record::Intent { provider, intent, at } => self.intend(provider, intent, *at),
            Record::Outcome { provider, outcome } => self.outcome(provider, outcome),
            Record::Refreshed { address, instance } => self.refreshed(address, instance),
            Record::Forget { address } => self.forget(address),
            Record::Remove { address } => self.remove(address),
            Record::Move { from, to } => self.rename(from, to),
            Record::Outputs { outputs } => {
                self.outputs = outputs.clone();
                Ok(())
            }
            Record::Cluster { cluster } => {
                self.cluster = cluster.clone();
                Ok(())
            }
            Record::Key { check } => {
                self.rekey(check);
                Ok(())
            }
        }
    }

    fn pod_mut(&mut self, address: &Address) -> Result<&mut PodRecord, RecordError> {
        self.pods.get_mut(address).ok_or_else(|| RecordError::UnknownPod(address.clone()))
    }

    fn begin(&mut self, record: &Record) -> Result<(), RecordError> {
        let Record::Begin {
            address,
            provider,
            id,
            generation,
            configuration,
            depends_on,
            secrets,
            create_before_destroy,
            prevent_destroy,
            forget,
            delete_timeout,
        } = record
        else {
            return Ok(());
        };
        let pod = match self.pods.get_mut(address) {
            Some(pod) if &pod.provider != provider && !pod.instances.is_empty() => {
                return Err(RecordError::HasInstances(address.clone()));
            }
            Some(pod) => pod,
            None => self.pods.entry(address.clone()).or_insert_with(|| new_pod(provider)),
        };
        pod.provider = provider.clone();
        pod.id.clone_from(id);
        pod.generation.clone_from(generation);
        pod.configurations.insert(generation.clone(), configuration.clone());
        pod.depends_on.clone_from(depends_on);
        pod.secrets.insert(generation.clone(), secrets.clone());
        pod.create_before_destroy = *create_before_destroy;
        pod.prevent_destroy = *prevent_destroy;
        pod.forget = *forget;
        pod.delete_timeout = *delete_timeout;
        self.deleting.remove(address);
        Ok(())
    }

    fn intend(
        &mut self,
        provider: &ProviderRef,
        intent: &Intent,
        at: f64,
    ) -> Result<(), RecordError> {
        match intent {
            Intent::Private { data } => {
                if data.is_null() {
                    self.providers.remove(provider);
                } else {
                    self.providers.insert(provider.clone(), data.clone());
                }
                return Ok(());
            }
            Intent::Launch { address, instance } => {
                let pod = self.pod_mut(address)?;
                if find(pod, &instance.id).is_some() {
                    return Err(RecordError::DuplicateInstance {
                        address: address.clone(),
                        instance: instance.id.clone(),
                    });
                }
                put(pod, InstanceRecord { status: InstanceStatus::Launching, ..instance.clone() });
                // A pod that is launched again is not being deleted any more.
                self.deleting.remove(address);
            }
            // What is stopped need not be recorded: it may be surplus, or a tombstone's.
            Intent::Stop { address, instance } => {
                if let Some(record) = self.instance_mut(address, instance) {
                    record.status = InstanceStatus::Stopping;
                }
                if self.pending.has(address, intent) {
                    return Ok(());
                }
            }
        }
        self.pending.push(Pending {
            provider: provider.clone(),
            intent: intent.clone(),
            since: at,
        });
        Ok(())
    }

    fn outcome(&mut self, provider: &ProviderRef, outcome: &Outcome) -> Result<(), RecordError> {
        match outcome {
            Outcome::Launched { address, instance } => {
                let stopping = instance.status == InstanceStatus::Stopping;
                put(self.pod_mut(address)?, instance.clone());
                // An instance that is there and not being stopped is what no open intent says.
                self.pending.settle(address, |p| {
                    p.instance() == Some(&instance.id)
                        && !(stopping && matches!(p.intent, Intent::Stop { .. }))
                });
            }
            Outcome::Adopted { address, instance } => {
                put(self.pod_mut(address)?, instance.clone());
                self.pending.settle(address, |p| p.instance() == Some(&instance.id));
            }
            Outcome::Gone { address, instance, .. } => {
                self.take(address, instance);
                self.pending.settle(address, |p| p.instance() == Some(instance));
            }
            Outcome::Buried { address, instance } => self.bury(provider, address, instance)?,
            Outcome::Exhumed { instance } => {
                self.tombstones
                    .retain(|t| !(&t.instance.id == instance && &t.provider == provider));
                self.pending.settle_instance(instance);
            }
            Outcome::Done { address } => self.done(address),
            // A later `done` of a pod whose deletion failed is of another step.
            Outcome::Failed { address, .. } => {
                self.deleting.remove(address);
            }
        }
        Ok(())
    }

    fn instance_mut(&mut self, address: &Address, id: &str) -> Option<&mut InstanceRecord> {
        let pod = self.pods.get_mut(address)?;
        let at = find(pod, id)?;
        pod.instances.get_mut(at)
    }

    fn take(&mut self, address: &Address, id: &str) -> Option<InstanceRecord> {
        let pod = self.pods.get_mut(address)?;
        let at = find(pod, id)?;
        Some(pod.instances.remove(at))
    }

    fn bury(
        &mut self,
        provider: &ProviderRef,
        address: &Address,
        id: &str,
    ) -> Result<(), RecordError> {
        if let Some(instance) = self.take(address, id) {
            self.tombstones.push(Tombstone {
                provider: provider.clone(),
                address: address.clone(),
                instance,
                stop_on_return: true,
            });
        } else if !self.tombstones.iter().any(|t| t.instance.id == id) {
            return Err(RecordError::UnknownInstance {
                address: address.clone(),
                instance: id.to_owned(),
            });
        }
        self.pending.settle(address, |p| p.instance() == Some(id));
        Ok(())
    }

    fn done(&mut self, address: &Address) {
        self.pending.settle(address, |_| true);
        let deleting = self.deleting.remove(address);
        let Some(pod) = self.pods.get_mut(address) else { return };
        if deleting && pod.instances.is_empty() {
            self.pods.remove(address);
        } else {
            drop_former_generations(pod);
        }
    }

    fn refreshed(
        &mut self,
        address: &Address,
        instance: &InstanceRecord,
    ) -> Result<(), RecordError> {
        self.pod_mut(address)?;
        let record = self.instance_mut(address, &instance.id).ok_or_else(|| {
            RecordError::UnknownInstance { address: address.clone(), instance: instance.id.clone() }
        })?;
        let status = record.status;
        *record = InstanceRecord { status, ..instance.clone() };
        let pod = self.pod_mut(address)?;
        pod.instances.sort_by(by_slot);
        Ok(())
    }

    fn forget(&mut self, address: &Address) -> Result<(), RecordError> {
        let pod =
            self.pods.remove(address).ok_or_else(|| RecordError::UnknownPod(address.clone()))?;
        self.tombstones.extend(pod.instances.into_iter().map(|instance| Tombstone {
            provider: pod.provider.clone(),
            address: address.clone(),
            instance,
            stop_on_return: false,
        }));
        self.leave(address);
        Ok(())
    }

    fn remove(&mut self, address: &Address) -> Result<(), RecordError> {
        if !self.pod_mut(address)?.instances.is_empty() {
            return Err(RecordError::HasInstances(address.clone()));
        }
        self.pods.remove(address);
        self.leave(address);
        Ok(())
    }

    /// What is left to do when a pod has left the state.
    fn leave(&mut self, address: &Address) {
        self.deleting.remove(address);
        self.pending.settle(address, |_| true);
    }

    fn rename(&mut self, from: &Address, to: &Address) -> Result<(), RecordError> {
        if self.pods.contains_key(to) {
            return Err(RecordError::PodExists(to.clone()));
        }
        let mut pod =
            self.pods.remove(from).ok_or_else(|| RecordError::UnknownPod(from.clone()))?;
        pod.formerly.insert(from.clone());
        pod.formerly.remove(to);
        self.pods.insert(to.clone(), pod);
        for pod in self.pods.values_mut() {
            replace(&mut pod.depends_on, from, to);
        }
        replace(&mut self.deleting, from, to);
        for tombstone in self.tombstones.iter_mut().filter(|t| &t.address == from) {
            tombstone.address = to.clone();
        }
        self.pending.rename(from, to);
        Ok(())
    }

    fn rekey(&mut self, check: &str) {
        self.key_check = Some(check.to_owned());
        for pod in self.pods.values_mut() {
            for configuration in pod.configurations.values_mut() {
                *configuration = configuration.transform(&mut |value| match value {
                    Value::Digest(_) => Value::Unknown,
                    other => other,
                });
            }
            for stamp in pod.secrets.values_mut().flat_map(BTreeMap::values_mut) {
                stamp.digest = None;
            }
        }
    }
}

fn new_pod(provider: &ProviderRef) -> PodRecord {
    PodRecord {
        provider: provider.clone(),
        id: String::new(),
        generation: String::new(),
        configurations: BTreeMap::new(),
        instances: Vec::new(),
        depends_on: BTreeSet::new(),
        secrets: BTreeMap::new(),
        create_before_destroy: false,
        prevent_destroy: false,
        forget: false,
        delete_timeout: None,
        formerly: BTreeSet::new(),
        rest: BTreeMap::new(),
    }
}

fn find(pod: &PodRecord, id: &str) -> Option<usize> {
    pod.instances.iter().position(|instance| instance.id == id)
}

fn by_slot(a: &InstanceRecord, b: &InstanceRecord) -> std::cmp::Ordering {
    (a.slot, &a.generation, &a.id).cmp(&(b.slot, &b.generation, &b.id))
}

/// Puts an instance in its place, in place of the one with the same id.
fn put(pod: &mut PodRecord, instance: InstanceRecord) {
    if let Some(at) = find(pod, &instance.id) {
        pod.instances.remove(at);
    }
    let at = pod.instances.partition_point(|other| by_slot(other, &instance).is_lt());
    pod.instances.insert(at, instance);
}

/// Drops what is kept of generations that have no instance, but never of the current one.
fn drop_former_generations(pod: &mut PodRecord) {
    let mut kept: BTreeSet<&str> = pod.instances.iter().map(|i| i.generation.as_str()).collect();
    kept.insert(&pod.generation);
    pod.configurations.retain(|generation, _| kept.contains(generation.as_str()));
    pod.secrets.retain(|generation, _| kept.contains(generation.as_str()));
}

fn replace(set: &mut BTreeSet<Address>, from: &Address, to: &Address) {
    if set.remove(from) {
        set.insert(to.clone());
    }
}
