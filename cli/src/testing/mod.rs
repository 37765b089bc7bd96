//! `podform test`: `*.pftest.hcl` files, each over a state of its own.

mod bench;
mod cast;
mod file;
mod junit;
mod mock;
mod partly;
mod report;
mod results;

pub use file::{Terms, run};
pub use junit::document;
pub use report::{file as report_file, found, summary};
pub use results::{Counts, FileResult, RunResult, Status, counts, status};
