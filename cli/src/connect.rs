//! Finds, loads and configures the providers that a configuration and a state need.

use crate::args::ClusterArgs;
use crate::commands::dev::running;
use crate::context::Context;
use crate::error::{Failure, Result, provider_diagnostics};
use crate::plugins::Plugins;
use crate::setup::user;
use crate::workspace::{Workspace, accept};
use podform_model::value::Map;
use podform_model::{
    Asked, AttributePath, Desired, Diagnostic, Diagnostics, Import, Looked, ProviderRef, Value,
    code,
};
use podform_plan::computed::Recorded;
use podform_plan::suggest::nearest;
use podform_provider::{Configure, Description, Provider};
use podform_runtime::{Connected, Evaluator};
use podform_state::{Key, State};
use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

/// The providers and what is known of the cluster.
pub struct Connection {
    /// The providers by reference.
    pub providers: BTreeMap<ProviderRef, Connected>,
    /// The state is of a development cluster that is no more.
    pub former_cluster: bool,
    /// What identifies the development cluster in use, to be recorded.
    pub cluster: Option<serde_json::Value>,
}

/// The addresses and credentials that `-dev` takes the place of.
const REPLACED: &[&str] = &[
    "principal",
    "secret_file",
    "token_file",
    "ca_file",
    "client_cert_file",
    "client_key_file",
    "insecure_skip_verify",
    "url",
    "cluster",
    "username",
    "password_file",
    "service_account_file",
];

/// Providers that stand in for others: no plugin is loaded for them, no cluster is asked.
pub type StandIns = BTreeMap<ProviderRef, Arc<dyn Provider>>;

/// What providers are connected with.
pub struct Connector<'a> {
    /// The streams of the run.
    pub context: &'a Context,
    /// The configuration.
    pub workspace: &'a Workspace,
    /// The state.
    pub state: &'a State,
    /// The key of the state's digests.
    pub key: Option<&'a Key>,
    /// Which cluster and which plugins.
    pub args: &'a ClusterArgs,
    /// The lock of the state, which plugins inherit.
    pub lock: Option<BorrowedFd<'a>>,
    /// Providers that stand in for others.
    pub stand_ins: &'a StandIns,
}

impl Connector<'_> {
    /// Loads and configures every provider that the configuration or the state names.
    ///
    /// # Errors
    /// A provider is not configured, its plugin cannot be loaded, or its settings are wrong.
    pub fn all(&self) -> Result<Connection> {
        let recorded = Recorded(&self.state.pods);
        let computed = Asked::new(&recorded);
        // What `data` blocks read is read through the providers: more is known then.
        let looked = Looked { partial: true, ..Looked::default() };
        let (desired, diagnostics) = self.workspace.evaluate(&computed, &looked);
        if diagnostics.has_errors() {
            return Err(diagnostics.into());
        }
        // What is no error is told with the plan that is made from this.
        let desired = accept(self.context, desired, Diagnostics::new())?;
        let connection = self.connect(needed(&desired, self.state), &desired.providers)?;
        self.workspace.keep(computed.into_answers(), looked, desired, diagnostics);
        Ok(connection)
    }

    /// Loads and configures these providers, which the state names: of the configuration nothing
    /// else is evaluated.
    ///
    /// # Errors
    /// As [`Connector::all`].
    pub fn recorded(&self, wanted: &BTreeSet<ProviderRef>) -> Result<Connection> {
        let computed = Recorded(&self.state.pods);
        let inputs = self.workspace.inputs(&computed, Looked::NOTHING);
        let (settings, found) = self.workspace.configuration.provider_settings(wanted, &inputs);
        let settings = accept(self.context, settings, found)?;
        self.connect(wanted.clone(), &settings)
    }

    fn connect(
        &self,
        needed: BTreeSet<ProviderRef>,
        settings: &BTreeMap<ProviderRef, Value>,
    ) -> Result<Connection> {
        let Self { context, state, args, stand_ins, .. } = self;
        let real = needed.iter().any(|name| !stand_ins.contains_key(name));
        // Also without a pod the state may belong to a cluster, which is then compared.
        let recorded = stand_ins.is_empty() && state.cluster.get("dev").is_some();
        let dev = if args.dev && (real || recorded) { Some(running(context)?) } else { None };
        let former_cluster = check_cluster(state, dev.as_ref().map(|dev| dev.uuid.as_str()))?;
        let plugins = Plugins::open(context, &args.plugin_dir, self.lock)?;
        let mut providers = BTreeMap::new();
        for name in needed {
            let connected = match stand_ins.get(&name) {
                Some(stand_in) => described(&name.name, Arc::clone(stand_in))?,
                None => {
                    let settings = settings.get(&name).cloned();
                    let settings = settings.unwrap_or_else(|| Value::map(Map::new()));
                    let settings = match &dev {
                        Some(dev) => on_development_cluster(settings, &dev.url),
                        None => settings,
                    };
                    self.configured(&name, plugins.load(&name.name)?, settings)?
                }
            };
            providers.insert(name, connected);
        }
        let cluster = dev.map(|dev| serde_json::json!({ "dev": dev.uuid }));
        Ok(Connection { providers, former_cluster, cluster })
    }

    /// Gives a loaded provider its settings.
    fn configured(
        &self,
        name: &ProviderRef,
        loaded: Connected,
        settings: Value,
    ) -> Result<Connected> {
        let private = self.state.providers.get(name).cloned().unwrap_or_default();
        check_settings(self.workspace, name, &loaded.description, &settings)?;
        let request = configure_request(&loaded, settings, self.state, private, self.key)?;
        let configured = loaded.provider.configure(&request).map_err(|error| {
            let mut found = provider_diagnostics(&name.to_string(), &error);
            for diagnostic in &mut found.0 {
                let path = diagnostic.path.clone().unwrap_or_default();
                let place = self.workspace.configuration.provider_label(name, &path);
                diagnostic.labels.extend(place);
            }
            Failure(found)
        })?;
        self.context.report(&configured.diagnostics);
        Ok(loaded)
    }
}

