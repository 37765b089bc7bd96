//! A provider in memory that keeps the contract, and breaks one promise where it is told to.

use super::*;
use crate::*;
use podform_model::change::ChangeClass;
use podform_model::{Address, Diagnostic, Diagnostics, InstanceRecord, Tombstone, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[derive(Default)]
struct Memory {
    breaks: &'static str,
    running: Mutex<BTreeSet<String>>,
    writes: AtomicU64,
}

impl Memory {
    fn new(breaks: &'static str) -> Self {
        Self { breaks, ..Self::default() }
    }

    fn breaks(&self, promise: &str) -> bool {
        self.breaks == promise
    }

    fn write(&self, change: impl FnOnce(&mut BTreeSet<String>)) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        change(&mut self.running.lock().unwrap());
    }

    fn step(&self, session: &dyn ApplySession, step: Step) {
        let address = step.address;
        let mut go = true;
        for Launch { slot, generation } in step.launch {
            let id = format!("{address}.{slot}.{generation}");
            let instance = InstanceRecord::new(slot, generation, id.clone());
            let (at, record) = (address.clone(), instance.clone());
            if self.breaks("early") {
                self.write(|running| running.extend([id.clone()]));
            }
            if !self.breaks("silent") {
                go = session.intend(vec![Intent::Launch { address: at, instance: record }])
                    == Proceed::Go;
            }
            if !go && !self.breaks("stubborn") {
                break;
            }
            self.write(|running| running.extend([id]));
            if !self.breaks("lazy") {
                session.outcome(Outcome::Launched { address: address.clone(), instance });
            }
        }
        for instance in step.stop {
            let (address, id) = (address.clone(), instance.clone());
            go = go && session.intend(vec![Intent::Stop { address, instance: id }]) == Proceed::Go;
            if go {
                self.write(|running| running.retain(|id| *id != instance));
                let (address, reason) = (Address::pod("any"), String::new());
                session.outcome(Outcome::Gone { address, instance, reason });
            }
        }
        if self.breaks("endless") {
            return;
        }
        if self.breaks("twice") {
            session.outcome(Outcome::Done { address: address.clone() });
        }
        session.outcome(if go || self.breaks("liar") {
            Outcome::Done { address }
        } else {
            Outcome::Failed { address, diagnostic: Diagnostic::error("x::y", "stopped") }
        });
    }
}

impl Provider for Memory {
    fn describe(&self) -> Result<Description, ProviderError> {
        let way = if self.breaks("way") { "container.nonsense" } else { "container.resources" };
        let fickle = if self.breaks("fickle") {
            self.writes.fetch_add(1, Ordering::Relaxed).to_string()
        } else {
            String::new()
        };
        Ok(Description {
            name: "memory".into(),
            version: "0.1.0".into(),
            doc: fickle,
            settings: vec![],
            secret_stores: vec![],
            changes: BTreeMap::from([(way.to_owned(), ChangeClass::Roll)]),
            unsupported: vec![],
            parallelism: None,
        })
    }

    fn configure(&self, _: &Configure) -> Result<Configured, ProviderError> {
        Ok(Configured::default())
    }

    fn validate(&self, request: &ValidateRequest) -> Result<Diagnostics, ProviderError> {
        let strict = |pod: &&PodValue| self.breaks("strict") && pod.value.has_unknown();
        let finding = |_| Diagnostic::error("x::y", "must be known");
        Ok(Diagnostics(request.pods.iter().filter(strict).map(finding).collect()))
    }

    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError> {
        if self.breaks("curious") {
            self.write(|_| {});
        }
        let mut observed = Observed::default();
        for pod in &request.pods {
            for instance in &pod.instances {
                observed.instances.push(ObservedInstance {
                    address: pod.address.clone(),
                    id: instance.id.clone(),
                    standing: Standing::Dead,
                    reason: String::new(),
                    healthy: None,
                    ready: false,
                    record: None,
                    containers: vec![],
                });
            }
        }
        if self.breaks("forgetful") {
            observed.instances.pop();
        }
        let fact = |query: &SecretQuery| SecretFact {
            store: "memory".into(),
            source: query.source.clone(),
            standing: SecretStanding::Missing { message: String::new() },
        };
        observed.secrets = request.secrets.iter().map(fact).collect();
        if self.breaks("unordered") {
            observed.secrets.reverse();
        }
        let seen = |tombstone: &Tombstone| ObservedTombstone {
            id: tombstone.instance.id.clone(),
            standing: Standing::Gone,
        };
        observed.tombstones = request.tombstones.iter().map(seen).collect();
        Ok(observed)
    }

    fn settle(&self, _: &SettleRequest) -> Result<SettleAnswer, ProviderError> {
        Ok(SettleAnswer::default())
    }

    fn plan(&self, request: &PlanRequest) -> Result<PlanAnswer, ProviderError> {
        let refine = |proposal: &Proposal| {
            let mut planned = proposal.planned.clone();
            match self.breaks {
                "lossy" => planned.set("instances", Value::Unknown),
                "wilful" => planned.set("legacy_shared_cgroups", Value::Bool(true)),
                _ => planned.set("user", Value::from("nobody")),
            }
            let name = if self.breaks("stranger") { "stranger" } else { "web" };
            Refinement { address: Address::pod(name), planned, replace: vec![] }
        };
        let refinements = request.proposals.iter().map(refine).collect();
        Ok(PlanAnswer { refinements, ..PlanAnswer::default() })
    }

