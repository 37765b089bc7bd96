//! What the tests of the suite share.

use podform_tests::{Output, TestEnv};
use serde_json::Value;

/// The provider and its secret store, as most tests want them.
pub(crate) const PROVIDER: &str = r#"
provider "mesos" {
  secret_store "file" {
    path = "secrets.hcl"
  }
}
"#;

/// An environment with a configuration, initialised.
pub(crate) fn prepared(configuration: &str) -> TestEnv {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    env.write("main.pf.hcl", &format!("{PROVIDER}\n{configuration}"));
    env.write("secrets.hcl", "secret \"/shop/db\" {\n  value = \"first value\"\n}\n");
    env.run(&["init"]).expect_code(0);
    env
}

/// A pod that sleeps, with something to change.
pub(crate) fn sleeper(name: &str, instances: u32, extra: &str) -> String {
    pod(name, instances, "", extra)
}

/// A pod that sleeps, with more in its container and in itself.
pub(crate) fn pod(name: &str, instances: u32, inner: &str, extra: &str) -> String {
    format!(
        r#"
pod "{name}" {{
  instances = {instances}
  container "main" {{
    command = "exec sleep 3600"
    resources {{
      cpus = 0.1
      mem  = 32
    }}
    {inner}
  }}
  {extra}
}}
"#
    )
}

/// Applies without asking.
#[track_caller]
pub(crate) fn apply(env: &TestEnv) -> Output {
    env.run(&["apply", "-dev", "-auto-approve", "-no-color"]).expect_code(0)
}

/// Plans and wants no change.
#[track_caller]
pub(crate) fn assert_no_changes(env: &TestEnv) {
    let output = env.run(&["plan", "-dev", "-detailed-exitcode", "-no-color"]).expect_code(0);
    assert!(output.stdout.contains("No changes."), "{}", output.stdout);
}

/// Plans and wants changes; what it shows.
#[track_caller]
pub(crate) fn plan_with_changes(env: &TestEnv) -> String {
    env.run(&["plan", "-dev", "-detailed-exitcode", "-no-color"]).expect_code(2).stdout
}

/// The instances that `status` shows.
#[track_caller]
pub(crate) fn instances(env: &TestEnv) -> Vec<Value> {
    let status = env.run(&["status", "-dev", "-json"]).expect_code(0).json();
    status["instances"].as_array().cloned().unwrap_or_default()
}

/// The ids of a pod's instances, by slot.
#[track_caller]
pub(crate) fn ids(env: &TestEnv, address: &str) -> Vec<String> {
    instances(env)
        .iter()
        .filter(|instance| instance["address"] == address)
        .map(|instance| instance["id"].as_str().unwrap_or_default().to_owned())
        .collect()
}
