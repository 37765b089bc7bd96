//! What differs in a pod that stays, and what that asks for.

use crate::compare::{Difference, Differs};
use crate::instances::SlotPlan;
use crate::model::{Change, ChangeAction, Reason};
use crate::secrets::Secrets;
use podform_model::change::ChangeClass;
use podform_model::{AttributePath, DesiredPod};
use std::collections::BTreeSet;

/// What differs in a pod, and what that asks for.
pub(super) struct Verdict {
    pub(super) differences: Vec<Difference>,
    pub(super) secrets: Secrets,
    pub(super) requested: bool,
    pub(super) requested_slots: BTreeSet<u32>,
    pub(super) unknown_before: bool,
}

impl Verdict {
    pub(super) fn paths(
        &self,
        how: Differs,
        test: impl Fn(ChangeClass) -> bool,
    ) -> Vec<AttributePath> {
        let hits = self.differences.iter().filter(|d| d.how == how && test(d.class));
        hits.map(|d| d.path.clone()).collect()
    }

    pub(super) fn any(&self, how: Differs, class: ChangeClass) -> bool {
        self.differences.iter().any(|d| d.how == how && d.class == class)
    }

    /// Whether every instance certainly has to be replaced.
    pub(super) fn rolls(&self) -> bool {
        self.requested
            || self.unknown_before
            || !self.secrets.changed.is_empty()
            || self.any(Differs::Changed, ChangeClass::Roll)
    }

    /// Whether something certainly changes in place.
    pub(super) fn certain(&self) -> bool {
        self.any(Differs::Changed, ChangeClass::Update)
            || self.any(Differs::Changed, ChangeClass::Memory)
            || self.differences.iter().any(|d| d.how == Differs::Marked)
    }

    /// Whether something may change once values are known.
    pub(super) fn may_change(&self) -> bool {
        self.differences.iter().any(|d| d.how == Differs::Unknown)
    }

    /// Whether instances may have to be replaced once values are known.
    pub(super) fn may_roll(&self) -> bool {
        self.differences.iter().any(|d| d.how == Differs::Unknown && d.class >= ChangeClass::Roll)
    }
}

pub(super) fn forces(differences: &[Difference]) -> Vec<(AttributePath, ChangeClass)> {
    let differ = differences.iter().filter(|d| d.how != Differs::NotCompared);
    let class = |d: &Difference| match d.how {
        // The value stays; only the record is rewritten.
        Differs::Marked => ChangeClass::Update,
        _ => d.class,
    };
    differ.map(|d| (d.path.clone(), class(d))).collect()
}

/// Why a pod that stays is changed, the weightiest first.
pub(super) fn reasons(
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
pub(super) fn action(
    change: &Change,
    verdict: &Verdict,
    rolling: bool,
    scaled: bool,
) -> ChangeAction {
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
