//! Starting, signalling and destroying the processes of a container.
//!
//! A container's main process leads a process group. Whatever else belongs to the container is
//! recognised by the variable `MESOS_SANDBOX` that every one of its processes inherits: it names
//! the sandbox, which no other container shares. So processes that left the group are found too,
//! also by another podform after the cluster itself was killed.

use super::user::User;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

/// The variable that marks the processes of a container.
pub(crate) const MARK: &str = "MESOS_SANDBOX";

/// What the agent's launcher exits with when the program cannot be executed, as recorded.
const CANNOT_EXECUTE: u8 = 233;

/// How long the processes of a destroyed container are looked for before giving up.
const DESTROY_ROUNDS: u32 = 200;

/// How many looks in succession may be unclear: a program that was started with no environment stays so.
const UNCLEAR_LOOKS: u32 = 10;

/// A command to run in a sandbox. `Debug` shows only the names of variables: values may be secret.
pub(crate) struct Spec {
    pub(crate) command: Program,
    pub(crate) environment: Vec<(String, OsString)>,
    pub(crate) sandbox: PathBuf,
    pub(crate) user: Option<User>,
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("Spec")
            .field("sandbox", &self.sandbox)
            .field("user", &self.user)
            .field("environment", &names)
            .finish_non_exhaustive()
    }
}

/// What is executed.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    /// `/bin/sh -c TEXT`.
    Shell(String),
    /// A file, with its arguments from `argv[0]` on.
    Argv(String, Vec<String>),
    /// Nothing was said: the launcher itself fails with status 1.
    Nothing,
}

/// Starts the main process of a container; output goes to `stdout` and `stderr` in the sandbox.
pub(crate) fn start(spec: &Spec) -> io::Result<Child> {
    let (out, error) = (open_log(spec, "stdout")?, open_log(spec, "stderr")?);
    match &spec.command {
        Program::Shell(text) => spawn(spec, shell(text), out, error),
        Program::Nothing => {
            spawn(spec, shell("echo 'No command was specified' >&2; exit 1"), out, error)
        }
        Program::Argv(file, arguments) => {
            let mut command = std::process::Command::new(file);
            if let Some((zeroth, rest)) = arguments.split_first() {
                command.arg0(zeroth).args(rest);
            }
            spawn(spec, command, out.try_clone()?, error.try_clone()?)
                .or_else(|failed| spawn(spec, refusal(file, &failed), out, error))
        }
    }
}

/// Runs a command beside a container's main process, in its sandbox and with its mark; its output is dropped.
pub(crate) fn start_beside(spec: &Spec) -> io::Result<Child> {
    let command = match &spec.command {
        Program::Shell(text) => shell(text),
        Program::Nothing => shell("exit 1"),
        Program::Argv(file, arguments) => {
            let mut command = std::process::Command::new(file);
            if let Some((zeroth, rest)) = arguments.split_first() {
                command.arg0(zeroth).args(rest);
            }
            command
        }
    };
    let null = OpenOptions::new().write(true).open("/dev/null")?;
    spawn(spec, command, null.try_clone()?, null)
}

fn shell(text: &str) -> std::process::Command {
    let mut command = std::process::Command::new("/bin/sh");
    command.arg0("sh").arg("-c").arg(text);
    command
}

/// The launcher exists as a process even when the program does not: it says why and exits.
fn refusal(file: &str, error: &io::Error) -> std::process::Command {
    let mut command = shell("printf '%s\\n' \"$1\" >&2; exit \"$2\"");
    command.arg("sh").arg(format!("Failed to execute '{file}': {error}"));
    command.arg(CANNOT_EXECUTE.to_string());
    command
}

fn spawn(
    spec: &Spec,
    mut command: std::process::Command,
    out: File,
    error: File,
) -> io::Result<Child> {
    command.env_clear().envs(spec.environment.iter().map(|(name, value)| (name, value)));
    command.env(MARK, &spec.sandbox).current_dir(&spec.sandbox).process_group(0);
    command.stdin(Stdio::null()).stdout(out).stderr(error);
    if let Some(user) = &spec.user {
        command.uid(user.uid).gid(user.gid);
    }
    Command::from(command).spawn()
}

fn open_log(spec: &Spec, name: &str) -> io::Result<File> {
    let path = spec.sandbox.join(name);
    let file = OpenOptions::new().create(true).append(true).open(&path)?;
    if let Some(user) = &spec.user {
        super::user::give(&path, user)?;
    }
    Ok(file)
}

/// Sends a signal to one process; an ended one is no error.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = pid_of(pid) {
        let _already_gone = kill_process(pid, signal);
    }
}

