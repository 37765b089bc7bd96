//! The order of a plan's changes as a graph of nodes.
//!
//! A change is one node or, when it replaces a pod, two. A no-op is a node too, so that order and
//! failures pass through it.

use crate::model::{Change, ChangeAction};
use podform_model::Address;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which half of a change a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The pod comes to what is wanted (or is forgotten).
    Apply,
    /// The old pod is destroyed.
    Delete,
}

/// A node: a half of the change at this index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) change: usize,
    pub(crate) phase: Phase,
}

/// How firmly an edge holds: in a circle the softest are dropped first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// A destruction waits for something.
    Destroy,
    /// One pod takes over the id of another.
    Id,
    /// The configuration, or the two halves of a replacement.
    Firm,
}

/// That one node must be done before another.
#[derive(Debug, Clone, Copy)]
struct Edge {
    first: usize,
    then: usize,
    strength: Strength,
}

/// Nodes and, for each, those that must be done before it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) needs: Vec<BTreeSet<usize>>,
}

/// Builds the graph of a plan's changes. It has no circle, whatever the changes are.
pub(crate) fn graph(changes: &[Change]) -> Graph {
    let mut builder = Builder::new(changes);
    for change in changes {
        builder.configured(change);
        builder.halves(change);
        builder.destroyed(change);
    }
    builder.taken_ids();
    let Builder { nodes, mut edges, .. } = builder;
    for strength in [Strength::Destroy, Strength::Id, Strength::Firm] {
        drop_in_circles(nodes.len(), &mut edges, strength);
    }
    let mut needs = vec![BTreeSet::new(); nodes.len()];
    for edge in edges {
        needs[edge.then].insert(edge.first);
    }
    Graph { nodes, needs }
}

struct Builder<'a> {
    changes: &'a [Change],
    nodes: Vec<Node>,
    apply: BTreeMap<&'a Address, usize>,
    delete: BTreeMap<&'a Address, usize>,
    edges: Vec<Edge>,
}

impl<'a> Builder<'a> {
    fn new(changes: &'a [Change]) -> Self {
        let mut builder = Self {
            changes,
            nodes: Vec::with_capacity(changes.len()),
            apply: BTreeMap::new(),
            delete: BTreeMap::new(),
            edges: Vec::new(),
        };
        for (index, change) in changes.iter().enumerate() {
            if change.action != ChangeAction::Delete {
                builder.apply.insert(&change.address, builder.nodes.len());
                builder.nodes.push(Node { change: index, phase: Phase::Apply });
            }
            if change.destroys() {
                builder.delete.insert(&change.address, builder.nodes.len());
                builder.nodes.push(Node { change: index, phase: Phase::Delete });
            }
        }
        builder
    }

    fn edge(&mut self, first: usize, then: usize, strength: Strength) {
        if first != then {
            self.edges.push(Edge { first, then, strength });
        }
    }

    /// A pod comes after those that it needs.
    fn configured(&mut self, change: &Change) {
        let Some(&then) = self.apply.get(&change.address) else { return };
        for needed in &change.depends_on {
            if let Some(&first) = self.apply.get(needed) {
                self.edge(first, then, Strength::Firm);
            }
        }
    }

    /// The two halves of a replacement.
    fn halves(&mut self, change: &Change) {
        let ChangeAction::Replace { create_first } = change.action else { return };
        let (Some(&apply), Some(&delete)) =
            (self.apply.get(&change.address), self.delete.get(&change.address))
        else {
            return;
        };
        let (first, then) = if create_first { (apply, delete) } else { (delete, apply) };
        self.edge(first, then, Strength::Firm);
    }

    /// A pod is destroyed after those that needed it: destroyed themselves, or changed so that
    /// they no longer need it.
    fn destroyed(&mut self, change: &Change) {
        for needed in change.prior_depends_on.iter().chain(&change.depends_on) {
            let Some(&then) = self.delete.get(needed) else { continue };
            match self.delete.get(&change.address) {
                Some(&first) => self.edge(first, then, Strength::Destroy),
                None if self.stays_until(needed) => {
                    if let Some(&first) = self.apply.get(&change.address) {
                        self.edge(first, then, Strength::Destroy);
                    }
                }
                None => {}
            }
        }
    }

    /// Whether a pod that is destroyed can outlive the changes of those that needed it.
    fn stays_until(&self, address: &Address) -> bool {
        let action = self
            .changes
            .binary_search_by(|change| change.address.cmp(address))
            .ok()
            .and_then(|at| self.changes.get(at))
            .map(|change| change.action);
        matches!(action, Some(ChangeAction::Delete | ChangeAction::Replace { create_first: true }))
    }

