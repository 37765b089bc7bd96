//! Crashes, lost agents, restarted masters: what settle and read make of them.

use crate::harness::{Host, Told, World, create, delete, options, recorded, small};
use podform_model::record::InstanceStatus;
use podform_model::{Address, InstanceRecord, Intent, Outcome, Tombstone};
use podform_provider::{ErrorKind, Proceed, Provider, ReadRequest, SettleRequest, Standing};

fn running(world: &World) -> Vec<InstanceRecord> {
    world.apply(vec![create(small("exec sleep 600"), 1)]).ok().records()
}

fn pending_launch(record: &InstanceRecord) -> SettleRequest {
    let instance = InstanceRecord { status: InstanceStatus::Launching, ..record.clone() };
    SettleRequest {
        pending: vec![Intent::Launch { address: Address::pod("web"), instance }],
        ..SettleRequest::default()
    }
}

#[test]
fn a_run_that_died_after_its_intent_and_before_the_launch_left_nothing() {
    let world = World::new();
    // The first launch's intent becomes durable, and the run is dead before it acts.
    let host = Host::new(&world).on_intend(|intents| {
        let launch = intents.iter().any(|intent| matches!(intent, Intent::Launch { .. }));
        if launch { Proceed::Stop } else { Proceed::Go }
    });
    host.hand_out(vec![create(small("sleep 600"), 1)]);
    host.finish();
    world.provider().apply(&Default::default(), &host).unwrap_err();
    let record = host.records().remove(0);
    assert!(world.tasks().is_empty());

    let answer = world.provider().settle(&pending_launch(&record)).unwrap();
    assert!(matches!(&answer.outcomes[..], [Outcome::Gone { .. }]), "{answer:?}");
}

#[test]
fn a_run_that_died_after_the_launch_left_an_instance_that_is_found() {
    let world = World::new();
    let record = running(&world).remove(0);
    let answer = world.provider().settle(&pending_launch(&record)).unwrap();
    assert!(matches!(&answer.outcomes[..], [Outcome::Launched { .. }]), "{answer:?}");
    assert_eq!(answer.standings[&record.id], Standing::Live);
}

#[test]
fn a_stop_that_a_former_run_announced_is_settled() {
    let world = World::new();
    let records = running(&world);
    let stop = Intent::Stop { address: Address::pod("web"), instance: records[0].id.clone() };
    let request = SettleRequest {
        pending: vec![stop],
        pods: vec![recorded(&records)],
        ..SettleRequest::default()
    };
    let answer = world.provider().settle(&request).unwrap();
    assert!(matches!(&answer.outcomes[..], [Outcome::Launched { instance, .. }]
        if instance.status == InstanceStatus::Stopping));
    assert!(world.apply(vec![delete(&records)]).ok().is_done());
    let answer = world.provider().settle(&request).unwrap();
    assert!(matches!(&answer.outcomes[..], [Outcome::Gone { .. }]), "{answer:?}");
}

#[test]
fn an_instance_that_no_record_knows_is_surplus_and_can_be_stopped() {
    let world = World::new();
    let record = running(&world).remove(0);
    let observed = world.read(&[]);
    let [surplus] = &observed.surplus[..] else { panic!("{observed:?}") };
    assert_eq!(surplus.address, Address::pod("web"));
    assert_eq!(surplus.instance.id, record.id);
    assert_eq!((surplus.instance.slot, surplus.instance.generation.as_str()), (0, "g1"));
    assert_eq!(surplus.instance.agent_id, record.agent_id);
    let host = world.apply(vec![delete(std::slice::from_ref(&surplus.instance))]).ok();
    assert!(host.is_done());
    assert!(world.tasks().is_empty());
}

#[test]
fn a_lost_agent_makes_its_instances_unreachable_until_it_returns() {
    let world = World::with(options(1));
    let records = running(&world);
    world.fault("lose-agent?agent=S0");
    let seen = world.read_until(&records, "unreachable", |observed| {
        matches!(observed.instances[0].standing, Standing::Unreachable { .. })
    });
    let Standing::Unreachable { since } = seen.instances[0].standing else { panic!("{seen:?}") };
    assert!(since > 1.7e9 && since <= seen.at);
    world.fault("return-agent?agent=S0");
    world.read_until(&records, "live again", |observed| {
        observed.instances[0].standing == Standing::Live
    });
}

