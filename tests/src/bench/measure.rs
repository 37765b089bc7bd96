//! What a run of podform takes: its time, and the CPU and memory of podform and of the process of its plugin.

use std::fmt;
use std::io::Read;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How often the processes are looked at. Peaks are kept by the kernel, so only the last moments may be missed.
const GLANCE: Duration = Duration::from_millis(5);

/// Ticks of the kernel's clock in a second, on every Linux.
const TICKS: f64 = 100.0;

/// What a run took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Measured {
    /// Seconds.
    pub(super) time: f64,
    /// Seconds of CPU of podform and the plugin.
    pub(super) cpu: f64,
    /// Those of the plugin, as last seen.
    pub(super) plugin_cpu: f64,
    /// Peak of podform's memory in MB.
    pub(super) memory: f64,
    /// Peak of the plugin's memory in MB.
    pub(super) plugin_memory: f64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = (self.cpu - self.plugin_cpu).max(0.0);
        write!(
            f,
            "{:8.2} s   CPU {:7.2} s = {own:.2} + {:.2}   memory {:5.0} MB + {:.0} MB",
            self.time, self.cpu, self.plugin_cpu, self.memory, self.plugin_memory
        )
    }
}

/// Runs a command that must end with a code.
pub(super) fn measure(mut command: Command, code: i32) -> Result<Measured, String> {
    let before = waited_for();
    let begin = Instant::now();
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let out = drain(child.stdout.take());
    let error = drain(child.stderr.take());
    let mut measured = Measured::default();
    let status = watch(&mut child, &mut measured)?;
    measured.time = begin.elapsed().as_secs_f64();
    measured.cpu = waited_for() - before;
    let text = |thread: std::thread::JoinHandle<String>| thread.join().unwrap_or_default();
    let (out, error) = (text(out), text(error));
    if status == Some(code) {
        return Ok(measured);
    }
    let end = |text: &str| text.chars().rev().take(4000).collect::<Vec<_>>();
    let end = |text: &str| end(text).into_iter().rev().collect::<String>();
    Err(format!("ended with {status:?} instead of {code}:\n{}\n{}", end(&out), end(&error)))
}

fn drain(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read until then is shown.
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Looks at podform and its plugin until podform ends.
fn watch(child: &mut Child, measured: &mut Measured) -> Result<Option<i32>, String> {
    let mut plugin = None;
    loop {
        let ended = child.try_wait().map_err(|error| error.to_string())?;
        if let Some(status) = ended {
            return Ok(status.code());
        }
        measured.memory = measured.memory.max(peak(child.id()));
        plugin = plugin.or_else(|| child_of(child.id()));
        if let Some(plugin) = plugin {
            measured.plugin_memory = measured.plugin_memory.max(peak(plugin));
            measured.plugin_cpu = measured.plugin_cpu.max(ticks(plugin, 13) / TICKS);
        }
        std::thread::sleep(GLANCE);
    }
}

/// The peak of a process's memory in MB; 0 when it is gone.
fn peak(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    number.unwrap_or_default() / 1024.0
}

/// The fields of `/proc/PID/stat`, from the state on, which is the third.
fn stat(pid: &str) -> Vec<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = text.rsplit_once(')').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    rest.split_whitespace().map(str::to_owned).collect()
}

/// Two neighbouring counters of a process, the first by its number in `proc(5)`: user and system time.
fn ticks(pid: impl fmt::Display, first: usize) -> f64 {
    let fields = stat(&pid.to_string());
    let field = |number: usize| fields.get(number - 3).and_then(|text| text.parse::<f64>().ok());
    field(first + 1).unwrap_or_default() + field(first + 2).unwrap_or_default()
}

/// Seconds of CPU of all processes that this one has waited for, and those that they have waited for.
fn waited_for() -> f64 {
    ticks("self", 15) / TICKS
}

/// A process that another one started.
fn child_of(parent: u32) -> Option<u32> {
    let parent = parent.to_string();
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|id| stat(&id.to_string()).get(1) == Some(&parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_measured_with_its_child() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; exit 3"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let measured = measure(command, 3).unwrap();
        assert!(measured.cpu > 0.0 && measured.cpu >= measured.plugin_cpu, "{measured:?}");
        assert!(measured.memory > 0.1 && measured.plugin_memory > 0.1, "{measured:?}");
        let error = measure(Command::new("/bin/true"), 1).unwrap_err();
        assert!(error.starts_with("ended with Some(0) instead of 1"), "{error}");
    }
}
