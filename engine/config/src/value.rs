//! The values of the evaluator: those of the model, with the kinds of collections told apart and
//! with a type for what is not yet known.

use crate::types::{is_whole, unify};
use podform_model::{Number, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The entries of a map or object.
pub(crate) type Entries = BTreeMap<Arc<str>, Val>;

/// A value while expressions are evaluated. Clones are cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Val {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    /// Items of any types, as `[1, "a"]` writes them.
    Tuple(Arc<Vec<Self>>),
    /// Items of one type.
    List(Arc<Vec<Self>>),
    /// Sorted items of one type, none twice.
    Set(Arc<Vec<Self>>),
    /// Entries of any types, as `{ a = 1 }` writes them.
    Object(Arc<Entries>),
    /// Entries of one type.
    Map(Arc<Entries>),
    /// Known after apply.
    Unknown(Arc<Ty>),
    /// A reference to a secret of the pod.
    Secret(Arc<str>),
    /// A value that is not to be shown.
    Sensitive(Arc<Self>),
    /// A value that is not to be kept; around `Sensitive` when it is both.
    Ephemeral(Arc<Self>),
}

/// A type, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ty {
    Any,
    Bool,
    Number,
    String,
    Secret,
    List(Box<Self>),
    Set(Box<Self>),
    Map(Box<Self>),
    Tuple(Vec<Self>),
    Object(BTreeMap<Arc<str>, Field>),
}

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) ty: Ty,
    pub(crate) optional: bool,
    pub(crate) default: Option<Val>,
}

impl From<Ty> for Field {
    fn from(ty: Ty) -> Self {
        Self { ty, optional: false, default: None }
    }
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
    pub(crate) fn string(text: &str) -> Self {
        Self::String(normalise(text).into())
    }

