//! Reads a definition as Marathon does.

mod container;
mod reader;
mod scalar;
mod scheduling;
mod volume;

use crate::at::{At, Dropped, Fault, Stage};
use podform_model::convert::{convert, normal_pod_id};
use podform_model::pod::{Surroundings, complete};
use podform_model::schema::{Block, POD, Repeat};
use podform_model::value::Map;
use podform_model::{AttributePath, Step, Value};
use reader::{Out, Reader};
use scalar::Kind;
use serde_json::Value as Json;

/// A definition that was read.
#[derive(Debug, Clone)]
pub struct Lifted {
    /// What the definition says, without defaults, except where podform's differ. What is wrong
    /// is left out.
    pub written: Value,
    /// The same in normal form, defaults filled.
    pub pod: Value,
    /// Why it is refused; empty: it was read whole. Marathon's rules on several fields are not
    /// among these ([`podform_model::rules`]).
    pub faults: Vec<Fault>,
    /// What Marathon swallows.
    pub dropped: Vec<Dropped>,
}

/// Reads a definition as Marathon does, and turns it into a pod.
#[must_use]
pub fn lift(definition: &Json) -> Lifted {
    let mut reader = Reader::default();
    let raw = pod(&mut reader, definition);
    let mut misfits = Vec::new();
    let written = fit(&POD, &raw, &AttributePath::root(), &mut misfits);
    for (attribute, error) in misfits {
        // What was found wrong in Marathon's words is not told twice.
        if !reader.faults.iter().any(|fault| fault.attribute == attribute) {
            let path = crate::marathon_path(&raw, &attribute);
            reader.faults.push(Fault { stage: Stage::Podform, path, error, attribute });
        }
    }
    let pod = complete(&written, &Surroundings::default());
    Lifted { written, pod, faults: reader.faults, dropped: reader.dropped }
}

fn pod(reader: &mut Reader, definition: &Json) -> Value {
    let mut out = Out::default();
    let Some(mut object) = reader.object(definition, &At::default()) else { return out.value() };
    out.put("id", id(reader, &mut object));
    out.put("user", user(reader, &mut object));
    out.put("role", reader.take(&mut object, "role", "role", Kind::NON_EMPTY));
    out.put("labels", reader.take(&mut object, "labels", "labels", Kind::Texts));
    if let Some((json, at)) = object.get("environment", "environment") {
        out.put("environment", reader.environment(json, &at));
    }
    if let Some((json, at)) = object.get("secrets", "secret") {
        out.put("secret", secrets(reader, json, &at));
    }
    if let Some((json, at)) = object.get("networks", "network") {
        let networks = reader.items(json, &at, network);
        out.put("network", networks);
    }
    if let Some((json, at)) = object.get("volumes", "volume") {
        out.put("volume", reader.items(json, &at, volume::volume));
    }
    if let Some((json, at)) = object.get("executorResources", "executor_resources") {
        out.put("executor_resources", executor_resources(reader, json, &at));
    }
    out.put("container", containers(reader, &mut object));
    scaling(reader, &mut object, &mut out);
    let resident = out.items("volume").iter().any(|volume| volume.get("persistent").is_some());
    if let Some((json, at)) = object.within("scheduling") {
        scheduling::scheduling(reader, json, &at, resident, &mut out);
    }
    if let Some((json, at)) = object.get("linuxInfo", "linux") {
        out.put("linux", linux(reader, json, &at));
    }
    let shared =
        reader.take(&mut object, "legacySharedCgroups", "legacy_shared_cgroups", Kind::Bool);
    out.put("legacy_shared_cgroups", shared);
    version(reader, &mut object);
    reader.close(object);
    out.value()
}

fn id(reader: &mut Reader, object: &mut reader::Object<'_>) -> Option<Value> {
    let at = object.at.field("id", "id");
    let id = reader.need(object, "id", "id", Kind::Id)?;
    let text = id.as_str()?;
    let segments: Vec<_> = text.split('/').filter(|segment| !segment.is_empty()).collect();
    let complaint = if !text.starts_with('/') {
        "Path needs to be absolute"
    } else if segments.is_empty() {
        "Path must contain at least one path element"
    } else if matches!(segments.last(), Some(&("restart" | "tasks" | "versions" | ".."))) {
        "must not end with any of the following reserved keywords: restart, tasks, versions, ., .."
    } else {
        return Some(Value::from(normal_pod_id(text)));
    };
    reader.refuse(Stage::Rules, &at, complaint);
    None
}

fn user(reader: &mut Reader, object: &mut reader::Object<'_>) -> Option<Value> {
    let at = object.at.field("user", "user");
    let user = reader.take(object, "user", "user", Kind::ANY)?;
    if user.as_str() == Some("") {
        reader.refuse(Stage::Rules, &at, "must not be empty");
        return None;
    }
    Some(user)
}

