//! What is known while expressions are evaluated: variables, locals, pods.

use crate::config::{Configuration, Labels, Module, Pod};
use crate::desired::Constants;
use crate::eval::{Evaluator, Instance, Templates};
use crate::inputs::Inputs;
use crate::ir::Name;
use crate::modules::ModuleId;
use crate::source::Sources;
use crate::testing::Lifted;
use crate::value::{Entries, Field, Ty, Val};
use foldhash::HashMap;
use podform_model::schema::{COMPUTED, COMPUTED_ENDPOINT, COMPUTED_INSTANCE};
use podform_model::{Address, AttributePath, InstanceKey, ModuleStep};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

/// That something refers to a pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) from: AttributePath,
    pub(crate) address: Address,
    pub(crate) to: AttributePath,
}

impl Use {
    /// The same, seen from another attribute.
    pub(crate) fn of(&self, from: &AttributePath) -> Self {
        Self { from: from.clone(), ..self.clone() }
    }
}

/// A value and the pods that it was made from: of a local, of a module's variable or output.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) value: Val,
    pub(crate) uses: Vec<Use>,
}

impl Made {
    /// A value that an evaluator made.
    pub(crate) fn new(value: Val, mut uses: Vec<Use>) -> Self {
        uses.sort();
        uses.dedup();
        Self { value, uses }
    }
}

/// The instances of a block.
#[derive(Debug, Clone)]
pub(crate) enum Keys {
    Single,
    /// Not enabled.
    None,
    Count(u64),
    Each(Arc<BTreeMap<Name, Val>>),
}

impl Keys {
    /// The keys of the instances, in order.
    pub(crate) fn all(&self) -> Vec<Option<InstanceKey>> {
        match self {
            Self::Single => vec![None],
            Self::None => Vec::new(),
            Self::Count(count) => (0..*count).map(|at| Some(InstanceKey::Index(at))).collect(),
            Self::Each(each) => {
                each.keys().map(|key| Some(InstanceKey::Name(key.to_string()))).collect()
            }
        }
    }

    /// The addresses of the instances, in order.
    pub(crate) fn addresses(&self, block: &Address) -> Vec<Address> {
        let with = |key| Address { key, ..block.clone() };
        self.all().into_iter().map(with).collect()
    }

    /// The instance of a key: what `each` and `count` are.
    pub(crate) fn instance(&self, key: Option<&InstanceKey>) -> Option<Instance> {
        let value = match (self, key) {
            (Self::Single, None) => None,
            (Self::Count(count), Some(InstanceKey::Index(at))) if at < count => None,
            (Self::Each(each), Some(InstanceKey::Name(name))) => {
                Some(each.get(name.as_str())?.clone())
            }
            _ => return None,
        };
        Some(Instance { key: key.cloned(), value, own: None })
    }

    /// How an instance is picked, for a message.
    pub(crate) fn example(&self) -> String {
        match self {
            Self::Each(each) => match each.keys().next() {
                Some(key) => InstanceKey::Name(key.to_string()).to_string(),
                None => "[\"KEY\"]".into(),
            },
            _ => "[0]".into(),
        }
    }

    /// What there is one pod for.
    pub(crate) fn noun(&self) -> &'static str {
        if matches!(self, Self::Each(_)) { "key of its `for_each`" } else { "index of its `count`" }
    }
}

/// An instance of a module: its number in [`World::rooms`].
pub(crate) type RoomId = usize;

/// What is known in one instance of a module.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) module: ModuleId,
    /// Whether a test gives its outputs: nothing else of it is evaluated.
    pub(crate) sealed: bool,
    /// The instance that calls it; the root is its own.
    pub(crate) caller: RoomId,
    /// The modules on the way to it.
    pub(crate) path: Vec<ModuleStep>,
    /// What `each` and `count` are in the block that calls it.
    pub(crate) instance: Instance,
    pub(crate) variables: HashMap<Name, Made>,
    pub(crate) locals: HashMap<Name, Made>,
    pub(crate) outputs: HashMap<Name, Made>,
    pub(crate) pods: HashMap<Name, Keys>,
    pub(crate) calls: HashMap<Name, Keys>,
    pub(crate) data: HashMap<Name, Read>,
}

/// A `data` block in one instance of a module.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) keys: Keys,
    /// What was read, by instance. One that failed has no value.
    pub(crate) values: BTreeMap<Option<InstanceKey>, Made>,
}

