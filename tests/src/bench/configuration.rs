//! The configurations that are measured.

use std::fmt::{self, Write};
use std::str::FromStr;

/// A form of configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// One block for each pod.
    Blocks,
    /// One block with `for_each`.
    ForEach,
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocks => "blocks",
            Self::ForEach => "for_each",
        })
    }
}

impl FromStr for Variant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "blocks" => Ok(Self::Blocks),
            "for_each" => Ok(Self::ForEach),
            _ => Err(format!("`{text}` is neither `blocks` nor `for_each`")),
        }
    }
}

/// How many pods stand in one file.
const IN_ONE_FILE: u32 = 1000;

/// Every hundredth pod changes with `var.revision`.
const CHANGED: u32 = 100;

const COMMON: &str = r#"
provider "mesos" {}

variable "stage" {
  type    = string
  default = "production"
}

variable "domain" {
  type    = string
  default = "example.org"
}

variable "revision" {
  type    = string
  default = "1"
}

locals {
  team     = "shop"
  registry = "registry.${var.domain}"
  size     = { cpus = 0.1, mem = 32 }
}
"#;

/// The files of a configuration with so many pods, by name.
pub(super) fn files(variant: Variant, size: u32) -> Vec<(String, String)> {
    let mut files = vec![("main.pf.hcl".to_owned(), COMMON.to_owned())];
    match variant {
        Variant::ForEach => files.push(("pods.pf.hcl".to_owned(), for_each(size))),
        Variant::Blocks => {
            for first in (0..size).step_by(IN_ONE_FILE as usize) {
                let mut text = String::new();
                for index in first..size.min(first + IN_ONE_FILE) {
                    block(&mut text, index);
                }
                files.push((format!("pods-{first:06}.pf.hcl"), text));
            }
        }
    }
    files
}

/// A container, but for what only its pod knows.
fn container(out: &mut String, name: &str, command: &str, more: &str) {
    let _infallible = write!(
        out,
        r#"
  container "{name}" {{
    command = "exec /srv/{name} {command}"
    resources {{
      cpus = local.size.cpus
      mem  = local.size.mem
    }}
    {more}
  }}
"#
    );
}

fn block(out: &mut String, index: u32) {
    let revision = if index.is_multiple_of(CHANGED) { "var.revision" } else { "\"1\"" };
    let _infallible = write!(
        out,
        r#"
pod "p{index:06}" {{
  labels = {{ team = local.team, stage = var.stage }}
  environment = {{
    URL      = "http://p{index}.${{var.domain}}/?stage=${{var.stage}}"
    REVISION = {revision}
  }}
"#
    );
    container(
        out,
        "app",
        &format!("--name=p{index} --registry=${{local.registry}}"),
        "endpoint \"http\" {}\n    labels = { role = \"app\" }",
    );
    container(out, "log", "--to=${local.registry}/logs", "environment = { LEVEL = \"info\" }");
    container(out, "side", "--stage=${var.stage}", "");
    out.push_str("}\n");
}

fn for_each(size: u32) -> String {
    // `range` makes at most 1024 numbers.
    let thousands = size.div_ceil(1000);
    let mut out = format!(
        r#"
locals {{
  pods = {{
    for i in flatten([for k in range({thousands}) : [for j in range(1000) : 1000 * k + j]]) :
    format("p%06d", i) => {{
      index    = i
      revision = i % {CHANGED} == 0 ? var.revision : "1"
    }} if i < {size}
  }}
}}

pod "job" {{
  for_each = local.pods
  labels   = {{ team = local.team, stage = var.stage, name = each.key }}
  environment = {{
    URL      = "http://${{each.key}}.${{var.domain}}/?stage=${{var.stage}}"
    REVISION = each.value.revision
    INDEX    = each.value.index
  }}
"#
    );
    container(
        &mut out,
        "app",
        "--name=${each.key} --registry=${local.registry}",
        "endpoint \"http\" {}",
    );
    container(&mut out, "log", "--to=${local.registry}/logs", "environment = { LEVEL = \"info\" }");
    container(&mut out, "side", "--stage=${var.stage}", "");
    out.push_str("}\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pod_stands_in_one_file_once() {
        let files = files(Variant::Blocks, 2500);
        assert_eq!(files.len(), 4);
        let count = |text: &str| text.matches("\npod \"p").count();
        assert_eq!(files.iter().map(|(_, text)| count(text)).sum::<usize>(), 2500);
        let changed = files.iter().map(|(_, text)| text.matches("= var.revision").count());
        assert_eq!(changed.sum::<usize>(), 25);
    }
}
