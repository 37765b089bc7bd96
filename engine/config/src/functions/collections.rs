//! Functions of maps, and of collections of any kind.

use super::lists::items;
use super::{Function, Outcome, Parameter, bad, check_count, function, wrong};
use crate::ir::Name;
use crate::marks::Marks;
use crate::types::{convert, unify_all};
use crate::value::{Entries, Ty, Val};
use std::collections::BTreeMap;
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Any, Entries as Map, Nullable, Sequence, Text, TextLists, Texts};
    let any = || Ty::Any;
    let texts = || Ty::List(Box::new(Ty::String));
    vec![
        function("coalesce", &[], any(), coalesce).more(Nullable).sees_unknowns(),
        function("keys", &[Map], texts(), keys).keeps_marks(),
        function("values", &[Map], any(), values).keeps_marks(),
        function("length", &[Any], Ty::Number, length).keeps_marks(),
        function("lookup", &[Map, Text, Nullable], any(), lookup).optional(1).keeps_marks(),
        function("merge", &[], any(), merge).more(Nullable).keeps_marks(),
        function("transpose", &[TextLists], Ty::Map(Box::new(texts())), transpose),
        function("zipmap", &[Texts, Sequence], any(), zipmap).keeps_marks(),
    ]
}

fn entries(arguments: &[Val], at: usize) -> Entries {
    arguments.get(at).and_then(Val::entries).map(|entries| (**entries).clone()).unwrap_or_default()
}

fn coalesce(arguments: &[Val]) -> Outcome {
    if arguments.is_empty() {
        return Err(wrong("needs at least one argument"));
    }
    let ty = unify_all(arguments.iter().map(Val::ty))
        .ok_or_else(|| wrong("the arguments must be of one type"))?;
    for (at, argument) in arguments.iter().enumerate() {
        let empty = match argument {
            Val::Null => true,
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
    let keys = entries(arguments, 0).into_keys().map(Val::String).collect();
    Ok(match arguments.first() {
        Some(Val::Map(_)) => Val::list(keys),
        _ => Val::tuple(keys),
    })
}

fn values(arguments: &[Val]) -> Outcome {
    let values = entries(arguments, 0).into_values().collect();
    Ok(match arguments.first() {
        Some(Val::Map(_)) => Val::list(values),
        _ => Val::tuple(values),
    })
}

fn length(arguments: &[Val]) -> Outcome {
    let value = arguments.first().unwrap_or(&Val::Null);
    let length = match value {
        Val::String(text) => text.graphemes(true).count(),
        Val::Object(entries) | Val::Map(entries) => entries.len(),
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
    let map = arguments.first().unwrap_or(&Val::Null);
    let default = match (map, arguments.get(2)) {
        (Val::Map(entries), Some(default)) => {
            // The default is of the type that the elements have.
            let shared = entries.values().next().map_or(Ty::Any, Val::ty);
            let fits = convert(default, &shared)
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
    let mut types: Vec<Ty> = Vec::new();
    for (at, argument) in arguments.iter().enumerate() {
        match argument {
            Val::Null => continue,
            Val::Unknown(ty) if matches!(**ty, Ty::Any | Ty::Map(_) | Ty::Object(_)) => {
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
        types.push(argument.ty());
    }
    check_count(out.len())?;
    if unknown {
        return Ok(Val::unknown(Ty::Any));
    }
    let map =
        matches!(types.first(), Some(Ty::Map(_))) && types.windows(2).all(|two| two[0] == two[1]);
    Ok(if map { Val::map(out) } else { Val::object(out) })
}

fn transpose(arguments: &[Val]) -> Outcome {
    let mut out: BTreeMap<Name, Vec<Val>> = BTreeMap::new();
    for (key, list) in entries(arguments, 0) {
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
    Ok(Val::map(out.into_iter().map(|(key, items)| (key, Val::list(items))).collect()))
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
        _ if unknown => Val::unknown(Ty::Any),
        Some(Val::List(_)) => Val::map(out),
        _ => Val::object(out),
    };
    Ok(value.mark(marked))
}