/// What is known while expressions are evaluated.
pub(crate) struct World<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) sources: &'a Sources,
    pub(crate) inputs: &'a Inputs<'a>,
    /// The instances of modules; the first is the root.
    rooms: Vec<Room>,
    by_module: Vec<Vec<RoomId>>,
    by_path: HashMap<Vec<ModuleStep>, RoomId>,
    computed: RefCell<HashMap<Address, Val>>,
    /// Whether something was left out because it depends on what is still to be read.
    partial: Cell<bool>,
    /// What a test sees beside the configuration, from its root module.
    pub(crate) lifted: Option<&'a Lifted>,
    /// Templates that were read before.
    pub(crate) templates: Templates,
    /// What was evaluated before.
    constants: Option<&'a Constants>,
}

/// The root module, of which there is one.
pub(crate) const ROOT_ROOM: RoomId = 0;

impl<'a> World<'a> {
    pub(crate) fn new(configuration: &'a Configuration, inputs: &'a Inputs<'a>) -> Self {
        Self::with(configuration, inputs, None)
    }

    /// A world in which some of what is constant is known already.
    pub(crate) fn with(
        configuration: &'a Configuration,
        inputs: &'a Inputs<'a>,
        constants: Option<&'a Constants>,
    ) -> Self {
        let mut world = Self {
            configuration,
            sources: &configuration.sources,
            inputs,
            rooms: Vec::new(),
            by_module: vec![Vec::new(); configuration.modules.len()],
            by_path: HashMap::default(),
            computed: RefCell::default(),
            partial: Cell::default(),
            lifted: None,
            templates: Templates::default(),
            constants,
        };
        world.enter(Room::default());
        world
    }

    /// Its instances of modules, with all that is known in them.
    pub(crate) fn into_rooms(self) -> Vec<Room> {
        self.rooms
    }

    /// Whether a value that must be known may be unknown for now: nothing is planned, or more is
    /// going to be read. What depends on it is left out then.
    pub(crate) fn may_wait(&self) -> bool {
        let partial = self.inputs.looked.partial;
        self.partial.set(self.partial.get() || partial);
        partial || self.inputs.validating
    }

    /// Whether something was left out because more is going to be read.
    pub(crate) fn is_partial(&self) -> bool {
        self.partial.get()
    }

    /// Adds an instance of a module.
    pub(crate) fn enter(&mut self, mut room: Room) {
        if let Some(constants) = self.constants {
            constants.fill(&mut room);
        }
        let id = self.rooms.len();
        if let Some(same) = self.by_module.get_mut(room.module).filter(|_| !room.sealed) {
            same.push(id);
        }
        self.by_path.insert(room.path.clone(), id);
        self.rooms.push(room);
    }

    /// How many instances of modules there are.
    pub(crate) fn size(&self) -> usize {
        self.rooms.len()
    }

    /// An instance of a module.
    #[expect(clippy::indexing_slicing, reason = "rooms are numbered by `enter` and never removed")]
    pub(crate) fn room(&self, id: RoomId) -> &Room {
        &self.rooms[id]
    }

    /// An instance of a module, to be filled.
    #[expect(clippy::indexing_slicing, reason = "rooms are numbered by `enter` and never removed")]
    pub(crate) fn room_mut(&mut self, id: RoomId) -> &mut Room {
        &mut self.rooms[id]
    }

    /// The instances of a module that are evaluated, in order.
    pub(crate) fn rooms_of(&self, module: ModuleId) -> &[RoomId] {
        self.by_module.get(module).map(Vec::as_slice).unwrap_or_default()
    }

    /// The instance at a place.
    pub(crate) fn find(&self, path: &[ModuleStep]) -> Option<RoomId> {
        self.by_path.get(path).copied()
    }

