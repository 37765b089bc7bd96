//! Runs one test file: its `run` blocks in order, each plan or apply over a state of its own, and
//! at the end everything is destroyed again.

use super::bench::{Bench, Ground};
use super::cast::Cast;
use super::results::{FileResult, RunResult, Status};
use crate::args::ClusterArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::render;
use crate::workspace::{Given, read_variables};
use podform_config::testing::{Ending, Run, Seen};
use podform_config::{SourceFile, VariableInput};
use podform_model::{Address, Diagnostic, Diagnostics, Looked, Value, code};
use podform_plan::{Mode, Options, ReplaceTarget};
use podform_runtime::Cancel;
use std::collections::BTreeMap;
use std::time::Instant;
use tempfile::TempDir;

/// What holds for all files of a test run.
pub struct Terms<'a> {
    /// The streams.
    pub context: &'a Context,
    /// Values for variables.
    pub given: &'a [Given],
    /// Which cluster: the development cluster, unless a provider is mocked.
    pub cluster: ClusterArgs,
    /// Whether plans are shown.
    pub verbose: bool,
    /// Whether the user wants to stop.
    pub cancel: &'a Cancel,
}

/// One file under way.
struct Session<'a> {
    terms: &'a Terms<'a>,
    file: SourceFile,
    folder: TempDir,
    given: BTreeMap<String, VariableInput>,
    /// By the source of the module; the root is `.`.
    benches: BTreeMap<String, Bench>,
    cast: Cast,
    /// The outputs of the runs so far.
    runs: BTreeMap<String, BTreeMap<String, Value>>,
}

/// Runs a file and cleans up after it.
#[must_use]
pub fn run(terms: &Terms<'_>, file: &SourceFile) -> FileResult {
    let begun = Instant::now();
    let mut result = FileResult {
        name: file.name.to_string(),
        runs: Vec::new(),
        diagnostics: Diagnostics::new(),
        took: begun.elapsed(),
    };
    match Session::new(terms, file) {
        Ok(mut session) => {
            session.runs(&mut result);
            session.tear_down(&mut result);
            let benches = session.benches.into_values();
            let warnings = benches.flat_map(|bench| bench.warnings).collect();
            result.diagnostics.extend(Diagnostics(warnings));
        }
        Err(failure) => result.diagnostics.extend(failure.0),
    }
    result.took = begun.elapsed();
    result
}

impl<'a> Session<'a> {
    fn new(terms: &'a Terms<'a>, file: &SourceFile) -> Result<Self> {
        let folder = TempDir::new()
            .map_err(|error| Failure::file("make a folder in", &std::env::temp_dir(), &error))?;
        let mut session = Self {
            terms,
            file: file.clone(),
            folder,
            given: read_variables(terms.context, terms.given)?,
            benches: BTreeMap::new(),
            cast: Cast::default(),
            runs: BTreeMap::new(),
        };
        session.open(".")?;
        Ok(session)
    }

    /// Reads a module, the test file against it, and opens a state for it.
    fn open(&mut self, source: &str) -> Result<()> {
        if self.benches.contains_key(source) {
            return Ok(());
        }
        let of = (source != ".").then_some(source);
        let state = self.folder.path().join(format!("state-{}.json", self.benches.len()));
        let bench = Bench::open(self.terms, of, &self.file, &state)?;
        self.benches.insert(source.to_owned(), bench);
        Ok(())
    }

    fn runs(&mut self, result: &mut FileResult) {
        let count = self.benches.get(".").map_or(0, |bench| bench.test.runs().len());
        let mut broken = false;
        for at in 0..count {
            let Some(name) = self.run_at(".", at).map(|run| run.name().to_owned()) else { return };
            let begun = Instant::now();
            let mut outcome = RunResult {
                name,
                status: Status::Skip,
                diagnostics: Diagnostics::new(),
                took: begun.elapsed(),
                shown: None,
            };
            if !broken && !self.terms.cancel.is_cancelled() {
                self.one(at, &mut outcome);
                broken = outcome.status == Status::Error;
            }
            outcome.took = begun.elapsed();
            result.runs.push(outcome);
        }
    }

    fn run_at(&self, source: &str, at: usize) -> Option<&Run> {
        self.benches.get(source)?.test.runs().get(at)
    }

    /// Does one `run` block.
    fn one(&mut self, at: usize, outcome: &mut RunResult) {
        let source = self.run_at(".", at).and_then(Run::source).unwrap_or(".").to_owned();
        let mut ending = Ending::Planned;
        let tried =
            self.open(&source).and_then(|()| self.perform(&source, at, &mut ending, outcome));
        let failed = tried.as_ref().is_ok_and(Diagnostics::has_errors);
        outcome.diagnostics.extend(tried.unwrap_or_else(|failure| failure.0));
        let broken = !failed && outcome.diagnostics.has_errors();
        outcome.status = Status::Error;
        let Some(bench) = self.benches.get(&source) else { return };
        let Some(run) = bench.test.runs().get(at) else { return };
        bench.workspace.locate(&mut outcome.diagnostics);
        let ending = if run.apply { ending } else { Ending::Whole };
        let configuration = &bench.workspace.configuration;
        let came = configuration.test_expected(run, ending, &mut outcome.diagnostics);
        outcome.status = match (outcome.diagnostics.has_errors(), broken && !came) {
            (false, _) => Status::Pass,
            (true, false) => Status::Fail,
            (true, true) => Status::Error,
        };
    }

