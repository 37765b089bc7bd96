//! A plan as JSON for programs. Later releases may add fields; a change that breaks readers raises
//! the major part of `format_version`.

use podform_model::observed::Standing;
use podform_model::path::Step;
use podform_model::{AttributePath, Value};
use podform_plan::{Change, ChangeAction, Mode, Options, OutputAction, OutputChange, Plan};
use serde_json::{Map, Value as Json, json};

/// The plan as JSON. Sensitive values are null, with `true` at their place in `before_sensitive`
/// and `after_sensitive`; unknown ones likewise in `after_unknown`.
#[must_use]
pub fn plan(plan: &Plan, options: &Options) -> Json {
    let outputs: Map<String, Json> =
        plan.outputs.iter().map(|change| (change.name.clone(), output(change))).collect();
    json!({
        "format_version": "1.0",
        "podform_version": env!("CARGO_PKG_VERSION"),
        "mode": match options.mode {
            Mode::Normal => "normal",
            Mode::RefreshOnly => "refresh_only",
            Mode::Destroy => "destroy",
        },
        "timestamp": options.now,
        "applyable": !plan.is_empty(),
        "pod_changes": plan.changes.iter().map(pod).collect::<Vec<_>>(),
        "pod_drift": plan.drift.iter().map(|drift| json!({
            "address": drift.address,
            "instance": drift.instance,
            "slot": drift.slot,
            "kind": drift.kind,
            "text": drift.text,
        })).collect::<Vec<_>>(),
        "data_reads": plan.reads,
        "output_changes": outputs,
        "notes": plan.notes,
    })
}

fn pod(change: &Change) -> Json {
    let mut out = json!({
        "address": change.address,
        "module": change.address.module.iter().map(module).collect::<Vec<_>>().join("."),
        "name": change.address.name,
        "provider": change.provider,
        "id": change.pod_id,
        "generation": change.generation,
        "change": sides(
            &actions(change.action),
            change.before.as_ref(),
            change.after.as_ref(),
        ),
        "action": action(change.action),
        "conditional": change.conditional,
        "reasons": change.reasons.iter().map(reason).collect::<Vec<_>>(),
        "secrets_changed": change.secrets_changed,
        "depends_on": change.depends_on,
        "instances": {
            "counts": change.instances,
            "launch": change.launch,
            "stop": change.stop,
            "adopt": change.adopt.iter().map(|instance| &instance.id).collect::<Vec<_>>(),
            "rolling": change.roll,
        },
        "resources": change.totals,
    });
    let replaces = matches!(change.action, ChangeAction::Replace { .. });
    if replaces && let Some(object) = out["change"].as_object_mut() {
        let paths = change
            .forces
            .iter()
            .filter(|(_, class)| *class == podform_model::change::ChangeClass::Replace);
        object.insert("replace_paths".into(), paths.map(|(path, _)| steps(path)).collect());
    }
    if let (Some(object), Some(from)) = (out.as_object_mut(), &change.prior_address) {
        object.insert("previous_address".into(), json!(from));
    }
    if change.imported
        && let Some(object) = out["change"].as_object_mut()
    {
        let id = change.prior_id.as_ref().unwrap_or(&change.pod_id);
        object.insert("importing".into(), json!({ "id": id }));
    }
    if let (Some(object), Some(prior)) = (out.as_object_mut(), &change.prior_id) {
        object.insert("prior_id".into(), json!(prior));
    }
    if let (Some(object), Some(prior)) = (out.as_object_mut(), &change.prior_provider) {
        object.insert("prior_provider".into(), json!(prior));
    }
    out
}

fn module(step: &podform_model::ModuleStep) -> String {
    let key = step.key.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("module.{}{key}", step.name)
}

fn output(change: &OutputChange) -> Json {
    let actions: &[&str] = match change.action {
        OutputAction::NoOp => &["no-op"],
        OutputAction::Create => &["create"],
        OutputAction::Update => &["update"],
        OutputAction::Delete => &["delete"],
    };
    let hide = |value: &Option<Value>| {
        let value = value.clone()?;
        Some(if change.sensitive { value.sensitive() } else { value })
    };
    sides(actions, hide(&change.before).as_ref(), hide(&change.after).as_ref())
}

