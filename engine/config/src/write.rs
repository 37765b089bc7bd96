//! Values to HCL text, through hcl-rs: what `podform convert` prints.
//!
//! The order of attributes is the schema's; what equals its default is left out; durations carry a
//! unit, sizes are numbers of MiB. Literal `${` and `%{` are escaped.

use crate::source::SourceFile;
use hcl::expr::{TemplateExpr, Traversal, TraversalOperator, Variable};
use hcl::{Attribute as HclAttribute, Body, Expression, Identifier, ObjectKey, Structure};
use podform_model::convert::duration_text;
use podform_model::defaults::default_of;
use podform_model::schema::{Attribute, Block, POD, Repeat, Type};
use podform_model::{Number, ProviderRef, Value};

/// A `pod` block of this label from a value of the pod's schema (defaults may be filled or not),
/// with the provider that runs it when it names one.
#[must_use]
pub fn pod_block(label: &str, value: &Value, provider: Option<&ProviderRef>) -> hcl::Block {
    let mut body = body(&POD, value);
    if let Some(provider) = provider {
        let name = Expression::Variable(Variable::unchecked(provider.to_string()));
        body.0.insert(0, attribute("provider", name));
    }
    hcl::Block {
        identifier: identifier("pod"),
        labels: vec![hcl::BlockLabel::String(label.to_owned())],
        body,
    }
}

/// A `variable` block of this name with a type, and a default when there is one.
#[must_use]
pub fn variable_block(
    name: &str,
    ty: &str,
    default: Option<&Value>,
    description: &str,
) -> hcl::Block {
    let mut content =
        vec![attribute("type", Expression::Variable(Variable::unchecked(ty.to_owned())))];
    if !description.is_empty() {
        content.push(attribute("description", string(description)));
    }
    if let Some(default) = default {
        content.push(attribute("default", expression(default)));
    }
    hcl::Block {
        identifier: identifier("variable"),
        labels: vec![hcl::BlockLabel::String(name.to_owned())],
        body: Body::from(content),
    }
}

/// The text of a body as `podform fmt` writes it.
///
/// A reference to a secret by a name that is no identifier is written `secret["a.b"]`.
#[must_use]
pub fn format(body: &Body) -> String {
    // The formatter fails only when its writer does, and it writes to memory.
    let text = hcl::format::to_string(body).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(&close_empty(line));
        out.push('\n');
    }
    // What the writer makes can be read, so it can be formatted.
    let (formatted, _) = crate::format(&SourceFile::new("written.pf.hcl", &*out));
    formatted.unwrap_or(out)
}

/// hcl-rs indents the closing brace of an empty nested block on the line of its opening one. No
/// other line ends with `{`, spaces and `}`: texts end with a quote.
fn close_empty(line: &str) -> std::borrow::Cow<'_, str> {
    match line.strip_suffix('}').map(str::trim_end) {
        Some(start) if start.ends_with('{') => std::format!("{start}}}").into(),
        _ => line.into(),
    }
}

/// One value as an expression.
#[must_use]
pub fn expression(value: &Value) -> Expression {
    match value {
        // What is not known has no text; null is the value that asks for the default.
        Value::Null | Value::Unknown | Value::Sensitive(_) | Value::Digest(_) => Expression::Null,
        Value::Bool(flag) => Expression::Bool(*flag),
        Value::Number(number) => number_expression(number),
        Value::String(text) => string(text),
        Value::List(items) => Expression::Array(items.iter().map(expression).collect()),
        Value::Map(map) => Expression::Object(
            map.iter().map(|(key, entry)| (object_key(key), expression(entry))).collect(),
        ),
        Value::Secret(name) => secret_reference(name),
    }
}

