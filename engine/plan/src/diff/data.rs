//! The difference of values that the schema does not look into.

use super::text::{LineKind, lines, whole};
use super::{DiffKind, DiffNode, Shape};
use crate::compare::{Differs, differs};
use podform_model::value::Map;
use podform_model::{Number, Value};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeSet;

/// How deep JSON within strings is followed.
const MAX_DEPTH: usize = 64;

/// The node of two values, `None` when they do not differ.
pub(super) fn node(
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    all: bool,
) -> Option<DiffNode> {
    nested(name, before, after, all, 0)
}

fn nested(
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    all: bool,
    depth: usize,
) -> Option<DiffNode> {
    let kind = match (before, after) {
        (None, None) => return None,
        (None, _) => DiffKind::Added,
        (_, None) => DiffKind::Removed,
        (Some(a), Some(b)) => match differs(a, b, &unlike) {
            None | Some(Differs::NotCompared) => return None,
            Some(_) => DiffKind::Changed,
        },
    };
    let mut node = DiffNode::new(name, kind, Shape::Scalar);
    if [before, after].into_iter().flatten().any(hides) {
        node.sensitive = true;
        // Only that there is, or will be, a value.
        node.before = before.map(|_| Value::Digest("".into()));
        node.after = after.map(|value| match value.is_unknown() {
            true => Value::Unknown.sensitive(),
            false => Value::Digest("".into()),
        });
        return Some(node);
    }
    if depth < MAX_DEPTH && parts(&mut node, before, after, all, depth) {
        return Some(node);
    }
    node.before = before.map(blank);
    node.after = after.map(blank);
    Some(node)
}

/// Hidden values that are still to be compared here are known to differ: their digest fits none.
fn unlike(_: &Value) -> Option<String> {
    Some(String::new())
}

/// A node of a value that stays.
pub(super) fn same(name: &str, value: &Value) -> DiffNode {
    let mut node = DiffNode::new(name, DiffKind::Same, Shape::Scalar);
    node.sensitive = hides(value);
    let value = if node.sensitive { Value::Digest("".into()) } else { blank(value) };
    node.before = Some(value.clone());
    node.after = Some(value);
    node
}

fn hides(value: &Value) -> bool {
    matches!(value, Value::Sensitive(_) | Value::Digest(_))
}

/// The value without what is sensitive inside.
fn blank(value: &Value) -> Value {
    value.transform(&mut |part| if hides(&part) { Value::Digest("".into()) } else { part })
}

/// Shows the inner parts of maps, lists and long strings; `false` when there are none.
fn parts(
    node: &mut DiffNode,
    before: Option<&Value>,
    after: Option<&Value>,
    all: bool,
    depth: usize,
) -> bool {
    let map = |value: Option<&Value>| value.is_none_or(|value| matches!(value, Value::Map(_)));
    let list = |value: Option<&Value>| value.is_none_or(|value| matches!(value, Value::List(_)));
    if map(before) && map(after) {
        let none = Map::new();
        let side = |value: Option<&'_ Value>| value.and_then(Value::as_map).cloned();
        let (a, b) = (side(before).unwrap_or(none.clone()), side(after).unwrap_or(none));
        node.shape = Shape::Map;
        entries(node, &a, &b, all, depth);
        return true;
    }
    if list(before) && list(after) {
        let side = |value: Option<&'_ Value>| {
            value.and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default()
        };
        node.shape = Shape::List;
        items(node, &side(before), &side(after), all, depth);
        return true;
    }
    let text = |value: Option<&Value>| value.is_none_or(|value| matches!(value, Value::String(_)));
    if !(text(before) && text(after)) {
        return false;
    }
    let (a, b) = (before.and_then(Value::as_str), after.and_then(Value::as_str));
    json(node, a, b, all, depth) || long(node, a, b)
}

fn entries(node: &mut DiffNode, a: &Map, b: &Map, all: bool, depth: usize) {
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    for key in keys {
        match nested(key, a.get(key), b.get(key), all, depth + 1) {
            Some(child) => node.children.push(child),
            None if all => {
                node.children.push(same(key, b.get(key).unwrap_or(&Value::Null)));
            }
            None => node.hidden.elements += 1,
        }
    }
}

fn items(node: &mut DiffNode, a: &[Value], b: &[Value], all: bool, depth: usize) {
    // Equal texts for equal values; sensitive ones are compared when they are paired.
    let key = |value: &Value| format!("{value:?}");
    let (old, new): (Vec<_>, Vec<_>) = (a.iter().map(key).collect(), b.iter().map(key).collect());
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (from, to) = (op.old_range(), op.new_range());
        let pairs = from.len().max(to.len());
        let paired = matches!(op, DiffOp::Equal { .. } | DiffOp::Replace { .. });
        for step in 0..pairs {
            let (x, y) = (a[from.clone()].get(step), b[to.clone()].get(step));
            let both = paired && (x.is_none() || y.is_none() || alike(x, y));
            if both {
                item(node, x, y, all, depth);
            } else {
                item(node, x, None, all, depth);
                item(node, None, y, all, depth);
            }
        }
    }
}

/// Whether two items are shown as one that changes: both have parts.
fn alike(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => std::mem::discriminant(a) == std::mem::discriminant(b),
        _ => true,
    }
}

fn item(
    node: &mut DiffNode,
    before: Option<&Value>,
    after: Option<&Value>,
    all: bool,
    depth: usize,
) {
    match (nested("", before, after, all, depth + 1), after) {
        (Some(child), _) => node.children.push(child),
        (None, Some(value)) if all => node.children.push(same("", value)),
        (None, Some(_)) => node.hidden.elements += 1,
        (None, None) => {}
    }
}

/// JSON in strings by structure.
fn json(
    node: &mut DiffNode,
    before: Option<&str>,
    after: Option<&str>,
    all: bool,
    depth: usize,
) -> bool {
    let (Some(a), Some(b)) = (parse(before), parse(after)) else { return false };
    node.shape = Shape::Json;
    match nested("", a.as_ref(), b.as_ref(), all, depth + 1) {
        Some(child) => node.children.push(child),
        None => node.whitespace = true,
    }
    true
}

/// The content of a string that is a JSON object or list; `Some(None)` when there is no string.
#[expect(clippy::option_option, reason = "absent and not JSON differ")]
fn parse(text: Option<&str>) -> Option<Option<Value>> {
    let Some(text) = text else { return Some(None) };
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<serde_json::Value>(text).ok().map(|json| Some(lift(&json)))
}

/// JSON as a value. (A value's own reading of JSON would take a key `$unknown` for a mark.)
fn lift(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => number
            .to_string()
            .parse::<Number>()
            .map_or_else(|_| Value::from(number.to_string()), Value::Number),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(lift).collect()),
        serde_json::Value::Object(map) => {
            Value::object(map.iter().map(|(key, value)| (key.as_str(), lift(value))))
        }
    }
}

/// Strings of several lines.
fn long(node: &mut DiffNode, before: Option<&str>, after: Option<&str>) -> bool {
    if ![before, after].into_iter().flatten().any(|text| text.contains('\n')) {
        return false;
    }
    node.shape = Shape::Text(match (before, after) {
        (Some(a), Some(b)) => lines(a, b),
        (Some(a), None) => whole(LineKind::Removed, a),
        (None, b) => whole(LineKind::Added, b.unwrap_or_default()),
    });
    true
}
