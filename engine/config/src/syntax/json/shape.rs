//! What JSON leaves open: which keys of an object are blocks, how many labels these take, and
//! which texts are names or types instead of templates. All of it is in the tables of the language.

use crate::query::language::{self, Form, PROVIDER, TOP};
use crate::query::test_files::TEST;
use podform_model::schema::{Block, POD, Repeat};

/// What a body holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// What a table of the language says.
    Language(&'static language::Shape),
    /// Arguments only, every value an expression.
    Arguments,
    /// A block of the table of the pod.
    Schema(Nested),
    /// A pod: its table and its meta-blocks.
    Pod,
    /// A `dynamic` block that makes blocks of a shape.
    Dynamic(Nested),
}

/// A block of the table of the pod.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nested(&'static Block);

impl PartialEq for Nested {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// A block: the number of its labels and what it holds.
pub(crate) type Known = (Labels, Shape);

/// How many labels a block takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Labels {
    Exactly(usize),
    /// One, and a second when every value below is an object.
    OneOrTwo,
}

impl Shape {
    /// A configuration file.
    pub(crate) const TOP: Self = Self::Language(&TOP);
    /// A test file.
    pub(crate) const TEST: Self = Self::Language(&TEST);
    const PROVIDER: Self = Self::Language(&PROVIDER);

    /// The block of this name, when a body of this shape has one.
    pub(crate) fn block(self, name: &str) -> Option<Known> {
        if self == Self::PROVIDER && name == "secret_store" {
            return Some((Labels::OneOrTwo, Self::Arguments));
        }
        match self {
            Self::Language(shape) => of_language(shape, name),
            Self::Pod => of_language(&language::POD, name).or_else(|| of_schema(&POD, name)),
            Self::Schema(Nested(block)) => of_schema(block, name),
            Self::Dynamic(block) => {
                (name == "content").then_some((Labels::Exactly(0), Self::Schema(block)))
            }
            Self::Arguments => None,
        }
    }

    /// What a `dynamic` block of these blocks holds.
    pub(crate) fn dynamic(self, kind: &str) -> Self {
        match self.block(kind) {
            Some((_, Self::Schema(block))) => Self::Dynamic(block),
            _ => Self::Arguments,
        }
    }

    /// Whether the body may hold `dynamic` blocks.
    pub(crate) fn has_dynamic(self) -> bool {
        self == Self::PROVIDER || matches!(self, Self::Pod | Self::Schema(_))
    }

    /// Whether it is a file, in which everything is a block.
    pub(crate) fn is_file(self) -> bool {
        self == Self::TOP || self == Self::TEST
    }

    /// Whether the text of this argument is an expression by itself: a name, a reference or a type.
    pub(crate) fn is_expression(self, name: &str) -> bool {
        let shape = match self {
            Self::Language(shape) => shape,
            Self::Pod => &language::POD,
            Self::Dynamic(_) => return name == "iterator",
            Self::Schema(_) | Self::Arguments => return false,
        };
        shape.item(name).is_some_and(|item| {
            !matches!(
                item.form,
                Form::Expression | Form::Text | Form::Bool | Form::Duration | Form::Block(..)
            )
        })
    }
}

fn of_language(shape: &'static language::Shape, name: &str) -> Option<Known> {
    let Form::Block(labels, inner) = shape.item(name)?.form else { return None };
    let inner = if *inner == language::POD { Shape::Pod } else { Shape::Language(inner) };
    Some((Labels::Exactly(labels.len()), inner))
}

fn of_schema(block: &'static Block, name: &str) -> Option<Known> {
    let known = block.attribute(name)?;
    let label = matches!(known.repeat, Repeat::Many { label: Some(_), .. });
    Some((Labels::Exactly(usize::from(label)), Shape::Schema(Nested(known.block()?))))
}
