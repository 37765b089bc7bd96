//! `podform completion`: scripts that ask podform itself, and its answers.

use crate::args::{Cli, CompletionArgs, Shell, double_dashes};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::setup::{read_state, recorded_path};
use clap::{Arg, Command, CommandFactory, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};
use podform_model::{PodRecord, code};
use podform_state::State;
use std::ffi::{OsStr, OsString};

/// The command that the scripts call: `podform __complete SHELL INDEX WORD…`.
pub const HIDDEN: &str = "__complete";

/// Writes the script for a shell.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(context: &Context, args: &CompletionArgs) -> Result<Exit> {
    context.answer(match args.shell {
        Shell::Bash => include_str!("completion/podform.bash"),
        Shell::Zsh => include_str!("completion/podform.zsh"),
        Shell::Fish => include_str!("completion/podform.fish"),
    })?;
    Ok(Exit::Ok)
}

/// Answers a script: a candidate on each line, for zsh and fish with a description after a tab.
/// Nobody reads what goes wrong, so it answers nothing then.
#[must_use]
pub fn answer(args: &[OsString]) -> Exit {
    let context = Context::new(true, false);
    let [shell, index, words @ ..] = args else { return Exit::Error };
    let shell = shell.to_str().and_then(|name| Shell::from_str(name, false).ok());
    let index = index.to_str().and_then(|text| text.parse::<usize>().ok());
    let (Some(shell), Some(index)) = (shell, index) else { return Exit::Error };
    let text = candidates(shell, words, index);
    if context.answer(&text).is_ok() { Exit::Ok } else { Exit::Error }
}

/// The words of a command line and the one that is completed.
struct Line {
    words: Vec<OsString>,
    index: usize,
    /// What bash has cut off in front of the word, `-target=`.
    cut: String,
}

fn candidates(shell: Shell, words: &[OsString], index: usize) -> String {
    let mut line = Line { words: words.to_vec(), index, cut: String::new() };
    if shell == Shell::Bash {
        line = joined(words, index);
    }
    line.words.resize(line.words.len().max(line.index + 1), OsString::new());
    let typed = line.words[line.index].to_string_lossy().into_owned();
    // Terraform's single dash is completed as it is typed.
    let single = typed.starts_with('-') && !typed.starts_with("--") && typed.len() > 1;
    let mut words = double_dashes(line.words);
    if single && typed.len() == 2 && typed.ends_with(|c: char| c.is_ascii_alphabetic()) {
        words[line.index] = format!("-{typed}").into();
    }
    let folder = std::env::current_dir().ok();
    let found = complete(&mut command(), words, line.index, folder.as_deref());
    let mut out = String::new();
    for candidate in found.unwrap_or_default().iter().filter(|found| !found.is_hide_set()) {
        let value = candidate.get_value().to_string_lossy();
        let value = if single { value.strip_prefix('-').unwrap_or(&value) } else { &value };
        let value = value.strip_prefix(&line.cut).unwrap_or(value);
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let help = help.lines().next().unwrap_or_default();
        match shell {
            Shell::Bash => out.push_str(&quoted(value)),
            _ => out.push_str(&format!("{value}\t{help}")),
        }
        out.push('\n');
    }
    out
}

/// bash cuts words at `=` and `:`; this joins them again.
fn joined(words: &[OsString], index: usize) -> Line {
    let breaks = |word: &OsStr| word == "=" || word == ":" || word == "::";
    let mut line = Line { words: Vec::new(), index: 0, cut: String::new() };
    let mut open = false;
    for (at, word) in words.iter().enumerate() {
        let joins = at > 1 && (open || breaks(word));
        match line.words.last_mut().filter(|_| joins) {
            Some(last) => {
                if at == index {
                    line.cut = last.to_string_lossy().into_owned();
                    if breaks(word) {
                        line.cut.push_str(&word.to_string_lossy());
                    }
                }
                last.push(word);
            }
            None => line.words.push(word.clone()),
        }
        open = breaks(word);
        if at == index {
            line.index = line.words.len().saturating_sub(1);
            line.words.truncate(line.index + 1);
            return line;
        }
    }
    line.index = line.words.len();
    line
}

/// A word as bash must read it: `pod.web["eu"]` in single quotes.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+~#".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The command line with what is known of values: pods, containers, outputs, codes.
fn command() -> Command {
    let with = |command: Command, id: &'static str, values: fn() -> Vec<(String, String)>| {
        command.mut_arg(id, |arg| known(arg, values))
    };
    let planning =
        |command: Command| with(with(command, "target", addresses), "replace", addresses);
    Cli::command()
        .mut_subcommand("plan", planning)
        .mut_subcommand("apply", planning)
        .mut_subcommand("destroy", planning)
        .mut_subcommand("status", |command| with(command, "addresses", addresses))
        .mut_subcommand("logs", |command| with(command, "container", containers))
        .mut_subcommand("output", |command| with(command, "name", outputs))
        .mut_subcommand("explain", |command| with(command, "code", codes))
        .mut_subcommand("state", |command| {
            command
                .mut_subcommand("list", |command| with(command, "addresses", addresses))
                .mut_subcommand("show", |command| with(command, "address", addresses))
                .mut_subcommand("rm", |command| with(command, "addresses", addresses))
                .mut_subcommand("mv", |command| with(command, "from", addresses))
        })
}

