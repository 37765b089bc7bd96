//! The cluster as a background process. This file is its own test runner, because the program that
//! starts a cluster is also the one that becomes it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use podform_dev::{AgentOptions, Error, Fault, HIDDEN_ARGUMENT, Options};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use support::{Stream, launch, task};

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == HIDDEN_ARGUMENT) {
        let code = podform_dev::cluster_main(&args[2..]);
        return if code == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    a_second_up_says_so_and_down_ends_all();
    what_a_killed_cluster_left_is_ended();
    a_folder_that_others_may_write_to_is_refused();
    a_cluster_that_cannot_start_says_why();
    println!("daemon: 4 tests passed");
    ExitCode::SUCCESS
}

fn program() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn options() -> Options {
    Options { agents: AgentOptions::several(1), ..Options::default() }
}

/// Launches a pod and gives the ids of its processes.
fn launch_pod(url: &str) -> Vec<u32> {
    let mut stream = Stream::subscribe(url, None, 600.0);
    let offer = stream.wait_offer();
    let command = "setsid sleep 300 & exec sleep 300";
    let tasks = vec![task(&offer["agent_id"], "p.a", command, json!({}))];
    stream.call(url, "ACCEPT", launch(&offer, &stream.framework, "p", tasks));
    stream.wait_state(url, "p.a", "TASK_RUNNING");
    let pids: Vec<_> =
        podform_dev::status(url).unwrap().tasks.iter().filter_map(|task| task.pid).collect();
    assert_eq!(pids.len(), 1);
    pids
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

/// The processes whose sandbox is below a folder.
fn processes_below(folder: &Path) -> usize {
    let mark = format!("MESOS_SANDBOX={}/", folder.canonicalize().unwrap().display());
    let entries = std::fs::read_dir("/proc").unwrap();
    let environments = entries
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("environ")).ok());
    environments.filter(|text| text.split('\0').any(|entry| entry.starts_with(&mark))).count()
}

fn a_second_up_says_so_and_down_ends_all() {
    let folder = tempfile::tempdir().unwrap();
    assert!(podform_dev::running(folder.path()).unwrap().is_none());
    let first = podform_dev::up(folder.path(), &options(), &program()).unwrap();
    match podform_dev::up(folder.path(), &options(), &program()) {
        Err(Error::AlreadyRunning { url }) => assert_eq!(url, first.url),
        other => panic!("{other:?}"),
    }
    let again = podform_dev::ensure_running(folder.path(), &options(), &program()).unwrap();
    assert_eq!(again, first);
    assert_eq!(podform_dev::status(&first.url).unwrap().uuid, first.uuid);
    let pids = launch_pod(&first.url);
    podform_dev::play(&first.url, &Fault::RestartMaster).unwrap();
    assert!(podform_dev::play(&first.url, &Fault::Kill("nobody".into())).is_err());
    assert!(pids.iter().all(|pid| is_alive(*pid)), "they survive the master");
    let ended = podform_dev::down(folder.path()).unwrap();
    assert!(ended.was_running);
    assert!(!pids.iter().any(|pid| is_alive(*pid)));
    assert_eq!(processes_below(folder.path()), 0);
    assert!(!podform_dev::down(folder.path()).unwrap().was_running);
    let log = std::fs::read_to_string(podform_dev::log_path(folder.path())).unwrap();
    assert!(log.contains("task p.a launched"), "{log}");
}

fn what_a_killed_cluster_left_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let running = podform_dev::up(folder.path(), &options(), &program()).unwrap();
    let pids = launch_pod(&running.url);
    std::process::Command::new("kill").args(["-KILL", &running.pid.to_string()]).status().unwrap();
    while podform_dev::running(folder.path()).unwrap().is_some() {
        std::thread::yield_now();
    }
    assert!(pids.iter().all(|pid| is_alive(*pid)), "nobody ended them");
    let ended = podform_dev::down(folder.path()).unwrap();
    assert!(!ended.was_running && ended.left_over >= 2, "{ended:?}");
    assert_eq!(processes_below(folder.path()), 0);
}

fn a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("open");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    match podform_dev::up(&path, &options(), &program()) {
        Err(Error::NotPrivate { .. }) => {}
        other => panic!("{other:?}"),
    }
}

fn a_cluster_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    match podform_dev::up(folder.path(), &Options { port, ..options() }, &program()) {
        Err(Error::NotStarted { reason }) => assert!(reason.contains("in use"), "{reason}"),
        other => panic!("{other:?}"),
    }
}
