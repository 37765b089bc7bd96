//! The graph for people to look at.

use super::{Graph, Node, What};
use crate::config::Configuration;
use std::collections::{BTreeMap, BTreeSet};

/// Something in a graph, and the names of what it refers to itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vertex {
    /// The module that it stands in, `module.a.module.b`; empty in the root module.
    pub module: String,
    /// What it refers to.
    pub refers_to: BTreeSet<String>,
}

impl Configuration {
    /// All that is declared, by name (`module.shop.local.port`), with what each thing refers to.
    #[must_use]
    pub fn declarations(&self) -> BTreeMap<String, Vertex> {
        let mut out: BTreeMap<String, Vertex> = BTreeMap::new();
        for (node, edges) in &self.graph.edges {
            let name = self.graph.name(node);
            let vertex = out.entry(name.clone()).or_default();
            vertex.module = self.module_of(node);
            // A variable and its validation are one thing here, as a module and all within it.
            vertex.refers_to.extend(edges.keys().map(|to| self.graph.name(to)));
            vertex.refers_to.remove(&name);
        }
        out
    }

    /// The pods and what `data` blocks read, by name, with those that each depends on: itself, or
    /// through other things.
    #[must_use]
    pub fn pod_dependencies(&self) -> BTreeMap<String, Vertex> {
        let vertex = |(node, behind): (Node, BTreeSet<Node>)| {
            let refers_to = behind.iter().map(|to| self.graph.name(to)).collect();
            (self.graph.name(&node), Vertex { module: self.module_of(&node), refers_to })
        };
        let kinds = |node: &Node| node.is_pod() || node.is_data();
        self.graph.reach(kinds, kinds, kinds).into_iter().map(vertex).collect()
    }

    fn module_of(&self, node: &Node) -> String {
        let prefix = self.graph.prefixes.get(node.module).map(String::as_str).unwrap_or_default();
        prefix.trim_end_matches('.').to_owned()
    }
}

impl Graph {
    /// A node as a user writes it, with the modules around.
    pub(super) fn name(&self, node: &Node) -> String {
        let prefix = self.prefixes.get(node.module).map(String::as_str).unwrap_or_default();
        match &node.what {
            What::Variable(name) | What::Validation(name) => format!("{prefix}var.{name}"),
            What::Local(name) => format!("{prefix}local.{name}"),
            What::Call(name) | What::Whole(name) => format!("{prefix}module.{name}"),
            What::Output(name) => format!("{prefix}output.{name}"),
            What::Pod(name) => format!("{prefix}pod.{name}"),
            What::Data(name) => format!("{prefix}data.pod.{name}"),
        }
    }
}
