//! Functions of lists and sets.

use super::numbers::{number, whole};
use super::{Fault, Function, Outcome, Parameter, bad, check_count, function, wrong};
use crate::marks::Marks;
use crate::types::{convert, unify, unify_all};
use crate::value::{Ty, Val};
use std::sync::Arc;

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Any, Bools, Items, List, Nullable, Number, Sequence, Texts};
    let any = || Ty::Any;
    let list = || Ty::list(Ty::Any);
    let texts = || Ty::list(Ty::String);
    vec![
        function("alltrue", &[Bools], Ty::Bool, |a| decide(a, true)).sees_unknowns(),
        function("anytrue", &[Bools], Ty::Bool, |a| decide(a, false)).sees_unknowns(),
        function("chunklist", &[List, Number], Ty::list(list()), chunklist)
            .typed(|a| Ok(Ty::list(Ty::List(held(a, 0)))))
            .keeps_marks(),
        function("coalescelist", &[], any(), coalescelist).more(Nullable).sees_unknowns(),
        function("compact", &[Texts], texts(), compact),
        function("concat", &[], any(), concat).more(Sequence).keeps_marks(),
        function("contains", &[Items, Any], Ty::Bool, contains).sees_unknowns(),
        function("distinct", &[List], list(), distinct).typed(|a| Ok(Ty::List(held(a, 0)))),
        function("element", &[Sequence, Number], any(), element).typed(held_type).keeps_marks(),
        function("flatten", &[Items], any(), flatten).keeps_marks(),
        function("index", &[Sequence, Any], Ty::Number, position).sees_unknowns(),
        function("matchkeys", &[List, List, List], list(), matchkeys)
            .typed(|a| Ok(Ty::List(held(a, 0)))),
        function("one", &[Items], any(), one).typed(held_type).keeps_marks(),
        function("range", &[Number], Ty::list(Ty::Number), range).more(Number),
        function("reverse", &[Items], any(), reverse).typed(list_type).keeps_marks(),
        function("slice", &[Sequence, Number, Number], any(), slice).typed(list_type).keeps_marks(),
        function("sort", &[Texts], texts(), sort),
    ]
}

/// The items of an argument.
pub(super) fn items(arguments: &[Val], at: usize) -> &[Val] {
    arguments.get(at).and_then(Val::items).unwrap_or_default()
}

/// The items of an argument, converted to one type, and that type.
pub(super) fn alike(arguments: &[Val], at: usize) -> Result<(Vec<Val>, Arc<Ty>), Fault> {
    let given = arguments.get(at).unwrap_or(&Val::NULL);
    match given {
        Val::Set(items, of) => Ok((items.to_vec(), of.clone())),
        given => match convert(given, &Ty::list(Ty::Any)) {
            Ok(Val::List(items, of)) => Ok((items.to_vec(), of)),
            Ok(other) => Err(bad(at, format!("expected a list, found {}", other.kind()))),
            Err(message) => Err(bad(at, message)),
        },
    }
}

/// The type of an argument's items.
pub(super) fn held(arguments: &[Val], at: usize) -> Arc<Ty> {
    match arguments.get(at) {
        Some(Val::List(_, of) | Val::Set(_, of) | Val::Unknown(Ty::List(of) | Ty::Set(of))) => {
            of.clone()
        }
        _ => Ty::Any.into(),
    }
}

fn held_type(arguments: &[Val]) -> Result<Ty, Fault> {
    Ok((*held(arguments, 0)).clone())
}

/// The type of a list of the first argument's items; what a tuple becomes, only its value tells.
fn list_type(arguments: &[Val]) -> Result<Ty, Fault> {
    Ok(match arguments.first().map(Val::ty) {
        Some(Ty::List(of) | Ty::Set(of)) => Ty::List(of),
        _ => Ty::Any,
    })
}

/// The type that the items of all arguments convert to. An empty list that was never of a type
/// takes any.
pub(super) fn unify_held(arguments: &[Val]) -> Option<Ty> {
    let filled = |at: &usize| !items(arguments, *at).is_empty() || *held(arguments, *at) != Ty::Any;
    unify_all(
        (0..arguments.len()).filter(filled).map(|at| (*held(arguments, at)).clone()).collect(),
    )
}

