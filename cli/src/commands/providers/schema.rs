//! The schema of pods and the settings of providers, as JSON and as text.

use podform_model::schema::{Attribute, Block, COMPUTED, Default, POD, Repeat, Text, Type};
use podform_provider::Description;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The document of `podform providers schema -json`.
pub(super) fn json(descriptions: &BTreeMap<String, Description>) -> Value {
    let computed: Map<String, Value> = COMPUTED
        .iter()
        .map(|computed| (computed.name.into(), json!({ "description": computed.doc })))
        .collect();
    let mut pod = block(&POD);
    pod["computed"] = Value::Object(computed);
    json!({ "format_version": "1.0", "pod_schema": pod, "provider_schemas": descriptions })
}

fn block(content: &Block) -> Value {
    let (blocks, attributes): (Vec<&Attribute>, Vec<_>) =
        content.attributes.iter().partition(|attribute| attribute.block().is_some());
    let map = |list: Vec<&Attribute>, make: fn(&Attribute) -> Value| -> Map<String, Value> {
        list.iter().map(|attribute| (attribute.name.to_owned(), make(attribute))).collect()
    };
    let mut out = json!({
        "description": content.doc,
        "attributes": map(attributes, attribute),
        "block_types": map(blocks, nested),
    });
    if !content.exclusive.is_empty() {
        out["exclusive"] = json!(content.exclusive);
    }
    out
}

fn nested(attribute: &Attribute) -> Value {
    let mut out = common(attribute);
    match attribute.repeat {
        Repeat::Once => out.insert("nesting_mode".into(), "single".into()),
        Repeat::Many { label, key } => {
            out.insert("label".into(), label.map(text_rule).into());
            out.insert("key".into(), json!(key));
            out.insert("nesting_mode".into(), "list".into())
        }
    };
    out.insert("block".into(), attribute.block().map_or(Value::Null, block));
    Value::Object(out)
}

fn attribute(attribute: &Attribute) -> Value {
    let mut out = common(attribute);
    out.insert("type".into(), type_name(&attribute.ty).into());
    out.insert("limits".into(), limits(&attribute.ty));
    match attribute.default {
        Default::Computed(how) => out.insert("default_from".into(), how.into()),
        other => out.insert("default".into(), default_value(other)),
    };
    Value::Object(out)
}

fn common(attribute: &Attribute) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("description".into(), attribute.doc.into());
    out.insert("required".into(), attribute.required.into());
    if !attribute.marathon.is_empty() {
        out.insert("marathon".into(), attribute.marathon.into());
    }
    for (provider, change) in [("mesos", attribute.on_mesos), ("marathon", attribute.on_marathon)] {
        if let Some(change) = change {
            out.insert(format!("change_on_{provider}"), json!(change));
        }
    }
    out
}

/// The name of a type, as documentation writes it.
fn type_name(ty: &Type) -> &'static str {
    match ty {
        Type::String(_) | Type::Enum(_) => "string",
        Type::Bool => "bool",
        Type::Int { .. } | Type::Number { .. } => "number",
        Type::Size { .. } => "size",
        Type::Duration { .. } => "duration",
        Type::NumberOrUnlimited { .. } => "number or \"unlimited\"",
        Type::SizeOrUnlimited { .. } => "size or \"unlimited\"",
        Type::StringMap => "map(string)",
        Type::StringList { set: true, .. } => "set(string)",
        Type::StringList { .. } => "list(string)",
        Type::Environment => "map(string or secret)",
        Type::Secret => "secret",
        Type::Block(_) => "block",
    }
}

fn text_rule(text: Text) -> &'static str {
    match text {
        Text::Any => "any",
        Text::NonEmpty => "non_empty",
        Text::Name => "name",
        Text::NetworkName => "network_name",
        Text::Path => "path",
        Text::PodId => "pod_id",
    }
}

