//! Refactoring in code: pods move, are forgotten and are taken over while they run.

use crate::support::{
    PROVIDER, apply, assert_no_changes, ids, plan_with_changes, prepared, sleeper,
};
use podform_tests::TestEnv;

fn write(env: &TestEnv, text: &str) {
    env.write("main.pf.hcl", &format!("{PROVIDER}\n{text}"));
}

/// A plan for programs: the change of a pod.
fn change(env: &TestEnv, address: &str) -> serde_json::Value {
    let plan = env.run(&["plan", "-dev", "-json"]).expect_code(0).json();
    let changes = plan["pod_changes"].as_array().cloned().unwrap_or_default();
    changes.into_iter().find(|change| change["address"] == address).unwrap_or_default()
}

#[test]
fn a_moved_pod_runs_on() {
    let env = prepared(&sleeper("web", 2, ""));
    apply(&env);
    let before = ids(&env, "pod.web");
    assert_eq!(before.len(), 2);

    // The id comes from the name: without one it would be another pod.
    let moved = "moved {\n  from = pod.web\n  to   = pod.front[\"eu\"]\n}\n";
    let pod = |extra: &str| sleeper("front", 2, &format!("for_each = toset([\"eu\"])\n  {extra}"));
    write(&env, &format!("{}{moved}", pod("")));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("pod.front[\"eu\"] must be replaced"), "{plan}");
    assert!(plan.contains("write `id = \"/web\"` in the pod to keep what runs"), "{plan}");

    write(&env, &format!("{}{moved}", pod("id = \"/web\"")));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("# pod.web has moved to pod.front[\"eu\"]"), "{plan}");
    assert!(plan.contains("Plan: 0 to add, 0 to change, 0 to destroy."), "{plan}");
    let front = change(&env, "pod.front[\"eu\"]");
    assert_eq!(front["previous_address"], "pod.web");
    assert_eq!(front["change"]["actions"], serde_json::json!(["no-op"]));

    // A saved plan does it too.
    env.run(&["plan", "-dev", "-out", "moved.plan"]).expect_code(0);
    let shown = env.run(&["show", "moved.plan", "-no-color"]).expect_code(0).stdout;
    assert!(shown.contains("has moved to"), "{shown}");
    env.run(&["apply", "-dev", "moved.plan"]).expect_code(0);
    assert_eq!(ids(&env, "pod.front[\"eu\"]"), before);
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.front[\"eu\"]\n");
    assert_no_changes(&env);

    // What is launched from now on carries the new address; the rest is still ours.
    write(
        &env,
        &format!("{}{moved}", pod("id = \"/web\"").replace("instances = 2", "instances = 3")),
    );
    apply(&env);
    let after = ids(&env, "pod.front[\"eu\"]");
    assert!(after.len() == 3 && before.iter().all(|id| after.contains(id)), "{after:?}");
    assert_no_changes(&env);
}

#[test]
fn count_added_moves_the_pod_and_target_may_not_leave_it_out() {
    let with_id = |count: &str| {
        format!(
            "{}{}",
            sleeper("web", 1, &format!("{count}\n  id = \"/web\"")),
            sleeper("other", 1, "")
        )
    };
    let env = prepared(&with_id(""));
    apply(&env);
    let before = ids(&env, "pod.web");
    write(&env, &with_id("count = 1"));
    let refused = env.run(&["plan", "-dev", "-target=pod.other", "-no-color"]).expect_code(1);
    assert!(
        refused.stderr.contains("`-target` leaves out pods that have moved"),
        "{}",
        refused.stderr
    );
    apply(&env);
    assert_eq!(ids(&env, "pod.web[0]"), before);
    assert_no_changes(&env);
}

#[test]
fn a_forgotten_pod_runs_on_and_is_taken_over_again() {
    let env = prepared(&format!("{}{}", sleeper("web", 2, ""), sleeper("other", 1, "")));
    apply(&env);
    let before = ids(&env, "pod.web");
    let other = sleeper("other", 1, "");

    let removed = "removed {\n  from = pod.web\n  lifecycle {\n    destroy = false\n  }\n}\n";
    write(&env, &format!("{other}{removed}"));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("# pod.web will be forgotten; its instances run on"), "{plan}");
    apply(&env);
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "pod.other\n");
    assert_no_changes(&env);

    // An id that nothing runs under.
    let import = |id: &str| format!("import {{\n  to = pod.front\n  id = \"{id}\"\n}}\n");
    let front = sleeper("front", 2, "id = \"/web\"");
    write(&env, &format!("{other}{front}{}", import("/nowhere")));
    let refused = env.run(&["plan", "-dev", "-no-color"]).expect_code(1);
    assert!(refused.stderr.contains("no pod `/nowhere` runs"), "{}", refused.stderr);
    assert!(refused.stderr.contains("to = pod.front"), "with its place: {}", refused.stderr);
    write(&env, &format!("{other}{front}{}", import("/other")));
    let refused = env.run(&["plan", "-dev", "-no-color"]).expect_code(1);
    assert!(refused.stderr.contains("it is pod.other already"), "{}", refused.stderr);

    write(&env, &format!("{other}{front}{}", import("/web")));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("# pod.front will be imported"), "{plan}");
    assert!(plan.contains("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy."), "{plan}");
    assert!(plan.contains("are taken as unchanged"), "what is not seen is said: {plan}");
    assert_eq!(change(&env, "pod.front")["change"]["importing"]["id"], "/web");
    let done = apply(&env);
    assert!(
        done.stdout.contains("Pods: 1 imported, 0 added, 0 changed, 0 destroyed."),
        "{}",
        done.stdout
    );
    assert_eq!(ids(&env, "pod.front"), before);
    assert_no_changes(&env);

    // Nothing is known of the command, so only a replacement brings it.
    write(&env, &format!("{other}{}", front.replace("sleep 3600", "sleep 3601")));
    assert_no_changes(&env);
    env.run(&["apply", "-dev", "-auto-approve", "-replace=pod.front"]).expect_code(0);
    let after = ids(&env, "pod.front");
    assert!(after.len() == 2 && !after.contains(&before[0]), "{after:?}");
    assert_no_changes(&env);
}

#[test]
fn configuration_is_written_for_a_pod_that_is_not_declared() {
    let env = prepared(&format!("{}{}", sleeper("web", 1, ""), sleeper("other", 1, "")));
    apply(&env);
    let before = ids(&env, "pod.web");
    env.run(&["state", "rm", "pod.web"]).expect_code(0);
    let import = "import {\n  to = pod.web\n  id = \"/web\"\n}\n";
    write(&env, &format!("{}{import}", sleeper("other", 1, "")));
    let refused = env.run(&["plan", "-dev", "-no-color"]).expect_code(1);
    assert!(refused.stderr.contains("-generate-config-out=generated.pf.hcl"), "{}", refused.stderr);

    let generate = ["plan", "-dev", "-no-color", "-generate-config-out=generated.pf.hcl"];
    let plan = env.run(&generate).expect_code(0).stdout;
    assert!(plan.contains("# pod.web will be imported"), "{plan}");
    assert!(plan.contains("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy."), "{plan}");
    let text = env.read("generated.pf.hcl");
    assert!(text.contains("pod \"web\" {"), "{text}");
    env.run(&["validate"]).expect_code(0);
    env.run(&["fmt", "-check", "generated.pf.hcl"]).expect_code(0);
    let again = env.run(&generate).expect_code(1);
    assert!(again.stderr.contains("`generated.pf.hcl` is there already"), "{}", again.stderr);
    apply(&env);
    assert_eq!(ids(&env, "pod.web"), before);
    assert_no_changes(&env);
}
