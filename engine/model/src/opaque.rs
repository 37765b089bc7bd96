//! JSON that only its author reads.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
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
        Value::deserialize(deserializer).map(Self::from)
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
    }

    #[test]
    fn null_is_nothing() {
        assert!(Opaque::from(Value::Null).is_null());
        assert!(serde_json::from_str::<Opaque>("null").unwrap().is_null());
        assert_eq!(serde_json::to_string(&Opaque::NULL).unwrap(), "null");
        assert!(Opaque::NULL.read::<u32>().is_err());
    }
}
