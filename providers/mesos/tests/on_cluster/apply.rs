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
