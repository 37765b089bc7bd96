//! Diagnoses modules on a thread of its own, so that the editor never waits for it.

use super::check::check;
use super::documents::{File, Module, Open, named};
use super::navigate::attribute_text;
use super::position::{Encoding, Lines};
use super::providers::Providers;
use super::uri;
use super::wire::Sender;
use gen_lsp_types::{
    Code, Diagnostic as Shown, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Message,
    PublishDiagnosticsParams, Uri,
};
use podform_model::{Diagnostic, Label, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender as Channel, channel};
use std::time::{Duration, Instant};

/// The most findings that are shown of one file; editors slow down on more.
const SHOWN: usize = 200;

/// How long typing can put off a diagnosis.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is to be diagnosed.
pub(super) struct Job {
    pub(super) module: Module,
    /// What is open, here and in the folders of the modules that are called.
    pub(super) open: Open,
}

/// The thread, as its user sees it.
pub(super) struct Diagnosing {
    jobs: Channel<Job>,
    thread: std::thread::JoinHandle<()>,
}

impl Diagnosing {
    /// Starts the thread.
    pub(super) fn start(
        sender: Sender,
        encoding: Encoding,
        providers: Providers,
        allowed: Vec<PathBuf>,
    ) -> Self {
        let (jobs, receiver) = channel();
        let mut worker = Worker { sender, encoding, providers, allowed, shown: BTreeMap::new() };
        let thread = std::thread::spawn(move || worker.run(&receiver));
        Self { jobs, thread }
    }

    /// Asks for a module to be diagnosed; a later wish for the same folder replaces this one.
    pub(super) fn ask(&self, job: Job) {
        // Without a thread there is nobody to tell.
        let _ = self.jobs.send(job);
    }

    /// Ends the thread after what it is at.
    pub(super) fn end(self) {
        drop(self.jobs);
        let _ = self.thread.join();
    }
}

struct Worker {
    sender: Sender,
    encoding: Encoding,
    providers: Providers,
    /// The folders in which downloaded modules may read.
    allowed: Vec<PathBuf>,
    /// The documents of each folder that something is shown in.
    shown: BTreeMap<PathBuf, BTreeSet<String>>,
}

impl Worker {
    fn run(&mut self, jobs: &Receiver<Job>) {
        let mut cost = Duration::ZERO;
        while let Ok(first) = jobs.recv() {
            let wanted = newest(first, jobs, cost / 2);
            let began = Instant::now();
            for job in wanted.into_values() {
                self.diagnose(&job);
                self.providers.look(&job.module.folder);
            }
            cost = began.elapsed();
        }
    }

    fn diagnose(&mut self, job: &Job) {
        let module = &job.module;
        // The module is looked at as a command in its folder would.
        if !module.folder.as_os_str().is_empty()
            && std::env::set_current_dir(&module.folder).is_err()
        {
            return;
        }
        let work = std::panic::AssertUnwindSafe(|| check(module, &job.open, &self.allowed));
        let Ok(found) = std::panic::catch_unwind(work) else { return };
        let mut by_file: BTreeMap<&str, Vec<Shown>> = BTreeMap::new();
        for diagnostic in found.iter() {
            let (file, shown) = self.shown(job, diagnostic);
            if let Some(file) = file {
                by_file.entry(&file.name).or_default().push(shown);
            }
        }
        let mut now = BTreeSet::new();
        for file in &module.files {
            let mut shown = by_file.remove(file.name.as_str()).unwrap_or_default();
            shown.truncate(SHOWN);
            // What is open always gets an answer, so that what was mended disappears.
            let was = self.shown.get(&module.folder).is_some_and(|s| s.contains(&file.uri.0));
            if !shown.is_empty() {
                now.insert(file.uri.0.clone());
            }
            if !shown.is_empty() || was || file.version.is_some() {
                self.publish(file.uri.clone(), file.version, shown);
            }
        }
        let before = self.shown.insert(module.folder.clone(), now).unwrap_or_default();
        for gone in before {
            if !module.files.iter().any(|file| file.uri.0 == gone) {
                self.publish(Uri(gone), None, Vec::new());
            }
        }
    }

