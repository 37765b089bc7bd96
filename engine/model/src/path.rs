//! Where in a pod a value stands.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One step of an [`AttributePath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// An attribute or block by name: `.resources`.
    Attr(String),
    /// An entry of a map, or an item of a keyed list by its key: `["web"]`.
    Key(String),
    /// An item of a list: `[0]`.
    Index(usize),
}

/// A path from the top of a pod to a value: `container["web"].resources.cpus`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttributePath(pub Vec<Step>);

impl AttributePath {
    /// The path to the pod itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// This path and an attribute below it.
    #[must_use]
    pub fn attr(&self, name: impl Into<String>) -> Self {
        self.step(Step::Attr(name.into()))
    }

    /// This path and a key below it.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// This path and an index below it.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// This path and one more step.
    #[must_use]
    pub fn step(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Self(steps)
    }

    /// The path one step up, `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, init) = self.0.split_last()?;
        Some(Self(init.to_vec()))
    }

    /// Whether `self` is `other` or stands above it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The names of the attributes on the way, without keys: the place in the schema.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Attr(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Attr(name) if i == 0 => f.write_str(name)?,
                Step::Attr(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
