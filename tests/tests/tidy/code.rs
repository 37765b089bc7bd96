//! How the code is written.

use crate::source::{code_of, functions, without_tests};
use crate::workspace::{expect_none, files, root, rust_files};

/// The longest file and function, tests excluded, in lines.
const LONGEST_FILE: usize = 800;
const LONGEST_FUNCTION: usize = 80;

/// The packages that cross a C boundary.
const MAY_BE_UNSAFE: &[&str] = &["plugins/abi/", "plugins/sdk/", "plugins/host/"];

#[test]
fn every_file_says_what_it_is() {
    let silent = rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    expect_none(
        "files without `//!` in the first line",
        &silent.map(|(path, _)| path).collect::<Vec<_>>(),
    );
}

#[test]
fn files_and_functions_are_not_too_long() {
    let mut found = Vec::new();
    for (path, text) in rust_files() {
        let code = code_of(without_tests(&path, &text));
        let lines = code.lines().count();
        if lines > LONGEST_FILE {
            found.push(format!("{path} has {lines} lines"));
        }
        let long = functions(&code).into_iter().filter(|(_, _, lines)| *lines > LONGEST_FUNCTION);
        found.extend(
            long.map(|(name, at, lines)| format!("{path}:{at}: `{name}` has {lines} lines")),
        );
    }
    expect_none("too long", &found);
}

#[test]
fn unsafe_stands_only_at_the_c_boundary() {
    let mut found = Vec::new();
    for (path, text) in rust_files() {
        if MAY_BE_UNSAFE.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let code = code_of(&text);
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        if words.into_iter().any(|word| word == "unsafe") {
            found.push(path);
        }
    }
    expect_none("`unsafe` outside of the plugin boundary", &found);
}

#[test]
fn nothing_is_left_for_later() {
    // Split so that this file does not find itself.
    let words = [
        concat!("#[ig", "nore"),
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let mut found = Vec::new();
    for (path, text) in rust_files() {
        let here = words.iter().filter(|word| text.contains(**word));
        found.extend(here.map(|word| format!("{path}: {word}")));
    }
    expect_none("left for later", &found);
}

#[test]
fn every_diagnostic_code_is_used() {
    let list = std::fs::read_to_string(root().join("engine/model/src/code.rs")).unwrap();
    let names: Vec<_> = list.lines().filter_map(code_name).collect();
    assert!(names.len() > 40, "only {} codes were found", names.len());
    let mut words = std::collections::BTreeSet::new();
    for (path, text) in rust_files() {
        if path != "engine/model/src/code.rs" {
            let code = code_of(without_tests(&path, &text));
            words.extend(code.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned));
        }
    }
    let unused: Vec<_> = names.into_iter().filter(|name| !words.contains(*name)).collect();
    expect_none(
        "codes that nothing uses",
        &unused.into_iter().map(str::to_owned).collect::<Vec<_>>(),
    );
}

/// The name in a line `    NAME = "area::name", "…";`.
fn code_name(line: &str) -> Option<&str> {
    let (name, rest) = line.trim().split_once(" = \"")?;
    (rest.contains("::") && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .then_some(name)
}

#[test]
fn texts_speak_of_podform_alone() {
    let words = [
        concat!("/wo", "rk/"),
        concat!("fac", "ts/"),
        concat!("shared/re", "cordings"),
        concat!("shared/po", "ds"),
        concat!("DESIGN", ".md"),
        concat!("LANGUAGE", ".md"),
        concat!("STYLE", ".md"),
    ];
    let mut found = Vec::new();
    for path in files() {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        let here = words.iter().filter(|word| text.contains(**word));
        found.extend(here.map(|word| format!("{path}: {word}")));
    }
    expect_none("words of another place", &found);
}

#[test]
fn documents_and_code_have_no_loose_ends() {
    let mut found = Vec::new();
    for path in files().into_iter().filter(|path| path.ends_with(".md")) {
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        let folder = std::path::Path::new(&path).parent().unwrap().to_owned();
        for target in links(&text) {
            if !root().join(&folder).join(target).exists() {
                found.push(format!("{path} links to {target}"));
            }
        }
    }
    expect_none("links to nothing", &found);
}

/// The targets of relative links in Markdown, without fragment.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':')).collect()
}
