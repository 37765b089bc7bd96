//! The references that editors are told of are those that the parser finds.

use super::{FileKind, Outline, SymbolKind};
use crate::ir::{Kind, Target};
use crate::source::{Names, SourceFile, Sources};
use podform_model::Diagnostics;

/// Every reference of a whole text by the parser, as the end of its name and how it is written.
fn by_the_parser(text: &str) -> Vec<(usize, String)> {
    let sources = Sources { files: vec![SourceFile::new("a.pf.hcl", text)] };
    let mut found = Diagnostics::new();
    let body = crate::syntax::read(&sources, 0, &mut Names::default(), &mut found);
    let body = body.unwrap_or_else(|| panic!("{text}: {found:?}"));
    let mut out = Vec::new();
    body.walk(&mut |expr| {
        let Kind::Reference(reference) = &expr.kind else { return };
        let name = match &reference.target {
            Target::Variable(name) => format!("var.{name}"),
            Target::Local(name) => format!("local.{name}"),
            Target::Pod(name) => format!("pod.{name}"),
            Target::Secret(name) => format!("secret.{name}"),
            _ => return,
        };
        out.push((reference.span.start as usize, name));
    });
    out.sort();
    out
}

fn by_the_outline(text: &str) -> Vec<(usize, String)> {
    let kinds = [SymbolKind::Variable, SymbolKind::Local, SymbolKind::Pod, SymbolKind::Secret];
    let found = Outline::of(text).occurrences(text, FileKind::Configuration);
    let references = found
        .into_iter()
        .filter(|found| found.declares.is_none() && kinds.contains(&found.symbol.kind));
    let mut out: Vec<_> = references
        .map(|found| {
            let name = found.symbol.text();
            // From the name back to the root before it.
            let root = &name[..name.find('.').unwrap()];
            (text[..found.range.start].rfind(root).unwrap(), name)
        })
        .collect();
    out.sort();
    out
}

const EXPRESSIONS: &[&str] = &[
    "var.a",
    "var.a.b[var.c].d + local.x",
    "var.a[*].b[local.i]",
    "pod.web[\"k\"].instance[0].id",
    "[for x in var.list : x.y if local.z]",
    "[for var in local.list : var.a]",
    "[for var in [for pod in var.b : pod.c] : var.a]",
    "{ for local, pod in var.m : local => pod.id... }",
    "{ for k, v in var.m : k => [for k in v : \"${k}${var.x}\"] }",
    "{ var = 1, local = var.a, (local.key) = 2, \"pod\" = pod.web.id }",
    "\"a ${var.a} $${var.no} %%{var.no} ${\"b ${local.c}\"}\"",
    "\"%{ if var.a }${local.b}%{ else }${pod.c.id}%{ endif }\"",
    "\"%{~ for var in local.xs ~}${var.y}%{~ endfor ~}${var.z}\"",
    "\"%{ for k, local in var.xs }%{ for var in local.ys }${var.a}%{ endfor }${local.b}%{ endfor }\"",
    "\"\\\"${var.a}\\\\${local.b}\"",
    "upper(var.a, [local.b...]...)",
    "var.a ? local.b : pod.c.id",
    "!var.a && -local.b > 3",
    "<<EOT\n${var.a} $${var.no}\n\"${local.b}\"\n%{ for pod in var.p ~}\n${pod.x}\n%{ endfor ~}\nEOT",
    "<<-EOT\n  text } with ${jsonencode({ a = \"}${var.a}\" })}\n  EOT",
    "[\n# var.no\nvar.a, // local.no\n/* pod.no */ local.b\n]",
    "core::upper(var.a)",
    "each.value.var.a",
    "(var.a).var.b",
    "var . a",
];

#[test]
fn references_are_those_of_the_parser() {
    for expression in EXPRESSIONS {
        let expression = expression.replace("[local.b...]...", "local.b...");
        let text = format!("locals {{\n  value = {expression}\n}}\n");
        assert_eq!(by_the_outline(&text), by_the_parser(&text), "{text}");
    }
}

#[test]
fn secrets_too() {
    let text = "pod \"web\" {\n  environment = { A = secret.a, B = secret[\"b.c\"], C = \"${secret.c}\" \
                }\n  labels = { for secret in var.x : secret.a => secret.b }\n}\n";
    assert_eq!(by_the_outline(text), by_the_parser(text));
}
