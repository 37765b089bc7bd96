//! Which pods a plan is about: `-target` and `-replace`.

use crate::input::{Inputs, Mode};
use crate::suggest::nearest;
use podform_model::{Address, Diagnostic, Diagnostics, Target, code};
use std::collections::{BTreeMap, BTreeSet};

/// The pods that a plan may change.
#[derive(Debug)]
pub(crate) enum Scope {
    /// All.
    All,
    /// These.
    Some(BTreeSet<Address>),
}

impl Scope {
    pub(crate) fn contains(&self, address: &Address) -> bool {
        match self {
            Self::All => true,
            Self::Some(set) => set.contains(address),
        }
    }
}

/// Resolves `-target` (with what the targets depend on; when destroying, with what depends on them)
/// and checks that `-target` and `-replace` name pods that exist.
pub(crate) fn scope(inputs: &Inputs<'_>, known: &BTreeSet<&Address>) -> (Scope, Diagnostics) {
    let options = inputs.options;
    let mut out = Diagnostics::new();
    let named = options.replace.iter().map(|replace| replace.address.clone().into());
    let replaced = named.map(|target| ("-replace", target));
    let targets = options.targets.iter().map(|target| ("-target", target.clone()));
    for (flag, target) in targets.chain(replaced) {
        let mut former = inputs.arrivals.moved.values().filter(|_| flag == "-target");
        let named = former.any(|former| target.covers(former));
        if !named && !known.iter().any(|pod| target.covers(pod)) {
            out.push(unknown(flag, &target, known));
        }
    }
    if options.targets.is_empty() {
        return (Scope::All, out);
    }
    let mut open: Vec<&Address> = known
        .iter()
        .filter(|pod| {
            let former = inputs.arrivals.moved.get(**pod);
            let names = |address: &Address| options.targets.iter().any(|t| t.covers(address));
            names(pod) || former.is_some_and(names)
        })
        .copied()
        .collect();
    let edges = edges(inputs);
    let mut scope = BTreeSet::new();
    while let Some(address) = open.pop() {
        if scope.insert(address.clone()) {
            open.extend(edges.get(address).into_iter().flatten());
        }
    }
    out.push(
        Diagnostic::warning(code::PLAN_TARGETED, "the plan is of some pods only (`-target`)")
            .detail(
                "Other pods are left as they are, even where the configuration asks for changes.",
            )
            .help("run plan without `-target` afterwards"),
    );
    (Scope::Some(scope), out)
}

/// From each pod to those that have to go along with it.
fn edges<'a>(inputs: &Inputs<'a>) -> BTreeMap<&'a Address, BTreeSet<&'a Address>> {
    let mut out: BTreeMap<&Address, BTreeSet<&Address>> = BTreeMap::new();
    let destroy = inputs.options.mode == Mode::Destroy;
    let recorded = inputs.pods.iter().map(|(address, record)| (address, &record.depends_on));
    let desired = inputs.desired.pods.iter().map(|(address, pod)| (address, &pod.depends_on));
    for (address, needs) in desired.chain(recorded) {
        // A recorded pod's former needs do not count while the configuration names others.
        for needed in needs {
            if destroy {
                out.entry(needed).or_default().insert(address);
            } else {
                out.entry(address).or_default().insert(needed);
            }
        }
    }
    out
}

fn unknown(flag: &str, target: &Target, known: &BTreeSet<&Address>) -> Diagnostic {
    let names: Vec<String> = known.iter().map(|pod| pod.to_string()).collect();
    let written = target.to_string();
    let help = match nearest(&written, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{flag}='{name}'`?"),
        None if names.is_empty() => "there are no pods yet".to_owned(),
        None => format!("name one of {}", listed(&names)),
    };
    let what = match target {
        Target::Pod(_) => "which is no pod",
        Target::Module(_) => "which holds no pod",
    };
    let summary = format!("`{flag}` names {written}, {what}");
    Diagnostic::error(code::PLAN_UNKNOWN_ADDRESS, summary).help(help)
}

/// The first few names, and how many more there are.
pub(crate) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(5) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
