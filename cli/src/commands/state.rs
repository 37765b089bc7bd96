//! `podform state list|show|rm|mv`

use crate::args::{StateCommand, StateListArgs, StateMvArgs, StateRmArgs, StateShowArgs};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::{Exit, leave};
use crate::setup::{lock_request, read_state, recorded_path, state_failure};
use crate::text;
use podform_model::{Address, Diagnostics, Target, code};
use podform_plan::suggest::nearest;
use podform_state::{Record, State, Store};

/// Looks at the state, or mends it.
///
/// # Errors
/// The state cannot be read or written, or has no such pod.
pub fn run(context: &Context, command: &StateCommand) -> Result<Exit> {
    match command {
        StateCommand::List(args) => list(context, args),
        StateCommand::Show(args) => show(context, args),
        StateCommand::Rm(args) => rm(context, args),
        StateCommand::Mv(args) => mv(context, args),
    }
}

fn list(context: &Context, args: &StateListArgs) -> Result<Exit> {
    let state = read_state(&recorded_path(context)?)?.state;
    let wanted = addresses(&state, &args.addresses)?;
    let mut text = String::new();
    for address in state.pods.keys() {
        if wanted.is_empty() || wanted.contains(address) {
            text.push_str(&format!("{address}\n"));
        }
    }
    context.answer(&text)?;
    leave(state);
    Ok(Exit::Ok)
}

fn show(context: &Context, args: &StateShowArgs) -> Result<Exit> {
    let state = read_state(&recorded_path(context)?)?.state;
    let address = one(&state, &args.address)?;
    let Some(pod) = state.pods.get(&address) else { return Ok(Exit::Error) };
    if context.json {
        let mut value = serde_json::to_value(pod).unwrap_or_default();
        if let Some(object) = value.as_object_mut() {
            object.insert("format_version".into(), "1.0".into());
            object.insert("address".into(), address.to_string().into());
        }
        context.answer_json(&value)?;
    } else {
        context.answer(&text::state::pod(&address, pod))?;
    }
    Ok(Exit::Ok)
}

fn rm(context: &Context, args: &StateRmArgs) -> Result<Exit> {
    let path = recorded_path(context)?;
    let request = lock_request("state rm", &args.lock)?;
    let mut writer = Store::open(&path, &request).map_err(|e| state_failure(&e))?;
    let addresses = addresses(writer.state(), &args.addresses)?;
    for address in &addresses {
        let running = writer.state().pods.get(address).map_or(0, |pod| pod.instances.len());
        let verb = if args.dry_run { "Would forget" } else { "Forgot" };
        let rest = match running {
            0 => "it has no instances".to_owned(),
            1 => "its instance runs on".to_owned(),
            many => format!("its {many} instances run on"),
        };
        context.answer(&format!("{verb} {address}; {rest}\n"))?;
    }
    if args.dry_run {
        return Ok(Exit::Ok);
    }
    let records = addresses.into_iter().map(|address| Record::Forget { address }).collect();
    writer.append(records).and_then(|()| writer.compact()).map_err(|e| state_failure(&e))?;
    Ok(Exit::Ok)
}

fn mv(context: &Context, args: &StateMvArgs) -> Result<Exit> {
    let path = recorded_path(context)?;
    let request = lock_request("state mv", &args.lock)?;
    let mut writer = Store::open(&path, &request).map_err(|e| state_failure(&e))?;
    let from = one(writer.state(), &args.from)?;
    let to: Address = args.to.parse().map_err(|e| Failure::new(code::CLI_USAGE, format!("{e}")))?;
    if writer.state().pods.contains_key(&to) {
        return Err(Failure::new(code::CLI_USAGE, format!("the state already has {to}")).help(
            format!("forget it first with `podform state rm '{to}'`, or write another address"),
        ));
    }
    let verb = if args.dry_run { "Would move" } else { "Moved" };
    context.answer(&format!("{verb} {from} to {to}\n"))?;
    if args.dry_run {
        return Ok(Exit::Ok);
    }
    let records = vec![Record::Move { from, to }];
    writer.append(records).and_then(|()| writer.compact()).map_err(|e| state_failure(&e))?;
    Ok(Exit::Ok)
}

fn one(state: &State, text: &str) -> Result<Address> {
    let address: Address =
        text.parse().map_err(|e| Failure::new(code::CLI_USAGE, format!("{e}")))?;
    if state.pods.contains_key(&address) { Ok(address) } else { Err(missing(state, text)) }
}

/// The pods that the texts name: a block or module names all that is in it.
fn addresses(state: &State, texts: &[String]) -> Result<Vec<Address>> {
    let mut out = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for text in texts {
        let Ok(target) = text.parse::<Target>() else {
            diagnostics.extend(missing(state, text).0);
            continue;
        };
        let before = out.len();
        out.extend(state.pods.keys().filter(|pod| target.covers(pod)).cloned());
        if out.len() == before {
            diagnostics.extend(missing(state, text).0);
        }
    }
    if diagnostics.has_errors() { Err(diagnostics.into()) } else { Ok(out) }
}

/// That the state has no such pod, with the one that may be meant.
pub(super) fn missing(state: &State, text: &str) -> Failure {
    let failure =
        Failure::new(code::PLAN_UNKNOWN_ADDRESS, format!("the state has no pod `{text}`"));
    let known: Vec<String> = state.pods.keys().map(ToString::to_string).collect();
    match nearest(text, known.iter().map(String::as_str)) {
        Some(near) => failure.help(format!("write `{near}`")),
        None => failure.help("run `podform state list` for the addresses that it has"),
    }
}
