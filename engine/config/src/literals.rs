//! Files of literal values only, as the lock file of plugins: blocks of attributes, nothing to
//! evaluate.

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Body, Structure};
use podform_model::{Diagnostic, Diagnostics, Label, Value};
use std::collections::BTreeMap;
use std::ops::Range;

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
    let mut reader = Reader { file: name, code, diagnostics: Diagnostics::new() };
    let blocks = match hcl_edit::parser::parse_body(text) {
        Ok(body) => reader.blocks(&body),
        Err(error) => {
            let at = error.location().offset();
            reader.error("the file is not HCL", at..at, error.message());
            Vec::new()
        }
    };
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
    file: &'a str,
    code: &'a str,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn label(&self, range: Option<Range<usize>>, text: &str) -> Label {
        let range = range.unwrap_or_default();
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, end) = (offset(range.start), offset(range.end));
        Label { file: self.file.into(), start, end, text: text.to_owned() }
    }

    fn error(&mut self, summary: &str, range: Range<usize>, text: &str) {
        let label = self.label(Some(range), text);
        self.diagnostics.push(Diagnostic::error(self.code, summary).label(label));
    }

    fn blocks(&mut self, body: &Body) -> Vec<LiteralBlock> {
        let mut blocks = Vec::new();
        for structure in body {
            match structure {
                Structure::Block(block) => blocks.push(LiteralBlock {
                    kind: block.ident.as_str().to_owned(),
                    labels: block.labels.iter().map(|label| label.as_str().to_owned()).collect(),
                    place: self.label(block.ident.span(), ""),
                    attributes: self.attributes(&block.body),
                }),
                Structure::Attribute(attribute) => self.error(
                    "an attribute stands outside of a block",
                    attribute.key.span().unwrap_or_default(),
                    "only blocks may stand here",
                ),
            }
        }
        blocks
    }

    fn attributes(&mut self, body: &Body) -> BTreeMap<String, (Value, Label)> {
        let mut attributes = BTreeMap::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let range = attribute.value.span();
                    let name = attribute.key.as_str().to_owned();
                    match literal(&attribute.value) {
                        Some(value) => {
                            attributes.insert(name, (value, self.label(range, "")));
                        }
                        None => self.error(
                            "only literal values may stand here",
                            range.unwrap_or_default(),
                            "not a literal value",
                        ),
                    }
                }
                Structure::Block(block) => self.error(
                    "a block stands within a block",
                    block.ident.span().unwrap_or_default(),
                    "only attributes may stand here",
                ),
            }
        }
        attributes
    }
}

fn literal(expression: &Expression) -> Option<Value> {
    Some(match expression {
        Expression::String(text) => Value::string(text.as_str()),
        Expression::Bool(flag) => Value::Bool(*flag.value()),
        Expression::Number(number) => Value::Number(number.value().to_string().parse().ok()?),
        Expression::Array(items) => {
            Value::list(items.iter().map(literal).collect::<Option<Vec<_>>>()?)
        }
        _ => return None,
    })
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
        let places: Vec<&str> = diagnostics
            .iter()
            .map(|found| &text[found.labels[0].start as usize..found.labels[0].end as usize])
            .collect();
        assert_eq!(places, ["a", "local.v", "more"]);
        let (_, diagnostics) = read("x.hcl", "provider \"x\" {", code::PLUGIN_LOCK_FILE);
        assert_eq!(diagnostics.0[0].summary, "the file is not HCL");
    }
}
