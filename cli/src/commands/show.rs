//! `podform show`

use crate::args::ShowArgs;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::setup::{read_state, recorded_path};
use crate::{planfile, render, text};
use std::fmt::Write as _;

/// Shows the state, or a saved plan.
///
/// # Errors
/// The file cannot be read.
pub fn run(context: &Context, args: &ShowArgs) -> Result<Exit> {
    if let Some(file) = &args.plan {
        let saved = planfile::load(context, file)?;
        if context.json {
            context.answer_json(&render::json::plan(saved.plan(), &saved.options()))?;
        } else {
            context.answer(&render::plan::render(saved.plan(), &saved.options(), context.color))?;
        }
        return Ok(Exit::Ok);
    }
    let state = read_state(&recorded_path(context)?)?.state;
    if context.json {
        context.answer_json(&serde_json::json!({
            "format_version": "1.0",
            "podform_version": super::version::VERSION,
            "lineage": state.lineage,
            "serial": state.serial,
            "pods": state.pods,
            "tombstones": state.tombstones,
            "pending": state.pending,
            "outputs": state.outputs,
        }))?;
        return Ok(Exit::Ok);
    }
    if state.is_empty() {
        context.say("The state is empty.");
        return Ok(Exit::Ok);
    }
    let mut out = String::new();
    for (address, pod) in &state.pods {
        out.push_str(&text::state::pod(address, pod));
        out.push('\n');
    }
    if !state.outputs.is_empty() {
        out.push_str("Outputs:\n\n");
        for (name, value) in &state.outputs {
            let _ = writeln!(out, "{name} = {}", text::value::hcl(value));
        }
    }
    context.answer(&out)?;
    Ok(Exit::Ok)
}
