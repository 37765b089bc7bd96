//! Functions of sets, and the conversions of types.

use super::lists::{alike, unify_held};
use super::{Fault, Function, Outcome, Parameter, bad, check_count, function, wrong};
use crate::types::{convert, element};
use crate::value::{Ty, Val};
use std::sync::Arc;

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Items, Nullable, Set};
    let set = || Ty::set(Ty::Any);
    let to = |name, ty: Ty, run| function(name, &[Nullable], ty, run);
    let list = || Ty::list(Ty::Any);
    let map = || Ty::map(Ty::Any);
    vec![
        function("setunion", &[Set], set(), union).more(Set).typed(set_type),
        function("setintersection", &[Set], set(), intersection).more(Set).typed(set_type),
        function("setsubtract", &[Set, Set], set(), subtract).typed(set_type),
        function("setproduct", &[Items, Items], Ty::Any, product)
            .more(Items)
            .typed(product_type)
            .keeps_marks(),
        to("tostring", Ty::String, |a| converted(a, &Ty::String)).keeps_marks(),
        to("tonumber", Ty::Number, |a| converted(a, &Ty::Number)).keeps_marks(),
        to("tobool", Ty::Bool, |a| converted(a, &Ty::Bool)).keeps_marks(),
        to("tolist", list(), |a| converted(a, &Ty::list(Ty::Any))).keeps_marks(),
        to("toset", set(), to_set).typed(|a| Ok(to_set(a)?.ty())),
        to("tomap", map(), |a| converted(a, &Ty::map(Ty::Any))).keeps_marks(),
    ]
}

fn to_set(arguments: &[Val]) -> Outcome {
    converted(arguments, &Ty::set(Ty::Any))
}

fn converted(arguments: &[Val], ty: &Ty) -> Outcome {
    let value = arguments.first().unwrap_or(&Val::NULL);
    convert(value, ty).map_err(|message| bad(0, message))
}

/// The items of all arguments as sets of one type, and that type.
fn sets(arguments: &[Val]) -> Result<(Vec<Vec<Val>>, Ty), Fault> {
    let of = shared(arguments)?;
    let ty = Ty::set(of.clone());
    let sets = arguments.iter().enumerate().map(|(at, argument)| match convert(argument, &ty) {
        Ok(set) => Ok(set.items().unwrap_or_default().to_vec()),
        Err(message) => Err(bad(at, message)),
    });
    Ok((sets.collect::<Result<_, _>>()?, of))
}

fn shared(arguments: &[Val]) -> Result<Ty, Fault> {
    unify_held(arguments).ok_or_else(|| wrong("the sets must be of one type"))
}

fn set_type(arguments: &[Val]) -> Result<Ty, Fault> {
    shared(arguments).map(Ty::set)
}

fn union(arguments: &[Val]) -> Outcome {
    let (sets, of) = sets(arguments)?;
    Ok(Val::set(sets.into_iter().flatten().collect(), of))
}

fn has(sorted: &[Val], item: &Val) -> bool {
    sorted.binary_search_by(|other| other.order(item)).is_ok()
}

fn intersection(arguments: &[Val]) -> Outcome {
    let (sets, of) = sets(arguments)?;
    let (first, others) = sets.split_first().map_or((&[][..], &[][..]), |(a, b)| (a, b));
    let kept = first.iter().filter(|item| others.iter().all(|other| has(other, item)));
    Ok(Val::set(kept.cloned().collect(), of))
}

fn subtract(arguments: &[Val]) -> Outcome {
    let (sets, of) = sets(arguments)?;
    let [first, second] = &*sets else { return Err(wrong("needs two sets")) };
    Ok(Val::set(first.iter().filter(|item| !has(second, item)).cloned().collect(), of))
}

fn product_type(arguments: &[Val]) -> Result<Ty, Fault> {
    let types: Vec<Ty> = arguments.iter().map(Val::ty).collect();
    let row = types.iter().map(|ty| if *ty == Ty::Any { None } else { element(ty) });
    let Some(row) = row.collect::<Option<_>>().map(Ty::tuple) else { return Ok(Ty::Any) };
    let sets = types.iter().any(|ty| matches!(ty, Ty::Set(_)));
    Ok(if sets { Ty::set(row) } else { Ty::list(row) })
}

fn product(arguments: &[Val]) -> Outcome {
    let lists: Vec<(Vec<Val>, Arc<Ty>)> =
        (0..arguments.len()).map(|at| alike(arguments, at)).collect::<Result<_, _>>()?;
    let of = Ty::tuple(lists.iter().map(|(_, of)| (**of).clone()).collect());
    let lists: Vec<Vec<Val>> = lists.into_iter().map(|(items, _)| items).collect();
    let rows = lists.iter().fold(1_usize, |size, list| size.saturating_mul(list.len()));
    check_count(rows.saturating_mul(lists.len()))?;
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
    let sets = arguments.iter().any(|argument| matches!(argument, Val::Set(..)));
    let rows: Vec<Val> = out.into_iter().map(Val::tuple).collect();
    Ok(if sets { Val::set(rows, of) } else { Val::list(rows, of) })
}
