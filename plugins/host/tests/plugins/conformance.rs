//! The echo provider keeps the contract, through both transports.

use crate::support::{BOTH, configure, create, loaded};
use podform_model::{Address, InstanceRecord, ProviderRef, Tombstone, Value};
use podform_provider::conformance::{self, Writes, assert_kept};
use podform_provider::{
    Action, PlanRequest, PodValue, Proposal, Provider, ReadRequest, RecordedPod, SecretQuery, Step,
    ValidateRequest,
};
use std::collections::BTreeMap;
use std::path::Path;

/// A number that changes when the file that stands for a cluster does.
fn content(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.iter().fold(0, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(*byte) + 1))
}

fn read_request() -> ReadRequest {
    let instance = |slot, id: &str| InstanceRecord::new(slot, "g1", id);
    let secret = |source: &str| SecretQuery {
        store: None,
        source: source.into(),
        known_version: None,
        known_digest: None,
    };
    ReadRequest {
        pods: vec![RecordedPod {
            address: Address::pod("web"),
            id: "/web".into(),
            generations: vec!["g1".into()],
            instances: vec![instance(0, "web.0.g1"), instance(1, "never")],
        }],
        tombstones: vec![Tombstone {
            provider: ProviderRef::new("echo"),
            address: Address::pod("old"),
            instance: instance(0, "old.0.g0"),
            stop_on_return: true,
        }],
        secrets: vec![secret("b"), secret("a")],
        former_cluster: false,
        live: Vec::new(),
    }
}

fn check_calls(echo: &dyn Provider, writes: Writes<'_>) {
    let value = Value::object([("id", Value::from("/web")), ("instances", Value::from(2_u32))]);
    let address = Address::pod("web");
    let pods = vec![PodValue { address: address.clone(), value: value.clone() }];
    assert_kept(conformance::validate(echo, &ValidateRequest { pods }, writes));
    assert_kept(conformance::read(echo, &read_request(), writes));
    let secrets = BTreeMap::new();
    let proposal = Proposal { address, prior: None, planned: value, launches: 2, secrets };
    assert_kept(conformance::plan(echo, &PlanRequest { proposals: vec![proposal] }, writes));
}

fn check_sessions(echo: &dyn Provider, writes: Writes<'_>) {
    assert_kept(conformance::finished(echo, writes));
    assert_kept(conformance::cancelled(echo, writes));
    let delete = |id, name: &str| Step {
        action: Action::Delete,
        value: None,
        launch: vec![],
        stop: vec![format!("{name}.0.g1")],
        ..create(id, name)
    };
    let both = vec![create(1, "web"), create(2, "db")];
    assert_kept(conformance::intent_refused(echo, both.clone(), writes));
    assert_kept(conformance::steps_end(echo, both, writes));
    assert_kept(conformance::intent_refused(echo, vec![delete(1, "web")], writes));
    let change = vec![delete(1, "web"), create(2, "cache")];
    assert_kept(conformance::intents_come_first(echo, change, writes));
}

#[test]
fn echo_keeps_the_contract() {
    for isolation in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let cluster = folder.path().join("echo.json");
        let writes = || content(&cluster);
        let (echo, _) = loaded("echo", isolation);
        assert_kept(conformance::describe(&echo));
        echo.configure(&configure(folder.path(), [])).unwrap();
        check_calls(&echo, &writes);
        check_sessions(&echo, &writes);
        check_calls(&echo, &writes);
    }
}