    fn apply(&self, _: &ApplyRequest, session: &dyn ApplySession) -> Result<(), ProviderError> {
        loop {
            match session.next(Duration::ZERO) {
                Next::Steps { steps } => steps.into_iter().for_each(|s| self.step(session, s)),
                Next::Wait => {}
                Next::Cancelled | Next::Finished if self.breaks("restless") => {
                    self.write(|_| {});
                    return Ok(());
                }
                Next::Cancelled | Next::Finished => return Ok(()),
            }
        }
    }

    fn logs(&self, _: &LogsRequest) -> Result<LogsAnswer, ProviderError> {
        Ok(LogsAnswer::default())
    }
}

fn steps() -> Vec<Step> {
    let step = |id: StepId, name: &str, launch: Vec<Launch>, stop: Vec<String>| Step {
        id,
        address: Address::pod(name),
        pod_id: format!("/{name}"),
        action: Action::Update,
        value: None,
        existing: vec![],
        launch,
        stop,
        roll: false,
        secrets: BTreeMap::new(),
        timeout: 1.0,
    };
    let slot = |slot| Launch { slot, generation: "g".into() };
    vec![step(1, "web", vec![slot(0), slot(1)], vec![]), step(2, "db", vec![], vec!["old".into()])]
}

fn read_request() -> ReadRequest {
    let secret = |source: &str| SecretQuery {
        store: None,
        source: source.into(),
        known_version: None,
        known_digest: None,
    };
    let instances = vec![InstanceRecord::new(0, "g", "one"), InstanceRecord::new(1, "g", "two")];
    let pod = RecordedPod {
        address: Address::pod("web"),
        id: "/web".into(),
        generations: vec!["g".into()],
        instances,
    };
    ReadRequest {
        pods: vec![pod],
        secrets: vec![secret("a"), secret("b")],
        ..ReadRequest::default()
    }
}

fn plan_request() -> PlanRequest {
    let planned = Value::object([
        ("instances", Value::from(2_u32)),
        ("legacy_shared_cgroups", Value::Bool(false)),
    ]);
    let address = Address::pod("web");
    let proposal =
        Proposal { address, prior: None, planned, launches: 2, secrets: BTreeMap::new() };
    PlanRequest { proposals: vec![proposal] }
}

/// One function of the kit with its request.
type Run<'a> = &'a dyn Fn(&Memory, Writes<'_>) -> Broken;

/// Everything that the kit finds in a provider that breaks this promise.
fn findings(breaks: &'static str) -> Vec<String> {
    let value = plan_request().proposals[0].planned.clone();
    let pods = vec![PodValue { address: Address::pod("web"), value }];
    let runs: [Run<'_>; 9] = [
        &|provider, _| describe(provider),
        &|provider, writes| validate(provider, &ValidateRequest { pods: pods.clone() }, writes),
        &|provider, writes| read(provider, &read_request(), writes),
        &|provider, writes| plan(provider, &plan_request(), writes),
        &|provider, writes| finished(provider, writes),
        &|provider, writes| cancelled(provider, writes),
        &|provider, writes| intent_refused(provider, steps(), writes),
        &|provider, writes| steps_end(provider, steps(), writes),
        &|provider, writes| intents_come_first(provider, steps(), writes),
    ];
    let mut all = Vec::new();
    for run in runs {
        let provider = Memory::new(breaks);
        all.extend(run(&provider, &|| provider.writes.load(Ordering::Relaxed)));
    }
    all
}

#[test]
fn a_good_provider_keeps_the_contract() {
    assert_kept(findings(""));
}

#[test]
fn each_broken_promise_is_found() {
    let table = [
        ("way", "names `container.nonsense`"),
        ("fickle", "does not answer the same twice"),
        ("strict", "finds unknown values wrong"),
        ("curious", "`read` changed the cluster"),
        ("forgetful", "instances [\"pod.web one\""),
        ("unordered", "secrets ["),
        ("lossy", "loses the known value of pod.web.instances"),
        ("wilful", "changes the known value of pod.web.legacy_shared_cgroups"),
        ("stranger", "refines `pod.stranger`"),
        ("restless", "a session without steps changed the cluster"),
        ("early", "was changed before"),
        ("silent", "was launched without an intent"),
        ("stubborn", "although every intent was refused"),
        ("liar", "nothing may be done"),
        ("endless", "has no outcome `done` or `failed`"),
        ("twice", "ended twice"),
        ("lazy", "was not filled"),
    ];
    for (breaks, finding) in table {
        let found = findings(breaks);
        assert!(found.iter().any(|found| found.contains(finding)), "{breaks}: {found:?}");
    }
}

#[test]
#[should_panic(expected = "breaks its contract")]
fn a_broken_promise_fails_the_test() {
    assert_kept(vec!["something".into()]);
}
