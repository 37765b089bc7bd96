//! Before a plan: recorded pods get the addresses that `moved` blocks give them, and pods that run
//! already are taken over by `import` blocks. Both are done to a copy of the state, by the very
//! records that an apply writes.

use crate::engine::Engine;
use crate::error::Error;
use podform_model::{
    Address, Desired, DesiredPod, Diagnostic, Diagnostics, Import, Looked, Outcome, ProviderRef,
    code,
};
use podform_plan::computed::Recorded;
use podform_plan::{Arrivals, Mode, Options, Plan};
use podform_provider::{ImportQuery, ImportRequest, ImportedPod};
use podform_state::{Record, State, Writer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A state as a plan sees it.
pub(crate) struct Arrived<'a> {
    pub(crate) state: Cow<'a, State>,
    pub(crate) arrivals: Arrivals,
    /// What an apply records of each pod that is taken over.
    pub(crate) imports: BTreeMap<Address, Vec<Record>>,
    pub(crate) diagnostics: Diagnostics,
}

impl Engine<'_> {
    /// Moves recorded pods and takes over running ones, in a copy of the state.
    pub(crate) fn arrive<'s>(
        &self,
        state: &'s State,
        desired: &Desired,
        options: &Options,
    ) -> Result<Arrived<'s>, Error> {
        let mut out = Arrived {
            arrivals: podform_plan::moves(desired, &state.pods),
            state: Cow::Borrowed(state),
            imports: BTreeMap::new(),
            diagnostics: Diagnostics::new(),
        };
        let records: Vec<Record> = out.arrivals.moved.iter().map(move_record).collect();
        out.record(&records)?;
        if options.mode == Mode::Normal {
            self.take_over(&mut out, desired)?;
        }
        Ok(out)
    }

    fn take_over(&self, out: &mut Arrived<'_>, desired: &Desired) -> Result<(), Error> {
        for (provider, imports) in wanted(out, desired) {
            let (pods, found) = self.ask(&provider, &imports)?;
            out.diagnostics.extend(found);
            for pod in pods {
                if let Some(import) = imports.iter().find(|import| import.to == pod.address) {
                    out.take(&provider, import, pod, desired)?;
                }
            }
        }
        Ok(())
    }

    /// Asks a provider for pods that run; what cannot be taken over is said with its block.
    fn ask(
        &self,
        provider: &ProviderRef,
        imports: &[&Import],
    ) -> Result<(Vec<ImportedPod>, Diagnostics), Error> {
        let Some(connected) = self.providers.get(provider) else { return Ok(Default::default()) };
        let query =
            |import: &&Import| ImportQuery { address: import.to.clone(), id: import.id.clone() };
        let request = ImportRequest { pods: imports.iter().map(query).collect() };
        let mut answer = connected
            .provider
            .import(&request)
            .map_err(|error| Error::provider(provider, error))?;
        for found in &mut answer.diagnostics.0 {
            let import = imports.iter().find(|i| found.address.as_ref() == Some(&i.to));
            found.labels.extend(import.map(|import| import.label.clone()));
        }
        Ok((answer.pods, answer.diagnostics))
    }
}

fn move_record((to, from): (&Address, &Address)) -> Record {
    Record::Move { from: from.clone(), to: to.clone() }
}

/// A pod that runs, is named by an `import` block and not declared.
#[derive(Debug, Clone)]
pub struct Importable {
    /// The block.
    pub import: Import,
    /// What runs.
    pub found: ImportedPod,
}

impl Engine<'_> {
    /// The running pods that `import` blocks name without being declared, for who writes their
    /// declarations.
    ///
    /// # Errors
    /// The configuration is wrong, a provider's call failed, or a pod cannot be taken over.
    pub fn importable(&self, state: &State) -> Result<Vec<Importable>, Error> {
        let computed = Recorded(&state.pods);
        let options = Options::new(String::new(), 0.0);
        let (desired, _) = self.survey(&computed, &mut Looked::default(), state, &options)?;
        let mut wanted: BTreeMap<ProviderRef, Vec<&Import>> = BTreeMap::new();
        let mut refused = Diagnostics::new();
        for import in &desired.refactor.imports {
            if desired.pods.contains_key(&import.to) || state.pods.contains_key(&import.to) {
                continue;
            }
            match (writable(import), chosen(import, &desired)) {
                (Err(found), _) | (_, Err(found)) => refused.push(*found),
                (Ok(()), Ok(provider)) => wanted.entry(provider).or_default().push(import),
            }
        }
        let mut out = Vec::new();
        for (provider, imports) in wanted {
            let (pods, found) = self.ask(&provider, &imports)?;
            refused.extend(found);
            let block = |pod: &ImportedPod| imports.iter().find(|i| i.to == pod.address);
            out.extend(
                pods.into_iter().filter_map(|found| {
                    Some(Importable { import: (*block(&found)?).clone(), found })
                }),
            );
        }
        if refused.has_errors() { Err(refused.into()) } else { Ok(out) }
    }
}

/// Only a block of the root module without instances can be written.
fn writable(import: &Import) -> Result<(), Box<Diagnostic>> {
    if import.to.key.is_none() && import.to.module.is_empty() {
        return Ok(());
    }
    let summary = format!("no declaration can be written for {}", import.to);
    Err(Box::new(
        Diagnostic::error(code::IMPORT_UNDECLARED, summary)
            .detail("Only a pod of the root module without `count` and `for_each` can be written.")
            .help("declare the pod")
            .label(import.label.clone()),
    ))
}

