//! Converts a value to the type of its attribute, in normal form, so that another spelling of the
//! same value is never a diff.

use crate::number::Number;
use crate::schema::{Text, Type};
use crate::value::{Map, Value};
use bigdecimal::BigDecimal;
use std::str::FromStr;
use std::sync::Arc;

/// Converts one attribute's value (not a block's). Null, unknown and marked values keep their marks.
///
/// Sizes become numbers of MiB, durations numbers of seconds, enum values the table's spelling.
///
/// # Errors
/// What is wrong with the value and what was expected, as a lower-case fragment.
pub fn convert(ty: &Type, value: &Value) -> Result<Value, String> {
    match value {
        Value::Null | Value::Unknown | Value::Digest(_) => Ok(value.clone()),
        Value::Sensitive(inner) => Ok(convert(ty, inner)?.sensitive()),
        _ => known(ty, value),
    }
}

fn known(ty: &Type, value: &Value) -> Result<Value, String> {
    match *ty {
        Type::String(text) => string(text, value),
        Type::Bool => boolean(value),
        Type::Int { min, max } => int(min, max, value),
        Type::Number { min, max } => number(min, max, value),
        Type::Size { min, whole } => size(min, whole, value),
        Type::Duration { step_ms } => duration(step_ms, value),
        Type::Enum(names) => enumeration(names, value),
        Type::NumberOrUnlimited { min } => {
            unlimited(value).map_or_else(|| number(min, f64::MAX, value), Ok)
        }
        Type::SizeOrUnlimited { min } => {
            unlimited(value).map_or_else(|| size(min, false, value), Ok)
        }
        Type::StringMap => map(value, &mut |v| string(Text::Any, v)),
        Type::StringList { min, set } => string_list(min, set, value),
        Type::Environment => environment(value),
        Type::Secret => match value {
            Value::Secret(_) => Ok(value.clone()),
            other => {
                Err(format!("expected a secret reference as `secret.NAME`, found {}", other.kind()))
            }
        },
        Type::Block(_) => Err("expected a block".into()),
    }
}

fn string(text: Text, value: &Value) -> Result<Value, String> {
    let text_value: Arc<str> = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string().into(),
        Value::Bool(value) => value.to_string().into(),
        other => return Err(format!("expected a string, found {}", other.kind())),
    };
    check_text(text, &text_value)?;
    Ok(Value::String(text_value))
}

/// Checks a text against its pattern.
///
/// # Errors
/// What was expected.
pub fn check_text(kind: Text, text: &str) -> Result<(), String> {
    let length = text.chars().count();
    match kind {
        Text::Any => Ok(()),
        Text::NonEmpty if text.is_empty() => Err("must not be empty".into()),
        Text::NonEmpty => Ok(()),
        Text::Path if text.is_empty() || length > 1024 => {
            Err(format!("must have 1 to 1024 characters, has {length}"))
        }
        Text::Path => Ok(()),
        Text::Name if is_name(text, false) => Ok(()),
        Text::Name => Err(format!(
            "`{text}` is not a name: 1 to 63 lower-case letters, digits and `-`, not at its ends"
        )),
        Text::NetworkName if is_name(text, true) => Ok(()),
        Text::NetworkName => Err(format!(
            "`{text}` is not the name of a network: 1 to 63 lower-case letters, digits, `-` and `_`, these two not at its ends"
        )),
        Text::PodId => check_pod_id(text),
    }
}

fn is_name(text: &str, underscore: bool) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.len() <= 63
        && edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || (underscore && c == '_')
        })
}

fn check_pod_id(id: &str) -> Result<(), String> {
    let Some(rest) = id.strip_prefix('/') else {
        return Err(format!("`{id}` is not absolute: it must begin with `/`"));
    };
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let Some(last) = segments.last() else {
        return Err("must name at least one path element".into());
    };
    if ["restart", "tasks", "versions", ".", ".."].contains(last) {
        return Err(format!("must not end with the reserved word `{last}`"));
    }
    for segment in &segments {
        if segment.split('.').any(|part| !is_pod_id_part(part)) {
            return Err(format!(
                "path element `{segment}` must consist of lower-case letters, digits and `-` (not at its ends), joined by `.`"
            ));
        }
    }
    Ok(())
}

fn is_pod_id_part(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('-')
        && !part.ends_with('-')
        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The normal form of a pod id: repeated and trailing slashes squeezed out.
#[must_use]
pub fn normal_pod_id(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for segment in id.split('/').filter(|segment| !segment.is_empty()) {
        out.push('/');
        out.push_str(segment);
    }
    out
}

fn boolean(value: &Value) -> Result<Value, String> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::String(text) if &**text == "true" => Ok(Value::Bool(true)),
        Value::String(text) if &**text == "false" => Ok(Value::Bool(false)),
        other => Err(format!("expected true or false, found {}", other.kind())),
    }
}

fn to_number(value: &Value) -> Result<Number, String> {
    match value {
        Value::Number(number) => Ok(number.clone()),
        Value::String(text) => Number::from_str(text.trim())
            .map_err(|_| format!("expected a number, found the text {text:?}")),
        other => Err(format!("expected a number, found {}", other.kind())),
    }
}

