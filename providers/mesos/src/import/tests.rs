//! What of a GET_STATE can be taken over.

use super::*;
use serde_json::{Value as Json, json};

fn scalar(name: &str, value: f64) -> Json {
    json!({ "name": name, "type": "SCALAR", "scalar": { "value": value } })
}

fn task(framework: &str, executor: &str, name: &str, address: &str, state: &str) -> Json {
    let label = |key: &str, value: &str| json!({ "key": key, "value": value });
    json!({
        "name": name,
        "task_id": { "value": format!("{executor}.{name}") },
        "framework_id": { "value": framework },
        "executor_id": { "value": executor },
        "agent_id": { "value": "S0" },
        "state": state,
        "resources": [scalar("cpus", 0.1), scalar("cpus", 0.2), scalar("mem", 64.0)],
        "labels": { "labels": [
            label(label::ADDRESS, address), label(label::GENERATION, "g1"), label(label::SLOT, "0"),
        ] },
        "container": {
            "type": "MESOS",
            "mesos": { "image": { "type": "DOCKER", "docker": { "name": "nginx:1.27" } } },
        },
    })
}

fn executor(framework: &str, id: &str, pod: &str) -> Json {
    json!({
        "executor_info": {
            "executor_id": { "value": id },
            "framework_id": { "value": framework },
            "name": pod,
            "resources": [scalar("cpus", 0.1), scalar("mem", 32.0), scalar("disk", 10.0)],
        },
        "agent_id": { "value": "S0" },
    })
}

fn state(executors: &[Json], tasks: &[Json]) -> GetState {
    serde_json::from_value(json!({
        "get_tasks": { "tasks": tasks },
        "get_executors": { "executors": executors },
        "get_frameworks": { "frameworks": [{
            "framework_info": { "user": "root", "name": "marathon", "id": { "value": "F2" } },
            "active": true, "connected": true, "recovered": false,
        }] },
    }))
    .unwrap()
}

fn look(state: &GetState, id: &str) -> Result<ImportedPod, Box<Diagnostic>> {
    let private = Private { framework_id: Some("F1".into()), ..Private::default() };
    let query = ImportQuery { address: Address::pod("a"), id: id.into() };
    let mut answer = find(state, &private, &ImportRequest { pods: vec![query] });
    answer.pods.pop().ok_or_else(|| answer.diagnostics.0.remove(0).into())
}

#[test]
fn what_a_task_shows_is_known_and_the_rest_is_not() {
    let executors = [executor("F1", "e1", "/shop/web")];
    let tasks = [task("F1", "e1", "web", "pod.old", "TASK_RUNNING")];
    let pod = look(&state(&executors, &tasks), "/shop/web").unwrap();
    assert_eq!((pod.generation.as_str(), pod.instances.len()), ("g1", 1));
    assert_eq!((pod.instances[0].id.as_str(), pod.instances[0].slot), ("e1", 0));
    let number =
        |value: &Value, name: &str| value.get(name).unwrap().as_number().unwrap().to_string();
    assert_eq!(number(&pod.value, "instances"), "1");
    assert_eq!(number(pod.value.get("executor_resources").unwrap(), "disk"), "10");
    let web = pod.value.named("container", "web").unwrap();
    assert_eq!(number(web.get("resources").unwrap(), "cpus"), "0.3");
    assert_eq!(number(web.get("resources").unwrap(), "gpus"), "0");
    assert_eq!(web.get("image").unwrap().get("id").unwrap().as_str(), Some("nginx:1.27"));
    for name in ["command", "argv", "environment", "endpoint", "health_check"] {
        assert!(web.get(name).unwrap().is_unknown(), "{name}");
    }
    for name in ["environment", "secret", "network", "volume", "upgrade"] {
        assert!(pod.value.get(name).unwrap().is_unknown(), "{name}");
    }
}

#[test]
fn what_cannot_be_taken_over_is_refused_with_the_reason() {
    let executors = [
        executor("F1", "e1", "/two"),
        executor("F1", "e2", "/two"),
        executor("F2", "e3", "/theirs"),
        executor("F1", "e4", "/ended"),
    ];
    let tasks = [
        task("F1", "e1", "web", "pod.a", "TASK_RUNNING"),
        task("F1", "e2", "web", "pod.b", "TASK_RUNNING"),
        task("F2", "e3", "web", "pod.c", "TASK_RUNNING"),
        task("F1", "e4", "web", "pod.d", "TASK_FINISHED"),
    ];
    let state = state(&executors, &tasks);
    let refused = |id| look(&state, id).unwrap_err();
    assert_eq!(refused("/two").summary, "2 pods with the id `/two` run: of pod.a and pod.b");
    assert_eq!(
        refused("/theirs").summary,
        "the pod `/theirs` runs under another framework: `marathon` (`F2`)"
    );
    assert_eq!(refused("/ended").summary, "no pod `/ended` runs");
    assert_eq!(refused("/nowhere").help.as_deref(), Some("name a pod that runs: `/two`"));
    assert_eq!(refused("/nowhere").address, Some(Address::pod("a")));
}
