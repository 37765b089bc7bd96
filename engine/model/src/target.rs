//! What `-target`, `moved` and `removed` name.

use crate::{Address, InstanceKey, ModuleStep};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A pod, all instances of a pod block, or everything in a module: `pod.web[0]`, `pod.web`,
/// `module.shop`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A pod or a pod block.
    Pod(Address),
    /// A module with all modules in it; without a key all its instances.
    Module(Vec<ModuleStep>),
}

impl Target {
    /// The modules on the way to it, of a module its own step too.
    #[must_use]
    pub fn module(&self) -> &[ModuleStep] {
        match self {
            Self::Pod(address) => &address.module,
            Self::Module(module) => module,
        }
    }

    /// The name of the pod.
    #[must_use]
    pub fn pod(&self) -> Option<&str> {
        match self {
            Self::Pod(address) => Some(&address.name),
            Self::Module(_) => None,
        }
    }

    /// The key of the pod or module itself.
    #[must_use]
    pub fn own_key(&self) -> Option<&InstanceKey> {
        match self {
            Self::Pod(address) => address.key.as_ref(),
            Self::Module(module) => module.last().and_then(|step| step.key.as_ref()),
        }
    }

    /// What it is, for a message: `pod`, `instance`, `module`, `module instance`.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match (self, self.own_key()) {
            (Self::Pod(_), None) => "pod",
            (Self::Pod(_), Some(_)) => "instance",
            (Self::Module(_), None) => "module",
            (Self::Module(_), Some(_)) => "module instance",
        }
    }

    /// Whether a pod is meant.
    #[must_use]
    pub fn covers(&self, pod: &Address) -> bool {
        match self {
            Self::Pod(address) => address.covers(pod),
            Self::Module(steps) => {
                let Some((last, around)) = steps.split_last() else { return true };
                let within = pod.module.get(..around.len()).is_some_and(|start| start == around);
                within
                    && pod.module.get(around.len()).is_some_and(|step| {
                        step.name == last.name && (last.key.is_none() || step.key == last.key)
                    })
            }
        }
    }
}

impl From<Address> for Target {
    fn from(address: Address) -> Self {
        Self::Pod(address)
    }
}

/// Some pod in a module, which makes the address of a module one of a pod.
const SOME: &str = ".pod.x";

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(address) => address.fmt(f),
            Self::Module(module) => {
                let text = Address { module: module.clone(), ..Address::pod("x") }.to_string();
                f.write_str(text.strip_suffix(SOME).unwrap_or_default())
            }
        }
    }
}

impl FromStr for Target {
    type Err = crate::address::ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = |_| {
            let inner: Address = format!("{text}{SOME}").parse().ok()?;
            (!inner.module.is_empty()).then_some(Self::Module(inner.module))
        };
        match text.parse::<Address>() {
            Ok(address) => Ok(Self::Pod(address)),
            Err(error) => whole(()).ok_or(error),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(target: &str, pod: &str) -> bool {
        target.parse::<Target>().unwrap().covers(&pod.parse().unwrap())
    }

    #[test]
    fn a_module_covers_what_is_in_it() {
        assert!(covers("module.a", "module.a.pod.x"));
        assert!(covers("module.a", "module.a[\"k\"].module.b.pod.x[0]"));
        assert!(covers("module.a[\"k\"].module.b", "module.a[\"k\"].module.b[1].pod.x"));
        assert!(!covers("module.a[\"k\"].module.b", "module.a[\"l\"].module.b.pod.x"));
        assert!(!covers("module.a", "pod.a"));
        assert!(!covers("module.b", "module.a.module.b.pod.x"));
        assert!(covers("pod.a", "pod.a[1]"));
    }

    #[test]
    fn targets_read_back_and_broken_ones_are_refused() {
        for (text, noun) in [
            ("pod.a", "pod"),
            ("module.a", "module"),
            ("module.a[\"k\"].module.b[0]", "module instance"),
            ("module.a.pod.b[0]", "instance"),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!((target.to_string().as_str(), target.noun()), (text, noun));
        }
        for text in ["", "module", "module.", "module.a.", "module.a.pod", "pod", "a", "pod.a.id"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
