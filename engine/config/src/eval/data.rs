//! References to what `data` blocks read.

use super::{Eval, Evaluator, Failed, Scope};
use crate::ir::{Name, Reference, Step, StepKind};
use crate::value::{Entries, Ty, Val};
use crate::world::{Keys, Read};
use podform_model::{DataAddress, Diagnostic, InstanceKey, code};

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
        let steps = &*reference.steps;
        let span = reference.span;
        match (&read.keys, steps.first()) {
            (Keys::None, _) => self.steps(Val::NULL, span, steps, scope),
            (Keys::Single, _) => {
                let value = self.read(read, None)?;
                self.steps(value, span, steps, scope)
            }
            (
                keys,
                Some(step @ Step { kind: StepKind::Index(at) | StepKind::LegacyIndex(at), .. }),
            ) => {
                let block = DataAddress(world.address(self.room, name)).to_string();
                let Some(key) = self.instance_key(keys, &block, at, scope)? else {
                    return Ok(Val::unknown(Ty::Any));
                };
                let value = self.read(read, Some(key))?;
                self.steps(value, span.to(step.span), steps.get(1..).unwrap_or_default(), scope)
            }
            (keys, Some(Step { kind: StepKind::Attribute(attribute), .. }))
                if world.is_computed(attribute) =>
            {
                Err(self.many(keys, reference, attribute))
            }
            _ => {
                let value = self.all_read(read)?;
                self.steps(value, span, steps, scope)
            }
        }
    }

    fn many(&mut self, keys: &Keys, reference: &Reference, attribute: &str) -> Failed {
        let text = self.world.sources.text(reference.span).to_owned();
        let label = self.world.sources.label(reference.span, "many pods");
        let example = keys.example();
        let summary = format!("`{text}` is one pod for each {}", keys.noun());
        self.push(
            Diagnostic::error(code::EVALUATION, summary)
                .label(label)
                .help(format!("pick one as `{text}{example}.{attribute}`")),
        )
    }

    fn read(&mut self, read: &Read, key: Option<InstanceKey>) -> Eval {
        let made = read.values.get(&key).ok_or(Failed)?;
        Ok(self.made(made))
    }

    /// All instances: a list for `count`, an object for `for_each`.
    fn all_read(&mut self, read: &Read) -> Eval {
        let mut list = Vec::new();
        let mut object = Entries::new();
        for key in read.keys.all() {
            let value = self.read(read, key.clone())?;
            match key {
                Some(InstanceKey::Name(name)) => drop(object.insert(name.into(), value)),
                _ => list.push(value),
            }
        }
        Ok(match read.keys {
            Keys::Each(_) => Val::object(object),
            _ => Val::tuple(list),
        })
    }
}
