//! Terms: numbers, parentheses, lists, objects and `for`.

use super::parser::{Parse, Parser};
use crate::ir::{Entry, Expr, For, Kind};
use crate::value::Val;
use podform_model::Number;

impl Parser<'_> {
    /// A term that begins with no name.
    pub(super) fn term(&mut self) -> Parse<Expr> {
        let start = self.at;
        let kind = match self.peek(0) {
            b'"' => self.quoted()?,
            byte if byte.is_ascii_digit() => self.number()?,
            b'(' => self.parentheses()?,
            b'[' => self.within(false, |parser| parser.list())?,
            b'{' => self.within(false, |parser| parser.braces())?,
            b'<' if self.is_heredoc() => self.heredoc()?,
            b'\'' => return self.single_quotes(),
            _ => return self.fail_here("an expression is expected here", ""),
        };
        Ok(Expr { span: self.since(start), kind })
    }

    fn number(&mut self) -> Parse<Kind> {
        let start = self.at;
        self.digits();
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let signed = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + signed).is_ascii_digit() {
                self.at += 1 + signed;
                self.digits();
            }
        }
        let text = &self.text[start..self.at];
        match text.parse::<Number>() {
            Ok(number) => Ok(Kind::Literal(Val::Number(number))),
            Err(error) => {
                let shown = text.get(..40).unwrap_or(text);
                self.fail(self.since(start), format!("`{shown}` is {error}"), "", "")
            }
        }
    }

    fn digits(&mut self) {
        while self.peek(0).is_ascii_digit() {
            self.at += 1;
        }
    }

    fn parentheses(&mut self) -> Parse<Kind> {
        let open = self.at;
        self.at += 1;
        self.within(false, |parser| {
            let inner = parser.expr()?;
            parser.close(open, ")")?;
            Ok(Kind::Paren(Box::new(inner)))
        })
    }

    fn list(&mut self) -> Parse<Kind> {
        let open = self.at;
        self.at += 1;
        self.skip();
        if self.word() == Some("for") {
            return self.for_expr(open, false);
        }
        let mut items = Vec::new();
        loop {
            if self.take("]") {
                return Ok(Kind::List(items.into()));
            }
            items.push(self.expr()?);
            if !self.take(",") {
                self.skip();
                if self.at_end() {
                    self.close(open, "]")?;
                }
                if self.peek(0) != b']' {
                    return self.fail_here("expected `,` or `]`", "");
                }
            }
        }
    }

    fn braces(&mut self) -> Parse<Kind> {
        let open = self.at;
        self.at += 1;
        self.skip();
        if self.word() == Some("for") {
            return self.for_expr(open, true);
        }
        let mut entries = Vec::new();
        loop {
            self.skip();
            if self.take("}") {
                return Ok(Kind::Object(entries.into()));
            }
            if self.at_end() {
                self.close(open, "}")?;
            }
            entries.push(self.within(true, Self::entry)?);
        }
    }

    /// `key = value` or `key: value`, up to the `,` or the end of the line.
    fn entry(&mut self) -> Parse<Entry> {
        let key = self.object_key()?;
        self.skip();
        match (self.peek(0), self.peek(1)) {
            (b'=', b'=') => return self.fail_here("a value is given with one `=`", ""),
            (b'=' | b':', _) => self.at += 1,
            _ => {
                let help = "write `KEY = value`";
                return self.fail_here("`=` and a value are expected after a key", help);
            }
        }
        let value = self.expr()?;
        self.skip();
        if self.peek(0) == b',' {
            self.at += 1;
        } else if !self.at_line_end() && self.peek(0) != b'}' {
            return self.fail_here("a `,` or a new line is expected here", "");
        }
        Ok(Entry { key, value })
    }

    /// A key: a name stands for itself even where it is a variable.
    fn object_key(&mut self) -> Parse<Expr> {
        let start = self.at;
        if let Some(name) = self.ident() {
            self.skip();
            if matches!(self.peek(0), b'=' | b':') && !self.rest().starts_with("::") {
                return Ok(Expr { span: name.span, kind: Kind::Literal(Val::String(name.text)) });
            }
            if matches!(self.peek(0), b',' | b'}') || self.at_line_end() {
                let help = format!("write `{} = value`", name.text);
                return self.fail_here("`=` and a value are expected after a key", &help);
            }
        }
        self.at = start;
        let found = self.diagnostics.0.len();
        let key = self.expr()?;
        let written = match &key.kind {
            Kind::Reference(_) | Kind::Bound(_) | Kind::Broken => true,
            Kind::Access(access) => matches!(access.of.kind, Kind::Bound(_)),
            _ => false,
        };
        if !written {
            return Ok(key);
        }
        self.diagnostics.0.truncate(found);
        let text = self.sources.text(key.span).to_owned();
        if self.provider_keys {
            let text = self.names.intern(&text);
            return Ok(Expr { span: key.span, kind: Kind::Literal(Val::String(text)) });
        }
        let help = format!(
            "quote it to name the key (`\"{text}\"`), or put an expression in parentheses (`({text})`)"
        );
        let summary = format!("the key `{text}` is ambiguous");
        self.fail(key.span, summary, "a name or an expression?", &help)
    }

    /// `for k, v in collection : …` up to the closing bracket; `object`: with keys.
    fn for_expr(&mut self, open: usize, object: bool) -> Parse<Kind> {
        self.at += "for".len();
        let (key, value) = self.binders()?;
        let collection = self.expr()?;
        if !self.take(":") {
            return self
                .fail_here("`:` is expected here", "write `for NAME in COLLECTION : VALUE`");
        }
        let names = key.iter().cloned().chain([value.clone()]).collect::<Vec<_>>();
        let (entry_key, entry, group, condition) =
            self.binding(names, |parser| parser.for_body(object))?;
        self.close(open, if object { "}" } else { "]" })?;
        Ok(Kind::For(Box::new(For { key, value, collection, entry_key, entry, group, condition })))
    }

    fn for_body(&mut self, object: bool) -> Parse<(Option<Expr>, Expr, bool, Option<Expr>)> {
        let mut entry = self.expr()?;
        let mut key = None;
        if object {
            if !self.take("=>") {
                let help = "write `{ for NAME in COLLECTION : KEY => VALUE }`";
                return self.fail_here("`=>` is expected after the key", help);
            }
            key = Some(std::mem::replace(&mut entry, self.expr()?));
        }
        self.skip();
        let start = self.at;
        let group = self.take("...");
        if group && !object {
            let help = "group with `{ for … : KEY => VALUE... }`";
            let span = self.since(start);
            return self.fail(span, "`...` can group only the values of an object", "", help);
        }
        let condition = if self.keyword("if") { Some(self.expr()?) } else { None };
        Ok((key, entry, group, condition))
    }

    /// `k, v in`, or `v in`.
    pub(super) fn binders(&mut self) -> Parse<(Option<crate::ir::Name>, crate::ir::Name)> {
        let first = self.binder()?;
        let names = if self.take(",") { (Some(first), self.binder()?) } else { (None, first) };
        if !self.keyword("in") {
            return self.fail_here("`in` is expected here", "write `for NAME in COLLECTION`");
        }
        Ok(names)
    }

    /// Takes this word if it comes next.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        self.skip();
        let found = self.word() == Some(word);
        if found {
            self.at += word.len();
        }
        found
    }
}
