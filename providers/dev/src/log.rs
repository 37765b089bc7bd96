//! The cluster's log: one line for each thing that happened.

use std::fmt;
use std::io::Write;
use std::sync::Mutex;

/// Where the lines go.
#[derive(Default)]
pub(crate) struct Log(Option<Mutex<Box<dyn Write + Send>>>);

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Log {
    /// A log that writes to the given place; `None` drops every line.
    pub(crate) fn new(place: Option<Box<dyn Write + Send>>) -> Self {
        Self(place.map(Mutex::new))
    }

    /// Writes one line with the time.
    pub(crate) fn say(&self, line: fmt::Arguments<'_>) {
        if let Some(place) = &self.0
            && let Ok(mut place) = place.lock()
        {
            let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
            let _nowhere_to_complain =
                writeln!(place, "{time} {line}").and_then(|()| place.flush());
        }
    }
}

/// Writes a line to the log of a cluster.
macro_rules! say {
    ($world:expr, $($text:tt)*) => { $world.log.say(format_args!($($text)*)) };
}
pub(crate) use say;
