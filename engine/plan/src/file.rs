//! The saved plan: what `plan -out` writes and `apply FILE` does exactly.
//!
//! It is JSON. It holds the sources of the configuration, but of files that functions read and of
//! sensitive variables only keyed digests: they are read or given again and must match.

use crate::compare::differs;
use crate::input::Options;
use crate::model::Plan;
use crate::seal::seal;
use podform_model::{Diagnostic, Value, code};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The first characters of every plan file, so that it is told from other JSON.
const KIND: &str = "podform plan";

/// The version of the format that this release writes. Another one is refused.
pub const FORMAT_VERSION: u32 = 1;

/// The least that is read of a file before its version is known.
#[derive(Deserialize)]
struct Head {
    kind: String,
    format_version: u32,
}

/// A saved plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanFile {
    /// What this file is.
    kind: String,
    /// The version of its format.
    pub format_version: u32,
    /// The release of podform that wrote it.
    pub podform_version: String,
    /// When it was made, seconds since 1970.
    pub created_at: f64,
    /// The sources of the configuration by name: only `*.pf.hcl` and `*.pf.json`.
    pub sources: BTreeMap<String, String>,
    /// The files that functions read, by name: the keyed digest of their text; `None`: there was no key.
    pub files: BTreeMap<String, Option<String>>,
    /// The variables that were given. A sensitive one is a digest.
    pub variables: BTreeMap<String, Value>,
    /// What the user asked for.
    pub options: Options,
    /// The identity of the state.
    pub lineage: String,
    /// The state's serial.
    pub serial: u64,
    /// The plan, its sensitive values as digests.
    pub plan: Plan,
}

/// What a [`PlanFile`] is made from.
#[derive(Debug, Clone)]
pub struct PlanFileParts {
    /// The release of podform.
    pub podform_version: String,
    /// The time, seconds since 1970.
    pub created_at: f64,
    /// The sources of the configuration by name.
    pub sources: BTreeMap<String, String>,
    /// The files that functions read, by name, with their text.
    pub files: BTreeMap<String, String>,
    /// The variables that were given, sensitive ones behind their mark.
    pub variables: BTreeMap<String, Value>,
    /// What the user asked for.
    pub options: Options,
    /// The identity of the state.
    pub lineage: String,
    /// The state's serial.
    pub serial: u64,
    /// The plan.
    pub plan: Plan,
}

impl PlanFile {
    /// Makes a file's content; everything sensitive becomes a digest.
    #[must_use]
    pub fn new(parts: PlanFileParts, digest: &dyn Fn(&Value) -> Option<String>) -> Self {
        let files = parts.files.into_iter();
        let variables = parts.variables.into_iter();
        Self {
            kind: KIND.to_owned(),
            format_version: FORMAT_VERSION,
            podform_version: parts.podform_version,
            created_at: parts.created_at,
            sources: parts.sources,
            files: files.map(|(name, text)| (name, digest(&Value::from(text)))).collect(),
            variables: variables.map(|(name, value)| (name, seal(&value, digest))).collect(),
            options: parts.options,
            lineage: parts.lineage,
            serial: parts.serial,
            plan: seal_plan(parts.plan, digest),
        }
    }

    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes =
            serde_json::to_vec(self).expect("a plan file has string keys and finite numbers only");
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file.
    ///
    /// # Errors
    /// A diagnostic when it is no plan file, is broken, or was written by another release.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, Box<Diagnostic>> {
        let error = |text: String| Box::new(Diagnostic::error(code::PLAN_FILE, text).help(AGAIN));
        let head: Head = serde_json::from_slice(bytes)
            .map_err(|cause| error(describe(bytes, name)).map_detail(&cause))?;
        if head.kind != KIND {
            return Err(error(format!("`{name}` is not a plan file")));
        }
        if head.format_version != FORMAT_VERSION {
            return Err(error(format!(
                "`{name}` was written by another release: its format is {}, this one reads {FORMAT_VERSION}",
                head.format_version
            )));
        }
        serde_json::from_slice(bytes)
            .map_err(|cause| error(format!("the plan file `{name}` is broken")).map_detail(&cause))
    }

    /// Whether a file that functions read is still the one that the plan was made with; a lost key
    /// says no.
    #[must_use]
    pub fn same_file(
        &self,
        name: &str,
        text: &str,
        digest: &dyn Fn(&Value) -> Option<String>,
    ) -> bool {
        let known = self.files.get(name).and_then(Option::as_ref);
        known.is_some_and(|known| digest(&Value::from(text)).as_ref() == Some(known))
    }

    /// Whether a variable's value is still the one that the plan was made with; a lost key says no
    /// of a sensitive one.
    #[must_use]
    pub fn same_variable(
        &self,
        name: &str,
        value: &Value,
        digest: &dyn Fn(&Value) -> Option<String>,
    ) -> bool {
        self.variables.get(name).is_some_and(|known| differs(known, value, digest).is_none())
    }

    /// Why the plan no longer fits; `None`: it does.
    #[must_use]
    pub fn stale(
        &self,
        lineage: &str,
        serial: u64,
        now: &crate::Fingerprint,
    ) -> Option<Diagnostic> {
        let stale = |summary: &str| Diagnostic::error(code::PLAN_STALE, summary).help(AGAIN);
        if self.lineage != lineage {
            return Some(stale("the saved plan was made for another state"));
        }
        if self.serial != serial {
            return Some(stale("the state changed after the plan was saved").detail(format!(
                "The plan was made from serial {}; the state has {serial}.",
                self.serial
            )));
        }
        let moved = self.plan.fingerprint.differences(now);
        if moved.is_empty() {
            return None;
        }
        Some(stale("the cluster changed after the plan was saved").detail(moved.join("\n")))
    }
}

