//! Where the files of modules come from.

use super::RemoteModule;
use crate::source::SourceFile;
use podform_model::{Diagnostic, code};

/// Gives the files of the modules that a configuration calls.
///
/// A finding that it returns gets the place of the `source` that asked.
pub trait ModuleReader {
    /// The `*.pf.hcl` files of a folder, which is relative to the root module's.
    ///
    /// # Errors
    /// The folder or a file in it cannot be read.
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>>;

    /// The folder where a downloaded package is, relative to the root module's.
    ///
    /// # Errors
    /// It is not there, or is not what was locked.
    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>>;
}

/// A reader for where there are no modules.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoModules;

impl ModuleReader for NoModules {
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        let summary = format!("the module folder `{folder}` cannot be read here");
        Err(Box::new(Diagnostic::error(code::MODULE_SOURCE, summary)))
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        let summary = format!("the module `{}` cannot be read here", module.package());
        Err(Box::new(Diagnostic::error(code::MODULE_SOURCE, summary)))
    }
}
