//! What the references in a faulty expression are: `var.x is 3`.

use super::{Evaluator, Operand, Scope};
use crate::ir::{Expr, Kind};
use crate::source::Span;
use crate::types::quoted;
use crate::value::Val;

/// How many references are explained.
const MOST: usize = 6;

impl Evaluator<'_> {
    /// One line for each reference in the expression, `None` without any.
    pub(super) fn explain(
        &mut self,
        operand: Operand<'_>,
        scope: Option<&Scope<'_>>,
    ) -> Option<String> {
        let mut found: Vec<&Expr> = Vec::new();
        let place = operand.span;
        let inside = |span: Span| place.start <= span.start && span.end <= place.end;
        operand.of.walk(&mut |inner| {
            let refers = match &inner.kind {
                Kind::Reference(_) | Kind::Bound(_) => true,
                Kind::Access(access) => matches!(access.of.kind, Kind::Bound(_)),
                _ => false,
            };
            if refers && found.len() < MOST && inside(inner.span) {
                found.push(inner);
            }
        });
        let mut lines: Vec<String> = Vec::new();
        for reference in found {
            // A variable of a `for` within the expression is not bound here.
            let Some(value) = self.quietly(|evaluator| evaluator.eval(reference, scope)) else {
                continue;
            };
            let text = self.world.sources.text(reference.span);
            let line = format!("{text} {}", describe(&value));
            if !text.contains('\n') && !lines.contains(&line) {
                lines.push(line);
            }
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// `is 3`, `is a list with 2 items`, `is sensitive`.
pub(crate) fn describe(value: &Val) -> String {
    let count = |n: usize, one: &str, many: &str| match n {
        0 => format!("without {many}"),
        1 => format!("with 1 {one}"),
        n => format!("with {n} {many}"),
    };
    match value {
        Val::Sensitive(_) => "is sensitive".into(),
        Val::Ephemeral(_) => "is ephemeral".into(),
        Val::Null(_) => "is null".into(),
        Val::Bool(flag) => format!("is {flag}"),
        Val::Number(number) => {
            let text = number.to_string();
            if text.len() > 40 { format!("is {}...", &text[..37]) } else { format!("is {text}") }
        }
        Val::String(text) => format!("is {}", quoted(text)),
        Val::Unknown(_) => "is known after apply".into(),
        Val::Secret(_) => "is a secret reference".into(),
        Val::Tuple(items) | Val::List(items, _) | Val::Set(items, _) => {
            format!("is {} {}", value.kind(), count(items.len(), "item", "items"))
        }
        Val::Object(entries) => {
            format!("is an object {}", count(entries.len(), "attribute", "attributes"))
        }
        Val::Map(entries, _) => format!("is a map {}", count(entries.len(), "element", "elements")),
    }
}
