//! `podform dev`: the development cluster of this machine.

use crate::args::{DevCommand, DevUpArgs};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::text::table::Table;
use podform_dev::{AgentOptions, Fault, Options, Running, Status};
use podform_model::{code, with_causes};
use std::path::{Path, PathBuf};

/// Does one of the subcommands.
///
/// # Errors
/// The cluster cannot do it, or none runs.
pub fn run(context: &Context, command: &DevCommand) -> Result<Exit> {
    let folder = podform_dev::default_folder();
    match command {
        DevCommand::Up(args) => return up(context, &folder, args),
        DevCommand::Down => return down(context, &folder),
        DevCommand::Status(_) => return status(context, &folder),
        DevCommand::Logs => return logs(context, &folder),
        DevCommand::LoseAgent(args) => play(&folder, &Fault::LoseAgent(args.agent.clone()))?,
        DevCommand::ReturnAgent(args) => play(&folder, &Fault::ReturnAgent(args.agent.clone()))?,
        DevCommand::RestartMaster => play(&folder, &Fault::RestartMaster)?,
        DevCommand::DropStream => play(&folder, &Fault::DropStream)?,
        DevCommand::Kill(args) => play(&folder, &Fault::Kill(args.task.clone()))?,
    }
    Ok(Exit::Ok)
}

/// The development cluster that runs; one is started if none does.
///
/// # Errors
/// It cannot be started.
pub fn running(context: &Context) -> Result<Running> {
    let folder = podform_dev::default_folder();
    if let Some(running) = podform_dev::running(&folder).map_err(|error| failure(&error))? {
        return Ok(running);
    }
    // Any free port: several users and tests may each have one, and `-dev` finds it by its folder.
    let running = podform_dev::ensure_running(&folder, &Options::default(), &this_program()?)
        .map_err(|error| failure(&error))?;
    context.say(&format!(
        "Started a development cluster at {}; `podform dev down` ends it.",
        running.url
    ));
    Ok(running)
}

/// Whether a development cluster runs.
///
/// # Errors
/// Its folder cannot be used.
pub fn is_running() -> Result<bool> {
    let running = podform_dev::running(&podform_dev::default_folder());
    Ok(running.map_err(|error| failure(&error))?.is_some())
}

/// Ends the development cluster if one runs, and everything on it.
///
/// # Errors
/// It does not end.
pub fn end_if_running() -> Result<()> {
    if is_running()? {
        podform_dev::down(&podform_dev::default_folder()).map_err(|error| failure(&error))?;
    }
    Ok(())
}

fn this_program() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|error| Failure::new(code::DEV, format!("cannot find this program: {error}")))
}

fn failure(error: &podform_dev::Error) -> Failure {
    let failure = Failure::new(code::DEV, with_causes(error));
    match error {
        podform_dev::Error::NotRunning => failure.help("start one with `podform dev up`"),
        podform_dev::Error::AlreadyRunning { .. } => {
            failure.help("use it, or end it first with `podform dev down`")
        }
        podform_dev::Error::NotPrivate { .. } => {
            failure.help("name another folder in the environment variable PODFORM_DEV_DIR")
        }
        podform_dev::Error::NotStarted { .. } => failure
            .help("read its log with `podform dev logs`; another port: `podform dev up -port=0`"),
        _ => failure,
    }
}

fn up(context: &Context, folder: &Path, args: &DevUpArgs) -> Result<Exit> {
    let options = options(args).map_err(|error| failure(&error))?;
    let running =
        podform_dev::up(folder, &options, &this_program()?).map_err(|error| failure(&error))?;
    for warning in warnings(&options) {
        context.say(&format!("Warning: {warning}"));
    }
    let agents = options.agents.len();
    context.answer(&format!(
        "Development cluster with {agents} agent{} at {}\n",
        if agents == 1 { "" } else { "s" },
        running.url
    ))?;
    Ok(Exit::Ok)
}

fn options(args: &DevUpArgs) -> std::result::Result<Options, podform_dev::Error> {
    let (default, most) = if args.simulate { (10, 500) } else { (3, 100) };
    let count = args.agents.unwrap_or(default);
    let wrong = || podform_dev::Error::Option { what: "number of agents", text: count.to_string() };
    let count = u16::try_from(count).ok().filter(|count| (1..=most).contains(count));
    let count = count.ok_or_else(wrong)?;
    let several = if args.simulate { AgentOptions::simulated } else { AgentOptions::several };
    let mut agents = several(count);
    for (index, agent) in agents.iter_mut().enumerate() {
        agent.set_resources(args.resources.as_deref().unwrap_or_default())?;
        if let Some(attributes) = args.attributes.get(index) {
            agent.set_attributes(attributes)?;
        }
    }
    Ok(Options {
        port: args.port,
        agents,
        simulate: args.simulate,
        images_host: args.images.is_some(),
        networks: args.networks.clone(),
        isolation_cgroups: args.isolation.is_some(),
        ..Options::default()
    })
}

