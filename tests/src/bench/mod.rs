//! Large numbers: what podform and its plugin's process take for the usual steps, by the number of pods.
//!
//! Run it with `cargo run --release -p podform-tests --bin podform-bench -- --sizes 100,1000,10000,30000`. The containers are
//! simulated, and the cluster's own work is not counted. CPU is of podform and the plugin together, with the plugin's part behind
//! the `+`; memory is the peak of each.

mod configuration;
mod measure;
mod table;

use crate::env::TestEnv;
pub use configuration::Variant;
use measure::{Measured, measure};
use std::path::PathBuf;
use table::Table;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// podform.
    pub binary: PathBuf,
    /// Numbers of pods.
    pub sizes: Vec<u32>,
    /// Forms of the configuration.
    pub variants: Vec<Variant>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            binary: PathBuf::new(),
            sizes: vec![100, 1000, 10_000],
            variants: vec![Variant::Blocks, Variant::ForEach],
        }
    }
}

/// A step: its name, the arguments, and the exit code that it must have.
struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    code: i32,
}

const fn step(name: &'static str, arguments: &'static [&'static str], code: i32) -> Step {
    Step { name, arguments, code }
}

/// What is done with each configuration, in this order.
const STEPS: [Step; 10] = [
    step("validate", &["validate"], 0),
    step("first plan", &["plan", "-dev", "-detailed-exitcode"], 2),
    step("first apply", &["apply", "-dev", "-auto-approve"], 0),
    step("no-op plan", &["plan", "-dev", "-detailed-exitcode"], 0),
    step("plan of 1 %", &["plan", "-dev", "-detailed-exitcode", "-var=revision=2"], 2),
    step("apply of 1 %", &["apply", "-dev", "-auto-approve", "-var=revision=2"], 0),
    step("no-op apply", &["apply", "-dev", "-auto-approve", "-var=revision=2"], 0),
    step("state list", &["state", "list"], 0),
    step("status", &["status", "-dev", "-json"], 0),
    step("destroy", &["destroy", "-dev", "-auto-approve"], 0),
];

/// Measures everything and says it, line by line.
///
/// # Errors
/// A step failed; what it said.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    for variant in &options.variants {
        let mut table = Table::new(&STEPS.map(|step| step.name));
        for size in &options.sizes {
            say(&format!("{variant}, {size} pods:"));
            let measured = of_size(&options.binary, *variant, *size, say)?;
            table.column(*size, measured);
        }
        say("");
        for line in table.growth() {
            say(&line);
        }
        say("");
    }
    Ok(())
}

fn of_size(
    binary: &std::path::Path,
    variant: Variant,
    size: u32,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Measured>, String> {
    let env = TestEnv::new(&binary.display().to_string());
    for (name, text) in configuration::files(variant, size) {
        env.write(&name, &text);
    }
    let prepare: [&[&str]; 2] = [&["init"], &["dev", "up", "-simulate", "-port=0"]];
    for arguments in prepare {
        let output = env.run(arguments);
        if output.code != Some(0) {
            return Err(format!("podform {}: {}", arguments.join(" "), output.stderr));
        }
    }
    let mut all = Vec::new();
    for step in &STEPS {
        let measured = measure(env.command(step.arguments), step.code)
            .map_err(|error| format!("{}, {size} pods, {}: {error}", variant, step.name))?;
        say(&format!("  {:14}{measured}", step.name));
        all.push(measured);
    }
    Ok(all)
}
