//! Kills podform at random moments and checks what is left: see `podform_tests::crash`.

use podform_tests::crash::{Options, run};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: podform-crash [--rounds N] [--seed N] [--pods N] [--podform FILE]

Sends SIGKILL to podform, its plugin's process, or both at N random moments (200) during applies
and destroys of N pods (20) on a development cluster of its own, then does the same again to its
end. Ends with 1 when a pod was orphaned or launched twice, or the state could not be read.
";

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            tell(&format!("{message}\n\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    tell(&format!("seed {}, {} rounds, {} pods", options.seed, options.rounds, options.pods));
    match run(&options, &mut |line| tell(line)) {
        Ok(counts) => {
            tell(&counts.to_string());
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the program's answer")]
fn tell(line: &str) {
    println!("{line}");
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let beside = std::env::current_exe().map_err(|e| e.to_string())?.with_file_name("podform-test");
    let mut options =
        Options { binary: beside, rounds: 200, seed: now.map_or(0, |now| now.as_secs()), pods: 20 };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let bad = |_| format!("{name}: `{value}` is not a number");
        match name.as_str() {
            "--rounds" => options.rounds = value.parse().map_err(bad)?,
            "--seed" => options.seed = value.parse().map_err(bad)?,
            "--pods" => options.pods = value.parse().map_err(bad)?,
            "--podform" => options.binary = value.into(),
            _ => return Err(format!("unknown argument `{name}`")),
        }
    }
    Ok(options)
}
