//! What refers to what: the order in which locals and pods are evaluated, and circles.

use crate::config::Module;
use crate::ir::{Expr, Kind, Name, Target};
use crate::source::{Sources, Span};
use podform_model::{Diagnostic, Diagnostics, code};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Something that is evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    Local(Name),
    Pod(Name),
}

/// What each thing refers to.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Everything, each after what it refers to.
    pub(crate) order: Vec<Node>,
    /// What each refers to itself, with the first place.
    edges: HashMap<Node, BTreeMap<Node, Span>>,
    /// The pods that each pod refers to, also through locals.
    pub(crate) pods: HashMap<Name, BTreeSet<Name>>,
}

/// The locals and pods that an expression refers to.
pub(crate) fn references(expr: &Expr, out: &mut BTreeMap<Node, Span>) {
    expr.walk(&mut |inner| own_reference(inner, out));
}

fn own_reference(expr: &Expr, out: &mut BTreeMap<Node, Span>) {
    if let Kind::Reference(reference) = &expr.kind {
        let node = match &reference.target {
            Target::Local(name) => Node::Local(name.clone()),
            Target::Pod(name) => Node::Pod(name.clone()),
            _ => return,
        };
        out.entry(node).or_insert(reference.span);
    }
}

impl Graph {
    /// The graph of a module; a circle is reported.
    pub(crate) fn of(module: &Module, sources: &Sources, diagnostics: &mut Diagnostics) -> Self {
        let mut graph = Self::default();
        for (name, local) in &module.locals {
            let mut out = BTreeMap::new();
            references(&local.value, &mut out);
            graph.edges.insert(Node::Local(name.clone()), out);
        }
        for (name, pod) in &module.pods {
            let mut out = BTreeMap::new();
            pod.walk(&mut |expr, _| own_reference(expr, &mut out));
            for dependency in &pod.depends_on {
                out.entry(Node::Pod(dependency.pod.clone())).or_insert(dependency.span);
            }
            graph.edges.insert(Node::Pod(name.clone()), out);
        }
        graph.sort(sources, diagnostics);
        graph.reach();
        graph
    }

    /// Puts everything after what it refers to, without recursion.
    fn sort(&mut self, sources: &Sources, diagnostics: &mut Diagnostics) {
        let mut nodes: Vec<&Node> = self.edges.keys().collect();
        nodes.sort();
        let mut done: HashMap<&Node, bool> = HashMap::new();
        let mut order = Vec::with_capacity(nodes.len());
        for start in nodes {
            if done.contains_key(start) {
                continue;
            }
            let mut stack: Vec<(&Node, std::collections::btree_map::Iter<'_, Node, Span>)> =
                Vec::new();
            if let Some(edges) = self.edges.get(start) {
                done.insert(start, false);
                stack.push((start, edges.iter()));
            }
            while let Some((node, edges)) = stack.last_mut() {
                let Some((next, _)) = edges.next() else {
                    done.insert(node, true);
                    order.push((*node).clone());
                    stack.pop();
                    continue;
                };
                match (done.get(next), self.edges.get_key_value(next)) {
                    (None, Some((next, edges))) => {
                        done.insert(next, false);
                        stack.push((next, edges.iter()));
                    }
                    (Some(false), _) => {
                        let path: Vec<&Node> = stack
                            .iter()
                            .map(|(node, _)| *node)
                            .skip_while(|node| *node != next)
                            .collect();
                        diagnostics.push(self.circle(&path, sources));
                    }
                    _ => {}
                }
            }
        }
        self.order = order;
    }

    fn circle(&self, path: &[&Node], sources: &Sources) -> Diagnostic {
        let names: Vec<String> =
            path.iter().chain(path.first()).map(|node| format!("`{node}`")).collect();
        let summary = match path {
            [one] => format!("`{one}` refers to itself"),
            _ => format!("these refer to one another in a circle: {}", names.join(" → ")),
        };
        let mut diagnostic = Diagnostic::error(code::CYCLE, summary);
        for (at, node) in path.iter().enumerate() {
            let next = path.get(at + 1).or(path.first()).copied();
            let span = next.and_then(|next| self.edges.get(node)?.get(next));
            if let (Some(span), Some(next)) = (span, next) {
                let text = format!("`{node}` refers to `{next}` here");
                diagnostic = diagnostic.label(sources.label(*span, text));
            }
        }
        match path {
            [Node::Pod(_)] => diagnostic.help("use `self` in a postcondition, or a local"),
            _ => diagnostic,
        }
    }

    /// Finds the pods behind each pod, through locals.
    fn reach(&mut self) {
        let mut behind: HashMap<&Node, BTreeSet<Name>> = HashMap::new();
        for node in &self.order {
            let mut found = BTreeSet::new();
            for next in self.edges.get(node).into_iter().flatten().map(|(next, _)| next) {
                match next {
                    Node::Pod(name) => {
                        found.insert(name.clone());
                    }
                    Node::Local(_) => {
                        if let Some(more) = behind.get(next) {
                            found.extend(more.iter().cloned());
                        }
                    }
                }
            }
            behind.insert(node, found);
        }
        self.pods = behind
            .into_iter()
            .filter_map(|(node, found)| match node {
                Node::Pod(name) => Some((name.clone(), found)),
                Node::Local(_) => None,
            })
            .collect();
    }

    /// What must be evaluated before a pod, in order.
    pub(crate) fn needed(&self, pod: &Name) -> Vec<Node> {
        let mut seen: BTreeSet<&Node> = BTreeSet::new();
        let mut out = Vec::new();
        let start = Node::Pod(pod.clone());
        let Some((start, edges)) = self.edges.get_key_value(&start) else { return out };
        seen.insert(start);
        let mut stack = vec![(start, edges.iter())];
        while let Some((node, edges)) = stack.last_mut() {
            let Some((next, _)) = edges.next() else {
                out.push((*node).clone());
                stack.pop();
                continue;
            };
            if let Some((next, edges)) = self.edges.get_key_value(next)
                && seen.insert(next)
            {
                stack.push((next, edges.iter()));
            }
        }
        out
    }

    /// The pods that an expression refers to, through locals too.
    pub(crate) fn pods_of(&self, expr: &Expr) -> BTreeSet<Name> {
        let mut direct = BTreeMap::new();
        references(expr, &mut direct);
        let mut seen: BTreeSet<Node> = BTreeSet::new();
        let mut todo: Vec<Node> = direct.into_keys().collect();
        let mut out = BTreeSet::new();
        while let Some(node) = todo.pop() {
            match &node {
                Node::Pod(name) => {
                    out.insert(name.clone());
                }
                Node::Local(_) if seen.insert(node.clone()) => {
                    todo.extend(
                        self.edges.get(&node).into_iter().flatten().map(|(n, _)| n.clone()),
                    );
                }
                Node::Local(_) => {}
            }
        }
        out
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Pod(name) => write!(f, "pod.{name}"),
        }
    }
}
