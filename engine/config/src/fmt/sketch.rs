//! What a text says apart from its spaces: how a text and what the formatter made of it are compared.

use crate::ir::{Block, Body, Expr, Kind, Part, Reference, Target};
use crate::source::{Names, SourceFile, Sources};
use crate::syntax::{self, lex};
use podform_model::Diagnostics;

/// The tree of a text without places, and its comments in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// The tree, with the better spelling where the formatter knows one.
    pub tree: String,
    /// The comments without the spaces at their ends.
    pub comments: Vec<String>,
}

/// The sketch of a text; `None` when it cannot be read.
#[must_use]
pub fn sketch(file: &SourceFile) -> Option<Sketch> {
    let sources = Sources { files: vec![file.clone().checked().ok()?] };
    let mut body = syntax::read(&sources, 0, &mut Names::default(), &mut Diagnostics::new())?;
    respell(&mut body);
    let text = &*sources.files[0].text;
    let comments = lex::lex(text).into_iter().filter(|token| token.kind == lex::Kind::Comment);
    let comments = comments.map(|token| token.text(text).trim_end().to_owned()).collect();
    Some(Sketch { tree: without_places(&format!("{body:?}")), comments })
}

/// Brings what the formatter respells into one form.
fn respell(body: &mut Body) {
    for block in &mut body.blocks {
        if &*block.kind.text == "variable" {
            respell_type(block);
        }
        respell(&mut block.body);
    }
    for attribute in &mut body.attributes {
        respell_value(&mut attribute.value);
    }
}

/// `"${x}"` and `(x)` as `x`.
fn respell_value(value: &mut Expr) {
    loop {
        let inner = match &mut value.kind {
            Kind::Paren(inner) => (**inner).clone(),
            Kind::Template(parts) => match &**parts {
                [Part::Value(inner)] => inner.clone(),
                _ => return,
            },
            _ => return,
        };
        *value = inner;
    }
}

/// `type = list` as `type = list(any)`, and `type = "list"` as `type = list(string)`.
fn respell_type(variable: &mut Block) {
    for attribute in &mut variable.body.attributes {
        if &*attribute.name.text != "type" {
            continue;
        }
        let better = match &attribute.value.kind {
            Kind::Reference(reference) => bare(reference),
            _ => attribute.value.as_text().and_then(|text| quoted(text)),
        };
        if let Some(better) = better.and_then(|text| syntax::expression(text).ok()) {
            attribute.value = better;
        }
    }
}

fn bare(reference: &Reference) -> Option<&'static str> {
    match &reference.target {
        Target::Nothing(name) if reference.steps.is_empty() => match &**name {
            "list" => Some("list(any)"),
            "map" => Some("map(any)"),
            "set" => Some("set(any)"),
            _ => None,
        },
        _ => None,
    }
}

fn quoted(text: &str) -> Option<&'static str> {
    match text {
        "list" => Some("list(string)"),
        "map" => Some("map(string)"),
        "string" => Some("string"),
        _ => None,
    }
}

/// A debug text without the spans in it.
fn without_places(text: &str) -> String {
    let mut parts = text.split("Span { file: ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    out
}
