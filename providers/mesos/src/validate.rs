//! Checks of pods that need no cluster: what Mesos cannot do, by name.

use podform_model::{AttributePath, Diagnostic, Diagnostics, Value, code};
use podform_provider::PodValue;

/// Checks pods offline. What this provider does not support is refused at plan, by the engine, from
/// [`crate::describe::unsupported`]: the same pods are right for another release.
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

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::Address;
    use podform_model::defaults;

    fn pod(json: serde_json::Value) -> PodValue {
        let value: Value = serde_json::from_value(json).unwrap();
        PodValue { address: Address::pod("web"), value: defaults::fill(&value) }
    }

    #[test]
    fn a_role_must_be_one_that_mesos_takes() {
        let pod = pod(serde_json::json!({
            "id": "/a", "role": "a//b", "container": [{"name": "web", "resources": {}}],
        }));
        assert_eq!(validate(&[pod]).iter().count(), 1);
    }
}
