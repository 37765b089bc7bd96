//! The intents whose outcome is not known.

use podform_model::{Address, Intent, ProviderRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, VecDeque, vec_deque};

/// An intent whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The provider that announced it.
    pub provider: ProviderRef,
    /// What was going to be done.
    pub intent: Intent,
    /// When it was announced, seconds since 1970.
    pub since: f64,
}

impl Pending {
    /// The pod that it is about.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match &self.intent {
            Intent::Launch { address, .. } | Intent::Stop { address, .. } => Some(address),
            Intent::Private { .. } => None,
        }
    }

    /// The id of the instance that it is about.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        match &self.intent {
            Intent::Launch { instance, .. } => Some(&instance.id),
            Intent::Stop { instance, .. } => Some(instance),
            Intent::Private { .. } => None,
        }
    }
}

/// Intents, oldest first. Those of one pod are found without looking at the newer ones of others:
/// an apply of many pods has an intent for each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PendingList {
    list: VecDeque<Pending>,
    /// How many there are of each pod that has any.
    open: BTreeMap<Address, usize>,
}

impl PendingList {
    /// The intents, oldest first.
    pub fn iter(&self) -> vec_deque::Iter<'_, Pending> {
        self.list.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn push(&mut self, pending: Pending) {
        if let Some(address) = pending.address() {
            *self.open.entry(address.clone()).or_default() += 1;
        }
        self.list.push_back(pending);
    }

    /// Whether an intent of this pod is in the list.
    pub(crate) fn has(&self, address: &Address, intent: &Intent) -> bool {
        let open = self.open.get(address).copied().unwrap_or_default();
        let of = self.list.iter().filter(|pending| pending.address() == Some(address));
        of.take(open).any(|pending| &pending.intent == intent)
    }

    /// Drops the intents of a pod for which `over` holds.
    pub(crate) fn settle(&mut self, address: &Address, over: impl Fn(&Pending) -> bool) {
        let mut left = self.open.get(address).copied().unwrap_or_default();
        let mut at = 0;
        while left > 0
            && let Some(pending) = self.list.get(at)
        {
            let of = pending.address() == Some(address);
            left -= usize::from(of);
            if of && over(pending) {
                self.list.remove(at);
                self.close(address);
            } else {
                at += 1;
            }
        }
    }

    /// Drops the intents about an instance, of whichever pod.
    pub(crate) fn settle_instance(&mut self, instance: &str) {
        let over = |pending: &&Pending| pending.instance() == Some(instance);
        let pods: Vec<Address> =
            self.list.iter().filter(over).filter_map(|p| p.address().cloned()).collect();
        for address in pods {
            self.settle(&address, |pending| pending.instance() == Some(instance));
        }
    }

    fn close(&mut self, address: &Address) {
        if let Some(open) = self.open.get_mut(address) {
            *open -= 1;
            if *open == 0 {
                self.open.remove(address);
            }
        }
    }

    /// Gives the intents of a pod another address.
    pub(crate) fn rename(&mut self, from: &Address, to: &Address) {
        let Some(open) = self.open.remove(from) else { return };
        *self.open.entry(to.clone()).or_default() += open;
        for pending in &mut self.list {
            if let Intent::Launch { address, .. } | Intent::Stop { address, .. } =
                &mut pending.intent
                && address == from
            {
                *address = to.clone();
            }
        }
    }
}

impl<'a> IntoIterator for &'a PendingList {
    type Item = &'a Pending;
    type IntoIter = vec_deque::Iter<'a, Pending>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Pending> for PendingList {
    fn from_iter<I: IntoIterator<Item = Pending>>(all: I) -> Self {
        let mut out = Self::default();
        all.into_iter().for_each(|pending| out.push(pending));
        out
    }
}

impl Serialize for PendingList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.list)
    }
}

impl<'de> Deserialize<'de> for PendingList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(pod: &str, instance: &str) -> Pending {
        let provider = ProviderRef::new("mesos");
        let intent = Intent::Stop { address: Address::pod(pod), instance: instance.to_owned() };
        Pending { provider, intent, since: 1.0 }
    }

    fn left(list: &PendingList) -> Vec<String> {
        let text =
            |p: &Pending| format!("{} {}", p.address().unwrap(), p.instance().unwrap_or_default());
        list.iter().map(text).collect()
    }

    #[test]
    fn intents_are_found_by_their_pod() {
        let all = [stop("a", "1"), stop("b", "2"), stop("a", "3"), stop("c", "3"), stop("a", "4")];
        let mut list: PendingList = all.clone().into_iter().collect();
        assert!(list.has(&Address::pod("a"), &all[4].intent));
        assert!(!list.has(&Address::pod("b"), &all[4].intent));
        list.settle(&Address::pod("a"), |pending| pending.instance() != Some("3"));
        assert_eq!(left(&list), ["pod.b 2", "pod.a 3", "pod.c 3"]);
        list.rename(&Address::pod("b"), &Address::pod("a"));
        assert_eq!(left(&list), ["pod.a 2", "pod.a 3", "pod.c 3"]);
        list.settle_instance("3");
        assert_eq!(left(&list), ["pod.a 2"]);
        list.settle(&Address::pod("a"), |_| true);
        assert!(list.is_empty() && list.open.is_empty());
        assert_eq!(list, PendingList::default());
    }
}
