//! The command line, as Terraform's users know it: `-flag` and `--flag` are both accepted.

mod tools;

pub use tools::{
    CompletionArgs, ConsoleArgs, DocsArgs, ExplainArgs, FmtArgs, GraphArgs, GraphFormat, GraphType,
    LspArgs, Shell,
};

use clap::{Args, Parser, Subcommand, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// Plan and apply pods on Apache Mesos.
///
/// The usual way: write pods in `*.pf.hcl` files, then `podform init`, `podform plan`,
/// `podform apply`. To try it without a cluster add `-dev`: a development cluster is started on
/// this machine.
#[derive(Debug, Parser)]
#[command(name = "podform", version, disable_version_flag = true, disable_help_subcommand = true)]
pub struct Cli {
    /// Switch to this folder before anything is read.
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub chdir: Option<PathBuf>,
    /// Show the version, as `podform version` does.
    #[arg(long = "version")]
    pub version: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands, in the order in which a newcomer needs them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the provider plugins that the configuration needs and write the lock file
    Init(InitArgs),
    /// Check the configuration offline: no cluster and no `init` is needed
    Validate(ValidateArgs),
    /// Show what would change
    Plan(PlanArgs),
    /// Make the changes, after asking
    Apply(ApplyArgs),
    /// Destroy all pods of the state, after asking; the same as `apply -destroy`
    Destroy(ApplyArgs),
    /// Show the state, or a saved plan
    Show(ShowArgs),
    /// Show the outputs of the last apply
    Output(OutputArgs),
    /// Look at the state and mend it
    #[command(subcommand)]
    State(StateCommand),
    /// Show the instances of the pods as they are now, and why they wait
    Status(StatusArgs),
    /// Show the output of a container
    Logs(LogsArgs),
    /// Run the configuration's tests
    ///
    /// Reads `*.pftest.hcl` files here and in the folder `tests`. Each file has a state of its own:
    /// its `run` blocks plan or apply in their order on the development cluster, or on nothing
    /// where a `mock_provider` stands in, and check what they `assert`. At the end of a file
    /// everything that it made is destroyed. Files run side by side.
    Test(TestArgs),
    /// Turn Marathon pod definitions into HCL
    Convert(ConvertArgs),
    /// Remove the lock that a lost machine left on the state
    ForceUnlock(ForceUnlockArgs),
    /// Show the providers that the configuration uses
    Providers(ProvidersArgs),
    /// Run a development cluster on this machine
    #[command(subcommand)]
    Dev(DevCommand),
    /// Bring configuration files into canonical style
    Fmt(FmtArgs),
    /// Evaluate expressions with the configuration, its variables and the state
    Console(ConsoleArgs),
    /// Draw what refers to what, for Graphviz or Mermaid
    Graph(GraphArgs),
    /// Say what the code of a diagnostic means
    Explain(ExplainArgs),
    /// Write the script that completes podform's commands in a shell
    Completion(CompletionArgs),
    /// Write the reference of pods, providers, commands and codes in Markdown
    Docs(DocsArgs),
    /// Serve an editor: the language server, which speaks LSP on standard input and output
    Lsp(LspArgs),
    /// Show the version of podform and of its plugins
    Version(VersionArgs),
}

/// What an evaluation is given.
#[derive(Debug, Clone, Default, Args)]
pub struct VariableArgs {
    /// Set a variable; may be repeated, the last one wins
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub var: Vec<String>,
    /// Read variables from a file; may be repeated, a later `-var` or file wins
    #[arg(long = "var-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_file: Vec<PathBuf>,
    /// Let downloaded modules read files in this folder too; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub allow_path: Vec<PathBuf>,
    /// Ask for variables that have no value, when there is a terminal
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub input: bool,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct StyleArgs {
    /// Write without colour, as with the environment variable NO_COLOR
    #[arg(long = "no-color")]
    pub no_color: bool,
    /// Write JSON, with a `format_version`
    #[arg(long)]
    pub json: bool,
}

/// The lock of the state.
#[derive(Debug, Clone, Args)]
pub struct LockArgs {
    /// How long to wait for the lock of the state
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub lock_timeout: String,
}

/// Which cluster and which plugins.
#[derive(Debug, Clone, Default, Args)]
pub struct ClusterArgs {
    /// Use the development cluster instead of the configured addresses; it is started if none runs
    #[arg(long)]
    pub dev: bool,
    /// Search this folder for plugins first; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plugin_dir: Vec<PathBuf>,
}

/// What is planned.
#[derive(Debug, Clone, Args)]
pub struct PlanningArgs {
    /// Plan to destroy all pods of the state
    #[arg(long)]
    pub destroy: bool,
    /// Look at the cluster and the secrets before planning
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub refresh: bool,
    /// Only bring the state up to date with what is seen
    #[arg(long)]
    pub refresh_only: bool,
    /// Plan only this pod, and what it depends on; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
    /// Replace this pod's instances, or one of them with `ADDRESS#SLOT`; may be repeated
    #[arg(long, value_name = "ADDRESS[#SLOT]")]
    pub replace: Vec<String>,
    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableArgs,
    /// Which cluster and which plugins.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// The lock of the state.
    #[command(flatten)]
    pub lock: LockArgs,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
    /// How many pods may be in flight at once; the provider's own bound by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub parallelism: Option<u32>,
}

/// `podform plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// What is planned.
    #[command(flatten)]
    pub planning: PlanningArgs,
    /// Save the plan in this file, for `podform apply FILE`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Write `pod` blocks for imports whose pods are not declared into this new file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub generate_config_out: Option<PathBuf>,
    /// Exit with 2 when there are changes, 0 when there are none, 1 on errors
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// `podform apply`
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// A plan saved by `podform plan -out`; exactly it is done
    #[arg(value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub plan: Option<PathBuf>,
    /// Do not ask before changing anything
    #[arg(long)]
    pub auto_approve: bool,
    /// What is planned.
    #[command(flatten)]
    pub planning: PlanningArgs,
}

/// `podform init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Take the newest plugins that the constraints allow, not the locked ones
    #[arg(long)]
    pub upgrade: bool,
    /// Search this folder for plugins first; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plugin_dir: Vec<PathBuf>,
    /// Write without colour
    #[arg(long = "no-color")]
    pub no_color: bool,
    /// Accepted for Terraform's users; init never asks
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    pub input: bool,
}

