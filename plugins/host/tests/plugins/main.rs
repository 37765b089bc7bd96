//! Loading real plugins: the echo provider and one that misbehaves, through both transports.
#![expect(clippy::unwrap_used, reason = "tests")]

mod conformance;
mod echo;
mod faults;
mod refusals;
mod support;
