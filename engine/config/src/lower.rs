//! What a name and the steps after it refer to: a variable that a `for` bound, or a reference.

use crate::ir::{Access, Expr, Kind, Name, Reference, Step, StepKind, Target};
use crate::source::Span;
use crate::syntax::Parser;
use podform_model::{Diagnostic, code};

impl Parser<'_> {
    /// A variable and the steps after it: one that a `for` bound, or a reference.
    pub(crate) fn variable(&mut self, root: &str, span: Span, steps: &[Step]) -> Kind {
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
            ("module", Some(name)) => Target::Module(name),
            ("data", Some(kind)) => return self.data(&kind, span, steps),
            ("secret", None) => match first {
                Some(StepKind::Index(index)) if index.as_text().is_some() => {
                    Target::Secret(index.as_text().cloned().unwrap_or_else(|| root.clone()))
                }
                _ => return Err(self.incomplete(root, span)),
            },
            (
                "var" | "local" | "pod" | "module" | "data" | "path" | "podform" | "each" | "count",
                _,
            ) => {
                return Err(self.incomplete(root, span));
            }
            _ => return Ok((Target::Nothing(root.clone()), 0)),
        };
        Ok((found, 1))
    }

    /// `data.pod.NAME`: there is no other kind than `pod`.
    fn data(&mut self, kind: &str, span: Span, steps: &[Step]) -> Result<(Target, usize), Kind> {
        if kind != "pod" {
            let span = steps.first().map_or(span, |step| span.to(step.span));
            let summary = format!("`data.{kind}` refers to nothing");
            self.diagnostics.push(
                Diagnostic::error(code::UNDECLARED, summary)
                    .label(self.sources.label(span, "only pods can be read"))
                    .help("write `data.pod.NAME`"),
            );
            return Err(Kind::Broken);
        }
        match steps.get(1).map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => Ok((Target::Data(name.clone()), 2)),
            _ => Err(self.incomplete("data", span)),
        }
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
            "module" => "module.NAME.OUTPUT",
            "data" => "data.pod.NAME",
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