/// `podform validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableArgs,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
    /// Search this folder for plugins first; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plugin_dir: Vec<PathBuf>,
}

/// `podform show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A saved plan; the state when absent
    #[arg(value_name = "PLAN", value_hint = ValueHint::FilePath)]
    pub plan: Option<PathBuf>,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
}

/// `podform output`
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Only this output
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Write a string, number or bool as it is, without quotes and newline marks
    #[arg(long)]
    pub raw: bool,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
}

/// `podform state …`
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// List the addresses of the pods in the state
    List(StateListArgs),
    /// Show one pod as the state remembers it
    Show(StateShowArgs),
    /// Forget pods: their instances run on, unmanaged
    Rm(StateRmArgs),
    /// Give a pod another address
    Mv(StateMvArgs),
}

/// `podform state list`
#[derive(Debug, Args)]
pub struct StateListArgs {
    /// Only these; all when absent
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<String>,
}

/// `podform state show`
#[derive(Debug, Args)]
pub struct StateShowArgs {
    /// The pod
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
}

/// `podform state rm`
#[derive(Debug, Args)]
pub struct StateRmArgs {
    /// The pods
    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<String>,
    /// Only say what would be forgotten
    #[arg(long)]
    pub dry_run: bool,
    /// The lock of the state.
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `podform state mv`
#[derive(Debug, Args)]
pub struct StateMvArgs {
    /// The address now
    #[arg(value_name = "FROM")]
    pub from: String,
    /// The new address
    #[arg(value_name = "TO")]
    pub to: String,
    /// Only say what would be moved
    #[arg(long)]
    pub dry_run: bool,
    /// The lock of the state.
    #[command(flatten)]
    pub lock: LockArgs,
}

/// `podform test`
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Run only this test file; may be repeated
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub filter: Vec<PathBuf>,
    /// The folder of test files beside those of the configuration's folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, default_value = "tests")]
    pub test_directory: PathBuf,
    /// Show the plan of each `run` block
    #[arg(long)]
    pub verbose: bool,
    /// Write the results as JUnit XML too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit_xml: Option<PathBuf>,
    /// How many files run side by side; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub parallelism: Option<u32>,
    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableArgs,
    /// Search this folder for plugins first; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plugin_dir: Vec<PathBuf>,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
}

/// `podform status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Only these pods; all when absent
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<String>,
    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableArgs,
    /// Which cluster and which plugins.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// How the answer is written.
    #[command(flatten)]
    pub style: StyleArgs,
}

/// `podform logs`
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// The container: `pod.web/nginx`, or `web/nginx`; of one instance: `pod.web#2/nginx`
    #[arg(value_name = "POD/CONTAINER")]
    pub container: String,
    /// Show standard error instead of standard output
    #[arg(long)]
    pub stderr: bool,
    /// Go on as more is written, until interrupted
    #[arg(short, long)]
    pub follow: bool,
    /// How many lines from the end
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100)]
    pub tail: u64,
    /// Values for variables.
    #[command(flatten)]
    pub variables: VariableArgs,
    /// Which cluster and which plugins.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Write without colour
    #[arg(long = "no-color")]
    pub no_color: bool,
}

/// `podform convert`
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Files with Marathon pod definitions: one, or an array of them
    #[arg(value_name = "FILE.json", value_hint = ValueHint::FilePath, required = true)]
    pub files: Vec<PathBuf>,
    /// Write without colour
    #[arg(long = "no-color")]
    pub no_color: bool,
}