    /// The declarations of an instance's module.
    pub(crate) fn module(&self, room: RoomId) -> &'a Module {
        &self.configuration.modules.node(self.room(room).module).module
    }

    /// The address of a pod block in an instance of a module.
    pub(crate) fn address(&self, room: RoomId, name: &str) -> Address {
        Address { module: self.room(room).path.clone(), ..Address::pod(name) }
    }

    /// The value of a variable; `None` when it has none that can be used.
    pub(crate) fn variable(&self, room: RoomId, name: &Name) -> Option<&Made> {
        self.room(room).variables.get(name)
    }

    /// The value of a local; `None` when it failed.
    pub(crate) fn local(&self, room: RoomId, name: &Name) -> Option<&Made> {
        self.room(room).locals.get(name)
    }

    /// The instances of a pod; `None` when they are not known.
    pub(crate) fn keys(&self, room: RoomId, name: &str) -> Option<&Keys> {
        self.room(room).pods.get(name)
    }

    /// What other pods can read of a pod: what is given, the id, and unknowns for the rest.
    pub(crate) fn computed(&self, address: &Address) -> Val {
        if let Some(known) = self.computed.borrow().get(address) {
            return known.clone();
        }
        let mut entries = Entries::new();
        let pod = self.configuration.modules.pod(address);
        if let Some(pod) = pod {
            unknown_attributes(Some(&pod.endpoints), &mut entries);
        }
        let given = self.inputs.computed.of(address);
        if let Some(given) = given.as_ref().and_then(podform_model::Value::as_map) {
            for (name, value) in given.iter() {
                let typed = entries.get(name).map_or(Ty::Any, Val::ty);
                let value = match Val::from_value(value) {
                    Val::Unknown(_) => Val::unknown(typed),
                    known => known,
                };
                entries.insert(name.clone(), value);
            }
        }
        if let (Some(pod), true) = (pod, entries.get("id").is_none_or(|id| id.has_unknown())) {
            entries.insert("id".into(), self.id_of(pod, address));
        }
        let value = Val::object(entries);
        self.computed.borrow_mut().insert(address.clone(), value.clone());
        value
    }

    /// The id that a pod's configuration gives it; unknown when it cannot be evaluated, which is
    /// reported where the pod itself is.
    fn id_of(&self, pod: &Pod, address: &Address) -> Val {
        let unknown = Val::unknown(Ty::String);
        let Some(room) = self.find(&address.module) else { return unknown };
        let keys = self.keys(room, &pod.name.text);
        let Some(instance) = keys.and_then(|keys| keys.instance(address.key.as_ref())) else {
            return unknown;
        };
        match pod.body.attribute("id") {
            None => Val::string(&crate::desired::default_id(address)),
            Some(attribute) => {
                let mut evaluator = Evaluator::new(self, room);
                evaluator.instance = instance;
                match evaluator.value(&attribute.value) {
                    Ok(Val::String(id)) => {
                        Val::String(podform_model::convert::normal_pod_id(&id).into())
                    }
                    Ok(Val::Null(_)) => Val::string(&crate::desired::default_id(address)),
                    _ => unknown,
                }
            }
        }
    }
}

/// The type of what can be read of a pod, by its name; `None` of the id, which is configured.
pub(crate) fn readable(name: &str) -> Option<Ty> {
    let texts = || Ty::list(Ty::String);
    Some(match name {
        "version" => Ty::String,
        "instance" => Ty::list(object(&COMPUTED_INSTANCE, |name| match name {
            "healthy" => Ty::Bool,
            "started_at" => Ty::Number,
            _ => Ty::String,
        })),
        "endpoint" => Ty::map(object(&COMPUTED_ENDPOINT, |name| match name {
            "port" => Ty::Number,
            _ => texts(),
        })),
        "network_ips" => texts(),
        _ => return None,
    })
}

fn object(names: &[&str], ty: impl Fn(&str) -> Ty) -> Ty {
    Ty::object(names.iter().map(|name| (Arc::from(*name), ty(name).into())).collect())
}

/// What can be read of a pod of which nothing is known; without `endpoints` it may have any.
pub(crate) fn unknown_attributes(endpoints: Option<&Labels>, entries: &mut Entries) {
    let readable = |name| readable(name).unwrap_or(Ty::Any);
    for computed in COMPUTED.iter().filter(|computed| computed.name != "id") {
        entries.insert(computed.name.into(), Val::unknown(readable(computed.name)));
    }
    let Some(written) = endpoints.filter(|labels| !labels.open) else {
        // Which there are is known once the `dynamic` blocks are expanded.
        return;
    };
    let Ty::Map(endpoint) = readable("endpoint") else { return };
    let Ty::Object(fields) = &*endpoint else { return };
    let unknown = |(name, field): (&Name, &Field)| (name.clone(), Val::unknown(field.ty.clone()));
    let one = Val::object(fields.iter().map(unknown).collect());
    let endpoints = written.written.keys().map(|name| (name.clone(), one.clone()));
    entries.insert("endpoint".into(), Val::object(endpoints.collect()));
}
