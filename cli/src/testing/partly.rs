//! A real provider of which single pods are mocked: they are never launched.
//!
//! A pod that a mock has launched stays with the mock until it is gone, and one that really runs
//! stays with the provider: an override says what becomes of a pod that is not there yet.

use super::mock::Mock;
use podform_model::{Address, Diagnostics};
use podform_provider::{
    ApplyRequest, ApplySession, Configure, Configured, Description, Event, ImportAnswer,
    ImportRequest, Intent, LogsAnswer, LogsRequest, Next, Observed, Outcome, PlanAnswer,
    PlanRequest, Proceed, Provider, ProviderError, ReadRequest, RecordedPod, SettleAnswer,
    SettleRequest, Step, ValidateRequest,
};
use std::sync::Arc;
use std::time::Duration;

/// A provider and the mock of some of its pods.
pub(super) struct Partly {
    /// Who does the rest.
    pub(super) real: Arc<dyn Provider>,
    /// Who stands in for the overridden pods.
    pub(super) mock: Arc<Mock>,
}

/// Whether a pod is the mock's: its instances are, or it has none and is overridden.
fn is_mocked(mock: &Mock, address: &Address, exists: bool) -> bool {
    mock.has(address) || (!exists && mock.overrides(address))
}

impl Partly {
    /// A recorded pod with those of its instances that the mock runs, or does not run.
    fn part(&self, pod: &RecordedPod, mocked: bool) -> RecordedPod {
        let mut pod = pod.clone();
        pod.instances.retain(|instance| self.mock.runs(&instance.id) == mocked);
        pod
    }

    /// What is asked of the mock.
    fn of_mock(&self, request: &ReadRequest) -> ReadRequest {
        let pods = request.pods.iter().map(|pod| self.part(pod, true));
        let tombstones = request.tombstones.iter();
        ReadRequest {
            pods: pods.collect(),
            tombstones: tombstones
                .filter(|one| self.mock.runs(&one.instance.id))
                .cloned()
                .collect(),
            ..ReadRequest::default()
        }
    }

    /// What is asked of the provider.
    fn of_real(&self, request: &ReadRequest) -> ReadRequest {
        let mut out = request.clone();
        out.pods = request.pods.iter().map(|pod| self.part(pod, false)).collect();
        out.tombstones.retain(|one| !self.mock.runs(&one.instance.id));
        out
    }
}

impl Provider for Partly {
    fn describe(&self) -> Result<Description, ProviderError> {
        self.real.describe()
    }

    fn configure(&self, request: &Configure) -> Result<Configured, ProviderError> {
        self.real.configure(request)
    }

    fn validate(&self, request: &ValidateRequest) -> Result<Diagnostics, ProviderError> {
        self.real.validate(request)
    }

    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError> {
        let mut seen = self.real.read(&self.of_real(request))?;
        let mocked = self.mock.read(&self.of_mock(request))?;
        seen.instances.extend(mocked.instances);
        seen.tombstones.extend(mocked.tombstones);
        Ok(seen)
    }

    fn settle(&self, request: &SettleRequest) -> Result<SettleAnswer, ProviderError> {
        let is_mocked = |intent: &Intent| match intent {
            Intent::Launch { instance, .. } => self.mock.runs(&instance.id),
            Intent::Stop { instance, .. } => self.mock.runs(instance),
            Intent::Private { .. } => false,
        };
        let mut rest = request.clone();
        rest.pending.retain(|intent| !is_mocked(intent));
        self.real.settle(&rest)
    }

    fn plan(&self, request: &PlanRequest) -> Result<PlanAnswer, ProviderError> {
        let mut rest = request.clone();
        rest.proposals.retain(|one| !is_mocked(&self.mock, &one.address, one.prior.is_some()));
        self.real.plan(&rest)
    }

    fn apply(
        &self,
        request: &ApplyRequest,
        session: &dyn ApplySession,
    ) -> Result<(), ProviderError> {
        self.real.apply(request, &Sifted { session, mock: &self.mock })
    }

    fn import(&self, request: &ImportRequest) -> Result<ImportAnswer, ProviderError> {
        self.real.import(request)
    }

    fn logs(&self, request: &LogsRequest) -> Result<LogsAnswer, ProviderError> {
        self.real.logs(request)
    }
}

/// A session that does the steps of mocked pods itself.
struct Sifted<'a> {
    session: &'a dyn ApplySession,
    mock: &'a Mock,
}

impl Sifted<'_> {
    /// Does the mock's steps and gives back the others.
    fn sift(&self, steps: Vec<Step>) -> Vec<Step> {
        let (own, rest): (Vec<Step>, Vec<Step>) = steps
            .into_iter()
            .partition(|step| is_mocked(self.mock, &step.address, !step.existing.is_empty()));
        // When the run was stopped, the provider is told so as it asks for more.
        let _ = self.mock.steps(self.session, &own);
        rest
    }
}

impl ApplySession for Sifted<'_> {
    fn next(&self, wait: Duration) -> Next {
        match self.session.next(wait) {
            Next::Steps { steps } => match self.sift(steps) {
                rest if rest.is_empty() => Next::Wait,
                steps => Next::Steps { steps },
            },
            other => other,
        }
    }

    fn intend(&self, intents: Vec<Intent>) -> Proceed {
        self.session.intend(intents)
    }

    fn outcome(&self, outcome: Outcome) {
        self.session.outcome(outcome);
    }

    fn event(&self, event: Event) {
        self.session.event(event);
    }
}
