//! A new pod, and what holds for every desired one.

use super::{Pod, instances, pod_id};
use crate::effective::{effective, prior};
use crate::model::{Change, ChangeAction, Reason};
use crate::secrets::{self, Secrets};
use crate::totals::totals;
use crate::unsupported;
use podform_model::step::Launch;
use podform_model::{AttributePath, DesiredPod, Diagnostic, PodRecord, SecretStamp, Value, code};
use std::collections::BTreeMap;

impl Pod<'_, '_> {
    pub(super) fn create(&mut self, desired: &DesiredPod) -> Change {
        let (after, count) = self.wanted(desired, None);
        let mut change = self.blank(&desired.provider, pod_id(&after), ChangeAction::Create);
        self.launch_all(&mut change, desired, after, count);
        for (_, stray) in self.world.surplus(self.address) {
            change.reasons.push(Reason::Surplus { id: stray.id.clone() });
            change.stop.push(stray.id.clone());
            change.strays.push((*stray).clone());
        }
        self.stop_returned(&mut change, &desired.provider);
        change
    }

    /// A new pod: every slot is filled.
    pub(super) fn launch_all(
        &mut self,
        change: &mut Change,
        desired: &DesiredPod,
        after: Value,
        count: u32,
    ) {
        change.generation.clone_from(&self.world.inputs.options.generation);
        let generation = &change.generation;
        change.launch =
            (0..count).map(|slot| Launch { slot, generation: generation.clone() }).collect();
        change.instances.desired = count;
        change.instances.add = count;
        let secrets = self.secrets(desired, &after, None);
        self.say_secrets(&secrets, count > 0);
        change.secrets = secrets.stamps;
        self.describe(change, desired, after, count);
        change.timeout = desired.timeouts.create;
    }

    /// What holds for every desired pod.
    pub(super) fn describe(
        &self,
        change: &mut Change,
        desired: &DesiredPod,
        after: Value,
        count: u32,
    ) {
        change.depends_on.clone_from(&desired.depends_on);
        change.create_before_destroy = desired.lifecycle.create_before_destroy;
        change.delete_timeout = desired.timeouts.delete;
        change.timeout = desired.timeouts.update;
        change.totals = totals(&after, count);
        change.after = Some(after);
    }

    /// The value that is planned for, and how many instances it wants.
    pub(super) fn wanted(
        &mut self,
        desired: &DesiredPod,
        record: Option<&PodRecord>,
    ) -> (Value, u32) {
        let refinement = self.world.inputs.refinements.get(self.address);
        let (value, diagnostics) = effective(self.address, desired, record, refinement);
        self.out.diagnostics.extend(diagnostics);
        if let Some(facts) = self.world.facts(&desired.provider) {
            let found = unsupported::check(self.address, &desired.provider, &value, facts);
            self.out.diagnostics.extend(found);
        }
        let count = match instances(&value) {
            Some(count) => count,
            None => {
                self.out.diagnostics.push(
                    Diagnostic::error(
                        code::PLAN_UNKNOWN_COUNT,
                        format!("`instances` of {} is not known before the apply", self.address),
                    )
                    .help("apply the pods that it refers to first, with `-target`")
                    .at(self.address)
                    .path(AttributePath::root().attr("instances")),
                );
                record.and_then(prior).and_then(instances).unwrap_or(0)
            }
        };
        (value, count)
    }

    pub(super) fn secrets(
        &self,
        desired: &DesiredPod,
        after: &Value,
        recorded: Option<&BTreeMap<String, SecretStamp>>,
    ) -> Secrets {
        secrets::look(self.world, &desired.provider, after, recorded)
    }
}
