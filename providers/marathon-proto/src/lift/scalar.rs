//! Reads scalars, maps of texts and arrays of texts with Marathon's limits and error keys.

use super::reader::Reader;
use crate::at::At;
use podform_model::convert::check_text;
use podform_model::schema::Text;
use podform_model::value::Map;
use podform_model::{Number, Value};
use serde_json::Value as Json;

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Text of a length in characters.
    Text { min: usize, max: usize },
    /// The name of a container, endpoint or volume.
    Name,
    /// The name of a network.
    NetworkName,
    /// The id of a pod.
    Id,
    /// A boolean.
    Bool,
    /// A whole number.
    Int { min: i64, max: i64 },
    /// A number.
    Double { min: f64, max: f64 },
    /// Seconds, of which Marathon keeps milliseconds.
    Seconds,
    /// One of these texts, whatever its case.
    Enum(&'static [&'static str]),
    /// A map of texts.
    Texts,
    /// An array of texts.
    List { min: usize },
}

impl Kind {
    pub(super) const ANY: Self = Self::Text { min: 0, max: usize::MAX };
    pub(super) const NON_EMPTY: Self = Self::Text { min: 1, max: usize::MAX };
    pub(super) const PATH: Self = Self::Text { min: 1, max: 1024 };
    pub(super) const COUNT: Self = Self::Int { min: 0, max: i32::MAX as i64 };
    pub(super) const SIZE: Self = Self::Int { min: 0, max: i64::MAX };
    pub(super) const SHARE: Self = Self::Double { min: 0.0, max: 1.0 };

    pub(super) const fn at_least(min: f64) -> Self {
        Self::Double { min, max: f64::MAX }
    }
}

impl Reader {
    /// Reads a value of a kind.
    pub(super) fn scalar(&mut self, kind: Kind, json: &Json, at: &At) -> Option<Value> {
        match kind {
            Kind::Text { min, max } => self.text(json, at, |text| length(text, min, max)),
            Kind::Name => self.text(json, at, |text| named(text, Text::Name)),
            Kind::NetworkName => self.text(json, at, |text| named(text, Text::NetworkName)),
            Kind::Id => self.text(json, at, |text| {
                let wrong = text.is_empty().then_some("error.minLength");
                wrong.into_iter().chain((!is_path_id(text)).then_some("error.pattern")).collect()
            }),
            Kind::Bool => {
                let flag = json.as_bool().map(Value::from);
                self.or_fault(flag, at, "error.expected.jsboolean")
            }
            Kind::Int { min, max } => self.int(min, max, json, at),
            Kind::Double { min, max } => self.double(min, max, json, at),
            Kind::Seconds => self.seconds(json, at),
            Kind::Enum(names) => self.literal(names, json, at),
            Kind::Texts => self.texts(json, at),
            Kind::List { min } => self.list(min, json, at),
        }
    }

    fn or_fault<T>(&mut self, value: Option<T>, at: &At, error: &str) -> Option<T> {
        if value.is_none() {
            self.fault(at, error);
        }
        value
    }

    fn text(
        &mut self,
        json: &Json,
        at: &At,
        check: impl FnOnce(&str) -> Vec<&'static str>,
    ) -> Option<Value> {
        let text = self.or_fault(json.as_str(), at, "error.expected.jsstring")?;
        let errors = check(text);
        for error in &errors {
            self.fault(at, *error);
        }
        errors.is_empty().then(|| text.into())
    }

    fn int(&mut self, min: i64, max: i64, json: &Json, at: &At) -> Option<Value> {
        let number = self.or_fault(number(json), at, "error.expected.jsnumber")?;
        let whole = number.as_i64().filter(|_| number.is_integer());
        let int = self.or_fault(whole, at, "error.expected.int")?;
        if int < min || int > max {
            self.fault(at, if int < min { "error.min" } else { "error.max" });
            return None;
        }
        Some(int.into())
    }

    fn double(&mut self, min: f64, max: f64, json: &Json, at: &At) -> Option<Value> {
        let number = self.or_fault(number(json), at, "error.expected.jsnumber")?;
        let float = number.as_f64();
        if float < min || float > max {
            self.fault(at, if float < min { "error.min" } else { "error.max" });
            return None;
        }
        Some(Value::Number(number))
    }

    fn seconds(&mut self, json: &Json, at: &At) -> Option<Value> {
        let given = self.double(0.0, f64::MAX, json, at)?;
        let text = given.as_number()?.to_string();
        let cut = match text.split_once('.') {
            Some((whole, fraction)) if fraction.len() > 3 => format!("{whole}.{}", &fraction[..3]),
            _ => return Some(given),
        };
        self.drop(at, format!("is cut to milliseconds: {cut}"));
        cut.parse::<Number>().ok().map(Value::Number)
    }

