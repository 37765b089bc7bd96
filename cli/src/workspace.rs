//! The folder that podform works in: its configuration files and the values of its variables.

use crate::context::Context;
use crate::error::{Failure, Result};
use crate::folder::FolderReader;
use crate::modules::ModuleFolders;
use podform_config::testing::Overrides;
use podform_config::{
    Applying, Configuration, Constants, Inputs, ModuleReader, SourceFile, VariableInfo,
    VariableInput, check_length,
};
use podform_model::{
    Address, Answers, Computed, DataAddress, Desired, DesiredData, DesiredPod, Diagnostic,
    Diagnostics, Label, Looked, Value, code,
};
use podform_plugin_host::Constraint;
use podform_runtime::Evaluator;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use uuid::Uuid;

/// What the command line gives an evaluation, in its order.
#[derive(Debug, Clone)]
pub enum Given {
    /// `-var NAME=VALUE`
    Var(String),
    /// `-var-file FILE`
    File(PathBuf),
    /// `-allow-path DIR`
    Allow(PathBuf),
}

/// A read configuration with the values of its variables.
pub struct Workspace {
    /// The configuration.
    pub configuration: Configuration,
    /// The files that it was read from.
    pub files: Vec<SourceFile>,
    /// The values of its variables.
    pub variables: BTreeMap<String, VariableInput>,
    /// Whether everything is destroyed.
    pub destroying: bool,
    /// What a test puts in the place of modules and of what is read.
    pub overrides: Overrides,
    /// The files that functions read.
    pub reader: FolderReader,
    /// The time of the plan, RFC 3339.
    pub timestamp: String,
    kept: Mutex<Option<Evaluated>>,
    /// What pods that are evaluated one by one share; within: nothing, as something is wrong.
    constants: Mutex<Option<Option<Arc<Constants>>>>,
    /// Set once applying has begun.
    applying: OnceLock<Applying>,
}

/// An evaluation and what it was made with.
struct Evaluated {
    told: Answers,
    looked: Looked,
    desired: Desired,
    diagnostics: Diagnostics,
}

impl Workspace {
    /// Reads the `*.pf.hcl` and `*.pf.json` files of the current folder and the variables.
    ///
    /// # Errors
    /// The files cannot be read, or are wrong. Warnings are shown at once.
    pub fn load(context: &Context, given: &[Given], ask: bool) -> Result<Self> {
        Self::load_with(context, given, ask, &ModuleFolders::new(context))
    }

    /// As [`Workspace::load`], with the modules through a reader.
    ///
    /// # Errors
    /// As [`Workspace::load`].
    pub fn load_with(
        context: &Context,
        given: &[Given],
        ask: bool,
        modules: &dyn ModuleReader,
    ) -> Result<Self> {
        let mut workspace = Self::from_sources(context, read_sources(context)?, modules)?;
        workspace.variables = read_variables(context, given)?;
        workspace.allow(given);
        if ask {
            prompt(context, &workspace.configuration.variables(), &mut workspace.variables);
        }
        Ok(workspace)
    }

    /// Reads the module in another folder as if it were the root module, without values for its
    /// variables.
    ///
    /// # Errors
    /// As [`Workspace::load`], or the folder holds no configuration.
    pub fn of_folder(context: &Context, folder: &Path) -> Result<Self> {
        let files = read_module(context, folder)?;
        if files.is_empty() {
            return Err(no_configuration(folder));
        }
        let name = folder.display().to_string();
        let parsed = podform_config::parse_folder(&name, files, &ModuleFolders::new(context));
        Self::of_parsed(context, parsed)
    }

    /// Reads a configuration from the texts of its root module, and those of its modules through a
    /// reader, without values for its variables.
    ///
    /// # Errors
    /// The texts are wrong, or ask for another version of podform.
    pub fn from_sources(
        context: &Context,
        root: Vec<SourceFile>,
        modules: &dyn ModuleReader,
    ) -> Result<Self> {
        Self::of_parsed(context, podform_config::parse_with_modules(root, modules))
    }

    fn of_parsed(
        context: &Context,
        (configuration, diagnostics): (Option<Configuration>, Diagnostics),
    ) -> Result<Self> {
        let configuration = accept(context, configuration, diagnostics)?;
        check_version(&configuration)?;
        Ok(Self::new(configuration, &context.started_in))
    }

