//! The cluster as a background process: one for each user, found through a private folder.
//!
//! The folder holds `dev.json` (what runs, written when it is ready), `dev.lock` (held by the process as
//! long as it lives, so that nobody takes a dead one for running), `dev.log`, `options.json` and
//! the work folder. Containers of a cluster that was killed are recognised by their variable
//! `MESOS_SANDBOX`, which names a sandbox in that work folder; `down` and the next `up` end them.

mod folder;
mod process;

use crate::container::process as containers;
use crate::control::Status;
use crate::http::client;
use crate::{Error, Options};
pub use folder::default_folder;
pub use process::cluster_main;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The first argument that makes a program the background process: it is to call [`cluster_main`].
pub const HIDDEN_ARGUMENT: &str = "__dev-cluster";

/// How long a cluster may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a starting or stopping process is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// A cluster that runs in the background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// Which cluster it is: new at each start.
    pub uuid: String,
    /// The master's address.
    pub url: String,
    /// The process.
    pub pid: u32,
    /// How it was started.
    pub options: Options,
}

/// What [`down`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Whether a cluster was running.
    pub was_running: bool,
    /// How many processes were left of a cluster that had been killed.
    pub left_over: usize,
}

/// A fault hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The agent of this id becomes unreachable; what runs on it runs on.
    LoseAgent(String),
    /// A lost agent returns.
    ReturnAgent(String),
    /// The master starts anew, as after a fail-over.
    RestartMaster,
    /// The event streams of all frameworks break.
    DropStream,
    /// The main process of the task of this id is killed.
    Kill(String),
    /// The master answers 503 for so many seconds, as while it recovers.
    Unavailable(u32),
}

/// The cluster that runs, if one does.
///
/// # Errors
/// The folder cannot be used.
pub fn running(folder: &Path) -> Result<Option<Running>, Error> {
    if !folder::is_there(folder)? || !folder::is_held(folder)? {
        return Ok(None);
    }
    // A process that holds the lock and has written nothing is starting, or stopping.
    folder::read_running(folder)
}

/// The cluster that runs, or one that is started now.
///
/// `program` is the one to run in the background: it must call [`cluster_main`] when its first
/// argument is [`HIDDEN_ARGUMENT`]. If the master's port is in use, another is taken.
///
/// # Errors
/// It could not be started; the error has the end of its log.
pub fn ensure_running(folder: &Path, options: &Options, program: &Path) -> Result<Running, Error> {
    let options = &Options { port: free_or_any(options.port), ..options.clone() };
    match up(folder, options, program) {
        Err(Error::AlreadyRunning { .. }) => running(folder)?.ok_or(Error::NotRunning),
        result => result,
    }
}

/// The port if nobody listens on it, else 0.
fn free_or_any(port: u16) -> u16 {
    match std::net::TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => port,
        Err(_) => 0,
    }
}

/// Starts a cluster in the background.
///
/// # Errors
/// [`Error::AlreadyRunning`], or it could not be started.
pub fn up(folder: &Path, options: &Options, program: &Path) -> Result<Running, Error> {
    folder::prepare(folder)?;
    let _only_one_at_a_time = folder::lock(folder, "up.lock")?;
    if folder::is_held(folder)? {
        return Err(Error::AlreadyRunning { url: wait_ready(folder, None)?.url });
    }
    folder::forget(folder)?;
    end_left_over(folder);
    let options = Options { folder: work(folder), ..options.clone() };
    folder::clear_work(&options.folder)?;
    folder::write_private(
        &folder.join("options.json"),
        &serde_json::to_vec(&options).unwrap_or_default(),
    )?;
    let mut child = start(folder, program)?;
    wait_ready(folder, Some(&mut child))
}

fn start(folder: &Path, program: &Path) -> Result<Child, Error> {
    let log = folder::create_private(&log_path(folder))?;
    let copy = log.try_clone().map_err(Error::Spawn)?;
    Command::new(program)
        .arg(HIDDEN_ARGUMENT)
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(copy)
        .stderr(log)
        .spawn()
        .map_err(Error::Spawn)
}

