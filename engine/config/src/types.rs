//! Types: reading constraints, converting values to them, finding the type that several share.

use crate::ir::{Expr, Kind, Target};
use crate::source::Span;
use crate::value::{Entries, Field, Ty, Val};
use podform_model::Number;
use std::sync::Arc;

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
            ("list", [of]) => Ok(Ty::List(Box::new(constraint(of)?))),
            ("set", [of]) => Ok(Ty::Set(Box::new(constraint(of)?))),
            ("map", [of]) => Ok(Ty::Map(Box::new(constraint(of)?))),
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
        Kind::List(items) => {
            Ok(Ty::Tuple(items.iter().map(constraint).collect::<Result<Vec<_>, _>>()?))
        }
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
    let mut fields = std::collections::BTreeMap::new();
    for entry in entries {
        let Some(name) = entry.key.as_text() else {
            return Err(not_a_type(entry.key.span, "an attribute's name must be written out", ""));
        };
        fields.insert(name.clone(), field(&entry.value)?);
    }
    Ok(Ty::Object(fields))
}

fn field(expr: &Expr) -> Result<Field, NotAType> {
    let Kind::Call(call) = &expr.kind else { return constraint(expr).map(Field::from) };
    if &*call.name.text != "optional" {
        return constraint(expr).map(Field::from);
    }
    match &*call.arguments {
        [of] => Ok(Field { ty: constraint(of)?, optional: true, default: None }),
        [of, default] => {
            let ty = constraint(of)?;
            let value = literal(default).ok_or_else(|| {
                not_a_type(default.span, "the default of an attribute must be a literal value", "")
            })?;
            let value = convert(&value, &ty).map_err(|message| {
                not_a_type(default.span, format!("the default does not fit: {message}"), "")
            })?;
            Ok(Field { ty, optional: true, default: Some(value) })
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

fn expected(ty: &Ty, value: &Val) -> String {
    format!("expected {}, found {}", ty.kind(), value.kind())
}

/// Converts a value to a type, as HCL does: numbers and booleans from and to text, collections by
/// their elements.
///
/// # Errors
/// What was expected and found, as a fragment.
pub(crate) fn convert(value: &Val, ty: &Ty) -> Result<Val, String> {
    match (ty, value) {
        (Ty::Any, _) | (_, Val::Null) => Ok(value.clone()),
        (_, Val::Sensitive(_) | Val::Ephemeral(_)) => {
            let (inner, marks) = value.unmark();
            Ok(convert(inner, ty)?.mark(marks))
        }
        (_, Val::Unknown(from)) if convertible(from, ty) => Ok(Val::unknown(ty.clone())),
        (Ty::String, _) => to_text(value).ok_or_else(|| expected(ty, value)),
        (Ty::Number, Val::Number(_)) | (Ty::Bool, Val::Bool(_)) | (Ty::Secret, Val::Secret(_)) => {
            Ok(value.clone())
        }
        (Ty::Number, Val::String(text)) => parse_number(text)
            .map(Val::Number)
            .ok_or_else(|| format!("expected a number, found the text {}", quoted(text))),
        (Ty::Bool, Val::String(text)) => match &**text {
            "true" | "1" => Ok(Val::Bool(true)),
            "false" | "0" => Ok(Val::Bool(false)),
            _ => Err(format!("expected true or false, found the text {}", quoted(text))),
        },
        (Ty::List(of), Val::Tuple(items) | Val::List(items) | Val::Set(items)) => {
            if **of == Ty::Any && matches!(value, Val::List(_)) {
                return Ok(value.clone());
            }
            elements(items, of).map(Val::list)
        }
        (Ty::Set(of), Val::Tuple(items) | Val::List(items) | Val::Set(items)) => {
            elements(items, of).map(Val::set)
        }
        (Ty::Map(of), Val::Object(entries) | Val::Map(entries)) => map(entries, of),
        (Ty::Tuple(types), Val::Tuple(items) | Val::List(items)) => {
            if types.len() != items.len() {
                return Err(format!("expected {} items, found {}", types.len(), items.len()));
            }
            let items = items.iter().zip(types).enumerate();
            items
                .map(|(at, (item, ty))| convert(item, ty).map_err(|e| format!("item {at}: {e}")))
                .collect::<Result<Vec<_>, _>>()
                .map(Val::tuple)
        }
        (Ty::Object(fields), Val::Object(entries) | Val::Map(entries)) => {
            convert_object(fields, entries)
        }
        _ => Err(expected(ty, value)),
    }
}

/// A short text in quotes, as messages show it.
pub(crate) fn quoted(text: &str) -> String {
    if text.chars().count() > 40 {
        let short: String = text.chars().take(37).collect();
        return format!("{:?}", format!("{short}..."));
    }
    format!("{text:?}")
}

/// A number as text spells it: digits, a point, an exponent, without space around.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let plain =
        text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
    if starts && plain { text.parse().ok() } else { None }
}

/// The text of a number, bool, string or secret reference.
pub(crate) fn to_text(value: &Val) -> Option<Val> {
    match value {
        Val::String(_) | Val::Secret(_) => Some(value.clone()),
        Val::Number(number) => Some(Val::String(number.to_string().into())),
        Val::Bool(flag) => Some(Val::String(if *flag { "true" } else { "false" }.into())),
        _ => None,
    }
}

fn elements(items: &[Val], of: &Ty) -> Result<Vec<Val>, String> {
    let shared;
    let of = if *of == Ty::Any {
        shared = unify_all(items.iter().map(Val::ty))
            .ok_or("the items must be of one type, as a list or set needs")?;
        &shared
    } else {
        of
    };
    items
        .iter()
        .enumerate()
        .map(|(at, item)| convert(item, of).map_err(|error| format!("item {at}: {error}")))
        .collect()
}

fn map(entries: &Entries, of: &Ty) -> Result<Val, String> {
    let shared;
    let of = if *of == Ty::Any {
        shared = unify_all(entries.values().map(Val::ty))
            .ok_or("the values must be of one type, as a map needs")?;
        &shared
    } else {
        of
    };
    let mut out = Entries::new();
    for (key, entry) in entries {
        let value = convert(entry, of).map_err(|error| format!("`{key}`: {error}"))?;
        out.insert(key.clone(), value);
    }
    Ok(Val::map(out))
}

fn convert_object(
    fields: &std::collections::BTreeMap<Arc<str>, Field>,
    entries: &Entries,
) -> Result<Val, String> {
    let mut out = Entries::new();
    for (name, field) in fields {
        let value = match (entries.get(name), &field.default) {
            (None, _) if !field.optional => {
                return Err(format!("the attribute `{name}` is required"));
            }
            (None | Some(Val::Null), Some(default)) => default.clone(),
            (None, None) => Val::Null,
            (Some(given), _) => {
                convert(given, &field.ty).map_err(|error| format!("`{name}`: {error}"))?
            }
        };
        out.insert(name.clone(), value);
    }
    Ok(Val::object(out))
}

/// Whether an unknown of one type may become another.
fn convertible(from: &Ty, to: &Ty) -> bool {
    match (from, to) {
        (Ty::Any, _) | (_, Ty::Any) => true,
        (a, b) if a == b => true,
        (Ty::Number | Ty::Bool | Ty::Secret, Ty::String) | (Ty::String, Ty::Number | Ty::Bool) => {
            true
        }
        (Ty::List(a) | Ty::Set(a), Ty::List(b) | Ty::Set(b)) | (Ty::Map(a), Ty::Map(b)) => {
            convertible(a, b)
        }
        (Ty::Tuple(items), Ty::List(of) | Ty::Set(of)) => {
            items.iter().all(|item| convertible(item, of))
        }
        (Ty::Object(fields), Ty::Map(of)) => {
            fields.values().all(|field| convertible(&field.ty, of))
        }
        (Ty::Map(_), Ty::Object(_)) | (Ty::List(_), Ty::Tuple(_)) => true,
        (Ty::Object(a), Ty::Object(b)) => b.iter().all(|(name, field)| match a.get(name) {
            Some(given) => convertible(&given.ty, &field.ty),
            None => field.optional,
        }),
        (Ty::Tuple(a), Ty::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| convertible(a, b))
        }
        _ => false,
    }
}

/// The type that all of these convert to, if there is one.
pub(crate) fn unify_all(types: impl Iterator<Item = Ty>) -> Option<Ty> {
    let mut out = Ty::Any;
    for ty in types {
        out = unify(&out, &ty)?;
    }
    Some(out)
}

/// The type that two convert to, if there is one.
pub(crate) fn unify(a: &Ty, b: &Ty) -> Option<Ty> {
    Some(match (a, b) {
        (a, b) if a == b => a.clone(),
        (Ty::Any, other) | (other, Ty::Any) => other.clone(),
        (Ty::String, Ty::Number | Ty::Bool | Ty::Secret)
        | (Ty::Number | Ty::Bool | Ty::Secret, Ty::String) => Ty::String,
        (Ty::Tuple(x), Ty::Tuple(y)) if x.len() == y.len() => {
            let items: Option<Vec<Ty>> = x.iter().zip(y).map(|(x, y)| unify(x, y)).collect();
            return items.map(Ty::Tuple);
        }
        (Ty::Set(x), Ty::Set(y)) => Ty::Set(Box::new(unify(x, y)?)),
        // What a tuple holds becomes what the set holds.
        (Ty::Set(of), Ty::Tuple(_)) | (Ty::Tuple(_), Ty::Set(of)) => Ty::Set(of.clone()),
        (Ty::Tuple(_) | Ty::List(_) | Ty::Set(_), Ty::Tuple(_) | Ty::List(_) | Ty::Set(_)) => {
            Ty::List(Box::new(unify(&element(a)?, &element(b)?)?))
        }
        (Ty::Object(x), Ty::Object(y)) if x.keys().eq(y.keys()) => {
            let mut fields = std::collections::BTreeMap::new();
            for (name, field) in x {
                fields.insert(name.clone(), unify(&field.ty, &y.get(name)?.ty)?.into());
            }
            Ty::Object(fields)
        }
        (Ty::Object(_) | Ty::Map(_), Ty::Object(_) | Ty::Map(_)) => {
            Ty::Map(Box::new(unify(&element(a)?, &element(b)?)?))
        }
        _ => return None,
    })
}

fn element(ty: &Ty) -> Option<Ty> {
    match ty {
        Ty::List(of) | Ty::Set(of) | Ty::Map(of) => Some((**of).clone()),
        Ty::Tuple(items) => unify_all(items.iter().cloned()),
        Ty::Object(fields) => unify_all(fields.values().map(|field| field.ty.clone())),
        _ => None,
    }
}

/// Whether values of two types are never equal: both are known in full, and not the same.
pub(crate) fn distinct(a: &Ty, b: &Ty) -> bool {
    is_whole(a) && is_whole(b) && !same(a, b)
}

/// Whether every part of a type is known.
pub(crate) fn is_whole(ty: &Ty) -> bool {
    match ty {
        // A reference to a secret stands for text.
        Ty::Any | Ty::Secret => false,
        Ty::List(of) | Ty::Set(of) | Ty::Map(of) => is_whole(of),
        Ty::Tuple(items) => items.iter().all(is_whole),
        Ty::Object(fields) => fields.values().all(|field| is_whole(&field.ty)),
        _ => true,
    }
}

/// Whether two types have the same values; how an attribute is written does not matter.
fn same(a: &Ty, b: &Ty) -> bool {
    match (a, b) {
        (Ty::List(a), Ty::List(b)) | (Ty::Set(a), Ty::Set(b)) | (Ty::Map(a), Ty::Map(b)) => {
            same(a, b)
        }
        (Ty::Tuple(a), Ty::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Ty::Object(a), Ty::Object(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| same(&a.ty, &b.ty))
        }
        _ => a == b,
    }
}
