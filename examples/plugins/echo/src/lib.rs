//! A whole third-party provider: its pods exist only as entries of a JSON file.
#![forbid(unsafe_code)]

use podform_plugin_sdk::model::{Diagnostic, Diagnostics, InstanceRecord, InstanceStatus, code};
use podform_plugin_sdk::provider::*;
use podform_plugin_sdk::{export_plugin, info};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// The provider: it holds the path of the file that stands for a cluster.
#[derive(Default)]
pub struct Echo(OnceLock<PathBuf>);

export_plugin!(Echo);

impl Provider for Echo {
    fn describe(&self) -> Result<Description, ProviderError> {
        Ok(Description {
            name: "echo".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            doc: "Pods that exist only in a file.".into(),
            settings: vec![Setting {
                name: "file".into(),
                ty: "string".into(),
                default: "echo.json".into(),
                required: false,
                doc: "The file that stands for a cluster.".into(),
                environment: Some("PODFORM_ECHO_FILE".into()),
            }],
            secret_stores: vec![],
            changes: BTreeMap::new(),
            unsupported: vec![],
            parallelism: None,
        })
    }

    fn configure(&self, request: &Configure) -> Result<Configured, ProviderError> {
        let file = request.settings.get("file").and_then(|file| file.as_str());
        let path = PathBuf::from(&request.folder).join(file.unwrap_or("echo.json"));
        info!("the cluster is {}", path.display());
        if self.0.set(path).is_err() {
            return Err(ProviderError::new(ErrorKind::Plugin, "configured twice"));
        }
        Ok(Configured::default())
    }

    fn validate(&self, _: &ValidateRequest) -> Result<Diagnostics, ProviderError> {
        Ok(Diagnostics::new())
    }

    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError> {
        let running = self.load()?;
        let recorded = request.pods.iter().flat_map(|pod| {
            pod.instances.iter().map(|instance| (pod.address.clone(), instance.id.clone()))
        });
        let tombstones = request.tombstones.iter().map(|tombstone| tombstone.instance.id.clone());
        let secrets = request.secrets.iter().map(|query| SecretFact {
            store: query.store.clone().unwrap_or_default(),
            source: query.source.clone(),
            standing: SecretStanding::NoStore { message: "`echo` has no secret stores".into() },
        });
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Ok(Observed {
            at: now.unwrap_or_default().as_secs_f64(),
            instances: recorded
                .map(|(address, id)| {
                    let (standing, ready) = (standing(&running, &id), running.contains_key(&id));
                    let (reason, healthy, record) = (String::new(), None, None);
                    let containers = vec![];
                    ObservedInstance {
                        address,
                        id,
                        standing,
                        reason,
                        healthy,
                        ready,
                        record,
                        containers,
                    }
                })
                .collect(),
            surplus: vec![],
            tombstones: tombstones
                .map(|id| ObservedTombstone { standing: standing(&running, &id), id })
                .collect(),
            secrets: secrets.collect(),
            ..Observed::default()
        })
    }

    fn settle(&self, request: &SettleRequest) -> Result<SettleAnswer, ProviderError> {
        let running = self.load()?;
        let became = |intent: &Intent| match intent {
            Intent::Launch { address, instance } => Some((address.clone(), instance.id.clone())),
            Intent::Stop { address, instance } => Some((address.clone(), instance.clone())),
            Intent::Private { .. } => None,
        };
        let outcomes = request.pending.iter().filter_map(became).map(|(address, id)| match running
            .get(&id)
            .cloned()
        {
            Some(instance) => Outcome::Launched { address, instance },
            None => Outcome::Gone { address, instance: id, reason: "not in the file".into() },
        });
        Ok(SettleAnswer { outcomes: outcomes.collect(), ..SettleAnswer::default() })
    }

    fn plan(&self, _: &PlanRequest) -> Result<PlanAnswer, ProviderError> {
        Ok(PlanAnswer::default())
    }

