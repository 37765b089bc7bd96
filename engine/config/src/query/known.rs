//! What may stand in a block: the schema of pods and the table of the language as one.

use super::language::{self, Form, Item, Shape};
use super::outline::{Block, Outline};
use podform_model::change::ChangeClass;
use podform_model::schema::{self, Attribute, POD, Repeat, Type};

/// What the value of an attribute is expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Any expression.
    Anything,
    /// `true` or `false`.
    Bool,
    /// One of these words, without quotes.
    Words(&'static [&'static str]),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A reference to a secret of the pod.
    Secret,
    /// A type constraint.
    Constraint,
    /// The name of a provider.
    Provider,
    /// A list of pods, modules and `data` blocks.
    Dependencies,
    /// A list of what has rules that can fail.
    Fallible,
    /// The name of an endpoint of the container.
    Endpoint,
}

/// An attribute or block that may stand somewhere, with its documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name; empty where any name may stand.
    pub name: &'static str,
    /// Whether it is a block.
    pub is_block: bool,
    /// What its labels are, when it is a block that takes some.
    pub labels: &'static [&'static str],
    /// Whether it may stand once only.
    pub once: bool,
    /// Whether it must be written.
    pub required: bool,
    /// Its type, in Markdown.
    pub ty: String,
    /// Its default, in Markdown; empty: none.
    pub default: String,
    /// What it is.
    pub doc: &'static str,
    /// Its name in Marathon's pod definition; empty: none.
    pub marathon: &'static str,
    /// What its change does on Mesos and on Marathon; empty: not said.
    pub change: [&'static str; 2],
    /// What its value is expected to be.
    pub expected: Expected,
}

/// What may stand in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Language(&'static Shape),
    /// A block of the pod's schema; only the pod itself has more than that.
    Schema(Place),
    /// A `dynamic` block that makes blocks of this content.
    Dynamic(Place),
}

/// A block of the schema and what its change does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    block: &'static schema::Block,
    change: [Option<ChangeClass>; 2],
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.block, other.block)
    }
}

impl Eq for Place {}

impl Place {
    const POD: Self = Self { block: &POD, change: [None, None] };

    fn is_pod(self) -> bool {
        std::ptr::eq(self.block, &raw const POD)
    }

    fn nested(self, attribute: &Attribute) -> Option<Self> {
        let own = [attribute.on_mesos, attribute.on_marathon];
        let change = [own[0].or(self.change[0]), own[1].or(self.change[1])];
        Some(Self { block: attribute.block()?, change })
    }
}

impl Content {
    /// What stands in a block within.
    fn nested(self, block: &Block) -> Option<Self> {
        let kind = &*block.kind.text;
        match self {
            Self::Language(shape) if *shape == language::TOP && kind == "pod" => {
                Some(Self::Schema(Place::POD))
            }
            Self::Language(shape) => match shape.item(kind).map(|item| item.form) {
                Some(Form::Block(_, shape)) => Some(Self::Language(shape)),
                _ => None,
            },
            Self::Schema(place) if kind == "dynamic" => {
                let attribute = place.block.attribute(&block.labels.first()?.text)?;
                place.nested(attribute).map(Self::Dynamic)
            }
            Self::Schema(place) => match place.block.attribute(kind) {
                Some(attribute) => place.nested(attribute).map(Self::Schema),
                None if place.is_pod() => Self::Language(&language::POD).nested(block),
                None => None,
            },
            Self::Dynamic(place) => (kind == "content").then_some(Self::Schema(place)),
        }
    }

    fn all(self) -> Vec<Known> {
        match self {
            Self::Language(shape) => shape.items.iter().map(of_language).collect(),
            Self::Schema(place) => {
                let mut all: Vec<Known> =
                    place.block.attributes.iter().map(|item| of_schema(place, item)).collect();
                if place.is_pod() {
                    all.extend(language::POD.items.iter().map(of_language));
                }
                if all.iter().any(|known| known.is_block && !known.once) {
                    all.push(of_language(&language::DYNAMIC_ITEM));
                }
                all
            }
            Self::Dynamic(_) => language::DYNAMIC.items.iter().map(of_language).collect(),
        }
    }
}

impl Outline {
    fn content(&self, block: usize) -> Option<Content> {
        let mut way: Vec<&Block> = self.around(block).collect();
        way.reverse();
        way.into_iter().try_fold(Content::Language(self.top), Content::nested)
    }

