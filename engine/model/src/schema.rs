//! The schema: one table of data from which decoding, validation, diff, documentation and
//! completion derive.
//!
//! [`POD`] is the pod. Types and limits follow Marathon 1.11's pod definition (its RAML files),
//! which the same pod must satisfy on every provider.

mod pod;
mod reference;

use crate::change::ChangeClass;
use foldhash::HashSet;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

pub use pod::{COMPUTED, COMPUTED_ENDPOINT, COMPUTED_INSTANCE, POD};
pub use reference::{change_in_words, default_of, reference, type_of};

/// What a string must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// Anything.
    Any,
    /// One character or more.
    NonEmpty,
    /// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, 1 to 63 characters.
    Name,
    /// As `Name`, and `_` within.
    NetworkName,
    /// 1 to 1024 characters.
    Path,
    /// A pod id: absolute, segments of lower-case letters, digits, `-` and `.`.
    PodId,
}

/// The type of an attribute, with its limits. Every type also accepts an unknown value.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// Text.
    String(Text),
    /// `true` or `false`.
    Bool,
    /// A whole number in a closed range.
    Int {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A number in a closed range.
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// Memory or disk in MiB: a number, or text with a unit (`kb mb gb KiB MiB GiB`, powers of 1024).
    Size {
        /// Least value in MiB.
        min: f64,
        /// Whether a fraction of a MiB is an error.
        whole: bool,
    },
    /// A span of time in seconds: a number, or text with a unit (`ms s m h d w`).
    Duration {
        /// The finest step in milliseconds; finer is an error (0: none).
        step_ms: u32,
    },
    /// One of these texts, compared without case and normalised to the spelling here.
    Enum(&'static [&'static str]),
    /// A number with the limits of `Number`, or `"unlimited"`.
    NumberOrUnlimited {
        /// Least value.
        min: f64,
    },
    /// A size with the limits of `Size`, or `"unlimited"`.
    SizeOrUnlimited {
        /// Least value in MiB.
        min: f64,
    },
    /// A map of strings; numbers and booleans convert.
    StringMap,
    /// A list of strings.
    StringList {
        /// Least length.
        min: usize,
        /// Whether order and repetition do not matter.
        set: bool,
    },
    /// A map of environment variables: strings (numbers and booleans convert) or secret references.
    Environment,
    /// A reference to a `secret` block of the pod.
    Secret,
    /// A nested block.
    Block(&'static Block),
}

/// How often a nested block may stand in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// At most once, without a label: a map.
    Once,
    /// Any number of times: a list of maps, in the order written. The label, if it takes one, is
    /// the attribute `name` of each map.
    Many {
        /// Whether the block takes a label.
        label: Option<Text>,
        /// The attributes that identify an item when two lists are compared; none: the whole item.
        key: &'static [&'static str],
    },
}

/// What an attribute is when nothing is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// Absent.
    None,
    /// A number (of seconds or MiB where the type says so).
    Number(f64),
    /// Text.
    String(&'static str),
    /// A boolean.
    Bool(bool),
    /// A list of strings.
    Strings(&'static [&'static str]),
    /// The block with its own defaults.
    Block,
    /// Made from other values where the pod is decoded; the documentation says how.
    Computed(&'static str),
}

/// One attribute or nested block.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// Its name in HCL.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Default,
    /// Whether it must be written.
    pub required: bool,
    /// How often, when it is a block.
    pub repeat: Repeat,
    /// Its documentation: what it is, units, limits.
    pub doc: &'static str,
    /// Its name in Marathon's pod definition, an alias for did-you-mean; empty: none.
    pub marathon: &'static str,
    /// What its change does on Mesos; `None`: as the parent's.
    pub on_mesos: Option<ChangeClass>,
    /// What its change does on Marathon; `None`: as the parent's.
    pub on_marathon: Option<ChangeClass>,
}

impl Attribute {
    /// An optional attribute.
    #[must_use]
    pub const fn new(name: &'static str, ty: Type, doc: &'static str) -> Self {
        Self {
            name,
            ty,
            default: Default::None,
            required: false,
            repeat: Repeat::Once,
            doc,
            marathon: "",
            on_mesos: None,
            on_marathon: None,
        }
    }

