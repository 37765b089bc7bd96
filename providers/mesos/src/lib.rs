//! The provider that launches pods as task groups on Apache Mesos.

mod address;
mod backoff;
mod describe;
mod digest;
mod framework;
mod lower;
mod offers;
mod private;
mod rolling;
mod session;
mod settings;
mod stderr;
