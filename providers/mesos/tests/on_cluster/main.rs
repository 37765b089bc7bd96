//! The provider against a development cluster.

mod apply;
mod conformance;
mod faults;
mod harness;
mod pods;
