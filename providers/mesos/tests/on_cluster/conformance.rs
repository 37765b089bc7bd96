//! The contract of providers, kept.

use crate::harness::{World, create, delete, options, pod, recorded, small};
use podform_model::Address;
use podform_provider::{
    PlanRequest, PodValue, Proposal, ReadRequest, SecretQuery, ValidateRequest, conformance,
};
use podform_provider_mesos::MesosProvider;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Counts every framework and task that a cluster ever showed.
struct Seen<'a> {
    world: &'a World,
    ids: Mutex<BTreeSet<String>>,
}

impl<'a> Seen<'a> {
    fn of(world: &'a World) -> Self {
        Self { world, ids: Mutex::default() }
    }

    fn count(&self) -> u64 {
        let status = self.world.cluster.status();
        let mut ids = self.ids.lock().unwrap();
        ids.extend(status.frameworks.into_iter().map(|framework| framework.id));
        ids.extend(status.tasks.into_iter().map(|task| task.id));
        ids.len() as u64
    }
}

#[test]
fn describe_needs_no_configuration() {
    conformance::assert_kept(conformance::describe(&MesosProvider::default()));
}

#[test]
fn sessions_keep_the_contract() {
    let world = World::with(options(1));
    let seen = Seen::of(&world);
    let writes = || seen.count();
    let provider = world.provider();
    let steps = || vec![create(small("exec sleep 600"), 2)];
    conformance::assert_kept(conformance::intent_refused(&provider, steps(), &writes));
    conformance::assert_kept(conformance::finished(&provider, &writes));
    conformance::assert_kept(conformance::cancelled(&provider, &writes));
    conformance::assert_kept(conformance::intents_come_first(&provider, steps(), &writes));
    conformance::assert_kept(conformance::steps_end(&provider, steps(), &writes));
}

#[test]
fn stops_keep_the_contract() {
    let world = World::with(options(1));
    let records = world.apply(vec![create(small("exec sleep 600"), 2)]).ok().records();
    let seen = Seen::of(&world);
    let writes = || seen.count();
    let provider = world.provider();
    let steps = vec![delete(&records)];
    conformance::assert_kept(conformance::intent_refused(&provider, steps.clone(), &writes));
    assert_eq!(world.tasks().len(), 2);
    conformance::assert_kept(conformance::intents_come_first(&provider, steps, &writes));
    assert!(world.tasks().is_empty());
}

#[test]
fn looks_keep_the_contract() {
    let world = World::with(options(1));
    let records = world.apply(vec![create(small("exec sleep 600"), 1)]).ok().records();
    let seen = Seen::of(&world);
    let writes = || seen.count();
    let provider = world.provider();
    let query =
        SecretQuery { store: None, source: "/db".into(), known_version: None, known_digest: None };
    let live = vec!["/web".into(), "/nowhere".into()];
    let read = ReadRequest {
        pods: vec![recorded(&records)],
        secrets: vec![query],
        live,
        ..Default::default()
    };
    conformance::assert_kept(conformance::read(&provider, &read, &writes));
    let value = pod(small("sleep 600"));
    let pods = vec![PodValue { address: Address::pod("web"), value: value.clone() }];
    conformance::assert_kept(conformance::validate(&provider, &ValidateRequest { pods }, &writes));
    let proposal = Proposal {
        address: Address::pod("web"),
        prior: None,
        planned: value,
        launches: 100,
        secrets: Default::default(),
    };
    let plan = PlanRequest { proposals: vec![proposal] };
    conformance::assert_kept(conformance::plan(&provider, &plan, &writes));
}
