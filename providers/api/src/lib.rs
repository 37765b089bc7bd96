//! The contract between podform's engine and an orchestrator: the [`Provider`] trait, its requests
//! and answers. Everything is plain, serialisable data, so a provider may live in a plugin.
//!
//! A provider is synchronous. Each call takes *all* pods of the provider at once: a refresh costs
//! one call, never one per pod.

mod apply;
pub mod conformance;
mod describe;
mod error;

pub use apply::{ApplyRequest, ApplySession, Event, EventKind, Next, Proceed};
pub use describe::{Configure, Configured, Description, Setting, Unsupported};
pub use error::{ErrorKind, ProviderError};
pub use podform_model::observed::{
    ContainerFact, ImportAnswer, ImportQuery, ImportRequest, ImportedPod, LiveInstance, LivePod,
    LiveStanding, LogStream, LogsAnswer, LogsRequest, Observed, ObservedInstance,
    ObservedTombstone, ReadRequest, RecordedPod, SecretFact, SecretQuery, SecretStanding,
    SettleAnswer, SettleRequest, Standing, Surplus,
};
pub use podform_model::proposal::{
    PlanAnswer, PlanRequest, PodValue, Proposal, Refinement, ValidateRequest,
};
pub use podform_model::step::{Action, Launch, Step, StepId};
pub use podform_model::{Intent, Outcome};

use podform_model::{Diagnostic, Diagnostics, code};

/// An orchestrator of pods.
///
/// Calls may come from several threads; `logs` and `read` may run beside `apply`.
/// Before any call but [`Provider::describe`] and [`Provider::validate`], `configure` was called once.
pub trait Provider: Send + Sync {
    /// Who it is and what it can do. Needs no configuration and looks at nothing.
    ///
    /// # Errors
    /// Only when the plugin itself is broken.
    fn describe(&self) -> Result<Description, ProviderError>;

    /// Takes the settings. It checks them but does not talk to the cluster.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with diagnostics whose paths are within the settings.
    fn configure(&self, request: &Configure) -> Result<Configured, ProviderError>;

    /// Checks pods offline. Values may be unknown.
    ///
    /// # Errors
    /// Only when the plugin itself is broken; findings are the answer.
    fn validate(&self, request: &ValidateRequest) -> Result<Diagnostics, ProviderError>;

    /// Looks at the cluster and the secret stores; changes nothing and never subscribes.
    /// The cost in API calls does not depend on the number of pods.
    ///
    /// [`ReadRequest::live`] asks for pods of any framework, for `data` blocks: each gets one
    /// [`LivePod`]. A provider that cannot tell of pods that it does not run answers none.
    ///
    /// # Errors
    /// The cluster cannot be reached, refuses, or is another one than the state's.
    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError>;

    /// Fences a former run and finds out what became of its intents. Only before an apply.
    ///
    /// # Errors
    /// As [`Provider::read`].
    fn settle(&self, request: &SettleRequest) -> Result<SettleAnswer, ProviderError>;

    /// Refines the proposals that differ: fills what only the provider knows, says which changes
    /// need another pod, and previews the placement. A known planned value must come back
    /// unchanged (or as its normalisation); an unknown may become known.
    ///
    /// # Errors
    /// As [`Provider::read`]. Findings about pods are diagnostics in the answer.
    fn plan(&self, request: &PlanRequest) -> Result<PlanAnswer, ProviderError>;

    /// Does the steps that the session hands out, until it says that no more come.
    ///
    /// Every call that changes the world waits until [`ApplySession::intend`] has answered
    /// [`Proceed::Go`]. Every step ends with one outcome `done` or `failed`.
    ///
    /// # Errors
    /// The session as a whole failed: the cluster was lost, another run took over. Steps without
    /// an outcome count as failed, their intents stay pending.
    fn apply(
        &self,
        request: &ApplyRequest,
        session: &dyn ApplySession,
    ) -> Result<(), ProviderError>;

    /// Finds pods that run already and can be taken over: each becomes a pod of the state as it
    /// runs, nothing is changed on the cluster. A pod that cannot be taken over is a diagnostic
    /// with its address in the answer.
    ///
    /// # Errors
    /// As [`Provider::read`]. A provider that cannot take over pods need not implement this.
    fn import(&self, request: &ImportRequest) -> Result<ImportAnswer, ProviderError> {
        let refused = request.pods.iter().map(|query| {
            Diagnostic::error(code::IMPORT_REFUSED, "this provider cannot take over pods")
                .at(&query.address)
        });
        let diagnostics = Diagnostics(refused.collect());
        Ok(ImportAnswer { pods: Vec::new(), diagnostics })
    }

    /// Reads a piece of a container's output.
    ///
    /// # Errors
    /// The cluster cannot be reached, or the file is not there (any more).
    fn logs(&self, request: &LogsRequest) -> Result<LogsAnswer, ProviderError>;
}
