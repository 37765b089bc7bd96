//! The blocks that `dynamic` blocks stand for.

use crate::declare::schema::{bad_label, duplicate_label, presence, twice};
use crate::eval::{Eval, Evaluator, Failed};
use crate::ir::{Block, Body, Expr, Kind, Name, Spanned};
use crate::source::Span;
use crate::types::to_text;
use crate::value::{Entries, Val};
use podform_model::Diagnostic;
use podform_model::path::Way;
use podform_model::schema::{Block as Schema, Repeat};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most blocks that the `dynamic` blocks of one pod or provider make.
const MAX_BLOCKS: usize = 100_000;

/// A block that is written, or one of those that a `dynamic` block makes.
pub(super) struct Item<'b> {
    pub(super) kind: &'b Name,
    pub(super) labels: Cow<'b, [Spanned]>,
    pub(super) header: Span,
    pub(super) body: &'b Body,
    iteration: Option<(Name, Val)>,
}

/// The blocks of a body.
#[derive(Default)]
pub(super) struct Expanded<'b> {
    pub(super) items: Vec<Item<'b>>,
    /// The types of blocks whose number is not known yet.
    pub(super) unknown: BTreeSet<&'b Name>,
    /// The types that a faulty `dynamic` block may have made.
    failed: BTreeSet<&'b Name>,
}

impl Item<'_> {
    /// Evaluates within the block: what it binds has its value there.
    pub(super) fn within<'w, T>(
        &self,
        evaluator: &mut Evaluator<'w>,
        run: impl FnOnce(&mut Evaluator<'w>) -> T,
    ) -> T {
        let depth = evaluator.iterators.len();
        evaluator.iterators.extend(self.iteration.clone());
        let out = run(evaluator);
        evaluator.iterators.truncate(depth);
        out
    }
}

/// The blocks of a body in order, each `dynamic` one replaced by those that it makes.
pub(super) fn expand<'b>(
    evaluator: &mut Evaluator<'_>,
    body: &'b Body,
    path: &Way<'static>,
) -> Expanded<'b> {
    let mut out = Expanded::default();
    for block in &body.blocks {
        let Some(kind) = block.makes() else {
            out.items.push(Item {
                kind: &block.kind.text,
                labels: Cow::Borrowed(&block.labels),
                header: block.header,
                body: &block.body,
                iteration: None,
            });
            continue;
        };
        evaluator.from = path.attr(kind);
        if make(evaluator, block, kind, &mut out).is_err() {
            out.failed.insert(kind);
        }
    }
    out
}

/// Makes the blocks of one `dynamic` block.
fn make<'b>(
    evaluator: &mut Evaluator<'_>,
    block: &'b Block,
    kind: &'b Name,
    out: &mut Expanded<'b>,
) -> Eval<()> {
    let for_each = &block.body.attribute("for_each").ok_or(Failed)?.value;
    let content = block.body.blocks("content").next().ok_or(Failed)?;
    let given = block.body.attribute("iterator").and_then(|iterator| iterator.value.as_text());
    let iterator = given.unwrap_or(kind);
    let labels: &[Expr] = match block.body.attribute("labels").map(|labels| &labels.value.kind) {
        Some(Kind::List(labels)) => labels,
        _ => &[],
    };
    let Some(pairs) = pairs(evaluator, for_each, labels.first())? else {
        out.unknown.insert(kind);
        return Ok(());
    };
    evaluator.made += pairs.len();
    if evaluator.made > MAX_BLOCKS {
        let summary = format!("`dynamic` blocks may make at most {MAX_BLOCKS} blocks");
        return Err(evaluator.report(for_each.span, summary, "too many"));
    }
    for (key, value) in pairs {
        let entries = Entries::from([(Arc::from("key"), key), (Arc::from("value"), value)]);
        evaluator.iterators.push((iterator.clone(), Val::object(entries)));
        let labels: Vec<Eval<Spanned>> =
            labels.iter().map(|expr| label(evaluator, kind, expr)).collect();
        let iteration = evaluator.iterators.pop();
        out.items.push(Item {
            kind,
            labels: labels.into_iter().collect::<Eval<Vec<_>>>()?.into(),
            header: block.header,
            body: &content.body,
            iteration,
        });
    }
    Ok(())
}

