//! The modules of a configuration: read from their folders, or from a saved plan.

use crate::context::Context;
use crate::error::Failure;
use crate::workspace::read_module;
use podform_config::{ModuleReader, RemoteModule, SourceFile};
use podform_model::{Diagnostic, code};
use std::path::Path;

/// Reads modules from folders, relative to the current one.
pub struct ModuleFolders<'a> {
    context: &'a Context,
}

impl<'a> ModuleFolders<'a> {
    /// A reader of folders.
    #[must_use]
    pub fn new(context: &'a Context) -> Self {
        Self { context }
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
        let summary = format!("the module `{module}` has not been downloaded");
        Err(Box::new(
            Diagnostic::error(code::MODULE_NOT_INSTALLED, summary)
                .help("download it with `podform init`"),
        ))
    }
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
        let summary = format!("the module `{module}` has not been downloaded");
        Err(Box::new(Diagnostic::error(code::MODULE_NOT_INSTALLED, summary)))
    }
}
