//! Diff, decisions, order, schedule and plan file.
//!
//! [`plan()`] is a pure function over values: configuration, state, what was seen and options go in,
//! a [`Plan`] and diagnostics come out. The rows of `engine/docs/plan-decisions.md` say what it
//! decides; each has a test.

mod arrivals;
pub mod check;
pub mod compare;
pub mod computed;
mod decide;
pub mod diff;
mod drift;
mod effective;
pub mod file;
pub mod fingerprint;
mod graph;
pub mod input;
mod instances;
pub mod model;
pub mod moves;
mod outputs;
pub mod place;
mod planning;
pub mod reads;
pub mod schedule;
pub mod seal;
mod secrets;
mod select;
pub mod step;
pub mod suggest;
pub mod totals;
mod unsupported;
mod world;

pub use effective::still_unknown;
pub use fingerprint::Fingerprint;
pub use graph::Phase;
pub use input::{Inputs, Mode, Options, ProviderFacts, ReplaceTarget, Unsupported};
pub use model::{
    Change, ChangeAction, DataRead, Drift, DriftKind, InstanceCounts, Note, NoteKind, OutputAction,
    OutputChange, Plan, Reason,
};
pub use moves::{Arrivals, moves};
pub use planning::{plan, propose, resolve};
pub use schedule::{ReadyStep, Schedule, SkippedStep};
pub use seal::seal;
pub use step::step;
pub use totals::{Resources, Totals};
