//! Expressions: conditionals, operators, steps into values.

use super::parser::{Parse, Parser};
use crate::ir::{Access, Binary, Expr, Kind, Name, Operator, Spanned, Step, StepKind};
use crate::value::Val;
use podform_model::Number;

/// The most steps that a reference may have.
const MAX_STEPS: usize = 1000;
/// The most `[*]` among them; each is a level of recursion.
const MAX_SPLATS: usize = 64;

impl Parser<'_> {
    /// Reads an expression.
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        self.deeper(Self::conditional)
    }

    fn conditional(&mut self) -> Parse<Expr> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Ok(condition);
        }
        let yes = self.expr()?;
        if !self.take(":") {
            let help = "write `CONDITION ? VALUE : OTHER`";
            return self.fail_here("the `:` of the conditional is expected here", help);
        }
        let no = self.expr()?;
        let span = condition.span.to(no.span);
        Ok(Expr { span, kind: Kind::Conditional(Box::new([condition, yes, no])) })
    }

    /// Operators of at least this level. Those of one level in a row are one flat chain, so that
    /// a long one is not deep.
    fn binary(&mut self, least: u8) -> Parse<Expr> {
        let mut left = self.unary()?;
        let mut chain: Vec<(Operator, Expr)> = Vec::new();
        let mut chained = 0;
        while let Some((operator, level, length)) = self.operator()
            && level >= least
        {
            self.at += length;
            let right = self.binary(level + 1)?;
            if level != chained {
                left = closed(left, &mut chain);
                chained = level;
            }
            chain.push((operator, right));
        }
        Ok(closed(left, &mut chain))
    }

    /// The operator that comes next, its level and its length.
    fn operator(&mut self) -> Option<(Operator, u8, usize)> {
        self.skip();
        Some(match (self.peek(0), self.peek(1)) {
            (b'|', b'|') => (Operator::Or, 0, 2),
            (b'&', b'&') => (Operator::And, 1, 2),
            (b'=', b'=') => (Operator::Equal, 2, 2),
            (b'!', b'=') => (Operator::NotEqual, 2, 2),
            (b'<', b'=') => (Operator::LessEqual, 3, 2),
            (b'>', b'=') => (Operator::GreaterEqual, 3, 2),
            (b'<', _) => (Operator::Less, 3, 1),
            (b'>', _) => (Operator::Greater, 3, 1),
            (b'+', _) => (Operator::Add, 4, 1),
            (b'-', _) => (Operator::Subtract, 4, 1),
            (b'*', _) => (Operator::Multiply, 5, 1),
            (b'/', _) => (Operator::Divide, 5, 1),
            (b'%', _) => (Operator::Modulo, 5, 1),
            _ => return None,
        })
    }

    /// `!` and `-`, which bind more closely than any operator between two values.
    fn unary(&mut self) -> Parse<Expr> {
        self.skip();
        let start = self.at;
        let kind = match self.peek(0) {
            b'-' => Kind::Negate,
            b'!' => Kind::Not,
            _ => return self.value(),
        };
        self.at += 1;
        let inner = self.deeper(Self::unary)?;
        Ok(Expr { span: self.span(start, start).to(inner.span), kind: kind(Box::new(inner)) })
    }

    /// A term and the steps after it.
    fn value(&mut self) -> Parse<Expr> {
        let start = self.at;
        if let Some(name) = self.word() {
            return self.named(name);
        }
        let of = self.term()?;
        let steps = self.steps()?;
        if steps.is_empty() {
            return Ok(of);
        }
        let kind = Kind::Access(Box::new(Access { of, steps: steps.into() }));
        Ok(Expr { span: self.since(start), kind })
    }

    /// What begins with a name: a keyword, a call or a reference.
    fn named(&mut self, word: &str) -> Parse<Expr> {
        let start = self.at;
        self.at += word.len();
        let span = self.since(start);
        let literal = match word {
            "true" => Some(Val::Bool(true)),
            "false" => Some(Val::Bool(false)),
            "null" => Some(Val::NULL),
            _ => None,
        };
        let end = self.at;
        self.skip();
        let of = match literal {
            _ if self.peek(0) == b'(' || self.rest().starts_with("::") => self.call(word, span)?,
            Some(value) => Expr { span, kind: Kind::Literal(value) },
            None => {
                self.at = end;
                let steps = self.steps()?;
                let span_of_all = self.since(start);
                let kind = self.variable(word, span, &steps);
                return Ok(Expr { span: span_of_all, kind });
            }
        };
        if matches!(of.kind, Kind::Literal(_)) {
            self.at = end;
        }
        let steps = self.steps()?;
        if steps.is_empty() {
            return Ok(of);
        }
        let kind = Kind::Access(Box::new(Access { of, steps: steps.into() }));
        Ok(Expr { span: self.since(start), kind })
    }

    /// The steps that come next. Space before them is taken only when there is one.
    fn steps(&mut self) -> Parse<Vec<Step>> {
        let mut steps: Vec<Step> = Vec::new();
        let mut splats = 0;
        loop {
            let end = self.at;
            self.skip();
            let start = self.at;
            let kind = match self.peek(0) {
                b'.' if self.rest().starts_with("...") => None,
                b'.' => Some(self.dotted()?),
                b'[' => Some(self.bracketed()?),
                _ => None,
            };
            let Some(kind) = kind else {
                self.at = end;
                return Ok(steps);
            };
            let span = self.since(start);
            splats += usize::from(matches!(kind, StepKind::Splat | StepKind::AttributeSplat));
            if steps.len() >= MAX_STEPS || splats > MAX_SPLATS {
                let summary = format!(
                    "a reference may have at most {MAX_STEPS} steps, and {MAX_SPLATS} splats among them"
                );
                return self.fail(
                    span,
                    summary,
                    "one too many",
                    "name its first part with `locals`",
                );
            }
            steps.push(Step { span, kind });
        }
    }

    fn dotted(&mut self) -> Parse<StepKind> {
        self.at += 1;
        self.skip();
        if self.take("*") {
            return Ok(StepKind::AttributeSplat);
        }
        if let Some(name) = self.ident() {
            return Ok(StepKind::Attribute(name.text));
        }
        let start = self.at;
        while self.peek(0).is_ascii_digit() {
            self.at += 1;
        }
        let digits = &self.text[start..self.at];
        if digits.is_empty() {
            return self.fail_here("a name is expected after the `.`", "");
        }
        let span = self.since(start);
        if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
            return self.fail(
                span,
                "two indexes cannot be written with dots",
                "",
                "write `[0][0]`",
            );
        }
        match digits.parse::<Number>() {
            Ok(number) => {
                let index = Expr { span, kind: Kind::Literal(Val::Number(number)) };
                Ok(StepKind::LegacyIndex(index))
            }
            Err(error) => self.fail(span, format!("`{digits}` is {error}"), "", ""),
        }
    }

    fn bracketed(&mut self) -> Parse<StepKind> {
        let open = self.at;
        self.at += 1;
        self.within(false, |parser| {
            let start = parser.at;
            if parser.take("*") && parser.take("]") {
                return Ok(StepKind::Splat);
            }
            parser.at = start;
            let index = parser.expr()?;
            parser.close(open, "]")?;
            Ok(StepKind::Index(index))
        })
    }

    /// The bracket that closes the one at `open`.
    pub(super) fn close(&mut self, open: usize, bracket: &str) -> Parse<()> {
        if self.take(bracket) {
            return Ok(());
        }
        if self.at_end() {
            let opened = self.text[open..].chars().next().unwrap_or('(');
            let span = self.span(open, open + 1);
            let help = format!("write the missing `{bracket}`");
            let summary = format!("this `{opened}` was never closed");
            return self.fail(span, summary, "opened here", &help);
        }
        self.fail_here(format!("`{bracket}` is expected here"), "")
    }

    /// `name(…)`; the name may have parts, as in `provider::a::b(…)`.
    fn call(&mut self, word: &str, span: crate::source::Span) -> Parse<Expr> {
        let mut name = Spanned { text: self.names.intern(word), span };
        while self.take("::") {
            let Some(part) = self.ident() else {
                return self.fail_here("a function's name is expected after `::`", "");
            };
            name = Spanned {
                text: self.names.intern(&format!("{}::{}", name.text, part.text)),
                span: name.span.to(part.span),
            };
        }
        let open = self.at;
        if !self.take("(") {
            return self.fail_here("`(` is expected after a function's name", "");
        }
        let (arguments, expand) = self.within(false, |parser| parser.arguments(open))?;
        let end = self.since(open);
        let call = crate::ir::Call { name, arguments: arguments.into(), expand };
        Ok(Expr { span: span.to(end), kind: Kind::Call(Box::new(call)) })
    }

    fn arguments(&mut self, open: usize) -> Parse<(Vec<Expr>, bool)> {
        let mut arguments = Vec::new();
        loop {
            if self.take(")") {
                return Ok((arguments, false));
            }
            arguments.push(self.expr()?);
            if self.take("...") {
                self.close(open, ")")?;
                return Ok((arguments, true));
            }
            if !self.take(",") {
                self.skip();
                if self.peek(0) != b')' {
                    return self.fail_here("expected `,` or `)`", "");
                }
            }
        }
    }

    /// A name that a `for` binds.
    pub(super) fn binder(&mut self) -> Parse<Name> {
        match self.ident() {
            Some(name) => Ok(name.text),
            None => self.fail_here("a name is expected here", "write `for NAME in …`"),
        }
    }
}

/// The chain so far as one expression.
fn closed(first: Expr, chain: &mut Vec<(Operator, Expr)>) -> Expr {
    let Some((_, last)) = chain.last() else { return first };
    let span = first.span.to(last.span);
    let rest = std::mem::take(chain).into();
    Expr { span, kind: Kind::Binary(Box::new(Binary { first, rest })) }
}
