//! What a provider does not support is refused by name, before anything is done.

use crate::input::{ProviderFacts, Unsupported};
use podform_model::defaults::default_of;
use podform_model::path::Way;
use podform_model::schema::{Attribute, Block, POD};
use podform_model::{Address, Diagnostic, Diagnostics, ProviderRef, Value, code};

/// Finds the attributes of a pod that its provider does not support.
pub(crate) fn check(
    address: &Address,
    provider: &ProviderRef,
    pod: &Value,
    facts: &ProviderFacts,
) -> Diagnostics {
    let mut out = Diagnostics::new();
    for unsupported in &facts.unsupported {
        let names: Vec<&str> = unsupported.attribute.split('.').collect();
        let mut found = Vec::new();
        find(pod, Some(&POD), &names, &Way::default(), &mut found);
        for (way, _) in found.into_iter().filter(|(_, value)| is_refused(unsupported, value)) {
            let path = way.path();
            let summary = format!("`{path}` of {address} {}", unsupported.reason);
            out.push(
                Diagnostic::error(code::PROVIDER_UNSUPPORTED, summary)
                    .detail(format!("The provider `{provider}` does not support it."))
                    .help(format!("remove `{path}` from the pod"))
                    .at(address)
                    .path(path),
            );
        }
    }
    out
}

fn is_refused(unsupported: &Unsupported, value: &Value) -> bool {
    if unsupported.values.is_empty() {
        let default = || POD.find(unsupported.attribute.split('.')).and_then(default_of);
        return !is_absent(value) && default().as_ref() != Some(value.reveal());
    }
    let text = match value.reveal() {
        Value::String(text) => text.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::List(items) => {
            return items.iter().any(|item| is_refused(unsupported, item));
        }
        _ => return false,
    };
    unsupported.values.contains(&text)
}

fn is_absent(value: &Value) -> bool {
    match value.reveal() {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Every value at a way of names, with the way to it; items of repeated blocks by their name.
fn find<'a>(
    value: &'a Value,
    block: Option<&Block>,
    names: &[&'a str],
    way: &Way<'a>,
    out: &mut Vec<(Way<'a>, &'a Value)>,
) {
    let Some((name, rest)) = names.split_first() else {
        out.push((way.clone(), value));
        return;
    };
    let Some(inner) = value.get(name) else { return };
    let attribute = block.and_then(|block| block.attribute(name));
    let block = attribute.and_then(Attribute::block);
    let way = way.attr(*name);
    match inner.as_list() {
        Some(items) if attribute.is_some_and(Attribute::is_repeated) => {
            for (index, item) in items.iter().enumerate() {
                let way = match item.get("name").and_then(Value::as_str) {
                    Some(name) => way.key(name),
                    None => way.index(index),
                };
                find(item, block, rest, &way, out);
            }
        }
        _ => find(inner, block, rest, &way, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Value {
        let volume = Value::object([
            ("name", Value::from("data")),
            ("persistent", Value::object([("size", Value::from(10_i64))])),
        ]);
        let gpus = |n: i64| Value::object([("gpus", Value::from(n))]);
        let container = |name: &str, n: i64| {
            Value::object([("name", Value::from(name)), ("resources", gpus(n))])
        };
        Value::object([
            ("volume", Value::list(vec![volume])),
            ("container", Value::list(vec![container("a", 0), container("b", 1)])),
            ("kill_selection", Value::from("OLDEST_FIRST")),
        ])
    }

    fn refuse(attribute: &str, values: &[&str]) -> Vec<String> {
        let facts = ProviderFacts {
            unsupported: vec![Unsupported {
                attribute: attribute.into(),
                values: values.iter().map(|v| (*v).to_owned()).collect(),
                reason: "is not supported yet".into(),
            }],
            ..ProviderFacts::default()
        };
        let found = check(&Address::pod("web"), &ProviderRef::new("mesos"), &pod(), &facts);
        found.into_iter().map(|d| d.path.unwrap().to_string()).collect()
    }

    #[test]
    fn unsupported_attributes_are_named_with_their_path() {
        assert_eq!(refuse("volume.persistent", &[]), ["volume[\"data\"].persistent"]);
        // A default is not refused: the user did not ask for it.
        assert_eq!(refuse("container.resources.gpus", &[]), ["container[\"b\"].resources.gpus"]);
        assert_eq!(refuse("kill_selection", &["OLDEST_FIRST"]), ["kill_selection"]);
        assert!(refuse("kill_selection", &["YOUNGEST_FIRST"]).is_empty());
        assert!(refuse("linux", &[]).is_empty());
    }
}
