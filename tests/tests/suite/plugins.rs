//! Plugins are found, locked, verified, and loaded in either way.

use crate::support::{assert_no_changes, ids, prepared, sleeper};
use podform_tests::TestEnv;

const ECHO: &str = r#"
podform {
  required_providers {
    echo = {
      source  = "example/echo"
      version = "~> 0.1"
    }
  }
}

provider "echo" {
  file = "pods.json"
}

pod "a" {
  instances = 2
  container "main" {
    command = "true"
    resources {}
  }
}
"#;

#[test]
fn a_third_partys_provider_does_the_whole_job() {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    env.write("main.pf.hcl", ECHO);
    let init = env.run(&["init"]).expect_code(0);
    assert!(env.read("podform.lock.hcl").contains("sha256:"), "{}", init.stdout);
    env.run(&["plan", "-detailed-exitcode"]).expect_code(2);
    env.run(&["apply", "-auto-approve"]).expect_code(0);
    let running: serde_json::Value = serde_json::from_str(&env.read("pods.json")).unwrap();
    assert!(running.to_string().contains("\"slot\""), "{running}");
    env.run(&["plan", "-detailed-exitcode"]).expect_code(0);
    env.run(&["destroy", "-auto-approve"]).expect_code(0);
    env.run(&["plan", "-detailed-exitcode"]).expect_code(2);
}

#[test]
fn both_transports_do_the_same() {
    let mut env = prepared(&sleeper("web", 1, ""));
    env.set("PODFORM_PLUGIN_ISOLATION", "none");
    env.run(&["apply", "-dev", "-auto-approve"]).expect_code(0);
    assert_no_changes(&env);
    env.set("PODFORM_PLUGIN_ISOLATION", "");
    assert_no_changes(&env);
    assert_eq!(ids(&env, "pod.web").len(), 1);
}

#[test]
fn constraints_and_missing_plugins_are_said() {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    env.write("main.pf.hcl", &ECHO.replace("~> 0.1", ">= 99"));
    let output = env.run(&["init", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("99"), "{}", output.stderr);
    env.write("main.pf.hcl", &ECHO.replace("echo", "nope"));
    let output = env.run(&["init", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("plugin::not_found"), "{}", output.stderr);
    assert_eq!(env.read("podform.lock.hcl"), "");
}

#[test]
fn a_misspelt_setting_is_not_swallowed() {
    let env = prepared(&sleeper("web", 1, ""));
    let text = env
        .read("main.pf.hcl")
        .replace("provider \"mesos\" {", "provider \"mesos\" {\n  rol = \"x\"");
    env.write("main.pf.hcl", &text);
    let output = env.run(&["plan", "-dev", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("no setting `rol`"), "{}", output.stderr);
    assert!(output.stderr.contains("write `role`"), "{}", output.stderr);
}

#[test]
fn schemas_and_versions_are_shown() {
    let env = prepared(&sleeper("web", 1, ""));
    let schema = env.run(&["providers", "schema", "-json"]).expect_code(0).json();
    assert!(schema["format_version"].is_string(), "{schema}");
    assert!(schema.to_string().contains("failover_timeout"));
    let shown = env.run(&["providers"]).expect_code(0).stdout;
    assert!(shown.contains("mesos"), "{shown}");
    let version = env.run(&["version", "-json"]).expect_code(0).json();
    assert_eq!(version["provider_selections"]["mesos"], env!("CARGO_PKG_VERSION"));
}
