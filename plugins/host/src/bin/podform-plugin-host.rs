//! The host of one plugin as a program of its own: what podform runs when it is started with
//! `__plugin-host`. The tests of this package use it in podform's place.

fn main() -> std::process::ExitCode {
    match podform_plugin_host::plugin_host_main() {
        0 => std::process::ExitCode::SUCCESS,
        _ => std::process::ExitCode::FAILURE,
    }
}
