//! What becomes of one pod.

use crate::compare::{Comparison, Difference, Differs, compare};
use crate::effective::{effective, is_ignored, prior};
use crate::input::{Mode, ReplaceTarget};
use crate::instances::{Patience, Seen, SlotPlan, Wanted, Weight, slots};
use crate::model::{Change, ChangeAction, InstanceCounts, Note, NoteKind, Reason};
use crate::secrets::{self, Secrets};
use crate::totals::{Totals, totals};
use crate::unsupported;
use crate::world::World;
use podform_model::change::ChangeClass;
use podform_model::observed::Standing;
use podform_model::step::Launch;
use podform_model::{
    Address, AttributePath, DesiredPod, Diagnostic, Diagnostics, PodRecord, ProviderRef, Timeouts,
    Value, code,
};
use std::collections::{BTreeMap, BTreeSet};

/// What was decided about a pod.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub(crate) change: Option<Change>,
    pub(crate) notes: Vec<Note>,
    pub(crate) diagnostics: Diagnostics,
}

/// Decides about one pod. `trigger` is a pod whose change replaces it; `in_scope` is false for what
/// `-target` leaves out.
pub(crate) fn decide(
    world: &World<'_>,
    address: &Address,
    trigger: Option<&Address>,
    in_scope: bool,
) -> Decided {
    let desired = world.inputs.desired.pods.get(address);
    let record = world.inputs.pods.get(address);
    let mut pod = Pod { world, address, out: Decided::default() };
    let mode = world.inputs.options.mode;
    let change = match (mode, desired, record) {
        _ if !in_scope || mode == Mode::RefreshOnly => record.map(|record| pod.untouched(record)),
        (Mode::Destroy, desired, Some(record)) => Some(pod.remove(record, desired)),
        (Mode::Normal, None, Some(record)) => Some(pod.remove(record, None)),
        (Mode::Normal, Some(desired), None) => Some(pod.create(desired)),
        (Mode::Normal, Some(desired), Some(record)) => Some(pod.existing(desired, record, trigger)),
        (_, _, None) => pod.strays_only(),
        (Mode::RefreshOnly, _, _) => None,
    };
    pod.out.change = change;
    pod.out
}

struct Pod<'w, 'a> {
    world: &'w World<'a>,
    address: &'w Address,
    out: Decided,
}

/// What differs in a pod, and what that asks for.
struct Verdict {
    differences: Vec<Difference>,
    secrets: Secrets,
    requested: bool,
    requested_slots: BTreeSet<u32>,
    unknown_before: bool,
}

impl Verdict {
    fn paths(&self, how: Differs, test: impl Fn(ChangeClass) -> bool) -> Vec<AttributePath> {
        let hits = self.differences.iter().filter(|d| d.how == how && test(d.class));
        hits.map(|d| d.path.clone()).collect()
    }

    fn any(&self, how: Differs, class: ChangeClass) -> bool {
        self.differences.iter().any(|d| d.how == how && d.class == class)
    }

    /// Whether every instance certainly has to be replaced.
    fn rolls(&self) -> bool {
        self.requested
            || self.unknown_before
            || !self.secrets.changed.is_empty()
            || self.any(Differs::Changed, ChangeClass::Roll)
    }

    /// Whether something certainly changes in place.
    fn certain(&self) -> bool {
        self.any(Differs::Changed, ChangeClass::Update)
            || self.any(Differs::Changed, ChangeClass::Memory)
            || self.differences.iter().any(|d| d.how == Differs::Marked)
    }

    /// Whether something may change once values are known.
    fn may_change(&self) -> bool {
        self.differences.iter().any(|d| d.how == Differs::Unknown)
    }

    /// Whether instances may have to be replaced once values are known.
    fn may_roll(&self) -> bool {
        self.differences.iter().any(|d| d.how == Differs::Unknown && d.class >= ChangeClass::Roll)
    }
}

impl Pod<'_, '_> {
    /// A change that does nothing yet.
    fn blank(&self, provider: &ProviderRef, pod_id: &str, action: ChangeAction) -> Change {
        Change {
            address: self.address.clone(),
            provider: provider.clone(),
            prior_provider: None,
            pod_id: pod_id.to_owned(),
            prior_id: None,
            action,
            conditional: false,
            reasons: Vec::new(),
            before: None,
            after: None,
            generation: self.world.inputs.options.generation.clone(),
            launch: Vec::new(),
            stop: Vec::new(),
            adopt: Vec::new(),
            strays: Vec::new(),
            roll: false,
            instances: InstanceCounts::default(),
            secrets: BTreeMap::new(),
            secrets_changed: Vec::new(),
            depends_on: BTreeSet::new(),
            prior_depends_on: BTreeSet::new(),
            timeout: Timeouts::default().update,
            delete_timeout: Timeouts::default().delete,
            create_before_destroy: false,
            totals: Totals::default(),
            forces: Vec::new(),
        }
    }

