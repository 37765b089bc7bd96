//! Conditions, checks and ephemeral variables while a plan is applied.

use crate::support::{apply, ids, prepared, sleeper};

/// Two pods, the second of which waits for the first.
fn chain(rule: &str) -> String {
    let first = sleeper("first", 1, &format!("lifecycle {{\n    {rule}\n  }}"));
    let second = sleeper("second", 1, "labels = {\n    after = pod.first.instance[0].host\n  }");
    first + &second
}

#[test]
fn a_failed_postcondition_holds_back_what_waits() {
    let rule = r#"postcondition {
      condition     = self.instance[0].state == "nonsense"
      error_message = "It runs as ${self.instance[0].state}."
    }"#;
    let env = prepared(&chain(rule));
    let plan = env.run(&["plan", "-dev", "-no-color"]).expect_code(0);
    assert!(!plan.stderr.contains("plan::condition"), "{}", plan.stderr);
    let applied = env.run(&["apply", "-dev", "-auto-approve", "-no-color"]).expect_code(1);
    assert!(applied.stderr.contains("the postcondition of `pod.first` is not met"), "{applied:?}");
    assert!(applied.stderr.contains("pod.second was not started"), "{applied:?}");
    assert!(applied.stderr.ends_with("try `podform explain plan::condition`.\n"), "{applied:?}");
    // Who only looks is not held back by the condition.
    assert_eq!(ids(&env, "pod.first").len(), 1);
    assert!(ids(&env, "pod.second").is_empty());
    // A plan that knows what the pod is like is refused; what it demands is no reason to keep it.
    env.run(&["plan", "-dev", "-no-color"]).expect_code(1);
    env.run(&["destroy", "-dev", "-auto-approve", "-no-color"]).expect_code(0);
    assert!(ids(&env, "pod.first").is_empty());
}

#[test]
fn a_check_is_told_again_once_it_is_known() {
    let check = r#"
check "placed" {
  assert {
    condition     = pod.web.instance[0].host == "nowhere"
    error_message = "It is not nowhere."
  }
}
"#;
    let env = prepared(&(sleeper("web", 1, "") + check));
    let plan = env.run(&["plan", "-dev", "-no-color"]).expect_code(0);
    assert!(plan.stderr.contains("whether `check.placed` holds is known after apply"), "{plan:?}");
    let applied = apply(&env);
    assert!(applied.stderr.contains("`check.placed` does not hold"), "{applied:?}");
    assert!(applied.stderr.contains("It is not nowhere."), "{applied:?}");
    let plan = env.run(&["plan", "-dev", "-no-color"]).expect_code(0);
    assert_eq!(plan.stderr.matches("`check.placed` does not hold").count(), 1, "{plan:?}");
}

#[test]
fn an_ephemeral_variable_is_given_again_to_a_saved_plan() {
    const SAID: &str = "said-once-only";
    let variable = r#"
variable "note" {
  type      = string
  ephemeral = true
}
"#;
    let rule = r#"lifecycle {
    precondition {
      condition     = var.note != ""
      error_message = "A note is needed."
    }
  }"#;
    let env = prepared(&(sleeper("web", 1, rule) + variable));
    let given = format!("note={SAID}");
    env.run(&["plan", "-dev", "-out", "plan.bin", "-var", &given]).expect_code(0);
    assert!(!env.read("plan.bin").contains(SAID));
    let missing = env.run(&["apply", "-dev", "plan.bin", "-no-color"]).expect_code(1);
    assert!(missing.stderr.contains("no value of the ephemeral variable `note`"), "{missing:?}");
    env.run(&["apply", "-dev", "plan.bin", "-var", "note=another"]).expect_code(0);
    assert_eq!(ids(&env, "pod.web").len(), 1);
    env.run(&["logs", "-dev", "web/main"]).expect_code(0);
    assert!(!env.read("podform.state.json").contains("another"));
}

#[test]
fn who_looks_needs_what_the_provider_needs() {
    let env = prepared(&sleeper("web", 1, ""));
    apply(&env);
    let main = env.read("main.pf.hcl");
    let missing = |name: &str| format!("variable \"{name}\" {{\n  type = string\n}}\n");
    // A variable that only a pod uses, and a pod that is wrong.
    let unused = main.replace("instances = 1", "instances = length(var.other) / 0");
    env.write("main.pf.hcl", &(unused + &missing("other")));
    env.run(&["plan", "-dev"]).expect_code(1);
    assert_eq!(ids(&env, "pod.web").len(), 1);
    env.run(&["logs", "-dev", "web/main"]).expect_code(0);
    // One that the provider uses.
    let used = main.replace("provider \"mesos\" {", "provider \"mesos\" {\n  role = var.role");
    env.write("main.pf.hcl", &(used + &missing("role")));
    let refused = env.run(&["status", "-dev", "-no-color"]).expect_code(1);
    assert!(refused.stderr.contains("`var.role` has no value"), "{refused:?}");
    let given = ["status", "-dev", "-var", "role=*", "-json"];
    assert_eq!(env.run(&given).expect_code(0).json()["pods"][0], "pod.web");
    let wrong = env.run(&["status", "-dev", "-var", "rule=*", "-no-color"]).expect_code(1);
    assert!(wrong.stderr.contains("`rule` from `-var` is not a declared variable"), "{wrong:?}");
}

#[test]
fn the_state_is_found_beside_a_broken_configuration() {
    let backend = "podform {\n  backend \"local\" {\n    path = \"kept.json\"\n  }\n}\n";
    let env = prepared(&(sleeper("web", 1, "") + backend));
    apply(&env);
    env.write("broken.pf.hcl", "pod \"backend\" {\n  container (\n");
    env.run(&["plan", "-dev"]).expect_code(1);
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.web\n");
    let forgotten = env.run(&["state", "rm", "-dry-run", "pod.web"]).expect_code(0);
    assert_eq!(forgotten.stdout, "Would forget pod.web; its instance runs on\n");
}
