//! Mesos masters and agents over HTTP: who leads, the scheduler's stream and calls, the operator's reads, sandbox files.
#![forbid(unsafe_code)]

mod agent;
mod client;
mod error;
mod masters;
mod stream;

pub use agent::{AgentAddress, SandboxFile, sandbox_path};
pub use client::{MesosClient, Subscription};
pub use error::Error;
pub use masters::{ClientSettings, Redirect, parse_master};
pub use stream::{EventStream, OperatorStream, RecordStream};
// What `ClientSettings` is made of, for those who depend on this crate alone.
pub use podform_http::{Credentials, HttpSettings, SecretText};
