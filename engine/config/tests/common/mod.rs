//! What the suites share: evaluating text.

#![allow(dead_code, reason = "each suite uses its part")]

pub(crate) mod findings;

use podform_config::{Configuration, FileReader, Inputs, SourceFile, VariableInput, parse};
use podform_model::{Address, Desired, DesiredPod, Diagnostics, Value};
use std::collections::BTreeMap;

/// A folder with one text, one file of bytes and nothing else.
pub(crate) struct Folder;

impl FileReader for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "a.txt" => Ok(b"text of a.txt".to_vec()),
            "binary" => Ok(vec![0xff]),
            _ => Err("no such file".into()),
        }
    }

    fn started_in(&self) -> Result<String, String> {
        Ok("/started/here".into())
    }

    fn leads_out(&self, path: &str, folders: &[&str]) -> Option<String> {
        let inner = |folder: &&str| *folder == "." || path.starts_with(&format!("{folder}/"));
        let out = path.starts_with('/') || path.contains("..") || !folders.iter().any(inner);
        out.then(|| path.to_owned())
    }
}

/// Inputs with raw variables and known computed values.
pub(crate) fn inputs<'a>(
    variables: &[(&str, &str)],
    computed: &'a BTreeMap<Address, Value>,
) -> Inputs<'a> {
    let input = |text: &str| VariableInput {
        text: Some(text.to_owned()),
        origin: "-var".into(),
        ..VariableInput::default()
    };
    Inputs {
        variables: variables.iter().map(|(n, t)| ((*n).to_owned(), input(t))).collect(),
        ignore_undeclared_variables: true,
        ..Inputs::new(computed, &Folder)
    }
}

/// Parses one file.
pub(crate) fn configuration(text: &str) -> (Option<Configuration>, Diagnostics) {
    parse(vec![SourceFile::new("main.pf.hcl", text)])
}

/// Parses and evaluates one file.
pub(crate) fn evaluate(text: &str) -> (Option<Desired>, Diagnostics) {
    evaluate_with(text, &[])
}

/// Parses and evaluates one file with variables.
pub(crate) fn evaluate_with(
    text: &str,
    variables: &[(&str, &str)],
) -> (Option<Desired>, Diagnostics) {
    let (configuration, mut found) = configuration(text);
    let Some(configuration) = configuration else { return (None, found) };
    let computed = BTreeMap::new();
    let (desired, more) = configuration.evaluate(&inputs(variables, &computed));
    found.extend(more);
    (desired, found)
}

/// What a file asks for; it must be right.
pub(crate) fn desired(text: &str) -> Desired {
    let (desired, found) = evaluate(text);
    desired.unwrap_or_else(|| panic!("{found:#?}"))
}

/// One pod of it.
pub(crate) fn pod(text: &str, address: &str) -> DesiredPod {
    let mut desired = desired(text);
    let address: Address = address.parse().unwrap_or_else(|error| panic!("{error}"));
    desired.pods.remove(&address).unwrap_or_else(|| panic!("{:?}", desired.pods.keys()))
}

/// The value of an expression, or `!` and what is wrong with it.
pub(crate) fn expression(text: &str) -> String {
    let text = format!(
        "variable \"nothing\" {{\n  default = null\n}}\noutput \"x\" {{\n  value = {text}\n}}\n"
    );
    let (desired, found) = evaluate(&text);
    match desired {
        Some(desired) => format!("{:?}", desired.outputs["x"].value),
        None => {
            let summaries: Vec<String> =
                found.iter().map(|found| format!("! {}", found.summary)).collect();
            summaries.join("; ")
        }
    }
}
