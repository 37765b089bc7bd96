//! `yamlencode`: the same text as Terraform's.

use super::{MAX_TEXT, Outcome, bad, check_size};
use crate::value::Val;

/// The longest key that stands on one line with its value.
const MAX_KEY: usize = 128;
/// The column after which a text in quotes goes on in the next line.
const WIDTH: usize = 80;

pub(super) fn encode(arguments: &[Val]) -> Outcome {
    let value = arguments.first().unwrap_or(&Val::NULL);
    if value.has_secret() {
        return Err(bad(0, "a secret reference cannot be put into YAML text"));
    }
    super::json::check_texts(value)?;
    let mut out = String::new();
    match children(value) {
        Children::None => {
            scalar(value, 0, true, &mut out);
            out.push('\n');
            // The end of a document after a scalar without quotes must be told.
            if matches!(value, Val::Null(_) | Val::Bool(_) | Val::Number(_)) {
                out.push_str("...\n");
            }
        }
        _ => node(value, 0, false, &mut out),
    }
    if is_block(value) {
        // A block of text ends with its own line end.
        out.pop();
    }
    check_size(out.len())?;
    Ok(Val::String(out.into()))
}

enum Children<'a> {
    None,
    Items(&'a [Val]),
    Entries(&'a crate::value::Entries),
}

/// What is written in lines of its own; what is empty stands on one.
fn children(value: &Val) -> Children<'_> {
    match (value.items(), value.entries()) {
        (Some(items), _) if !items.is_empty() => Children::Items(items),
        (_, Some(entries)) if !entries.is_empty() => Children::Entries(entries),
        _ => Children::None,
    }
}

/// Writes a list or map; `inline`: its first line has begun.
fn node(value: &Val, indent: usize, inline: bool, out: &mut String) {
    let mut first = inline;
    let mut start = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(&" ".repeat(indent));
        }
    };
    // What is too long is found by its length at the end.
    if out.len() > MAX_TEXT {
        return;
    }
    match children(value) {
        Children::Items(items) => {
            for item in items {
                start(out);
                out.push_str("- ");
                match children(item) {
                    Children::None => line(item, indent, out),
                    _ => node(item, indent + 2, true, out),
                }
            }
        }
        Children::Entries(entries) => {
            for (key, entry) in entries {
                start(out);
                let text = Val::String(key.clone());
                let apart = key.contains(is_break) || key.len() > MAX_KEY;
                if apart {
                    out.push_str("? ");
                    line(&text, indent, out);
                    out.push_str(&" ".repeat(indent));
                } else {
                    scalar(&text, indent, false, out);
                }
                out.push(':');
                match children(entry) {
                    // Beside a key that has lines of its own the value begins on the same line.
                    Children::Items(_) | Children::Entries(_) if apart => {
                        out.push(' ');
                        node(entry, indent + 2, true, out);
                    }
                    Children::None => {
                        out.push(' ');
                        line(entry, indent, out);
                    }
                    // The items of a list stand under the key, those of a map further in.
                    Children::Items(_) => {
                        out.push('\n');
                        node(entry, indent, false, out);
                    }
                    Children::Entries(_) => {
                        out.push('\n');
                        node(entry, indent + 2, false, out);
                    }
                }
            }
        }
        Children::None => line(value, indent, out),
    }
}

/// A scalar and the end of its line.
fn line(value: &Val, indent: usize, out: &mut String) {
    scalar(value, indent, true, out);
    if !is_block(value) {
        out.push('\n');
    }
}

/// `fold`: a long text may go on in the next line.
fn scalar(value: &Val, indent: usize, fold: bool, out: &mut String) {
    match value {
        Val::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Val::Number(number) => out.push_str(&number.to_string()),
        Val::String(text) if block_allowed(text) => block(text, indent, out),
        Val::String(text) => quoted(text, fold.then_some(indent + 2), out),
        Val::Tuple(_) | Val::List(..) | Val::Set(..) => out.push_str("[]"),
        Val::Object(_) | Val::Map(..) => out.push_str("{}"),
        _ => out.push_str("null"),
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A byte that is a character which stands as it is, other than a space.
fn is_plain(byte: &u8) -> bool {
    matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'\\')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// Whether a text is written as a block of lines.
fn block_allowed(text: &str) -> bool {
    text.contains('\n')
        && !text.contains(" \n")
        && !text.ends_with(' ')
        && text.chars().all(|c| is_printable(c) && (c == '\n' || !is_break(c)))
}

fn is_block(value: &Val) -> bool {
    matches!(value, Val::String(text) if block_allowed(text))
}

fn block(text: &str, indent: usize, out: &mut String) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.strip_suffix('\n');
    match body {
        None => out.push('-'),
        Some(body) if body.is_empty() || body.ends_with('\n') => out.push('+'),
        Some(_) => {}
    }
    out.push('\n');
    for line in body.unwrap_or(text).split('\n') {
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// `fold`: the indentation of further lines, which begin at a space once a line is full.
fn quoted(text: &str, fold: Option<usize>, out: &mut String) {
    let start = out.rfind('\n').map_or(0, |at| at + 1);
    let mut column = out[start..].chars().count();
    out.push('"');
    column += 1;
    let mut spaced = false;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let plain = text[at..].bytes().take_while(is_plain).count();
        if plain > 0 {
            out.push_str(&text[at..at + plain]);
            (at, column, spaced) = (at + plain, column + plain, false);
            continue;
        }
        let before = at;
        at += c.len_utf8();
        if let (' ', Some(indent)) = (c, fold)
            && !std::mem::replace(&mut spaced, true)
            && column > WIDTH
            && (1..text.len() - 1).contains(&before)
        {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
            if text[at..].starts_with(' ') {
                out.push('\\');
                column += 1;
            }
            continue;
        }
        spaced = c == ' ';
        let length = out.len();
        write_char(c, out);
        column += out[length..].chars().count();
    }
    out.push('"');
}

/// A character as it is written within quotes.
fn write_char(c: char, out: &mut String) {
    use std::fmt::Write as _;
    let name = match c {
        '"' | '\\' => c,
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c if is_printable(c) => {
            out.push(c);
            return;
        }
        c => {
            // Writing to a string does not fail.
            let _ = match c as u32 {
                code @ 0..=0xff => write!(out, "\\x{code:02X}"),
                code @ 0x100..=0xffff => write!(out, "\\u{code:04X}"),
                code => write!(out, "\\U{code:08X}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(name);
}
