//! The rules of pods: a second table beside the schema, of what no single attribute can say.
//!
//! They are Marathon 1.11's own (its pod validation), which the same pod must keep on every
//! provider, and podform's: what Marathon accepts and then never launches, or silently drops. An
//! error makes the pod wrong; a warning is a trap: legal, but not what the text suggests.
//!
//! A rule that would need to know an unknown value stays silent.

mod containers;
mod endpoints;
mod networks;
mod placement;
mod regex;
mod resident;
mod secrets;
mod traps;
mod view;
mod volumes;

use crate::{AttributePath, Severity, Value};
use view::Subject;

/// One rule of [`RULES`].
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its stable name, `snake_case`.
    pub id: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What it demands, a sentence.
    pub demands: &'static str,
    apply: fn(&Subject<'_>, &mut Report),
}

/// That a pod breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's [`Rule::id`].
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where. An item of a labelled block is `Key` with its label, and `Index` with its position
    /// when an item of the same label stands before it; an item of an unlabelled block is `Index`.
    /// An attribute that is missing is named by the path it would have.
    pub path: AttributePath,
    /// Other places that take part.
    pub related: Vec<AttributePath>,
    /// A lower-case fragment, user text in backticks.
    pub summary: String,
    /// One imperative.
    pub help: Option<String>,
}

/// Every rule, in the order in which findings are reported.
pub const RULES: &[Rule] = &[
    error("container_missing", "A pod has a container.", containers::present),
    error("container_unique", "Container names are unique in a pod.", containers::unique),
    error("resources_missing", "Every container has a `resources` block.", containers::resources),
    error("volume_unique", "Volume names are unique in a pod.", volumes::unique),
    error(
        "volume_name",
        "Volumes have names of lower-case letters, digits and `-`.",
        volumes::name,
    ),
    error(
        "volume_source",
        "A volume has at most one of `host`, `secret`, `persistent`.",
        volumes::source,
    ),
    error("volume_unused", "Every volume is mounted by a container.", volumes::unused),
    error("mount_undeclared", "A mounted volume is declared in the pod.", volumes::undeclared),
    error(
        "secret_undeclared",
        "A secret that is referred to is declared in the pod.",
        secrets::undeclared,
    ),
    error(
        "network_mix",
        "A pod has one host network, one bridge, or container networks.",
        networks::mix,
    ),
    error("network_host", "A host network has no name and no labels.", networks::host),
    error("network_bridge", "A bridge has no name.", networks::bridge),
    error("network_unique", "Networks are unique in a pod.", networks::unique),
    error("endpoint_unique", "Endpoint names are unique in a pod.", endpoints::unique),
    error(
        "container_port_unique",
        "Container ports are unique in a pod.",
        endpoints::container_ports,
    ),
    error("host_port_unique", "Fixed host ports are unique in a pod.", endpoints::host_ports),
    error(
        "container_port_host",
        "An endpoint on the host network has no `container_port`.",
        endpoints::on_host,
    ),
    error(
        "container_port_missing",
        "An endpoint on a container network or a bridge has a `container_port`.",
        endpoints::off_host,
    ),
    error(
        "endpoint_network",
        "An endpoint's networks are container networks of the pod.",
        endpoints::known_networks,
    ),
    error(
        "endpoint_one_network",
        "With several container networks, an endpoint with a `host_port` is on one of them.",
        endpoints::one_network,
    ),
    error("endpoint_protocol", "An endpoint names a protocol once.", endpoints::protocols),
    error(
        "health_check_kind",
        "A health check has exactly one of `http`, `tcp`, `command`, `argv`.",
        containers::check_kind,
    ),
    error(
        "health_check_timeout",
        "A health check's timeout is shorter than its interval.",
        containers::check_timeout,
    ),
    error(
        "health_check_endpoint",
        "A health check names an endpoint of its own container.",
        containers::check_endpoint,
    ),
    error(
        "command_kind",
        "A container has at most one of `command` and `argv`.",
        containers::command_kind,
    ),
    error("limit_below_request", "A limit is at least the request.", containers::limits),
    error(
        "limit_shared_cgroups",
        "`limits` need a cgroup for each container.",
        containers::shared_cgroups,
    ),
    error("seccomp_both", "`seccomp_unconfined` excludes a profile.", containers::seccomp_both),
    error(
        "seccomp_neither",
        "Without a profile, `seccomp_unconfined` is true or absent.",
        containers::seccomp_neither,
    ),
    error("shm_shared", "`shm_size` needs a private IPC namespace.", containers::shm_shared),
    error("shm_mode_missing", "`shm_size` needs an `ipc_mode`.", containers::shm_mode),
    error("constraint_field", "A constraint names a field.", placement::field),
    error("constraint_value", "A constraint's value suits its operator.", placement::value),
    error(
        "accepted_role_name",
        "`accepted_resource_roles` are names of roles.",
        placement::role_names,
    ),
    error(
        "accepted_roles",
        "`accepted_resource_roles` are `*` and the pod's role.",
        placement::accepted_roles,
    ),
    error(
        "resident_role",
        "A pod with persistent volumes has a role other than `*`.",
        resident::role,
    ),
    error(
        "resident_accepted_roles",
        "A pod with persistent volumes accepts `*` alone.",
        resident::accepted_roles,
    ),
    error(
        "resident_over_capacity",
        "A pod with persistent volumes upgrades without over-capacity.",
        resident::over_capacity,
    ),
    error(
        "resident_unreachable",
        "A pod with persistent volumes is not replaced when unreachable.",
        resident::unreachable,
    ),
    error(
        "disk_constraint",
        "A disk constraint compares `path` with a regular expression.",
        resident::disk_constraints,
    ),
    warning("secret_unused", "Every declared secret is used.", secrets::unused),
    warning(
        "vip_without_protocol",
        "An endpoint with a VIP label has a protocol.",
        traps::vip_protocol,
    ),
    warning("http_path", "The path of an HTTP check begins with `/`.", traps::http_path),
    warning("no_command", "A container has a command or an image.", traps::no_command),
    warning(
        "full_upgrade",
        "A pod that cannot run twice on an agent gives up an instance during an upgrade.",
        traps::full_upgrade,
    ),
    warning(
        "override_entrypoint",
        "`override_entrypoint` goes with `argv`.",
        traps::override_entrypoint,
    ),
];

