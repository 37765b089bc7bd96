//! A configuration, a state and a cluster made of values, to plan over and to apply to.

#![allow(dead_code, reason = "each test binary uses a part")]
#![expect(clippy::unwrap_used, reason = "a test may panic where its own data is wrong")]

use podform_model::change::ChangeClass;
use podform_model::defaults;
use podform_model::observed::{
    Observed, ObservedInstance, ObservedTombstone, SecretFact, SecretStanding, Standing, Surplus,
};
use podform_model::proposal::Refinement;
use podform_model::{
    Address, AttributePath, Desired, DesiredPod, Diagnostics, InstanceRecord, InstanceStatus,
    Intent, Lifecycle, PodRecord, ProviderRef, SecretStamp, Timeouts, Tombstone, Value,
};
use podform_plan::{
    Arrivals, Change, ChangeAction, Inputs, Options, Phase, Plan, ProviderFacts, Schedule, check,
    plan, seal,
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a plan is made from.
#[derive(Debug, Clone)]
pub(crate) struct Lab {
    pub(crate) desired: Desired,
    pub(crate) pods: BTreeMap<Address, PodRecord>,
    pub(crate) arrivals: Arrivals,
    pub(crate) tombstones: Vec<Tombstone>,
    pub(crate) outputs: BTreeMap<String, Value>,
    pub(crate) observed: BTreeMap<ProviderRef, Observed>,
    pub(crate) pending: Vec<(ProviderRef, Intent)>,
    pub(crate) providers: BTreeMap<ProviderRef, ProviderFacts>,
    pub(crate) refinements: BTreeMap<Address, Refinement>,
    pub(crate) options: Options,
    pub(crate) key: bool,
    pub(crate) launched: u32,
}

pub(crate) fn mesos() -> ProviderRef {
    ProviderRef::new("mesos")
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A path written as `container.web.user`: names of attributes, labels where the schema has them.
pub(crate) fn path(text: &str) -> AttributePath {
    let mut out = AttributePath::root();
    let mut label = false;
    for part in text.split('.') {
        if label {
            out = out.key(part);
            label = false;
        } else {
            out = out.attr(part);
            label = matches!(part, "container" | "secret" | "environment" | "volume");
        }
    }
    out
}

/// A digest that is not one, but differs where values differ.
pub(crate) fn digest(value: &Value) -> String {
    let text = serde_json::to_string(value).unwrap();
    let number = text.bytes().fold(17_u64, |a, b| a.wrapping_mul(131).wrapping_add(u64::from(b)));
    format!("{number:x}")
}

/// A pod with one container in normal form.
pub(crate) fn value(id: &str, instances: u32) -> Value {
    let container = Value::object([
        ("name", Value::from("web")),
        ("command", Value::from("exec web")),
        ("resources", Value::map(Default::default())),
        (
            "endpoint",
            Value::list(vec![Value::object([
                ("name", Value::from("http")),
                ("host_port", Value::from(0_i64)),
            ])]),
        ),
    ]);
    let value = Value::object([
        ("id", Value::from(id)),
        ("instances", Value::from(instances)),
        ("container", Value::list(vec![container])),
    ]);
    defaults::fill(&value)
}

pub(crate) fn desired(id: &str, instances: u32) -> DesiredPod {
    DesiredPod {
        provider: mesos(),
        value: value(id, instances),
        depends_on: BTreeSet::new(),
        references: Vec::new(),
        lifecycle: Lifecycle::default(),
        timeouts: Timeouts::default(),
        data: BTreeSet::new(),
    }
}

pub(crate) fn facts() -> ProviderFacts {
    let classes = [
        ("id", ChangeClass::Replace),
        ("instances", ChangeClass::Scale),
        ("upgrade", ChangeClass::Update),
        ("backoff", ChangeClass::Update),
        ("kill_selection", ChangeClass::Memory),
        ("unreachable", ChangeClass::Update),
        ("volume.persistent", ChangeClass::Refused),
    ];
    ProviderFacts {
        changes: classes.map(|(name, class)| (name.to_owned(), class)).into(),
        unsupported: Vec::new(),
        parallelism: None,
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            desired: Desired::default(),
            pods: BTreeMap::new(),
            arrivals: Arrivals::default(),
            tombstones: Vec::new(),
            outputs: BTreeMap::new(),
            observed: BTreeMap::from([(mesos(), Observed { at: 1000.0, ..Observed::default() })]),
            pending: Vec::new(),
            providers: BTreeMap::from([(mesos(), facts())]),
            refinements: BTreeMap::new(),
            options: Options::new("g1", 1000.0),
            key: true,
            launched: 0,
        }
    }
}

impl Lab {
    /// A lab with `pod.web`, applied, with so many live instances; the next generation is `g2`.
    pub(crate) fn running(instances: u32) -> Self {
        let mut lab = Self::default();
        lab.desire("web", instances);
        lab.settle();
        lab
    }

    pub(crate) fn desire(&mut self, name: &str, instances: u32) -> &mut DesiredPod {
        let address = Address::pod(name);
        self.desired.pods.insert(address.clone(), desired(&format!("/{name}"), instances));
        self.desired.pods.get_mut(&address).unwrap()
    }

    pub(crate) fn web(&mut self) -> &mut DesiredPod {
        self.desired.pods.get_mut(&Address::pod("web")).unwrap()
    }

    pub(crate) fn record(&mut self) -> &mut PodRecord {
        self.pods.get_mut(&Address::pod("web")).unwrap()
    }

    pub(crate) fn seen(&mut self) -> &mut Observed {
        self.observed.get_mut(&mesos()).unwrap()
    }

    /// Sets an attribute of the desired `pod.web`.
    pub(crate) fn set(&mut self, at: &str, new: impl Into<Value>) {
        let pod = self.web();
        pod.value = podform_plan::place::put(&pod.value, &path(at).0, Some(&new.into()));
    }

    /// Says what the instance in a slot of `pod.web` is now.
    pub(crate) fn stand(&mut self, slot: u32, standing: Standing) {
        let id = self.record().instances.iter().find(|i| i.slot == slot).unwrap().id.clone();
        let seen = self.seen().instances.iter_mut().find(|seen| seen.id == id).unwrap();
        seen.standing = standing;
    }

    pub(crate) fn instance(&self, slot: u32, generation: &str, id: &str) -> InstanceRecord {
        InstanceRecord {
            slot,
            generation: generation.into(),
            id: id.into(),
            status: InstanceStatus::Ready,
            agent_id: Some(format!("agent{slot}")),
            host: Some(format!("node{slot}")),
            started_at: Some(f64::from(self.launched)),
            endpoints: BTreeMap::from([("http".into(), format!("node{slot}:{}", 31000 + slot))]),
            network_ips: Vec::new(),
            private: podform_model::Opaque::NULL,
            rest: BTreeMap::new(),
        }
    }

    pub(crate) fn surplus(&mut self, name: &str, slot: u32, generation: &str, id: &str) {
        let instance = self.instance(slot, generation, id);
        self.seen().surplus.push(Surplus { address: Address::pod(name), instance });
    }

    pub(crate) fn tombstone(
        &mut self,
        slot: u32,
        id: &str,
        stop_on_return: bool,
        standing: Standing,
    ) {
        let instance = self.instance(slot, "g0", id);
        let (provider, address) = (mesos(), Address::pod("web"));
        self.tombstones.push(Tombstone { provider, address, instance, stop_on_return });
        self.seen().tombstones.push(ObservedTombstone { id: id.into(), standing });
    }

    /// Declares the secret `db` of `pod.web` and says what is found of it.
    pub(crate) fn secret(&mut self, standing: SecretStanding) {
        let block = [("name", Value::from("db")), ("source", Value::from("/db"))];
        self.set("secret", Value::list(vec![Value::object(block)]));
        let fact = SecretFact { store: "file".into(), source: "/db".into(), standing };
        self.seen().secrets = vec![fact];
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let key = self.key;
        let told = self.desired.pods.keys().map(|pod| (pod.clone(), None)).collect();
        work(&Inputs {
            desired: &self.desired,
            pods: &self.pods,
            told: &told,
            arrivals: &self.arrivals,
            tombstones: &self.tombstones,
            outputs: &self.outputs,
            observed: &self.observed,
            pending: &self.pending,
            providers: &self.providers,
            refinements: &self.refinements,
            digest: &move |value| key.then(|| digest(value)),
            options: &self.options,
        })
    }

    /// Plans, and lints the plan when it has no errors.
    pub(crate) fn plan(&self) -> (Plan, Diagnostics) {
        self.with(|inputs| {
            let (plan, diagnostics) = plan(inputs);
            if !diagnostics.has_errors() {
                assert_eq!(check::check(&plan, inputs), Vec::<String>::new());
            }
            (plan, diagnostics)
        })
    }

    /// The change of `pod.web`, of a plan without errors.
    pub(crate) fn change(&self) -> Change {
        let (plan, diagnostics) = self.plan();
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        plan.change(&Address::pod("web")).unwrap().clone()
    }

    /// The codes of what a plan finds.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.plan().1.into_iter().map(|found| found.code).collect()
    }

    /// Plans and applies, then prepares the next generation.
    pub(crate) fn settle(&mut self) {
        let (plan, diagnostics) = self.plan();
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        self.apply(&plan);
    }

    /// Applies a plan as a provider that always succeeds would, in the schedule's order.
    pub(crate) fn apply(&mut self, plan: &Plan) {
        let mut schedule = Schedule::new(plan);
        while !schedule.is_done() {
            let ready = schedule.ready();
            assert!(!ready.is_empty(), "nothing is ready, but not all is done");
            for step in ready {
                self.act(&plan.changes[step.change], step.phase);
                schedule.finish(step.id, true);
            }
        }
        for output in &plan.outputs {
            match &output.after {
                Some(value) if !output.sensitive => {
                    self.outputs.insert(output.name.clone(), value.clone());
                }
                _ => drop(self.outputs.remove(&output.name)),
            }
        }
        let next: u32 = self.options.generation[1..].parse::<u32>().unwrap() + 1;
        self.options.generation = format!("g{next}");
    }

    fn act(&mut self, change: &Change, phase: Phase) {
        match (change.action, phase) {
            (ChangeAction::Forget, _) => {
                let record = self.pods.remove(&change.address).unwrap();
                for instance in record.instances {
                    self.bury(change, instance, false);
                }
            }
            (_, Phase::Delete) => {
                self.stop(change);
                // A pod that was created first has already taken the record over.
                let first = ChangeAction::Replace { create_first: true };
                if change.action != first {
                    self.pods.remove(&change.address);
                }
            }
            (ChangeAction::Replace { .. }, Phase::Apply) => self.launch(change, None),
            (_, Phase::Apply) => {
                self.stop(change);
                let record = self.pods.remove(&change.address);
                self.launch(change, record);
            }
        }
    }

    fn bury(&mut self, change: &Change, instance: InstanceRecord, stop_on_return: bool) {
        self.tombstones.push(Tombstone {
            provider: change.provider.clone(),
            address: change.address.clone(),
            instance,
            stop_on_return,
        });
    }

    fn stop(&mut self, change: &Change) {
        let provider = change.prior_provider.as_ref().unwrap_or(&change.provider);
        let seen = self.observed.entry(provider.clone()).or_default().clone();
        let standing =
            |id: &String| seen.instances.iter().find(|seen| seen.id == *id).map(|s| s.standing);
        if let Some(record) = self.pods.get_mut(&change.address) {
            let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut record.instances)
                .into_iter()
                .partition(|instance| !change.stop.contains(&instance.id));
            record.instances = stay;
            for instance in go {
                if standing(&instance.id) != Some(Standing::Live) {
                    self.bury(change, instance, true);
                }
            }
        }
        let stopped: BTreeSet<&String> = change.stop.iter().collect();
        self.tombstones.retain(|t| {
            !(t.stop_on_return
                && stopped.contains(&t.instance.id)
                && seen
                    .tombstones
                    .iter()
                    .any(|o| o.id == t.instance.id && o.standing == Standing::Live))
        });
        let observed = self.observed.get_mut(provider).unwrap();
        observed.instances.retain(|i| !stopped.contains(&i.id));
        observed.tombstones.retain(|i| !stopped.contains(&i.id));
        let adopted: BTreeSet<&String> = change.adopt.iter().map(|i| &i.id).collect();
        observed
            .surplus
            .retain(|s| !stopped.contains(&s.instance.id) && !adopted.contains(&s.instance.id));
    }

    fn launch(&mut self, change: &Change, record: Option<PodRecord>) {
        let key = self.key;
        let seen = self.observed.entry(change.provider.clone()).or_default().clone();
        let ended = |id: &String| {
            seen.instances.iter().any(|s| {
                s.id == *id
                    && matches!(s.standing, Standing::Dead | Standing::Finished | Standing::Gone)
            })
        };
        let (mut instances, mut configurations, mut secrets) = match record {
            Some(record) => (record.instances, record.configurations, record.secrets),
            None => Default::default(),
        };
        instances.retain(|instance| !ended(&instance.id));
        instances.extend(change.adopt.iter().cloned());
        for launch in &change.launch {
            self.launched += 1;
            let id = format!("i{}", self.launched);
            instances.push(self.instance(launch.slot, &launch.generation, &id));
        }
        let sealed = seal(change.after.as_ref().unwrap(), &move |v| key.then(|| digest(v)));
        configurations.insert(change.generation.clone(), sealed);
        secrets.insert(change.generation.clone(), change.secrets.clone());
        let used = |generation: &String| {
            *generation == change.generation
                || instances.iter().any(|i| i.generation == *generation)
        };
        configurations.retain(|generation, _| used(generation));
        secrets.retain(|generation, _| used(generation));
        let fresh: Vec<_> = instances
            .iter()
            .filter(|i| !seen.instances.iter().any(|s| s.id == i.id))
            .map(|i| live(&change.address, &i.id))
            .collect();
        let observed = self.observed.get_mut(&change.provider).unwrap();
        observed.instances.extend(fresh);
        let desired = self.desired.pods.get(&change.address);
        let record = PodRecord {
            provider: change.provider.clone(),
            id: change.pod_id.clone(),
            generation: change.generation.clone(),
            configurations,
            instances,
            depends_on: change.depends_on.clone(),
            secrets,
            create_before_destroy: change.create_before_destroy,
            prevent_destroy: false,
            forget: desired.is_some_and(|d| d.lifecycle.destroy == Some(false)),
            delete_timeout: Some(change.delete_timeout),
            formerly: Default::default(),
            rest: BTreeMap::new(),
        };
        self.pods.insert(change.address.clone(), record);
    }
}

pub(crate) fn live(address: &Address, id: &str) -> ObservedInstance {
    ObservedInstance {
        address: address.clone(),
        id: id.into(),
        standing: Standing::Live,
        reason: String::new(),
        healthy: None,
        ready: true,
        record: None,
        containers: Vec::new(),
    }
}

pub(crate) fn stamp(version: Option<&str>, digest: Option<&str>) -> SecretStanding {
    SecretStanding::Present {
        stamp: SecretStamp {
            store: "file".into(),
            source: "/db".into(),
            version: version.map(str::to_owned),
            digest: digest.map(str::to_owned),
        },
    }
}
