//! What a parameter takes, and how an argument is converted to it.

use crate::types::convert;
use crate::value::{Ty, Val};

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// Anything but null.
    Any,
    /// Anything.
    Nullable,
    Text,
    Number,
    /// A list, tuple or set, as it is.
    Items,
    /// A list or tuple, as it is.
    Sequence,
    /// A list of one type.
    List,
    /// A set of one type.
    Set,
    /// A list of strings.
    Texts,
    /// A list of bools.
    Bools,
    /// A map or object.
    Entries,
    /// A map of lists of strings.
    TextLists,
}

impl Parameter {
    /// How it is written in an example of a call.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Any | Self::Nullable => "value",
            Self::Text => "string",
            Self::Number => "number",
            Self::Items | Self::Sequence | Self::List | Self::Texts | Self::Bools => "list",
            Self::Set => "set",
            Self::Entries | Self::TextLists => "map",
        }
    }

    /// The type that arguments are converted to.
    fn ty(self) -> Option<Ty> {
        let list = |of| Ty::list(of);
        Some(match self {
            Self::Text => Ty::String,
            Self::Number => Ty::Number,
            Self::List => list(Ty::Any),
            Self::Set => Ty::set(Ty::Any),
            Self::Texts => list(Ty::String),
            Self::Bools => list(Ty::Bool),
            Self::TextLists => Ty::map(list(Ty::String)),
            Self::Any | Self::Nullable | Self::Items | Self::Sequence | Self::Entries => {
                return None;
            }
        })
    }

    /// Checks and converts an argument.
    ///
    /// # Errors
    /// What was expected.
    pub(crate) fn check(self, value: &Val) -> Result<Val, String> {
        match (self, value) {
            (Self::Nullable, _) => return Ok(value.clone()),
            (_, Val::Null(_)) => return Err("an argument must not be null".into()),
            (Self::Any, _) => return Ok(value.clone()),
            (_, Val::Secret(_)) => {
                return Err(
                    "a secret's text is not known here: pass the reference itself on".into()
                );
            }
            _ => {}
        }
        if let Some(ty) = self.ty() {
            return convert(value, &ty);
        }
        if self.takes(value.unmark().0) {
            return Ok(value.clone());
        }
        Err(format!("{}, found {}", self.expected(), value.kind()))
    }

    /// Whether a collection is one of those that are taken as they are.
    fn takes(self, value: &Val) -> bool {
        match value {
            Val::Unknown(Ty::Any) => true,
            Val::Tuple(_) | Val::List(..) | Val::Unknown(Ty::Tuple(_) | Ty::List(_)) => {
                matches!(self, Self::Items | Self::Sequence)
            }
            Val::Set(..) | Val::Unknown(Ty::Set(_)) => self == Self::Items,
            Val::Object(_) | Val::Map(..) | Val::Unknown(Ty::Object(_) | Ty::Map(_)) => {
                self == Self::Entries
            }
            _ => false,
        }
    }

    /// What is expected, without a word about what was found.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Text => "expected a string",
            Self::Number => "expected a number",
            Self::Items => "expected a list or set",
            Self::Sequence => "expected a list",
            Self::List => "expected a list of one type",
            Self::Set => "expected a set",
            Self::Texts => "expected a list of strings",
            Self::Bools => "expected a list of bools",
            Self::Entries => "expected a map or object",
            Self::TextLists => "expected a map of lists of strings",
            Self::Any | Self::Nullable => "the argument does not fit",
        }
    }
}