const fn error(
    id: &'static str,
    demands: &'static str,
    apply: fn(&Subject<'_>, &mut Report),
) -> Rule {
    Rule { id, severity: Severity::Error, demands, apply }
}

const fn warning(
    id: &'static str,
    demands: &'static str,
    apply: fn(&Subject<'_>, &mut Report),
) -> Rule {
    Rule { id, severity: Severity::Warning, demands, apply }
}

/// Checks a pod in normal form (converted, defaults filled). Its role is what it says itself; a
/// rule that needs to know another stays silent.
#[must_use]
pub fn check(pod: &Value) -> Vec<Finding> {
    check_with_role(pod, None)
}

/// As [`check`], for a pod that runs in `role` unless it names one itself.
#[must_use]
pub fn check_with_role(pod: &Value, role: Option<&str>) -> Vec<Finding> {
    let subject = Subject::new(pod, role);
    let mut findings = Vec::new();
    for rule in RULES {
        let mut report = Report { rule, findings: Vec::new() };
        (rule.apply)(&subject, &mut report);
        findings.append(&mut report.findings);
    }
    findings
}

/// Takes the findings of one rule.
struct Report {
    rule: &'static Rule,
    findings: Vec<Finding>,
}

impl Report {
    /// Adds a finding and returns it for more.
    fn add(&mut self, path: AttributePath, summary: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule.id,
            severity: self.rule.severity,
            path,
            related: Vec::new(),
            summary: summary.into(),
            help: None,
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}

impl Finding {
    fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    fn related(&mut self, paths: impl IntoIterator<Item = AttributePath>) -> &mut Self {
        self.related.extend(paths);
        self
    }
}

#[cfg(test)]
mod tests;
