//! What may be kept: a value that is ephemeral stands in no pod and in no output of the root
//! module, a sensitive one only where it is hidden.

use crate::config::{Output, Variable};
use crate::eval::{Evaluator, Failed};
use crate::ir::{Attribute, Expr};
use crate::value::Val;
use crate::world::World;
use podform_model::{Diagnostic, Diagnostics, code};

const ALLOWED: &str = "use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out";

/// Reports that an attribute of a pod would keep an ephemeral value.
pub(super) fn refuse(evaluator: &mut Evaluator<'_>, expr: &Expr, name: &str) -> Failed {
    let summary = format!("`{name}` of a pod is kept, so its value must not be ephemeral");
    fault(evaluator, expr, summary)
}

/// Reports that an ephemeral value decides how many there are of something that is kept.
pub(super) fn deciding(evaluator: &mut Evaluator<'_>, expr: &Expr, name: &str) -> Failed {
    let summary = format!("{name} decides what is kept, so its value must not be ephemeral");
    fault(evaluator, expr, summary)
}

fn fault(evaluator: &mut Evaluator<'_>, expr: &Expr, summary: String) -> Failed {
    let failed = evaluator.fault(expr, None, summary, "ephemeral");
    if let Some(found) = evaluator.diagnostics.0.last_mut() {
        found.code = code::EPHEMERAL.into();
        found.help = Some(ALLOWED.into());
    }
    failed
}

/// Checks the value of an output of the root module.
pub(super) fn root_output(
    world: &World<'_>,
    output: &Output,
    value: &Val,
    found: &mut Diagnostics,
) {
    let name = &output.name.text;
    let label = |text: &str| world.sources.label(output.value.span, text);
    let marks = value.marks();
    if marks.sensitive && !output.sensitive {
        let summary = format!("the output `{name}` holds a sensitive value");
        found.push(
            Diagnostic::error(code::EVALUATION, summary).label(label("sensitive")).help(
                "write `sensitive = true` in the output, or `nonsensitive(…)` around the value",
            ),
        );
    }
    if output.ephemeral {
        let summary =
            format!("the output `{name}` of the root module cannot be ephemeral: it is kept");
        let place = world.sources.label(output.name.span, "`ephemeral = true`");
        found.push(
            Diagnostic::error(code::EPHEMERAL, summary)
                .label(place)
                .help("remove `ephemeral`; only the outputs of other modules have it"),
        );
    } else if marks.ephemeral {
        let summary = format!("the output `{name}` is kept, so its value must not be ephemeral");
        let found_here = Diagnostic::error(code::EPHEMERAL, summary).label(label("ephemeral"));
        found.push(found_here.help("leave the ephemeral part out with `ephemeralasnull(…)`"));
    }
    secret(world, output, value, found);
}

/// Whether a module may give back a value; why not is reported.
pub(super) fn module_output(
    world: &World<'_>,
    output: &Output,
    value: &Val,
    found: &mut Diagnostics,
) -> bool {
    let before = found.0.len();
    let name = &output.name.text;
    let fault = |summary: String, label: &str, help: &str| {
        let label = world.sources.label(output.value.span, label);
        Diagnostic::error(code::EPHEMERAL, summary).label(label).help(help)
    };
    match (value.marks().ephemeral, output.ephemeral) {
        (true, false) => found.push(fault(
            format!("the output `{name}` holds an ephemeral value"),
            "ephemeral",
            "write `ephemeral = true` in the output",
        )),
        (false, true) => found.push(fault(
            format!("the output `{name}` is ephemeral, and its value is not"),
            "not ephemeral",
            "remove `ephemeral` from the output",
        )),
        _ => {}
    }
    secret(world, output, value, found);
    found.0.len() == before
}

/// The finding about an ephemeral argument of a module whose variable is not ephemeral.
pub(super) fn argument(
    world: &World<'_>,
    module: &str,
    variable: &Variable,
    argument: &Attribute,
) -> Diagnostic {
    let name = &variable.name.text;
    let summary = format!("the argument `{name}` of `module.{module}` must not be ephemeral");
    Diagnostic::error(code::EPHEMERAL, summary)
        .label(world.sources.label(argument.value.span, "ephemeral"))
        .label(world.sources.label(variable.name.span, "declared without `ephemeral = true`"))
        .help(format!("write `ephemeral = true` in the variable `{name}`"))
}

/// Checks that an output holds no reference to a secret.
fn secret(world: &World<'_>, output: &Output, value: &Val, found: &mut Diagnostics) {
    if value.has_secret() {
        let summary = format!("the output `{}` holds a reference to a secret", output.name.text);
        let label = world.sources.label(output.value.span, "only pods use secrets");
        found.push(Diagnostic::error(code::EVALUATION, summary).label(label));
    }
}