fn pid_of(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// Kills whatever is left of a container: its process group and every process with its mark.
pub(crate) async fn destroy(group: Option<u32>, sandbox: &Path) {
    if let Some(group) = group.and_then(pid_of) {
        let _already_gone = kill_process_group(group, Signal::KILL);
    }
    let mark = mark(sandbox);
    sweep(|environment| has(environment, &mark, true)).await;
}

/// Kills every process whose sandbox lies below a folder, and waits until none is left. Returns how many there were.
pub(crate) async fn destroy_below(folder: &Path) -> usize {
    let mut mark = mark(folder);
    mark.push(b'/');
    sweep(|environment| has(environment, &mark, false)).await
}

async fn sweep(is_ours: impl Fn(&[u8]) -> bool) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    let mut unclear = 0;
    for _ in 0..DESTROY_ROUNDS {
        let look = look(&is_ours);
        unclear = if look.unclear { unclear + 1 } else { 0 };
        if look.ours.is_empty() && (unclear == 0 || unclear > UNCLEAR_LOOKS) {
            break;
        }
        for pid in look.ours {
            seen.insert(pid);
            signal(pid, Signal::KILL);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    seen.len()
}

fn mark(folder: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let mut mark = format!("{MARK}=").into_bytes();
    mark.extend_from_slice(folder.as_os_str().as_bytes());
    mark
}

/// Whether one of the variables is the mark, or begins with it.
fn has(environment: &[u8], mark: &[u8], whole: bool) -> bool {
    environment
        .split(|byte| *byte == 0)
        .any(|entry| if whole { entry == mark } else { entry.starts_with(mark) })
}

/// What one look at all processes found.
#[derive(Default)]
struct Look {
    ours: Vec<u32>,
    /// Whether a living process showed no environment: it may be one of ours in the midst of `execve`.
    unclear: bool,
}

/// Chooses processes by their environment; those of other users that we may not see are left out.
fn look(is_ours: &impl Fn(&[u8]) -> bool) -> Look {
    let mut look = Look::default();
    let Ok(entries) = std::fs::read_dir("/proc") else { return look };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    for pid in pids {
        match std::fs::read(format!("/proc/{pid}/environ")) {
            Ok(environment) if is_ours(&environment) => look.ours.push(pid),
            // Kernel threads and zombies have neither an environment nor a program.
            Ok(environment) if environment.is_empty() => {
                look.unclear |= std::fs::read_link(format!("/proc/{pid}/exe")).is_ok();
            }
            _ => {}
        }
    }
    look
}

/// The sentence in which an executor reports the end of a process.
pub(crate) fn describe_end(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("Command exited with status {code}"),
        (None, Some(signal)) => {
            let dumped = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("Command terminated with signal {}{dumped}", signal_name(signal))
        }
        (None, None) => "Command terminated with unknown status".to_owned(),
    }
}

/// The C library's words for a signal.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "Hangup",
        2 => "Interrupt",
        3 => "Quit",
        4 => "Illegal instruction",
        5 => "Trace/breakpoint trap",
        6 => "Aborted",
        7 => "Bus error",
        8 => "Floating point exception",
        9 => "Killed",
        10 => "User defined signal 1",
        11 => "Segmentation fault",
        12 => "User defined signal 2",
        13 => "Broken pipe",
        14 => "Alarm clock",
        15 => "Terminated",
        16 => "Stack fault",
        17 => "Child exited",
        18 => "Continued",
        19 => "Stopped (signal)",
        20 => "Stopped",
        21 => "Stopped (tty input)",
        22 => "Stopped (tty output)",
        23 => "Urgent I/O condition",
        24 => "CPU time limit exceeded",
        25 => "File size limit exceeded",
        26 => "Virtual timer expired",
        27 => "Profiling timer expired",
        28 => "Window changed",
        29 => "I/O possible",
        30 => "Power failure",
        31 => "Bad system call",
        _ => return format!("Unknown signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(folder: &Path, command: Program) -> Spec {
        let path = ("PATH".to_owned(), OsString::from("/usr/bin:/bin"));
        Spec { command, environment: vec![path], sandbox: folder.to_owned(), user: None }
    }

    #[tokio::test]
    async fn ends_are_described_in_the_words_of_the_executor() {
        let folder = tempfile::tempdir().unwrap();
        for (program, text) in [
            (Program::Shell("exit 3".into()), "Command exited with status 3"),
            (Program::Shell("kill -TERM $$".into()), "Command terminated with signal Terminated"),
            (Program::Nothing, "Command exited with status 1"),
            (
                Program::Argv("/no/such/program".into(), vec!["x".into()]),
                "Command exited with status 233",
            ),
            (Program::Argv("true".into(), vec![]), "Command exited with status 0"),
        ] {
            let mut child = start(&spec(folder.path(), program)).unwrap();
            assert_eq!(describe_end(child.wait().await.unwrap()), text);
        }
    }

    #[test]
    fn values_of_variables_are_not_shown() {
        let mut spec = spec(Path::new("/"), Program::Nothing);
        spec.environment.push(("PW".to_owned(), "hunter2".into()));
        let shown = format!("{spec:?}");
        assert!(shown.contains("PW") && !shown.contains("hunter2"), "{shown}");
    }

    #[tokio::test]
    async fn a_process_that_left_the_group_is_destroyed_too() {
        let folder = tempfile::tempdir().unwrap();
        let text = "setsid sleep 300 & echo started; wait";
        let mut child = start(&spec(folder.path(), Program::Shell(text.into()))).unwrap();
        while !std::fs::read_to_string(folder.path().join("stdout")).unwrap().contains("started") {
            tokio::task::yield_now().await;
        }
        signal(child.id().unwrap(), Signal::KILL);
        child.wait().await.unwrap();
        destroy(None, folder.path()).await;
        let mark = mark(folder.path());
        assert_eq!(look(&|environment: &[u8]| has(environment, &mark, true)).ours, [0u32; 0]);
    }
}
