//! The end of a pod: destroyed, forgotten, or stopped where nobody knows it.

use super::Pod;
use crate::input::Mode;
use crate::instances::{Patience, Seen, Weight, small};
use crate::model::{Change, ChangeAction, Reason};
use podform_model::{DesiredPod, PodRecord, ProviderRef, Value};

impl Pod<'_, '_> {
    /// A pod that nobody wants any more: destroyed, or forgotten.
    pub(super) fn remove(&mut self, record: &PodRecord, desired: Option<&DesiredPod>) -> Change {
        let mut change = self.recorded(record, ChangeAction::Delete);
        let asked = self.world.inputs.options.mode == Mode::Destroy;
        change.reasons.push(if asked {
            Reason::DestroyRequested
        } else {
            Reason::NotInConfiguration
        });
        let declared = desired.and_then(|desired| desired.lifecycle.destroy);
        let destroy = declared.or_else(|| self.world.removed(self.address));
        let forget = destroy.map_or(record.forget, |destroy| !destroy);
        let seen = self.world.instances(record);
        if forget {
            change.action = ChangeAction::Forget;
            change.instances.before = small(seen.len());
            return change;
        }
        if let Some(desired) = desired {
            change.delete_timeout = desired.timeouts.delete;
            if desired.lifecycle.prevent_destroy {
                self.prevented("would be destroyed");
            }
        }
        self.stop_all(&mut change, record, &seen);
        change.timeout = change.delete_timeout;
        change
    }

    /// Stops every instance of the recorded pod; one that cannot be seen is given up.
    pub(super) fn stop_all(&mut self, change: &mut Change, record: &PodRecord, seen: &[Seen]) {
        let patience = Patience::of(change.before.as_ref().unwrap_or(&Value::Null), 0.0);
        for instance in seen {
            match patience.weigh(instance.standing) {
                Weight::Ended => continue,
                Weight::Running => {}
                Weight::Waiting | Weight::Overdue => self.given_up(instance, true),
            }
            change.stop.push(instance.record.id.clone());
        }
        change.instances.before = small(change.stop.len());
        change.instances.stop = change.instances.before;
        for (_, stray) in self.world.surplus(self.address) {
            change.reasons.push(Reason::Surplus { id: stray.id.clone() });
            change.stop.push(stray.id.clone());
            change.strays.push((*stray).clone());
        }
        self.stop_returned(change, &record.provider);
    }

    /// Stops instances that came back after they were given up.
    pub(super) fn stop_returned(&self, change: &mut Change, provider: &ProviderRef) {
        for (at, instance) in self.world.returned(self.address) {
            if *at == provider {
                change.reasons.push(Reason::Returned { id: instance.id.clone() });
                change.stop.push(instance.id.clone());
                change.strays.push((*instance).clone());
            }
        }
    }

    /// Live instances of a pod that is neither desired nor recorded.
    pub(super) fn strays_only(&mut self) -> Option<Change> {
        let strays = self.world.surplus(self.address).iter();
        let provider = strays.chain(self.world.returned(self.address)).next()?.0.clone();
        let mut change = self.blank(&provider, "", ChangeAction::Delete);
        change.pod_id = self.address.to_string();
        for (at, stray) in self.world.surplus(self.address) {
            if **at == provider {
                change.reasons.push(Reason::Surplus { id: stray.id.clone() });
                change.stop.push(stray.id.clone());
                change.strays.push((*stray).clone());
                change.generation.clone_from(&stray.generation);
            }
        }
        self.stop_returned(&mut change, &provider);
        change.instances.stop = small(change.stop.len());
        change.timeout = change.delete_timeout;
        Some(change)
    }
}