/// The providers of desired and recorded pods and of tombstones.
fn needed(desired: &Desired, state: &State) -> BTreeSet<ProviderRef> {
    let mut out = recorded(state);
    out.extend(desired.pods.values().map(|pod| pod.provider.clone()));
    out.extend(desired.data.values().map(|data| data.provider.clone()));
    // Which provider runs a pod that is not declared yet, or that there is only by what is read, is
    // found out later.
    let declared = |import: &Import| desired.pods.contains_key(&import.to);
    if desired.partial || !desired.refactor.imports.iter().all(declared) {
        out.extend(desired.providers.keys().cloned());
    }
    out
}

/// The providers of recorded pods and of tombstones.
#[must_use]
pub fn recorded(state: &State) -> BTreeSet<ProviderRef> {
    let pods = state.pods.values().map(|pod| &pod.provider);
    pods.chain(state.tombstones.iter().map(|tombstone| &tombstone.provider)).cloned().collect()
}

/// Whether the state is of a former development cluster. A state of a development cluster never
/// meets a real one, nor the other way round.
fn check_cluster(state: &State, dev: Option<&str>) -> Result<bool> {
    let recorded = state.cluster.get("dev").and_then(serde_json::Value::as_str);
    if state.is_empty() && state.providers.is_empty() {
        return Ok(false);
    }
    match (recorded, dev) {
        (Some(recorded), Some(dev)) => Ok(recorded != dev),
        (None, None) => Ok(false),
        (Some(_), None) => Err(Failure::new(
            code::PROVIDER_OTHER_CLUSTER,
            "the state belongs to a development cluster",
        )
        .help("add `-dev`; or destroy its pods first with `podform destroy -dev`")),
        (None, Some(_)) => Err(Failure::new(
            code::PROVIDER_OTHER_CLUSTER,
            "the state belongs to a real cluster, and `-dev` would forget its pods",
        )
        .help("leave out `-dev`; or copy the configuration to another folder to try it there")),
    }
}

fn on_development_cluster(mut settings: Value, url: &str) -> Value {
    for name in REPLACED {
        if settings.get(name).is_some() {
            settings.set(name, Value::Null);
        }
    }
    settings.set("masters", Value::list(vec![Value::string(url)]));
    settings
}

/// Refuses settings that the provider does not have: a misspelt one must not be swallowed.
fn check_settings(
    workspace: &Workspace,
    provider: &ProviderRef,
    description: &Description,
    settings: &Value,
) -> Result<()> {
    let mut diagnostics = Diagnostics::new();
    let known = |name: &str| description.settings.iter().any(|setting| setting.name == name);
    for (name, _) in settings.as_map().into_iter().flatten() {
        if known(name) || (&**name == "secret_store" && !description.secret_stores.is_empty()) {
            continue;
        }
        let near = nearest(name, description.settings.iter().map(|setting| setting.name.as_str()));
        let help = match near {
            Some(near) => format!("write `{near}`"),
            None => "run `podform providers schema` for the settings that it has".to_owned(),
        };
        let path = AttributePath::root().attr(&**name);
        let summary = format!("provider `{provider}` has no setting `{name}`");
        let mut diagnostic = Diagnostic::error(code::PROVIDER_CONFIG, summary).help(help);
        diagnostic.labels.extend(workspace.configuration.provider_label(provider, &path));
        diagnostics.push(diagnostic);
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics.into()) }
}

fn configure_request(
    loaded: &Connected,
    settings: Value,
    state: &State,
    private: serde_json::Value,
    key: Option<&Key>,
) -> Result<Configure> {
    Ok(Configure {
        settings: from_environment(&loaded.description, settings)?,
        folder: std::env::current_dir().unwrap_or_default().display().to_string(),
        lineage: state.lineage.clone(),
        private,
        key: key.map(|key| key.to_hex().to_string()),
        caller: user(),
    })
}

/// Fills settings that are not written from their environment variables.
fn from_environment(description: &Description, mut settings: Value) -> Result<Value> {
    for setting in &description.settings {
        let Some(variable) = &setting.environment else { continue };
        if settings.get(&setting.name).is_some_and(|value| !value.is_null()) {
            continue;
        }
        let Some(text) = std::env::var(variable).ok().filter(|text| !text.is_empty()) else {
            continue;
        };
        let value = typed(&setting.ty, &text).ok_or_else(|| {
            Failure::from(Diagnostic::error(
                code::PROVIDER_CONFIG,
                format!("the environment variable `{variable}` is not a {}", setting.ty),
            ))
        })?;
        settings.set(&setting.name, value);
    }
    Ok(settings)
}

fn typed(ty: &str, text: &str) -> Option<Value> {
    match ty {
        "bool" => text.parse().ok().map(Value::Bool),
        "number" => text.parse().ok().map(Value::Number),
        "list(string)" => {
            Some(Value::list(text.split(',').map(|item| Value::string(item.trim())).collect()))
        }
        _ => Some(Value::string(text)),
    }
}

/// A provider that was loaded and says who it is.
///
/// # Errors
/// It does not.
pub fn described(name: &str, provider: Arc<dyn Provider>) -> Result<Connected> {
    let description =
        provider.describe().map_err(|error| Failure(provider_diagnostics(name, &error)))?;
    Ok(Connected { provider, description })
}
