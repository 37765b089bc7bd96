//! `podform apply` and `podform destroy`

use crate::args::ApplyArgs;
use crate::commands::plan::{has_changes, show};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::{Exit, leave};
use crate::planfile;
use crate::progress::Progress;
use crate::setup::{
    Setup, engine_failure, given_key, lock_request, options, refuse_pending, state_failure,
    state_path,
};
use crate::signals;
use crate::text::value::hcl;
use crate::workspace::{Given, Workspace};
use podform_model::code;
use podform_plan::{ChangeAction, Mode, Options};
use podform_runtime::{Applied, Cancel, Engine, Planned};
use podform_state::{Record, Store, Writer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Makes the changes of a plan, after asking; or exactly those of a plan file.
///
/// # Errors
/// The input is wrong, the plan is stale, the user says no, or a pod failed.
pub fn run(context: &Context, args: ApplyArgs, given: &[Given]) -> Result<Exit> {
    let saved = args.plan.as_deref().map(|file| planfile::load(context, file)).transpose()?;
    let (mut workspace, options) = match &saved {
        Some(saved) => {
            refuse_planning_flags(&args)?;
            (saved.workspace(context, given)?, saved.options())
        }
        None => (
            Workspace::load(context, given, args.planning.variables.input)?,
            options(&args.planning)?,
        ),
    };
    workspace.destroying = options.mode == Mode::Destroy;
    let path = state_path(&workspace)?;
    let operation = if options.mode == Mode::Destroy { "destroy" } else { "apply" };
    let request = lock_request(operation, &args.planning.lock)?;
    let mut writer = Store::open(&path, &request).map_err(|e| state_failure(&e))?;
    if let Some(saved) = &saved {
        saved.check_state(&writer)?;
    }
    refuse_pending(writer.state(), options.refresh)?;
    let key = writer.key(given_key().as_deref()).map_err(|e| state_failure(&e))?;
    let setup = Setup::new(
        context,
        workspace,
        writer.state(),
        Some(key),
        &args.planning.cluster,
        Some(writer.lock_fd()),
    )?;
    let planned = plan(context, &setup, &mut writer, &options)?;
    match &saved {
        Some(saved) => saved.check_live(&setup.workspace, &planned, setup.key.as_ref())?,
        None => {
            show(context, &setup.workspace, &planned, &options, true)?;
            if has_changes(&planned, &options) {
                confirm(context, &args, &options)?;
            }
        }
    }
    let result = perform(context, &setup, &mut writer, &planned, args.planning.parallelism);
    // Whatever happened, what is in the journal becomes the state.
    let compacted = writer.compact().map_err(|error| state_failure(&error));
    let applied = result?;
    compacted?;
    let exit = report(context, &setup.workspace, &planned, &options, applied)?;
    leave(planned);
    setup.close();
    Ok(exit)
}

fn refuse_planning_flags(args: &ApplyArgs) -> Result<()> {
    let planning = &args.planning;
    if planning.destroy
        || planning.refresh_only
        || !planning.refresh
        || !planning.target.is_empty()
        || !planning.replace.is_empty()
    {
        return Err(Failure::new(
            code::CLI_USAGE,
            "a saved plan already says what is planned: `-destroy`, `-refresh`, `-refresh-only`, `-target` and `-replace` belong to `podform plan`",
        )
        .help("leave them out"));
    }
    Ok(())
}

/// Settles what a former run left, then plans.
fn plan(
    context: &Context,
    setup: &Setup,
    writer: &mut Writer,
    options: &Options,
) -> Result<Planned> {
    let engine = setup.engine();
    let fail = |error: &podform_runtime::Error| engine_failure(&setup.workspace, error);
    let (standings, diagnostics) = engine.settle(writer).map_err(|error| fail(&error))?;
    context.report(&diagnostics);
    engine.plan(writer.state(), options, &standings).map_err(|error| fail(&error))
}

fn confirm(context: &Context, args: &ApplyArgs, options: &Options) -> Result<()> {
    if args.auto_approve {
        return Ok(());
    }
    if !args.planning.variables.input {
        return Err(Failure::new(code::CLI_USAGE, "`-input=false` leaves nobody to ask")
            .help("add `-auto-approve`"));
    }
    if context.json {
        return Err(Failure::new(code::CLI_USAGE, "`-json` leaves nobody to ask")
            .help("add `-auto-approve`"));
    }
    let question = match options.mode {
        Mode::Destroy => {
            "\nDo you really want to destroy all of these pods?\n  podform will destroy all of them. There is no undo.\n  Only `yes` will be accepted to confirm.\n\n  Enter a value: "
        }
        Mode::RefreshOnly => {
            "\nWould you like to bring the state up to date with what was seen?\n  Only `yes` will be accepted to confirm.\n\n  Enter a value: "
        }
        Mode::Normal => {
            "\nDo you want to perform these actions?\n  podform will do what is described above.\n  Only `yes` will be accepted to approve.\n\n  Enter a value: "
        }
    };
    match context.ask_anyone(question).as_deref() {
        Some("yes") => Ok(()),
        Some(_) => {
            Err(Failure::new(code::CLI_CANCELLED, "the apply was cancelled; nothing was changed"))
        }
        None => {
            Err(Failure::new(code::CLI_USAGE, "there is nobody to ask").help("add `-auto-approve`"))
        }
    }
}

/// Does it, with progress and signals.
fn perform(
    context: &Context,
    setup: &Setup,
    writer: &mut Writer,
    planned: &Planned,
    parallelism: Option<u32>,
) -> Result<Applied> {
    identify(setup, writer)?;
    let cancel = Arc::new(Cancel::default());
    signals::listen(&cancel);
    let progress = Progress::new(context.json, context.interactive);
    let over = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        let ticker = scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                progress.tick();
                std::thread::park_timeout(Duration::from_millis(250));
            }
        });
        setup.workspace.begin_applying();
        let engine = Engine { reading: Some(&progress), ..setup.engine() };
        let result = engine.apply(writer, planned, parallelism, &cancel, &progress);
        over.store(true, Ordering::SeqCst);
        ticker.thread().unpark();
        result
    });
    progress.finish();
    result.map_err(|error| engine_failure(&setup.workspace, &error))
}

