//! Functions that encode and decode.

use super::{Function, Outcome, Parameter, bad, function};
use crate::value::{Entries, Ty, Val};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// What a query keeps, as Go's `url.QueryEscape`: letters, digits and `-_.~`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(super) fn all() -> Vec<Function> {
    let text = &[Parameter::Text][..];
    vec![
        function("base64encode", text, Ty::String, |a| {
            Ok(Val::String(base64(arg(a).as_bytes()).into()))
        }),
        function("base64decode", text, Ty::String, base64decode),
        function("jsonencode", &[Parameter::Nullable], Ty::String, jsonencode),
        function("jsondecode", text, Ty::Any, jsondecode),
        function("urlencode", text, Ty::String, |a| {
            let encoded = percent_encoding::utf8_percent_encode(arg(a), QUERY).to_string();
            Ok(Val::String(encoded.replace("%20", "+").into()))
        }),
    ]
}

fn arg(arguments: &[Val]) -> &str {
    arguments.first().and_then(Val::text).map_or("", |text| text)
}

/// Bytes as base64 text with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn base64decode(arguments: &[Val]) -> Outcome {
    let bytes =
        STANDARD.decode(arg(arguments).trim()).map_err(|_| bad(0, "the text is not base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| bad(0, "the decoded bytes are not UTF-8"))?;
    Ok(Val::string(&text))
}

fn jsonencode(arguments: &[Val]) -> Outcome {
    let value = arguments.first().unwrap_or(&Val::Null);
    if value.has_secret() {
        return Err(bad(0, "a secret reference cannot be put into JSON text"));
    }
    Ok(Val::String(json(value).into()))
}

/// A value as JSON text.
pub(super) fn json(value: &Val) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Val, out: &mut String) {
    match value {
        Val::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Val::Number(number) => out.push_str(&number.to_string()),
        Val::String(text) => write_json_text(text, out),
        Val::Sensitive(inner) | Val::Ephemeral(inner) => write_json(inner, out),
        Val::Tuple(items) | Val::List(items) | Val::Set(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Val::Object(entries) | Val::Map(entries) => {
            out.push('{');
            for (at, (key, entry)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json_text(key, out);
                out.push(':');
                write_json(entry, out);
            }
            out.push('}');
        }
        Val::Null | Val::Unknown(_) | Val::Secret(_) => out.push_str("null"),
    }
}

/// Escapes as Terraform does: also `<`, `>` and `&`.
fn write_json_text(text: &str, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn jsondecode(arguments: &[Val]) -> Outcome {
    let text = arg(arguments);
    let parsed: Raw =
        serde_json::from_str(text).map_err(|error| bad(0, format!("not JSON: {error}")))?;
    Ok(parsed.0)
}

/// A JSON value with exact numbers.
struct Raw(Val);

impl<'de> serde::Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        from_json(&value).map(Raw).map_err(serde::de::Error::custom)
    }
}

fn from_json(value: &serde_json::Value) -> Result<Val, String> {
    Ok(match value {
        serde_json::Value::Null => Val::Null,
        serde_json::Value::Bool(flag) => Val::Bool(*flag),
        serde_json::Value::Number(number) => {
            Val::Number(number.to_string().parse().map_err(|_| "a number is too large".to_owned())?)
        }
        serde_json::Value::String(text) => Val::string(text),
        serde_json::Value::Array(items) => {
            Val::tuple(items.iter().map(from_json).collect::<Result<Vec<_>, _>>()?)
        }
        serde_json::Value::Object(entries) => {
            let mut out = Entries::new();
            for (key, entry) in entries {
                out.insert(crate::value::normalise(key).into(), from_json(entry)?);
            }
            Val::object(out)
        }
    })
}
