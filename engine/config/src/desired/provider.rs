//! Which provider runs a pod.

use crate::config::Pod;
use crate::eval::Evaluator;
use crate::modules::{ModuleId, Tree};
use podform_model::{Desired, Diagnostic, ProviderRef, code};
use std::collections::BTreeMap;

/// The chosen provider, else the only one.
pub(super) fn of(
    evaluator: &mut Evaluator<'_>,
    pod: &Pod,
    desired: &Desired,
) -> Option<ProviderRef> {
    let module = evaluator.world.room(evaluator.room).module;
    let modules = &evaluator.world.configuration.modules;
    let visible = visible(modules, module, desired);
    if let Some((reference, span)) = &pod.provider {
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
    let label = evaluator.world.sources.label(pod.header, "which provider?");
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
        let summary = format!("it is not clear which provider runs `pod.{}`", pod.name.text);
        Diagnostic::error(code::PROVIDER_CHOICE, summary)
            .help(format!("write `provider = NAME` in the pod, with one of {}", names(&visible)))
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