    fn literal(&mut self, names: &'static [&'static str], json: &Json, at: &At) -> Option<Value> {
        let text = self.or_fault(json.as_str(), at, "error.expected.jsstring")?;
        let name = names.iter().find(|name| name.eq_ignore_ascii_case(text));
        let name = self.or_fault(name, at, "error.unknown.enum.literal")?;
        Some(Value::string(*name))
    }

    fn texts(&mut self, json: &Json, at: &At) -> Option<Value> {
        let map = self.or_fault(json.as_object(), at, "error.expected.jsobject")?;
        let mut out = Map::new();
        for (key, json) in map {
            let text = self.or_fault(json.as_str(), &at.entry(key), "error.expected.jsstring");
            out.extend(text.map(|text| (key.as_str().into(), text.into())));
        }
        Some(Value::map(out))
    }

    fn list(&mut self, min: usize, json: &Json, at: &At) -> Option<Value> {
        let items = self.or_fault(json.as_array(), at, "error.expected.jsarray")?;
        if items.len() < min {
            self.fault(at, "error.minLength");
            return None;
        }
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = at.item(index, podform_model::Step::Index(index));
            out.extend(
                self.or_fault(item.as_str(), &at, "error.expected.jsstring").map(Value::from),
            );
        }
        Some(Value::list(out))
    }

    /// Environment variables: texts or `{"secret": NAME}`, tried in this order.
    pub(super) fn environment(&mut self, json: &Json, at: &At) -> Option<Value> {
        let map = self.or_fault(json.as_object(), at, "error.expected.jsobject")?;
        let mut out = Map::new();
        for (key, json) in map {
            let at = at.entry(key);
            if !is_variable_name(key) {
                self.fault(&at, "error.pattern");
                continue;
            }
            let value = match json {
                Json::String(text) => Some(text.as_str().into()),
                Json::Object(map) => self.secret(map.get("secret"), &at),
                _ => self.secret(None, &at),
            };
            out.extend(value.map(|value| (key.as_str().into(), value)));
            for other in json.as_object().into_iter().flat_map(serde_json::Map::keys) {
                if other != "secret" {
                    self.drop(&at.within(other), "is unknown to Marathon");
                }
            }
        }
        Some(Value::map(out))
    }

    /// The member `secret` of an object: the name of a secret.
    pub(super) fn secret(&mut self, json: Option<&Json>, at: &At) -> Option<Value> {
        let at = at.within("secret");
        let json = self.or_fault(json, &at, "error.path.missing")?;
        let name = self.scalar(Kind::NON_EMPTY, json, &at)?;
        Some(Value::Secret(name.as_str()?.into()))
    }
}

fn number(json: &Json) -> Option<Number> {
    let number = json.as_number()?;
    number
        .as_i64()
        .map(Number::from)
        .or_else(|| number.as_u64().map(Number::from))
        .or_else(|| number.as_f64().and_then(Number::from_f64))
}

fn length(text: &str, min: usize, max: usize) -> Vec<&'static str> {
    let length = text.chars().count();
    if length < min {
        vec!["error.minLength"]
    } else if length > max {
        vec!["error.maxLength"]
    } else {
        Vec::new()
    }
}

fn named(text: &str, pattern: Text) -> Vec<&'static str> {
    let mut errors = length(text, 1, 63);
    // Beyond 63 characters the pattern itself may still fit.
    let start: String = text.chars().take(62).chain(text.chars().skip(62).last()).collect();
    let probe = if errors.is_empty() { text } else { &start };
    if check_text(pattern, probe).is_err() {
        errors.push("error.pattern");
    }
    errors
}

fn is_path_id(text: &str) -> bool {
    text.split('/')
        .filter(|segment| !segment.is_empty())
        .all(|segment| segment == ".." || segment.split('.').all(is_path_part))
}

fn is_path_part(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('-')
        && !part.ends_with('-')
        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_variable_name(name: &str) -> bool {
    name.len() <= 254
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text is a date and a time of ISO 8601 with an offset.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let digits = |text: &str, count: usize, from: u8, to: u8| {
        text.len() == count
            && text.bytes().all(|b| b.is_ascii_digit())
            && (count > 2 || text.parse::<u8>().is_ok_and(|n| (from..=to).contains(&n)))
    };
    let date: Vec<_> = date.split('-').collect();
    let date_fits = matches!(date[..], [year, month, day]
        if digits(year, 4, 0, 0) && digits(month, 2, 1, 12) && digits(day, 2, 1, 31));
    let Some(zone) = time.find(['Z', '+', '-']) else { return false };
    let offset: Vec<_> = time[zone + 1..].split(':').collect();
    let offset_fits = if time[zone..].starts_with('Z') {
        time.len() == zone + 1
    } else {
        matches!(offset[..], [hours, minutes] if digits(hours, 2, 0, 18) && digits(minutes, 2, 0, 59))
    };
    let (clock, fraction) = time[..zone].split_once('.').unwrap_or((&time[..zone], "0"));
    let clock: Vec<_> = clock.split(':').collect();
    let clock_fits = matches!(clock[..], [hour, minute] | [hour, minute, _]
        if digits(hour, 2, 0, 23) && digits(minute, 2, 0, 59))
        && clock.get(2).is_none_or(|second| digits(second, 2, 0, 59));
    date_fits
        && offset_fits
        && clock_fits
        && !fraction.is_empty()
        && fraction.len() <= 9
        && fraction.bytes().all(|b| b.is_ascii_digit())
}
