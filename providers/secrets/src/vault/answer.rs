//! What Vault and OpenBao answer.

use std::collections::BTreeMap;
use std::fmt;

use podform_http::Response;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::KvVersion;
use crate::SecretValue;

/// The envelope of every answer.
#[derive(serde::Deserialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// The fields of a secret.
#[derive(serde::Deserialize, Default)]
#[serde(transparent)]
pub(super) struct Fields(BTreeMap<String, Field>);

impl Fields {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.0.iter().map(|(name, field)| (name.as_str(), field))
    }
}

/// One field: a text, or a number or boolean as text.
pub(super) struct Field(Option<SecretValue>);

impl Field {
    /// `None`: a list, an object or null.
    pub(super) fn value(&self) -> Option<SecretValue> {
        self.0.clone()
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Content;
        impl<'de> Visitor<'de> for Content {
            type Value = Field;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_str<E>(self, text: &str) -> Result<Field, E> {
                Ok(Field(Some(SecretValue::from(text))))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Field, E> {
                Ok(Field(Some(SecretValue::from(value.to_string().as_str()))))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Field, E> {
                Ok(Field(Some(SecretValue::from(value.to_string().as_str()))))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Field, E> {
                Ok(Field(Some(SecretValue::from(value.to_string().as_str()))))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Field, E> {
                Ok(Field(Some(SecretValue::from(value.to_string().as_str()))))
            }
            fn visit_unit<E>(self) -> Result<Field, E> {
                Ok(Field(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Field, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Field, A::Error> {
                while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field(None))
            }
        }
        deserializer.deserialize_any(Content)
    }
}

/// A version of a secret; no data: it is deleted.
#[derive(serde::Deserialize)]
pub(super) struct Versioned {
    pub(super) data: Option<Fields>,
    pub(super) metadata: VersionMetadata,
}

/// What is known of the version that was read.
#[derive(serde::Deserialize)]
pub(super) struct VersionMetadata {
    pub(super) version: Option<u64>,
}

/// What is known of a secret's versions.
#[derive(serde::Deserialize)]
pub(super) struct Metadata {
    current_version: u64,
    #[serde(default)]
    versions: BTreeMap<String, Version>,
}

#[derive(serde::Deserialize)]
struct Version {
    /// Empty: not deleted. It may lie in the future.
    #[serde(default)]
    deletion_time: String,
    #[serde(default)]
    destroyed: bool,
}

impl Metadata {
    /// The current version, if nothing was or will be done to it; else only a read tells.
    pub(super) fn unspoilt_version(&self) -> Option<String> {
        let current = self.current_version.to_string();
        let version = self.versions.get(&current)?;
        (version.deletion_time.is_empty() && !version.destroyed).then_some(current)
    }
}

/// What `sys/internal/ui/mounts/…` says.
#[derive(serde::Deserialize)]
pub(super) struct Mount {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    options: Option<BTreeMap<String, serde_json::Value>>,
}

impl Mount {
    /// `None`: another engine than KV.
    pub(super) fn version(&self) -> Option<KvVersion> {
        if !matches!(self.r#type.as_str(), "kv" | "generic") {
            return None;
        }
        let version = self.options.as_ref().and_then(|options| options.get("version"));
        let second = version.is_some_and(|version| version == "2" || version == 2);
        Some(if second { KvVersion::V2 } else { KvVersion::V1 })
    }
}

/// The `errors` of an answer, joined; empty if there are none. They are the server's own texts.
pub(super) fn errors(answer: &Response) -> String {
    #[derive(serde::Deserialize)]
    struct Errors {
        #[serde(default)]
        errors: Vec<String>,
    }
    answer.json::<Errors>().map(|answer| answer.errors.join("; ")).unwrap_or_default()
}
