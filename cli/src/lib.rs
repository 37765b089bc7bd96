//! The command line of podform: the composition root of all packages.

pub mod args;
pub mod error;
pub mod exit;
pub mod report;
