//! What refers to what: the order in which things are evaluated, and circles.
//!
//! The graph is over blocks, not over instances: its size is that of the text of all modules.

mod edges;
mod shown;

pub(crate) use edges::output_of;
pub use shown::Vertex;

use crate::ir::{Expr, Name};
use crate::modules::{ModuleId, Tree};
use crate::source::{Sources, Span};
use foldhash::HashMap;
use podform_model::{Diagnostic, Diagnostics, code};
use std::collections::{BTreeMap, BTreeSet};

/// Something that is evaluated, in one module of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Node {
    pub(crate) module: ModuleId,
    pub(crate) what: What,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum What {
    /// The value of a variable.
    Variable(Name),
    /// The validation of a variable.
    Validation(Name),
    Local(Name),
    /// How many instances a module has, and which.
    Call(Name),
    /// An output of a module that is called.
    Output(Name),
    Pod(Name),
    Data(Name),
    /// Everything in a module that is called, for `depends_on`.
    Whole(Name),
}

/// What each thing refers to.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Everything, each after what it refers to.
    pub(crate) order: Vec<Node>,
    /// What each refers to itself, with the first place.
    edges: HashMap<Node, BTreeMap<Node, Span>>,
    /// The pods that each pod and `data` block refers to, also through other things.
    pub(crate) pods: HashMap<Node, BTreeSet<Node>>,
    /// The `data` blocks that each pod refers to, also through other things.
    pub(crate) data: HashMap<Node, BTreeSet<Node>>,
    /// How each module is written in a message.
    prefixes: Vec<String>,
}

impl Node {
    /// A node.
    pub(crate) fn new(module: ModuleId, what: What) -> Self {
        Self { module, what }
    }

    /// The pod block of a module.
    pub(crate) fn pod(module: ModuleId, name: &Name) -> Self {
        Self::new(module, What::Pod(name.clone()))
    }

    /// The `data` block of a module.
    pub(crate) fn data(module: ModuleId, name: &Name) -> Self {
        Self::new(module, What::Data(name.clone()))
    }

    /// Whether it is a pod.
    pub(crate) fn is_pod(&self) -> bool {
        matches!(self.what, What::Pod(_))
    }

    /// Whether it is a `data` block.
    pub(crate) fn is_data(&self) -> bool {
        matches!(self.what, What::Data(_))
    }
}

impl Graph {
    /// The graph of all modules; a circle is reported.
    pub(crate) fn of(modules: &Tree, sources: &Sources, diagnostics: &mut Diagnostics) -> Self {
        let prefixes = modules.iter().map(|(id, _)| modules.prefix(id)).collect();
        let mut graph = Self { edges: edges::all(modules), prefixes, ..Self::default() };
        graph.sort(sources, diagnostics);
        graph.pods =
            graph.reach(Node::is_pod, |node| node.is_pod() || node.is_data(), Node::is_pod);
        if graph.order.iter().any(Node::is_data) {
            graph.data = graph.reach(Node::is_data, Node::is_pod, Node::is_pod);
        }
        graph
    }

    /// Puts everything after what it refers to, without recursion.
    fn sort(&mut self, sources: &Sources, diagnostics: &mut Diagnostics) {
        let mut nodes: Vec<&Node> = self.edges.keys().collect();
        nodes.sort();
        let mut done: HashMap<&Node, bool> = HashMap::default();
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
            path.iter().chain(path.first()).map(|node| format!("`{}`", self.name(node))).collect();
        let summary = match (&*names, path) {
            ([one, _], _) => format!("{one} refers to itself"),
            _ => format!("these refer to one another in a circle: {}", names.join(" → ")),
        };
        let mut diagnostic = Diagnostic::error(code::CYCLE, summary);
        for (at, node) in path.iter().enumerate() {
            let next = path.get(at + 1).or(path.first()).copied();
            let span = next.and_then(|next| self.edges.get(node)?.get(next));
            if let (Some(span), Some(next)) = (span, next) {
                let text = format!("`{}` refers to `{}` here", self.name(node), self.name(next));
                diagnostic = diagnostic.label(sources.label(*span, text));
            }
        }
        match path {
            [node] if node.is_pod() => diagnostic.help("use `self` in a postcondition, or a local"),
            _ => diagnostic,
        }
    }

    /// Finds those that are `wanted` behind each node `of` a kind, but not behind an `end`.
    fn reach(
        &self,
        wanted: impl Fn(&Node) -> bool,
        of: impl Fn(&Node) -> bool,
        end: impl Fn(&Node) -> bool,
    ) -> HashMap<Node, BTreeSet<Node>> {
        let mut behind: HashMap<&Node, BTreeSet<Node>> = HashMap::default();
        for node in &self.order {
            let mut found = BTreeSet::new();
            for next in self.edges.get(node).into_iter().flatten().map(|(next, _)| next) {
                if wanted(next) {
                    found.insert(next.clone());
                }
                if !end(next)
                    && let Some(more) = behind.get(next)
                {
                    found.extend(more.iter().cloned());
                }
            }
            behind.insert(node, found);
        }
        behind
            .into_iter()
            .filter(|(node, _)| of(node))
            .map(|(node, found)| (node.clone(), found))
            .collect()
    }

    /// What must be evaluated before these, in order, themselves included.
    pub(crate) fn needed<'n>(&self, of: impl IntoIterator<Item = &'n Node>) -> Vec<Node> {
        let mut seen: BTreeSet<&Node> = BTreeSet::new();
        let mut out = Vec::new();
        for start in of {
            let Some((start, edges)) = self.edges.get_key_value(start) else { continue };
            if !seen.insert(start) {
                continue;
            }
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
        }
        out
    }

    /// What a node refers to itself.
    pub(crate) fn next(&self, node: &Node) -> impl Iterator<Item = &Node> {
        self.edges.get(node).into_iter().flatten().map(|(next, _)| next)
    }

    /// What an expression in a module refers to itself.
    pub(crate) fn direct(modules: &Tree, module: ModuleId, expr: &Expr) -> BTreeMap<Node, Span> {
        let mut out = BTreeMap::new();
        edges::references(modules, module, expr, &mut out);
        out
    }

    /// Whether an expression in a module refers to something of a kind, through other things too.
    pub(crate) fn meets(
        &self,
        modules: &Tree,
        module: ModuleId,
        expr: &Expr,
        kind: impl Fn(&Node) -> bool,
    ) -> bool {
        let mut seen: BTreeSet<Node> = BTreeSet::new();
        let mut todo: Vec<Node> = Self::direct(modules, module, expr).into_keys().collect();
        while let Some(node) = todo.pop() {
            if kind(&node) {
                return true;
            }
            if seen.insert(node.clone()) {
                todo.extend(self.edges.get(&node).into_iter().flatten().map(|(n, _)| n.clone()));
            }
        }
        false
    }
}
