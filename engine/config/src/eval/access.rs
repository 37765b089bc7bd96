//! Steps into values, splats, and references to pods.

use super::pick::Pick;
use super::{Eval, Evaluator, Failed, Scope};
use crate::ir::{Expr, Kind, Name, Reference, Step, StepKind};
use crate::source::Span;
use crate::suggest::nearest;
use crate::types::convert;
use crate::value::{Entries, Ty, Val};
use crate::world::{Keys, Use};
use podform_model::schema::{COMPUTED, is_computed};
use podform_model::{Address, AttributePath, Diagnostic, code};

impl Evaluator<'_> {
    /// The value after these steps; `span` is what stands before them.
    pub(super) fn steps(
        &mut self,
        value: Val,
        span: Span,
        steps: &[Step],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let mut value = value;
        let mut before = span;
        for (at, step) in steps.iter().enumerate() {
            value = match &step.kind {
                StepKind::Attribute(name) => self.attribute(&value, name, before, step.span)?,
                StepKind::Index(index) | StepKind::LegacyIndex(index) => {
                    self.index(&value, index, before, scope)?
                }
                StepKind::Splat => {
                    let rest = &steps[at + 1..];
                    return self.splat(&value, before.to(step.span), rest, scope);
                }
                StepKind::AttributeSplat => {
                    let rest = &steps[at + 1..];
                    let inner = rest
                        .iter()
                        .take_while(|step| {
                            matches!(step.kind, StepKind::Attribute(_) | StepKind::LegacyIndex(_))
                        })
                        .count();
                    let (inner, after) = rest.split_at(inner);
                    let span = before.to(step.span);
                    let items = self.splat(&value, span, inner, scope)?;
                    return self.steps(items, span, after, scope);
                }
            };
            before = before.to(step.span);
        }
        Ok(value)
    }

    fn splat(&mut self, value: &Val, span: Span, rest: &[Step], scope: Option<&Scope<'_>>) -> Eval {
        let (inner, marked) = value.unmark();
        let items: Vec<Val> = match inner {
            Val::Null(Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)) => {
                return Err(self.report(
                    span,
                    "a splat cannot go through a null list",
                    "this is null",
                ));
            }
            Val::Null(_) => Vec::new(),
            Val::Unknown(ty) => return Ok(self.unknown_splat(ty, span, rest, scope)?.mark(marked)),
            other => match other.items() {
                Some(items) => items.to_vec(),
                None => vec![other.clone()],
            },
        };
        let out: Eval<Vec<Val>> =
            items.into_iter().map(|item| self.steps(item, span, rest, scope)).collect();
        let out = out?;
        // Of a list or set comes a list, of anything else a tuple.
        let out = match (inner, out.first()) {
            (Val::List(_, of) | Val::Set(_, of), None) => {
                let of = self.steps(Val::unknown((**of).clone()), span, rest, scope)?.ty();
                Val::list(out, of)
            }
            (Val::List(..) | Val::Set(..), Some(first)) => {
                let of = first.ty();
                Val::list(out, of)
            }
            _ => Val::tuple(out),
        };
        Ok(out.mark(marked))
    }

    /// A splat of what is not known: its type tells what the steps come to.
    fn unknown_splat(
        &mut self,
        ty: &Ty,
        span: Span,
        rest: &[Step],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let mut each = |ty: &Ty| -> Eval<Ty> {
            Ok(self.steps(Val::unknown(ty.clone()), span, rest, scope)?.ty())
        };
        Ok(Val::unknown(match ty {
            Ty::List(of) | Ty::Set(of) => Ty::list(each(of)?),
            Ty::Tuple(items) => Ty::tuple(items.iter().map(each).collect::<Eval<_>>()?),
            // It may be null, a list or one value.
            _ => Ty::Any,
        }))
    }

    fn attribute(&mut self, value: &Val, name: &Name, before: Span, step: Span) -> Eval {
        let (inner, marked) = value.unmark();
        let found = match inner {
            Val::Object(entries) | Val::Map(entries, _) => match entries.get(name) {
                Some(found) => found.clone(),
                None => return Err(self.no_attribute(inner, entries, name, before, step)),
            },
            Val::Unknown(ty) => match ty {
                Ty::Object(fields) => match fields.get(name) {
                    Some(field) => Val::unknown(field.ty.clone()),
                    None => {
                        let summary = format!("there is no attribute `{name}`");
                        return Err(self.report(step, summary, "no such attribute"));
                    }
                },
                Ty::Map(of) => Val::unknown((**of).clone()),
                Ty::Any => Val::unknown(Ty::Any),
                _ => return Err(self.not_an_object(inner, name, before)),
            },
            other => return Err(self.not_an_object(other, name, before)),
        };
        Ok(found.mark(marked))
    }

    fn no_attribute(
        &mut self,
        value: &Val,
        entries: &Entries,
        name: &Name,
        before: Span,
        step: Span,
    ) -> Failed {
        let text = self.world.sources.text(before).to_owned();
        let what = if matches!(value, Val::Map(..)) { "element" } else { "attribute" };
        let mut diagnostic =
            Diagnostic::error(code::EVALUATION, format!("`{text}` has no {what} `{name}`"))
                .label(self.world.sources.label(step, format!("no such {what}")));
        if let Some(near) = nearest(name, entries.keys().map(|key| &**key)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        } else if !entries.is_empty() && entries.len() <= 20 {
            let known: Vec<String> = entries.keys().map(|key| format!("`{key}`")).collect();
            diagnostic = diagnostic.help(format!("use one of {}", known.join(", ")));
        }
        self.push(diagnostic)
    }

    fn not_an_object(&mut self, value: &Val, name: &Name, before: Span) -> Failed {
        let text = self.world.sources.text(before).to_owned();
        let kind = value.kind();
        let mut diagnostic = Diagnostic::error(
            code::EVALUATION,
            format!("`{text}` is {kind}, so it has no attribute `{name}`"),
        )
        .label(self.world.sources.label(before, format!("this is {kind}")));
        if value.items().is_some() || matches!(value, Val::Unknown(_)) {
            diagnostic = diagnostic
                .help(format!("pick an item as `{text}[0].{name}`, or all as `{text}[*].{name}`"));
        }
        self.push(diagnostic)
    }

    fn index(
        &mut self,
        value: &Val,
        index: &Expr,
        before: Span,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let key = self.eval(index, scope)?;
        let (inner, marked) = value.unmark();
        let (key, also) = key.unmark();
        let marked = marked | also;
        let found = match (inner, key) {
            (_, Val::Null(_)) => {
                return Err(self.fault(index, scope, "an index must not be null", "this is null"));
            }
            (Val::Unknown(ty), _)
                if !matches!(ty, Ty::String | Ty::Number | Ty::Bool | Ty::Secret | Ty::Set(_)) =>
            {
                match (ty, key) {
                    (Ty::List(of) | Ty::Map(of), _) => Val::unknown((**of).clone()),
                    (Ty::Object(fields), Val::String(name)) if fields.contains_key(name) => {
                        Val::unknown(fields.get(name).map_or(Ty::Any, |field| field.ty.clone()))
                    }
                    _ => Val::unknown(Ty::Any),
                }
            }
            (Val::Tuple(_) | Val::List(..) | Val::Object(_) | Val::Map(..), Val::Unknown(_)) => {
                Val::unknown(match inner.ty() {
                    Ty::List(of) | Ty::Map(of) => (*of).clone(),
                    _ => Ty::Any,
                })
            }
            (Val::Tuple(items) | Val::List(items, _), key) => {
                self.item(items, key, index, before, scope)?
            }
            (Val::Object(entries) | Val::Map(entries, _), key) => {
                self.element(inner, entries, key, index, before, scope)?
            }
            (other, _) => {
                let text = self.world.sources.text(before).to_owned();
                let kind = other.kind();
                let help = if matches!(other.ty(), Ty::Set(_)) {
                    " (make a list of a set with `tolist`)"
                } else {
                    ""
                };
                let summary = format!("`{text}` is {kind}, so it has no index{help}");
                return Err(self.report(before, summary, format!("this is {kind}")));
            }
        };
        Ok(found.mark(marked))
    }

    fn item(
        &mut self,
        items: &[Val],
        key: &Val,
        index: &Expr,
        before: Span,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let Ok(Val::Number(number)) = convert(key, &Ty::Number) else {
            let summary = format!("the index of a list must be a number, found {}", key.kind());
            return Err(self.fault(index, scope, summary, "not a number"));
        };
        let found = number.as_u64().and_then(|at| items.get(usize::try_from(at).ok()?));
        found.cloned().ok_or_else(|| {
            let text = self.world.sources.text(before).to_owned();
            let summary = if number.as_u64().is_none() {
                format!("the index {number} is not a whole number from 0")
            } else if items.is_empty() {
                format!("`{text}` is empty, so it has no item {number}")
            } else if items.len() == 1 {
                format!("`{text}` has no item {number}: its only item is 0")
            } else {
                let last = items.len() - 1;
                format!("`{text}` has no item {number}: its items are 0 to {last}")
            };
            self.fault(index, scope, summary, "no such item")
        })
    }

    fn element(
        &mut self,
        value: &Val,
        entries: &Entries,
        key: &Val,
        index: &Expr,
        before: Span,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let Ok(Val::String(name)) = convert(key, &Ty::String) else {
            let summary = format!("the key of a map must be a string, found {}", key.kind());
            return Err(self.fault(index, scope, summary, "not a string"));
        };
        if let Some(found) = entries.get(&name) {
            return Ok(found.clone());
        }
        if index.as_text().is_some() {
            return Err(self.no_attribute(value, entries, &name, before, index.span));
        }
        let text = self.world.sources.text(before).to_owned();
        let what = if matches!(value, Val::Map(..)) { "element" } else { "attribute" };
        let summary = format!("`{text}` has no {what} of this key");
        Err(self.fault(index, scope, summary, "no such key"))
    }

    /// A reference to another pod: the instance, then the steps into what is known of it.
    pub(super) fn pod(
        &mut self,
        name: &Name,
        reference: &Reference,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let world = self.world;
        let keys = world.keys(self.room, name).ok_or(Failed)?;
        let block = world.address(self.room, name);
        match self.pick(keys, reference, &block, scope)? {
            Pick::Nothing => self.steps(Val::NULL, reference.span, &reference.steps, scope),
            Pick::Unknown => Ok(Val::unknown(Ty::Any)),
            Pick::One { key, span, steps } => {
                self.instance_of(Address { key, ..block }, span, steps, scope)
            }
            Pick::Attribute(attribute) if is_computed(attribute) => {
                Err(self.many(keys, "pod", reference, attribute))
            }
            Pick::Attribute(_) | Pick::All => self.all_instances(keys, &block, reference, scope),
        }
    }

    fn instance_of(
        &mut self,
        address: Address,
        span: Span,
        steps: &[Step],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        if let Some(Step { kind: StepKind::Attribute(attribute), span: at }) = steps.first()
            && !is_computed(attribute)
        {
            return Err(self.not_computed(attribute, *at));
        }
        let to = self.path_of(steps, scope);
        self.uses.push(Use { from: self.from.path(), address: address.clone(), to });
        let value = self.world.computed(&address);
        self.steps(value, span, steps, scope)
    }

    fn not_computed(&mut self, attribute: &str, span: Span) -> Failed {
        let label = self.world.sources.label(span, "not readable");
        let names = COMPUTED.iter().map(|computed| computed.name);
        let mut diagnostic = Diagnostic::error(
            code::UNDECLARED,
            format!("`{attribute}` of another pod cannot be read"),
        )
        .label(label);
        diagnostic = match nearest(attribute, names.clone()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => {
                let known: Vec<String> = names.map(|name| format!("`{name}`")).collect();
                diagnostic.help(format!(
                    "read one of {}; put what both pods share into a local",
                    known.join(", ")
                ))
            }
        };
        self.push(diagnostic)
    }

    /// All instances: a list for `count`, an object for `for_each`.
    fn all_instances(
        &mut self,
        keys: &Keys,
        block: &Address,
        reference: &Reference,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let rest = match reference.steps.split_first() {
            Some((Step { kind: StepKind::Splat | StepKind::AttributeSplat, .. }, rest)) => rest,
            _ => &[],
        };
        let to = self.path_of(rest, scope);
        let value = self.together(keys, |evaluator, key| {
            let address = Address { key, ..block.clone() };
            let value = evaluator.world.computed(&address);
            evaluator.uses.push(Use { from: evaluator.from.path(), address, to: to.clone() });
            Ok(value)
        })?;
        self.steps(value, reference.span, &reference.steps, scope)
    }

    /// The steps as a path, as far as they are known.
    fn path_of(&mut self, steps: &[Step], scope: Option<&Scope<'_>>) -> AttributePath {
        let mut path = AttributePath::root();
        for step in steps {
            path = match &step.kind {
                StepKind::Attribute(name) => path.attr(&**name),
                StepKind::Index(index) | StepKind::LegacyIndex(index) => {
                    let key = match &index.kind {
                        Kind::Literal(value) => Some(value.clone()),
                        _ => self.quietly(|evaluator| evaluator.eval(index, scope)),
                    };
                    match key {
                        Some(Val::String(text)) => path.key(&*text),
                        Some(Val::Number(number)) => {
                            match number.as_u64().and_then(|at| usize::try_from(at).ok()) {
                                Some(at) => path.index(at),
                                None => return path,
                            }
                        }
                        _ => return path,
                    }
                }
                StepKind::Splat | StepKind::AttributeSplat => return path,
            };
        }
        path
    }
}
