//! The address of a pod in a configuration.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The key that `count` or `for_each` gives an instance of a block.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// `[0]`, of `count`.
    Index(u64),
    /// `["eu"]`, of `for_each`.
    Name(String),
}

/// One module on the way to a pod: `module.shop` or `module.shop["eu"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The label of the `module` block.
    pub name: String,
    /// Its instance, when the block has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

/// The address of a pod: `pod.web`, `pod.web["eu"]`, `module.shop.pod.web[0]`.
///
/// Ordered by module, then by name, then by key (indexes by number).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The modules from the root inwards; empty in the root module.
    pub module: Vec<ModuleStep>,
    /// The label of the `pod` block.
    pub name: String,
    /// Its instance, when the block has `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl Address {
    /// The address of a pod without key in the root module.
    pub fn pod(name: impl Into<String>) -> Self {
        Self { module: Vec::new(), name: name.into(), key: None }
    }

    /// The same address with a key.
    #[must_use]
    pub fn with_key(mut self, key: InstanceKey) -> Self {
        self.key = Some(key);
        self
    }

    /// The address without its key: the `pod` block it comes from.
    #[must_use]
    pub fn block(&self) -> Self {
        Self { key: None, ..self.clone() }
    }

    /// Whether `self` names `other`, or the block or module that holds it (as `-target` does).
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.module == other.module
            && self.name == other.name
            && (self.key.is_none() || self.key == other.key)
    }
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Name(name) => {
                f.write_str("[\"")?;
                for c in name.chars() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

impl fmt::Display for ModuleStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module.{}", self.name)?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "{key}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for module in &self.module {
            write!(f, "{module}.")?;
        }
        write!(f, "pod.{}", self.name)?;
        if let Some(key) = &self.key {
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseAddressError {
    /// The text that was given.
    pub text: String,
}

impl fmt::Display for ParseAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not an address; write it as `pod.NAME`, `pod.NAME[0]`, `pod.NAME[\"key\"]` or `module.NAME.pod.NAME`",
            self.text
        )
    }
}

impl std::error::Error for ParseAddressError {}

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Parser { rest: text }.address().ok_or_else(|| ParseAddressError { text: text.to_owned() })
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn address(mut self) -> Option<Address> {
        let mut module = Vec::new();
        while self.eat("module.") {
            let step = ModuleStep { name: self.identifier()?, key: self.key()? };
            module.push(step);
            self.eat(".").then_some(())?;
        }
        self.eat("pod.").then_some(())?;
        let address = Address { module, name: self.identifier()?, key: self.key()? };
        self.rest.is_empty().then_some(address)
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn identifier(&mut self) -> Option<String> {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        let first = name.chars().next()?;
        if !(first.is_alphabetic() || first == '_') {
            return None;
        }
        self.rest = rest;
        Some(name.to_owned())
    }

    /// `Some(None)` when there is no key, `None` when it is broken.
    #[expect(clippy::option_option, reason = "absent and broken differ")]
    fn key(&mut self) -> Option<Option<InstanceKey>> {
        if !self.eat("[") {
            return Some(None);
        }
        let key = if self.eat("\"") {
            InstanceKey::Name(self.quoted()?)
        } else {
            let end = self.rest.find(']')?;
            let (digits, rest) = self.rest.split_at(end);
            self.rest = rest;
            InstanceKey::Index(digits.parse().ok()?)
        };
        self.eat("]").then_some(Some(key))
    }

    fn quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(out);
                }
                '\\' => out.push(match chars.next()?.1 {
                    'n' => '\n',
                    c @ ('"' | '\\') => c,
                    _ => return None,
                }),
                c => out.push(c),
            }
        }
        None
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        for text in [
            "pod.web",
            "pod.web[0]",
            "pod.web[\"a.b\\\"c\"]",
            "module.shop[\"eu\"].module.x.pod.web[12]",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn broken_addresses_are_refused() {
        for text in [
            "",
            "web",
            "pod.",
            "pod.web[",
            "pod.web[x]",
            "pod.web[\"a]",
            "module.a",
            "pod.1a",
            "pod.web.id",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn indexes_are_ordered_by_number() {
        let a: Address = "pod.web[2]".parse().unwrap();
        let b: Address = "pod.web[10]".parse().unwrap();
        assert!(a < b);
    }
}
