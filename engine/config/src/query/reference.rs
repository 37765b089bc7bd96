//! The reference of the blocks around pods and of test files, written from their tables.

use super::language::{Form, Item, Shape, TOP};
use super::test_files::TEST;
use std::fmt::Write as _;

/// The reference in Markdown: a table for each block, in the order of the tables.
#[must_use]
pub fn reference() -> String {
    let mut writing = Writing::default();
    writing.out.push_str(
        "\n# Blocks around pods\n\nThe `pod` block has, beside its attributes above, meta-arguments; \
         `data` is described above.\n",
    );
    // What `data` blocks read is told with its attributes.
    for item in TOP.items.iter().filter(|item| item.name != "data") {
        writing.section(item.name, item, 2);
    }
    writing.out.push_str(
        "\n# Test files\n\n`podform test` runs `*.pftest.hcl` and `*.pftest.json` of the folder and of `tests`. \
         The expressions of a test see what those of the root module see, `output.NAME`, and of runs \
         before `run.NAME.OUTPUT`.\n\n\
         Of overrides for one thing the one with most keys in its `target` counts, then that of the run \
         before that of the file, and that before those and the mocks of `mock_provider`. A pod that \
         runs already stays as it is. What `data` blocks read is known in a plan too.\n",
    );
    for item in TEST.items {
        writing.section(item.name, item, 2);
    }
    writing.out
}

/// The text, and where each shape was told.
#[derive(Default)]
struct Writing {
    out: String,
    told: Vec<(&'static Shape, String)>,
}

impl Writing {
    fn section(&mut self, way: &str, item: &'static Item, depth: usize) {
        let Form::Block(labels, shape) = item.form else { return };
        let labels: String = labels.iter().map(|label| format!(" \"{label}\"")).collect();
        let _ = write!(self.out, "\n{} `{way}`\n\n", "#".repeat(depth.min(6)));
        let _ = writeln!(self.out, "`{}{labels} {{ … }}`: {}", item.name, item.doc);
        if !shape.items.is_empty() {
            self.out.push_str("\n| Name | Written as | Description |\n|---|---|---|\n");
        }
        let mut nested = Vec::new();
        for inner in shape.items {
            let below = format!("{way}.{}", inner.name);
            let mut doc = inner.doc.to_owned();
            if let Form::Block(_, shape) = inner.form {
                match self.told.iter().find(|(told, _)| *told == shape) {
                    Some((_, place)) => doc.push_str(&format!(" As `{place}`.")),
                    None => {
                        self.told.push((shape, below.clone()));
                        nested.push((below, inner));
                    }
                }
            }
            let required = if inner.required { ", required" } else { "" };
            let _ = writeln!(self.out, "| `{}` | {}{required} | {doc} |", inner.name, form(inner));
        }
        if let Some(free) = shape.free {
            let other = if shape.items.is_empty() { "" } else { "other " };
            let _ = writeln!(self.out, "\nAny {other}name: {free}");
        }
        for (way, item) in nested {
            self.section(&way, item, depth + 1);
        }
    }
}

/// What an attribute is written as.
fn form(item: &Item) -> String {
    let text = match item.form {
        Form::Expression => "expression",
        Form::Text => "text",
        Form::Bool => "`true` or `false`",
        Form::Duration => "duration",
        Form::Constraint => "type",
        Form::Dependencies | Form::Fallible => "list of references",
        Form::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            return words.join(" or ");
        }
        Form::Provider => "name of a provider",
        Form::Providers => "map of providers",
        Form::Address => "address",
        Form::Paths => "list of attributes",
        Form::Block(..) => "block",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_block_is_told_once_and_repeated_shapes_refer_to_the_first() {
        let text = super::reference();
        for heading in ["\n## `variable`\n", "\n### `run.plan_options`\n", "\n## `override_data`\n"]
        {
            assert_eq!(text.matches(heading).count(), 1, "{heading}");
        }
        assert!(text.contains(
            "| `assert` | block | What must hold after the step. As `pod.lifecycle.precondition`. |"
        ));
        assert!(text.contains(
            "| `command` | `plan` or `apply` | What is done; `apply` when not written. |"
        ));
        assert!(!text.contains("\n## `data`\n"));
    }
}
