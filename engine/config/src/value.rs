//! The values of the evaluator: those of the model, with the kinds of collections told apart and
//! with a type for what is not yet known.

mod held;
mod order;
mod ty;

use crate::marks::Marks;
use podform_model::{Number, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

pub(crate) use held::{Held, Holds};
pub(crate) use ty::{Field, Fields, Ty};

/// The entries of a map or object.
pub(crate) type Entries = BTreeMap<Arc<str>, Val>;

/// A value while expressions are evaluated. Clones are cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Val {
    /// Null, of this type.
    Null(Ty),
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    /// Items of any types, as `[1, "a"]` writes them.
    Tuple(Arc<Held<Vec<Self>>>),
    /// Items of this type.
    List(Arc<Held<Vec<Self>>>, Arc<Ty>),
    /// Sorted items of this type, none twice.
    Set(Arc<Held<Vec<Self>>>, Arc<Ty>),
    /// Entries of any types, as `{ a = 1 }` writes them.
    Object(Arc<Held<Entries>>),
    /// Entries of this type.
    Map(Arc<Held<Entries>>, Arc<Ty>),
    /// Known after apply.
    Unknown(Ty),
    /// A reference to a secret of the pod.
    Secret(Arc<str>),
    /// A value that is not to be shown.
    Sensitive(Arc<Self>),
    /// A value that is not to be kept; around `Sensitive` when it is both.
    Ephemeral(Arc<Self>),
}

/// Text in Unicode's normal form C, as HCL's strings are.
pub(crate) fn normalise(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

impl Val {
    /// Null of a type that nothing tells.
    pub(crate) const NULL: Self = Self::Null(Ty::Any);

    pub(crate) fn string(text: &str) -> Self {
        Self::String(normalise(text).into())
    }

    pub(crate) fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Arc::new(items.into()))
    }

    pub(crate) fn list(items: Vec<Self>, of: impl Into<Arc<Ty>>) -> Self {
        Self::List(Arc::new(items.into()), of.into())
    }

    pub(crate) fn object(entries: Entries) -> Self {
        Self::Object(Arc::new(entries.into()))
    }

    pub(crate) fn map(entries: Entries, of: impl Into<Arc<Ty>>) -> Self {
        Self::Map(Arc::new(entries.into()), of.into())
    }

    pub(crate) fn unknown(ty: Ty) -> Self {
        Self::Unknown(ty)
    }

    pub(crate) fn int(value: usize) -> Self {
        Self::Number(Number::from(value as u64))
    }

    /// A set of these items: sorted, each once.
    pub(crate) fn set(mut items: Vec<Self>, of: impl Into<Arc<Ty>>) -> Self {
        order::sort(&mut items);
        items.dedup();
        Self::Set(Arc::new(items.into()), of.into())
    }

    /// What is anywhere within it; at the cost of a look, not of a walk.
    pub(crate) fn holds(&self) -> Holds {
        match self {
            Self::Tuple(items) | Self::List(items, _) | Self::Set(items, _) => items.holds(),
            Self::Object(entries) | Self::Map(entries, _) => entries.holds(),
            Self::Unknown(_) => Holds { unknown: true, ..Holds::default() },
            Self::Secret(_) => Holds { secret: true, ..Holds::default() },
            Self::Sensitive(inner) => inner.holds().with(true.into()),
            Self::Ephemeral(inner) => {
                inner.holds().with(Marks { sensitive: false, ephemeral: true })
            }
            Self::Null(_) | Self::Bool(_) | Self::Number(_) | Self::String(_) => Holds::default(),
        }
    }

    /// Whether anything in it is unknown.
    pub(crate) fn has_unknown(&self) -> bool {
        self.holds().unknown
    }

    /// Whether anything in it is sensitive.
    pub(crate) fn has_sensitive(&self) -> bool {
        self.holds().marks.sensitive
    }

    /// Whether anything in it refers to a secret.
    pub(crate) fn has_secret(&self) -> bool {
        self.holds().secret
    }

    /// The items of a list, tuple or set.
    pub(crate) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Tuple(items) | Self::List(items, _) | Self::Set(items, _) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map or object.
    pub(crate) fn entries(&self) -> Option<&Entries> {
        match self {
            Self::Object(entries) | Self::Map(entries, _) => Some(entries),
            _ => None,
        }
    }

    /// The text, of an unmarked string.
    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// What this kind of value is called in a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null(_) => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Tuple(_) | Self::List(..) => "a list",
            Self::Set(..) => "a set",
            Self::Object(_) => "an object",
            Self::Map(..) => "a map",
            Self::Unknown(ty) => ty.kind(),
            Self::Secret(_) => "a secret reference",
            Self::Sensitive(inner) | Self::Ephemeral(inner) => inner.kind(),
        }
    }

    /// The type of the value.
    pub(crate) fn ty(&self) -> Ty {
        match self {
            Self::Null(ty) | Self::Unknown(ty) => ty.clone(),
            Self::Bool(_) => Ty::Bool,
            Self::Number(_) => Ty::Number,
            Self::String(_) => Ty::String,
            Self::Tuple(items) => items.ty(|all| Ty::tuple(all.iter().map(Self::ty).collect())),
            Self::List(_, of) => Ty::List(of.clone()),
            Self::Set(_, of) => Ty::Set(of.clone()),
            Self::Map(_, of) => Ty::Map(of.clone()),
            Self::Object(entries) => entries.ty(|all| {
                Ty::object(all.iter().map(|(k, v)| (k.clone(), v.ty().into())).collect())
            }),
            Self::Secret(_) => Ty::Secret,
            Self::Sensitive(inner) | Self::Ephemeral(inner) => inner.ty(),
        }
    }

    /// The model's value: collections lose their kind, unknowns their type.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null(_) => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.clone()),
            Self::Tuple(items) | Self::List(items, _) | Self::Set(items, _) => {
                Value::list(items.iter().map(Self::to_value).collect())
            }
            Self::Object(entries) | Self::Map(entries, _) => {
                Value::map(entries.iter().map(|(k, v)| (k.clone(), v.to_value())).collect())
            }
            Self::Unknown(_) => Value::Unknown,
            Self::Secret(name) => Value::Secret(name.clone()),
            Self::Sensitive(inner) => inner.to_value().sensitive(),
            Self::Ephemeral(inner) => inner.to_value(),
        }
    }

    /// The evaluator's value for one of the model: lists become tuples, maps become objects.
    pub(crate) fn from_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::String(text.clone()),
            Value::List(items) => Self::tuple(items.iter().map(Self::from_value).collect()),
            Value::Map(map) => Self::object(
                map.iter().map(|(key, entry)| (key.clone(), Self::from_value(entry))).collect(),
            ),
            Value::Unknown => Self::unknown(Ty::Any),
            Value::Secret(name) => Self::Secret(name.clone()),
            Value::Sensitive(inner) => Self::from_value(inner).mark(true),
            Value::Digest(_) => Self::unknown(Ty::Any).mark(true),
        }
    }
}
