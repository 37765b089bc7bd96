//! Saves a plan with what it was made from, and does exactly it later, or refuses.

use crate::context::Context;
use crate::error::{Failure, Result};
use crate::modules::SavedModules;
use crate::workspace::{Given, Workspace};
use podform_config::{SourceFile, VariableInfo, VariableInput};
use podform_model::{Diagnostic, Value, code};
use podform_plan::file::{PlanFile, PlanFileParts};
use podform_plan::{Options, Plan};
use podform_runtime::Planned;
use podform_state::{Key, Snapshot, Writer};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

/// Writes the plan file, mode 0600, whole or not at all.
///
/// # Errors
/// It cannot be written.
pub fn save(
    path: &Path,
    workspace: &Workspace,
    key: Option<&Key>,
    snapshot: &Snapshot,
    planned: &Planned,
) -> Result<()> {
    let digest = |value: &Value| key.map(|key| key.digest_value(value));
    let file = PlanFile::new(parts(workspace, snapshot, planned), &digest);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A temporary file has mode 0600 and is renamed only when it is whole.
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut temporary| {
        temporary.write_all(&file.to_bytes())?;
        temporary.as_file().sync_all()?;
        temporary.persist(path).map_err(|error| error.error)?;
        Ok(())
    });
    written.map_err(|error| Failure::file("write the plan file", path, &error))
}

fn parts(workspace: &Workspace, snapshot: &Snapshot, planned: &Planned) -> PlanFileParts {
    let hidden = files_with_secrets(workspace);
    let mut files: BTreeMap<String, String> = workspace
        .reader
        .files()
        .into_iter()
        .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
        .collect();
    let mut sources = BTreeMap::new();
    for source in &workspace.files {
        let kept = if hidden.contains(&*source.name) { &mut files } else { &mut sources };
        kept.insert(source.name.to_string(), source.text.to_string());
    }
    PlanFileParts {
        podform_version: crate::commands::version::VERSION.to_owned(),
        created_at: seconds(&workspace.timestamp).unwrap_or(planned.options.now),
        sources,
        files,
        variables: variables(workspace),
        options: planned.options.clone(),
        lineage: snapshot.state.lineage.clone(),
        serial: snapshot.state.serial,
        plan: planned.plan.clone(),
    }
}

/// The sources that hold the default of a sensitive variable: only their digest is kept, and they
/// are read again.
fn files_with_secrets(workspace: &Workspace) -> BTreeSet<String> {
    let variables = workspace.configuration.variables();
    let secret = variables.into_iter().filter(|v| v.sensitive && v.has_default);
    secret.map(|variable| variable.label.file.to_string()).collect()
}

/// The values that were given, sensitive ones behind their mark; of an ephemeral one only that it
/// was given.
fn variables(workspace: &Workspace) -> BTreeMap<String, Value> {
    let sensitive = names(workspace, |variable| variable.sensitive);
    let ephemeral = names(workspace, |variable| variable.ephemeral);
    let declared = names(workspace, |_| true);
    workspace
        .variables
        .iter()
        // The value of an undeclared variable decides nothing, and may be a secret.
        .filter(|(name, _)| declared.contains(*name))
        .map(|(name, input)| {
            if ephemeral.contains(name) {
                return (name.clone(), Value::Null);
            }
            let value = given(input);
            let value = if sensitive.contains(name) { value.sensitive() } else { value };
            (name.clone(), value)
        })
        .collect()
}

/// The names of the declared variables that are so.
fn names(workspace: &Workspace, so: impl Fn(&VariableInfo) -> bool) -> BTreeSet<String> {
    let variables = workspace.configuration.variables();
    variables.into_iter().filter(so).map(|variable| variable.name).collect()
}

/// What was given for a variable, as a value: text keeps apart from what a file evaluated.
fn given(input: &VariableInput) -> Value {
    match (&input.text, &input.value) {
        (Some(text), _) => Value::object([("text", Value::string(text.as_str()))]),
        (None, Some(value)) => Value::object([("value", value.clone())]),
        (None, None) => Value::Null,
    }
}

/// A saved plan.
pub struct Saved {
    file: PlanFile,
}

/// Reads a plan file.
///
/// # Errors
/// It cannot be read, or is none.
pub fn load(_context: &Context, path: &Path) -> Result<Saved> {
    let bytes = std::fs::read(path).map_err(|e| Failure::file("read the plan file", path, &e))?;
    let file = PlanFile::from_bytes(&bytes, &path.display().to_string())
        .map_err(|diagnostic| Failure::from(*diagnostic))?;
    Ok(Saved { file })
}

