//! `podform console`: expressions and their values.

use crate::args::ConsoleArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::report;
use crate::setup::{read_state, state_path};
use crate::workspace::{Given, Workspace};
use podform_config::{CONSOLE, Evaluated, continues};
use podform_model::{Diagnostics, code};
use podform_plan::computed::Recorded;
use podform_state::State;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

/// Answers expressions from the terminal or a pipe.
///
/// # Errors
/// The configuration, the variables or the state cannot be read.
pub fn run(context: &Context, args: &ConsoleArgs, given: &[Given]) -> Result<Exit> {
    let workspace = Workspace::load(context, given, args.variables.input)?;
    let state = read_state(&state_path(&workspace)?)?.state;
    let console = Console { context, workspace, state };
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if terminal && !context.json { console.interactive() } else { console.piped() }
}

struct Console<'a> {
    context: &'a Context,
    workspace: Workspace,
    state: State,
}

/// What a line asks for.
enum Asked {
    Nothing,
    End,
    Value(String),
}

/// A whole text: `exit` and `quit` end the console.
fn asked(text: &str) -> Asked {
    match text.trim() {
        "" => Asked::Nothing,
        "exit" | "quit" => Asked::End,
        text if text.lines().all(|line| line.trim_start().starts_with(['#'])) => Asked::Nothing,
        // A heredoc ends with the end of its line.
        text => Asked::Value(format!("{text}\n")),
    }
}

impl Console<'_> {
    /// One expression after the other; the first that fails ends the run, except as JSON.
    fn piped(&self) -> Result<Exit> {
        let mut text = String::new();
        let mut lines = std::io::stdin().lock().lines();
        loop {
            let line = lines.next().transpose().map_err(|error| {
                Failure::new(code::CLI_IO, format!("cannot read standard input: {error}"))
            })?;
            if let Some(line) = &line {
                text.push_str(line);
                text.push('\n');
            }
            let open = line.is_some() && continues(&text);
            if open {
                continue;
            }
            match asked(&std::mem::take(&mut text)) {
                Asked::End => return Ok(Exit::Ok),
                Asked::Nothing => {}
                Asked::Value(text) => {
                    if !self.answer(&text)? {
                        return Ok(Exit::Error);
                    }
                }
            }
            if line.is_none() {
                return Ok(Exit::Ok);
            }
        }
    }

    /// Shows the value of an expression; `false` when the run ends because it has none.
    fn answer(&self, text: &str) -> Result<bool> {
        let (value, found) = self.evaluate(text);
        match (value, self.context.json) {
            (Some(value), true) => self.context.answer(&format!("{}\n", value.json()))?,
            (Some(value), false) => {
                self.context.report(&found);
                self.context.answer(&format!("{}\n", value.text()))?;
            }
            (None, true) => {
                let all = report::to_json(&found, &self.context.sources());
                let error = all.get(0).cloned().unwrap_or_default();
                self.context.answer(&format!("{}\n", serde_json::json!({ "error": error })))?;
            }
            (None, false) => {
                self.context.report(&found);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn evaluate(&self, text: &str) -> (Option<Evaluated>, Diagnostics) {
        self.context.add_source(CONSOLE, text);
        self.workspace.expression(text, &Recorded(&self.state.pods))
    }

    /// A prompt with editing and history.
    fn interactive(&self) -> Result<Exit> {
        let terminal =
            |error| Failure::new(code::CLI_IO, format!("cannot use the terminal: {error}"));
        let mut editor = DefaultEditor::new().map_err(terminal)?;
        let history = history_file();
        if let Some(file) = &history {
            // There is none at first.
            let _ = editor.load_history(file);
        }
        let mut text = String::new();
        loop {
            match editor.readline(if text.is_empty() { "> " } else { ": " }) {
                Ok(line) => {
                    text.push_str(&line);
                    text.push('\n');
                    if continues(&text) {
                        continue;
                    }
                    let whole = std::mem::take(&mut text);
                    let _ = editor.add_history_entry(whole.trim_end());
                    match asked(&whole) {
                        Asked::End => break,
                        Asked::Nothing => {}
                        Asked::Value(text) => {
                            self.answer(&text)?;
                        }
                    }
                }
                // Ctrl-C gives up what was begun, Ctrl-D the console.
                Err(ReadlineError::Interrupted) => text.clear(),
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(terminal(error)),
            }
        }
        if let Some(file) = history {
            save(&mut editor, &file);
        }
        Ok(Exit::Ok)
    }
}

/// Where what was typed is kept for the next time.
fn history_file() -> Option<PathBuf> {
    let data = std::env::var_os("XDG_DATA_HOME").filter(|path| !path.is_empty());
    let folder = match data {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".local/share"),
    };
    Some(folder.join("podform/console_history"))
}

/// Keeps the history. It is a convenience: where it cannot be kept, nothing is said.
fn save(editor: &mut DefaultEditor, file: &std::path::Path) {
    if let Some(folder) = file.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    let _ = editor.save_history(file);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        assert!(matches!(asked("  \n"), Asked::Nothing));
        assert!(matches!(asked("# a comment\n"), Asked::Nothing));
        assert!(matches!(asked(" exit \n"), Asked::End));
        assert!(matches!(asked("quit"), Asked::End));
        assert!(matches!(asked("1 # one\n"), Asked::Value(text) if text == "1 # one\n"));
    }
}
