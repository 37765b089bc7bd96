//! `data "pod"`: one workspace launches, another reads.

use crate::support::{apply, assert_no_changes, plan_with_changes, pod, prepared, sleeper};
use podform_tests::{Output, TestEnv};

/// A pod with an endpoint, and how many instances of it.
fn database(instances: u32) -> String {
    "provider \"mesos\" {}\n".to_owned()
        + &pod("db", instances, "endpoint \"sql\" {}", "id = \"/shop/db\"")
}

/// Which pods there are, and what they are told, comes from what is read.
const READER: &str = r#"
data "pod" "db" {
  id = "/shop/db"
}
locals {
  addresses = data.pod.db.endpoint["sql"].addresses
}
pod "proxy" {
  for_each = { for at, address in local.addresses : "db-${at}" => address }
  container "main" {
    command     = "exec sleep 3600"
    environment = { TO = each.value }
    resources {
      cpus = 0.1
      mem  = 32
    }
  }
}
output "addresses" {
  value = local.addresses
}
output "states" {
  value = data.pod.db.instance[*].state
}
"#;

/// The workspace that launches: a folder within the other one.
fn launcher(env: &TestEnv, instances: u32) -> Output {
    let folder = env.work().join("launcher");
    std::fs::create_dir_all(&folder).expect("the test's folder is writable");
    std::fs::write(folder.join("main.pf.hcl"), database(instances))
        .expect("the test's folder is writable");
    env.run(&["-chdir=launcher", "init"]).expect_code(0);
    let args = ["-chdir=launcher", "apply", "-dev", "-auto-approve", "-no-color"];
    env.run(&args).expect_code(0)
}

#[test]
fn a_pod_of_another_workspace_is_read_and_followed() {
    let env = prepared(READER);
    let refused = env.run(&["plan", "-dev", "-no-color"]).expect_code(1);
    assert!(refused.stderr.contains("no pod `/shop/db` runs"), "{refused:?}");
    let _ = launcher(&env, 1);
    let applied = apply(&env);
    let reading = "data.pod.db: Reading…\ndata.pod.db: Read complete after 0s [id=/shop/db]\n";
    assert!(applied.stderr.contains(reading), "{applied:?}");
    assert!(applied.stdout.contains("states = [\n  \"ready\",\n]"), "{applied:?}");
    let list = |env: &TestEnv| env.run(&["state", "list"]).expect_code(0).stdout;
    assert_eq!(list(&env), "pod.proxy[\"db-0\"]\n");
    let addresses = env.run(&["output", "-json", "addresses"]).expect_code(0).json();
    let address = addresses[0].as_str().unwrap().to_owned();
    let shown = env.run(&["state", "show", "pod.proxy[\"db-0\"]"]).expect_code(0).stdout;
    assert!(shown.contains(&address), "{address}: {shown}");
    assert_no_changes(&env);
    let _ = launcher(&env, 2);
    let plan = plan_with_changes(&env);
    assert!(plan.contains("pod.proxy[\"db-1\"] will be created"), "{plan}");
    let planned = env.run(&["plan", "-dev", "-no-color"]).expect_code(0);
    assert_eq!(planned.stderr.matches(reading).count(), 1, "{planned:?}");
    let plan = env.run(&["plan", "-dev", "-no-color", "-refresh=false"]).expect_code(0).stdout;
    assert!(plan.contains("pod.proxy[\"db-1\"] will be created"), "{plan}");
    let _ = apply(&env);
    assert_eq!(list(&env), "pod.proxy[\"db-0\"]\npod.proxy[\"db-1\"]\n");
    // What is read is not ours: it stays.
    env.run(&["destroy", "-dev", "-auto-approve", "-no-color"]).expect_code(0);
    let left = env.run(&["-chdir=launcher", "plan", "-dev", "-no-color"]).expect_code(0);
    assert!(left.stdout.contains("No changes."), "{left:?}");
}