    fn publish(&self, uri: Uri, version: Option<i32>, diagnostics: Vec<Shown>) {
        let params = PublishDiagnosticsParams { uri, version, diagnostics };
        self.sender.notify("textDocument/publishDiagnostics", params);
    }

    /// A finding as the client shows it, and in which file: the one of its main label; else of the
    /// module that is called, where it is called; else the first.
    fn shown<'j>(&self, job: &'j Job, found: &Diagnostic) -> (Option<&'j Arc<File>>, Shown) {
        let module = &job.module;
        let here = |label: &&Label| named(module, &label.file).is_some();
        let main = found.labels.iter().find(here);
        let (file, bytes) = match (main, found.labels.first()) {
            (Some(label), _) => (named(module, &label.file), bytes(label)),
            (None, Some(label)) => match caller(module, &label.file) {
                Some((file, bytes)) => (Some(file), bytes),
                None => (module.files.first(), 0..0),
            },
            (None, None) => (module.files.first(), 0..0),
        };
        let range = file.map(|file| file.lines.range(&bytes, self.encoding));
        let others =
            found.labels.iter().filter(|label| main.is_none_or(|m| !std::ptr::eq(m, *label)));
        let related: Vec<_> = others
            .filter_map(|label| {
                let message = if label.text.is_empty() { "here" } else { &label.text };
                let location = self.location(job, label)?;
                Some(DiagnosticRelatedInformation { location, message: message.into() })
            })
            .collect();
        let severity = match found.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
        };
        let shown = Shown {
            range: range.unwrap_or_default(),
            severity: Some(severity),
            code: Some(Code::String(found.code.clone())),
            source: Some("podform".into()),
            message: Message::String(message(found)),
            related_information: (!related.is_empty()).then_some(related),
            ..Shown::default()
        };
        (file, shown)
    }

    /// Where a label is, also in the folder of another module.
    fn location(&self, job: &Job, label: &Label) -> Option<Location> {
        let range = |lines: &Lines| lines.range(&bytes(label), self.encoding);
        let path = job.module.folder.join(&*label.file);
        let open = job.open.get(&path);
        if let Some(file) = named(&job.module, &label.file).or(open) {
            return Some(Location { uri: file.uri.clone(), range: range(&file.lines) });
        }
        let text = std::fs::read_to_string(&path).ok()?;
        Some(Location { uri: uri::of(&path), range: range(&Lines::of(text.into())) })
    }
}

/// The newest job of each folder, once none has come for a while: what costs much is not begun at
/// each key.
fn newest(first: Job, jobs: &Receiver<Job>, pause: Duration) -> BTreeMap<PathBuf, Job> {
    let mut wanted = BTreeMap::from([(first.module.folder.clone(), first)]);
    let until = Instant::now() + PATIENCE;
    let left = || until.saturating_duration_since(Instant::now());
    while let Ok(job) = jobs.recv_timeout(pause.min(left())) {
        wanted.insert(job.module.folder.clone(), job);
    }
    wanted
}

fn bytes(label: &Label) -> std::ops::Range<usize> {
    label.start as usize..label.end as usize
}

/// The block that calls the module which a file belongs to, by the beginning of its path.
fn caller<'m>(module: &'m Module, name: &str) -> Option<(&'m Arc<File>, std::ops::Range<usize>)> {
    module.files.iter().find_map(|file| {
        let block = file.outline().blocks().iter().find(|block| {
            let source =
                attribute_text(file, block, "source").filter(|_| block.kind.text == "module");
            let source = source.map(|source| Path::new(source.trim_matches('"')));
            source.is_some_and(|source| {
                let source = source.strip_prefix(".").unwrap_or(source);
                !source.as_os_str().is_empty() && Path::new(name).starts_with(source)
            })
        })?;
        let end = block.labels.last().unwrap_or(&block.kind).range.end;
        Some((file, block.kind.range.start..end))
    })
}

/// The text of a finding, with what helps.
fn message(found: &Diagnostic) -> String {
    let mut out = found.summary.clone();
    if let Some(detail) = &found.detail {
        out.push_str(&format!("\n{detail}"));
    }
    if let Some(help) = &found.help {
        out.push_str(&format!("\nhelp: {help}"));
    }
    out
}
