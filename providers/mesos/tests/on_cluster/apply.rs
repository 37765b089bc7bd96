//! Launching, stopping, and what goes wrong with it.

use crate::harness::{Host, World, create, delete, options, small};
use podform_model::record::InstanceStatus;
use podform_model::{Intent, Outcome};
use podform_provider::{LogStream, LogsRequest, Provider, Standing};

#[test]
fn a_pod_is_launched_read_and_killed() {
    let world = World::new();
    let host = world.apply(vec![create(small("echo hello; exec sleep 600"), 2)]).ok();
    assert!(host.is_done(), "{:#?}", host.told());
    assert!(matches!(host.intents()[0], Intent::Private { .. }));
    let records = host.records();
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record.status == InstanceStatus::Ready));

    let observed = world.read(&records);
    assert!(observed.instances.iter().all(|seen| seen.standing == Standing::Live && seen.ready));
    assert!(observed.surplus.is_empty());

    let logs = LogsRequest {
        instance: records[0].clone(),
        container: "main".into(),
        stream: LogStream::Stdout,
        offset: None,
        length: 100,
    };
    assert_eq!(world.provider().logs(&logs).unwrap().text, "hello\n");

    let host = world.apply(vec![delete(&records)]).ok();
    assert!(host.is_done(), "{:#?}", host.told());
    assert!(host.records().is_empty());
    assert!(world.tasks().is_empty());
    let stops = host.intents().iter().filter(|i| matches!(i, Intent::Stop { .. })).count();
    assert_eq!(stops, 2);
    let gone = host.outcomes().iter().filter(|o| matches!(o, Outcome::Gone { .. })).count();
    assert_eq!(gone, 2);
}

#[test]
fn a_session_whose_intents_are_not_durable_writes_nothing() {
    let world = World::with(options(1));
    let host = Host::new(&world).on_intend(|_| podform_provider::Proceed::Stop);
    host.hand_out(vec![create(small("sleep 600"), 1)]);
    host.finish();
    let error = world.provider().apply(&Default::default(), &host).unwrap_err();
    assert_eq!(error.kind, podform_provider::ErrorKind::Cancelled);
    assert!(world.cluster.status().frameworks.is_empty());
    assert!(world.tasks().is_empty());
}

#[test]
fn a_secret_reaches_the_container_and_its_output_is_masked() {
    let world = World::new().set("secret_store", store());
    std::fs::write(
        world.folder.path().join("secrets.hcl"),
        "secret \"/db\" { value = \"hunter2\" }\n",
    )
    .unwrap();
    private(&world.folder.path().join("secrets.hcl"));
    let mut json = small(
        "echo \"password $PW\" >&2; test \"$PW\" = hunter2 && test \"$TOKEN\" = tok || exit 1; exit 3",
    );
    json["secret"] = serde_json::json!([{"name": "db", "source": "/db"}]);
    json["environment"] =
        serde_json::json!({"PW": {"$secret": "db"}, "TOKEN": {"$sensitive": "tok"}});
    let mut step = create(json, 1);
    step.timeout = 2.0;
    let host = world.apply(vec![step]).ok();
    let failure = host.failure();
    assert!(failure.contains("container \"main\": Command exited with status 3"), "{failure}");
    assert!(failure.contains("password (sensitive)"), "{failure}");
    assert!(!format!("{:?}", host.told()).contains("hunter2"));
    // The attempt that the end of the time found at work may wait for acknowledgements that only
    // another session gives.
    let host = world.apply(vec![delete(&host.records())]).ok();
    assert!(host.is_done(), "{:#?}", host.told());
    world.wait_until_empty();
}

fn store() -> podform_model::Value {
    use podform_model::Value;
    let block = Value::object([
        ("kind", Value::string("file")),
        ("name", Value::string("file")),
        ("path", Value::string("secrets.hcl")),
    ]);
    Value::list(vec![block])
}

