//! Twenty kills at random moments; `podform-crash` does as many as one likes.

use podform_tests::crash::{Options, run};

#[test]
fn nothing_is_orphaned_or_launched_twice_by_twenty_kills() {
    let options = Options {
        binary: env!("CARGO_BIN_EXE_podform-test").into(),
        rounds: 20,
        seed: 20,
        pods: 20,
    };
    let counts = run(&options, &mut |line| println!("{line}")).unwrap_or_else(|e| panic!("{e}"));
    println!("{counts}");
    assert!(counts.at_work >= 10, "most kills must find podform at work: {counts}");
}
