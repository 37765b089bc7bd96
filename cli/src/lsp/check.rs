//! Everything that is wrong with a module, as `podform validate` would say it of the open texts.

use super::documents::{Module, Open};
use crate::context::Context;
use crate::modules::ModuleFolders;
use crate::workspace::{Workspace, check_version};
use podform_config::query::FileKind;
use podform_config::testing::TestFile;
use podform_config::{Configuration, ModuleReader, RemoteModule, SourceFile, VariableInput};
use podform_model::{Diagnostic, Diagnostics, code};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Checks a module whose folder is the current one.
pub(super) fn check(module: &Module, open: &Open, allowed: &[PathBuf]) -> Diagnostics {
    let mut found = Diagnostics::new();
    let variables = variables(module, &mut found);
    let files: Vec<SourceFile> = sources(module, FileKind::Configuration).collect();
    if files.is_empty() {
        return found;
    }
    let context = Context::new(true, false);
    let modules = Texts { folders: ModuleFolders::new(&context), open };
    let (configuration, diagnostics) = podform_config::parse_with_modules(files, &modules);
    found.extend(diagnostics);
    if let Some(mut configuration) = configuration {
        for file in sources(module, FileKind::Test) {
            let (test, diagnostics) = configuration.read_test(file.clone(), None);
            found.extend(diagnostics);
            found.extend(runs_elsewhere(&configuration, &file, test.as_ref(), &modules));
        }
        found.extend(evaluate(configuration, variables, allowed));
    }
    // Without any provider the folder is taken for a module, which its caller gives them.
    let has_provider = module
        .files
        .iter()
        .any(|file| file.outline().blocks().iter().any(|block| block.kind.text == "provider"));
    if !has_provider {
        found.0.retain(|found| found.code != code::PROVIDER_CHOICE);
    }
    found
}

/// What is wrong with the runs of a test file that run another module, and with these modules.
fn runs_elsewhere(
    configuration: &Configuration,
    file: &SourceFile,
    test: Option<&TestFile>,
    modules: &Texts<'_>,
) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut seen = BTreeSet::new();
    for run in test.into_iter().flat_map(TestFile::runs) {
        let Some(source) = run.source().filter(|source| seen.insert(*source)) else { continue };
        let folder = source.strip_prefix("./").unwrap_or(source);
        let (of_module, diagnostics) = match modules.files(folder) {
            Ok(files) if !files.is_empty() => podform_config::parse_folder(folder, files, modules),
            Ok(_) => (None, empty(source).into()),
            Err(why) => (None, (*why).into()),
        };
        let label = configuration.test_source(run);
        found.extend(Diagnostics(
            diagnostics
                .into_iter()
                .map(|mut one| {
                    // Where it is called says which module it is, and is all that some have.
                    one.labels.extend(label.clone());
                    one
                })
                .collect(),
        ));
        if let Some(mut of_module) = of_module {
            found.extend(of_module.read_test(file.clone(), Some(source)).1);
        }
    }
    found
}

fn empty(source: &str) -> Diagnostic {
    let summary = format!("the folder `{source}` holds no `*.pf.hcl` or `*.pf.json` file");
    Diagnostic::error(code::MODULE_SOURCE, summary)
}

fn evaluate(
    configuration: Configuration,
    variables: BTreeMap<String, VariableInput>,
    allowed: &[PathBuf],
) -> Diagnostics {
    let mut found = Diagnostics::new();
    if let Err(failure) = check_version(&configuration) {
        found.extend(failure.0);
    }
    let here = std::env::current_dir().unwrap_or_default();
    let mut workspace = Workspace::new(configuration, &here);
    workspace.variables = variables;
    allowed.iter().for_each(|path| workspace.reader.allow(path));
    found.extend(workspace.evaluate_for_validation().1);
    workspace.locate(&mut found);
    found
}

fn sources(module: &Module, kind: FileKind) -> impl Iterator<Item = SourceFile> {
    let files = module.files.iter().filter(move |file| file.kind == kind);
    files.map(|file| SourceFile::new(file.name.as_str(), file.text().clone()))
}

/// The values of the files that are read by themselves; the others are only checked.
fn variables(module: &Module, found: &mut Diagnostics) -> BTreeMap<String, VariableInput> {
    let mut out = BTreeMap::new();
    for file in sources(module, FileKind::Variables) {
        let (values, diagnostics) = podform_config::parse_variables(&file);
        found.extend(diagnostics);
        let stem = file.name.strip_suffix(".hcl").or_else(|| file.name.strip_suffix(".json"));
        if stem.is_some_and(|stem| stem == "podform.pfvars" || stem.ends_with(".auto.pfvars")) {
            out.extend(values);
        }
    }
    out
}

/// The modules that are called: their files, with the texts that are open instead.
struct Texts<'a> {
    folders: ModuleFolders<'a>,
    open: &'a Open,
}

impl ModuleReader for Texts<'_> {
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        let mut files = self.folders.files(folder)?;
        let there = Path::new(folder).canonicalize().ok();
        for (path, file) in self.open.iter().filter(|(_, f)| f.kind == FileKind::Configuration) {
            if path.parent().and_then(|parent| parent.canonicalize().ok()) != there {
                continue;
            }
            let name = Path::new(folder).join(&file.name).display().to_string();
            let text = SourceFile::new(name.as_str(), file.text().clone());
            match files.iter_mut().find(|known| *known.name == *name) {
                Some(known) => *known = text,
                None => files.push(text),
            }
        }
        Ok(files)
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        self.folders.installed(module)
    }
}
