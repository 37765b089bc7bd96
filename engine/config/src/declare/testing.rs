//! The blocks of a test file, `*.pftest.hcl`.

use super::Declaring;
use super::mocks::OVERRIDES;
use crate::ir::{Attribute, Block, Body, Expr, Kind, Reference, Spanned, Step, StepKind, Target};
use crate::refactor::instance_key;
use crate::testing::{Expected, Fallible, Run, TestFile};
use crate::types::literal;

impl Declaring<'_> {
    /// Reads the blocks of a test file.
    pub(crate) fn test_file(&mut self, body: Body) -> TestFile {
        let mut out = TestFile::default();
        let blocks: Vec<&str> =
            ["run", "variables", "mock_provider"].iter().chain(OVERRIDES).copied().collect();
        self.names(&body, &[], &blocks, "a test file");
        out.overrides = self.overrides(&body, OVERRIDES);
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
        let blocks: Vec<&str> = ["variables", "assert", "module", "plan_options"]
            .iter()
            .chain(OVERRIDES)
            .copied()
            .collect();
        self.names(&block.body, &attributes, &blocks, "run");
        if !self.is_new("run", &name) {
            return None;
        }
        let apply = self.command(&block.body);
        let asserts = self.conditions(&block.body, "assert");
        let source = self.module_of(&block.body);
        let expected = self.expected(&block.body);
        let overrides = self.overrides(&block.body, OVERRIDES);
        let mut run = Run { apply, asserts, source, expected, overrides, ..Run::of(name) };
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

    /// The things that are expected to fail.
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
                Some(found) => out.push(found),
                None => self.invalid(
                    item.span,
                    "what is expected to fail is `var.NAME`, `output.NAME`, `check.NAME`, `pod.NAME` or `data.pod.NAME`",
                    "none of these",
                ),
            }
        }
        out
    }
}

/// What an expectation names.
fn expected(expr: &Expr) -> Option<Expected> {
    let Kind::Reference(reference) = &expr.kind else { return None };
    let Reference { target, steps, .. } = &**reference;
    let (what, name, keys) = match (target, &**steps) {
        (Target::Variable(name), []) => (Fallible::Variable, name, None),
        (Target::Pod(name), steps) => (Fallible::Pod, name, Some(steps)),
        (Target::Data(name), steps) => (Fallible::Data, name, Some(steps)),
        (Target::Nothing(root), [Step { kind: StepKind::Attribute(name), .. }]) => match &**root {
            "output" => (Fallible::Output, name, None),
            "check" => (Fallible::Check, name, None),
            _ => return None,
        },
        _ => return None,
    };
    let key = match keys {
        None | Some([]) => None,
        Some([Step { kind: StepKind::Index(index), .. }]) => Some(instance_key(&literal(index)?)?),
        Some(_) => return None,
    };
    Some(Expected { what, name: name.clone(), key, span: expr.span })
}
