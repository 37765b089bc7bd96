//! From declarations to desired pods.

mod block;
mod checks;
pub(crate) mod conditions;
mod constants;
mod data;
mod dynamic;
mod ids;
mod instance;
mod kept;
mod module;
mod provider;
pub(crate) mod repeat;
mod settings;

pub use constants::Constants;

use crate::config::{Configuration, Pod};
use crate::eval::Evaluator;
use crate::graph::{Node, What};
use crate::inputs::Inputs;
use crate::ir::{Body, Name};
use crate::source::Span;
use crate::value::{Entries, Val};
use crate::variables;
use crate::world::{Made, ROOT_ROOM, RoomId, World};
use podform_model::path::Way;
use podform_model::value::Map;
use podform_model::{
    Address, DataAddress, Desired, DesiredData, DesiredOutput, DesiredPod, Diagnostic, Diagnostics,
    InstanceKey, Label, ProviderRef, Value, code,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

impl Configuration {
    /// Evaluates everything: all pods, the settings of the providers, the outputs.
    ///
    /// What is desired is returned only when there is no error.
    pub fn evaluate(&self, inputs: &Inputs<'_>) -> (Option<Desired>, Diagnostics) {
        let mut found = Diagnostics::new();
        let mut desired = Desired::default();
        let world = self.world(inputs, &mut desired, &mut found);
        for room in 0..world.size() {
            for (name, pod) in &world.module(room).pods {
                let Some(keys) = world.keys(room, name) else { continue };
                for address in keys.addresses(&world.address(room, name)) {
                    let done = instance::desired(&world, room, pod, &address, &desired, &mut found);
                    if let Some(done) = done {
                        desired.pods.insert(address, done);
                    }
                }
            }
        }
        ids::check(self, &desired, &mut found);
        self.refactor(&world, &mut desired, &mut found);
        self.outputs(&world, &mut desired, &mut found);
        for room in 0..world.size() {
            checks::evaluate(&world, room, &mut found);
        }
        desired.partial = world.is_partial();
        once(&mut found);
        crate::sort(&mut found);
        ((!found.has_errors()).then_some(desired), found)
    }

    /// What all that is declared is, before any pod: also the providers and what is read.
    pub(crate) fn world<'a>(
        &'a self,
        inputs: &'a Inputs<'a>,
        desired: &mut Desired,
        found: &mut Diagnostics,
    ) -> World<'a> {
        let mut world = World::new(self, inputs);
        variables::evaluate(&mut world, None, found);
        self.settle(&mut world, &self.graph.order, None, desired, found);
        world
    }

    /// Evaluates nodes in order; the providers as soon as something is read through them.
    fn settle(
        &self,
        world: &mut World<'_>,
        nodes: &[Node],
        only: Option<&Address>,
        desired: &mut Desired,
        found: &mut Diagnostics,
    ) {
        let reads = nodes.iter().position(Node::is_data).unwrap_or(nodes.len());
        let (before, after) = nodes.split_at(reads);
        before.iter().for_each(|node| settle(world, node, only, desired, found));
        self.providers(world, desired, found);
        after.iter().for_each(|node| settle(world, node, only, desired, found));
    }

    /// What the `data` blocks ask for that one pod needs, once the pods that these depend on are
    /// there. What else is wrong is found when the pod is evaluated.
    pub fn reads_of(
        &self,
        address: &Address,
        inputs: &Inputs<'_>,
        constants: Option<&Constants>,
    ) -> BTreeMap<DataAddress, DesiredData> {
        let mut desired = Desired::default();
        let Some((node, _)) = self.pod_node(address) else { return desired.data };
        let needed = self.needed(&node, constants);
        if needed.iter().any(Node::is_data) {
            let mut found = Diagnostics::new();
            let mut world = World::with(self, inputs, constants);
            variables::evaluate(&mut world, Some(&needed), &mut found);
            self.settle(&mut world, &needed, Some(address), &mut desired, &mut found);
        }
        desired.data
    }

    /// What a pod and the providers need that is not known as constant.
    fn needed(&self, node: &Node, constants: Option<&Constants>) -> Vec<Node> {
        let of_providers = self.nodes_of(&self.root().providers);
        let mut needed = self.graph.needed(std::iter::once(node).chain(&of_providers));
        needed.retain(|node| constants.is_none_or(|constants| constants.lacks(node)));
        needed
    }

    fn pod_node(&self, address: &Address) -> Option<(Node, &Pod)> {
        let module = self.modules.find(&address.module)?;
        let pods = &self.modules.node(module).module.pods;
        let (name, pod) = pods.get_key_value(address.name.as_str())?;
        Some((Node::pod(module, name), pod))
    }

    /// Evaluates one pod and what it needs, as when something that it waits for has become known.
    /// With what is constant, the cost does not depend on how many pods its block makes.
    pub fn evaluate_pod(
        &self,
        address: &Address,
        inputs: &Inputs<'_>,
        constants: Option<&Constants>,
    ) -> (Option<DesiredPod>, Diagnostics) {
        let mut found = Diagnostics::new();
        let Some((node, pod)) = self.pod_node(address) else {
            found.push(no_such_pod(address));
            return (None, found);
        };
        let mut world = World::with(self, inputs, constants);
        let needed = self.needed(&node, constants);
        variables::evaluate(&mut world, Some(&needed), &mut found);
        let mut desired = Desired::default();
        self.settle(&mut world, &needed, Some(address), &mut desired, &mut found);
        let room = world.find(&address.module).filter(|room| {
            let keys = world.keys(*room, &address.name);
            keys.and_then(|keys| keys.instance(address.key.as_ref())).is_some()
        });
        if room.is_none() && !found.has_errors() {
            found.push(no_such_pod(address));
        }
        let done = room
            .and_then(|room| instance::desired(&world, room, pod, address, &desired, &mut found));
        once(&mut found);
        crate::sort(&mut found);
        (done.filter(|_| !found.has_errors()), found)
    }

    fn providers(&self, world: &World<'_>, desired: &mut Desired, found: &mut Diagnostics) {
        let root = self.root();
        for (reference, provider) in &root.providers {
            let made = provider::settings_of(world, reference, provider, found);
            desired.providers.extend(made);
        }
        let required: BTreeSet<&str> = self
            .modules
            .iter()
            .flat_map(|(_, node)| node.module.settings.required_providers.keys())
            .map(|name| &**name)
            .collect();
        // A provider that is required or chosen needs no block: it takes its defaults.
        for (id, node) in self.modules.iter() {
            let pods = node.module.pods.values().map(|pod| &pod.provider);
            let data = node.module.data.values().map(|data| &data.provider);
            for chosen in pods.chain(data) {
                let chosen = chosen.as_ref();
                let chosen = chosen.and_then(|(name, _)| self.modules.provider(id, name));
                if let Some(reference) = chosen
                    && reference.alias.is_none()
                    && required.contains(reference.name.as_str())
                {
                    desired.providers.entry(reference).or_insert_with(empty);
                }
            }
        }
        if let (true, 1, Some(name)) =
            (root.providers.is_empty(), required.len(), required.first().copied())
        {
            desired.providers.entry(ProviderRef::new(name)).or_insert_with(empty);
        }
    }

    fn outputs(&self, world: &World<'_>, desired: &mut Desired, found: &mut Diagnostics) {
        for (name, output) in &self.root().outputs {
            let mut evaluator = Evaluator::new(world, ROOT_ROOM);
            for rule in &output.preconditions {
                let what = format!("the precondition of `output.{name}` is not met");
                conditions::check(&mut evaluator, rule, code::PLAN_CONDITION, &what, None);
            }
            let value = evaluator.value(&output.value).ok();
            found.extend(evaluator.diagnostics);
            let Some(value) = value else { continue };
            kept::root_output(world, output, &value, found);
            desired.outputs.insert(
                output.name.text.to_string(),
                DesiredOutput {
                    value: value.to_value(),
                    sensitive: output.sensitive,
                    description: output.description.clone(),
                },
            );
        }
    }
}

