//! `podform graph`

use crate::args::{GraphArgs, GraphFormat, GraphType};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::workspace::Workspace;
use podform_config::Vertex;
use std::collections::{BTreeMap, BTreeSet};

/// Draws what refers to what.
///
/// # Errors
/// The configuration cannot be read.
pub fn run(context: &Context, args: &GraphArgs) -> Result<Exit> {
    let workspace = Workspace::load(context, &[], false)?;
    let vertices = match args.kind {
        GraphType::Plan => workspace.configuration.pod_dependencies(),
        GraphType::Config => workspace.configuration.declarations(),
    };
    context.answer(&match args.format {
        GraphFormat::Dot => dot(&vertices),
        GraphFormat::Mermaid => mermaid(&vertices),
    })?;
    Ok(Exit::Ok)
}

/// The names in each module, the root first.
fn by_module(vertices: &BTreeMap<String, Vertex>) -> BTreeMap<&str, Vec<&str>> {
    let mut out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, vertex) in vertices {
        out.entry(&vertex.module).or_default().push(name);
    }
    out
}

/// The name without the module around.
fn short<'a>(module: &str, name: &'a str) -> &'a str {
    name.strip_prefix(module).map_or(name, |rest| rest.trim_start_matches('.'))
}

/// Each name and what it refers to, where both are in the graph.
fn edges(vertices: &BTreeMap<String, Vertex>) -> impl Iterator<Item = (&str, &str)> {
    vertices.iter().flat_map(move |(name, vertex)| {
        let known: BTreeSet<&String> =
            vertex.refers_to.iter().filter(|to| vertices.contains_key(*to)).collect();
        known.into_iter().map(|to| (name.as_str(), to.as_str()))
    })
}

fn dot(vertices: &BTreeMap<String, Vertex>) -> String {
    let mut out = String::from(
        "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n",
    );
    for (module, names) in by_module(vertices) {
        let indent = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            out.push_str(&format!("  subgraph \"cluster_{module}\" {{\n"));
            out.push_str(&format!("    label = \"{module}\";\n    fontname = \"sans-serif\";\n"));
        }
        for name in names {
            out.push_str(&format!("{indent}\"{name}\" [label=\"{}\"];\n", short(module, name)));
        }
        if !module.is_empty() {
            out.push_str("  }\n");
        }
    }
    for (from, to) in edges(vertices) {
        out.push_str(&format!("  \"{from}\" -> \"{to}\";\n"));
    }
    out.push_str("}\n");
    out
}

fn mermaid(vertices: &BTreeMap<String, Vertex>) -> String {
    let ids: BTreeMap<&str, usize> =
        vertices.keys().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let mut out = String::from("flowchart RL\n");
    for (at, (module, names)) in by_module(vertices).into_iter().enumerate() {
        let indent = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            out.push_str(&format!("  subgraph m{at} [\"{module}\"]\n"));
        }
        for name in names {
            out.push_str(&format!("{indent}n{}[\"{}\"]\n", ids[name], short(module, name)));
        }
        if !module.is_empty() {
            out.push_str("  end\n");
        }
    }
    for (from, to) in edges(vertices) {
        out.push_str(&format!("  n{} --> n{}\n", ids[from], ids[to]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vertices() -> BTreeMap<String, Vertex> {
        let vertex = |module: &str, refers_to: &[&str]| Vertex {
            module: module.into(),
            refers_to: refers_to.iter().map(ToString::to_string).collect(),
        };
        BTreeMap::from([
            ("pod.web".into(), vertex("", &["module.db.pod.main", "module.gone.pod.x"])),
            ("module.db.pod.main".into(), vertex("module.db", &[])),
        ])
    }

    #[test]
    fn graphviz_gets_a_cluster_for_each_module() {
        insta::assert_snapshot!(dot(&vertices()), @r#"
        digraph G {
          rankdir = "RL";
          node [shape = rect, fontname = "sans-serif"];
          "pod.web" [label="pod.web"];
          subgraph "cluster_module.db" {
            label = "module.db";
            fontname = "sans-serif";
            "module.db.pod.main" [label="pod.main"];
          }
          "pod.web" -> "module.db.pod.main";
        }
        "#);
    }

    #[test]
    fn mermaid_gets_numbers_for_names() {
        insta::assert_snapshot!(mermaid(&vertices()), @r#"
        flowchart RL
          n1["pod.web"]
          subgraph m1 ["module.db"]
            n0["pod.main"]
          end
          n1 --> n0
        "#);
    }
}
