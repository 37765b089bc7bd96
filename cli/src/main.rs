//! The `podform` binary.

fn main() {}
