//! A saved plan is done exactly, or refused.

use crate::support::{PROVIDER, apply, assert_no_changes, ids, prepared, sleeper};

#[test]
fn a_saved_plan_is_done_exactly() {
    let env = prepared(&sleeper("web", 2, ""));
    env.run(&["plan", "-dev", "-out", "plan.bin", "-no-color"]).expect_code(0);
    // What is planned is in the file, whatever the folder says now.
    env.write("main.pf.hcl", &format!("{PROVIDER}{}", sleeper("web", 5, "")));
    env.run(&["apply", "-dev", "plan.bin"]).expect_code(0);
    assert_eq!(ids(&env, "pod.web").len(), 2);
    let again = env.run(&["apply", "-dev", "plan.bin"]).expect_code(1);
    assert!(again.stderr.contains("plan::stale"), "{}", again.stderr);
}

#[test]
fn a_plan_is_refused_when_the_cluster_moved_on() {
    let env = prepared(&sleeper("web", 2, ""));
    apply(&env);
    env.write("main.pf.hcl", &format!("{PROVIDER}{}", sleeper("web", 3, "")));
    env.run(&["plan", "-dev", "-out", "plan.bin"]).expect_code(0);
    let task = format!("{}.main", ids(&env, "pod.web")[0]);
    env.run(&["dev", "kill", &task]).expect_code(0);
    crate::drift::wait_for(&env, |instances| instances.iter().any(|i| i["state"] == "ended"));
    let refused = env.run(&["apply", "-dev", "plan.bin"]).expect_code(1);
    assert!(refused.stderr.contains("the cluster changed"), "{}", refused.stderr);
    assert_eq!(ids(&env, "pod.web").len(), 2);
}

#[test]
fn a_plan_is_refused_when_the_state_moved_on() {
    let env = prepared(&sleeper("web", 1, ""));
    apply(&env);
    env.write("main.pf.hcl", &format!("{PROVIDER}{}", sleeper("web", 2, "")));
    env.run(&["plan", "-dev", "-out", "plan.bin"]).expect_code(0);
    apply(&env);
    let refused = env.run(&["apply", "-dev", "plan.bin"]).expect_code(1);
    assert!(refused.stderr.contains("the state changed"), "{}", refused.stderr);
}

#[test]
fn a_broken_plan_file_is_refused() {
    let env = prepared(&sleeper("web", 1, ""));
    env.run(&["plan", "-dev", "-out", "plan.bin"]).expect_code(0);
    let whole = env.read("plan.bin");
    for text in [
        "",
        "{}",
        "[1,2]",
        "\u{0}\u{1}",
        &whole[..whole.len() / 2],
        &whole.replace("podform plan", "x"),
    ] {
        env.write("broken.bin", text);
        let output = env.run(&["apply", "-dev", "broken.bin"]).expect_code(1);
        assert!(output.stderr.contains("plan::file"), "{}", output.stderr);
        env.run(&["show", "broken.bin"]).expect_code(1);
    }
    assert_eq!(env.read("podform.state.json"), "");
    env.run(&["apply", "-dev", "plan.bin"]).expect_code(0);
    assert_no_changes(&env);
}
