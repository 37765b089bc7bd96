//! Two pods of one provider must not have one id, and none may be the parent of another.

use crate::config::Configuration;
use podform_model::{Address, AttributePath, Desired, Diagnostic, Diagnostics, ProviderRef, code};
use std::collections::BTreeMap;

/// The pods of one provider by their ids.
type ById<'a> = BTreeMap<&'a str, Vec<&'a Address>>;

/// Checks the ids of all pods of each provider together.
pub(super) fn check(configuration: &Configuration, desired: &Desired, found: &mut Diagnostics) {
    let mut providers: BTreeMap<&ProviderRef, ById<'_>> = BTreeMap::new();
    for (address, pod) in &desired.pods {
        if let Some(id) = pod.value.get("id").and_then(|id| id.as_str()) {
            let by_id = providers.entry(&pod.provider).or_default();
            by_id.entry(id).or_default().push(address);
        }
    }
    for by_id in providers.values() {
        of_provider(configuration, by_id, found);
    }
}

fn of_provider(configuration: &Configuration, by_id: &ById<'_>, found: &mut Diagnostics) {
    for (id, addresses) in by_id {
        if addresses.len() > 1 {
            let summary = format!("{} pods have the id `{id}`", addresses.len());
            found.push(about(configuration, summary, addresses.iter().copied()).help(
                "give each its own `id`; with `for_each` or `count` put `each.key` or `count.index` into it",
            ));
        }
        for parent in parents(id) {
            if let Some(others) = by_id.get(parent) {
                let both = others.first().into_iter().chain(addresses.first()).copied();
                let summary =
                    format!("the id `{parent}` of one pod is the parent of `{id}` of another");
                found.push(
                    about(configuration, summary, both).help("give the first an id of its own"),
                );
            }
        }
    }
}

/// `/a/b` has the parent `/a`.
fn parents(id: &str) -> impl Iterator<Item = &str> {
    id.match_indices('/').map(|(at, _)| &id[..at]).filter(|parent| !parent.is_empty())
}

fn about<'a>(
    configuration: &Configuration,
    summary: String,
    addresses: impl Iterator<Item = &'a Address>,
) -> Diagnostic {
    let path = AttributePath::root().attr("id");
    let mut diagnostic = Diagnostic::error(code::DUPLICATE_ID, summary);
    for address in addresses {
        if let Some(mut label) = configuration.label(address, &path) {
            label.text = format!("`{address}`");
            if diagnostic.labels.len() < 8 {
                diagnostic = diagnostic.label(label);
            }
        }
        diagnostic.address.get_or_insert_with(|| address.clone());
    }
    diagnostic
}