/// Evaluates a node in the instances of its module: all, or those that a pod can depend on.
fn settle(
    world: &mut World<'_>,
    node: &Node,
    only: Option<&Address>,
    desired: &mut Desired,
    found: &mut Diagnostics,
) {
    for room in world.rooms_of(node.module).to_vec() {
        match &node.what {
            What::Variable(name) => module::variable(world, room, name, found),
            What::Validation(name) => module::validation(world, room, name, found),
            What::Local(name) => local(world, room, name, found),
            What::Output(name) => module::output(world, room, name, found),
            What::Pod(name) => instances(world, room, name, found),
            What::Data(name) => data::settle(world, room, name, desired, found),
            What::Call(name) => module::call(world, room, name, only, found),
            What::Whole(_) => {}
        }
    }
}

fn local(world: &mut World<'_>, room: RoomId, name: &Name, found: &mut Diagnostics) {
    let Some(local) = world.module(room).locals.get(name) else { return };
    let mut evaluator = Evaluator::new(world, room);
    let value = evaluator.value(&local.value);
    let uses = std::mem::take(&mut evaluator.uses);
    found.extend(std::mem::take(&mut evaluator.diagnostics));
    if let Ok(value) = value {
        world.room_mut(room).locals.insert(name.clone(), Made::new(value, uses));
    }
}

