//! Compares a recorded configuration with a wanted one, attribute by attribute, driven by the
//! schema table. Both are in normal form.

use crate::seal::deep_reveal;
use podform_model::change::ChangeClass;
use podform_model::schema::{Attribute, Block, POD, Repeat, Type};
use podform_model::{AttributePath, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How two values differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// They are certainly not equal.
    Changed,
    /// The wanted one is not known yet.
    Unknown,
    /// They are equal, but only one of them is sensitive.
    Marked,
    /// The recorded one is not known, or one is a digest and the key is lost.
    NotCompared,
}

/// One attribute that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub path: AttributePath,
    /// How.
    pub how: Differs,
    /// What a change of it does.
    pub class: ChangeClass,
}

/// What [`compare`] needs beside the values.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    /// What a change of each attribute does, by its way in the schema.
    pub changes: &'a BTreeMap<String, ChangeClass>,
    /// The keyed digest of a sensitive value; `None`: the key is lost.
    pub digest: &'a dyn Fn(&Value) -> Option<String>,
}

/// The differences between a recorded and a wanted configuration of a pod, in the order of the
/// schema.
#[must_use]
pub fn compare(before: &Value, after: &Value, with: Comparison<'_>) -> Vec<Difference> {
    // Most pods of a large plan are as they were.
    if before == after && !after.has_unknown() {
        return Vec::new();
    }
    let mut walk = Walk { with, out: Vec::new() };
    walk.block(&POD, before, after, &AttributePath::root());
    walk.out
}

/// What a change of the attribute at a path does: by the longest way above it, `roll` without any.
#[must_use]
pub fn class_of(changes: &BTreeMap<String, ChangeClass>, path: &AttributePath) -> ChangeClass {
    let names: Vec<&str> = path.names().collect();
    for length in (1..=names.len()).rev() {
        if let Some(class) = changes.get(&names[..length].join(".")) {
            return *class;
        }
    }
    match names.first() {
        Some(&"instances") => ChangeClass::Scale,
        Some(&"id") => ChangeClass::Replace,
        _ => ChangeClass::Roll,
    }
}

/// How two values differ; `None`: they do not.
#[must_use]
pub fn differs(
    before: &Value,
    after: &Value,
    digest: &dyn Fn(&Value) -> Option<String>,
) -> Option<Differs> {
    match (before, after) {
        (_, after) if after.is_unknown() => Some(Differs::Unknown),
        (before, _) if before.is_unknown() => Some(Differs::NotCompared),
        (Value::Digest(a), Value::Digest(b)) => (a != b).then_some(Differs::Changed),
        (Value::Digest(known), other) | (other, Value::Digest(known)) => {
            by_digest(known, other, digest)
        }
        (Value::Sensitive(a), Value::Sensitive(b)) => differs(a, b, digest),
        (Value::Sensitive(a), b) | (b, Value::Sensitive(a)) => {
            let (a, b) = if matches!(before, Value::Sensitive(_)) { (&**a, b) } else { (b, &**a) };
            differs(a, b, digest).or(Some(Differs::Marked))
        }
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            worst(a.iter().zip(b.iter()).map(|(a, b)| differs(a, b, digest)))
        }
        (Value::Map(a), Value::Map(b)) => {
            let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            let of = |map: &podform_model::value::Map, key| map.get(key).cloned();
            worst(keys.into_iter().map(|key| {
                differs(&of(a, key).unwrap_or_default(), &of(b, key).unwrap_or_default(), digest)
            }))
        }
        (a, b) => (a != b).then_some(Differs::Changed),
    }
}

fn by_digest(
    known: &str,
    other: &Value,
    digest: &dyn Fn(&Value) -> Option<String>,
) -> Option<Differs> {
    if other.is_null() {
        return Some(Differs::Changed);
    }
    let plain = deep_reveal(other);
    if plain.has_unknown() {
        return Some(Differs::Unknown);
    }
    match digest(&plain) {
        None => Some(Differs::NotCompared),
        Some(hex) if hex != known => Some(Differs::Changed),
        Some(_) if matches!(other, Value::Sensitive(_)) => None,
        Some(_) => Some(Differs::Marked),
    }
}

fn worst(all: impl Iterator<Item = Option<Differs>>) -> Option<Differs> {
    all.flatten().min_by_key(|how| match how {
        Differs::Changed => 0,
        Differs::Unknown => 1,
        Differs::NotCompared => 2,
        Differs::Marked => 3,
    })
}

struct Walk<'a> {
    with: Comparison<'a>,
    out: Vec<Difference>,
}

