//! The arguments of the tools around a configuration: they change no pod.

use super::{StyleArgs, VariableArgs};
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// `podform fmt`
#[derive(Debug, Args)]
#[command(after_help = "\
Formats `*.pf.hcl`, `*.pfvars.hcl` and `*.pftest.hcl`. A file with a syntax error is left as it is.

Exit codes: 0 when everything was formatted, 2 when a file could not be read or formatted, and
with -check 3 when a file is not in canonical style.

Examples:
    podform fmt                    the files of this folder
    podform fmt -check -diff -recursive
    podform fmt - < main.pf.hcl    from standard input to standard output")]
pub struct FmtArgs {
    /// Folders and files; the current folder when absent. `-` formats standard input
    #[arg(value_name = "DIR|FILE|-")]
    pub targets: Vec<PathBuf>,
    /// Only find files that are not in canonical style, and exit with 3 when there are any
    #[arg(long)]
    pub check: bool,
    /// Show what changes
    #[arg(long)]
    pub diff: bool,
    /// Also format the folders within
    #[arg(long)]
    pub recursive: bool,
    /// Write the files; never with -check or for standard input
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub write: bool,
    /// List the files that change; never for standard input
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub list: bool,
    /// Write without colour
    #[arg(long = "no-color")]
    pub no_color: bool,
}

/// `podform explain`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
    podform explain                          all codes, each with one line
    podform explain config::unknown_attribute")]
pub struct ExplainArgs {
    /// Write without colour, as with the environment variable NO_COLOR
    #[arg(long = "no-color")]
    pub no_color: bool,
    /// The code, as a diagnostic shows it; all codes when absent
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU bash 4 or later.
    Bash,
    /// Z shell.
    Zsh,
    /// fish.
    Fish,
}

/// `podform completion`
#[derive(Debug, Args)]
#[command(after_help = "\
The script asks podform itself, so it also completes the addresses of the state, containers,
outputs and files. To use it:
    bash:  source <(podform completion bash)                   in ~/.bashrc
    zsh:   source <(podform completion zsh)                    in ~/.zshrc, after compinit
    fish:  podform completion fish > ~/.config/fish/completions/podform.fish")]
pub struct CompletionArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// `podform docs`
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// Search this folder for plugins first; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plugin_dir: Vec<PathBuf>,
}

/// `podform console`
#[derive(Debug, Args)]
#[command(after_help = "\
Each line is an expression; it goes on over more lines while a bracket or heredoc is open. What
pods have computed is read from the state. `type(EXPRESSION)` shows a type. `exit`, `quit` or
Ctrl-D ends the console; what was typed is kept in ~/.local/share/podform/console_history.

From a pipe every expression is answered, the first one that fails ends the run with exit code 1.
With -json each answer is one line: {\"value\": …, \"type\": …, \"sensitive\": …}, or {\"error\": …} and the
run goes on.

Example:
    echo 'length(var.replicas)' | podform console -var 'replicas=[1, 2]'")]
pub struct ConsoleArgs {
    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableArgs,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
}

/// What a graph is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphType {
    /// The pods, in the order in which a plan handles them.
    Plan,
    /// Everything that is declared: variables, locals, pods, modules, outputs.
    Config,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Graphviz: `podform graph | dot -Tsvg > graph.svg`.
    Dot,
    /// A Mermaid flow chart, for Markdown.
    Mermaid,
}

/// `podform graph`
#[derive(Debug, Args)]
#[command(after_help = "\
An arrow leads from what refers to what it refers to. Neither a cluster nor values for variables
are needed.

Example:
    podform graph | dot -Tsvg > graph.svg")]
pub struct GraphArgs {
    /// What the graph is of
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value = "plan")]
    pub kind: GraphType,
    /// How it is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "dot")]
    pub format: GraphFormat,
}

/// `podform lsp`
#[derive(Debug, Args)]
pub struct LspArgs {
    /// Let downloaded modules read files in this folder too; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub allow_path: Vec<PathBuf>,
}
