//! The provider against a development cluster.

mod apply;
mod faults;
mod harness;
