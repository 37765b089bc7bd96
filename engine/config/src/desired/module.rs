//! Instances of modules: their keys, the values that they are given, and what they give back.

use super::{conditions, kept, repeat};
use crate::config::{Call, Variable};
use crate::eval::{Evaluator, Instance};
use crate::ir::{Attribute, Name};
use crate::marks::Marks;
use crate::modules::ModuleId;
use crate::types::convert;
use crate::value::Val;
use crate::variables;
use crate::world::{Keys, Made, ROOT_ROOM, Room, RoomId, World};
use podform_model::{Address, Diagnostic, Diagnostics, ModuleStep, Value, code};
use std::collections::BTreeMap;

/// The most instances of modules in a configuration.
const MAX_ROOMS: usize = 100_000;

/// The instances of a module that a pod at `path` can depend on: those that share the modules
/// around with it. Through others nothing leads back to the pod without a circle.
pub(super) fn reachable(world: &World<'_>, module: ModuleId, path: &[ModuleStep]) -> Vec<RoomId> {
    let rooms = world.rooms_of(module).iter().copied();
    rooms.filter(|room| compatible(&world.room(*room).path, path)).collect()
}

/// Whether two places have the same instance wherever they are in the same module.
fn compatible(one: &[ModuleStep], other: &[ModuleStep]) -> bool {
    one.iter()
        .zip(other)
        .take_while(|(one, other)| one.name == other.name)
        .all(|(one, other)| one.key == other.key)
}

/// The step that a way takes from a place into a module that is called there.
fn step_of<'w>(way: &'w [ModuleStep], place: &[ModuleStep], name: &str) -> Option<&'w ModuleStep> {
    let rest = way.strip_prefix(place)?;
    rest.first().filter(|step| step.name == *name)
}

/// Makes the instances of a called module: all, or the one that a pod is in.
pub(super) fn call(
    world: &mut World<'_>,
    room: RoomId,
    name: &Name,
    only: Option<&Address>,
    found: &mut Diagnostics,
) {
    let Some(call) = world.module(room).calls.get(name) else { return };
    let here = world.room(room).module;
    let inner = world.configuration.modules.node(here).children.get(name).copied();
    let keys = match world.room(room).calls.get(name) {
        Some(known) => Ok(known.clone()),
        None => {
            let mut evaluator = Evaluator::new(world, room);
            let keys = repeat::keys(&mut evaluator, &call.repeat);
            found.extend(std::mem::take(&mut evaluator.diagnostics));
            keys
        }
    };
    let (Ok(keys), Some(inner)) = (keys, inner) else { return };
    enter(world, room, inner, call, &keys, only, found);
    world.room_mut(room).calls.insert(name.clone(), keys);
}

fn enter(
    world: &mut World<'_>,
    room: RoomId,
    inner: ModuleId,
    call: &Call,
    keys: &Keys,
    only: Option<&Address>,
    found: &mut Diagnostics,
) {
    let path = world.room(room).path.clone();
    let own = only.and_then(|only| step_of(&only.module, &path, &call.name.text));
    let wanted = match own {
        Some(step) => vec![step.key.clone()],
        None => keys.all(),
    };
    for key in wanted {
        if world.size() >= MAX_ROOMS {
            let summary =
                format!("a configuration may have at most {MAX_ROOMS} instances of modules");
            let label = world.sources.label(call.header, "more than that with these");
            found.push(Diagnostic::error(code::MODULE_SOURCE, summary).label(label));
            return;
        }
        let Some(instance) = keys.instance(key.as_ref()) else { continue };
        let mut path = path.clone();
        path.push(ModuleStep { name: call.name.text.to_string(), key });
        if only.is_some_and(|only| !compatible(&path, &only.module)) {
            continue;
        }
        let room = Room { module: inner, caller: room, path, instance, ..Room::default() };
        let given = world.inputs.overrides.module(&room.path);
        let room = given.map(|given| sealed(world, &room, given)).unwrap_or(room);
        world.enter(room);
    }
}

/// An instance whose outputs a test gives; one that it does not give is null.
fn sealed(world: &World<'_>, room: &Room, given: &BTreeMap<String, Value>) -> Room {
    let declared = &world.configuration.modules.node(room.module).module.outputs;
    let output = |name: &Name| {
        let value = given.get(&**name).map_or(Val::NULL, Val::from_value);
        (name.clone(), Made::new(value, Vec::new()))
    };
    Room {
        sealed: true,
        module: room.module,
        caller: room.caller,
        path: room.path.clone(),
        outputs: declared.keys().map(output).collect(),
        ..Room::default()
    }
}

