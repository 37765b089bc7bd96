//! The modules of a configuration: read from their folders or from a saved plan, and downloaded by
//! `podform init`.

mod archive;
mod git;
mod install;
mod tree;

use crate::context::Context;
use crate::error::Failure;
use crate::lockfile::{self, LockedModule};
use crate::workspace::read_module;
pub use install::Installer;
use podform_config::{ModuleReader, RemoteModule, SourceFile};
use podform_model::{Diagnostic, code};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

/// Where downloaded modules are, in the folder of the configuration.
const FOLDER: &str = ".podform/modules";

/// The folder of a downloaded package: it follows from what is downloaded, so that a saved plan
/// finds it too.
fn folder_of(module: &RemoteModule) -> String {
    let package = module.package();
    let path = package.split('?').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = last.split('.').next().unwrap_or_default();
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let digest = hex::encode(Sha256::digest(package.as_bytes()));
    let short = digest.get(..12).unwrap_or_default();
    format!("{FOLDER}/{name}-{short}")
}

/// Reads modules from folders, relative to the current one.
pub struct ModuleFolders<'a> {
    context: &'a Context,
    /// What was found out about each package: nothing, or why it cannot be used.
    checked: RefCell<BTreeMap<String, Result<(), Box<Diagnostic>>>>,
}

impl<'a> ModuleFolders<'a> {
    /// A reader of folders.
    #[must_use]
    pub fn new(context: &'a Context) -> Self {
        Self { context, checked: RefCell::default() }
    }

    /// Whether a downloaded package is there, and is what was locked.
    fn check(&self, module: &RemoteModule) -> Result<(), Box<Diagnostic>> {
        let locked = lockfile::read_lock(self.context).map_err(|Failure(found)| first(found))?;
        let folder = folder_of(module);
        let Some(locked) = locked.modules.get(&module.package()) else {
            return Err(not_installed(module));
        };
        if !Path::new(&folder).is_dir() {
            return Err(not_installed(module));
        }
        match tree::hash(Path::new(&folder)) {
            Ok(hash) if hash == locked.hash => Ok(()),
            Ok(_) => Err(changed(module, &folder)),
            Err(error) => Err(changed(module, &folder))
                .map_err(|found: Box<Diagnostic>| Box::new(found.detail(error.to_string()))),
        }
    }
}

impl ModuleReader for ModuleFolders<'_> {
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        let path = Path::new(folder);
        if !path.is_dir() {
            let summary = format!("there is no folder `{folder}`");
            return Err(Box::new(Diagnostic::error(code::MODULE_SOURCE, summary)));
        }
        read_module(self.context, path).map_err(|Failure(found)| first(found))
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        let package = module.package();
        let known = self.checked.borrow().get(&package).cloned();
        let checked = known.unwrap_or_else(|| self.check(module));
        self.checked.borrow_mut().insert(package, checked.clone());
        checked.map(|()| folder_of(module))
    }
}

fn not_installed(module: &RemoteModule) -> Box<Diagnostic> {
    let summary = format!("the module `{module}` has not been downloaded");
    Box::new(
        Diagnostic::error(code::MODULE_NOT_INSTALLED, summary)
            .help("download it with `podform init`"),
    )
}

fn changed(module: &RemoteModule, folder: &str) -> Box<Diagnostic> {
    let summary = format!("the downloaded module `{module}` is not what the lock file names");
    Box::new(Diagnostic::error(code::MODULE_CHANGED, summary).help(format!(
        "remove `{folder}` and run `podform init`; a local change belongs into a module of yours"
    )))
}

fn first(found: podform_model::Diagnostics) -> Box<Diagnostic> {
    let none = || Diagnostic::error(code::MODULE_SOURCE, "the module cannot be read");
    Box::new(found.into_iter().next().unwrap_or_else(none))
}

/// The modules of a saved plan, whose folders are known by the names of their files.
pub struct SavedModules {
    files: Vec<SourceFile>,
}

impl SavedModules {
    /// The modules among these files.
    #[must_use]
    pub fn new(files: Vec<SourceFile>) -> Self {
        Self { files }
    }

    /// The files of a folder.
    #[must_use]
    pub fn folder(&self, folder: &str) -> Vec<SourceFile> {
        let of = |name: &str| name.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        self.files.iter().filter(|file| of(&file.name) == folder).cloned().collect()
    }
}

impl ModuleReader for SavedModules {
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        Ok(self.folder(folder))
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        Ok(folder_of(module))
    }
}

/// What is written into the lock file for a downloaded package.
fn locked(commit: Option<String>, hash: String) -> LockedModule {
    LockedModule { commit, hash }
}
