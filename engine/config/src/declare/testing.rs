//! The blocks of a test file, `*.pftest.hcl`.

use super::Declaring;
use crate::ir::{Attribute, Block, Body, Expr, Kind, Reference, Spanned, StepKind, Target};
use crate::testing::{Expected, MockBlock, Run, TestFile};
use podform_model::Address;
use std::collections::BTreeMap;
use std::str::FromStr;

const TOP: &[&str] = &["run", "variables", "mock_provider"];

impl Declaring<'_> {
    /// Reads the blocks of a test file.
    pub(crate) fn test_file(&mut self, body: Body) -> TestFile {
        let mut out = TestFile::default();
        self.names(&body, &[], TOP, "a test file");
        for block in body.blocks {
            match &*block.kind.text {
                "variables" => out.variables.extend(self.test_variables(block)),
                "mock_provider" => out.mocks.extend(self.mock(block)),
                "run" => out.runs.extend(self.test_run(block)),
                _ => {}
            }
        }
        out
    }

    fn test_variables(&mut self, block: Block) -> Vec<Attribute> {
        self.labels(&block, 0, "variables { … }");
        self.no_blocks(&block.body, "variables", &[]);
        block.body.attributes
    }

    fn test_run(&mut self, block: Block) -> Option<Run> {
        let name = self.name(&block, "run \"NAME\" { … }")?;
        let attributes = ["command", "expect_failures"];
        let blocks = ["variables", "assert", "module", "plan_options"];
        self.names(&block.body, &attributes, &blocks, "run");
        if !self.is_new("run", &name) {
            return None;
        }
        let apply = self.command(&block.body);
        let asserts = self.conditions(&block.body, "assert");
        let source = self.module_of(&block.body);
        let expected = self.expected(&block.body);
        let mut run = Run { apply, asserts, source, expected, ..Run::of(name) };
        for nested in block.body.blocks {
            match &*nested.kind.text {
                "variables" => run.variables.extend(self.test_variables(nested)),
                "plan_options" => self.plan_options(&nested, &mut run),
                _ => {}
            }
        }
        Some(run)
    }

    /// Whether the run applies; it does unless it says `command = plan`.
    fn command(&mut self, body: &Body) -> bool {
        let Some(attribute) = body.attribute("command") else { return true };
        match super::bare_word(&attribute.value).map(|word| &**word) {
            Some("plan") => false,
            Some("apply") => true,
            _ => {
                let summary = "`command` is `plan` or `apply`, without quotes";
                self.invalid(attribute.value.span, summary, "neither `plan` nor `apply`");
                true
            }
        }
    }

    fn module_of(&mut self, body: &Body) -> Option<Spanned> {
        let block = body.blocks("module").next()?;
        self.labels(block, 0, "module { source = \"./…\" }");
        self.names(&block.body, &["source"], &[], "module");
        if block.body.attribute("source").is_none() {
            self.missing(block.header, "module", "source");
        }
        let (text, span) = self.text(&block.body, "source")?;
        if text.starts_with("./") || text.starts_with("../") {
            return Some(Spanned { text: text.into(), span });
        }
        let summary = "the module of a run is a local folder";
        self.invalid(span, summary, "does not begin with `./` or `../`");
        None
    }

    fn plan_options(&mut self, block: &Block, run: &mut Run) {
        self.labels(block, 0, "plan_options { … }");
        self.names(&block.body, &["mode", "refresh", "replace", "target"], &[], "plan_options");
        run.refresh = self.flag(&block.body, "refresh").unwrap_or(true);
        if let Some(attribute) = block.body.attribute("mode") {
            let word = super::bare_word(&attribute.value).map(|word| &**word);
            run.refresh_only = word == Some("refresh-only") || word == Some("refresh_only");
            if !run.refresh_only && word != Some("normal") {
                let summary = "`mode` is `normal` or `refresh-only`, without quotes";
                self.invalid(attribute.value.span, summary, "neither of them");
            }
        }
        run.replace = self.addresses(&block.body, "replace");
        run.targets = self.addresses(&block.body, "target");
    }

    fn addresses<T>(&mut self, body: &Body, name: &str) -> Vec<T>
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
            match self.sources.text(item.span).parse::<T>() {
                Ok(address) => out.push(address),
                Err(why) => self.invalid(item.span, why.to_string(), "not an address"),
            }
        }
        out
    }

    /// The things that are expected to fail: variables, outputs, pods, checks.
    fn expected(&mut self, body: &Body) -> Vec<Expected> {
        let Some(attribute) = body.attribute("expect_failures") else { return Vec::new() };
        let Kind::List(items) = &attribute.value.kind else {
            let summary = "`expect_failures` is a list of references: `[var.replicas]`";
            self.invalid(attribute.value.span, summary, "not a list");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in items {
            match expected(item) {
                Some((kind, name)) => out.push(Expected { kind, name, span: item.span }),
                None => self.invalid(
                    item.span,
                    "what is expected to fail is `var.NAME`, `output.NAME`, `pod.NAME` or `check.NAME`",
                    "none of these",
                ),
            }
        }
        out
    }

    fn mock(&mut self, block: Block) -> Option<MockBlock> {
        let name = self.name(&block, "mock_provider \"mesos\" { … }")?;
        self.names(&block.body, &["alias"], &["mock_pod", "override_pod"], "mock_provider");
        let alias = self.text(&block.body, "alias").map(|(text, _)| text);
        let mut out = MockBlock { name, alias, values: Vec::new(), overrides: BTreeMap::new() };
        for nested in block.body.blocks {
            if &*nested.kind.text == "mock_pod" {
                self.labels(&nested, 0, "mock_pod { … }");
                self.mock_values(&nested, &[]);
                out.values.extend(nested.body.attributes);
            } else if &*nested.kind.text == "override_pod" {
                self.labels(&nested, 0, "override_pod { target = pod.NAME … }");
                self.mock_values(&nested, &["target"]);
                let Some(target) = nested.body.attribute("target") else {
                    self.missing(nested.header, "override_pod", "target");
                    continue;
                };
                match self.sources.text(target.value.span).parse::<Address>() {
                    Ok(address) => {
                        let mut attributes = nested.body.attributes;
                        attributes.retain(|attribute| &*attribute.name.text != "target");
                        out.overrides.insert(address, attributes);
                    }
                    Err(why) => {
                        self.invalid(target.value.span, why.to_string(), "not a pod's address");
                    }
                }
            }
        }
        Some(out)
    }

    fn mock_values(&mut self, block: &Block, more: &[&str]) {
        let mut names = vec!["agent_id", "host", "network_ips", "failure"];
        names.extend(more);
        self.names(&block.body, &names, &[], &block.kind.text);
    }
}

/// The kind and name in `var.x`, `output.x`, `pod.x`, `check.x`.
fn expected(expr: &Expr) -> Option<(&'static str, crate::ir::Name)> {
    let Kind::Reference(reference) = &expr.kind else { return None };
    let Reference { target, steps, .. } = &**reference;
    match target {
        Target::Variable(name) => Some(("var", name.clone())),
        Target::Pod(name) => Some(("pod", name.clone())),
        Target::Nothing(root) => {
            let kind = ["output", "check"].into_iter().find(|kind| *kind == &**root)?;
            match steps.first().map(|step| &step.kind) {
                Some(StepKind::Attribute(name)) => Some((kind, name.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}
