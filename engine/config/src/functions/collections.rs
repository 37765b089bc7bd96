//! Functions of maps, and of collections of any kind.

use super::lists::items;
use super::{Fault, Function, Outcome, Parameter, bad, check_count, function, wrong};
use crate::ir::Name;
use crate::marks::Marks;
use crate::types::{convert, unify_all};
use crate::value::{Entries, Ty, Val};
use std::collections::BTreeMap;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Any, Entries as Map, Nullable, Sequence, Text, TextLists, Texts};
    let any = || Ty::Any;
    let texts = || Ty::list(Ty::String);
    vec![
        function("coalesce", &[], any(), coalesce).more(Nullable).sees_unknowns(),
        function("keys", &[Map], texts(), keys).keeps_marks(),
        function("values", &[Map], any(), values).keeps_marks(),
        function("length", &[Any], Ty::Number, length).keeps_marks(),
        function("lookup", &[Map, Text, Nullable], any(), lookup).optional(1).keeps_marks(),
        function("merge", &[], any(), merge).more(Nullable).keeps_marks(),
        function("transpose", &[TextLists], Ty::map(texts()), transpose),
        function("zipmap", &[Texts, Sequence], any(), zipmap).typed(zipped_type).keeps_marks(),
    ]
}

fn entries(arguments: &[Val]) -> impl Iterator<Item = (&Name, &Val)> {
    arguments.first().and_then(Val::entries).into_iter().flatten()
}

fn coalesce(arguments: &[Val]) -> Outcome {
    if arguments.is_empty() {
        return Err(wrong("needs at least one argument"));
    }
    let ty = unify_all(arguments.iter().map(Val::ty).collect())
        .ok_or_else(|| wrong("the arguments must be of one type"))?;
    for (at, argument) in arguments.iter().enumerate() {
        let empty = match argument {
            Val::Null(_) => true,
            Val::String(text) => text.is_empty(),
            _ => false,
        };
        if !empty {
            return convert(argument, &ty).map_err(|message| bad(at, message));
        }
    }
    Err(wrong("all arguments are null or empty"))
}

fn keys(arguments: &[Val]) -> Outcome {
    let keys = entries(arguments).map(|(key, _)| Val::String(key.clone())).collect();
    Ok(match arguments.first() {
        Some(Val::Map(..)) => Val::list(keys, Ty::String),
        _ => Val::tuple(keys),
    })
}

fn values(arguments: &[Val]) -> Outcome {
    let values = entries(arguments).map(|(_, value)| value.clone()).collect();
    Ok(match arguments.first() {
        Some(Val::Map(_, of)) => Val::list(values, of.clone()),
        _ => Val::tuple(values),
    })
}

fn length(arguments: &[Val]) -> Outcome {
    let value = arguments.first().unwrap_or(&Val::NULL);
    let length = match value {
        Val::String(text) => text.graphemes(true).count(),
        Val::Object(entries) | Val::Map(entries, _) => entries.len(),
        other => match other.items() {
            Some(items) => items.len(),
            None => {
                let kind = other.kind();
                return Err(bad(
                    0,
                    format!("{kind} has no length: expected text, a list or a map"),
                ));
            }
        },
    };
    Ok(Val::int(length))
}

fn lookup(arguments: &[Val]) -> Outcome {
    let key = super::text::arg(arguments, 1);
    let map = arguments.first().unwrap_or(&Val::NULL);
    let default = match (map, arguments.get(2)) {
        (Val::Map(_, of), Some(default)) => {
            let fits = convert(default, of)
                .map_err(|message| bad(2, format!("as the elements of the map are: {message}")))?;
            Some(fits)
        }
        (_, default) => default.cloned(),
    };
    match (map.entries().and_then(|entries| entries.get(key)), default) {
        (Some(found), _) => Ok(found.clone()),
        (None, Some(default)) => Ok(default),
        (None, None) => {
            let key = crate::types::quoted(key);
            Err(bad(1, format!("the map has no element {key}, and there is no default")))
        }
    }
}

fn merge(arguments: &[Val]) -> Outcome {
    let mut out = Entries::new();
    let mut unknown = false;
    for (at, argument) in arguments.iter().enumerate() {
        match argument {
            Val::Null(Ty::Any | Ty::Map(_) | Ty::Object(_)) => {}
            Val::Unknown(Ty::Any | Ty::Map(_) | Ty::Object(_)) => {
                unknown = true;
            }
            other => match other.entries() {
                Some(entries) => out.extend(entries.iter().map(|(k, v)| (k.clone(), v.clone()))),
                None => {
                    let kind = other.kind();
                    return Err(bad(at, format!("expected a map or object, found {kind}")));
                }
            },
        }
    }
    check_count(out.len())?;
    let shared = merged_type(arguments);
    Ok(match shared {
        shared if unknown => Val::unknown(shared.unwrap_or(Ty::Any)),
        Some(Ty::Map(of)) => Val::map(out, of),
        _ => Val::object(out),
    })
}

/// The type that all arguments have, if it is one.
fn merged_type(arguments: &[Val]) -> Option<Ty> {
    let (first, others) = arguments.split_first()?;
    // What an object's type is, its entries say.
    if matches!(first, Val::Object(_)) {
        return None;
    }
    let ty = first.ty();
    others.iter().all(|other| !matches!(other, Val::Object(_)) && other.ty() == ty).then_some(ty)
}

fn transpose(arguments: &[Val]) -> Outcome {
    let mut out: BTreeMap<Name, Vec<Val>> = BTreeMap::new();
    for (key, list) in entries(arguments) {
        for item in list.items().into_iter().flat_map(|items| items.iter()) {
            match item {
                Val::String(text) => {
                    out.entry(text.clone()).or_default().push(Val::String(key.clone()));
                }
                other => {
                    let kind = other.kind();
                    return Err(bad(0, format!("expected lists of strings, found {kind} in one")));
                }
            }
        }
    }
    let lists = out.into_iter().map(|(key, items)| (key, Val::list(items, Ty::String)));
    Ok(Val::map(lists.collect(), Ty::list(Ty::String)))
}

fn zipped_type(arguments: &[Val]) -> Result<Ty, Fault> {
    Ok(match arguments.get(1).map(Val::ty) {
        Some(Ty::List(of)) => Ty::Map(of),
        _ => Ty::Any,
    })
}

fn zipmap(arguments: &[Val]) -> Outcome {
    let (keys, values) = (items(arguments, 0), items(arguments, 1));
    if keys.len() != values.len() {
        let (a, b) = (keys.len(), values.len());
        return Err(wrong(format!("needs as many keys as values, found {a} and {b}")));
    }
    let mut out = Entries::new();
    let (mut marked, mut unknown) = (Marks::default(), false);
    for (key, value) in keys.iter().zip(values) {
        let (key, hidden) = key.unmark();
        marked |= hidden;
        match key {
            Val::String(key) => {
                out.insert(key.clone(), value.clone());
            }
            Val::Unknown(_) => unknown = true,
            other => {
                return Err(bad(0, format!("the keys must be strings, found {}", other.kind())));
            }
        }
    }
    let value = match arguments.get(1) {
        _ if unknown => Val::unknown(zipped_type(arguments)?),
        Some(Val::List(_, of)) => Val::map(out, of.clone()),
        _ => Val::object(out),
    };
    Ok(value.mark(marked))
}
