//! The podform binary again, so that the tests of this package can name it.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(podform::run(std::env::args_os().collect()) as u8)
}