    fn apply(&self, _: &ApplyRequest, session: &dyn ApplySession) -> Result<(), ProviderError> {
        loop {
            match session.next(Duration::from_secs(1)) {
                Next::Steps { steps } => steps.iter().for_each(|step| self.step(session, step)),
                Next::Wait => {}
                Next::Cancelled | Next::Finished => return Ok(()),
            }
        }
    }

    fn logs(&self, request: &LogsRequest) -> Result<LogsAnswer, ProviderError> {
        let (offset, text) = (request.offset.unwrap_or(0), String::new());
        Ok(LogsAnswer { offset, text, next: offset })
    }
}

/// The content of the file: the running instances by id.
type Running = BTreeMap<String, InstanceRecord>;

fn standing(running: &Running, id: &str) -> Standing {
    if running.contains_key(id) { Standing::Live } else { Standing::Dead }
}

impl Echo {
    /// Does one step and says how it ended.
    fn step(&self, session: &dyn ApplySession, step: &Step) {
        let address = step.address.clone();
        session.outcome(match self.launch(session, step).and_then(|()| self.stop(session, step)) {
            Ok(()) => Outcome::Done { address },
            Err(error) => {
                let diagnostic = Diagnostic::error(code::PROVIDER_REFUSED, error.message);
                Outcome::Failed { address, diagnostic: diagnostic.detail(error.causes.join("\n")) }
            }
        });
    }

    fn launch(&self, session: &dyn ApplySession, step: &Step) -> Result<(), ProviderError> {
        for Launch { slot, generation } in &step.launch {
            let id = format!("{}.{slot}.{generation}", step.pod_id.trim_start_matches('/'));
            let mut instance = InstanceRecord::new(*slot, generation, id);
            let address = step.address.clone();
            intend(session, Intent::Launch { address, instance: instance.clone() })?;
            instance.status = InstanceStatus::Ready;
            self.change(|running| drop(running.insert(instance.id.clone(), instance.clone())))?;
            session.outcome(Outcome::Launched { address: step.address.clone(), instance });
        }
        Ok(())
    }

    fn stop(&self, session: &dyn ApplySession, step: &Step) -> Result<(), ProviderError> {
        for id in &step.stop {
            let (address, instance) = (step.address.clone(), id.clone());
            intend(session, Intent::Stop { address: address.clone(), instance: id.clone() })?;
            self.change(|running| drop(running.remove(id)))?;
            session.outcome(Outcome::Gone { address, instance, reason: "stopped".into() });
        }
        Ok(())
    }

    fn path(&self) -> Result<&PathBuf, ProviderError> {
        self.0.get().ok_or_else(|| ProviderError::new(ErrorKind::Config, "not configured"))
    }

    fn load(&self) -> Result<Running, ProviderError> {
        let path = self.path()?;
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(path, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Running::new()),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// Changes the file as a whole: it is the old or the new one at any instant.
    fn change(&self, change: impl FnOnce(&mut Running)) -> Result<(), ProviderError> {
        let (path, mut running) = (self.path()?, self.load()?);
        change(&mut running);
        let aside = path.with_extension("new");
        std::fs::write(&aside, serde_json::json!(running).to_string())
            .and_then(|()| std::fs::rename(&aside, path))
            .map_err(|error| failed(path, &error))
    }
}

fn intend(session: &dyn ApplySession, intent: Intent) -> Result<(), ProviderError> {
    match session.intend(vec![intent]) {
        Proceed::Go => Ok(()),
        Proceed::Stop => Err(ProviderError::new(ErrorKind::Cancelled, "the run was stopped")),
    }
}

fn failed(path: &std::path::Path, error: &(dyn std::error::Error + 'static)) -> ProviderError {
    let message = format!("`{}` cannot be used", path.display());
    ProviderError::from_error(ErrorKind::Unreachable, message, error)
}
