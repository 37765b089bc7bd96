//! The value of an attribute: JSON, and the marks that JSON lacks.

use crate::number::Number;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use crate::map::{Iter, Map};

/// The value of an attribute or of a whole pod. Lists and maps are shared, so a clone is cheap.
///
/// In JSON a marked value is an object with one key that starts with `$`: `{"$unknown": true}`,
/// `{"$sensitive": …}`, `{"$digest": "…"}`, `{"$secret": "…"}`, `{"$number": "…"}`. A user's key
/// that starts with `$` is written with one `$` more.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An exact decimal number.
    Number(Number),
    /// Text.
    String(Arc<str>),
    /// An ordered list. Blocks that may repeat are lists of maps; a label is the attribute `name`.
    List(Arc<Vec<Self>>),
    /// A map, an object, or the content of a block.
    Map(Arc<Map>),
    /// Decided at apply or not visible: `(known after apply)`.
    Unknown,
    /// A reference to the pod's `secret` block of this name; never the secret's value.
    Secret(Arc<str>),
    /// A value that is never shown and never at rest.
    Sensitive(Box<Self>),
    /// What stands at rest for a sensitive value: its keyed digest (HMAC-SHA-256, hex).
    Digest(Arc<str>),
}

impl Value {
    /// Text as a value.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// A list as a value.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A map as a value.
    #[must_use]
    pub fn map(mut map: Map) -> Self {
        map.shrink();
        Self::Map(Arc::new(map))
    }

    /// A map as a value, from pairs.
    pub fn object<K: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Hides a value; hiding twice is hiding once, and unknown or null stays marked too.
    #[must_use]
    pub fn sensitive(self) -> Self {
        match self {
            Self::Sensitive(_) | Self::Digest(_) => self,
            other => Self::Sensitive(Box::new(other)),
        }
    }

    /// The value without its own sensitive mark (nested marks stay).
    #[must_use]
    pub fn reveal(&self) -> &Self {
        match self {
            Self::Sensitive(inner) => inner.reveal(),
            other => other,
        }
    }

    /// Whether the value is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value itself is unknown (a map that holds an unknown leaf is not).
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self.reveal(), Self::Unknown)
    }

    /// Whether the value or anything inside is unknown.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.any(&|value| matches!(value, Self::Unknown))
    }

    /// Whether the value or anything inside is sensitive or a digest.
    #[must_use]
    pub fn has_sensitive(&self) -> bool {
        self.any(&|value| matches!(value, Self::Sensitive(_) | Self::Digest(_)))
    }

    fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        test(self)
            || match self {
                Self::List(items) => items.iter().any(|item| item.any(test)),
                Self::Map(map) => map.values().any(|item| item.any(test)),
                Self::Sensitive(inner) => inner.any(test),
                _ => false,
            }
    }

    /// The text, also of a sensitive value.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self.reveal() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match self.reveal() {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.reveal() {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self.reveal() {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self.reveal() {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entry of a map; `None` for anything but a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The items of a repeated block, empty when it is absent.
    #[must_use]
    pub fn items(&self, key: &str) -> &[Self] {
        self.get(key).and_then(Self::as_list).unwrap_or_default()
    }

    /// The item of a repeated, labelled block with this label.
    #[must_use]
    pub fn named(&self, key: &str, name: &str) -> Option<&Self> {
        self.items(key).iter().find(|item| item.get("name").and_then(Self::as_str) == Some(name))
    }

    /// Replaces or sets an entry when the value is a map; else does nothing.
    pub fn set(&mut self, key: &str, value: Self) {
        let Self::Map(map) = self else { return };
        let map = Arc::make_mut(map);
        match map.get_mut(key) {
            Some(old) => *old = value,
            None => {
                map.insert(crate::schema::shared_name(key), value);
            }
        }
    }

    /// Applies `change` to every leaf and mark from the bottom up.
    #[must_use]
    pub fn transform(&self, change: &mut dyn FnMut(Self) -> Self) -> Self {
        let inner = match self {
            Self::List(items) => Self::list(items.iter().map(|v| v.transform(change)).collect()),
            Self::Map(map) => {
                Self::map(map.iter().map(|(k, v)| (k.clone(), v.transform(change))).collect())
            }
            other => other.clone(),
        };
        change(inner)
    }

    /// What this kind of value is called in a message: `a string`, `a list`, ….
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Unknown => "a value known after apply",
            Self::Secret(_) => "a secret reference",
            Self::Sensitive(inner) => inner.kind(),
            Self::Digest(_) => "a sensitive value",
        }
    }
}

