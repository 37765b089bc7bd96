//! Who stands in for whom while a test file runs.

use super::mock::{Likeness, Mock};
use super::partly::Partly;
use crate::connect::{Connection, StandIns};
use podform_config::testing::{Mocked, MockedPod, Places};
use podform_model::ProviderRef;
use podform_provider::Provider;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The mocks of a file, kept over its runs: they know what they have launched.
#[derive(Default)]
pub(super) struct Cast {
    mocks: BTreeMap<ProviderRef, Arc<Mock>>,
    /// The providers that a mock stands in for as a whole.
    whole: BTreeSet<ProviderRef>,
    /// The pods that the present run overrides.
    pods: Places<MockedPod>,
}

impl Cast {
    /// Takes what the next run mocks.
    pub(super) fn prepare(&mut self, mocked: Mocked) {
        self.pods = mocked.pods;
        for one in mocked.providers {
            let overrides = self.pods.clone();
            let likeness = Likeness { all: one.pods, some: one.overrides, overrides };
            self.mock(&one.provider).resemble(likeness);
            self.whole.insert(one.provider);
        }
    }

    fn mock(&mut self, provider: &ProviderRef) -> &Arc<Mock> {
        let mock = || Arc::new(Mock::new(&provider.name));
        self.mocks.entry(provider.clone()).or_insert_with(mock)
    }

    /// The providers that are not loaded.
    pub(super) fn stand_ins(&self) -> StandIns {
        let whole = |provider: &ProviderRef| {
            let mock: Arc<dyn Provider> = Arc::clone(self.mocks.get(provider)?) as _;
            Some((provider.clone(), mock))
        };
        self.whole.iter().filter_map(whole).collect()
    }

    /// Puts the mocks of overridden pods before the providers that were loaded.
    pub(super) fn join(&mut self, connection: &mut Connection) {
        for (name, connected) in &mut connection.providers {
            let known = self.mocks.contains_key(name);
            if self.whole.contains(name) || (self.pods.is_empty() && !known) {
                continue;
            }
            let overrides = self.pods.clone();
            let mock = Arc::clone(self.mock(name));
            mock.resemble(Likeness { overrides, ..Likeness::default() });
            let real = Arc::clone(&connected.provider);
            connected.provider = Arc::new(Partly { real, mock });
        }
    }
}
