//! Where recorded pods move to, and which `moved` blocks contradict one another.
#![expect(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Lab, address};
use podform_model::{Label, Moved};
use podform_plan::moves::check;
use podform_plan::{Arrivals, moves};

/// A block that stands in this module, `""` the root.
fn block(base: &str, from: &str, to: &str) -> Moved {
    let base = base.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let label = Label { file: "main.pf.hcl".into(), start: 0, end: 5, text: String::new() };
    Moved { base, from: from.parse().unwrap(), to: to.parse().unwrap(), label }
}

/// Records these pods, then moves them by these blocks; `wants` are the pods that are declared.
fn moved(recorded: &[&str], blocks: &[(&str, &str, &str)], wants: &[&str]) -> Arrivals {
    let mut lab = Lab::running(1);
    let (_, record) = lab.pods.pop_first().unwrap();
    lab.desired.pods.clear();
    for text in recorded {
        lab.pods.insert(address(text), record.clone());
    }
    for text in wants {
        lab.desired.pods.insert(address(text), common::desired("/x", 1));
    }
    lab.desired.refactor.moved = blocks.iter().map(|(b, f, t)| block(b, f, t)).collect();
    moves(&lab.desired, &lab.pods)
}

/// The moves as texts.
fn ways(arrivals: &Arrivals) -> Vec<String> {
    let moved = arrivals.moved.iter().map(|(to, from)| format!("{from} → {to}"));
    let blocked = arrivals.blocked.iter().map(|(from, to)| format!("{from} ✗ {to}"));
    moved.chain(blocked).collect()
}

#[test]
fn pods_instances_and_modules_move() {
    for (recorded, block, want) in [
        ("pod.a", ("", "pod.a", "pod.b"), "pod.a → pod.b"),
        ("pod.a[2]", ("", "pod.a", "pod.b"), "pod.a[2] → pod.b[2]"),
        ("pod.a", ("", "pod.a", "pod.a[\"x\"]"), "pod.a → pod.a[\"x\"]"),
        ("pod.a[0]", ("", "pod.a[0]", "pod.a[\"x\"]"), "pod.a[0] → pod.a[\"x\"]"),
        ("pod.a", ("", "pod.a", "module.m.pod.b[\"k\"]"), "pod.a → module.m.pod.b[\"k\"]"),
        ("module.m.pod.a[1]", ("", "module.m.pod.a", "pod.a"), "module.m.pod.a[1] → pod.a[1]"),
        (
            "module.m[1].pod.a",
            ("", "module.m", "module.n"),
            "module.m[1].pod.a → module.n[1].pod.a",
        ),
        (
            "module.m.pod.a",
            ("", "module.m", "module.n[\"k\"]"),
            "module.m.pod.a → module.n[\"k\"].pod.a",
        ),
        (
            "module.m.module.i.pod.a",
            ("", "module.m.module.i", "module.j"),
            "module.m.module.i.pod.a → module.j.pod.a",
        ),
        // A block within a module holds in all its instances.
        (
            "module.m[3].pod.a",
            ("m", "pod.a", "module.n.pod.b"),
            "module.m[3].pod.a → module.m[3].module.n.pod.b",
        ),
        (
            "module.m[\"x\"].module.i.pod.a",
            ("m", "module.i", "module.j"),
            "module.m[\"x\"].module.i.pod.a → module.m[\"x\"].module.j.pod.a",
        ),
    ] {
        assert_eq!(ways(&moved(&[recorded], &[block], &[])), [want]);
    }
    for (recorded, block) in [
        ("pod.a[0]", ("", "pod.a", "pod.a[\"x\"]")),
        ("module.n.pod.a", ("", "pod.a", "pod.b")),
        ("pod.a", ("m", "pod.a", "pod.b")),
        ("module.m[1].pod.a", ("", "module.m", "module.n[\"k\"]")),
    ] {
        assert_eq!(ways(&moved(&[recorded], &[block], &[])), [""; 0], "{recorded}");
    }
}

#[test]
fn a_chain_is_followed_to_its_end() {
    let blocks =
        [("", "pod.b", "module.m.pod.c"), ("", "pod.a", "pod.b"), ("", "module.m", "module.n")];
    assert_eq!(ways(&moved(&["pod.a"], &blocks, &[])), ["pod.a → module.n.pod.c"]);
    assert_eq!(
        ways(&moved(&["module.m.pod.x"], &blocks, &[])),
        ["module.m.pod.x → module.n.pod.x"]
    );
}

