//! What `moved` blocks make of the addresses of recorded pods.
//!
//! Each pod follows the blocks from its address until none names it any more; of several blocks
//! that name it the one that says most exactly what it means goes first.

mod check;
mod index;

pub use check::check;

use index::Index;
use podform_model::{Address, Desired, InstanceKey, Moved, PodRecord};
use std::collections::{BTreeMap, BTreeSet};

/// How recorded pods came to the addresses that a plan sees them at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// The former address of each moved pod, by its new one.
    pub moved: BTreeMap<Address, Address>,
    /// What could not move, and the taken address that it could not move to.
    pub blocked: Vec<(Address, Address)>,
    /// The pods that are taken over by an `import` block, with their ids.
    pub imported: BTreeMap<Address, String>,
}

/// Where recorded pods move to.
#[must_use]
pub fn moves(desired: &Desired, recorded: &BTreeMap<Address, PodRecord>) -> Arrivals {
    let statements = &desired.refactor.moved;
    let index = Index::of(statements);
    let mentioned = mentioned(statements);
    let mut out = Arrivals::default();
    for address in recorded.keys() {
        let implied = || implied(desired, address, &mentioned);
        let mut now = address.clone();
        let mut used = BTreeSet::new();
        while let Some((statement, next)) = index.step(&now) {
            if !used.insert(statement) || next == now {
                break;
            }
            if !go(&mut out, recorded, &now, &next) {
                break;
            }
            now = next;
        }
        if used.is_empty()
            && let Some(next) = implied()
            && go(&mut out, recorded, &now, &next)
        {
            now = next;
        }
        if now != *address {
            out.moved.insert(now, address.clone());
        }
    }
    out
}

/// Whether the way to the next address is free; else it is noted that it is not.
fn go(
    out: &mut Arrivals,
    recorded: &BTreeMap<Address, PodRecord>,
    now: &Address,
    next: &Address,
) -> bool {
    let free = !recorded.contains_key(next) && !out.moved.contains_key(next);
    if !free {
        out.blocked.push((now.clone(), next.clone()));
    }
    free
}

/// Where a pod moves to without a `moved` block: `pod.a` becomes `pod.a[0]` when `count` is added,
/// and `pod.a[0]` becomes `pod.a` when it is taken away.
fn implied(
    desired: &Desired,
    address: &Address,
    mentioned: &BTreeSet<(Vec<&str>, &str)>,
) -> Option<Address> {
    let key = match &address.key {
        None => Some(InstanceKey::Index(0)),
        Some(InstanceKey::Index(0)) => None,
        Some(_) => return None,
    };
    let next = Address { key, ..address.clone() };
    let names = address.module.iter().map(|step| step.name.as_str()).collect();
    let counts = desired.pods.contains_key(&next) && !desired.pods.contains_key(address);
    (counts && !mentioned.contains(&(names, address.name.as_str()))).then_some(next)
}

/// The pod blocks that a `moved` block names: they move as it says only.
fn mentioned(statements: &[Moved]) -> BTreeSet<(Vec<&str>, &str)> {
    let mut out = BTreeSet::new();
    for statement in statements {
        for place in [&statement.from, &statement.to] {
            let Some(pod) = place.pod() else { continue };
            let base = statement.base.iter().map(String::as_str);
            let way = place.module().iter().map(|step| step.name.as_str());
            out.insert((base.chain(way).collect(), pod));
        }
    }
    out
}
