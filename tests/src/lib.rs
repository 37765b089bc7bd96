//! The harness of podform's end-to-end tests: a folder, an environment, and the real binary.

pub mod bench;
pub mod crash;
pub mod env;

pub use env::{Output, TestEnv};
