//! The end-to-end suite: the real binary, the real plugin, the development cluster, real processes.

mod bad_input;
mod conditions;
mod data;
mod drift;
mod large;
mod lsp;
mod main_job;
mod modules;
mod plugins;
mod refactor;
mod saved_plan;
mod secrets;
mod support;
mod testing;
mod tools;
