//! `podform test`: mocked and on the development cluster.

use crate::support::{PROVIDER, instances};
use podform_tests::TestEnv;

const SHOP: &str = r#"
variable "replicas" {
  type    = number
  default = 2
  validation {
    condition     = var.replicas > 0
    error_message = "At least one replica."
  }
}

variable "password" {
  type      = string
  default   = "canary-of-tests"
  sensitive = true
}

pod "web" {
  instances   = var.replicas
  environment = { PASSWORD = var.password }
  container "main" {
    command = "exec sleep 3600"
    resources {
      cpus = 0.1
      mem  = 32
    }
    endpoint "http" {}
  }
}

output "addresses" {
  value = pod.web.endpoint["http"].addresses
}

output "hosts" {
  value = [for instance in pod.web.instance : instance.host]
}
"#;

fn env(tests: &[(&str, &str)]) -> TestEnv {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    env.write("main.pf.hcl", &format!("{PROVIDER}\n{SHOP}"));
    std::fs::create_dir(env.work().join("tests")).expect("the work folder is writable");
    for (name, text) in tests {
        env.write(name, text);
    }
    env
}

const MOCKED: &str = r#"
mock_provider "mesos" {
  mock_pod {
    host = "node1"
  }
  override_pod {
    target  = pod.broken
    failure = "no room"
  }
}

variables {
  replicas = 3
}

run "planned" {
  command = plan
  assert {
    condition     = pod.web.instances == 3
    error_message = "Three are planned."
  }
  assert {
    condition     = pod.web.container["main"].command == "exec sleep 3600"
    error_message = "It sleeps."
  }
}

run "applied" {
  assert {
    condition     = length(output.addresses) == 3
    error_message = "Each has an address."
  }
  assert {
    condition     = alltrue([for host in output.hosts : host == "node1"])
    error_message = "All on the mocked host."
  }
}

run "scaled" {
  variables {
    replicas = length(run.applied.addresses) + 1
  }
  assert {
    condition     = slice(output.addresses, 0, 3) == run.applied.addresses
    error_message = "What ran keeps its addresses."
  }
}

run "refused" {
  command = plan
  variables {
    replicas = 0
  }
  expect_failures = [var.replicas]
}
"#;

#[test]
fn a_mocked_provider_needs_no_plugin_and_no_cluster() {
    let env = env(&[("tests/web.pftest.hcl", MOCKED)]);
    let output = env.run(&["test", "-no-color"]).expect_code(0);
    let wanted = "\
tests/web.pftest.hcl...
  run \"planned\"... pass
  run \"applied\"... pass
  run \"scaled\"... pass
  run \"refused\"... pass
tests/web.pftest.hcl... pass

Success! 4 passed, 0 failed.
";
    assert_eq!(output.stdout, wanted);
    assert!(!env.work().join("podform.state.json").exists());
}

#[test]
fn what_does_not_hold_is_shown_with_its_values_and_told_to_ci() {
    let failing = r#"
mock_provider "mesos" {}

run "wrong" {
  command = plan
  assert {
    condition     = pod.web.instances == 5
    error_message = "Five, not ${pod.web.instances}."
  }
}

run "not_known" {
  command = plan
  assert {
    condition     = output.hosts[0] == "x"
    error_message = "On x."
  }
}

run "never" {
  command         = plan
  expect_failures = [var.replicas]
}

run "secret" {
  command = plan
  assert {
    condition     = pod.web.environment.PASSWORD == "other"
    error_message = "The password ${pod.web.environment.PASSWORD} is wrong."
  }
}
"#;
    let env = env(&[("bad.pftest.hcl", failing), ("tests/web.pftest.hcl", MOCKED)]);
    let output = env.run(&["test", "-no-color", "-junit-xml=out.xml"]).expect_code(1);
    assert!(output.stdout.ends_with("\nFailure! 4 passed, 4 failed.\n"), "{}", output.stdout);
    for text in [
        "test::assertion",
        "Five, not 2.",
        "bad.pftest.hcl:7:",
        "the assertion cannot be decided by a plan",
        "`var.replicas` was expected to fail, and did not",
    ] {
        assert!(output.stderr.contains(text), "{text}: {}", output.stderr);
    }
    let xml = env.read("out.xml");
    assert!(
        xml.contains(r#"<testsuite name="bad.pftest.hcl" tests="4" skipped="0" failures="4""#),
        "{xml}"
    );
    let json = env.run(&["test", "-json"]).expect_code(1);
    let last: serde_json::Value =
        serde_json::from_str(json.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["failed"]), (&"test_summary".into(), &4.into()));
    for text in [&output.stdout, &output.stderr, &xml, &json.stdout] {
        assert!(!text.contains("canary-of-tests"), "{text}");
    }
}

