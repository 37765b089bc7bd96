//! The echo provider through both transports.

use crate::support::{BOTH, Saw, Script, configure, create, loaded};
use podform_model::{Address, Value};
use podform_provider::{
    Action, ApplyRequest, Intent, LogStream, LogsRequest, Next, Outcome, Proceed, Provider,
    ReadRequest, RecordedPod, SettleRequest, Standing, Step,
};

#[test]
fn pods_are_launched_read_and_stopped() {
    for isolation in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let (echo, lines) = loaded("echo", isolation);
        assert_eq!(echo.description().name, "echo");
        echo.configure(&configure(folder.path(), [("file", Value::from("cluster.json"))])).unwrap();
        lines.wait_for("cluster.json");

        let steps = vec![create(1, "web"), create(2, "db")];
        let script = Script::new(vec![Next::Steps { steps }, Next::Wait, Next::Finished]);
        echo.apply(&ApplyRequest::default(), &script).unwrap();
        let told = script.told();
        let [
            Saw::Intent(Intent::Launch { instance: intended, .. }),
            Saw::Outcome(Outcome::Launched { address, instance }),
            Saw::Outcome(Outcome::Done { .. }),
            ..,
        ] = told.as_slice()
        else {
            panic!("{told:?}")
        };
        assert_eq!((intended.id.as_str(), instance.id.as_str()), ("web.0.g1", "web.0.g1"));
        assert_eq!(*address, Address::pod("web"));
        assert_eq!(told.len(), 6);

        let pods = vec![RecordedPod {
            address: Address::pod("web"),
            id: "/web".into(),
            generations: vec!["g1".into()],
            instances: vec![instance.clone()],
        }];
        let read = ReadRequest { pods, ..ReadRequest::default() };
        assert_eq!(echo.read(&read).unwrap().instances[0].standing, Standing::Live);

        let stop = Step {
            action: Action::Delete,
            value: None,
            launch: vec![],
            stop: vec![instance.id.clone()],
            ..create(3, "web")
        };
        let script = Script::new(vec![Next::Steps { steps: vec![stop] }, Next::Finished]);
        echo.apply(&ApplyRequest::default(), &script).unwrap();
        assert_eq!(echo.read(&read).unwrap().instances[0].standing, Standing::Dead);
        let logs = LogsRequest {
            instance: instance.clone(),
            container: "c".into(),
            stream: LogStream::Stdout,
            offset: Some(7),
            length: 10,
        };
        assert_eq!(echo.logs(&logs).unwrap().next, 7);
    }
}

#[test]
fn an_intent_that_is_refused_writes_nothing() {
    for isolation in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let (echo, _) = loaded("echo", isolation);
        echo.configure(&configure(folder.path(), [])).unwrap();
        let mut script =
            Script::new(vec![Next::Steps { steps: vec![create(1, "web")] }, Next::Finished]);
        script.proceed = Proceed::Stop;
        echo.apply(&ApplyRequest::default(), &script).unwrap();
        let told = script.told();
        assert!(matches!(told[1], Saw::Outcome(Outcome::Failed { .. })), "{told:?}");
        assert!(!folder.path().join("echo.json").exists());
    }
}

#[test]
fn a_former_run_is_settled() {
    for isolation in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let (echo, _) = loaded("echo", isolation);
        echo.configure(&configure(folder.path(), [])).unwrap();
        let script =
            Script::new(vec![Next::Steps { steps: vec![create(1, "web")] }, Next::Finished]);
        echo.apply(&ApplyRequest::default(), &script).unwrap();
        let Saw::Intent(launched) = script.told()[0].clone() else { panic!() };
        let Intent::Launch { address, mut instance } = launched.clone() else { panic!() };
        instance.id = "never-launched".into();
        let pending = vec![launched, Intent::Launch { address, instance }];
        let settled = echo.settle(&SettleRequest { pending, ..Default::default() }).unwrap();
        assert!(matches!(settled.outcomes[0], Outcome::Launched { .. }));
        assert!(matches!(settled.outcomes[1], Outcome::Gone { .. }));
    }
}

#[test]
fn errors_keep_their_causes() {
    for isolation in BOTH {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("echo.json"), "not JSON").unwrap();
        let (echo, _) = loaded("echo", isolation);
        echo.configure(&configure(folder.path(), [])).unwrap();
        let error = echo.read(&ReadRequest::default()).unwrap_err();
        assert!(error.message.contains("echo.json"), "{error:?}");
        assert_eq!(error.causes.len(), 1);
        let error = echo.configure(&configure(folder.path(), [])).unwrap_err();
        assert_eq!(error.message, "plugin `echo`: configured twice");
    }
}
