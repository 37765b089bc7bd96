//! Functions of lists and maps.

use super::numbers::{index, number};
use super::{Fault, Function, Outcome, Parameter, bad, function, wrong};
use crate::marks::Marks;
use crate::types::{convert, unify_all};
use crate::value::{Entries, Ty, Val};

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Any, Entries as Map, Items, Nullable, Number, Text};
    let items = &[Items][..];
    let map = &[Map][..];
    let any = || Ty::Any;
    let list = || Ty::List(Box::new(Ty::Any));
    vec![
        function("alltrue", items, Ty::Bool, |a| decide(a, true)),
        function("anytrue", items, Ty::Bool, |a| decide(a, false)),
        function("chunklist", &[Items, Number], list(), chunklist).keeps_marks(),
        function("coalesce", &[], any(), coalesce).more(Nullable).keeps_marks(),
        function("coalescelist", &[], any(), coalescelist).more(Nullable).keeps_marks(),
        function("compact", items, Ty::List(Box::new(Ty::String)), compact),
        function("concat", &[], any(), concat).more(Items).keeps_marks(),
        function("contains", &[Items, Nullable], Ty::Bool, contains),
        function("distinct", items, list(), distinct),
        function("element", &[Items, Number], any(), element).keeps_marks(),
        function("flatten", items, any(), flatten).keeps_marks(),
        function("index", &[Items, Nullable], Ty::Number, position),
        function("keys", map, Ty::List(Box::new(Ty::String)), keys).keeps_marks(),
        function("values", map, any(), values).keeps_marks(),
        function("length", &[Any], Ty::Number, length).keeps_marks(),
        function("lookup", &[Map, Text, Nullable], any(), lookup).optional(1).keeps_marks(),
        function("matchkeys", &[Items, Items, Items], list(), matchkeys),
        function("merge", &[], any(), merge).more(Nullable).keeps_marks(),
        function("one", items, any(), one).keeps_marks(),
        function("range", &[Number], Ty::List(Box::new(Ty::Number)), range).more(Number),
        function("reverse", items, any(), reverse).keeps_marks(),
        function("slice", &[Items, Number, Number], any(), slice).keeps_marks(),
        function("sort", items, Ty::List(Box::new(Ty::String)), sort),
        function("transpose", map, any(), transpose),
        function("zipmap", &[Items, Items], any(), zipmap).keeps_marks(),
    ]
}

/// The items of an argument.
pub(super) fn items(arguments: &[Val], at: usize) -> &[Val] {
    arguments.get(at).and_then(Val::items).map_or(&[], |items| items.as_slice())
}

fn entries(arguments: &[Val], at: usize) -> Entries {
    arguments.get(at).and_then(Val::entries).map(|entries| (**entries).clone()).unwrap_or_default()
}

/// The items of an argument, converted to one type.
pub(super) fn alike(arguments: &[Val], at: usize) -> Result<Vec<Val>, Fault> {
    let given = arguments.get(at).unwrap_or(&Val::Null);
    match convert(given, &Ty::List(Box::new(Ty::Any))) {
        Ok(value) => Ok(value.items().map(|items| (**items).clone()).unwrap_or_default()),
        Err(message) => Err(bad(at, message)),
    }
}

/// Items as what the argument was: a list of one type, or a tuple.
fn as_before(before: &Val, out: Vec<Val>) -> Val {
    match before {
        Val::Tuple(_) => Val::tuple(out),
        _ => Val::list(out),
    }
}

fn decide(arguments: &[Val], all: bool) -> Outcome {
    for item in items(arguments, 0) {
        match convert(item, &Ty::Bool) {
            Ok(Val::Bool(flag)) if flag == all => {}
            Ok(Val::Bool(_)) => return Ok(Val::Bool(!all)),
            Ok(_) if all => return Ok(Val::Bool(false)),
            Ok(_) => {}
            Err(message) => return Err(bad(0, message)),
        }
    }
    Ok(Val::Bool(all))
}

fn chunklist(arguments: &[Val]) -> Outcome {
    let Some(size) = index(&number(arguments, 1)) else {
        return Err(bad(1, "the size must be a whole number from 0"));
    };
    let all = alike(arguments, 0)?;
    if size == 0 {
        return Ok(Val::list(vec![Val::list(all)]));
    }
    Ok(Val::list(all.chunks(size).map(|chunk| Val::list(chunk.to_vec())).collect()))
}

