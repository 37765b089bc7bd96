//! The files of one state.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The files of one state; all lie in the folder of the state file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The state file.
    pub state: PathBuf,
    /// The previous version of the state file.
    pub backup: PathBuf,
    /// The write-ahead log.
    pub journal: PathBuf,
    /// The lock file.
    pub lock: PathBuf,
    /// The key of the digests.
    pub key: PathBuf,
}

impl Paths {
    /// The files that belong to the state file `state`. `x.json` has `x.journal`, `x.lock` and
    /// `x.key`; a name with another ending gets those endings added.
    ///
    /// A state file that is a symbolic link stands for the file that it points to, so that two
    /// ways to one state meet at one lock.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        let state = if state.is_symlink() {
            state.canonicalize().unwrap_or_else(|_| state.to_owned())
        } else {
            state.to_owned()
        };
        let stem = match state.extension() {
            Some(extension) if extension == "json" => state.with_extension(""),
            _ => state.clone(),
        };
        Self {
            backup: with(&state, ".backup"),
            journal: with(&stem, ".journal"),
            lock: with(&stem, ".lock"),
            key: with(&stem, ".key"),
            state,
        }
    }

    /// The folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        folder_of(&self.state)
    }
}

/// The folder that holds a file; `.` for a bare name.
pub(crate) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// `path` with something added to its name.
pub(crate) fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_state_file() {
        let paths = Paths::of(Path::new("podform.state.json"));
        assert_eq!(paths.backup, Path::new("podform.state.json.backup"));
        assert_eq!(paths.journal, Path::new("podform.state.journal"));
        assert_eq!(paths.lock, Path::new("podform.state.lock"));
        assert_eq!(paths.key, Path::new("podform.state.key"));
        assert_eq!(paths.folder(), Path::new("."));
        assert_eq!(Paths::of(Path::new("a/prod.st")).journal, Path::new("a/prod.st.journal"));
    }
}
