//! Which slots of a pod are filled, kept and emptied.

use crate::model::{InstanceCounts, Reason};
use podform_model::observed::Standing;
use podform_model::record::Generation;
use podform_model::step::Launch;
use podform_model::{InstanceRecord, Value};
use std::collections::BTreeSet;

/// A recorded instance and what it is now.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) record: InstanceRecord,
    pub(crate) standing: Standing,
    pub(crate) text: String,
    pub(crate) healthy: Option<bool>,
}

/// What an instance counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It runs.
    Running,
    /// Nothing certain is known of it, or it is too early to give it up: it is left alone.
    Waiting,
    /// It could not be reached for too long: it is given up.
    Overdue,
    /// It is no more.
    Ended,
}

/// When an unreachable instance is given up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The time of the read, seconds since 1970.
    at: f64,
    /// After how many seconds; `None`: never.
    inactive_after: Option<f64>,
}

impl Patience {
    /// By the `unreachable` block of a pod, at this time.
    pub(crate) fn of(pod: &Value, at: f64) -> Self {
        let block = pod.get("unreachable");
        let field = |name: &str| block.and_then(|block| block.get(name));
        let disabled = field("disabled").and_then(Value::as_bool).unwrap_or(false);
        let after = field("inactive_after").and_then(Value::as_number).map_or(0.0, |n| n.as_f64());
        Self { at, inactive_after: (!disabled).then_some(after) }
    }

    pub(crate) fn weigh(self, standing: Standing) -> Weight {
        match standing {
            Standing::Live => Weight::Running,
            Standing::Dead | Standing::Finished | Standing::Gone => Weight::Ended,
            Standing::Unknown => Weight::Waiting,
            Standing::Unreachable { since } => match self.inactive_after {
                Some(after) if self.at - since >= after => Weight::Overdue,
                _ => Weight::Waiting,
            },
        }
    }

    /// How long an instance has been unreachable, and after how long it is given up.
    pub(crate) fn describe(self, since: f64) -> String {
        let so_far = (self.at - since).max(0.0).round();
        match self.inactive_after {
            Some(after) => {
                format!("unreachable for {so_far} s, left as it is until {after} s have passed")
            }
            None => format!("unreachable for {so_far} s, never given up (`unreachable.disabled`)"),
        }
    }
}

/// Which instances of a pod are wanted.
pub(crate) struct Wanted<'a> {
    /// The generation that they are to be of.
    pub(crate) generation: &'a str,
    /// How many.
    pub(crate) count: u32,
    /// How many the recorded configuration wanted.
    pub(crate) recorded: u32,
    /// Whether the youngest go first when there are too many.
    pub(crate) youngest_first: bool,
    /// Slots that are to be relaunched.
    pub(crate) requested: &'a BTreeSet<u32>,
    /// Whether instances of which nothing is known are replaced too.
    pub(crate) all: bool,
    /// When an unreachable instance is given up.
    pub(crate) patience: Patience,
}

/// What happens to the instances of a pod.
#[derive(Debug, Default)]
pub(crate) struct SlotPlan {
    pub(crate) launch: Vec<Launch>,
    pub(crate) stop: Vec<String>,
    pub(crate) adopt: Vec<InstanceRecord>,
    /// Live instances in no record, to be stopped.
    pub(crate) strays: Vec<InstanceRecord>,
    pub(crate) counts: InstanceCounts,
    pub(crate) reasons: Vec<Reason>,
    /// Whether instances of another generation are stopped.
    pub(crate) outgoing: bool,
    /// Whether running instances are replaced by those of the wanted generation.
    pub(crate) roll: bool,
    /// Whether instances are added or stopped because of their number.
    pub(crate) scaled: bool,
    /// Instances that are left alone.
    pub(crate) waiting: Vec<Seen>,
    /// Instances that are given up.
    pub(crate) given_up: Vec<Seen>,
}

