//! Bodies: arguments and blocks. What is wrong in one of them does not hide the next.

use super::parser::{MOST, Parse, Parser, Stop};
use super::scan::{Token, TokenKind, matching};
use crate::ir::{Attribute, Block, Body, Expr, Kind, Name, Spanned};
use crate::source::Span;
use crate::value::Val;
use foldhash::HashMap;
use podform_model::{Diagnostic, code};

impl Parser<'_> {
    /// The content of a file.
    pub(super) fn file(&mut self) -> Body {
        let mut out = Body::default();
        self.items(&mut out);
        while !self.at_end() && !self.full() {
            let help = "remove it, or open the bracket before it";
            let _: Parse<()> = self.fail_here("this `}` closes nothing", help);
            self.at += 1;
            self.items(&mut out);
        }
        out
    }

    /// Whether enough has been found in a text that cannot be read.
    fn full(&self) -> bool {
        let most = if self.is_large() { 1 } else { MOST };
        self.too_deep || (self.faulty && self.diagnostics.0.len() >= most)
    }

    /// Arguments and blocks up to a `}` or the end.
    fn items(&mut self, out: &mut Body) {
        let mut seen = HashMap::default();
        loop {
            self.blank();
            if self.at_end() || self.peek(0) == b'}' || self.full() {
                return;
            }
            let start = self.at;
            if self.item(out, &mut seen).is_err() {
                self.recover(start);
            }
        }
    }

    fn item(&mut self, out: &mut Body, seen: &mut HashMap<Name, Span>) -> Parse<()> {
        let Some(name) = self.ident() else { return self.no_name() };
        self.skip();
        match self.peek(0) {
            b'=' => {
                let value = self.attribute_value(&name)?;
                self.line_end()?;
                self.keep(Attribute { name, value }, out, seen);
            }
            b':' => {
                return self
                    .fail_here("an argument is written with `=`, not `:`", "write `NAME = value`");
            }
            b'"' | b'{' => out.blocks.push(self.block(name)?),
            _ if self.word().is_some() || self.brace_below() => out.blocks.push(self.block(name)?),
            _ => {
                let text = &name.text;
                let help = format!("write `{text} = value` or `{text} {{ … }}`");
                return self.fail_here(format!("`{text}` needs a value or a `{{`"), &help);
            }
        }
        Ok(())
    }

    /// Whether nothing but a `{` comes next, on a line below.
    fn brace_below(&mut self) -> bool {
        let start = self.at;
        self.blank();
        let found = self.peek(0) == b'{';
        self.at = start;
        found
    }

    fn no_name<T>(&mut self) -> Parse<T> {
        if self.peek(0) == b'"' {
            let help = "write the name of an argument or block without quotes";
            return self.fail_here("a name is written without quotes here", help);
        }
        self.fail_here("an argument `NAME = value`, a block or `}` is expected here", "")
    }

    fn attribute_value(&mut self, name: &Spanned) -> Parse<Expr> {
        self.at += 1;
        if self.peek(0) == b'=' {
            let span = self.span(self.at - 1, self.at + 1);
            let help = format!("write `{} = value`", name.text);
            return self.fail(span, "a value is given with one `=`", "", &help);
        }
        self.provider_keys = &*name.text == "providers";
        let value = self.within(true, Self::expr);
        self.provider_keys = false;
        value
    }

    /// Keeps an argument; one that is written again is reported.
    fn keep(&mut self, attribute: Attribute, out: &mut Body, seen: &mut HashMap<Name, Span>) {
        let Spanned { text, span } = &attribute.name;
        if let Some(first) = seen.get(text) {
            let summary = format!("`{text}` is written twice");
            let diagnostic = Diagnostic::error(code::DUPLICATE, summary)
                .label(self.sources.label(*span, "written again here"))
                .label(self.sources.label(*first, "first written here"));
            self.diagnostics.push(diagnostic);
            return;
        }
        seen.insert(text.clone(), *span);
        out.attributes.push(attribute);
    }

    fn line_end(&mut self) -> Parse<()> {
        self.skip();
        match self.peek(0) {
            _ if self.at_line_end() => Ok(()),
            b';' => {
                let span = self.next_char();
                let help = "an argument ends with its line";
                self.fail(span, "`;` has no place here", "remove this", help)
            }
            b'\'' => self.single_quotes(),
            _ => self.fail_here("the line should end here", "write one argument on a line"),
        }
    }

    pub(super) fn single_quotes<T>(&mut self) -> Parse<T> {
        self.fail_here("a text is written in double quotes", "write `\"…\"`")
    }

    fn block(&mut self, kind: Spanned) -> Parse<Block> {
        let labels = self.labels()?;
        let header = labels.last().map_or(kind.span, |label| kind.span.to(label.span));
        let open = self.at;
        if !self.take("{") {
            let help = "write `{` on the line of the block's name";
            let found = self.fail_here("the block's `{` is missing here", help);
            // On the next line it is not looked at again.
            self.blank();
            self.at += usize::from(self.peek(0) == b'{');
            return found;
        }
        let bound = self.iterator(&kind, &labels, open);
        let mut body = self.deeper(|parser| parser.block_body(open, bound.as_ref()))?;
        body.shrink();
        self.line_end()?;
        Ok(Block { kind, labels, header, body })
    }

    fn labels(&mut self) -> Parse<Vec<Spanned>> {
        let mut labels = Vec::new();
        loop {
            self.skip();
            if self.peek(0) == b'"' {
                labels.push(self.label()?);
            } else if let Some(name) = self.ident() {
                labels.push(name);
            } else {
                labels.shrink_to_fit();
                return Ok(labels);
            }
        }
    }

    fn label(&mut self) -> Parse<Spanned> {
        let start = self.at;
        let kind = self.quoted()?;
        let span = self.since(start);
        match kind {
            Kind::Literal(Val::String(text)) => Ok(Spanned { text, span }),
            _ => {
                let help = "write the label out";
                self.fail(span, "a label cannot hold an expression", "", help)
            }
        }
    }

    /// What stands in the braces of a block; `open` is the place of the first.
    fn block_body(&mut self, open: usize, bound: Option<&Name>) -> Parse<Body> {
        let mut out = Body::default();
        self.skip();
        if !self.at_line_end() {
            return self.one_line(open, out);
        }
        match bound {
            Some(name) => self.dynamic_items(name, &mut out),
            None => self.items(&mut out),
        }
        if self.full() {
            return Err(Stop);
        }
        if self.take("}") {
            return Ok(out);
        }
        let span = self.span(open, open + 1);
        self.fail(span, "this `{` was never closed", "opened here", "write the missing `}`")
    }

    /// `{ }` or `{ name = value }`.
    fn one_line(&mut self, open: usize, mut out: Body) -> Parse<Body> {
        if self.take("}") {
            return Ok(out);
        }
        let start = self.at;
        if let Some(name) = self.ident() {
            self.skip();
            if self.peek(0) == b'=' {
                let value = self.attribute_value(&name)?;
                if self.take("}") {
                    out.attributes.push(Attribute { name, value });
                    return Ok(out);
                }
            }
        }
        if !self.is_large()
            && let Some((summary, help, end)) = one_line_fault(self.tokens(), open)
        {
            let span = self.span(open, end);
            return self.fail(span, summary, "this block", help);
        }
        self.at = start.max(self.at);
        self.fail_here("a `}` is expected here", "write each argument on a line of its own")
    }

    /// Goes on after the item in which something is wrong: behind its line, or before the bracket
    /// that closes what is around.
    fn recover(&mut self, start: usize) {
        if self.full() {
            return;
        }
        let (reached, end) = (self.at, self.text.len());
        let tokens = self.tokens();
        let first = tokens.partition_point(|token| token.start < start);
        let mut depth = 0_usize;
        let mut next = end;
        for token in tokens.iter().skip(first) {
            match token.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth == 0 => {
                    next = if token.start >= reached { token.start } else { end };
                    break;
                }
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Newline if depth == 0 && token.start >= reached => {
                    next = token.start;
                    break;
                }
                _ => {}
            }
        }
        self.at = next.max(reached);
    }

    /// The name that a `dynamic` block binds: that of `iterator`, else its label.
    fn iterator(&mut self, kind: &Spanned, labels: &[Spanned], open: usize) -> Option<Name> {
        if &*kind.text != "dynamic" {
            return None;
        }
        let label = labels.first()?.text.clone();
        let text = self.text;
        let tokens = self.tokens();
        let first = tokens.partition_point(|token| token.start <= open);
        let mut depth = 0_usize;
        for (at, token) in tokens.iter().enumerate().skip(first) {
            match token.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth == 0 => break,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Word if depth == 0 && &text[token.start..token.end] == "iterator" => {
                    if let Some([equals, name]) = tokens.get(at + 1..at + 3)
                        && (equals.kind, name.kind) == (TokenKind::Assign, TokenKind::Word)
                    {
                        let name = text.get(name.start..name.end)?;
                        return Some(self.names.intern(name));
                    }
                }
                _ => {}
            }
        }
        Some(label)
    }

    /// The content of a `dynamic` block: its name is bound in `labels` and in the block `content`.
    fn dynamic_items(&mut self, name: &Name, out: &mut Body) {
        self.binding([name.clone()], |parser| parser.items(out));
        for attribute in &mut out.attributes {
            match &*attribute.name.text {
                "iterator" => self.iterator_name(&mut attribute.value),
                "labels" => {}
                // What the blocks are made for is known before the name is bound.
                _ => self.again(&mut attribute.value),
            }
        }
    }

    /// Reads an expression of the file once more, with the names that are bound now.
    fn again(&mut self, value: &mut Expr) {
        let after = self.at;
        self.at = value.span.start as usize;
        if let Ok(read) = self.within(true, Self::expr) {
            *value = read;
        }
        self.at = after;
    }

    /// The value of `iterator` is a name, not a reference: it is kept as text.
    fn iterator_name(&mut self, value: &mut Expr) {
        if let Kind::Bound(name) = &value.kind {
            value.kind = Kind::Literal(Val::String(name.clone()));
            return;
        }
        self.diagnostics.push(
            Diagnostic::error(code::INVALID_VALUE, "`iterator` must be one name")
                .label(self.sources.label(value.span, "not a name"))
                .help("write a name without quotes, as `iterator = port`"),
        );
        value.kind = Kind::Broken;
    }
}