fn instances(world: &mut World<'_>, room: RoomId, name: &Name, found: &mut Diagnostics) {
    let Some(pod) = world.module(room).pods.get(name) else { return };
    let mut evaluator = Evaluator::new(world, room);
    let keys = repeat::keys(&mut evaluator, &pod.repeat);
    found.extend(std::mem::take(&mut evaluator.diagnostics));
    if let Ok(keys) = keys {
        world.room_mut(room).pods.insert(name.clone(), keys);
    }
}

/// The settings of a provider: nested blocks are lists of maps, `secret_store` with its kind and
/// name.
fn settings(evaluator: &mut Evaluator<'_>, body: &Body, top: bool) -> Value {
    let mut out = Map::new();
    let meta = |name: &str| top && name == "for_each";
    for attribute in body.attributes.iter().filter(|attribute| !meta(&attribute.name.text)) {
        let Ok(value) = evaluator.value(&attribute.value) else { continue };
        if value.has_unknown() {
            let span = attribute.value.span;
            evaluator.report(
                span,
                format!(
                    "`{}` of a provider must be known before anything is planned",
                    attribute.name.text
                ),
                "known after apply",
            );
        }
        out.insert(attribute.name.text.clone(), value.to_value());
    }
    let mut blocks: BTreeMap<Name, Vec<Value>> = BTreeMap::new();
    let expanded = dynamic::expand(evaluator, body, &Way::default());
    for kind in &expanded.unknown {
        let span = body.dynamics(kind).next().map_or_else(Span::default, |block| block.header);
        let summary = format!("`{kind}` of a provider must be known before anything is planned");
        evaluator.report(span, summary, "how many there are is known after apply");
    }
    for item in &expanded.items {
        let mut content = item.within(evaluator, |evaluator| settings(evaluator, item.body, false));
        let labels: Vec<Value> =
            item.labels.iter().map(|label| Value::String(label.text.clone())).collect();
        match (&*labels, &**item.kind) {
            ([], _) => {}
            ([kind, rest @ ..], "secret_store") if top => {
                content.set("kind", kind.clone());
                content.set("name", rest.first().unwrap_or(kind).clone());
            }
            ([name, ..], _) => content.set("name", name.clone()),
        }
        blocks.entry(item.kind.clone()).or_default().push(content);
    }
    for (kind, items) in blocks {
        out.insert(kind, Value::list(items));
    }
    Value::map(out)
}

fn empty() -> Value {
    Value::map(Map::new())
}

fn no_such_pod(address: &Address) -> Diagnostic {
    Diagnostic::error(
        code::PLAN_UNKNOWN_ADDRESS,
        format!("the configuration has no pod `{address}`"),
    )
    .at(address)
}

/// The id that a pod has without an `id`: `/`, its name, its key.
pub(crate) fn default_id(address: &Address) -> String {
    let mut id = String::new();
    for module in &address.module {
        id.push('/');
        id.push_str(&module.name.replace('_', "-"));
        push_key(&mut id, module.key.as_ref());
    }
    id.push('/');
    id.push_str(&address.name.replace('_', "-"));
    push_key(&mut id, address.key.as_ref());
    id
}

fn push_key(id: &mut String, key: Option<&InstanceKey>) {
    match key {
        None => {}
        Some(InstanceKey::Index(at)) => id.push_str(&format!("-{at}")),
        Some(InstanceKey::Name(name)) => id.push_str(&format!("-{name}")),
    }
}

/// Keeps one of the findings that differ only in the instance they are about.
fn once(found: &mut Diagnostics) {
    type Identity = (String, String, Vec<Label>);
    let mut seen: HashSet<Identity> = HashSet::new();
    found.0.retain(|one| {
        one.labels.is_empty()
            || seen.insert((one.code.clone(), one.summary.clone(), one.labels.clone()))
    });
}

/// The entries of a value as a map of evaluator values, for `each`.
pub(crate) fn entries_of(value: &Val) -> Option<Entries> {
    value.entries().cloned()
}