#[test]
fn a_delete_buries_what_cannot_be_reached_and_a_return_is_stopped() {
    let world = World::with(options(1));
    let records = running(&world);
    world.fault("lose-agent?agent=S0");
    world.read_until(&records, "unreachable", |observed| {
        matches!(observed.instances[0].standing, Standing::Unreachable { .. })
    });
    // The record still says live: the agent was lost after the plan.
    let host = world.apply(vec![delete(&records)]).ok();
    assert!(host.outcomes().iter().any(|outcome| matches!(outcome, Outcome::Buried { .. })));
    assert!(host.is_done());

    world.fault("return-agent?agent=S0");
    world.read_until(&records, "live again", |observed| {
        observed.instances[0].standing == Standing::Live
    });
    let tombstone = Tombstone {
        provider: podform_model::ProviderRef::new("mesos"),
        address: Address::pod("web"),
        instance: records[0].clone(),
        stop_on_return: true,
    };
    let provider = world.provider();
    let request = ReadRequest { tombstones: vec![tombstone], ..ReadRequest::default() };
    let observed = provider.read(&request).unwrap();
    assert_eq!(observed.tombstones[0].standing, Standing::Live);
    assert!(observed.surplus.is_empty(), "a tombstone is no surplus");
    let host = Host::new(&world);
    host.hand_out(vec![delete(&records)]);
    host.finish();
    provider.apply(&Default::default(), &host).unwrap();
    assert!(host.outcomes().iter().any(|outcome| matches!(outcome, Outcome::Exhumed { .. })));
    assert!(world.tasks().is_empty());
}

#[test]
fn after_a_masters_restart_nothing_is_known_and_nothing_is_guessed() {
    let (folder, mut options) = options(1);
    options.timing.reregister = std::time::Duration::from_millis(700);
    let world = World::with((folder, options));
    let records = running(&world);
    world.fault("restart-master");
    let observed = world.read(&records);
    assert_eq!(observed.instances[0].standing, Standing::Unknown, "{observed:?}");
    world.read_until(&records, "live again", |observed| {
        observed.instances[0].standing == Standing::Live
    });
}

#[test]
fn settle_waits_for_an_agent_that_is_coming_back() {
    let world = World::with(options(1));
    let record = running(&world).remove(0);
    world.fault("restart-master");
    let answer = world.provider().settle(&pending_launch(&record)).unwrap();
    assert_eq!(answer.standings.get(&record.id), Some(&Standing::Live), "{answer:?}");
}

#[test]
fn a_session_survives_a_dropped_stream_and_a_new_master() {
    for fault in ["drop-stream", "restart-master"] {
        let world = World::with(options(1));
        let provider = world.provider();
        let host = Host::new(&world);
        host.hand_out(vec![create(small("exec sleep 600"), 1)]);
        std::thread::scope(|scope| {
            let session = scope.spawn(|| provider.apply(&Default::default(), &host));
            host.wait_for("a launch", |told| {
                told.iter().any(|told| {
                    matches!(told, Told::Intend(intents)
                    if intents.iter().any(|i| matches!(i, Intent::Launch { .. })))
                })
            });
            world.fault(fault);
            host.wait_for("the end of the step", |told| {
                told.iter().any(|told| {
                    matches!(told, Told::Outcome(Outcome::Done { .. } | Outcome::Failed { .. }))
                })
            });
            host.finish();
            session.join().unwrap().unwrap();
        });
        assert!(host.is_done(), "{fault}: {:#?}", host.told());
        let records = host.records();
        assert_eq!(records.len(), 1);
        assert_eq!(world.tasks().len(), 1, "{fault}: nothing runs twice");
    }
}

#[test]
fn another_cluster_is_an_error_not_a_loss() {
    let first = World::new();
    let records = running(&first);
    let second = World::new();
    *second.private.lock().unwrap() = first.private.lock().unwrap().clone();
    let error = second.try_read(&records).unwrap_err();
    assert_eq!(error.kind, ErrorKind::OtherCluster);
    assert!(error.help.is_some());
    // Unless the state says that it was a development cluster that is no more.
    let request = ReadRequest {
        pods: vec![recorded(&records)],
        former_cluster: true,
        ..ReadRequest::default()
    };
    let observed = second.provider().read(&request).unwrap();
    assert_eq!(observed.instances[0].standing, Standing::Dead);
}

#[test]
fn an_operators_teardown_is_read_as_all_gone_and_launched_anew() {
    let world = World::new();
    let records = running(&world);
    let framework = world.cluster.status().frameworks[0].id.clone();
    world.operator(&format!(
        "{{\"type\":\"TEARDOWN\",\"teardown\":{{\"framework_id\":{{\"value\":\"{framework}\"}}}}}}"
    ));
    let observed = world.read(&records);
    assert_eq!(observed.instances[0].standing, Standing::Dead);
    assert!(observed.instances[0].reason.contains("removed"));
    let answer = world.provider().settle(&pending_launch(&records[0])).unwrap();
    assert!(matches!(&answer.outcomes[..], [Outcome::Gone { .. }]));
    let host = world.apply(vec![create(small("exec sleep 600"), 1)]).ok();
    assert!(host.is_done(), "{:#?}", host.told());
    assert_ne!(world.private.lock().unwrap()["framework_id"], framework.as_str());
}
