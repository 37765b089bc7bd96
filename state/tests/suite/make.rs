//! Short ways to make records.

use podform_model::{
    Address, InstanceRecord, InstanceStatus, Intent, Outcome, ProviderRef, SecretStamp, Value,
};
use podform_state::{LockRequest, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) fn address(name: &str) -> Address {
    Address::pod(name)
}

pub(crate) fn provider() -> ProviderRef {
    ProviderRef::new("mesos")
}

pub(crate) fn request() -> LockRequest {
    LockRequest {
        operation: "apply".to_owned(),
        who: "ann@host".to_owned(),
        timeout: Duration::ZERO,
    }
}

pub(crate) fn instance(id: &str, generation: &str, slot: u32) -> InstanceRecord {
    InstanceRecord {
        slot,
        generation: generation.to_owned(),
        id: id.to_owned(),
        status: InstanceStatus::Ready,
        agent_id: Some("agent-1".to_owned()),
        host: None,
        started_at: None,
        endpoints: BTreeMap::new(),
        network_ips: Vec::new(),
        private: podform_model::Opaque::NULL,
        rest: BTreeMap::new(),
    }
}

pub(crate) fn begin(name: &str, generation: &str) -> Record {
    let stamp = SecretStamp {
        store: "file".to_owned(),
        source: "/db".to_owned(),
        version: None,
        digest: Some("aa".to_owned()),
    };
    Record::Begin {
        address: address(name),
        provider: provider(),
        id: format!("/{name}"),
        generation: generation.to_owned(),
        configuration: Value::object([
            ("generation", Value::string(generation)),
            ("password", Value::Digest("00ff".into())),
        ]),
        depends_on: BTreeSet::new(),
        secrets: BTreeMap::from([("db".to_owned(), stamp)]),
        create_before_destroy: false,
        prevent_destroy: false,
        forget: false,
        delete_timeout: Some(60.0),
    }
}

pub(crate) fn launch(name: &str, id: &str, generation: &str, slot: u32) -> Record {
    let intent =
        Intent::Launch { address: address(name), instance: instance(id, generation, slot) };
    Record::Intent { provider: provider(), intent, at: 1.0 }
}

pub(crate) fn stop(name: &str, id: &str) -> Record {
    let intent = Intent::Stop { address: address(name), instance: id.to_owned() };
    Record::Intent { provider: provider(), intent, at: 2.0 }
}

pub(crate) fn private(data: serde_json::Value) -> Record {
    Record::Intent { provider: provider(), intent: Intent::Private { data }, at: 3.0 }
}

pub(crate) fn outcome(outcome: Outcome) -> Record {
    Record::Outcome { provider: provider(), outcome }
}

pub(crate) fn launched(name: &str, id: &str, generation: &str, slot: u32) -> Record {
    outcome(Outcome::Launched { address: address(name), instance: instance(id, generation, slot) })
}

pub(crate) fn gone(name: &str, id: &str) -> Record {
    outcome(Outcome::Gone {
        address: address(name),
        instance: id.to_owned(),
        reason: "it ended".to_owned(),
    })
}

pub(crate) fn done(name: &str) -> Record {
    outcome(Outcome::Done { address: address(name) })
}
