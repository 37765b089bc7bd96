//! References to the outputs of modules.

use super::{Eval, Evaluator, Failed, Scope};
use crate::ir::{Name, Reference, Step, StepKind};
use crate::value::{Entries, Ty, Val};
use crate::world::{Keys, RoomId};
use podform_model::{Diagnostic, InstanceKey, ModuleStep, code};

impl Evaluator<'_> {
    /// `module.x.out`, `module.x["k"].out`, `module.x[*].out`, or `module.x` with all its outputs.
    pub(super) fn module(
        &mut self,
        name: &Name,
        reference: &Reference,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let world = self.world;
        let keys = world.room(self.room).calls.get(name).ok_or(Failed)?;
        let steps = &*reference.steps;
        match (keys, steps.first().map(|step| &step.kind)) {
            (Keys::None, _) => self.steps(Val::NULL, reference.span, steps, scope),
            (Keys::Single, _) => {
                let room = self.inside(name, None)?;
                self.output(room, reference.span, steps, scope)
            }
            (_, Some(StepKind::Index(index) | StepKind::LegacyIndex(index))) => {
                let Some(key) = self.instance_key(keys, &format!("module.{name}"), index, scope)?
                else {
                    return Ok(Val::unknown(Ty::Any));
                };
                let room = self.inside(name, Some(key))?;
                let first = steps.first().map_or(reference.span, |step| step.span);
                let rest = steps.get(1..).unwrap_or_default();
                self.output(room, reference.span.to(first), rest, scope)
            }
            (_, Some(StepKind::Attribute(output))) => {
                let text = self.world.sources.text(reference.span).to_owned();
                let label = self.world.sources.label(reference.span, "many modules");
                let (noun, example) = (keys.noun(), keys.example());
                Err(self.push(
                    Diagnostic::error(
                        code::EVALUATION,
                        format!("`{text}` is one module for each {noun}"),
                    )
                    .label(label)
                    .help(format!(
                        "pick one as `{text}{example}.{output}`, or all as `{text}[*].{output}`"
                    )),
                ))
            }
            _ => self.all_modules(keys, name, reference, scope),
        }
    }

    /// The instance of a module that this one calls.
    fn inside(&self, name: &Name, key: Option<InstanceKey>) -> Eval<RoomId> {
        let mut path = self.world.room(self.room).path.clone();
        path.push(ModuleStep { name: name.to_string(), key });
        self.world.find(&path).ok_or(Failed)
    }

    /// The value of one output, else all of them, then the steps after it.
    fn output(
        &mut self,
        room: RoomId,
        span: crate::source::Span,
        steps: &[Step],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        match steps.split_first() {
            Some((Step { kind: StepKind::Attribute(output), span: at }, rest)) => {
                let world = self.world;
                let made = world.room(room).outputs.get(output).ok_or(Failed)?;
                let value = self.made(made);
                self.steps(value, span.to(*at), rest, scope)
            }
            _ => {
                let value = self.outputs(room, picked(steps))?;
                self.steps(value, span, steps, scope)
            }
        }
    }

    /// The outputs of an instance as an object, or only one of them: another may depend on what
    /// is being evaluated.
    fn outputs(&mut self, room: RoomId, only: Option<&Name>) -> Eval {
        let world = self.world;
        let mut entries = Entries::new();
        for name in world.module(room).outputs.keys() {
            if only.is_some_and(|only| only != name) {
                continue;
            }
            let made = world.room(room).outputs.get(name).ok_or(Failed)?;
            let value = self.made(made);
            entries.insert(name.clone(), value);
        }
        Ok(Val::object(entries))
    }

    /// All instances: a list for `count`, an object for `for_each`.
    fn all_modules(
        &mut self,
        keys: &Keys,
        name: &Name,
        reference: &Reference,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let mut list = Vec::new();
        let mut object = Entries::new();
        for key in keys.all() {
            let room = self.inside(name, key.clone())?;
            let value = self.outputs(room, picked(&reference.steps))?;
            match key {
                Some(InstanceKey::Name(name)) => drop(object.insert(name.into(), value)),
                _ => list.push(value),
            }
        }
        let value = match keys {
            Keys::Each(_) => Val::object(object),
            _ => Val::tuple(list),
        };
        self.steps(value, reference.span, &reference.steps, scope)
    }
}

/// The output that a splat picks: `[*].out`.
fn picked(steps: &[Step]) -> Option<&Name> {
    match steps {
        [
            Step { kind: StepKind::Splat | StepKind::AttributeSplat, .. },
            Step { kind: StepKind::Attribute(output), .. },
            ..,
        ] => Some(output),
        _ => None,
    }
}
