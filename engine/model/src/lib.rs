//! The vocabulary of podform, data only: values, attribute paths, addresses, the schema of a pod,
//! desired pods, the records of a state, and diagnostics.
//!
//! Nothing here reads a file, a clock or the environment; every other package speaks these words.

pub mod address;
mod causes;
pub mod change;
pub mod code;
mod computed;
pub mod convert;
pub mod data;
pub mod defaults;
pub mod desired;
pub mod diagnostic;
pub mod intent;
pub mod json;
mod map;
pub mod number;
pub mod observed;
mod opaque;
pub mod path;
pub mod pod;
pub mod proposal;
pub mod record;
pub mod refactor;
pub mod rules;
pub mod schema;
pub mod step;
pub mod target;
pub mod value;
mod wiped;

pub use address::{Address, InstanceKey, ModuleStep};
pub use causes::{causes, with_causes};
pub use computed::{Answers, Asked, Computed};
pub use data::{DataAddress, DataFact, DesiredData, Looked};
pub use desired::{
    Desired, DesiredOutput, DesiredPod, Lifecycle, ProviderRef, Reference, Timeouts,
};
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use intent::{Intent, Outcome};
pub use number::Number;
pub use opaque::Opaque;
pub use path::{AttributePath, Step};
pub use pod::Pod;
pub use record::{InstanceRecord, InstanceStatus, PodRecord, SecretStamp, Tombstone};
pub use refactor::{Import, Moved, Refactor, Removed};
pub use target::Target;
pub use value::Value;
pub use wiped::Wiped;
