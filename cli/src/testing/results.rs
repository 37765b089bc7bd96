//! What a test run gave: by file, by `run` block.

use podform_model::Diagnostics;
use std::time::Duration;

/// How a file or a `run` block ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything held.
    Pass,
    /// It was not tried: what came before it could not be done.
    Skip,
    /// An assertion did not hold, or an expected failure did not come.
    Fail,
    /// It could not be done.
    Error,
}

impl Status {
    /// The word for it, as `terraform test` says it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// One `run` block.
#[derive(Debug, Clone)]
pub struct RunResult {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// Why it did not pass, and warnings.
    pub diagnostics: Diagnostics,
    /// How long it took.
    pub took: Duration,
    /// With `-verbose`: what it planned or what the state is after it.
    pub shown: Option<String>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct FileResult {
    /// Its name, relative to the configuration's folder.
    pub name: String,
    /// Its `run` blocks, in order.
    pub runs: Vec<RunResult>,
    /// What is wrong with the file as a whole, or kept it from being cleaned up.
    pub diagnostics: Diagnostics,
    /// How long it took, with cleaning up.
    pub took: Duration,
}

impl FileResult {
    /// The worst of its parts.
    #[must_use]
    pub fn status(&self) -> Status {
        let own = if self.diagnostics.has_errors() { Status::Error } else { Status::Pass };
        self.runs.iter().map(|run| run.status).fold(own, Status::max)
    }
}

/// How many `run` blocks ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// Failed, or could not be done.
    pub failed: usize,
    /// Not tried.
    pub skipped: usize,
}

/// The counts over all files.
#[must_use]
pub fn counts(files: &[FileResult]) -> Counts {
    let mut out = Counts::default();
    for run in files.iter().flat_map(|file| &file.runs) {
        match run.status {
            Status::Pass => out.passed += 1,
            Status::Skip => out.skipped += 1,
            Status::Fail | Status::Error => out.failed += 1,
        }
    }
    out
}

/// The worst over all files.
#[must_use]
pub fn status(files: &[FileResult]) -> Status {
    files.iter().map(FileResult::status).fold(Status::Pass, Status::max)
}
