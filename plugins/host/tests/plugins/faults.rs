//! A plugin that misbehaves is an error with its name; podform goes on.

use crate::support::{BOTH, Saw, Script, candidate, configure, create, fault, loaded, options};
use podform_model::{Address, Value};
use podform_plugin_host::{Error, HostOptions, Isolation, LogLevel, load};
use podform_provider::{
    ApplyRequest, ErrorKind, Intent, LogStream, LogsRequest, Next, Outcome, PodValue, Provider,
    ProviderError, ReadRequest, ValidateRequest,
};
use std::path::Path;
use std::time::Duration;

fn assert_plugin_fault(error: &ProviderError, parts: &[&str]) {
    assert_eq!(error.kind, ErrorKind::Plugin, "{error:?}");
    assert!(error.message.contains("plugin `faulty`"), "{error:?}");
    for part in parts {
        assert!(error.message.contains(part), "`{part}` is not in {error:?}");
    }
}

#[test]
fn a_panic_is_an_error_with_its_place_and_the_plugin_lives_on() {
    for isolation in BOTH {
        let (faulty, lines) = loaded("faulty", isolation);
        let error = faulty.read(&fault("panic")).unwrap_err();
        assert_plugin_fault(&error, &["the plugin panicked: out of order"]);
        assert!(error.causes[0].contains("plugin.rs:"), "{error:?}");
        let (name, level, _) = lines.wait_for("panicked at");
        assert_eq!((name.as_str(), level), ("faulty", LogLevel::Error));
        assert!(faulty.read(&ReadRequest::default()).is_ok());
    }
}

#[test]
fn a_panic_in_a_thread_of_the_plugin_is_logged() {
    for isolation in BOTH {
        let (faulty, lines) = loaded("faulty", isolation);
        faulty.read(&fault("panic-in-thread")).unwrap();
        let (_, _, line) = lines.wait_for("out of a thread");
        assert!(line.starts_with("thread `helper` panicked at"), "{line}");
    }
}

#[test]
fn the_end_of_the_process_is_an_error_with_its_status() {
    let cases = [("abort", "signal: 6"), ("exit", "exit status: 7"), ("overflow", "signal: 6")];
    for (what, status) in cases {
        let (faulty, _) = loaded("faulty", Isolation::Process);
        let error = faulty.read(&fault(what)).unwrap_err();
        assert_plugin_fault(&error, &["ended unexpectedly", status, "during `read`"]);
        let again = faulty.read(&ReadRequest::default()).unwrap_err();
        assert_plugin_fault(&again, &[status]);
    }
}

#[test]
fn the_last_words_of_a_dead_plugin_are_its_causes() {
    let (faulty, _) = loaded("faulty", Isolation::Process);
    let error = faulty.read(&fault("overflow")).unwrap_err();
    assert!(error.causes.iter().any(|line| line.contains("overflow")), "{error:?}");
}

#[test]
fn what_a_dead_plugin_left_behind_ends_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("held");
    let (faulty, _) = loaded("faulty", Isolation::Process);
    let error = faulty.read(&fault(&format!("grandchild {}", path.display()))).unwrap_err();
    assert_plugin_fault(&error, &["exit status: 9"]);
    // The process that was left behind holds this lock as long as it lives.
    std::fs::File::open(&path).unwrap().lock().unwrap();
}

#[test]
fn a_hang_is_ended_at_the_deadline() {
    let (mut options, _) = options(Isolation::Process);
    options.deadline = Duration::from_secs(2);
    let faulty = load(&candidate("faulty"), None, &options).unwrap();
    let error = faulty.configure(&configure(Path::new("/"), [("fault", "hang".into())]));
    assert_plugin_fault(&error.unwrap_err(), &["did not answer within 2s", "during `configure`"]);
}

#[test]
fn a_hanging_plugin_ends_when_it_is_no_longer_needed() {
    let (faulty, lines) = loaded("faulty", Isolation::Process);
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| faulty.read(&fault("hang")));
        // Another call beside it shows that the hanging one does not block the plugin.
        faulty.read(&fault("log")).unwrap();
        lines.wait_for("settings: 3");
        let error = faulty.read(&fault("exit")).unwrap_err();
        assert_plugin_fault(&error, &["exit status: 7"]);
        assert_plugin_fault(&hanging.join().unwrap().unwrap_err(), &["exit status: 7"]);
    });
}

#[test]
fn a_crash_within_a_session_ends_it_and_keeps_what_was_said() {
    for (what, status) in [("abort", "signal: 6"), ("exit", "exit status: 7")] {
        let (faulty, _) = loaded("faulty", Isolation::Process);
        let steps = vec![create(1, "fine"), create(2, what), create(3, "never")];
        let script = Script::new(vec![Next::Steps { steps }]);
        let error = faulty.apply(&ApplyRequest::default(), &script).unwrap_err();
        assert_plugin_fault(&error, &["ended unexpectedly", status, "during `apply`"]);
        let private =
            |step| Saw::Intent(Intent::Private { data: serde_json::json!({ "step": step }) });
        let done = Saw::Outcome(Outcome::Done { address: Address::pod("fine") });
        assert_eq!(script.told(), [private(1), done, private(2)]);
    }
}

