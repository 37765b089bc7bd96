//! Collections that know what is within them.

use super::{Entries, Ty, Val};
use crate::marks::Marks;
use std::ops::Deref;
use std::sync::OnceLock;

/// What is anywhere within a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Holds {
    pub(crate) marks: Marks,
    pub(crate) unknown: bool,
    /// A reference to a secret.
    pub(crate) secret: bool,
}

impl Holds {
    pub(crate) fn with(self, marks: Marks) -> Self {
        Self { marks: self.marks | marks, ..self }
    }

    fn of<'v>(values: impl Iterator<Item = &'v Val>) -> Self {
        values.fold(Self::default(), |all, value| {
            let Self { marks, unknown, secret } = value.holds();
            Self {
                marks: all.marks | marks,
                unknown: all.unknown | unknown,
                secret: all.secret | secret,
            }
        })
    }
}

/// The items or entries of a value. What they hold is found out once, when they are put together:
/// a value that many expressions refer to is not walked for each of them.
#[derive(Debug, Clone)]
pub(crate) struct Held<C> {
    all: C,
    holds: Holds,
    ty: OnceLock<Ty>,
}

impl<C> Held<C> {
    pub(super) fn holds(&self) -> Holds {
        self.holds
    }

    /// The type, which is put together when it is first asked for.
    pub(super) fn ty(&self, put_together: impl FnOnce(&C) -> Ty) -> Ty {
        self.ty.get_or_init(|| put_together(&self.all)).clone()
    }
}

impl<C: PartialEq> PartialEq for Held<C> {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl<C: Eq> Eq for Held<C> {}

impl From<Vec<Val>> for Held<Vec<Val>> {
    fn from(all: Vec<Val>) -> Self {
        Self { holds: Holds::of(all.iter()), all, ty: OnceLock::new() }
    }
}

impl From<Entries> for Held<Entries> {
    fn from(all: Entries) -> Self {
        Self { holds: Holds::of(all.values()), all, ty: OnceLock::new() }
    }
}

impl<C> Deref for Held<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Ty;

    #[test]
    fn a_collection_tells_what_is_deep_within() {
        let secret = Val::tuple(vec![Val::Secret("token".into())]);
        let hidden = Val::list(vec![Val::string("x").mark(true)], Ty::String);
        let open = Val::map(Entries::from([("k".into(), Val::unknown(Ty::Bool))]), Ty::Bool);
        let all = Val::tuple(vec![Val::int(1), secret.clone(), hidden.clone(), open.clone()]);
        assert!(secret.has_secret() && !secret.has_sensitive() && !secret.has_unknown());
        assert!(hidden.has_sensitive() && !hidden.has_secret() && !hidden.marks().ephemeral);
        assert!(open.has_unknown() && !open.marks().any());
        assert!(all.has_secret() && all.has_sensitive() && all.has_unknown());
        assert_eq!(all.unmark_deep().0.holds().marks, Marks::default());
    }

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Val>(), 24);
    }
}