/// Decides about the instances of a pod. `surplus` are live instances that are in no record.
pub(crate) fn slots(seen: &[Seen], surplus: &[InstanceRecord], wanted: &Wanted<'_>) -> SlotPlan {
    let mut plan = SlotPlan::default();
    let parts = Parts::sort(seen, wanted, &mut plan);
    let Parts { mut keep, old, requested, .. } = parts;
    let target = wanted.count as usize;
    let victims = keep.len().saturating_sub(target);
    let mut taken: BTreeSet<u32> = keep
        .iter()
        .filter(|s| s.record.generation == wanted.generation)
        .map(|s| s.record.slot)
        .collect();
    adopt(surplus, wanted, target.saturating_sub(keep.len()), &mut taken, &mut plan);
    let missing = target.saturating_sub(keep.len() + plan.adopt.len());
    plan.counts.before = small(keep.len() + old.len() + requested.len());
    plan.counts.current = small(taken.len());
    if victims > 0 {
        keep.sort_by(|a, b| stop_order(a, b, wanted));
        plan.stop.extend(keep[..victims].iter().map(|s| s.record.id.clone()));
        plan.given_up.extend(unseen(&keep[..victims]));
    }
    for seen in old.iter().chain(&requested) {
        plan.stop.push(seen.record.id.clone());
    }
    plan.given_up.extend(unseen(&old));
    plan.given_up.extend(unseen(&requested));
    plan.waiting = unseen(&keep[victims..]).collect();
    plan.outgoing = !old.is_empty();
    plan.roll = missing > 0 && old.iter().any(|seen| seen.standing == Standing::Live);
    // While instances roll, a launch that waits for its slot could wait for ever.
    let again: BTreeSet<u32> = if plan.roll {
        taken.extend(requested.iter().map(|s| s.record.slot));
        BTreeSet::new()
    } else {
        let slots = requested.iter().map(|s| s.record.slot);
        slots.chain(parts.again.iter().copied()).filter(|slot| !taken.contains(slot)).collect()
    };
    plan.launch = fill(missing, &again, &taken, wanted.generation);
    count(&mut plan, missing, victims, old.len() + requested.len(), keep.len() - victims, wanted);
    plan.counts.waiting = small(plan.waiting.len());
    plan
}

/// The recorded instances, by what is to become of them.
struct Parts {
    /// They stay, if they are not too many.
    keep: Vec<Seen>,
    /// They are of another generation and are replaced.
    old: Vec<Seen>,
    /// The user wants them replaced.
    requested: Vec<Seen>,
    /// Requested slots whose instances are no more.
    again: Vec<u32>,
}

impl Parts {
    fn sort(seen: &[Seen], wanted: &Wanted<'_>, plan: &mut SlotPlan) -> Self {
        let mut parts =
            Self { keep: Vec::new(), old: Vec::new(), requested: Vec::new(), again: Vec::new() };
        for instance in seen {
            let slot = instance.record.slot;
            let weight = wanted.patience.weigh(instance.standing);
            let requested = wanted.requested.contains(&slot);
            match weight {
                Weight::Running | Weight::Waiting if requested => {
                    plan.reasons.push(Reason::RequestedSlot { slot });
                    parts.requested.push(instance.clone());
                }
                Weight::Running | Weight::Waiting => {
                    let current = instance.record.generation == wanted.generation;
                    if current || (weight == Weight::Waiting && !wanted.all) {
                        parts.keep.push(instance.clone());
                    } else {
                        parts.old.push(instance.clone());
                    }
                }
                Weight::Ended | Weight::Overdue => {
                    plan.reasons.push(ended(instance));
                    if weight == Weight::Overdue {
                        plan.stop.push(instance.record.id.clone());
                        plan.given_up.push(instance.clone());
                    }
                    if requested {
                        parts.again.push(slot);
                    }
                }
            }
        }
        parts
    }
}

fn ended(seen: &Seen) -> Reason {
    let Seen { record, standing, text, .. } = seen;
    let text = match standing {
        _ if !text.is_empty() => text.clone(),
        Standing::Finished => "finished with status 0".to_owned(),
        Standing::Gone => "is not known to its agent".to_owned(),
        Standing::Unreachable { .. } => "could not be reached for too long".to_owned(),
        _ => "ended".to_owned(),
    };
    Reason::Ended { slot: record.slot, standing: *standing, text }
}