/// Items as what the first argument was: a list of one type, or a tuple.
fn as_before(arguments: &[Val], out: Vec<Val>) -> Val {
    match arguments.first() {
        Some(Val::Tuple(_)) => Val::tuple(out),
        _ => Val::list(out, held(arguments, 0)),
    }
}

/// Whether all items are true (`all`), or one is. The first that decides wins.
fn decide(arguments: &[Val], all: bool) -> Outcome {
    let mut unknown = false;
    for item in items(arguments, 0) {
        match item {
            Val::Unknown(_) if all => return Ok(Val::unknown(Ty::Bool)),
            Val::Unknown(_) => unknown = true,
            Val::Bool(flag) if *flag != all => return Ok(Val::Bool(!all)),
            Val::Null(_) if all => return Ok(Val::Bool(false)),
            _ => {}
        }
    }
    Ok(if unknown { Val::unknown(Ty::Bool) } else { Val::Bool(all) })
}

fn chunklist(arguments: &[Val]) -> Outcome {
    let Ok(size) = usize::try_from(whole(arguments, 1)?) else {
        return Err(bad(1, "the size must not be less than 0"));
    };
    let (all, of) = (items(arguments, 0), held(arguments, 0));
    let size = if size == 0 { all.len().max(1) } else { size };
    let chunks = all.chunks(size).map(|chunk| Val::list(chunk.to_vec(), of.clone())).collect();
    Ok(Val::list(chunks, Ty::List(of)))
}

fn coalescelist(arguments: &[Val]) -> Outcome {
    if arguments.is_empty() {
        return Err(wrong("needs at least one argument"));
    }
    let list = |argument: &Val| {
        matches!(argument.ty(), Ty::List(_) | Ty::Tuple(_))
            || matches!(argument, Val::Unknown(Ty::Any))
    };
    if let Some(at) = arguments.iter().position(|argument| !list(argument)) {
        let kind = arguments[at].kind();
        return Err(bad(at, format!("expected a list, found {kind}")));
    }
    let found = arguments.iter().find(|argument| {
        matches!(argument, Val::Unknown(_)) || argument.items().is_some_and(|all| !all.is_empty())
    });
    match found {
        Some(Val::Unknown(_)) => Ok(Val::unknown(Ty::Any)),
        Some(found) => Ok(found.clone()),
        None => Err(wrong("all arguments are null or empty")),
    }
}

fn compact(arguments: &[Val]) -> Outcome {
    let empty = |item: &Val| match item {
        Val::Null(_) => true,
        Val::String(text) => text.is_empty(),
        _ => false,
    };
    let kept = items(arguments, 0).iter().filter(|item| !empty(item));
    Ok(Val::list(kept.cloned().collect(), Ty::String))
}

fn concat(arguments: &[Val]) -> Outcome {
    if arguments.is_empty() {
        return Err(wrong("needs at least one argument"));
    }
    check_count((0..arguments.len()).map(|at| items(arguments, at).len()).sum())?;
    let mut out = Vec::new();
    for at in 0..arguments.len() {
        out.extend_from_slice(items(arguments, at));
    }
    let lists = arguments.iter().all(|argument| matches!(argument, Val::List(..)));
    let shared = unify_held(arguments);
    let (true, Some(of)) = (lists, shared) else { return Ok(Val::tuple(out)) };
    let joined = out.iter().map(|item| convert(item, &of)).collect();
    Ok(match joined {
        Ok(joined) => Val::list(joined, of),
        Err::<Vec<Val>, String>(_) => Val::tuple(out),
    })
}

fn contains(arguments: &[Val]) -> Outcome {
    let wanted = arguments.get(1).unwrap_or(&Val::NULL);
    let mut unknown = false;
    for item in items(arguments, 0) {
        match crate::eval::equal(item, wanted) {
            Some(true) => return Ok(Val::Bool(true)),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Val::unknown(Ty::Bool) } else { Val::Bool(false) })
}

fn distinct(arguments: &[Val]) -> Outcome {
    let all = items(arguments, 0).to_vec();
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
    Ok(Val::list(kept.map(|(item, _)| item).collect(), held(arguments, 0)))
}

