//! What becomes of the outputs.

use crate::compare::{Differs, differs};
use crate::input::{Inputs, Mode};
use crate::model::{OutputAction, OutputChange};
use podform_model::{DesiredOutput, Value};
use std::collections::BTreeSet;

/// The changes of all outputs, desired or recorded. A sensitive one is not kept, so its changes
/// cannot be seen and are not shown.
pub(crate) fn outputs(inputs: &Inputs<'_>) -> Vec<OutputChange> {
    let mode = inputs.options.mode;
    let names: BTreeSet<&String> =
        inputs.outputs.keys().chain(inputs.desired.outputs.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let before = inputs.outputs.get(name);
            let after = inputs.desired.outputs.get(name).filter(|_| mode != Mode::Destroy);
            let action = match (before, after) {
                _ if mode == Mode::RefreshOnly => OutputAction::NoOp,
                (Some(_), None) => OutputAction::Delete,
                (None, None) => OutputAction::NoOp,
                (before, Some(after)) => action(inputs, before, after),
            };
            OutputChange {
                name: name.clone(),
                action,
                before: before.cloned(),
                after: after.map(|output| output.value.clone()),
                sensitive: after.is_some_and(hidden) || before.is_some_and(Value::has_sensitive),
            }
        })
        .collect()
}

fn hidden(output: &DesiredOutput) -> bool {
    output.sensitive || matches!(output.value, Value::Sensitive(_) | Value::Digest(_))
}

fn action(inputs: &Inputs<'_>, before: Option<&Value>, after: &DesiredOutput) -> OutputAction {
    // Only some pods are planned: what is not known stays as it was.
    let partial = !inputs.options.targets.is_empty() && after.value.has_unknown();
    match before {
        _ if partial => OutputAction::NoOp,
        None if hidden(after) || after.value.is_null() => OutputAction::NoOp,
        None => OutputAction::Create,
        Some(before) => match differs(before, &after.value, inputs.digest) {
            Some(Differs::Changed | Differs::Unknown | Differs::Marked) => OutputAction::Update,
            Some(Differs::NotCompared) | None => OutputAction::NoOp,
        },
    }
}
