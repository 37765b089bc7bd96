//! Rules of containers: names, health checks, limits, Linux settings.

use super::Report;
use super::view::{Place, Subject, list};

pub(super) fn present(subject: &Subject<'_>, report: &mut Report) {
    let containers = subject.containers();
    if containers.complete && containers.items.is_empty() {
        report
            .add(subject.pod.at("container"), "a pod needs at least one container")
            .help("add a `container \"NAME\" { … }` block");
    }
}

pub(super) fn unique(subject: &Subject<'_>, report: &mut Report) {
    for (again, first) in subject.containers().repeated(Place::name) {
        let name = again.name().unwrap_or_default();
        report
            .add(again.path(), format!("two containers are called `{name}`"))
            .related([first.path()])
            .help("rename one of them");
    }
}

pub(super) fn resources(subject: &Subject<'_>, report: &mut Report) {
    for container in &subject.containers().items {
        if container.lacks("resources") {
            report
                .add(container.at("resources"), "a container needs a `resources` block")
                .help("add `resources {}`; it may be empty");
        }
    }
}

pub(super) fn command_kind(subject: &Subject<'_>, report: &mut Report) {
    for container in &subject.containers().items {
        if container.has("command") && container.has("argv") {
            report
                .add(container.at("argv"), "a container has both `command` and `argv`")
                .related([container.at("command")])
                .help("keep one of them");
        }
    }
}

/// The health checks with their containers.
fn checks<'a>(subject: &Subject<'a>) -> Vec<(Place<'a>, Place<'a>)> {
    let items = &subject.containers().items;
    items.iter().filter_map(|c| Some((c.clone(), c.block("health_check")?))).collect()
}

const KINDS: [&str; 4] = ["http", "tcp", "command", "argv"];

pub(super) fn check_kind(subject: &Subject<'_>, report: &mut Report) {
    for (_, check) in checks(subject) {
        let kinds: Vec<_> = KINDS.into_iter().filter(|kind| check.has(kind)).collect();
        match kinds[..] {
            [_] => {}
            [] if !KINDS.into_iter().all(|kind| check.lacks(kind)) => {}
            [] => {
                report
                    .add(check.path(), "the health check does not say what to check")
                    .help("write one of `http`, `tcp`, `command`, `argv`");
            }
            [first, ..] => {
                let related: Vec<_> = kinds.iter().skip(1).map(|kind| check.at(kind)).collect();
                report
                    .add(
                        check.at(first),
                        format!(
                            "a health check has one kind, this has {}",
                            list(kinds.iter().copied())
                        ),
                    )
                    .related(related)
                    .help("keep one of them");
            }
        }
    }
}

pub(super) fn check_timeout(subject: &Subject<'_>, report: &mut Report) {
    for (_, check) in checks(subject) {
        if let (Some(timeout), Some(interval)) = (check.number("timeout"), check.number("interval"))
            && timeout >= interval
        {
            report
                .add(
                    check.at("timeout"),
                    format!(
                        "the timeout of {timeout}s is not shorter than the interval of {interval}s"
                    ),
                )
                .related([check.at("interval")])
                .help("make `timeout` shorter than `interval`, or the interval longer");
        }
    }
}

pub(super) fn check_endpoint(subject: &Subject<'_>, report: &mut Report) {
    for (container, check) in checks(subject) {
        let own = container.labelled("endpoint");
        for kind in ["http", "tcp"] {
            let Some(block) = check.block(kind) else { continue };
            let Some(endpoint) = block.text("endpoint") else { continue };
            if !own.complete || own.names().contains(endpoint) {
                continue;
            }
            let elsewhere = subject.endpoints();
            let other = elsewhere.items.iter().find(|place| place.name() == Some(endpoint));
            let summary = if other.is_some() {
                format!("endpoint `{endpoint}` belongs to another container")
            } else {
                format!("the container has no endpoint `{endpoint}`")
            };
            let finding = report.add(block.at("endpoint"), summary);
            finding.related(other.map(|place| place.path()));
            if own.items.is_empty() {
                finding.help(format!("add `endpoint \"{endpoint}\" {{ … }}` to this container"));
            } else {
                finding.help(format!("name one of {}", list(own.names())));
            }
        }
    }
}