    /// A configuration that was read, without values for its variables.
    #[must_use]
    pub fn new(configuration: Configuration, started_in: &Path) -> Self {
        Self {
            files: configuration.files().to_vec(),
            configuration,
            variables: BTreeMap::new(),
            destroying: false,
            overrides: Overrides::default(),
            reader: FolderReader::new(started_in),
            timestamp: now(),
            applying: OnceLock::new(),
            kept: Mutex::new(None),
            constants: Mutex::new(None),
        }
    }

    /// Lets downloaded modules read what the command line allows.
    pub fn allow(&mut self, given: &[Given]) {
        for given in given {
            if let Given::Allow(path) = given {
                self.reader.allow(path);
            }
        }
    }

    /// From here on, what is known only while a plan is applied is known: the time, and what is
    /// drawn by chance.
    pub fn begin_applying(&self) {
        let mut seed = [0; 32];
        for (half, id) in seed.chunks_exact_mut(16).zip([Uuid::new_v4(), Uuid::new_v4()]) {
            half.copy_from_slice(id.as_bytes());
        }
        self.applying.get_or_init(|| Applying { timestamp: now(), seed });
        // What was evaluated for the plan does not know it.
        if let Ok(mut kept) = self.kept.lock() {
            *kept = None;
        }
        self.forget_constants();
    }

    /// Reads the folder again, together with a file that may lie elsewhere.
    ///
    /// # Errors
    /// As [`Workspace::load`].
    pub fn take_in(&mut self, context: &Context, path: &Path) -> Result<()> {
        let mut root = read_sources(context)?;
        let name = path.strip_prefix(".").unwrap_or(path);
        if !root.iter().any(|file| Path::new(&*file.name) == name) {
            root.push(read_source(context, path)?);
        }
        let modules = ModuleFolders::new(context);
        let Self { configuration, files, .. } = Self::from_sources(context, root, &modules)?;
        self.configuration = configuration;
        self.files = files;
        Ok(())
    }

    /// What an evaluation is given, when this much is known of the pods, and of those that `data`
    /// blocks read.
    #[must_use]
    pub fn inputs<'a>(&'a self, computed: &'a dyn Computed, looked: &'a Looked) -> Inputs<'a> {
        Inputs {
            variables: self.variables.clone(),
            looked,
            overrides: &self.overrides,
            timestamp: self.timestamp.clone(),
            applying: self.applying.get().cloned(),
            destroying: self.destroying,
            ..Inputs::new(computed, &self.reader)
        }
    }

    /// Keeps an evaluation for the next one that asks for the same.
    pub fn keep(&self, told: Answers, looked: Looked, desired: Desired, diagnostics: Diagnostics) {
        if let Ok(mut kept) = self.kept.lock() {
            *kept = Some(Evaluated { told, looked, desired, diagnostics });
        }
        // Variables may be other ones than before.
        self.forget_constants();
    }

    fn forget_constants(&self) {
        if let Ok(mut constants) = self.constants.lock() {
            *constants = None;
        }
    }

    /// What pods that are evaluated one by one share; evaluated when the first one asks.
    fn constants(&self, inputs: &Inputs<'_>) -> Option<Arc<Constants>> {
        let mut constants = self.constants.lock().ok()?;
        constants.get_or_insert_with(|| self.configuration.constants(inputs).map(Arc::new)).clone()
    }

    /// Evaluates one expression; a variable without a value is unknown.
    #[must_use]
    pub fn expression(
        &self,
        text: &str,
        computed: &dyn Computed,
    ) -> (Option<podform_config::Evaluated>, Diagnostics) {
        self.configuration.expression(text, &self.offline_inputs(computed))
    }

    /// Evaluates offline: a variable without a value is unknown, as Terraform's `validate` has it.
    #[must_use]
    pub fn evaluate_for_validation(&self) -> (Option<Desired>, Diagnostics) {
        self.configuration.evaluate(&self.offline_inputs(&BTreeMap::new()))
    }

    /// Inputs in which a variable without a value is unknown.
    fn offline_inputs<'a>(&'a self, computed: &'a dyn Computed) -> Inputs<'a> {
        let mut inputs = self.inputs(computed, Looked::NOTHING);
        inputs.validating = true;
        for variable in self.configuration.variables() {
            if !variable.has_default {
                inputs.variables.entry(variable.name.clone()).or_insert_with(|| VariableInput {
                    text: None,
                    value: Some(Value::Unknown),
                    origin: "validation".into(),
                    label: None,
                });
            }
        }
        inputs
    }

    /// Gives findings about attributes the place where they are written.
    pub fn locate(&self, diagnostics: &mut Diagnostics) {
        for diagnostic in &mut diagnostics.0 {
            if !diagnostic.labels.is_empty() {
                continue;
            }
            if let Some(address) = &diagnostic.address {
                let path = diagnostic.path.clone().unwrap_or_default();
                diagnostic.labels.extend(self.configuration.label(address, &path));
            }
        }
    }
}

