//! Containers: real processes on this machine, each in a process group and a sandbox of its own.

pub(crate) mod check;
pub(crate) mod fetch;
pub(crate) mod process;
pub(crate) mod user;
pub(crate) mod volume;