impl Saved {
    /// The plan, its sensitive values as digests.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.file.plan
    }

    /// What the user asked for when it was made.
    #[must_use]
    pub fn options(&self) -> Options {
        self.file.options.clone()
    }

    /// The configuration that it was made from: its own sources, and those that it may not hold
    /// read again; its own variables, and the sensitive and ephemeral ones as they are given again.
    ///
    /// # Errors
    /// A source or one of these variables is missing, or the sources are broken.
    pub fn workspace(&self, context: &Context, given: &[Given]) -> Result<Workspace> {
        let mut files: Vec<SourceFile> = Vec::new();
        for (name, text) in &self.file.sources {
            files.push(SourceFile::from_bytes(name.as_str(), text.as_bytes())?);
        }
        let written = |name: &&String| name.ends_with(".pf.hcl") || name.ends_with(".pf.json");
        for name in self.file.files.keys().filter(written) {
            let path = Path::new(name);
            let bytes = std::fs::read(path).map_err(|e| Failure::file("read", path, &e))?;
            files.push(SourceFile::from_bytes(name.as_str(), &bytes)?);
        }
        let modules = SavedModules::new(files);
        let mut workspace = Workspace::from_sources(context, modules.folder("."), &modules)?;
        // The plan's time stays what it was.
        if let Some(created) = timestamp(self.file.created_at) {
            workspace.timestamp = created;
        }
        let again = crate::workspace::read_variables(context, given)?;
        workspace.allow(given);
        // What was allowed when the plan was made; that nothing there changed is checked later.
        workspace.reader.allow_again(self.file.files.keys());
        let sensitive = names(&workspace, |variable| variable.sensitive);
        let ephemeral = names(&workspace, |variable| variable.ephemeral);
        for (name, value) in &self.file.variables {
            let kind = if ephemeral.contains(name) { "ephemeral" } else { "sensitive" };
            let input = if sensitive.contains(name) || ephemeral.contains(name) {
                again.get(name).cloned().ok_or_else(|| missing(kind, name))?
            } else {
                restored(value)
            };
            workspace.variables.insert(name.clone(), input);
        }
        Ok(workspace)
    }

    /// Refuses a state that moved on.
    ///
    /// # Errors
    /// It did.
    pub fn check_state(&self, writer: &Writer) -> Result<()> {
        let now = writer.version();
        let fresh = self.file.serial == 0 && self.file.lineage.is_empty() && now.is_fresh();
        let none = &self.file.plan.fingerprint;
        let stale = self.file.stale(&now.lineage, now.serial, none).filter(|_| !fresh);
        stale.map_or(Ok(()), |diagnostic| Err(diagnostic.into()))
    }

    /// Refuses a cluster, files or variables that moved on, or a plan that would be another now.
    ///
    /// # Errors
    /// They did.
    pub fn check_live(
        &self,
        workspace: &Workspace,
        planned: &Planned,
        key: Option<&Key>,
    ) -> Result<()> {
        if planned.diagnostics.has_errors() {
            return Err(Failure(planned.diagnostics.clone()));
        }
        let digest = |value: &Value| key.map(|key| key.digest_value(value));
        self.check_inputs(workspace, &digest)?;
        let moved = self.file.plan.fingerprint.differences(&planned.plan.fingerprint);
        if !moved.is_empty() {
            return Err(stale("the cluster changed after the plan was saved")
                .detail(moved.join("\n"))
                .into());
        }
        let sealed = podform_plan::file::seal_plan(planned.plan.clone(), &digest);
        if sealed.changes != self.file.plan.changes {
            return Err(stale("the saved plan is not what would be planned now").into());
        }
        Ok(())
    }

    fn check_inputs(
        &self,
        workspace: &Workspace,
        digest: &dyn Fn(&Value) -> Option<String>,
    ) -> Result<()> {
        // An ephemeral one may be another each time: nothing of it is in the plan.
        for name in names(workspace, |variable| variable.sensitive && !variable.ephemeral) {
            if let Some(input) = workspace.variables.get(&name)
                && self.file.variables.contains_key(&name)
                && !self.file.same_variable(&name, &given(input).sensitive(), digest)
            {
                return Err(stale(&format!(
                    "the sensitive variable `{name}` is not what it was when the plan was saved"
                ))
                .into());
            }
        }
        let mut read: BTreeMap<String, String> = workspace
            .reader
            .files()
            .into_iter()
            .map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned()))
            .collect();
        for source in &workspace.files {
            if !self.file.sources.contains_key(&*source.name) {
                read.insert(source.name.to_string(), source.text.to_string());
            }
        }
        match read.iter().find(|(name, text)| !self.file.same_file(name, text, digest)) {
            Some((name, _)) => {
                Err(stale(&format!("the file `{name}` changed after the plan was saved")).into())
            }
            None => Ok(()),
        }
    }
}

/// The seconds since 1970 of a time as text.
fn seconds(text: &str) -> Option<f64> {
    Some(text.parse::<jiff::Timestamp>().ok()?.as_duration().as_secs_f64())
}

/// A time in seconds since 1970, as text.
fn timestamp(seconds: f64) -> Option<String> {
    let since = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
    Some(jiff::Timestamp::from_duration(since).ok()?.to_string())
}

fn missing(kind: &str, name: &str) -> Failure {
    Failure::new(
        code::VARIABLE,
        format!("the plan file holds no value of the {kind} variable `{name}`"),
    )
    .help(format!("give it again: `-var {name}=…`, `-var-file`, or PODFORM_VAR_{name}"))
}

fn stale(summary: &str) -> Diagnostic {
    Diagnostic::error(code::PLAN_STALE, summary)
        .help("make a new plan with `podform plan -out FILE`")
}

fn restored(value: &Value) -> VariableInput {
    VariableInput {
        text: value.get("text").and_then(Value::as_str).map(str::to_owned),
        value: value.get("value").cloned(),
        origin: "the plan file".into(),
        label: None,
    }
}
