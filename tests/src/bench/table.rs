//! How much more the steps take when there are more pods.

use super::measure::Measured;
use std::fmt::Write;

/// What every step took, by number of pods.
pub(super) struct Table {
    steps: Vec<&'static str>,
    columns: Vec<(u32, Vec<Measured>)>,
}

impl Table {
    /// No number of pods yet.
    pub(super) fn new(steps: &[&'static str]) -> Self {
        Self { steps: steps.to_vec(), columns: Vec::new() }
    }

    /// Adds a number of pods.
    pub(super) fn column(&mut self, size: u32, measured: Vec<Measured>) {
        self.columns.push((size, measured));
    }

    /// The growth of CPU and of both peaks of memory together, from each number of pods to the next.
    pub(super) fn growth(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for pair in self.columns.windows(2) {
            let [(small, before), (large, after)] = pair else { continue };
            lines.push(format!("growth from {small} to {large} pods:"));
            for ((step, before), after) in self.steps.iter().zip(before).zip(after) {
                let memory = |one: &Measured| one.memory + one.plugin_memory;
                let mut line = format!("  {step:14}");
                let _infallible = write!(
                    line,
                    "CPU {:>6}   memory {:>6}",
                    times(before.cpu, after.cpu),
                    times(memory(before), memory(after))
                );
                lines.push(line);
            }
        }
        lines
    }
}

fn times(before: f64, after: f64) -> String {
    if before > 0.0 { format!("{:.1} x", after / before) } else { "-".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_from_size_to_size() {
        let of = |cpu: f64| Measured { cpu, memory: 2.0 * cpu, ..Measured::default() };
        let mut table = Table::new(&["validate"]);
        table.column(10, vec![of(0.5)]);
        table.column(100, vec![of(6.0)]);
        assert_eq!(
            table.growth(),
            ["growth from 10 to 100 pods:", "  validate      CPU 12.0 x   memory 12.0 x"]
        );
    }
}
