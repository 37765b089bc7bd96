//! A pod's life on the cluster, and what people do to clusters.

#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use podform_dev::{AgentOptions, Cluster, Fault, Options, Timing};
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
    while !cluster.status().tasks.is_empty() {
        std::thread::yield_now();
    }
}

/// A cluster with options of one's own, and a subscribed framework.
fn start(change: impl FnOnce(&mut Options)) -> (tempfile::TempDir, Cluster, Stream) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path());
    change(&mut options);
    let cluster = Cluster::start(options).unwrap();
    let stream = Stream::subscribe(&cluster.url, None, 600.0);
    (folder, cluster, stream)
}

/// Launches one group; its tasks are made for the agent of the offer.
fn launch_group(
    cluster: &Cluster,
    stream: &mut Stream,
    executor: &str,
    tasks: impl Fn(&Value) -> Vec<Value>,
) -> Value {
    let offer = stream.wait_offer();
    let tasks = tasks(&offer["agent_id"]);
    let body = launch(&offer, &stream.framework, executor, tasks);
    let answer = stream.call(&cluster.url, "ACCEPT", body);
    assert_eq!(answer.status, 202, "{}", answer.body);
    offer
}

/// A file of a task's sandbox, read from its agent by the path that needs no container id.
fn sandbox_file(stream: &Stream, offer: &Value, task: &str, name: &str) -> String {
    let executor = task.split('.').next().unwrap();
    let port = &offer["url"]["address"]["port"];
    let path = format!(
        "/frameworks/{}/executors/{executor}/runs/latest/tasks/{task}/{name}",
        stream.framework
    );
    let body = json!({ "type": "READ_FILE", "read_file": { "path": path, "offset": 0 } });
    let answer = post(&format!("http://127.0.0.1:{port}"), "/api/v1", &[], &body);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    use base64::Engine;
    let data = answer.json()["read_file"]["data"].as_str().unwrap().to_owned();
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn shared_volume() -> Value {
    json!({ "type": "MESOS", "volumes": [{
        "mode": "RW", "container_path": "data",
        "source": { "type": "SANDBOX_PATH", "sandbox_path": { "type": "PARENT", "path": "data" } },
    }]})
}

#[test]
fn a_task_sees_its_variables_and_the_volume_of_its_pod() {
    let (_folder, cluster, mut stream) = start(|_| {});
    let url = &cluster.url;
    let artifact = format!("{url}/version");
    let offer = launch_group(&cluster, &mut stream, "p", |agent| {
        let command = json!({
            "value": "env > data/env; cat v.json",
            "environment": { "variables": [
                { "name": "PLAIN", "value": "one two" },
                { "name": "PW", "type": "SECRET",
                  "secret": { "type": "VALUE", "value": { "data": "czNjcjN0" } } },
            ]},
            "uris": [{ "value": artifact, "output_file": "v.json", "extract": false }],
        });
        let reader = "until grep -q MESOS_SANDBOX data/env; do sleep 0.05; done; cat data/env";
        vec![
            task(agent, "p.a", "", json!({ "command": command, "container": shared_volume() })),
            task(agent, "p.b", reader, json!({ "container": shared_volume() })),
        ]
    });
    stream.wait_state(url, "p.b", "TASK_FINISHED");
    let seen = sandbox_file(&stream, &offer, "p.b", "stdout");
    let variables: Vec<_> = seen.lines().collect();
    for expected in [
        "PLAIN=one two",
        "PW=s3cr3t",
        "MESOS_CONTAINER_IP=127.0.0.1",
        "MESOS_ALLOCATION_ROLE=*",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ] {
        assert!(variables.contains(&expected), "{expected} is not in {seen}");
    }
    let allowed = ["PLAIN", "PW", "PATH", "PWD", "OLDPWD", "SHLVL", "_"];
    for line in &variables {
        let name = line.split('=').next().unwrap();
        let ours = ["MESOS_CONTAINER_IP", "MESOS_ALLOCATION_ROLE", "MESOS_SANDBOX"];
        assert!(allowed.contains(&name) || ours.contains(&name), "{name} is not a task's");
    }
    assert!(sandbox_file(&stream, &offer, "p.a", "stdout").contains("\"version\":\"1.12.0\""));
}

#[test]
fn a_kill_waits_for_its_grace_and_ends_all_processes() {
    let (folder, cluster, mut stream) = start(|_| {});
    let url = &cluster.url;
    let offer = launch_group(&cluster, &mut stream, "p", |agent| {
        let text =
            "trap 'echo asked' TERM; setsid sleep 300 & echo ready; while :; do sleep 0.1; done";
        let grace = json!({ "grace_period": { "nanoseconds": 600_000_000 } });
        vec![task(agent, "p.a", text, json!({ "kill_policy": grace }))]
    });
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    while !sandbox_file(&stream, &offer, "p.a", "stdout").contains("ready") {
        std::thread::yield_now();
    }
    let asked = std::time::Instant::now();
    stream.call(url, "KILL", json!({ "kill": { "task_id": { "value": "p.a" } } }));
    stream.wait_state(url, "p.a", "TASK_KILLING");
    let killed = stream.wait_state(url, "p.a", "TASK_KILLED");
    assert_eq!(killed["message"], "Command terminated with signal Killed");
    assert!(asked.elapsed() >= Duration::from_millis(600));
    assert!(sandbox_file(&stream, &offer, "p.a", "stdout").contains("asked"));
    let mark = format!("MESOS_SANDBOX={}/", folder.path().canonicalize().unwrap().display());
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let environment = std::fs::read_to_string(entry.path().join("environ")).unwrap_or_default();
        assert!(!environment.contains(&mark), "{:?} is left", entry.path());
    }
}

