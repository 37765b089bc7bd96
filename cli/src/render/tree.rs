//! The difference of a pod as text.

use super::paint::{Painter, Tone};
use crate::text::value::quoted;
use podform_model::Value;
use podform_plan::diff::text::{Line, LineKind, Part, words};
use podform_plan::diff::{DiffKind, DiffNode, Forces, Hidden, Shape};

/// The beginning of a line: so many levels in, then a mark.
pub(super) fn start(out: &mut Painter, depth: usize, mark: &str) {
    out.text(&" ".repeat(4 * depth)).put(mark_tone(mark), &format!("{mark:>3} "));
}

fn mark_tone(mark: &str) -> Tone {
    match mark {
        "+" => Tone::Add,
        "-" => Tone::Remove,
        "~" => Tone::Change,
        "-/+" | "+/-" => Tone::Alert,
        _ => Tone::Plain,
    }
}

/// A remark on a line of its own.
pub(super) fn remark(out: &mut Painter, depth: usize, text: &str) {
    start(out, depth, "");
    out.put(Tone::Faint, &format!("# {text}")).end();
}

/// The nodes within a block: attributes, then blocks, then how much is not shown.
pub(super) fn content(out: &mut Painter, node: &DiffNode, depth: usize) {
    let (blocks, attributes): (Vec<&DiffNode>, Vec<&DiffNode>) =
        node.children.iter().partition(|child| child.shape == Shape::Block);
    let width = attributes.iter().map(|child| child.name.chars().count()).max().unwrap_or(0);
    for child in attributes {
        attribute(out, child, depth, &format!("{:width$} = ", child.name), "");
    }
    hidden(out, Hidden { blocks: 0, ..node.hidden }, depth);
    for child in blocks {
        out.gap();
        block(out, child, depth);
    }
    hidden(out, Hidden { blocks: node.hidden.blocks, ..Hidden::default() }, depth);
}

fn block(out: &mut Painter, node: &DiffNode, depth: usize) {
    start(out, depth, mark(node.kind));
    out.text(&node.name);
    if let Some(label) = &node.label {
        out.text(&format!(" {}", quoted(label)));
    }
    out.text(" {");
    forces(out, node);
    out.end();
    content(out, node, depth + 1);
    close(out, depth, "}");
}

/// A closing bracket, in line with what it closes.
pub(super) fn close(out: &mut Painter, depth: usize, bracket: &str) {
    start(out, depth, "");
    out.text(bracket).end();
}

fn mark(kind: DiffKind) -> &'static str {
    match kind {
        DiffKind::Same => "",
        DiffKind::Added => "+",
        DiffKind::Removed => "-",
        DiffKind::Changed => "~",
    }
}

/// A value with its name; `end` closes it (a comma in a list).
fn attribute(out: &mut Painter, node: &DiffNode, depth: usize, name: &str, end: &str) {
    start(out, depth, mark(node.kind));
    out.text(name);
    match &node.shape {
        Shape::Scalar | Shape::Block => scalar(out, node, end),
        Shape::Map => nested(out, node, depth, ("{", "}"), end),
        Shape::List => nested(out, node, depth, ("[", "]"), end),
        Shape::Json => json(out, node, depth, end),
        Shape::Text(lines) => text(out, node, lines, depth),
    }
}

fn nested(out: &mut Painter, node: &DiffNode, depth: usize, (open, shut): (&str, &str), end: &str) {
    out.text(open);
    if node.children.is_empty() && node.hidden == Hidden::default() {
        out.text(shut);
        gone(out, node);
        out.text(end);
        forces(out, node);
        out.end();
        return;
    }
    forces(out, node);
    out.end();
    let list = node.shape == Shape::List;
    let keys: Vec<String> = node.children.iter().map(|child| quoted(&child.name)).collect();
    let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or(0);
    for (child, key) in node.children.iter().zip(keys) {
        let name = if list { String::new() } else { format!("{key:width$} = ") };
        attribute(out, child, depth + 1, &name, if list { "," } else { "" });
    }
    hidden(out, node.hidden, depth + 1);
    start(out, depth, "");
    out.text(shut);
    gone(out, node);
    out.text(end).end();
}

fn json(out: &mut Painter, node: &DiffNode, depth: usize, end: &str) {
    if node.whitespace {
        out.text("jsonencode(…)").put(Tone::Faint, " # only the layout changes");
        out.text(end);
        forces(out, node);
        out.end();
        return;
    }
    out.text("jsonencode(");
    forces(out, node);
    out.end();
    for child in &node.children {
        attribute(out, child, depth + 1, "", "");
    }
    close(out, depth, &format!("){end}"));
}

