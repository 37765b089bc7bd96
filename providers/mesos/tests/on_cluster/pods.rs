//! Pods of many kinds, and many pods.

use crate::harness::{Told, World, create, delete, options, small};
use podform_dev::Credentials;
use podform_model::{Address, Intent};
use podform_provider::{
    ErrorKind, LogStream, LogsRequest, PlanRequest, Proposal, Provider, ReadRequest,
};

fn output(world: &World, record: &podform_model::InstanceRecord, container: &str) -> String {
    let request = LogsRequest {
        instance: record.clone(),
        container: container.into(),
        stream: LogStream::Stdout,
        offset: Some(0),
        length: 10_000,
    };
    world.provider().logs(&request).unwrap().text
}

#[test]
fn containers_share_volumes_and_know_each_others_ports() {
    let world = World::new();
    let json = serde_json::json!({
        "id": "/shop/web",
        "labels": {"team": "a"},
        "volume": [{"name": "data"}],
        "container": [
            {"name": "writer", "command": "echo shared > data/new; mv data/new data/file; exec sleep 600",
             "resources": {"cpus": 0.1, "mem": 32}, "volume_mount": [{"name": "data", "path": "data"}]},
            {"name": "reader", "resources": {"cpus": 0.1, "mem": 32},
             "command": "while ! cat in/file; do sleep 0.05; done; echo $ENDPOINT_HTTP $PODFORM_APP_ID $PODFORM_APP_LABEL_TEAM $MESOS_TASK_ID; exec sleep 600",
             "endpoint": [{"name": "http"}], "volume_mount": [{"name": "data", "path": "in"}]},
        ],
    });
    let host = world.apply(vec![create(json, 1)]).ok();
    assert!(host.is_done(), "{:#?}", host.told());
    let record = host.records().remove(0);
    let text = output(&world, &record, "reader");
    let port = record.endpoints["http"].rsplit(':').next().unwrap();
    let last = text.lines().last().unwrap();
    assert!(text.contains("shared"), "{text}");
    assert_eq!(last, format!("{port} /shop/web a {}.reader", record.id));
    assert!(world.apply(vec![delete(&[record])]).ok().is_done());
}

#[test]
fn many_pods_go_out_in_few_calls_and_all_are_stopped() {
    let world = World::with(options(3));
    let steps: Vec<_> = (0..30)
        .map(|n| {
            let mut step = create(small("exec sleep 600"), 1);
            step.id = n;
            step.address = Address::pod(format!("p{n}"));
            step
        })
        .collect();
    let host = world.apply(steps).ok();
    let records = host.records();
    assert_eq!(records.len(), 30);
    let batches = host
        .told()
        .iter()
        .filter(|told| {
            matches!(told, Told::Intend(intents)
            if intents.iter().any(|i| matches!(i, Intent::Launch { .. })))
        })
        .count();
    assert!(batches <= 6, "{batches} batches of intents for 30 pods");
    let host = world.apply(vec![delete(&records)]).ok();
    assert!(host.is_done());
    assert!(world.tasks().is_empty());
}

#[test]
fn a_pod_may_have_a_role_of_its_own() {
    let world = World::with(options(1));
    let mut json = small("exec sleep 600");
    json["role"] = "dev".into();
    assert!(world.apply(vec![create(json, 1)]).ok().is_done());
}

#[test]
fn what_an_agent_cannot_do_is_said_with_its_text() {
    let world = World::with(options(1));
    let mut json = small("exec sleep 600");
    json["network"] = serde_json::json!([{"mode": "container", "name": "nowhere"}]);
    let mut step = create(json, 1);
    step.timeout = 1.0;
    let host = world.apply(vec![step]).ok();
    let failure = host.failure();
    assert!(failure.contains("nowhere"), "{failure}");
    assert!(host.records().is_empty(), "{:?}", host.records());
}

#[test]
fn limits_without_cgroups_are_dropped_and_the_agent_is_not_tried_again() {
    let world = World::with(options(1));
    let mut json = small("exec sleep 600");
    json["container"][0]["limits"] = serde_json::json!({"mem": 64});
    let mut step = create(json, 1);
    step.timeout = 1.0;
    let host = world.apply(vec![step]).ok();
    let launches = host.intents().iter().filter(|i| matches!(i, Intent::Launch { .. })).count();
    assert_eq!(launches, 1, "{}", host.failure());
    assert!(host.failure().contains("Not tried again: 1 agent"), "{}", host.failure());
}

#[test]
fn credentials_are_sent_and_wrong_ones_are_said() {
    let (folder, mut options) = options(1);
    options.credentials = Some(Credentials { principal: "ops".into(), secret: "right".into() });
    std::fs::write(folder.path().join("right"), "right\n").unwrap();
    std::fs::write(folder.path().join("wrong"), "wrong\n").unwrap();
    let world = World::with((folder, options)).set("principal", "ops").set("secret_file", "right");
    assert!(world.apply(vec![create(small("exec sleep 600"), 1)]).ok().is_done());
    let world = world.set("secret_file", "wrong");
    let error = world.provider().read(&ReadRequest::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert!(error.message.contains("401") && !error.message.contains("wrong\n"), "{error:?}");
}

#[test]
fn the_preview_looks_at_the_agents_as_they_are() {
    let world = World::with(options(1));
    assert!(world.apply(vec![create(small("exec sleep 600"), 1)]).ok().is_done());
    let mut json = small("exec sleep 600");
    json["container"][0]["resources"]["cpus"] = serde_json::json!(3.8);
    let step = create(json, 1);
    let proposal = Proposal {
        address: Address::pod("big"),
        prior: None,
        planned: step.value.unwrap(),
        launches: 1,
        secrets: Default::default(),
    };
    let answer = world.provider().plan(&PlanRequest { proposals: vec![proposal] }).unwrap();
    let text = format!("{:?}", answer.diagnostics);
    assert!(text.contains("cpus (needs 3.9, 3.8 free)"), "{text}");
    assert!(!answer.diagnostics.has_errors());
}
