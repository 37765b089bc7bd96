//! Rules that a configuration states itself: preconditions, postconditions, validations, checks.

use crate::config::Condition;
use crate::eval::Evaluator;
use crate::types::to_text;
use crate::value::Val;
use podform_model::{Address, Diagnostic, code};

/// Checks one rule; an unknown condition is checked later. Returns whether it does not fail. What is
/// destroyed need not be as it is demanded.
pub(crate) fn check(
    evaluator: &mut Evaluator<'_>,
    rule: &Condition,
    kind: &str,
    what: &str,
    address: Option<&Address>,
) -> bool {
    if evaluator.world.inputs.destroying && kind == code::PLAN_CONDITION {
        return true;
    }
    let decision = evaluator.condition(&rule.condition, None).map(|(decision, _)| decision);
    // A message that is no text is a fault of its own, whether it is needed or not.
    let message = message(evaluator, rule);
    match decision {
        Ok(Some(false)) => {}
        Ok(_) => return message.is_some(),
        Err(_) => return false,
    }
    evaluator.fault(&rule.condition, None, what, "this is false");
    if let Some(found) = evaluator.diagnostics.0.last_mut() {
        found.code = kind.to_owned();
        found.address = address.cloned();
        found.detail = match (message, found.detail.take()) {
            (Some(message), Some(values)) => Some(format!("{message}\n{values}")),
            (message, values) => message.or(values),
        };
    }
    false
}

/// What is told when the rule fails; `None` when its message is no text, which is reported.
fn message(evaluator: &mut Evaluator<'_>, rule: &Condition) -> Option<String> {
    let value = evaluator.value(&rule.message).ok()?;
    let why = match &value {
        Val::Sensitive(_) => "holds a sensitive value",
        Val::Ephemeral(_) => "holds an ephemeral value",
        Val::Unknown(_) => "is known after apply",
        Val::Null(_) => {
            evaluator.fault(&rule.message, None, "an error message must not be null", "null");
            return None;
        }
        other => match to_text(other) {
            Some(Val::String(text)) => return Some(text.to_string()),
            _ => {
                let kind = other.kind();
                let summary = format!("an error message must be a string, found {kind}");
                evaluator.fault(&rule.message, None, summary, format!("this is {kind}"));
                return None;
            }
        },
    };
    Some(format!("The error message {why}, so it is not shown."))
}

/// Points a finding to another place first.
pub(crate) fn point(diagnostic: &mut Diagnostic, label: podform_model::Label) {
    diagnostic.labels.insert(0, label);
}