/// An argument with a list of values, each with what it is.
fn known(arg: Arg, values: fn() -> Vec<(String, String)>) -> Arg {
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        // A quote that is open in the shell is part of what was typed.
        let typed = typed.trim_start_matches(['\'', '"']);
        values()
            .into_iter()
            .filter(|(value, _)| value.starts_with(typed))
            .map(|(value, help)| CompletionCandidate::new(value).help(Some(help.into())))
            .collect()
    }))
}

fn state() -> Option<State> {
    let context = Context::new(true, false);
    Some(read_state(&recorded_path(&context).ok()?).ok()?.state)
}

fn addresses() -> Vec<(String, String)> {
    let pods = state().map(|state| state.pods).unwrap_or_default();
    pods.iter().map(|(address, pod)| (address.to_string(), pod.id.clone())).collect()
}

fn containers() -> Vec<(String, String)> {
    let pods = state().map(|state| state.pods).unwrap_or_default();
    let of = |pod: &PodRecord| -> Vec<String> {
        let configuration = pod.configurations.get(&pod.generation);
        let list = configuration.and_then(|value| value.get("container")?.as_list());
        let names = list.unwrap_or_default().iter().filter_map(|one| one.get("name")?.as_str());
        names.map(str::to_owned).collect()
    };
    pods.iter()
        .flat_map(|(address, pod)| {
            let address = address.to_string();
            of(pod).into_iter().map(move |name| (format!("{address}/{name}"), String::new()))
        })
        .collect()
}

fn outputs() -> Vec<(String, String)> {
    let outputs = state().map(|state| state.outputs).unwrap_or_default();
    outputs.into_keys().map(|name| (name, String::new())).collect()
}

fn codes() -> Vec<(String, String)> {
    code::ALL.iter().map(|(code, doc)| ((*code).to_owned(), (*doc).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bash(words: &[&str]) -> Vec<String> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let text = candidates(Shell::Bash, &words, words.len() - 1);
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn commands_and_flags_are_completed_as_they_are_typed() {
        assert_eq!(bash(&["podform", "val"]), ["validate"]);
        assert_eq!(bash(&["podform", "plan", "-detailed"]), ["-detailed-exitcode"]);
        assert_eq!(bash(&["podform", "plan", "--detailed"]), ["--detailed-exitcode"]);
        assert_eq!(bash(&["podform", "completion", "fi"]), ["fish"]);
        assert_eq!(bash(&["podform", "state", "m"]), ["mv"]);
        assert!(bash(&["podform", "state", "nonsense"]).is_empty());
    }

    /// The arguments that are files, of a command and those below it.
    fn files(command: &Command, way: &str, out: &mut Vec<String>) {
        for arg in command.get_arguments() {
            let names = arg.get_value_names().unwrap_or_default();
            let is_file = |name: &clap::builder::Str| name.contains("FILE") || name == "PLAN";
            let hint = arg.get_value_hint();
            // Of `fmt` a folder is an argument too, so that `.` is one.
            if names.iter().any(is_file)
                && !names.iter().any(|name| name.contains("DIR"))
                && hint != clap::ValueHint::FilePath
            {
                out.push(format!("{way} {}: {hint:?}", arg.get_id()));
            }
        }
        for inner in command.get_subcommands() {
            files(inner, &format!("{way} {}", inner.get_name()), out);
        }
    }

    #[test]
    fn where_a_file_belongs_no_folder_is_offered_as_one() {
        let mut wrong = Vec::new();
        files(&command(), "podform", &mut wrong);
        assert_eq!(wrong, [""; 0]);
        let files = bash(&["podform", "plan", "-var-file", ""]);
        assert!(!files.iter().any(|file| file == "."), "{files:?}");
        assert!(files.iter().any(|file| file == "Cargo.toml"), "{files:?}");
    }

    #[test]
    fn words_that_bash_has_cut_are_joined() {
        assert_eq!(bash(&["podform", "plan", "-refresh", "=", "fa"]), ["false"]);
        assert_eq!(bash(&["podform", "explain", "plan", "::", "sta"]), ["stale"]);
        assert_eq!(bash(&["podform", "explain", "plan::sta"]), ["plan::stale"]);
    }

    #[test]
    fn words_are_quoted_where_bash_would_take_them_apart() {
        assert_eq!(quoted("pod.web"), "pod.web");
        assert_eq!(quoted("pod.web[\"it's\"]"), "'pod.web[\"it'\\''s\"]'");
    }

    #[test]
    fn other_shells_get_descriptions() {
        let words = ["podform".into(), "explain".into(), "plan::sta".into()];
        let text = candidates(Shell::Fish, &words, 2);
        assert_eq!(text, "plan::stale\tThe saved plan no longer fits the state or the cluster.\n");
    }
}
