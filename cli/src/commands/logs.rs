//! `podform logs`

use crate::args::LogsArgs;
use crate::context::Context;
use crate::error::{Failure, Result, provider_diagnostics};
use crate::exit::Exit;
use crate::setup::{Setup, read_state, state_path};
use crate::workspace::{Given, Workspace};
use podform_model::{Address, InstanceRecord, ProviderRef, Value, code};
use podform_provider::{LogStream, LogsAnswer, LogsRequest};
use podform_state::State;
use std::collections::BTreeSet;
use std::time::Duration;

/// How many bytes are asked for at once.
const PIECE: u64 = 64 * 1024;

/// How long to wait for more with `-follow`.
const PAUSE: Duration = Duration::from_millis(500);

/// Shows a container's output.
///
/// # Errors
/// No such pod or container, or the agent cannot be asked.
pub fn run(context: &Context, args: &LogsArgs, given: &[Given]) -> Result<Exit> {
    let workspace = Workspace::load(context, given, false)?;
    let snapshot = read_state(&state_path(&workspace)?)?;
    let (provider, instance, container) = find(&snapshot.state, &args.container)?;
    let providers = BTreeSet::from([provider.clone()]);
    let given = (&args.cluster, &args.variables);
    let setup = Setup::looking(context, workspace, &snapshot, &providers, given)?;
    let Some(connected) = setup.connection.providers.get(&provider) else {
        return Err(Failure::new(
            code::PROVIDER_CONFIG,
            format!("provider `{provider}` is not configured"),
        ));
    };
    let stream = if args.stderr { LogStream::Stderr } else { LogStream::Stdout };
    let ask = |offset, length| {
        let request = LogsRequest {
            instance: instance.clone(),
            container: container.clone(),
            stream,
            offset,
            length,
        };
        connected
            .provider
            .logs(&request)
            .map_err(|error| Failure(provider_diagnostics(&provider.to_string(), &error)))
    };
    let mut next = tail(context, args.tail, &ask)?;
    loop {
        let answer = ask(Some(next), PIECE)?;
        if answer.next > next {
            context.answer_foreign(&answer.text)?;
            next = answer.next;
        } else if args.follow {
            std::thread::sleep(PAUSE);
        } else {
            return Ok(Exit::Ok);
        }
    }
}

/// Shows the last lines; returns where the output goes on.
fn tail(
    context: &Context,
    lines: u64,
    ask: &dyn Fn(Option<u64>, u64) -> Result<LogsAnswer>,
) -> Result<u64> {
    let last = ask(None, PIECE)?;
    let mut text = last.text;
    let mut start = last.offset;
    let wanted = usize::try_from(lines).unwrap_or(usize::MAX);
    // The text before, until there are enough lines.
    while start > 0 && text.lines().count() <= wanted {
        let from = start.saturating_sub(PIECE);
        let before = ask(Some(from), start - from)?;
        if before.text.is_empty() {
            break;
        }
        text.insert_str(0, &before.text);
        start = from;
    }
    let count = text.lines().count();
    let shown: String = text.split_inclusive('\n').skip(count.saturating_sub(wanted)).collect();
    context.answer_foreign(&shown)?;
    Ok(last.next)
}

/// Reads `pod.web/nginx`, `web/nginx`, `pod.web#2/nginx`: an instance and a container of it.
fn find(state: &State, text: &str) -> Result<(ProviderRef, InstanceRecord, String)> {
    let usage = || {
        Failure::new(code::CLI_USAGE, format!("`{text}` does not name a container")).help(
            "write `POD/CONTAINER`, as `podform logs web/nginx`, or `pod.web#2/nginx` for slot 2",
        )
    };
    let (pod, container) = text.rsplit_once('/').ok_or_else(usage)?;
    let (pod, slot) = match pod.rsplit_once('#') {
        Some((pod, slot)) => (pod, Some(slot.parse::<u32>().map_err(|_| usage())?)),
        None => (pod, None),
    };
    let full = if pod.contains("pod.") { pod.to_owned() } else { format!("pod.{pod}") };
    let address: Address = full.parse().map_err(|_| usage())?;
    let Some(record) = state.pods.get(&address) else {
        return Err(Failure::new(
            code::PLAN_UNKNOWN_ADDRESS,
            format!("the state has no pod `{full}`"),
        )
        .help("run `podform state list` for the addresses that it has"));
    };
    let instance = match slot {
        Some(slot) => record.instances.iter().find(|i| i.slot == slot),
        None => record.instances.first(),
    };
    let Some(instance) = instance else {
        return Err(Failure::new(code::CLI_USAGE, format!("{address} has no such instance"))
            .help(format!("run `podform status '{address}'` for the instances that it has")));
    };
    let configuration = record.configurations.get(&instance.generation);
    let names: Vec<&str> = configuration
        .map(|value| value.items("container"))
        .unwrap_or_default()
        .iter()
        .filter_map(|c| c.get("name").and_then(Value::as_str))
        .collect();
    if !names.is_empty() && !names.contains(&container) {
        return Err(Failure::new(
            code::CLI_USAGE,
            format!("{address} has no container `{container}`"),
        )
        .help(format!("write one of {}", names.join(", "))));
    }
    Ok((record.provider.clone(), instance.clone(), container.to_owned()))
}
