//! What a plan was made from: if it moved on, a saved plan is refused.

use crate::input::Inputs;
use podform_model::observed::{SecretStanding, Standing};
use podform_model::{Address, InstanceStatus};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The live facts that a plan rests on: which instances there are, of which generation, whether
/// they live, and which versions the secrets have. Health is not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// By pod, then by instance: generation, slot and standing.
    pub instances: BTreeMap<Address, BTreeMap<String, String>>,
    /// By provider, then by store and source: version and digest.
    pub secrets: BTreeMap<String, BTreeMap<String, String>>,
}

impl Fingerprint {
    /// Takes the fingerprint of what a plan is made from.
    #[must_use]
    pub fn of(inputs: &Inputs<'_>) -> Self {
        let mut out = Self::default();
        for (address, record) in inputs.pods {
            let facts = out.instances.entry(address.clone()).or_default();
            for instance in &record.instances {
                let standing = match instance.status {
                    InstanceStatus::Launching => "launching",
                    _ => "recorded",
                };
                let fact = format!("{} {} {standing}", instance.generation, instance.slot);
                facts.insert(instance.id.clone(), fact);
            }
        }
        for (provider, observed) in inputs.observed {
            out.observe(observed);
            let secrets = out.secrets.entry(provider.to_string()).or_default();
            for fact in &observed.secrets {
                let key = format!("{} {}", fact.store, fact.source);
                secrets.insert(key, describe_secret(&fact.standing));
            }
        }
        out
    }

    fn observe(&mut self, observed: &podform_model::observed::Observed) {
        for seen in &observed.instances {
            if let Some(fact) =
                self.instances.get_mut(&seen.address).and_then(|facts| facts.get_mut(&seen.id))
            {
                let end = fact.rfind(' ').unwrap_or(fact.len());
                fact.truncate(end);
                fact.push(' ');
                fact.push_str(standing_name(seen.standing));
            }
        }
        for surplus in &observed.surplus {
            let instance = &surplus.instance;
            let fact = format!("{} {} surplus", instance.generation, instance.slot);
            let facts = self.instances.entry(surplus.address.clone()).or_default();
            facts.insert(instance.id.clone(), fact);
        }
    }

    /// What differs, in words for the user; empty when nothing moved.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut out = Vec::new();
        let none = BTreeMap::new();
        let mut pods: Vec<_> = self.instances.keys().chain(now.instances.keys()).collect();
        pods.sort();
        pods.dedup();
        for pod in pods {
            let (before, after) =
                (self.instances.get(pod).unwrap_or(&none), now.instances.get(pod).unwrap_or(&none));
            compare(before, after, &mut |id, was, is| {
                out.push(format!("instance `{id}` of {pod} was {was}, is {is}"));
            });
        }
        let mut providers: Vec<_> = self.secrets.keys().chain(now.secrets.keys()).collect();
        providers.sort();
        providers.dedup();
        for provider in providers {
            let (before, after) = (
                self.secrets.get(provider).unwrap_or(&none),
                now.secrets.get(provider).unwrap_or(&none),
            );
            compare(before, after, &mut |secret, _, _| {
                out.push(format!("the secret `{secret}` changed"));
            });
        }
        out
    }
}

fn compare(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    say: &mut dyn FnMut(&str, &str, &str),
) {
    let last = |fact: Option<&String>| {
        fact.map_or("absent".to_owned(), |fact| {
            let word = fact.rsplit(' ').next().unwrap_or(fact);
            if word == "recorded" { "not looked at".to_owned() } else { word.to_owned() }
        })
    };
    for (id, fact) in before {
        if after.get(id) != Some(fact) {
            say(id, &last(Some(fact)), &last(after.get(id)));
        }
    }
    for (id, fact) in after {
        if !before.contains_key(id) {
            say(id, "absent", &last(Some(fact)));
        }
    }
}

/// The name of a standing, without its times.
#[must_use]
pub fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Live => "live",
        Standing::Dead => "dead",
        Standing::Finished => "finished",
        Standing::Unreachable { .. } => "unreachable",
        Standing::Gone => "gone",
        Standing::Unknown => "unknown",
    }
}

fn describe_secret(standing: &SecretStanding) -> String {
    match standing {
        SecretStanding::Present { stamp } => format!(
            "{} {}",
            stamp.version.as_deref().unwrap_or("-"),
            stamp.digest.as_deref().unwrap_or("-")
        ),
        SecretStanding::Missing { .. } => "missing".into(),
        SecretStanding::Unknown { .. } => "unknown".into(),
        SecretStanding::NoStore { .. } => "no store".into(),
    }
}
