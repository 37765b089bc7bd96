//! Rules of endpoints and their ports.

use super::Report;
use super::view::{Networking, Place, Subject, list};
use std::collections::BTreeSet;

pub(super) fn unique(subject: &Subject<'_>, report: &mut Report) {
    for (again, first) in subject.endpoints().repeated(Place::name) {
        let name = again.name().unwrap_or_default();
        report
            .add(again.path(), format!("two endpoints of the pod are called `{name}`"))
            .related([first.path()])
            .help("rename one of them");
    }
}

pub(super) fn container_ports(subject: &Subject<'_>, report: &mut Report) {
    ports(subject, report, "container_port");
}

pub(super) fn host_ports(subject: &Subject<'_>, report: &mut Report) {
    ports(subject, report, "host_port");
}

fn ports(subject: &Subject<'_>, report: &mut Report, name: &str) {
    let port = |place: &Place<'_>| place.number(name)?.as_u64().filter(|port| *port != 0);
    for (again, first) in subject.endpoints().repeated(port) {
        let number = port(again).unwrap_or_default();
        report
            .add(
                again.at(name),
                format!("two endpoints of the pod have the {} {number}", words(name)),
            )
            .related([first.at(name)])
            .help("choose another port for one of them");
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

pub(super) fn on_host(subject: &Subject<'_>, report: &mut Report) {
    if subject.networking() != Networking::Host {
        return;
    }
    for endpoint in &subject.endpoints().items {
        if !endpoint.has("container_port") {
            continue;
        }
        report
            .add(
                endpoint.at("container_port"),
                "an endpoint on the host network has no `container_port`",
            )
            .help("write `host_port`, or put the pod on a bridge or a container network");
    }
}

pub(super) fn off_host(subject: &Subject<'_>, report: &mut Report) {
    let what = match subject.networking() {
        Networking::Bridge => "a bridge",
        Networking::Container(_) => "a container network",
        Networking::Host | Networking::Unknown => return,
    };
    for endpoint in &subject.endpoints().items {
        if endpoint.lacks("container_port") {
            report
                .add(
                    endpoint.at("container_port"),
                    format!("an endpoint on {what} needs a `container_port`"),
                )
                .related([subject.pod.at("network").index(0)])
                .help("add `container_port`, the port that the container listens on");
        }
    }
}

pub(super) fn known_networks(subject: &Subject<'_>, report: &mut Report) {
    let networks = subject.pod.numbered("network");
    let container: Vec<_> =
        networks.items.iter().filter(|n| n.text("mode") == Some("container")).collect();
    let known = networks.complete
        && networks.items.iter().all(|n| n.text("mode").is_some())
        && container.iter().all(|n| n.text("name").is_some());
    if !known {
        return;
    }
    let names: BTreeSet<_> = container.iter().filter_map(|network| network.name()).collect();
    for endpoint in &subject.endpoints().items {
        let Some(wanted) = endpoint.texts("network_names") else { continue };
        for (at, name) in wanted.into_iter().enumerate().filter(|(_, name)| !names.contains(name)) {
            let finding = report.add(
                endpoint.at("network_names").index(at),
                format!("the pod is on no container network `{name}`"),
            );
            finding.related(networks.items.iter().map(|network| network.path()));
            if names.is_empty() {
                finding.help("remove `network_names`, or add a `network` block with this name");
            } else {
                finding.help(format!("name one of {}", list(names.iter().copied())));
            }
        }
    }
}

pub(super) fn one_network(subject: &Subject<'_>, report: &mut Report) {
    let Networking::Container(networks) = subject.networking() else { return };
    if networks < 2 {
        return;
    }
    for endpoint in &subject.endpoints().items {
        let Some(names) = endpoint.texts("network_names") else { continue };
        if endpoint.number("host_port").is_some() && names.len() != 1 {
            report
                .add(
                    endpoint.at("network_names"),
                    format!("an endpoint with a `host_port` must say on which of the {networks} networks it is"),
                )
                .related([endpoint.at("host_port")])
                .help("name exactly one network in `network_names`, or remove `host_port`");
        }
    }
}

pub(super) fn protocols(subject: &Subject<'_>, report: &mut Report) {
    for endpoint in &subject.endpoints().items {
        let mut seen = BTreeSet::new();
        for (at, name) in endpoint.texts("protocol").into_iter().flatten().enumerate() {
            if !seen.insert(name) {
                report
                    .add(
                        endpoint.at("protocol").index(at),
                        format!("protocol `{name}` is named twice"),
                    )
                    .help("remove one of them");
            }
        }
    }
}
