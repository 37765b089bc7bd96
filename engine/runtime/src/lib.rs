//! Refresh, plan and apply: joins a state, a configuration's evaluator and the providers.
//!
//! Nothing here knows an orchestrator or a language. The rim gives an [`Engine`] its parts, asks it
//! for a plan and lets it apply one.

mod apply;
mod arrive;
mod begin;
mod engine;
mod error;
mod looking;
mod planning;
mod postcondition;
mod refresh;
mod run;
mod session;
mod settle;
mod shared;

pub use apply::{Applied, Cancel};
pub use arrive::Importable;
pub use engine::{Connected, Engine, Evaluator, Observer, Reading};
pub use error::Error;
pub use planning::Planned;
