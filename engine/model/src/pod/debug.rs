//! `Debug` of texts that may be sensitive.

use super::{EnvValue, Masked};
use std::fmt;

const HIDDEN: &str = "(sensitive)";

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive { f.write_str(HIDDEN) } else { fmt::Debug::fmt(&self.text, f) }
    }
}

impl fmt::Debug for EnvValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(text) => fmt::Debug::fmt(text, f),
            Self::Sensitive(_) => f.write_str(HIDDEN),
            Self::Secret(name) => write!(f, "secret.{name}"),
        }
    }
}
