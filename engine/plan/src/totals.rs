//! What a pod asks of the cluster.

use podform_model::{Number, Value};
use serde::{Deserialize, Serialize};

/// An amount of each resource; `None`: not known before the apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// CPUs.
    pub cpus: Option<Number>,
    /// Memory in MiB.
    pub mem: Option<Number>,
    /// Disk in MiB.
    pub disk: Option<Number>,
    /// GPUs.
    pub gpus: Option<Number>,
}

/// The resources of a pod: those of its containers and of its executor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many instances.
    pub instances: u32,
    /// Of one instance, executor included.
    pub each: Resources,
    /// Of all instances.
    pub all: Resources,
}

/// Adds up a pod's containers and executor.
#[must_use]
pub fn totals(value: &Value, instances: u32) -> Totals {
    let sum = |name: &str| {
        let executor = value.get("executor_resources").and_then(|block| block.get(name));
        let containers = value.items("container").iter();
        let parts = containers
            .map(|container| container.get("resources").and_then(|block| block.get(name)))
            .chain([executor]);
        add(parts)
    };
    let each =
        Resources { cpus: sum("cpus"), mem: sum("mem"), disk: sum("disk"), gpus: sum("gpus") };
    let times = |number: &Option<Number>| {
        let number = number.as_ref()?;
        Some(number * &Number::from(instances))
    };
    let all = Resources {
        cpus: times(&each.cpus),
        mem: times(&each.mem),
        disk: times(&each.disk),
        gpus: times(&each.gpus),
    };
    Totals { instances, each, all }
}

/// The sum; an absent part counts nothing, an unknown one makes the sum unknown.
fn add<'a>(parts: impl Iterator<Item = Option<&'a Value>>) -> Option<Number> {
    let mut sum = Number::from(0_i64);
    for part in parts.flatten() {
        match part.reveal() {
            Value::Null => {}
            Value::Number(number) => sum = &sum + number,
            _ => return None,
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(cpus: Value, mem: i64) -> Value {
        Value::object([("cpus", cpus), ("mem", Value::from(mem))])
    }

    #[test]
    fn the_executor_counts_and_decimals_stay_exact() {
        let tenth = Value::Number("0.1".parse().unwrap());
        let container = |cpus: &Value| Value::object([("resources", resources(cpus.clone(), 64))]);
        let value = Value::object([
            ("executor_resources", resources(tenth.clone(), 32)),
            ("container", Value::list(vec![container(&tenth), container(&tenth)])),
        ]);
        let sum = totals(&value, 3);
        assert_eq!(sum.each.cpus.unwrap().to_string(), "0.3");
        assert_eq!(sum.all.cpus.unwrap().to_string(), "0.9");
        assert_eq!(sum.all.mem.unwrap().to_string(), "480");
        assert_eq!(sum.all.gpus.unwrap().to_string(), "0");
    }

    #[test]
    fn an_unknown_part_makes_the_sum_unknown() {
        let value = Value::object([("executor_resources", resources(Value::Unknown, 32))]);
        let sum = totals(&value, 1);
        assert_eq!(sum.each.cpus, None);
        assert_eq!(sum.each.mem.unwrap().to_string(), "32");
    }
}
