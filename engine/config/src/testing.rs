//! Test files, `*.pftest.hcl`: what their `run` blocks set, and whether what they assert holds.
//!
//! A test file belongs to a configuration: its expressions see the variables, locals, pods and
//! modules of the root module, and beside them `output.NAME` and, of former runs, `run.NAME.OUTPUT`.

mod expected;
mod lift;
mod mocks;
mod overrides;

use crate::check;
use crate::config::{Condition, Configuration};
use crate::declare::Declaring;
use crate::desired::conditions;
use crate::eval::Evaluator;
use crate::inputs::{Inputs, VariableInput};
use crate::ir::{Attribute, Name, Spanned};
use crate::source::{Names, SourceFile, Span};
use crate::world::{ROOT_ROOM, World};
use podform_model::{
    Address, DataAddress, Desired, Diagnostic, Diagnostics, InstanceKey, Label, ModuleStep, Target,
    Value, code,
};
use std::collections::BTreeMap;
use std::fmt;

pub use expected::Ending;
pub(crate) use lift::Lifted;
pub use mocks::{MOCK_AGENT, MOCK_HOST, Mocked, MockedPod, MockedProvider};
pub use overrides::{Overrides, Places};

/// The names that only the expressions of a test may begin with.
const ROOTS: &[&str] = &["output", "run"];

/// A test file.
#[derive(Debug, Default)]
pub struct TestFile {
    pub(crate) variables: Vec<Attribute>,
    pub(crate) runs: Vec<Run>,
    pub(crate) mocks: Vec<MockBlock>,
    pub(crate) overrides: Vec<OverrideBlock>,
}

impl TestFile {
    /// Its `run` blocks, in order.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }
}

/// A `run` block.
#[derive(Debug)]
pub struct Run {
    pub(crate) name: Spanned,
    pub(crate) variables: Vec<Attribute>,
    pub(crate) asserts: Vec<Condition>,
    pub(crate) source: Option<Spanned>,
    pub(crate) expected: Vec<Expected>,
    pub(crate) overrides: Vec<OverrideBlock>,
    /// Whether it applies; else it plans.
    pub apply: bool,
    /// Whether the cluster is looked at before planning.
    pub refresh: bool,
    /// Whether only the state is brought up to date.
    pub refresh_only: bool,
    /// The pods whose instances are replaced.
    pub replace: Vec<Address>,
    /// The only pods and modules that are planned; empty: all.
    pub targets: Vec<Target>,
}

impl Run {
    pub(crate) fn of(name: Spanned) -> Self {
        Self {
            name,
            variables: Vec::new(),
            asserts: Vec::new(),
            source: None,
            expected: Vec::new(),
            overrides: Vec::new(),
            apply: true,
            refresh: true,
            refresh_only: false,
            replace: Vec::new(),
            targets: Vec::new(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name.text
    }

    /// The folder of the module that it runs, relative to the root module's; `None`: the root.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_ref().map(|source| &*source.text)
    }
}

/// Something that a run expects to fail.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) what: Fallible,
    pub(crate) name: Name,
    /// Of a pod or `data` block: the instance; `None`: any.
    pub(crate) key: Option<InstanceKey>,
    pub(crate) span: Span,
}

/// What has rules that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallible {
    Variable,
    Output,
    Check,
    Pod,
    Data,
}

impl Fallible {
    /// What its references begin with.
    pub(crate) fn root(self) -> &'static str {
        match self {
            Self::Variable => "var",
            Self::Output => "output",
            Self::Check => "check",
            Self::Pod => "pod",
            Self::Data => "data.pod",
        }
    }
}

/// A `mock_provider` block.
#[derive(Debug)]
pub(crate) struct MockBlock {
    pub(crate) name: Spanned,
    pub(crate) alias: Option<String>,
    /// What all its pods are like.
    pub(crate) pods: Vec<Attribute>,
    /// What all `data` blocks read through it.
    pub(crate) data: Vec<Attribute>,
    pub(crate) overrides: Vec<OverrideBlock>,
}

/// An `override_pod`, `override_data` or `override_module` block.
#[derive(Debug)]
pub(crate) struct OverrideBlock {
    pub(crate) target: Overridden,
    pub(crate) span: Span,
    pub(crate) values: Vec<Attribute>,
}

/// What an override stands in for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Overridden {
    Pod(Address),
    Data(DataAddress),
    Module(Vec<ModuleStep>),
}

impl fmt::Display for Overridden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(address) => address.fmt(f),
            Self::Data(address) => address.fmt(f),
            Self::Module(module) => Target::Module(module.clone()).fmt(f),
        }
    }
}

/// What a run gave, for assertions and later runs.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The outputs of former runs, by run.
    pub runs: BTreeMap<String, BTreeMap<String, Value>>,
    /// The outputs of this run.
    pub outputs: BTreeMap<String, Value>,
    /// The pods of this run: their attributes, and what is computed, as far as it is known.
    pub pods: BTreeMap<Address, Value>,
}

