//! What an evaluation is given from outside.

use podform_model::{Address, Label, Value};
use std::collections::BTreeMap;

/// Reads the files that functions ask for.
pub trait FileReader {
    /// The bytes of a file, by the path as written, relative to the configuration's folder.
    ///
    /// # Errors
    /// Why it cannot be read, as a fragment.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// A reader for where there are no files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl FileReader for NoFiles {
    fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Err("no files can be read here".into())
    }
}

/// One given value of a variable.
#[derive(Clone, Default)]
pub struct VariableInput {
    /// Raw text of `-var` or the environment: the text itself for a string, number or bool, else
    /// an HCL expression.
    pub text: Option<String>,
    /// The value of a variables file, already evaluated.
    pub value: Option<Value>,
    /// Where it comes from: `-var`, `PODFORM_VAR_name`, the name of the file.
    pub origin: String,
    /// Its place, when it comes from a file.
    pub label: Option<Label>,
}

impl std::fmt::Debug for VariableInput {
    /// Without the value: the variable may be sensitive.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VariableInput").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What an evaluation is given from outside.
pub struct Inputs<'a> {
    /// The given variables, the one that wins of each name.
    pub variables: BTreeMap<String, VariableInput>,
    /// What is known of pods: objects with `id`, `version`, `instance`, `endpoint`,
    /// `network_ips`, perhaps with unknowns. Of a pod that is absent the id is known from its
    /// configuration, the rest is unknown.
    pub computed: &'a BTreeMap<Address, Value>,
    /// Reads files for `file()`.
    pub files: &'a dyn FileReader,
    /// The time of the run, RFC 3339.
    pub timestamp: String,
    /// Whether a given variable that is not declared is a warning instead of an error, where it
    /// comes from a file.
    pub ignore_undeclared_variables: bool,
}

impl Inputs<'_> {
    /// The same with other variables.
    pub(crate) fn with_variables(&self, variables: BTreeMap<String, VariableInput>) -> Self {
        Self { variables, timestamp: self.timestamp.clone(), ..*self }
    }
}
