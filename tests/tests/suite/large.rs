//! Many pods, on a simulated cluster.
#![expect(clippy::unwrap_used, reason = "a test, in its helpers too")]

use crate::support::assert_no_changes;
use podform_tests::TestEnv;
use std::path::Path;

/// The example `batch-of-1000` in an environment with a simulated cluster.
fn batch() -> TestEnv {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/batch-of-1000");
    for name in ["main.pf.hcl", "jobs.csv"] {
        env.write(name, &std::fs::read_to_string(example.join(name)).unwrap());
    }
    let up = env.run(&["dev", "up", "-simulate", "-port=0", "-agents=4"]).expect_code(0);
    assert!(up.stderr.contains("containers are only simulated"), "{}", up.stderr);
    env.run(&["init"]).expect_code(0);
    env
}

#[test]
fn a_thousand_pods_of_one_table_are_planned_applied_and_changed() {
    let env = batch();
    let plan = env.run(&["plan", "-dev", "-detailed-exitcode", "-no-color"]).expect_code(2).stdout;
    assert!(plan.contains("1000 to add, 0 to change, 0 to destroy"), "{plan}");
    let apply = env.run(&["apply", "-dev", "-auto-approve", "-no-color"]).expect_code(0).stdout;
    assert!(apply.contains("1000 added, 0 changed, 0 destroyed"), "{apply}");
    let list = env.run(&["state", "list"]).expect_code(0).stdout;
    assert_eq!(list.lines().count(), 1000);
    assert!(list.starts_with("pod.job[\"job-000\"]\n"), "{list}");
    assert_no_changes(&env);

    let status = env.run(&["dev", "status", "-json"]).expect_code(0).json();
    assert_eq!(status["simulated"], true);
    let tasks = status["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 1000);
    assert!(tasks.iter().all(|task| task["state"] == "TASK_RUNNING" && task["pid"].is_null()));

    let fewer = ["plan", "-dev", "-detailed-exitcode", "-no-color", "-var=priority=high"];
    let plan = env.run(&fewer).expect_code(2).stdout;
    assert!(plan.contains("0 to add, 0 to change, 667 to destroy"), "{plan}");
}
