//! Mesos v1 messages and RecordIO, both directions, without IO.
//!
//! Names are those of the proto files (`mesos/v1/mesos.proto`, `scheduler.proto`, `master.proto`, `agent.proto`); a message nested in another
//! carries both names (`NetworkInfo.PortMapping` is [`PortMapping`]). Every message reads and writes JSON as Mesos does: see [`json`].
//! Scheduler messages are in [`scheduler`], the operator's in [`master`] and [`agent`], all that they share at the top of the crate.
#![forbid(unsafe_code)]

mod wire;

pub mod agent;
mod bytes;
mod check;
mod command;
mod container;
pub mod following;
mod framework;
mod ids;
pub mod json;
pub mod master;
mod offer;
pub mod recordio;
mod resource;
pub mod resources;
pub mod scheduler;
mod status;
mod task;

pub use self::bytes::*;
pub use self::check::*;
pub use self::command::*;
pub use self::container::*;
pub use self::framework::*;
pub use self::ids::*;
pub use self::offer::*;
pub use self::resource::*;
pub use self::status::*;
pub use self::task::*;

/// The value of `Content-Type` and `Accept`, compared by masters character by character: no parameters may follow.
pub const CONTENT_TYPE: &str = "application/json";

/// The header that ties a scheduler's calls to its event stream.
pub const STREAM_ID_HEADER: &str = "Mesos-Stream-Id";