/// Text. hcl-rs takes `$${` for an escape that is already there, so text with template marks is
/// escaped here.
fn string(text: &str) -> Expression {
    if !(text.contains("${") || text.contains("%{")) {
        return Expression::String(text.to_owned());
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&std::format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    Expression::TemplateExpr(Box::new(TemplateExpr::QuotedString(out)))
}

fn number_expression(number: &Number) -> Expression {
    if let Some(int) = number.as_i64() {
        return Expression::Number(int.into());
    }
    hcl::Number::from_f64(number.as_f64()).map_or(Expression::Null, Expression::Number)
}

fn secret_reference(name: &str) -> Expression {
    let operator = if is_identifier(name) {
        TraversalOperator::GetAttr(identifier(name))
    } else {
        TraversalOperator::Index(Expression::String(name.to_owned()))
    };
    let root = Expression::Variable(Variable::unchecked("secret"));
    Expression::Traversal(Box::new(Traversal { expr: root, operators: vec![operator] }))
}

fn object_key(key: &str) -> ObjectKey {
    if is_identifier(key) && !["null", "true", "false", "for", "if", "in"].contains(&key) {
        ObjectKey::Identifier(identifier(key))
    } else {
        ObjectKey::Expression(string(key))
    }
}

fn is_identifier(text: &str) -> bool {
    Identifier::new(text).is_ok()
}

fn identifier(text: &str) -> Identifier {
    Identifier::unchecked(text)
}

fn attribute(name: &str, value: Expression) -> Structure {
    Structure::Attribute(HclAttribute { key: identifier(name), expr: value })
}

fn body(block: &'static Block, value: &Value) -> Body {
    let mut structures = Vec::new();
    for item in block.attributes {
        match item.block() {
            Some(nested) => blocks(item, nested, value, &mut structures),
            None => plain(item, value, &mut structures),
        }
    }
    Body::from(structures)
}

fn plain(item: &'static Attribute, parent: &Value, out: &mut Vec<Structure>) {
    let written = parent.get(item.name).filter(|value| !value.is_null());
    let default = default_of(item);
    if written.is_some() && written == default.as_ref() {
        return;
    }
    if let Some(value) = written {
        out.push(attribute(item.name, typed(item, value)));
    } else if item.name == "protocol" {
        // An endpoint without protocol has none; its default is not to be put in its place.
        out.push(attribute(item.name, Expression::Array(Vec::new())));
    }
}

fn typed(item: &'static Attribute, value: &Value) -> Expression {
    match (&item.ty, value) {
        (Type::Duration { .. }, Value::Number(seconds)) => {
            Expression::String(duration_text(seconds))
        }
        _ => expression(value),
    }
}

fn blocks(
    item: &'static Attribute,
    nested: &'static Block,
    parent: &Value,
    out: &mut Vec<Structure>,
) {
    let Some(given) = parent.get(item.name) else { return };
    match item.repeat {
        Repeat::Once if given.is_null() => {}
        Repeat::Once => {
            let content = body(nested, given);
            if !content.0.is_empty() || item.required || default_of(item).is_none() {
                out.push(block_of(item.name, Vec::new(), content));
            }
        }
        Repeat::Many { label, .. } => {
            for entry in given.as_list().unwrap_or_default() {
                let labels = match label {
                    Some(_) => vec![hcl::BlockLabel::String(
                        entry.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    )],
                    None => Vec::new(),
                };
                out.push(block_of(item.name, labels, body(nested, entry)));
            }
        }
    }
}

fn block_of(name: &str, labels: Vec<hcl::BlockLabel>, content: Body) -> Structure {
    Structure::Block(hcl::Block { identifier: identifier(name), labels, body: content })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_marks_are_escaped_whatever_stands_before_them() {
        let text = |text: &str| hcl::format::to_string(&expression(&Value::string(text))).unwrap();
        assert_eq!(text("${A}"), r#""$${A}""#);
        assert_eq!(text("$${B} ${$${ %%{x}"), r#""$$${B} $${$$${ %%%{x}""#);
        assert_eq!(text("\"${A}\"\n\\\u{1b}"), r#""\"$${A}\"\n\\\u001b""#);
        assert_eq!(text("$$5 100%"), r#""$$5 100%""#);
    }

    fn pod() -> Value {
        let http = Value::object([("endpoint", Value::from("http"))]);
        let web = Value::object([
            ("name", Value::from("web")),
            ("command", Value::from("echo ${HOME} %{x}")),
            ("resources", Value::object([("cpus", Value::from(1_i64))])),
            (
                "environment",
                Value::object([
                    ("A", Value::Secret("db".into())),
                    ("B", Value::Secret("a.b".into())),
                    ("x.y", Value::from("1")),
                ]),
            ),
            (
                "endpoint",
                Value::list(vec![
                    Value::object([
                        ("name", Value::from("http")),
                        ("protocol", Value::list(vec![Value::from("tcp")])),
                    ]),
                    Value::object([("name", Value::from("raw"))]),
                ]),
            ),
            ("health_check", Value::object([("http", http), ("interval", Value::from(5_i64))])),
        ]);
        Value::object([
            ("id", Value::from("/shop/web")),
            ("instances", Value::from(1_i64)),
            ("backoff", Value::object([("initial", Value::Number("0.25".parse().unwrap()))])),
            ("container", Value::list(vec![web])),
        ])
    }

    #[test]
    fn a_pod_is_written_in_the_order_of_the_schema_without_defaults() {
        let body = Body::from(vec![Structure::Block(pod_block("web", &pod(), None))]);
        let expected = r#"pod "web" {
  id = "/shop/web"

  container "web" {
    command = "echo $${HOME} %%{x}"

    resources {}

    environment = {
      A     = secret.db
      B     = secret["a.b"]
      "x.y" = "1"
    }

    endpoint "http" {}

    endpoint "raw" {
      protocol = []
    }

    health_check {
      http {
        endpoint = "http"
      }

      interval = "5s"
    }
  }

  backoff {
    initial = "250ms"
  }
}
"#;
        assert_eq!(format(&body), expected);
    }

    #[test]
    fn a_variable_is_written() {
        let block = variable_block("replicas", "number", Some(&Value::from(2_i64)), "How many.");
        let text = format(&Body::from(vec![Structure::Block(block)]));
        let expected = "variable \"replicas\" {\n  type        = number\n  description = \"How many.\"\n  default     = 2\n}\n";
        assert_eq!(text, expected);
    }
}
