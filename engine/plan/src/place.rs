//! Reads and writes the value at a path within a pod.

use podform_model::path::Step;
use podform_model::{AttributePath, Value};
use std::sync::Arc;

/// The value at a path; `None` when nothing stands there.
#[must_use]
pub fn at<'a>(value: &'a Value, path: &AttributePath) -> Option<&'a Value> {
    path.0.iter().try_fold(value, |value, step| match step {
        Step::Attr(name) => value.get(name),
        Step::Key(key) => match value.as_list() {
            Some(items) => items.iter().find(|item| is_named(item, key)),
            None => value.get(key),
        },
        Step::Index(index) => value.as_list()?.get(*index),
    })
}

/// The value with another one at a path, or with nothing there. Where the path leads through
/// something that is no map or list, the value stays as it is.
#[must_use]
pub fn put(value: &Value, path: &[Step], new: Option<&Value>) -> Value {
    let Some((step, rest)) = path.split_first() else {
        return new.cloned().unwrap_or_default();
    };
    match (value, step) {
        (Value::Map(map), Step::Attr(key) | Step::Key(key)) => {
            let mut map = (**map).clone();
            match inner(map.get(key.as_str()), rest, new) {
                Some(entry) => map.insert(key.as_str().into(), entry),
                None => map.remove(key.as_str()),
            };
            Value::map(map)
        }
        (Value::List(items), Step::Key(key)) => {
            let place = items.iter().position(|item| is_named(item, key));
            put_item(items, place, rest, new)
        }
        (Value::List(items), Step::Index(index)) => {
            put_item(items, Some(*index).filter(|index| *index < items.len()), rest, new)
        }
        (Value::Null, _) if new.is_some() => match step {
            // An item of a repeated block knows its own name; an entry of a map does not.
            Step::Key(key) if new.is_some_and(|new| is_named(new, key)) => {
                Value::list(inner(None, rest, new).into_iter().collect())
            }
            Step::Attr(_) | Step::Key(_) => {
                put(&Value::map(podform_model::value::Map::new()), path, new)
            }
            Step::Index(_) => Value::list(inner(None, rest, new).into_iter().collect()),
        },
        (other, _) => other.clone(),
    }
}

/// What stands below a step after the change; `None`: nothing.
fn inner(old: Option<&Value>, rest: &[Step], new: Option<&Value>) -> Option<Value> {
    match (old, rest.is_empty(), new) {
        (_, true, new) => new.cloned(),
        (None, false, None) => None,
        (old, false, new) => Some(put(old.unwrap_or(&Value::Null), rest, new)),
    }
}

fn put_item(
    items: &Arc<Vec<Value>>,
    place: Option<usize>,
    rest: &[Step],
    new: Option<&Value>,
) -> Value {
    let mut items = (**items).clone();
    match (place, inner(place.and_then(|at| items.get(at)), rest, new)) {
        (Some(at), Some(item)) => items[at] = item,
        (Some(at), None) => drop(items.remove(at)),
        (None, Some(item)) if rest.is_empty() => items.push(item),
        // Something within an item that is not there: nothing to keep.
        (None, _) => {}
    }
    Value::list(items)
}

fn is_named(item: &Value, key: &str) -> bool {
    item.get("name").and_then(Value::as_str) == Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Value {
        let web = Value::object([
            ("name", Value::from("web")),
            ("environment", Value::object([("A", Value::from("1"))])),
        ]);
        Value::object([("container", Value::list(vec![web]))])
    }

    fn path() -> AttributePath {
        AttributePath::root().attr("container").key("web").attr("environment").key("A")
    }

    #[test]
    fn values_are_read_set_and_removed() {
        assert_eq!(at(&pod(), &path()), Some(&Value::from("1")));
        let set = put(&pod(), &path().0, Some(&Value::from("2")));
        assert_eq!(at(&set, &path()), Some(&Value::from("2")));
        let gone = put(&set, &path().0, None);
        assert_eq!(at(&gone, &path()), None);
        assert_eq!(at(&gone, &path().parent().unwrap()), Some(&Value::map(Default::default())));
    }

    #[test]
    fn whole_items_come_and_go() {
        let log = AttributePath::root().attr("container").key("log");
        let item = Value::object([("name", Value::from("log"))]);
        let both = put(&pod(), &log.0, Some(&item));
        assert_eq!(both.items("container").len(), 2);
        assert_eq!(put(&both, &log.0, None), pod());
        assert_eq!(put(&pod(), &log.attr("user").0, Some(&item)), pod());
    }
}
