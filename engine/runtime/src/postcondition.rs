//! Postconditions: what a configuration demands of a pod once its step is done.

use crate::run::Run;
use crate::shared::Shared;
use podform_model::Address;
use podform_plan::computed::Recorded;

impl<'a> Run<'a> {
    /// Whether a pod whose step is done is what its postconditions demand. What is not is reported:
    /// the pod stays, and what waits for it is not started.
    pub(crate) fn meets(&self, shared: &mut Shared<'a>, address: &Address) -> bool {
        let desired = self.planned.desired.pods.get(address);
        if !desired.is_some_and(|pod| pod.lifecycle.postconditions) {
            return true;
        }
        let pods = &shared.writer.state().pods;
        if !pods.contains_key(address) {
            return true;
        }
        let (_, found) =
            self.engine.evaluator.evaluate_pod(address, &Recorded(pods), &shared.looked);
        let Some(first) = found.iter().find(|finding| finding.is_error()) else { return true };
        self.observer.failed(address, first);
        shared.diagnostics.extend(found);
        false
    }
}
