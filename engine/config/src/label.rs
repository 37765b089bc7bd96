//! What a rim asks a configuration: places of attributes, providers, variables.

use crate::backend::Backend;
use crate::config::{Configuration, Requirement};
use crate::ir::{Block, Body, Kind};
use crate::modules::ROOT;
use crate::source::{SourceFile, Span};
use podform_model::{Address, AttributePath, Label, ProviderRef, Step};
use std::collections::BTreeMap;

/// One provider that the configuration uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredProvider {
    /// Its local name, the label of `provider` blocks.
    pub name: String,
    /// Its `source` in `required_providers`, as `podform/mesos`.
    pub source: Option<String>,
    /// Its version constraint in `required_providers`, as written.
    pub version: Option<String>,
    /// Where it is named first; the version constraint, when there is one.
    pub label: Option<Label>,
}

/// One declared variable, for prompting and documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableInfo {
    /// Its name.
    pub name: String,
    /// Its type as a constraint is written; `any` when none is.
    pub ty: String,
    /// Whether it has a default.
    pub has_default: bool,
    /// Whether its value is hidden.
    pub sensitive: bool,
    /// Whether its value is kept nowhere.
    pub ephemeral: bool,
    /// Its `description`.
    pub description: Option<String>,
    /// Where it is declared.
    pub label: Label,
}

impl Configuration {
    /// The place of a pod's attribute: the nearest around it that is written; of the root path the
    /// `pod` block. `None` when there is no such block.
    #[must_use]
    pub fn label(&self, address: &Address, path: &AttributePath) -> Option<Label> {
        let pod = self.modules.pod(address)?;
        Some(self.sources.label(find(&pod.body, pod.header, path), ""))
    }

    /// The place of a provider's setting, found as [`Configuration::label`] does.
    #[must_use]
    pub fn provider_label(&self, provider: &ProviderRef, path: &AttributePath) -> Option<Label> {
        let provider = self.root().providers.get(&crate::config::unkeyed(provider))?;
        Some(self.sources.label(find(&provider.body, provider.header, path), ""))
    }

    /// Every provider that is required, configured or used, by name.
    #[must_use]
    pub fn required_providers(&self) -> Vec<RequiredProvider> {
        let mut out: BTreeMap<&str, RequiredProvider> = BTreeMap::new();
        let mut add = |name, span: Span, requirement: Option<&Requirement>| {
            let found = out.entry(name).or_insert_with(|| RequiredProvider {
                name: String::from(name),
                source: None,
                version: None,
                label: Some(self.sources.label(span, "")),
            });
            let Some(requirement) = requirement else { return };
            found.source = found.source.take().or_else(|| requirement.source.clone());
            // Every module may ask for its versions: one must fit them all.
            found.version = match (found.version.take(), &requirement.version) {
                (Some(one), Some(other)) if !one.split(", ").any(|part| part == other) => {
                    Some(format!("{one}, {other}"))
                }
                (one, other) => one.or_else(|| other.clone()),
            };
        };
        for (_, node) in self.modules.iter() {
            for (name, requirement) in &node.module.settings.required_providers {
                let span = requirement.version_span.unwrap_or(requirement.span);
                add(name, span, Some(requirement));
            }
        }
        for (reference, provider) in &self.root().providers {
            add(&reference.name, provider.header, None);
        }
        for (id, node) in self.modules.iter() {
            for pod in node.module.pods.values() {
                if let Some((reference, span)) = &pod.provider
                    && id == ROOT
                {
                    add(&reference.name, *span, None);
                }
            }
        }
        out.into_values().collect()
    }

    /// The constraints of all modules on podform's own version, as written.
    #[must_use]
    pub fn required_versions(&self) -> Vec<(String, Label)> {
        let modules = self.modules.iter().map(|(_, node)| &node.module.settings);
        // A module that is called twice asks once.
        let asked: BTreeMap<Span, &String> = modules
            .filter_map(|settings| settings.required_version.as_ref())
            .map(|(text, span)| (*span, text))
            .collect();
        let label = |span| self.sources.label(span, "");
        asked.into_iter().map(|(span, text)| (text.clone(), label(span))).collect()
    }

