//! What is known of a value beside the value: that it is not to be shown, or not to be kept.

use crate::value::{Entries, Val};
use std::ops::{BitOr, BitOrAssign};
use std::sync::Arc;

/// The marks of a value. They travel with it through every expression.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// It is not to be shown.
    pub(crate) sensitive: bool,
    /// It is not to be kept: not in a pod, a state or a saved plan.
    pub(crate) ephemeral: bool,
}

impl Marks {
    /// Whether there is any.
    pub(crate) fn any(self) -> bool {
        self.sensitive || self.ephemeral
    }
}

impl From<bool> for Marks {
    /// Sensitive or not.
    fn from(sensitive: bool) -> Self {
        Self { sensitive, ephemeral: false }
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self {
            sensitive: self.sensitive || other.sensitive,
            ephemeral: self.ephemeral || other.ephemeral,
        }
    }
}

impl BitOrAssign for Marks {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl Val {
    /// Adds marks to the value; `true` marks it as sensitive.
    pub(crate) fn mark(self, marks: impl Into<Marks>) -> Self {
        let added = marks.into();
        let (inner, own) = self.unmark();
        let all = own | added;
        if all == own {
            return self;
        }
        let mut value = inner.clone();
        if all.sensitive {
            value = Self::Sensitive(Arc::new(value));
        }
        if all.ephemeral {
            value = Self::Ephemeral(Arc::new(value));
        }
        value
    }

    /// The value without its own marks, and these.
    pub(crate) fn unmark(&self) -> (&Self, Marks) {
        let (mut value, mut marks) = (self, Marks::default());
        loop {
            value = match value {
                Self::Sensitive(inner) => {
                    marks.sensitive = true;
                    inner
                }
                Self::Ephemeral(inner) => {
                    marks.ephemeral = true;
                    inner
                }
                other => return (other, marks),
            };
        }
    }

    /// The value without any marks, and all of them.
    pub(crate) fn unmark_deep(&self) -> (Self, Marks) {
        let marks = self.marks();
        if marks.any() { (self.strip(), marks) } else { (self.clone(), marks) }
    }

    /// The marks of the value and of all in it.
    pub(crate) fn marks(&self) -> Marks {
        self.holds().marks
    }

    /// The value with `null` in the place of everything that is not to be kept.
    pub(crate) fn ephemeral_as_null(&self) -> Self {
        match self {
            Self::Ephemeral(inner) => Self::Null(inner.ty()).mark(inner.unmark().1),
            Self::Sensitive(inner) => inner.ephemeral_as_null().mark(true),
            other => other.rebuilt(&Self::ephemeral_as_null),
        }
    }

    fn strip(&self) -> Self {
        self.unmark().0.rebuilt(&Self::strip)
    }

    /// The same collection with its items changed; any other value as it is, and one without marks.
    fn rebuilt(&self, change: &dyn Fn(&Self) -> Self) -> Self {
        if !self.marks().any() {
            return self.clone();
        }
        let items = |items: &[Self]| items.iter().map(change).collect::<Vec<_>>();
        let entries =
            |entries: &Entries| entries.iter().map(|(k, v)| (k.clone(), change(v))).collect();
        match self {
            Self::Tuple(inner) => Self::tuple(items(inner)),
            Self::List(inner, of) => Self::list(items(inner), of.clone()),
            Self::Set(inner, of) => Self::set(items(inner), of.clone()),
            Self::Object(inner) => Self::object(entries(inner)),
            Self::Map(inner, of) => Self::map(entries(inner), of.clone()),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Ty;

    const EPHEMERAL: Marks = Marks { sensitive: false, ephemeral: true };

    #[test]
    fn marks_add_up_in_any_order() {
        let both = Val::NULL.mark(true).mark(EPHEMERAL);
        assert_eq!(both, Val::NULL.mark(EPHEMERAL).mark(true));
        assert_eq!(both.unmark(), (&Val::NULL, Marks { sensitive: true, ephemeral: true }));
        assert_eq!(both.clone().mark(true), both);
    }

    #[test]
    fn what_is_ephemeral_becomes_null_and_the_rest_stays() {
        let hidden = Val::string("x").mark(true);
        let list = Val::tuple(vec![Val::string("a").mark(EPHEMERAL), hidden.clone()]);
        assert_eq!(list.ephemeral_as_null(), Val::tuple(vec![Val::Null(Ty::String), hidden]));
    }
}
