//! Whether `moved` blocks contradict one another.

use super::index::{Index, is_whole};
use podform_model::{
    Address, Diagnostic, Diagnostics, InstanceKey, ModuleStep, Moved, Target, code,
};
use std::collections::{BTreeMap, BTreeSet};

/// Finds blocks that move something to itself, to two places, or in a circle, and two that move
/// to one place.
#[must_use]
pub fn check(statements: &[Moved]) -> Diagnostics {
    let mut out = Diagnostics::new();
    let mut from: BTreeMap<_, &Moved> = BTreeMap::new();
    let mut to: BTreeMap<_, &Moved> = BTreeMap::new();
    for moved in statements {
        if moved.from == moved.to {
            out.push(itself(moved));
            continue;
        }
        let first = *from.entry((&moved.base, &moved.from)).or_insert(moved);
        if first.to != moved.to {
            out.push(two_targets(first, moved));
            continue;
        }
        let first = *to.entry((&moved.base, &moved.to)).or_insert(moved);
        if first.from != moved.from {
            out.push(two_sources(first, moved));
        }
    }
    if !out.has_errors() {
        out.extend(circles(statements));
    }
    out
}

fn itself(moved: &Moved) -> Diagnostic {
    let summary = format!("`{}` moves to itself", moved.from);
    Diagnostic::error(code::MOVED_CONFLICT, summary)
        .label(moved.label.clone())
        .help("remove this block, or name another address in `to`")
}

fn two_targets(first: &Moved, moved: &Moved) -> Diagnostic {
    let summary = format!("`{}` moves to `{}` and to `{}`", moved.from, first.to, moved.to);
    conflict(summary, first, moved)
        .help(format!("keep one of these blocks: a {} has one new address", moved.from.noun()))
}

fn two_sources(first: &Moved, moved: &Moved) -> Diagnostic {
    let summary = format!("`{}` and `{}` move to `{}`", first.from, moved.from, moved.to);
    conflict(summary, first, moved)
        .help(format!("keep one of these blocks: a {} has one former address", moved.to.noun()))
}

fn conflict(summary: String, first: &Moved, moved: &Moved) -> Diagnostic {
    let mut second = first.label.clone();
    second.text = "the other block".into();
    Diagnostic::error(code::MOVED_CONFLICT, summary).label(moved.label.clone()).label(second)
}

/// Follows each block's `to` until nothing moves it further.
fn circles(statements: &[Moved]) -> Diagnostics {
    let index = Index::of(statements);
    let mut out = Diagnostics::new();
    let mut finished = BTreeSet::new();
    for (start, moved) in statements.iter().enumerate() {
        let mut used = vec![start];
        let mut places = BTreeMap::from([(start, 0)]);
        let mut way = vec![symbol(moved)];
        while let Some(last) = way.last().filter(|last| !finished.contains(*last)) {
            let Some((statement, next)) = index.step(last) else { break };
            if let Some(at) = places.insert(statement, used.len()) {
                out.push(circle(used.iter().skip(at).filter_map(|at| statements.get(*at))));
                break;
            }
            used.push(statement);
            way.push(next);
        }
        finished.extend(way);
    }
    out
}

fn circle<'a>(members: impl Iterator<Item = &'a Moved>) -> Diagnostic {
    let members: Vec<&Moved> = members.collect();
    let mut names: Vec<String> = members.iter().map(|moved| format!("`{}`", moved.from)).collect();
    names.extend(names.first().cloned());
    let summary = format!("`moved` blocks form a circle: {}", names.join(" → "));
    let found = Diagnostic::error(code::MOVED_CYCLE, summary)
        .help("remove one of these blocks: a chain of moves ends at an address that no other block names in `from`");
    members.iter().take(8).fold(found, |found, moved| found.label(moved.label.clone()))
}

/// An address that stands for all that a block moves to.
fn symbol(moved: &Moved) -> Address {
    // No name in a configuration holds this character.
    let any = || Some(InstanceKey::Name("\u{0}".into()));
    let base = moved.base.iter().map(|name| ModuleStep { name: name.clone(), key: None });
    let mut module: Vec<ModuleStep> = base.chain(moved.to.module().iter().cloned()).collect();
    let whole = is_whole(moved);
    match &moved.to {
        Target::Pod(Address { name, key, .. }) => {
            let key = if whole { any() } else { key.clone() };
            Address { module, name: name.clone(), key }
        }
        Target::Module(_) => {
            if let (true, Some(last)) = (whole, module.last_mut()) {
                last.key = any();
            }
            Address { module, ..Address::pod("\u{0}") }
        }
    }
}
