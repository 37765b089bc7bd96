//! Rules of volumes and their mounts.

use super::Report;
use super::view::{Place, Subject, list};
use crate::convert::check_text;
use crate::schema::Text;
use std::collections::BTreeSet;

pub(super) fn unique(subject: &Subject<'_>, report: &mut Report) {
    for (again, first) in subject.pod.labelled("volume").repeated(Place::name) {
        let name = again.name().unwrap_or_default();
        report
            .add(again.path(), format!("two volumes are called `{name}`"))
            .related([first.path()])
            .help("rename one of them");
    }
}

pub(super) fn name(subject: &Subject<'_>, report: &mut Report) {
    for volume in subject.pod.labelled("volume").items {
        if let Some(name) = volume.name()
            && check_text(Text::Name, name).is_err()
        {
            report
                .add(volume.path(), format!("`{name}` cannot be the name of a volume"))
                .help("use 1 to 63 lower-case letters, digits and `-`, not at the ends");
        }
    }
}

pub(super) fn source(subject: &Subject<'_>, report: &mut Report) {
    for volume in subject.pod.labelled("volume").items {
        let given: Vec<_> =
            ["host", "secret", "persistent"].into_iter().filter(|kind| volume.has(kind)).collect();
        if let [first, rest @ ..] = &given[..]
            && !rest.is_empty()
        {
            report
                .add(
                    volume.at(first),
                    format!("a volume has one source, this has {}", list(given.iter().copied())),
                )
                .related(rest.iter().map(|kind| volume.at(kind)))
                .help("keep one of them");
        }
    }
}

pub(super) fn unused(subject: &Subject<'_>, report: &mut Report) {
    let mut mounted = BTreeSet::new();
    let mut complete = subject.containers().complete;
    for container in &subject.containers().items {
        let mounts = container.labelled("volume_mount");
        complete &= mounts.complete;
        mounted.extend(mounts.names());
    }
    if !complete {
        return;
    }
    for volume in subject.pod.labelled("volume").items {
        if let Some(name) = volume.name()
            && !mounted.contains(name)
        {
            report.add(volume.path(), format!("no container mounts volume `{name}`")).help(
                format!(
                    "add `volume_mount \"{name}\" {{ … }}` to a container, or remove the volume"
                ),
            );
        }
    }
}

pub(super) fn undeclared(subject: &Subject<'_>, report: &mut Report) {
    let volumes = subject.pod.labelled("volume");
    if !volumes.complete {
        return;
    }
    let declared = volumes.names();
    for container in &subject.containers().items {
        for mount in container.labelled("volume_mount").items {
            let Some(name) = mount.name() else { continue };
            if declared.contains(name) {
                continue;
            }
            let help = if declared.is_empty() {
                format!("declare it in the pod: `volume \"{name}\" {{}}`")
            } else {
                format!(
                    "declare `volume \"{name}\" {{}}` in the pod, or mount one of {}",
                    list(declared.iter().copied())
                )
            };
            report.add(mount.path(), format!("volume `{name}` is not declared")).help(help);
        }
    }
}
