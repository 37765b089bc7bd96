//! The parts that the rim gives the engine.

use podform_model::step::Action;
use podform_model::{
    Address, Computed, DataAddress, Desired, DesiredData, DesiredPod, Diagnostic, Diagnostics,
    Looked, ProviderRef, Value,
};
use podform_provider::{Description, Event, Provider};
use podform_state::Key;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Evaluates the configuration against what is known of the pods.
pub trait Evaluator: Send + Sync {
    /// Evaluates everything. `computed` knows what the pods have computed, `looked` is what is known
    /// of the pods that `data` blocks read.
    fn evaluate(&self, computed: &dyn Computed, looked: &Looked) -> (Option<Desired>, Diagnostics);

    /// Evaluates one pod, when what it refers to has become known.
    fn evaluate_pod(
        &self,
        address: &Address,
        computed: &dyn Computed,
        looked: &Looked,
    ) -> (Option<DesiredPod>, Diagnostics);

    /// What the `data` blocks that one pod needs ask for.
    fn reads_of(
        &self,
        address: &Address,
        computed: &dyn Computed,
        looked: &Looked,
    ) -> BTreeMap<DataAddress, DesiredData>;
}

/// A loaded and configured provider.
pub struct Connected {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// What it says of itself.
    pub description: Description,
}

/// What is told while an apply runs. Calls come from several threads.
pub trait Observer: Send + Sync {
    /// A pod's step was handed to its provider.
    fn started(&self, address: &Address, action: Action);
    /// The provider says what it is doing.
    fn event(&self, event: &Event);
    /// A pod's step is done.
    fn done(&self, address: &Address);
    /// A pod's step failed.
    fn failed(&self, address: &Address, diagnostic: &Diagnostic);
}

/// What is told of the live pods that are read for `data` blocks.
pub trait Reading: Send + Sync {
    /// A pod is going to be read.
    fn begins(&self, address: &DataAddress);
    /// It was found, with this id.
    fn ends(&self, address: &DataAddress, id: &str);
}

/// Everything that planning and applying need beside the state.
pub struct Engine<'a> {
    /// Evaluates the configuration.
    pub evaluator: &'a dyn Evaluator,
    /// The providers by reference: all that the configuration or the state names.
    pub providers: &'a BTreeMap<ProviderRef, Connected>,
    /// The key of the state's digests; `None` when it is lost.
    pub key: Option<&'a Key>,
    /// The state is of a development cluster that is no more.
    pub former_cluster: bool,
    /// Who is told what is read; `None`: nobody.
    pub reading: Option<&'a dyn Reading>,
}

impl Engine<'_> {
    /// The digest of a sensitive value, `None` without a key.
    pub(crate) fn digest(&self, value: &Value) -> Option<String> {
        self.key.map(|key| key.digest_value(value))
    }

    /// The value as it may rest: sensitive leaves are digests, or unknown without a key.
    pub(crate) fn redact(&self, value: &Value) -> Value {
        match self.key {
            Some(key) => key.redact(value),
            None => value.transform(&mut |leaf| match leaf {
                Value::Sensitive(_) => Value::Unknown.sensitive(),
                other => other,
            }),
        }
    }
}
