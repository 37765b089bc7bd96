//! Measures podform with many pods: see `podform_tests::bench`.
//!
//! The program is podform as well: under the name `podform`, which the harness gives it, it does what podform does.

use podform_tests::bench::{Options, run};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: podform-bench [--sizes N,N,...] [--variants blocks,for_each] [--podform FILE]

Generates configurations of so many pods (100,1000,10000), as blocks and from one `for_each`, and prints what time,
CPU and memory podform and its plugin's process take to validate, plan, apply, list and destroy them on a simulated
development cluster. Build it with `--release`.
";

fn main() -> ExitCode {
    let program = std::env::current_exe().unwrap_or_default();
    if program.file_name().is_some_and(|name| name == "podform") {
        return ExitCode::from(podform::run(std::env::args_os().collect()) as u8);
    }
    let options = match options(std::env::args().skip(1), program) {
        Ok(options) => options,
        Err(message) => {
            tell(&format!("{message}\n\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    match run(&options, &mut tell) {
        Ok(()) => ExitCode::SUCCESS,
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

fn options(
    mut arguments: impl Iterator<Item = String>,
    program: std::path::PathBuf,
) -> Result<Options, String> {
    let mut options = Options { binary: program, ..Options::default() };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let parts = value.split(',').map(str::trim);
        match name.as_str() {
            "--sizes" => {
                let size = |text: &str| text.parse().ok().filter(|size| *size > 0);
                let sizes = parts.map(size).collect::<Option<Vec<_>>>();
                options.sizes = sizes.ok_or_else(|| format!("--sizes: `{value}`"))?;
            }
            "--variants" => {
                let variants = parts.map(str::parse).collect::<Result<Vec<_>, _>>();
                options.variants = variants.map_err(|error| format!("--variants: {error}"))?;
            }
            "--podform" => options.binary = value.into(),
            _ => return Err(format!("unknown argument `{name}`")),
        }
    }
    Ok(options)
}
