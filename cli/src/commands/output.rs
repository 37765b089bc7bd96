//! `podform output`

use crate::args::OutputArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::setup::{read_state, recorded_path};
use crate::text::value::hcl;
use podform_model::{Value, code};
use serde_json::json;

/// Shows the outputs of the last apply.
///
/// # Errors
/// The state cannot be read, or has no such output.
pub fn run(context: &Context, args: &OutputArgs) -> Result<Exit> {
    let outputs = read_state(&recorded_path(context)?)?.state.outputs;
    let Some(name) = &args.name else {
        if args.raw {
            return Err(Failure::new(code::CLI_USAGE, "`-raw` needs the name of an output")
                .help("write `podform output -raw NAME`"));
        }
        if context.json {
            let all: serde_json::Map<String, serde_json::Value> = outputs
                .iter()
                .map(|(name, value)| (name.clone(), json!({ "value": value, "sensitive": false })))
                .collect();
            context.answer_json(&all.into())?;
        } else if outputs.is_empty() {
            context.say("The state has no outputs.");
        } else {
            for (name, value) in &outputs {
                context.answer(&format!("{name} = {}\n", hcl(value)))?;
            }
        }
        return Ok(Exit::Ok);
    };
    let Some(value) = outputs.get(name) else {
        let names: Vec<_> = outputs.keys().map(|name| format!("`{name}`")).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(Failure::new(
            code::CLI_USAGE,
            format!("the state has no output `{name}`; it has {known}"),
        )
        .help("run `podform apply` first, or write another name; a sensitive output is not kept"));
    };
    if args.raw {
        context.answer(&raw(name, value)?)?;
    } else if context.json {
        context.answer_json(&serde_json::to_value(value).unwrap_or_default())?;
    } else {
        context.answer(&format!("{}\n", hcl(value)))?;
    }
    Ok(Exit::Ok)
}

fn raw(name: &str, value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        other => Err(Failure::new(
            code::CLI_USAGE,
            format!("`-raw` writes strings, numbers and bools; `{name}` is {}", other.kind()),
        )
        .help(format!("write `podform output -json {name}`"))),
    }
}
