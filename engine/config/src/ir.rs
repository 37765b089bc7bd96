//! The compact form that a file's syntax tree is lowered to: interned names, small spans,
//! references already told apart from the variables that a `for` binds.

use crate::source::Span;
use crate::value::Val;
use std::sync::Arc;

/// An interned name.
pub(crate) type Name = Arc<str>;

/// A name and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Spanned {
    pub(crate) text: Name,
    pub(crate) span: Span,
}

/// The content of a block or file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) blocks: Vec<Block>,
}

impl Body {
    /// Gives back the memory that more items would take: a configuration holds many small bodies.
    pub(crate) fn shrink(&mut self) {
        self.attributes.shrink_to_fit();
        self.blocks.shrink_to_fit();
    }

    /// The attribute of this name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name.text == name)
    }

    /// The `dynamic` blocks that make blocks of this type.
    pub(crate) fn dynamics(&self, kind: &str) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |block| block.makes().is_some_and(|made| **made == *kind))
    }

    /// The blocks of this type.
    pub(crate) fn blocks(&self, kind: &str) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |block| &*block.kind.text == kind)
    }
}

/// `name = value`.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: Spanned,
    pub(crate) value: Expr,
}

/// `kind "label" { … }`.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) kind: Spanned,
    pub(crate) labels: Vec<Spanned>,
    /// From the type to the last label.
    pub(crate) header: Span,
    pub(crate) body: Body,
}

impl Block {
    /// Whether it stands for any number of other blocks.
    pub(crate) fn is_dynamic(&self) -> bool {
        &*self.kind.text == "dynamic"
    }

    /// The type of the blocks that a `dynamic` block makes.
    pub(crate) fn makes(&self) -> Option<&Name> {
        self.labels.first().filter(|_| self.is_dynamic()).map(|label| &label.text)
    }
}

/// An expression.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Literal(Val),
    Template(Box<[Part]>),
    List(Box<[Expr]>),
    Object(Box<[Entry]>),
    /// A variable that a `for` bound.
    Bound(Name),
    Reference(Box<Reference>),
    /// Steps into another expression than a reference.
    Access(Box<Access>),
    Conditional(Box<[Expr; 3]>),
    Call(Box<Call>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Box<Binary>),
    For(Box<For>),
    Paren(Box<Expr>),
    /// Something whose fault has been reported.
    Broken,
}

/// One entry of an object literal.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Expr,
    pub(crate) value: Expr,
}

/// A part of a template.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(Name),
    Value(Expr),
    If(Box<Branches>),
    For(Box<TemplateFor>),
}

/// `%{ if … }…%{ else }…%{ endif }`.
#[derive(Debug, Clone)]
pub(crate) struct Branches {
    pub(crate) condition: Expr,
    pub(crate) yes: Box<[Part]>,
    pub(crate) no: Box<[Part]>,
}

/// `%{ for k, v in … }…%{ endfor }`.
#[derive(Debug, Clone)]
pub(crate) struct TemplateFor {
    pub(crate) key: Option<Name>,
    pub(crate) value: Name,
    pub(crate) collection: Expr,
    pub(crate) body: Box<[Part]>,
}

/// What a reference begins with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Variable(Name),
    Local(Name),
    Pod(Name),
    Module(Name),
    /// `each.key` (true) or `each.value`.
    Each {
        key: bool,
    },
    CountIndex,
    /// `self`, the pod in its own postcondition.
    Own,
    /// `path.module` and the like.
    Path(Name),
    /// `podform.workspace`.
    Podform(Name),
    /// `secret.NAME` or `secret["NAME"]`.
    Secret(Name),
    /// `data.pod.NAME`.
    Data(Name),
    /// Anything else.
    Nothing(Name),
}

/// A reference and the steps after it.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) target: Target,
    /// The span of the target alone: `var.x` of `var.x.y`.
    pub(crate) span: Span,
    pub(crate) steps: Box<[Step]>,
}

