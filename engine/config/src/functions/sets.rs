//! Functions of sets, and the conversions of types.

use super::lists::{alike, items};
use super::{Fault, Function, Outcome, Parameter, bad, check_count, function, wrong};
use crate::types::convert;
use crate::value::{Ty, Val};

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Items, Nullable, Set};
    let set = || Ty::Set(Box::new(Ty::Any));
    let to = |name, ty: Ty, run| function(name, &[Nullable], ty, run);
    let list = || Ty::List(Box::new(Ty::Any));
    let map = || Ty::Map(Box::new(Ty::Any));
    vec![
        function("setunion", &[Set], set(), union).more(Set),
        function("setintersection", &[Set], set(), intersection).more(Set),
        function("setsubtract", &[Set, Set], set(), subtract),
        function("setproduct", &[Items, Items], Ty::Any, product).more(Items).keeps_marks(),
        to("tostring", Ty::String, |a| converted(a, &Ty::String)).keeps_marks(),
        to("tonumber", Ty::Number, |a| converted(a, &Ty::Number)).keeps_marks(),
        to("tobool", Ty::Bool, |a| converted(a, &Ty::Bool)).keeps_marks(),
        to("tolist", list(), |a| converted(a, &Ty::List(Box::new(Ty::Any)))).keeps_marks(),
        to("toset", set(), |a| converted(a, &Ty::Set(Box::new(Ty::Any)))),
        to("tomap", map(), |a| converted(a, &Ty::Map(Box::new(Ty::Any)))).keeps_marks(),
    ]
}

fn converted(arguments: &[Val], ty: &Ty) -> Outcome {
    let value = arguments.first().unwrap_or(&Val::Null);
    convert(value, ty).map_err(|message| bad(0, message))
}

/// The items of all arguments as sets of one type.
fn sets(arguments: &[Val]) -> Result<Vec<Vec<Val>>, Fault> {
    let all: Vec<Val> =
        (0..arguments.len()).flat_map(|at| items(arguments, at).iter().cloned()).collect();
    let ty = crate::types::unify_all(all.iter().map(Val::ty))
        .ok_or_else(|| wrong("the sets must be of one type"))?;
    let ty = Ty::Set(Box::new(ty));
    arguments
        .iter()
        .enumerate()
        .map(|(at, argument)| match convert(argument, &ty) {
            Ok(set) => Ok(set.items().map(|items| (**items).clone()).unwrap_or_default()),
            Err(message) => Err(bad(at, message)),
        })
        .collect()
}

fn union(arguments: &[Val]) -> Outcome {
    Ok(Val::set(sets(arguments)?.into_iter().flatten().collect()))
}

fn has(sorted: &[Val], item: &Val) -> bool {
    sorted.binary_search_by(|other| other.order(item)).is_ok()
}

fn intersection(arguments: &[Val]) -> Outcome {
    let sets = sets(arguments)?;
    let Some((first, others)) = sets.split_first() else { return Ok(Val::set(Vec::new())) };
    let kept = first.iter().filter(|item| others.iter().all(|other| has(other, item)));
    Ok(Val::set(kept.cloned().collect()))
}

fn subtract(arguments: &[Val]) -> Outcome {
    let sets = sets(arguments)?;
    let (Some(first), Some(second)) = (sets.first(), sets.get(1)) else {
        return Ok(Val::set(Vec::new()));
    };
    Ok(Val::set(first.iter().filter(|item| !has(second, item)).cloned().collect()))
}

fn product(arguments: &[Val]) -> Outcome {
    let lists: Vec<Vec<Val>> = (0..arguments.len())
        .map(|at| match arguments.get(at) {
            Some(Val::List(items) | Val::Set(items)) => Ok((**items).clone()),
            _ => alike(arguments, at),
        })
        .collect::<Result<_, _>>()?;
    let rows = lists.iter().fold(1_usize, |size, list| size.saturating_mul(list.len()));
    check_count(rows.saturating_mul(lists.len()))?;
    if rows == 0 {
        let sets = arguments.iter().all(|argument| matches!(argument, Val::Set(_)));
        return Ok(if sets { Val::set(Vec::new()) } else { Val::list(Vec::new()) });
    }
    let mut out: Vec<Vec<Val>> = vec![Vec::new()];
    for list in &lists {
        out = out
            .into_iter()
            .flat_map(|row| {
                list.iter().map(move |item| {
                    let mut row = row.clone();
                    row.push(item.clone());
                    row
                })
            })
            .collect();
    }
    let sets = arguments.iter().all(|argument| matches!(argument, Val::Set(_)));
    let rows = out.into_iter().map(Val::tuple).collect();
    Ok(if sets { Val::set(rows) } else { Val::list(rows) })
}
