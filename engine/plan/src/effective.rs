//! The configuration that a plan works with: what is desired, as the provider refined it, without
//! what `lifecycle.ignore_changes` keeps.

use crate::place::{at, put};
use podform_model::convert::convert;
use podform_model::proposal::Refinement;
use podform_model::schema::POD;
use podform_model::value::Map;
use podform_model::{
    Address, AttributePath, DesiredPod, Diagnostic, Diagnostics, PodRecord, Value, code,
};

/// The value that the plan works with, and whether the provider kept its promises.
pub(crate) fn effective(
    address: &Address,
    desired: &DesiredPod,
    record: Option<&PodRecord>,
    refinement: Option<&Refinement>,
) -> (Value, Diagnostics) {
    let mut value = ignore(desired, &desired.value, record);
    let mut diagnostics = Diagnostics::new();
    if let Some(refinement) = refinement {
        let prior = record.and_then(prior);
        let mut merge = Merge { broken: Vec::new() };
        value = merge.values(&value, prior, &refinement.planned, &AttributePath::root());
        for path in merge.broken {
            diagnostics.push(
                Diagnostic::error(
                    code::PLUGIN_PROTOCOL,
                    format!("the provider `{}` planned another value of `{path}`", desired.provider),
                )
                .detail("A provider must plan a known value as it is configured. This is an error of the plugin, not of the configuration.")
                .help("report this to the plugin's authors")
                .at(address)
                .path(path),
            );
        }
        value = ignore(desired, &value, record);
    }
    (value, diagnostics)
}

/// The recorded configuration of the generation that was applied last.
pub(crate) fn prior(record: &PodRecord) -> Option<&Value> {
    record.configurations.get(&record.generation)
}

/// Whether differences at a path are ignored.
pub(crate) fn is_ignored(desired: &DesiredPod, path: &AttributePath) -> bool {
    desired.lifecycle.ignore_changes.iter().any(|ignored| ignored.contains(path))
}

/// Takes the recorded values where `ignore_changes` says so. A recorded digest is no value: there
/// the configured one stays, and only its difference is ignored.
fn ignore(desired: &DesiredPod, value: &Value, record: Option<&PodRecord>) -> Value {
    let Some(prior) = record.and_then(prior) else { return value.clone() };
    let mut value = value.clone();
    for path in &desired.lifecycle.ignore_changes {
        let recorded = at(prior, path).map(|recorded| keep(recorded, at(&value, path)));
        value = put(&value, &path.0, recorded.as_ref());
    }
    value
}

/// The recorded value, with the configured one where only a digest is recorded, or nothing known.
fn keep(recorded: &Value, wanted: Option<&Value>) -> Value {
    match recorded {
        Value::Digest(_) | Value::Unknown => wanted.unwrap_or(recorded).clone(),
        Value::Map(map) => {
            let entry = |key: &str| wanted.and_then(|wanted| wanted.get(key));
            Value::map(map.iter().map(|(k, v)| (k.clone(), keep(v, entry(k)))).collect())
        }
        Value::List(items) => {
            let item = |index, item| wanted.and_then(|wanted| counterpart(wanted, index, item));
            let kept = items.iter().enumerate().map(|(at, value)| keep(value, item(at, value)));
            Value::list(kept.collect())
        }
        other => other.clone(),
    }
}

/// The recorded value as it is taken to be: the wanted one where it is not known.
pub(crate) fn assumed(before: &Value, after: &Value) -> Value {
    match before {
        before if before.is_unknown() => after.clone(),
        Value::Map(map) => {
            let entry = |key: &str| after.get(key).cloned().unwrap_or_default();
            Value::map(map.iter().map(|(k, v)| (k.clone(), assumed(v, &entry(k)))).collect())
        }
        Value::List(items) => {
            let other = |at, item| counterpart(after, at, item).cloned().unwrap_or_default();
            let items = items.iter().enumerate();
            Value::list(items.map(|(at, item)| assumed(item, &other(at, item))).collect())
        }
        other => other.clone(),
    }
}

