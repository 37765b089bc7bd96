//! Which provider runs a pod.

use super::{repeat, settings};
use crate::config::{Data, Pod, Provider, keyed, unkeyed};
use crate::eval::Evaluator;
use crate::ir::Expr;
use crate::modules::{ModuleId, Tree};
use crate::source::Span;
use crate::types::to_text;
use crate::value::Val;
use crate::world::{Keys, ROOT_ROOM, World};
use podform_model::{Desired, Diagnostic, Diagnostics, InstanceKey, ProviderRef, Value, code};
use std::collections::BTreeMap;

/// The settings of the providers that a block makes: one, or one for each key of its `for_each`.
pub(super) fn settings_of(
    world: &World<'_>,
    name: &ProviderRef,
    provider: &Provider,
    found: &mut Diagnostics,
) -> Vec<(ProviderRef, Value)> {
    let mut evaluator = Evaluator::new(world, ROOT_ROOM);
    let keys = match provider.for_each() {
        None => Ok(Keys::Single),
        Some(expr) => repeat::each(&mut evaluator, expr),
    };
    let mut out = Vec::new();
    for key in keys.iter().flat_map(Keys::all) {
        let Some(instance) = keys.as_ref().ok().and_then(|keys| keys.instance(key.as_ref())) else {
            continue;
        };
        evaluator.instance = instance;
        let settings = settings(&mut evaluator, &provider.body, true);
        let name = match &key {
            Some(InstanceKey::Name(key)) => keyed(name, key),
            _ => name.clone(),
        };
        out.push((name, settings));
    }
    found.extend(evaluator.diagnostics);
    out
}

/// What decides which provider runs a pod, or is asked for one.
pub(super) struct Choice<'a> {
    provider: Option<&'a (ProviderRef, Span)>,
    key: Option<&'a Expr>,
    header: Span,
    /// What the provider does, for a message: `runs pod.web`.
    does: String,
    /// What the choice is written in.
    within: &'static str,
}

impl<'a> Choice<'a> {
    /// That of a `pod` block.
    pub(super) fn of_pod(pod: &'a Pod) -> Self {
        Self {
            provider: pod.provider.as_ref(),
            key: pod.provider_key.as_ref(),
            header: pod.header,
            does: format!("runs `pod.{}`", pod.name.text),
            within: "pod",
        }
    }

    /// That of a `data` block.
    pub(super) fn of_data(data: &'a Data) -> Self {
        Self {
            provider: data.provider.as_ref(),
            key: data.provider_key.as_ref(),
            header: data.header,
            does: format!("reads `data.pod.{}`", data.name.text),
            within: "block",
        }
    }
}

/// Which provider is named: of several from one block, that of the key.
fn named(
    evaluator: &mut Evaluator<'_>,
    choice: &Choice<'_>,
    name: &ProviderRef,
) -> Option<ProviderRef> {
    let Some(key) = choice.key else { return Some(name.clone()) };
    if key.as_text().is_some() {
        return Some(name.clone());
    }
    let value = evaluator.value(key).ok()?;
    let why = match &value {
        Val::Unknown(_) if evaluator.world.may_wait() => return None,
        Val::Unknown(_) => "must be known before anything is planned",
        Val::Sensitive(_) => "must not be sensitive: it is shown",
        Val::Ephemeral(_) => "must not be ephemeral: it is kept",
        Val::Null(_) => "must not be null",
        other => match to_text(other) {
            Some(Val::String(text)) => return Some(keyed(name, &text)),
            _ => "must be a string",
        },
    };
    evaluator.fault(key, None, format!("the key of a provider {why}"), "");
    None
}