/// `podform force-unlock`
#[derive(Debug, Args)]
pub struct ForceUnlockArgs {
    /// The id of the lock, as the message that shows it says
    #[arg(value_name = "LOCK_ID")]
    pub id: String,
    /// Do not ask
    #[arg(long)]
    pub force: bool,
}

/// `podform providers`
#[derive(Debug, Args)]
pub struct ProvidersArgs {
    /// What else
    #[command(subcommand)]
    pub command: Option<ProvidersCommand>,
    /// Search this folder for plugins first; may be repeated
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, global = true)]
    pub plugin_dir: Vec<PathBuf>,
}

/// `podform providers …`
#[derive(Debug, Subcommand)]
pub enum ProvidersCommand {
    /// Show the schema of pods and the settings of every provider
    Schema(StyleArgs),
}

/// `podform dev …`
#[derive(Debug, Subcommand)]
pub enum DevCommand {
    /// Start the development cluster
    Up(DevUpArgs),
    /// Show its address, agents and tasks
    Status(StyleArgs),
    /// Show its log
    Logs,
    /// Stop it and everything that runs on it
    Down,
    /// Lose an agent: its tasks become unreachable but run on
    LoseAgent(DevAgentArgs),
    /// Let a lost agent return
    ReturnAgent(DevAgentArgs),
    /// Restart the master, as after a fail-over
    RestartMaster,
    /// Break the event streams of all schedulers
    DropStream,
    /// Kill a task's process, as a crash would
    Kill(DevKillArgs),
}

/// `podform dev up`
#[derive(Debug, Args)]
pub struct DevUpArgs {
    /// How many agents; 3 by default, 10 with `-simulate`
    #[arg(long, value_name = "N")]
    pub agents: Option<u32>,
    /// The resources of each agent; `cpus:4;mem:8192;disk:20000` by default, with `-simulate`
    /// `cpus:4000;mem:16000000;disk:64000000;ports:[1024-65535]`
    #[arg(long, value_name = "LIST")]
    pub resources: Option<String>,
    /// Only simulate the containers: no process runs, there is no output, and many thousands have room. A container's label
    /// `simulate` makes it misbehave: `exit 3`, `exit 0 after 30`, `refuse`, `unhealthy`, `unhealthy after 5` or `ignore SIGTERM`
    #[arg(long)]
    pub simulate: bool,
    /// Attributes of the agents, as `rack:r1;zone:z1`; repeat for the second agent, the third, …
    #[arg(long, value_name = "LIST")]
    pub attributes: Vec<String>,
    /// The port of the master; any free one when 0
    #[arg(long, value_name = "PORT", default_value_t = 5050)]
    pub port: u16,
    /// `host`: run the command of a container with an image on this machine, without the image
    #[arg(long, value_name = "WHERE", value_parser = ["host"])]
    pub images: Option<String>,
    /// Names of container networks that the agents know; they are not isolated
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub networks: Vec<String>,
    /// `cgroups`: accept resource limits; they are not enforced
    #[arg(long, value_name = "ISOLATION", value_parser = ["cgroups"])]
    pub isolation: Option<String>,
}

/// An agent of the development cluster.
#[derive(Debug, Args)]
pub struct DevAgentArgs {
    /// Its id or its host name, as `podform dev status` shows them
    #[arg(value_name = "AGENT")]
    pub agent: String,
}

/// A task of the development cluster.
#[derive(Debug, Args)]
pub struct DevKillArgs {
    /// Its id, as `podform dev status` shows it
    #[arg(value_name = "TASK")]
    pub task: String,
}

/// `podform version`
#[derive(Debug, Args)]
pub struct VersionArgs {
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// Turns Terraform's `-flag` into `--flag`. Arguments after `--` and single letters stay.
pub fn double_dashes(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut out = Vec::new();
    let mut done = false;
    for arg in args {
        let text = arg.to_string_lossy();
        done |= text == "--";
        let mut chars = text.chars();
        let long = chars.next() == Some('-')
            && chars.next().is_some_and(|c| c.is_ascii_alphabetic())
            && chars.next().is_some();
        if long && !done {
            out.push(OsString::from(format!("-{text}")));
        } else {
            out.push(arg);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn single_dashes_are_terraforms() {
        let args = [
            "podform",
            "-chdir=x",
            "plan",
            "-out",
            "p",
            "-refresh=false",
            "--json",
            "-f",
            "--",
            "-x1",
        ];
        let out = double_dashes(args.map(OsString::from));
        let out: Vec<_> = out.iter().map(|a| a.to_str().unwrap()).collect();
        assert_eq!(
            out,
            [
                "podform",
                "--chdir=x",
                "plan",
                "--out",
                "p",
                "--refresh=false",
                "--json",
                "-f",
                "--",
                "-x1"
            ]
        );
    }
}
