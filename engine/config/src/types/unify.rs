//! The type that several share.

use crate::value::{Fields, Ty};
use std::sync::Arc;

/// The type that two convert to, if there is one.
pub(crate) fn unify(a: &Ty, b: &Ty) -> Option<Ty> {
    unify_all(vec![a.clone(), b.clone()])
}

/// The type that all of these convert to, if there is one; `Any` when that cannot be told.
///
/// A null or unknown of any type becomes what simple values beside it are. Beside collections it
/// makes the whole open, as in Terraform.
pub(crate) fn unify_all(types: Vec<Ty>) -> Option<Ty> {
    let Some(first) = types.first() else { return Some(Ty::Any) };
    if types.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    let some = |kind: fn(&Ty) -> bool| types.iter().any(kind);
    let all = |kind: fn(&Ty) -> bool| types.iter().all(|ty| *ty == Ty::Any || kind(ty));
    let sequences = all(|ty| matches!(ty, Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)));
    let mappings = all(|ty| matches!(ty, Ty::Map(_) | Ty::Object(_)));
    let (list, set) = (|ty: &Ty| matches!(ty, Ty::List(_)), |ty: &Ty| matches!(ty, Ty::Set(_)));
    if all(|ty| matches!(ty, Ty::Bool | Ty::Number | Ty::String | Ty::Secret)) {
        simple(&types)
    } else if !sequences && !mappings {
        None
    } else if types.contains(&Ty::Any) {
        Some(Ty::Any)
    } else if mappings {
        if some(|ty| matches!(ty, Ty::Map(_))) {
            of_elements(&types, Ty::map)
        } else {
            objects(&types)
        }
    } else if some(list) {
        of_elements(&types, Ty::list)
    } else if types.iter().all(set) {
        of_elements(&types, Ty::set)
    } else if some(set) {
        // What a tuple holds becomes what the set holds.
        unify_all(types.into_iter().filter(set).collect())
    } else {
        tuples(&types)
    }
}

/// A collection of the type that all their elements have.
fn of_elements(types: &[Ty], collection: fn(Ty) -> Ty) -> Option<Ty> {
    unify_all(elements(types)).map(collection)
}

/// Text when there is text among them: numbers and bools have one.
fn simple(types: &[Ty]) -> Option<Ty> {
    if types.contains(&Ty::String) {
        return Some(Ty::String);
    }
    let mut known = types.iter().filter(|ty| **ty != Ty::Any);
    let first = known.next()?;
    known.all(|ty| ty == first).then(|| first.clone())
}

/// Tuples of one length stay what they are; others are lists.
fn tuples(types: &[Ty]) -> Option<Ty> {
    let all: Vec<&[Ty]> = types.iter().map(items).collect();
    let (first, others) = all.split_first()?;
    if others.iter().any(|other| other.len() != first.len()) {
        return of_elements(types, Ty::list);
    }
    let column = |at: usize| unify_all(all.iter().filter_map(|row| row.get(at)).cloned().collect());
    (0..first.len()).map(column).collect::<Option<_>>().map(Ty::tuple)
}

fn items(ty: &Ty) -> &[Ty] {
    match ty {
        Ty::Tuple(items) => items,
        _ => &[],
    }
}

/// Objects with the same attributes stay what they are; others are maps.
fn objects(types: &[Ty]) -> Option<Ty> {
    let all: Vec<&Fields> = types.iter().filter_map(fields).collect();
    let (first, others) = all.split_first()?;
    if others.iter().any(|other| !other.keys().eq(first.keys())) {
        return of_elements(types, Ty::map);
    }
    let column = |name: &Arc<str>| {
        unify_all(all.iter().filter_map(|row| Some(row.get(name)?.ty.clone())).collect())
    };
    let fields = first.keys().map(|name| Some((name.clone(), column(name)?.into())));
    fields.collect::<Option<_>>().map(Ty::object)
}

fn fields(ty: &Ty) -> Option<&Fields> {
    match ty {
        Ty::Object(fields) => Some(fields),
        _ => None,
    }
}

/// The types of what these hold.
fn elements(types: &[Ty]) -> Vec<Ty> {
    let mut out = Vec::new();
    for ty in types {
        match ty {
            Ty::List(of) | Ty::Set(of) | Ty::Map(of) => out.push((**of).clone()),
            Ty::Tuple(items) => out.extend(items.iter().cloned()),
            Ty::Object(fields) => out.extend(fields.values().map(|field| field.ty.clone())),
            _ => {}
        }
    }
    out
}

/// The type of what a collection holds, if it is one.
pub(crate) fn element(ty: &Ty) -> Option<Ty> {
    unify_all(elements(std::slice::from_ref(ty)))
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
