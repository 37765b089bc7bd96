//! The settings of some providers, for who only looks at what runs: nothing else is evaluated.

use super::{once, provider, settle};
use crate::config::{Configuration, Provider, unkeyed};
use crate::graph::{Graph, Node};
use crate::inputs::Inputs;
use crate::label::VariableInfo;
use crate::modules::ROOT;
use crate::variables;
use crate::world::World;
use podform_model::{Desired, Diagnostics, ProviderRef, Value};
use std::collections::{BTreeMap, BTreeSet};

impl Configuration {
    /// Evaluates the settings of these providers, and only what they refer to. A provider without
    /// a block has none.
    ///
    /// They are returned only when there is no error.
    pub fn provider_settings(
        &self,
        wanted: &BTreeSet<ProviderRef>,
        inputs: &Inputs<'_>,
    ) -> (Option<BTreeMap<ProviderRef, Value>>, Diagnostics) {
        let mut found = Diagnostics::new();
        let mut world = World::new(self, inputs);
        let needed = self.graph.needed(&self.nodes_of(self.blocks_of(wanted)));
        variables::undeclared(&world, &mut found);
        variables::evaluate(&mut world, Some(&needed), &mut found);
        for node in &needed {
            // Nothing that is read is among them.
            settle(&mut world, node, None, &mut Desired::default(), &mut found);
        }
        let mut settings = BTreeMap::new();
        for (name, block) in self.blocks_of(wanted) {
            settings.extend(provider::settings_of(&world, name, block, &mut found));
        }
        once(&mut found);
        crate::sort(&mut found);
        ((!found.has_errors()).then_some(settings), found)
    }

    /// The variables that the settings of these providers need.
    #[must_use]
    pub fn provider_variables(&self, wanted: &BTreeSet<ProviderRef>) -> Vec<VariableInfo> {
        let needed = self.graph.needed(&self.nodes_of(self.blocks_of(wanted)));
        let names = variables::used(self.root(), &needed);
        self.variables().into_iter().filter(|info| names.contains(info.name.as_str())).collect()
    }

    /// The blocks that make these providers.
    fn blocks_of<'a>(
        &'a self,
        wanted: &'a BTreeSet<ProviderRef>,
    ) -> impl Iterator<Item = (&'a ProviderRef, &'a Provider)> {
        let blocks = self.root().providers.iter();
        blocks.filter(|(name, _)| wanted.iter().any(|wanted| unkeyed(wanted) == **name))
    }

    /// What the settings in these blocks refer to.
    pub(super) fn nodes_of<'a>(
        &self,
        blocks: impl IntoIterator<Item = (&'a ProviderRef, &'a Provider)>,
    ) -> BTreeSet<Node> {
        let mut out = BTreeSet::new();
        for (_, provider) in blocks {
            provider.body.walk(&mut |expr| {
                out.extend(Graph::direct(&self.modules, ROOT, expr).into_keys());
            });
        }
        out
    }
}