    /// Everything that may stand in a block, in the order of the documentation; nothing where the
    /// block itself is unknown.
    #[must_use]
    pub fn known(&self, block: usize) -> Vec<Known> {
        self.content(block).map(Content::all).unwrap_or_default()
    }

    /// What an attribute or block of this name is in a block.
    #[must_use]
    pub fn known_as(&self, block: usize, name: &str) -> Option<Known> {
        let content = self.content(block)?;
        content.all().into_iter().find(|known| known.name == name).or_else(|| match content {
            Content::Language(shape) => shape.free.map(|doc| Known { doc, ..nothing() }),
            _ => None,
        })
    }

    /// What must stand in a block of this name when it is written new, as names and whether each
    /// is a block, in pairs of the thing itself and what it must hold in turn.
    #[must_use]
    pub fn required_within(&self, block: usize, name: &str) -> Vec<Known> {
        let Some(content) = self.content(block) else { return Vec::new() };
        let word = |text: &str| super::outline::Word { text: text.to_owned(), range: 0..0 };
        let new = Block {
            kind: word(name),
            labels: Vec::new(),
            range: 0..0,
            body: 0..0,
            parent: Some(block),
            attributes: Vec::new(),
        };
        let within = content.nested(&new).map(Content::all).unwrap_or_default();
        within.into_iter().filter(|known| known.required).collect()
    }
}

const fn nothing() -> Known {
    Known {
        name: "",
        is_block: false,
        labels: &[],
        once: true,
        required: false,
        ty: String::new(),
        default: String::new(),
        doc: "",
        marathon: "",
        change: ["", ""],
        expected: Expected::Anything,
    }
}

fn of_schema(place: Place, attribute: &'static Attribute) -> Known {
    let own = [attribute.on_mesos, attribute.on_marathon];
    let change = [0, 1].map(|provider| {
        own[provider].or(place.change[provider]).map_or("", schema::change_in_words)
    });
    let labels: &[&str] = match attribute.repeat {
        Repeat::Many { label: Some(_), .. } => &["NAME"],
        _ => &[],
    };
    Known {
        name: attribute.name,
        is_block: attribute.block().is_some(),
        labels,
        once: attribute.repeat == Repeat::Once,
        required: attribute.required,
        ty: schema::type_of(attribute),
        default: if attribute.required { String::new() } else { schema::default_of(attribute) },
        doc: attribute.doc,
        marathon: attribute.marathon,
        change,
        expected: match attribute.ty {
            Type::Bool => Expected::Bool,
            Type::Enum(names) => Expected::OneOf(names),
            Type::NumberOrUnlimited { .. } | Type::SizeOrUnlimited { .. } => {
                Expected::OneOf(&["unlimited"])
            }
            Type::Secret => Expected::Secret,
            Type::String(_) if attribute.name == "endpoint" => Expected::Endpoint,
            _ => Expected::Anything,
        },
    }
}

/// The blocks without labels that may stand more than once.
const SEVERAL: &[&str] = &[
    "assert",
    "import",
    "locals",
    "moved",
    "override_data",
    "override_module",
    "override_pod",
    "postcondition",
    "precondition",
    "removed",
    "validation",
];

fn of_language(item: &'static Item) -> Known {
    let (ty, expected) = match item.form {
        Form::Expression => ("expression", Expected::Anything),
        Form::Text => ("string, written out", Expected::Anything),
        Form::Bool => ("bool, written out", Expected::Bool),
        Form::Duration => ("duration, as `\"10m\"`", Expected::Anything),
        Form::Words(words) => ("word, without quotes", Expected::Words(words)),
        Form::Constraint => ("type constraint, as `list(string)`", Expected::Constraint),
        Form::Dependencies => ("list of references", Expected::Dependencies),
        Form::Fallible => ("list of references", Expected::Fallible),
        Form::Provider => ("name of a provider", Expected::Provider),
        Form::Providers => ("map of providers", Expected::Provider),
        Form::Address => ("address", Expected::Dependencies),
        Form::Paths => ("list of attributes", Expected::Anything),
        Form::Block(..) => ("block", Expected::Anything),
    };
    let (is_block, labels): (bool, &'static [&'static str]) = match item.form {
        Form::Block(labels, _) => (true, labels),
        _ => (false, &[]),
    };
    let once = !is_block || (labels.is_empty() && !SEVERAL.contains(&item.name));
    Known {
        name: item.name,
        is_block,
        labels,
        once,
        required: item.required,
        ty: ty.into(),
        doc: item.doc,
        expected,
        ..nothing()
    }
}
