//! Says which live pods are read for `data` blocks.

use crate::report::printable;
use podform_model::DataAddress;
use podform_runtime::Reading;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::Instant;

/// When the reads that are under way began.
#[derive(Debug, Default)]
pub(crate) struct Begun(Mutex<BTreeMap<DataAddress, Instant>>);

impl Begun {
    /// One begins.
    pub(crate) fn begin(&self, address: &DataAddress) {
        if let Ok(mut begun) = self.0.lock() {
            begun.insert(address.clone(), Instant::now());
        }
    }

    /// One ends; how many seconds it took.
    pub(crate) fn end(&self, address: &DataAddress) -> u64 {
        let begun = self.0.lock().ok().and_then(|mut begun| begun.remove(address));
        begun.map_or(0, |begun| begun.elapsed().as_secs())
    }
}

/// The line for a read that begins.
pub(crate) fn beginning(address: &DataAddress) -> String {
    format!("{address}: Reading…")
}

/// The line for one that ended.
pub(crate) fn ending(address: &DataAddress, id: &str, seconds: u64) -> String {
    format!("{address}: Read complete after {seconds}s [id={id}]")
}

/// The reads of a plan: lines on stderr, nothing where the answer is JSON.
pub(crate) struct Reads {
    silent: bool,
    begun: Begun,
}

impl Reads {
    /// Nothing is read yet.
    #[must_use]
    pub(crate) fn new(silent: bool) -> Self {
        Self { silent, begun: Begun::default() }
    }

    fn line(&self, text: &str) {
        if !self.silent {
            let _ = writeln!(std::io::stderr().lock(), "{}", printable(text));
        }
    }
}

impl Reading for Reads {
    fn begins(&self, address: &DataAddress) {
        self.begun.begin(address);
        self.line(&beginning(address));
    }

    fn ends(&self, address: &DataAddress, id: &str) {
        self.line(&ending(address, id, self.begun.end(address)));
    }
}
