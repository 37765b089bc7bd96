//! Finding a plugin's file.

use crate::{Error, digest};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where plugins are looked for. The rim fills it from arguments and environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPath {
    /// A developer's folder (`PODFORM_PLUGIN_DEV`): looked at first, and what is found there is
    /// used without regard to the lock file.
    pub dev: Option<PathBuf>,
    /// The folders of `-plugin-dir`: when there are any, the standard places are not searched.
    pub plugin_dirs: Vec<PathBuf>,
    /// The running program: its folder, the `deps` in it and `../lib/podform` are searched.
    pub executable: Option<PathBuf>,
    /// The user's folder for plugins.
    pub user: Option<PathBuf>,
}

impl SearchPath {
    /// The folders in the order in which they are searched; not all need exist.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self.dev.iter().cloned().collect();
        if !self.plugin_dirs.is_empty() {
            folders.extend(self.plugin_dirs.iter().cloned());
            return folders;
        }
        if let Some(beside) = self.executable.as_deref().and_then(Path::parent) {
            folders.push(beside.to_owned());
            folders.push(beside.join("deps"));
            folders.extend(beside.parent().map(|above| above.join("lib/podform")));
        }
        folders.extend(self.user.iter().cloned());
        folders
    }
}

/// A file that may be the plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The provider's name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its hash: `sha256:` and hex.
    pub sha256: String,
    /// Whether it is from the developer's folder, so that the lock file does not hold for it.
    pub dev: bool,
}

/// The name of a plugin's file: `libpodform_provider_NAME.so`, `-` in the name written as `_`.
fn file_name(name: &str) -> Result<String, Error> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 63 || !name.chars().all(legal) {
        return Err(Error::Name { name: name.to_owned() });
    }
    Ok(format!("{DLL_PREFIX}podform_provider_{}{DLL_SUFFIX}", name.replace('-', "_")))
}

/// Finds the plugin of a provider: the first file of the right name.
///
/// # Errors
/// There is none, or it cannot be read or may be changed by anyone.
pub fn discover(name: &str, search: &SearchPath) -> Result<Candidate, Error> {
    let file = file_name(name)?;
    for folder in search.folders() {
        if let Some(candidate) = look(name, &file, &folder, search)? {
            return Ok(candidate);
        }
    }
    Err(Error::NotFound { name: name.to_owned(), file, searched: search.folders() })
}

/// Finds every file of the right name, in the order of the folders.
///
/// # Errors
/// There is none, or one cannot be read or may be changed by anyone.
pub fn discover_all(name: &str, search: &SearchPath) -> Result<Vec<Candidate>, Error> {
    let file = file_name(name)?;
    let mut found = Vec::new();
    for folder in search.folders() {
        found.extend(look(name, &file, &folder, search)?);
    }
    if found.is_empty() {
        return Err(Error::NotFound { name: name.to_owned(), file, searched: search.folders() });
    }
    Ok(found)
}

fn look(
    name: &str,
    file: &str,
    folder: &Path,
    search: &SearchPath,
) -> Result<Option<Candidate>, Error> {
    let path = folder.join(file);
    match open(&path) {
        Ok(mut file) => Ok(Some(Candidate {
            name: name.to_owned(),
            sha256: digest::of(&mut file)
                .map_err(|source| Error::Io { path: path.clone(), source })?,
            dev: search.dev.as_deref() == Some(folder),
            path,
        })),
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a plugin's file; refuses one that anyone may change.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let fail = |source| Error::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(fail)?;
    let mode = file.metadata().map_err(fail)?.permissions().mode();
    if mode & 0o002 != 0 {
        return Err(Error::Writable { path: path.to_owned() });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("podform-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_places_are_searched_in_order_and_plugin_dirs_stand_alone() {
        let mut search = SearchPath {
            dev: Some("/dev-dir".into()),
            plugin_dirs: vec![],
            executable: Some("/usr/bin/podform".into()),
            user: Some("/home/u/plugins".into()),
        };
        let texts = |search: &SearchPath| {
            search.folders().iter().map(|f| f.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            texts(&search),
            ["/dev-dir", "/usr/bin", "/usr/bin/deps", "/usr/lib/podform", "/home/u/plugins"]
        );
        search.plugin_dirs = vec!["/only".into()];
        assert_eq!(texts(&search), ["/dev-dir", "/only"]);
    }

    #[test]
    fn the_first_file_wins_and_the_developers_is_marked() {
        let (dev, user) = (folder("dev"), folder("user"));
        let file = file_name("my-cloud").unwrap();
        assert!(file.contains("podform_provider_my_cloud"));
        std::fs::write(user.join(&file), "user's").unwrap();
        let search =
            SearchPath { dev: Some(dev.clone()), user: Some(user.clone()), ..Default::default() };
        let found = discover("my-cloud", &search).unwrap();
        assert!(!found.dev && found.path.starts_with(&user));
        std::fs::write(dev.join(&file), "developer's").unwrap();
        let found = discover("my-cloud", &search).unwrap();
        assert!(found.dev && found.path.starts_with(&dev));
        assert_eq!(discover_all("my-cloud", &search).unwrap().len(), 2);
        std::fs::remove_dir_all(dev).unwrap();
        std::fs::remove_dir_all(user).unwrap();
    }

    #[test]
    fn a_file_that_anyone_may_change_is_refused() {
        let user = folder("open");
        let path = user.join(file_name("x").unwrap());
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let search = SearchPath { user: Some(user.clone()), ..Default::default() };
        assert!(matches!(discover("x", &search), Err(Error::Writable { .. })));
        std::fs::remove_dir_all(user).unwrap();
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        let search = SearchPath::default();
        for name in ["", "../x", "a/b", "A", "x.so", "ü"] {
            assert!(matches!(discover(name, &search), Err(Error::Name { .. })), "{name}");
        }
        let error = discover("nowhere", &search).unwrap_err();
        assert!(matches!(error, Error::NotFound { .. }));
        assert_eq!(error.code(), "plugin::not_found");
    }
}