/// The keys and values that a `dynamic` block goes through; `None` when they are not known.
fn pairs(
    evaluator: &mut Evaluator<'_>,
    expr: &Expr,
    label: Option<&Expr>,
) -> Eval<Option<Vec<(Val, Val)>>> {
    let value = evaluator.value(expr)?;
    let pairs = match &value {
        Val::Object(entries) | Val::Map(entries, _) => {
            entries.iter().map(|(key, value)| (Val::String(key.clone()), value.clone())).collect()
        }
        Val::Tuple(items) | Val::List(items, _) => {
            items.iter().enumerate().map(|(at, item)| (Val::int(at), item.clone())).collect()
        }
        Val::Set(..) if value.has_unknown() => return unknown(evaluator, expr, label),
        Val::Set(items, _) => items.iter().map(|item| (item.clone(), item.clone())).collect(),
        Val::Unknown(_) => return unknown(evaluator, expr, label),
        Val::Sensitive(_) => {
            let failed = evaluator.fault(
                expr,
                None,
                "the `for_each` of a `dynamic` block must not be sensitive: it decides which blocks there are",
                "sensitive",
            );
            return Err(help(
                evaluator,
                failed,
                "use `nonsensitive(…)` when the value is no secret",
            ));
        }
        Val::Ephemeral(_) => {
            let what = "the `for_each` of a `dynamic` block";
            return Err(super::kept::deciding(evaluator, expr, what));
        }
        Val::Null(_) => {
            let summary = "the `for_each` of a `dynamic` block must not be null";
            let failed = evaluator.fault(expr, None, summary, "this is null");
            return Err(help(evaluator, failed, "write `[]` for no block"));
        }
        other => {
            let kind = other.kind();
            let summary = format!(
                "the `for_each` of a `dynamic` block takes a map, list or set, found {kind}"
            );
            return Err(evaluator.fault(expr, None, summary, format!("this is {kind}")));
        }
    };
    Ok(Some(pairs))
}

/// Blocks of which nobody knows how many there are may have no labels: those are names.
fn unknown(
    evaluator: &mut Evaluator<'_>,
    expr: &Expr,
    label: Option<&Expr>,
) -> Eval<Option<Vec<(Val, Val)>>> {
    if label.is_none() || evaluator.world.may_wait() {
        return Ok(None);
    }
    let summary = "the `for_each` of a `dynamic` block with `labels` must be known before anything is planned";
    let failed = evaluator.fault(expr, None, summary, "known after apply");
    let advice = "use values from the configuration, not what other pods compute";
    Err(help(evaluator, failed, advice))
}

fn help(evaluator: &mut Evaluator<'_>, failed: Failed, text: &str) -> Failed {
    if let Some(found) = evaluator.diagnostics.0.last_mut() {
        found.help = Some(text.to_owned());
    }
    failed
}

/// One label of a block that is made.
fn label(evaluator: &mut Evaluator<'_>, kind: &str, expr: &Expr) -> Eval<Spanned> {
    let value = evaluator.value(expr)?;
    let what = match &value {
        Val::Sensitive(_) => "must not be sensitive: it would show in addresses",
        Val::Ephemeral(_) => "must not be ephemeral",
        Val::Unknown(_) if evaluator.world.may_wait() => return Err(Failed),
        Val::Unknown(_) => "must be known before anything is planned",
        Val::Null(_) => "must not be null",
        other => match to_text(other) {
            Some(Val::String(text)) => return Ok(Spanned { text, span: expr.span }),
            _ => "must be a string",
        },
    };
    let summary = format!("the name of `{kind}` {what}");
    Err(evaluator.fault(
        expr,
        None,
        summary,
        format!("this {}", crate::eval::explain::describe(&value)),
    ))
}

/// Checks what could not be checked before the blocks were known: names, numbers and presence.
pub(super) fn check(
    evaluator: &mut Evaluator<'_>,
    body: &Body,
    (schema, of): (&'static Schema, &str),
    expanded: &Expanded<'_>,
    header: Span,
) {
    let sources = evaluator.world.sources;
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut written: BTreeMap<&'static str, Span> = BTreeMap::new();
    for attribute in &body.attributes {
        if let Some(known) = schema.attribute(&attribute.name.text) {
            written.insert(known.name, attribute.name.span);
        }
    }
    let mut labelled: BTreeMap<(&'static str, &str), Span> = BTreeMap::new();
    for item in &expanded.items {
        let Some(known) = schema.attribute(item.kind) else { continue };
        let first = written.insert(known.name, item.header);
        match (known.repeat, first, item.labels.first()) {
            (Repeat::Once, Some(first), _) => {
                found.push(twice(sources, known.name, item.header, first));
            }
            (Repeat::Many { label: Some(text), key }, _, Some(label)) => {
                found.extend(bad_label(sources, known.name, label, text));
                if key == ["name"]
                    && let Some(first) = labelled.insert((known.name, &label.text), label.span)
                {
                    found.push(duplicate_label(sources, known.name, label, first));
                }
            }
            _ => {}
        }
    }
    let maybe = expanded.unknown.iter().chain(&expanded.failed);
    let maybe = maybe.filter_map(|kind| Some(schema.attribute(kind)?.name)).collect();
    found.extend(presence(sources, schema, &written, &maybe, of, header));
    evaluator.diagnostics.0.extend(found);
}

/// Whether a body has any `dynamic` block.
pub(super) fn is_needed(body: &Body) -> bool {
    body.blocks.iter().any(Block::is_dynamic)
}
