//! The plugin's log: lines that podform shows with the provider's name.
//!
//! ```
//! podform_plugin_sdk::info!("the cluster has {} agents", 3);
//! ```

pub use podform_plugin_abi::LogLevel;

use crate::host::HostLink;
use podform_plugin_abi::HostCall;
use std::borrow::Cow;
use std::fmt;

/// Sends one line to the host. Does nothing where there is none, as in unit tests.
pub fn write(level: LogLevel, message: fmt::Arguments<'_>) {
    if let Some(host) = HostLink::current() {
        let message = Cow::Owned(fmt::format(message));
        host.notify(0, &HostCall::Log { level, message });
    }
}

macro_rules! level {
    ($name:ident, $level:ident, $doc:literal) => {
        level!($name, $level, $doc, $);
    };
    ($name:ident, $level:ident, $doc:literal, $dollar:tt) => {
        #[doc = $doc]
        #[macro_export]
        macro_rules! $name {
            ($dollar($dollar argument:tt)*) => {
                $crate::log::write(
                    $crate::log::LogLevel::$level,
                    ::core::format_args!($dollar($dollar argument)*),
                )
            };
        }
    };
}

level!(trace, Trace, "Logs each step, for who hunts a fault of the plugin.");
level!(debug, Debug, "Logs what the plugin does and sees.");
level!(info, Info, "Logs what an operator may want to know.");
level!(warn, Warn, "Logs that something is odd.");
level!(error, Error, "Logs that something failed.");
