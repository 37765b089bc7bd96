//! From JSON to the lowered form.

use super::no_object;
use super::read::{Item, Member, Node, Text};
use super::shape::{Labels, Shape};
use crate::ir::{Attribute, Block, Body, Entry, Expr, Kind, Name, Spanned};
use crate::source::{Names, Sources, Span};
use crate::syntax::parser::{Parse, Parser, Places};
use crate::value::Val;
use podform_model::{Diagnostic, Diagnostics, code};
use std::collections::HashMap;

/// Makes a body of the JSON of one file.
pub(super) struct Converting<'a> {
    sources: &'a Sources,
    names: &'a mut Names,
    file: u32,
    text: &'a str,
    diagnostics: &'a mut Diagnostics,
    /// The names that `dynamic` blocks around bind.
    bound: Vec<Name>,
}

impl<'a> Converting<'a> {
    pub(super) fn new(
        sources: &'a Sources,
        names: &'a mut Names,
        file: u32,
        text: &'a str,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self { sources, names, file, text, diagnostics, bound: Vec::new() }
    }

    fn error(&mut self, span: Span, summary: impl Into<String>, help: &str) {
        let mut found =
            Diagnostic::error(code::SYNTAX, summary).label(self.sources.label(span, ""));
        if !help.is_empty() {
            found = found.help(help);
        }
        self.diagnostics.push(found);
    }

    fn name(&mut self, member: &Member) -> Spanned {
        Spanned { text: self.names.intern(&member.key), span: member.key_span }
    }

    /// An object, or several in an array, as one body.
    pub(super) fn body(&mut self, item: &Item, shape: Shape) -> Body {
        let mut out = Body::default();
        let mut seen = HashMap::new();
        match &item.node {
            Node::Object(members) => self.members(members, shape, &mut out, &mut seen),
            Node::Array(items) => {
                for item in items {
                    match &item.node {
                        Node::Object(members) => self.members(members, shape, &mut out, &mut seen),
                        _ => self.diagnostics.push(no_object(self.sources, item.span)),
                    }
                }
            }
            _ => self.diagnostics.push(no_object(self.sources, item.span)),
        }
        out
    }

