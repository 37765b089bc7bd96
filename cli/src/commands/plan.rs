//! `podform plan`

use crate::args::PlanArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::{Exit, leave};
use crate::setup::{
    Setup, engine_failure, given_key, no_standings, options, read_state_locked, refuse_pending,
    state_failure, state_path,
};
use crate::workspace::{Given, Workspace};
use crate::{generate, planfile, render};
use podform_plan::{Mode, Options};
use podform_runtime::Planned;
use podform_state::Key;

/// Shows what would change, and saves it with `-out`.
///
/// # Errors
/// The input is wrong, or the cluster cannot be asked.
pub fn run(context: &Context, args: &PlanArgs, given: &[Given]) -> Result<Exit> {
    let options = options(&args.planning)?;
    let mut workspace = Workspace::load(context, given, args.planning.variables.input)?;
    workspace.destroying = options.mode == Mode::Destroy;
    let path = state_path(&workspace)?;
    let snapshot = read_state_locked(&path, &args.planning.lock)?;
    refuse_pending(&snapshot.state, options.refresh)?;
    // A saved plan holds digests, so it needs a key before the first apply.
    let key = match snapshot.key(given_key().as_deref()).map_err(|e| state_failure(&e))? {
        None if args.out.is_some() => {
            let file = podform_state::Paths::of(&path).key;
            Some(Key::load_or_create(&file).map_err(|e| state_failure(&e))?)
        }
        key => key,
    };
    let mut setup =
        Setup::new(context, workspace, &snapshot.state, key, &args.planning.cluster, None)?;
    if let Some(file) = &args.generate_config_out {
        generate::generate(context, &mut setup, &snapshot.state, file)?;
    }
    let planned = setup
        .engine()
        .plan(&snapshot.state, &options, &no_standings())
        .map_err(|error| engine_failure(&setup.workspace, &error))?;
    show(context, &setup.workspace, &planned, &options, false)?;
    if let Some(file) = &args.out {
        planfile::save(file, &setup.workspace, setup.key.as_ref(), &snapshot, &planned)?;
        if !context.json {
            context.say(&format!(
                "Saved the plan to: {0}\n\nTo do exactly this, run:\n    podform apply {0}",
                file.display()
            ));
        }
    }
    let changes = has_changes(&planned, &options);
    leave((planned, snapshot));
    setup.close();
    Ok(if args.detailed_exitcode && changes { Exit::Changes } else { Exit::Ok })
}

/// Whether an apply of the plan would change something. With `-refresh-only` that is the state.
#[must_use]
pub fn has_changes(planned: &Planned, options: &Options) -> bool {
    match options.mode {
        Mode::RefreshOnly => !planned.plan.drift.is_empty() || planned.plan.moves(),
        _ => !planned.plan.is_empty(),
    }
}

/// Shows a plan and its findings. As JSON it is the whole answer, or with `lines` one line of it.
///
/// # Errors
/// The findings refuse the plan, or it cannot be written.
pub fn show(
    context: &Context,
    workspace: &Workspace,
    planned: &Planned,
    options: &Options,
    lines: bool,
) -> Result<()> {
    let mut diagnostics = planned.diagnostics.clone();
    workspace.locate(&mut diagnostics);
    if context.json {
        let mut value = render::json::plan(&planned.plan, options);
        if let Some(object) = value.as_object_mut() {
            let found = crate::report::to_json(&diagnostics, &context.sources());
            object.insert("diagnostics".into(), found);
        }
        if !diagnostics.has_errors() {
            answer(context, &value, lines)?;
        }
    } else {
        // The plan is shown also when it is refused: it says what would have happened.
        let text = render::plan::render(&planned.plan, options, context.color);
        context.answer(&text)?;
    }
    if diagnostics.has_errors() {
        return Err(Failure(diagnostics));
    }
    if !context.json {
        context.report(&diagnostics);
    }
    Ok(())
}

fn answer(context: &Context, value: &serde_json::Value, line: bool) -> Result<()> {
    if line {
        context.answer(&format!("{}\n", serde_json::json!({ "type": "plan", "plan": value })))
    } else {
        context.answer_json(value)
    }
}
