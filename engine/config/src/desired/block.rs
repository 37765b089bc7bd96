//! The content of a block by its schema.

use super::dynamic::{self, Expanded};
use super::kept;
use crate::eval::{Eval, Evaluator, Failed};
use crate::ir::{Attribute as Written, Body, Kind, Name};
use crate::label::entry;
use crate::marks::Marks;
use crate::source::Span;
use crate::value::{Entries, Val};
use podform_model::convert::convert;
use podform_model::path::Way;
use podform_model::schema::{Attribute, Block as Schema, POD, Repeat, Type, shared_name};
use podform_model::{Diagnostic, Value, code};
use std::collections::{BTreeMap, BTreeSet};

/// Evaluates a pod's content. What failed is unknown in the result, and reported.
pub(super) fn pod(evaluator: &mut Evaluator<'_>, body: &Body, header: Span) -> Value {
    value(evaluator, body, (&POD, "pod"), header, &Way::default())
}

/// Evaluates a block; `of` is its schema and its type.
fn value(
    evaluator: &mut Evaluator<'_>,
    body: &Body,
    of: (&'static Schema, &str),
    header: Span,
    path: &Way<'static>,
) -> Value {
    let schema = of.0;
    let mut out = Vec::with_capacity(schema.attributes.len());
    for written in &body.attributes {
        let Some(known) = schema.attribute(&written.name.text) else { continue };
        if known.block().is_some() {
            continue;
        }
        let value = attribute(evaluator, written, known, path).unwrap_or(Value::Unknown);
        if value.is_null() && known.required {
            missing(evaluator, written, known);
        }
        if !value.is_null() {
            out.push((shared_name(known.name), value));
        }
    }
    let expanded = dynamic::expand(evaluator, body, path);
    if dynamic::is_needed(body) {
        dynamic::check(evaluator, body, of, &expanded, header);
    }
    blocks(evaluator, &expanded, schema, path, &mut out);
    for known in expanded.unknown.iter().filter_map(|kind| schema.attribute(kind)) {
        out.push((shared_name(known.name), Value::Unknown));
    }
    Value::map(out.into_iter().collect())
}

/// Evaluates the nested blocks.
fn blocks(
    evaluator: &mut Evaluator<'_>,
    expanded: &Expanded<'_>,
    schema: &'static Schema,
    path: &Way<'static>,
    out: &mut Vec<(Name, Value)>,
) {
    let mut lists: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    let mut labels: BTreeSet<(&'static str, &str)> = BTreeSet::new();
    for item in &expanded.items {
        let Some(known) = schema.attribute(item.kind) else { continue };
        let Some(nested) = known.block() else { continue };
        let of = (nested, known.name);
        let here = path.attr(known.name);
        match known.repeat {
            Repeat::Once => {
                let content = item.within(evaluator, |evaluator| {
                    value(evaluator, item.body, of, item.header, &here)
                });
                out.push((shared_name(known.name), content));
            }
            Repeat::Many { label, .. } => {
                let items = lists.entry(known.name).or_default();
                let name = item.labels.first().filter(|_| label.is_some());
                // A second item of the same label is told apart by its position.
                let here = match name {
                    Some(name) if labels.insert((known.name, &name.text)) => here.key(&name.text),
                    _ => here.index(items.len()),
                };
                let mut content = item.within(evaluator, |evaluator| {
                    value(evaluator, item.body, of, item.header, &here)
                });
                if let Some(name) = name {
                    content.set("name", Value::String(name.text.clone()));
                }
                items.push(content);
            }
        }
    }
    for (name, items) in lists {
        out.push((shared_name(name), Value::list(items)));
    }
}

fn missing(evaluator: &mut Evaluator<'_>, written: &Written, known: &Attribute) {
    let label = evaluator.world.sources.label(written.value.span, "this is null");
    evaluator.push(
        Diagnostic::error(code::MISSING_ATTRIBUTE, format!("`{}` must not be null", known.name))
            .label(label),
    );
}

fn attribute(
    evaluator: &mut Evaluator<'_>,
    written: &Written,
    known: &'static Attribute,
    path: &Way<'static>,
) -> Eval<Value> {
    let here = path.attr(known.name);
    let value = match &written.value.kind {
        // Each entry refers for itself, so that a plan can say which of them would change.
        Kind::Object(entries) if matches!(known.ty, Type::StringMap | Type::Environment) => {
            object(evaluator, entries, &here)?
        }
        _ => {
            evaluator.from = here;
            evaluator.value(&written.value)?
        }
    };
    if value.marks().ephemeral {
        return Err(kept::refuse(evaluator, &written.value, known.name));
    }
    let value = value.to_value();
    convert(&known.ty, &value).map_err(|message| unfit(evaluator, written, known, &value, &message))
}

fn object(
    evaluator: &mut Evaluator<'_>,
    entries: &[crate::ir::Entry],
    path: &Way<'static>,
) -> Eval<Val> {
    let mut out = Entries::new();
    let (mut failed, mut unknown, mut marked) = (false, false, Marks::default());
    for entry in entries {
        evaluator.from = path.clone();
        let key = evaluator.object_key(&entry.key, None);
        if let Ok((Some(key), _)) = &key {
            evaluator.from = path.key(key);
        }
        let value = evaluator.value(&entry.value);
        match (key, value) {
            (Ok((Some(key), hidden)), Ok(value)) => {
                marked |= hidden;
                out.insert(key, value);
            }
            (Ok((None, _)), Ok(_)) => unknown = true,
            _ => failed = true,
        }
    }
    match (failed, unknown) {
        (true, _) => Err(Failed),
        (_, true) => Ok(Val::unknown(crate::value::Ty::Any).mark(marked)),
        _ => Ok(Val::object(out).mark(marked)),
    }
}

/// Reports that a value does not fit its attribute; a sensitive one is not told.
fn unfit(
    evaluator: &mut Evaluator<'_>,
    written: &Written,
    known: &Attribute,
    value: &Value,
    message: &str,
) -> Failed {
    let name = known.name;
    let summary = if value.has_sensitive() {
        format!("the sensitive value of `{name}` does not fit: expected {}", expectation(&known.ty))
    } else {
        format!("`{name}`: {message}")
    };
    // The message names the entry of a map first: "`KEY`: …".
    let key = message.strip_prefix('`').and_then(|rest| rest.split('`').next());
    let span = key.and_then(|key| entry(&written.value, key)).unwrap_or(written.value.span);
    let failed = evaluator.fault(&written.value, None, summary, "");
    if let Some(found) = evaluator.diagnostics.0.last_mut() {
        found.code = code::INVALID_VALUE.into();
        found.labels = vec![evaluator.world.sources.label(span, format!("not valid for `{name}`"))];
    }
    failed
}

fn expectation(ty: &Type) -> &'static str {
    match ty {
        Type::String(_) => "a string of the right form",
        Type::Bool => "true or false",
        Type::Int { .. } => "a whole number in range",
        Type::Number { .. } | Type::NumberOrUnlimited { .. } => "a number in range",
        Type::Size { .. } | Type::SizeOrUnlimited { .. } => "a size in range",
        Type::Duration { .. } => "a duration",
        Type::Enum(_) => "one of its values",
        Type::StringMap => "a map of strings",
        Type::StringList { .. } => "a list of strings",
        Type::Environment => "a map of strings and secret references",
        Type::Secret => "a secret reference",
        Type::Block(_) => "a block",
    }
}