impl Walk<'_> {
    fn block(&mut self, block: &Block, before: &Value, after: &Value, path: &AttributePath) {
        for name in names(block, before, after) {
            let (a, b) = (entry(before, &name), entry(after, &name));
            if a == b && !b.has_unknown() {
                continue;
            }
            let path = path.attr(&*name);
            match block.attribute(&name) {
                Some(attribute) => self.attribute(attribute, &a, &b, &path),
                None => self.leaf(&a, &b, &path),
            }
        }
    }

    fn attribute(&mut self, attr: &Attribute, before: &Value, after: &Value, path: &AttributePath) {
        match (attr.ty, attr.repeat) {
            (Type::Block(block), Repeat::Once)
                if before.as_map().is_some() && after.as_map().is_some() =>
            {
                self.block(block, before, after, path);
            }
            (Type::Block(block), Repeat::Many { key, .. })
                if is_list_or_null(before) && is_list_or_null(after) =>
            {
                self.items(block, key, before, after, path);
            }
            (Type::StringMap | Type::Environment, _)
                if is_map_or_null(before) && is_map_or_null(after) =>
            {
                self.entries(before, after, path);
            }
            _ => self.leaf(before, after, path),
        }
    }

    fn items(
        &mut self,
        block: &Block,
        key: &[&str],
        before: &Value,
        after: &Value,
        path: &AttributePath,
    ) {
        let (before, after) =
            (before.as_list().unwrap_or_default(), after.as_list().unwrap_or_default());
        for pair in pair(key, before, after) {
            let path = item_path(path, key, &pair);
            match (pair.before, pair.after) {
                (Some((_, a)), Some((_, b))) => self.block(block, a, b, &path),
                (a, b) => {
                    let value = |side: Option<(usize, &Value)>| side.map(|(_, v)| v.clone());
                    self.leaf(&value(a).unwrap_or_default(), &value(b).unwrap_or_default(), &path);
                }
            }
        }
    }

    fn entries(&mut self, before: &Value, after: &Value, path: &AttributePath) {
        let keys: BTreeSet<_> =
            [before, after].iter().filter_map(|v| v.as_map()).flat_map(|m| m.keys()).collect();
        for key in keys {
            self.leaf(&entry(before, key), &entry(after, key), &path.key(&**key));
        }
    }

    fn leaf(&mut self, before: &Value, after: &Value, path: &AttributePath) {
        if let Some(how) = differs(before, after, self.with.digest) {
            let class = class_of(self.with.changes, path);
            self.out.push(Difference { path: path.clone(), how, class });
        }
    }
}

/// Null or a list without a mark of its own.
fn is_list_or_null(value: &Value) -> bool {
    matches!(value, Value::Null | Value::List(_))
}

/// Null or a map without a mark of its own.
fn is_map_or_null(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Map(_))
}

/// The entry of a map, null when there is none.
pub(crate) fn entry(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

/// The names in either map: first those of the schema in its order, then the rest.
pub(crate) fn names(block: &Block, before: &Value, after: &Value) -> Vec<String> {
    let label = std::iter::once("name").filter(|name| block.attribute(name).is_none());
    let mut out: Vec<String> = label
        .chain(block.attributes.iter().map(|attribute| attribute.name))
        .map(str::to_owned)
        .collect();
    let rest: BTreeSet<&str> = [before, after]
        .iter()
        .filter_map(|value| value.as_map())
        .flat_map(|map| map.keys().map(|key| &**key))
        .filter(|key| !out.iter().any(|name| name == key))
        .collect();
    out.extend(rest.into_iter().map(str::to_owned));
    out
}

/// Two items of a repeated block that are the same thing, or one without a counterpart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) before: Option<(usize, &'a Value)>,
    pub(crate) after: Option<(usize, &'a Value)>,
}

/// Pairs the items of a repeated block by their key attributes (by the whole item without any), in
/// the order of `after`, each item that is gone where it stood.
pub(crate) fn pair<'a>(key: &[&str], before: &'a [Value], after: &'a [Value]) -> Vec<Pair<'a>> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, item) in before.iter().enumerate().rev() {
        places.entry(key_text(key, item)).or_default().push(at);
    }
    let matched: Vec<Option<usize>> =
        after.iter().map(|item| places.get_mut(&key_text(key, item)).and_then(Vec::pop)).collect();
    let taken: BTreeSet<usize> = matched.iter().flatten().copied().collect();
    let mut gone = (0..before.len()).filter(|at| !taken.contains(at)).peekable();
    let mut out = Vec::with_capacity(after.len());
    for (at, item) in after.iter().enumerate() {
        let from = matched[at];
        while let Some(&lost) = gone.peek() {
            if from.is_none_or(|from| lost > from) {
                break;
            }
            out.push(Pair { before: Some((lost, &before[lost])), after: None });
            gone.next();
        }
        out.push(Pair { before: from.map(|from| (from, &before[from])), after: Some((at, item)) });
    }
    out.extend(gone.map(|lost| Pair { before: Some((lost, &before[lost])), after: None }));
    out
}

/// A text that is equal for items with the same key.
fn key_text(key: &[&str], item: &Value) -> String {
    if key.is_empty() {
        return format!("{item:?}");
    }
    let parts: Vec<String> = key.iter().map(|name| format!("{:?}", entry(item, name))).collect();
    parts.join("\u{0}")
}

/// The path of an item: by its key when that is one text, else by its index.
pub(crate) fn item_path(path: &AttributePath, key: &[&str], pair: &Pair<'_>) -> AttributePath {
    let Some((index, item)) = pair.after.or(pair.before) else { return path.clone() };
    match key {
        [name] => match item.get(name).and_then(Value::as_str) {
            Some(text) => path.key(text),
            None => path.index(index),
        },
        _ => path.index(index),
    }
}