impl Configuration {
    /// Reads a test file against this configuration: the root module's, or the one that runs with
    /// this `source` run. It is returned only when nothing is wrong with it and with those runs.
    pub fn read_test(
        &mut self,
        file: SourceFile,
        source: Option<&str>,
    ) -> (Option<TestFile>, Diagnostics) {
        let mut found = Diagnostics::new();
        let file = match file.checked() {
            Ok(file) => file,
            Err(diagnostic) => return (None, diagnostic.into()),
        };
        self.sources.files.push(file);
        let at = self.sources.files.len() - 1;
        let body = crate::syntax::read(&self.sources, at, &mut Names::default(), &mut found);
        let Some(body) = body else { return (None, found) };
        let mut declaring = Declaring::new(&self.sources, &mut found);
        let test = declaring.test_file(body);
        self.check_test(&test, source, &mut found);
        crate::sort(&mut found);
        ((!found.has_errors()).then_some(test), found)
    }

    /// Whether what a test names is there. A run of another module is checked with that one.
    fn check_test(&self, test: &TestFile, source: Option<&str>, found: &mut Diagnostics) {
        if source.is_none() {
            let mocks = test.mocks.iter().flat_map(|mock| mock.pods.iter().chain(&mock.data));
            self.check_values(test.variables.iter().chain(mocks), found);
            let within = test.mocks.iter().flat_map(|mock| &mock.overrides);
            for block in within.clone() {
                self.check_values(block.values.iter(), found);
            }
            self.check_overrides(within.chain(&test.overrides), found);
        }
        for block in &test.overrides {
            self.check_values(block.values.iter(), found);
        }
        for run in test.runs.iter().filter(|run| run.source() == source) {
            self.check_run(run, found);
        }
    }

    fn check_values<'a>(
        &self,
        attributes: impl Iterator<Item = &'a Attribute>,
        found: &mut Diagnostics,
    ) {
        for attribute in attributes {
            check::expression(&self.modules, &self.sources, &attribute.value, ROOTS, found);
        }
    }

    fn check_run(&self, run: &Run, found: &mut Diagnostics) {
        self.check_overrides(run.overrides.iter(), found);
        let rules = run.asserts.iter().flat_map(|rule| [&rule.condition, &rule.message]);
        let overridden = run.overrides.iter().flat_map(|block| &block.values);
        self.check_values(run.variables.iter().chain(overridden), found);
        for expr in rules {
            check::expression(&self.modules, &self.sources, expr, ROOTS, found);
        }
        for expected in &run.expected {
            self.check_expected(expected, found);
        }
    }

    /// The values of variables for a run: those given, over them the file's, over them the run's.
    pub fn test_variables(
        &self,
        test: &TestFile,
        run: &Run,
        inputs: &Inputs<'_>,
        seen: &Seen,
    ) -> (BTreeMap<String, VariableInput>, Diagnostics) {
        let mut found = Diagnostics::new();
        let mut variables = inputs.variables.clone();
        let lifted = Lifted::of(self, seen);
        for level in [&test.variables, &run.variables] {
            let inputs = inputs.with_variables(variables.clone());
            let world = self.test_world(&inputs, &lifted);
            let mut evaluator = Evaluator::new(&world, ROOT_ROOM);
            for Attribute { name, value } in level {
                if let Ok(known) = evaluator.value(value) {
                    let label = Some(self.sources.label(value.span, ""));
                    let (value, origin) = (Some(known.to_value()), "the test".to_owned());
                    let input = VariableInput { text: None, value, origin, label };
                    variables.insert(name.text.to_string(), input);
                }
            }
            found.extend(evaluator.diagnostics);
        }
        // What the module of a run does not declare is for the other runs of the file.
        let declared = &self.root().variables;
        let own = |name: &str| run.variables.iter().any(|attribute| &*attribute.name.text == name);
        variables.retain(|name, _| declared.contains_key(name.as_str()) || own(name));
        (variables, found)
    }

    /// Where a run names the module that it runs.
    #[must_use]
    pub fn test_source(&self, run: &Run) -> Option<Label> {
        let source = run.source.as_ref()?;
        Some(self.sources.label(source.span, "this module"))
    }

    /// Checks the assertions of a run against what it gave.
    pub fn test_asserts(&self, run: &Run, inputs: &Inputs<'_>, seen: &Seen) -> Diagnostics {
        let lifted = Lifted::of(self, seen);
        let world = self.test_world(inputs, &lifted);
        let mut evaluator = Evaluator::new(&world, ROOT_ROOM);
        for rule in &run.asserts {
            let what = "the assertion does not hold";
            let held = evaluator.diagnostics.0.len();
            if let Ok((None, _)) = evaluator.condition(&rule.condition, None) {
                let label = self.sources.label(rule.condition.span, "known after apply");
                let summary = "the assertion cannot be decided by a plan";
                evaluator.diagnostics.push(
                    Diagnostic::error(code::TEST_ASSERTION, summary)
                        .label(label)
                        .help("write `command = apply` in the run, or assert what a plan knows"),
                );
                continue;
            }
            evaluator.diagnostics.0.truncate(held);
            let passed = conditions::check(&mut evaluator, rule, code::TEST_ASSERTION, what, None);
            if !passed && evaluator.diagnostics.0.len() == held {
                evaluator.report(rule.condition.span, "the assertion has no value", "");
            }
        }
        let mut found = evaluator.diagnostics;
        crate::sort(&mut found);
        found
    }

    /// What is known of the configuration, with what a run gave beside it.
    fn test_world<'a>(&'a self, inputs: &'a Inputs<'a>, lifted: &'a Lifted) -> World<'a> {
        // What is wrong with the configuration itself was found when it was planned.
        let mut world = self.world(inputs, &mut Desired::default(), &mut Diagnostics::new());
        world.lifted = Some(lifted);
        world
    }
}
