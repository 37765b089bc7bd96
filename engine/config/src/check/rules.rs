//! Rules that a configuration states itself: whether each looks at something.

use super::{Checking, Place};
use crate::config::Condition;
use crate::ir::{Kind, Name, Target};
use podform_model::code;

impl Checking<'_> {
    /// Checks the references of a rule, and that there is one in its condition.
    pub(super) fn rule(&mut self, rule: &Condition, place: Place<'_>) {
        self.all(&rule.condition, place);
        self.all(&rule.message, place);
        self.looks_at_something(rule);
    }

    /// Whether a condition refers to anything: else it is always true, or always false.
    pub(super) fn looks_at_something(&mut self, rule: &Condition) {
        let mut refers = false;
        rule.condition.walk(&mut |expr| {
            refers |= matches!(expr.kind, Kind::Reference(_) | Kind::Broken);
        });
        if !refers {
            self.error(
                code::INVALID_VALUE,
                rule.condition.span,
                "a condition must refer to something, or else it checks nothing",
                "refers to nothing",
                "refer to a variable, a local or a pod in it",
            );
        }
    }

    /// Checks the rule of a variable, which must look at its value.
    pub(super) fn validation(&mut self, rule: &Condition, name: &Name) {
        let place = Place::default();
        self.all(&rule.condition, place);
        self.all(&rule.message, place);
        let mut own = false;
        rule.condition.walk(&mut |expr| {
            own |= match &expr.kind {
                Kind::Reference(reference) => {
                    matches!(&reference.target, Target::Variable(other) if other == name)
                }
                Kind::Broken => true,
                _ => false,
            };
        });
        if !own {
            let summary = format!("a validation of `var.{name}` must look at its value");
            let help = format!("refer to `var.{name}` in the condition");
            let span = rule.condition.span;
            self.error(code::INVALID_VALUE, span, summary, "does not refer to it", &help);
        }
    }
}
