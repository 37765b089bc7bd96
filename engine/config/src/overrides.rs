//! Override files: `override.pf.hcl`, `NAME_override.pf.hcl` and the same in JSON change blocks
//! that the other files declare, one after the other in the order of their names.

use crate::ir::{Block, Body, Name};
use crate::source::Sources;
use podform_model::{Diagnostic, Diagnostics, code};
use std::collections::HashMap;

/// The blocks that an override file may change.
const KINDS: &[&str] =
    &["podform", "locals", "variable", "output", "provider", "pod", "module", "data"];
/// Nested blocks whose arguments are merged; others are replaced, all of one type at once.
const MERGED: &[&str] = &["lifecycle", "required_providers"];

/// Whether a file of this name overrides others.
pub(crate) fn is_override(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let stem = base.strip_suffix(".pf.hcl").or_else(|| base.strip_suffix(".pf.json"));
    stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

/// Puts what the override files say into the bodies of the others. `files` are the bodies with
/// the index of their file.
pub(crate) fn merge(
    files: Vec<(usize, Body)>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<Body> {
    let over = |file: usize| sources.files.get(file).is_some_and(|file| is_override(&file.name));
    let (overrides, base): (Vec<_>, Vec<_>) = files.into_iter().partition(|(file, _)| over(*file));
    let mut bodies: Vec<Body> = base.into_iter().map(|(_, body)| body).collect();
    if overrides.is_empty() {
        return bodies;
    }
    let mut places = Places::of(&bodies);
    for (_, body) in overrides {
        for attribute in &body.attributes {
            let label = sources.label(attribute.name.span, "only blocks may stand here");
            let name = &attribute.name.text;
            diagnostics.push(
                Diagnostic::error(code::UNKNOWN_ATTRIBUTE, format!("unknown attribute `{name}`"))
                    .label(label),
            );
        }
        for block in body.blocks {
            places.apply(&mut bodies, block, sources, diagnostics);
        }
    }
    bodies
}

/// Where each block is: the index of its body and its own.
struct Places {
    blocks: HashMap<Key, (usize, usize)>,
    locals: HashMap<Name, (usize, usize)>,
    settings: Option<(usize, usize)>,
}

/// The type of a block, its labels, and the alias of a provider.
#[derive(PartialEq, Eq, Hash)]
struct Key(Name, Vec<Name>, Option<Name>);

impl Key {
    fn of(block: &Block) -> Self {
        let alias = block.body.attribute("alias").and_then(|alias| alias.value.as_text().cloned());
        let alias = alias.filter(|_| &*block.kind.text == "provider");
        let labels = block.labels.iter().map(|label| label.text.clone()).collect();
        Self(block.kind.text.clone(), labels, alias)
    }
}

impl Places {
    fn of(bodies: &[Body]) -> Self {
        let mut out = Self { blocks: HashMap::new(), locals: HashMap::new(), settings: None };
        for (at, body) in bodies.iter().enumerate() {
            for (index, block) in body.blocks.iter().enumerate() {
                match &*block.kind.text {
                    "locals" => {
                        let names = block.body.attributes.iter().map(|local| &local.name.text);
                        out.locals.extend(names.map(|name| (name.clone(), (at, index))));
                    }
                    "podform" => out.settings = out.settings.or(Some((at, index))),
                    _ => {
                        out.blocks.entry(Key::of(block)).or_insert((at, index));
                    }
                }
            }
        }
        out
    }

    fn apply(
        &mut self,
        bodies: &mut [Body],
        block: Block,
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) {
        let kind = &*block.kind.text;
        if !KINDS.contains(&kind) {
            let summary = format!("a block `{kind}` cannot be overridden");
            let label = sources.label(block.header, "in an override file");
            diagnostics.push(
                Diagnostic::error(code::OVERRIDE, summary)
                    .label(label)
                    .help("move it to a file that is no override file"),
            );
            return;
        }
        if kind == "locals" {
            self.locals(bodies, block, sources, diagnostics);
            return;
        }
        let place = match kind {
            "podform" => self.settings,
            _ => self.blocks.get(&Key::of(&block)).copied(),
        };
        let base = place.and_then(|(at, index)| bodies.get_mut(at)?.blocks.get_mut(index));
        match base {
            Some(base) => put(&mut base.body, block.body),
            None => diagnostics.push(no_base(sources, sources.text(block.header), block.header)),
        }
    }

    fn locals(
        &self,
        bodies: &mut [Body],
        block: Block,
        sources: &Sources,
        diagnostics: &mut Diagnostics,
    ) {
        for local in block.body.attributes {
            let name = local.name.text.clone();
            let place = self.locals.get(&name);
            let base = place.and_then(|(at, index)| bodies.get_mut(*at)?.blocks.get_mut(*index));
            let base = base.and_then(|base| {
                base.body.attributes.iter_mut().find(|known| known.name.text == name)
            });
            match base {
                Some(base) => *base = local,
                None => {
                    let what = format!("local.{name}");
                    diagnostics.push(no_base(sources, &what, local.name.span));
                }
            }
        }
    }
}

/// Replaces arguments, and all blocks of a type at once.
fn put(base: &mut Body, over: Body) {
    for attribute in over.attributes {
        match base.attributes.iter_mut().find(|known| known.name.text == attribute.name.text) {
            Some(known) => *known = attribute,
            None => base.attributes.push(attribute),
        }
    }
    let (merged, replaced): (Vec<Block>, Vec<Block>) =
        over.blocks.into_iter().partition(|block| MERGED.contains(&&*block.kind.text));
    base.blocks.retain(|known| !replaced.iter().any(|block| replaces(block, known)));
    base.blocks.extend(replaced);
    for block in merged {
        match base.blocks.iter_mut().find(|known| known.kind.text == block.kind.text) {
            Some(known) => put(&mut known.body, block.body),
            None => base.blocks.push(block),
        }
    }
}

/// Whether a block stands for another: of its type, also where one of them is `dynamic`.
fn replaces(block: &Block, known: &Block) -> bool {
    let made = |block: &Block| block.makes().unwrap_or(&block.kind.text).clone();
    made(block) == made(known)
}

fn no_base(sources: &Sources, what: &str, span: crate::source::Span) -> Diagnostic {
    Diagnostic::error(code::OVERRIDE, format!("`{what}` overrides nothing"))
        .label(sources.label(span, "not declared in another file"))
        .help("declare it in a file that is no override file")
}
