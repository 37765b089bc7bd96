//! Rules of pods with persistent volumes.

use super::Report;
use super::regex::is_wrong;
use super::view::Subject;
use crate::Number;

pub(super) fn role(subject: &Subject<'_>, report: &mut Report) {
    let volumes = subject.persistent();
    if !volumes.is_empty() && subject.role() == Some("*") {
        report
            .add(
                subject.pod.at("role"),
                "a pod with persistent volumes needs a role other than `*`",
            )
            .related(volumes.into_iter().map(|volume| volume.path()))
            .help("set `role` in the pod, or in its provider");
    }
}

pub(super) fn accepted_roles(subject: &Subject<'_>, report: &mut Report) {
    let volumes = subject.persistent();
    let Some(placement) = subject.pod.block("placement") else { return };
    let Some(roles) = placement.texts("accepted_resource_roles") else { return };
    if !volumes.is_empty() && roles.iter().any(|role| *role != "*") {
        report
            .add(
                placement.at("accepted_resource_roles"),
                "a pod with persistent volumes accepts resources of `*` alone",
            )
            .related(volumes.into_iter().map(|volume| volume.path()))
            .help("remove `accepted_resource_roles`");
    }
}

pub(super) fn over_capacity(subject: &Subject<'_>, report: &mut Report) {
    let volumes = subject.persistent();
    let Some(upgrade) = subject.pod.block("upgrade") else { return };
    let Some(capacity) = upgrade.number("maximum_over_capacity") else { return };
    if !volumes.is_empty() && *capacity != Number::from(0_i64) {
        report
            .add(
                upgrade.at("maximum_over_capacity"),
                format!("a pod with persistent volumes has no over-capacity, this has {capacity}"),
            )
            .related(volumes.into_iter().map(|volume| volume.path()))
            .help("set it to 0");
    }
}

pub(super) fn unreachable(subject: &Subject<'_>, report: &mut Report) {
    let volumes = subject.persistent();
    let Some(block) = subject.pod.block("unreachable") else { return };
    let positive = |name| block.number(name).is_some_and(|n| *n > Number::from(0_i64));
    let replaced = block.flag("disabled") == Some(false)
        || ["inactive_after", "expunge_after"].into_iter().any(positive);
    if !volumes.is_empty() && replaced {
        report
            .add(
                block.path(),
                "a pod with persistent volumes is not replaced when it is unreachable",
            )
            .related(volumes.into_iter().map(|volume| volume.path()))
            .help("remove the `unreachable` block");
    }
}

pub(super) fn disk_constraints(subject: &Subject<'_>, report: &mut Report) {
    for volume in subject.persistent() {
        for constraint in volume.numbered("constraint").items {
            if constraint.text("field").is_some_and(|field| field != "path") {
                report
                    .add(constraint.at("field"), "a disk constraint compares the disk's path")
                    .help("set `field = \"path\"`");
            }
            if constraint.lacks("value") {
                report
                    .add(constraint.at("value"), "a disk constraint needs a regular expression")
                    .help("write one that fits the whole path");
            } else if let Some(text) = constraint.text("value").filter(|text| is_wrong(text)) {
                report
                    .add(constraint.at("value"), format!("`{text}` is not a regular expression"))
                    .help("write one that fits the whole path");
            }
        }
    }
}
