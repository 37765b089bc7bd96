//! Loading the plugins that Cargo has built for the tests, and a scripted session.

use podform_model::{Address, Value};
use podform_plugin_host::{
    Candidate, HostOptions, Isolation, LoadedProvider, LogLevel, SearchPath, discover, load,
};
use podform_provider::{
    Action, ApplySession, Configure, Event, Intent, Launch, Next, Outcome, Proceed, ReadRequest,
    SecretQuery, Step,
};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Both ways to run a plugin.
pub(crate) const BOTH: [Isolation; 2] = [Isolation::Process, Isolation::None];

/// The lines of the plugins' logs, to be waited for.
#[derive(Default)]
pub(crate) struct Lines {
    lines: Mutex<Vec<(String, LogLevel, String)>>,
    added: Condvar,
}

impl Lines {
    /// Waits for a line that contains this text.
    pub(crate) fn wait_for(&self, text: &str) -> (String, LogLevel, String) {
        let find = |lines: &Vec<(String, LogLevel, String)>| {
            lines.iter().find(|line| line.2.contains(text)).cloned()
        };
        let lines = self.lines.lock().unwrap();
        let (lines, _) = self
            .added
            .wait_timeout_while(lines, Duration::from_secs(60), |lines| find(lines).is_none())
            .unwrap();
        find(&lines).unwrap_or_else(|| panic!("no line with `{text}` in {lines:?}"))
    }
}

/// Options that run the tests' own host program.
pub(crate) fn options(isolation: Isolation) -> (HostOptions, Arc<Lines>) {
    let lines = Arc::new(Lines::default());
    let sink = lines.clone();
    let mut options = HostOptions::new(env!("CARGO_BIN_EXE_podform-plugin-host"));
    options.isolation = isolation;
    options.log = Arc::new(move |name, level, text| {
        sink.lines.lock().unwrap().push((name.to_owned(), level, text.to_owned()));
        sink.added.notify_all();
    });
    (options, lines)
}

/// Finds a plugin of the tests: beside the test program, or among the examples.
pub(crate) fn candidate(name: &str) -> Candidate {
    let executable = std::env::current_exe().unwrap();
    let examples = executable.ancestors().nth(2).unwrap().join("examples");
    let search =
        SearchPath { user: Some(examples), executable: Some(executable), ..SearchPath::default() };
    discover(name, &search).unwrap()
}

/// Loads a plugin of the tests.
pub(crate) fn loaded(name: &str, isolation: Isolation) -> (LoadedProvider, Arc<Lines>) {
    let (options, lines) = options(isolation);
    (load(&candidate(name), None, &options).unwrap(), lines)
}

/// Settings for a provider, with the folder that relative paths start from.
pub(crate) fn configure<const N: usize>(
    folder: &std::path::Path,
    settings: [(&str, Value); N],
) -> Configure {
    Configure {
        settings: Value::object(settings),
        folder: folder.display().to_string(),
        lineage: "test".into(),
        private: serde_json::Value::Null,
        key: None,
        caller: "tester".into(),
    }
}

/// A read that tells the faulty plugin what to do.
pub(crate) fn fault(fault: &str) -> ReadRequest {
    let query =
        SecretQuery { store: None, source: fault.into(), known_version: None, known_digest: None };
    ReadRequest { secrets: vec![query], ..ReadRequest::default() }
}

/// A step that launches one instance of a pod.
pub(crate) fn create(id: u32, name: &str) -> Step {
    Step {
        id,
        address: Address::pod(name),
        pod_id: format!("/{name}"),
        action: Action::Create,
        value: Some(Value::object([("id", Value::from(format!("/{name}")))])),
        existing: vec![],
        launch: vec![Launch { slot: 0, generation: "g1".into() }],
        stop: vec![],
        roll: false,
        secrets: BTreeMap::new(),
        timeout: 60.0,
    }
}

/// What a session saw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Saw {
    /// An intent.
    Intent(Intent),
    /// An outcome.
    Outcome(Outcome),
    /// Progress.
    Event(Event),
}

/// A session that gives out steps, and remembers what it is told.
pub(crate) struct Script {
    steps: Mutex<VecDeque<Next>>,
    changed: Condvar,
    /// What it answers to intents.
    pub(crate) proceed: Proceed,
    /// All it was told, in order.
    pub(crate) saw: Mutex<Vec<Saw>>,
}

impl Script {
    /// Gives out these, one at each call; then waits for [`Script::push`].
    pub(crate) fn new(steps: Vec<Next>) -> Self {
        Self {
            steps: Mutex::new(steps.into()),
            changed: Condvar::new(),
            proceed: Proceed::Go,
            saw: Mutex::default(),
        }
    }

    /// Gives out one more.
    pub(crate) fn push(&self, next: Next) {
        self.steps.lock().unwrap().push_back(next);
        self.changed.notify_all();
    }

    /// What it was told.
    pub(crate) fn told(&self) -> Vec<Saw> {
        self.saw.lock().unwrap().clone()
    }

    fn see(&self, saw: Saw) {
        self.saw.lock().unwrap().push(saw);
    }
}

impl ApplySession for Script {
    fn next(&self, wait: Duration) -> Next {
        let steps = self.steps.lock().unwrap();
        let (mut steps, _) =
            self.changed.wait_timeout_while(steps, wait, |steps| steps.is_empty()).unwrap();
        match steps.front() {
            None => Next::Wait,
            Some(last @ (Next::Cancelled | Next::Finished)) => last.clone(),
            Some(_) => steps.pop_front().unwrap(),
        }
    }

    fn intend(&self, intents: Vec<Intent>) -> Proceed {
        intents.into_iter().for_each(|intent| self.see(Saw::Intent(intent)));
        self.proceed
    }

    fn outcome(&self, outcome: Outcome) {
        self.see(Saw::Outcome(outcome));
    }

    fn event(&self, event: Event) {
        self.see(Saw::Event(event));
    }
}

/// A copy of a plugin's file in a folder of its own, to be changed.
pub(crate) fn copy(name: &str, folder: &std::path::Path) -> PathBuf {
    let original = candidate(name).path;
    let copy = folder.join(original.file_name().unwrap());
    std::fs::copy(original, &copy).unwrap();
    copy
}