/// The configuration as it may be recorded for instances that stay: what was not known of them
/// still is not.
#[must_use]
pub fn still_unknown(before: &Value, after: &Value) -> Value {
    match after {
        _ if before.is_unknown() => Value::Unknown,
        Value::Map(map) => {
            let entry = |key: &str, value: &Value| match before.get(key) {
                Some(before) => still_unknown(before, value),
                None => value.clone(),
            };
            Value::map(map.iter().map(|(k, v)| (k.clone(), entry(k, v))).collect())
        }
        Value::List(items) => {
            let entry = |at, item: &Value| match counterpart(before, at, item) {
                Some(before) => still_unknown(before, item),
                None => item.clone(),
            };
            Value::list(items.iter().enumerate().map(|(at, item)| entry(at, item)).collect())
        }
        other => other.clone(),
    }
}

struct Merge {
    broken: Vec<AttributePath>,
}

impl Merge {
    /// What the provider planned, where it may choose: an absent or unknown value may become
    /// anything; a known one must be the same, another spelling of it, or what is recorded.
    fn values(
        &mut self,
        wanted: &Value,
        prior: Option<&Value>,
        planned: &Value,
        path: &AttributePath,
    ) -> Value {
        match (wanted, planned) {
            (wanted, planned) if wanted == planned => wanted.clone(),
            (Value::Null | Value::Unknown, planned) => planned.clone(),
            (Value::Map(a), Value::Map(b)) => self.maps(a, prior, b, path),
            (Value::List(a), Value::List(b)) if a.len() == b.len() => {
                let items = a.iter().zip(b.iter()).enumerate().map(|(index, (a, b))| {
                    let path = item_path(path, index, a);
                    let prior = prior.and_then(|prior| counterpart(prior, index, a));
                    self.values(a, prior, b, &path)
                });
                Value::list(items.collect())
            }
            (Value::Sensitive(a), planned) => {
                self.values(a, None, planned.reveal(), path).sensitive()
            }
            // The value was resolved since the provider saw it.
            (wanted, planned) if planned.is_unknown() => wanted.clone(),
            (_, planned) if prior == Some(planned) => planned.clone(),
            (wanted, planned) if same_spelling(wanted, planned, path) => wanted.clone(),
            (wanted, _) => {
                self.broken.push(path.clone());
                wanted.clone()
            }
        }
    }

    fn maps(&mut self, a: &Map, prior: Option<&Value>, b: &Map, path: &AttributePath) -> Value {
        let mut out = b.clone();
        for (key, wanted) in a {
            let path = if is_data_map(path) { path.key(&**key) } else { path.attr(&**key) };
            let prior = prior.and_then(|prior| prior.get(key));
            let value = match b.get(key) {
                Some(planned) => self.values(wanted, prior, planned, &path),
                None if wanted.is_null() => continue,
                None => {
                    self.broken.push(path);
                    wanted.clone()
                }
            };
            out.insert(key.clone(), value);
        }
        Value::map(out)
    }
}

fn same_spelling(wanted: &Value, planned: &Value, path: &AttributePath) -> bool {
    POD.find(path.names()).is_some_and(|attribute| {
        let (a, b) = (convert(&attribute.ty, wanted), convert(&attribute.ty, planned));
        a.is_ok() && a == b
    })
}

/// Whether the path is that of an attribute whose entries are the user's, not the schema's.
fn is_data_map(path: &AttributePath) -> bool {
    POD.find(path.names()).is_some_and(|attribute| attribute.block().is_none())
}

fn item_path(path: &AttributePath, index: usize, item: &Value) -> AttributePath {
    match item.get("name").and_then(Value::as_str) {
        Some(name) => path.key(name),
        None => path.index(index),
    }
}

/// The item of another list that an item stands for.
fn counterpart<'a>(other: &'a Value, index: usize, item: &Value) -> Option<&'a Value> {
    let items = other.as_list()?;
    match item.get("name") {
        Some(name) => items.iter().find(|item| item.get("name") == Some(name)),
        None => items.get(index),
    }
}