#[test]
fn a_task_that_runs_too_long_fails() {
    let (_folder, cluster, mut stream) = start(|_| {});
    launch_group(&cluster, &mut stream, "p", |agent| {
        let most = json!({ "max_completion_time": { "nanoseconds": 100_000_000 } });
        vec![task(agent, "p.a", "exec sleep 300", most)]
    });
    let failed = stream.wait_state(&cluster.url, "p.a", "TASK_FAILED");
    assert_eq!(failed["reason"], "REASON_MAX_COMPLETION_TIME_REACHED");
}

#[test]
fn a_tcp_health_check_reports_once_and_kills_after_its_failures() {
    let (_folder, cluster, mut stream) = start(|_| {});
    let url = &cluster.url;
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let check = |port: u16, failures: u32| {
        json!({ "health_check": {
            "type": "TCP", "tcp": { "port": port }, "delay_seconds": 0, "interval_seconds": 0.05,
            "timeout_seconds": 1, "consecutive_failures": failures, "grace_period_seconds": 0,
        }})
    };
    launch_group(&cluster, &mut stream, "p", |agent| {
        vec![
            task(agent, "p.good", "exec sleep 300", check(port, 1)),
            task(agent, "p.bad", "exec sleep 300", check(closed, 2)),
        ]
    });
    // The ends of two tasks come in any order.
    let killed = |status: &Value| status["state"] == "TASK_KILLED";
    while stream.seen.iter().filter(|event| killed(&event["update"]["status"])).count() < 2 {
        let event = stream.next(support::PATIENCE).unwrap();
        stream.acknowledge(url, &event["update"]["status"]);
    }
    let ends = stream.seen.iter().map(|event| &event["update"]["status"]);
    assert!(ends.filter(|status| killed(status)).all(|status| status["healthy"] == false));
    let health = |task: &str| -> Vec<Value> {
        let statuses = stream.seen.iter().map(|event| event["update"]["status"].clone());
        let of_task = statuses.filter(|status| {
            status["task_id"]["value"] == task && status["state"] == "TASK_RUNNING"
        });
        of_task.map(|status| status["healthy"].clone()).collect()
    };
    assert_eq!(health("p.bad"), [Value::Null, json!(false), json!(false)]);
    assert_eq!(health("p.good"), [Value::Null, json!(true)]);
}

