//! `yamldecode`: YAML 1.2 with the words of 1.1 for booleans, as Terraform reads it.

use super::text::arg;
use super::{Fault, Function, MAX_ITEMS, Outcome, Parameter, bad, function, yaml_write};
use crate::value::{Entries, Ty, Val};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podform_model::Number;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use std::str::FromStr;

/// How deep lists and maps may be nested.
const MAX_DEPTH: usize = 256;
/// The handle of YAML's own tags.
const CORE: &str = "tag:yaml.org,2002:";

pub(super) fn all() -> Vec<Function> {
    vec![
        function("yamlencode", &[Parameter::Nullable], Ty::String, yaml_write::encode),
        function("yamldecode", &[Parameter::Text], Ty::Any, |a| decode(arg(a, 0))),
    ]
}

/// An anchored value and how many values are in it.
type Anchored = (Val, usize);

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Anchored>,
    items: usize,
}

fn decode(text: &str) -> Outcome {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), items: 0 };
    reader.next()?;
    if let (Event::StreamEnd, _) = reader.next()? {
        return Err(bad(0, "not YAML: there is no document"));
    }
    let (event, span) = reader.next()?;
    let value = reader.value(event, span, 0)?;
    reader.next()?;
    match reader.next()? {
        (Event::StreamEnd, _) => Ok(value),
        (_, span) => Err(fault("a second document", span)),
    }
}

