//! A provider without a cluster: what it is told to launch is ready at once.
//!
//! It keeps to the same contract as a real one (intents before actions, one outcome for each
//! step), so that a test with a mocked provider goes through the same plan and apply.

use podform_config::testing::{MOCK_AGENT, MOCK_HOST, MockedPod, Places};
use podform_model::schema::POD;
use podform_model::{
    Address, Diagnostic, Diagnostics, InstanceRecord, InstanceStatus, SecretStamp, Value, code,
};
use podform_provider::{
    ApplyRequest, ApplySession, Configure, Configured, ContainerFact, Description, ErrorKind,
    Intent, Launch, LogsAnswer, LogsRequest, Next, Observed, ObservedInstance, ObservedTombstone,
    Outcome, PlanAnswer, PlanRequest, Proceed, Provider, ProviderError, ReadRequest, SecretFact,
    SecretStanding, SettleAnswer, SettleRequest, Standing, Step, ValidateRequest,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The first host port that is handed out, as a Mesos agent's.
const FIRST_PORT: u32 = 31000;

/// What the pods of a mocked provider are like in a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Likeness {
    /// All its pods.
    pub(super) all: MockedPod,
    /// Single pods, as the provider is mocked.
    pub(super) some: Places<MockedPod>,
    /// Single pods, as the file and the run override them.
    pub(super) overrides: Places<MockedPod>,
}

impl Likeness {
    fn of(&self, address: &Address) -> &MockedPod {
        self.overrides.pod(address).or_else(|| self.some.pod(address)).unwrap_or(&self.all)
    }
}

/// A mocked provider.
pub(super) struct Mock {
    name: String,
    likeness: Mutex<Likeness>,
    running: Mutex<Running>,
}

/// What runs, and which port comes next.
#[derive(Default)]
struct Running {
    instances: BTreeMap<String, Instance>,
    launched: u32,
    ports: u32,
}

/// An instance that runs.
struct Instance {
    address: Address,
    containers: Vec<String>,
}