    /// A change of a recorded pod that does nothing yet.
    fn recorded(&self, record: &PodRecord, action: ChangeAction) -> Change {
        let mut change = self.blank(&record.provider, &record.id, action);
        change.before = prior(record).cloned();
        change.generation.clone_from(&record.generation);
        change.prior_depends_on.clone_from(&record.depends_on);
        change.create_before_destroy = record.create_before_destroy;
        change.delete_timeout = record.delete_timeout.unwrap_or(change.delete_timeout);
        change
    }

    fn untouched(&self, record: &PodRecord) -> Change {
        let mut change = self.recorded(record, ChangeAction::NoOp);
        change.after = change.before.clone();
        change.depends_on.clone_from(&record.depends_on);
        change.instances.desired = change.after.as_ref().and_then(instances).unwrap_or(0);
        change.totals = change
            .after
            .as_ref()
            .map_or_else(Totals::default, |v| totals(v, change.instances.desired));
        change
    }

    /// A pod that nobody wants any more: destroyed, or forgotten.
    fn remove(&mut self, record: &PodRecord, desired: Option<&DesiredPod>) -> Change {
        let mut change = self.recorded(record, ChangeAction::Delete);
        let asked = self.world.inputs.options.mode == Mode::Destroy;
        change.reasons.push(if asked {
            Reason::DestroyRequested
        } else {
            Reason::NotInConfiguration
        });
        let forget = desired
            .and_then(|desired| desired.lifecycle.destroy)
            .map_or(record.forget, |destroy| !destroy);
        let seen = self.world.instances(record);
        if forget {
            change.action = ChangeAction::Forget;
            change.instances.before = crate::instances::small(seen.len());
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
    fn stop_all(&mut self, change: &mut Change, record: &PodRecord, seen: &[Seen]) {
        let patience = Patience::of(change.before.as_ref().unwrap_or(&Value::Null), 0.0);
        for instance in seen {
            match patience.weigh(instance.standing) {
                Weight::Ended => continue,
                Weight::Running => {}
                Weight::Waiting | Weight::Overdue => self.given_up(instance, true),
            }
            change.stop.push(instance.record.id.clone());
        }
        change.instances.before = crate::instances::small(change.stop.len());
        change.instances.stop = change.instances.before;
        for (_, stray) in self.world.surplus(self.address) {
            change.reasons.push(Reason::Surplus { id: stray.id.clone() });
            change.stop.push(stray.id.clone());
            change.strays.push((*stray).clone());
        }
        self.stop_returned(change, &record.provider);
    }

    /// Stops instances that came back after they were given up.
    fn stop_returned(&self, change: &mut Change, provider: &ProviderRef) {
        for (at, instance) in self.world.returned(self.address) {
            if *at == provider {
                change.reasons.push(Reason::Returned { id: instance.id.clone() });
                change.stop.push(instance.id.clone());
                change.strays.push((*instance).clone());
            }
        }
    }

    /// Live instances of a pod that is neither desired nor recorded.
    fn strays_only(&mut self) -> Option<Change> {
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
        change.instances.stop = crate::instances::small(change.stop.len());
        change.timeout = change.delete_timeout;
        Some(change)
    }

    fn create(&mut self, desired: &DesiredPod) -> Change {
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
    fn launch_all(&mut self, change: &mut Change, desired: &DesiredPod, after: Value, count: u32) {
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
    fn describe(&self, change: &mut Change, desired: &DesiredPod, after: Value, count: u32) {
        change.depends_on.clone_from(&desired.depends_on);
        change.create_before_destroy = desired.lifecycle.create_before_destroy;
        change.delete_timeout = desired.timeouts.delete;
        change.timeout = desired.timeouts.update;
        change.totals = totals(&after, count);
        change.after = Some(after);
    }

    /// The value that is planned for, and how many instances it wants.
    fn wanted(&mut self, desired: &DesiredPod, record: Option<&PodRecord>) -> (Value, u32) {
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

    fn existing(
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

    fn differences(&self, desired: &DesiredPod, before: &Value, after: &Value) -> Vec<Difference> {
        let none = BTreeMap::new();
        let changes = self.world.facts(&desired.provider).map_or(&none, |facts| &facts.changes);
        let with = Comparison { changes, digest: self.world.inputs.digest };
        let mut differences = compare(before, after, with);
        differences.retain(|difference| !is_ignored(desired, &difference.path));
        differences
    }

    /// Why the pod has to be another one; empty: it need not.
    fn replace_reasons(
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

    fn replace(
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
        }
        change.forces = forces(differences);
        self.launch_all(&mut change, desired, after, count);
        change.delete_timeout = delete_timeout;
        change
    }

    fn update(
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
        self.say_not_compared(&verdict.differences);
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
    fn fill(&mut self, change: &mut Change, plan: SlotPlan, provider: &ProviderRef) {
        change.launch = plan.launch;
        change.stop = plan.stop;
        change.adopt = plan.adopt;
        change.strays = plan.strays;
        change.roll = plan.roll;
        change.instances = plan.counts;
        self.stop_returned(change, provider);
    }

    /// What `-replace` asks of this pod: all of it, or some slots.
    fn requested(&mut self, record: &PodRecord) -> (bool, BTreeSet<u32>) {
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

    fn no_slot(&mut self, slot: u32, record: &PodRecord) {
        let slots: BTreeSet<u32> = record.instances.iter().map(|i| i.slot).collect();
        let list = slots.iter().map(|slot| format!("`{}#{slot}`", self.address));
        let help = match list.collect::<Vec<_>>() {
            list if list.is_empty() => "run plan without this `-replace`".to_owned(),
            list => format!("name one of {}", list.join(", ")),
        };
        self.out.diagnostics.push(
            Diagnostic::error(
                code::PLAN_UNKNOWN_ADDRESS,
                format!("{} has no instance in slot {slot}", self.address),
            )
            .help(help)
            .at(self.address),
        );
    }

    fn secrets(
        &self,
        desired: &DesiredPod,
        after: &Value,
        recorded: Option<&BTreeMap<String, podform_model::SecretStamp>>,
    ) -> Secrets {
        secrets::look(self.world, &desired.provider, after, recorded)
    }

    fn say_secrets(&mut self, secrets: &Secrets, launches: bool) {
        let path = |name: &str| AttributePath::root().attr("secret").key(name).attr("source");
        for (name, message) in &secrets.missing {
            let summary = format!("the secret `{name}` of {} does not exist", self.address);
            let found = if launches {
                Diagnostic::error(code::SECRET_MISSING, summary)
            } else {
                Diagnostic::warning(code::SECRET_MISSING, summary)
            };
            self.out.diagnostics.push(found.help(message).at(self.address).path(path(name)));
        }
        for (name, message) in &secrets.no_store {
            let summary = format!("the secret `{name}` of {} has no store", self.address);
            let found = Diagnostic::error(code::SECRET_STORE, summary);
            self.out.diagnostics.push(found.help(message).at(self.address).path(path(name)));
        }
        for (name, why) in &secrets.not_compared {
            self.note(
                NoteKind::NotCompared,
                format!("secret `{name}` is taken as unchanged: {why}"),
            );
        }
    }

    fn say_not_compared(&mut self, differences: &[Difference]) {
        for difference in differences.iter().filter(|d| d.how == Differs::NotCompared) {
            let text = format!(
                "`{}` is taken as unchanged: the key of the state's digests is lost",
                difference.path
            );
            self.note(NoteKind::NotCompared, text);
        }
    }

    fn say_waiting(&mut self, plan: &SlotPlan, patience: Patience) {
        for seen in &plan.waiting {
            let what = match seen.standing {
                Standing::Unreachable { since } => patience.describe(since),
                _ if seen.text.is_empty() => "unknown, left as it is".to_owned(),
                _ => format!("unknown, left as it is: {}", seen.text),
            };
            self.note(NoteKind::Waiting, format!("{} is {what}", name(seen)));
        }
        for seen in &plan.given_up {
            self.given_up(seen, false);
        }
    }

    fn given_up(&mut self, seen: &Seen, warn: bool) {
        let what = match seen.standing {
            Standing::Unreachable { .. } => "cannot be reached",
            _ => "may still run",
        };
        let text = format!("{} {what}; if it comes back it is stopped", name(seen));
        if warn {
            let summary = format!("{} of {} {what}", name(seen), self.address);
            self.out.diagnostics.push(
                Diagnostic::warning(code::PLAN_GIVEN_UP, summary)
                    .detail("It is kept as a tombstone: if it comes back, the next apply stops it.")
                    .at(self.address),
            );
        }
        self.note(NoteKind::GivenUp, text);
    }

    fn note(&mut self, kind: NoteKind, text: String) {
        self.out.notes.push(Note { address: Some(self.address.clone()), kind, text });
    }

    fn prevented(&mut self, what: &str) {
        self.out.diagnostics.push(
            Diagnostic::error(
                code::PLAN_PREVENT_DESTROY,
                format!("{} {what}, but has `prevent_destroy`", self.address),
            )
            .help("remove `prevent_destroy` from its `lifecycle` block, or leave it out of this plan with `-target`")
            .at(self.address)
            .path(AttributePath::root().attr("lifecycle").attr("prevent_destroy")),
        );
    }

    /// Says which differences cannot be brought about, and which only half.
    fn refused(&mut self, differences: &[Difference]) {
        for difference in differences.iter().filter(|d| d.how == Differs::Changed) {
            let path = &difference.path;
            match difference.class {
                ChangeClass::Refused => self.out.diagnostics.push(
                    Diagnostic::error(
                        code::PLAN_REFUSED_CHANGE,
                        format!("`{path}` of {} cannot change once the pod exists", self.address),
                    )
                    .help("undo the change, or change the pod's `id` to make another pod")
                    .at(self.address)
                    .path(path.clone()),
                ),
                ChangeClass::Memory => self.out.diagnostics.push(
                    Diagnostic::warning(
                        code::PLAN_MEMORY_ONLY,
                        format!("`{path}` of {} reaches new instances only", self.address),
                    )
                    .detail("The orchestrator keeps this change in memory: it is lost when another leader is elected.")
                    .at(self.address)
                    .path(path.clone()),
                ),
                _ => {}
            }
        }
    }
}

/// How an instance is called in a note.
fn name(seen: &Seen) -> String {
    match &seen.record.host {
        Some(host) => format!("instance {} on {host}", seen.record.slot),
        None => format!("instance {}", seen.record.slot),
    }
}

fn instances(value: &Value) -> Option<u32> {
    match value.get("instances") {
        None | Some(Value::Null) => Some(1),
        Some(value) => value.as_number()?.as_u64().and_then(|count| u32::try_from(count).ok()),
    }
}

fn pod_id(value: &Value) -> &str {
    value.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn forces(differences: &[Difference]) -> Vec<(AttributePath, ChangeClass)> {
    let differ = differences.iter().filter(|d| d.how != Differs::NotCompared);
    let class = |d: &Difference| match d.how {
        // The value stays; only the record is rewritten.
        Differs::Marked => ChangeClass::Update,
        _ => d.class,
    };
    differ.map(|d| (d.path.clone(), class(d))).collect()
}

/// Why a pod that stays is changed, the weightiest first.
fn reasons(
    verdict: &Verdict,
    desired: &DesiredPod,
    (was, count): (u32, u32),
    plan: &SlotPlan,
) -> Vec<Reason> {
    let mut out = Vec::new();
    if verdict.requested {
        out.push(Reason::Requested);
    }
    if verdict.unknown_before {
        out.push(Reason::ConfigurationUnknown);
    } else {
        for class in [ChangeClass::Roll, ChangeClass::Update, ChangeClass::Memory] {
            let paths = verdict.paths(Differs::Changed, |c| c == class);
            if !paths.is_empty() {
                out.push(Reason::Attributes { class, paths });
            }
        }
    }
    if !verdict.secrets.changed.is_empty() {
        out.push(Reason::SecretChanged { names: verdict.secrets.changed.clone() });
    }
    let unknown = verdict.paths(Differs::Unknown, |_| true);
    if !unknown.is_empty() {
        let because = desired
            .references
            .iter()
            .filter(|r| unknown.iter().any(|path| r.from.contains(path) || path.contains(&r.from)))
            .map(|reference| reference.address.clone())
            .collect();
        out.push(Reason::MayChange { paths: unknown, because });
    }
    if !verdict.rolls() && !verdict.may_roll() && plan.outgoing {
        out.push(match (count, plan.counts.current) {
            (0, _) => Reason::Excess { count: plan.counts.stop },
            (of, done) => Reason::Continues { done, of },
        });
    }
    let marked = verdict.paths(Differs::Marked, |_| true);
    if !marked.is_empty() {
        out.push(Reason::Sensitivity { paths: marked });
    }
    if was != count {
        out.push(Reason::Scaled { before: was, after: count });
    }
    out.extend(plan.reasons.iter().cloned());
    out
}

/// The action on a pod that stays.
fn action(change: &Change, verdict: &Verdict, rolling: bool, scaled: bool) -> ChangeAction {
    if rolling {
        ChangeAction::Roll
    } else if scaled {
        ChangeAction::Scale
    } else if verdict.rolls() || verdict.certain() {
        ChangeAction::Update
    } else if !change.launch.is_empty() {
        ChangeAction::Relaunch
    } else if verdict.may_change() {
        ChangeAction::Update
    } else if !change.adopt.is_empty() {
        ChangeAction::Adopt
    } else if !change.stop.is_empty() {
        ChangeAction::Stop
    } else {
        ChangeAction::NoOp
    }
}
