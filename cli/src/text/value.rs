//! Values as HCL writes them.

use crate::report::printable;
use podform_model::Value;
use std::fmt::Write as _;

/// A value as HCL, over several lines where it is nested; sensitive parts are hidden.
#[must_use]
pub fn hcl(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::String(text) => out.push_str(&quoted(text)),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::Map(map) if map.is_empty() => out.push_str("{}"),
        Value::List(items) => {
            out.push_str("[\n");
            for item in items.iter() {
                let _ = write!(out, "{:1$}", "", indent + 2);
                write(out, item, indent + 2);
                out.push_str(",\n");
            }
            let _ = write!(out, "{:indent$}]", "");
        }
        Value::Map(map) => {
            out.push_str("{\n");
            let width = map.keys().map(|key| name(key).chars().count()).max().unwrap_or(0);
            for (key, item) in map.iter() {
                let _ = write!(out, "{:1$}{2:3$} = ", "", indent + 2, name(key), width);
                write(out, item, indent + 2);
                out.push('\n');
            }
            let _ = write!(out, "{:indent$}}}", "");
        }
        other => {
            let _ = write!(out, "{other:?}");
        }
    }
}

fn name(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if plain { key.to_owned() } else { quoted(key) }
}

/// Text as an HCL string: quotes, backslashes and template marks escaped, control characters shown.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c => out.push_str(&printable(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_look_like_hcl() {
        let value = Value::object([
            ("a.b", Value::list(vec![Value::from(1_i64), Value::string("x\"${y}\u{1b}")])),
            ("long", Value::Unknown),
            ("p", Value::string("hunter2").sensitive()),
        ]);
        insta::assert_snapshot!(hcl(&value), @r#"
        {
          "a.b" = [
            1,
            "x\"$${y}\u{1b}",
          ]
          long  = (known after apply)
          p     = (sensitive)
        }
        "#);
    }
}