#[test]
fn what_depends_on_changes_is_read_while_they_are_applied() {
    let reader = r#"
data "pod" "first" {
  id         = "/first"
  depends_on = [pod.first]
}
output "state" {
  value = data.pod.first.instance[0].state
}
"#;
    let second =
        sleeper("second", 1, "labels = {\n    after = data.pod.first.instance[0].host\n  }");
    let text = |instances| sleeper("first", instances, "") + reader + &second;
    let env = prepared(&text(1));
    let plan = env.run(&["plan", "-dev", "-no-color", "-out=plan"]).expect_code(0).stdout;
    assert!(plan.contains("# data.pod.first will be read during apply\n"), "{plan}");
    assert!(plan.contains("(after pod.first)"), "{plan}");
    assert!(plan.contains(" <= data \"pod\" \"first\" {"), "{plan}");
    let applied = env.run(&["apply", "-dev", "-no-color", "plan"]).expect_code(0);
    let (created, read) = ("pod.first: Creation complete", "data.pod.first: Reading…");
    let at = |text: &str| applied.stderr.find(text).unwrap_or_else(|| panic!("{applied:?}"));
    assert!(at(created) < at(read) && at(read) < at("pod.second: Creating…"), "{applied:?}");
    assert!(applied.stdout.contains("state = \"ready\""), "{applied:?}");
    let shown = env.run(&["state", "show", "pod.second"]).expect_code(0).stdout;
    assert!(shown.contains("after = \"127.0.0.1\""), "{shown}");
    assert_no_changes(&env);
    env.write("main.pf.hcl", &format!("{}{}", crate::support::PROVIDER, text(2)));
    let plan = env.run(&["plan", "-dev", "-json"]).expect_code(0);
    assert!(!plan.stderr.contains("Reading…"), "{plan:?}");
    let plan = plan.json();
    assert_eq!(plan["data_reads"][0]["address"], "data.pod.first");
    assert_eq!(plan["data_reads"][0]["after"][0], "pod.first");
    let args = ["apply", "-dev", "-auto-approve", "-json"];
    let applied = env.run(&args).expect_code(0);
    let complete = "{\"address\":\"data.pod.first\",\"elapsed_seconds\":";
    assert!(applied.stdout.contains("{\"address\":\"data.pod.first\",\"type\":\"read_start\"}"));
    assert!(applied.stdout.contains(complete), "{applied:?}");
    assert_no_changes(&env);
}

#[test]
fn a_check_only_warns_of_a_pod_that_is_not_there() {
    let check = r#"
check "db" {
  data "pod" "db" {
    id = "/shop/db"
  }
  assert {
    condition     = length(data.pod.db.instance) > 1
    error_message = "One instance is not enough."
  }
}
"#;
    let env = prepared(&(sleeper("web", 1, "") + check));
    let applied = apply(&env);
    assert!(applied.stderr.contains("no pod `/shop/db` runs"), "{applied:?}");
    let _ = launcher(&env, 1);
    let plan = env.run(&["plan", "-dev", "-no-color"]).expect_code(0);
    assert!(plan.stderr.contains("One instance is not enough."), "{plan:?}");
    let _ = launcher(&env, 2);
    let plan = env.run(&["plan", "-dev", "-no-color"]).expect_code(0);
    assert!(!plan.stderr.contains("check.db"), "{plan:?}");
}

#[test]
fn only_what_the_targets_need_is_read() {
    let reader = "data \"pod\" \"db\" {\n  id = \"/shop/db\"\n}\n";
    let labels = "labels = {\n    db = data.pod.db.version\n  }";
    let env = prepared(&(sleeper("web", 1, "") + &sleeper("other", 1, labels) + reader));
    env.run(&["plan", "-dev", "-no-color", "-target=pod.web"]).expect_code(0);
    let refused = env.run(&["plan", "-dev", "-no-color", "-target=pod.other"]).expect_code(1);
    assert!(refused.stderr.contains("no pod `/shop/db` runs"), "{refused:?}");
}
