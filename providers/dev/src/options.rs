//! What a development cluster is made of.

use crate::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that can be chosen about a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The master's port on loopback; 0 takes a free one.
    pub port: u16,
    /// The agents, in order; the first gets the id `…-S0`.
    pub agents: Vec<AgentOptions>,
    /// The work folder: sandboxes are made below it. It is created, and never removed.
    pub folder: PathBuf,
    /// Only simulates the tasks: each is a state machine without a process, so that there may be
    /// many thousands.
    pub simulate: bool,
    /// Runs the command of a task with an image on the host, without its image, instead of refusing
    /// it as an agent without an image provider does.
    pub images_host: bool,
    /// Container networks that every agent knows. An instance on one gets a loopback address of its
    /// own; nothing is isolated.
    pub networks: Vec<String>,
    /// Accepts resource limits, without enforcing them.
    pub isolation_cgroups: bool,
    /// Basic credentials that the scheduler API, the operator API and the reads of the master ask for.
    #[serde(skip)]
    pub credentials: Option<Credentials>,
    /// Intervals; the defaults are those of Mesos.
    pub timing: Timing,
}

/// One agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentOptions {
    /// Its port on loopback; 0 takes a free one.
    pub port: u16,
    /// The host name it tells.
    pub hostname: String,
    /// CPUs, in three decimals.
    pub cpus: f64,
    /// Memory in MiB.
    pub mem: f64,
    /// Disk in MiB.
    pub disk: f64,
    /// The host ports it offers, inclusive ranges.
    pub ports: Vec<(u16, u16)>,
    /// Text attributes.
    pub attributes: Vec<(String, String)>,
}

/// The one principal that may log in, and its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The principal.
    pub principal: String,
    /// Its secret; one with a `:` can never log in, as on a real master.
    pub secret: String,
}

/// Intervals of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timing {
    /// How often free resources are offered.
    pub allocation: Duration,
    /// How often a stream gets a HEARTBEAT.
    pub heartbeat: Duration,
    /// When an update that was not acknowledged is sent again for the first time; doubles up to 10 minutes.
    pub resend: Duration,
    /// How long an executor takes to start.
    pub executor_start: Duration,
    /// How long an executor lives on after its last task.
    pub executor_stop: Duration,
    /// How long after a master's restart the first agent registers again; the next ones follow at the same distance.
    pub reregister: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            agents: AgentOptions::several(3),
            folder: std::env::temp_dir().join("podform-dev-work"),
            simulate: false,
            images_host: false,
            networks: Vec::new(),
            isolation_cgroups: false,
            credentials: None,
            timing: Timing::default(),
        }
    }
}

impl Default for AgentOptions {
    fn default() -> Self {
        Self {
            port: 0,
            hostname: "127.0.0.1".to_owned(),
            cpus: 4.0,
            mem: 8192.0,
            disk: 20000.0,
            ports: vec![(FIRST_PORT, LAST_PORT)],
            attributes: Vec::new(),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            allocation: Duration::from_secs(1),
            heartbeat: Duration::from_secs(15),
            resend: Duration::from_secs(10),
            executor_start: Duration::from_millis(100),
            executor_stop: Duration::from_millis(100),
            reregister: Duration::from_millis(700),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("principal", &self.principal).finish_non_exhaustive()
    }
}

/// The range of host ports that Mesos agents offer; the agents of one machine share it out.
const FIRST_PORT: u16 = 31000;
const LAST_PORT: u16 = 31999;

/// The first port that needs no privilege.
const FIRST_OPEN_PORT: u16 = 1024;

impl AgentOptions {
    /// Agents of the default size, each with its own part of the ports 31000 to 31999, so that
    /// host ports on this one machine never collide.
    #[must_use]
    pub fn several(count: u16) -> Vec<Self> {
        let share = (LAST_PORT - FIRST_PORT + 1) / count.max(1);
        (0..count)
            .map(|index| {
                let first = FIRST_PORT + index * share;
                Self { ports: vec![(first, first + share.max(1) - 1)], ..Self::default() }
            })
            .collect()
    }

