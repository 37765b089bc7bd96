//! `podform.lock.hcl`: the versions and hashes of plugins and modules, made by `podform init`.

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
# that everybody runs the same plugins and modules.

";

/// One provider in the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is locked.
    pub provider: LockedProvider,
    /// The constraint of the configuration when it was locked.
    pub constraints: Option<String>,
}

/// One downloaded module in the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedModule {
    /// The commit, of a git repository.
    pub commit: Option<String>,
    /// The hash of its files.
    pub hash: String,
}

/// What a lock file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The providers, by name.
    pub providers: Vec<Entry>,
    /// The modules, by what is downloaded.
    pub modules: BTreeMap<String, LockedModule>,
}

/// The providers that the lock file of the current folder locks; none when there is no such file.
///
/// # Errors
/// It cannot be read, or is wrong; each finding has its place.
pub fn read(context: &Context) -> Result<Vec<LockedProvider>> {
    Ok(read_lock(context)?.providers.into_iter().map(|entry| entry.provider).collect())
}

/// All that the lock file holds; nothing when there is none.
///
/// # Errors
/// As [`read`].
pub fn read_lock(context: &Context) -> Result<Lock> {
    let path = Path::new(LOCK_FILE);
    let bytes = match std::fs::metadata(path).and_then(|found| {
        if found.len() > LIMIT {
            return Err(std::io::Error::other("it is larger than 1 MiB"));
        }
        std::fs::read(path)
    }) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
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
pub fn write(lock: &Lock) -> Result<bool> {
    let path = Path::new(LOCK_FILE);
    let text = render(lock);
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

/// Reads the text of a lock file.
///
/// # Errors
/// It is wrong; each finding has its place.
pub fn parse(text: &str) -> Result<Lock> {
    let (blocks, mut diagnostics) = literals::read(LOCK_FILE, text, code::PLUGIN_LOCK_FILE);
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut modules = BTreeMap::new();
    for block in blocks {
        let mut place = block.place.clone();
        let label = block.labels.first().cloned().unwrap_or_default();
        let (twice, what) = match &*block.kind {
            "module" => (modules.contains_key(&label), "module"),
            _ => (entries.contains_key(&label), "provider"),
        };
        if twice {
            place.text = "a second one".into();
            diagnostics.push(wrong(format!("{what} `{label}` is locked twice"), place));
            continue;
        }
        if what == "module" {
            modules.extend(module(&block, &mut diagnostics));
        } else if let Some(entry) = entry(block, &mut diagnostics) {
            entries.insert(label, entry);
        }
    }
    if diagnostics.has_errors() {
        for diagnostic in &mut diagnostics.0 {
            diagnostic.help.get_or_insert_with(|| MAKE_AGAIN.into());
        }
        return Err(diagnostics.into());
    }
    Ok(Lock { providers: entries.into_values().collect(), modules })
}

/// A locked module, by what is downloaded.
fn module(block: &LiteralBlock, diagnostics: &mut Diagnostics) -> Option<(String, LockedModule)> {
    let [package] = block.labels.as_slice() else {
        let summary = "a `module` of the lock file has one label, what is downloaded";
        diagnostics.push(wrong(summary, block.place.clone()));
        return None;
    };
    let text = |name: &str| block.attributes.get(name).and_then(|found| found.0.as_str());
    let Some(hash) = text("hash").filter(|hash| is_hash(hash)) else {
        let summary = "a locked module needs `hash`: `sha256:` and 64 hexadecimal digits";
        let place = block.attributes.get("hash").map_or(&block.place, |found| &found.1);
        diagnostics.push(wrong(summary, place.clone()));
        return None;
    };
    let commit = text("commit").map(str::to_owned);
    // It is given to git, which would take other texts for something else.
    if commit.as_ref().is_some_and(|commit| !commit.bytes().all(|b| b.is_ascii_hexdigit())) {
        let place = block.attributes.get("commit").map_or(&block.place, |found| &found.1);
        diagnostics.push(wrong("`commit` must be hexadecimal digits", place.clone()));
        return None;
    }
    Some((package.clone(), LockedModule { commit, hash: hash.to_owned() }))
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

/// The text of a lock file, which [`parse`] reads.
#[must_use]
pub fn render(lock: &Lock) -> String {
    let place = Label { file: LOCK_FILE.into(), start: 0, end: 0, text: String::new() };
    let mut blocks: Vec<LiteralBlock> = lock
        .providers
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
    blocks.extend(lock.modules.iter().map(|(package, module)| {
        let text = |text: &str| (Value::from(text), place.clone());
        let mut attributes = BTreeMap::from([("hash".to_owned(), text(&module.hash))]);
        if let Some(commit) = &module.commit {
            attributes.insert("commit".to_owned(), text(commit));
        }
        LiteralBlock {
            kind: "module".into(),
            labels: vec![package.clone()],
            place: place.clone(),
            attributes,
        }
    }));
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
        let module = LockedModule {
            commit: Some("0a".repeat(20)),
            hash: format!("sha256:{}", "0b".repeat(32)),
        };
        let lock = Lock {
            providers: vec![entry("mesos", Some("~> 1.2")), entry("echo", None)],
            modules: BTreeMap::from([("git::https://host/shop.git?ref=v1".to_owned(), module)]),
        };
        let text = render(&lock);
        insta::assert_snapshot!(text, @r#"
        # Made by `podform init`; changes by hand may be lost. Put it under version control: it makes sure
        # that everybody runs the same plugins and modules.

        provider "echo" {
          hashes = [
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
          ]
          source  = "example/echo"
          version = "1.2.3"
        }

        provider "mesos" {
          constraints = "~> 1.2"
          hashes = [
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
          ]
          source  = "example/mesos"
          version = "1.2.3"
        }

        module "git::https://host/shop.git?ref=v1" {
          commit = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
          hash   = "sha256:0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
        }
        "#);
        let read = parse(&text).unwrap();
        assert_eq!(read.providers.len(), 2);
        assert_eq!(read.providers[1].constraints.as_deref(), Some("~> 1.2"));
        assert_eq!(read.modules, lock.modules);
        assert_eq!(render(&read), text);
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
module "m" { hash = "md5:0" }
module "n" {
  commit = "--x"
  hash   = "sha256:HASH"
}
provider "c" {
  source = "x/c"
  hashes = []
}
"#;
        let text = &text.replace("HASH", &"0".repeat(64));
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
        8: a locked module needs `hash`: `sha256:` and 64 hexadecimal digits
        10: `commit` must be hexadecimal digits
        13: a locked provider needs `version`
        15: `hashes` must be a list of `sha256:` and 64 hexadecimal digits
        ");
        assert!(found.iter().all(|found| found.help.is_some()));
    }

    #[test]
    fn a_provider_is_locked_once() {
        let lock = Lock { providers: vec![entry("x", None)], modules: BTreeMap::new() };
        let text = render(&lock);
        let Failure(found) = parse(&format!("{text}\n{text}")).unwrap_err();
        assert_eq!(found.0[0].summary, "provider `x` is locked twice");
    }
}
