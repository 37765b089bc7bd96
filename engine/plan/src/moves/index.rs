//! `moved` blocks by what they name, so that following one costs no scan.

use podform_model::{Address, ModuleStep, Moved, Target};
use std::collections::{BTreeMap, BTreeSet};

/// What a block names: seen from which module, and whether it means all instances of it.
type Key = (Vec<String>, Target, bool);

/// What a block would name, given the rest of the way to an address; and whether it means all
/// instances of it.
type Named<'f> = &'f dyn Fn(&[ModuleStep]) -> Option<(Target, bool)>;

/// `moved` blocks by what they move.
pub(super) struct Index<'a> {
    statements: &'a [Moved],
    by_from: BTreeMap<Key, usize>,
    /// How deep the modules are that blocks stand in.
    depths: BTreeSet<usize>,
}

/// Whether a block moves all instances, each with its key, instead of one.
pub(super) fn is_whole(moved: &Moved) -> bool {
    moved.from.own_key().is_none() && moved.to.own_key().is_none()
}

impl<'a> Index<'a> {
    pub(super) fn of(statements: &'a [Moved]) -> Self {
        let mut by_from = BTreeMap::new();
        let mut depths = BTreeSet::new();
        for (at, moved) in statements.iter().enumerate() {
            depths.insert(moved.base.len());
            by_from.entry((moved.base.clone(), moved.from.clone(), is_whole(moved))).or_insert(at);
        }
        Self { statements, by_from, depths }
    }

    /// The block that names an address, and where it moves it.
    pub(super) fn step(&self, address: &Address) -> Option<(usize, Address)> {
        if self.by_from.is_empty() {
            return None;
        }
        let pod = |steps: &[ModuleStep], key| {
            Target::Pod(Address { module: steps.to_vec(), name: address.name.clone(), key })
        };
        self.find(address, &|rest| Some((pod(rest, address.key.clone()), false)))
            .or_else(|| self.find(address, &|rest| Some((pod(rest, None), true))))
            .or_else(|| {
                let mut lengths = (1..=address.module.len()).rev();
                lengths.find_map(|length| self.module(address, length))
            })
    }

    /// The block that names the module that the first steps of an address lead to.
    fn module(&self, address: &Address, length: usize) -> Option<(usize, Address)> {
        let place = |rest: &[ModuleStep], whole: bool| {
            let base = address.module.len() - rest.len();
            let mut module = rest.get(..length.checked_sub(base)?)?.to_vec();
            let last = module.last_mut()?;
            if whole {
                last.key = None;
            }
            Some((Target::Module(module), whole))
        };
        self.find(address, &|rest| place(rest, false))
            .or_else(|| self.find(address, &|rest| place(rest, true)))
    }

    /// The block that stands in one of the modules on the way to an address and names what
    /// `place` says of the rest of the way.
    fn find(&self, address: &Address, place: Named<'_>) -> Option<(usize, Address)> {
        self.depths.iter().find_map(|&depth| {
            let (way, rest) = address.module.split_at_checked(depth)?;
            let base: Vec<String> = way.iter().map(|step| step.name.clone()).collect();
            let (place, whole) = place(rest)?;
            let at = *self.by_from.get(&(base, place, whole))?;
            Some((at, destination(self.statements.get(at)?, address)))
        })
    }
}

/// Where a block moves an address that it names.
fn destination(moved: &Moved, address: &Address) -> Address {
    let depth = moved.base.len();
    let whole = is_whole(moved);
    let mut module: Vec<ModuleStep> = address.module.iter().take(depth).cloned().collect();
    module.extend(moved.to.module().iter().cloned());
    if let Target::Pod(Address { name, key, .. }) = &moved.to {
        let key = if whole { address.key.clone() } else { key.clone() };
        return Address { module, name: name.clone(), key };
    }
    let own = depth + moved.from.module().len();
    if whole && let (Some(last), Some(was)) = (module.last_mut(), own.checked_sub(1)) {
        last.key = address.module.get(was).and_then(|step| step.key.clone());
    }
    module.extend(address.module.iter().skip(own).cloned());
    Address { module, name: address.name.clone(), key: address.key.clone() }
}
