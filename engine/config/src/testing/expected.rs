//! Failures that a run expects.

use super::{Expected, Fallible, Run};
use crate::config::{Condition, Configuration, Data, Module};
use crate::suggest::nearest;
use podform_model::{DataAddress, Diagnostic, Diagnostics, Label, Severity, code};

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As far as it was to come.
    Whole,
    /// It was to apply, and did not come so far.
    Planned,
}

impl Configuration {
    /// Takes the failures that a run expects out of what was found, and adds one for each that did
    /// not come. Returns whether an expected one came. A check that fails unexpectedly is an error.
    ///
    /// What keeps a run from applying is expected of a plan only.
    pub fn test_expected(&self, run: &Run, ending: Ending, found: &mut Diagnostics) -> bool {
        let mut came = false;
        for expected in &run.expected {
            let places = self.places(expected);
            let meets = |one: &Diagnostic| meets(expected, &places, one);
            if ending == Ending::Planned {
                let early = |one: &&mut Diagnostic| one.is_error() && meets(one);
                for one in found.0.iter_mut().filter(early) {
                    let help = "add `command = plan` to the run: this fails before it can apply";
                    one.help = Some(help.into());
                }
                continue;
            }
            let before = found.0.len();
            found.0.retain(|one| !meets(one));
            if found.0.len() < before {
                came = true;
                continue;
            }
            let name = self.sources.text(expected.span);
            let label = self.sources.label(expected.span, "nothing failed here");
            let summary = format!("`{name}` was expected to fail, and did not");
            found.push(Diagnostic::error(code::TEST_EXPECTED, summary).label(label));
        }
        self.fail_checks(found);
        came
    }

    /// A check that does not hold lets a test fail.
    fn fail_checks(&self, found: &mut Diagnostics) {
        let modules = self.modules.iter().map(|(_, node)| &*node.module);
        let places: Vec<Label> = modules.flat_map(|module| self.looks(module, None)).collect();
        for one in &mut found.0 {
            if one.code == code::CHECK || places.iter().any(|place| is_about(one, place)) {
                one.severity = Severity::Error;
            }
        }
    }

    /// Where the `data` blocks of a check look, or those of all checks.
    fn looks(&self, module: &Module, check: Option<&str>) -> Vec<Label> {
        let within = |data: &&Data| {
            data.check.as_deref().is_some_and(|name| check.is_none_or(|check| check == name))
        };
        let data = module.data.values().filter(within);
        data.map(|data| self.sources.label(data.id.span, "")).collect()
    }

    /// The places of the rules of what is expected to fail.
    fn places(&self, expected: &Expected) -> Vec<Label> {
        let root = self.root();
        let name = &expected.name;
        let of = |rules: &[Condition]| -> Vec<Label> {
            rules.iter().map(|rule| self.sources.label(rule.condition.span, "")).collect()
        };
        match expected.what {
            Fallible::Variable => root.variables.get(name).map(|v| of(&v.validations)),
            Fallible::Output => root.outputs.get(name).map(|o| of(&o.preconditions)),
            Fallible::Check => root
                .checks
                .get(name)
                .map(|check| [of(&check.asserts), self.looks(root, Some(name))].concat()),
            Fallible::Pod => root.pods.get(name).map(|pod| {
                let lifecycle = &pod.lifecycle;
                [of(&lifecycle.preconditions), of(&lifecycle.postconditions)].concat()
            }),
            Fallible::Data => root
                .data
                .get(name)
                .map(|data| [of(&data.preconditions), of(&data.postconditions)].concat()),
        }
        .unwrap_or_default()
    }

    /// Reports an expectation of something that has no rule which could fail.
    pub(super) fn check_expected(&self, expected: &Expected, found: &mut Diagnostics) {
        if !self.places(expected).is_empty() {
            return;
        }
        let root = self.root();
        let known: Vec<&str> = match expected.what {
            Fallible::Variable => root.variables.keys().map(|name| &**name).collect(),
            Fallible::Output => root.outputs.keys().map(|name| &**name).collect(),
            Fallible::Check => root.checks.keys().map(|name| &**name).collect(),
            Fallible::Pod => root.pods.keys().map(|name| &**name).collect(),
            Fallible::Data => root.data.keys().map(|name| &**name).collect(),
        };
        let kind = expected.what.root();
        let name = format!("{kind}.{}", expected.name);
        let (summary, label) = match known.contains(&&*expected.name) {
            true => (format!("`{name}` has no rule that could fail"), "no rule"),
            false => (format!("`{name}` is not declared"), "not declared"),
        };
        let label = self.sources.label(expected.span, label);
        let mut diagnostic = Diagnostic::error(code::UNDECLARED, summary).label(label);
        if let Some(near) =
            nearest(&expected.name, known.iter().copied()).filter(|near| **near != *expected.name)
        {
            diagnostic = diagnostic.help(format!("did you mean `{kind}.{near}`?"));
        }
        found.push(diagnostic);
    }
}

/// Whether a finding is the failure that is expected.
fn meets(expected: &Expected, places: &[Label], found: &Diagnostic) -> bool {
    let failed = match expected.what {
        Fallible::Check => found.code != code::CHECK_UNKNOWN,
        _ => found.is_error(),
    };
    failed && is_of(expected, found) && places.iter().any(|place| is_about(found, place))
}

/// Whether a finding is about the instance that is expected to fail.
fn is_of(expected: &Expected, found: &Diagnostic) -> bool {
    let Some(key) = &expected.key else { return true };
    let address = podform_model::Address {
        key: Some(key.clone()),
        ..podform_model::Address::pod(&*expected.name)
    };
    match expected.what {
        Fallible::Data => found.summary.contains(&format!("`{}`", DataAddress(address))),
        _ => found.address.as_ref() == Some(&address),
    }
}

/// Whether a finding points to a place.
fn is_about(found: &Diagnostic, place: &Label) -> bool {
    let same = |label: &Label| {
        (&label.file, label.start, label.end) == (&place.file, place.start, place.end)
    };
    found.labels.iter().any(same)
}
