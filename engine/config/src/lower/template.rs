//! Templates: `~` trims and `<<-` removes indentation as Terraform does, line by line of the
//! source, also within directives.

use super::Lowering;
use crate::ir::{Branches, Kind, Name, Part, TemplateFor};
use crate::value::Val;
use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

/// The template in the order of its text, before it is put together.
#[derive(Default)]
struct Flat {
    texts: Vec<String>,
    events: Vec<Event>,
}

enum Event {
    /// A text by its index.
    Text(usize),
    /// `${…}` or `%{…}`.
    Sequence(Strip),
}

enum Draft {
    Text(usize),
    Value(crate::ir::Expr),
    If(Box<(crate::ir::Expr, Vec<Self>, Vec<Self>)>),
    For(Box<DraftFor>),
}

struct DraftFor {
    key: Option<Name>,
    value: Name,
    collection: crate::ir::Expr,
    body: Vec<Draft>,
}

impl Lowering<'_> {
    /// Lowers a template. `lines`: a heredoc, whose text is taken by lines; `flush`: `<<-`.
    pub(super) fn template(&mut self, template: &Template, lines: bool, flush: bool) -> Kind {
        let mut flat = Flat::default();
        let drafts = self.elements(template, lines, &mut flat);
        flat.trim();
        if flush {
            flat.dedent();
        }
        let parts = self.parts(drafts, &flat.texts);
        match <[Part; 1]>::try_from(parts) {
            Ok([Part::Text(text)]) => Kind::Literal(Val::String(text)),
            Ok([one]) => Kind::Template(Box::new([one])),
            Err(parts) if parts.is_empty() => Kind::Literal(Val::String(self.names.intern(""))),
            Err(parts) => Kind::Template(parts.into()),
        }
    }

    fn elements(&mut self, template: &Template, lines: bool, flat: &mut Flat) -> Vec<Draft> {
        let mut out = Vec::new();
        for element in template {
            match element {
                Element::Literal(literal) => self.literal(literal, lines, flat, &mut out),
                Element::Interpolation(interpolation) => {
                    flat.events.push(Event::Sequence(interpolation.strip));
                    out.push(Draft::Value(self.expr(&interpolation.expr)));
                }
                Element::Directive(directive) => out.push(match &**directive {
                    Directive::If(directive) => self.if_directive(directive, lines, flat),
                    Directive::For(directive) => self.for_directive(directive, lines, flat),
                }),
            }
        }
        out
    }

    fn literal(
        &mut self,
        literal: &hcl_edit::Spanned<String>,
        lines: bool,
        flat: &mut Flat,
        out: &mut Vec<Draft>,
    ) {
        let mut push = |text: String| {
            out.push(Draft::Text(flat.texts.len()));
            flat.events.push(Event::Text(flat.texts.len()));
            flat.texts.push(text);
        };
        if !lines {
            push(literal.value().clone());
            return;
        }
        // The parser has removed indentation in its own way: the source has what was written.
        let source = self.sources.text(self.span(literal.span()));
        for line in source.split_inclusive('\n') {
            push(line.replace("$${", "${").replace("%%{", "%{"));
        }
    }

    fn if_directive(&mut self, directive: &IfDirective, lines: bool, flat: &mut Flat) -> Draft {
        flat.events.push(Event::Sequence(directive.if_expr.strip));
        let condition = self.expr(&directive.if_expr.cond_expr);
        let yes = self.elements(&directive.if_expr.template, lines, flat);
        let no = match &directive.else_expr {
            Some(branch) => {
                flat.events.push(Event::Sequence(branch.strip));
                self.elements(&branch.template, lines, flat)
            }
            None => Vec::new(),
        };
        flat.events.push(Event::Sequence(directive.endif_expr.strip));
        Draft::If(Box::new((condition, yes, no)))
    }

    fn for_directive(&mut self, directive: &ForDirective, lines: bool, flat: &mut Flat) -> Draft {
        let looped = &directive.for_expr;
        flat.events.push(Event::Sequence(looped.strip));
        let collection = self.expr(&looped.collection_expr);
        let key = looped.key_var.as_ref().map(|key| self.names.intern(key.as_str()));
        let value = self.names.intern(looped.value_var.as_str());
        let depth = self.bound.len();
        self.bound.extend(key.clone());
        self.bound.push(value.clone());
        let body = self.elements(&looped.template, lines, flat);
        self.bound.truncate(depth);
        flat.events.push(Event::Sequence(directive.endfor_expr.strip));
        Draft::For(Box::new(DraftFor { key, value, collection, body }))
    }

    fn parts(&mut self, drafts: Vec<Draft>, texts: &[String]) -> Vec<Part> {
        let mut out: Vec<Part> = Vec::with_capacity(drafts.len());
        let mut text = String::new();
        for draft in drafts {
            if let Draft::Text(index) = draft {
                text.push_str(texts.get(index).map_or("", String::as_str));
                continue;
            }
            self.flush(&mut text, &mut out);
            out.push(match draft {
                Draft::Text(_) => continue,
                Draft::Value(value) => Part::Value(value),
                Draft::If(branches) => {
                    let (condition, yes, no) = *branches;
                    let yes = self.parts(yes, texts).into();
                    let no = self.parts(no, texts).into();
                    Part::If(Box::new(Branches { condition, yes, no }))
                }
                Draft::For(looped) => {
                    let DraftFor { key, value, collection, body } = *looped;
                    let body = self.parts(body, texts).into();
                    Part::For(Box::new(TemplateFor { key, value, collection, body }))
                }
            });
        }
        self.flush(&mut text, &mut out);
        out
    }

    fn flush(&mut self, text: &mut String, out: &mut Vec<Part>) {
        if !text.is_empty() {
            out.push(Part::Text(self.names.intern(text)));
            text.clear();
        }
    }
}

impl Flat {
    /// `~`: removes the space of the text beside it, in a heredoc to the end of that line.
    fn trim(&mut self) {
        for at in 0..self.events.len() {
            let Event::Sequence(strip) = self.events[at] else { continue };
            if strip.strip_start()
                && let Some(Event::Text(text)) =
                    at.checked_sub(1).and_then(|at| self.events.get(at))
            {
                let end = self.texts[*text].trim_end().len();
                self.texts[*text].truncate(end);
            }
            if strip.strip_end()
                && let Some(Event::Text(text)) = self.events.get(at + 1)
            {
                let rest = self.texts[*text].trim_start().to_owned();
                self.texts[*text] = rest;
            }
        }
    }

    /// `<<-`: removes the indentation that all lines share; blank lines do not count.
    fn dedent(&mut self) {
        let mut least = usize::MAX;
        let mut starts = Vec::new();
        let mut line_start = true;
        for event in &self.events {
            match event {
                Event::Text(index) => {
                    let text = &self.texts[*index];
                    let blank = text.ends_with('\n') && text.trim().is_empty();
                    if line_start && !blank {
                        least = least.min(text.chars().take_while(|c| c.is_whitespace()).count());
                        starts.push(*index);
                    }
                    line_start = text.ends_with('\n');
                }
                Event::Sequence(_) => {
                    if line_start {
                        least = 0;
                    }
                    line_start = false;
                }
            }
        }
        for index in starts {
            let rest: String = self.texts[index].chars().skip(least).collect();
            self.texts[index] = rest;
        }
    }
}