    /// Agents of a simulated cluster: large, and each with all ports, as nothing listens on them.
    #[must_use]
    pub fn simulated(count: u16) -> Vec<Self> {
        let agent = Self {
            cpus: 4_000.0,
            mem: 16_000_000.0,
            disk: 64_000_000.0,
            ports: vec![(FIRST_OPEN_PORT, u16::MAX)],
            ..Self::default()
        };
        vec![agent; usize::from(count)]
    }

    /// Sets resources from Mesos's notation, as `cpus:4;mem:8192;disk:20000;ports:[31000-31099]`.
    ///
    /// # Errors
    /// [`Error::Option`] for a name or an amount that is not understood.
    pub fn set_resources(&mut self, text: &str) -> Result<(), Error> {
        for part in parts(text) {
            let (name, value) = part.split_once(':').ok_or_else(|| wrong("resource", part))?;
            match name.trim() {
                "cpus" => self.cpus = amount(part, value)?,
                "mem" => self.mem = amount(part, value)?,
                "disk" => self.disk = amount(part, value)?,
                "ports" => self.ports = ranges(part, value)?,
                _ => return Err(wrong("resource", part)),
            }
        }
        Ok(())
    }

    /// Sets attributes from Mesos's notation, as `rack:r1;zone:z1`.
    ///
    /// # Errors
    /// [`Error::Option`] for a part without a name or a value.
    pub fn set_attributes(&mut self, text: &str) -> Result<(), Error> {
        self.attributes = parts(text)
            .map(|part| match part.split_once(':') {
                Some((name, value)) if !name.trim().is_empty() => {
                    Ok((name.trim().to_owned(), value.trim().to_owned()))
                }
                _ => Err(wrong("attribute", part)),
            })
            .collect::<Result<_, _>>()?;
        Ok(())
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty())
}

fn wrong(what: &'static str, text: &str) -> Error {
    Error::Option { what, text: text.to_owned() }
}

fn amount(part: &str, value: &str) -> Result<f64, Error> {
    match value.trim().parse::<f64>() {
        Ok(amount) if amount.is_finite() && amount >= 0.0 => Ok(amount),
        _ => Err(wrong("resource", part)),
    }
}

fn ranges(part: &str, value: &str) -> Result<Vec<(u16, u16)>, Error> {
    let inner = value.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let inner = inner.ok_or_else(|| wrong("resource", part))?;
    inner
        .split(',')
        .map(|range| {
            let (begin, end) = range.split_once('-').ok_or_else(|| wrong("resource", part))?;
            let read = |text: &str| text.trim().parse::<u16>().map_err(|_| wrong("resource", part));
            let (begin, end) = (read(begin)?, read(end)?);
            if begin > end { Err(wrong("resource", part)) } else { Ok((begin, end)) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_share_the_ports_out() {
        let agents = AgentOptions::several(3);
        let ports: Vec<_> = agents.iter().map(|agent| agent.ports[0]).collect();
        assert_eq!(ports, [(31000, 31332), (31333, 31665), (31666, 31998)]);
    }

    #[test]
    fn resources_are_read_in_mesos_notation() {
        let mut agent = AgentOptions::default();
        agent.set_resources("cpus:2.5; mem:512;ports:[100-200,300-300]").unwrap();
        assert_eq!((agent.cpus, agent.mem, agent.disk), (2.5, 512.0, 20000.0));
        assert_eq!(agent.ports, [(100, 200), (300, 300)]);
        for text in ["cpus", "cpus:x", "cpus:-1", "gold:1", "ports:1-2", "ports:[2-1]"] {
            assert!(agent.set_resources(text).is_err(), "{text}");
        }
    }

    #[test]
    fn attributes_are_read_in_mesos_notation() {
        let mut agent = AgentOptions::default();
        agent.set_attributes("rack:r1;zone:a:b").unwrap();
        assert_eq!(agent.attributes[1], ("zone".to_owned(), "a:b".to_owned()));
        assert!(agent.set_attributes("rack").is_err());
    }

    #[test]
    fn the_secret_is_not_in_debug_output_nor_serialised() {
        let credentials = Credentials { principal: "p".into(), secret: "hunter2".into() };
        let options = Options { credentials: Some(credentials), ..Options::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
        assert!(!serde_json::to_string(&options).unwrap().contains("hunter2"));
    }
}