    /// A pod that takes over the id of another one of the same provider comes after its end.
    fn taken_ids(&mut self) {
        let mut going = BTreeMap::new();
        for change in self.changes.iter().filter(|change| change.destroys()) {
            let id = change.prior_id.as_ref().unwrap_or(&change.pod_id);
            let provider = change.prior_provider.as_ref().unwrap_or(&change.provider);
            if let Some(&node) = self.delete.get(&change.address) {
                going.insert((provider, id), node);
            }
        }
        for change in self.changes {
            let Some(&then) = self.apply.get(&change.address) else { continue };
            if let Some(&first) = going.get(&(&change.provider, &change.pod_id))
                && self.nodes[first].change != self.nodes[then].change
            {
                self.edge(first, then, Strength::Id);
            }
        }
    }
}

/// Drops the edges of one strength that lie in a circle.
fn drop_in_circles(count: usize, edges: &mut Vec<Edge>, strength: Strength) {
    let mut out = vec![Vec::new(); count];
    for edge in edges.iter() {
        out[edge.first].push(edge.then);
    }
    let component = components(&out);
    edges.retain(|edge| edge.strength != strength || component[edge.first] != component[edge.then]);
}

/// The strongly connected component of each node (Tarjan's algorithm, without recursion).
pub(crate) fn components(out: &[Vec<usize>]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let count = out.len();
    let (mut index, mut low) = (vec![NONE; count], vec![0; count]);
    let mut component = vec![NONE; count];
    let (mut stack, mut next, mut found) = (Vec::new(), 0, 0);
    for root in 0..count {
        if index[root] != NONE {
            continue;
        }
        let mut walk = vec![(root, 0)];
        while let Some((node, child)) = walk.pop() {
            if child == 0 {
                index[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
            }
            match out[node].get(child) {
                Some(&to) => {
                    walk.push((node, child + 1));
                    if index[to] == NONE {
                        walk.push((to, 0));
                    } else if component[to] == NONE {
                        low[node] = low[node].min(index[to]);
                    }
                }
                None => {
                    if low[node] == index[node] {
                        while let Some(member) = stack.pop() {
                            component[member] = found;
                            if member == node {
                                break;
                            }
                        }
                        found += 1;
                    }
                    if let Some(&(parent, _)) = walk.last() {
                        low[parent] = low[parent].min(low[node]);
                    }
                }
            }
        }
    }
    component
}

/// One circle among pods that depend on one another, in order, or `None`.
pub(crate) fn circle<'a>(
    needs: &BTreeMap<&'a Address, BTreeSet<&'a Address>>,
) -> Option<Vec<&'a Address>> {
    let names: Vec<&Address> = needs.keys().copied().collect();
    let place = |address: &Address| names.binary_search(&address).ok();
    let out: Vec<Vec<usize>> =
        needs.values().map(|set| set.iter().filter_map(|a| place(a)).collect()).collect();
    let component = components(&out);
    for start in 0..names.len() {
        if out[start].contains(&start) {
            return Some(vec![names[start]]);
        }
        let inside = |node: usize| component[node] == component[start];
        if out[start].iter().any(|&to| inside(to)) {
            return Some(walk_circle(start, &out, &inside).into_iter().map(|n| names[n]).collect());
        }
    }
    None
}

/// Follows edges inside a component until a node comes again.
fn walk_circle(start: usize, out: &[Vec<usize>], inside: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut path = vec![start];
    let mut node = start;
    while let Some(&to) = out[node].iter().find(|&&to| inside(to)) {
        if let Some(from) = path.iter().position(|&seen| seen == to) {
            return path.split_off(from);
        }
        path.push(to);
        node = to;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_found_without_recursion() {
        let chain: Vec<Vec<usize>> =
            (0..100_000).map(|n| if n + 1 < 100_000 { vec![n + 1] } else { vec![] }).collect();
        let component = components(&chain);
        assert_eq!(component.iter().collect::<BTreeSet<_>>().len(), 100_000);

        let component = components(&[vec![1], vec![2], vec![0, 3], vec![]]);
        assert_eq!(component[0], component[1]);
        assert_eq!(component[1], component[2]);
        assert_ne!(component[2], component[3]);
    }

    #[test]
    fn a_circle_is_named_in_order() {
        let (a, b, c, d) =
            (Address::pod("a"), Address::pod("b"), Address::pod("c"), Address::pod("d"));
        let needs = BTreeMap::from([
            (&a, BTreeSet::from([&b])),
            (&b, BTreeSet::from([&c])),
            (&c, BTreeSet::from([&b])),
            (&d, BTreeSet::from([&a])),
        ]);
        assert_eq!(circle(&needs), Some(vec![&b, &c]));
        let fine = BTreeMap::from([(&a, BTreeSet::from([&b])), (&b, BTreeSet::new())]);
        assert_eq!(circle(&fine), None);
        let own = BTreeMap::from([(&a, BTreeSet::from([&a]))]);
        assert_eq!(circle(&own), Some(vec![&a]));
    }
}
