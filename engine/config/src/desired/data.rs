//! `data` blocks: which pods are to be read, and what was read of them.

use super::instance::dependencies;
use super::{conditions, provider, repeat};
use crate::config::Data;
use crate::eval::{Eval, Evaluator};
use crate::graph::Node;
use crate::ir::Name;
use crate::types::convert;
use crate::value::{Entries, Ty, Val};
use crate::world::{Made, Read, RoomId, World, unknown_attributes};
use podform_model::convert::{check_text, normal_pod_id};
use podform_model::data::Found;
use podform_model::schema::Text;
use podform_model::{
    DataAddress, Desired, DesiredData, Diagnostic, Diagnostics, InstanceKey, Severity, code,
};
use std::collections::BTreeMap;

/// Evaluates the instances of a block: what they ask for, and what is known of it.
pub(super) fn settle(
    world: &mut World<'_>,
    room: RoomId,
    name: &Name,
    desired: &mut Desired,
    found: &mut Diagnostics,
) {
    let Some(data) = world.module(room).data.get(name) else { return };
    let mut evaluator = Evaluator::new(world, room);
    let keys = repeat::keys(&mut evaluator, &data.repeat);
    let mut own = std::mem::take(&mut evaluator.diagnostics);
    if let Ok(keys) = keys {
        let mut values = BTreeMap::new();
        for key in keys.all() {
            let mut evaluator = Evaluator::new(world, room);
            evaluator.instance = keys.instance(key.as_ref()).unwrap_or_default();
            if let Some(made) = instance(&mut evaluator, data, key.clone(), desired) {
                values.insert(key, made);
            }
            own.extend(evaluator.diagnostics);
        }
        world.room_mut(room).data.insert(name.clone(), Read { keys, values });
    }
    if data.check.is_some() {
        // What a check looks at may be missing: that is what it tells.
        own.0.iter_mut().for_each(|finding| finding.severity = Severity::Warning);
    }
    found.extend(own);
}

/// One instance; `None`: it has no value, which is reported.
fn instance(
    evaluator: &mut Evaluator<'_>,
    data: &Data,
    key: Option<InstanceKey>,
    desired: &mut Desired,
) -> Option<Made> {
    let (world, room) = (evaluator.world, evaluator.room);
    let mut address = world.address(room, &data.name.text);
    address.key = key;
    let address = DataAddress(address);
    let choice = provider::Choice::of_data(data);
    let provider = provider::of(evaluator, &choice, desired);
    let id = id(evaluator, data).ok()?;
    let what = format!("the precondition of `{address}` is not met");
    for rule in &data.preconditions {
        if !conditions::check(evaluator, rule, code::PLAN_CONDITION, &what, None) {
            return None;
        }
    }
    let uses = std::mem::take(&mut evaluator.uses);
    let node = Node::data(world.room(room).module, &data.name.text);
    let asked = DesiredData {
        provider: provider?,
        id,
        depends_on: dependencies(world, room, &node, &data.depends_on, &uses),
        label: world.sources.label(data.id.span, ""),
        checked: data.check.is_some(),
    };
    // What a test gives is not read.
    let given = world.inputs.overrides.read(&address, &asked.provider);
    let value = value(evaluator, &address, &asked, given);
    if given.is_none() {
        desired.data.insert(address.clone(), asked);
    }
    let value = value?;
    evaluator.instance.own = Some(value.clone());
    let what = format!("the postcondition of `{address}` is not met");
    for rule in &data.postconditions {
        if !conditions::check(evaluator, rule, code::PLAN_CONDITION, &what, None) {
            return None;
        }
    }
    Some(Made::new(value, uses))
}

/// What can be read of the pod now: unknown when it was not read yet.
fn value(
    evaluator: &mut Evaluator<'_>,
    address: &DataAddress,
    asked: &DesiredData,
    given: Option<&Found>,
) -> Option<Val> {
    let mut entries = Entries::new();
    unknown_attributes(None, &mut entries);
    let id = asked.id.as_deref();
    entries.insert("id".into(), id.map_or_else(|| Val::unknown(Ty::String), Val::string));
    let looked = evaluator.world.inputs.looked;
    match id.and_then(|id| given.or_else(|| looked.fact(address, &asked.provider, id))) {
        None => Some(Val::object(entries)),
        Some(Found::Pod(value)) => {
            let known = value.as_map().into_iter().flatten();
            entries.extend(known.map(|(name, value)| (name.clone(), Val::from_value(value))));
            Some(Val::object(entries))
        }
        Some(Found::Nothing { message, help }) => {
            let mut diagnostic = Diagnostic::error(code::DATA_NOT_FOUND, message.clone())
                .label(asked.label.clone())
                .detail(format!("{address} reads it."));
            diagnostic.help.clone_from(help);
            evaluator.push(diagnostic);
            None
        }
    }
}

/// The id of the pod; `None`: it is not known.
fn id(evaluator: &mut Evaluator<'_>, data: &Data) -> Eval<Option<String>> {
    let value = evaluator.value(&data.id)?;
    let problem = match &value {
        Val::Sensitive(_) => "must not be sensitive: it is shown everywhere".to_owned(),
        Val::Ephemeral(_) => "must not be ephemeral: it is kept in the plan".to_owned(),
        Val::Null(_) => "must not be null".to_owned(),
        other => match convert(other, &Ty::String) {
            Ok(Val::String(id)) => {
                let id = normal_pod_id(&id);
                match check_text(Text::PodId, &id) {
                    Ok(()) => return Ok(Some(id)),
                    Err(message) => format!("is the id of a pod, as `/shop/web`: {message}"),
                }
            }
            Ok(_) => return Ok(None),
            Err(message) => format!("is the id of a pod, as `/shop/web`: {message}"),
        },
    };
    Err(evaluator.fault(&data.id, None, format!("the `id` of a `data` block {problem}"), ""))
}
