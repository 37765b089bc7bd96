//! The contract of a provider as functions that run one through it.
//!
//! A provider's tests call these with a provider that is configured against a real or scripted
//! cluster. Each returns what it found broken, as sentences; none is what a good provider gives.
//!
//! ```no_run
//! # use podform_provider::{conformance, Provider, Step};
//! # fn test(provider: &dyn Provider, steps: Vec<Step>, writes: impl Fn() -> u64 + Sync) {
//! conformance::assert_kept(conformance::describe(provider));
//! conformance::assert_kept(conformance::intent_refused(provider, steps, &writes));
//! # }
//! ```
//!
//! `writes` counts what changed the cluster so far: a scripted server counts its requests, a file
//! can be hashed. No function here sleeps or starts a thread; a provider that never returns hangs
//! its test.

mod calls;
mod script;
mod sessions;
#[cfg(test)]
mod tests;

pub use calls::{describe, plan, read, round_trip, validate};
pub use sessions::{cancelled, finished, intent_refused, intents_come_first, steps_end};

/// Counts what changed the cluster so far.
pub type Writes<'a> = &'a (dyn Fn() -> u64 + Sync);

/// What was found broken; empty: the contract is kept.
pub type Broken = Vec<String>;

/// Fails a test that found something broken.
///
/// # Panics
/// With every broken promise, when there is one.
pub fn assert_kept(broken: Broken) {
    assert!(broken.is_empty(), "the provider breaks its contract:\n- {}", broken.join("\n- "));
}
