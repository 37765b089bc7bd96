//! The reference of the schema, written from its table.

use super::{Attribute, Block, COMPUTED, Default, POD, Repeat, Text, Type};
use crate::change::ChangeClass;
use std::fmt::Write as _;

/// The reference of the `pod` block in Markdown: a table for each block, in the table's order.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from("# The `pod` block\n");
    section(&mut out, "pod", &POD, 2);
    out.push_str(
        "\n## What other pods and outputs can read\n\n| Value | What it is |\n|---|---|\n",
    );
    for computed in COMPUTED {
        line(&mut out, &[&format!("`pod.NAME.{}`", computed.name), computed.doc]);
    }
    out.push_str(DATA);
    out
}

/// The `data` block, which has no table: what it reads are the computed attributes.
const DATA: &str = r#"
# The `data` block

`data "pod" "NAME" { id = "/shop/db" }` reads a live pod that another configuration, or another framework, launched.
`data.pod.NAME.` has the same values as `pod.NAME.` above; `version` is null when the pod tells none, and `endpoint` holds the endpoints
that the instances show. Nothing of it is in the state, and the pod is never changed.

| Name | Type | Default | Description |
|---|---|---|---|
| `id` | absolute path of lower-case names | required | The id of the pod. |
| `provider` | name of a provider | the only one | The provider that is asked. |
| `count`, `for_each`, `enabled` | as in a pod | | How many pods are read. |
| `depends_on` | list of references | | What must be done before the pod is read. |
| `lifecycle` | block | | `precondition` and `postcondition`; the latter may use `self`. |

The pod is read when a plan is made, with the same call as everything else of its provider, and the plan fails when it does not run. It is read
while the plan is applied (`<=` in the plan) when its `id` is known only then, or when it depends on pods that the plan changes: until then all
but the `id` is unknown. With `-target` only what the targets need is read; `-refresh=false` reads it all the same.

In a `check` block a `data` block has only `id`, `provider` and `depends_on`, the assertions of that `check` alone may refer to it, and what is
wrong with it is a warning. It is read again at the end of an apply.
"#;

/// One block and the blocks within.
fn section(out: &mut String, way: &str, block: &Block, depth: usize) {
    let title = format!("\n{} `{way}`\n\n{}\n", "#".repeat(depth.min(6)), block.doc);
    out.push_str(&title);
    for set in block.exclusive {
        let names: Vec<_> = set.iter().map(|name| format!("`{name}`")).collect();
        out.push_str(&format!("\nAt most one of {}.\n", names.join(", ")));
    }
    out.push_str("\n| Name | Type | Default | Description | Change on Mesos | on Marathon |\n");
    out.push_str("|---|---|---|---|---|---|\n");
    for attribute in block.attributes {
        row(out, attribute);
    }
    for attribute in block.attributes {
        if let Some(nested) = attribute.block() {
            section(out, &format!("{way}.{}", attribute.name), nested, depth + 1);
        }
    }
}

fn row(out: &mut String, attribute: &Attribute) {
    let name = format!("`{}`", attribute.name);
    let change = |class: Option<ChangeClass>| class.map_or("", change_in_words);
    line(
        out,
        &[
            &name,
            &type_of(attribute),
            &default_of(attribute),
            attribute.doc,
            change(attribute.on_mesos),
            change(attribute.on_marathon),
        ],
    );
}

fn line(out: &mut String, cells: &[&str]) {
    out.push('|');
    for cell in cells {
        // A cell ends where a bar stands.
        let _ = write!(out, " {} |", cell.replace('|', "\\|"));
    }
    out.push('\n');
}

/// What a change does, in words.
#[must_use]
pub fn change_in_words(class: ChangeClass) -> &'static str {
    match class {
        ChangeClass::Update => "in place",
        ChangeClass::Roll => "rolling replacement",
        ChangeClass::Scale => "scaling",
        ChangeClass::Memory => "in the leader's memory only",
        ChangeClass::Replace => "another pod",
        ChangeClass::Refused => "refused",
    }
}

/// The default of an attribute in Markdown; empty: none.
#[must_use]
pub fn default_of(attribute: &Attribute) -> String {
    if attribute.required {
        return "required".into();
    }
    match attribute.default {
        Default::None => String::new(),
        Default::Number(number) => match attribute.ty {
            Type::Duration { .. } => format!("`\"{number}s\"`"),
            _ => format!("`{number}`"),
        },
        Default::String(text) => format!("`{text:?}`"),
        Default::Bool(flag) => format!("`{flag}`"),
        Default::Strings(items) => format!("`{items:?}`"),
        Default::Block => "with its defaults".into(),
        Default::Computed(text) => text.into(),
    }
}

