//! What `podform init` does about modules: it downloads them, once, and locks what it got.

use super::{FOLDER, ModuleFolders, archive, folder_of, git, locked, tree};
use crate::context::Context;
use crate::lockfile::LockedModule;
use podform_config::{ModuleReader, RemoteModule, SourceFile};
use podform_model::{Diagnostic, code};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Result as Io;
use std::path::Path;

/// Downloads the modules that a configuration asks for while it is read.
pub struct Installer<'a> {
    context: &'a Context,
    folders: ModuleFolders<'a>,
    former: BTreeMap<String, LockedModule>,
    upgrade: bool,
    used: RefCell<BTreeMap<String, LockedModule>>,
}

impl<'a> Installer<'a> {
    /// An installer that keeps what is locked, unless it is to be renewed.
    #[must_use]
    pub fn new(
        context: &'a Context,
        former: BTreeMap<String, LockedModule>,
        upgrade: bool,
    ) -> Self {
        let folders = ModuleFolders::new(context);
        Self { context, folders, former, upgrade, used: RefCell::default() }
    }

    /// What was used, for the lock file.
    #[must_use]
    pub fn used(&self) -> BTreeMap<String, LockedModule> {
        self.used.borrow().clone()
    }

    fn install(&self, module: &RemoteModule) -> Result<LockedModule, Box<Diagnostic>> {
        let folder = folder_of(module);
        let former = self.former.get(&module.package()).filter(|_| !self.upgrade);
        if let Some(former) = former
            && tree::hash(Path::new(&folder)).is_ok_and(|hash| hash == former.hash)
        {
            self.say(&format!("- Using the downloaded module {module}\n"))?;
            return Ok(former.clone());
        }
        self.say(&format!("- Downloading {module}...\n"))?;
        let got = download(module, former, Path::new(&folder)).map_err(|error| {
            Diagnostic::error(
                code::MODULE_DOWNLOAD,
                format!("the module `{module}` cannot be downloaded"),
            )
            .detail(error.to_string())
        })?;
        match got {
            Ok(got) => Ok(got),
            Err(hash) => Err(Box::new(another(module, &hash))),
        }
    }

    fn say(&self, text: &str) -> Result<(), Box<Diagnostic>> {
        self.context.answer(text).map_err(|failure| super::first(failure.0))
    }
}

impl ModuleReader for Installer<'_> {
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        self.folders.files(folder)
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        let package = module.package();
        if !self.used.borrow().contains_key(&package) {
            let got = self.install(module)?;
            self.used.borrow_mut().insert(package, got);
        }
        Ok(folder_of(module))
    }
}

fn another(module: &RemoteModule, hash: &str) -> Diagnostic {
    let summary = format!("the module `{module}` is not the one that the lock file names");
    Diagnostic::error(code::MODULE_CHANGED, summary)
        .detail(format!("What was downloaded has the hash {hash}."))
        .help("if you trust it run `podform init -upgrade`, else name another release in `source`")
}

/// Downloads into a folder beside, and moves it in place when it is whole and the one that is
/// locked; else gives its hash.
fn download(
    module: &RemoteModule,
    former: Option<&LockedModule>,
    folder: &Path,
) -> Io<Result<LockedModule, String>> {
    std::fs::create_dir_all(FOLDER)?;
    let aside = tempfile::Builder::new().prefix(".new-").tempdir_in(FOLDER)?;
    let commit = match module {
        RemoteModule::Git { url, revision, .. } => {
            let pinned = former.and_then(|former| former.commit.as_deref());
            Some(git::fetch(url, pinned.or(revision.as_deref()), aside.path())?)
        }
        RemoteModule::Archive { url, kind, .. } => {
            archive::unpack(&archive::fetch(url)?, *kind, aside.path())?;
            None
        }
    };
    let hash = tree::hash(aside.path())?;
    if former.is_some_and(|former| former.hash != hash) {
        return Ok(Err(hash));
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::rename(aside.keep(), folder)?;
    Ok(Ok(locked(commit, hash)))
}