#[test]
fn a_suppressed_role_gets_no_offers_until_it_is_revived() {
    let (_folder, cluster, mut stream) = start(|options| {
        options.agents = AgentOptions::several(1);
    });
    let url = &cluster.url;
    let offer = stream.wait_offer();
    assert_eq!(stream.call(url, "SUPPRESS", json!({})).status, 202);
    let decline = json!({ "offer_ids": [offer["id"]], "filters": { "refuse_seconds": 0 } });
    stream.call(url, "DECLINE", json!({ "decline": decline }));
    let several_allocations = Duration::from_millis(400);
    assert_eq!(stream.next(several_allocations), None);
    stream.call(url, "REVIVE", json!({ "revive": { "roles": ["not-mine"] } }));
    assert_eq!(stream.next(several_allocations), None, "one wrong role drops the whole call");
    stream.call(url, "REVIVE", json!({}));
    assert_ne!(stream.wait_offer()["id"], offer["id"]);
}

#[test]
fn images_networks_and_limits_are_refused_or_pretended() {
    let container = |more: Value| {
        let mut container = json!({ "type": "MESOS" });
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "container": container })
    };
    let image = container(json!({
        "mesos": { "image": { "type": "DOCKER", "docker": { "name": "busybox" } } },
    }));
    let network = container(json!({ "network_infos": [{ "name": "dcos" }] }));
    let mut limits = container(json!({ "linux_info": { "share_cgroups": false } }));
    limits["limits"] = json!({ "mem": { "value": 64.0 } });
    for pretends in [false, true] {
        let (_folder, cluster, mut stream) = start(|options| {
            options.images_host = pretends;
            options.isolation_cgroups = pretends;
            options.networks = if pretends { vec!["dcos".into()] } else { Vec::new() };
        });
        let url = &cluster.url;
        for (name, more) in [("image", &image), ("network", &network), ("limits", &limits)] {
            let id = format!("{name}.a");
            let offer = launch_group(&cluster, &mut stream, name, |agent| {
                vec![task(agent, &id, "echo $MESOS_CONTAINER_IP", more.clone())]
            });
            if pretends {
                stream.wait_state(url, &id, "TASK_FINISHED");
                let shown = sandbox_file(&stream, &offer, &id, "stdout");
                assert_eq!(shown.trim() == "127.0.0.1", name != "network", "{name}: {shown}");
                continue;
            }
            let state = if name == "limits" { "TASK_DROPPED" } else { "TASK_FAILED" };
            let refused = stream.wait_state(url, &id, state);
            let text = refused["message"].as_str().unwrap();
            let expected = match name {
                "image" => "Unsupported container image type: DOCKER",
                "network" => "Unknown CNI network 'dcos'",
                _ => "isolators are not enabled",
            };
            assert!(text.contains(expected), "{text}");
        }
    }
}

#[test]
fn faults_are_played() {
    let (_folder, cluster, mut stream) = start(|_| {});
    let url = &cluster.url;
    launch_group(&cluster, &mut stream, "p", |agent| {
        vec![task(agent, "p.a", "exec sleep 300", json!({}))]
    });
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    podform_dev::play(url, &Fault::DropStream).unwrap();
    stream.wait_end();
    let refused = stream.call(url, "REVIVE", json!({}));
    assert_eq!((refused.status, refused.body.as_str()), (403, "Framework is not subscribed"));
    assert_eq!(cluster.status().tasks[0].state, "TASK_RUNNING", "tasks survive their scheduler");
    let framework = stream.framework.clone();
    let mut stream = Stream::subscribe(url, Some(&framework), 600.0);
    podform_dev::play(url, &Fault::Kill("p.a".into())).unwrap();
    let failed = stream.wait_state(url, "p.a", "TASK_FAILED");
    assert_eq!(failed["message"], "Command terminated with signal Killed");
    podform_dev::play(url, &Fault::Unavailable(1)).unwrap();
    let refused = stream.call(url, "REVIVE", json!({}));
    assert_eq!((refused.status, refused.body.as_str()), (503, "Master has not finished recovery"));
    while stream.call(url, "REVIVE", json!({})).status != 202 {
        std::thread::yield_now();
    }
}