/// Steps into the value of an expression.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) of: Expr,
    pub(crate) steps: Box<[Step]>,
}

/// One step into a value.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) span: Span,
    pub(crate) kind: StepKind,
}

/// What a step is.
#[derive(Debug, Clone)]
pub(crate) enum StepKind {
    Attribute(Name),
    Index(Expr),
    /// `.0`
    LegacyIndex(Expr),
    /// `.*`: only steps with a dot follow it into each item.
    AttributeSplat,
    /// `[*]`.
    Splat,
}

/// A function call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: Spanned,
    pub(crate) arguments: Box<[Expr]>,
    /// Whether the last argument ends with `...`.
    pub(crate) expand: bool,
}

/// Operations of one level in a row, from left to right: `a + b - c`.
#[derive(Debug, Clone)]
pub(crate) struct Binary {
    pub(crate) first: Expr,
    pub(crate) rest: Box<[(Operator, Expr)]>,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
    Or,
}

/// `[for k, v in …: …]` or `{for k, v in …: … => …}`.
#[derive(Debug, Clone)]
pub(crate) struct For {
    pub(crate) key: Option<Name>,
    pub(crate) value: Name,
    pub(crate) collection: Expr,
    /// The key of each entry, when an object is made.
    pub(crate) entry_key: Option<Expr>,
    pub(crate) entry: Expr,
    pub(crate) group: bool,
    pub(crate) condition: Option<Expr>,
}

impl Expr {
    /// The text, when the expression is a string without interpolation.
    pub(crate) fn as_text(&self) -> Option<&Name> {
        match &self.kind {
            Kind::Literal(Val::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Calls `visit` for this expression and all within.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.kind {
            Kind::Literal(_) | Kind::Bound(_) | Kind::Broken => {}
            Kind::Template(parts) => walk_parts(parts, visit),
            Kind::List(items) => items.iter().for_each(|item| item.walk(visit)),
            Kind::Object(entries) => {
                for entry in entries {
                    entry.key.walk(visit);
                    entry.value.walk(visit);
                }
            }
            Kind::Reference(reference) => walk_steps(&reference.steps, visit),
            Kind::Access(access) => {
                access.of.walk(visit);
                walk_steps(&access.steps, visit);
            }
            Kind::Conditional(parts) => parts.iter().for_each(|part| part.walk(visit)),
            Kind::Call(call) => call.arguments.iter().for_each(|argument| argument.walk(visit)),
            Kind::Not(inner) | Kind::Negate(inner) | Kind::Paren(inner) => inner.walk(visit),
            Kind::Binary(binary) => {
                binary.first.walk(visit);
                binary.rest.iter().for_each(|(_, operand)| operand.walk(visit));
            }
            Kind::For(looped) => {
                looped.collection.walk(visit);
                if let Some(key) = &looped.entry_key {
                    key.walk(visit);
                }
                looped.entry.walk(visit);
                if let Some(condition) = &looped.condition {
                    condition.walk(visit);
                }
            }
        }
    }
}

fn walk_steps<'a>(steps: &'a [Step], visit: &mut dyn FnMut(&'a Expr)) {
    for step in steps {
        if let StepKind::Index(index) | StepKind::LegacyIndex(index) = &step.kind {
            index.walk(visit);
        }
    }
}

fn walk_parts<'a>(parts: &'a [Part], visit: &mut dyn FnMut(&'a Expr)) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Value(value) => value.walk(visit),
            Part::If(branches) => {
                branches.condition.walk(visit);
                walk_parts(&branches.yes, visit);
                walk_parts(&branches.no, visit);
            }
            Part::For(looped) => {
                looped.collection.walk(visit);
                walk_parts(&looped.body, visit);
            }
        }
    }
}

impl Body {
    /// Calls `visit` for every expression of the body and of the blocks within.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        for attribute in &self.attributes {
            attribute.value.walk(visit);
        }
        for block in &self.blocks {
            block.body.walk(visit);
        }
    }
}
