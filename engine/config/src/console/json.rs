//! A value as one line of JSON, with every digit of its numbers.

use crate::value::{Entries, Val};

/// `{"value": …, "type": …, "sensitive": …}`, and `"unknown": true` where something is.
pub(super) fn line(value: &Val, ty: Option<&str>) -> String {
    let mut out = String::from("{\"value\":");
    match ty {
        Some(ty) => string(&mut out, ty),
        None => write(&mut out, value),
    }
    out.push_str(",\"type\":");
    string(&mut out, &value.ty().text());
    let sensitive = ty.is_none() && value.has_sensitive();
    out.push_str(&format!(",\"sensitive\":{sensitive}"));
    if ty.is_none() && value.has_unknown() {
        out.push_str(",\"unknown\":true");
    }
    out.push('}');
    out
}

fn write(out: &mut String, value: &Val) {
    match value {
        Val::Null(_) | Val::Unknown(_) | Val::Sensitive(_) | Val::Ephemeral(_) => {
            out.push_str("null");
        }
        Val::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Val::Number(number) => out.push_str(&number.to_string()),
        Val::String(text) => string(out, text),
        Val::Secret(name) => {
            out.push_str("{\"$secret\":");
            string(out, name);
            out.push('}');
        }
        Val::Tuple(items) | Val::List(items, _) | Val::Set(items, _) => sequence(out, items),
        Val::Object(entries) | Val::Map(entries, _) => mapping(out, entries),
    }
}

fn sequence(out: &mut String, items: &[Val]) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

fn mapping(out: &mut String, entries: &Entries) {
    out.push('{');
    for (at, (key, entry)) in entries.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        string(out, key);
        out.push(':');
        write(out, entry);
    }
    out.push('}');
}

fn string(out: &mut String, text: &str) {
    // A string is always JSON.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
