//! The types of values.

use super::Val;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A type, as far as it is known.
/// Clones are cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ty {
    Any,
    Bool,
    Number,
    String,
    Secret,
    List(Arc<Self>),
    Set(Arc<Self>),
    Map(Arc<Self>),
    Tuple(Arc<Vec<Self>>),
    Object(Arc<Fields>),
}

/// The attributes of an object type.
pub(crate) type Fields = BTreeMap<Arc<str>, Field>;

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) ty: Ty,
    /// What it is when it is left out; required without. Only a constraint has one, the type of a
    /// value never.
    pub(crate) default: Option<Val>,
}

impl From<Ty> for Field {
    fn from(ty: Ty) -> Self {
        Self { ty, default: None }
    }
}

impl Ty {
    pub(crate) fn list(of: Self) -> Self {
        Self::List(Arc::new(of))
    }

    pub(crate) fn set(of: Self) -> Self {
        Self::Set(Arc::new(of))
    }

    pub(crate) fn map(of: Self) -> Self {
        Self::Map(Arc::new(of))
    }

    pub(crate) fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Arc::new(items))
    }

    pub(crate) fn object(fields: Fields) -> Self {
        Self::Object(Arc::new(fields))
    }

    /// The type that values of a constraint have: without defaults.
    pub(crate) fn plain(&self) -> Self {
        if !self.has_defaults() {
            return self.clone();
        }
        match self {
            Self::List(of) => Self::list(of.plain()),
            Self::Set(of) => Self::set(of.plain()),
            Self::Map(of) => Self::map(of.plain()),
            Self::Tuple(items) => Self::tuple(items.iter().map(Self::plain).collect()),
            Self::Object(fields) => Self::object(
                fields
                    .iter()
                    .map(|(name, field)| (name.clone(), field.ty.plain().into()))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    fn has_defaults(&self) -> bool {
        match self {
            Self::List(of) | Self::Set(of) | Self::Map(of) => of.has_defaults(),
            Self::Tuple(items) => items.iter().any(Self::has_defaults),
            Self::Object(fields) => {
                fields.values().any(|field| field.default.is_some() || field.ty.has_defaults())
            }
            _ => false,
        }
    }

    /// What a value of this type is called.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Any => "a value known after apply",
            Self::Bool => "a bool",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Secret => "a secret reference",
            Self::List(_) | Self::Tuple(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
        }
    }

    /// The type as a constraint is written.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Any => "any".into(),
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::Secret => "secret".into(),
            Self::List(of) => format!("list({})", of.text()),
            Self::Set(of) => format!("set({})", of.text()),
            Self::Map(of) => format!("map({})", of.text()),
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(Self::text).collect();
                format!("tuple([{}])", items.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, field)| match field.default.is_some() {
                        true => format!("{name} = optional({})", field.ty.text()),
                        false => format!("{name} = {}", field.ty.text()),
                    })
                    .collect();
                format!("object({{ {} }})", fields.join(", "))
            }
        }
    }
}