#[test]
fn a_panic_within_a_session_ends_it_in_both_transports() {
    for isolation in BOTH {
        let (faulty, _) = loaded("faulty", isolation);
        let script = Script::new(vec![Next::Steps { steps: vec![create(1, "panic")] }]);
        let error = faulty.apply(&ApplyRequest::default(), &script).unwrap_err();
        assert_plugin_fault(&error, &["the plugin panicked: out of order"]);
    }
}

#[test]
fn logs_run_beside_an_apply() {
    for isolation in BOTH {
        let (faulty, _) = loaded("faulty", isolation);
        let script = Script::new(vec![]);
        let Saw::Intent(Intent::Launch { instance, .. }) = launch_of_echo() else { panic!() };
        let request = LogsRequest {
            instance,
            container: "c".into(),
            stream: LogStream::Stderr,
            offset: None,
            length: 6,
        };
        std::thread::scope(|scope| {
            let apply = scope.spawn(|| faulty.apply(&ApplyRequest::default(), &script));
            // It is answered only while the session is open.
            assert_eq!(faulty.logs(&request).unwrap().text, "beside");
            script.push(Next::Steps { steps: vec![create(1, "late")] });
            script.push(Next::Finished);
            apply.join().unwrap().unwrap();
        });
        assert_eq!(script.told().len(), 2);
    }
}

fn launch_of_echo() -> Saw {
    let folder = tempfile::tempdir().unwrap();
    let (echo, _) = loaded("echo", Isolation::None);
    echo.configure(&configure(folder.path(), [])).unwrap();
    let script = Script::new(vec![Next::Steps { steps: vec![create(1, "web")] }, Next::Finished]);
    echo.apply(&ApplyRequest::default(), &script).unwrap();
    script.told()[0].clone()
}

#[test]
fn the_log_and_what_is_printed_reach_the_host() {
    for isolation in BOTH {
        let (faulty, lines) = loaded("faulty", isolation);
        faulty.read(&fault("log")).unwrap();
        assert_eq!(lines.wait_for("settings: 3").1, LogLevel::Info);
        assert_eq!(lines.wait_for("from ").1, LogLevel::Warn);
    }
    let (faulty, lines) = loaded("faulty", Isolation::Process);
    faulty.read(&fault("print")).unwrap();
    assert_eq!(lines.wait_for("to standard output").1, LogLevel::Info);
    assert_eq!(lines.wait_for("error").2, "to standard \u{fffd}[31merror");
}

#[test]
fn errors_of_the_provider_pass_unchanged() {
    for isolation in BOTH {
        let (faulty, _) = loaded("faulty", isolation);
        let error = faulty.settle(&Default::default()).unwrap_err();
        assert_eq!(error, ProviderError::new(ErrorKind::Superseded, "another run took over"));
    }
}

#[test]
fn ten_megabytes_go_there_and_back() {
    let text = "0123456789".repeat(1_000_000);
    for isolation in BOTH {
        let (faulty, _) = loaded("faulty", isolation);
        let pods =
            vec![PodValue { address: Address::pod("big"), value: Value::from(text.as_str()) }];
        let findings = faulty.validate(&ValidateRequest { pods }).unwrap();
        assert_eq!(findings.0[0].summary, text);
    }
}

#[test]
fn many_calls_at_once_get_their_own_answers() {
    for isolation in BOTH {
        let (faulty, _) = loaded("faulty", isolation);
        std::thread::scope(|scope| {
            for number in 0..16 {
                let faulty = &faulty;
                scope.spawn(move || {
                    for round in 0..20 {
                        let text = format!("{number}.{round}");
                        let value = Value::from(text.as_str());
                        let pods = vec![PodValue { address: Address::pod("p"), value }];
                        let findings = faulty.validate(&ValidateRequest { pods }).unwrap();
                        assert_eq!(findings.0[0].summary, text);
                    }
                });
            }
        });
    }
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let options = HostOptions::new("/nowhere/podform");
    let error = load(&candidate("faulty"), None, &options).unwrap_err();
    assert!(matches!(error, Error::Start { .. }), "{error:?}");
    assert!(error.to_string().contains("/nowhere/podform"));
}

#[test]
fn a_program_that_is_no_host_is_an_error() {
    for program in ["/bin/true", "/bin/cat"] {
        let mut options = HostOptions::new(program);
        options.deadline = Duration::from_secs(5);
        let error = load(&candidate("faulty"), None, &options).unwrap_err();
        let Error::Broken { name, source } = &error else { panic!("{error:?}") };
        assert_eq!(name, "faulty");
        assert!(source.message.contains("ended unexpectedly"), "{source:?}");
    }
}

#[test]
fn a_descriptor_is_kept_open_as_long_as_the_plugin_lives() {
    use std::os::fd::AsRawFd;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let lock = std::fs::File::create(&path).unwrap();
    lock.lock().unwrap();
    let (mut options, _) = options(Isolation::Process);
    options.inherit = Some(lock.as_raw_fd());
    let faulty = load(&candidate("faulty"), None, &options).unwrap();
    drop(lock);
    let other = std::fs::File::open(&path).unwrap();
    assert!(matches!(other.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
    drop(faulty);
    other.try_lock().unwrap();
}