/// The type of an attribute in Markdown.
#[must_use]
pub fn type_of(attribute: &Attribute) -> String {
    match attribute.ty {
        Type::String(text) => text_type(text).into(),
        Type::Bool => "bool".into(),
        Type::Int { min, max } => format!("whole number{}", range(min, max, 1_000_000)),
        Type::Number { min, max } => format!("number{}", range(min, max, 1e15)),
        Type::Size { min, whole } => {
            let whole = if whole { "whole " } else { "" };
            format!("{whole}MiB, or text with a unit{}", range(min, f64::MAX, f64::MAX))
        }
        Type::Duration { step_ms } => match step_ms {
            0 => "duration".into(),
            1 => "duration in milliseconds or longer units".into(),
            _ => "duration in seconds or longer units".into(),
        },
        Type::Enum(names) => {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        }
        Type::NumberOrUnlimited { .. } => "number or `\"unlimited\"`".into(),
        Type::SizeOrUnlimited { .. } => "MiB, text with a unit, or `\"unlimited\"`".into(),
        Type::StringMap => "map of strings".into(),
        Type::StringList { set: true, .. } => "set of strings".into(),
        Type::StringList { .. } => "list of strings".into(),
        Type::Environment => "map of strings and secret references".into(),
        Type::Secret => "secret reference".into(),
        Type::Block(_) => match attribute.repeat {
            Repeat::Once => "block".into(),
            Repeat::Many { label: Some(_), .. } => "blocks with a label".into(),
            Repeat::Many { label: None, .. } => "blocks".into(),
        },
    }
}

fn text_type(text: Text) -> &'static str {
    match text {
        Text::Any => "string",
        Text::NonEmpty => "string, not empty",
        Text::Name => "name of lower-case letters, digits and `-`, at most 63",
        Text::NetworkName => "name of lower-case letters, digits, `-` and `_`, at most 63",
        Text::Path => "string of 1 to 1024 characters",
        Text::PodId => "absolute path of lower-case names",
    }
}

/// The range of a number; `open` is a limit that only guards against nonsense.
fn range<T: PartialOrd + std::fmt::Display>(min: T, max: T, open: T) -> String {
    if max >= open { format!(", {min} or more") } else { format!(", {min} to {max}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(block: &'static Block, way: &str, visit: &mut dyn FnMut(&str, &'static Attribute)) {
        for attribute in block.attributes {
            let way = format!("{way}.{}", attribute.name);
            visit(&way, attribute);
            if let Some(nested) = attribute.block() {
                every(nested, &way, visit);
            }
        }
    }

    #[test]
    fn every_attribute_has_a_sentence_and_a_row() {
        let text = reference();
        every(&POD, "pod", &mut |way, attribute| {
            assert!(attribute.doc.ends_with('.'), "{way}: {:?}", attribute.doc);
            assert!(attribute.doc.len() > 2, "{way}");
            let row = format!("| `{}` | ", attribute.name);
            assert!(text.contains(&row), "{way}");
            if attribute.block().is_some() {
                assert!(text.contains(&format!("# `{way}`\n")), "{way}");
            }
        });
    }

    #[test]
    fn rows_say_what_the_table_says() {
        let text = reference();
        for row in [
            "| `instances` | whole number, 0 or more | `1` | How many copies of the pod run. | scaling | scaling |",
            "| `container_port` | whole number, 1 to 65535 |  | The port within the pod's network; not on a host network. |  |  |",
            "| `size` | whole MiB, or text with a unit, 0 or more | required | Its size in whole MiB. |  |  |",
            "| `interval` | duration in seconds or longer units | `\"60s\"` | The time between checks, in whole seconds. |  |  |",
            "| `scheme` | `HTTP`, `HTTPS` | `\"HTTP\"` | `HTTP` or `HTTPS`; certificates are not verified. |  |  |",
        ] {
            assert!(text.lines().any(|line| line == row), "{row}\n{text}");
        }
        assert!(text.contains("At most one of `command`, `argv`."));
        assert_eq!(text, reference());
    }
}
