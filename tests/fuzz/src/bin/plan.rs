//! Any bytes as a plan file: what is read is written and read as the same, is shown, and its schedule comes to an end.
#![no_main]

use podform::render;
use podform_plan::file::PlanFile;
use podform_plan::{Plan, Schedule};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = PlanFile::from_bytes(bytes, "p") else { return };
    let again = PlanFile::from_bytes(&file.to_bytes(), "p").expect("what was written is read");
    assert_eq!(again, file);
    let _ = render::plan::render(&file.plan, &file.options, false);
    let _ = render::json::plan(&file.plan, &file.options);
    for ok in [true, false] {
        run(&file.plan, ok);
    }
});

/// Runs a plan's steps, all of which are done or fail.
fn run(plan: &Plan, ok: bool) {
    let mut schedule = Schedule::new(plan);
    for _ in 0..=2 * plan.changes.len() {
        for step in schedule.ready() {
            schedule.finish(step.id, ok);
        }
    }
    assert!(schedule.is_done());
}
