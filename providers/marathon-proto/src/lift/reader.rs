//! Reads objects field by field and keeps what is wrong and what is swallowed.

use super::scalar::Kind;
use crate::at::{At, Dropped, Fault, Stage};
use podform_model::value::Map;
use podform_model::{Step, Value};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What is found while a definition is read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) faults: Vec<Fault>,
    pub(super) dropped: Vec<Dropped>,
}

/// An object, and the fields of it that Marathon knows.
pub(super) struct Object<'a> {
    map: &'a serde_json::Map<String, Json>,
    pub(super) at: At,
    known: BTreeSet<&'static str>,
}

/// A block of ours in the making.
#[derive(Debug, Default)]
pub(super) struct Out(Map);

impl Out {
    /// Sets an attribute when there is a value for it.
    pub(super) fn put(&mut self, name: &'static str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.insert(name.into(), value);
        }
    }

    /// The items of a repeated block set before.
    pub(super) fn items(&self, name: &str) -> &[Value] {
        self.0.get(name).and_then(Value::as_list).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn value(self) -> Value {
        Value::map(self.0)
    }
}

impl<'a> Object<'a> {
    /// A field as it is; null is absent.
    pub(super) fn raw(&mut self, name: &'static str) -> Option<&'a Json> {
        self.known.insert(name);
        self.map.get(name).filter(|json| !json.is_null())
    }

    /// A field that is an attribute of ours, and its place.
    pub(super) fn get(&mut self, theirs: &'static str, ours: &str) -> Option<(&'a Json, At)> {
        let at = self.at.field(theirs, ours);
        self.raw(theirs).map(|json| (json, at))
    }

    /// A field whose members belong to the block of this object.
    pub(super) fn within(&mut self, theirs: &'static str) -> Option<(&'a Json, At)> {
        let at = self.at.within(theirs);
        self.raw(theirs).map(|json| (json, at))
    }
}

impl Reader {
    /// Notes that Marathon cannot read a place.
    pub(super) fn fault(&mut self, at: &At, error: impl Into<String>) {
        self.refuse(Stage::Reading, at, error);
    }

    /// Notes that a place is refused.
    pub(super) fn refuse(&mut self, stage: Stage, at: &At, error: impl Into<String>) {
        self.faults.push(Fault {
            stage,
            path: at.theirs.clone(),
            error: error.into(),
            attribute: at.ours.clone(),
        });
    }

    /// Notes that a place is swallowed.
    pub(super) fn drop(&mut self, at: &At, reason: impl Into<String>) {
        self.dropped.push(Dropped {
            path: at.theirs.clone(),
            reason: reason.into(),
            suggestion: None,
        });
    }

    /// Begins to read an object.
    pub(super) fn object<'a>(&mut self, json: &'a Json, at: &At) -> Option<Object<'a>> {
        match json {
            Json::Object(map) => Some(Object { map, at: at.clone(), known: BTreeSet::new() }),
            _ => {
                self.fault(at, "error.expected.jsobject");
                None
            }
        }
    }

    /// Ends an object: what nobody asked for is unknown to Marathon.
    pub(super) fn close(&mut self, object: Object<'_>) {
        for (name, json) in object.map {
            if object.known.contains(name.as_str()) || json.is_null() {
                continue;
            }
            self.dropped.push(Dropped {
                path: object.at.within(name).theirs,
                reason: "is unknown to Marathon".into(),
                suggestion: similar(name, &object.known),
            });
        }
    }

    /// An optional field.
    pub(super) fn take(
        &mut self,
        object: &mut Object<'_>,
        theirs: &'static str,
        ours: &str,
        kind: Kind,
    ) -> Option<Value> {
        let (json, at) = object.get(theirs, ours)?;
        self.scalar(kind, json, &at)
    }

    /// A required field.
    pub(super) fn need(
        &mut self,
        object: &mut Object<'_>,
        theirs: &'static str,
        ours: &str,
        kind: Kind,
    ) -> Option<Value> {
        let at = object.at.field(theirs, ours);
        match object.raw(theirs) {
            Some(json) => self.scalar(kind, json, &at),
            None => {
                self.fault(&at, "error.path.missing");
                None
            }
        }
    }

    /// An array of objects. An item with a new `name` is found by it, another by its index.
    pub(super) fn items(
        &mut self,
        json: &Json,
        at: &At,
        mut read: impl FnMut(&mut Self, &Json, &At) -> Option<Value>,
    ) -> Option<Value> {
        let Json::Array(items) = json else {
            self.fault(at, "error.expected.jsarray");
            return None;
        };
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        // Networks have a name too, but are no labelled block of ours.
        let labelled = at.ours.names().last() != Some("network");
        for (index, item) in items.iter().enumerate() {
            let name = item.get("name").and_then(Json::as_str).filter(|_| labelled);
            let step = match name {
                Some(name) if seen.insert(name) => Step::Key(name.to_owned()),
                _ => Step::Index(index),
            };
            all.extend(read(self, item, &at.item(index, step)));
        }
        Some(Value::list(all))
    }

    /// Tries a way to read something that leaves no trace when it fails.
    pub(super) fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (faults, dropped) = (self.faults.len(), self.dropped.len());
        let found = read(self);
        if found.is_some() && self.faults.len() == faults {
            return found;
        }
        self.faults.truncate(faults);
        self.dropped.truncate(dropped);
        None
    }
}

/// The known field that was perhaps meant.
fn similar(name: &str, known: &BTreeSet<&'static str>) -> Option<String> {
    let lower = |text: &str| text.to_ascii_lowercase();
    let wanted = lower(name);
    let meant = known.iter().find(|known| {
        let known = lower(known);
        known == wanted
            || (wanted.len() >= 4 && (known.starts_with(&wanted) || wanted.starts_with(&known)))
    });
    meant.map(|known| (*known).to_owned())
}
