//! What the layout of the project promises and no compiler checks: who depends on whom, which
//! packages are pure, where `unsafe` may stand, how large files and functions may be.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod code;
mod packages;
mod source;
mod workspace;
