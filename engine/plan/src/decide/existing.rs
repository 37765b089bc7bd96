//! A pod that is recorded and desired: replaced, changed, or left as it is.

use super::verdict::{Verdict, action, forces, reasons};
use super::{Pod, instances, pod_id};
use crate::compare::{Comparison, Difference, Differs, compare};
use crate::effective::{is_ignored, prior};
use crate::input::ReplaceTarget;
use crate::instances::{Patience, SlotPlan, Wanted, slots};
use crate::model::{Change, ChangeAction, Reason};
use podform_model::change::ChangeClass;
use podform_model::{Address, AttributePath, DesiredPod, PodRecord, ProviderRef, Value};
use std::collections::{BTreeMap, BTreeSet};

impl Pod<'_, '_> {
    pub(super) fn existing(
        &mut self,
        desired: &DesiredPod,
        record: &PodRecord,
        trigger: Option<&Address>,
    ) -> Change {
        let (after, count) = self.wanted(desired, Some(record));
        let before = prior(record).cloned().unwrap_or_default();
        let differences = self.differences(desired, &before, &after);
        let mut reasons = self.replace_reasons(desired, record, &after, &differences);
        reasons.extend(trigger.map(|address| Reason::TriggeredBy { address: address.clone() }));
        if !reasons.is_empty() {
            return self.replace(desired, record, after, count, reasons, &differences);
        }
        self.refused(&differences);
        let recorded = record.secrets.get(&record.generation);
        let no_secrets = BTreeMap::new();
        let secrets = self.secrets(desired, &after, Some(recorded.unwrap_or(&no_secrets)));
        let (requested, requested_slots) = self.requested(record);
        let unknown_before = prior(record).is_none();
        let verdict = Verdict { differences, secrets, requested, requested_slots, unknown_before };
        self.update(desired, record, after, count, verdict)
    }

    pub(super) fn differences(
        &self,
        desired: &DesiredPod,
        before: &Value,
        after: &Value,
    ) -> Vec<Difference> {
        let none = BTreeMap::new();
        let changes = self.world.facts(&desired.provider).map_or(&none, |facts| &facts.changes);
        let with = Comparison { changes, digest: self.world.inputs.digest };
        let mut differences = compare(before, after, with);
        differences.retain(|difference| !is_ignored(desired, &difference.path));
        differences
    }

    /// Why the pod has to be another one; empty: it need not.
    pub(super) fn replace_reasons(
        &self,
        desired: &DesiredPod,
        record: &PodRecord,
        after: &Value,
        differences: &[Difference],
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if desired.provider != record.provider {
            reasons.push(Reason::ProviderChanged {
                before: record.provider.clone(),
                after: desired.provider.clone(),
            });
        }
        if after.get("id").and_then(Value::as_str).is_some_and(|id| id != record.id) {
            reasons.push(Reason::IdChanged);
        }
        let id = AttributePath::root().attr("id");
        let mut paths: Vec<AttributePath> = differences
            .iter()
            .filter(|d| d.how == Differs::Changed && d.class == ChangeClass::Replace)
            .map(|d| d.path.clone())
            .filter(|path| *path != id)
            .collect();
        if let Some(refinement) = self.world.inputs.refinements.get(self.address) {
            paths.extend(refinement.replace.iter().cloned());
        }
        paths.sort();
        paths.dedup();
        if !paths.is_empty() {
            reasons.push(Reason::ProviderReplaces { paths });
        }
        reasons
    }

