//! The store as its users see it: on a real disk, on a failing one, and with hostile files.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod crash;
mod fault;
mod files;
mod hostile;
mod locks;
mod make;
mod meaning;
mod readers;
mod torn;
