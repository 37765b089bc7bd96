//! Where in a pod a value stands.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

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

/// A path that is only made when it is shown: a step costs no copy of the steps before it, and a
/// copy of it costs nothing. For those who visit many values to complain about few.
#[derive(Debug, Clone, Default)]
pub struct Way<'a>(Option<Rc<(Self, Hop<'a>)>>);

#[derive(Debug)]
enum Hop<'a> {
    Attr(Word<'a>),
    Key(Word<'a>),
    Index(usize),
}

/// A name or a key on a [`Way`], without a copy of its text.
#[derive(Debug)]
pub enum Word<'a> {
    /// One that outlives the way.
    Borrowed(&'a str),
    /// One that is shared.
    Shared(Arc<str>),
}

impl<'a> From<&'a str> for Word<'a> {
    fn from(text: &'a str) -> Self {
        Self::Borrowed(text)
    }
}

impl From<&Arc<str>> for Word<'_> {
    fn from(text: &Arc<str>) -> Self {
        Self::Shared(text.clone())
    }
}

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Borrowed(text) => f.write_str(text),
            Self::Shared(text) => f.write_str(text),
        }
    }
}

impl<'a> Way<'a> {
    /// This way and an attribute below it.
    #[must_use]
    pub fn attr(&self, name: impl Into<Word<'a>>) -> Self {
        self.then(Hop::Attr(name.into()))
    }

    /// This way and a key below it.
    #[must_use]
    pub fn key(&self, key: impl Into<Word<'a>>) -> Self {
        self.then(Hop::Key(key.into()))
    }

    /// This way and an index below it.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Hop::Index(index))
    }

    fn then(&self, hop: Hop<'a>) -> Self {
        Self(Some(Rc::new((self.clone(), hop))))
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> AttributePath {
        let mut steps = Vec::new();
        let mut here = self;
        while let Some(last) = &here.0 {
            steps.push(match &last.1 {
                Hop::Attr(name) => Step::Attr(name.to_string()),
                Hop::Key(key) => Step::Key(key.to_string()),
                Hop::Index(index) => Step::Index(*index),
            });
            here = &last.0;
        }
        steps.reverse();
        AttributePath(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_becomes_the_path_that_its_steps_make() {
        let path = AttributePath::root().attr("container").key("web").attr("argv").index(1);
        let web: Arc<str> = "web".into();
        assert_eq!(Way::default().attr("container").key(&web).attr("argv").index(1).path(), path);
        assert_eq!(Way::default().path(), AttributePath::root());
    }
}
