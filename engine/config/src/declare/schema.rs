//! Whether a block has what its schema says, without evaluating anything.

use super::Declaring;
use super::pod::{META, META_BLOCKS};
use crate::ir::{Block, Body, Spanned};
use crate::source::{Sources, Span};
use crate::suggest::nearest;
use podform_model::convert::check_text;
use podform_model::schema::{Attribute, Block as Schema, POD, Repeat, Text};
use podform_model::{Diagnostic, code};
use std::collections::{BTreeMap, BTreeSet};

impl Declaring<'_> {
    /// Checks names, labels, numbers and presence against a schema; `of` is the block's type.
    pub(super) fn check_block(
        &mut self,
        body: &Body,
        schema: &'static Schema,
        of: &str,
        header: Span,
    ) {
        let mut written: BTreeMap<&'static str, Span> = BTreeMap::new();
        for attribute in &body.attributes {
            let name = &attribute.name;
            match schema.attribute(&name.text) {
                None => {
                    self.unknown_in_schema(code::UNKNOWN_ATTRIBUTE, "attribute", name, schema, of);
                }
                Some(known) if known.block().is_some() => self.block_expected(known, name),
                Some(known) => {
                    if let Some(first) = written.insert(known.name, name.span) {
                        self.duplicate_attribute(&name.text, name.span, first);
                    }
                }
            }
        }
        let mut labelled: BTreeMap<(&'static str, &str), Span> = BTreeMap::new();
        // What `dynamic` blocks make is counted once they are expanded.
        let mut open: BTreeSet<&'static str> = BTreeSet::new();
        for block in &body.blocks {
            if block.is_dynamic() {
                open.extend(self.dynamic(block, schema, of).map(|made| made.name));
                continue;
            }
            match schema.attribute(&block.kind.text) {
                None => {
                    self.unknown_in_schema(code::UNKNOWN_BLOCK, "block", &block.kind, schema, of);
                }
                Some(known) => match known.block() {
                    None => self.attribute_expected(known, block),
                    Some(nested) => {
                        let first = written.get(known.name).copied();
                        written.entry(known.name).or_insert(block.header);
                        self.check_labels(known, block, first);
                        if let (Repeat::Many { key: &["name"], .. }, Some(label)) =
                            (known.repeat, block.labels.first())
                            && let Some(first) =
                                labelled.insert((known.name, &*label.text), label.span)
                        {
                            let found = duplicate_label(self.sources, known.name, label, first);
                            self.diagnostics.push(found);
                        }
                        self.check_block(&block.body, nested, known.name, block.header);
                    }
                },
            }
        }
        for found in presence(self.sources, schema, &written, &open, of, header) {
            self.diagnostics.push(found);
        }
    }

    fn check_labels(&mut self, known: &'static Attribute, block: &Block, first: Option<Span>) {
        let name = known.name;
        match known.repeat {
            Repeat::Once => {
                self.labels(block, 0, &format!("{name} {{ … }}"));
                if let Some(first) = first {
                    self.twice(name, block.header, first);
                }
            }
            Repeat::Many { label: None, .. } => {
                self.labels(block, 0, &format!("{name} {{ … }}"));
            }
            Repeat::Many { label: Some(text), .. } => {
                if !self.labels(block, 1, &format!("{name} \"NAME\" {{ … }}")) {
                    return;
                }
                if let Some(label) = block.labels.first()
                    && let Some(found) = bad_label(self.sources, name, label, text)
                {
                    self.diagnostics.push(found);
                }
            }
        }
    }

    fn block_expected(&mut self, known: &'static Attribute, name: &Spanned) {
        let label = match known.repeat {
            Repeat::Many { label: Some(_), .. } => " \"NAME\"",
            _ => "",
        };
        let text = known.name;
        self.diagnostics.push(
            Diagnostic::error(
                code::INVALID_VALUE,
                format!("`{text}` is a block, not an attribute"),
            )
            .label(self.sources.label(name.span, "written with `=`"))
            .help(format!("write `{text}{label} {{ … }}`, without `=`")),
        );
    }

    fn attribute_expected(&mut self, known: &'static Attribute, block: &Block) {
        let name = known.name;
        self.diagnostics.push(
            Diagnostic::error(
                code::INVALID_VALUE,
                format!("`{name}` is an attribute, not a block"),
            )
            .label(self.sources.label(block.header, "written without `=`"))
            .help(format!("write `{name} = …`, with `=`")),
        );
    }

    fn unknown_in_schema(
        &mut self,
        code: &str,
        what: &str,
        name: &Spanned,
        schema: &'static Schema,
        of: &str,
    ) {
        let article = if what == "attribute" { "an" } else { "a" };
        let mut diagnostic = Diagnostic::error(code, format!("unknown {what} `{}`", name.text))
            .label(self.sources.label(name.span, format!("not {article} {what} of `{of}`")));
        let meta: &[&str] = if of == "pod" { META } else { &[] };
        let blocks: &[&str] = if of == "pod" { META_BLOCKS } else { &[] };
        let help = by_marathon(schema, &name.text)
            .map(|found| format!("did you mean `{found}`?"))
            .or_else(|| elsewhere(schema, &name.text))
            .or_else(|| {
                let names = schema.attributes.iter().map(|known| known.name);
                nearest(&name.text, names.chain(meta.iter().copied()).chain(blocks.iter().copied()))
                    .map(|near| format!("did you mean `{near}`?"))
            })
            .or_else(|| {
                elsewhere(schema, near(schema.attribute("container")?.block()?, &name.text)?)
            });
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        } else if schema.attributes.len() <= 12 {
            let names: Vec<&str> = schema.attributes.iter().map(|known| known.name).collect();
            diagnostic = diagnostic.help(format!("use one of {}", super::list(&names)));
        }
        self.diagnostics.push(diagnostic);
    }
}

