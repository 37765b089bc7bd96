//! `check` blocks: what does not hold is a warning, never an error.

use super::conditions;
use crate::config::Condition;
use crate::eval::Evaluator;
use crate::world::{RoomId, World};
use podform_model::{Diagnostic, Diagnostics, Severity, code};

/// Evaluates the checks of one instance of a module.
pub(super) fn evaluate(world: &World<'_>, room: RoomId, found: &mut Diagnostics) {
    if world.room(room).sealed || world.inputs.destroying {
        return;
    }
    for (name, check) in &world.module(room).checks {
        let prefix = world.configuration.modules.prefix(world.room(room).module);
        let name = format!("{prefix}check.{name}");
        asserts(Evaluator::new(world, room), &name, &check.asserts, found);
    }
}

fn asserts(
    mut evaluator: Evaluator<'_>,
    name: &str,
    asserts: &[Condition],
    found: &mut Diagnostics,
) {
    for rule in asserts {
        let before = evaluator.diagnostics.0.len();
        let what = format!("`{name}` does not hold");
        let holds = conditions::check(&mut evaluator, rule, code::CHECK, &what, None);
        for finding in evaluator.diagnostics.0.iter_mut().skip(before) {
            if finding.code == code::CHECK {
                finding.severity = Severity::Warning;
            }
        }
        if holds && is_unknown(&mut evaluator, rule) {
            let label = evaluator.world.sources.label(rule.condition.span, "known after apply");
            let summary = format!("whether `{name}` holds is known after apply");
            evaluator.push(Diagnostic::warning(code::CHECK_UNKNOWN, summary).label(label));
        }
    }
    found.extend(evaluator.diagnostics);
}

fn is_unknown(evaluator: &mut Evaluator<'_>, rule: &Condition) -> bool {
    let decision = evaluator.quietly(|evaluator| evaluator.condition(&rule.condition, None));
    decision.is_some_and(|(decision, _)| decision.is_none())
}