const AGAIN: &str = "make a new plan with `podform plan -out FILE`";

trait MapDetail {
    fn map_detail(self, cause: &serde_json::Error) -> Self;
}

impl MapDetail for Box<Diagnostic> {
    /// Adds where it is broken, but none of the content.
    fn map_detail(mut self, cause: &serde_json::Error) -> Self {
        self.detail = Some(format!("At line {}, column {}.", cause.line(), cause.column()));
        self
    }
}

fn describe(bytes: &[u8], name: &str) -> String {
    match bytes {
        [] => format!("`{name}` is empty"),
        [b'{', ..] => format!("`{name}` is not a plan file, or it is broken"),
        _ => format!("`{name}` is not a plan file"),
    }
}

/// The plan as it may be at rest.
pub fn seal_plan(mut plan: Plan, digest: &dyn Fn(&Value) -> Option<String>) -> Plan {
    let each = |value: &mut Option<Value>| {
        if let Some(inner) = value {
            *inner = seal(inner, digest);
        }
    };
    for change in &mut plan.changes {
        each(&mut change.before);
        each(&mut change.after);
    }
    for output in &mut plan.outputs {
        for value in [&mut output.before, &mut output.after].into_iter().flatten() {
            // An output's own mark may stand beside the value.
            let hidden = if output.sensitive { value.clone().sensitive() } else { value.clone() };
            *value = seal(&hidden, digest);
        }
    }
    for value in plan.computed.values_mut() {
        *value = seal(value, digest);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OutputAction, OutputChange};

    fn digest(value: &Value) -> Option<String> {
        let text = serde_json::to_string(value).unwrap();
        Some(
            text.bytes()
                .fold(7_u64, |a, b| a.wrapping_mul(31).wrapping_add(u64::from(b)))
                .to_string(),
        )
    }

    fn parts() -> PlanFileParts {
        let output = OutputChange {
            name: "token".into(),
            action: OutputAction::Create,
            before: None,
            after: Some(Value::from("canary-output")),
            sensitive: true,
        };
        PlanFileParts {
            podform_version: "0.1.0".into(),
            created_at: 5.0,
            sources: BTreeMap::from([("main.pf.hcl".into(), "pod \"a\" {}".into())]),
            files: BTreeMap::from([("motd.txt".into(), "canary-file".into())]),
            variables: BTreeMap::from([
                ("token".into(), Value::from("canary-variable").sensitive()),
                ("count".into(), Value::from(2_i64)),
            ]),
            options: Options::new("g1", 5.0),
            lineage: "L".into(),
            serial: 3,
            plan: Plan { outputs: vec![output], ..Plan::default() },
        }
    }

    #[test]
    fn a_file_reads_back_and_holds_no_sensitive_text() {
        let file = PlanFile::new(parts(), &digest);
        let bytes = file.to_bytes();
        assert!(!String::from_utf8(bytes.clone()).unwrap().contains("canary"));
        let back = PlanFile::from_bytes(&bytes, "p").unwrap();
        assert_eq!(back, file);
        assert!(back.same_file("motd.txt", "canary-file", &digest));
        assert!(!back.same_file("motd.txt", "other", &digest));
        assert!(!back.same_file("motd.txt", "canary-file", &|_| None));
        assert!(back.same_variable("token", &Value::from("canary-variable").sensitive(), &digest));
        assert!(!back.same_variable("token", &Value::from("x").sensitive(), &digest));
        assert!(back.same_variable("count", &Value::from(2_i64), &digest));
    }

    #[test]
    fn broken_foreign_and_newer_files_are_refused() {
        let good = PlanFile::new(parts(), &digest).to_bytes();
        let newer = String::from_utf8(good.clone())
            .unwrap()
            .replace("\"format_version\":1", "\"format_version\":2");
        for (bytes, expected) in [
            (b"".to_vec(), "is empty"),
            (b"PK\x03\x04".to_vec(), "is not a plan file"),
            (b"{\"version\":4}".to_vec(), "is not a plan file, or it is broken"),
            (b"{\"kind\":\"x\",\"format_version\":1}".to_vec(), "is not a plan file"),
            (good[..good.len() / 2].to_vec(), "or it is broken"),
            (newer.into_bytes(), "another release"),
            (b"{\"kind\":\"podform plan\",\"format_version\":1}".to_vec(), "is broken"),
        ] {
            let error = PlanFile::from_bytes(&bytes, "p.plan").unwrap_err();
            assert!(error.summary.contains(expected), "{} / {expected}", error.summary);
            assert_eq!(error.code, code::PLAN_FILE);
            assert!(error.help.is_some());
        }
    }

    #[test]
    fn a_stale_plan_says_what_moved() {
        let file = PlanFile::new(parts(), &digest);
        let now = crate::Fingerprint::default();
        assert_eq!(file.stale("L", 3, &now), None);
        assert!(file.stale("M", 3, &now).unwrap().summary.contains("another state"));
        assert!(file.stale("L", 4, &now).unwrap().detail.unwrap().contains("serial 3"));
        let mut moved = now;
        let facts = BTreeMap::from([("i1".to_owned(), "g 0 dead".to_owned())]);
        moved.instances.insert(podform_model::Address::pod("web"), facts);
        let stale = file.stale("L", 3, &moved).unwrap();
        assert!(stale.detail.unwrap().contains("`i1` of pod.web was absent, is dead"));
    }
}
