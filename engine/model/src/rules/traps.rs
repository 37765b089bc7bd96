//! Traps: legal pods that do not do what their text suggests.

use super::Report;
use super::view::Subject;
use crate::{AttributePath, Number};

pub(super) fn vip_protocol(subject: &Subject<'_>, report: &mut Report) {
    for endpoint in &subject.endpoints().items {
        let Some(labels) = endpoint.get("labels").and_then(|labels| labels.as_map()) else {
            continue;
        };
        let Some(vip) = labels.keys().find(|key| key.starts_with("VIP_")) else { continue };
        if endpoint.texts("protocol").is_some_and(|protocols| protocols.is_empty()) {
            report
                .add(
                    endpoint.at("protocol"),
                    format!("without a protocol the label `{vip}` has no effect"),
                )
                .related([endpoint.at("labels").key(&**vip)])
                .help("set `protocol = [\"tcp\"]`");
        }
    }
}

pub(super) fn http_path(subject: &Subject<'_>, report: &mut Report) {
    for container in &subject.containers().items {
        let Some(http) = container.block("health_check").and_then(|check| check.block("http"))
        else {
            continue;
        };
        if let Some(path) = http.text("path").filter(|path| !path.starts_with('/')) {
            report
                .add(http.at("path"), format!("the path `{path}` does not begin with `/`"))
                .help(format!("write `path = \"/{path}\"`"));
        }
    }
}

pub(super) fn no_command(subject: &Subject<'_>, report: &mut Report) {
    for container in &subject.containers().items {
        if ["command", "argv", "image"].into_iter().all(|name| container.lacks(name)) {
            report
                .add(container.path(), "the container has neither a command nor an image")
                .help("add `command`, `argv` or an `image` block");
        }
    }
}

pub(super) fn full_upgrade(subject: &Subject<'_>, report: &mut Report) {
    let Some(upgrade) = subject.pod.block("upgrade") else { return };
    if upgrade.number("minimum_health_capacity") != Some(&Number::from(1_i64)) {
        return;
    }
    let Some(cause) = single_per_agent(subject) else { return };
    report
        .add(
            cause.0,
            format!(
                "{} and every instance stays during an upgrade: it needs as many free agents again",
                cause.1
            ),
        )
        .related([upgrade.at("minimum_health_capacity")])
        .help("set `minimum_health_capacity` in `upgrade` below 1");
}

/// Why only one instance fits on an agent.
fn single_per_agent(subject: &Subject<'_>) -> Option<(AttributePath, String)> {
    let placement = subject.pod.block("placement");
    let constraints = placement.map(|p| p.numbered("constraint").items).unwrap_or_default();
    if let Some(unique) = constraints.iter().find(|c| c.text("operator") == Some("UNIQUE")) {
        let field = unique.text("field").unwrap_or("field");
        return Some((unique.path(), format!("each instance needs its own `{field}`")));
    }
    subject.endpoints().items.iter().find_map(|endpoint| {
        let port = endpoint.number("host_port")?.as_u64().filter(|port| *port != 0)?;
        Some((endpoint.at("host_port"), format!("host port {port} is free once on an agent")))
    })
}

pub(super) fn override_entrypoint(subject: &Subject<'_>, report: &mut Report) {
    for container in &subject.containers().items {
        if container.has("override_entrypoint") && container.lacks("argv") {
            report
                .add(
                    container.at("override_entrypoint"),
                    "`override_entrypoint` has no effect without `argv`",
                )
                .help("remove it, or write the command as `argv`");
        }
    }
}
