//! What is refused before anything of a plugin runs, and before any call of it.

use crate::support::{BOTH, candidate, copy, options};
use podform_plugin_abi::{Header, LayoutError, MAGIC, SYMBOL};
use podform_plugin_host::{Candidate, Error, Isolation, LockedProvider, LogLevel, load};
use std::path::{Path, PathBuf};

fn locked(version: &str, hashes: &[&str]) -> LockedProvider {
    LockedProvider {
        name: "faulty".into(),
        source: "example/faulty".into(),
        version: version.into(),
        hashes: hashes.iter().map(|hash| (*hash).to_owned()).collect(),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    format!("{}.{suffix}", path.display()).into()
}

#[test]
fn a_wrong_checksum_is_refused_before_the_library_is_loaded() {
    for isolation in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let path = copy("faulty", folder.path());
        std::fs::write(with_suffix(&path, "mark"), "").unwrap();
        let (options, _) = options(isolation);
        let found = Candidate { path: path.clone(), ..candidate("faulty") };

        let wrong = locked("1.2.3", &["sha256:00", "sha256:01"]);
        let error = load(&found, Some(&wrong), &options).unwrap_err();
        assert!(matches!(error, Error::Checksum { .. }), "{error:?}");
        assert_eq!(error.code(), "plugin::checksum");
        let detail = error.diagnostic().detail.unwrap();
        assert!(detail.contains(&found.sha256) && detail.contains("sha256:00 or sha256:01"));
        assert!(!with_suffix(&path, "loaded").exists());

        let right = locked("1.2.3", &["sha256:00", &found.sha256]);
        load(&found, Some(&right), &options).unwrap();
        assert!(with_suffix(&path, "loaded").exists(), "the mark of loading does not work");
    }
}

#[test]
fn a_file_that_changed_since_it_was_found_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy("faulty", folder.path());
    let found = Candidate { path: path.clone(), ..candidate("faulty") };
    std::fs::write(&path, "another").unwrap();
    let (options, _) = options(Isolation::Process);
    let error = load(&found, None, &options).unwrap_err();
    assert!(matches!(error, Error::Checksum { .. }), "{error:?}");
}

#[test]
fn a_developers_plugin_overrides_the_lock_with_a_warning() {
    let found = Candidate { dev: true, ..candidate("faulty") };
    let (options, lines) = options(Isolation::Process);
    load(&found, Some(&locked("9.9.9", &["sha256:00"])), &options).unwrap();
    let (_, level, _) = lines.wait_for("is used instead of what is locked");
    assert_eq!(level, LogLevel::Warn);
}

#[test]
fn another_version_than_the_locked_one_is_refused() {
    let found = candidate("faulty");
    let (options, _) = options(Isolation::Process);
    let error = load(&found, Some(&locked("2.0.0", &[&found.sha256])), &options).unwrap_err();
    assert!(matches!(error, Error::OtherVersion { .. }), "{error:?}");
}

#[test]
fn another_provider_than_the_files_name_says_is_refused() {
    let found = Candidate { name: "echo".into(), ..candidate("faulty") };
    let (options, _) = options(Isolation::Process);
    let error = load(&found, None, &options).unwrap_err();
    assert!(error.to_string().contains("is the provider `faulty`, not `echo`"), "{error}");
}

/// Loads a copy of the plugin whose table's header was changed.
fn with_header(change: impl Fn(&mut Vec<u8>, usize)) -> Vec<Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = copy("faulty", folder.path());
    let mut bytes = std::fs::read(&path).unwrap();
    let mut needle = MAGIC.to_vec();
    needle.extend(Header::OURS.abi_version.to_le_bytes());
    needle.extend(Header::OURS.size.to_le_bytes());
    let places: Vec<usize> =
        (0..bytes.len() - needle.len()).filter(|at| bytes[*at..].starts_with(&needle)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|at| change(&mut bytes, *at));
    changed(&path, &bytes)
}

fn changed(path: &Path, bytes: &[u8]) -> Vec<Error> {
    // A new file: the loader knows the old one by its inode.
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
    let candidate = Candidate {
        path: path.to_owned(),
        sha256: format!("sha256:{}", hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes))),
        ..candidate("faulty")
    };
    BOTH.map(|isolation| load(&candidate, None, &options(isolation).0).unwrap_err()).into()
}

/// What both transports say, which must be the same.
fn texts(errors: Vec<Error>) -> String {
    let texts: Vec<String> = errors
        .iter()
        .map(|error| {
            assert_eq!(error.code(), "plugin::abi");
            let diagnostic = error.diagnostic();
            format!("{}: {}", diagnostic.summary, diagnostic.detail.unwrap_or_default())
        })
        .collect();
    assert_eq!(texts[0], texts[1]);
    texts[0].clone()
}

#[test]
fn mismatches_of_the_table_are_readable() {
    let text = texts(with_header(|bytes, at| bytes[at + 8] = 77));
    assert!(text.contains("does not fit this podform"), "{text}");
    assert!(text.contains("version 77 of the plugin boundary"), "{text}");
    assert!(text.contains("podform is too old"), "{text}");
    let text = texts(with_header(|bytes, at| bytes[at + 8] = 0));
    assert!(text.contains("the plugin is too old"), "{text}");
    let text = texts(with_header(|bytes, at| bytes[at + 12] = 25));
    assert!(text.contains("its table has 25 bytes where version 1 has"), "{text}");
    let text = texts(with_header(|bytes, at| bytes[at] = b'X'));
    assert!(text.contains("not a plugin's table"), "{text}");
    let text = texts(with_header(|bytes, at| bytes[at + 16] = 0b10));
    assert!(text.contains("none of the codecs"), "{text}");
    let size = LayoutError::Size { version: 1, found: 25, expected: size_of::<Header>() };
    assert!(size.to_string().contains("25"));
}

#[test]
fn a_library_without_a_table_is_no_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy("faulty", folder.path());
    let bytes = std::fs::read(&path).unwrap();
    // Renames the symbol everywhere, in the string table of the dynamic symbols too.
    let symbol = SYMBOL.as_bytes();
    let mut renamed = bytes.clone();
    for at in 0..bytes.len() - symbol.len() {
        if bytes[at..].starts_with(symbol) {
            renamed[at] = b'q';
        }
    }
    let text = texts(changed(&path, &renamed));
    assert!(text.contains("is not a plugin of podform"), "{text}");
    assert!(text.contains(SYMBOL), "{text}");
}

#[test]
fn what_is_no_library_is_no_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libpodform_provider_faulty.so");
    std::fs::write(&path, "").unwrap();
    let text = texts(changed(&path, b"#!/bin/sh\n"));
    assert!(text.contains("is not a plugin of podform"), "{text}");
}