/// Those that do not certainly run: stopping them means giving them up.
fn unseen(seen: &[Seen]) -> impl Iterator<Item = Seen> {
    seen.iter().filter(|seen| seen.standing != Standing::Live).cloned()
}

/// Takes back surplus instances that fill an empty slot of the wanted generation; the rest is to be
/// stopped.
fn adopt(
    surplus: &[InstanceRecord],
    wanted: &Wanted<'_>,
    mut room: usize,
    taken: &mut BTreeSet<u32>,
    plan: &mut SlotPlan,
) {
    for instance in surplus {
        let fits = instance.generation == wanted.generation
            && room > 0
            && wanted.requested.is_empty()
            && taken.insert(instance.slot);
        if fits {
            room -= 1;
            let (slot, id) = (instance.slot, instance.id.clone());
            plan.reasons.push(Reason::Adopted { slot, id });
            plan.adopt.push(instance.clone());
        } else {
            plan.reasons.push(Reason::Surplus { id: instance.id.clone() });
            plan.stop.push(instance.id.clone());
            plan.strays.push(instance.clone());
        }
    }
    plan.counts.adopt = small(plan.adopt.len());
}

/// The slots to fill: first those asked for, then the lowest free ones.
fn fill(
    missing: usize,
    again: &BTreeSet<u32>,
    taken: &BTreeSet<u32>,
    generation: &str,
) -> Vec<Launch> {
    let mut slots: BTreeSet<u32> = again.iter().take(missing).copied().collect();
    let mut next = 0;
    while slots.len() < missing {
        if !taken.contains(&next) {
            slots.insert(next);
        }
        next += 1;
    }
    let generation: Generation = generation.to_owned();
    slots.into_iter().map(|slot| Launch { slot, generation: generation.clone() }).collect()
}

/// Who is stopped first when there are too many: those that cannot be reached, then by the pod's
/// `kill_selection`; those of which nothing is known last.
fn stop_order(a: &Seen, b: &Seen, wanted: &Wanted<'_>) -> std::cmp::Ordering {
    let rank = |seen: &Seen| match seen.standing {
        Standing::Unreachable { .. } => 0,
        Standing::Unknown => 2,
        _ => 1,
    };
    // One without a time has only just been launched.
    let started = |seen: &Seen| seen.record.started_at.unwrap_or(f64::INFINITY);
    let age = started(a).total_cmp(&started(b)).then(a.record.slot.cmp(&b.record.slot));
    let age = if wanted.youngest_first { age.reverse() } else { age };
    rank(a).cmp(&rank(b)).then(age).then_with(|| a.record.id.cmp(&b.record.id))
}

fn count(
    plan: &mut SlotPlan,
    launches: usize,
    victims: usize,
    outgoing: usize,
    kept: usize,
    wanted: &Wanted<'_>,
) {
    let replace = outgoing.min(launches);
    let rest = launches - replace;
    let was = wanted.recorded.min(wanted.count) as usize;
    let relaunch = rest.min(was.saturating_sub(kept + plan.adopt.len() + replace));
    let counts = &mut plan.counts;
    counts.desired = wanted.count;
    counts.replace = small(replace);
    counts.relaunch = small(relaunch);
    counts.add = small(rest - relaunch);
    counts.stop = small(victims + outgoing - replace);
    plan.scaled = victims > 0 || rest > relaunch;
    let gone = plan.reasons.iter().filter(|r| matches!(r, Reason::Ended { .. })).count();
    if victims > 0 && wanted.count >= wanted.recorded {
        plan.reasons.push(Reason::Excess { count: small(victims) });
    }
    if relaunch > gone {
        plan.reasons.push(Reason::Missing { count: small(relaunch - gone) });
    }
}

/// A count of instances; there are never more than a pod's limit of a million.
pub(crate) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