fn fault(what: impl std::fmt::Display, span: Span) -> Fault {
    let (line, column) = (span.start.line(), span.start.col() + 1);
    bad(0, format!("not YAML: {what} at line {line}, column {column}"))
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => Err(bad(0, format!("not YAML: {error}"))),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn value(&mut self, event: Event<'a>, span: Span, depth: usize) -> Outcome {
        if depth > MAX_DEPTH {
            return Err(fault(format!("more than {MAX_DEPTH} levels"), span));
        }
        self.count(1, span)?;
        let before = self.items;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref();
                (scalar(&text, style, tag).map_err(|what| fault(what, span))?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag, "seq", span)?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag, "map", span)?;
                (self.mapping(depth)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => return Err(fault("expected a value", span)),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), self.items - before + 1));
        }
        Ok(value)
    }

    fn count(&mut self, items: usize, span: Span) -> Result<(), Fault> {
        self.items = self.items.saturating_add(items);
        if self.items > MAX_ITEMS {
            return Err(fault(format!("more than {MAX_ITEMS} values"), span));
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Outcome {
        let Some((value, items)) = self.anchors.get(&anchor).cloned() else {
            return Err(fault("a reference to a value from within it", span));
        };
        self.count(items, span)?;
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Outcome {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Val::tuple(items)),
                (event, span) => items.push(self.value(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Outcome {
        let mut entries = Entries::new();
        let mut merged = Entries::new();
        loop {
            let (event, span) = self.next()?;
            let merge = match &event {
                Event::MappingEnd => break,
                Event::Scalar(text, ScalarStyle::Plain, _, None) => &**text == "<<",
                _ => false,
            };
            let key = match &event {
                Event::Scalar(text, style, 0, tag) if !merge => {
                    key(text, *style, tag.as_deref()).map_err(|what| fault(what, span))?
                }
                _ if merge => Val::NULL,
                _ => self.value(event, span, depth + 1)?,
            };
            let (event, at) = self.next()?;
            let value = self.value(event, at, depth + 1)?;
            match key {
                _ if merge => merge_into(&value, &mut merged, at)?,
                Val::String(key) => {
                    entries.insert(key, value);
                }
                _ => return Err(fault("a key that is not text", span)),
            }
        }
        // What is written itself wins over what is merged in.
        merged.extend(entries);
        Ok(Val::object(merged))
    }
}

/// `<<: *x`.
fn merge_into(value: &Val, into: &mut Entries, span: Span) -> Result<(), Fault> {
    let Some(entries) = value.entries() else {
        return Err(fault("`<<` merges a map", span));
    };
    into.extend(entries.iter().map(|(key, entry)| (key.clone(), entry.clone())));
    Ok(())
}

fn check_tag(tag: Option<Cow<'_, Tag>>, kind: &str, span: Span) -> Result<(), Fault> {
    match tag {
        Some(tag) if tag.handle != CORE || tag.suffix != kind => {
            Err(fault(format!("the tag `{}{}` does not fit", tag.handle, tag.suffix), span))
        }
        _ => Ok(()),
    }
}

/// A key is its text, but for what means null.
fn key(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Val, String> {
    match scalar(text, style, tag)? {
        Val::Null(_) => Err("a key that is null".into()),
        Val::Bool(flag) => Ok(Val::string(if flag { "true" } else { "false" })),
        Val::Number(number) => Ok(Val::String(number.to_string().into())),
        other => Ok(other),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Val, String> {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag else {
        return if plain { resolve(text) } else { Ok(Val::string(text)) };
    };
    let suffix = tag.suffix.as_str();
    let unfit = || format!("{} is not of the tag `!!{suffix}`", crate::types::quoted(text));
    if tag.handle != CORE {
        return Err(format!("the tag `{}{suffix}` is not known", tag.handle));
    }
    match suffix {
        "str" => Ok(Val::string(text)),
        "binary" => match STANDARD.decode(text.as_bytes()) {
            Ok(_) => Ok(Val::string(text)),
            Err(_) => Err(unfit()),
        },
        "null" => Ok(Val::NULL),
        "int" | "float" | "bool" if !plain => Ok(Val::string(text)),
        "int" | "float" => match resolve(text)? {
            number @ Val::Number(_) => Ok(number),
            _ => Err(unfit()),
        },
        "bool" => match resolve(text)? {
            flag @ Val::Bool(_) => Ok(flag),
            _ => Err(unfit()),
        },
        "timestamp" => timestamp(text).map(|text| Val::string(&text)).ok_or_else(unfit),
        _ => Err(format!("the tag `!!{suffix}` is not known")),
    }
}

/// What a plain scalar means.
fn resolve(text: &str) -> Result<Val, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Val::NULL,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Val::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Val::Bool(false)
        }
        _ if is_infinite(text) => return Err(format!("the number `{text}`, which is not finite")),
        _ => match number(text) {
            Some(number) => Val::Number(number),
            None => timestamp(text).map_or_else(|| Val::string(text), |text| Val::string(&text)),
        },
    })
}

fn is_infinite(text: &str) -> bool {
    let word = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(word, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let radix = match text.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        _ => 10,
    };
    if radix != 10 {
        let digits = text.get(2..).filter(|digits| digits.len() <= 3000)?;
        let plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        let value = bigdecimal::num_bigint::BigInt::parse_bytes(digits.as_bytes(), radix)?;
        return plain.then(|| Number::from(value));
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let some = !whole.is_empty() || !fraction.is_empty();
    let right =
        some && digits(whole) && digits(fraction) && digits(exponent) && !exponent.is_empty();
    if right { Number::from_str(text).ok() } else { None }
}

/// A date or time in one of YAML's forms, as RFC 3339 in whole seconds.
fn timestamp(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 4 || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    let mut parts =
        date.split('-').map(|part| part.parse::<i16>().ok().filter(|_| part.len() <= 4));
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let date =
        jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    if parts.next().is_some() || !text.bytes().all(|b| b.is_ascii() && b != b'_') {
        return None;
    }
    if time.is_empty() {
        return (date.to_string().len() == 10 && text == text.trim_end_matches(['T', 't', ' ']))
            .then(|| format!("{date}T00:00:00Z"));
    }
    let spaced = text.contains(' ');
    let at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(at);
    let zone = match (zone, spaced) {
        ("", true) | ("Z", false) => "Z",
        (zone, false) if zone.len() == 6 => zone,
        _ => return None,
    };
    let mut parts = clock.split('.').next()?.split(':').map(|part| part.parse::<i8>().ok());
    let clock = jiff::civil::Time::new(parts.next()??, parts.next()??, parts.next()??, 0).ok()?;
    Some(format!("{date}T{}{zone}", clock.strftime("%H:%M:%S")))
}