    pub(super) fn replace(
        &mut self,
        desired: &DesiredPod,
        record: &PodRecord,
        after: Value,
        count: u32,
        reasons: Vec<Reason>,
        differences: &[Difference],
    ) -> Change {
        if desired.lifecycle.prevent_destroy {
            self.prevented("would be replaced");
        }
        let create_first = desired.lifecycle.create_before_destroy;
        let mut change = self.recorded(record, ChangeAction::Replace { create_first });
        change.reasons = reasons;
        let delete_timeout = change.delete_timeout;
        let seen = self.world.instances(record);
        self.stop_all(&mut change, record, &seen);
        if desired.provider != record.provider {
            change.prior_provider = Some(record.provider.clone());
            change.provider = desired.provider.clone();
        }
        let id = pod_id(&after).to_owned();
        if id != record.id {
            change.prior_id = Some(std::mem::replace(&mut change.pod_id, id));
            if self.world.inputs.arrivals.moved.contains_key(self.address) {
                self.say_moved(&record.id);
            }
        }
        change.forces = forces(differences);
        self.launch_all(&mut change, desired, after, count);
        change.delete_timeout = delete_timeout;
        change
    }

    pub(super) fn update(
        &mut self,
        desired: &DesiredPod,
        record: &PodRecord,
        after: Value,
        count: u32,
        verdict: Verdict,
    ) -> Change {
        let mut change = self.recorded(record, ChangeAction::NoOp);
        let (rolls, may_roll) = (verdict.rolls(), verdict.may_roll());
        if rolls || may_roll {
            change.generation.clone_from(&self.world.inputs.options.generation);
        }
        let recorded_count = change.before.as_ref().and_then(instances).unwrap_or(count);
        let seen = self.world.instances(record);
        let surplus: Vec<_> =
            self.world.surplus(self.address).iter().map(|(_, i)| (*i).clone()).collect();
        let wanted = Wanted {
            generation: &change.generation,
            count,
            recorded: recorded_count,
            youngest_first: after.get("kill_selection").and_then(Value::as_str)
                != Some("OLDEST_FIRST"),
            requested: &verdict.requested_slots,
            all: verdict.requested,
            patience: Patience::of(&after, self.world.at(&record.provider)),
        };
        let plan = slots(&seen, &surplus, &wanted);
        self.say_waiting(&plan, wanted.patience);
        self.say_secrets(&verdict.secrets, !plan.launch.is_empty());
        let before = change.before.clone().unwrap_or_default();
        self.say_not_compared(&before, &verdict.differences);
        change.reasons = reasons(&verdict, desired, (recorded_count, count), &plan);
        change.forces = forces(&verdict.differences);
        self.describe(&mut change, desired, after, count);
        change.secrets = verdict.secrets.stamps.clone();
        change.secrets_changed.clone_from(&verdict.secrets.changed);
        let scaled = recorded_count != count || plan.scaled;
        let rolling = (may_roll || rolls) && !plan.launch.is_empty();
        let rolling = rolling || (plan.outgoing && count > 0);
        self.fill(&mut change, plan, &record.provider);
        change.action = action(&change, &verdict, rolling, scaled);
        change.conditional = match change.action {
            ChangeAction::Roll => may_roll && !rolls,
            ChangeAction::Update => !rolls && !verdict.certain(),
            _ => false,
        };
        if change.action == ChangeAction::Relaunch {
            change.timeout = desired.timeouts.create;
        }
        change
    }

    /// Puts what was decided about instances into the change.
    pub(super) fn fill(&mut self, change: &mut Change, plan: SlotPlan, provider: &ProviderRef) {
        change.launch = plan.launch;
        change.stop = plan.stop;
        change.adopt = plan.adopt;
        change.strays = plan.strays;
        change.roll = plan.roll;
        change.instances = plan.counts;
        self.stop_returned(change, provider);
    }

    /// What `-replace` asks of this pod: all of it, or some slots.
    pub(super) fn requested(&mut self, record: &PodRecord) -> (bool, BTreeSet<u32>) {
        let mut slots = BTreeSet::new();
        let mut all = false;
        for ReplaceTarget { address, slot } in &self.world.inputs.options.replace {
            if !address.covers(self.address) {
                continue;
            }
            match slot {
                None => all = true,
                Some(slot) if record.instances.iter().any(|i| i.slot == *slot) => {
                    slots.insert(*slot);
                }
                Some(slot) => self.no_slot(*slot, record),
            }
        }
        (all, slots)
    }
}
