//! `moved`, `removed` and `import` blocks: what they name, and what becomes of them once the
//! instances of pods and modules are known.

use crate::config::{Configuration, Repeat};
use crate::desired::repeat;
use crate::eval::Evaluator;
use crate::ir::{self, Expr, Kind, Name, StepKind};
use crate::modules::ModuleId;
use crate::source::Span;
use crate::types::convert;
use crate::value::{Ty, Val};
use crate::world::{Keys, ROOT_ROOM, World};
use podform_model::convert::normal_pod_id;
use podform_model::{
    Address, Desired, Diagnostic, Diagnostics, Import, InstanceKey, ModuleStep, Moved, ProviderRef,
    Removed, Target, code,
};
use std::collections::BTreeMap;

/// The blocks of a module that say something about the addresses of pods that exist.
#[derive(Debug, Default)]
pub(crate) struct Refactors {
    pub(crate) moved: Vec<MovedBlock>,
    pub(crate) removed: Vec<RemovedBlock>,
    pub(crate) imports: Vec<ImportBlock>,
}

/// A `moved` block.
#[derive(Debug)]
pub(crate) struct MovedBlock {
    pub(crate) from: (Target, Span),
    pub(crate) to: Target,
}

/// A `removed` block.
#[derive(Debug)]
pub(crate) struct RemovedBlock {
    pub(crate) from: (Target, Span),
    pub(crate) destroy: bool,
}

/// An `import` block.
#[derive(Debug)]
pub(crate) struct ImportBlock {
    pub(crate) header: Span,
    pub(crate) to: Expr,
    pub(crate) id: Expr,
    pub(crate) repeat: Repeat,
    pub(crate) provider: Option<(ProviderRef, Span)>,
}

/// The pod or module that an expression names; the keys are given by `key`. `None`: it names
/// neither, or a key failed.
pub(crate) fn target(
    expr: &Expr,
    key: &mut dyn FnMut(&Expr) -> Option<InstanceKey>,
) -> Option<Target> {
    let Kind::Reference(reference) = &expr.kind else { return None };
    let (root, name) = match &reference.target {
        ir::Target::Pod(name) => ("pod", name),
        ir::Target::Module(name) => ("module", name),
        _ => return None,
    };
    let mut out = begin(Target::Module(Vec::new()), root, name)?;
    // The word `pod` or `module` that a name must follow.
    let mut root: Option<&Name> = None;
    for step in &*reference.steps {
        match (&step.kind, root.take()) {
            (StepKind::Attribute(name), Some(root)) => out = begin(out, root, name)?,
            (StepKind::Attribute(word), None) => root = Some(word),
            (StepKind::Index(index), None) => end(&mut out, key(index)?)?,
            _ => return None,
        }
    }
    root.is_none().then_some(out)
}

/// Goes one step on: only from a module.
fn begin(target: Target, root: &str, name: &Name) -> Option<Target> {
    let Target::Module(mut module) = target else { return None };
    match root {
        "pod" => Some(Target::Pod(Address { module, ..Address::pod(&**name) })),
        "module" => {
            module.push(ModuleStep { name: name.to_string(), key: None });
            Some(Target::Module(module))
        }
        _ => None,
    }
}

/// Puts a key to what stands before it, which must have none yet.
fn end(target: &mut Target, key: InstanceKey) -> Option<()> {
    let slot = match target {
        Target::Pod(address) => &mut address.key,
        Target::Module(module) => &mut module.last_mut()?.key,
    };
    if slot.is_some() {
        return None;
    }
    *slot = Some(key);
    Some(())
}

/// A value as the key of an instance.
pub(crate) fn instance_key(value: &Val) -> Option<InstanceKey> {
    match value {
        Val::String(name) => Some(InstanceKey::Name(name.to_string())),
        Val::Number(number) => number.as_u64().map(InstanceKey::Index),
        _ => None,
    }
}