    fn members<'i>(
        &mut self,
        members: &'i [Member],
        shape: Shape,
        out: &mut Body,
        seen: &mut HashMap<&'i str, Span>,
    ) {
        for member in members.iter().filter(|member| member.key != "//") {
            let kind = self.name(member);
            if member.key == "dynamic" && shape.has_dynamic() {
                self.dynamics(&kind, &member.value, shape, out);
            } else if let Some((labels, inner)) = shape.block(&member.key) {
                self.blocks(&kind, &mut Vec::new(), labels, inner, &member.value, out);
            } else if let Some(first) = seen.insert(&member.key, member.key_span) {
                self.twice(member, first);
            } else if shape.is_file() {
                // Not a block that is known: what it is called is reported where it is declared.
                let body = Body::default();
                let header = kind.span;
                out.blocks.push(Block { kind, labels: Vec::new(), header, body });
            } else {
                let value = if shape.is_expression(&member.key) {
                    self.written(&member.value)
                } else {
                    self.expr(&member.value)
                };
                out.attributes.push(Attribute { name: kind, value });
            }
        }
    }

    fn twice(&mut self, member: &Member, first: Span) {
        let found =
            Diagnostic::error(code::DUPLICATE, format!("`{}` is written twice", member.key))
                .label(self.sources.label(member.key_span, "written again here"))
                .label(self.sources.label(first, "first written here"));
        self.diagnostics.push(found);
    }

    /// The blocks of one type: an object for each label, and an array where there are several.
    fn blocks(
        &mut self,
        kind: &Spanned,
        labels: &mut Vec<Spanned>,
        wanted: Labels,
        shape: Shape,
        item: &Item,
        out: &mut Body,
    ) {
        match (&item.node, wanted) {
            (Node::Null, _) => {}
            (Node::Array(items), _) => {
                for item in items {
                    self.blocks(kind, labels, wanted, shape, item, out);
                }
            }
            (Node::Object(members), Labels::Exactly(1..) | Labels::OneOrTwo) => {
                for member in members.iter().filter(|member| member.key != "//") {
                    let label = self.name(member);
                    labels.push(label);
                    let below = Labels::Exactly(match wanted {
                        Labels::Exactly(count) => count - 1,
                        Labels::OneOrTwo => usize::from(all_objects(&member.value)),
                    });
                    self.blocks(kind, labels, below, shape, &member.value, out);
                    labels.pop();
                }
            }
            (Node::Object(_), _) => {
                let header = labels.last().map_or(kind.span, |label| kind.span.to(label.span));
                let body = self.body(item, shape);
                let (kind, labels) = (kind.clone(), labels.clone());
                out.blocks.push(Block { kind, labels, header, body });
            }
            _ => {
                let summary = format!("`{}` is a block, written as an object", kind.text);
                self.error(item.span, summary, "write `{ … }`");
            }
        }
    }

    fn dynamics(&mut self, kind: &Spanned, item: &Item, shape: Shape, out: &mut Body) {
        match &item.node {
            Node::Array(items) => {
                for item in items {
                    self.dynamics(kind, item, shape, out);
                }
            }
            Node::Object(members) => {
                for member in members.iter().filter(|member| member.key != "//") {
                    let label = self.name(member);
                    let inner = shape.dynamic(&member.key);
                    self.dynamic(kind, &label, &member.value, inner, out);
                }
            }
            _ => {
                self.error(
                    item.span,
                    "`dynamic` is a block, written as an object",
                    "write `{ … }`",
                );
            }
        }
    }

    /// One `dynamic` block: its name is bound in `labels` and `content`.
    fn dynamic(
        &mut self,
        kind: &Spanned,
        label: &Spanned,
        item: &Item,
        shape: Shape,
        out: &mut Body,
    ) {
        if let Node::Array(items) = &item.node {
            for item in items {
                self.dynamic(kind, label, item, shape, out);
            }
            return;
        }
        let Node::Object(members) = &item.node else {
            self.error(item.span, "`dynamic` is a block, written as an object", "write `{ … }`");
            return;
        };
        let written = members.iter().find(|member| member.key == "iterator");
        let name = match written.map(|member| &member.value.node) {
            Some(Node::Text(text)) => self.names.intern(&text.value),
            _ => label.text.clone(),
        };
        let mut body = Body::default();
        for member in members {
            let binds = matches!(&*member.key, "labels" | "content");
            let depth = self.bound.len();
            self.bound.extend(binds.then(|| name.clone()));
            if member.key == "iterator" {
                let text = Kind::Literal(Val::String(name.clone()));
                let value = Expr { span: member.value.span, kind: text };
                body.attributes.push(Attribute { name: self.name(member), value });
            } else {
                let one = std::slice::from_ref(member);
                self.members(one, shape, &mut body, &mut HashMap::new());
            }
            self.bound.truncate(depth);
        }
        let header = kind.span.to(label.span);
        let (kind, labels) = (kind.clone(), vec![label.clone()]);
        out.blocks.push(Block { kind, labels, header, body });
    }

    /// A value; texts in it are templates.
    fn expr(&mut self, item: &Item) -> Expr {
        let kind = match &item.node {
            Node::Null => Kind::Literal(Val::NULL),
            Node::Bool(flag) => Kind::Literal(Val::Bool(*flag)),
            Node::Number(number) => Kind::Literal(Val::Number(number.clone())),
            Node::Text(text) => self.template(text, item.span),
            Node::Array(items) => Kind::List(items.iter().map(|item| self.expr(item)).collect()),
            Node::Object(members) => self.object(members),
        };
        Expr { span: item.span, kind }
    }

    fn object(&mut self, members: &[Member]) -> Kind {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            if let Some(first) = seen.insert(&member.key, member.key_span) {
                self.twice(member, first);
                continue;
            }
            let text = Text { value: member.key.clone(), places: None };
            let kind = self.template(&text, member.key_span);
            let key = Expr { span: member.key_span, kind };
            entries.push(Entry { key, value: self.expr(&member.value) });
        }
        Kind::Object(entries.into())
    }

    /// A text as a template.
    fn template(&mut self, text: &Text, span: Span) -> Kind {
        if !text.value.contains("${") && !text.value.contains("%{") {
            return Kind::Literal(Val::String(self.names.intern(&text.value)));
        }
        self.parse(text, span, |parser| parser.whole_template()).unwrap_or(Kind::Broken)
    }

    /// A value whose texts are expressions by themselves: names, references, types.
    fn written(&mut self, item: &Item) -> Expr {
        let kind = match &item.node {
            Node::Text(text) => {
                let read = self.parse(text, item.span, |parser| Ok(parser.only_expr()?.kind));
                read.unwrap_or(Kind::Broken)
            }
            Node::Array(items) => Kind::List(items.iter().map(|item| self.written(item)).collect()),
            Node::Object(members) => Kind::Object(
                members
                    .iter()
                    .map(|member| {
                        let text = Kind::Literal(Val::String(self.names.intern(&member.key)));
                        let key = Expr { span: member.key_span, kind: text };
                        Entry { key, value: self.written(&member.value) }
                    })
                    .collect(),
            ),
            _ => return self.expr(item),
        };
        Expr { span: item.span, kind }
    }

    /// Reads a text with the parser; what it finds points into the file.
    fn parse<T>(
        &mut self,
        text: &Text,
        span: Span,
        read: impl FnOnce(&mut Parser<'_>) -> Parse<T>,
    ) -> Parse<T> {
        // Where nothing is escaped the file's own text is read.
        let inner = self.text.get(span.start as usize + 1..(span.end as usize).saturating_sub(1));
        let plain = inner == Some(&*text.value);
        let escaped = text.places.as_deref().unwrap_or_default();
        let places = if plain { Places::From(span.start + 1) } else { Places::Each(escaped) };
        let mut parser = Parser::new(self.sources, self.names, self.file, &text.value, places);
        parser.bound = std::mem::take(&mut self.bound);
        let out = read(&mut parser);
        self.bound = std::mem::take(&mut parser.bound);
        let found = parser.diagnostics;
        self.diagnostics.extend(found);
        out
    }
}

/// Whether a value is an object whose values are all objects, and there is one.
fn all_objects(item: &Item) -> bool {
    match &item.node {
        Node::Object(members) => {
            !members.is_empty()
                && members.iter().all(|member| matches!(member.value.node, Node::Object(_)))
        }
        _ => false,
    }
}
