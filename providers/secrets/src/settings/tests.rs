//! Tests of the settings.

use std::os::unix::fs::PermissionsExt as _;

use podform_model::{Diagnostics, Value};

use super::*;
use crate::SecretStores;

fn block(pairs: &[(&'static str, Value)]) -> Value {
    Value::object(pairs.iter().cloned())
}

fn text(text: &str) -> Value {
    Value::string(text)
}

/// The stores of these blocks with these variables, in `folder`.
fn read_in(
    folder: &Path,
    blocks: Vec<Value>,
    variables: &[(&str, &str)],
) -> (SecretStores, Diagnostics) {
    let environment = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    SecretStores::from_settings_in(
        &Value::list(blocks),
        folder,
        &HttpSettings::default(),
        &environment,
    )
}

fn summaries(findings: &Diagnostics) -> Vec<String> {
    findings.iter().map(|finding| finding.summary.clone()).collect()
}

/// The findings of one block.
fn findings(pairs: &[(&'static str, Value)], variables: &[(&str, &str)]) -> (bool, Vec<String>) {
    let (_, found) = read_in(Path::new("/nowhere"), vec![block(pairs)], variables);
    (found.has_errors(), summaries(&found))
}

#[test]
fn stores_are_named_by_their_second_label_else_by_their_kind() {
    let blocks = vec![
        block(&[("kind", text("env")), ("name", text("env"))]),
        block(&[("kind", text("env"))]),
        block(&[("kind", text("env")), ("name", text("ci")), ("prefix", text(""))]),
    ];
    let (stores, found) = read_in(Path::new("/nowhere"), blocks, &[]);
    assert_eq!(stores.names().collect::<Vec<_>>(), ["ci", "env"]);
    assert_eq!(summaries(&found), ["two secret stores have the name `env`"]);
}

#[test]
fn what_is_wrong_with_a_block_is_said_at_its_attribute() {
    let file = text("file");
    let vault = || ("kind", text("vault"));
    let cases: Vec<(Vec<(&str, Value)>, &str)> = vec![
        (
            vec![("kind", text("dcos"))],
            "`dcos` is not a kind of secret store; there are `file`, `env`, `vault`",
        ),
        (vec![("kind", file.clone())], "a secret store of kind `file` needs `path`"),
        (vec![("kind", file.clone()), ("path", text(""))], "`path` must not be empty"),
        (vec![("kind", file), ("path", Value::Bool(true))], "`path` must be a string, is a bool"),
        (
            vec![("kind", text("env")), ("path", text("x"))],
            "a secret store of this kind has no `path`, only `prefix`",
        ),
        (
            vec![vault(), ("address", text("vault:8200"))],
            "`address` is not a URL as `https://vault.example:8200`",
        ),
        (
            vec![vault(), ("mount", text("a/../b"))],
            "`a/../b` is not the path of a mount, as `secret`",
        ),
        (
            vec![vault(), ("kv_version", text("3"))],
            "`kv_version` must be 1 or 2; without it the server is asked",
        ),
        (
            vec![vault(), ("insecure_skip_verify", text("maybe"))],
            "`insecure_skip_verify` must be a bool, is a string",
        ),
    ];
    for (pairs, what) in cases {
        let (failed, found) = findings(&pairs, &[]);
        assert!(failed && found == [what], "{found:?} instead of {what}");
    }
}

#[test]
fn what_is_dangerous_is_warned_about() {
    let vault = || ("kind", text("vault"));
    let plain = [
        vault(),
        ("token", text("t")),
        ("address", text("http://10.0.0.1:8200")),
        ("insecure_skip_verify", Value::Bool(true)),
    ];
    let (failed, found) = findings(&plain, &[]);
    assert!(!failed);
    assert_eq!(found.len(), 3, "{found:?}");
    let fine =
        [vault(), ("token", text("t").sensitive()), ("address", text("http://127.0.0.1:8200"))];
    assert_eq!(findings(&fine, &[]), (false, vec![]));
}

#[test]
fn vault_is_found_by_the_variables_of_its_own_tools() {
    let variables = [
        ("VAULT_ADDR", "https://vault:8200"),
        ("VAULT_TOKEN", "canary-token"),
        ("VAULT_NAMESPACE", "team"),
        ("BAO_ADDR", "https://bao:8200"),
    ];
    let (stores, found) =
        read_in(Path::new("/nowhere"), vec![block(&[("kind", text("vault"))])], &variables);
    assert!(found.is_empty(), "{found:?}");
    let shown = format!("{stores:?}");
    assert!(shown.contains("bao") && shown.contains("team"), "{shown}");
    assert!(!shown.contains("canary-token"), "{shown}");
}

#[test]
fn a_secret_file_that_others_may_write_is_refused_and_one_they_may_read_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.hcl");
    std::fs::write(&path, "").unwrap();
    let modes = |mode: u32, strict: bool| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let block = block(&[
            ("kind", text("file")),
            ("path", text("secrets.hcl")),
            ("strict", Value::Bool(strict)),
        ]);
        let (stores, found) = read_in(folder.path(), vec![block], &[]);
        assert_eq!(stores.names().count(), usize::from(!found.has_errors()));
        let help = found.iter().next().and_then(|finding| finding.help.clone());
        assert_eq!(help.is_some_and(|help| help.starts_with("run `chmod 600 ")), !found.is_empty());
        (found.iter().count(), found.has_errors())
    };
    assert_eq!(modes(0o600, true), (0, false));
    assert_eq!(modes(0o644, false), (1, false));
    assert_eq!(modes(0o660, false), (1, false));
    assert_eq!(modes(0o640, true), (1, true));
    assert_eq!(modes(0o602, false), (1, true));
}
