//! The command line of podform: the composition root of all packages.

pub mod args;
pub mod commands;
pub mod connect;
pub mod context;
pub mod convert;
pub mod error;
pub mod exit;
pub mod folder;
pub mod generate;
pub mod lockfile;
pub mod lsp;
pub mod modules;
pub mod planfile;
pub mod plugins;
pub mod progress;
mod reads;
pub mod render;
pub mod report;
pub mod setup;
pub mod signals;
pub mod testing;
pub mod text;
pub mod workspace;

use crate::args::{Cli, Command, double_dashes};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::workspace::Given;
use clap::{CommandFactory, Parser};
use podform_model::code;
use std::ffi::OsString;

/// A plan of many pods is millions of small values: glibc's allocator took a quarter more CPU for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs podform with these arguments, the first being the program's name.
#[must_use]
pub fn run(args: Vec<OsString>) -> Exit {
    if let Some(exit) = hidden(&args) {
        return exit;
    }
    let args = double_dashes(args);
    let given = given(&args);
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let context = Context::new(args.iter().any(|arg| arg == "--no-color"), wants_json(&args));
    let exit = match dispatch(&context, cli, &given) {
        Ok(exit) => exit,
        Err(failure) => {
            if context.json {
                let value = serde_json::json!({
                    "format_version": "1.0",
                    "valid": false,
                    "diagnostics": report::to_json(&failure.0, &context.sources()),
                });
                let _ = context.answer_json(&value);
            }
            context.fail(&failure)
        }
    };
    if exit == Exit::Error {
        context.point_to_explain();
    }
    exit
}

/// The ways in which podform runs itself: as the host of a plugin, as a development cluster.
fn hidden(args: &[OsString]) -> Option<Exit> {
    let code = match args.get(1)?.to_str()? {
        "__plugin-host" => podform_plugin_host::plugin_host_main(),
        commands::completion::HIDDEN => {
            return Some(commands::completion::answer(&args[2..]));
        }
        "__dev-cluster" => podform_dev::cluster_main(&args[2..]),
        _ => return None,
    };
    Some(if code == 0 { Exit::Ok } else { Exit::Error })
}

fn usage(error: &clap::Error) -> Exit {
    use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
    let _ = error.print();
    if matches!(error.kind(), DisplayHelp | DisplayVersion) { Exit::Ok } else { Exit::Error }
}

fn wants_json(args: &[OsString]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json")
}

/// The `-var`, `-var-file` and `-allow-path` arguments in the order in which they were written, which clap's
/// separate lists lose.
fn given(args: &[OsString]) -> Vec<Given> {
    let mut out = Vec::new();
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy();
        let (name, inline) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (&*text, None),
        };
        let given: fn(String) -> Given = match name {
            "--var" => Given::Var,
            "--var-file" => |file| Given::File(file.into()),
            "--allow-path" => |path| Given::Allow(path.into()),
            _ => continue,
        };
        let value = inline.or_else(|| args.next().map(|v| v.to_string_lossy().into_owned()));
        out.extend(value.map(given));
    }
    out
}

fn dispatch(context: &Context, cli: Cli, given: &[Given]) -> Result<Exit> {
    if let Some(folder) = &cli.chdir {
        std::env::set_current_dir(folder).map_err(|e| Failure::file("switch to", folder, &e))?;
    }
    let Some(command) = cli.command else {
        if cli.version {
            return commands::version::run(context, &args::VersionArgs { json: false });
        }
        let mut help = Cli::command();
        context.answer(&help.render_long_help().to_string())?;
        return Ok(Exit::NoCommand);
    };
    match command {
        Command::Init(args) => commands::init::run(context, &args),
        Command::Validate(args) => commands::validate::run(context, &args, given),
        Command::Plan(args) => commands::plan::run(context, &args, given),
        Command::Apply(args) => commands::apply::run(context, args, given),
        Command::Destroy(mut args) => {
            if args.plan.is_some() {
                return Err(Failure::new(code::CLI_USAGE, "`destroy` takes no plan file")
                    .help("apply a plan that was made with `podform plan -destroy -out FILE`"));
            }
            args.planning.destroy = true;
            commands::apply::run(context, args, given)
        }
        Command::Show(args) => commands::show::run(context, &args),
        Command::Output(args) => commands::output::run(context, &args),
        Command::State(args) => commands::state::run(context, &args),
        Command::Status(args) => commands::status::run(context, &args, given),
        Command::Logs(args) => commands::logs::run(context, &args, given),
        Command::Test(args) => commands::test::run(context, &args, given),
        Command::Convert(args) => commands::convert::run(context, &args),
        Command::ForceUnlock(args) => commands::force_unlock::run(context, &args),
        Command::Providers(args) => commands::providers::run(context, &args),
        Command::Dev(args) => commands::dev::run(context, &args),
        Command::Fmt(args) => commands::fmt::run(context, &args),
        Command::Console(args) => commands::console::run(context, &args, given),
        Command::Graph(args) => commands::graph::run(context, &args),
        Command::Explain(args) => commands::explain::run(context, &args),
        Command::Completion(args) => commands::completion::run(context, &args),
        Command::Docs(args) => commands::docs::run(context, &args),
        Command::Lsp(args) => commands::lsp::run(&args),
        Command::Version(args) => commands::version::run(context, &args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_keep_their_order() {
        let args = [
            "podform",
            "plan",
            "--var",
            "a=1",
            "--var-file=x.hcl",
            "--allow-path",
            "/d",
            "--var=b=2",
        ];
        let given = given(&args.map(OsString::from));
        assert_eq!(format!("{given:?}"), r#"[Var("a=1"), File("x.hcl"), Allow("/d"), Var("b=2")]"#);
    }
}