fn element(arguments: &[Val]) -> Outcome {
    let all = items(arguments, 0);
    if all.is_empty() {
        return Err(bad(0, "an empty list has no element"));
    }
    let Ok(at) = usize::try_from(whole(arguments, 1)?) else {
        return Err(bad(1, "the index must not be less than 0"));
    };
    Ok(all.get(at % all.len()).cloned().unwrap_or(Val::NULL))
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
    if let Some(Val::Unknown(_)) = arguments.first() {
        return Ok(Val::unknown(Ty::Any));
    }
    let mut out = Vec::new();
    let mut marked = Marks::default();
    into(items(arguments, 0), &mut out, &mut marked);
    // The length is not known while a list within is not.
    let open = |item: &Val| {
        matches!(item.unmark().0, Val::Unknown(ty)
            if matches!(ty, Ty::Any | Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)))
    };
    let value = if out.iter().any(open) { Val::unknown(Ty::Any) } else { Val::tuple(out) };
    Ok(value.mark(marked))
}

fn position(arguments: &[Val]) -> Outcome {
    let wanted = arguments.get(1).unwrap_or(&Val::NULL);
    let all = items(arguments, 0);
    if all.is_empty() {
        return Err(bad(0, "an empty list holds nothing"));
    }
    for (at, item) in all.iter().enumerate() {
        match crate::eval::equal(item, wanted) {
            Some(true) => return Ok(Val::int(at)),
            Some(false) => {}
            None => return Ok(Val::unknown(Ty::Number)),
        }
    }
    Err(bad(1, "the list does not hold this value"))
}

fn matchkeys(arguments: &[Val]) -> Outcome {
    let (all, keys) = (items(arguments, 0), items(arguments, 1));
    if all.len() != keys.len() {
        return Err(bad(1, format!("must have as many items as the first list: {}", all.len())));
    }
    let shared = unify(&held(arguments, 1), &held(arguments, 2));
    let alike = |at: usize| {
        let of = shared.as_ref()?;
        items(arguments, at).iter().map(|item| convert(item, of).ok()).collect::<Option<Vec<_>>>()
    };
    let (Some(keys), Some(mut wanted)) = (alike(1), alike(2)) else {
        return Err(wrong("the keys must be of the type of what they are compared with"));
    };
    wanted.sort_by(Val::order);
    let matches = |key: &Val| wanted.binary_search_by(|other| other.order(key)).is_ok();
    let kept = all.iter().zip(&keys).filter(|(_, key)| matches(key));
    Ok(Val::list(kept.map(|(item, _)| item.clone()).collect(), held(arguments, 0)))
}

fn one(arguments: &[Val]) -> Outcome {
    match items(arguments, 0) {
        [] => Ok(Val::Null((*held(arguments, 0)).clone())),
        [only] => Ok(only.clone()),
        many => Err(bad(0, format!("expected no item or one, found {}", many.len()))),
    }
}

fn range(arguments: &[Val]) -> Outcome {
    use bigdecimal::{BigDecimal, Signed, Zero};
    let decimal = |at: usize| number(arguments, at).decimal();
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
    Ok(Val::list(out, Ty::Number))
}

fn reverse(arguments: &[Val]) -> Outcome {
    let mut out = items(arguments, 0).to_vec();
    out.reverse();
    Ok(as_before(arguments, out))
}

fn slice(arguments: &[Val]) -> Outcome {
    let all = items(arguments, 0);
    let at = |position: usize| {
        let found = usize::try_from(whole(arguments, position)?).ok();
        found
            .filter(|at| *at <= all.len())
            .ok_or_else(|| bad(position, format!("must be a whole number from 0 to {}", all.len())))
    };
    let (start, end) = (at(1)?, at(2)?);
    match all.get(start..end) {
        Some(part) => Ok(as_before(arguments, part.to_vec())),
        None => Err(bad(1, "the start must not be after the end")),
    }
}

fn sort(arguments: &[Val]) -> Outcome {
    let mut out = items(arguments, 0).to_vec();
    if let Some(at) = out.iter().position(|item| !matches!(item, Val::String(_))) {
        return Err(bad(0, format!("item {at} is {}, expected a string", out[at].kind())));
    }
    out.sort_by(Val::order);
    Ok(Val::list(out, Ty::String))
}
