//! A configured provider: its settings, its way to the cluster, and what it knows of itself.

use crate::digest::Key;
use crate::error::Error;
use crate::private::Private;
use crate::settings::Settings;
use podform_mesos_client::{ClientSettings, Credentials, HttpSettings, MesosClient, SecretText};
use podform_mesos_proto::{following, master};
use podform_model::Tombstone;
use podform_provider::Configure;
use podform_secrets::SecretStores;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A configured provider.
pub(crate) struct Cluster {
    /// The settings.
    pub(crate) settings: Arc<Settings>,
    /// The way to masters and agents.
    pub(crate) client: MesosClient,
    /// What the network runs on.
    pub(crate) runtime: tokio::runtime::Runtime,
    /// The lineage of the state.
    pub(crate) lineage: String,
    /// Who runs podform.
    pub(crate) caller: String,
    /// The key of digests; `None` when it is lost.
    pub(crate) key: Option<Key>,
    /// The secret stores.
    pub(crate) stores: SecretStores,
    /// The state's tombstones, as the last call said.
    pub(crate) tombstones: Mutex<Vec<Tombstone>>,
    private: Mutex<Private>,
    started: Instant,
    started_at: f64,
}

impl Cluster {
    /// Makes everything ready; nothing is asked yet.
    pub(crate) fn new(
        settings: Settings,
        stores: SecretStores,
        request: &Configure,
    ) -> Result<Self, Error> {
        let private = Private::from_json(&request.private).map_err(Error::Private)?;
        let client = MesosClient::new(client_settings(&settings))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("podform-mesos")
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        Ok(Self {
            settings: Arc::new(settings),
            stores,
            client,
            runtime,
            lineage: request.lineage.clone(),
            caller: request.caller.clone(),
            key: request.key.as_deref().and_then(Key::from_hex),
            tombstones: Mutex::new(Vec::new()),
            private: Mutex::new(private),
            started: Instant::now(),
            started_at: wall(),
        })
    }

    /// The time, seconds since 1970, that never goes back.
    pub(crate) fn now(&self) -> f64 {
        self.started_at + self.started.elapsed().as_secs_f64()
    }

    /// What the provider knows of itself.
    pub(crate) fn private(&self) -> Private {
        lock(&self.private).clone()
    }

    /// Remembers what was made durable.
    pub(crate) fn set_private(&self, private: Private) {
        *lock(&self.private) = private;
    }

    /// Who containers run as when nothing names a user.
    pub(crate) fn user(&self) -> String {
        crate::framework::user(&self.settings, &self.private(), &self.caller)
    }

    /// Asks the leading master by the operator API.
    pub(crate) fn ask(&self, call: &master::Call) -> Result<master::Response, Error> {
        Ok(self.runtime.block_on(self.client.master(call))?)
    }

    /// The tasks, executors, frameworks and agents of the cluster, in one call; of tasks and executors without what they use and run in.
    pub(crate) fn follow(&self) -> Result<following::State, Error> {
        self.runtime.block_on(self.client.follow())?.ok_or(Error::Empty { call: "GET_STATE" })
    }

    /// The whole state of the cluster, in one call.
    pub(crate) fn state(&self) -> Result<master::GetState, Error> {
        let answer = self.ask(&master::Call::new(master::CallType::GetState))?;
        answer.get_state.ok_or(Error::Empty { call: "GET_STATE" })
    }
}

/// A lock that a panic elsewhere does not poison: what it guards is replaced whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wall() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// How HTTP is spoken, to masters, agents and secret stores.
pub(crate) fn http_settings(settings: &Settings) -> HttpSettings {
    HttpSettings {
        ca_file: settings.ca_file.clone(),
        client_cert_file: settings.client_cert_file.clone(),
        client_key_file: settings.client_key_file.clone(),
        insecure_skip_verify: settings.insecure_skip_verify,
        request_timeout: Duration::from_secs_f64(settings.request_timeout.clamp(0.1, 86_400.0)),
        retries: settings.retries,
        ..HttpSettings::default()
    }
}

fn client_settings(settings: &Settings) -> ClientSettings {
    let file = |path: &std::path::PathBuf| SecretText::File(path.clone());
    let credentials = match (&settings.principal, &settings.secret_file, &settings.token_file) {
        (Some(principal), Some(secret), _) => {
            Credentials::Basic { principal: principal.clone(), secret: file(secret) }
        }
        (_, _, Some(token)) => Credentials::Token(file(token)),
        _ => Credentials::None,
    };
    ClientSettings {
        masters: settings.masters.clone(),
        http: http_settings(settings),
        credentials,
        missed_heartbeats: 0,
    }
}