impl Mock {
    /// A stand-in for the provider of this name.
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), likeness: Mutex::default(), running: Mutex::default() }
    }

    /// Says what its pods are like from now on; what runs stays as it is.
    pub(super) fn resemble(&self, likeness: Likeness) {
        *self.likeness.lock().unwrap_or_else(PoisonError::into_inner) = likeness;
    }

    /// Whether a pod is overridden by the file or the run.
    pub(super) fn overrides(&self, address: &Address) -> bool {
        let likeness = self.likeness.lock().unwrap_or_else(PoisonError::into_inner);
        likeness.overrides.pod(address).is_some()
    }

    /// Whether an instance is one of its own.
    pub(super) fn runs(&self, instance: &str) -> bool {
        self.running().instances.contains_key(instance)
    }

    /// Whether a pod has instances of its own.
    pub(super) fn has(&self, address: &Address) -> bool {
        self.running().instances.values().any(|instance| instance.address == *address)
    }

    /// Who it says it is.
    pub(super) fn description(&self) -> Description {
        Description {
            name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            doc: "Stands for a provider in tests.".into(),
            settings: Vec::new(),
            secret_stores: Vec::new(),
            changes: POD.changes(|attribute| attribute.on_mesos),
            unsupported: Vec::new(),
            parallelism: None,
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn like(&self, address: &Address) -> MockedPod {
        let likeness = self.likeness.lock().unwrap_or_else(PoisonError::into_inner);
        likeness.of(address).clone()
    }

    fn standing(&self, id: &str) -> Standing {
        if self.runs(id) { Standing::Live } else { Standing::Dead }
    }

    /// Does steps and says how each ended. All that they intend becomes durable at once.
    pub(super) fn steps(
        &self,
        session: &dyn ApplySession,
        steps: &[Step],
    ) -> Result<(), ProviderError> {
        let mut intents = Vec::new();
        let mut begun = Vec::new();
        for step in steps {
            if step.value.is_some()
                && let Some(failure) = self.like(&step.address).failure
            {
                let address = step.address.clone();
                let diagnostic = Diagnostic::error(code::PROVIDER_REFUSED, failure).at(&address);
                session.outcome(Outcome::Failed { diagnostic, address });
                continue;
            }
            let launched = step.launch.iter().map(|launch| self.instance(step, launch));
            let launched: Vec<InstanceRecord> = launched.collect();
            intents.extend(intended(step, &launched));
            begun.push((step, launched));
        }
        if !intents.is_empty() {
            intend(session, intents)?;
        }
        begun.into_iter().for_each(|(step, launched)| self.finish(session, step, launched));
        Ok(())
    }

    /// Does what a step intends.
    fn finish(&self, session: &dyn ApplySession, step: &Step, launched: Vec<InstanceRecord>) {
        let address = &step.address;
        for mut instance in launched {
            let containers = names(step.value.as_ref(), "container");
            let runs = Instance { address: address.clone(), containers };
            self.running().instances.insert(instance.id.clone(), runs);
            instance.status = InstanceStatus::Ready;
            session.outcome(Outcome::Launched { address: address.clone(), instance });
        }
        for id in &step.stop {
            self.running().instances.remove(id);
            let (address, instance) = (address.clone(), id.clone());
            session.outcome(Outcome::Gone { address, instance, reason: "it was stopped".into() });
        }
        session.outcome(Outcome::Done { address: address.clone() });
    }

    fn instance(&self, step: &Step, launch: &Launch) -> InstanceRecord {
        let MockedPod { agent_id, host, network_ips, .. } = self.like(&step.address);
        let host = host.unwrap_or_else(|| MOCK_HOST.to_owned());
        let mut running = self.running();
        running.launched += 1;
        let name = step.pod_id.trim_start_matches('/').replace('/', "_");
        let id = format!("{name}.mock-{}", running.launched);
        let mut instance = InstanceRecord::new(launch.slot, &launch.generation, id);
        instance.agent_id = Some(agent_id.unwrap_or_else(|| MOCK_AGENT.to_owned()));
        instance.started_at = Some(0.0);
        instance.network_ips = network_ips;
        for (name, fixed) in endpoints(step.value.as_ref()) {
            let port = fixed.unwrap_or_else(|| {
                running.ports += 1;
                FIRST_PORT + running.ports - 1
            });
            instance.endpoints.insert(name, format!("{host}:{port}"));
        }
        instance.host = Some(host);
        instance
    }

    fn observed(&self, address: &Address, id: &str) -> ObservedInstance {
        let running = self.running();
        let known = running.instances.get(id);
        let containers = known.map(|instance| instance.containers.as_slice()).unwrap_or_default();
        let fact = |name: &String| ContainerFact {
            name: name.clone(),
            state: "RUNNING".into(),
            healthy: None,
            since: None,
            message: None,
        };
        ObservedInstance {
            address: address.clone(),
            id: id.to_owned(),
            standing: if known.is_some() { Standing::Live } else { Standing::Dead },
            reason: String::new(),
            healthy: None,
            ready: known.is_some(),
            record: None,
            containers: containers.iter().map(fact).collect(),
        }
    }
}

/// The names of a pod's or container's blocks of one kind.
fn names(value: Option<&Value>, kind: &str) -> Vec<String> {
    let blocks = value.and_then(|value| value.get(kind)).and_then(Value::as_list);
    let name = |block: &Value| Some(block.get("name")?.as_str()?.to_owned());
    blocks.into_iter().flatten().filter_map(name).collect()
}

/// The endpoints of a pod, with their host port where it is fixed.
fn endpoints(value: Option<&Value>) -> Vec<(String, Option<u32>)> {
    let containers = value.and_then(|value| value.get("container")).and_then(Value::as_list);
    let endpoints = |container: &Value| {
        let blocks = container.get("endpoint").and_then(Value::as_list).unwrap_or_default();
        let one = |block: &Value| {
            let fixed = block.get("host_port").and_then(Value::as_number);
            let fixed = fixed.and_then(|port| port.to_string().parse().ok());
            Some((block.get("name")?.as_str()?.to_owned(), fixed.filter(|port| *port > 0)))
        };
        blocks.iter().filter_map(one).collect::<Vec<_>>()
    };
    containers.into_iter().flatten().flat_map(endpoints).collect()
}

/// What a step is going to do.
fn intended(step: &Step, launched: &[InstanceRecord]) -> Vec<Intent> {
    let address = || step.address.clone();
    let launch = |instance: &InstanceRecord| Intent::Launch {
        address: address(),
        instance: instance.clone(),
    };
    let stop = |id: &String| Intent::Stop { address: address(), instance: id.clone() };
    launched.iter().map(launch).chain(step.stop.iter().map(stop)).collect()
}

fn intend(session: &dyn ApplySession, intents: Vec<Intent>) -> Result<(), ProviderError> {
    match session.intend(intents) {
        Proceed::Go => Ok(()),
        Proceed::Stop => Err(ProviderError::new(ErrorKind::Cancelled, "the run was stopped")),
    }
}

impl Provider for Mock {
    fn describe(&self) -> Result<Description, ProviderError> {
        Ok(self.description())
    }

    fn configure(&self, _: &Configure) -> Result<Configured, ProviderError> {
        Ok(Configured::default())
    }

    fn validate(&self, _: &ValidateRequest) -> Result<Diagnostics, ProviderError> {
        Ok(Diagnostics::new())
    }

    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError> {
        let mut seen = BTreeSet::new();
        let secrets = request.secrets.iter().filter(|query| seen.insert((*query).clone()));
        let instances = request.pods.iter().flat_map(|pod| {
            pod.instances.iter().map(|instance| self.observed(&pod.address, &instance.id))
        });
        let tombstones = request.tombstones.iter().map(|tombstone| ObservedTombstone {
            id: tombstone.instance.id.clone(),
            standing: self.standing(&tombstone.instance.id),
        });
        let secrets = secrets.map(|query| {
            let store = query.store.clone().unwrap_or_else(|| "mock".into());
            let stamp = SecretStamp {
                store: store.clone(),
                source: query.source.clone(),
                version: Some("1".into()),
                digest: None,
            };
            let standing = SecretStanding::Present { stamp };
            SecretFact { store, source: query.source.clone(), standing }
        });
        Ok(Observed {
            at: 0.0,
            instances: instances.collect(),
            surplus: Vec::new(),
            tombstones: tombstones.collect(),
            secrets: secrets.collect(),
            // What `data` blocks read through a mocked provider is given to the evaluation.
            live: Vec::new(),
            diagnostics: Diagnostics::new(),
        })
    }

    fn settle(&self, request: &SettleRequest) -> Result<SettleAnswer, ProviderError> {
        let gone = |intent: &Intent| {
            let (address, instance) = match intent {
                Intent::Launch { address, instance } => (address.clone(), instance.id.clone()),
                Intent::Stop { address, instance } => (address.clone(), instance.clone()),
                Intent::Private { .. } => return None,
            };
            let ended = !self.runs(&instance);
            let reason = "it does not run".into();
            ended.then_some(Outcome::Gone { address, instance, reason })
        };
        let outcomes = request.pending.iter().filter_map(gone);
        Ok(SettleAnswer { outcomes: outcomes.collect(), ..SettleAnswer::default() })
    }

    fn plan(&self, _: &PlanRequest) -> Result<PlanAnswer, ProviderError> {
        Ok(PlanAnswer::default())
    }

    fn apply(&self, _: &ApplyRequest, session: &dyn ApplySession) -> Result<(), ProviderError> {
        loop {
            match session.next(Duration::from_millis(100)) {
                Next::Steps { steps } => self.steps(session, &steps)?,
                Next::Wait => {}
                Next::Cancelled | Next::Finished => return Ok(()),
            }
        }
    }

    fn logs(&self, request: &LogsRequest) -> Result<LogsAnswer, ProviderError> {
        let offset = request.offset.unwrap_or(0);
        Ok(LogsAnswer { offset, text: String::new(), next: offset })
    }
}
