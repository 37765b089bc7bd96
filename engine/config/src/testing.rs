//! Test files, `*.pftest.hcl`: what their `run` blocks set, and whether what they assert holds.
//!
//! A test file belongs to a configuration: its expressions see the variables, locals, pods and
//! modules of the root module, and beside them `output.NAME` and, of former runs, `run.NAME.OUTPUT`.

mod expected;
mod lift;

use crate::check;
use crate::config::{Condition, Configuration};
use crate::declare::Declaring;
use crate::desired::conditions;
use crate::eval::Evaluator;
use crate::inputs::{Inputs, VariableInput};
use crate::ir::{Attribute, Name, Spanned};
use crate::source::{Names, SourceFile, Span};
use crate::value::Val;
use crate::world::{ROOT_ROOM, World};
use podform_model::{Address, Desired, Diagnostic, Diagnostics, Target, Value, code};
use std::collections::BTreeMap;

pub(crate) use lift::Lifted;

/// The names that only the expressions of a test may begin with.
const ROOTS: &[&str] = &["output", "run"];

/// A test file.
#[derive(Debug, Default)]
pub struct TestFile {
    pub(crate) variables: Vec<Attribute>,
    pub(crate) runs: Vec<Run>,
    pub(crate) mocks: Vec<MockBlock>,
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

/// Something that a run expects to fail: a `var`, `output`, `pod` or `check`.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) kind: &'static str,
    pub(crate) name: Name,
    pub(crate) span: Span,
}

/// A `mock_provider` block.
#[derive(Debug)]
pub(crate) struct MockBlock {
    pub(crate) name: Spanned,
    pub(crate) alias: Option<String>,
    pub(crate) values: Vec<Attribute>,
    pub(crate) overrides: BTreeMap<Address, Vec<Attribute>>,
}

/// A mocked provider, with what its instances are like.
#[derive(Debug, Clone, PartialEq)]
pub struct MockedProvider {
    /// The name of the provider.
    pub name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// What is said of every instance: `agent_id`, `host`, `network_ips`, `failure`.
    pub values: BTreeMap<String, Value>,
    /// The same for single pods.
    pub overrides: BTreeMap<Address, BTreeMap<String, Value>>,
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
        for attribute in test.variables.iter().filter(|_| source.is_none()) {
            check::expression(&self.modules, &self.sources, &attribute.value, ROOTS, found);
        }
        for run in test.runs.iter().filter(|run| run.source() == source) {
            self.check_run(run, found);
        }
    }

    fn check_run(&self, run: &Run, found: &mut Diagnostics) {
        let rules = run.asserts.iter().flat_map(|rule| [&rule.condition, &rule.message]);
        let values = run.variables.iter().map(|attribute| &attribute.value);
        for expr in rules.chain(values) {
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

    /// The mocked providers of a test file.
    pub fn test_mocks(
        &self,
        test: &TestFile,
        inputs: &Inputs<'_>,
    ) -> (Vec<MockedProvider>, Diagnostics) {
        let lifted = Lifted::default();
        let world = self.test_world(inputs, &lifted);
        let mut evaluator = Evaluator::new(&world, ROOT_ROOM);
        let mut values = |attributes: &[Attribute]| -> BTreeMap<String, Value> {
            let mut out = BTreeMap::new();
            for Attribute { name, value } in attributes {
                if let Ok(known) = evaluator.value(value) {
                    if fits(&name.text, &known) {
                        out.insert(name.text.to_string(), known.to_value());
                    } else {
                        let wanted = if &*name.text == "network_ips" {
                            "a list of strings"
                        } else {
                            "a string"
                        };
                        let summary = format!("`{}` of a mocked pod is {wanted}", name.text);
                        evaluator.report(value.span, summary, format!("this is {}", known.kind()));
                    }
                }
            }
            out
        };
        let mut out = Vec::new();
        for mock in &test.mocks {
            let overrides = mock.overrides.iter().map(|(a, v)| (a.clone(), values(v))).collect();
            out.push(MockedProvider {
                name: mock.name.text.to_string(),
                alias: mock.alias.clone(),
                values: values(&mock.values),
                overrides,
            });
        }
        (out, evaluator.diagnostics)
    }

    /// What is known of the configuration, with what a run gave beside it.
    fn test_world<'a>(&'a self, inputs: &'a Inputs<'a>, lifted: &'a Lifted) -> World<'a> {
        // What is wrong with the configuration itself was found when it was planned.
        let mut world = self.world(inputs, &mut Desired::default(), &mut Diagnostics::new());
        world.lifted = Some(lifted);
        world
    }
}

/// Whether a value may be given to a mocked pod.
fn fits(name: &str, value: &Val) -> bool {
    let text = |value: &Val| matches!(value.unmark().0, Val::String(_));
    match name {
        "network_ips" => value.unmark().0.items().is_some_and(|items| items.iter().all(text)),
        _ => text(value),
    }
}
