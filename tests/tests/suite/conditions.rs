//! Conditions, checks and ephemeral variables while a plan is applied.

use crate::support::{apply, prepared, sleeper};

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
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.first\n");
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
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.web\n");
    assert!(!env.read("podform.state.json").contains("another"));
}