    /// With a default.
    #[must_use]
    pub const fn default(mut self, default: Default) -> Self {
        self.default = default;
        self
    }

    /// Must be written.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// A repeated block.
    #[must_use]
    pub const fn many(mut self, label: Option<Text>, key: &'static [&'static str]) -> Self {
        self.repeat = Repeat::Many { label, key };
        self
    }

    /// Its name in Marathon's pod definition.
    #[must_use]
    pub const fn marathon(mut self, name: &'static str) -> Self {
        self.marathon = name;
        self
    }

    /// What its change does.
    #[must_use]
    pub const fn change(mut self, mesos: ChangeClass, marathon: ChangeClass) -> Self {
        self.on_mesos = Some(mesos);
        self.on_marathon = Some(marathon);
        self
    }

    /// Whether it is a block that may stand several times.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        matches!(self.repeat, Repeat::Many { .. })
    }

    /// The nested block, when it is one.
    #[must_use]
    pub const fn block(&self) -> Option<&'static Block> {
        match self.ty {
            Type::Block(block) => Some(block),
            _ => None,
        }
    }
}

/// The content of a block.
#[derive(Debug)]
pub struct Block {
    /// What the block is, in one sentence.
    pub doc: &'static str,
    /// Its attributes and nested blocks, in the order of the documentation.
    pub attributes: &'static [Attribute],
    /// Sets of attributes of which at most one may be written.
    pub exclusive: &'static [&'static [&'static str]],
}

impl Block {
    /// The attribute of this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The attribute at the end of a way of names.
    pub fn find<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<&'static Attribute> {
        let mut block = None;
        let mut found = None;
        for name in names {
            let attribute = match block {
                None if found.is_none() => self.attribute(name)?,
                Some::<&'static Self>(block) => block.attribute(name)?,
                // Below a map attribute: the map's own entry.
                None => return found,
            };
            block = attribute.block();
            found = Some(attribute);
        }
        found
    }
}

impl Block {
    /// What a change does, by the way of each attribute that says so for itself: `class` picks the
    /// orchestrator's column, as `|attribute| attribute.on_mesos`.
    #[must_use]
    pub fn changes(
        &self,
        class: fn(&Attribute) -> Option<ChangeClass>,
    ) -> BTreeMap<String, ChangeClass> {
        let mut changes = BTreeMap::new();
        self.collect_changes("", class, &mut changes);
        changes
    }

    fn collect_changes(
        &self,
        way: &str,
        class: fn(&Attribute) -> Option<ChangeClass>,
        changes: &mut BTreeMap<String, ChangeClass>,
    ) {
        for attribute in self.attributes {
            let way = match way {
                "" => attribute.name.to_owned(),
                way => format!("{way}.{}", attribute.name),
            };
            if let Some(class) = class(attribute) {
                changes.insert(way.clone(), class);
            }
            if let Some(inner) = attribute.block() {
                inner.collect_changes(&way, class, changes);
            }
        }
    }
}

/// Whether a name is that of a computed attribute of a pod.
#[must_use]
pub fn is_computed(name: &str) -> bool {
    COMPUTED.iter().any(|computed| computed.name == name)
}

/// A value that a pod gets when it runs, readable by other pods and by outputs.
#[derive(Debug, Clone, Copy)]
pub struct Computed {
    /// Its name: `pod.x.NAME`.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
}
/// A name to be held by many values: the names of the schema are shared by all of them.
#[must_use]
pub fn shared_name(name: &str) -> Arc<str> {
    static NAMES: LazyLock<HashSet<Arc<str>>> = LazyLock::new(|| {
        let mut names = COMPUTED.iter().map(|computed| computed.name.into()).collect();
        collect(&POD, &mut names);
        names
    });
    NAMES.get(name).cloned().unwrap_or_else(|| name.into())
}

fn collect(block: &Block, names: &mut HashSet<Arc<str>>) {
    names.insert("name".into());
    for attribute in block.attributes {
        names.insert(attribute.name.into());
        if let Some(block) = attribute.block() {
            collect(block, names);
        }
    }
}
