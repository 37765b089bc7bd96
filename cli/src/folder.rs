//! The files that functions of the configuration read, and what was read of them.

use podform_config::FileReader;
use podform_config::MAX_TEXT;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The most files and folders that a listing goes through.
const LIST_LIMIT: usize = 100_000;
/// What stands after the name of a folder that was listed.
const LISTED: &str = "/**";
/// How deep folders may be nested, which ends a circle of links.
const DEPTH_LIMIT: usize = 64;

/// Reads files relative to the current folder, and remembers what was read.
#[derive(Debug, Default)]
pub struct FolderReader {
    started_in: PathBuf,
    /// What downloaded modules may look at beside their own files.
    allowed: Vec<PathBuf>,
    read: Mutex<BTreeMap<String, Arc<[u8]>>>,
}

impl FolderReader {
    /// A reader of a run that was started in a folder.
    #[must_use]
    pub fn new(started_in: &Path) -> Self {
        Self { started_in: started_in.to_owned(), ..Self::default() }
    }

    /// Lets downloaded modules look at a folder and what is in it, or at a file.
    pub fn allow(&mut self, path: &Path) {
        self.allowed.extend(resolved(path));
    }

    /// Lets downloaded modules look at what was read when a plan was made: the names of
    /// [`FolderReader::files`].
    pub fn allow_again<'a>(&mut self, names: impl Iterator<Item = &'a String>) {
        for name in names {
            self.allow(Path::new(name.strip_suffix(LISTED).unwrap_or(name)));
        }
    }

    /// The files that were read so far, with their content. The names in a folder that was listed
    /// are the content of `FOLDER/**`.
    pub fn files(&self) -> BTreeMap<String, Arc<[u8]>> {
        self.read.lock().map(|read| read.clone()).unwrap_or_default()
    }

    /// What is remembered under a name, or is now read and remembered.
    fn once(
        &self,
        name: &str,
        read: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<Vec<u8>, String> {
        let mut known = self.read.lock().map_err(|_| "a former read failed".to_owned())?;
        if let Some(bytes) = known.get(name) {
            return Ok(bytes.to_vec());
        }
        let bytes = read()?;
        known.insert(name.to_owned(), bytes.clone().into());
        Ok(bytes)
    }
}

