//! The development cluster: a Mesos master and agents as one process on loopback.
//!
//! A stand-in that is honest: it answers the scheduler API, the operator API and the agents' file
//! reads with the statuses, texts and traps of a real Mesos 1.12, and runs containers as real
//! processes. What it does not play it answers with `501 Not Implemented.`
//!
//! A cluster may be [simulated](Options::simulate): then its tasks have no processes, no sandboxes and no output, and a label
//! makes them fail; everything that a scheduler or an operator is told is the same.
//!
//! Not isolated and not enforced, and said so where it matters: container networks (an address of
//! loopback for each instance), resource limits, and images (`images_host` runs the command on the
//! host).
#![forbid(unsafe_code)]

mod agent;
mod cluster;
mod container;
mod control;
mod daemon;
mod error;
mod http;
mod log;
mod master;
mod options;
mod world;

pub use cluster::Cluster;
pub use control::{AgentStatus, FrameworkStatus, Status, TaskLine};
pub use daemon::{
    Ended, Fault, HIDDEN_ARGUMENT, Running, cluster_main, default_folder, down, ensure_running,
    log_path, play, running, status, up,
};
pub use error::Error;
pub use options::{AgentOptions, Credentials, Options, Timing};