fn text(out: &mut Painter, node: &DiffNode, lines: &[Line], depth: usize) {
    out.text("<<-EOT");
    forces(out, node);
    out.end();
    for line in lines {
        let (mark, tone, word) = match line.kind {
            LineKind::Same => ("", Tone::Plain, Tone::Plain),
            LineKind::Removed => ("-", Tone::Remove, Tone::RemoveWord),
            LineKind::Added => ("+", Tone::Add, Tone::AddWord),
            LineKind::Hidden(count) => {
                remark(
                    out,
                    depth + 1,
                    &format!("({})", counted(count, "unchanged line", "hidden")),
                );
                continue;
            }
        };
        // A text that comes or goes as a whole needs no mark on each line.
        let mark = if node.kind == DiffKind::Changed { mark } else { "" };
        if mark.is_empty() && line.parts.iter().all(|part| part.text.is_empty()) {
            out.end();
            continue;
        }
        start(out, depth + 1, mark);
        parts(out, &line.parts, tone, word);
        out.end();
    }
    close(out, depth, "EOT");
}

fn parts(out: &mut Painter, parts: &[Part], tone: Tone, word: Tone) {
    for part in parts {
        out.put(if part.changed { word } else { tone }, &part.text);
    }
}

fn scalar(out: &mut Painter, node: &DiffNode, end: &str) {
    match (&node.before, &node.after) {
        _ if node.sensitive && node.kind != DiffKind::Same => hidden_value(out, node),
        (Some(Value::String(a)), Some(Value::String(b))) if node.kind == DiffKind::Changed => {
            let (before, after) = words(&quoted(a), &quoted(b));
            parts(out, &before, Tone::Plain, Tone::RemoveWord);
            out.put(Tone::Change, " -> ");
            parts(out, &after, Tone::Plain, Tone::AddWord);
        }
        (before, after) => {
            let shown: Vec<String> = match node.kind {
                DiffKind::Changed => vec![before, after],
                DiffKind::Removed => vec![before],
                DiffKind::Same | DiffKind::Added => vec![after],
            }
            .into_iter()
            .map(|side| side.as_ref().map_or_else(|| "null".to_owned(), inline))
            .collect();
            out.text(&shown[0]);
            for next in &shown[1..] {
                out.put(Tone::Change, " -> ").text(next);
            }
            gone(out, node);
        }
    }
    out.text(end);
    forces(out, node);
    out.end();
}

/// A hidden value: only that it is there, comes, goes or changes.
fn hidden_value(out: &mut Painter, node: &DiffNode) {
    out.text("(sensitive)");
    if node.is_unknown() && node.kind == DiffKind::Changed {
        out.put(Tone::Change, " -> ").text("(known after apply)");
    }
    gone(out, node);
}

/// `-> null` after what goes.
fn gone(out: &mut Painter, node: &DiffNode) {
    if node.kind == DiffKind::Removed {
        out.put(Tone::Change, " -> ").text("null");
    }
}

fn forces(out: &mut Painter, node: &DiffNode) {
    match node.forces {
        Some(Forces::Replacement) => out.put(Tone::Alert, " # forces replacement"),
        Some(Forces::RollingRestart) => out.put(Tone::Alert, " # forces rolling restart"),
        None => out,
    };
}

/// A value on one line.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) if map.is_empty() => "{}".to_owned(),
        Value::Map(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{} = {}", quoted(key), inline(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        // Unknown, hidden and secret values show themselves so.
        other => format!("{other:?}"),
    }
}

fn hidden(out: &mut Painter, hidden: Hidden, depth: usize) {
    for (count, what) in [
        (hidden.attributes, "unchanged attribute"),
        (hidden.elements, "unchanged element"),
        (hidden.blocks, "unchanged block"),
        (hidden.defaults, "default"),
    ] {
        if count > 0 {
            if what.ends_with("block") {
                out.gap();
            }
            remark(out, depth, &format!("({})", counted(count, what, "hidden")));
        }
    }
}

/// `1 thing hidden`, `2 things hidden`.
pub(super) fn counted(count: usize, what: &str, verb: &str) -> String {
    format!("{count} {what}{} {verb}", if count == 1 { "" } else { "s" })
}
