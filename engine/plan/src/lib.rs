//! Diff, decisions, order, schedule and plan file.
