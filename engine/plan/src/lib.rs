//! Diff, decisions, order, schedule and plan file.
//!
//! [`plan()`] is a pure function over values: configuration, state, what was seen and options go in,
//! a [`Plan`] and diagnostics come out. The rows of `engine/docs/plan-decisions.md` say what it
//! decides; each has a test.

pub mod fingerprint;
pub mod input;
pub mod model;
pub mod totals;

pub use fingerprint::Fingerprint;
pub use input::{Inputs, Mode, Options, ProviderFacts, ReplaceTarget, Unsupported};
pub use model::{
    Change, ChangeAction, Drift, DriftKind, InstanceCounts, Note, NoteKind, OutputAction,
    OutputChange, Plan, Reason,
};
pub use totals::{Resources, Totals};
