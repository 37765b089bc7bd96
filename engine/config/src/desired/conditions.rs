//! Rules that a configuration states itself: preconditions, postconditions, validations.

use crate::config::Condition;
use crate::eval::Evaluator;
use crate::types::to_text;
use crate::value::Val;
use podform_model::{Address, Diagnostic};

/// Checks one rule; an unknown condition is checked later. Returns whether it does not fail.
pub(crate) fn check(
    evaluator: &mut Evaluator<'_>,
    rule: &Condition,
    code: &str,
    what: &str,
    address: Option<&Address>,
) -> bool {
    let Ok((decision, _)) = evaluator.condition(&rule.condition, None) else { return false };
    if decision != Some(false) {
        return true;
    }
    let message = match evaluator.value(&rule.message) {
        Ok(Val::Sensitive(_)) => {
            Some("The error message holds a sensitive value, so it is not shown.".to_owned())
        }
        Ok(value) => match to_text(&value) {
            Some(Val::String(text)) => Some(text.to_string()),
            _ => None,
        },
        Err(_) => None,
    };
    evaluator.fault(&rule.condition, None, what, "this is false");
    if let Some(found) = evaluator.diagnostics.0.last_mut() {
        found.code = code.to_owned();
        found.address = address.cloned();
        found.detail = match (message, found.detail.take()) {
            (Some(message), Some(values)) => Some(format!("{message}\n{values}")),
            (message, values) => message.or(values),
        };
    }
    false
}

/// Points a finding to another place first.
pub(crate) fn point(diagnostic: &mut Diagnostic, label: podform_model::Label) {
    diagnostic.labels.insert(0, label);
}
