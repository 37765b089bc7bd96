//! References to the outputs of modules.

use super::pick::Pick;
use super::{Eval, Evaluator, Failed, Scope};
use crate::ir::{Name, Reference, Step, StepKind};
use crate::value::{Entries, Ty, Val};
use crate::world::RoomId;
use podform_model::{InstanceKey, ModuleStep};

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
        match self.pick(keys, reference, &format_args!("module.{name}"), scope)? {
            Pick::Nothing => self.steps(Val::NULL, reference.span, &reference.steps, scope),
            Pick::Unknown => Ok(Val::unknown(Ty::Any)),
            Pick::One { key, span, steps } => {
                let room = self.inside(name, key)?;
                self.output(room, span, steps, scope)
            }
            Pick::Attribute(output) => Err(self.many(keys, "module", reference, output)),
            Pick::All => {
                let value = self.together(keys, |evaluator, key| {
                    let room = evaluator.inside(name, key)?;
                    evaluator.outputs(room, picked(&reference.steps))
                })?;
                self.steps(value, reference.span, &reference.steps, scope)
            }
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
