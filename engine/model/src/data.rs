//! `data` blocks: live pods that a configuration reads and does not manage.

use crate::address::ParseAddressError;
use crate::{Address, Label, ProviderRef, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// The address of an instance of a `data` block: `data.pod.db`, `module.shop.data.pod.db["eu"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataAddress(
    /// Its module, name and key: what a pod of this name would have.
    pub Address,
);

/// What stands before the pod's own part.
const MARK: &str = "data.";

impl fmt::Display for DataAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for module in &self.0.module {
            write!(f, "{module}.")?;
        }
        write!(f, "{MARK}{}", Address { module: Vec::new(), ..self.0.clone() })
    }
}

impl FromStr for DataAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let broken = || ParseAddressError { text: text.to_owned() };
        // The last mark is the own one, unless it stands within a key.
        text.match_indices("data.pod.")
            .filter(|(at, _)| *at == 0 || text[..*at].ends_with('.'))
            .filter_map(|(at, _)| {
                let inner = format!("{}{}", &text[..at], &text[at + MARK.len()..]);
                inner.parse().ok().map(Self)
            })
            .find(|address| address.to_string() == text)
            .ok_or_else(broken)
    }
}

impl Serialize for DataAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DataAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An instance of a `data` block after evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesiredData {
    /// The provider that is asked.
    pub provider: ProviderRef,
    /// The id of the pod; `None`: it is not known yet.
    pub id: Option<String>,
    /// The pods that must be there first: `depends_on` and references, through other things too.
    #[serde(default)]
    pub depends_on: BTreeSet<Address>,
    /// Where it is written.
    pub label: Label,
    /// Whether it stands in a `check` block: it is read again once everything is done.
    #[serde(default)]
    pub checked: bool,
}

/// What was found where a `data` block looked.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFact {
    /// The provider that was asked.
    pub provider: ProviderRef,
    /// The id that was looked for.
    pub id: String,
    /// What was found.
    pub found: Found,
}

/// What was found of a pod.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// What can be read of it, as of any pod: `id`, `version`, `instance`, `endpoint`,
    /// `network_ips`.
    Pod(Value),
    /// There is nothing to read.
    Nothing {
        /// What is so, a lower-case fragment.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
}

/// What is known of the pods that `data` blocks read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looked {
    /// What was found, by block instance. One for another id than is asked for now does not count.
    pub found: BTreeMap<DataAddress, DataFact>,
    /// Those that are read only once pods that they depend on are done.
    pub waiting: BTreeSet<DataAddress>,
    /// Whether more is going to be read: what depends on it is left out for now.
    pub partial: bool,
}

impl Looked {
    /// Nothing is known, and nothing is going to be read.
    pub const NOTHING: &'static Self =
        &Self { found: BTreeMap::new(), waiting: BTreeSet::new(), partial: false };

    /// What was found of a pod, when it may be used.
    #[must_use]
    pub fn fact(&self, address: &DataAddress, provider: &ProviderRef, id: &str) -> Option<&Found> {
        let fact = self.found.get(address)?;
        let same = fact.provider == *provider && fact.id == id && !self.waiting.contains(address);
        same.then_some(&fact.found)
    }

    /// What has to be read now: its id is known, nothing is found yet, and nothing keeps it waiting.
    #[must_use]
    pub fn unread<'d>(
        &self,
        wanted: &'d BTreeMap<DataAddress, DesiredData>,
    ) -> Vec<(&'d DataAddress, &'d DesiredData)> {
        let open = |(address, data): &(&DataAddress, &DesiredData)| {
            let id = data.id.as_deref();
            !self.waiting.contains(*address)
                && id.is_some_and(|id| self.fact(address, &data.provider, id).is_none())
        };
        wanted.iter().filter(open).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_and_broken_ones_are_refused() {
        for text in [
            "data.pod.db",
            "data.pod.db[\"a.data.pod.b\"]",
            "module.shop[\"x.data.pod.y\"].module.b.data.pod.db[1]",
        ] {
            assert_eq!(text.parse::<DataAddress>().unwrap().to_string(), text);
        }
        for text in ["", "pod.db", "data.db", "data.pod.", "data.module.a.pod.b", "xdata.pod.a"] {
            assert!(text.parse::<DataAddress>().is_err(), "{text}");
        }
    }
}
