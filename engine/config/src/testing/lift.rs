//! What a run gave, as values of the language.

use super::Seen;
use crate::config::{Configuration, Repeat};
use crate::ir::Name;
use crate::value::{Entries, Val};
use podform_model::schema::{self, Block, POD};
use podform_model::{Address, InstanceKey, Value};
use std::collections::BTreeMap;

/// What the expressions of a test see beside the configuration.
#[derive(Debug, Default)]
pub(crate) struct Lifted {
    /// `output` and `run`.
    pub(crate) roots: BTreeMap<&'static str, Val>,
    /// The pods of the root module, whole.
    pub(crate) pods: BTreeMap<Name, Val>,
}

impl Lifted {
    /// Lifts what a run gave; the pods in the form that their blocks give them.
    pub(crate) fn of(configuration: &Configuration, seen: &Seen) -> Self {
        let outputs = |values: &BTreeMap<String, Value>| {
            let entry =
                |(name, value): (&String, &Value)| (Name::from(&**name), Val::from_value(value));
            Val::object(values.iter().map(entry).collect())
        };
        let runs = seen.runs.iter().map(|(name, values)| (Name::from(&**name), outputs(values)));
        let runs = Val::object(runs.collect());
        let roots = BTreeMap::from([("output", outputs(&seen.outputs)), ("run", runs)]);
        let mut pods = BTreeMap::new();
        for (name, pod) in &configuration.root().pods {
            if let Some(value) = instances(name, &pod.repeat, &seen.pods) {
                pods.insert(name.clone(), value);
            }
        }
        Self { roots, pods }
    }
}

/// A pod by its block: an object, a tuple of them by `count`, a map of them by `for_each`. `None`
/// when nothing is seen of it.
fn instances(name: &Name, repeat: &Repeat, seen: &BTreeMap<Address, Value>) -> Option<Val> {
    let mine = seen.iter().filter(|(at, _)| at.module.is_empty() && at.name == **name);
    let mut mine = mine.map(|(address, value)| (&address.key, block(value, &POD))).peekable();
    match repeat {
        Repeat::Count(_) => {
            let mut items: Vec<(u64, Val)> = mine
                .filter_map(|(key, value)| match key {
                    Some(InstanceKey::Index(at)) => Some((*at, value)),
                    _ => None,
                })
                .collect();
            items.sort_by_key(|(at, _)| *at);
            Some(Val::tuple(items.into_iter().map(|(_, value)| value).collect()))
        }
        Repeat::ForEach(_) => {
            let entry = |(key, value): (&Option<InstanceKey>, Val)| match key {
                Some(InstanceKey::Name(key)) => Some((Name::from(&**key), value)),
                _ => None,
            };
            Some(Val::object(mine.filter_map(entry).collect()))
        }
        Repeat::Once | Repeat::Enabled(_) => {
            mine.peek()?;
            mine.next().map(|(_, value)| value)
        }
    }
}

/// A block: its labelled blocks by name, so that `pod.web.container["nginx"]` is one of them.
fn block(value: &Value, schema: &Block) -> Val {
    let Some(map) = value.as_map() else { return Val::from_value(value) };
    let entry = |(name, value): (&Name, &Value)| {
        let attribute = schema.attribute(name);
        let nested = attribute.and_then(|attribute| Some((attribute.block()?, attribute.repeat)));
        let value = match (nested, value.as_list()) {
            (Some((inner, schema::Repeat::Many { key, .. })), Some(items)) if key == ["name"] => {
                named(items, inner)
            }
            (Some((inner, _)), Some(items)) => {
                Val::tuple(items.iter().map(|item| block(item, inner)).collect())
            }
            (Some((inner, _)), None) => block(value, inner),
            (None, _) => Val::from_value(value),
        };
        (name.clone(), value)
    };
    Val::object(map.iter().map(entry).collect()).mark(matches!(value, Value::Sensitive(_)))
}

fn named(items: &[Value], inner: &Block) -> Val {
    let entry = |item: &Value| Some((Name::from(item.get("name")?.as_str()?), block(item, inner)));
    Val::object(items.iter().filter_map(entry).collect::<Entries>())
}
