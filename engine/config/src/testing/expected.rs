//! Failures that a run expects.

use super::{Expected, Run};
use crate::config::{Condition, Configuration};
use crate::suggest::nearest;
use podform_model::{Diagnostic, Diagnostics, Label, code};

impl Configuration {
    /// Takes the failures that a run expects out of what was found, and adds one for each that did
    /// not come. Returns whether an expected one came.
    pub fn test_expected(&self, run: &Run, found: &mut Diagnostics) -> bool {
        let mut came = false;
        for expected in &run.expected {
            let places = self.places(expected);
            let before = found.0.len();
            found.0.retain(|one| !places.iter().any(|place| is_about(one, place)));
            if found.0.len() < before {
                came = true;
                continue;
            }
            let name = format!("{}.{}", expected.kind, expected.name);
            let label = self.sources.label(expected.span, "nothing failed here");
            let summary = format!("`{name}` was expected to fail, and did not");
            found.push(Diagnostic::error(code::TEST_EXPECTED, summary).label(label));
        }
        came
    }

    /// The places of the rules of what is expected to fail.
    fn places(&self, expected: &Expected) -> Vec<Label> {
        let root = self.root();
        let of = |rules: &[Condition]| -> Vec<Label> {
            rules.iter().map(|rule| self.sources.label(rule.condition.span, "")).collect()
        };
        match expected.kind {
            "var" => root.variables.get(&expected.name).map(|v| of(&v.validations)),
            "output" => root.outputs.get(&expected.name).map(|o| of(&o.preconditions)),
            "pod" => root.pods.get(&expected.name).map(|pod| {
                let lifecycle = &pod.lifecycle;
                [of(&lifecycle.preconditions), of(&lifecycle.postconditions)].concat()
            }),
            _ => None,
        }
        .unwrap_or_default()
    }

    /// Reports an expectation of something that has no rule which could fail.
    pub(super) fn check_expected(&self, expected: &Expected, found: &mut Diagnostics) {
        if !self.places(expected).is_empty() {
            return;
        }
        let root = self.root();
        let known: Vec<&str> = match expected.kind {
            "var" => root.variables.keys().map(|name| &**name).collect(),
            "output" => root.outputs.keys().map(|name| &**name).collect(),
            "pod" => root.pods.keys().map(|name| &**name).collect(),
            _ => Vec::new(),
        };
        let name = format!("{}.{}", expected.kind, expected.name);
        let (summary, label) = match known.contains(&&*expected.name) {
            true => (format!("`{name}` has no rule that could fail"), "no rule"),
            false => (format!("`{name}` is not declared"), "not declared"),
        };
        let label = self.sources.label(expected.span, label);
        let mut diagnostic = Diagnostic::error(code::UNDECLARED, summary).label(label);
        if let Some(near) =
            nearest(&expected.name, known.iter().copied()).filter(|near| **near != *expected.name)
        {
            diagnostic = diagnostic.help(format!("did you mean `{}.{near}`?", expected.kind));
        }
        found.push(diagnostic);
    }
}

/// Whether a finding points to a place.
fn is_about(found: &Diagnostic, place: &Label) -> bool {
    let same = |label: &Label| {
        (&label.file, label.start, label.end) == (&place.file, place.start, place.end)
    };
    found.is_error() && found.labels.iter().any(same)
}
