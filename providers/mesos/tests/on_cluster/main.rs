//! The provider against a development cluster.
#![cfg(test)]
#![expect(clippy::large_enum_variant, reason = "a test keeps what it is told as it is")]

mod apply;
mod conformance;
mod faults;
mod harness;
mod pods;
