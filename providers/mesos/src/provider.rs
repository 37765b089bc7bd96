//! The provider itself: each call of the contract, handed to the part that does it.

use crate::cluster::{Cluster, http_settings, lock};
use crate::error::Error;
use crate::{describe, import, logs, plan, read, session, settings, settle, validate};
use podform_model::Diagnostics;
use podform_provider::{
    ApplyRequest, ApplySession, Configure, Configured, Description, ErrorKind, ImportAnswer,
    ImportRequest, LogsAnswer, LogsRequest, Observed, PlanAnswer, PlanRequest, Provider,
    ProviderError, ReadRequest, SettleAnswer, SettleRequest, ValidateRequest,
};
use podform_secrets::SecretStores;
use std::sync::{Arc, RwLock};

/// The provider `mesos`. It is made before it gets its settings.
#[derive(Default)]
pub struct MesosProvider {
    cluster: RwLock<Option<Arc<Cluster>>>,
}

impl std::fmt::Debug for MesosProvider {
    /// Shows nothing of its settings.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MesosProvider").finish_non_exhaustive()
    }
}

impl MesosProvider {
    fn cluster(&self) -> Result<Arc<Cluster>, Error> {
        let guard = self.cluster.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        guard.clone().ok_or(Error::NotConfigured)
    }
}

fn wrong(diagnostics: Diagnostics) -> ProviderError {
    let text = "the settings of `provider \"mesos\"` are wrong";
    let mut error = ProviderError::new(ErrorKind::Config, text);
    error.diagnostics = diagnostics;
    error
}

impl Provider for MesosProvider {
    fn describe(&self) -> Result<Description, ProviderError> {
        Ok(describe::describe())
    }

    fn configure(&self, request: &Configure) -> Result<Configured, ProviderError> {
        let (settings, mut diagnostics) = settings::read(&request.settings, &request.folder);
        let Some(settings) = settings else { return Err(wrong(diagnostics)) };
        let http = http_settings(&settings);
        let (stores, found) =
            SecretStores::from_settings(&settings.secret_stores, &settings.folder, &http);
        diagnostics.extend(found);
        if diagnostics.has_errors() {
            return Err(wrong(diagnostics));
        }
        let cluster = Cluster::new(settings, stores, request)?;
        let mut guard = self.cluster.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *guard = Some(Arc::new(cluster));
        Ok(Configured { diagnostics })
    }

    fn validate(&self, request: &ValidateRequest) -> Result<Diagnostics, ProviderError> {
        Ok(validate::validate(&request.pods))
    }

    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError> {
        let cluster = self.cluster()?;
        lock(&cluster.tombstones).clone_from(&request.tombstones);
        Ok(read::read(&cluster, request)?)
    }

    fn settle(&self, request: &SettleRequest) -> Result<SettleAnswer, ProviderError> {
        let cluster = self.cluster()?;
        lock(&cluster.tombstones).clone_from(&request.tombstones);
        Ok(settle::settle(&cluster, request)?)
    }

    fn plan(&self, request: &PlanRequest) -> Result<PlanAnswer, ProviderError> {
        Ok(plan::plan(&*self.cluster()?, request)?)
    }

    fn apply(
        &self,
        request: &ApplyRequest,
        session: &dyn ApplySession,
    ) -> Result<(), ProviderError> {
        let cluster = self.cluster()?;
        let prepare = |step| session::prepare::prepare(&cluster, step);
        Ok(session::driver::run(&cluster, request, session, &prepare)?)
    }

    fn import(&self, request: &ImportRequest) -> Result<ImportAnswer, ProviderError> {
        Ok(import::import(&*self.cluster()?, request)?)
    }

    fn logs(&self, request: &LogsRequest) -> Result<LogsAnswer, ProviderError> {
        Ok(logs::logs(&*self.cluster()?, request)?)
    }
}