/// The block that calls an instance, and an evaluator where it stands.
fn caller<'w>(world: &'w World<'w>, room: RoomId) -> Option<(&'w Call, Evaluator<'w>)> {
    let (_, call) = world.configuration.modules.call(world.room(room).module)?;
    let mut evaluator = Evaluator::new(world, world.room(room).caller);
    let Instance { key, value, .. } = &world.room(room).instance;
    evaluator.instance = Instance { key: key.clone(), value: value.clone(), own: None };
    Some((call, evaluator))
}

/// The value of a module's variable: its argument, else its default. Those of the root module are
/// given from outside.
pub(super) fn variable(world: &mut World<'_>, room: RoomId, name: &Name, found: &mut Diagnostics) {
    if room == ROOT_ROOM {
        return;
    }
    let Some(variable) = world.module(room).variables.get(name) else { return };
    let Some(made) = given(world, room, variable, found) else { return };
    world.room_mut(room).variables.insert(name.clone(), made);
}

fn given(
    world: &World<'_>,
    room: RoomId,
    variable: &Variable,
    found: &mut Diagnostics,
) -> Option<Made> {
    let (call, mut evaluator) = caller(world, room)?;
    let Some(argument) = call.arguments.get(&variable.name.text) else {
        // That one is missing has been said where the module is called.
        let (default, _) = variable.default.as_ref()?;
        let value = variables::settled(world, variable, default.clone(), found)?;
        return Some(Made::new(value, Vec::new()));
    };
    let value = evaluator.value(&argument.value);
    let uses = std::mem::take(&mut evaluator.uses);
    found.extend(std::mem::take(&mut evaluator.diagnostics));
    let value = match convert(&value.ok()?, &variable.ty) {
        Ok(value) => value,
        Err(message) => {
            found.push(unfit(world, variable, call, argument, message));
            return None;
        }
    };
    if value.marks().ephemeral && !variable.ephemeral {
        found.push(kept::argument(world, &call.name.text, variable, argument));
        return None;
    }
    let mut wrong = Diagnostics::new();
    let value = variables::settled(world, variable, value, &mut wrong);
    for mut diagnostic in wrong {
        conditions::point(
            &mut diagnostic,
            world.sources.label(argument.value.span, "this is null"),
        );
        found.push(diagnostic);
    }
    Some(Made::new(value?, uses))
}

fn unfit(
    world: &World<'_>,
    variable: &Variable,
    call: &Call,
    argument: &Attribute,
    message: String,
) -> Diagnostic {
    let name = &variable.name.text;
    let message = if variable.sensitive { variables::hidden(&variable.ty) } else { message };
    let summary =
        format!("the argument `{name}` of `module.{}` does not fit: {message}", call.name.text);
    let declared = variable.ty_span.unwrap_or(variable.name.span);
    Diagnostic::error(code::VARIABLE, summary)
        .label(world.sources.label(argument.value.span, "this value"))
        .label(world.sources.label(declared, "the type"))
}

/// Checks the value of a module's variable by its rules; one that fails them has no value.
pub(super) fn validation(
    world: &mut World<'_>,
    room: RoomId,
    name: &Name,
    found: &mut Diagnostics,
) {
    let Some(variable) = world.module(room).variables.get(name) else { return };
    // A rule of the root module that looks at variables only was checked before all else.
    if (room == ROOT_ROOM && variable.stands_alone()) || world.variable(room, name).is_none() {
        return;
    }
    let from = match caller(world, room) {
        Some((call, _)) => {
            let argument = call.arguments.get(name);
            argument.map(|argument| world.sources.label(argument.value.span, ""))
        }
        None => variables::input_label(world, name),
    };
    if !variables::validate_in(world, room, variable, from, found) {
        world.room_mut(room).variables.remove(name);
    }
}

/// The value of a module's output; those of the root module come last.
pub(super) fn output(world: &mut World<'_>, room: RoomId, name: &Name, found: &mut Diagnostics) {
    if room == ROOT_ROOM {
        return;
    }
    let Some(output) = world.module(room).outputs.get(name) else { return };
    let prefix = world.configuration.modules.prefix(world.room(room).module);
    let mut evaluator = Evaluator::new(world, room);
    let mut met = true;
    for rule in &output.preconditions {
        let what = format!("the precondition of `{prefix}output.{name}` is not met");
        met &= conditions::check(&mut evaluator, rule, code::PLAN_CONDITION, &what, None);
    }
    evaluator.uses.clear();
    let value = evaluator.value(&output.value);
    let uses = std::mem::take(&mut evaluator.uses);
    found.extend(std::mem::take(&mut evaluator.diagnostics));
    match value {
        Ok(value) if !kept::module_output(world, output, &value, found) => {}
        Ok(value) if met => {
            let marks = Marks { sensitive: output.sensitive, ephemeral: output.ephemeral };
            let value: Val = value.mark(marks);
            world.room_mut(room).outputs.insert(name.clone(), Made::new(value, uses));
        }
        _ => {}
    }
}