#[test]
fn what_nobody_acknowledged_comes_again_with_the_next_subscription() {
    let (_folder, cluster, mut stream) = start(|_| {});
    let url = &cluster.url;
    launch_group(&cluster, &mut stream, "p", |agent| {
        vec![task(agent, "p.a", "exec sleep 300", json!({}))]
    });
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    stream.close();
    podform_dev::play(url, &Fault::Kill("p.a".into())).unwrap();
    while cluster.status().tasks[0].unacknowledged.is_empty() {
        std::thread::yield_now();
    }
    let tasks = operator(url, "GET_TASKS")["get_tasks"]["tasks"].clone();
    assert_eq!(tasks[0]["state"], "TASK_FAILED", "the master knows, the framework does not");
    let again = std::time::Instant::now();
    let framework = stream.framework.clone();
    let mut stream = Stream::subscribe(url, Some(&framework), 600.0);
    stream.wait_state(url, "p.a", "TASK_FAILED");
    assert!(again.elapsed() < Duration::from_secs(5), "at once, not after ten seconds");
}

#[test]
fn a_lost_agent_takes_its_tasks_along_and_brings_them_back() {
    let (_folder, cluster, mut stream) = start(|options| {
        options.agents = AgentOptions::several(1);
    });
    let url = &cluster.url;
    let offer = launch_group(&cluster, &mut stream, "p", |agent| {
        vec![task(agent, "p.a", "exec sleep 300", json!({}))]
    });
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    let second = stream.wait_offer();
    let agent = offer["agent_id"]["value"].as_str().unwrap().to_owned();
    podform_dev::play(url, &Fault::LoseAgent("S0".into())).unwrap();
    stream.wait_state(url, "p.a", "TASK_UNREACHABLE");
    let rescinded = stream.wait("RESCIND", |event| event["type"] == "RESCIND");
    assert_eq!(rescinded["rescind"]["offer_id"], second["id"]);
    assert_eq!(operator(url, "GET_AGENTS")["get_agents"]["agents"], json!([]));
    assert_eq!(cluster.status().agents[0].state, "lost");
    // It ends while nobody hears of it.
    podform_dev::play(url, &Fault::Kill("p.a".into())).unwrap();
    while cluster.status().tasks[0].state != "TASK_FAILED" {
        std::thread::yield_now();
    }
    podform_dev::play(url, &Fault::ReturnAgent(agent)).unwrap();
    let back = stream.wait_state(url, "p.a", "TASK_FAILED");
    assert_eq!(back["reason"], "REASON_AGENT_REREGISTERED");
    let failed = stream.wait_state(url, "p.a", "TASK_FAILED");
    assert_eq!(failed["message"], "Command terminated with signal Killed");
    stream.wait_offer();
}

#[test]
fn an_agent_that_is_marked_gone_never_comes_back() {
    let (_folder, cluster, mut stream) = start(|options| {
        options.agents = AgentOptions::several(1);
    });
    let url = &cluster.url;
    let offer = launch_group(&cluster, &mut stream, "p", |agent| {
        vec![task(agent, "p.a", "exec sleep 300", json!({}))]
    });
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    let agent = &offer["agent_id"];
    let mark = |agent: &Value| {
        let call = json!({ "type": "MARK_AGENT_GONE", "mark_agent_gone": { "agent_id": agent } });
        let answer = post(url, "/api/v1", &[], &call);
        (answer.status, answer.body)
    };
    assert_eq!(mark(agent), (200, String::new()));
    assert_eq!(mark(agent), (200, String::new()), "again");
    assert_eq!(mark(&json!({ "value": "x" })), (404, "Agent 'x' not found".to_owned()));
    let gone = stream.wait_state(url, "p.a", "TASK_GONE_BY_OPERATOR");
    assert_eq!(gone["message"], "Agent has been marked gone");
    assert_eq!(gone["reason"], "REASON_AGENT_REMOVED_BY_OPERATOR");
    assert!(podform_dev::play(url, &Fault::ReturnAgent("S0".into())).is_err());
    let tasks = operator(url, "GET_TASKS")["get_tasks"]["completed_tasks"].clone();
    assert_eq!(tasks[0]["state"], "TASK_GONE_BY_OPERATOR");
    let entry = json!({ "task_id": { "value": "p.a" }, "agent_id": agent });
    stream.call(url, "RECONCILE", json!({ "reconcile": { "tasks": [entry] } }));
    let answer = stream.wait_state(url, "p.a", "TASK_GONE_BY_OPERATOR");
    assert_eq!(answer["message"], "Reconciliation: Task is gone");
    while !cluster.status().tasks.is_empty() {
        std::thread::yield_now();
    }
}

