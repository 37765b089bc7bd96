//! Types: reading constraints, converting values to them, finding the type that several share.

mod convert;
mod unify;

use crate::ir::{Expr, Kind, Target};
use crate::source::Span;
use crate::value::{Entries, Field, Fields, Ty, Val};
use podform_model::Number;

pub(crate) use convert::{convert, quoted, to_text};
pub(crate) use unify::{element, is_whole, unify, unify_all};

/// Why an expression is not a type constraint, and where.
pub(crate) struct NotAType {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: String,
}

fn not_a_type(span: Span, message: impl Into<String>, help: impl Into<String>) -> NotAType {
    NotAType { span, message: message.into(), help: help.into() }
}

const KNOWN: &[&str] =
    &["string", "number", "bool", "any", "list", "set", "map", "object", "tuple", "optional"];

/// Reads a type constraint as `list(object({ a = string, b = optional(number, 1) }))`.
pub(crate) fn constraint(expr: &Expr) -> Result<Ty, NotAType> {
    match &expr.kind {
        Kind::Reference(reference) if reference.steps.is_empty() => match &reference.target {
            Target::Nothing(name) => simple(name, expr.span),
            _ => Err(not_a_type(
                expr.span,
                "a type must be written out, it cannot refer to anything",
                "write a type as `string`, `number`, `bool`, `list(string)`",
            )),
        },
        Kind::Literal(Val::String(name)) => Err(not_a_type(
            expr.span,
            format!("a type is written without quotes, found \"{name}\""),
            format!("write `type = {name}`"),
        )),
        Kind::Call(call) => match (&*call.name.text, &*call.arguments) {
            ("list", [of]) => Ok(Ty::list(constraint(of)?)),
            ("set", [of]) => Ok(Ty::set(constraint(of)?)),
            ("map", [of]) => Ok(Ty::map(constraint(of)?)),
            ("tuple", [of]) => tuple(of),
            ("object", [of]) => object(of),
            ("optional", _) => Err(not_a_type(
                call.name.span,
                "`optional` may stand only around the type of an attribute of `object`",
                "write `object({ name = optional(string) })`",
            )),
            ("list" | "set" | "map" | "tuple" | "object", arguments) => Err(not_a_type(
                expr.span,
                format!("`{}` takes one argument, found {}", call.name.text, arguments.len()),
                format!("write `{}`", example(&call.name.text)),
            )),
            _ => simple(&call.name.text, call.name.span),
        },
        _ => Err(not_a_type(
            expr.span,
            "this is not a type",
            "write a type as `string`, `number`, `bool`, `list(string)`",
        )),
    }
}

fn example(name: &str) -> &'static str {
    match name {
        "object" => "object({ name = string })",
        "tuple" => "tuple([string, number])",
        "set" => "set(string)",
        "map" => "map(string)",
        _ => "list(string)",
    }
}

fn simple(name: &str, span: Span) -> Result<Ty, NotAType> {
    match name {
        "string" => Ok(Ty::String),
        "number" => Ok(Ty::Number),
        "bool" => Ok(Ty::Bool),
        "any" => Ok(Ty::Any),
        // The short forms of old configurations.
        "list" | "set" | "map" | "tuple" | "object" => Err(not_a_type(
            span,
            format!("`{name}` needs the type of what it holds"),
            format!("write `{}`", example(name)),
        )),
        other => {
            let near = crate::suggest::nearest(other, KNOWN.iter().copied());
            Err(not_a_type(
                span,
                format!("`{other}` is not a type"),
                match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write a type as `string`, `number`, `bool`, `list(string)`".into(),
                },
            ))
        }
    }
}

fn tuple(of: &Expr) -> Result<Ty, NotAType> {
    match &of.kind {
        Kind::List(items) => Ok(Ty::tuple(items.iter().map(constraint).collect::<Result<_, _>>()?)),
        _ => Err(not_a_type(
            of.span,
            "`tuple` takes a list of types",
            "write `tuple([string, number])`",
        )),
    }
}

fn object(of: &Expr) -> Result<Ty, NotAType> {
    let Kind::Object(entries) = &of.kind else {
        return Err(not_a_type(
            of.span,
            "`object` takes the types of its attributes in braces",
            "write `object({ name = string })`",
        ));
    };
    let mut fields = Fields::new();
    for entry in entries {
        let Some(name) = entry.key.as_text() else {
            return Err(not_a_type(entry.key.span, "an attribute's name must be written out", ""));
        };
        fields.insert(name.clone(), field(&entry.value)?);
    }
    Ok(Ty::object(fields))
}

fn field(expr: &Expr) -> Result<Field, NotAType> {
    let Kind::Call(call) = &expr.kind else { return constraint(expr).map(Field::from) };
    if &*call.name.text != "optional" {
        return constraint(expr).map(Field::from);
    }
    match &*call.arguments {
        [of] => {
            let ty = constraint(of)?;
            Ok(Field { default: Some(Val::Null(ty.plain())), ty })
        }
        [of, default] => {
            let ty = constraint(of)?;
            let value = literal(default).ok_or_else(|| {
                not_a_type(default.span, "the default of an attribute must be a literal value", "")
            })?;
            let value = convert(&value, &ty).map_err(|message| {
                not_a_type(default.span, format!("the default does not fit: {message}"), "")
            })?;
            Ok(Field { ty, default: Some(value) })
        }
        arguments => Err(not_a_type(
            expr.span,
            format!(
                "`optional` takes a type and perhaps a default, found {} arguments",
                arguments.len()
            ),
            "write `optional(string, \"text\")`",
        )),
    }
}

/// The value of an expression without references and calls.
pub(crate) fn literal(expr: &Expr) -> Option<Val> {
    match &expr.kind {
        Kind::Literal(value) => Some(value.clone()),
        Kind::List(items) => {
            Some(Val::tuple(items.iter().map(literal).collect::<Option<Vec<_>>>()?))
        }
        Kind::Object(entries) => {
            let mut out = Entries::new();
            for entry in entries {
                out.insert(entry.key.as_text()?.clone(), literal(&entry.value)?);
            }
            Some(Val::object(out))
        }
        Kind::Negate(inner) => match literal(inner)? {
            Val::Number(number) => Some(Val::Number(Number::new(-number.decimal()))),
            _ => None,
        },
        Kind::Paren(inner) => literal(inner),
        _ => None,
    }
}
