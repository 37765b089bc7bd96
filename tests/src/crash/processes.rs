//! Starting podform and killing it, its plugin's process, or both.

use super::round::Victim;
use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::process::{Child, Command};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long every process of a run may live on after the kill.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often it is looked whether something has ended.
const INTERVAL: Duration = Duration::from_millis(2);

/// Runs a command, kills the victim after `after`, and waits until all processes of the run have
/// ended. Returns whether podform was still running when the signal was sent.
pub(super) fn kill_after(
    mut command: Command,
    victim: Victim,
    after: Duration,
) -> Result<bool, String> {
    let begin = Instant::now();
    let mut child = command.spawn().map_err(|e| format!("podform cannot be started: {e}"))?;
    // Nobody reads a pipe that is full, and podform would wait: read on.
    let talk = [drain(child.stdout.take()), drain(child.stderr.take())];
    let mut plugins = Vec::new();
    let at_work = loop {
        if ended(&mut child)? {
            break false;
        }
        remember(&mut plugins, child.id());
        plugins.retain(|plugin| is_alive(*plugin));
        // Who is not there yet cannot be killed.
        let there = victim == Victim::Podform || !plugins.is_empty();
        if begin.elapsed() >= after && there {
            kill(&child, &plugins, victim);
            break true;
        }
        // What is tested is a moment, not an event.
        std::thread::sleep(INTERVAL);
    };
    wait_for_all(&mut child, &mut plugins, victim)?;
    for reader in talk {
        let _ = reader.join();
    }
    Ok(at_work)
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        if let Some(mut pipe) = pipe {
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
    })
}

fn kill(child: &Child, plugins: &[u32], victim: Victim) {
    if victim != Victim::Plugin {
        send_kill(child.id());
    }
    if victim != Victim::Podform {
        for plugin in plugins {
            send_kill(*plugin);
        }
    }
}

fn send_kill(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // One that has just ended needs no signal.
        let _ = kill_process(pid, Signal::KILL);
    }
}

fn wait_for_all(child: &mut Child, plugins: &mut Vec<u32>, victim: Victim) -> Result<(), String> {
    let begin = Instant::now();
    loop {
        let over = ended(child)?;
        plugins.retain(|plugin| is_alive(*plugin));
        if over && plugins.is_empty() {
            return Ok(());
        }
        if begin.elapsed() > PATIENCE {
            let what = if over { "the plugin's process" } else { "podform" };
            send_kill(child.id());
            return Err(format!("{what} still runs {PATIENCE:?} after the kill of {victim}"));
        }
        if !over {
            remember(plugins, child.id());
        }
        std::thread::sleep(INTERVAL);
    }
}

fn ended(child: &mut Child) -> Result<bool, String> {
    child.try_wait().map(|status| status.is_some()).map_err(|e| format!("waiting failed: {e}"))
}

/// Adds the plugin processes that there are now: podform's children that run its own binary as a
/// plugin's host.
fn remember(plugins: &mut Vec<u32>, podform: u32) {
    let path = format!("/proc/{podform}/task/{podform}/children");
    let mut children = std::fs::read_to_string(path).unwrap_or_default();
    // A child belongs to the thread that started it.
    for task in std::fs::read_dir(format!("/proc/{podform}/task")).into_iter().flatten().flatten() {
        children.push(' ');
        children += &std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
    }
    for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
        if !plugins.contains(&child) && is_host(child) {
            plugins.push(child);
        }
    }
}

fn is_host(pid: u32) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).contains("plugin")
}

/// Whether a process runs; one that has ended and waits for its parent does not.
fn is_alive(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = status.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}
