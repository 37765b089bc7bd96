//! What a command writes to and how: answers on stdout, talk on stderr.

use crate::commands::explain;
use crate::error::Failure;
use crate::exit::Exit;
use crate::report::{self, Sources};
use podform_model::{Diagnostics, Severity, code};
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

/// The streams of a run and its style.
#[derive(Debug)]
pub struct Context {
    /// Whether answers are coloured.
    pub color: bool,
    /// Whether talk is coloured.
    pub color_talk: bool,
    /// Whether the answer is JSON.
    pub json: bool,
    /// Whether there is somebody to ask.
    pub interactive: bool,
    /// The folder that podform was started in, before `-chdir`.
    pub started_in: PathBuf,
    sources: Mutex<Sources>,
    /// The code of the first error that was shown.
    first_error: OnceLock<String>,
}

impl Context {
    /// Finds out the style from the flags and the environment: `NO_COLOR` and `-no-color` win,
    /// `CLICOLOR_FORCE` colours also what is not a terminal.
    #[must_use]
    pub fn new(no_color: bool, json: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        let never = no_color || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let color = |terminal: bool| !never && (terminal || set("CLICOLOR_FORCE"));
        Self {
            color: color(io::stdout().is_terminal()) && !json,
            color_talk: color(io::stderr().is_terminal()),
            json,
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            started_in: std::env::current_dir().unwrap_or_default(),
            sources: Mutex::default(),
            first_error: OnceLock::new(),
        }
    }

    /// Remembers a text that diagnostics point into.
    pub fn add_source(&self, name: &str, text: &str) {
        if let Ok(mut sources) = self.sources.lock() {
            sources.insert(name.into(), text.into());
        }
    }

    /// The remembered texts.
    #[must_use]
    pub fn sources(&self) -> Sources {
        self.sources.lock().map(|sources| sources.clone()).unwrap_or_default()
    }

    /// Writes an answer. A closed pipe is no failure: the reader has had enough.
    ///
    /// # Errors
    /// Standard output cannot be written for another reason, as a full disk.
    pub fn answer(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::new(code::CLI_IO, format!("cannot write to standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes what a container wrote: as it is, or on a terminal with control characters shown, so
    /// that a container cannot drive it.
    ///
    /// # Errors
    /// As [`Context::answer`].
    pub fn answer_foreign(&self, text: &str) -> Result<(), Failure> {
        if io::stdout().is_terminal() {
            self.answer(&report::printable(text))
        } else {
            self.answer(text)
        }
    }

    /// Writes an answer as indented JSON and a newline.
    ///
    /// # Errors
    /// As [`Context::answer`].
    pub fn answer_json(&self, value: &serde_json::Value) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|e| Failure::new(code::CLI_IO, format!("cannot write JSON: {e}")))?;
        self.answer(&format!("{text}\n"))
    }

    /// Says something to the user. What cannot be said is lost.
    pub fn say(&self, text: &str) {
        let mut err = io::stderr().lock();
        let _ = writeln!(err, "{text}");
    }

    /// Shows diagnostics on stderr.
    pub fn report(&self, diagnostics: &Diagnostics) {
        if let Some(error) = diagnostics.iter().find(|one| one.severity == Severity::Error) {
            let _ = self.first_error.set(error.code.clone());
        }
        if !diagnostics.is_empty() {
            let text = report::render(diagnostics, &self.sources(), self.color_talk);
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }
    }

    /// Asks on the terminal and reads one line; `None` when nobody can be asked.
    #[must_use]
    pub fn ask(&self, question: &str) -> Option<String> {
        if self.interactive { self.ask_anyone(question) } else { None }
    }

    /// Asks and reads one line of standard input, also from a pipe (`echo yes | podform apply`);
    /// `None` at its end.
    #[must_use]
    pub fn ask_anyone(&self, question: &str) -> Option<String> {
        {
            let mut err = io::stderr().lock();
            let _ = write!(err, "{question}");
            let _ = err.flush();
        }
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
        }
    }

    /// Says where more is written about the first error that was shown.
    pub fn point_to_explain(&self) {
        if self.json {
            return;
        }
        if let Some(code) = self.first_error.get().filter(|code| explain::page(code).is_some()) {
            self.say(&format!(
                "For more information about an error, try `podform explain {code}`."
            ));
        }
    }

    /// Shows a failure and gives its exit code.
    pub fn fail(&self, failure: &Failure) -> Exit {
        self.report(&failure.0);
        Exit::Error
    }
}
