//! Templates.

use super::collections::Walked;
use super::{Eval, Evaluator, Failed, Scope};
use crate::functions::MAX_TEXT;
use crate::ir::{Branches, Expr, Part, TemplateFor};
use crate::marks::Marks;
use crate::types::to_text;
use crate::value::{Ty, Val, normalise};
use podform_model::{Diagnostic, code};

/// The text made so far.
#[derive(Default)]
struct Text {
    text: String,
    unknown: bool,
    marked: Marks,
}

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Part], scope: Option<&Scope<'_>>) -> Eval {
        // A template that is one interpolation is its value, of any type.
        if let [Part::Value(expr)] = parts {
            return self.eval(expr, scope);
        }
        let mut out = Text::default();
        self.parts(parts, scope, &mut out)?;
        let value = if out.unknown {
            Val::unknown(Ty::String)
        } else {
            Val::String(normalise(&out.text).into())
        };
        Ok(value.mark(out.marked))
    }

    fn parts(&mut self, parts: &[Part], scope: Option<&Scope<'_>>, out: &mut Text) -> Eval<()> {
        let mut failed = false;
        for part in parts {
            let done = match part {
                Part::Text(text) => {
                    out.text.push_str(text);
                    Ok(())
                }
                Part::Value(expr) => self.interpolate(expr, scope, out),
                Part::If(branches) => self.if_directive(branches, scope, out),
                Part::For(looped) => self.for_directive(looped, scope, out),
            };
            failed |= done.is_err();
        }
        if failed { Err(Failed) } else { Ok(()) }
    }

    fn interpolate(&mut self, expr: &Expr, scope: Option<&Scope<'_>>, out: &mut Text) -> Eval<()> {
        let value = self.eval(expr, scope)?;
        let (inner, marked) = value.unmark();
        out.marked |= marked;
        match inner {
            Val::Unknown(Ty::Any | Ty::String | Ty::Number | Ty::Bool) => {
                out.unknown = true;
                Ok(())
            }
            Val::Secret(name) => {
                let label = self.world.sources.label(expr.span, "a secret, not its text");
                Err(self.push(
                    Diagnostic::error(
                        code::EVALUATION,
                        format!("the secret `{name}` cannot be put into other text"),
                    )
                    .label(label)
                    .detail("podform never sees a secret's value when it evaluates the configuration; a reference to a secret stands alone in a map.")
                    .help(format!("pass it as an own variable of the environment, as `NAME = secret.{name}`, and put the text together in the container")),
                ))
            }
            Val::Null(_) => {
                Err(self.fault(expr, scope, "null cannot be put into text", "this is null"))
            }
            other => {
                match to_text(other) {
                    Some(Val::String(text)) if out.text.len() + text.len() > MAX_TEXT => {
                        Err(self.too_long(expr, scope))
                    }
                    Some(Val::String(text)) => {
                        out.text.push_str(&text);
                        Ok(())
                    }
                    _ => {
                        let kind = other.kind();
                        let label = self.world.sources.label(expr.span, format!("this is {kind}"));
                        Err(self.push(
                        Diagnostic::error(
                            code::EVALUATION,
                            format!("{kind} cannot be put into text"),
                        )
                        .label(label)
                        .help("make text of it, for example with `join(\",\", …)` or `jsonencode(…)`"),
                    ))
                    }
                }
            }
        }
    }

    fn if_directive(
        &mut self,
        branches: &Branches,
        scope: Option<&Scope<'_>>,
        out: &mut Text,
    ) -> Eval<()> {
        let (decision, marked) = self.condition(&branches.condition, scope)?;
        out.marked |= marked;
        match decision {
            Some(true) => self.parts(&branches.yes, scope, out),
            Some(false) => self.parts(&branches.no, scope, out),
            None => {
                out.unknown = true;
                Ok(())
            }
        }
    }

    fn for_directive(
        &mut self,
        looped: &TemplateFor,
        scope: Option<&Scope<'_>>,
        out: &mut Text,
    ) -> Eval<()> {
        let (items, marked) = self.walked(&looped.collection, scope)?;
        out.marked |= marked;
        let Walked::Known(items) = items else {
            out.unknown = true;
            return Ok(());
        };
        for (key, value) in &items {
            let outer = looped.key.as_ref().map(|name| Scope { name, value: key, outer: scope });
            let inner = Scope { name: &looped.value, value, outer: outer.as_ref().or(scope) };
            self.parts(&looped.body, Some(&inner), out)?;
            if out.text.len() > MAX_TEXT {
                return Err(self.too_long(&looped.collection, scope));
            }
        }
        Ok(())
    }

    fn too_long(&mut self, expr: &Expr, scope: Option<&Scope<'_>>) -> Failed {
        self.fault(expr, scope, "the text has more than 64 MiB", "it is full here")
    }
}