/// What a block lacks, and what in it excludes another, given what is written and where; nothing
/// is said about what may be there.
pub(crate) fn presence(
    sources: &Sources,
    schema: &'static Schema,
    written: &BTreeMap<&'static str, Span>,
    maybe: &BTreeSet<&'static str>,
    of: &str,
    header: Span,
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for known in schema.attributes.iter().filter(|known| known.required) {
        if !written.contains_key(known.name) && !maybe.contains(known.name) {
            out.push(lacking(sources, known, of, header));
        }
    }
    for group in schema.exclusive {
        let present: Vec<(&str, Span)> =
            group.iter().filter_map(|name| Some((*name, *written.get(name)?))).collect();
        if let [(first, at), (second, again), ..] = &*present {
            let summary = format!("`{first}` and `{second}` exclude one another");
            out.push(
                Diagnostic::error(code::INVALID_VALUE, summary)
                    .label(sources.label(*again, "remove this"))
                    .label(sources.label(*at, "or this")),
            );
        }
    }
    out
}

fn lacking(sources: &Sources, known: &Attribute, of: &str, header: Span) -> Diagnostic {
    let (what, help) = match (known.block(), known.repeat) {
        (None, _) => ("attribute", format!("add `{} = …`", known.name)),
        (Some(_), Repeat::Once) => ("block", format!("add `{} {{}}`", known.name)),
        (Some(_), _) => ("block", format!("add `{} \"NAME\" {{ … }}`", known.name)),
    };
    let summary = format!("`{of}` needs the {what} `{}`", known.name);
    let label = sources.label(header, format!("`{}` is missing", known.name));
    Diagnostic::error(code::MISSING_ATTRIBUTE, summary).label(label).help(help)
}

/// The finding about a block that may stand only once.
pub(crate) fn twice(sources: &Sources, kind: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::error(code::DUPLICATE, format!("`{kind}` may stand only once here"))
        .label(sources.label(again, "a second one"))
        .label(sources.label(first, "the first one"))
}

/// The finding about a second block of one name.
pub(crate) fn duplicate_label(
    sources: &Sources,
    kind: &str,
    again: &Spanned,
    first: Span,
) -> Diagnostic {
    let summary = format!("two `{kind}` blocks are named `{}`", again.text);
    Diagnostic::error(code::DUPLICATE, summary)
        .label(sources.label(again.span, "the same name again"))
        .label(sources.label(first, "first used here"))
}

/// The finding about a label that is no name, when it is none.
pub(crate) fn bad_label(
    sources: &Sources,
    kind: &str,
    label: &Spanned,
    text: Text,
) -> Option<Diagnostic> {
    let message = check_text(text, &label.text).err()?;
    let summary = match message.starts_with('`') {
        true => message,
        false => format!("the name of `{kind}` {message}"),
    };
    let label = sources.label(label.span, "not a valid name");
    Some(Diagnostic::error(code::INVALID_VALUE, summary).label(label))
}

/// The attribute that Marathon's pod definition calls by this name.
fn by_marathon(schema: &'static Schema, name: &str) -> Option<&'static str> {
    let known = schema.attributes.iter().find(|known| known.marathon == name)?;
    Some(known.name)
}

/// The nearest attribute of a block.
pub(super) fn near(schema: &'static Schema, name: &str) -> Option<&'static str> {
    by_marathon(schema, name)
        .or_else(|| nearest(name, schema.attributes.iter().map(|known| known.name)))
}

/// Where a name would be right that is not right here, below the block first.
fn elsewhere(schema: &'static Schema, name: &str) -> Option<String> {
    let mut places = Vec::new();
    below(schema, name, &mut Vec::new(), &mut places);
    // What a user of pods means is mostly the container's.
    places.sort_by_key(|(way, _): &(Vec<&str>, &str)| {
        (!way.contains(&"container") && schema.attribute("container").is_some(), way.len())
    });
    if let Some((way, found)) = places.first() {
        let way: Vec<String> = way.iter().rev().map(|block| format!("`{block}`")).collect();
        return Some(format!("`{found}` belongs into {}", way.join(" of ")));
    }
    POD.attribute(name).map(|_| format!("`{name}` belongs into `pod` itself"))
}

fn below(
    schema: &'static Schema,
    name: &str,
    way: &mut Vec<&'static str>,
    places: &mut Vec<(Vec<&'static str>, &'static str)>,
) {
    for known in schema.attributes {
        let Some(block) = known.block() else { continue };
        way.push(known.name);
        let found = block.attribute(name).map(|inner| inner.name);
        if let Some(found) = found.or_else(|| by_marathon(block, name)) {
            places.push((way.clone(), found));
        }
        below(block, name, way, places);
        way.pop();
    }
}