fn int(min: i64, max: i64, value: &Value) -> Result<Value, String> {
    let number = to_number(value)?;
    if !number.is_integer() {
        return Err(format!("expected a whole number, found {number}"));
    }
    if number < Number::from(min) || number > Number::from(max) {
        return Err(format!("must be from {min} to {max}, is {number}"));
    }
    Ok(Value::Number(number))
}

fn number(min: f64, max: f64, value: &Value) -> Result<Value, String> {
    in_range(to_number(value)?, min, max, "")
}

fn in_range(number: Number, min: f64, max: f64, unit: &str) -> Result<Value, String> {
    let float = number.as_f64();
    if float < min {
        return Err(format!("must be {min}{unit} or more, is {number}{unit}"));
    }
    if float > max {
        return Err(format!("must be {max}{unit} or less, is {number}{unit}"));
    }
    Ok(Value::Number(number))
}

fn unlimited(value: &Value) -> Option<Value> {
    let text = value.as_str()?;
    text.eq_ignore_ascii_case("unlimited").then(|| Value::string("unlimited"))
}

/// Splits `"1.5 GiB"` into the number and the unit.
fn amount(text: &str) -> Option<(Number, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let number = Number::from_str(text[..end].trim()).ok()?;
    Some((number, text[end..].trim()))
}

fn scaled(number: &Number, numerator: u64, denominator: u64) -> Number {
    // Denominators are powers of 2 and 10, so the division ends.
    Number::new(number.decimal() * BigDecimal::from(numerator) / BigDecimal::from(denominator))
}

fn size(min: f64, whole: bool, value: &Value) -> Result<Value, String> {
    let expected = "expected a number of MiB, or text with a unit (kb, mb, gb, KiB, MiB, GiB)";
    let mib = match value {
        Value::String(text) => {
            let (number, unit) =
                amount(text).ok_or_else(|| format!("{expected}, found {text:?}"))?;
            match unit.to_ascii_lowercase().as_str() {
                "" | "mb" | "mib" => number,
                "b" => scaled(&number, 1, 1024 * 1024),
                "kb" | "kib" => scaled(&number, 1, 1024),
                "gb" | "gib" => scaled(&number, 1024, 1),
                "tb" | "tib" => scaled(&number, 1024 * 1024, 1),
                _ => return Err(format!("{expected}, found the unit `{unit}`")),
            }
        }
        Value::Number(number) => number.clone(),
        other => return Err(format!("{expected}, found {}", other.kind())),
    };
    if whole && !mib.is_integer() {
        return Err(format!("must be a whole number of MiB, is {mib}"));
    }
    in_range(mib, min, 1e15, " MiB")
}

/// Converts a duration to seconds: a number, or text with a unit (`ms s m h d w`), also several
/// (`"1h30m"`).
///
/// # Errors
/// What was expected.
pub fn duration(step_ms: u32, value: &Value) -> Result<Value, String> {
    let expected = "expected a duration: text with a unit as `\"90s\"` (ms, s, m, h, d, w), or a number of seconds";
    let seconds = match value {
        Value::Number(number) => number.clone(),
        Value::String(text) => {
            parse_duration(text).ok_or_else(|| format!("{expected}, found {text:?}"))?
        }
        other => return Err(format!("{expected}, found {}", other.kind())),
    };
    let seconds = match in_range(seconds, 0.0, 1e12, "s")? {
        Value::Number(number) => number,
        other => return Ok(other),
    };
    if step_ms > 0 && !scaled(&seconds, 1000, u64::from(step_ms)).is_integer() {
        let step = if step_ms == 1000 { "whole seconds" } else { "whole milliseconds" };
        return Err(format!("must be in {step}, is {seconds}s"));
    }
    Ok(Value::Number(seconds))
}

/// A number of seconds as users write it: `5s`, or `250ms` where seconds would need a fraction.
#[must_use]
pub fn duration_text(seconds: &Number) -> String {
    if seconds.is_integer() {
        return format!("{seconds}s");
    }
    format!("{}ms", scaled(seconds, 1000, 1))
}

fn parse_duration(text: &str) -> Option<Number> {
    let mut rest = text.trim();
    if let Ok(number) = Number::from_str(rest) {
        return Some(number);
    }
    let mut total = BigDecimal::from(0);
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let unit_len = rest[unit_at..]
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len() - unit_at);
        let number = Number::from_str(rest[..unit_at].trim()).ok()?;
        let (numerator, denominator) = match &rest[unit_at..unit_at + unit_len] {
            "ms" => (1, 1000),
            "s" | "sec" | "secs" => (1, 1),
            "m" | "min" | "mins" => (60, 1),
            "h" | "hr" | "hrs" => (3600, 1),
            "d" | "day" | "days" => (86_400, 1),
            "w" | "week" | "weeks" => (604_800, 1),
            _ => return None,
        };
        total += scaled(&number, numerator, denominator).decimal();
        rest = rest[unit_at + unit_len..].trim_start();
    }
    Some(Number::new(total))
}

