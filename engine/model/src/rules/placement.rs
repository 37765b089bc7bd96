//! Rules of placement: constraints and roles.

use super::Report;
use super::regex::is_wrong;
use super::view::{Place, Subject, list};

fn constraints<'a>(subject: &Subject<'a>) -> Vec<Place<'a>> {
    subject.pod.block("placement").map(|p| p.numbered("constraint").items).unwrap_or_default()
}

pub(super) fn field(subject: &Subject<'_>, report: &mut Report) {
    for constraint in constraints(subject) {
        if constraint.lacks("field") || constraint.text("field") == Some("") {
            report
                .add(constraint.at("field"), "a constraint needs a field")
                .help("name `hostname`, `@region`, `@zone` or an attribute of the agents");
        }
    }
}

pub(super) fn value(subject: &Subject<'_>, report: &mut Report) {
    for constraint in constraints(subject) {
        let Some(operator) = constraint.text("operator") else { continue };
        let value = constraint.text("value");
        if value.is_none() && !constraint.lacks("value") {
            continue;
        }
        if let Some((summary, help)) = complaint(operator, value) {
            report.add(constraint.at("value"), summary).help(help);
        }
    }
}

/// What is wrong with a constraint's value, and what to do.
fn complaint(operator: &str, value: Option<&str>) -> Option<(String, &'static str)> {
    let integer = |text: &str| text.parse::<i32>().is_ok();
    match (operator, value) {
        ("UNIQUE", Some(_)) => Some(("`UNIQUE` takes no value".into(), "remove `value`")),
        ("GROUP_BY", Some(text)) if !integer(text) => Some((
            format!("`GROUP_BY` takes a whole number or no value, not `{text}`"),
            "write the number of groups, or remove `value`",
        )),
        ("MAX_PER", None) => Some((
            "`MAX_PER` needs a whole number".into(),
            "write how many instances may share the field's value",
        )),
        ("MAX_PER", Some(text)) if !integer(text) => Some((
            format!("`MAX_PER` needs a whole number, not `{text}`"),
            "write how many instances may share the field's value",
        )),
        ("LIKE" | "UNLIKE", None) => Some((
            format!("`{operator}` needs a regular expression"),
            "write one that fits the whole value, as `\"rack-[1-3]\"`",
        )),
        ("LIKE" | "UNLIKE", Some(text)) if is_wrong(text) => Some((
            format!("`{text}` is not a regular expression"),
            "write one that fits the whole value, as `\"rack-[1-3]\"`",
        )),
        ("IS", Some(text)) if !text.chars().all(is_attribute_char) => Some((
            format!("`IS` compares with an attribute of Mesos, which `{text}` cannot be"),
            "use letters, digits and `_ / . -`",
        )),
        _ => None,
    }
}

fn is_attribute_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | '-')
}

/// The accepted roles that are known, with their index.
fn accepted<'a>(subject: &Subject<'a>) -> Option<(Place<'a>, Vec<&'a str>)> {
    let placement = subject.pod.block("placement")?;
    let roles = placement.texts("accepted_resource_roles")?;
    Some((placement, roles))
}

pub(super) fn role_names(subject: &Subject<'_>, report: &mut Report) {
    let Some((placement, roles)) = accepted(subject) else { return };
    for (at, role) in roles.into_iter().enumerate() {
        if let Some(why) = wrong_role(role) {
            report
                .add(placement.at("accepted_resource_roles").index(at), why)
                .help("name `*` or a role of Mesos");
        }
    }
}

/// Why a text cannot be a role, as Mesos says it.
fn wrong_role(role: &str) -> Option<String> {
    match role {
        "" | "." | ".." => Some(format!("a role must not be `{role}`")),
        _ if role.starts_with('-') => Some(format!("role `{role}` must not begin with `-`")),
        _ => {
            let bad = |c: &char| c.is_whitespace() || matches!(c, '/' | '\u{b}' | '\u{7f}');
            let bad = role.chars().find(bad)?;
            Some(format!("role `{}` must not hold {bad:?}", role.escape_debug()))
        }
    }
}

pub(super) fn accepted_roles(subject: &Subject<'_>, report: &mut Report) {
    let (Some(role), Some((placement, roles))) = (subject.role(), accepted(subject)) else {
        return;
    };
    if !subject.persistent().is_empty() {
        // A stricter rule holds for these.
        return;
    }
    let other = |(_, accepted): &(usize, &str)| {
        *accepted != "*" && *accepted != role && wrong_role(accepted).is_none()
    };
    for (at, accepted) in roles.into_iter().enumerate().filter(other) {
        let allowed = if role == "*" { list(["*"]) } else { list(["*", role]) };
        let finding = report.add(
            placement.at("accepted_resource_roles").index(at),
            format!("the pod's role is `{role}`, so it gets no resources of role `{accepted}`"),
        );
        finding.help(format!("name {allowed} only, or set `role = \"{accepted}\"`"));
        if subject.pod.has("role") {
            finding.related([subject.pod.at("role")]);
        }
    }
}
