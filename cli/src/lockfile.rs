//! `podform.lock.hcl`: the versions and hashes of plugins, made by `podform init`.

use crate::context::Context;
use crate::error::{Failure, Result};
use podform_config::literals::{self, LiteralBlock};
use podform_model::{Diagnostic, Diagnostics, Label, Value, code};
use podform_plugin_host::LockedProvider;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Its name, in the folder of the configuration.
pub const LOCK_FILE: &str = "podform.lock.hcl";

/// The largest lock file that is read, in bytes.
const LIMIT: u64 = 1024 * 1024;

const HEADER: &str = "\
# Made by `podform init`; changes by hand may be lost. Put it under version control: it makes sure
# that everybody runs the same plugins.

";

/// One provider in the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is locked.
    pub provider: LockedProvider,
    /// The constraint of the configuration when it was locked.
    pub constraints: Option<String>,
}

/// What the lock file of the current folder locks; nothing when there is none.
///
/// # Errors
/// It cannot be read, or is wrong; each finding has its place.
pub fn read(context: &Context) -> Result<Vec<LockedProvider>> {
    Ok(read_entries(context)?.into_iter().map(|entry| entry.provider).collect())
}

/// As [`read`], with the constraints.
///
/// # Errors
/// As [`read`].
pub fn read_entries(context: &Context) -> Result<Vec<Entry>> {
    let path = Path::new(LOCK_FILE);
    let bytes = match std::fs::metadata(path).and_then(|found| {
        if found.len() > LIMIT {
            return Err(std::io::Error::other("it is larger than 1 MiB"));
        }
        std::fs::read(path)
    }) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file("read", path, &error)),
    };
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(code::PLUGIN_LOCK_FILE, format!("`{LOCK_FILE}` is not UTF-8")).help(MAKE_AGAIN)
    })?;
    context.add_source(LOCK_FILE, &text);
    parse(&text)
}

/// Writes the lock file when its content changes; says whether it did. It is the old one or the
/// new one at any instant.
///
/// # Errors
/// It cannot be written.
pub fn write(entries: &[Entry]) -> Result<bool> {
    let path = Path::new(LOCK_FILE);
    let text = render(entries);
    if std::fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(false);
    }
    let aside = Path::new(".podform.lock.hcl.new");
    let save = || {
        let mut file = std::fs::File::create(aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(aside, path)
    };
    save().map_err(|error| Failure::file("write", path, &error))?;
    Ok(true)
}

const MAKE_AGAIN: &str = "remove the file and run `podform init`";

fn parse(text: &str) -> Result<Vec<Entry>> {
    let (blocks, mut diagnostics) = literals::read(LOCK_FILE, text, code::PLUGIN_LOCK_FILE);
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    for block in blocks {
        let mut place = block.place.clone();
        match entry(block, &mut diagnostics) {
            Some(entry) if entries.contains_key(&entry.provider.name) => {
                place.text = "a second one".into();
                let text = format!("provider `{}` is locked twice", entry.provider.name);
                diagnostics.push(wrong(text, place));
            }
            Some(entry) => drop(entries.insert(entry.provider.name.clone(), entry)),
            None => {}
        }
    }
    if diagnostics.has_errors() {
        for diagnostic in &mut diagnostics.0 {
            diagnostic.help.get_or_insert_with(|| MAKE_AGAIN.into());
        }
        return Err(diagnostics.into());
    }
    Ok(entries.into_values().collect())
}

fn wrong(summary: impl Into<String>, place: Label) -> Diagnostic {
    Diagnostic::error(code::PLUGIN_LOCK_FILE, summary).label(place)
}

fn entry(block: LiteralBlock, diagnostics: &mut Diagnostics) -> Option<Entry> {
    let [name] = block.labels.as_slice() else {
        diagnostics
            .push(wrong("a block of the lock file has one label, the provider", block.place));
        return None;
    };
    if block.kind != "provider" {
        let summary = format!("the lock file has no block `{}`", block.kind);
        diagnostics.push(wrong(summary, block.place));
        return None;
    }
    let mut fields = Fields { block: &block, diagnostics };
    let source = fields.text("source");
    let version = fields.version();
    let hashes = fields.hashes();
    let constraints = block.attributes.get("constraints").and_then(|found| found.0.as_str());
    let constraints = constraints.map(str::to_owned);
    let provider =
        LockedProvider { name: name.clone(), source: source?, version: version?, hashes: hashes? };
    Some(Entry { provider, constraints })
}

struct Fields<'a> {
    block: &'a LiteralBlock,
    diagnostics: &'a mut Diagnostics,
}