pub(super) fn limits(subject: &Subject<'_>, report: &mut Report) {
    for container in &subject.containers().items {
        let (Some(limits), Some(resources)) =
            (container.block("limits"), container.block("resources"))
        else {
            continue;
        };
        for (name, unit) in [("cpus", ""), ("mem", " MiB")] {
            if let (Some(limit), Some(request)) = (limits.number(name), resources.number(name))
                && limit < request
            {
                report
                    .add(
                        limits.at(name),
                        format!(
                            "the limit of {limit}{unit} is below the request of {request}{unit}"
                        ),
                    )
                    .related([resources.at(name)])
                    .help(format!("set it to {request} or more, or to `\"unlimited\"`"));
            }
        }
    }
}

pub(super) fn shared_cgroups(subject: &Subject<'_>, report: &mut Report) {
    if subject.pod.flag("legacy_shared_cgroups") != Some(true) {
        return;
    }
    for container in &subject.containers().items {
        if container.has("limits") {
            report
                .add(container.at("limits"), "`limits` do not go with `legacy_shared_cgroups`")
                .related([subject.pod.at("legacy_shared_cgroups")])
                .help("remove one of them");
        }
    }
}

/// The `linux` blocks of the containers.
fn linux<'a>(subject: &Subject<'a>) -> Vec<Place<'a>> {
    subject.containers().items.iter().filter_map(|c| c.block("linux")).collect()
}

pub(super) fn seccomp_both(subject: &Subject<'_>, report: &mut Report) {
    for linux in linux(subject) {
        if linux.has("seccomp_profile") && linux.flag("seccomp_unconfined") == Some(true) {
            report
                .add(
                    linux.at("seccomp_unconfined"),
                    "`seccomp_unconfined` does not go with a `seccomp_profile`",
                )
                .related([linux.at("seccomp_profile")])
                .help("keep one of them");
        }
    }
}

pub(super) fn seccomp_neither(subject: &Subject<'_>, report: &mut Report) {
    for linux in linux(subject) {
        if linux.lacks("seccomp_profile") && linux.flag("seccomp_unconfined") == Some(false) {
            report
                .add(
                    linux.at("seccomp_unconfined"),
                    "seccomp that is confined needs a `seccomp_profile`",
                )
                .help("write the profile, or remove `seccomp_unconfined`");
        }
    }
}

/// The `linux` blocks of the pod and the containers.
fn ipc<'a>(subject: &Subject<'a>) -> Vec<Place<'a>> {
    let mut all: Vec<_> = subject.pod.block("linux").into_iter().collect();
    all.extend(linux(subject));
    all
}

pub(super) fn shm_shared(subject: &Subject<'_>, report: &mut Report) {
    for linux in ipc(subject) {
        if linux.has("shm_size") && linux.text("ipc_mode") == Some("SHARE_PARENT") {
            report
                .add(linux.at("shm_size"), "`shm_size` does not go with `SHARE_PARENT`")
                .related([linux.at("ipc_mode")])
                .help("remove `shm_size`, or set `ipc_mode = \"PRIVATE\"`");
        }
    }
}

pub(super) fn shm_mode(subject: &Subject<'_>, report: &mut Report) {
    for linux in ipc(subject) {
        if linux.has("shm_size") && linux.lacks("ipc_mode") {
            report
                .add(linux.at("ipc_mode"), "`shm_size` needs an `ipc_mode`")
                .related([linux.at("shm_size")])
                .help("add `ipc_mode = \"PRIVATE\"`");
        }
    }
}
