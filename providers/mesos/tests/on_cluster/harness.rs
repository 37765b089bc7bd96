//! A development cluster in this process, a configured provider, and a host that writes down what
//! it is told.

use podform_dev::{AgentOptions, Cluster, Options, Timing};
use podform_model::defaults;
use podform_model::{Address, InstanceRecord, Intent, Outcome, Value};
use podform_provider::{
    Action, ApplyRequest, ApplySession, Configure, Event, Launch, Next, Observed, Proceed,
    Provider, ProviderError, ReadRequest, RecordedPod, Standing, Step,
};
use podform_provider_mesos::MesosProvider;
use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// The key of digests in these tests.
pub(crate) const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster, its folder, and the private data that a state would keep.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) private: Mutex<serde_json::Value>,
    settings: Vec<(&'static str, Value)>,
}

/// Quick intervals, so that tests wait for events and not for clocks.
pub(crate) fn options(agents: u16) -> (tempfile::TempDir, Options) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        agents: AgentOptions::several(agents),
        folder: folder.path().join("work"),
        timing: Timing {
            allocation: Duration::from_millis(50),
            executor_start: Duration::from_millis(10),
            executor_stop: Duration::from_millis(10),
            reregister: Duration::from_millis(100),
            ..Timing::default()
        },
        ..Options::default()
    };
    (folder, options)
}

impl World {
    /// A cluster of two agents.
    pub(crate) fn new() -> Self {
        Self::with(options(2))
    }

    /// A cluster of one's own making.
    pub(crate) fn with((folder, options): (tempfile::TempDir, Options)) -> Self {
        let cluster = Cluster::start(options).unwrap();
        Self { cluster, folder, private: Mutex::new(serde_json::Value::Null), settings: Vec::new() }
    }