/// Readable by its owner alone, as the store asks for.
fn private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_secret_that_changed_since_the_plan_is_not_delivered() {
    let world = World::new().set("secret_store", store());
    let path = world.folder.path().join("secrets.hcl");
    std::fs::write(&path, "secret \"/db\" { value = \"new\" }\n").unwrap();
    private(&path);
    let mut json = small("sleep 600");
    json["secret"] = serde_json::json!([{"name": "db", "source": "/db"}]);
    let mut step = create(json, 1);
    let stamp = podform_model::SecretStamp {
        store: "file".into(),
        source: "/db".into(),
        version: None,
        digest: Some("00".into()),
    };
    step.secrets.insert("db".into(), stamp);
    let host = world.apply(vec![step]).ok();
    assert!(host.failure().contains("changed since the plan"));
    assert!(host.intents().iter().all(|intent| !matches!(intent, Intent::Launch { .. })));
}

#[test]
fn what_mesos_refuses_fails_at_once_with_its_text_and_leaves_nothing() {
    let world = World::new();
    let mut json = small("sleep 600");
    // A health check path that Mesos refuses; a plan would have found it.
    json["container"][0]["endpoint"] = serde_json::json!([{"name": "h"}]);
    json["container"][0]["health_check"] =
        serde_json::json!({"http": {"endpoint": "h", "path": "up"}, "interval": 30});
    let host = world.apply(vec![create(json, 2)]).ok();
    let failure = host.failure();
    assert!(failure.contains("must start with '/'"), "{failure}");
    assert!(host.records().is_empty());
    assert!(world.tasks().is_empty());
}

#[test]
fn no_room_is_said_with_what_is_short_where() {
    let world = World::with(options(1));
    let mut json = small("sleep 600");
    json["container"][0]["resources"]["cpus"] = 64.into();
    let mut step = create(json, 1);
    step.timeout = 1.0;
    let host = world.apply(vec![step]).ok();
    let failure = host.failure();
    assert!(failure.contains("no agent has room for 1 instance"), "{failure}");
    assert!(failure.contains("cpus (needs 64.1, 4 free)"), "{failure}");
    assert!(host.intents().iter().all(|intent| !matches!(intent, Intent::Launch { .. })));
}

#[test]
fn a_health_check_decides_when_a_pod_is_ready() {
    let world = World::new();
    let mut json = small("exec python3 -m http.server $ENDPOINT_H --bind 127.0.0.1");
    json["container"][0]["endpoint"] = serde_json::json!([{"name": "h"}]);
    json["container"][0]["health_check"] = serde_json::json!(
        {"http": {"endpoint": "h", "path": "/"}, "interval": 1, "timeout": 0, "delay": 0, "grace_period": 30}
    );
    json["container"][0]["health_check"]["timeout"] = serde_json::json!(0.9);
    let host = world.apply(vec![create(json, 1)]).ok();
    assert!(host.is_done(), "{:#?}", host.told());
    let records = host.records();
    assert!(records[0].endpoints["h"].contains(":31"), "{records:?}");
    let observed = world.read(&records);
    assert_eq!(observed.instances[0].healthy, Some(true));
    assert!(world.apply(vec![delete(&records)]).ok().is_done());
}

#[test]
fn an_update_is_rolled_and_the_old_one_goes_when_the_new_one_is_ready() {
    let world = World::new();
    let old = world.apply(vec![create(small("sleep 600"), 2)]).ok().records();
    let mut step = delete(&old);
    let new = create(small("sleep 601"), 2);
    step.action = podform_provider::Action::Update;
    step.value = new.value;
    step.launch = new.launch;
    for launch in &mut step.launch {
        launch.generation = "g2".into();
    }
    step.roll = true;
    let host = world.apply(vec![step]).ok();
    assert!(host.is_done(), "{:#?}", host.told());
    let records = host.records();
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|record| record.generation == "g2"));
    let outcomes = host.outcomes();
    let first = |test: fn(&Outcome) -> bool| outcomes.iter().position(test).unwrap();
    assert!(
        first(|o| matches!(o, Outcome::Launched { .. }))
            < first(|o| matches!(o, Outcome::Gone { .. }))
    );
    assert_eq!(world.tasks().len(), 2);
}

#[test]
fn an_update_that_fails_keeps_the_old_ones() {
    let world = World::new();
    let old = world.apply(vec![create(small("sleep 600"), 1)]).ok().records();
    let mut step = delete(&old);
    let new = create(small("exit 7"), 1);
    step.action = podform_provider::Action::Update;
    step.value = new.value;
    step.launch = new.launch;
    step.launch[0].generation = "g2".into();
    step.roll = true;
    step.timeout = 1.5;
    let host = world.apply(vec![step]).ok();
    assert!(host.failure().contains("Command exited with status 7"));
    assert_eq!(world.read(&old).instances[0].standing, Standing::Live);
}

