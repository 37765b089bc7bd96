//! Values and types as text, in the form of Terraform's console.

use crate::value::{Entries, Ty, Val};
use std::fmt::Write as _;

/// A value over as many lines as it needs; sensitive parts are hidden.
pub(super) fn value(value: &Val) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Val, indent: usize) {
    match value {
        Val::Null(ty) => null(out, ty),
        Val::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Val::Number(number) => out.push_str(&number.to_string()),
        Val::String(text) if text.contains('\n') => heredoc(out, text, indent),
        Val::String(text) => quoted(out, text),
        Val::Tuple(items) => sequence(out, items, indent),
        Val::List(items, _) => within(out, "tolist", |out| sequence(out, items, indent)),
        Val::Set(items, _) => within(out, "toset", |out| sequence(out, items, indent)),
        Val::Object(entries) => mapping(out, entries, indent),
        Val::Map(entries, _) => within(out, "tomap", |out| mapping(out, entries, indent)),
        Val::Unknown(_) => out.push_str("(known after apply)"),
        Val::Secret(name) => out.push_str(&format!("secret[\"{name}\"]")),
        Val::Sensitive(_) => out.push_str("(sensitive value)"),
        Val::Ephemeral(inner) if inner.has_sensitive() => out.push_str("(sensitive value)"),
        Val::Ephemeral(_) => out.push_str("(ephemeral value)"),
    }
}

fn null(out: &mut String, ty: &Ty) {
    match ty {
        Ty::String => out.push_str("tostring(null)"),
        Ty::Number => out.push_str("tonumber(null)"),
        Ty::Bool => out.push_str("tobool(null)"),
        Ty::List(of) => out.push_str(&format!("tolist(null) /* of {} */", friendly(of))),
        Ty::Set(of) => out.push_str(&format!("toset(null) /* of {} */", friendly(of))),
        Ty::Map(of) => out.push_str(&format!("tomap(null) /* of {} */", friendly(of))),
        Ty::Tuple(_) | Ty::Object(_) => out.push_str(&format!("null /* {} */", friendly(ty))),
        Ty::Any | Ty::Secret => out.push_str("null"),
    }
}

/// A type in words.
fn friendly(ty: &Ty) -> String {
    match ty {
        Ty::List(of) => format!("list of {}", friendly(of)),
        Ty::Set(of) => format!("set of {}", friendly(of)),
        Ty::Map(of) => format!("map of {}", friendly(of)),
        Ty::Tuple(_) => "tuple".into(),
        Ty::Object(_) => "object".into(),
        Ty::Any => "dynamic".into(),
        Ty::Bool | Ty::Number | Ty::String | Ty::Secret => ty.text(),
    }
}

fn within(out: &mut String, function: &str, inner: impl FnOnce(&mut String)) {
    out.push_str(function);
    out.push('(');
    inner(out);
    out.push(')');
}

fn line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn sequence(out: &mut String, items: &[Val], indent: usize) {
    out.push('[');
    for item in items {
        line(out, indent + 2);
        write(out, item, indent + 2);
        out.push(',');
    }
    if !items.is_empty() {
        line(out, indent);
    }
    out.push(']');
}

fn mapping(out: &mut String, entries: &Entries, indent: usize) {
    out.push('{');
    for (key, entry) in entries {
        line(out, indent + 2);
        quoted(out, key);
        out.push_str(" = ");
        write(out, entry, indent + 2);
    }
    if !entries.is_empty() {
        line(out, indent);
    }
    out.push('}');
}

/// Text of several lines, with a marker that none of them is.
fn heredoc(out: &mut String, text: &str, indent: usize) {
    let mut marker = String::from("EOT");
    while text.split('\n').any(|line| line.trim() == marker) {
        marker.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&marker);
    for part in text.split('\n') {
        line(out, indent);
        out.push_str(&shown(part));
    }
    line(out, indent);
    out.push_str(&marker);
}

/// A line with control characters made visible, so that a value cannot drive the terminal.
fn shown(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c == '\t' || is_printable(c) {
            out.push(c);
        } else {
            escape(&mut out, c);
        }
        out
    })
}

/// A text in quotes, with what does not print escaped.
pub(crate) fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if is_printable(c) => out.push(c),
            c => escape(out, c),
        }
    }
    out.push('"');
}

fn is_printable(c: char) -> bool {
    // A mark that combines is escaped only where it stands alone.
    matches!(c, '"' | '\'' | '\\')
        || ['a', c].iter().collect::<String>().escape_debug().count() == 2
}

fn escape(out: &mut String, c: char) {
    let number = u32::from(c);
    // Writing to memory does not fail.
    let _ = match number {
        0..0x80 => write!(out, "\\x{number:02x}"),
        0x80..0x1_0000 => write!(out, "\\u{number:04x}"),
        _ => write!(out, "\\U{number:08x}"),
    };
}

/// A type over as many lines as it needs.
pub(super) fn ty(ty: &Ty) -> String {
    let mut out = String::new();
    write_type(&mut out, ty, 0);
    out
}

fn write_type(out: &mut String, ty: &Ty, indent: usize) {
    match ty {
        Ty::Any => out.push_str("dynamic"),
        Ty::Bool | Ty::Number | Ty::String | Ty::Secret => out.push_str(&ty.text()),
        Ty::List(of) => collection(out, "list", of, indent),
        Ty::Set(of) => collection(out, "set", of, indent),
        Ty::Map(of) => collection(out, "map", of, indent),
        Ty::Tuple(items) if items.is_empty() => out.push_str("tuple([])"),
        Ty::Tuple(items) => {
            out.push_str("tuple([");
            for item in items.iter() {
                line(out, indent + 4);
                write_type(out, item, indent + 4);
                out.push(',');
            }
            line(out, indent);
            out.push_str("])");
        }
        Ty::Object(fields) if fields.is_empty() => out.push_str("object({})"),
        Ty::Object(fields) => {
            out.push_str("object({");
            for (name, field) in fields.iter() {
                line(out, indent + 4);
                out.push_str(name);
                out.push_str(": ");
                write_type(out, &field.ty, indent + 4);
                out.push(',');
            }
            line(out, indent);
            out.push_str("})");
        }
    }
}

fn collection(out: &mut String, name: &str, of: &Ty, indent: usize) {
    out.push_str(name);
    out.push('(');
    match of {
        Ty::Tuple(_) | Ty::Object(_) => {
            line(out, indent + 4);
            write_type(out, of, indent + 4);
            out.push(',');
            line(out, indent);
        }
        _ => write_type(out, of, indent),
    }
    out.push(')');
}