/// What is wrong with a block that is written on one line, what helps, and where it ends.
fn one_line_fault(tokens: &[Token], open: usize) -> Option<(&'static str, &'static str, usize)> {
    let first = tokens.partition_point(|token| token.start < open);
    let close = matching(tokens, first)?.checked_sub(1)?;
    let (mut depth, mut assigns, mut blocks, mut commas, mut newlines) = (0, 0, 0, 0, 0);
    let mut before = None;
    for token in tokens.get(first + 1..close)? {
        match token.kind {
            TokenKind::Open(bracket) => {
                let head = matches!(before, Some(TokenKind::Word | TokenKind::Text));
                blocks += usize::from(bracket == b'{' && depth == 0 && head);
                depth += 1;
            }
            TokenKind::Close(_) => depth -= 1,
            TokenKind::Assign if depth == 0 => assigns += 1,
            TokenKind::Other(b',') if depth == 0 => commas += 1,
            TokenKind::Newline if depth == 0 => newlines += 1,
            _ => {}
        }
        before = Some(token.kind);
    }
    let summary = match (assigns, blocks, newlines) {
        (0 | 1, 0, 0) if commas == 0 => return None,
        (0 | 1, 0, 1..) => "the content of a block of several lines begins on a new line",
        (_, 1.., _) => "a block on one line cannot hold another block",
        _ => "a block on one line holds at most one argument",
    };
    let help = if commas > 0 {
        "write each argument on a line of its own, without commas"
    } else {
        "write each argument and block on a line of its own"
    };
    Some((summary, help, tokens.get(close)?.end))
}