    /// Where the state is kept.
    #[must_use]
    pub fn backend(&self) -> Option<Backend> {
        let (kind, settings, span) = self.root().settings.backend.clone()?;
        Some(Backend { kind, settings, label: self.sources.label(span, "") })
    }

    /// The declared variables, by name.
    #[must_use]
    pub fn variables(&self) -> Vec<VariableInfo> {
        self.root()
            .variables
            .values()
            .map(|variable| VariableInfo {
                name: variable.name.text.to_string(),
                ty: variable.ty.text(),
                has_default: variable.default.is_some(),
                sensitive: variable.sensitive,
                ephemeral: variable.ephemeral,
                description: variable.description.clone(),
                label: self.sources.label(variable.name.span, ""),
            })
            .collect()
    }

    /// A file of the configuration, by name.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&SourceFile> {
        self.sources.files.iter().find(|file| &*file.name == name)
    }

    /// The files of the configuration.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.sources.files
    }
}

/// The innermost written place of a path.
pub(crate) fn find(body: &Body, around: Span, path: &AttributePath) -> Span {
    let mut steps = path.0.as_slice();
    let (mut body, mut span) = (body, around);
    while let Some((Step::Attr(name), rest)) = steps.split_first() {
        if let Some(attribute) = body.attribute(name) {
            return match rest.first() {
                Some(Step::Key(key)) => {
                    entry(&attribute.value, key).unwrap_or(attribute.value.span)
                }
                Some(Step::Index(at)) => match &attribute.value.kind {
                    Kind::List(items) => {
                        items.get(*at).map_or(attribute.value.span, |item| item.span)
                    }
                    _ => attribute.value.span,
                },
                _ => attribute.value.span,
            };
        }
        let (step, after) = match rest.split_first() {
            Some((step @ (Step::Key(_) | Step::Index(_)), after)) => (Some(step), after),
            _ => (None, rest),
        };
        let Some((inner, header)) = written(body, name, step) else { return span };
        (body, span, steps) = (inner, header, after);
    }
    span
}

/// The block of a type that a step leads to, and its place; of what a `dynamic` block makes, the
/// `content`.
fn written<'b>(body: &'b Body, kind: &str, step: Option<&Step>) -> Option<(&'b Body, Span)> {
    let mut blocks = body.blocks(kind).map(|block| (&block.body, block.header));
    let made = body.dynamics(kind).find_map(|block| {
        block.body.blocks("content").next().map(|content| (&content.body, block.header))
    });
    match step {
        Some(Step::Key(key)) => {
            let named = body.blocks(kind).find(|block| is_named(block, key));
            let only = || body.blocks(kind).count() == 1;
            let named = named.map(|block| (&block.body, block.header));
            named.or(made).or_else(|| blocks.next().filter(|_| only()))
        }
        Some(Step::Index(at)) => blocks.nth(*at).or(made),
        _ => blocks.next().or(made),
    }
}

/// Whether a block has this label, or an attribute with this text.
fn is_named(block: &Block, key: &str) -> bool {
    block.labels.first().is_some_and(|label| *label.text == *key)
        || block
            .body
            .attributes
            .iter()
            .any(|attribute| attribute.value.as_text().is_some_and(|text| **text == *key))
}

/// The place of an entry of an object literal.
pub(crate) fn entry(expr: &crate::ir::Expr, key: &str) -> Option<Span> {
    let Kind::Object(entries) = &expr.kind else { return None };
    let found = entries.iter().find(|entry| entry.key.as_text().is_some_and(|text| **text == *key));
    found.map(|entry| entry.key.span.to(entry.value.span))
}
