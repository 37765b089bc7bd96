//! What the configuration asks about pods: it is made when it is asked for, and what was answered is noted.

use crate::{Address, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Knows the computed attributes of pods.
pub trait Computed {
    /// What is known of a pod: an object with `id`, `version`, `instance`, `endpoint`, `network_ips`,
    /// perhaps with unknowns. `None`: nothing; the id is known from its configuration then.
    fn of(&self, address: &Address) -> Option<Value>;
}

impl Computed for BTreeMap<Address, Value> {
    fn of(&self, address: &Address) -> Option<Value> {
        self.get(address).cloned()
    }
}

/// What was asked, with the answers.
pub type Answers = BTreeMap<Address, Option<Value>>;

/// Notes what is asked of another one.
pub struct Asked<'a> {
    other: &'a dyn Computed,
    answers: RefCell<Answers>,
}

impl<'a> Asked<'a> {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(other: &'a dyn Computed) -> Self {
        Self { other, answers: RefCell::default() }
    }

    /// What was asked.
    #[must_use]
    pub fn into_answers(self) -> Answers {
        self.answers.into_inner()
    }
}

impl Computed for Asked<'_> {
    fn of(&self, address: &Address) -> Option<Value> {
        let mut answers = self.answers.borrow_mut();
        let answer = answers.entry(address.clone()).or_insert_with(|| self.other.of(address));
        answer.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    struct Counting(Cell<u32>);

    impl Computed for Counting {
        fn of(&self, address: &Address) -> Option<Value> {
            self.0.set(self.0.get() + 1);
            (*address == Address::pod("web")).then(|| Value::from("known"))
        }
    }

    #[test]
    fn each_pod_is_asked_about_once_and_every_answer_is_kept() {
        let counting = Counting(Cell::new(0));
        let asked = Asked::new(&counting);
        for _ in 0..2 {
            assert_eq!(asked.of(&Address::pod("web")), Some(Value::from("known")));
            assert_eq!(asked.of(&Address::pod("gone")), None);
        }
        assert_eq!(counting.0.get(), 2);
        let expected = [(Address::pod("gone"), None), (Address::pod("web"), Some("known".into()))];
        assert_eq!(asked.into_answers(), Answers::from(expected));
    }
}