#[test]
fn a_framework_that_stays_away_too_long_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(options(folder.path())).unwrap();
    let url = &cluster.url;
    let mut stream = Stream::subscribe(url, None, 0.2);
    launch_group(&cluster, &mut stream, "p", |agent| {
        vec![task(agent, "p.a", "exec sleep 300", json!({}))]
    });
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    stream.close();
    while !cluster.status().tasks.is_empty() {
        std::thread::yield_now();
    }
    let completed =
        operator(url, "GET_FRAMEWORKS")["get_frameworks"]["completed_frameworks"].clone();
    assert_eq!(completed[0]["framework_info"]["id"]["value"], stream.framework.as_str());
    let tasks = operator(url, "GET_TASKS")["get_tasks"]["completed_tasks"].clone();
    assert_eq!(tasks[0]["state"], "TASK_KILLED");
}

#[test]
fn what_is_not_played_says_so() {
    let (_folder, cluster, mut stream) = start(|_| {});
    let url = &cluster.url;
    let offer = stream.wait_offer();
    let operation = json!({ "type": "RESERVE", "reserve": { "resources": [] } });
    let accept = json!({ "offer_ids": [offer["id"]], "operations": [operation] });
    let refused = stream.call(url, "ACCEPT", json!({ "accept": accept }));
    assert_eq!((refused.status, refused.body.as_str()), (501, "501 Not Implemented."));
    for path in ["/tasks", "/roles", "/flags"] {
        assert_eq!(support::send(url, "GET", path, &[], "").status, 501, "{path}");
    }
    assert_eq!(post(url, "/api/v1", &[], &json!({ "type": "GET_QUOTA" })).status, 501);
    assert_eq!(support::send(url, "GET", "/nowhere", &[], "").status, 404);
}

#[test]
fn the_legacy_state_agrees_with_the_operator_api() {
    let (_folder, cluster, mut stream) = start(|_| {});
    let url = &cluster.url;
    launch_group(&cluster, &mut stream, "p", |agent| {
        vec![task(agent, "p.a", "exec sleep 300", json!({}))]
    });
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    let state = support::send(url, "GET", "/master/state", &[], "").json();
    assert_eq!(state["activated_slaves"], 3.0);
    assert_eq!(state["frameworks"][0]["id"], stream.framework.as_str());
    let task = &state["frameworks"][0]["tasks"][0];
    assert_eq!((&task["id"], &task["state"]), (&json!("p.a"), &json!("TASK_RUNNING")));
    let metrics = support::send(url, "GET", "/metrics/snapshot", &[], "").json();
    assert_eq!(metrics["master/elected"], 1.0);
    assert_eq!(metrics["master/cpus_total"], 12.0);
}

/// A task of a simulated cluster that behaves as its label says.
fn acting(agent: &Value, id: &str, act: &str, more: Value) -> Value {
    let mut task = task(agent, id, "exec sleep 300", more);
    task["labels"] = json!({ "labels": [{ "key": "simulate", "value": act }] });
    task
}