/// What the options pretend.
fn warnings(options: &Options) -> Vec<&'static str> {
    let mut out = Vec::new();
    if options.simulate {
        out.push("containers are only simulated: no process runs, and there is no output");
    }
    if options.images_host && !options.simulate {
        out.push("containers with an image run their command on this machine, without the image");
    }
    if !options.networks.is_empty() {
        out.push("container networks are not isolated: each instance gets a loopback address");
    }
    if options.isolation_cgroups {
        out.push("resource limits are accepted but not enforced");
    }
    out
}

fn down(context: &Context, folder: &Path) -> Result<Exit> {
    let ended = podform_dev::down(folder).map_err(|error| failure(&error))?;
    let text = match (ended.was_running, ended.left_over) {
        (true, _) => "The development cluster has ended, and everything on it.".to_owned(),
        (false, 0) => "No development cluster was running.".to_owned(),
        (false, left) => {
            format!("Ended {left} processes that a killed development cluster had left.")
        }
    };
    context.answer(&format!("{text}\n"))?;
    Ok(Exit::Ok)
}

fn found(folder: &Path) -> Result<Running> {
    podform_dev::running(folder)
        .map_err(|error| failure(&error))?
        .ok_or_else(|| failure(&podform_dev::Error::NotRunning))
}

fn play(folder: &Path, fault: &Fault) -> Result<()> {
    podform_dev::play(&found(folder)?.url, fault).map_err(|error| failure(&error))
}

fn status(context: &Context, folder: &Path) -> Result<Exit> {
    let running = found(folder)?;
    let status = podform_dev::status(&running.url).map_err(|error| failure(&error))?;
    if context.json {
        let mut value = serde_json::to_value(&status).unwrap_or_default();
        value["format_version"] = "1.0".into();
        context.answer_json(&value)?;
    } else {
        context.answer(&as_text(&status))?;
    }
    Ok(Exit::Ok)
}

fn as_text(status: &Status) -> String {
    let mut agents = Table::new(&["AGENT", "STATE", "ADDRESS", "RESOURCES", "USED", "ATTRIBUTES"]);
    for agent in &status.agents {
        let (state, url) = (agent.state.clone(), agent.url.clone());
        let used = if agent.used == "{}" { "-".to_owned() } else { agent.used.clone() };
        let resources = agent.resources.clone();
        agents.row(vec![agent.id.clone(), state, url, resources, used, agent.attributes.clone()]);
    }
    let simulated = if status.simulated { " (its containers are only simulated)" } else { "" };
    let mut text =
        format!("Development cluster at {}{simulated}\n\n{}", status.url, agents.render());
    if !status.frameworks.is_empty() {
        let mut frameworks = Table::new(&["FRAMEWORK", "NAME", "SCHEDULER"]);
        for framework in &status.frameworks {
            let scheduler = if framework.connected { "connected" } else { "away" };
            let row = vec![framework.id.clone(), framework.name.clone(), scheduler.to_owned()];
            frameworks.row(row);
        }
        text.push_str(&format!("\n{}", frameworks.render()));
    }
    if !status.tasks.is_empty() {
        let mut tasks = Table::new(&["TASK", "STATE", "AGENT", "PROCESS", "UNACKNOWLEDGED"]);
        for task in &status.tasks {
            let pid = task.pid.map(|pid| pid.to_string()).unwrap_or_default();
            let waiting = task.unacknowledged.join(" ");
            tasks.row(vec![task.id.clone(), task.state.clone(), task.agent.clone(), pid, waiting]);
        }
        text.push_str(&format!("\n{}", tasks.render()));
    }
    text
}

fn logs(context: &Context, folder: &Path) -> Result<Exit> {
    let path = podform_dev::log_path(folder);
    match std::fs::read(&path) {
        Ok(text) => context.answer(&String::from_utf8_lossy(&text))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(failure(&podform_dev::Error::NotRunning));
        }
        Err(error) => return Err(Failure::file("read", &path, &error)),
    }
    Ok(Exit::Ok)
}