/// The actions in the words of Terraform's JSON plan.
fn actions(action: ChangeAction) -> Vec<&'static str> {
    match action {
        ChangeAction::NoOp => vec!["no-op"],
        ChangeAction::Create => vec!["create"],
        ChangeAction::Replace { create_first: false } => vec!["delete", "create"],
        ChangeAction::Replace { create_first: true } => vec!["create", "delete"],
        ChangeAction::Delete => vec!["delete"],
        ChangeAction::Forget => vec!["forget"],
        _ => vec!["update"],
    }
}

/// The action in podform's own words.
fn action(action: ChangeAction) -> &'static str {
    match action {
        ChangeAction::NoOp => "no-op",
        ChangeAction::Create => "create",
        ChangeAction::Update => "update",
        ChangeAction::Roll => "roll",
        ChangeAction::Scale => "scale",
        ChangeAction::Relaunch => "relaunch",
        ChangeAction::Adopt => "adopt",
        ChangeAction::Stop => "stop",
        ChangeAction::Replace { .. } => "replace",
        ChangeAction::Delete => "delete",
        ChangeAction::Forget => "forget",
    }
}

/// A reason with its paths as lists of steps.
fn reason(reason: &podform_plan::Reason) -> Json {
    let mut out = serde_json::to_value(reason).unwrap_or_default();
    let paths = match reason {
        podform_plan::Reason::ProviderReplaces { paths }
        | podform_plan::Reason::Attributes { paths, .. }
        | podform_plan::Reason::MayChange { paths, .. }
        | podform_plan::Reason::Sensitivity { paths } => Some(paths),
        podform_plan::Reason::Ended { standing, .. } => {
            if let (Some(object), Standing::Unreachable { since }) = (out.as_object_mut(), standing)
            {
                object.insert("standing".into(), json!("unreachable"));
                object.insert("since".into(), json!(since));
            }
            None
        }
        _ => None,
    };
    if let (Some(object), Some(paths)) = (out.as_object_mut(), paths) {
        object.insert("paths".into(), paths.iter().map(steps).collect());
    }
    out
}

fn steps(path: &AttributePath) -> Json {
    let step = |step: &Step| match step {
        Step::Attr(name) | Step::Key(name) => json!(name),
        Step::Index(index) => json!(index),
    };
    path.0.iter().map(step).collect()
}

fn sides(actions: &[&str], before: Option<&Value>, after: Option<&Value>) -> Json {
    json!({
        "actions": actions,
        "before": before.map_or(Json::Null, plain),
        "after": after.map_or(Json::Null, plain),
        "after_unknown": after.map_or(Json::Bool(false), |value| mask(value, &is_unknown)),
        "before_sensitive": before.map_or(Json::Bool(false), |value| mask(value, &is_sensitive)),
        "after_sensitive": after.map_or(Json::Bool(false), |value| mask(value, &is_sensitive)),
    })
}

fn is_unknown(value: &Value) -> bool {
    value.is_unknown()
}

fn is_sensitive(value: &Value) -> bool {
    matches!(value, Value::Sensitive(_) | Value::Digest(_))
}

/// The value as plain JSON: what is unknown or sensitive is null, a secret is named.
fn plain(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown | Value::Sensitive(_) | Value::Digest(_) => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => {
            serde_json::from_str(&number.to_string()).unwrap_or_else(|_| json!(number.to_string()))
        }
        Value::String(text) => json!(text),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(map) => {
            Json::Object(map.iter().map(|(key, value)| (key.to_string(), plain(value))).collect())
        }
        Value::Secret(name) => json!({ "secret": name }),
    }
}

/// `true` where the test holds, in the shape of the value; parts where it holds nowhere are left
/// out of maps and `false` in lists.
fn mask(value: &Value, test: &dyn Fn(&Value) -> bool) -> Json {
    if test(value) {
        return Json::Bool(true);
    }
    match value {
        Value::List(items) => items.iter().map(|item| mask(item, test)).collect(),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.to_string(), mask(value, test)));
            Json::Object(entries.filter(|(_, mask)| holds(mask)).collect())
        }
        _ => Json::Bool(false),
    }
}

fn holds(mask: &Json) -> bool {
    match mask {
        Json::Bool(value) => *value,
        Json::Array(items) => items.iter().any(holds),
        Json::Object(map) => !map.is_empty(),
        _ => false,
    }
}
