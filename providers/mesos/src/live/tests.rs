//! What of a GET_STATE is told of pods by their ids.

use super::*;
use podform_provider::Standing;
use serde_json::{Value as Json, json};

fn task(framework: &str, executor: &str, labels: &[(&str, &str)], state: &str, at: f64) -> Json {
    let labels: Vec<Json> =
        labels.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let scope = |scope: &str| json!({ "labels": [{ "key": "network-scope", "value": scope }] });
    json!({
        "name": "main",
        "task_id": { "value": format!("{executor}.main") },
        "framework_id": { "value": framework },
        "executor_id": { "value": executor },
        "agent_id": { "value": "S0" },
        "state": state,
        "statuses": [{
            "task_id": { "value": format!("{executor}.main") }, "state": state, "timestamp": at,
            "container_status": { "network_infos": [
                { "name": "net", "ip_addresses": [{ "ip_address": "10.0.0.7/24" }] },
            ] },
        }],
        "labels": { "labels": labels },
        "discovery": { "visibility": "FRAMEWORK", "ports": { "ports": [
            { "number": 31000, "name": "out", "labels": scope("host") },
            { "number": 5432, "name": "sql", "labels": scope("container") },
        ] } },
    })
}

fn executor(framework: &str, id: &str, pod: Option<&str>) -> Json {
    json!({
        "executor_info": {
            "executor_id": { "value": id }, "framework_id": { "value": framework }, "name": pod,
        },
        "agent_id": { "value": "S0" },
    })
}

fn state(executors: &[Json], tasks: &[Json]) -> State {
    serde_json::from_value(json!({
        "get_agents": { "agents": [{
            "agent_info": { "id": { "value": "S0" }, "hostname": "node1" },
            "active": true, "version": "1.11.0", "pid": "slave(1)@10.0.0.1:5051",
        }] },
        "get_tasks": { "tasks": tasks },
        "get_executors": { "executors": executors },
        "get_frameworks": { "frameworks": [{
            "framework_info": { "user": "root", "name": "marathon", "id": { "value": "F2" } },
            "active": true, "connected": true, "recovered": false,
        }] },
    }))
    .unwrap()
}

fn ask(state: &State, id: &str) -> LiveStanding {
    let mut found = find(state, &[id.to_owned(), id.to_owned()], 1000.0);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, id);
    found.remove(0).standing
}

fn instances(standing: LiveStanding) -> (Option<String>, Vec<LiveInstance>) {
    match standing {
        LiveStanding::Found { version, instances } => (version, instances),
        LiveStanding::Missing { message, .. } => panic!("{message}"),
    }
}

const SECOND: &[(&str, &str)] = &[(label::GENERATION, "g2"), (label::SLOT, "1")];
const FIRST: &[(&str, &str)] = &[(label::GENERATION, "g1"), (label::SLOT, "0")];

#[test]
fn a_pod_of_another_state_is_told_by_slot() {
    let state = state(
        &[executor("F1", "e1", Some("/db")), executor("F1", "e2", Some("/db"))],
        &[
            task("F1", "e1", SECOND, "TASK_RUNNING", 20.0),
            task("F1", "e2", FIRST, "TASK_RUNNING", 10.0),
        ],
    );
    let (version, instances) = instances(ask(&state, "/db"));
    assert_eq!(version.as_deref(), Some("g2"));
    let slots: Vec<_> = instances.iter().map(|one| (one.record.slot, &*one.record.id)).collect();
    assert_eq!(slots, [(0, "e2"), (1, "e1")]);
    let one = &instances[0];
    assert_eq!(one.standing, Standing::Live);
    assert_eq!(one.record.host.as_deref(), Some("node1"));
    assert_eq!(one.record.started_at, Some(10.0));
    assert_eq!(one.record.network_ips, ["10.0.0.7"]);
    assert_eq!(one.record.endpoints["out"], "node1:31000");
    assert_eq!(one.record.endpoints["sql"], "10.0.0.7:5432");
    assert!(one.record.private.is_null());
}

#[test]
fn a_pod_of_marathon_is_known_by_its_executor() {
    let id = "instance-shop_db.5b2a1f20-03e0-11eb-9f2a-024287f1a7e1";
    let state = state(&[executor("F2", id, None)], &[task("F2", id, &[], "TASK_RUNNING", 10.0)]);
    let (version, instances) = instances(ask(&state, "/shop/db"));
    assert_eq!(version, None);
    assert_eq!((instances.len(), instances[0].record.slot), (1, 0));
    assert!(matches!(ask(&state, "/shop"), LiveStanding::Missing { .. }));
}

#[test]
fn what_has_ended_or_is_not_clear_is_missing() {
    let ended = state(
        &[executor("F1", "e1", Some("/db"))],
        &[task("F1", "e1", FIRST, "TASK_FAILED", 10.0)],
    );
    let missing = |standing| match standing {
        LiveStanding::Missing { message, .. } => message,
        LiveStanding::Found { .. } => panic!("it is there"),
    };
    assert_eq!(missing(ask(&ended, "/db")), "no pod `/db` runs");
    let two = state(
        &[executor("F1", "e1", Some("/db")), executor("F2", "e2", Some("/db"))],
        &[
            task("F1", "e1", FIRST, "TASK_RUNNING", 10.0),
            task("F2", "e2", FIRST, "TASK_RUNNING", 10.0),
        ],
    );
    assert_eq!(missing(ask(&two, "/db")), "2 frameworks run a pod `/db`: `F1`, `marathon` (`F2`)");
    assert!(find(&two, &[], 0.0).is_empty());
}
