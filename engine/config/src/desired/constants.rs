//! What no outcome of an apply changes: evaluated once for all pods that are evaluated one by one.

use super::settle;
use crate::config::Configuration;
use crate::graph::{Node, What};
use crate::inputs::Inputs;
use crate::variables;
use crate::world::{Room, World};
use foldhash::{HashMap, HashSet};
use podform_model::{Desired, Diagnostics, ModuleStep};

/// The values that refer to no pod and to nothing that is read, and the instances of blocks that
/// depend on neither. Good for one set of variables.
pub struct Constants {
    /// What is evaluated anew each time.
    varying: HashSet<Node>,
    rooms: HashMap<Vec<ModuleStep>, Room>,
}

impl std::fmt::Debug for Constants {
    /// Without the values: they may be sensitive.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Constants").field("varying", &self.varying.len()).finish_non_exhaustive()
    }
}

impl Constants {
    /// Whether a node must be evaluated. Instances of modules are made each time, only those that
    /// are needed.
    pub(crate) fn lacks(&self, node: &Node) -> bool {
        matches!(node.what, What::Call(_)) || self.varying.contains(node)
    }

    /// Gives an instance of a module what is constant in it.
    pub(crate) fn fill(&self, room: &mut Room) {
        let Some(known) = self.rooms.get(&room.path).filter(|_| !room.sealed) else { return };
        room.variables.clone_from(&known.variables);
        room.locals.clone_from(&known.locals);
        room.outputs.clone_from(&known.outputs);
        room.pods.clone_from(&known.pods);
        room.calls.clone_from(&known.calls);
    }
}

impl Configuration {
    /// Evaluates what is constant; `None`: something in it is wrong, so that everything has to be
    /// evaluated to say what.
    #[must_use]
    pub fn constants(&self, inputs: &Inputs<'_>) -> Option<Constants> {
        let varying = self.varying();
        let mut found = Diagnostics::new();
        let mut world = World::new(self, inputs);
        variables::evaluate(&mut world, None, &mut found);
        for node in self.graph.order.iter().filter(|node| !varying.contains(node)) {
            settle(&mut world, node, None, &mut Desired::default(), &mut found);
        }
        let rooms = world.into_rooms().into_iter().map(|room| (room.path.clone(), room)).collect();
        (!found.has_errors()).then_some(Constants { varying, rooms })
    }

    /// What depends on a pod or on what is read. Of a pod only the instances count.
    fn varying(&self) -> HashSet<Node> {
        let pod_or_data = |node: &Node| node.is_pod() || node.is_data();
        let mut out = HashSet::default();
        for node in &self.graph.order {
            let varies = match &node.what {
                What::Data(_) => true,
                What::Pod(name) => {
                    let pod = self.modules.node(node.module).module.pods.get(name);
                    let repeat = pod.and_then(|pod| pod.repeat.expr());
                    let met =
                        |expr| self.graph.meets(&self.modules, node.module, expr, pod_or_data);
                    repeat.is_some_and(met) || self.is_within(node, &out)
                }
                _ => self.graph.next(node).any(|next| pod_or_data(next) || out.contains(next)),
            };
            if varies {
                out.insert(node.clone());
            }
        }
        out
    }

    /// Whether which instances there are of the module of a node varies.
    fn is_within(&self, node: &Node, varying: &HashSet<Node>) -> bool {
        let call = self.modules.call(node.module);
        call.is_some_and(|(caller, call)| {
            varying.contains(&Node::new(caller, What::Call(call.name.text.clone())))
        })
    }
}
