//! A recorded pod.

use crate::text::value::{hcl, quoted};
use podform_model::{Address, InstanceStatus, PodRecord};
use std::fmt::Write as _;

/// A pod as the state remembers it.
#[must_use]
pub fn pod(address: &Address, pod: &PodRecord) -> String {
    let mut out = format!("# {address}\n");
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "{name:12} = {value}");
    };
    line("id", quoted(&pod.id));
    line("provider", quoted(&pod.provider.to_string()));
    line("generation", quoted(&pod.generation));
    for (name, stamp) in pod.secrets.get(&pod.generation).into_iter().flatten() {
        let version = stamp.version.as_deref().map(|v| format!(" version {v}")).unwrap_or_default();
        line(&format!("secret.{name}"), format!("{} of {}{version}", stamp.source, stamp.store));
    }
    for instance in &pod.instances {
        let status = match instance.status {
            InstanceStatus::Launching => "launching",
            InstanceStatus::Ready => "ready",
            InstanceStatus::NotReady => "not ready",
            InstanceStatus::Stopping => "stopping",
        };
        let host = instance.host.as_deref().unwrap_or("-");
        let old =
            if instance.generation == pod.generation { "" } else { ", of a former generation" };
        let _ = writeln!(
            out,
            "instance {:<3} = {} on {host} ({status}{old})",
            instance.slot, instance.id
        );
        for (name, address) in &instance.endpoints {
            let _ = writeln!(out, "  endpoint {name} = {address}");
        }
    }
    if let Some(configuration) = pod.configurations.get(&pod.generation) {
        let _ = writeln!(out, "configuration = {}", hcl(configuration));
    }
    out
}
