//! What the plugins that a folder has locked say of their settings.

use crate::context::Context;
use crate::error::Result;
use crate::lockfile::LOCK_FILE;
use crate::plugins::Plugins;
use podform_provider::Description;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// The answers of the plugins, by folder; one thread asks, another reads.
#[derive(Clone, Default)]
pub(super) struct Providers(Arc<Mutex<BTreeMap<PathBuf, Described>>>);

/// The lock file as it was when the plugins were asked, and their answers.
struct Described {
    locked: Option<SystemTime>,
    answers: Arc<[Description]>,
}

impl Providers {
    /// The descriptions for a folder; none before its plugins were asked.
    pub(super) fn of(&self, folder: &Path) -> Arc<[Description]> {
        let known = self.0.lock().ok();
        let known = known.as_ref().and_then(|known| known.get(folder));
        known.map_or_else(|| Arc::from([]), |described| described.answers.clone())
    }

    /// Asks the plugins that the lock file of a folder, which is the current one, names; again
    /// only when the file has changed.
    pub(super) fn look(&self, folder: &Path) {
        let locked = std::fs::metadata(LOCK_FILE).and_then(|found| found.modified()).ok();
        let unchanged = |described: &Described| described.locked == locked;
        if self.0.lock().is_ok_and(|all| all.get(folder).is_some_and(unchanged)) {
            return;
        }
        // A plugin that cannot be loaded has nothing to say here; the commands say why.
        let answers = locked.and_then(|_| descriptions().ok()).unwrap_or_default();
        if let Ok(mut all) = self.0.lock() {
            all.insert(folder.to_owned(), Described { locked, answers: answers.into() });
        }
    }
}

fn descriptions() -> Result<Vec<Description>> {
    let context = Context::new(true, false);
    let Some(plugins) = Plugins::open_locked(&context, &[])? else { return Ok(Vec::new()) };
    let loaded = plugins.names().filter_map(|name| plugins.load(name).ok());
    Ok(loaded.map(|connected| connected.description).collect())
}
