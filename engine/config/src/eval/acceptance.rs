//! The table `tests/data/expressions.txt`: what expressions are and of what type, or what is
//! wrong with them.

use super::Evaluator;
use crate::inputs::{Inputs, NoFiles};
use crate::modules::ROOT;
use crate::source::SourceFile;
use crate::value::{Ty, Val};
use crate::world::{Made, ROOT_ROOM, World};
use podform_model::Diagnostics;
use std::collections::BTreeMap;

const TABLE: &str = include_str!("../../tests/data/expressions.txt");

/// Variables of each kind: `secret` is sensitive, the others are not known.
fn variables() -> Vec<(&'static str, Val)> {
    let object =
        Ty::object([("a".into(), Ty::String.into()), ("b".into(), Ty::Number.into())].into());
    vec![
        ("secret", Val::string("hush").mark(true)),
        ("us", Val::unknown(Ty::String)),
        ("un", Val::unknown(Ty::Number)),
        ("ub", Val::unknown(Ty::Bool)),
        ("ul", Val::unknown(Ty::list(Ty::String))),
        ("um", Val::unknown(Ty::map(Ty::String))),
        ("uo", Val::unknown(object)),
        ("ua", Val::unknown(Ty::Any)),
    ]
}

/// A value with its marks, as the table shows it.
fn show(value: &Val) -> String {
    let list = |items: &[Val]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match value {
        Val::Sensitive(inner) => format!("sensitive({})", show(inner)),
        Val::Unknown(_) => "unknown".into(),
        Val::Tuple(items) | Val::List(items, _) | Val::Set(items, _) => {
            format!("[{}]", list(items))
        }
        Val::Object(entries) | Val::Map(entries, _) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, entry)| format!("{key:?}: {}", show(entry))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => format!("{:?}", other.to_value()),
    }
}

fn faults(found: &Diagnostics) -> String {
    let summaries: Vec<&str> = found.iter().map(|found| &*found.summary).collect();
    format!("! {}", summaries.join("; "))
}

/// The value and type of an expression, or what is wrong with it.
fn evaluated(text: &str) -> String {
    let declared: String =
        variables().iter().map(|(name, _)| format!("variable \"{name}\" {{}}\n")).collect();
    let source = format!("{declared}output \"x\" {{\n  value = {text}\n}}\n");
    let (configuration, found) = crate::parse(vec![SourceFile::new("main.pf.hcl", source)]);
    let Some(configuration) = configuration else { return faults(&found) };
    let computed = BTreeMap::new();
    let inputs = Inputs::new(&computed, &NoFiles);
    let mut world = World::new(&configuration, &inputs);
    for (name, value) in variables() {
        let made = Made { value, uses: Vec::new() };
        world.room_mut(ROOT_ROOM).variables.insert(name.into(), made);
    }
    let mut evaluator = Evaluator::new(&world, ROOT_ROOM);
    let output = configuration.modules.node(ROOT).module.outputs.values().next().unwrap();
    match evaluator.value(&output.value) {
        Ok(value) => format!("{} :: {}", show(&value), value.ty().text()),
        Err(_) => faults(&evaluator.diagnostics),
    }
}

/// The cases: `> ` before each line of the expression, then what it is.
fn cases() -> Vec<(String, &'static str)> {
    let mut out = Vec::new();
    let mut text = String::new();
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("> ") {
            Some(more) if text.is_empty() => text = more.to_owned(),
            Some(more) => text = format!("{text}\n{more}"),
            None => out.push((std::mem::take(&mut text), line)),
        }
    }
    out
}

#[test]
fn every_expression_of_the_table_is_what_it_says() {
    let cases = cases();
    assert!(cases.len() > 500, "{}", cases.len());
    let mut wrong = String::new();
    for (text, expected) in cases {
        let found = evaluated(&text);
        if found != expected {
            wrong.push_str(&format!("> {text}\n{found}\n  instead of {expected}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