fn enumeration(names: &[&str], value: &Value) -> Result<Value, String> {
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let Value::String(text) = value else {
        return Err(format!("expected one of {list}, found {}", value.kind()));
    };
    // The short spelling of Marathon's `container/bridge`.
    let wanted = if text.eq_ignore_ascii_case("bridge") { "container/bridge" } else { &**text };
    names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(wanted))
        .map(|name| Value::string(*name))
        .ok_or_else(|| format!("expected one of {list}, found {text:?}"))
}

fn map(
    value: &Value,
    each: &mut dyn FnMut(&Value) -> Result<Value, String>,
) -> Result<Value, String> {
    let Value::Map(entries) = value else {
        return Err(format!("expected an object, found {}", value.kind()));
    };
    let mut out = Map::new();
    for (key, entry) in entries.iter() {
        let converted = match entry {
            Value::Null => return Err(format!("the value of `{key}` must not be null")),
            Value::Unknown | Value::Digest(_) => entry.clone(),
            Value::Sensitive(inner) => match &**inner {
                Value::Unknown | Value::Null => entry.clone(),
                inner => each(inner).map_err(|e| format!("`{key}`: {e}"))?.sensitive(),
            },
            entry => each(entry).map_err(|e| format!("`{key}`: {e}"))?,
        };
        out.insert(key.clone(), converted);
    }
    Ok(Value::map(out))
}

fn string_list(min: usize, set: bool, value: &Value) -> Result<Value, String> {
    let Value::List(items) = value else {
        return Err(format!("expected a list of strings, found {}", value.kind()));
    };
    if items.len() < min {
        return Err(format!("must have at least {min} item"));
    }
    let mut out = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        if item.is_null() {
            return Err(format!("item {at} must not be null"));
        }
        out.push(convert(&Type::String(Text::Any), item).map_err(|e| format!("item {at}: {e}"))?);
    }
    if set {
        out.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
    Ok(Value::list(out))
}

fn environment(value: &Value) -> Result<Value, String> {
    if let Value::Map(entries) = value
        && let Some(bad) = entries.keys().find(|key| !is_variable_name(key))
    {
        return Err(format!(
            "`{bad}` is not the name of an environment variable: letters, digits and `_`, not a digit first, at most 254"
        ));
    }
    map(value, &mut |entry| match entry {
        Value::Secret(_) => Ok(entry.clone()),
        other => string(Text::Any, other).map_err(|_| {
            format!("expected a string or a secret reference, found {}", other.kind())
        }),
    })
}

fn is_variable_name(name: &str) -> bool {
    name.len() <= 254
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(ty: Type, value: impl Into<Value>) -> String {
        format!("{:?}", convert(&ty, &value.into()).unwrap())
    }

    #[test]
    fn sizes_are_mib_in_powers_of_1024() {
        let ty = Type::Size { min: 0.0, whole: false };
        assert_eq!(ok(ty, "1GiB"), "1024");
        assert_eq!(ok(ty, "1gb"), "1024");
        assert_eq!(ok(ty, "512 kb"), "0.5");
        assert_eq!(ok(ty, 64_i64), "64");
        assert!(convert(&ty, &"1 parsec".into()).is_err());
        assert!(convert(&Type::Size { min: 0.0, whole: true }, &"512kb".into()).is_err());
    }

    #[test]
    fn durations_are_seconds() {
        let ty = Type::Duration { step_ms: 1 };
        assert_eq!(ok(ty, "90s"), "90");
        assert_eq!(ok(ty, "1m30s"), "90");
        assert_eq!(ok(ty, "52w"), "31449600");
        assert_eq!(ok(ty, "250ms"), "0.25");
        assert!(convert(&ty, &"0.5ms".into()).is_err());
        assert!(convert(&Type::Duration { step_ms: 1000 }, &"250ms".into()).is_err());
        assert!(convert(&ty, &"-1s".into()).is_err());
    }

    #[test]
    fn enums_ignore_case() {
        assert_eq!(ok(Type::Enum(&["HTTP", "HTTPS"]), "https"), "\"HTTPS\"");
        assert_eq!(
            ok(Type::Enum(&["container", "container/bridge"]), "Bridge"),
            "\"container/bridge\""
        );
    }

    #[test]
    fn marks_travel() {
        let value = Value::string("5").sensitive();
        let converted = convert(&Type::Int { min: 0, max: 9 }, &value).unwrap();
        assert_eq!(converted, Value::from(5_i64).sensitive());
    }

    #[test]
    fn pod_ids() {
        for id in ["/a", "/a/b-c/d.e"] {
            assert!(check_text(Text::PodId, id).is_ok(), "{id}");
        }
        for id in ["", "a", "/", "/A", "/a/restart", "/a_b", "/-a", "/a..b"] {
            assert!(check_text(Text::PodId, id).is_err(), "{id}");
        }
        assert_eq!(normal_pod_id("//a//b/"), "/a/b");
    }
}