#[test]
fn a_container_that_finishes_with_status_0_is_ready_and_read_as_finished() {
    let world = World::new();
    let host = world.apply(vec![create(small("exit 0"), 1)]).ok();
    assert!(host.is_done());
    let seen = world.read_until(&host.records(), "finished", |observed| {
        observed.instances[0].standing == Standing::Finished
    });
    assert_eq!(seen.instances[0].reason, "all its containers finished with status 0");
}

#[test]
fn a_container_killed_from_outside_is_dead_with_mesos_text() {
    let world = World::new();
    let records = world.apply(vec![create(small("exec sleep 600"), 1)]).ok().records();
    world.fault(&format!("kill?task={}", world.tasks()[0]));
    let seen = world
        .read_until(&records, "dead", |observed| observed.instances[0].standing == Standing::Dead);
    assert!(seen.instances[0].reason.contains("signal Killed"), "{:?}", seen.instances[0].reason);
}

#[test]
fn the_last_delete_ends_the_framework_and_the_next_create_makes_another() {
    let world = World::new();
    let records = world.apply(vec![create(small("sleep 600"), 1)]).ok().records();
    let first = world.cluster.status().frameworks[0].id.clone();
    let last = podform_provider::ApplyRequest { last: true, ..Default::default() };
    let host = world.apply_as(last, vec![delete(&records)]).ok();
    assert!(host.is_done());
    assert!(world.cluster.status().frameworks.is_empty());
    assert!(world.private.lock().unwrap()["framework_id"].is_null());
    let host = world.apply(vec![create(small("sleep 600"), 1)]).ok();
    assert!(host.is_done());
    assert_ne!(world.cluster.status().frameworks[0].id, first);
}

#[test]
fn the_last_delete_of_what_has_ended_ends_the_framework_too() {
    let world = World::new();
    let records = world.apply(vec![create(small("exit 0"), 1)]).ok().records();
    world.read_until(&records, "finished", |observed| {
        observed.instances[0].standing == Standing::Finished
    });
    let mut step = delete(&records);
    step.existing[0].1 = Standing::Finished;
    let last = podform_provider::ApplyRequest { last: true, ..Default::default() };
    assert!(world.apply_as(last, vec![step]).ok().is_done());
    assert!(world.cluster.status().frameworks.is_empty());
}

#[test]
fn a_cancelled_session_starts_nothing_more_and_keeps_what_runs() {
    let world = World::with(options(1));
    let provider = world.provider();
    let host = Host::new(&world);
    let mut json = small("sleep 600");
    json["container"][0]["resources"]["cpus"] = 1.into();
    // Three fit, the rest waits for room.
    host.hand_out(vec![create(json, 9)]);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| provider.apply(&Default::default(), &host));
        host.wait_for("an instance is launched", |told| {
            told.iter().any(|told| {
                matches!(told, crate::harness::Told::Intend(intents)
                if intents.iter().any(|i| matches!(i, Intent::Launch { .. })))
            })
        });
        host.cancel();
        running.join().unwrap().unwrap();
    });
    assert!(host.failure().contains("stopped before it was done"));
    assert!(!host.records().is_empty());
    let observed = world.read(&host.records());
    assert!(observed.instances.iter().all(|seen| seen.standing == Standing::Live));
}

#[test]
fn another_run_ends_the_session() {
    let world = World::with(options(1));
    let provider = world.provider();
    let host = Host::new(&world);
    let mut json = small("sleep 600");
    json["container"][0]["resources"]["cpus"] = 64.into();
    host.hand_out(vec![create(json, 1)]);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| provider.apply(&Default::default(), &host));
        host.wait_for("it waits for room", |told| {
            told.iter().any(
                |told| matches!(told, crate::harness::Told::Event(text) if text.contains("room")),
            )
        });
        let other = world.provider();
        other.settle(&Default::default()).unwrap();
        let error = running.join().unwrap().unwrap_err();
        assert_eq!(error.kind, podform_provider::ErrorKind::Superseded);
    });
}
