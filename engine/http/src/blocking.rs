//! The same for callers without a runtime.

use std::future::Future;
use std::sync::Mutex;

use crate::Error;

/// Runs requests to their end. May be used anywhere, also within another runtime.
#[derive(Debug)]
pub struct Blocking(Mutex<tokio::runtime::Runtime>);

impl Blocking {
    /// A runtime of its own, without threads.
    ///
    /// # Errors
    /// The operating system refuses what a runtime needs.
    pub fn new() -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime
            .map(|runtime| Self(Mutex::new(runtime)))
            .map_err(|error| Error::Settings { what: error.to_string() })
    }

    /// Runs the future to its end; calls from several threads wait for one another.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    ///
    /// # Panics
    /// Only if the future does.
    pub fn run<T: Send>(&self, future: impl Future<Output = T> + Send) -> Result<T, Error> {
        let runtime = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A thread of its own: a runtime refuses to be entered from within another.
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .name("podform-http".to_owned())
                .spawn_scoped(scope, || runtime.block_on(future));
            let thread =
                thread.map_err(|error| Error::Settings { what: format!("no thread: {error}") })?;
            thread.join().map_err(|panic| std::panic::resume_unwind(panic))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_with_and_without_a_runtime_around_it() {
        let blocking = Blocking::new().unwrap();
        assert_eq!(blocking.run(async { 1 }).unwrap(), 1);
        let outer = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(outer.block_on(async { blocking.run(async { 2 }).unwrap() }), 2);
    }
}
