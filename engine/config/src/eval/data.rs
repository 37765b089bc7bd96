//! References to what `data` blocks read.

use super::pick::Pick;
use super::{Eval, Evaluator, Failed, Scope};
use crate::ir::{Name, Reference};
use crate::value::{Ty, Val};
use crate::world::Read;
use podform_model::schema::is_computed;
use podform_model::{DataAddress, InstanceKey};

impl Evaluator<'_> {
    /// `data.pod.x.endpoint`, `data.pod.x["k"].endpoint`, `data.pod.x[*].endpoint`.
    pub(super) fn data(
        &mut self,
        name: &Name,
        reference: &Reference,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let world = self.world;
        let Some(read) = world.room(self.room).data.get(name) else {
            // Which instances there are is not known before more is read.
            return if world.may_wait() { Ok(Val::unknown(Ty::Any)) } else { Err(Failed) };
        };
        let block = DataAddress(world.address(self.room, name));
        match self.pick(&read.keys, reference, &block, scope)? {
            Pick::Nothing => self.steps(Val::NULL, reference.span, &reference.steps, scope),
            Pick::Unknown => Ok(Val::unknown(Ty::Any)),
            Pick::One { key, span, steps } => {
                let value = self.read(read, key)?;
                self.steps(value, span, steps, scope)
            }
            Pick::Attribute(attribute) if is_computed(attribute) => {
                Err(self.many(&read.keys, "pod", reference, attribute))
            }
            Pick::Attribute(_) | Pick::All => {
                let value =
                    self.together(&read.keys, |evaluator, key| evaluator.read(read, key))?;
                self.steps(value, reference.span, &reference.steps, scope)
            }
        }
    }

    fn read(&mut self, read: &Read, key: Option<InstanceKey>) -> Eval {
        let made = read.values.get(&key).ok_or(Failed)?;
        Ok(self.made(made))
    }
}
