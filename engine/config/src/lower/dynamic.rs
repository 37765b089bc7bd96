//! `dynamic` blocks: what their iterator binds, `content` and `labels`, is told apart here.

use super::Lowering;
use crate::ir::{Attribute, Body, Expr, Kind, Name, Spanned};
use crate::value::Val;
use hcl_edit::expr::Expression;
use hcl_edit::structure;
use podform_model::{Diagnostic, code};

impl Lowering<'_> {
    /// Lowers the content of a `dynamic` block; `labels` are the block's own.
    pub(super) fn dynamic(&mut self, body: &structure::Body, labels: &[Spanned]) -> Body {
        let iterator = self.iterator(body).or_else(|| Some(labels.first()?.text.clone()));
        let mut out = Body::default();
        for item in body {
            match item {
                structure::Structure::Attribute(written) => {
                    let name = self.spanned(&written.key, hcl_edit::Span::span(&written.key));
                    let value = match &*name.text {
                        "iterator" => self.iterator_name(&written.value),
                        "labels" => {
                            self.within(iterator.as_ref(), |inner| inner.expr(&written.value))
                        }
                        _ => self.expr(&written.value),
                    };
                    out.attributes.push(Attribute { name, value });
                }
                structure::Structure::Block(block) => {
                    let block = self.within(iterator.as_ref(), |inner| inner.block(block));
                    out.blocks.push(block);
                }
            }
        }
        out
    }

    /// The name that `iterator` gives.
    fn iterator(&mut self, body: &structure::Body) -> Option<Name> {
        match &body.get_attribute("iterator")?.value {
            Expression::Variable(name) => Some(self.names.intern(name.as_str())),
            _ => None,
        }
    }

    /// The value of `iterator`: a name, not a reference. It is kept as text.
    fn iterator_name(&mut self, expr: &Expression) -> Expr {
        let span = self.span(hcl_edit::Span::span(expr));
        let kind = match expr {
            Expression::Variable(name) => {
                Kind::Literal(Val::String(self.names.intern(name.as_str())))
            }
            _ => {
                self.diagnostics.push(
                    Diagnostic::error(code::INVALID_VALUE, "`iterator` must be one name")
                        .label(self.sources.label(span, "not a name"))
                        .help("write a name without quotes, as `iterator = port`"),
                );
                Kind::Broken
            }
        };
        Expr { span, kind }
    }

    /// Lowers what stands where a name is bound.
    fn within<T>(&mut self, name: Option<&Name>, lower: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.bound.len();
        self.bound.extend(name.cloned());
        let out = lower(self);
        self.bound.truncate(depth);
        out
    }
}
