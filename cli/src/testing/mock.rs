//! A provider without a cluster: what it is told to launch is ready at once.
//!
//! It keeps to the same contract as a real one (intents before actions, one outcome for each
//! step), so that a test with a mocked provider goes through the same plan and apply.

use podform_model::schema::POD;
use podform_model::{
    Address, Diagnostic, Diagnostics, InstanceRecord, InstanceStatus, SecretStamp, Value, code,
};
use podform_provider::{
    ApplyRequest, ApplySession, Configure, Configured, ContainerFact, Description, ErrorKind,
    Intent, Launch, LiveInstance, LivePod, LiveStanding, LogsAnswer, LogsRequest, Next, Observed,
    ObservedInstance, ObservedTombstone, Outcome, PlanAnswer, PlanRequest, Proceed, Provider,
    ProviderError, ReadRequest, SecretFact, SecretStanding, SettleAnswer, SettleRequest, Standing,
    Step, ValidateRequest,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The first host port that is handed out, as a Mesos agent's.
const FIRST_PORT: u32 = 31000;

/// What the instances of a mocked provider are like.
#[derive(Debug, Clone, PartialEq)]
pub struct MockValues {
    /// The agent's id.
    pub agent_id: String,
    /// The agent's host name.
    pub host: String,
    /// The addresses of each instance on container networks.
    pub network_ips: Vec<String>,
    /// Why the pod's steps fail; `None`: they succeed.
    pub failure: Option<String>,
}

impl Default for MockValues {
    fn default() -> Self {
        Self {
            agent_id: "mock-S0".into(),
            host: "mock.invalid".into(),
            network_ips: Vec::new(),
            failure: None,
        }
    }
}

/// A mocked provider.
pub struct Mock {
    name: String,
    values: MockValues,
    overrides: BTreeMap<Address, MockValues>,
    running: Mutex<Running>,
}

/// What runs, and which port comes next.
#[derive(Default)]
struct Running {
    instances: BTreeMap<String, Vec<String>>,
    launched: u32,
    ports: u32,
}

impl Mock {
    /// A stand-in for the provider of this name; `overrides` are for single pods.
    #[must_use]
    pub fn new(name: &str, values: MockValues, overrides: BTreeMap<Address, MockValues>) -> Self {
        Self { name: name.to_owned(), values, overrides, running: Mutex::default() }
    }

    /// Who it says it is.
    #[must_use]
    pub fn description(&self) -> Description {
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

    fn values(&self, address: &Address) -> &MockValues {
        self.overrides.get(address).unwrap_or(&self.values)
    }

    fn standing(&self, id: &str) -> Standing {
        if self.running().instances.contains_key(id) { Standing::Live } else { Standing::Dead }
    }

    /// Does one step and says how it ended.
    fn step(&self, session: &dyn ApplySession, step: &Step) -> Result<(), ProviderError> {
        let address = step.address.clone();
        if step.value.is_some()
            && let Some(failure) = &self.values(&address).failure
        {
            let diagnostic = Diagnostic::error(code::PROVIDER_REFUSED, failure.clone());
            session.outcome(Outcome::Failed { diagnostic: diagnostic.at(&address), address });
            return Ok(());
        }
        for launch in &step.launch {
            self.launch(session, step, launch)?;
        }
        for id in &step.stop {
            self.stop(session, &address, id)?;
        }
        session.outcome(Outcome::Done { address });
        Ok(())
    }

    fn launch(
        &self,
        session: &dyn ApplySession,
        step: &Step,
        launch: &Launch,
    ) -> Result<(), ProviderError> {
        let mut instance = self.instance(step, launch);
        let address = step.address.clone();
        intend(session, Intent::Launch { address, instance: instance.clone() })?;
        let containers = names(step.value.as_ref(), "container");
        self.running().instances.insert(instance.id.clone(), containers);
        instance.status = InstanceStatus::Ready;
        session.outcome(Outcome::Launched { address: step.address.clone(), instance });
        Ok(())
    }

    fn stop(
        &self,
        session: &dyn ApplySession,
        address: &Address,
        id: &str,
    ) -> Result<(), ProviderError> {
        let (address, instance) = (address.clone(), id.to_owned());
        intend(session, Intent::Stop { address: address.clone(), instance: instance.clone() })?;
        self.running().instances.remove(id);
        session.outcome(Outcome::Gone { address, instance, reason: "it was stopped".into() });
        Ok(())
    }

    fn instance(&self, step: &Step, launch: &Launch) -> InstanceRecord {
        let values = self.values(&step.address);
        let mut running = self.running();
        running.launched += 1;
        let name = step.pod_id.trim_start_matches('/').replace('/', "_");
        let id = format!("{name}.mock-{}", running.launched);
        let mut instance = InstanceRecord::new(launch.slot, &launch.generation, id);
        instance.agent_id = Some(values.agent_id.clone());
        instance.host = Some(values.host.clone());
        instance.started_at = Some(0.0);
        instance.network_ips.clone_from(&values.network_ips);
        for (name, fixed) in endpoints(step.value.as_ref()) {
            let port = fixed.unwrap_or_else(|| {
                running.ports += 1;
                FIRST_PORT + running.ports - 1
            });
            instance.endpoints.insert(name, format!("{}:{port}", values.host));
        }
        instance
    }

    /// A pod that a `data` block reads: one instance of it runs.
    fn live(&self, id: &str) -> LivePod {
        let values = &self.values;
        let name = id.trim_start_matches('/').replace('/', "_");
        let mut record = InstanceRecord::new(0, "mock", format!("{name}.mock"));
        record.status = InstanceStatus::Ready;
        record.agent_id = Some(values.agent_id.clone());
        record.host = Some(values.host.clone());
        record.started_at = Some(0.0);
        record.network_ips.clone_from(&values.network_ips);
        let instance = LiveInstance { record, standing: Standing::Live, healthy: None };
        let (version, instances) = (Some("mock".to_owned()), vec![instance]);
        LivePod { id: id.to_owned(), standing: LiveStanding::Found { version, instances } }
    }

    fn observed(&self, address: &Address, id: &str) -> ObservedInstance {
        let running = self.running();
        let containers = running.instances.get(id);
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
            standing: if containers.is_some() { Standing::Live } else { Standing::Dead },
            reason: String::new(),
            healthy: None,
            ready: containers.is_some(),
            record: None,
            containers: containers.into_iter().flatten().map(fact).collect(),
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

fn intend(session: &dyn ApplySession, intent: Intent) -> Result<(), ProviderError> {
    match session.intend(vec![intent]) {
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
            live: request.live.iter().map(|id| self.live(id)).collect(),
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
            let ended = !self.running().instances.contains_key(&instance);
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
                Next::Steps { steps } => {
                    for step in &steps {
                        self.step(session, step)?;
                    }
                }
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