fn limits(ty: &Type) -> Value {
    match ty {
        Type::String(text) => json!({ "text": text_rule(*text) }),
        Type::Enum(values) => json!({ "values": values }),
        Type::Int { min, max } => json!({ "min": min, "max": max, "whole": true }),
        Type::Number { min, max } => json!({ "min": min, "max": max }),
        Type::Size { min, whole } => json!({ "min": min, "whole": whole, "unit": "MiB" }),
        Type::Duration { step_ms } => json!({ "step_ms": step_ms, "unit": "s" }),
        Type::NumberOrUnlimited { min } => json!({ "min": min }),
        Type::SizeOrUnlimited { min } => json!({ "min": min, "unit": "MiB" }),
        Type::StringList { min, .. } => json!({ "min_items": min }),
        Type::Bool | Type::StringMap | Type::Environment | Type::Secret | Type::Block(_) => {
            Value::Null
        }
    }
}

fn default_value(default: Default) -> Value {
    match default {
        Default::Number(number) => json!(number),
        Default::String(text) => text.into(),
        Default::Bool(flag) => flag.into(),
        Default::Strings(texts) => json!(texts),
        Default::None | Default::Block | Default::Computed(_) => Value::Null,
    }
}

/// The same for reading.
pub(super) fn text(descriptions: &BTreeMap<String, Description>) -> String {
    let mut out = String::from("pod \"NAME\"\n");
    lines(&mut out, &POD, 1);
    out.push_str("\n  computed\n");
    for computed in COMPUTED {
        line(&mut out, 2, computed.name, "", computed.doc);
    }
    for (name, description) in descriptions {
        // Writing to memory does not fail.
        let _ =
            writeln!(out, "\nprovider \"{name}\" v{}\n  {}", description.version, description.doc);
        for setting in &description.settings {
            let required = if setting.required { ", required" } else { "" };
            line(&mut out, 1, &setting.name, &format!("{}{required}", setting.ty), &setting.doc);
        }
        for kind in &description.secret_stores {
            let _ = writeln!(out, "  secret_store \"{kind}\"");
        }
        for missing in &description.unsupported {
            let _ = writeln!(out, "  `{}` {}", missing.attribute, missing.reason);
        }
    }
    out
}

fn lines(out: &mut String, content: &Block, depth: usize) {
    for attribute in content.attributes {
        if let Some(nested) = attribute.block() {
            let label = match attribute.repeat {
                Repeat::Many { label: Some(_), .. } => " \"NAME\"",
                _ => "",
            };
            let name = format!("{}{label}", attribute.name);
            line(out, depth, &name, "block", attribute.doc);
            lines(out, nested, depth + 1);
            continue;
        }
        let mut ty = type_name(&attribute.ty).to_owned();
        match default_value(attribute.default) {
            Value::Null if attribute.required => ty.push_str(", required"),
            Value::Null => {}
            default => ty.push_str(&format!(", default {default}")),
        }
        line(out, depth, attribute.name, &ty, attribute.doc);
    }
}

fn line(out: &mut String, depth: usize, name: &str, ty: &str, doc: &str) {
    let indent = "  ".repeat(depth);
    let ty = if ty.is_empty() { String::new() } else { format!(" ({ty})") };
    let _ = writeln!(out, "{indent}{name}{ty}: {doc}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_is_in_the_document() {
        fn count(value: &Value) -> usize {
            let attributes = value["attributes"].as_object().unwrap().len();
            let blocks = value["block_types"].as_object().unwrap();
            attributes + blocks.values().map(|block| 1 + count(&block["block"])).sum::<usize>()
        }
        fn expected(block: &Block) -> usize {
            block.attributes.iter().map(|a| 1 + a.block().map_or(0, expected)).sum()
        }
        let document = json(&BTreeMap::new());
        assert_eq!(document["format_version"], "1.0");
        assert_eq!(count(&document["pod_schema"]), expected(&POD));
        assert_eq!(document["pod_schema"]["attributes"]["instances"]["type"], "number");
        let text = text(&BTreeMap::new());
        assert_eq!(text.lines().count(), expected(&POD) + 3 + COMPUTED.len());
    }
}
