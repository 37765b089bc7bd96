//! The volumes of a task on an agent without `filesystem/linux`: shared folders by symbolic links.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path};

/// Where the volumes of a task lead.
pub(crate) struct Sandboxes<'a> {
    /// The executor's sandbox, which the tasks of a pod share.
    pub(crate) parent: &'a Path,
    /// The task's own sandbox.
    pub(crate) own: &'a Path,
}

/// Whether a path is safe to join: relative, and never upwards.
pub(crate) fn stays_inside(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// Makes the shared folder `path` in the executor's sandbox visible as `container_path` in the task's.
pub(crate) fn share(sandboxes: &Sandboxes<'_>, path: &str, container_path: &str) -> io::Result<()> {
    let source = sandboxes.parent.join(path);
    std::fs::create_dir_all(&source)?;
    link(&source, &sandboxes.own.join(container_path))
}

/// Makes a folder or file of the host visible as `container_path` in the task's sandbox.
pub(crate) fn link(source: &Path, target: &Path) -> io::Result<()> {
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match symlink(source, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if std::fs::read_link(target).is_ok_and(|existing| existing == source) {
                Ok(())
            } else {
                Err(error)
            }
        }
        result => result,
    }
}
