//! For-expressions.

use super::{Eval, Evaluator, Failed, Scope};
use crate::ir::{Expr, For, Name};
use crate::marks::Marks;
use crate::value::{Entries, Ty, Val};
use podform_model::{Diagnostic, code};
use std::collections::BTreeMap;

/// What a `for` goes through.
pub(super) enum Walked {
    Known(Vec<(Val, Val)>),
    Unknown,
}

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, looped: &For, scope: Option<&Scope<'_>>) -> Eval {
        let (items, marked) = self.walked(&looped.collection, scope)?;
        let Walked::Known(items) = items else {
            return Ok(Val::unknown(Ty::Any).mark(marked));
        };
        let mut out = Made { marked, ..Made::default() };
        let mut failed = false;
        for (key, value) in &items {
            let outer = looped.key.as_ref().map(|name| Scope { name, value: key, outer: scope });
            let inner = Scope { name: &looped.value, value, outer: outer.as_ref().or(scope) };
            if self.entry(looped, &inner, &mut out).is_err() {
                failed = true;
                // One report for one fault, not one for each item.
                break;
            }
        }
        if failed { Err(Failed) } else { Ok(out.finish(looped)) }
    }

    fn entry(&mut self, looped: &For, scope: &Scope<'_>, out: &mut Made) -> Eval<()> {
        let scope = Some(scope);
        if let Some(condition) = &looped.condition {
            let (keep, marked) = self.condition(condition, scope)?;
            out.marked |= marked;
            match keep {
                Some(true) => {}
                Some(false) => return Ok(()),
                None => {
                    out.unknown = true;
                    return Ok(());
                }
            }
        }
        let Some(key_expr) = &looped.entry_key else {
            out.items.push(self.eval(&looped.entry, scope)?);
            return Ok(());
        };
        let (key, marked) = self.object_key(key_expr, scope)?;
        out.marked |= marked;
        let value = self.eval(&looped.entry, scope)?;
        let Some(key) = key else {
            out.unknown = true;
            return Ok(());
        };
        let values = out.entries.entry(key.clone()).or_default();
        if !values.is_empty() && !looped.group {
            let shown =
                if marked.any() { "the same key".into() } else { format!("the key \"{key}\"") };
            let label = self.world.sources.label(key_expr.span, "not unique");
            return Err(self.push(
                Diagnostic::error(code::EVALUATION, format!("two items of the `for` have {shown}"))
                    .label(label)
                    .help("write `...` after the value to group the items by key"),
            ));
        }
        values.push(value);
        Ok(())
    }

    /// The pairs of key and value that a `for` goes through, and whether they are sensitive.
    pub(super) fn walked(
        &mut self,
        expr: &Expr,
        scope: Option<&Scope<'_>>,
    ) -> Eval<(Walked, Marks)> {
        let value = self.eval(expr, scope)?;
        let (inner, marked) = value.unmark();
        let pairs = match inner {
            Val::Tuple(items) | Val::List(items, _) => {
                items.iter().enumerate().map(|(at, item)| (Val::int(at), item.clone())).collect()
            }
            Val::Set(items, _) => items.iter().map(|item| (item.clone(), item.clone())).collect(),
            Val::Object(entries) | Val::Map(entries, _) => {
                entries.iter().map(|(k, v)| (Val::String(k.clone()), v.clone())).collect()
            }
            Val::Unknown(ty) if !matches!(ty, Ty::String | Ty::Number | Ty::Bool | Ty::Secret) => {
                return Ok((Walked::Unknown, marked));
            }
            Val::Null(_) => {
                return Err(self.fault(
                    expr,
                    scope,
                    "a `for` cannot go through null",
                    "this is null",
                ));
            }
            other => {
                let kind = other.kind();
                let summary =
                    format!("a `for` goes through a list, set, map or object, not {kind}");
                return Err(self.fault(expr, scope, summary, format!("this is {kind}")));
            }
        };
        Ok((Walked::Known(pairs), marked))
    }
}

/// What a `for` has made so far.
#[derive(Default)]
struct Made {
    items: Vec<Val>,
    entries: BTreeMap<Name, Vec<Val>>,
    unknown: bool,
    marked: Marks,
}

impl Made {
    fn finish(self, looped: &For) -> Val {
        let value = if self.unknown {
            Val::unknown(Ty::Any)
        } else if looped.entry_key.is_none() {
            Val::tuple(self.items)
        } else if looped.group {
            Val::object(self.entries.into_iter().map(|(k, v)| (k, Val::tuple(v))).collect())
        } else {
            let first = |values: Vec<Val>| values.into_iter().next().unwrap_or(Val::NULL);
            Val::object(self.entries.into_iter().map(|(k, v)| (k, first(v))).collect::<Entries>())
        };
        value.mark(self.marked)
    }
}