/// The chosen provider, else the only one.
pub(super) fn of(
    evaluator: &mut Evaluator<'_>,
    choice: &Choice<'_>,
    desired: &Desired,
) -> Option<ProviderRef> {
    let module = evaluator.world.room(evaluator.room).module;
    let modules = &evaluator.world.configuration.modules;
    let visible = visible(modules, module, desired);
    if let Some((reference, span)) = choice.provider {
        let reference = &named(evaluator, choice, reference)?;
        if let Some(found) = visible.get(reference) {
            return Some(found.clone());
        }
        let label = evaluator.world.sources.label(*span, "not configured");
        let found = not_configured(evaluator, module, reference, &visible);
        evaluator.push(found.label(label));
        return None;
    }
    if let (Some(only), 1) = (visible.values().next(), visible.len()) {
        return Some(only.clone());
    }
    let label = evaluator.world.sources.label(choice.header, "which provider?");
    let diagnostic = if visible.is_empty() && desired.providers.is_empty() {
        Diagnostic::error(code::PROVIDER_CHOICE, "no provider is configured")
            .help("add `provider \"mesos\" {}`")
    } else if visible.is_empty() {
        let name = desired.providers.keys().next().map(ToString::to_string).unwrap_or_default();
        let found =
            Diagnostic::error(code::PROVIDER_CHOICE, "no provider is passed to this module");
        called_from(evaluator, module, found)
            .help(format!("write `providers = {{ mesos = {name} }}` in the `module` block"))
    } else {
        let summary = format!("it is not clear which provider {}", choice.does);
        Diagnostic::error(code::PROVIDER_CHOICE, summary).help(format!(
            "write `provider = NAME` in the {}, with one of {}",
            choice.within,
            names(&visible)
        ))
    };
    evaluator.push(diagnostic.label(label));
    None
}

/// The providers that a module can name, with what they are in the root module.
fn visible(
    modules: &Tree,
    module: ModuleId,
    desired: &Desired,
) -> BTreeMap<ProviderRef, ProviderRef> {
    let Some((parent, call)) = modules.call(module) else {
        return desired.providers.keys().map(|name| (name.clone(), name.clone())).collect();
    };
    let around = visible(modules, parent, desired);
    let mut out: BTreeMap<ProviderRef, ProviderRef> = BTreeMap::new();
    // Without `providers` the only one there is needs no name; else those without alias are
    // inherited.
    match (around.iter().next(), around.len()) {
        (Some((name, root)), 1) if call.providers.is_empty() => {
            out.insert(ProviderRef::new(name.name.as_str()), root.clone());
        }
        _ => out.extend(around.iter().filter(|(name, _)| name.alias.is_none()).map(cloned)),
    }
    for passed in &call.providers {
        if let Some(root) = around.get(&passed.outer.0) {
            out.insert(passed.inner.0.clone(), root.clone());
        }
    }
    out
}

fn cloned((name, root): (&ProviderRef, &ProviderRef)) -> (ProviderRef, ProviderRef) {
    (name.clone(), root.clone())
}

fn names(visible: &BTreeMap<ProviderRef, ProviderRef>) -> String {
    let names: Vec<String> = visible.keys().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn not_configured(
    evaluator: &Evaluator<'_>,
    module: ModuleId,
    reference: &ProviderRef,
    visible: &BTreeMap<ProviderRef, ProviderRef>,
) -> Diagnostic {
    if evaluator.world.configuration.modules.call(module).is_some() {
        let summary = format!("the provider `{reference}` is not passed to this module");
        let found = Diagnostic::error(code::PROVIDER_CHOICE, summary);
        let help = format!("write `providers = {{ {reference} = … }}` in the `module` block");
        return called_from(evaluator, module, found).help(help);
    }
    let mut keys = visible.keys().filter(|name| unkeyed(name) == unkeyed(reference));
    if let Some(key) = keys.find(|name| *name != reference) {
        let summary = format!("there is no provider `{reference}`");
        let help = format!("choose one of its keys, as `provider = {key}`");
        return Diagnostic::error(code::PROVIDER_CHOICE, summary).help(help);
    }
    let help = match reference.alias {
        Some(_) => format!("add `provider \"{}\" {{ alias = … }}`", reference.name),
        None => format!("add `provider \"{}\" {{}}`", reference.name),
    };
    let help =
        if visible.is_empty() { help } else { format!("{help}, or use one of {}", names(visible)) };
    let summary = format!("the provider `{reference}` is not configured");
    Diagnostic::error(code::PROVIDER_CHOICE, summary).help(help)
}

/// Adds where a module is called.
fn called_from(evaluator: &Evaluator<'_>, module: ModuleId, found: Diagnostic) -> Diagnostic {
    let world = evaluator.world;
    match world.configuration.modules.call(module) {
        Some((_, call)) => {
            found.label(world.sources.label(call.header, "the module is called here"))
        }
        None => found,
    }
}
