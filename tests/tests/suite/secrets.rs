//! Secrets are delivered, compared, and never at rest.

use crate::support::{apply, assert_no_changes, ids, plan_with_changes, prepared};
use podform_tests::TestEnv;

const CANARY: &str = "canary-5d1f0b9e-secret";
const SENSITIVE: &str = "canary-77aa03c1-sensitive";

const POD: &str = r#"
variable "password" {
  type      = string
  sensitive = true
}

pod "web" {
  secret "db" {
    source = "/shop/db"
  }
  container "main" {
    command = "echo $DB$PASSWORD | wc -c; exec sleep 3600"
    resources {
      cpus = 0.1
      mem  = 32
    }
    environment = {
      DB       = secret.db
      PASSWORD = var.password
    }
  }
}

output "password" {
  value     = var.password
  sensitive = true
}
"#;

fn with_canaries() -> TestEnv {
    let mut env = prepared(POD);
    env.write("secrets.hcl", &format!("secret \"/shop/db\" {{\n  value = \"{CANARY}\"\n}}\n"));
    env.set("PODFORM_VAR_password", SENSITIVE);
    env
}

#[test]
fn canaries_are_nowhere() {
    let env = with_canaries();
    let mut said = String::new();
    let mut run = |args: &[&str]| {
        let output = env.run(args);
        said.push_str(&output.stdout);
        said.push_str(&output.stderr);
        output
    };
    run(&["plan", "-dev", "-out", "plan.bin"]).expect_code(0);
    run(&["plan", "-dev", "-json"]).expect_code(0);
    run(&["apply", "-dev", "plan.bin"]).expect_code(0);
    for args in [
        &["show"][..],
        &["show", "-json"],
        &["show", "plan.bin"],
        &["show", "-json", "plan.bin"],
        &["state", "show", "pod.web"],
        &["output"],
        &["output", "-json"],
        &["status", "-dev", "-json"],
        &["plan", "-dev"],
        &["validate", "-json"],
    ] {
        run(args).expect_code(0);
    }
    // The containers got them: their length with the newline is what they count.
    let logs = run(&["logs", "-dev", "web/main"]).expect_code(0).stdout;
    assert_eq!(logs.trim(), (CANARY.len() + SENSITIVE.len() + 1).to_string());
    for (path, bytes) in env.files(&env.work()) {
        if path.ends_with("secrets.hcl") {
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(CANARY) && !text.contains(SENSITIVE), "{}", path.display());
    }
    assert!(!said.contains(CANARY) && !said.contains(SENSITIVE), "{said}");
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        assert!(!line.contains(CANARY) && !line.contains(SENSITIVE), "{line}");
    }
}

#[test]
fn a_rotated_secret_rolls_the_pod() {
    let env = with_canaries();
    apply(&env);
    assert_no_changes(&env);
    let before = ids(&env, "pod.web");
    env.write("secrets.hcl", "secret \"/shop/db\" {\n  value = \"another\"\n}\n");
    let plan = plan_with_changes(&env);
    assert!(plan.contains("db") && !plan.contains("another") && !plan.contains(CANARY), "{plan}");
    apply(&env);
    assert_ne!(ids(&env, "pod.web"), before);
    assert_no_changes(&env);
}

#[test]
fn a_missing_secret_is_an_error_of_the_plan() {
    let env = with_canaries();
    env.write("secrets.hcl", "secret \"/other\" {\n  value = \"x\"\n}\n");
    let output = env.run(&["plan", "-dev", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("secret::missing"), "{}", output.stderr);
    assert!(output.stderr.contains("/shop/db"), "{}", output.stderr);
}

#[test]
fn a_changed_sensitive_value_shows_only_that_it_changed() {
    let mut env = with_canaries();
    apply(&env);
    env.set("PODFORM_VAR_password", "something else");
    let plan = plan_with_changes(&env);
    assert!(plan.contains("(sensitive"), "{plan}");
    assert!(!plan.contains("something else") && !plan.contains(SENSITIVE), "{plan}");
}
