//! The JSON spelling of the language: objects stand for bodies, blocks and labels, strings are
//! templates.

mod body;
mod read;
pub(crate) mod shape;

use self::body::Converting;
use self::read::{Member, Node};
use self::shape::Shape;
use crate::ir::{Attribute, Body, Expr, Kind, Spanned};
use crate::source::{Names, Sources, Span};
use crate::value::Val;
use podform_model::{Diagnostic, Diagnostics, code};

/// Reads a JSON file of a configuration; `None` when there is an error in it.
pub(super) fn read(
    sources: &Sources,
    file: u32,
    text: &str,
    names: &mut Names,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    let found = diagnostics.0.len();
    let root = root(sources, file, text, diagnostics)?;
    let mut converting = Converting::new(sources, names, file, text, diagnostics);
    let test = sources
        .files
        .get(usize::try_from(file).unwrap_or_default())
        .is_some_and(|file| file.is_json_test());
    let body = converting.body(&root, if test { Shape::TEST } else { Shape::TOP });
    let broken = diagnostics.0.iter().skip(found).any(|found| found.code == code::SYNTAX);
    (!broken).then_some(body)
}

/// Reads a JSON file of the values of variables: strings are just text.
pub(super) fn read_values(
    sources: &Sources,
    file: u32,
    text: &str,
    names: &mut Names,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    let root = root(sources, file, text, diagnostics)?;
    let Node::Object(members) = &root.node else {
        diagnostics.push(no_object(sources, root.span));
        return None;
    };
    let mut out = Body::default();
    for member in members.iter().filter(|member| &*member.key != "//") {
        let name = Spanned { text: names.intern(&member.key), span: member.key_span };
        let value = Expr { span: member.value.span, kind: Kind::Literal(value(&member.value)) };
        out.attributes.push(Attribute { name, value });
    }
    Some(out)
}

fn root(
    sources: &Sources,
    file: u32,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Option<read::Item> {
    match read::document(text, file) {
        Ok(root) => Some(root),
        Err(fault) => {
            let label = sources.label(fault.span, "");
            let mut found = Diagnostic::error(code::SYNTAX, fault.summary).label(label);
            if !fault.help.is_empty() {
                found = found.help(fault.help);
            }
            diagnostics.push(found);
            None
        }
    }
}

fn no_object(sources: &Sources, span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX, "a JSON file of podform holds one object")
        .label(sources.label(span, "not an object"))
        .help("write `{ … }` around what the file holds")
}

/// The plain value of a node.
fn value(item: &read::Item) -> Val {
    match &item.node {
        Node::Null => Val::NULL,
        Node::Bool(flag) => Val::Bool(*flag),
        Node::Number(number) => Val::Number(number.clone()),
        Node::Text(text) => Val::string(&text.value),
        Node::Array(items) => Val::tuple(items.iter().map(value).collect()),
        Node::Object(members) => Val::object(members.iter().map(entry).collect()),
    }
}

fn entry(member: &Member) -> (std::sync::Arc<str>, Val) {
    (crate::value::normalise(&member.key).into(), value(&member.value))
}
