//! What a test puts in the place of modules, of pods and of what `data` blocks read.

use podform_model::data::Found;
use podform_model::{DataAddress, InstanceKey, ModuleStep, ProviderRef, Target, Value};
use std::collections::BTreeMap;

/// What an evaluation does not make or read, because it is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// The outputs of modules; of such a module nothing else is evaluated.
    pub modules: Places<BTreeMap<String, Value>>,
    /// What single `data` blocks read.
    pub data: Places<Found>,
    /// What all `data` blocks of a mocked provider read.
    pub providers: BTreeMap<ProviderRef, Found>,
}

impl Overrides {
    /// Nothing is given.
    pub const NOTHING: &'static Self =
        &Self { modules: Places::EMPTY, data: Places::EMPTY, providers: BTreeMap::new() };

    /// The outputs of the instance of a module at this place.
    pub(crate) fn module(&self, path: &[ModuleStep]) -> Option<&BTreeMap<String, Value>> {
        self.modules.find(path, None)
    }

    /// What a `data` block reads; its own override counts before that of its provider.
    pub(crate) fn read(&self, address: &DataAddress, provider: &ProviderRef) -> Option<&Found> {
        let DataAddress(own) = address;
        let own = self.data.find(&own.module, Some((&own.name, own.key.as_ref())));
        own.or_else(|| self.providers.get(provider))
    }
}

/// Things for pods, `data` blocks or modules. A target without keys is all instances; the one with
/// most keys counts, and of such the last.
#[derive(Debug, Clone, PartialEq)]
pub struct Places<T>(Vec<(Target, T)>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> Places<T> {
    const EMPTY: Self = Self(Vec::new());

    /// Adds one.
    pub fn push(&mut self, target: Target, thing: T) {
        self.0.push((target, thing));
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is for a pod.
    #[must_use]
    pub fn pod(&self, address: &podform_model::Address) -> Option<&T> {
        self.find(&address.module, Some((&address.name, address.key.as_ref())))
    }

    fn find(&self, module: &[ModuleStep], own: Option<(&str, Option<&InstanceKey>)>) -> Option<&T> {
        let fitting = self.0.iter().filter_map(|(target, thing)| {
            exactness(target, module, own).map(|exactness| (exactness, thing))
        });
        fitting.max_by_key(|(exactness, _)| *exactness).map(|(_, thing)| thing)
    }
}

/// With how many keys a target names a place; `None`: it names another.
fn exactness(
    target: &Target,
    module: &[ModuleStep],
    own: Option<(&str, Option<&InstanceKey>)>,
) -> Option<usize> {
    let steps = target.module();
    let open = |key: Option<&InstanceKey>, other| key.is_none() || key == other;
    let within = steps.len() == module.len()
        && steps
            .iter()
            .zip(module)
            .all(|(step, at)| step.name == at.name && open(step.key.as_ref(), at.key.as_ref()));
    let same = match (target, own) {
        (Target::Module(_), None) => true,
        (Target::Pod(pod), Some((name, key))) => pod.name == name && open(pod.key.as_ref(), key),
        _ => false,
    };
    let keys = steps.iter().filter(|step| step.key.is_some()).count();
    let own = target.pod().and(target.own_key()).is_some();
    (within && same).then_some(keys + usize::from(own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::Address;

    #[test]
    fn the_most_exact_target_counts_and_of_equals_the_last() {
        let mut places = Places::default();
        for (at, text) in
            ["pod.web", "pod.web[0]", "pod.web", "module.a.pod.web", "module.a[\"k\"].pod.web"]
                .iter()
                .enumerate()
        {
            places.push(text.parse().unwrap(), at);
        }
        let found = |text: &str| places.pod(&text.parse::<Address>().unwrap()).copied();
        assert_eq!(found("pod.web"), Some(2));
        assert_eq!(found("pod.web[0]"), Some(1));
        assert_eq!(found("pod.web[1]"), Some(2));
        assert_eq!(found("pod.other"), None);
        assert_eq!(found("module.a[\"j\"].pod.web"), Some(3));
        assert_eq!(found("module.a[\"k\"].pod.web[7]"), Some(4));
        assert_eq!(found("module.b.pod.web"), None);
    }
}
