//! What makes a subscription invalid, in the master's words.

use podform_mesos_proto::{FrameworkCapabilityType, FrameworkInfo};
use std::collections::BTreeSet;

/// The longest id, in bytes.
const LONGEST_ID: usize = 255;

/// The first rule that a subscription breaks.
pub(super) fn check(info: &FrameworkInfo, suppressed: &[String]) -> Option<String> {
    let multi_role = info.has(FrameworkCapabilityType::MultiRole);
    if multi_role && info.role.is_some() {
        let text = "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
        return Some(text.to_owned());
    }
    if !multi_role && !info.roles.is_empty() {
        let text =
            "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
        return Some(text.to_owned());
    }
    roles(info)
        .or_else(|| info.id.as_ref().and_then(|id| self::id(&id.value)))
        .or_else(|| {
            let patience = info.failover_timeout;
            (patience.is_nan() || patience < 0.0)
                .then(|| format!("The framework failover_timeout ({patience}) is invalid"))
        })
        .or_else(|| suppressed_roles(info, suppressed))
}

fn roles(info: &FrameworkInfo) -> Option<String> {
    let mut seen = BTreeSet::new();
    let repeated: BTreeSet<_> =
        info.roles.iter().filter(|role| !seen.insert(role.as_str())).map(String::as_str).collect();
    if !repeated.is_empty() {
        let repeated: Vec<_> = repeated.into_iter().collect();
        return Some(format!(
            "'FrameworkInfo.roles' contains duplicate items: {{ {} }}",
            repeated.join(", ")
        ));
    }
    if let Some(text) = info.roles.iter().find_map(|role| self::role(role)) {
        return Some(format!("'FrameworkInfo.roles' contains invalid role: {text}"));
    }
    let text = info.role.as_deref().and_then(self::role)?;
    Some(format!("'FrameworkInfo.role' is not a valid role: {text}"))
}

fn suppressed_roles(info: &FrameworkInfo, suppressed: &[String]) -> Option<String> {
    let has = |role: &str| {
        info.roles.iter().any(|mine| mine == role)
            || (info.roles.is_empty() && info.role.as_deref().unwrap_or("*") == role)
    };
    let strange: BTreeSet<_> =
        suppressed.iter().map(String::as_str).filter(|role| !has(role)).collect();
    if strange.is_empty() {
        return None;
    }
    let strange: Vec<_> = strange.into_iter().collect();
    let strange = strange.join(", ");
    Some(format!("Suppressed roles {{ {strange} }} are not contained in the set of roles"))
}

/// What is wrong with an id of a framework, executor or task.
pub(super) fn id(id: &str) -> Option<String> {
    let text = match id {
        "" => "ID must not be empty".to_owned(),
        _ if id.len() > LONGEST_ID => "ID must not be greater than 255 characters".to_owned(),
        "." | ".." => format!("'{id}' is disallowed"),
        _ if id.chars().any(|c| c.is_ascii_control() || c == '/' || c == '\\') => {
            format!("'{id}' contains invalid characters")
        }
        _ => return None,
    };
    Some(text)
}

/// What is wrong with the name of a role.
pub(super) fn role(role: &str) -> Option<String> {
    if role == "*" {
        return None;
    }
    if role.is_empty() {
        return Some("Role names cannot be the empty string".to_owned());
    }
    if role.starts_with('/') {
        return Some(format!("Role '{role}' cannot start with a slash"));
    }
    if role.ends_with('/') {
        return Some(format!("Role '{role}' cannot end with a slash"));
    }
    if role.contains("//") {
        return Some(format!("Role '{role}' cannot contain two adjacent slashes"));
    }
    role.split('/').find_map(|part| component(role, part))
}

fn component(role: &str, part: &str) -> Option<String> {
    if matches!(part, "." | ".." | "*") {
        return Some(format!("Role '{role}' cannot include '{part}' as a component"));
    }
    if part.starts_with('-') {
        return Some(format!("Role component '{part}' is invalid because it starts with a dash"));
    }
    part.chars().any(|c| c.is_whitespace() || c == '\u{8}').then(|| {
        format!("Role component '{part}' is invalid because it contains backspace or whitespace")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_judged_as_recorded() {
        assert_eq!(id("a b"), None);
        assert_eq!(id("é"), None);
        assert_eq!(id("a/b").unwrap(), "'a/b' contains invalid characters");
        assert_eq!(id("..").unwrap(), "'..' is disallowed");
        assert_eq!(id(&"x".repeat(256)).unwrap(), "ID must not be greater than 255 characters");
    }

    #[test]
    fn roles_are_paths_of_plain_components() {
        for good in ["*", "web", "eng/web"] {
            assert_eq!(role(good), None);
        }
        for bad in ["", "/a", "a/", "a//b", "a/../b", "-a", "a b"] {
            assert!(role(bad).is_some(), "{bad}");
        }
    }
}
