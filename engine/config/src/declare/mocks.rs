//! The blocks of a test file that stand in for what is real: `mock_provider` and `override_…`.

use super::Declaring;
use crate::ir::{Attribute, Block, Body, Expr, Kind, Reference, Spanned, StepKind, Target};
use crate::refactor::instance_key;
use crate::testing::{MockBlock, Overridden, OverrideBlock};
use crate::types::literal;
use podform_model::{Address, DataAddress, Diagnostic, Target as Whole, code};
use std::str::FromStr;

/// The overrides that may stand in a file and in a run.
pub(super) const OVERRIDES: &[&str] = &["override_pod", "override_data", "override_module"];
/// What can be said of the instances of a pod.
const POD: &[&str] = &["agent_id", "host", "network_ips", "failure"];
/// What can be said of what a `data` block reads.
const DATA: &[&str] = &["version", "instance", "endpoint", "network_ips", "failure"];

impl Declaring<'_> {
    pub(super) fn mock(&mut self, block: Block) -> Option<MockBlock> {
        let name = self.name(&block, "mock_provider \"mesos\" { … }")?;
        let blocks = ["mock_pod", "mock_data", "override_pod", "override_data"];
        self.names(&block.body, &["alias"], &blocks, "mock_provider");
        let alias = self.text(&block.body, "alias").map(|(text, _)| text);
        let key = match &alias {
            Some(alias) => format!("{}.{alias}", name.text),
            None => name.text.to_string(),
        };
        let key = Spanned { text: key.into(), span: name.span };
        if !self.is_new("mock_provider", &key) {
            return None;
        }
        let overrides = self.overrides(&block.body, &["override_pod", "override_data"]);
        let pods = self.mock_of(&block.body, "mock_pod");
        let data = self.mock_of(&block.body, "mock_data");
        Some(MockBlock { name, alias, pods, data, overrides })
    }

    /// What is said of all pods or of all that is read.
    fn mock_of(&mut self, body: &Body, kind: &str) -> Vec<Attribute> {
        let Some(block) = self.once(body, kind) else { return Vec::new() };
        if kind == "mock_pod" {
            self.labels(&block, 0, "mock_pod { … }");
            self.names(&block.body, POD, &[], kind);
        } else {
            self.labels(&block, 1, "mock_data \"pod\" { … }");
            if let Some(label) = block.labels.first().filter(|label| &*label.text != "pod") {
                let at = self.sources.label(label.span, "only `pod` can be read");
                let summary = format!("`{}` cannot be read", label.text);
                let found = Diagnostic::error(code::LABELS, summary).label(at);
                self.diagnostics.push(found.help("write `mock_data \"pod\" { … }`"));
            }
            self.names(&block.body, DATA, &[], kind);
        }
        block.body.attributes
    }

    /// The `override_…` blocks of a body, each target once.
    pub(super) fn overrides(&mut self, body: &Body, kinds: &[&str]) -> Vec<OverrideBlock> {
        let mut out: Vec<OverrideBlock> = Vec::new();
        for block in body.blocks.iter().filter(|block| kinds.contains(&&*block.kind.text)) {
            let Some(made) = self.override_block(block) else { continue };
            match out.iter().find(|other| other.target == made.target) {
                Some(first) => {
                    let summary = format!("`{}` is overridden twice", made.target);
                    let found = Diagnostic::error(code::DUPLICATE, summary)
                        .label(self.sources.label(made.span, "overridden again here"))
                        .label(self.sources.label(first.span, "first overridden here"));
                    self.diagnostics.push(found);
                }
                None => out.push(made),
            }
        }
        out
    }

    fn override_block(&mut self, block: &Block) -> Option<OverrideBlock> {
        let kind = &*block.kind.text;
        let (own, example): (&[&str], &str) = match kind {
            "override_pod" => (POD, "pod.NAME"),
            "override_data" => (DATA, "data.pod.NAME"),
            _ => (&["outputs"], "module.NAME"),
        };
        self.labels(block, 0, &format!("{kind} {{ target = {example} … }}"));
        let names: Vec<&str> = ["target"].iter().chain(own).copied().collect();
        self.names(&block.body, &names, &[], kind);
        let Some(target) = block.body.attribute("target") else {
            self.missing(block.header, kind, "target");
            return None;
        };
        let span = target.value.span;
        let text = address_text(&target.value);
        let found = text.as_deref().and_then(|text| overridden(kind, text));
        if found.is_none() && !matches!(target.value.kind, Kind::Broken) {
            let summary = format!("the target of `{kind}` is written as `{example}`");
            self.invalid(span, summary, "something else");
        }
        let mut values = block.body.attributes.clone();
        values.retain(|attribute| &*attribute.name.text != "target");
        Some(OverrideBlock { target: found?, span, values })
    }

    /// A list of addresses, written out.
    pub(super) fn addresses<T>(&mut self, body: &Body, name: &str) -> Vec<T>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let Some(attribute) = body.attribute(name) else { return Vec::new() };
        let Kind::List(items) = &attribute.value.kind else {
            let summary = format!("`{name}` is a list of pods: `[pod.web]`");
            self.invalid(attribute.value.span, summary, "not a list");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items {
            let text = address_text(item);
            match text.unwrap_or_else(|| self.sources.text(item.span).to_owned()).parse::<T>() {
                Ok(address) => out.push(address),
                Err(why) => self.invalid(item.span, why.to_string(), "not an address"),
            }
        }
        out
    }
}

/// What a block of this kind overrides.
fn overridden(kind: &str, text: &str) -> Option<Overridden> {
    match kind {
        "override_pod" => text.parse::<Address>().ok().map(Overridden::Pod),
        "override_data" => text.parse::<DataAddress>().ok().map(Overridden::Data),
        _ => match text.parse::<Whole>().ok()? {
            Whole::Module(module) => Some(Overridden::Module(module)),
            Whole::Pod(_) => None,
        },
    }
}

/// The address that an expression spells, its keys written out.
fn address_text(expr: &Expr) -> Option<String> {
    let Kind::Reference(reference) = &expr.kind else { return None };
    let Reference { target, steps, .. } = &**reference;
    let mut out = match target {
        Target::Pod(name) => format!("pod.{name}"),
        Target::Module(name) => format!("module.{name}"),
        Target::Data(name) => format!("data.pod.{name}"),
        _ => return None,
    };
    for step in &**steps {
        match &step.kind {
            StepKind::Attribute(name) => {
                out.push('.');
                out.push_str(name);
            }
            StepKind::Index(index) | StepKind::LegacyIndex(index) => {
                out.push_str(&instance_key(&literal(index)?)?.to_string());
            }
            _ => return None,
        }
    }
    Some(out)
}