    /// With one more setting of the provider.
    pub(crate) fn set(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// A provider as a run of podform makes it: from the settings and what the state keeps.
    pub(crate) fn provider(&self) -> MesosProvider {
        let provider = MesosProvider::default();
        let masters = Value::list(vec![self.cluster.url.as_str().into()]);
        let pairs = [("masters", masters)].into_iter().chain(self.settings.iter().cloned());
        let request = Configure {
            settings: Value::object(pairs),
            folder: self.folder.path().display().to_string(),
            lineage: "lineage-1".into(),
            private: self.private.lock().unwrap().clone(),
            key: Some(KEY.into()),
            caller: whoami(),
        };
        provider.configure(&request).unwrap();
        provider
    }

    /// The ids of the tasks that run, by container.
    pub(crate) fn tasks(&self) -> Vec<String> {
        self.cluster.status().tasks.into_iter().map(|task| task.id).collect()
    }

    /// Returns when no task runs any more.
    pub(crate) fn wait_until_empty(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.tasks().is_empty() {
            assert!(Instant::now() < deadline, "still there: {:?}", self.cluster.status().tasks);
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Makes a fault happen.
    pub(crate) fn fault(&self, hook: &str) {
        self.post(&format!("/dev/{hook}"), "");
    }

    /// Makes a call of the operator API.
    pub(crate) fn operator(&self, call: &str) {
        self.post("/api/v1", call);
    }

    fn post(&self, path: &str, body: &str) {
        let address = self.cluster.url.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Applies steps in a session of their own and gives what the host was told.
    pub(crate) fn apply(&self, steps: Vec<Step>) -> Host<'_> {
        self.apply_as(ApplyRequest::default(), steps)
    }

    /// The same with a request of one's own.
    pub(crate) fn apply_as(&self, request: ApplyRequest, steps: Vec<Step>) -> Host<'_> {
        let provider = self.provider();
        let host = Host::new(self);
        host.hand_out(steps);
        host.finish();
        let result = provider.apply(&request, &host);
        *host.result.lock().unwrap() = Some(result);
        host
    }

    /// Looks at the records.
    pub(crate) fn read(&self, records: &[InstanceRecord]) -> Observed {
        self.try_read(records).unwrap()
    }

    /// The same, with its error.
    pub(crate) fn try_read(&self, records: &[InstanceRecord]) -> Result<Observed, ProviderError> {
        let pods = vec![recorded(records)];
        self.provider().read(&ReadRequest { pods, ..ReadRequest::default() })
    }

    /// Looks until what is seen satisfies a condition.
    pub(crate) fn read_until(
        &self,
        records: &[InstanceRecord],
        what: &str,
        holds: impl Fn(&Observed) -> bool,
    ) -> Observed {
        let deadline = Instant::now() + PATIENCE;
        let provider = self.provider();
        loop {
            let pods = vec![recorded(records)];
            let observed = provider.read(&ReadRequest { pods, ..ReadRequest::default() }).unwrap();
            if holds(&observed) {
                return observed;
            }
            assert!(Instant::now() < deadline, "never came: {what}: {observed:?}");
            std::thread::yield_now();
        }
    }
}

/// The pod `web` with these instances.
pub(crate) fn recorded(records: &[InstanceRecord]) -> RecordedPod {
    RecordedPod {
        address: Address::pod("web"),
        id: "/web".into(),
        generations: vec!["g1".into()],
        instances: records.to_vec(),
    }
}

fn whoami() -> String {
    std::env::var("USER").unwrap_or_else(|_| "root".into())
}

/// A pod's attributes from JSON, in normal form.
pub(crate) fn pod(json: serde_json::Value) -> Value {
    defaults::fill(&serde_json::from_value::<Value>(json).unwrap())
}

/// A pod of one small container that runs a command.
pub(crate) fn small(command: &str) -> serde_json::Value {
    serde_json::json!({
        "id": "/web",
        "executor_resources": {"cpus": 0.1, "mem": 32, "disk": 10},
        "backoff": {"initial": 0.05, "factor": 1, "max": 0.05},
        "container": [{"name": "main", "command": command, "resources": {"cpus": 0.1, "mem": 32}}],
    })
}

/// A step that creates a pod with the first slots of a generation.
pub(crate) fn create(value: serde_json::Value, instances: u32) -> Step {
    let mut value = pod(value);
    value.set("instances", instances.into());
    Step {
        id: 1,
        address: Address::pod("web"),
        pod_id: "/web".into(),
        action: Action::Create,
        value: Some(value),
        existing: Vec::new(),
        launch: (0..instances).map(|slot| Launch { slot, generation: "g1".into() }).collect(),
        stop: Vec::new(),
        roll: false,
        secrets: BTreeMap::new(),
        timeout: 30.0,
    }
}

/// A step that stops instances, and their pod with them.
pub(crate) fn delete(records: &[InstanceRecord]) -> Step {
    Step {
        action: Action::Delete,
        value: None,
        launch: Vec::new(),
        existing: records.iter().map(|record| (record.clone(), Standing::Live)).collect(),
        stop: records.iter().map(|record| record.id.clone()).collect(),
        ..create(small("true"), 0)
    }
}

/// What a host was told, in order.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Intend(Vec<Intent>),
    Outcome(Outcome),
    Event(String),
}

type OnIntend<'a> = Box<dyn Fn(&[Intent]) -> Proceed + Send + Sync + 'a>;

/// The host's side of a session.
pub(crate) struct Host<'a> {
    world: &'a World,
    next: Mutex<VecDeque<Next>>,
    news: Condvar,
    told: Mutex<Vec<Told>>,
    on_intend: OnIntend<'a>,
    pub(crate) result: Mutex<Option<Result<(), ProviderError>>>,
}

impl<'a> Host<'a> {
    /// A host that makes everything durable at once.
    pub(crate) fn new(world: &'a World) -> Self {
        Self {
            world,
            next: Mutex::default(),
            news: Condvar::new(),
            told: Mutex::default(),
            on_intend: Box::new(|_| Proceed::Go),
            result: Mutex::default(),
        }
    }

    /// With an answer of one's own to intents.
    pub(crate) fn on_intend(
        mut self,
        answer: impl Fn(&[Intent]) -> Proceed + Send + Sync + 'a,
    ) -> Self {
        self.on_intend = Box::new(answer);
        self
    }

    pub(crate) fn hand_out(&self, steps: Vec<Step>) {
        self.push(Next::Steps { steps });
    }

