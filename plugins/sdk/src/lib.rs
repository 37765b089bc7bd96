//! What the author of a plugin imports.
//!
//! A plugin is a library with `crate-type = ["cdylib"]`, named `podform_provider_NAME`, whose
//! provider is [`Default`] (it is made before it gets its settings) and is exported once:
//!
//! ```
//! use podform_plugin_sdk::export_plugin;
//! use podform_plugin_sdk::provider::*;
//! # use podform_plugin_sdk::model::Diagnostics;
//!
//! #[derive(Default)]
//! struct Nothing;
//!
//! impl Provider for Nothing {
//! #   fn describe(&self) -> Result<Description, ProviderError> {
//! #       Err(ProviderError::new(ErrorKind::Plugin, "nothing"))
//! #   }
//! #   fn configure(&self, _: &Configure) -> Result<Configured, ProviderError> { Ok(Configured::default()) }
//! #   fn validate(&self, _: &ValidateRequest) -> Result<Diagnostics, ProviderError> { Ok(Diagnostics::new()) }
//! #   fn read(&self, _: &ReadRequest) -> Result<Observed, ProviderError> { Ok(Observed::default()) }
//! #   fn settle(&self, _: &SettleRequest) -> Result<SettleAnswer, ProviderError> { Ok(SettleAnswer::default()) }
//! #   fn plan(&self, _: &PlanRequest) -> Result<PlanAnswer, ProviderError> { Ok(PlanAnswer::default()) }
//! #   fn apply(&self, _: &ApplyRequest, _: &dyn ApplySession) -> Result<(), ProviderError> { Ok(()) }
//! #   fn logs(&self, _: &LogsRequest) -> Result<LogsAnswer, ProviderError> { Ok(LogsAnswer::default()) }
//!     // … the methods of a provider …
//! }
//!
//! export_plugin!(Nothing);
//! ```
//!
//! What a plugin must know:
//! - It has its own copy of the standard library: its own tokio runtime, TLS provider and panic
//!   hook. The hook is installed here and forwards panics to podform's log; a panic in a call is
//!   that call's error, a panic in a thread of the plugin is only logged.
//! - It logs with [`info!`](crate::info) and its siblings; what it prints is taken for log lines too.
//!   Never log a secret or sensitive value.
//! - It may be built with `panic = "unwind"` only; the macro refuses anything else.
//! - Calls may come from several threads; `logs` and `read` may run beside `apply`.
#![expect(unsafe_code, reason = "the entry functions are called over a C boundary")]

mod entry;
mod host;
pub mod log;
mod panic;
mod session;

pub use podform_model as model;
pub use podform_plugin_abi as abi;
pub use podform_provider as provider;

#[doc(hidden)]
pub use entry::table;

/// Exports a type that is a [`provider::Provider`] and [`Default`] as this library's plugin.
///
/// Use it once, at the root of a crate with `crate-type = ["cdylib"]` (or `["cdylib", "rlib"]`).
#[macro_export]
macro_rules! export_plugin {
    ($provider:ty) => {
        #[cfg(panic = "abort")]
        ::core::compile_error!("a plugin must be built with panic = \"unwind\"");

        /// This plugin's table.
        #[unsafe(no_mangle)]
        #[allow(non_upper_case_globals)]
        pub static podform_plugin_v1: $crate::abi::Plugin = $crate::table::<$provider>();
    };
}
