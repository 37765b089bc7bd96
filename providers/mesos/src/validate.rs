//! Checks of pods that need no cluster: what Mesos cannot do, by name.

use crate::describe::unsupported;
use podform_model::convert::default_of;
use podform_model::schema::POD;
use podform_model::{AttributePath, Diagnostic, Diagnostics, Value, code};
use podform_provider::{PodValue, Unsupported};

/// Checks pods offline. What this provider does not support is refused at plan; here nothing is
/// found, because the same pods are right for another release.
pub(crate) fn validate(pods: &[PodValue]) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for pod in pods {
        if let Some(role) = pod.value.get("role").and_then(Value::as_str)
            && let Some(what) = crate::settings::role_error(role)
        {
            findings.push(
                Diagnostic::error(code::PROVIDER_CONFIG, what)
                    .at(&pod.address)
                    .path(AttributePath::root().attr("role")),
            );
        }
    }
    findings
}

/// What a pod asks for that this provider does not do.
pub(crate) fn refused(pod: &PodValue) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for entry in unsupported() {
        let names: Vec<&str> = entry.attribute.split('.').collect();
        let default = POD.find(names.iter().copied()).and_then(default_of);
        let mut places = Vec::new();
        find(&pod.value, &names, AttributePath::root(), &mut places);
        for (path, value) in places {
            if is_used(&entry, default.as_ref(), value) {
                let text = format!("`{}` {}", entry.attribute, entry.reason);
                findings.push(
                    Diagnostic::error(code::PROVIDER_UNSUPPORTED, text)
                        .help(format!("remove `{path}`, or run the pod on another provider"))
                        .at(&pod.address)
                        .path(path),
                );
            }
        }
    }
    findings
}

fn is_used(entry: &Unsupported, default: Option<&Value>, value: &Value) -> bool {
    if value.is_null() || default == Some(value.reveal()) {
        return false;
    }
    entry.values.is_empty()
        || value.as_str().is_some_and(|text| entry.values.iter().any(|known| known == text))
}

/// Every place in a pod that a way of names leads to.
fn find<'a>(
    value: &'a Value,
    names: &[&str],
    path: AttributePath,
    places: &mut Vec<(AttributePath, &'a Value)>,
) {
    let Some((name, rest)) = names.split_first() else {
        places.push((path, value));
        return;
    };
    let Some(inner) = value.get(name) else { return };
    let path = path.attr(*name);
    match inner.as_list() {
        Some(items) => {
            for (at, item) in items.iter().enumerate() {
                let label = item.get("name").and_then(Value::as_str);
                let path = label.map_or_else(|| path.index(at), |label| path.key(label));
                find(item, rest, path, places);
            }
        }
        None => find(inner, rest, path, places),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::Address;
    use podform_model::convert::fill_defaults;

    fn pod(json: serde_json::Value) -> PodValue {
        let value: Value = serde_json::from_value(json).unwrap();
        PodValue { address: Address::pod("web"), value: fill_defaults(&POD, &value) }
    }

    #[test]
    fn what_is_not_supported_is_refused_by_name_and_place() {
        let pod = pod(serde_json::json!({
            "id": "/a",
            "volume": [{"name": "data", "persistent": {"size": 5}}],
            "placement": {"constraint": [{"field": "hostname", "operator": "UNIQUE"}]},
            "upgrade": {"auto_rollback": true},
            "container": [{"name": "web", "resources": {"gpus": 1}}],
        }));
        let paths: Vec<String> =
            refused(&pod).iter().map(|f| f.path.as_ref().unwrap().to_string()).collect();
        assert_eq!(
            paths,
            [
                "volume[\"data\"].persistent",
                "placement.constraint[0]",
                "container[\"web\"].resources.gpus",
                "upgrade.auto_rollback"
            ]
        );
    }

    #[test]
    fn defaults_are_not_refused() {
        let pod = pod(serde_json::json!({
            "id": "/a", "container": [{"name": "web", "resources": {}}],
        }));
        assert!(refused(&pod).is_empty());
    }

    #[test]
    fn a_role_must_be_one_that_mesos_takes() {
        let pod = pod(serde_json::json!({
            "id": "/a", "role": "a//b", "container": [{"name": "web", "resources": {}}],
        }));
        assert_eq!(validate(&[pod]).iter().count(), 1);
    }
}
