//! From hcl-edit's syntax tree to ours. The faults that the parser lets pass are found here.

mod dynamic;
mod template;

use crate::ir::{
    Access, Attribute, Binary, Block, Body, Call, Entry, Expr, For, Kind, Name, Operator,
    Reference, Spanned, Step, StepKind, Target,
};
use crate::source::{Names, Sources, Span};
use crate::value::Val;
use hcl_edit::Span as _;
use hcl_edit::expr::{BinaryOperator, Expression, ObjectKey, TraversalOperator, UnaryOperator};
use podform_model::{Diagnostic, Diagnostics, Number, code};
use std::ops::Range;

/// The most steps that a reference may have.
const MAX_STEPS: usize = 256;
/// The most splats among them; each is a level of recursion.
const MAX_SPLATS: usize = 16;

/// Lowers the trees of one configuration.
pub(crate) struct Lowering<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) names: &'a mut Names,
    pub(crate) diagnostics: &'a mut Diagnostics,
    /// The file that is lowered, and where in it the parsed text begins.
    pub(crate) file: u32,
    pub(crate) offset: u32,
    /// The names bound by the `for`s around.
    pub(crate) bound: Vec<Name>,
}

impl Lowering<'_> {
    /// Lowers the content of a file or block.
    pub(crate) fn body(&mut self, body: &hcl_edit::structure::Body) -> Body {
        let mut out = Body::default();
        for structure in body {
            match structure {
                hcl_edit::structure::Structure::Attribute(attribute) => {
                    let name = self.spanned(&attribute.key, attribute.key.span());
                    let value = self.expr(&attribute.value);
                    out.attributes.push(Attribute { name, value });
                }
                hcl_edit::structure::Structure::Block(block) => out.blocks.push(self.block(block)),
            }
        }
        out
    }

    fn block(&mut self, block: &hcl_edit::structure::Block) -> Block {
        let kind = self.spanned(&block.ident, block.ident.span());
        let labels: Vec<Spanned> =
            block.labels.iter().map(|label| self.spanned(label.as_str(), label.span())).collect();
        let header = labels.last().map_or(kind.span, |label| kind.span.to(label.span));
        let body = match &*kind.text {
            "dynamic" => self.dynamic(&block.body, &labels),
            _ => self.body(&block.body),
        };
        Block { header, kind, labels, body }
    }

    fn spanned(&mut self, text: &str, range: Option<Range<usize>>) -> Spanned {
        Spanned { text: self.names.intern(text), span: self.span(range) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a file has at most 64 MiB")]
    fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or_default();
        Span {
            file: self.file,
            start: range.start as u32 + self.offset,
            end: range.end as u32 + self.offset,
        }
    }

    fn error(&mut self, span: Span, summary: impl Into<String>, label: &str, help: &str) -> Kind {
        let mut diagnostic =
            Diagnostic::error(code::SYNTAX, summary).label(self.sources.label(span, label));
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.diagnostics.push(diagnostic);
        Kind::Broken
    }

    /// Lowers an expression.
    pub(crate) fn expr(&mut self, expr: &Expression) -> Expr {
        let span = self.span(expr.span());
        let kind = match expr {
            Expression::Null(_) => Kind::Literal(Val::Null),
            Expression::Bool(flag) => Kind::Literal(Val::Bool(*flag.value())),
            Expression::Number(_) => self.number(span),
            Expression::String(text) => {
                self.check_lines(span);
                Kind::Literal(Val::String(self.names.intern(text.value())))
            }
            Expression::Array(items) => {
                Kind::List(items.iter().map(|item| self.expr(item)).collect())
            }
            Expression::Object(object) => self.object(object),
            Expression::StringTemplate(template) => {
                self.check_lines(span);
                self.template(template, false, false)
            }
            Expression::HeredocTemplate(heredoc) => {
                let flush = self.sources.text(span).starts_with("<<-");
                self.template(&heredoc.template, true, flush)
            }
            Expression::Parenthesis(inner) => Kind::Paren(Box::new(self.expr(inner.inner()))),
            Expression::Variable(ident) => self.variable(ident.as_str(), span, &[]),
            Expression::Conditional(parts) => Kind::Conditional(Box::new([
                self.expr(&parts.cond_expr),
                self.expr(&parts.true_expr),
                self.expr(&parts.false_expr),
            ])),
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => self.traversal(traversal, span),
            Expression::UnaryOp(operation) => {
                let inner = Box::new(self.expr(&operation.expr));
                match operation.operator.value() {
                    UnaryOperator::Neg => Kind::Negate(inner),
                    UnaryOperator::Not => Kind::Not(inner),
                }
            }
            Expression::BinaryOp(operation) => Kind::Binary(Box::new(Binary {
                operator: operator(*operation.operator.value()),
                left: self.expr(&operation.lhs_expr),
                right: self.expr(&operation.rhs_expr),
            })),
            Expression::ForExpr(looped) => self.for_expr(looped),
        };
        Expr { span, kind }
    }

    /// The exact number, from its text: the parser's may be rounded.
    fn number(&mut self, span: Span) -> Kind {
        let text: String = self.sources.text(span).chars().filter(|c| !c.is_whitespace()).collect();
        match text.parse::<Number>() {
            Ok(number) => Kind::Literal(Val::Number(number)),
            Err(error) => self.error(span, format!("`{text}` is {error}"), "", ""),
        }
    }

    /// A quoted string ends on its line; only heredocs span several.
    fn check_lines(&mut self, span: Span) {
        let text = self.sources.text(span);
        if !text.starts_with('"') || !text.contains('\n') {
            return;
        }
        if let Some(at) = literal_newline(text) {
            #[expect(clippy::cast_possible_truncation, reason = "a file has at most 64 MiB")]
            let place = Span { end: span.start + at as u32, ..span };
            self.error(
                place,
                "a quoted string must end on its line",
                "this quote is not closed on its line",
                "close the quote, or write text of several lines as a heredoc: `<<-EOT … EOT`",
            );
        }
    }

    fn object(&mut self, object: &hcl_edit::expr::Object) -> Kind {
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(ident) => {
                    let span = self.span(ident.span());
                    let text = self.names.intern(ident.as_str());
                    Expr { span, kind: Kind::Literal(Val::String(text)) }
                }
                ObjectKey::Expression(expr) => self.object_key(expr),
            };
            entries.push(Entry { key, value: self.expr(value.expr()) });
        }
        Kind::Object(entries.into())
    }

    fn object_key(&mut self, expr: &Expression) -> Expr {
        let span = self.span(expr.span());
        match expr {
            // `{ a = 1 }` names its key even where `a` is a variable.
            Expression::Variable(ident) => {
                let text = self.names.intern(ident.as_str());
                Expr { span, kind: Kind::Literal(Val::String(text)) }
            }
            Expression::Null(_) | Expression::Bool(_) => {
                let text = self.sources.text(span).to_owned();
                let text = self.names.intern(&text);
                Expr { span, kind: Kind::Literal(Val::String(text)) }
            }
            Expression::Traversal(_) => {
                let text = self.sources.text(span).to_owned();
                let kind = self.error(
                    span,
                    format!("the key `{text}` is ambiguous"),
                    "a name or an expression?",
                    &format!("quote it to name the key (`\"{text}\"`), or put an expression in parentheses (`({text})`)"),
                );
                Expr { span, kind }
            }
            other => self.expr(other),
        }
    }

    fn call(&mut self, call: &hcl_edit::expr::FuncCall) -> Kind {
        let mut name = String::new();
        for part in &call.name.namespace {
            name.push_str(part.as_str());
            name.push_str("::");
        }
        name.push_str(call.name.name.as_str());
        let first = call.name.namespace.first().unwrap_or(&call.name.name);
        let span = self.span(first.span()).to(self.span(call.name.name.span()));
        Kind::Call(Box::new(Call {
            name: Spanned { text: self.names.intern(&name), span },
            arguments: call.args.iter().map(|argument| self.expr(argument)).collect(),
            expand: call.args.expand_final(),
        }))
    }

    fn for_expr(&mut self, looped: &hcl_edit::expr::ForExpr) -> Kind {
        let collection = self.expr(&looped.intro.collection_expr);
        let key = looped.intro.key_var.as_ref().map(|key| self.names.intern(key.as_str()));
        let value = self.names.intern(looped.intro.value_var.as_str());
        let depth = self.bound.len();
        self.bound.extend(key.clone());
        self.bound.push(value.clone());
        let entry_key = looped.key_expr.as_ref().map(|key| self.expr(key));
        let entry = self.expr(&looped.value_expr);
        let condition = looped.cond.as_ref().map(|condition| self.expr(&condition.expr));
        self.bound.truncate(depth);
        let group = looped.grouping;
        Kind::For(Box::new(For { key, value, collection, entry_key, entry, group, condition }))
    }

    fn traversal(&mut self, traversal: &hcl_edit::expr::Traversal, span: Span) -> Kind {
        let splats = traversal
            .operators
            .iter()
            .filter(|operator| {
                matches!(
                    operator.value(),
                    TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_)
                )
            })
            .count();
        if traversal.operators.len() > MAX_STEPS || splats > MAX_SPLATS {
            let summary = format!(
                "a reference may have at most {MAX_STEPS} steps, and {MAX_SPLATS} splats among them"
            );
            return self.error(span, summary, "", "");
        }
        let steps: Vec<Step> = traversal.operators.iter().map(|op| self.step(op)).collect();
        match &traversal.expr {
            Expression::Variable(ident) => {
                let root = self.span(ident.span());
                self.variable(ident.as_str(), root, &steps)
            }
            other => Kind::Access(Box::new(Access { of: self.expr(other), steps: steps.into() })),
        }
    }

    fn step(&mut self, operator: &hcl_edit::Decorated<TraversalOperator>) -> Step {
        let span = self.span(operator.span());
        let kind = match operator.value() {
            TraversalOperator::AttrSplat(_) => StepKind::AttributeSplat,
            TraversalOperator::FullSplat(_) => StepKind::Splat,
            TraversalOperator::GetAttr(ident) => {
                StepKind::Attribute(self.names.intern(ident.as_str()))
            }
            TraversalOperator::Index(index) => StepKind::Index(self.expr(index)),
            TraversalOperator::LegacyIndex(index) => {
                let number = Number::from(*index.value());
                StepKind::Index(Expr { span, kind: Kind::Literal(Val::Number(number)) })
            }
        };
        Step { span, kind }
    }

    /// A variable and the steps after it: one that a `for` bound, or a reference.
    fn variable(&mut self, root: &str, span: Span, steps: &[Step]) -> Kind {
        let name = self.names.intern(root);
        if self.bound.contains(&name) {
            let bound = Expr { span, kind: Kind::Bound(name) };
            if steps.is_empty() {
                return bound.kind;
            }
            return Kind::Access(Box::new(Access { of: bound, steps: steps.into() }));
        }
        let (target, used) = match self.target(&name, span, steps) {
            Ok(found) => found,
            Err(broken) => return broken,
        };
        let span = match steps.get(..used).and_then(<[Step]>::last) {
            Some(last) => span.to(last.span),
            None => span,
        };
        let steps = steps.get(used..).unwrap_or_default().into();
        Kind::Reference(Box::new(Reference { target, span, steps }))
    }

    /// What a reference begins with, and how many of the steps belong to it.
    fn target(&mut self, root: &Name, span: Span, steps: &[Step]) -> Result<(Target, usize), Kind> {
        let first = steps.first().map(|step| &step.kind);
        let attribute = match first {
            Some(StepKind::Attribute(name)) => Some(name.clone()),
            _ => None,
        };
        let found = match (&**root, attribute) {
            ("var", Some(name)) => Target::Variable(name),
            ("local", Some(name)) => Target::Local(name),
            ("pod", Some(name)) => Target::Pod(name),
            ("path", Some(name)) => Target::Path(name),
            ("podform" | "terraform", Some(name)) => Target::Podform(name),
            ("secret", Some(name)) => Target::Secret(name),
            ("each", Some(name)) if &*name == "key" => Target::Each { key: true },
            ("each", Some(name)) if &*name == "value" => Target::Each { key: false },
            ("count", Some(name)) if &*name == "index" => Target::CountIndex,
            ("self", _) => return Ok((Target::Own, 0)),
            ("module" | "data", Some(_)) => Target::Unsupported(root.clone()),
            ("secret", None) => match first {
                Some(StepKind::Index(index)) if index.as_text().is_some() => {
                    Target::Secret(index.as_text().cloned().unwrap_or_else(|| root.clone()))
                }
                _ => return Err(self.incomplete(root, span)),
            },
            ("var" | "local" | "pod" | "path" | "podform" | "each" | "count", _) => {
                return Err(self.incomplete(root, span));
            }
            _ => return Ok((Target::Nothing(root.clone()), 0)),
        };
        Ok((found, 1))
    }

    fn incomplete(&mut self, root: &str, span: Span) -> Kind {
        let form = match root {
            "each" => "each.key` or `each.value",
            "count" => "count.index",
            "path" => "path.module",
            "podform" => "podform.workspace",
            "secret" => "secret.NAME` or `secret[\"NAME\"]",
            "var" => "var.NAME",
            "local" => "local.NAME",
            _ => "pod.NAME",
        };
        let diagnostic =
            Diagnostic::error(code::UNDECLARED, format!("`{root}` alone refers to nothing"))
                .label(self.sources.label(span, "incomplete reference"))
                .help(format!("write `{form}`"));
        self.diagnostics.push(diagnostic);
        Kind::Broken
    }
}

