//! Identifiers, each a message `{"value": "…"}`.

use std::fmt;

use crate::wire::message;

macro_rules! ids {
    ($( $(#[$meta:meta])* $name:ident, )*) => { $(
        message! {
            $(#[$meta])*
            $name {
                /// The identifier's text.
                req value: String,
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.value.cmp(&other.value)
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.value.hash(state);
            }
        }

        impl $name {
            /// The identifier with this text.
            pub fn new(value: impl Into<String>) -> Self {
                Self { value: value.into() }
            }

            /// The identifier's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.value
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.value)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self::new(value)
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self { value }
            }
        }
    )* };
}

ids! {
    /// A framework (one scheduler and its tasks).
    FrameworkId,
    /// An offer or an inverse offer; dead once it is accepted, declined or rescinded.
    OfferId,
    /// An agent; a new one whenever the agent loses its disk.
    AgentId,
    /// A task; chosen by the scheduler.
    TaskId,
    /// An executor; chosen by the scheduler, unique per framework and agent.
    ExecutorId,
    /// An operation of an accepted offer, where feedback is asked for.
    OperationId,
    /// A resource provider on an agent.
    ResourceProviderId,
}

message! {
    /// A container on an agent; a nested one names its parents.
    ContainerId {
        /// The identifier's text, without its parents'.
        req value: String,
        /// The container that this one is nested in.
        opt parent: Box<ContainerId>,
    }
}

impl ContainerId {
    /// A container that is not nested.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), parent: None }
    }

    /// The outermost container.
    #[must_use]
    pub fn root(&self) -> &Self {
        let mut container = self;
        while let Some(parent) = &container.parent {
            container = parent;
        }
        container
    }
}
