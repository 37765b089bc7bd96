//! A downloaded tree: what its hash is over, and what may not be in it.

use sha2::{Digest, Sha256};
use std::io::{Error, Read, Result};
use std::path::{Path, PathBuf};

/// The most bytes that a module may have when it is unpacked.
pub(super) const MAX_BYTES: u64 = 256 * 1024 * 1024;
/// The most files that a module may have.
pub(super) const MAX_FILES: usize = 20_000;

/// The hash of a tree: the names of its files, and what is in them.
///
/// # Errors
/// A file cannot be read, is a link or a device, or there are too many of them.
pub(super) fn hash(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    list(root, root, &mut files)?;
    files.sort();
    let mut hasher = Sha256::new();
    let mut total = 0;
    for file in files {
        let path = root.join(&file);
        let name = file.to_string_lossy();
        let length = std::fs::metadata(&path)?.len();
        total += length;
        if total > MAX_BYTES {
            return Err(too_large());
        }
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(length.to_le_bytes());
        let mut content = Vec::new();
        std::fs::File::open(&path)?.take(length).read_to_end(&mut content)?;
        hasher.update(&content);
    }
    Ok(format!("sha256:{}", hex::encode(hasher.finalize())))
}

fn list(root: &Path, folder: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() {
            list(root, &path, out)?;
        } else if kind.is_file() {
            let inner = path.strip_prefix(root).map_err(Error::other)?;
            out.push(inner.to_owned());
        } else {
            let path = path.display();
            return Err(Error::other(format!("`{path}` is neither a file nor a folder")));
        }
        if out.len() > MAX_FILES {
            return Err(Error::other(format!("it has more than {MAX_FILES} files")));
        }
    }
    Ok(())
}

/// Why a module with too many bytes is refused.
pub(super) fn too_large() -> Error {
    Error::other(format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_names_and_contents() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("a/x"), "1").unwrap();
        let first = hash(root).unwrap();
        assert_eq!(first, hash(root).unwrap());
        std::fs::write(root.join("a/x"), "2").unwrap();
        let other = hash(root).unwrap();
        assert_ne!(first, other);
        std::fs::rename(root.join("a/x"), root.join("a/y")).unwrap();
        assert_ne!(other, hash(root).unwrap());
    }

    #[test]
    fn a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("x")).unwrap();
        let error = hash(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("is neither a file nor a folder"), "{error}");
    }
}
