//! Version constraints as Terraform writes them: `>= 1.2, < 2.0`, `~> 0.1`.

use semver::{BuildMetadata, Prerelease, Version};
use std::fmt;
use std::str::FromStr;

/// Which versions are accepted: all of its parts must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    operator: Operator,
    version: Version,
    /// How many numbers were written: `~> 1.2` is another than `~> 1.2.0`.
    written: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    /// The last written number may be greater, those before it not.
    Pessimistic,
}

/// Longer ones first, so that `>=` is not taken for `>`.
const OPERATORS: &[(&str, Operator)] = &[
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("~>", Operator::Pessimistic),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
];

impl Constraint {
    /// Whether a version is accepted. A pre-release is accepted only where it is named exactly.
    #[must_use]
    pub fn accepts(&self, version: &Version) -> bool {
        let named = |part: &Part| part.operator == Operator::Equal && part.version == *version;
        if !version.pre.is_empty() && !self.parts.iter().any(named) {
            return false;
        }
        self.parts.iter().all(|part| part.accepts(version))
    }
}

impl Part {
    fn accepts(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Equal => *version == self.version,
            Operator::NotEqual => *version != self.version,
            Operator::Greater => *version > self.version,
            Operator::GreaterEqual => *version >= self.version,
            Operator::Less => *version < self.version,
            Operator::LessEqual => *version <= self.version,
            Operator::Pessimistic => {
                *version >= self.version
                    && match self.written {
                        3 => {
                            (version.major, version.minor)
                                == (self.version.major, self.version.minor)
                        }
                        2 => version.major == self.version.major,
                        _ => true,
                    }
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (operator, rest) = OPERATORS
            .iter()
            .find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))
            .unwrap_or((Operator::Equal, text));
        let rest = rest.trim();
        let rest = rest.strip_prefix('v').unwrap_or(rest);
        let end = rest.find(['-', '+']).unwrap_or(rest.len());
        let (numbers, mark) = rest.split_at(end);
        let mut parsed = Vec::new();
        for number in numbers.split('.') {
            let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            parsed.push(digits.then(|| number.parse().ok()).flatten()?);
        }
        if parsed.len() > 3 {
            return None;
        }
        let at = |index: usize| parsed.get(index).copied().unwrap_or(0);
        let mut version = Version::new(at(0), at(1), at(2));
        let (pre, build) = mark.split_once('+').unwrap_or((mark, ""));
        version.pre = Prerelease::new(pre.strip_prefix('-').unwrap_or(pre)).ok()?;
        version.build = BuildMetadata::new(build).ok()?;
        Some(Self { operator, version, written: parsed.len() })
    }
}

impl FromStr for Constraint {
    type Err = String;

    /// Reads a constraint; the error says which part is none.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        for part in text.split(',') {
            let part = part.trim();
            parts.push(Part::parse(part).ok_or_else(|| {
                format!("`{part}` is not a version constraint, as `~> 1.2` or `>= 1.0, < 2.0`")
            })?);
        }
        Ok(Self { text: text.trim().to_owned(), parts })
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_accepted_as_terraform_does() {
        let table = [
            ("~> 1.0.4", "1.0.5", true),
            ("~> 1.0.4", "1.0.10", true),
            ("~> 1.0.4", "1.1.0", false),
            ("~> 1.0.4", "1.0.3", false),
            ("~> 1.1", "1.2.0", true),
            ("~> 1.1", "1.10.0", true),
            ("~> 1.1", "2.0.0", false),
            ("~> 1.1", "1.0.9", false),
            ("~> 0.1", "0.1.0", true),
            ("~> 0.1", "0.9.0", true),
            ("~> 1", "3.0.0", true),
            ("1.2.3", "1.2.3", true),
            ("= 1.2", "1.2.0", true),
            ("1.2.3", "1.2.4", false),
            ("!= 1.2.3", "1.2.3", false),
            (">= 1.2, < 2.0, != 1.5.0", "1.4.9", true),
            (">= 1.2, < 2.0, != 1.5.0", "1.5.0", false),
            (">= 1.2,<2", "2.0.0", false),
            ("> v1.2.3", "1.2.4", true),
            ("<= 1", "1.0.0", true),
            (">= 1.0.0", "2.0.0-beta.1", false),
            ("2.0.0-beta.1", "2.0.0-beta.1", true),
        ];
        for (constraint, version, accepted) in table {
            let parsed: Constraint = constraint.parse().unwrap();
            let version = Version::parse(version).unwrap();
            assert_eq!(parsed.accepts(&version), accepted, "{constraint} and {version}");
            assert_eq!(parsed.to_string(), constraint);
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused() {
        for text in [
            "",
            "latest",
            "~>",
            "1.2.3.4",
            ">= 1.0,",
            "1..2",
            "=> 1.0",
            "+1",
            "1.x",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Constraint>().is_err(), "{text}");
        }
    }
}
