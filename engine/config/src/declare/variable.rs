//! `variable` blocks.

use super::Declaring;
use crate::config::Variable;
use crate::ir::Block;
use crate::types::{constraint, convert, literal};
use crate::value::{Ty, Val};
use podform_model::{Diagnostic, code};

const NAMES: &[&str] =
    &["type", "default", "description", "sensitive", "ephemeral", "nullable", "deprecated"];

/// Names that Terraform keeps for itself.
const RESERVED: &[&str] =
    &["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

impl Declaring<'_> {
    pub(super) fn variable(&mut self, block: Block) {
        let Some(name) = self.name(&block, "variable \"NAME\" { … }") else { return };
        self.names(&block.body, NAMES, &["validation"], "variable");
        if RESERVED.contains(&&*name.text) {
            let summary = format!("a variable cannot be named `{}`", name.text);
            let label = self.sources.label(name.span, "a reserved name");
            self.diagnostics.push(Diagnostic::error(code::INVALID_VALUE, summary).label(label));
        }
        if !self.is_new("variable", &name) {
            return;
        }
        let body = &block.body;
        let ty = self.variable_type(&block);
        let nullable = self.flag(body, "nullable").unwrap_or(true);
        let default = body.attribute("default").and_then(|attribute| {
            let span = attribute.value.span;
            let Some(value) = literal(&attribute.value) else {
                self.invalid(
                    span,
                    "the default of a variable must be a literal value",
                    "it cannot refer to anything",
                );
                return None;
            };
            match convert(&value, &ty) {
                Ok(Val::Null(_)) if !nullable => {
                    let summary = format!("the default of `var.{}` must not be null", name.text);
                    self.invalid(span, summary, "`nullable = false`");
                    None
                }
                Ok(value) => Some((value, span)),
                Err(message) => {
                    let summary =
                        format!("the default of `var.{}` does not fit: {message}", name.text);
                    let label = format!("the type is `{}`", ty.text());
                    self.invalid(span, summary, &label);
                    None
                }
            }
        });
        let variable = Variable {
            ty_span: body.attribute("type").map(|attribute| attribute.value.span),
            description: self.text(body, "description").map(|(text, _)| text),
            sensitive: self.flag(body, "sensitive").unwrap_or_default(),
            ephemeral: self.flag(body, "ephemeral").unwrap_or_default(),
            deprecated: self.text(body, "deprecated").map(|(text, _)| text),
            validations: self.conditions(body, "validation"),
            nullable,
            default,
            ty,
            name: name.clone(),
        };
        self.module.variables.insert(name.text, variable);
    }

    fn variable_type(&mut self, block: &Block) -> Ty {
        let Some(attribute) = block.body.attribute("type") else { return Ty::Any };
        match constraint(&attribute.value) {
            Ok(ty) => ty,
            Err(fault) => {
                let mut diagnostic = Diagnostic::error(code::INVALID_VALUE, fault.message)
                    .label(self.sources.label(fault.span, "not a type"));
                if !fault.help.is_empty() {
                    diagnostic = diagnostic.help(fault.help);
                }
                self.diagnostics.push(diagnostic);
                Ty::Any
            }
        }
    }
}
