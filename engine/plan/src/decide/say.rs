//! What is said about a pod beside its change: notes, warnings, refusals.

use super::Pod;
use crate::compare::{Difference, Differs};
use crate::instances::{Patience, Seen, SlotPlan};
use crate::model::{Note, NoteKind};
use crate::place::at;
use crate::secrets::Secrets;
use crate::select::listed;
use podform_model::change::ChangeClass;
use podform_model::observed::Standing;
use podform_model::{AttributePath, Diagnostic, PodRecord, Value, code};
use std::collections::BTreeSet;

impl Pod<'_, '_> {
    pub(super) fn no_slot(&mut self, slot: u32, record: &PodRecord) {
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

    pub(super) fn say_secrets(&mut self, secrets: &Secrets, launches: bool) {
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

    pub(super) fn say_not_compared(&mut self, before: &Value, differences: &[Difference]) {
        let mut unknown = Vec::new();
        for difference in differences.iter().filter(|d| d.how == Differs::NotCompared) {
            let path = &difference.path;
            if at(before, path).is_some_and(Value::has_unknown) {
                unknown.push(path.to_string());
                continue;
            }
            let text =
                format!("`{path}` is taken as unchanged: the key of the state's digests is lost");
            self.note(NoteKind::NotCompared, text);
        }
        if !unknown.is_empty() {
            let (verb, they) =
                if unknown.len() == 1 { ("is", "its value") } else { ("are", "their values") };
            let list = listed(&unknown);
            let text = format!(
                "{list} {verb} taken as unchanged: {they} {verb} not recorded until the instances are replaced"
            );
            self.note(NoteKind::NotCompared, text);
        }
    }

    /// A pod that moved and is replaced because its id changes with its address.
    pub(super) fn say_moved(&mut self, id: &str) {
        let text = format!(
            "it has moved, and its id with it; write `id = \"{id}\"` in the pod to keep what runs"
        );
        self.note(NoteKind::Moved, text);
    }

    pub(super) fn say_waiting(&mut self, plan: &SlotPlan, patience: Patience) {
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

    pub(super) fn given_up(&mut self, seen: &Seen, warn: bool) {
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

    pub(super) fn note(&mut self, kind: NoteKind, text: String) {
        self.out.notes.push(Note { address: Some(self.address.clone()), kind, text });
    }

    pub(super) fn prevented(&mut self, what: &str) {
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
    pub(super) fn refused(&mut self, differences: &[Difference]) {
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
