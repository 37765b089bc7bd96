//! Reads `scheduling`, whose members are blocks of the pod.

use super::reader::{Out, Reader};
use super::scalar::Kind;
use crate::at::At;
use podform_model::Value;
use serde_json::Value as Json;

/// Reads `scheduling` into the pod's blocks.
pub(super) fn scheduling(reader: &mut Reader, json: &Json, at: &At, resident: bool, out: &mut Out) {
    let Some(mut object) = reader.object(json, at) else { return };
    if let Some((json, at)) = object.get("backoff", "backoff") {
        out.put("backoff", backoff(reader, json, &at));
    }
    if let Some((json, at)) = object.get("upgrade", "upgrade") {
        out.put("upgrade", upgrade(reader, json, &at, resident));
    }
    if let Some((json, at)) = object.get("placement", "placement") {
        out.put("placement", placement(reader, json, &at));
    }
    let kinds = Kind::Enum(&["YOUNGEST_FIRST", "OLDEST_FIRST"]);
    out.put("kill_selection", reader.take(&mut object, "killSelection", "kill_selection", kinds));
    if let Some((json, at)) = object.get("unreachableStrategy", "unreachable") {
        out.put("unreachable", unreachable(reader, json, &at, resident));
    }
    reader.close(object);
}

fn backoff(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("initial", reader.take(&mut object, "backoff", "initial", Kind::Seconds));
    let factor = reader.take(&mut object, "backoffFactor", "factor", Kind::at_least(0.0));
    out.put("factor", factor);
    out.put("max", reader.take(&mut object, "maxLaunchDelay", "max", Kind::Seconds));
    reader.close(object);
    Some(out.value())
}

/// Marathon fills what is missing here with 1, also for a pod with persistent volumes.
fn upgrade(reader: &mut Reader, json: &Json, at: &At, resident: bool) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    for (theirs, ours) in [
        ("minimumHealthCapacity", "minimum_health_capacity"),
        ("maximumOverCapacity", "maximum_over_capacity"),
    ] {
        if resident && object.raw(theirs).is_none() {
            out.put(ours, Some(1_i64.into()));
        }
        out.put(ours, reader.take(&mut object, theirs, ours, Kind::SHARE));
    }
    reader.close(object);
    Some(out.value())
}

fn placement(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    let roles = reader.take(
        &mut object,
        "acceptedResourceRoles",
        "accepted_resource_roles",
        Kind::List { min: 0 },
    );
    out.put("accepted_resource_roles", roles.map(|roles| set(&roles)));
    if let Some((json, at)) = object.get("constraints", "constraint") {
        let constraints = reader.items(json, &at, constraint);
        out.put("constraint", constraints.map(|constraints| set(&constraints)));
    }
    reader.close(object);
    Some(out.value())
}

/// A list without repetitions, the first of each kept.
fn set(list: &Value) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in list.as_list().unwrap_or_default() {
        if !kept.contains(item) {
            kept.push(item.clone());
        }
    }
    Value::list(kept)
}

fn constraint(reader: &mut Reader, json: &Json, at: &At) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    out.put("field", reader.need(&mut object, "fieldName", "field", Kind::ANY));
    let operators =
        Kind::Enum(&["UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS"]);
    out.put("operator", reader.need(&mut object, "operator", "operator", operators));
    out.put("value", reader.take(&mut object, "value", "value", Kind::ANY));
    reader.close(object);
    Some(out.value())
}

/// An object of times, else any text at all: disabled.
fn unreachable(reader: &mut Reader, json: &Json, at: &At, resident: bool) -> Option<Value> {
    if let Some(times) = reader.attempt(|reader| times(reader, json, at, resident)) {
        return Some(times);
    }
    let text = reader.scalar(Kind::ANY, json, at)?;
    if text.as_str() != Some("disabled") {
        reader.drop(at, "is a text, which Marathon reads as \"disabled\" whatever it says");
    }
    Some(Value::object([("disabled", Value::Bool(true))]))
}

fn times(reader: &mut Reader, json: &Json, at: &At, resident: bool) -> Option<Value> {
    let mut object = reader.object(json, at)?;
    let mut out = Out::default();
    for (theirs, ours) in
        [("inactiveAfterSeconds", "inactive_after"), ("expungeAfterSeconds", "expunge_after")]
    {
        out.put(ours, reader.take(&mut object, theirs, ours, Kind::SIZE));
    }
    if resident {
        out.put("disabled", Some(Value::Bool(false)));
    }
    reader.close(object);
    Some(out.value())
}