#[test]
fn the_block_that_says_most_exactly_what_it_means_goes_first() {
    let blocks =
        [("", "module.m", "module.n"), ("", "module.m.pod.a", "pod.a"), ("", "pod.a[1]", "pod.z")];
    let all = moved(&["module.m.pod.a[0]", "module.m.pod.a[1]", "module.m.pod.b"], &blocks, &[]);
    assert_eq!(
        ways(&all),
        [
            "module.m.pod.a[0] → pod.a[0]",
            "module.m.pod.a[1] → pod.z",
            "module.m.pod.b → module.n.pod.b"
        ]
    );
}

#[test]
fn a_taken_address_blocks_the_way() {
    let blocks = [("", "pod.a", "pod.b"), ("", "pod.b", "pod.c")];
    // What was there moves on, but it was there.
    let all = moved(&["pod.a", "pod.b"], &blocks, &[]);
    assert_eq!(ways(&all), ["pod.b → pod.c", "pod.a ✗ pod.b"]);
    let all = moved(&["pod.a", "pod.c"], &blocks, &[]);
    assert_eq!(ways(&all), ["pod.a → pod.b", "pod.b ✗ pod.c"]);
}

#[test]
fn count_added_or_taken_away_moves_by_itself() {
    assert_eq!(ways(&moved(&["pod.a"], &[], &["pod.a[0]", "pod.a[1]"])), ["pod.a → pod.a[0]"]);
    assert_eq!(ways(&moved(&["pod.a[0]", "pod.a[1]"], &[], &["pod.a"])), ["pod.a[0] → pod.a"]);
    // `for_each` has no first instance, and a block that names the pod decides alone.
    assert!(moved(&["pod.a"], &[], &["pod.a[\"x\"]"]).moved.is_empty());
    let block = [("", "pod.a", "pod.a[1]")];
    assert_eq!(ways(&moved(&["pod.a"], &block, &["pod.a[0]", "pod.a[1]"])), ["pod.a → pod.a[1]"]);
    let block = [("", "pod.z", "pod.a[0]")];
    assert!(moved(&["pod.a"], &block, &["pod.a[0]"]).moved.is_empty());
    // Terraform does not do it for modules either.
    assert!(moved(&["module.m.pod.a"], &[], &["module.m[0].pod.a"]).moved.is_empty());
}

fn found(blocks: &[(&str, &str, &str)]) -> Vec<String> {
    let blocks: Vec<Moved> = blocks.iter().map(|(b, f, t)| block(b, f, t)).collect();
    check(&blocks).into_iter().map(|found| format!("{}: {}", found.code, found.summary)).collect()
}

#[test]
fn blocks_that_contradict_one_another_are_refused() {
    assert_eq!(found(&[("", "pod.a", "pod.a")]), ["plan::moved_conflict: `pod.a` moves to itself"]);
    assert_eq!(
        found(&[("", "pod.a", "pod.b"), ("", "pod.a", "pod.c"), ("", "pod.z", "pod.b")]),
        [
            "plan::moved_conflict: `pod.a` moves to `pod.b` and to `pod.c`",
            "plan::moved_conflict: `pod.a` and `pod.z` move to `pod.b`"
        ]
    );
    assert_eq!(
        found(&[("", "pod.a", "pod.b"), ("", "pod.a", "pod.b"), ("m", "pod.a", "pod.c")]),
        [""; 0]
    );
}

#[test]
fn circles_are_refused() {
    for (blocks, want) in [
        (&[("", "pod.a", "pod.b"), ("", "pod.b", "pod.a")][..], "`pod.a` → `pod.b` → `pod.a`"),
        (
            &[("", "pod.b", "pod.a"), ("", "pod.a[0]", "pod.b[0]")],
            "`pod.a[0]` → `pod.b` → `pod.a[0]`",
        ),
        (&[("", "module.a", "module.a.module.a")], "`module.a` → `module.a`"),
        (
            &[
                ("", "module.a", "module.b"),
                ("", "module.b", "module.c"),
                ("", "module.c", "module.a"),
            ],
            "`module.a` → `module.b` → `module.c` → `module.a`",
        ),
        (
            &[("", "module.a", "module.b"), ("", "module.b.pod.x", "module.a.pod.x")],
            "`module.b.pod.x` → `module.a` → `module.b.pod.x`",
        ),
    ] {
        assert_eq!(
            found(blocks),
            [format!("plan::moved_cycle: `moved` blocks form a circle: {want}")]
        );
    }
}

#[test]
fn a_long_chain_takes_linear_time() {
    let names: Vec<String> = (0..=20_000).map(|at| format!("pod.p{at}")).collect();
    let blocks: Vec<(&str, &str, &str)> =
        names.windows(2).map(|pair| ("", pair[0].as_str(), pair[1].as_str())).collect();
    assert_eq!(found(&blocks), [""; 0]);
    assert_eq!(ways(&moved(&["pod.p0"], &blocks, &[])), ["pod.p0 → pod.p20000"]);
}