    /// Plans or applies. What is wrong before anything can be asserted is in the outcome or an
    /// error; what is returned is of the assertions.
    fn perform(
        &mut self,
        source: &str,
        at: usize,
        ending: &mut Ending,
        outcome: &mut RunResult,
    ) -> Result<Diagnostics> {
        let seen = Seen { runs: self.runs.clone(), ..Seen::default() };
        outcome.diagnostics.extend(self.prepare(source, at, &seen)?);
        let terms = self.terms;
        let Some(bench) = self.benches.get_mut(source) else { return Ok(Diagnostics::new()) };
        let Some(run) = bench.test.runs().get(at) else { return Ok(Diagnostics::new()) };
        let (options, applies) = (options(run), run.apply);
        let mut ground = Ground { terms, cast: &mut self.cast };
        let connection = ground.connect(bench)?;
        let planned = bench.plan(&connection, &options)?;
        outcome.diagnostics.extend(planned.diagnostics.clone());
        if terms.verbose {
            outcome.shown =
                Some(render::plan::render(&planned.plan, &options, terms.context.color));
        }
        if outcome.diagnostics.has_errors() {
            return Ok(Diagnostics::new());
        }
        *ending = Ending::Whole;
        let seen = if applies {
            // The apply says anew what it finds of checks: some may hold only then.
            let of_check = [code::CHECK, code::CHECK_UNKNOWN, code::DATA_NOT_FOUND];
            outcome.diagnostics.0.retain(|one| !of_check.contains(&one.code.as_str()));
            let (found, outputs) = bench.apply(&connection, &planned, terms.cancel)?;
            outcome.diagnostics.extend(found);
            bench.seen(&planned, seen, Some(outputs))
        } else {
            bench.seen(&planned, seen, None)
        };
        self.runs.insert(outcome.name.clone(), seen.outputs.clone());
        if outcome.diagnostics.has_errors() {
            return Ok(Diagnostics::new());
        }
        Ok(bench.asserts(at, &planned, &seen, applies))
    }

    /// Gives a module what a run sets: the values of variables, mocks and overrides.
    fn prepare(&mut self, source: &str, at: usize, seen: &Seen) -> Result<Diagnostics> {
        let Some(bench) = self.benches.get_mut(source) else { return Ok(Diagnostics::new()) };
        let Some(run) = bench.test.runs().get(at) else { return Ok(Diagnostics::new()) };
        bench.workspace.variables = self.given.clone();
        bench.workspace.overrides = Default::default();
        let configuration = &bench.workspace.configuration;
        let computed = BTreeMap::new();
        let inputs = bench.workspace.inputs(&computed, Looked::NOTHING);
        let (variables, found) = configuration.test_variables(&bench.test, run, &inputs, seen);
        if found.has_errors() {
            return Err(found.into());
        }
        bench.workspace.variables = variables;
        let inputs = bench.workspace.inputs(&computed, Looked::NOTHING);
        let (mut mocked, found) = configuration.test_mocks(&bench.test, run, &inputs, seen);
        if found.has_errors() {
            return Err(found.into());
        }
        bench.workspace.overrides = std::mem::take(&mut mocked.overrides);
        self.cast.prepare(mocked);
        Ok(found)
    }

    /// Destroys what the runs made, the last module first. What stays is named.
    fn tear_down(&mut self, result: &mut FileResult) {
        let mut ground = Ground { terms: self.terms, cast: &mut self.cast };
        let mut left = Vec::new();
        for bench in self.benches.values_mut().rev() {
            if bench.writer.state().is_empty() {
                continue;
            }
            if let Err(failure) = ground.destroy(bench) {
                result.diagnostics.extend(failure.0);
            }
            left.extend(bench.writer.state().pods.keys().map(Address::to_string));
        }
        if left.is_empty() {
            return;
        }
        // The state says what is left, so it must stay too.
        self.folder.disable_cleanup(true);
        let place = self.folder.path().display();
        let summary = format!("the test left pods behind: {}", left.join(", "));
        result.diagnostics.push(
            Diagnostic::error(code::TEST_LEFT, summary)
                .detail(format!("Its states are in `{place}`."))
                .help("end them with the development cluster: `podform dev down`"),
        );
    }
}

/// The options of a run's plan.
fn options(run: &Run) -> Options {
    let mut options = Options::new(uuid::Uuid::new_v4().to_string(), crate::setup::now());
    options.refresh = run.refresh;
    options.mode = if run.refresh_only { Mode::RefreshOnly } else { Mode::Normal };
    options.targets.clone_from(&run.targets);
    let whole = |address: &Address| ReplaceTarget { address: address.clone(), slot: None };
    options.replace = run.replace.iter().map(whole).collect();
    options
}