#[test]
fn a_simulated_pod_lives_and_dies_as_a_real_one_without_a_process() {
    let (folder, cluster, mut stream) = start(|options| {
        options.simulate = true;
        options.agents = AgentOptions::simulated(1);
    });
    let url = &cluster.url;
    assert!(cluster.status().simulated);
    let health = json!({ "health_check": {
        "type": "TCP", "tcp": { "port": 1 }, "delay_seconds": 0.01, "interval_seconds": 0.01,
        "consecutive_failures": 2, "grace_period_seconds": 0.0,
    }});
    launch_group(&cluster, &mut stream, "p", |agent| {
        vec![
            task(agent, "p.a", "exec sleep 300", health.clone()),
            task(agent, "p.b", "x", json!({})),
        ]
    });
    let running = stream.wait_state(url, "p.a", "TASK_RUNNING");
    assert!(running["container_status"]["executor_pid"].is_null(), "{running}");
    let address = &running["container_status"]["network_infos"][0]["ip_addresses"][0];
    assert_eq!(address["ip_address"], "127.0.0.1");
    assert_eq!(stream.wait_state(url, "p.a", "TASK_RUNNING")["healthy"], true);
    assert_eq!(cluster.status().tasks.len(), 2);
    let kill = json!({ "kill": { "task_id": { "value": "p.a" } } });
    stream.call(url, "KILL", kill);
    stream.wait_state(url, "p.a", "TASK_KILLING");
    let killed = stream.wait_state(url, "p.a", "TASK_KILLED");
    assert_eq!(killed["message"], "Command terminated with signal Terminated");
    stream.wait_state(url, "p.b", "TASK_KILLED");
    stream.wait("FAILURE", |event| event["type"] == "FAILURE");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no sandbox is made");
}

#[test]
fn the_fault_hook_crashes_a_simulated_task() {
    let (_folder, cluster, mut stream) = start(|options| options.simulate = true);
    let url = &cluster.url;
    launch_group(&cluster, &mut stream, "q", |agent| {
        vec![
            task(agent, "q.a", "x", json!({})),
            acting(
                agent,
                "q.b",
                "ignore SIGTERM",
                json!({
                    "kill_policy": { "grace_period": { "nanoseconds": 20_000_000 } },
                }),
            ),
        ]
    });
    stream.wait_state(url, "q.b", "TASK_RUNNING");
    podform_dev::play(url, &Fault::Kill("q.a".to_owned())).unwrap();
    let crashed = stream.wait_state(url, "q.a", "TASK_FAILED");
    assert_eq!(crashed["message"], "Command terminated with signal Killed");
    podform_dev::play(url, &Fault::Kill("q.a".to_owned())).unwrap_err();
    // The rest of its group is told to end, does not heed it, and is killed after its grace.
    let killed = stream.wait_state(url, "q.b", "TASK_KILLED");
    assert_eq!(killed["message"], "Command terminated with signal Killed");
}

#[test]
fn labels_make_simulated_tasks_misbehave() {
    let (_folder, cluster, mut stream) = start(|options| options.simulate = true);
    let url = &cluster.url;
    let checked = || {
        json!({ "health_check": {
            "type": "TCP", "tcp": { "port": 1 }, "delay_seconds": 0.0, "interval_seconds": 0.01,
            "consecutive_failures": 2, "grace_period_seconds": 0.0,
        }})
    };
    for (id, act, more, state, message) in [
        ("e.a", "exit 3", json!({}), "TASK_FAILED", "Command exited with status 3"),
        ("f.a", "exit 0 after 0.02", json!({}), "TASK_FINISHED", "Command exited with status 0"),
        (
            "r.a",
            "refuse",
            json!({}),
            "TASK_FAILED",
            "The simulated container was told not to start",
        ),
        (
            "u.a",
            "unhealthy after 0.005",
            checked(),
            "TASK_KILLED",
            "Command terminated with signal Terminated",
        ),
    ] {
        let executor = id.split('.').next().unwrap();
        launch_group(&cluster, &mut stream, executor, |agent| {
            vec![acting(agent, id, act, more.clone())]
        });
        let ended = stream.wait_state(url, id, state);
        assert_eq!(ended["message"], message, "{act}");
    }
    launch_group(&cluster, &mut stream, "w", |agent| {
        vec![acting(agent, "w.a", "dance", json!({}))]
    });
    let refused = stream.wait_state(url, "w.a", "TASK_FAILED");
    assert!(refused["message"].as_str().unwrap().contains("says 'dance'"), "{refused}");
}
