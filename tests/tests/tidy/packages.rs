//! Who depends on whom.

use crate::source::{code_of, without_tests};
use crate::workspace::{expect_none, packages, root, rust_files};
use std::collections::BTreeSet;

const ARROWS: &[(&str, &[&str])] = &[
    ("podform-model", &[]),
    ("podform-config", &["podform-model"]),
    ("podform-plan", &["podform-model"]),
    ("podform-runtime", &["podform-model", "podform-plan", "podform-provider", "podform-state"]),
    ("podform-http", &["podform-model"]),
    ("podform-state", &["podform-model", "podform-http"]),
    ("podform-provider", &["podform-model"]),
    ("podform-secrets", &["podform-model", "podform-http"]),
    ("podform-mesos-proto", &[]),
    ("podform-mesos-client", &["podform-mesos-proto", "podform-http"]),
    (
        "podform-provider-mesos",
        &[
            "podform-provider",
            "podform-model",
            "podform-mesos-proto",
            "podform-mesos-client",
            "podform-secrets",
            "podform-plugin-sdk",
        ],
    ),
    ("podform-marathon-proto", &["podform-model"]),
    (
        "podform-provider-marathon",
        &[
            "podform-provider",
            "podform-model",
            "podform-marathon-proto",
            "podform-secrets",
            "podform-http",
            "podform-plugin-sdk",
        ],
    ),
    (
        "podform-dev",
        &["podform-model", "podform-mesos-proto", "podform-marathon-proto", "podform-http"],
    ),
    ("podform-plugin-abi", &["podform-provider", "podform-model"]),
    ("podform-plugin-sdk", &["podform-plugin-abi", "podform-provider", "podform-model"]),
    ("podform-plugin-host", &["podform-plugin-abi", "podform-provider", "podform-model"]),
    (
        "podform",
        &[
            "podform-model",
            "podform-config",
            "podform-plan",
            "podform-runtime",
            "podform-http",
            "podform-state",
            "podform-provider",
            "podform-secrets",
            "podform-mesos-proto",
            "podform-mesos-client",
            "podform-marathon-proto",
            "podform-dev",
            "podform-plugin-abi",
            "podform-plugin-host",
        ],
    ),
    // What anyone's plugin would import.
    ("podform-provider-echo", &["podform-plugin-sdk"]),
];

/// Packages from elsewhere that only some of ours may use.
const RESERVED: &[(&str, &[&str])] = &[
    ("libloading", &["podform-plugin-host"]),
    ("reqwest", &["podform-http"]),
    ("hcl-rs", &["podform-config", "podform-secrets"]),
    ("hcl-edit", &["podform-config", "podform-secrets"]),
    ("clap", &["podform"]),
    ("miette", &["podform"]),
    // The diff is data, words of changed lines included, so that text and JSON show the same.
    ("similar", &["podform", "podform-plan"]),
    ("indicatif", &["podform"]),
];

const PURE: &[&str] = &[
    "engine/model",
    "engine/config",
    "engine/plan",
    "providers/api",
    "providers/mesos-proto",
    "providers/marathon-proto",
    "plugins/abi",
];

/// What a pure package has no use for.
const IMPURE_DEPENDENCIES: &[&str] =
    &["tokio", "reqwest", "rustix", "tempfile", "futures-util", "libloading"];

const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "new_v4",
    "async fn",
    "tokio::",
];

#[test]
fn arrows_are_as_drawn() {
    let mut found = Vec::new();
    for package in packages().values().filter(|package| package.name != "podform-tests") {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            found.push(format!("{} is in no table", package.name));
            continue;
        };
        let ours = package.dependencies.iter().filter(|name| name.starts_with("podform"));
        let wrong = ours.filter(|name| !allowed.contains(&name.as_str()));
        found.extend(wrong.map(|name| format!("{} → {name}", package.name)));
    }
    expect_none("dependencies that the layout does not have", &found);
}

#[test]
fn crates_for_one_purpose_are_used_in_one_place() {
    let mut found = Vec::new();
    for package in packages().values() {
        for (reserved, users) in RESERVED {
            let used = package.dependencies.contains(*reserved)
                || package.dev_dependencies.contains(*reserved);
            if used && !users.contains(&package.name.as_str()) {
                found.push(format!("{} uses {reserved}, which is for {users:?}", package.name));
            }
        }
    }
    expect_none("crates in the wrong place", &found);
}

#[test]
fn pure_packages_do_nothing_but_compute() {
    let rules = std::fs::read_to_string(root().join("engine/model/clippy.toml")).unwrap();
    assert!(rules.contains("disallowed-methods"));
    let mut found = Vec::new();
    for folder in PURE {
        let own = std::fs::read_to_string(root().join(folder).join("clippy.toml"));
        if own.ok().as_ref() != Some(&rules) {
            found.push(format!("{folder}/clippy.toml differs from engine/model/clippy.toml"));
        }
    }
    for package in packages().values().filter(|p| PURE.contains(&p.folder.as_str())) {
        let impure = IMPURE_DEPENDENCIES.iter().filter(|d| package.dependencies.contains(**d));
        found.extend(impure.map(|dependency| format!("{} uses {dependency}", package.folder)));
    }
    for (path, text) in rust_files() {
        if PURE.iter().any(|folder| path.starts_with(&format!("{folder}/src/"))) {
            let code = code_of(without_tests(&path, &text));
            let words = IMPURE_WORDS.iter().filter(|word| code.contains(**word));
            found.extend(words.map(|word| format!("{path} names {word}")));
        }
    }
    expect_none("impure packages", &found);
}

#[test]
fn versions_and_lints_are_in_the_root() {
    let mut found = Vec::new();
    for package in packages().values() {
        for line in ["version.workspace = true", "edition.workspace = true", "[lints]"] {
            if !package.manifest.lines().any(|l| l.trim() == line) {
                found.push(format!("{}/Cargo.toml lacks `{line}`", package.folder));
            }
        }
        for line in package.manifest.lines().filter(|line| line.contains("version = ")) {
            found.push(format!("{}/Cargo.toml says `{line}`", package.folder));
        }
    }
    let root = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    if root.contains("panic = \"abort\"") {
        found.push("a panic must not end the process: it would cross the plugin boundary".into());
    }
    expect_none("manifests", &found);
}

#[test]
fn every_arrow_of_the_table_names_a_package_that_may_exist() {
    let names: BTreeSet<_> = ARROWS.iter().map(|(name, _)| *name).collect();
    for (from, to) in ARROWS {
        assert!(to.iter().all(|to| names.contains(to)), "{from}");
    }
    let all = packages();
    for folder in PURE {
        assert!(all.values().any(|package| package.folder == *folder), "{folder}");
    }
}
