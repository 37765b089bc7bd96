//! `count`, `for_each` and `enabled`: which instances a block has.

use super::entries_of;
use crate::config::Repeat;
use crate::eval::{Eval, Evaluator, Failed};
use crate::ir::Expr;
use crate::types::convert;
use crate::value::{Ty, Val};
use crate::world::Keys;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most instances that one block makes.
const MAX_INSTANCES: u64 = 100_000;

/// The instances of a block.
pub(crate) fn keys(evaluator: &mut Evaluator<'_>, repeat: &Repeat) -> Eval<Keys> {
    match repeat {
        Repeat::Once => Ok(Keys::Single),
        Repeat::Enabled(expr) => {
            let value = visible(evaluator, expr, "enabled")?;
            match convert(&value, &Ty::Bool) {
                Ok(Val::Bool(true)) => Ok(Keys::Single),
                Ok(Val::Bool(false)) => Ok(Keys::None),
                _ => Err(evaluator.fault(expr, None, "`enabled` must be true or false", "")),
            }
        }
        Repeat::Count(expr) => {
            let value = visible(evaluator, expr, "count")?;
            let number = match convert(&value, &Ty::Number) {
                Ok(Val::Number(number)) => number,
                Ok(_) => {
                    return Err(evaluator.fault(
                        expr,
                        None,
                        "`count` must not be null",
                        "this is null",
                    ));
                }
                Err(message) => {
                    let summary = format!("`count` must be a number: {message}");
                    return Err(evaluator.fault(expr, None, summary, ""));
                }
            };
            match number.as_u64().filter(|count| *count <= MAX_INSTANCES) {
                Some(count) => Ok(Keys::Count(count)),
                None => {
                    let summary = format!(
                        "`count` must be a whole number from 0 to {MAX_INSTANCES}, is {number}"
                    );
                    Err(evaluator.fault(expr, None, summary, ""))
                }
            }
        }
        Repeat::ForEach(expr) => each(evaluator, expr),
    }
}

/// The instances of a block with this `for_each`.
pub(super) fn each(evaluator: &mut Evaluator<'_>, expr: &Expr) -> Eval<Keys> {
    let value = visible(evaluator, expr, "for_each")?;
    let mut out = BTreeMap::new();
    match &value {
        Val::Object(_) | Val::Map(..) => {
            for (key, entry) in entries_of(&value).unwrap_or_default() {
                out.insert(key, entry);
            }
        }
        Val::Set(items, _) => {
            for item in items.iter() {
                let Val::String(key) = item else {
                    if matches!(item, Val::Unknown(_)) && evaluator.world.may_wait() {
                        return Err(Failed);
                    }
                    let summary = match item {
                        Val::Ephemeral(_) => "a key of `for_each` must not be ephemeral".into(),
                        Val::Sensitive(_) => "a key of `for_each` must not be sensitive".into(),
                        Val::Unknown(_) => {
                            "`for_each` must be known before anything is planned".into()
                        }
                        other => format!(
                            "`for_each` takes a set of strings, found {} in it",
                            other.kind()
                        ),
                    };
                    return Err(evaluator.fault(expr, None, summary, ""));
                };
                out.insert(key.clone(), item.clone());
            }
        }
        Val::Tuple(_) | Val::List(..) => {
            return Err(helped(
                evaluator,
                expr,
                "`for_each` takes a map or a set of strings, found a list",
                "a list has no keys",
                "make a set of it with `toset(…)`",
            ));
        }
        Val::Null(_) => {
            return Err(evaluator.fault(expr, None, "`for_each` must not be null", "this is null"));
        }
        other => {
            let kind = other.kind();
            let summary = format!("`for_each` takes a map or a set of strings, found {kind}");
            return Err(evaluator.fault(expr, None, summary, format!("this is {kind}")));
        }
    }
    if out.len() as u64 > MAX_INSTANCES {
        let summary =
            format!("`for_each` may have at most {MAX_INSTANCES} keys, has {}", out.len());
        return Err(evaluator.fault(expr, None, summary, ""));
    }
    Ok(Keys::Each(Arc::new(out)))
}

/// A value that decides which pods there are: known and not sensitive.
fn visible(evaluator: &mut Evaluator<'_>, expr: &Expr, name: &str) -> Eval<Val> {
    let value = evaluator.value(expr)?;
    match &value {
        // What the instances are is checked when they are planned.
        Val::Unknown(_) if evaluator.world.may_wait() => Err(Failed),
        Val::Unknown(_) => Err(helped(
            evaluator,
            expr,
            &format!("`{name}` must be known before anything is planned"),
            "known after apply",
            "use values from the configuration, not what other pods compute",
        )),
        Val::Sensitive(_) => Err(helped(
            evaluator,
            expr,
            &format!("`{name}` must not be sensitive: it would show in addresses"),
            "sensitive",
            "use `nonsensitive(…)` when the value is no secret",
        )),
        Val::Ephemeral(_) => Err(super::kept::deciding(evaluator, expr, &format!("`{name}`"))),
        _ => Ok(value),
    }
}

fn helped(
    evaluator: &mut Evaluator<'_>,
    expr: &Expr,
    summary: &str,
    label: &str,
    help: &str,
) -> Failed {
    let failed = evaluator.fault(expr, None, summary, label);
    if let Some(found) = evaluator.diagnostics.0.last_mut() {
        found.help = Some(help.to_owned());
    }
    failed
}
