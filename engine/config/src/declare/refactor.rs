//! `moved`, `removed` and `import` blocks.

use super::Declaring;
use crate::config::Repeat;
use crate::ir::{Block, Body, Expr, Kind};
use crate::refactor::{ImportBlock, MovedBlock, RemovedBlock, instance_key, target};
use crate::source::Span;
use crate::types::literal;
use podform_model::{Diagnostic, Target, code};

impl Declaring<'_> {
    pub(super) fn moved(&mut self, block: &Block) {
        self.labels(block, 0, "moved { … }");
        self.names(&block.body, &["from", "to"], &[], "moved");
        let from = self.target(block, "moved", "from");
        let to = self.target(block, "moved", "to");
        let (Some(from), Some((to, span))) = (from, to) else { return };
        if from.0.pod().is_some() != to.pod().is_some() {
            let summary = format!("`{}` cannot move to `{to}`", from.0);
            let diagnostic = Diagnostic::error(code::INVALID_VALUE, summary)
                .label(self.sources.label(span, to.noun()))
                .label(self.sources.label(from.1, from.0.noun()))
                .help("move a pod to a pod, and a module to a module");
            self.diagnostics.push(diagnostic);
            return;
        }
        self.module.refactors.moved.push(MovedBlock { from, to });
    }

    pub(super) fn removed(&mut self, block: &Block) {
        self.labels(block, 0, "removed { … }");
        self.names(&block.body, &["from"], &["lifecycle"], "removed");
        let mut lifecycles = block.body.blocks("lifecycle");
        let lifecycle = lifecycles.next();
        if let (Some(first), Some(second)) = (lifecycle, lifecycles.next()) {
            self.twice("lifecycle", second.header, first.header);
        }
        let destroy = lifecycle.and_then(|lifecycle| {
            self.names(&lifecycle.body, &["destroy"], &[], "lifecycle");
            self.flag(&lifecycle.body, "destroy")
        });
        let Some(from) = self.target(block, "removed", "from") else { return };
        let keyed =
            from.0.own_key().is_some() || from.0.module().iter().any(|step| step.key.is_some());
        if keyed {
            let summary = "`removed` takes a whole pod block or module, with all its instances";
            let diagnostic = Diagnostic::error(code::INVALID_VALUE, summary)
                .label(self.sources.label(from.1, "has a key"))
                .help("leave out the key; for one instance run `podform state rm`");
            self.diagnostics.push(diagnostic);
            return;
        }
        let destroy = destroy.unwrap_or(true);
        self.module.refactors.removed.push(RemovedBlock { from, destroy });
    }

    pub(super) fn import(&mut self, block: Block) {
        self.labels(&block, 0, "import { … }");
        self.names(&block.body, &["to", "id", "provider", "for_each"], &[], "import");
        let provider = block.body.attribute("provider").map(|item| item.value.clone());
        let provider = provider.and_then(|expr| self.provider_choice(&expr));
        let to = self.required(&block.body, block.header, "to");
        let id = self.required(&block.body, block.header, "id");
        let repeat = match block.body.attribute("for_each") {
            Some(attribute) => Repeat::ForEach(attribute.value.clone()),
            None => Repeat::Once,
        };
        if let (Some(to), Some(id)) = (to, id) {
            let header = block.header;
            self.module.refactors.imports.push(ImportBlock { header, to, id, repeat, provider });
        }
    }

    fn required(&mut self, body: &Body, header: Span, name: &str) -> Option<Expr> {
        let value = body.attribute(name).map(|attribute| attribute.value.clone());
        if value.is_none() {
            self.missing(header, "import", name);
        }
        value
    }

    /// The pod or module that an attribute names, its keys written out.
    fn target(&mut self, block: &Block, of: &str, name: &str) -> Option<(Target, Span)> {
        let Some(attribute) = block.body.attribute(name) else {
            self.missing(block.header, of, name);
            return None;
        };
        let expr = &attribute.value;
        if matches!(expr.kind, Kind::Broken) {
            return None;
        }
        let found = target(expr, &mut |index| instance_key(&literal(index)?));
        if found.is_none() {
            let summary =
                format!("`{name}` names a pod or a module, as `pod.web[\"eu\"]` or `module.shop`");
            self.invalid(expr.span, summary, "neither a pod nor a module");
        }
        found.map(|target| (target, expr.span))
    }
}
