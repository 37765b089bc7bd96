//! The form of `dynamic` blocks: which block they make, and whether they have what they need.

use super::{Declaring, list};
use crate::ir::{Block, Body, Kind};
use crate::suggest::nearest;
use podform_model::schema::{Attribute, Block as Schema, Repeat};
use podform_model::{Diagnostic, code};

const FORM: &str = "dynamic \"TYPE\" { for_each = …, content { … } }";

impl Declaring<'_> {
    /// Checks a `dynamic` block of a body with a schema; the block that it makes.
    pub(super) fn dynamic(
        &mut self,
        block: &Block,
        schema: &'static Schema,
        of: &str,
    ) -> Option<&'static Attribute> {
        if !self.labels(block, 1, FORM) {
            return None;
        }
        let kind = block.labels.first()?;
        let known = schema.attribute(&kind.text).filter(|known| known.block().is_some());
        let Some(known) = known else {
            self.makes_nothing(block, schema, of);
            return None;
        };
        let labels = match known.repeat {
            Repeat::Many { label: Some(_), .. } => Some(1),
            _ => Some(0),
        };
        self.dynamic_form(block, labels);
        if let (Some(nested), Some(content)) = (known.block(), block.body.blocks("content").next())
        {
            self.check_block(&content.body, nested, known.name, content.header);
        }
        Some(known)
    }

    /// Checks the `dynamic` blocks of a body without a schema, as a provider's.
    pub(super) fn free_dynamics(&mut self, body: &Body) {
        for block in &body.blocks {
            if block.is_dynamic() && self.labels(block, 1, FORM) {
                self.dynamic_form(block, None);
            }
            self.free_dynamics(&block.body);
        }
    }

    /// Checks the arguments of a `dynamic` block and its one `content`.
    fn dynamic_form(&mut self, block: &Block, labels: Option<usize>) {
        self.names(&block.body, &["for_each", "iterator", "labels"], &["content"], "dynamic");
        if block.body.attribute("for_each").is_none() {
            self.missing(block.header, "dynamic", "for_each");
        }
        self.dynamic_labels(block, labels);
        match self.once(&block.body, "content") {
            Some(content) => {
                self.labels(&content, 0, "content { … }");
            }
            None => self.diagnostics.push(
                Diagnostic::error(code::MISSING_ATTRIBUTE, "`dynamic` needs the block `content`")
                    .label(self.sources.label(block.header, "`content` is missing"))
                    .help("add `content { … }`, with what each block holds"),
            ),
        }
    }

    /// Checks that there are as many `labels` as the block takes; `None`: any number.
    fn dynamic_labels(&mut self, block: &Block, wanted: Option<usize>) {
        let Some(kind) = block.labels.first().map(|label| &label.text) else { return };
        let Some(written) = block.body.attribute("labels") else {
            if wanted.is_some_and(|wanted| wanted > 0) {
                self.diagnostics.push(
                    Diagnostic::error(
                        code::MISSING_ATTRIBUTE,
                        format!("a `dynamic` of `{kind}` needs `labels`"),
                    )
                    .label(self.sources.label(block.header, "`labels` is missing"))
                    .help(format!("add `labels = [{kind}.key]`: the name of each block")),
                );
            }
            return;
        };
        let span = written.value.span;
        let found = match &written.value.kind {
            Kind::List(items) => items.len(),
            Kind::Broken => return,
            _ => {
                self.invalid(span, "`labels` must be a list, written out", "not a list");
                return;
            }
        };
        if let Some(wanted) = wanted
            && wanted != found
        {
            let takes = if wanted == 0 { "no label" } else { "one label" };
            let label = self.sources.label(span, format!("{found} given"));
            let summary = format!("`{kind}` takes {takes}, found {found}");
            self.diagnostics.push(Diagnostic::error(code::LABELS, summary).label(label).help(
                match wanted {
                    0 => "remove `labels`".to_owned(),
                    _ => format!("write `labels = [{kind}.key]`"),
                },
            ));
        }
    }

    fn makes_nothing(&mut self, block: &Block, schema: &'static Schema, of: &str) {
        let Some(kind) = block.labels.first() else { return };
        let blocks: Vec<&str> = schema
            .attributes
            .iter()
            .filter(|known| known.block().is_some())
            .map(|known| known.name)
            .collect();
        let summary = format!("`{of}` has no block `{}` that `dynamic` could make", kind.text);
        let label = self.sources.label(kind.span, format!("not a block of `{of}`"));
        let mut found = Diagnostic::error(code::UNKNOWN_BLOCK, summary).label(label);
        if let Some(near) = nearest(&kind.text, blocks.iter().copied()) {
            found = found.help(format!("did you mean `{near}`?"));
        } else if !blocks.is_empty() {
            found = found.help(format!("use one of {}", list(&blocks)));
        }
        self.diagnostics.push(found);
    }
}
