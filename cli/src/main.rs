//! The `podform` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(podform::run(std::env::args_os().collect()) as u8)
}
