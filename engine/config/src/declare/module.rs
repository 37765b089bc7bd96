//! `module` blocks.

use super::Declaring;
use super::pod::provider_key;
use crate::config::{Call, Passed};
use crate::ir::{Attribute, Block, Body, Expr, Kind, Name};
use crate::source::Span;
use podform_model::{Diagnostic, code};
use std::collections::BTreeMap;

/// What is no argument of the module.
pub(crate) const META: &[&str] =
    &["source", "version", "count", "for_each", "enabled", "depends_on", "providers"];

impl Declaring<'_> {
    pub(super) fn module(&mut self, block: Block) {
        let Some(name) = self.name(&block, "module \"NAME\" { … }") else { return };
        let Block { header, body, .. } = block;
        self.no_blocks(&body, "module", &[]);
        let repeat = self.repeat(&body);
        let depends_on = self.depends_on(&body);
        let providers = self.passed(&body);
        let version = self.literal_name(&body, "version");
        if body.attribute("source").is_none() {
            self.missing(header, "module", "source");
        }
        let source = self.literal_name(&body, "source");
        if !self.is_new("module", &name) {
            return;
        }
        let Some(source) = source else { return };
        let arguments: BTreeMap<Name, Attribute> = body
            .attributes
            .into_iter()
            .filter(|item| !META.contains(&&*item.name.text))
            .map(|item| (item.name.text.clone(), item))
            .collect();
        let call = Call {
            name: name.clone(),
            header,
            source,
            version,
            repeat,
            depends_on,
            providers,
            arguments,
        };
        self.module.calls.insert(name.text, call);
    }

    fn literal_name(&mut self, body: &Body, name: &str) -> Option<(Name, Span)> {
        self.text(body, name).map(|(text, span)| (text.into(), span))
    }

    /// `providers = { mesos = mesos.eu }`.
    fn passed(&mut self, body: &Body) -> Vec<Passed> {
        let Some(attribute) = body.attribute("providers") else { return Vec::new() };
        let Kind::Object(entries) = &attribute.value.kind else {
            let span = attribute.value.span;
            self.invalid(
                span,
                "`providers` must be written out, as `{ mesos = mesos.eu }`",
                "not an object of providers",
            );
            return Vec::new();
        };
        let mut out: Vec<Passed> = Vec::new();
        for entry in entries {
            let inner = self.inner_provider(&entry.key);
            let outer = self.provider_choice(&entry.value);
            let (Some(inner), Some(outer)) = (inner, outer) else { continue };
            if let Some(key) = provider_key(&entry.value).filter(|key| key.as_text().is_none()) {
                self.chosen_later(key.span);
                continue;
            }
            if let Some(first) = out.iter().find(|passed| passed.inner.0 == inner.0) {
                let first = first.inner.1;
                self.duplicate_attribute(&inner.0.to_string(), inner.1, first);
                continue;
            }
            out.push(Passed { inner, outer });
        }
        out
    }

    /// Reports that a provider is passed to a module by a key that is not written out.
    fn chosen_later(&mut self, span: Span) {
        let summary = "the key of a provider that is passed to a module must be written out";
        let found = Diagnostic::error(code::PROVIDER_CHOICE, summary)
            .label(self.sources.label(span, "not a text"))
            .help(
                "write one `module` block for each provider, with a key as `mesos.NAME[\"KEY\"]`",
            );
        self.diagnostics.push(found);
    }

    /// A key of `providers`: a name, `mesos.eu` as the parser leaves it, or a quoted text.
    fn inner_provider(&mut self, key: &Expr) -> Option<(podform_model::ProviderRef, Span)> {
        match key.as_text().and_then(|text| text.parse().ok()) {
            Some(reference) => Some((reference, key.span)),
            None => {
                if !matches!(key.kind, Kind::Broken) {
                    self.diagnostics.push(
                        Diagnostic::error(
                            code::PROVIDER_CHOICE,
                            "a key of `providers` names a provider of the module",
                        )
                        .label(self.sources.label(key.span, "not the name of a provider"))
                        .help("write `mesos = …`, or `mesos.ALIAS = …`"),
                    );
                }
                None
            }
        }
    }
}