impl Evaluator for Workspace {
    fn evaluate(&self, computed: &dyn Computed, looked: &Looked) -> (Option<Desired>, Diagnostics) {
        let kept = self.kept.lock().ok().and_then(|mut kept| kept.take());
        let same = |kept: &Evaluated| {
            let agrees =
                |(address, told): (&Address, &Option<Value>)| computed.of(address) == *told;
            kept.told.iter().all(agrees) && kept.looked == *looked
        };
        if let Some(kept) = kept.filter(same) {
            return (Some(kept.desired), kept.diagnostics);
        }
        self.configuration.evaluate(&self.inputs(computed, looked))
    }

    fn evaluate_pod(
        &self,
        address: &Address,
        computed: &dyn Computed,
        looked: &Looked,
    ) -> (Option<DesiredPod>, Diagnostics) {
        let inputs = self.inputs(computed, looked);
        self.configuration.evaluate_pod(address, &inputs, self.constants(&inputs).as_deref())
    }

    fn reads_of(
        &self,
        address: &Address,
        computed: &dyn Computed,
        looked: &Looked,
    ) -> BTreeMap<DataAddress, DesiredData> {
        let inputs = self.inputs(computed, looked);
        self.configuration.reads_of(address, &inputs, self.constants(&inputs).as_deref())
    }
}

/// The time in whole seconds, as functions tell it.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Refuses a configuration that asks for another version of podform.
///
/// # Errors
/// It does, or what it asks for is no version constraint.
pub fn check_version(configuration: &Configuration) -> Result<()> {
    let unfit = configuration.required_versions().into_iter().filter_map(unfit);
    let found = Diagnostics(unfit.collect());
    if found.is_empty() { Ok(()) } else { Err(found.into()) }
}

/// Why this release does not meet a version constraint.
fn unfit((text, label): (String, Label)) -> Option<Diagnostic> {
    let found = crate::commands::version::VERSION;
    let version = semver::Version::parse(found).ok();
    let refused = match text.parse::<Constraint>() {
        Ok(constraint) if version.is_some_and(|version| constraint.accepts(&version)) => {
            return None;
        }
        Ok(_) => format!("this configuration asks for podform {text}; this is {found}"),
        Err(why) => format!("`{text}` is not a version constraint: {why}"),
    };
    let help = "use a release that fits, or change `required_version`";
    Some(Diagnostic::error(code::REQUIRED_VERSION, refused).help(help).label(label))
}

/// Shows warnings; fails on errors or when there is no value.
pub fn accept<T>(context: &Context, value: Option<T>, diagnostics: Diagnostics) -> Result<T> {
    if diagnostics.has_errors() {
        return Err(diagnostics.into());
    }
    context.report(&diagnostics);
    value.ok_or_else(|| Failure::new(code::SYNTAX, "the configuration cannot be read"))
}

fn read_sources(context: &Context) -> Result<Vec<SourceFile>> {
    let files = read_module(context, Path::new("."))?;
    if files.is_empty() {
        return Err(no_configuration(&std::env::current_dir().unwrap_or_default()));
    }
    Ok(files)
}

fn no_configuration(folder: &Path) -> Failure {
    Failure::new(
        code::CLI_USAGE,
        format!("no configuration: `{}` holds no `*.pf.hcl` or `*.pf.json` file", folder.display()),
    )
    .help("write pods in a file `main.pf.hcl`, or name the folder with `-chdir=DIR`")
}

