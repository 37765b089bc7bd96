//! `podform validate`

use crate::args::ValidateArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::{Exit, leave};
use crate::plugins::Plugins;
use crate::report;
use crate::setup::state_path;
use crate::workspace::{Given, Workspace};
use podform_model::{Desired, Diagnostics};
use podform_provider::{PodValue, ValidateRequest};
use std::collections::BTreeSet;

/// Checks the configuration offline. Where the plugins are locked they check it too.
///
/// # Errors
/// The files cannot be read, or the configuration is wrong.
pub fn run(context: &Context, args: &ValidateArgs, given: &[Given]) -> Result<Exit> {
    let diagnostics = match check(context, args, given) {
        Ok(diagnostics) => diagnostics,
        Err(failure) => failure.0,
    };
    let valid = !diagnostics.has_errors();
    if context.json {
        let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
        context.answer_json(&serde_json::json!({
            "format_version": "1.0",
            "valid": valid,
            "error_count": count(podform_model::Severity::Error),
            "warning_count": count(podform_model::Severity::Warning),
            "diagnostics": report::to_json(&diagnostics, &context.sources()),
        }))?;
        return Ok(if valid { Exit::Ok } else { Exit::Error });
    }
    if !valid {
        return Err(Failure(diagnostics));
    }
    let warned = !diagnostics.is_empty();
    context.report(&diagnostics);
    let but = if warned { ", but see the warnings above" } else { "" };
    context.answer(&format!("Success! The configuration is valid{but}.\n"))?;
    Ok(Exit::Ok)
}

fn check(context: &Context, args: &ValidateArgs, given: &[Given]) -> Result<Diagnostics> {
    let workspace = Workspace::load(context, given, false)?;
    state_path(&workspace)?;
    let (desired, mut diagnostics) = workspace.evaluate_for_validation();
    if let Some(desired) = desired.filter(|_| !diagnostics.has_errors()) {
        diagnostics.extend(podform_plan::moves::check(&desired.refactor.moved));
        diagnostics.extend(ask_plugins(context, args, &desired)?);
        leave(desired);
    }
    workspace.locate(&mut diagnostics);
    leave(workspace);
    Ok(diagnostics)
}

fn ask_plugins(context: &Context, args: &ValidateArgs, desired: &Desired) -> Result<Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let Some(plugins) = Plugins::open_locked(context, &args.plugin_dir)? else {
        return Ok(diagnostics);
    };
    let names: BTreeSet<&str> =
        desired.pods.values().map(|pod| pod.provider.name.as_str()).collect();
    for name in names {
        if !plugins.is_locked(name) {
            continue;
        }
        let connected = plugins.load(name)?;
        let pods = desired
            .pods
            .iter()
            .filter(|(_, pod)| pod.provider.name == name)
            .map(|(address, pod)| PodValue { address: address.clone(), value: pod.value.clone() })
            .collect();
        match connected.provider.validate(&ValidateRequest { pods }) {
            Ok(found) => diagnostics.extend(found),
            Err(error) => diagnostics.extend(crate::error::provider_diagnostics(name, &error)),
        }
    }
    Ok(diagnostics)
}
