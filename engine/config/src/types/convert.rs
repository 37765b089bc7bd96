//! Conversions of values to types.

use super::unify::{element, is_whole, unify_all};
use crate::value::{Entries, Field, Fields, Ty, Val};
use podform_model::Number;
use std::sync::Arc;

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
        (Ty::Any, _) => Ok(value.clone()),
        (_, Val::Null(from)) if convertible(from, ty) => Ok(Val::Null(filled(ty, from))),
        (_, Val::Null(from)) => {
            Err(format!("expected {}, found null of {}", ty.kind(), from.text()))
        }
        (_, Val::Sensitive(_) | Val::Ephemeral(_)) => {
            let (inner, marks) = value.unmark();
            Ok(convert(inner, ty)?.mark(marks))
        }
        (_, Val::Unknown(from)) if convertible(from, ty) => Ok(Val::unknown(filled(ty, from))),
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
        (Ty::List(to), Val::List(_, of)) | (Ty::Set(to), Val::Set(_, of)) if fits(of, to) => {
            Ok(value.clone())
        }
        (Ty::Map(to), Val::Map(_, of)) if fits(of, to) => Ok(value.clone()),
        (Ty::List(of), Val::Tuple(items) | Val::List(items, _) | Val::Set(items, _)) => {
            let (items, of) = elements(value, items, of)?;
            Ok(Val::list(items, of))
        }
        (Ty::Set(of), Val::Tuple(items) | Val::List(items, _) | Val::Set(items, _)) => {
            let (items, of) = elements(value, items, of)?;
            Ok(Val::set(items, of))
        }
        (Ty::Map(of), Val::Object(entries) | Val::Map(entries, _)) => map(value, entries, of),
        (Ty::Tuple(types), Val::Tuple(items) | Val::List(items, _)) => {
            if types.len() != items.len() {
                return Err(format!("expected {} items, found {}", types.len(), items.len()));
            }
            let items = items.iter().zip(types.iter()).enumerate();
            items
                .map(|(at, (item, ty))| convert(item, ty).map_err(|e| format!("item {at}: {e}")))
                .collect::<Result<Vec<_>, _>>()
                .map(Val::tuple)
        }
        (Ty::Object(fields), Val::Object(entries) | Val::Map(entries, _)) => {
            convert_object(fields, entries)
        }
        _ => Err(expected(ty, value)),
    }
}

/// Whether elements of one type are those that are wanted as they are.
fn fits(of: &Ty, wanted: &Ty) -> bool {
    *wanted == Ty::Any || of == wanted
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
fn parse_number(text: &str) -> Option<Number> {
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

/// The items of a collection converted to one type, and that type.
fn elements(value: &Val, items: &[Val], of: &Ty) -> Result<(Vec<Val>, Ty), String> {
    const MIXED: &str = "the items must be of one type, as a list or set needs";
    let of = element_of(value, items.iter(), of).ok_or(MIXED)?;
    if of == Ty::Any && items.iter().any(|item| item.ty() != Ty::Any) {
        return Err(MIXED.into());
    }
    let convert_all = |items: &[Val], of: &Ty| {
        let items = items.iter().enumerate();
        let items = items
            .map(|(at, item)| convert(item, of).map_err(|error| format!("item {at}: {error}")));
        items.collect::<Result<Vec<_>, _>>()
    };
    let items = convert_all(items, &of)?;
    if is_whole(&of) {
        return Ok((items, of.plain()));
    }
    let of = shared(items.iter(), &of).ok_or(MIXED)?;
    Ok((convert_all(&items, &of)?, of))
}

fn map(value: &Val, entries: &Entries, of: &Ty) -> Result<Val, String> {
    const MIXED: &str = "the values must be of one type, as a map needs";
    let of = element_of(value, entries.values(), of).ok_or(MIXED)?;
    let convert_all = |entries: &Entries, of: &Ty| {
        let mut out = Entries::new();
        for (key, entry) in entries {
            let value = convert(entry, of).map_err(|error| format!("`{key}`: {error}"))?;
            out.insert(key.clone(), value);
        }
        Ok::<_, String>(out)
    };
    let out = convert_all(entries, &of)?;
    if is_whole(&of) {
        return Ok(Val::map(out, of.plain()));
    }
    let of = shared(out.values(), &of).ok_or(MIXED)?;
    Ok(Val::map(convert_all(&out, &of)?, of))
}

/// The type of elements whose wanted type leaves parts open: that of all that have one.
fn shared<'v>(all: impl Iterator<Item = &'v Val>, of: &Ty) -> Option<Ty> {
    let mut types = all.map(Val::ty).filter(|ty| *ty != Ty::Any);
    let Some(first) = types.next() else { return Some(of.plain()) };
    types.all(|other| other == first).then_some(first)
}

/// The type that the elements of a collection are to have; what it leaves open they themselves
/// tell.
fn element_of<'v>(value: &Val, all: impl Iterator<Item = &'v Val>, of: &Ty) -> Option<Ty> {
    if is_whole(of) {
        return Some(of.clone());
    }
    let has = match value {
        Val::List(_, has) | Val::Set(_, has) | Val::Map(_, has) => (**has).clone(),
        _ => unify_all(all.map(Val::ty).collect())?,
    };
    Some(if *of == Ty::Any { has } else { with_parts(of, &has) })
}

