//! What happens without podform is seen, said and mended.

use crate::support::{
    apply, assert_no_changes, ids, instances, plan_with_changes, prepared, sleeper,
};
use podform_tests::TestEnv;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Asks for the status until it is as wanted.
#[track_caller]
pub(crate) fn wait_for(env: &TestEnv, wanted: impl Fn(&[Value]) -> bool) {
    let start = Instant::now();
    loop {
        let now = instances(env);
        if wanted(&now) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "still {now:?}");
    }
}

#[test]
fn a_killed_task_is_relaunched() {
    let env = prepared(&sleeper("web", 3, ""));
    apply(&env);
    let before = ids(&env, "pod.web");
    env.run(&["dev", "kill", &format!("{}.main", before[1])]).expect_code(0);
    wait_for(&env, |now| now.iter().any(|i| i["state"] == "ended"));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("~ relaunch 1 of 3 instances"), "{plan}");
    apply(&env);
    let after = ids(&env, "pod.web");
    assert_eq!(after.len(), 3);
    assert!(
        after.contains(&before[0]) && after.contains(&before[2]) && !after.contains(&before[1])
    );
    assert_no_changes(&env);
}

#[test]
fn a_restarted_master_loses_nothing() {
    let env = prepared(&sleeper("web", 2, ""));
    apply(&env);
    let before = ids(&env, "pod.web");
    env.run(&["dev", "restart-master"]).expect_code(0);
    // Whatever is not back yet is unknown: nothing is planned because of it.
    assert_no_changes(&env);
    wait_for(&env, |now| now.iter().all(|i| i["state"] == "running"));
    assert_no_changes(&env);
    apply(&env);
    assert_eq!(ids(&env, "pod.web"), before);
}

#[test]
fn a_lost_agent_is_replaced_and_its_return_is_noticed() {
    let env = prepared(&sleeper("web", 1, ""));
    apply(&env);
    let lost = instances(&env)[0].clone();
    let agent = lost["agent_id"].as_str().unwrap().to_owned();
    env.run(&["dev", "lose-agent", &agent]).expect_code(0);
    wait_for(&env, |now| now[0]["state"] == "unreachable");
    let plan = plan_with_changes(&env);
    assert!(plan.contains("~ relaunch 1 of 1 instance"), "{plan}");
    apply(&env);
    let now = ids(&env, "pod.web");
    assert_eq!(now.len(), 1);
    assert_ne!(now[0], lost["id"]);
    assert_no_changes(&env);
    env.run(&["dev", "return-agent", &agent]).expect_code(0);
    // What was given up is stopped when it is back.
    let start = Instant::now();
    while env.run(&["plan", "-dev", "-detailed-exitcode"]).code != Some(2) {
        assert!(start.elapsed() < Duration::from_secs(30), "the return was not noticed");
    }
    apply(&env);
    assert_eq!(ids(&env, "pod.web"), now);
    assert_no_changes(&env);
}

#[test]
fn a_finished_pod_is_relaunched_and_the_plan_says_so() {
    let pod = sleeper("once", 1, "").replace("exec sleep 3600", "exec true");
    let env = prepared(&pod);
    apply(&env);
    wait_for(&env, |now| now.iter().all(|i| i["state"] == "finished"));
    let plan = plan_with_changes(&env);
    assert!(plan.contains("finished with status 0"), "{plan}");
}