/// The offset of a newline in the literal text of a quoted string (not within `${ }`).
fn literal_newline(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut inner_quote) = (1, 0_usize, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if depth == 0 || inner_quote => at += 1,
            b'$' | b'%' if depth == 0 && bytes.get(at + 1) == Some(&b'{') => {
                let escaped = bytes[at - 1] == bytes[at];
                at += 1;
                depth = usize::from(!escaped);
            }
            b'"' if depth > 0 => inner_quote = !inner_quote,
            b'{' if depth > 0 && !inner_quote => depth += 1,
            b'}' if depth > 0 && !inner_quote => depth -= 1,
            b'\n' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn operator(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Eq => Operator::Equal,
        BinaryOperator::NotEq => Operator::NotEqual,
        BinaryOperator::LessEq => Operator::LessEqual,
        BinaryOperator::GreaterEq => Operator::GreaterEqual,
        BinaryOperator::Less => Operator::Less,
        BinaryOperator::Greater => Operator::Greater,
        BinaryOperator::Plus => Operator::Add,
        BinaryOperator::Minus => Operator::Subtract,
        BinaryOperator::Mul => Operator::Multiply,
        BinaryOperator::Div => Operator::Divide,
        BinaryOperator::Mod => Operator::Modulo,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
    }
}