/// The files of the module in a folder.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn read_module(context: &Context, folder: &Path) -> Result<Vec<SourceFile>> {
    let mut diagnostics = Diagnostics::new();
    let mut files = Vec::new();
    let wanted = |name: &str| name.ends_with(".pf.hcl") || name.ends_with(".pf.json");
    for path in folder_files(folder, wanted)? {
        match read_source(context, &path) {
            Ok(file) => files.push(file),
            Err(failure) => diagnostics.extend(failure.0),
        }
    }
    if diagnostics.has_errors() {
        return Err(diagnostics.into());
    }
    Ok(files)
}

/// Reads a file of the configuration.
///
/// # Errors
/// It cannot be read, is too large, or is not UTF-8.
pub fn read_source(context: &Context, path: &Path) -> Result<SourceFile> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).map_err(|e| Failure::file("read", path, &e))?.len();
    check_length(&name, size)?;
    let bytes = std::fs::read(path).map_err(|e| Failure::file("read", path, &e))?;
    let file = SourceFile::from_bytes(name.as_str(), &bytes)?;
    context.add_source(&file.name, &file.text);
    Ok(file)
}

/// The files of a folder with such a name, sorted; those of the current folder by name alone.
///
/// # Errors
/// The folder cannot be read.
pub fn folder_files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| Failure::file("read", folder, &e))?;
    let mut names: Vec<PathBuf> = entries
        .filter_map(std::result::Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|t| !t.is_dir()))
        .map(|entry| PathBuf::from(entry.file_name()))
        .filter(|name| name.to_str().is_some_and(|n| !n.starts_with('.') && wanted(n)))
        .map(|name| if folder == Path::new(".") { name } else { folder.join(name) })
        .collect();
    names.sort();
    Ok(names)
}

/// The values of variables in Terraform's order, the last wins: environment, `podform.pfvars.hcl`,
/// `podform.pfvars.json`, `*.auto.pfvars.hcl` and `.json` by name, then the command line as it is
/// written.
///
/// # Errors
/// A file cannot be read, or is wrong; `-var` without `=`.
pub fn read_variables(
    context: &Context,
    given: &[Given],
) -> Result<BTreeMap<String, VariableInput>> {
    let mut out = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
            && let Some(variable) = name.strip_prefix("PODFORM_VAR_")
        {
            out.insert(
                variable.to_owned(),
                text_input(value, format!("the environment variable {name}")),
            );
        }
    }
    let here = Path::new(".");
    let mut files = folder_files(here, |name| name == "podform.pfvars.hcl")?;
    files.extend(folder_files(here, |name| name == "podform.pfvars.json")?);
    files.extend(folder_files(here, |name| {
        name.ends_with(".auto.pfvars.hcl") || name.ends_with(".auto.pfvars.json")
    })?);
    for file in files {
        out.extend(variable_file(context, &file)?);
    }
    for given in given {
        match given {
            Given::File(path) => out.extend(variable_file(context, path)?),
            Given::Allow(_) => {}
            Given::Var(text) => {
                let Some((name, value)) = text.split_once('=') else {
                    return Err(Failure::new(code::CLI_USAGE, format!("`-var {text}` has no `=`"))
                        .help("write `-var NAME=VALUE`"));
                };
                out.insert(name.trim().to_owned(), text_input(value, "`-var`".into()));
            }
        }
    }
    Ok(out)
}

fn text_input(text: &str, origin: String) -> VariableInput {
    VariableInput { text: Some(text.to_owned()), value: None, origin, label: None }
}

fn variable_file(context: &Context, path: &Path) -> Result<BTreeMap<String, VariableInput>> {
    let file = read_source(context, path)?;
    let (variables, diagnostics) = podform_config::parse_variables(&file);
    accept(context, Some(variables), diagnostics)
}

/// Asks for the values of variables that are missing, where somebody can be asked.
pub(crate) fn prompt(
    context: &Context,
    variables: &[VariableInfo],
    out: &mut BTreeMap<String, VariableInput>,
) {
    for variable in variables {
        if variable.has_default || out.contains_key(&variable.name) {
            continue;
        }
        let description = variable.description.as_deref().unwrap_or_default();
        let question = format!("var.{}\n  {description}\n\n  Enter a value: ", variable.name);
        if let Some(text) = context.ask(&question) {
            out.insert(variable.name.clone(), text_input(&text, "the answer".into()));
        }
    }
}
