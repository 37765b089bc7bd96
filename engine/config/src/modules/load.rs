//! Reads the modules that a configuration calls, each folder once.

use super::{ModuleId, ModuleReader, ModuleSource, ROOT, RemoteModule, Tree};
use crate::config::{Call, Module};
use crate::declare::Declaring;
use crate::ir::{Body, Name};
use crate::source::{Names, SourceFile, Sources, Span};
use crate::{overrides, syntax};
use podform_model::{Diagnostic, Diagnostics, code};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The most modules of a configuration.
const MAX_MODULES: usize = 10_000;
/// The most modules within one another.
const MAX_DEPTH: usize = 50;

/// Reads modules.
pub(crate) struct Loader<'a> {
    pub(crate) reader: &'a dyn ModuleReader,
    pub(crate) sources: Sources,
    pub(crate) diagnostics: Diagnostics,
    names: Names,
    /// What was read, by folder; `None` for what could not be.
    known: HashMap<String, Option<Arc<Module>>>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(reader: &'a dyn ModuleReader) -> Self {
        Self {
            reader,
            sources: Sources::default(),
            diagnostics: Diagnostics::new(),
            names: Names::default(),
            known: HashMap::new(),
        }
    }

    /// Reads the root module and all that it calls.
    pub(crate) fn tree(&mut self, folder: &str, files: Vec<SourceFile>) -> Tree {
        let root = Arc::new(self.module(files, folder, None, false));
        let mut tree = Tree::new(root);
        let mut todo = VecDeque::from([ROOT]);
        while let Some(id) = todo.pop_front() {
            let module = tree.node(id).module.clone();
            for (name, call) in &module.calls {
                if let Some(inner) = self.called(&tree, id, call) {
                    todo.push_back(tree.add(id, name, inner));
                }
            }
        }
        tree
    }

    /// Reads the files of one module.
    fn module(
        &mut self,
        files: Vec<SourceFile>,
        folder: &str,
        base: Option<Name>,
        called: bool,
    ) -> Module {
        let first = self.sources.files.len();
        for file in files {
            match file.checked() {
                Ok(file) => self.sources.files.push(file),
                Err(diagnostic) => self.diagnostics.push(diagnostic),
            }
        }
        let bodies: Vec<(usize, Body)> = (first..self.sources.files.len())
            .filter_map(|file| {
                let read =
                    syntax::read(&self.sources, file, &mut self.names, &mut self.diagnostics);
                Some((file, read?))
            })
            .collect();
        let bodies = overrides::merge(bodies, &self.sources, &mut self.diagnostics);
        let mut declaring = Declaring::new(&self.sources, &mut self.diagnostics);
        declaring.module.folder = folder.into();
        declaring.module.base = base;
        declaring.called = called;
        for body in bodies {
            declaring.file(body);
        }
        declaring.module
    }

    /// The module that a block calls; why there is none is reported.
    fn called(&mut self, tree: &Tree, caller: ModuleId, call: &Call) -> Option<Arc<Module>> {
        let span = call.source.1;
        match self.place(&tree.node(caller).module, call) {
            Ok((folder, base)) => {
                self.guard(tree, caller, call, &folder)?;
                if let Some(known) = self.known.get(&folder) {
                    return known.clone();
                }
                let read = self.read(&folder, base, span).map(Arc::new);
                self.known.insert(folder, read.clone());
                read
            }
            Err(mut found) => {
                if found.labels.is_empty() {
                    found.labels.push(self.sources.label(span, "needed here"));
                }
                self.diagnostics.push(*found);
                None
            }
        }
    }

    fn read(&mut self, folder: &str, base: Option<Name>, span: Span) -> Option<Module> {
        let found = match self.reader.files(folder) {
            Ok(files) if files.is_empty() => Diagnostic::error(
                code::MODULE_SOURCE,
                format!(
                    "the folder `{folder}` holds no `*.pf.hcl` or `*.pf.json` file, so it is no module"
                ),
            ),
            Ok(files) => return Some(self.module(files, folder, base, true)),
            Err(found) => *found,
        };
        self.diagnostics.push(found.label(self.sources.label(span, "needed here")));
        None
    }

    /// The folder of a called module, and the package that it must not leave.
    fn place(
        &self,
        caller: &Module,
        call: &Call,
    ) -> Result<(String, Option<Name>), Box<Diagnostic>> {
        let (text, span) = &call.source;
        let source = ModuleSource::parse(text).map_err(|fault| {
            let summary = format!("`{text}` is not the source of a module: {}", fault.message);
            let label = self.sources.label(*span, "not a source");
            Diagnostic::error(code::MODULE_SOURCE, summary).label(label).help(fault.help)
        })?;
        if let Some((_, span)) = &call.version {
            let summary = "`version` is for modules of a registry, which have versions";
            let help = match source {
                ModuleSource::Local(_) => "remove `version`",
                ModuleSource::Remote(_) => {
                    "remove `version`, and name the release in `source`, as `?ref=v1.2.0`"
                }
            };
            let label = self.sources.label(*span, "this source has no versions");
            return Err(Box::new(
                Diagnostic::error(code::MODULE_SOURCE, summary).label(label).help(help),
            ));
        }
        match source {
            ModuleSource::Local(path) => self.local(caller, &path, *span),
            ModuleSource::Remote(remote) => self.remote(&remote),
        }
    }

    fn local(
        &self,
        caller: &Module,
        path: &str,
        span: Span,
    ) -> Result<(String, Option<Name>), Box<Diagnostic>> {
        let folder = joined(&caller.folder, path);
        match &caller.base {
            Some(base) if !within(&folder, base) => {
                let summary = format!("`{path}` leaves the downloaded module that names it");
                let label = self.sources.label(span, "outside of what was downloaded");
                Err(Box::new(
                    Diagnostic::error(code::MODULE_SOURCE, summary)
                        .label(label)
                        .help("tell the author of the module: its parts must be within it"),
                ))
            }
            base => Ok((folder, base.clone())),
        }
    }

    fn remote(&self, remote: &RemoteModule) -> Result<(String, Option<Name>), Box<Diagnostic>> {
        let base = self.reader.installed(remote)?;
        let folder = joined(&base, remote.folder());
        Ok((folder, Some(base.into())))
    }

    /// Refuses a module within itself, and a tree without bounds.
    fn guard(&mut self, tree: &Tree, caller: ModuleId, call: &Call, folder: &str) -> Option<()> {
        let way = tree.way(caller);
        let label = self.sources.label(call.source.1, "");
        let around = std::iter::once(ROOT).chain(way.iter().copied());
        let folders: Vec<Name> = around.map(|id| tree.node(id).module.folder.clone()).collect();
        if let Some(at) = folders.iter().position(|around| **around == *folder) {
            let circle = folders.iter().skip(at).map(|folder| format!("`{folder}`"));
            let circle: Vec<String> = circle.chain([format!("`{folder}`")]).collect();
            let summary = match &*circle {
                [one, _] => format!("the module {one} calls itself"),
                _ => format!("these modules call one another in a circle: {}", circle.join(" → ")),
            };
            self.diagnostics.push(Diagnostic::error(code::CYCLE, summary).label(label));
            return None;
        }
        let limit = match () {
            () if way.len() >= MAX_DEPTH => format!("at most {MAX_DEPTH} modules deep"),
            () if tree.len() >= MAX_MODULES => format!("at most {MAX_MODULES} modules large"),
            () => return Some(()),
        };
        let summary = format!("a configuration may be {limit}");
        let already = self.diagnostics.iter().any(|found| found.summary == summary);
        if !already {
            self.diagnostics.push(Diagnostic::error(code::MODULE_SOURCE, summary).label(label));
        }
        None
    }
}

/// A path within another, without `.` and `..` where they can be resolved.
pub(super) fn joined(folder: &str, path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if out.last().is_some_and(|last| *last != "..") => drop(out.pop()),
            other => out.push(other),
        }
    }
    if out.is_empty() { ".".into() } else { out.join("/") }
}

/// Whether a folder is another one, or in it.
fn within(folder: &str, base: &str) -> bool {
    folder.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