impl fmt::Debug for Value {
    /// Shows the value as HCL would, a sensitive one as `(sensitive)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write!(f, "{text:?}"),
            Self::List(items) => f.debug_list().entries(items.iter()).finish(),
            Self::Map(map) => f.debug_map().entries(map.iter()).finish(),
            Self::Unknown => f.write_str("(known after apply)"),
            Self::Secret(name) => write!(f, "secret.{name}"),
            Self::Sensitive(_) | Self::Digest(_) => f.write_str("(sensitive)"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Number(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Number(value.into())
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::string(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::string(value)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Map(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map.iter() {
                    if key.starts_with('$') {
                        out.serialize_entry(&format!("${key}"), value)?;
                    } else {
                        out.serialize_entry(key, value)?;
                    }
                }
                out.end()
            }
            Self::Unknown => mark(serializer, "$unknown", &true),
            Self::Secret(name) => mark(serializer, "$secret", name),
            Self::Sensitive(inner) => mark(serializer, "$sensitive", inner),
            Self::Digest(hex) => mark(serializer, "$digest", hex),
        }
    }
}

fn mark<S: Serializer, T: Serialize>(
    serializer: S,
    key: &str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number must be finite and below 4096 digits"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::string(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::list(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        // Most maps are blocks of a pod; what is too much is given back.
        let mut entries = Vec::with_capacity(8);
        while let Some((Key(key), value)) = access.next_entry::<Key, Value>()? {
            entries.push((key, value));
        }
        unmark(entries.into_iter().collect()).map_err(serde::de::Error::custom)
    }
}

/// The key of an entry. The names of the schema are shared: they stand in every pod.
struct Key(Arc<str>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(Key(crate::schema::shared_name(key)))
    }
}

fn unmark(mut map: Map) -> Result<Value, String> {
    if map.len() == 1
        && let Some((key, value)) = map.iter().next()
        && key.starts_with('$')
        && !key.starts_with("$$")
    {
        return marked(key, value);
    }
    if map.keys().any(|key| key.starts_with("$$")) {
        map = map.into_iter().map(|(k, v)| (unescape(&k).into(), v)).collect();
    }
    Ok(Value::map(map))
}

fn marked(key: &str, value: &Value) -> Result<Value, String> {
    let text = || match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(format!("`{key}` holds {}, expected a string", other.kind())),
    };
    match key {
        "$unknown" => Ok(Value::Unknown),
        "$secret" => text().map(Value::Secret),
        "$digest" => text().map(Value::Digest),
        "$sensitive" => Ok(value.clone().sensitive()),
        "$number" => Number::from_str(&text()?).map(Value::Number).map_err(|e| e.to_string()),
        other => Err(format!("`{other}` is not a mark of a value")),
    }
}

fn unescape(key: &str) -> &str {
    if key.starts_with("$$") { &key[1..] } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(value: &Value) -> Value {
        serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
    }

    #[test]
    fn marks_survive_json() {
        let value = Value::object([
            ("a", Value::Unknown),
            ("b", Value::string("x").sensitive()),
            ("c", Value::Secret("db".into())),
            ("d", Value::Digest("00ff".into())),
            ("e", Value::Number("123456789012345678901234567890.5".parse().unwrap())),
            ("f", Value::list(vec![Value::Null, Value::from(1_i64), Value::Bool(true)])),
        ]);
        assert_eq!(round_trip(&value), value);
    }

    #[test]
    fn a_users_dollar_keys_survive_json() {
        for key in ["$secret", "$sensitive", "$digest", "$home", "$$x"] {
            let value = Value::object([(key, Value::string("x"))]);
            assert_eq!(round_trip(&value), value, "{key}");
        }
    }

    #[test]
    fn debug_never_shows_a_sensitive_value() {
        let value = Value::object([("p", Value::string("hunter2").sensitive())]);
        assert!(!format!("{value:?}").contains("hunter2"));
    }
}
