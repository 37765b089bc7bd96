//! A map of values in as little memory as it can: the entries in a row, sorted by key.

use crate::value::Value;
use std::sync::Arc;

/// A map of values, ordered by key so that output is deterministic.
///
/// A lookup is a binary search. Entries that come in the order of their keys are added in constant
/// time; to build a large map in another order, collect it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Map(Vec<Entry>);

type Entry = (Arc<str>, Value);

impl Map {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A map of entries that come in the order of their keys, each key once.
    pub(crate) fn in_order(entries: Vec<Entry>) -> Self {
        debug_assert!(entries.is_sorted_by(|(a, _), (b, _)| a < b));
        Self(entries)
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if **last >= *key => self.0.binary_search_by(|(k, _)| (**k).cmp(key)),
            _ => Err(self.0.len()),
        }
    }

    /// Where a key stands. Most maps are blocks of a pod: in these few names, a name of another length is passed without a look at it.
    fn position(&self, key: &str) -> Option<usize> {
        const FEW: usize = 16;
        if self.0.len() > FEW {
            return self.find(key).ok();
        }
        self.0.iter().position(|(name, _)| name.len() == key.len() && **name == *key)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let at = self.position(key)?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// Whether there is an entry of this key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// Adds or replaces an entry; returns the value that was there.
    pub fn insert(&mut self, key: Arc<str>, value: Value) -> Option<Value> {
        match self.find(&key) {
            Ok(at) => self.0.get_mut(at).map(|(_, old)| std::mem::replace(old, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Removes an entry; returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.position(key).map(|at| self.0.remove(at).1)
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries, in order.
    pub fn iter(&self) -> Iter<'_> {
        self.into_iter()
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Keeps the entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Arc<str>, &mut Value) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    /// Gives back memory that no entry needs.
    pub(crate) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

/// The entries of a map, in order.
pub type Iter<'a> =
    std::iter::Map<std::slice::Iter<'a, Entry>, fn(&'a Entry) -> (&'a Arc<str>, &'a Value)>;

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Arc<str>, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl IntoIterator for Map {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Entry> for Map {
    /// Of entries with one key the last counts.
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    std::mem::swap(&mut later.1, &mut kept.1);
                }
                same
            });
        }
        Self(entries)
    }
}

impl Extend<Entry> for Map {
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<const N: usize> From<[Entry; N]> for Map {
    fn from(entries: [Entry; N]) -> Self {
        entries.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_holds_what_a_tree_would() {
        let mut tree = BTreeMap::new();
        let mut map = Map::new();
        // A walk through all numbers below 101, some twice.
        for at in 0..150_u32 {
            let key: Arc<str> = format!("k{}", at * 37 % 101).into();
            let value = Value::from(at);
            assert_eq!(map.insert(key.clone(), value.clone()), tree.insert(key, value));
        }
        let same = |map: &Map, tree: &BTreeMap<Arc<str>, Value>| {
            assert!(map.iter().eq(tree.iter()) && map.len() == tree.len());
            assert!(map.keys().eq(tree.keys()) && map.values().eq(tree.values()));
        };
        same(&map, &tree);
        for key in ["k5", "k100", "k0", "none", "a", "z"] {
            assert_eq!(map.get(key), tree.get(key));
            assert_eq!(map.remove(key), tree.remove(key));
            assert!(!map.contains_key(key));
        }
        map.retain(|key, _| key.ends_with('7'));
        tree.retain(|key, _| key.ends_with('7'));
        same(&map, &tree);
    }

    #[test]
    fn of_entries_with_one_key_the_last_counts() {
        let entry = |key: &str, value: u32| (Arc::from(key), Value::from(value));
        let entries = [entry("b", 1), entry("a", 2), entry("b", 3), entry("b", 4), entry("a", 5)];
        let tree: BTreeMap<_, _> = entries.clone().into();
        assert!(Map::from(entries).iter().eq(tree.iter()));
    }
}