impl Configuration {
    /// Says what the blocks of all modules mean for the pods that are desired.
    pub(crate) fn refactor(
        &self,
        world: &World<'_>,
        desired: &mut Desired,
        found: &mut Diagnostics,
    ) {
        for (id, node) in self.modules.iter() {
            let base = self.names(id);
            let Refactors { moved, removed, imports } = &node.module.refactors;
            for block in moved {
                self.still_declared(world, id, &block.from, Some(&block.to), desired, found);
                desired.refactor.moved.push(Moved {
                    base: base.clone(),
                    from: block.from.0.clone(),
                    to: block.to.clone(),
                    label: self.sources.label(block.from.1, ""),
                });
            }
            for block in removed {
                self.still_declared(world, id, &block.from, None, desired, found);
                desired.refactor.removed.push(Removed {
                    base: base.clone(),
                    from: block.from.0.clone(),
                    destroy: block.destroy,
                    label: self.sources.label(block.from.1, ""),
                });
            }
            let mut seen = BTreeMap::new();
            for block in imports {
                if id == crate::modules::ROOT {
                    import(world, block, desired, &mut seen, found);
                } else {
                    let label = self.sources.label(block.header, "in a module that is called");
                    let summary = "`import` blocks stand in the root module only";
                    found.push(
                        Diagnostic::error(code::INVALID_VALUE, summary).label(label).help(
                            "move the block to the root module and write the module into `to`",
                        ),
                    );
                }
            }
        }
    }

    /// The names of the modules on the way to one.
    fn names(&self, id: ModuleId) -> Vec<String> {
        let way = self.modules.way(id).into_iter();
        way.filter_map(|id| Some(self.modules.node(id).parent.as_ref()?.1.to_string())).collect()
    }

    /// What a block says is gone must not be declared.
    fn still_declared(
        &self,
        world: &World<'_>,
        id: ModuleId,
        (from, span): &(Target, Span),
        to: Option<&Target>,
        desired: &Desired,
        found: &mut Diagnostics,
    ) {
        if to == Some(from) {
            return;
        }
        let whole = from.own_key().is_none() && to.is_none_or(|to| to.own_key().is_none());
        let declared = match whole {
            true => self.declaration(id, from),
            false if exists(world, id, from, desired) => self.declaration(id, from),
            false => None,
        };
        let Some(header) = declared else { return };
        let (summary, help) = match to {
            Some(to) => (
                format!("`{from}` has moved to `{to}`, but is still declared"),
                format!("declare it as `{to}` instead, or remove this `moved` block"),
            ),
            None => (
                format!("`{from}` is removed, but is still declared"),
                "remove the declaration, or this `removed` block".to_owned(),
            ),
        };
        found.push(
            Diagnostic::error(code::STILL_DECLARED, summary)
                .label(self.sources.label(*span, "said to be gone"))
                .label(self.sources.label(header, "declared here"))
                .help(help),
        );
    }

    /// The block that declares a pod or module, whatever the instance.
    fn declaration(&self, id: ModuleId, target: &Target) -> Option<Span> {
        let (inner, last) = match target {
            Target::Pod(address) => (address.module.as_slice(), None),
            Target::Module(module) => module.split_last().map(|(last, rest)| (rest, Some(last)))?,
        };
        let module = inner.iter().try_fold(id, |at, step| {
            self.modules.node(at).children.get(step.name.as_str()).copied()
        })?;
        let module = &self.modules.node(module).module;
        match (target.pod(), last) {
            (Some(pod), _) => module.pods.get(pod).map(|pod| pod.header),
            (None, Some(last)) => module.calls.get(last.name.as_str()).map(|call| call.header),
            (None, None) => None,
        }
    }
}

/// Whether an instance exists in any instance of the module that a block stands in.
fn exists(world: &World<'_>, id: ModuleId, target: &Target, desired: &Desired) -> bool {
    world.rooms_of(id).iter().any(|room| {
        let mut module = world.room(*room).path.clone();
        module.extend(target.module().iter().cloned());
        match target {
            Target::Module(_) => world.find(&module).is_some(),
            Target::Pod(address) => {
                desired.pods.contains_key(&Address { module, ..address.clone() })
            }
        }
    })
}

