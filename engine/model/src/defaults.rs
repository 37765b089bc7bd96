//! The literal defaults of the schema.

use crate::Value;
use crate::number::Number;
use crate::schema::{Attribute, Block, Default, POD, shared_name};
use crate::value::Map;
use std::sync::{Arc, LazyLock};

/// What a block is filled with, made ready once for all pods: attributes in the order of their names, as the entries of a [`Map`].
struct Filling(Vec<Filled>);

struct Filled {
    name: Arc<str>,
    default: Option<Value>,
    repeated: bool,
    block: Option<Filling>,
}

impl Filling {
    fn of(block: &Block) -> Self {
        let mut attributes: Vec<Filled> = block.attributes.iter().map(Filled::of).collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        Self(attributes)
    }

    fn fill(&self, value: &Value) -> Value {
        let Some(entries) = value.as_map() else { return value.clone() };
        let mut given = entries.iter().filter(|(_, value)| !value.is_null()).peekable();
        let mut out = Vec::with_capacity(self.0.len().max(entries.len()));
        for attribute in &self.0 {
            while let Some((name, value)) = given.next_if(|(name, _)| **name < attribute.name) {
                out.push((name.clone(), value.clone()));
            }
            let value = match given.next_if(|(name, _)| **name == attribute.name) {
                Some((_, value)) => attribute.fill(value),
                None => attribute.default.clone(),
            };
            out.extend(value.map(|value| (attribute.name.clone(), value)));
        }
        out.extend(given.map(|(name, value)| (name.clone(), value.clone())));
        Value::map(Map::in_order(out))
    }
}

impl Filled {
    fn of(attribute: &Attribute) -> Self {
        let block = attribute.block().map(Filling::of);
        let default = match attribute.default {
            Default::Block => block.as_ref().map(|block| block.fill(&Value::map(Map::new()))),
            _ => default_of(attribute),
        };
        Self {
            name: shared_name(attribute.name),
            default,
            repeated: attribute.is_repeated(),
            block,
        }
    }

    fn fill(&self, given: &Value) -> Option<Value> {
        let empty = match given {
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.is_empty() && self.block.is_none(),
            _ => false,
        };
        if empty && self.default.is_none() {
            return None;
        }
        Some(match (&self.block, given) {
            (Some(block), Value::List(items)) if self.repeated => {
                Value::list(items.iter().map(|item| block.fill(item)).collect())
            }
            (Some(block), _) => block.fill(given),
            (None, _) => given.clone(),
        })
    }
}

/// The literal default of an attribute; `None` when it has none, or one that is computed.
#[must_use]
pub fn default_of(attribute: &Attribute) -> Option<Value> {
    match attribute.default {
        Default::None | Default::Computed(_) => None,
        Default::Number(number) => Number::from_f64(number).map(Value::Number),
        Default::String(text) => Some(Value::string(text)),
        Default::Bool(value) => Some(Value::Bool(value)),
        Default::Strings(items) => {
            Some(Value::list(items.iter().map(|item| Value::string(*item)).collect()))
        }
        Default::Block => Filled::of(attribute).default,
    }
}

/// Fills the literal defaults of a pod and of the blocks within; nulls and empty maps and lists
/// of optional attributes become absent, so that `labels = {}` is no diff against nothing.
#[must_use]
pub fn fill(pod: &Value) -> Value {
    static FILLING: LazyLock<Filling> = LazyLock::new(|| Filling::of(&POD));
    FILLING.fill(pod)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_filled_and_empty_is_absent() {
        let pod = Value::object([
            ("labels", Value::map(Map::new())),
            (
                "container",
                Value::list(vec![Value::object([
                    ("name", Value::string("web")),
                    ("resources", Value::map(Map::new())),
                ])]),
            ),
        ]);
        let filled = fill(&pod);
        assert!(filled.get("labels").is_none());
        assert_eq!(filled.get("instances"), Some(&Value::from(1_i64)));
        let web = filled.named("container", "web").unwrap();
        assert_eq!(web.get("resources").unwrap().get("mem"), Some(&Value::from(128_i64)));
        assert_eq!(
            filled.get("executor_resources").unwrap().get("disk"),
            Some(&Value::from(10_i64))
        );
        assert_eq!(fill(&filled), filled, "normal form is stable");
    }
}
