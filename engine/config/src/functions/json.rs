//! `jsonencode` and `jsondecode`, with exact numbers.

use super::text::arg;
use super::{Fault, Function, MAX_ITEMS, MAX_TEXT, Outcome, Parameter, bad, check_size, function};
use crate::value::{Entries, Ty, Val};

/// How deep lists and objects may be nested.
const MAX_DEPTH: usize = 256;

pub(super) fn all() -> Vec<Function> {
    vec![
        function("jsonencode", &[Parameter::Nullable], Ty::String, encode),
        function("jsondecode", &[Parameter::Text], Ty::Any, |a| decode(arg(a, 0))),
    ]
}

fn encode(arguments: &[Val]) -> Outcome {
    let value = arguments.first().unwrap_or(&Val::NULL);
    if value.has_secret() {
        return Err(bad(0, "a secret reference cannot be put into JSON text"));
    }
    Ok(Val::String(json(value)?.into()))
}

/// Refuses a value whose texts alone are too long, before any of them is written.
pub(super) fn check_texts(value: &Val) -> Result<(), Fault> {
    fn add(value: &Val, size: &mut usize) {
        // Each value is a character at least; beyond the limit nothing needs to be looked at.
        *size += value.text().map_or(1, |text| text.len());
        if *size <= MAX_TEXT {
            let items = value.items().into_iter().flat_map(|items| items.iter());
            let entries = value.entries().into_iter().flat_map(|entries| entries.values());
            items.chain(entries).for_each(|inner| add(inner, size));
        }
    }
    let mut size = 0;
    add(value, &mut size);
    check_size(size)
}

/// A value as JSON text.
pub(super) fn json(value: &Val) -> Result<String, Fault> {
    check_texts(value)?;
    let mut out = String::new();
    write(value, &mut out);
    check_size(out.len())?;
    Ok(out)
}

/// Stops early when the text is too long, which the caller finds by its length.
fn write(value: &Val, out: &mut String) {
    if out.len() > MAX_TEXT {
        return;
    }
    match value {
        Val::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Val::Number(number) => out.push_str(&number.to_string()),
        Val::String(text) => write_text(text, out),
        Val::Sensitive(inner) | Val::Ephemeral(inner) => write(inner, out),
        Val::Tuple(items) | Val::List(items, _) | Val::Set(items, _) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Val::Object(entries) | Val::Map(entries, _) => {
            out.push('{');
            for (at, (key, entry)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(entry, out);
            }
            out.push('}');
        }
        Val::Null(_) | Val::Unknown(_) | Val::Secret(_) => out.push_str("null"),
    }
}

/// Whether a character that begins with this byte may have to be escaped.
fn may_need_escape(byte: u8) -> bool {
    // The separators of lines and paragraphs begin with the last one.
    byte < b' ' || matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2)
}

/// Escapes as Terraform does: also `<`, `>` and `&`.
pub(super) fn write_text(text: &str, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    let mut rest = text;
    loop {
        let plain = rest.bytes().position(may_need_escape).unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let Some(c) = rest.chars().next() else { break };
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
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

/// The value that a JSON text tells.
pub(super) fn decode(text: &str) -> Outcome {
    let mut reader = Reader { text, at: 0, depth: 0, items: 0 };
    let value = reader.value()?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.fault("expected the end of the text"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    items: usize,
}

impl Reader<'_> {
    fn fault(&self, what: &str) -> Fault {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        bad(0, format!("not JSON: {what} at line {line}, column {column}"))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes a byte after space when it is the next.
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Val, Fault> {
        self.space();
        self.items += 1;
        if self.items > MAX_ITEMS {
            return Err(self.fault("more than 1000000 values"));
        }
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Val::string(&self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Val, Fault>) -> Result<Val, Fault> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(&format!("more than {MAX_DEPTH} levels")));
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Val, Fault> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Val::tuple(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(b']') {
                return Ok(Val::tuple(items));
            }
            if !self.take(b',') {
                return Err(self.fault("expected `,` or `]`"));
            }
        }
    }

    fn object(&mut self) -> Result<Val, Fault> {
        let mut entries = Entries::new();
        if self.take(b'}') {
            return Ok(Val::object(entries));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.fault("expected a key in quotes"));
            }
            let key = self.string()?;
            if !self.take(b':') {
                return Err(self.fault("expected `:`"));
            }
            let value = self.value()?;
            entries.insert(crate::value::normalise(&key).into(), value);
            if self.take(b'}') {
                return Ok(Val::object(entries));
            }
            if !self.take(b',') {
                return Err(self.fault("expected `,` or `}`"));
            }
        }
    }

    fn word(&mut self) -> Result<Val, Fault> {
        let words = [("null", Val::NULL), ("true", Val::Bool(true)), ("false", Val::Bool(false))];
        for (word, value) in words {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("expected a value"))
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("expected a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Val, Fault> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        match self.text[start..self.at].parse() {
            Ok(number) => Ok(Val::Number(number)),
            Err(_) => Err(self.fault("a number of more than 4096 digits")),
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(&mut out)?,
                Some(_) => return Err(self.fault("a control character in a string")),
                None => return Err(self.fault("a string that is not closed")),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Fault> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let c = match letter {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(out),
            _ => return Err(self.fault("an unknown escape")),
        };
        self.at += 2;
        out.push(c);
        Ok(())
    }

    /// Four hexadecimal digits after `\u`.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| plain)
    }

    /// One or two units; half of a pair alone stands for no character.
    fn unicode(&mut self, out: &mut String) -> Result<(), Fault> {
        let Some(first) = self.unit(self.at) else { return Err(self.fault("an unknown escape")) };
        let second = self.unit(self.at + 6);
        let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
        let whole = char::decode_utf16([first]).next().and_then(Result::ok);
        match (whole, pair) {
            (None, Some(pair)) => {
                self.at += 12;
                out.push(pair);
            }
            (whole, _) => {
                self.at += 6;
                out.push(whole.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(())
    }
}
