//! JSON that only its author reads.

use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::sync::Arc;

/// JSON that is carried for somebody else. It is held as compact text with sorted names: one
/// allocation, where a tree takes many for each object, and there is one such value in each instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opaque(Option<Arc<str>>);

impl Opaque {
    /// Null: nothing is carried.
    pub const NULL: Self = Self(None);

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// What the author wrote; null when it cannot be expressed in JSON.
    #[must_use]
    pub fn of(value: &impl Serialize) -> Self {
        serde_json::to_value(value).map(Self::from).unwrap_or_default()
    }

    /// Reads what the author wrote.
    ///
    /// # Errors
    /// It is something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.text())
    }

    fn text(&self) -> &str {
        self.0.as_deref().unwrap_or("null")
    }
}

impl From<Value> for Opaque {
    fn from(value: Value) -> Self {
        if value.is_null() { Self::NULL } else { Self(Some(value.to_string().into())) }
    }
}

impl Serialize for Opaque {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue =
            serde_json::from_str(self.text()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Opaque {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut writer = Writer { text: Vec::with_capacity(256), sorted: true };
        (&mut writer).deserialize(deserializer)?;
        let text = String::from_utf8(writer.text).map_err(serde::de::Error::custom)?;
        if text == "null" {
            return Ok(Self::NULL);
        }
        if writer.sorted {
            return Ok(Self(Some(text.into())));
        }
        // Written by somebody else than us.
        serde_json::from_str::<Value>(&text).map(Self::from).map_err(serde::de::Error::custom)
    }
}

/// Writes JSON as it is read, without a tree in between.
struct Writer {
    text: Vec<u8>,
    /// Whether the names of each object came in order, each once.
    sorted: bool,
}

impl Writer {
    fn scalar<E: serde::de::Error>(&mut self, value: &impl Serialize) -> Result<(), E> {
        serde_json::to_writer(&mut self.text, value).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for &mut Writer {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Writer {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(&())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.scalar(&value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.text.push(b'[');
        let empty = self.text.len();
        while items.next_element_seed(&mut *self)?.is_some() {
            self.text.push(b',');
        }
        // The last comma, of a list that has items.
        self.text.truncate(self.text.len().saturating_sub(1).max(empty));
        self.text.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut last: Option<String> = None;
        self.text.push(b'{');
        while let Some(name) = entries.next_key::<String>()? {
            if let Some(last) = last {
                self.text.push(b',');
                self.sorted &= last < name;
            }
            self.scalar(&name)?;
            self.text.push(b':');
            entries.next_value_seed(&mut *self)?;
            last = Some(name);
        }
        self.text.push(b'}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_is_the_same_json_in_and_out() {
        let value =
            json!({"tasks": [{"id": "a\"\n", "grace": 1.5}], "large": u64::MAX, "none": null});
        let opaque = Opaque::from(value.clone());
        assert_eq!(serde_json::to_value(&opaque).unwrap(), value);
        assert_eq!(serde_json::from_value::<Opaque>(value.clone()).unwrap(), opaque);
        assert_eq!(opaque.read::<Value>().unwrap(), value);
    }

    #[test]
    fn how_it_was_spelled_does_not_matter() {
        let one: Opaque = serde_json::from_str("{\"b\": 1,\n \"a\": [ ]}").unwrap();
        let other: Opaque = serde_json::from_str("{\"a\":[],\"b\":1}").unwrap();
        assert_eq!(one, other);
        let twice: Opaque = serde_json::from_str("{\"b\": 2, \"a\": [], \"b\": 1}").unwrap();
        assert_eq!(twice, other);
        for text in ["[]", "[[],[1]]", "{}", "[{},2.5,-1,true,null,\"x\\\"\"]"] {
            assert_eq!(serde_json::from_str::<Opaque>(text).unwrap().text(), text);
        }
    }

    #[test]
    fn null_is_nothing() {
        assert!(Opaque::from(Value::Null).is_null());
        assert!(serde_json::from_str::<Opaque>("null").unwrap().is_null());
        assert_eq!(serde_json::to_string(&Opaque::NULL).unwrap(), "null");
        assert!(Opaque::NULL.read::<u32>().is_err());
    }
}
