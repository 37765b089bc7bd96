//! The `podform` block.

use super::Declaring;
use crate::config::Requirement;
use crate::ir::{Attribute, Block, Entry, Expr, Kind};
use crate::source::Span;
use crate::types::literal;
use crate::value::Val;
use podform_model::{Diagnostic, ProviderRef, Value, code};

impl Declaring<'_> {
    pub(super) fn settings(&mut self, block: &Block) {
        self.labels(block, 0, "podform { … }");
        let blocks = ["required_providers", "backend", "encryption"];
        self.names(&block.body, &["required_version"], &blocks, "podform");
        if let Some(version) = self.text(&block.body, "required_version") {
            self.module.settings.required_version = Some(version);
        }
        for nested in &block.body.blocks {
            match &*nested.kind.text {
                "required_providers" => self.required_providers(nested),
                "backend" => self.backend(nested),
                "encryption" => self.encryption(nested.header),
                _ => {}
            }
        }
    }

    fn required_providers(&mut self, block: &Block) {
        self.labels(block, 0, "required_providers { … }");
        self.no_blocks(&block.body, "required_providers", &[]);
        for Attribute { name, value } in &block.body.attributes {
            let mut requirement = Requirement { span: name.span, ..Requirement::default() };
            let (value, aliases) = self.without_aliases(value);
            requirement.aliases = aliases;
            match literal(&value) {
                Some(Val::String(version)) => {
                    requirement.version = Some(version.to_string());
                    requirement.version_span = Some(value.span);
                }
                Some(Val::Object(entries)) => {
                    for (key, entry) in entries.iter() {
                        match (&**key, entry) {
                            ("source", Val::String(text)) => {
                                requirement.source = Some(text.to_string());
                            }
                            ("version", Val::String(text)) => {
                                requirement.version = Some(text.to_string());
                                requirement.version_span = Some(value.span);
                            }
                            ("source" | "version", _) => self.invalid(
                                value.span,
                                format!("`{key}` must be a literal text"),
                                "not a text",
                            ),
                            _ => self.invalid(
                                value.span,
                                format!("a required provider has no `{key}`"),
                                "only `source`, `version` and `configuration_aliases`",
                            ),
                        }
                    }
                }
                _ => self.invalid(
                    value.span,
                    format!(
                        "`{}` must be `{{ source = \"…\", version = \"…\" }}`, written out",
                        name.text
                    ),
                    "not a source and a version",
                ),
            }
            if self.is_new("required_providers", name) {
                self.module.settings.required_providers.insert(name.text.clone(), requirement);
            }
        }
    }

    /// A requirement without its `configuration_aliases`, and those.
    fn without_aliases(&mut self, value: &Expr) -> (Expr, Vec<(ProviderRef, Span)>) {
        let Kind::Object(entries) = &value.kind else { return (value.clone(), Vec::new()) };
        let is_aliases = |entry: &Entry| {
            entry.key.as_text().is_some_and(|key| &**key == "configuration_aliases")
        };
        let mut out = Vec::new();
        for entry in entries.iter().filter(|entry| is_aliases(entry)) {
            match &entry.value.kind {
                Kind::List(items) => {
                    out.extend(items.iter().filter_map(|item| self.provider_choice(item)));
                }
                _ => self.invalid(
                    entry.value.span,
                    "`configuration_aliases` must be a list of providers, as `[mesos.eu]`",
                    "not a list of providers",
                ),
            }
        }
        let kept = entries.iter().filter(|entry| !is_aliases(entry)).cloned().collect();
        (Expr { span: value.span, kind: Kind::Object(kept) }, out)
    }

    fn encryption(&mut self, header: Span) {
        let summary = "this release does not encrypt the state";
        let found = Diagnostic::error(code::UNSUPPORTED, summary)
            .label(self.sources.label(header, "cannot be done"))
            .help("remove `encryption`; secret and sensitive values are not in the state anyway");
        self.diagnostics.push(found);
    }

    fn backend(&mut self, block: &Block) {
        if !self.labels(block, 1, "backend \"local\" { … }") {
            return;
        }
        let Some(kind) = block.labels.first() else { return };
        if self.called {
            self.diagnostics.push(
                Diagnostic::warning(
                    code::IGNORED,
                    "the `backend` of a module that is called has no effect",
                )
                .label(self.sources.label(block.header, "not in the root module"))
                .help("remove it; the root module chooses the backend of the whole configuration"),
            );
        }
        if let Some((_, _, first)) = &self.module.settings.backend {
            let diagnostic = Diagnostic::error(code::DUPLICATE, "only one `backend` may be chosen")
                .label(self.sources.label(block.header, "a second one"))
                .label(self.sources.label(*first, "the first one"));
            self.diagnostics.push(diagnostic);
            return;
        }
        self.no_blocks(&block.body, "backend", &[]);
        let mut settings = podform_model::value::Map::new();
        for Attribute { name, value } in &block.body.attributes {
            match literal(value) {
                Some(literal) => {
                    settings.insert(name.text.clone(), literal.to_value());
                }
                None => self.invalid(
                    value.span,
                    "the settings of a backend must be literal values",
                    "not a literal value",
                ),
            }
        }
        let backend = (kind.text.to_string(), Value::map(settings), block.header);
        self.module.settings.backend = Some(backend);
    }
}
