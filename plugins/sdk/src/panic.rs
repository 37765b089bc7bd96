//! Panics: caught in every entry, told to the host.

use crate::log::{self, LogLevel};
use podform_provider::{ErrorKind, ProviderError};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Where the last panic of this thread happened.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs the hook that tells the host of panics, in this library's copy of the standard library.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| std::panic::set_hook(Box::new(tell_host)));
}

fn tell_host(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    let thread = std::thread::current();
    log::write(
        LogLevel::Error,
        format_args!(
            "thread `{}` panicked at {}: {}",
            thread.name().unwrap_or("unnamed"),
            location.as_deref().unwrap_or("an unknown place"),
            text(info.payload()),
        ),
    );
    // A thread that ends has no `LOCATION` any more.
    let _ = LOCATION.try_with(|place| *place.borrow_mut() = location);
}

/// Runs what may panic; a panic becomes an error with its message and place.
pub(crate) fn contain<T>(work: impl FnOnce() -> T) -> Result<T, ProviderError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let message = format!("the plugin panicked: {}", text(payload.as_ref()));
        // What the payload does when it is dropped may panic too: it is leaked.
        std::mem::forget(payload);
        let mut error = ProviderError::new(ErrorKind::Plugin, message);
        let place = LOCATION.with(|place| place.borrow_mut().take());
        error.causes.extend(place.map(|place| format!("at {place}")));
        error.help("report this to the author of the plugin")
    })
}

fn text(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "without a message"
    }
}
