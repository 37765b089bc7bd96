//! Secrets: looked at by `read`, resolved by `apply`.

use crate::cluster::Cluster;
use crate::lower::SecretValues;
use crate::settings::SecretDelivery;
use podform_model::pod::{Pod, SecretSource};
use podform_model::{Diagnostic, SecretStamp, code, with_causes};
use podform_provider::{SecretFact, SecretQuery};
use std::collections::BTreeMap;

impl Cluster {
    /// Looks at secrets: whether they exist, their versions and digests. No value is kept.
    pub(crate) fn check_secrets(&self, queries: &[SecretQuery]) -> Vec<SecretFact> {
        let digest = |value: &[u8]| self.key.as_ref().map(|key| key.secret(value));
        self.stores.check_all(queries, &digest)
    }

    /// Reads the values of a pod's secrets. Each must still be what the plan saw.
    pub(crate) fn resolve_secrets(
        &self,
        pod: &Pod,
        planned: &BTreeMap<String, SecretStamp>,
    ) -> Result<SecretValues, Box<Diagnostic>> {
        if self.settings.secret_delivery == SecretDelivery::Reference {
            return Ok(SecretValues::new());
        }
        let mut values = SecretValues::new();
        for (name, source) in &pod.secrets {
            let resolved = self
                .stores
                .resolve(source.store.as_deref(), &source.source)
                .map_err(|error| Box::new(unreadable(name, source, &with_causes(&error))))?;
            let digest = self.key.as_ref().map(|key| key.secret(resolved.value.as_bytes()));
            if let Some(stamp) = planned.get(name)
                && has_changed(stamp, digest.as_deref(), resolved.version.as_deref())
            {
                return Err(Box::new(changed(name)));
            }
            values.insert(name.clone(), resolved.value.into_inner());
        }
        Ok(values)
    }
}

/// Whether a secret is another than the plan saw: by its digest, or by its version where the plan
/// could not read the value.
fn has_changed(stamp: &SecretStamp, digest: Option<&str>, version: Option<&str>) -> bool {
    match (stamp.digest.as_deref(), digest) {
        (Some(planned), Some(now)) => planned != now,
        _ => stamp.version.is_some() && version.is_some() && stamp.version.as_deref() != version,
    }
}

fn unreadable(name: &str, source: &SecretSource, why: &str) -> Diagnostic {
    // A source may itself be sensitive; its `Debug` hides it then.
    let text = format!("secret `{name}` ({:?}) cannot be read: {why}", source.source);
    Diagnostic::error(code::SECRET_STORE, text)
}

fn changed(name: &str) -> Diagnostic {
    Diagnostic::error(code::PLAN_STALE, format!("secret `{name}` changed since the plan"))
        .help("plan again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(version: Option<&str>, digest: Option<&str>) -> SecretStamp {
        SecretStamp {
            store: "file".into(),
            source: "/s".into(),
            version: version.map(Into::into),
            digest: digest.map(Into::into),
        }
    }

    #[test]
    fn the_digest_decides_and_else_the_version() {
        assert!(!has_changed(&stamp(Some("1"), Some("d")), Some("d"), Some("2")));
        assert!(has_changed(&stamp(Some("1"), Some("d")), Some("e"), Some("1")));
        assert!(has_changed(&stamp(Some("1"), None), Some("e"), Some("2")));
        assert!(!has_changed(&stamp(None, None), Some("e"), None));
        assert!(!has_changed(&stamp(None, Some("d")), None, None), "the key is lost");
    }
}
