//! The provider that launches pods as task groups on Apache Mesos.
//!
//! Code map: [`MesosProvider`] hands each call of the contract to the part that does it. `read`
//! joins one GET_STATE with the records; `settle` fences a former run and reconciles; `plan`
//! refines and previews; `session` is the scheduler, a state machine without IO and its driver;
//! `lower` turns pods into task groups and `offers` fits them into what is offered.
#![forbid(unsafe_code)]

mod address;
mod backoff;
mod cluster;
mod describe;
mod digest;
mod error;
mod framework;
mod import;
mod live;
mod logs;
mod lower;
mod offers;
mod plan;
mod private;
mod provider;
mod read;
mod rolling;
mod secrets;
mod session;
mod settings;
mod settle;
mod stderr;
mod validate;
mod view;

pub use provider::MesosProvider;

podform_plugin_sdk::export_plugin!(MesosProvider);
