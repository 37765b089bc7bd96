//! A pod's life on the cluster, and what people do to clusters.

mod support;

use podform_dev::{AgentOptions, Cluster, Options, Timing};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use support::{Stream, launch, operator, post, task};

fn options(folder: &Path) -> Options {
    Options {
        folder: folder.to_owned(),
        timing: Timing {
            allocation: Duration::from_millis(100),
            executor_start: Duration::from_millis(20),
            reregister: Duration::from_millis(50),
            ..Timing::default()
        },
        ..Options::default()
    }
}

#[test]
fn a_pod_is_launched_and_killed() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(options(folder.path())).unwrap();
    let url = &cluster.url;
    let mut stream = Stream::subscribe(url, None, 60.0);
    let offer = stream.wait_offer();
    let tasks = vec![
        task(&offer["agent_id"], "p.a", "exec sleep 300", json!({})),
        task(&offer["agent_id"], "p.b", "exec sleep 300", json!({})),
    ];
    let answer = stream.call(url, "ACCEPT", launch(&offer, &stream.framework, "p", tasks));
    assert_eq!(answer.status, 202);
    let running = stream.wait_state(url, "p.b", "TASK_RUNNING");
    assert!(running["container_status"]["executor_pid"].is_u64());
    assert_eq!(cluster.status().tasks.len(), 2);
    let kill = json!({ "kill": { "task_id": { "value": "p.a" } } });
    assert_eq!(stream.call(url, "KILL", kill).status, 202);
    let killed = stream.wait_state(url, "p.b", "TASK_KILLED");
    assert_eq!(killed["message"], "Command terminated with signal Terminated");
    stream.wait("FAILURE", |event| event["type"] == "FAILURE");
    assert!(cluster.status().tasks.is_empty());
}