#[test]
fn a_failed_step_ends_the_file_and_what_is_wrong_in_it_has_a_place() {
    let failing = r#"
mock_provider "mesos" {
  override_pod {
    target  = pod.web
    failure = "no agent has room"
  }
}
run "first" {}
run "second" {}
"#;
    let wrong = r#"
run "one" {
  comand = plan
  assert {
    condition     = pod.wep.instances == 1
    error_message = "x"
  }
  expect_failures = [var.password]
}
"#;
    let env = env(&[("failing.pftest.hcl", failing), ("wrong.pftest.hcl", wrong)]);
    let output = env.run(&["test", "-no-color"]).expect_code(1);
    assert!(
        output.stdout.contains("run \"first\"... error\n  run \"second\"... skip\n"),
        "{}",
        output.stdout
    );
    for text in [
        "no agent has room",
        "did you mean `command`?",
        "did you mean `pod.web`?",
        "`var.password` has no rule that could fail",
    ] {
        assert!(output.stderr.contains(text), "{text}: {}", output.stderr);
    }
    let output = env.run(&["test", "-filter=none.pftest.hcl"]).expect_code(1);
    assert!(output.stderr.contains("there is no test file `none.pftest.hcl`"), "{}", output.stderr);
}

#[test]
fn on_the_development_cluster_everything_is_destroyed_at_the_end() {
    let module = r#"
variable "name" {
  type = string
}
output "name" {
  value = "${var.name}!"
}
"#;
    let real = r#"
run "setup" {
  module {
    source = "./setup"
  }
  variables {
    name = "anna"
  }
}
run "real" {
  variables {
    replicas = 1
  }
  assert {
    condition     = run.setup.name == "anna!" && length(pod.web.instance) == 1
    error_message = "One instance."
  }
}
"#;
    let env = env(&[("tests/real.pftest.hcl", real), ("tests/web.pftest.hcl", MOCKED)]);
    std::fs::create_dir(env.work().join("setup")).unwrap();
    env.write("setup/main.pf.hcl", module);
    env.run(&["init"]).expect_code(0);
    env.run(&["dev", "up", "-port=0"]).expect_code(0);
    let output = env.run(&["test", "-no-color"]).expect_code(0);
    assert!(output.stdout.ends_with("Success! 6 passed, 0 failed.\n"), "{}", output.stdout);
    let status = env.run(&["dev", "status", "-json"]).expect_code(0).json();
    assert_eq!(status["tasks"].as_array().map(Vec::len), Some(0), "{status}");
    assert!(instances(&env).is_empty());
    env.run(&["dev", "down"]).expect_code(0);
    env.run(&["test", "-no-color", "-filter=tests/real.pftest.hcl"]).expect_code(0);
    let output = env.run(&["dev", "down"]).expect_code(0);
    assert!(output.stdout.contains("No development cluster was running"), "{}", output.stdout);
}

/// A pod that no agent has room for, a pod that is not there, a module that cannot be evaluated.
const OVERRIDDEN: &str = r#"
data "pod" "db" {
  id = "/elsewhere/db"
}
pod "broken" {
  container "main" {
    image {
      id = "registry.invalid/none"
    }
    environment = { DB = data.pod.db.endpoint["sql"].addresses[0] }
    resources {
      cpus = 100000
    }
  }
  lifecycle {
    postcondition {
      condition     = self.instance[0].host != "bad"
      error_message = "On a bad host."
    }
  }
}
module "child" {
  source = "./child"
}
check "child" {
  assert {
    condition     = module.child.size == 3
    error_message = "Not three."
  }
}
output "broken" {
  value = pod.broken.instance[*].host
}
"#;

const OVERRIDES: &str = r#"
override_data {
  target   = data.pod.db
  endpoint = { sql = { addresses = ["10.0.0.1:5432"] } }
}
override_pod {
  target = pod.broken
  host   = "node7"
}
override_module {
  target  = module.child
  outputs = { size = 3 }
}
run "applied" {
  assert {
    condition     = output.broken == ["node7"] && length(pod.web.instance) == 2
    error_message = "Not so: ${jsonencode(output.broken)}"
  }
  assert {
    condition     = pod.broken.container["main"].environment.DB == "10.0.0.1:5432"
    error_message = "What is read."
  }
}
run "again" {
  override_module {
    target  = module.child
    outputs = { size = 4 }
  }
  expect_failures = [check.child]
}
run "fails" {
  override_pod {
    target = pod.broken
    host   = "bad"
  }
  plan_options {
    replace = [pod.broken]
  }
  expect_failures = [pod.broken]
}
"#;

#[test]
fn overridden_pods_data_and_modules_touch_no_cluster() {
    let env = env(&[("tests/over.pftest.hcl", OVERRIDES)]);
    env.write("more.pf.hcl", OVERRIDDEN);
    std::fs::create_dir(env.work().join("child")).unwrap();
    env.write("child/main.pf.hcl", "output \"size\" {\n  value = file(\"not-there\")\n}\n");
    env.run(&["init"]).expect_code(0);
    env.run(&["dev", "up", "-port=0"]).expect_code(0);
    let output = env.run(&["test", "-no-color"]).expect_code(0);
    assert!(output.stdout.ends_with("Success! 3 passed, 0 failed.\n"), "{output:?}");
    let status = env.run(&["dev", "status", "-json"]).expect_code(0).json();
    assert_eq!(status["tasks"].as_array().map(Vec::len), Some(0), "{status}");
}