fn secrets(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let Json::Object(map) = json else {
        reader.fault(at, "error.expected.jsobject");
        return None;
    };
    let mut all = Vec::new();
    for (name, json) in map {
        let at = at.entry(name);
        let mut out = Out::default();
        out.put("name", Some(name.as_str().into()));
        if let Some(mut object) = reader.object(json, &at) {
            out.put("source", reader.need(&mut object, "source", "source", Kind::NON_EMPTY));
            reader.close(object);
        }
        all.push(out.value());
    }
    Some(Value::list(all))
}

fn network(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    let modes = Kind::Enum(&["container", "container/bridge", "host"]);
    out.put("mode", reader.take(&mut object, "mode", "mode", modes));
    out.put("name", reader.take(&mut object, "name", "name", Kind::NetworkName));
    out.put("labels", reader.take(&mut object, "labels", "labels", Kind::Texts));
    reader.close(object);
    Some(out.value())
}

fn executor_resources(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    for (name, min) in [("cpus", 0.1), ("mem", 32.0), ("disk", 10.0)] {
        out.put(name, reader.take(&mut object, name, name, Kind::at_least(min)));
    }
    reader.close(object);
    Some(out.value())
}

fn containers(reader: &mut Reader, object: &mut reader::Object<'_>) -> Option<Value> {
    let at = object.at.field("containers", "container");
    let Some((json, at)) = object.get("containers", "container") else {
        reader.fault(&at, "error.path.missing");
        return None;
    };
    if json.as_array().is_some_and(Vec::is_empty) {
        reader.fault(&at, "error.minLength");
    }
    reader.items(json, &at, container::container)
}

/// `scaling`: a number that is none counts as 1, silently.
fn scaling(reader: &mut Reader, object: &mut reader::Object<'_>, out: &mut Out) {
    let Some((json, at)) = object.within("scaling") else { return };
    let Some(mut object) = reader.object(json, &at) else { return };
    if object.raw("kind").and_then(Json::as_str) != Some("fixed") {
        reader.fault(&at, "error.expected.jsstring");
    }
    if let Some((json, at)) = object.get("instances", "instances") {
        match json.as_i64() {
            Some(count) if count < 0 => {
                let error = format!("got {count}, expected 0 or more");
                reader.refuse(Stage::Rules, &at, error);
            }
            Some(count) if i32::try_from(count).is_ok() => out.put("instances", Some(count.into())),
            _ => reader.drop(&at, "is no number of instances, so Marathon takes 1"),
        }
    }
    reader.close(object);
}

fn linux(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    if let Some((_, at)) = object.within("seccomp") {
        reader.refuse(
            Stage::Rules,
            &at,
            "Seccomp configuration on executor level is not supported",
        );
    }
    container::ipc(reader, &mut object, &mut out);
    reader.close(object);
    Some(out.value())
}

/// `version` is parsed and then set by the server.
fn version(reader: &mut Reader, object: &mut reader::Object<'_>) {
    let Some((json, at)) = object.within("version") else { return };
    match json.as_str() {
        None => reader.fault(&at, "error.expected.jsstring"),
        Some(text) if !scalar::is_timestamp(text) => {
            let error =
                format!("Invalid timestamp provided '{text}'. Expecting ISO-8601 datetime string.");
            reader.fault(&at, error);
        }
        Some(_) => reader.drop(&at, "is set by Marathon itself"),
    }
}

/// Converts every attribute to its type in the schema and notes what does not fit.
fn fit(
    block: &Block,
    value: &Value,
    path: &AttributePath,
    misfits: &mut Vec<(AttributePath, String)>,
) -> Value {
    let Some(given) = value.as_map() else { return value.clone() };
    let mut out = Map::new();
    for (name, value) in given {
        let path = path.attr(&**name);
        let Some(attribute) = block.attribute(name) else {
            // The label of the block.
            out.insert(name.clone(), value.clone());
            continue;
        };
        let fitted = match (attribute.block(), attribute.repeat, value.as_list()) {
            (Some(nested), Repeat::Many { .. }, Some(items)) => {
                let items = items.iter().enumerate();
                Value::list(
                    items
                        .map(|(at, item)| fit(nested, item, &path.step(step(item, at)), misfits))
                        .collect(),
                )
            }
            (Some(nested), ..) => fit(nested, value, &path, misfits),
            (None, ..) => match convert(&attribute.ty, value) {
                Ok(value) => value,
                Err(error) => {
                    misfits.push((path, error));
                    continue;
                }
            },
        };
        if !says_nothing(name, &fitted) {
            out.insert(name.clone(), fitted);
        }
    }
    Value::map(out)
}

/// Whether a value is as good as none: what Marathon omits when it is empty.
fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        // No protocol is not podform's default.
        Value::List(items) => items.is_empty() && name != "protocol",
        Value::Map(map) => {
            map.is_empty()
                && ["labels", "environment", "placement", "linux", "limits"].contains(&name)
        }
        _ => false,
    }
}

fn step(item: &Value, at: usize) -> Step {
    match item.get("name").and_then(Value::as_str) {
        Some(name) => Step::Key(name.to_owned()),
        None => Step::Index(at),
    }
}

#[cfg(test)]
mod tests;
