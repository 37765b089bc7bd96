//! `podform providers` and `podform providers schema`

mod schema;

use crate::args::{ProvidersArgs, ProvidersCommand};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::lockfile;
use crate::plugins::{Plugins, search_path};
use crate::workspace::Workspace;
use podform_plugin_host::{LockedProvider, SearchPath, discover};
use podform_provider::Description;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Shows the providers of the configuration, or their schema.
///
/// # Errors
/// The configuration or the lock file is wrong; for the schema, a plugin cannot be loaded.
pub fn run(context: &Context, args: &ProvidersArgs) -> Result<Exit> {
    let workspace = Workspace::load(context, &[], false)?;
    if let Some(ProvidersCommand::Schema(_)) = args.command {
        let descriptions = describe(context, &workspace, args)?;
        if context.json {
            context.answer_json(&schema::json(&descriptions))?;
        } else {
            context.answer(&schema::text(&descriptions))?;
        }
        return Ok(Exit::Ok);
    }
    let locked = lockfile::read(context)?;
    context.answer(&list(&workspace, &locked, &search_path(&args.plugin_dir)))?;
    Ok(Exit::Ok)
}

fn describe(
    context: &Context,
    workspace: &Workspace,
    args: &ProvidersArgs,
) -> Result<BTreeMap<String, Description>> {
    let plugins = Plugins::open(context, &args.plugin_dir, None)?;
    let mut descriptions = BTreeMap::new();
    for required in workspace.configuration.required_providers() {
        let loaded = plugins.load(&required.name)?;
        descriptions.insert(required.name, loaded.description);
    }
    Ok(descriptions)
}

fn list(workspace: &Workspace, locked: &[LockedProvider], search: &SearchPath) -> String {
    let required = workspace.configuration.required_providers();
    let mut text = String::from("Providers of the configuration:\n");
    for provider in &required {
        let constraint = provider.version.as_deref().unwrap_or("any version");
        entry(&mut text, &provider.name, Some(constraint), locked, search);
    }
    if required.is_empty() {
        text.push_str("  none\n");
    }
    let names: BTreeSet<&str> = required.iter().map(|provider| provider.name.as_str()).collect();
    let others: Vec<&LockedProvider> =
        locked.iter().filter(|locked| !names.contains(locked.name.as_str())).collect();
    if !others.is_empty() {
        text.push_str("\nProviders that only the lock file names:\n");
        others.iter().for_each(|other| entry(&mut text, &other.name, None, locked, search));
    }
    text
}

fn entry(
    text: &mut String,
    name: &str,
    constraint: Option<&str>,
    locked: &[LockedProvider],
    search: &SearchPath,
) {
    let locked = locked.iter().find(|locked| locked.name == name);
    let mut lines: Vec<(&str, String)> = Vec::new();
    lines.extend(constraint.map(|constraint| ("constraint", constraint.to_owned())));
    match locked {
        Some(locked) => {
            lines.push(("source", locked.source.clone()));
            lines.push(("version", locked.version.clone()));
            lines.extend(locked.hashes.iter().map(|hash| ("hash", hash.clone())));
        }
        None => lines.push(("version", "not locked: run `podform init`".into())),
    }
    lines.push(("found", found(name, locked, search)));
    // Writing to memory does not fail.
    let _ = writeln!(text, "  {name}");
    for (label, value) in lines {
        let _ = writeln!(text, "      {label:<10} {value}");
    }
}

/// Where the plugin is, and whether it is the locked one.
fn found(name: &str, locked: Option<&LockedProvider>, search: &SearchPath) -> String {
    match discover(name, search) {
        Err(error) => format!("no: {error}"),
        Ok(found) => {
            let path = found.path.display();
            match locked {
                _ if found.dev => format!("{path} (development override)"),
                Some(locked) if !locked.hashes.contains(&found.sha256) => {
                    format!("{path} (not the locked one: {})", found.sha256)
                }
                _ => path.to_string(),
            }
        }
    }
}