impl Fields<'_> {
    fn get(&mut self, name: &str) -> Option<(Value, Label)> {
        let found = self.block.attributes.get(name).cloned();
        if found.is_none() {
            let place = self.block.place.clone();
            self.diagnostics.push(wrong(format!("a locked provider needs `{name}`"), place));
        }
        found
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let (value, place) = self.get(name)?;
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            let summary = format!("`{name}` must be a string, it is {}", value.kind());
            self.diagnostics.push(wrong(summary, place));
        }
        text
    }

    fn version(&mut self) -> Option<String> {
        let text = self.text("version")?;
        if semver::Version::parse(&text).is_ok() {
            return Some(text);
        }
        let place = self.block.attributes.get("version")?.1.clone();
        self.diagnostics.push(wrong(format!("`{text}` is not a version, as `1.2.3`"), place));
        None
    }

    fn hashes(&mut self) -> Option<Vec<String>> {
        let (value, place) = self.get("hashes")?;
        let texts = value.as_list().filter(|list| !list.is_empty()).and_then(|list| {
            let text = |item: &Value| item.as_str().filter(|text| is_hash(text)).map(str::to_owned);
            list.iter().map(text).collect::<Option<Vec<_>>>()
        });
        if texts.is_none() {
            let summary = "`hashes` must be a list of `sha256:` and 64 hexadecimal digits";
            self.diagnostics.push(wrong(summary, place));
        }
        texts
    }
}

fn is_hash(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(digit))
}

fn render(entries: &[Entry]) -> String {
    let place = Label { file: LOCK_FILE.into(), start: 0, end: 0, text: String::new() };
    let mut blocks: Vec<LiteralBlock> = entries
        .iter()
        .map(|Entry { provider, constraints }| {
            let mut hashes = provider.hashes.clone();
            hashes.sort();
            hashes.dedup();
            let hashes = Value::list(hashes.into_iter().map(Value::from).collect());
            let mut attributes = BTreeMap::from([
                ("source".to_owned(), (Value::from(provider.source.as_str()), place.clone())),
                ("version".to_owned(), (Value::from(provider.version.as_str()), place.clone())),
                ("hashes".to_owned(), (hashes, place.clone())),
            ]);
            if let Some(text) = constraints {
                let value = (Value::from(text.as_str()), place.clone());
                attributes.insert("constraints".to_owned(), value);
            }
            LiteralBlock {
                kind: "provider".into(),
                labels: vec![provider.name.clone()],
                place: place.clone(),
                attributes,
            }
        })
        .collect();
    blocks.sort_by(|one, other| one.labels.cmp(&other.labels));
    format!("{HEADER}{}", literals::write(&blocks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, constraints: Option<&str>) -> Entry {
        let provider = LockedProvider {
            name: name.into(),
            source: format!("example/{name}"),
            version: "1.2.3".into(),
            hashes: vec![
                format!("sha256:{}", "0a".repeat(32)),
                format!("sha256:{}", "00".repeat(32)),
            ],
        };
        Entry { provider, constraints: constraints.map(str::to_owned) }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = render(&[entry("mesos", Some("~> 1.2")), entry("echo", None)]);
        insta::assert_snapshot!(text, @r#"
        # Made by `podform init`; changes by hand may be lost. Put it under version control: it makes sure
        # that everybody runs the same plugins.

        provider "echo" {
          hashes = [
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
          ]
          source = "example/echo"
          version = "1.2.3"
        }

        provider "mesos" {
          constraints = "~> 1.2"
          hashes = [
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
          ]
          source = "example/mesos"
          version = "1.2.3"
        }
        "#);
        let entries = parse(&text).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].constraints.as_deref(), Some("~> 1.2"));
        assert_eq!(render(&entries), text);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let text = r#"
provider "a" {
  source  = 1
  version = "new"
  hashes  = ["md5:00"]
}
provider {}
plugin "b" {}
provider "c" {
  source = "x/c"
  hashes = []
}
"#;
        let Failure(found) = parse(text).unwrap_err();
        let lines: Vec<String> = found
            .iter()
            .map(|found| {
                let at = usize::try_from(found.labels[0].start).unwrap();
                format!("{}: {}", text[..at].matches('\n').count(), found.summary)
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        2: `source` must be a string, it is a number
        3: `new` is not a version, as `1.2.3`
        4: `hashes` must be a list of `sha256:` and 64 hexadecimal digits
        6: a block of the lock file has one label, the provider
        7: the lock file has no block `plugin`
        8: a locked provider needs `version`
        10: `hashes` must be a list of `sha256:` and 64 hexadecimal digits
        ");
        assert!(found.iter().all(|found| found.help.is_some()));
    }

    #[test]
    fn a_provider_is_locked_once() {
        let text = render(&[entry("x", None)]);
        let Failure(found) = parse(&format!("{text}\n{text}")).unwrap_err();
        assert_eq!(found.0[0].summary, "provider `x` is locked twice");
    }
}