impl FileReader for FolderReader {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.once(path, || read_limited(Path::new(path)).map_err(|error| error.to_string()))
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        match std::fs::metadata(path) {
            Ok(found) if found.is_file() => Ok(true),
            Ok(found) if found.is_dir() => Err("a folder, not a file".into()),
            Ok(_) => Err("not a regular file".into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        let listed = self.once(&format!("{folder}{LISTED}"), || {
            let mut names = Vec::new();
            walk(Path::new(folder), "", 0, &mut 0, &mut names)?;
            names.sort();
            Ok(names.join("\0").into_bytes())
        })?;
        let listed = String::from_utf8(listed).map_err(|error| error.to_string())?;
        Ok(listed.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn folder(&self) -> Result<String, String> {
        let path = std::env::current_dir().map_err(|error| error.to_string())?;
        text(path)
    }

    fn started_in(&self) -> Result<String, String> {
        text(self.started_in.clone())
    }

    fn leads_out(&self, path: &str, folders: &[&str]) -> Option<String> {
        let place = resolved(Path::new(path));
        let within =
            |folder: &PathBuf| place.as_ref().is_some_and(|place| place.starts_with(folder));
        let mut folders = folders.iter().filter_map(|folder| resolved(Path::new(folder)));
        if folders.any(|folder| within(&folder)) || self.allowed.iter().any(within) {
            return None;
        }
        Some(place.unwrap_or_else(|| path.into()).to_string_lossy().into_owned())
    }

    fn home(&self) -> Result<String, String> {
        std::env::home_dir().ok_or_else(|| "there is no home folder".to_owned()).and_then(text)
    }
}

/// Where a path leads, with all links followed. Of something that does not exist, where it would
/// be.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut rest = Vec::new();
    let mut known = path;
    loop {
        let here = if known.as_os_str().is_empty() { Path::new(".") } else { known };
        match std::fs::canonicalize(here) {
            Ok(mut place) => {
                place.extend(rest.iter().rev());
                return Some(place);
            }
            // A link that leads nowhere, or a step up from nothing, leads nowhere that is known.
            Err(_) if std::fs::symlink_metadata(here).is_ok() => return None,
            Err(_) => {
                rest.push(known.file_name()?);
                known = known.parent()?;
            }
        }
    }
}

fn text(path: PathBuf) -> Result<String, String> {
    path.into_os_string().into_string().map_err(|_| "the path is not UTF-8".into())
}

/// Gathers the files of a folder and of those in it. A folder that is not there has none.
fn walk(
    folder: &Path,
    prefix: &str,
    depth: usize,
    seen: &mut usize,
    out: &mut Vec<String>,
) -> Result<(), String> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) if depth <= DEPTH_LIMIT => entries,
        Ok(_) => return Err(format!("folders are nested more than {DEPTH_LIMIT} deep")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("`{}` cannot be listed: {error}", folder.display())),
    };
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        *seen += 1;
        if *seen > LIST_LIMIT {
            return Err(format!("there are more than {LIST_LIMIT} files in the folder"));
        }
        // What is not UTF-8 cannot be named in a configuration.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        match std::fs::metadata(entry.path()) {
            Ok(found) if found.is_file() => out.push(path),
            Ok(found) if found.is_dir() => {
                walk(&entry.path(), &format!("{path}/"), depth + 1, seen, out)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_limited(path: &Path) -> std::io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    if metadata.len() > MAX_TEXT as u64 {
        return Err(std::io::Error::other("larger than 64 MiB"));
    }
    std::fs::read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_once_with_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        for name in ["x", ".y", "a/b/z"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let reader = FolderReader::default();
        let root = folder.path().to_str().unwrap();
        assert_eq!(reader.list(root).unwrap(), [".y", "a/b/z", "x"]);
        assert_eq!(reader.list(&format!("{root}/none")).unwrap(), Vec::<String>::new());
        // A saved plan sees a file that came later by what is remembered.
        let listed = format!("{root}/**");
        assert_eq!(&*reader.files()[&listed], b".y\0a/b/z\0x");
        assert_eq!(reader.exists(&format!("{root}/x")), Ok(true));
        assert_eq!(reader.exists(&format!("{root}/none")), Ok(false));
        assert_eq!(reader.exists(root), Err("a folder, not a file".into()));
    }

    #[test]
    fn links_are_followed_before_it_is_told_where_a_path_leads() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["own/deep", "other"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        std::fs::write(at("other/x"), "x").unwrap();
        std::os::unix::fs::symlink("../other", at("own/link")).unwrap();
        std::os::unix::fs::symlink("../none", at("own/broken")).unwrap();
        let own = at("own");
        let leads_out = |reader: &FolderReader, path: &str| reader.leads_out(path, &[&own]);
        let reader = FolderReader::default();
        let inside = ["own", "own/none", "own/deep/../none", "other/../own/deep"];
        for name in inside {
            assert_eq!(leads_out(&reader, &at(name)), None, "{name}");
        }
        for name in ["other/x", "own/../other/x", "own/link/x", "own/deep/../../other/x"] {
            let place = std::fs::canonicalize(at("other/x")).unwrap();
            assert_eq!(leads_out(&reader, &at(name)).as_deref(), place.to_str(), "{name}");
        }
        for name in ["own-not", "own/broken", "own/none/../../other/x", "/etc/passwd"] {
            assert!(leads_out(&reader, &at(name)).is_some(), "{name}");
        }
        let mut allowing = FolderReader::default();
        allowing.allow(Path::new(&at("other")));
        assert_eq!(leads_out(&allowing, &at("own/link/x")), None);
        let mut again = FolderReader::default();
        again.allow_again([at("other/x"), at("own/**")].iter());
        assert_eq!(leads_out(&again, &at("other/x")), None);
        assert!(leads_out(&again, &at("other/y")).is_some());
    }
}