/// Evaluates an `import` block: one import, or one for each key of its `for_each`.
fn import(
    world: &World<'_>,
    block: &ImportBlock,
    desired: &mut Desired,
    seen: &mut BTreeMap<Address, Span>,
    found: &mut Diagnostics,
) {
    let mut evaluator = Evaluator::new(world, ROOT_ROOM);
    let keys = repeat::keys(&mut evaluator, &block.repeat).unwrap_or(Keys::None);
    for key in keys.all() {
        evaluator.instance = keys.instance(key.as_ref()).unwrap_or_default();
        let to = address(&mut evaluator, &block.to);
        let id = id(&mut evaluator, &block.id);
        let (Some(to), Some(id)) = (to, id) else { continue };
        if let Some(first) = seen.insert(to.clone(), block.to.span) {
            let diagnostic = Diagnostic::error(code::DUPLICATE, format!("{to} is imported twice"))
                .label(world.sources.label(block.to.span, "again here"))
                .label(world.sources.label(first, "first here"))
                .help("keep one of these blocks");
            evaluator.push(diagnostic);
            continue;
        }
        provider(&mut evaluator, block, &to, desired);
        desired.refactor.imports.push(Import {
            label: world.sources.label(block.to.span, ""),
            provider: block.provider.as_ref().map(|(name, _)| name.clone()),
            to,
            id,
        });
    }
    found.extend(evaluator.diagnostics);
}

/// A declared pod says itself which provider runs it; one to be written must find it configured.
fn provider(evaluator: &mut Evaluator<'_>, block: &ImportBlock, to: &Address, desired: &Desired) {
    let Some((name, span)) = &block.provider else { return };
    let found = if desired.pods.contains_key(to) {
        let summary = format!("{to} is declared, and says itself which provider runs it");
        Diagnostic::error(code::PROVIDER_CHOICE, summary)
            .help("remove `provider` from the `import` block")
    } else if !desired.providers.contains_key(name) {
        let summary = format!("the provider `{name}` is not configured");
        Diagnostic::error(code::PROVIDER_CHOICE, summary)
            .help(format!("add `provider \"{}\" {{}}`", name.name))
    } else {
        return;
    };
    let label = evaluator.world.sources.label(*span, "");
    evaluator.push(found.label(label));
}

/// The pod that `to` names.
fn address(evaluator: &mut Evaluator<'_>, to: &Expr) -> Option<Address> {
    let before = evaluator.diagnostics.0.len();
    let named = target(to, &mut |index| {
        let value = evaluator.value(index).ok()?;
        let key = instance_key(&value);
        if key.is_none() {
            let text = "the key of an instance must be a known text or number";
            evaluator.fault(index, None, text, "");
        }
        key
    });
    match named {
        Some(Target::Pod(address)) => Some(address),
        _ => {
            if evaluator.diagnostics.0.len() == before {
                let text = "`to` names a pod, as `pod.web` or `module.shop.pod.web[\"eu\"]`";
                evaluator.report(to.span, text, "not a pod");
            }
            None
        }
    }
}

fn id(evaluator: &mut Evaluator<'_>, expr: &Expr) -> Option<String> {
    let value = evaluator.value(expr).ok()?;
    let problem = match (&value, convert(&value, &Ty::String)) {
        (value, _) if value.has_sensitive() => "must not be sensitive: it is shown everywhere",
        (value, _) if value.has_unknown() && evaluator.world.may_wait() => return None,
        (value, _) if value.has_unknown() => "must be known before anything is planned",
        (_, Ok(Val::String(id))) if !id.is_empty() => return Some(normal_pod_id(&id)),
        _ => "is the id of a pod that runs, a text as `/shop/web`",
    };
    evaluator.fault(expr, None, format!("the `id` of an `import` {problem}"), "");
    None
}