    pub(crate) fn finish(&self) {
        self.push(Next::Finished);
    }

    pub(crate) fn cancel(&self) {
        self.next.lock().unwrap().clear();
        self.push(Next::Cancelled);
    }

    fn push(&self, next: Next) {
        self.next.lock().unwrap().push_back(next);
        self.news.notify_all();
    }

    fn tell(&self, told: Told) {
        self.told.lock().unwrap().push(told);
        self.news.notify_all();
    }

    /// Waits until something was told.
    pub(crate) fn wait_for(&self, what: &str, holds: impl Fn(&[Told]) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut told = self.told.lock().unwrap();
        while !holds(&told) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "never came: {what}: {told:#?}");
            told = self.news.wait_timeout(told, left).unwrap().0;
        }
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        let told = self.told();
        told.into_iter()
            .filter_map(|told| match told {
                Told::Outcome(outcome) => Some(outcome),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn intents(&self) -> Vec<Intent> {
        let told = self.told();
        told.into_iter()
            .flat_map(|told| match told {
                Told::Intend(intents) => intents,
                _ => Vec::new(),
            })
            .collect()
    }

    /// The instances as a state would hold them after the session.
    pub(crate) fn records(&self) -> Vec<InstanceRecord> {
        let mut records: BTreeMap<String, InstanceRecord> = BTreeMap::new();
        for told in self.told() {
            match told {
                Told::Intend(intents) => {
                    for intent in intents {
                        if let Intent::Launch { instance, .. } = intent {
                            records.insert(instance.id.clone(), instance);
                        }
                    }
                }
                Told::Outcome(Outcome::Launched { instance, .. }) => {
                    records.insert(instance.id.clone(), instance);
                }
                Told::Outcome(
                    Outcome::Gone { instance, .. } | Outcome::Buried { instance, .. },
                ) => {
                    records.remove(&instance);
                }
                _ => {}
            }
        }
        records.into_values().collect()
    }

    /// Whether the step ended well.
    pub(crate) fn is_done(&self) -> bool {
        self.outcomes().iter().any(|outcome| matches!(outcome, Outcome::Done { .. }))
    }

    /// The diagnostic of the failed step, as one text.
    pub(crate) fn failure(&self) -> String {
        let outcomes = self.outcomes();
        let failed = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Failed { diagnostic, .. } => Some(diagnostic),
            _ => None,
        });
        let failed = failed.unwrap_or_else(|| panic!("nothing failed: {:#?}", self.told()));
        format!("{}\n{}", failed.summary, failed.detail.clone().unwrap_or_default())
    }

    /// That the session itself ended well.
    pub(crate) fn ok(self) -> Self {
        let result = self.result.lock().unwrap().take();
        result.expect("the session ran").unwrap_or_else(|error| panic!("{error:?}"));
        self
    }
}

impl ApplySession for Host<'_> {
    fn next(&self, wait: Duration) -> Next {
        let mut next = self.next.lock().unwrap();
        if next.is_empty() {
            next = self.news.wait_timeout(next, wait).unwrap().0;
        }
        match next.front() {
            None => Next::Wait,
            Some(last @ (Next::Finished | Next::Cancelled)) => last.clone(),
            Some(_) => next.pop_front().unwrap_or(Next::Wait),
        }
    }

    fn intend(&self, intents: Vec<Intent>) -> Proceed {
        for intent in &intents {
            if let Intent::Launch { instance, .. } = intent {
                let running = self.world.tasks();
                assert!(
                    !running.iter().any(|task| task.starts_with(&instance.id)),
                    "launched before it was announced"
                );
            }
        }
        let answer = (self.on_intend)(&intents);
        if answer == Proceed::Go {
            for intent in &intents {
                if let Intent::Private { data } = intent {
                    *self.world.private.lock().unwrap() = data.clone();
                }
            }
        }
        self.tell(Told::Intend(intents));
        answer
    }

    fn outcome(&self, outcome: Outcome) {
        self.tell(Told::Outcome(outcome));
    }

    fn event(&self, event: Event) {
        self.tell(Told::Event(event.message));
    }
}
