//! `podform docs`: the reference, from the tables that podform itself works by.

use crate::args::{Cli, DocsArgs};
use crate::commands::explain;
use crate::connect::described;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::plugins::{host_options, search_path};
use clap::{Arg, Command, CommandFactory};
use podform_model::code;
use podform_plugin_host::{discover, load};
use podform_provider::Description;
use std::sync::Arc;

/// The providers whose settings the reference lists.
const PROVIDERS: &[&str] = &["mesos"];

/// Writes the reference in Markdown: pods, other blocks, providers, commands, codes.
///
/// # Errors
/// A provider's plugin is not found.
pub fn run(context: &Context, args: &DocsArgs) -> Result<Exit> {
    let mut text = String::from(
        "<!-- Written by `podform docs`; do not edit. -->\n\n# Reference of podform\n\n\
         In six parts: the `pod` block, the blocks around pods, test files, providers, commands, codes of diagnostics.\n\n",
    );
    text.push_str(&podform_model::schema::reference());
    text.push_str(&podform_config::query::reference());
    for name in PROVIDERS {
        provider(&mut text, &describe(name, args)?);
    }
    text.push_str("\n# Commands\n\n`-flag` and `--flag` are the same.\n");
    let mut cli = Cli::command();
    cli.build();
    cli.get_subcommands().filter(|one| one.get_name() != "help").for_each(|one| {
        command(&mut text, "podform", one);
    });
    codes(&mut text);
    context.answer(&text)?;
    Ok(Exit::Ok)
}

/// What an installed provider says of itself; no lock file is needed to read about it.
fn describe(name: &str, args: &DocsArgs) -> Result<Description> {
    let options = host_options(None)?;
    let plugin = discover(name, &search_path(&args.plugin_dir))
        .and_then(|found| load(&found, None, &options))
        .map_err(|error| Failure::from(error.diagnostic()))?;
    Ok(described(name, Arc::new(plugin))?.description)
}

fn provider(out: &mut String, provider: &Description) {
    out.push_str(&format!("\n# `provider \"{}\"`\n\n{}\n", provider.name, provider.doc));
    out.push_str("\n| Setting | Type | Description |\n|---|---|---|\n");
    for setting in &provider.settings {
        let required = if setting.required { ", required" } else { "" };
        let ty = format!("{}{required}", setting.ty);
        row(out, &[&format!("`{}`", setting.name), &ty, &setting.doc]);
    }
    if !provider.secret_stores.is_empty() {
        let kinds: Vec<_> = provider.secret_stores.iter().map(|k| format!("`{k}`")).collect();
        out.push_str(&format!("\nKinds of `secret_store`: {}.\n", kinds.join(", ")));
    }
    if !provider.unsupported.is_empty() {
        out.push_str("\n| Not supported | Why |\n|---|---|\n");
    }
    for missing in &provider.unsupported {
        row(out, &[&format!("`{}`", missing.attribute), &missing.reason]);
    }
}

/// A command and those below it, as its help shows them.
fn command(out: &mut String, parents: &str, shown: &Command) {
    let name = format!("{parents} {}", shown.get_name());
    let about = shown.get_about().map(ToString::to_string).unwrap_or_default();
    out.push_str(&format!("\n## `{name}`\n\n{about}.\n"));
    let visible = |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help" && !arg.is_global_set();
    let args: Vec<&Arg> = shown.get_arguments().filter(visible).collect();
    if !args.is_empty() {
        out.push_str("\n| Argument | Description |\n|---|---|\n");
    }
    for arg in args {
        row(out, &[&format!("`{}`", spelling(arg)), &meaning(arg)]);
    }
    if let Some(more) = shown.get_after_help() {
        out.push_str(&format!("\n```text\n{more}\n```\n"));
    }
    for below in shown.get_subcommands().filter(|one| one.get_name() != "help") {
        command(out, &name, below);
    }
}

fn spelling(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let value = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let takes = arg.get_action().takes_values();
    let flag = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, -{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, Some(long)) => format!("-{long}"),
        (None, None) => return value,
    };
    match (takes, arg.is_require_equals_set()) {
        (false, _) => flag,
        (true, true) => format!("{flag}={value}"),
        (true, false) => format!("{flag} {value}"),
    }
}

fn meaning(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let named = |one: &clap::builder::PossibleValue| format!("`{}`", one.get_name());
    let values: Vec<String> =
        arg.get_possible_values().iter().filter(|one| !one.is_hide_set()).map(named).collect();
    // A switch of true and false needs no list.
    if arg.get_action().takes_values() && values.len() > 1 && values[0] != "`true`" {
        text.push_str(&format!("; one of {}", values.join(", ")));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        text.push_str(&format!("; by default `{}`", defaults.join(" ")));
    }
    text.push('.');
    text
}

fn codes(out: &mut String) {
    out.push_str("\n# Codes of diagnostics\n\nThe same as `podform explain CODE` shows.\n");
    for (code, summary) in code::ALL {
        let page = explain::page(code).unwrap_or_default();
        out.push_str(&format!("\n## `{code}`\n\n{summary}\n\n{page}\n"));
    }
}

fn row(out: &mut String, cells: &[&str]) {
    out.push('|');
    for cell in cells {
        out.push_str(&format!(" {} |", cell.replace('|', "\\|").replace('\n', " ")));
    }
    out.push('\n');
}
