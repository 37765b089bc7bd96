//! What a configuration says about the addresses of pods that exist already: `moved`, `removed`
//! and `import` blocks after evaluation.

use crate::{Address, InstanceKey, Label, ModuleStep, ProviderRef};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What the `moved`, `removed` and `import` blocks of all modules say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Refactor {
    /// The `moved` blocks, without contradictions and circles.
    pub moved: Vec<Moved>,
    /// The `removed` blocks.
    pub removed: Vec<Removed>,
    /// The `import` blocks, one for each pod.
    pub imports: Vec<Import>,
}

/// A `moved` block. It holds in every instance of the module that it stands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// The names of the modules on the way to the block's own; empty in the root module.
    pub base: Vec<String>,
    /// What had this address.
    pub from: Place,
    /// The address that it has now.
    pub to: Place,
    /// The block.
    pub label: Label,
}

/// A `removed` block. It holds in every instance of the module that it stands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    /// The names of the modules on the way to the block's own; empty in the root module.
    pub base: Vec<String>,
    /// The pod block or module, with all its instances.
    pub from: Place,
    /// `false`: its pods are forgotten instead of destroyed.
    pub destroy: bool,
    /// The block.
    pub label: Label,
}

/// An `import` block, for one pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The pod that it becomes.
    pub to: Address,
    /// The id of the pod that runs.
    pub id: String,
    /// The provider that runs it; `None`: the pod is not declared, and several are configured.
    pub provider: Option<ProviderRef>,
    /// The block's `to`.
    pub label: Label,
}

/// A pod block, an instance of one, or a module, as seen from the module of the block that names
/// it: `pod.web`, `pod.web["eu"]`, `module.shop`, `module.shop[0].pod.web`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The modules on the way; of a module its own step is the last.
    pub module: Vec<ModuleStep>,
    /// The label of the `pod` block; `None`: a module.
    pub pod: Option<String>,
    /// The pod's instance.
    pub key: Option<InstanceKey>,
}

impl Place {
    /// The key of the pod or module itself.
    #[must_use]
    pub fn own_key(&self) -> Option<&InstanceKey> {
        match &self.pod {
            Some(_) => self.key.as_ref(),
            None => self.module.last().and_then(|step| step.key.as_ref()),
        }
    }

    /// What it is, for a message: `pod`, `instance`, `module`, `module instance`.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match (&self.pod, self.own_key()) {
            (Some(_), None) => "pod",
            (Some(_), Some(_)) => "instance",
            (None, None) => "module",
            (None, Some(_)) => "module instance",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.module.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            write!(f, "{step}")?;
        }
        let Some(pod) = &self.pod else { return Ok(()) };
        if !self.module.is_empty() {
            f.write_str(".")?;
        }
        write!(f, "pod.{pod}")?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "{key}"))
    }
}

impl FromStr for Place {
    type Err = crate::address::ParseAddressError;

    /// Reads an address, or one without its pod.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(Address { module, name, key }) = text.parse() {
            return Ok(Self { module, pod: Some(name), key });
        }
        match format!("{text}.pod.x").parse::<Address>() {
            Ok(Address { module, .. }) => Ok(Self { module, pod: None, key: None }),
            Err(_) => Err(Self::Err { text: text.to_owned() }),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_in_the_configuration() {
        for (text, noun) in [
            ("pod.web", "pod"),
            ("module.a.pod.web[0]", "instance"),
            ("module.a", "module"),
            ("module.a.module.b[\"eu\"]", "module instance"),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!((place.to_string().as_str(), place.noun()), (text, noun));
        }
        for text in ["", "web", "module.a.", "module.a.pod", "pod.web.id"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