fn coalesce(arguments: &[Val]) -> Outcome {
    let ty = unify_all(arguments.iter().map(Val::ty))
        .ok_or_else(|| wrong("the arguments must be of one type"))?;
    for (at, argument) in arguments.iter().enumerate() {
        let empty = match argument.unmark().0 {
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

fn coalescelist(arguments: &[Val]) -> Outcome {
    for (at, argument) in arguments.iter().enumerate() {
        match argument {
            Val::Null => {}
            other => match other.items() {
                Some(items) if items.is_empty() => {}
                Some(_) => return Ok(other.clone()),
                None => return Err(bad(at, format!("expected a list, found {}", other.kind()))),
            },
        }
    }
    Err(wrong("all arguments are null or empty"))
}

fn compact(arguments: &[Val]) -> Outcome {
    let mut out = Vec::new();
    for item in items(arguments, 0) {
        match convert(item, &Ty::String) {
            Ok(Val::Null) => {}
            Ok(Val::String(text)) if text.is_empty() => {}
            Ok(text) => out.push(text),
            Err(message) => return Err(bad(0, message)),
        }
    }
    Ok(Val::list(out))
}

fn concat(arguments: &[Val]) -> Outcome {
    let lists = arguments.iter().all(|argument| matches!(argument, Val::List(_)));
    let mut out = Vec::new();
    for at in 0..arguments.len() {
        out.extend_from_slice(items(arguments, at));
    }
    if !lists {
        return Ok(Val::tuple(out));
    }
    let joined = Val::tuple(out.clone());
    Ok(convert(&joined, &Ty::List(Box::new(Ty::Any))).unwrap_or_else(|_| Val::tuple(out)))
}

fn contains(arguments: &[Val]) -> Outcome {
    let wanted = arguments.get(1).unwrap_or(&Val::Null);
    Ok(Val::Bool(items(arguments, 0).iter().any(|item| same(item, wanted))))
}

/// Whether two values are equal once they have one type.
fn same(a: &Val, b: &Val) -> bool {
    let Some(ty) = crate::types::unify(&a.ty(), &b.ty()) else { return false };
    match (convert(a, &ty), convert(b, &ty)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

fn distinct(arguments: &[Val]) -> Outcome {
    let all = alike(arguments, 0)?;
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*a].order(&all[*b]).then(a.cmp(b)));
    let mut keep = vec![true; all.len()];
    for pair in order.windows(2) {
        if let [a, b] = pair
            && all[*a] == all[*b]
        {
            keep[*b] = false;
        }
    }
    let kept = all.into_iter().zip(keep).filter(|(_, keep)| *keep);
    Ok(Val::list(kept.map(|(item, _)| item).collect()))
}

fn element(arguments: &[Val]) -> Outcome {
    let all = items(arguments, 0);
    if all.is_empty() {
        return Err(bad(0, "an empty list has no element"));
    }
    let Some(at) = index(&number(arguments, 1)) else {
        return Err(bad(1, "the index must be a whole number from 0"));
    };
    Ok(all.get(at % all.len()).cloned().unwrap_or(Val::Null))
}

fn flatten(arguments: &[Val]) -> Outcome {
    fn into(items: &[Val], out: &mut Vec<Val>, marked: &mut Marks) {
        for item in items {
            let (inner, hidden) = item.unmark();
            match inner.items() {
                Some(nested) => {
                    *marked |= hidden;
                    into(nested, out, marked);
                }
                None => out.push(item.clone()),
            }
        }
    }
    let mut out = Vec::new();
    let mut marked = Marks::default();
    into(items(arguments, 0), &mut out, &mut marked);
    // The length is not known while a list within is not.
    let open = |item: &Val| {
        matches!(item.unmark().0, Val::Unknown(ty)
            if matches!(**ty, Ty::Any | Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)))
    };
    let value = if out.iter().any(open) { Val::unknown(Ty::Any) } else { Val::tuple(out) };
    Ok(value.mark(marked))
}

fn position(arguments: &[Val]) -> Outcome {
    let wanted = arguments.get(1).unwrap_or(&Val::Null);
    match items(arguments, 0).iter().position(|item| item == wanted) {
        Some(at) => Ok(Val::int(at)),
        None => Err(bad(1, "the list does not hold this value")),
    }
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
        Val::String(text) => text.chars().count(),
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
    match (arguments.first().and_then(|map| map.entries()?.get(key)), arguments.get(2)) {
        (Some(found), _) => Ok(found.clone()),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => {
            Err(bad(1, format!("the map has no element \"{key}\", and there is no default")))
        }
    }
}

fn matchkeys(arguments: &[Val]) -> Outcome {
    let (all, keys) = (alike(arguments, 0)?, items(arguments, 1));
    if all.len() != keys.len() {
        return Err(bad(1, format!("must have as many items as the first list: {}", all.len())));
    }
    let wanted = items(arguments, 2);
    let kept =
        all.into_iter().zip(keys).filter(|(_, key)| wanted.iter().any(|item| same(item, key)));
    Ok(Val::list(kept.map(|(item, _)| item).collect()))
}

fn merge(arguments: &[Val]) -> Outcome {
    let mut out = Entries::new();
    let mut maps = true;
    for (at, argument) in arguments.iter().enumerate() {
        match argument {
            Val::Null => {}
            other => match other.entries() {
                Some(entries) => {
                    maps &= matches!(other, Val::Map(_));
                    out.extend(entries.iter().map(|(k, v)| (k.clone(), v.clone())));
                }
                None => {
                    let kind = other.kind();
                    return Err(bad(at, format!("expected a map or object, found {kind}")));
                }
            },
        }
    }
    let uniform = maps && !out.is_empty() && unify_all(out.values().map(Val::ty)).is_some();
    Ok(if uniform { Val::map(out) } else { Val::object(out) })
}

fn one(arguments: &[Val]) -> Outcome {
    match items(arguments, 0) {
        [] => Ok(Val::Null),
        [only] => Ok(only.clone()),
        many => Err(bad(0, format!("expected no item or one, found {}", many.len()))),
    }
}

fn range(arguments: &[Val]) -> Outcome {
    use bigdecimal::{BigDecimal, Signed, Zero};
    let decimal = |at: usize| number(arguments, at).decimal().clone();
    let (start, end) = match arguments.len() {
        1 => (BigDecimal::zero(), decimal(0)),
        2 | 3 => (decimal(0), decimal(1)),
        _ => return Err(wrong("takes 1 to 3 numbers")),
    };
    let down = end < start;
    let step = match arguments.len() {
        3 => decimal(2),
        _ if down => BigDecimal::from(-1),
        _ => BigDecimal::from(1),
    };
    if step.is_zero() {
        return Err(bad(2, "the step must not be 0"));
    }
    if down != step.is_negative() && start != end {
        return Err(bad(2, "the step leads away from the end"));
    }
    let mut out = Vec::new();
    let mut at = start;
    while (down && at > end) || (!down && at < end) {
        if out.len() >= 1024 {
            return Err(wrong("a range has at most 1024 numbers"));
        }
        out.push(Val::Number(podform_model::Number::new(at.clone())));
        at += &step;
    }
    Ok(Val::list(out))
}

fn reverse(arguments: &[Val]) -> Outcome {
    let mut out = items(arguments, 0).to_vec();
    out.reverse();
    Ok(as_before(arguments.first().unwrap_or(&Val::Null), out))
}

fn slice(arguments: &[Val]) -> Outcome {
    let all = items(arguments, 0);
    let at = |position: usize| {
        index(&number(arguments, position))
            .filter(|at| *at <= all.len())
            .ok_or_else(|| bad(position, format!("must be a whole number from 0 to {}", all.len())))
    };
    let (start, end) = (at(1)?, at(2)?);
    match all.get(start..end) {
        Some(part) => Ok(as_before(arguments.first().unwrap_or(&Val::Null), part.to_vec())),
        None => Err(bad(1, "the start must not be after the end")),
    }
}

fn sort(arguments: &[Val]) -> Outcome {
    let mut out = Vec::new();
    for item in items(arguments, 0) {
        match convert(item, &Ty::String) {
            Ok(text @ Val::String(_)) => out.push(text),
            Ok(other) => {
                let kind = other.kind();
                return Err(bad(0, format!("expected a list of strings, found {kind} in it")));
            }
            Err(message) => return Err(bad(0, message)),
        }
    }
    out.sort_by(Val::order);
    Ok(Val::list(out))
}

fn transpose(arguments: &[Val]) -> Outcome {
    let mut out: std::collections::BTreeMap<crate::ir::Name, Vec<Val>> = Default::default();
    for (key, list) in entries(arguments, 0) {
        let texts = convert(&list, &Ty::List(Box::new(Ty::String))).map_err(|e| bad(0, e))?;
        for item in texts.items().into_iter().flat_map(|items| items.iter()) {
            if let Val::String(text) = item {
                out.entry(text.clone()).or_default().push(Val::String(key.clone()));
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
    for (key, value) in keys.iter().zip(values) {
        match convert(key.unmark().0, &Ty::String) {
            Ok(Val::String(key)) => {
                out.insert(key, value.clone());
            }
            _ => return Err(bad(0, "the keys must be strings")),
        }
    }
    let list = matches!(arguments.get(1), Some(Val::List(_)));
    Ok(if list { Val::map(out) } else { Val::object(out) })
}
