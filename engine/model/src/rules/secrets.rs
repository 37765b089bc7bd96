//! Rules of secrets and the references to them.

use super::Report;
use super::view::{Place, Subject, list};
use crate::{AttributePath, Value};
use std::collections::BTreeSet;

/// The references to secrets in a pod, and whether these are all.
struct References<'a> {
    found: Vec<(AttributePath, &'a str)>,
    complete: bool,
}

impl<'a> References<'a> {
    fn of(subject: &Subject<'a>) -> Self {
        let mut all = Self { found: Vec::new(), complete: subject.containers().complete };
        all.environment(&subject.pod);
        let volumes = subject.pod.labelled("volume");
        all.complete &= volumes.complete;
        for volume in &volumes.items {
            all.attribute(volume, "secret");
        }
        for container in &subject.containers().items {
            all.environment(container);
            if let Some(image) = container.block("image") {
                all.attribute(&image, "pull_secret");
            } else if !container.lacks("image") {
                all.complete = false;
            }
        }
        all
    }

    fn environment(&mut self, owner: &Place<'a>) {
        let Some(value) = owner.get("environment") else { return };
        let Some(map) = value.as_map() else {
            self.complete = false;
            return;
        };
        for (key, value) in map {
            self.value(value, || owner.at("environment").key(&**key));
        }
    }

    fn attribute(&mut self, owner: &Place<'a>, name: &str) {
        if let Some(value) = owner.get(name) {
            self.value(value, || owner.at(name));
        }
    }

    fn value(&mut self, value: &'a Value, path: impl FnOnce() -> AttributePath) {
        match value.reveal() {
            Value::Secret(name) => self.found.push((path(), name)),
            Value::Unknown => self.complete = false,
            _ => {}
        }
    }
}

pub(super) fn undeclared(subject: &Subject<'_>, report: &mut Report) {
    let declared = subject.pod.labelled("secret");
    if !declared.complete {
        return;
    }
    let names = declared.names();
    for (path, name) in References::of(subject).found {
        if names.contains(name) {
            continue;
        }
        let add = format!("`secret \"{name}\" {{ source = \"…\" }}`");
        let help = if names.is_empty() {
            format!("declare it in the pod: {add}")
        } else {
            format!("declare {add} in the pod, or use one of {}", list(names.iter().copied()))
        };
        report.add(path, format!("secret `{name}` is not declared")).help(help);
    }
}

pub(super) fn unused(subject: &Subject<'_>, report: &mut Report) {
    let references = References::of(subject);
    if !references.complete {
        return;
    }
    let used: BTreeSet<_> = references.found.iter().map(|(_, name)| *name).collect();
    for secret in subject.pod.labelled("secret").items {
        if let Some(name) = secret.name()
            && !used.contains(name)
        {
            report
                .add(secret.path(), format!("secret `{name}` is not used"))
                .help(format!("refer to it as `secret.{name}`, or remove it"));
        }
    }
}
