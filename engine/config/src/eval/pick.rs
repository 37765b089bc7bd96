//! Which instances of a repeated block a reference means.

use super::{Eval, Evaluator, Failed, Scope};
use crate::ir::{Expr, Name, Reference, Step, StepKind};
use crate::source::Span;
use crate::types::convert;
use crate::value::{Entries, Ty, Val};
use crate::world::Keys;
use podform_model::{Diagnostic, InstanceKey, code};
use std::fmt::Display;

/// What a reference means of the instances of a block.
pub(super) enum Pick<'r> {
    /// Nothing: the block is not enabled.
    Nothing,
    /// One that is known after apply.
    Unknown,
    /// One; what names it, and the steps into it.
    One { key: Option<InstanceKey>, span: Span, steps: &'r [Step] },
    /// An attribute, as if there was one instance.
    Attribute(&'r Name),
    /// All.
    All,
}

impl Evaluator<'_> {
    /// Which instances a reference means; `block` is how the block is written in a message.
    pub(super) fn pick<'r>(
        &mut self,
        keys: &Keys,
        reference: &'r Reference,
        block: &dyn Display,
        scope: Option<&Scope<'_>>,
    ) -> Eval<Pick<'r>> {
        let steps = &*reference.steps;
        let Some((Step { kind, span }, rest)) = steps.split_first() else {
            return Ok(match keys {
                Keys::None => Pick::Nothing,
                Keys::Single => Pick::One { key: None, span: reference.span, steps },
                _ => Pick::All,
            });
        };
        Ok(match (keys, kind) {
            (Keys::None, _) => Pick::Nothing,
            (Keys::Single, _) => Pick::One { key: None, span: reference.span, steps },
            (_, StepKind::Index(index) | StepKind::LegacyIndex(index)) => {
                match self.instance_key(keys, block, index, scope)? {
                    None => Pick::Unknown,
                    key => Pick::One { key, span: reference.span.to(*span), steps: rest },
                }
            }
            (_, StepKind::Attribute(name)) => Pick::Attribute(name),
            _ => Pick::All,
        })
    }

    /// All instances together: a list for `count`, an object for `for_each`.
    pub(super) fn together(
        &mut self,
        keys: &Keys,
        mut value: impl FnMut(&mut Self, Option<InstanceKey>) -> Eval,
    ) -> Eval {
        let mut list = Vec::new();
        let mut object = Entries::new();
        for key in keys.all() {
            let value = value(self, key.clone())?;
            match key {
                Some(InstanceKey::Name(name)) => drop(object.insert(name.into(), value)),
                _ => list.push(value),
            }
        }
        Ok(match keys {
            Keys::Each(_) => Val::object(object),
            _ => Val::tuple(list),
        })
    }

    /// Reports an attribute of many instances; `noun` is what each is.
    pub(super) fn many(
        &mut self,
        keys: &Keys,
        noun: &str,
        reference: &Reference,
        attribute: &str,
    ) -> Failed {
        let text = self.world.sources.text(reference.span).to_owned();
        let label = self.world.sources.label(reference.span, format!("many {noun}s"));
        let (per, example) = (keys.noun(), keys.example());
        let all = match noun {
            "module" => format!(", or all as `{text}[*].{attribute}`"),
            _ => String::new(),
        };
        self.push(
            Diagnostic::error(code::EVALUATION, format!("`{text}` is one {noun} for each {per}"))
                .label(label)
                .help(format!("pick one as `{text}{example}.{attribute}`{all}")),
        )
    }

    /// The key of one instance of a block, `None` when it is unknown.
    fn instance_key(
        &mut self,
        keys: &Keys,
        block: &dyn Display,
        index: &Expr,
        scope: Option<&Scope<'_>>,
    ) -> Eval<Option<InstanceKey>> {
        let key = self.eval(index, scope)?;
        let (key, _) = key.unmark();
        let found = match (keys, key) {
            (_, Val::Unknown(_)) => return Ok(None),
            (Keys::Count(count), key) => match convert(key, &Ty::Number) {
                Ok(Val::Number(number)) => {
                    number.as_u64().filter(|at| at < count).map(InstanceKey::Index)
                }
                _ => None,
            },
            (Keys::Each(each), Val::String(text)) => {
                each.contains_key(text).then(|| InstanceKey::Name(text.to_string()))
            }
            _ => None,
        };
        match found {
            Some(key) => Ok(Some(key)),
            None => {
                let summary = match (keys, key) {
                    (Keys::Count(0), _) => format!("`{block}` has no instances: its count is 0"),
                    (Keys::Count(count), Val::Number(number)) => {
                        format!("`{block}` has no instance {number}: its count is {count}")
                    }
                    (Keys::Count(_), other) => {
                        format!(
                            "`{block}` has `count`: its index is a number, not {}",
                            other.kind()
                        )
                    }
                    (_, Val::String(text)) => format!("`{block}` has no instance \"{text}\""),
                    (_, other) => {
                        format!(
                            "`{block}` has `for_each`: its key is a string, not {}",
                            other.kind()
                        )
                    }
                };
                Err(self.fault(index, scope, summary, "no such instance"))
            }
        }
    }
}
