//! The tree of modules: each `module` block is a node, whatever the number of its instances.

use crate::config::{Call, Module};
use crate::ir::Name;
use podform_model::{Address, ModuleStep, ProviderRef};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A module of the tree.
pub(crate) type ModuleId = usize;

/// The root module.
pub(crate) const ROOT: ModuleId = 0;

/// All modules of a configuration, each after the one that calls it.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<TreeNode>,
}

/// A module at its place.
#[derive(Debug)]
pub(crate) struct TreeNode {
    /// The module that calls it, and the label of the call; `None` for the root.
    pub(crate) parent: Option<(ModuleId, Name)>,
    /// The declarations, shared by all calls of one folder.
    pub(crate) module: Arc<Module>,
    /// The modules that it calls; one whose text could not be read is missing.
    pub(crate) children: BTreeMap<Name, ModuleId>,
}

impl Tree {
    /// A tree of the root alone.
    pub(crate) fn new(root: Arc<Module>) -> Self {
        Self { nodes: vec![TreeNode { parent: None, module: root, children: BTreeMap::new() }] }
    }

    /// Adds a module that another calls.
    pub(crate) fn add(&mut self, parent: ModuleId, name: &Name, module: Arc<Module>) -> ModuleId {
        let id = self.nodes.len();
        let parent_node = Some((parent, name.clone()));
        self.nodes.push(TreeNode { parent: parent_node, module, children: BTreeMap::new() });
        if let Some(node) = self.nodes.get_mut(parent) {
            node.children.insert(name.clone(), id);
        }
        id
    }

    /// The root module.
    pub(crate) fn root(&self) -> &TreeNode {
        self.node(ROOT)
    }

    /// The module of an id.
    #[expect(clippy::indexing_slicing, reason = "ids are made by `add` and never removed")]
    pub(crate) fn node(&self, id: ModuleId) -> &TreeNode {
        &self.nodes[id]
    }

    /// All modules with their ids, each after its caller.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ModuleId, &TreeNode)> {
        self.nodes.iter().enumerate()
    }

    /// How many modules there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The module at this place, whatever the instance.
    pub(crate) fn find(&self, path: &[ModuleStep]) -> Option<ModuleId> {
        path.iter()
            .try_fold(ROOT, |at, step| self.node(at).children.get(step.name.as_str()).copied())
    }

    /// The pod block that an address names.
    pub(crate) fn pod(&self, address: &Address) -> Option<&crate::config::Pod> {
        self.node(self.find(&address.module)?).module.pods.get(address.name.as_str())
    }

    /// The block that calls a module, and the module that it stands in; `None` for the root.
    pub(crate) fn call(&self, id: ModuleId) -> Option<(ModuleId, &Call)> {
        let (parent, name) = self.node(id).parent.as_ref()?;
        Some((*parent, self.node(*parent).module.calls.get(name)?))
    }

    /// The modules on the way from the root to this one, itself included, without the root.
    pub(crate) fn way(&self, id: ModuleId) -> Vec<ModuleId> {
        let mut out = Vec::new();
        let mut at = id;
        while let Some((parent, _)) = &self.node(at).parent {
            out.push(at);
            at = *parent;
        }
        out.reverse();
        out
    }

    /// The place of a module as the beginning of an address, `module.a.module.b.`; empty for the
    /// root.
    pub(crate) fn prefix(&self, id: ModuleId) -> String {
        let name = |id: ModuleId| self.node(id).parent.as_ref().map(|(_, name)| name.clone());
        self.way(id).into_iter().filter_map(name).map(|name| format!("module.{name}.")).collect()
    }

    /// What a provider's name within a module is in the root module: passed by `providers`, else
    /// inherited when it has no alias. `None` when nothing is passed.
    pub(crate) fn provider(&self, id: ModuleId, name: &ProviderRef) -> Option<ProviderRef> {
        let mut name = name.clone();
        let mut at = id;
        while let Some((parent, call)) = self.call(at) {
            match call.providers.iter().find(|passed| passed.inner.0 == name) {
                Some(passed) => name = passed.outer.0.clone(),
                None if name.alias.is_none() => {}
                None => return None,
            }
            at = parent;
        }
        Some(name)
    }
}