    pub(crate) fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Arc::new(items))
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    pub(crate) fn object(entries: Entries) -> Self {
        Self::Object(Arc::new(entries))
    }

    pub(crate) fn map(entries: Entries) -> Self {
        Self::Map(Arc::new(entries))
    }

    pub(crate) fn unknown(ty: Ty) -> Self {
        Self::Unknown(Arc::new(ty))
    }

    pub(crate) fn int(value: usize) -> Self {
        Self::Number(Number::from(value as u64))
    }

    /// A set of these items: sorted, each once.
    pub(crate) fn set(mut items: Vec<Self>) -> Self {
        items.sort_by(Self::order);
        items.dedup();
        Self::Set(Arc::new(items))
    }

    pub(crate) fn any(&self, test: &dyn Fn(&Self) -> bool) -> bool {
        test(self)
            || match self {
                Self::Tuple(items) | Self::List(items) | Self::Set(items) => {
                    items.iter().any(|item| item.any(test))
                }
                Self::Object(entries) | Self::Map(entries) => {
                    entries.values().any(|entry| entry.any(test))
                }
                Self::Sensitive(inner) | Self::Ephemeral(inner) => inner.any(test),
                _ => false,
            }
    }

    /// Whether anything in it is unknown.
    pub(crate) fn has_unknown(&self) -> bool {
        self.any(&|value| matches!(value, Self::Unknown(_)))
    }

    /// Whether anything in it is sensitive.
    pub(crate) fn has_sensitive(&self) -> bool {
        self.any(&|value| matches!(value, Self::Sensitive(_)))
    }

    /// Whether anything in it refers to a secret.
    pub(crate) fn has_secret(&self) -> bool {
        self.any(&|value| matches!(value, Self::Secret(_)))
    }

    /// The items of a list, tuple or set.
    pub(crate) fn items(&self) -> Option<&Arc<Vec<Self>>> {
        match self {
            Self::Tuple(items) | Self::List(items) | Self::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map or object.
    pub(crate) fn entries(&self) -> Option<&Arc<Entries>> {
        match self {
            Self::Object(entries) | Self::Map(entries) => Some(entries),
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
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Tuple(_) | Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Object(_) => "an object",
            Self::Map(_) => "a map",
            Self::Unknown(ty) => ty.kind(),
            Self::Secret(_) => "a secret reference",
            Self::Sensitive(inner) | Self::Ephemeral(inner) => inner.kind(),
        }
    }

    /// The type of the value.
    pub(crate) fn ty(&self) -> Ty {
        match self {
            Self::Null => Ty::Any,
            Self::Bool(_) => Ty::Bool,
            Self::Number(_) => Ty::Number,
            Self::String(_) => Ty::String,
            Self::Tuple(items) => Ty::Tuple(items.iter().map(Self::ty).collect()),
            Self::List(items) => Ty::List(Box::new(element_type(items.iter()))),
            Self::Set(items) => Ty::Set(Box::new(element_type(items.iter()))),
            Self::Map(entries) => Ty::Map(Box::new(element_type(entries.values()))),
            Self::Object(entries) => {
                Ty::Object(entries.iter().map(|(k, v)| (k.clone(), v.ty().into())).collect())
            }
            Self::Unknown(ty) => (**ty).clone(),
            Self::Secret(_) => Ty::Secret,
            Self::Sensitive(inner) | Self::Ephemeral(inner) => inner.ty(),
        }
    }

    /// A total order, which sets and `sort` use: text by code point, numbers by size.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        use std::cmp::Ordering::Equal;
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) | (Self::Secret(a), Self::Secret(b)) => a.cmp(b),
            (Self::Sensitive(a) | Self::Ephemeral(a), b) => a.order(b),
            (a, Self::Sensitive(b) | Self::Ephemeral(b)) => a.order(b),
            (a, b) => match (a.items(), b.items(), a.entries(), b.entries()) {
                (Some(x), Some(y), ..) => order_items(x.iter(), y.iter()),
                (_, _, Some(x), Some(y)) => {
                    let keys = x.keys().cmp(y.keys());
                    if keys == Equal { order_items(x.values(), y.values()) } else { keys }
                }
                _ => a.rank().cmp(&b.rank()),
            },
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::String(_) => 3,
            Self::Tuple(_) => 4,
            Self::List(_) => 5,
            Self::Set(_) => 6,
            Self::Object(_) => 7,
            Self::Map(_) => 8,
            Self::Unknown(_) => 9,
            Self::Secret(_) => 10,
            Self::Sensitive(_) | Self::Ephemeral(_) => 11,
            Self::Null => 12,
        }
    }

    /// The model's value: collections lose their kind, unknowns their type.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::String(text.clone()),
            Self::Tuple(items) | Self::List(items) | Self::Set(items) => {
                Value::list(items.iter().map(Self::to_value).collect())
            }
            Self::Object(entries) | Self::Map(entries) => {
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
            Value::Null => Self::Null,
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

fn order_items<'a>(
    a: impl Iterator<Item = &'a Val>,
    b: impl Iterator<Item = &'a Val>,
) -> std::cmp::Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        match (a.next(), b.next()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, Some(_)) => return std::cmp::Ordering::Less,
            (Some(_), None) => return std::cmp::Ordering::Greater,
            (Some(x), Some(y)) => match x.order(y) {
                std::cmp::Ordering::Equal => {}
                other => return other,
            },
        }
    }
}

/// The type that all items of a collection have, as their conversion left them: what one of them
/// does not tell, as a null or an empty list, another may.
fn element_type<'a>(items: impl Iterator<Item = &'a Val>) -> Ty {
    let mut out = Ty::Any;
    for item in items {
        out = unify(&out, &item.ty()).unwrap_or(out);
        if is_whole(&out) {
            break;
        }
    }
    out
}

impl Ty {
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
                    .map(|(name, field)| match field.optional {
                        true => format!("{name} = optional({})", field.ty.text()),
                        false => format!("{name} = {}", field.ty.text()),
                    })
                    .collect();
                format!("object({{ {} }})", fields.join(", "))
            }
        }
    }
}