fn wait_ready(folder: &Path, mut child: Option<&mut Child>) -> Result<Running, Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(running) = folder::read_running(folder)? {
            return Ok(running);
        }
        let ended = child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
        if ended || Instant::now() > deadline {
            return Err(Error::NotStarted { reason: last_lines(&log_path(folder)) });
        }
        std::thread::sleep(GLANCE);
    }
}

fn last_lines(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<_> = text.lines().rev().take(5).collect();
    let lines: Vec<_> = lines.into_iter().rev().collect();
    if lines.is_empty() { "it said nothing".to_owned() } else { lines.join("\n") }
}

/// Ends the cluster and everything that runs on it, also what a killed one left behind. No process
/// is left when this returns.
///
/// # Errors
/// The folder cannot be used, or the process does not end.
pub fn down(folder: &Path) -> Result<Ended, Error> {
    if !folder::is_there(folder)? {
        return Ok(Ended { was_running: false, left_over: 0 });
    }
    let _only_one_at_a_time = folder::lock(folder, "up.lock")?;
    let was_running = folder::is_held(folder)?;
    if was_running {
        stop(folder)?;
    }
    folder::forget(folder)?;
    Ok(Ended { was_running, left_over: end_left_over(folder) })
}

fn stop(folder: &Path) -> Result<(), Error> {
    use rustix::process::Signal;
    let running = wait_ready(folder, None)?;
    for (signal, patience) in [(Signal::TERM, PATIENCE), (Signal::KILL, PATIENCE)] {
        containers::signal(running.pid, signal);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !folder::is_held(folder)? {
                return Ok(());
            }
            std::thread::sleep(GLANCE);
        }
    }
    Err(Error::Answer { url: running.url, answer: "SIGKILL by running on".to_owned() })
}

fn end_left_over(folder: &Path) -> usize {
    let work = work(folder);
    let work = work.canonicalize().unwrap_or(work);
    block_on(containers::destroy_below(&work)).unwrap_or_default()
}

/// Where sandboxes are.
fn work(folder: &Path) -> PathBuf {
    folder.join("work")
}

/// The file with the cluster's log.
#[must_use]
pub fn log_path(folder: &Path) -> PathBuf {
    folder.join("dev.log")
}

/// How the cluster at an address stands.
///
/// # Errors
/// Nothing answers there, or something else than a development cluster.
pub fn status(url: &str) -> Result<Status, Error> {
    let (status, body) = ask(url, "GET", "/dev/status")?;
    let answer = |answer: String| Error::Answer { url: url.to_owned(), answer };
    if status != 200 {
        return Err(answer(status.to_string()));
    }
    serde_json::from_slice(&body).map_err(|error| answer(format!("no status: {error}")))
}

/// Plays a fault on the cluster at an address.
///
/// # Errors
/// The cluster refuses, in its words, or does not answer.
pub fn play(url: &str, fault: &Fault) -> Result<(), Error> {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let path = match fault {
        Fault::LoseAgent(agent) => format!("/dev/lose-agent?agent={}", encode(agent)),
        Fault::ReturnAgent(agent) => format!("/dev/return-agent?agent={}", encode(agent)),
        Fault::RestartMaster => "/dev/restart-master".to_owned(),
        Fault::DropStream => "/dev/drop-stream".to_owned(),
        Fault::Kill(task) => format!("/dev/kill?task={}", encode(task)),
        Fault::Unavailable(seconds) => format!("/dev/unavailable?seconds={seconds}"),
    };
    let (status, body) = ask(url, "POST", &path)?;
    if status == 200 {
        return Ok(());
    }
    Err(Error::Refused { reason: String::from_utf8_lossy(&body).into_owned() })
}

fn ask(url: &str, method: &str, path: &str) -> Result<(u16, bytes::Bytes), Error> {
    let asked = block_on(async {
        tokio::time::timeout(PATIENCE, client::request(method, &format!("{url}{path}"))).await
    })?;
    let answer = |answer: String| Error::Answer { url: url.to_owned(), answer };
    asked
        .map_err(|_| answer("nothing in time".to_owned()))?
        .map_err(|error| answer(error.to_string()))
}

fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(Error::Spawn)?.block_on(future))
}

/// A file that is locked as long as this lives.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not read")] File);
