//! `-generate-config-out`: writes `pod` blocks for imports whose pods are not declared.

use crate::context::Context;
use crate::error::{Failure, Result};
use crate::setup::{Setup, engine_failure};
use podform_config::{SourceFile, write};
use podform_model::value::Map;
use podform_model::{Value, code};
use podform_runtime::Importable;
use podform_state::State;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Writes the file and takes it into the configuration. Nothing is written when every import is
/// declared.
///
/// # Errors
/// The file is there already or cannot be written, or a pod cannot be taken over.
pub fn generate(context: &Context, setup: &mut Setup, state: &State, path: &Path) -> Result<()> {
    if !path.display().to_string().ends_with(".pf.hcl") {
        let summary = format!("`{}` is not read as configuration", path.display());
        return Err(Failure::new(code::CLI_USAGE, summary).help(
            "name a file that ends with `.pf.hcl`, as `-generate-config-out=generated.pf.hcl`",
        ));
    }
    if path.exists() {
        let summary = format!("`{}` is there already", path.display());
        return Err(Failure::new(code::CLI_USAGE, summary)
            .help("name another file, or move what is in it into your own files and remove it"));
    }
    let pods = setup
        .engine()
        .importable(state)
        .map_err(|error| engine_failure(&setup.workspace, &error))?;
    if pods.is_empty() {
        return Ok(());
    }
    let failed = |error: &std::io::Error| Failure::file("write", path, error);
    let mut file = File::create_new(path).map_err(|error| failed(&error))?;
    file.write_all(canonical(text(&pods)).as_bytes()).map_err(|error| failed(&error))?;
    setup.workspace.take_in(context, path)
}

/// The text as `podform fmt` writes it.
fn canonical(text: String) -> String {
    let (formatted, _) = podform_config::format(&SourceFile::new("generated.pf.hcl", &*text));
    formatted.unwrap_or(text)
}

/// The text of the file.
fn text(pods: &[Importable]) -> String {
    let blocks = pods.iter().map(|pod| {
        let known = known(&pod.found.value);
        let provider = pod.import.provider.as_ref();
        let block = write::pod_block(&pod.import.to.name, &known, provider);
        let mut unknown = BTreeSet::new();
        names_of_unknown(&pod.found.value, "", &mut unknown);
        format!(
            "# Written by podform from `{}` as it runs. The cluster does not show:\n{}\
             # Write what the pod has of these before its instances are replaced.\n{}",
            pod.import.id,
            wrapped(&unknown),
            write::format(&std::iter::once(block).collect())
        )
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// The value without what is unknown or absent.
fn known(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let entries = map.iter().filter(|(_, value)| !value.is_unknown() && !value.is_null());
            Value::map(entries.map(|(key, value)| (key.clone(), known(value))).collect::<Map>())
        }
        Value::List(items) => Value::list(items.iter().map(known).collect()),
        other => other.clone(),
    }
}

/// The attributes that are unknown, those of repeated blocks once.
fn names_of_unknown(value: &Value, way: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Map(map) => {
            for (key, value) in map.iter() {
                let way = if way.is_empty() { key.to_string() } else { format!("{way}.{key}") };
                names_of_unknown(value, &way, out);
            }
        }
        Value::List(items) => items.iter().for_each(|item| names_of_unknown(item, way, out)),
        value if value.is_unknown() => drop(out.insert(way.to_owned())),
        _ => {}
    }
}

/// Names as the lines of a comment.
fn wrapped(names: &BTreeSet<String>) -> String {
    let mut lines = vec![String::from("#  ")];
    for name in names {
        if lines.last().is_some_and(|line| line.len() + name.len() > 90) {
            lines.push(String::from("#  "));
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&format!(" {name},"));
        }
    }
    let text = lines.join("\n");
    format!("{}\n", text.trim_end_matches(','))
}