fn convert_object(fields: &Fields, entries: &Entries) -> Result<Val, String> {
    let mut out = Entries::new();
    for (name, field) in fields {
        let value = match (entries.get(name), &field.default) {
            (None, None) => return Err(format!("the attribute `{name}` is required")),
            (None | Some(Val::Null(_)), Some(default)) => default.clone(),
            (Some(given), _) => {
                convert(given, &field.ty).map_err(|error| format!("`{name}`: {error}"))?
            }
        };
        out.insert(name.clone(), value);
    }
    Ok(Val::object(out))
}

/// The type of a value without parts, once it is converted: what the wanted type leaves open the
/// value's own tells.
fn filled(wanted: &Ty, from: &Ty) -> Ty {
    if is_whole(wanted) || *from == Ty::Any {
        wanted.plain()
    } else {
        with_parts(wanted, from).plain()
    }
}

/// The wanted type with the parts of another where it leaves them open.
fn with_parts(wanted: &Ty, from: &Ty) -> Ty {
    let part = |of: &Ty| with_parts(of, &element(from).unwrap_or(Ty::Any));
    match (wanted, from) {
        (_, Ty::Any) => wanted.clone(),
        (Ty::Any, _) => from.clone(),
        (Ty::List(of), _) => Ty::list(part(of)),
        (Ty::Set(of), _) => Ty::set(part(of)),
        (Ty::Map(of), _) => Ty::map(part(of)),
        (Ty::Tuple(items), Ty::Tuple(own)) if items.len() == own.len() => Ty::tuple(
            items.iter().zip(own.iter()).map(|(item, own)| with_parts(item, own)).collect(),
        ),
        (Ty::Tuple(items), Ty::List(_) | Ty::Set(_)) => Ty::tuple(items.iter().map(part).collect()),
        (Ty::Object(fields), _) => {
            let own = |name: &Arc<str>| match from {
                Ty::Object(own) => own.get(name).map(|field| field.ty.clone()),
                _ => element(from),
            };
            let field = |(name, field): (&Arc<str>, &Field)| {
                let ty = with_parts(&field.ty, &own(name).unwrap_or(Ty::Any));
                // A default that does not fit is refused where it is taken.
                let default = field.default.as_ref();
                let default =
                    default.map(|value| convert(value, &ty).unwrap_or_else(|_| value.clone()));
                (name.clone(), Field { ty, default })
            };
            Ty::object(fields.iter().map(field).collect())
        }
        _ => wanted.clone(),
    }
}

/// Whether an unknown or null of one type may become another.
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
            None => field.default.is_some(),
        }),
        (Ty::Tuple(a), Ty::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| convertible(a, b))
        }
        _ => false,
    }
}