/// Records which development cluster the state is of, before anything else.
fn identify(setup: &Setup, writer: &mut Writer) -> Result<()> {
    match &setup.connection.cluster {
        Some(cluster) if &writer.state().cluster != cluster => {
            let record = Record::Cluster { cluster: cluster.clone() };
            writer.append(vec![record]).map_err(|error| state_failure(&error))
        }
        _ => Ok(()),
    }
}

/// Says how it ended.
fn report(
    context: &Context,
    workspace: &Workspace,
    planned: &Planned,
    options: &Options,
    applied: Applied,
) -> Result<Exit> {
    let mut diagnostics = applied.diagnostics;
    workspace.locate(&mut diagnostics);
    let counts = counts(planned, &applied.done);
    let failed = diagnostics.has_errors() || applied.cancelled;
    if context.json {
        let outputs: BTreeMap<&String, _> = applied
            .outputs
            .iter()
            .filter(|(_, o)| !o.sensitive)
            .map(|(n, o)| (n, &o.value))
            .collect();
        let line = serde_json::json!({
            "type": "change_summary", "format_version": "1.0", "complete": !failed,
            "imported": counts.imported, "added": counts.added, "changed": counts.changed, "destroyed": counts.destroyed,
            "outputs": outputs,
            "diagnostics": crate::report::to_json(&diagnostics, &context.sources()),
        });
        context.answer(&format!("{line}\n"))?;
        context.report(&diagnostics);
        return Ok(if failed { Exit::Error } else { Exit::Ok });
    }
    context.report(&diagnostics);
    let verb = match (failed, options.mode) {
        (false, Mode::Destroy) => "Destroy complete!",
        (false, _) => "Apply complete!",
        (true, _) => "Not everything was done.",
    };
    let imported = match counts.imported {
        0 => String::new(),
        count => format!("{count} imported, "),
    };
    context.answer(&format!(
        "\n{verb} Pods: {imported}{} added, {} changed, {} destroyed.\n",
        counts.added, counts.changed, counts.destroyed
    ))?;
    if !applied.outputs.is_empty() {
        let mut text = String::from("\nOutputs:\n\n");
        for (name, output) in &applied.outputs {
            let value =
                if output.sensitive { "(sensitive)".to_owned() } else { hcl(&output.value) };
            text.push_str(&format!("{name} = {value}\n"));
        }
        context.answer(&text)?;
    }
    Ok(if failed { Exit::Error } else { Exit::Ok })
}

#[derive(Default)]
struct Counts {
    imported: usize,
    added: u32,
    changed: u32,
    destroyed: u32,
}

fn counts(planned: &Planned, done: &std::collections::BTreeSet<podform_model::Address>) -> Counts {
    // What is taken over is recorded before any pod's step begins.
    let imported = planned.plan.changes.iter().filter(|change| change.imported).count();
    let mut out = Counts { imported, ..Counts::default() };
    for change in planned.plan.changes.iter().filter(|change| done.contains(&change.address)) {
        match change.action {
            ChangeAction::NoOp | ChangeAction::Forget => {}
            ChangeAction::Create => out.added += 1,
            ChangeAction::Delete => out.destroyed += 1,
            ChangeAction::Replace { .. } => {
                out.added += 1;
                out.destroyed += 1;
            }
            _ => out.changed += 1,
        }
    }
    out
}
