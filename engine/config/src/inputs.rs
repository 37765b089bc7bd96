//! What an evaluation is given from outside.

use crate::testing::Overrides;
use podform_model::{Computed, Label, Looked, Value};
use std::collections::BTreeMap;

/// Reads the files that functions ask for.
pub trait FileReader {
    /// The bytes of a file, by the path as written, relative to the configuration's folder.
    ///
    /// # Errors
    /// Why it cannot be read, as a fragment.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// Whether there is a file.
    ///
    /// # Errors
    /// There is something else than a file, or it cannot be told.
    fn exists(&self, path: &str) -> Result<bool, String> {
        Ok(self.read(path).is_ok())
    }

    /// The files in a folder and the folders below it, as paths relative to it with `/`.
    ///
    /// # Errors
    /// Why it cannot be listed, as a fragment.
    fn list(&self, _folder: &str) -> Result<Vec<String>, String> {
        Err("folders cannot be listed here".into())
    }

    /// The absolute path of the configuration's folder.
    ///
    /// # Errors
    /// It cannot be told.
    fn folder(&self) -> Result<String, String> {
        Err("there is no folder here".into())
    }

    /// The absolute path of the folder that podform was started in, before it went to that of
    /// the configuration.
    ///
    /// # Errors
    /// It cannot be told.
    fn started_in(&self) -> Result<String, String> {
        self.folder()
    }

    /// Where a path leads when that is neither within these folders nor within one that the user
    /// allowed: a downloaded module may not look there. Links are followed first.
    fn leads_out(&self, path: &str, folders: &[&str]) -> Option<String>;

    /// The user's home folder.
    ///
    /// # Errors
    /// There is none.
    fn home(&self) -> Result<String, String> {
        Err("there is no home folder here".into())
    }
}

/// A reader for where there are no files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl FileReader for NoFiles {
    fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Err("no files can be read here".into())
    }

    fn leads_out(&self, _path: &str, _folders: &[&str]) -> Option<String> {
        None
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

/// What functions know only while a plan is applied.
#[derive(Clone)]
pub struct Applying {
    /// The time at which applying began, RFC 3339.
    pub timestamp: String,
    /// What `uuid` and `bcrypt` draw from: each call has the same result throughout a run.
    pub seed: [u8; 32],
}

impl std::fmt::Debug for Applying {
    /// Without the seed, which tells the salts of passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Applying").field("timestamp", &self.timestamp).finish_non_exhaustive()
    }
}

/// What an evaluation is given from outside.
pub struct Inputs<'a> {
    /// The given variables, the one that wins of each name.
    pub variables: BTreeMap<String, VariableInput>,
    /// What is known of pods.
    pub computed: &'a dyn Computed,
    /// What is known of the pods that `data` blocks read.
    pub looked: &'a Looked,
    /// What a test puts in the place of modules and of what is read.
    pub overrides: &'a Overrides,
    /// Reads files for `file()`.
    pub files: &'a dyn FileReader,
    /// The time of the plan, RFC 3339; some time where nobody says one.
    pub timestamp: String,
    /// Set while a plan is applied: what is unknown until then.
    pub applying: Option<Applying>,
    /// Whether a given variable that is not declared is a warning instead of an error, where it
    /// comes from a file.
    pub ignore_undeclared_variables: bool,
    /// Whether nothing is planned, only checked: how many instances there are may be unknown then.
    pub validating: bool,
    /// Whether everything is destroyed: what pods, `data` blocks, outputs and checks demand does not
    /// count then.
    pub destroying: bool,
}

impl<'a> Inputs<'a> {
    /// What is known of pods and these files; nothing else is given.
    pub fn new(computed: &'a dyn Computed, files: &'a dyn FileReader) -> Self {
        Self {
            variables: BTreeMap::new(),
            computed,
            looked: Looked::NOTHING,
            overrides: Overrides::NOTHING,
            files,
            timestamp: "2026-01-01T00:00:00Z".into(),
            applying: None,
            ignore_undeclared_variables: false,
            validating: false,
            destroying: false,
        }
    }

    /// The same with other variables.
    pub(crate) fn with_variables(&self, variables: BTreeMap<String, VariableInput>) -> Self {
        Self {
            variables,
            timestamp: self.timestamp.clone(),
            applying: self.applying.clone(),
            ..*self
        }
    }
}
