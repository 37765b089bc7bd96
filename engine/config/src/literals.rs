//! Files of literal values only, as the lock file of plugins: blocks of attributes, nothing to
//! evaluate.

use crate::ir::Body;
use crate::source::{Names, SourceFile, Sources, Span};
use crate::types::literal;
use podform_model::{Diagnostic, Diagnostics, Label, Value, code};
use std::collections::BTreeMap;

/// A block of literal attributes.
#[derive(Debug, Clone, PartialEq)]
pub struct LiteralBlock {
    /// Its type.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Where its header is.
    pub place: Label,
    /// Its attributes: strings, numbers, bools and lists of them, each with its place.
    pub attributes: BTreeMap<String, (Value, Label)>,
}

/// Reads a file of blocks. `name` is its name in diagnostics. What is wrong is left out of the
/// answer and said with this code.
#[must_use]
pub fn read(name: &str, text: &str, code: &str) -> (Vec<LiteralBlock>, Diagnostics) {
    let sources = Sources { files: vec![SourceFile::new(name, text)] };
    let mut found = Diagnostics::new();
    let body = crate::syntax::read(&sources, 0, &mut Names::default(), &mut found);
    for fault in found.0.iter_mut().filter(|fault| fault.code == code::SYNTAX) {
        fault.code = code.to_owned();
    }
    let mut reader = Reader { sources: &sources, code, diagnostics: found };
    let blocks = body.map_or_else(Vec::new, |body| reader.blocks(&body));
    (blocks, reader.diagnostics)
}

/// Writes blocks in this order, each attribute on its own line by name, a list one item a line.
#[must_use]
pub fn write(blocks: &[LiteralBlock]) -> String {
    let mut content: Vec<hcl::Structure> = Vec::new();
    for block in blocks {
        let mut out = hcl::Block::builder(block.kind.as_str());
        for label in &block.labels {
            out = out.add_label(label.as_str());
        }
        for (name, (value, _)) in &block.attributes {
            out = out.add_attribute((name.as_str(), crate::write::expression(value)));
        }
        content.push(out.build().into());
    }
    crate::write::format(&hcl::Body::from(content))
}

struct Reader<'a> {
    sources: &'a Sources,
    code: &'a str,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn error(&mut self, summary: &str, span: Span, text: &str) {
        let label = self.sources.label(span, text);
        self.diagnostics.push(Diagnostic::error(self.code, summary).label(label));
    }

    fn blocks(&mut self, body: &Body) -> Vec<LiteralBlock> {
        for attribute in &body.attributes {
            let summary = "an attribute stands outside of a block";
            self.error(summary, attribute.name.span, "only blocks may stand here");
        }
        let blocks = body.blocks.iter();
        blocks
            .map(|block| LiteralBlock {
                kind: block.kind.text.to_string(),
                labels: block.labels.iter().map(|label| label.text.to_string()).collect(),
                place: self.sources.label(block.kind.span, ""),
                attributes: self.attributes(&block.body),
            })
            .collect()
    }

    fn attributes(&mut self, body: &Body) -> BTreeMap<String, (Value, Label)> {
        for block in &body.blocks {
            let summary = "a block stands within a block";
            self.error(summary, block.kind.span, "only attributes may stand here");
        }
        let mut attributes = BTreeMap::new();
        for attribute in &body.attributes {
            let span = attribute.value.span;
            let Some(value) = literal(&attribute.value) else {
                self.error("only literal values may stand here", span, "not a literal value");
                continue;
            };
            let label = self.sources.label(span, "");
            attributes.insert(attribute.name.text.to_string(), (value.to_value(), label));
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::code;

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"provider "mesos" {
  hashes = [
    "sha256:00",
    "sha256:01"
  ]
  count = 1.5
  open = true
  version = "0.1.0"
}

provider "echo" {}
"#;
        let (blocks, diagnostics) = read("x.hcl", text, code::PLUGIN_LOCK_FILE);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(blocks[0].labels, ["mesos"]);
        assert_eq!(blocks[0].attributes["version"].0, Value::from("0.1.0"));
        assert_eq!(blocks[0].attributes["hashes"].0.as_list().unwrap().len(), 2);
        let again = write(&blocks);
        let (second, diagnostics) = read("x.hcl", &again, code::PLUGIN_LOCK_FILE);
        assert!(diagnostics.is_empty(), "{diagnostics:?}\n{again}");
        let values = |blocks: &[LiteralBlock]| -> Vec<Vec<Value>> {
            let values =
                |block: &LiteralBlock| block.attributes.values().map(|a| a.0.clone()).collect();
            blocks.iter().map(values).collect()
        };
        assert_eq!(values(&second), values(&blocks));
        assert_eq!(write(&second), again);
    }

    #[test]
    fn everything_wrong_is_said_with_its_place() {
        let text = "a = 1\nprovider \"x\" {\n  version = local.v\n  more {}\n  ok = 1\n}\n";
        let (blocks, diagnostics) = read("x.hcl", text, code::PLUGIN_LOCK_FILE);
        assert_eq!(blocks[0].attributes.keys().collect::<Vec<_>>(), ["ok"]);
        let mut places: Vec<&str> = diagnostics
            .iter()
            .map(|found| &text[found.labels[0].start as usize..found.labels[0].end as usize])
            .collect();
        places.sort_unstable();
        assert_eq!(places, ["a", "local.v", "more"]);
        let (_, diagnostics) = read("x.hcl", "provider \"x\" {", code::PLUGIN_LOCK_FILE);
        assert_eq!(diagnostics.0[0].summary, "this `{` was never closed");
        assert_eq!(diagnostics.0[0].code, code::PLUGIN_LOCK_FILE);
    }
}
