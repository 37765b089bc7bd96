//! From a file to running tasks and back.

use crate::support::{
    apply, assert_no_changes, ids, instances, plan_with_changes, prepared, sleeper,
};

#[test]
fn a_pod_is_planned_applied_and_destroyed() {
    let env = prepared(&sleeper("web", 2, ""));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("# pod.web will be created"), "{plan}");
    assert!(plan.contains("1 to add, 0 to change, 0 to destroy"), "{plan}");
    assert_eq!(env.read("podform.state.json"), "", "a plan writes no state");

    let output = apply(&env);
    assert!(output.stdout.contains("1 added, 0 changed, 0 destroyed"), "{}", output.stdout);
    let running = instances(&env);
    assert_eq!(running.len(), 2);
    assert!(running.iter().all(|i| i["state"] == "running"), "{running:?}");
    assert_no_changes(&env);

    env.run(&["destroy", "-dev", "-auto-approve", "-no-color"]).expect_code(0);
    assert_eq!(instances(&env).len(), 0);
    let state: serde_json::Value = serde_json::from_str(&env.read("podform.state.json")).unwrap();
    assert_eq!(state["pods"], serde_json::json!({}));
}

#[test]
fn scaling_touches_only_the_difference() {
    let env = prepared(&sleeper("web", 2, ""));
    apply(&env);
    let before = ids(&env, "pod.web");
    env.write("main.pf.hcl", &format!("{}{}", crate::support::PROVIDER, sleeper("web", 3, "")));
    apply(&env);
    let after = ids(&env, "pod.web");
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|id| after.contains(id)), "{before:?} {after:?}");
    env.write("main.pf.hcl", &format!("{}{}", crate::support::PROVIDER, sleeper("web", 1, "")));
    apply(&env);
    let last = ids(&env, "pod.web");
    assert_eq!(last.len(), 1);
    assert!(after.contains(&last[0]));
    assert_no_changes(&env);
}

#[test]
fn a_changed_variable_rolls_every_instance() {
    let env = prepared(&sleeper("web", 2, "environment = { MODE = \"a\" }"));
    apply(&env);
    let before = ids(&env, "pod.web");
    let changed = sleeper("web", 2, "environment = { MODE = \"b\" }");
    env.write("main.pf.hcl", &format!("{}{changed}", crate::support::PROVIDER));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("\"a\" -> \"b\""), "{plan}");
    apply(&env);
    let after = ids(&env, "pod.web");
    assert_eq!(after.len(), 2);
    assert!(before.iter().all(|id| !after.contains(id)), "{before:?} {after:?}");
    assert_no_changes(&env);
}

#[test]
fn pods_refer_to_one_another_and_outputs_to_pods() {
    let server = r#"
pod "server" {
  container "main" {
    command = "exec sleep 3600"
    resources {
      cpus = 0.1
      mem  = 32
    }
    endpoint "http" {}
  }
}
"#;
    let client = sleeper(
        "client",
        1,
        "secret \"db\" {\n source = \"/shop/db\"\n }\n environment = { SERVER = pod.server.endpoint[\"http\"].addresses[0], ID = pod.server.id, DB = secret.db }",
    );
    let outputs = "output \"address\" { value = pod.server.endpoint[\"http\"].addresses[0] }\n";
    let env = prepared(&format!("{server}{client}{outputs}"));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("(known after apply)"), "{plan}");
    apply(&env);
    let address = env.run(&["output", "-raw", "address"]).expect_code(0).stdout;
    assert!(address.starts_with("127."), "{address}");
    let shown = env.run(&["state", "show", "pod.client"]).expect_code(0).stdout;
    assert!(shown.contains(&address), "{shown}");
    assert_no_changes(&env);

    // A scaled pod does not restart those that refer to its id or to entries of kept slots.
    let before = ids(&env, "pod.client");
    let scaled = server.replace("pod \"server\" {", "pod \"server\" {\n  instances = 2");
    let text = format!("{}{scaled}{client}{outputs}", crate::support::PROVIDER);
    env.write("main.pf.hcl", &text);
    let plan = plan_with_changes(&env);
    assert!(!plan.contains("# pod.client will"), "{plan}");
    apply(&env);
    assert_eq!(ids(&env, "pod.client"), before);
}

#[test]
fn logs_show_what_a_container_wrote() {
    let pod = sleeper("web", 1, "").replace("exec sleep", "echo hello from the pod; exec sleep");
    let env = prepared(&pod);
    apply(&env);
    let logs = env.run(&["logs", "-dev", "web/main"]).expect_code(0).stdout;
    assert_eq!(logs, "hello from the pod\n");
    let failure = env.run(&["logs", "-dev", "web/nope"]).expect_code(1).stderr;
    assert!(failure.contains("no container `nope`"), "{failure}");
}

#[test]
fn a_pod_that_fails_says_why_and_leaves_nothing_behind() {
    let pod = sleeper("web", 1, "timeouts {\n create = \"5s\"\n}")
        .replace("exec sleep 3600", "echo the reason >&2; exit 3");
    let env = prepared(&pod);
    let output = env.run(&["apply", "-dev", "-auto-approve", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("exited with status 3"), "{}", output.stderr);
    assert!(output.stderr.contains("the reason"), "{}", output.stderr);
    assert_eq!(instances(&env).len(), 0);
    env.run(&["destroy", "-dev", "-auto-approve"]).expect_code(0);
}

#[test]
fn apply_asks_and_takes_only_yes() {
    let env = prepared(&sleeper("web", 1, ""));
    let refused = env.run_with_input(&["apply", "-dev", "-no-color"], "y\n").expect_code(1);
    assert!(refused.stderr.contains("cancelled"), "{}", refused.stderr);
    env.run(&["apply", "-dev", "-input=false"]).expect_code(1);
    assert_eq!(instances(&env).len(), 0);
    env.run_with_input(&["apply", "-dev", "-no-color"], "yes\n").expect_code(0);
    assert_eq!(instances(&env).len(), 1);
}

#[test]
fn state_commands_list_move_and_forget() {
    let env = prepared(&format!("{}{}", sleeper("a", 1, ""), sleeper("b", 1, "")));
    apply(&env);
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.a\npod.b\n");
    let wrong = env.run(&["state", "show", "pod.c"]).expect_code(1).stderr;
    assert!(wrong.contains("the state has no pod `pod.c`"), "{wrong}");
    env.run(&["state", "mv", "pod.a", "pod.z"]).expect_code(0);
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.b\npod.z\n");
    env.run(&["state", "mv", "pod.z", "pod.a"]).expect_code(0);
    env.run(&["state", "rm", "pod.b"]).expect_code(0);
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.a\n");
}