/// The provider that a block names, else the only one.
fn chosen(import: &Import, desired: &Desired) -> Result<ProviderRef, Box<Diagnostic>> {
    let mut configured = desired.providers.keys();
    match (&import.provider, configured.next(), configured.next()) {
        (Some(provider), _, _) | (None, Some(provider), None) => Ok(provider.clone()),
        _ => {
            let summary = format!("it is not clear which provider runs {}", import.to);
            let names: Vec<String> =
                desired.providers.keys().map(|name| format!("`{name}`")).collect();
            let help = format!(
                "write `provider = NAME` in the `import` block, with one of {}",
                names.join(", ")
            );
            Err(Box::new(
                Diagnostic::error(code::PROVIDER_CHOICE, summary)
                    .help(help)
                    .label(import.label.clone()),
            ))
        }
    }
}

/// The imports that are still to be done, by provider: a recorded pod was taken over before.
fn wanted<'d>(
    out: &mut Arrived<'_>,
    desired: &'d Desired,
) -> BTreeMap<ProviderRef, Vec<&'d Import>> {
    let mut ids: BTreeMap<(&ProviderRef, &str), &Address> = BTreeMap::new();
    for (address, pod) in &out.state.pods {
        ids.insert((&pod.provider, &pod.id), address);
    }
    let mut wanted: BTreeMap<ProviderRef, Vec<&Import>> = BTreeMap::new();
    let mut refused = Vec::new();
    for import in &desired.refactor.imports {
        let Some(pod) = desired.pods.get(&import.to) else { continue };
        if out.state.pods.contains_key(&import.to) {
            continue;
        }
        match ids.insert((&pod.provider, &import.id), &import.to) {
            Some(other) => refused.push(managed(import, other)),
            None => wanted.entry(pod.provider.clone()).or_default().push(import),
        }
    }
    out.diagnostics.0.extend(refused);
    wanted
}

fn managed(import: &Import, other: &Address) -> Diagnostic {
    let summary = format!("`{}` cannot become {}: it is {other} already", import.id, import.to);
    Diagnostic::error(code::IMPORT_REFUSED, summary)
        .help(format!(
            "remove this block; to rename the pod write `moved {{ from = {other}, to = {} }}`, each argument on a line of its own",
            import.to
        ))
        .label(import.label.clone())
}

impl Arrived<'_> {
    fn record(&mut self, records: &[Record]) -> Result<(), Error> {
        for record in records {
            self.state.to_mut().apply(record).map_err(podform_state::Error::from)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        provider: &ProviderRef,
        import: &Import,
        pod: ImportedPod,
        desired: &Desired,
    ) -> Result<(), Error> {
        let Some(wanted) = desired.pods.get(&import.to) else { return Ok(()) };
        let recorded = |id: &str| {
            let of =
                |instances: &[podform_model::InstanceRecord]| instances.iter().any(|i| i.id == id);
            self.state.pods.iter().find(|(_, pod)| of(&pod.instances)).map(|(address, _)| address)
        };
        if let Some(other) = pod.instances.iter().find_map(|instance| recorded(&instance.id)) {
            let found = managed(import, other);
            self.diagnostics.push(found);
            return Ok(());
        }
        let records = records(&self.state, provider, import, pod, wanted);
        self.record(&records)?;
        self.arrivals.imported.insert(import.to.clone(), import.id.clone());
        self.imports.insert(import.to.clone(), records);
        Ok(())
    }
}

/// What is recorded of a pod that is taken over. What a tombstone tells of an instance is more
/// than what the cluster shows.
fn records(
    state: &State,
    provider: &ProviderRef,
    import: &Import,
    pod: ImportedPod,
    wanted: &DesiredPod,
) -> Vec<Record> {
    let address = &import.to;
    let mut out = vec![Record::Begin {
        address: address.clone(),
        provider: provider.clone(),
        id: import.id.clone(),
        generation: pod.generation,
        configuration: pod.value,
        depends_on: wanted.depends_on.clone(),
        secrets: BTreeMap::new(),
        create_before_destroy: wanted.lifecycle.create_before_destroy,
        prevent_destroy: wanted.lifecycle.prevent_destroy,
        forget: wanted.lifecycle.destroy == Some(false),
        delete_timeout: Some(wanted.timeouts.delete),
    }];
    let outcome = |outcome| Record::Outcome { provider: provider.clone(), outcome };
    let buried: BTreeMap<&str, _> =
        state.tombstones_of(provider).map(|t| (t.instance.id.as_str(), &t.instance)).collect();
    for instance in pod.instances {
        let id = instance.id.clone();
        let known = buried.get(id.as_str());
        let instance = known.map_or(instance, |known| (*known).clone());
        out.push(outcome(Outcome::Adopted { address: address.clone(), instance }));
        if known.is_some() {
            out.push(outcome(Outcome::Exhumed { instance: id }));
        }
    }
    out
}

/// Writes down where pods have moved to and which are taken over, before anything else is done.
pub(crate) fn record_arrivals(
    writer: &mut Writer,
    plan: &Plan,
    imports: &BTreeMap<Address, Vec<Record>>,
) -> Result<(), Error> {
    let mut records = Vec::new();
    let moved: BTreeSet<_> = plan
        .changes
        .iter()
        .filter_map(|change| Some((&change.address, change.prior_address.as_ref()?)))
        .collect();
    records.extend(moved.into_iter().map(move_record));
    for change in plan.changes.iter().filter(|change| change.imported) {
        records.extend(imports.get(&change.address).into_iter().flatten().cloned());
    }
    if !records.is_empty() {
        writer.append(records)?;
    }
    Ok(())
}
