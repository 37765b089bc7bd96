//! Rules of networks.

use super::Report;
use super::view::{Place, Subject};

pub(super) fn mix(subject: &Subject<'_>, report: &mut Report) {
    let networks = subject.pod.numbered("network");
    let of_mode =
        |mode: &str| networks.items.iter().filter(|n| n.text("mode") == Some(mode)).count();
    let (host, bridge, container) =
        (of_mode("host"), of_mode("container/bridge"), of_mode("container"));
    if host > 1 || bridge > 1 || [host, bridge, container].iter().filter(|n| **n > 0).count() > 1 {
        let first = networks.items.iter().take(1).map(|network| network.path());
        let second = networks.items.get(1).map_or_else(|| subject.pod.at("network"), |n| n.path());
        report
            .add(second, "these networks do not go together")
            .related(first)
            .help("keep a single host network, a single bridge, or container networks only");
    }
}

pub(super) fn host(subject: &Subject<'_>, report: &mut Report) {
    for network in subject.pod.numbered("network").items {
        if network.text("mode") != Some("host") {
            continue;
        }
        for name in ["name", "labels"] {
            if network.has(name) {
                report
                    .add(network.at(name), format!("a host network has no `{name}`"))
                    .help(format!("remove `{name}`"));
            }
        }
    }
}

pub(super) fn bridge(subject: &Subject<'_>, report: &mut Report) {
    for network in subject.pod.numbered("network").items {
        if network.text("mode") == Some("container/bridge") && network.has("name") {
            report
                .add(network.at("name"), "a bridge has no `name`")
                .help("remove `name`, or set `mode = \"container\"`");
        }
    }
}

pub(super) fn unique(subject: &Subject<'_>, report: &mut Report) {
    let networks = subject.pod.numbered("network");
    for (again, first) in networks.repeated(container_network) {
        let what = match again.text("name") {
            Some(name) => format!("network `{name}` is joined twice"),
            None => "the default network is joined twice".to_owned(),
        };
        report.add(again.path(), what).related([first.path()]).help("remove one of them");
    }
}

/// The name of a container network. Without one it is the default, so two such are one twice.
fn container_network<'a>(network: &Place<'a>) -> Option<&'a str> {
    match network.text("mode")? {
        "container" if network.lacks("name") => Some(""),
        "container" => network.text("name"),
        _ => None,
    }
}
