//! The contract of single calls.

use super::{Broken, Writes};
use crate::{PlanRequest, Provider, ReadRequest, SecretQuery, ValidateRequest};
use podform_model::Value;
use podform_model::schema::POD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// `describe` needs no configuration (call this before `configure`), answers the same every time,
/// and names only attributes that pods have.
#[must_use]
pub fn describe(provider: &dyn Provider) -> Broken {
    let (first, second) = match (provider.describe(), provider.describe()) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(error), _) | (_, Err(error)) => return vec![format!("`describe` failed: {error}")],
    };
    let mut broken = round_trip("the description", &first);
    if first != second {
        broken.push("`describe` does not answer the same twice".into());
    }
    if first.name.is_empty() || first.version.split('.').count() < 3 {
        broken.push(format!("`{}` `{}` is not a name and a version", first.name, first.version));
    }
    let ways = first.changes.keys().chain(first.unsupported.iter().map(|u| &u.attribute));
    for way in ways {
        if POD.find(way.split('.')).is_none() {
            broken.push(format!("the description names `{way}`, which no pod has"));
        }
    }
    let mut names = BTreeSet::new();
    for setting in &first.settings {
        if !names.insert(&setting.name) {
            broken.push(format!("the setting `{}` is described twice", setting.name));
        }
        if setting.required && setting.default != Value::Null {
            broken.push(format!("the setting `{}` is required and has a default", setting.name));
        }
    }
    broken
}

/// `validate` finds nothing wrong in pods that are right, also when all their values are unknown,
/// and changes nothing.
#[must_use]
pub fn validate(provider: &dyn Provider, request: &ValidateRequest, writes: Writes<'_>) -> Broken {
    let mut broken = Broken::new();
    let before = writes();
    let mut unknown = request.clone();
    for pod in &mut unknown.pods {
        pod.value = all_unknown(&pod.value);
    }
    for (what, request) in [("known", request), ("unknown", &unknown)] {
        match provider.validate(request) {
            Err(error) => broken.push(format!("`validate` of {what} values failed: {error}")),
            Ok(found) => {
                let errors = found.into_iter().filter(|found| found.is_error());
                broken.extend(errors.map(|found| {
                    format!("`validate` finds {what} values wrong: {}", found.summary)
                }));
            }
        }
    }
    if writes() != before {
        broken.push("`validate` changed the cluster".into());
    }
    broken
}

/// Every leaf but the names of blocks becomes unknown.
fn all_unknown(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::object(map.iter().map(|(key, entry)| {
            let name = &**key == "name" || &**key == "id";
            (key.clone(), if name { entry.clone() } else { all_unknown(entry) })
        })),
        Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
            Value::list(items.iter().map(all_unknown).collect())
        }
        Value::Null => Value::Null,
        _ => Value::Unknown,
    }
}

/// `read` answers for every recorded instance and tombstone once, for every secret in the order of
/// the queries, for every live pod once if it tells of live pods at all, and changes nothing.
#[must_use]
pub fn read(provider: &dyn Provider, request: &ReadRequest, writes: Writes<'_>) -> Broken {
    let before = writes();
    let observed = match provider.read(request) {
        Ok(observed) => observed,
        Err(error) => return vec![format!("`read` failed: {error}")],
    };
    let mut broken = round_trip("what was observed", &observed);
    if writes() != before {
        broken.push("`read` changed the cluster".into());
    }
    let asked = request.pods.iter().flat_map(|pod| {
        pod.instances.iter().map(|instance| format!("{} {}", pod.address, instance.id))
    });
    let seen = observed.instances.iter().map(|seen| format!("{} {}", seen.address, seen.id));
    compare("instances", asked, seen, &mut broken);
    let asked = request.tombstones.iter().map(|tombstone| tombstone.instance.id.clone());
    let seen = observed.tombstones.iter().map(|seen| seen.id.clone());
    compare("tombstones", asked, seen, &mut broken);
    let asked: BTreeSet<String> = request.live.iter().cloned().collect();
    let seen = observed.live.iter().map(|seen| seen.id.clone());
    if !observed.live.is_empty() {
        compare("live pods", asked.into_iter(), seen, &mut broken);
    }
    let sources = |queries: &[SecretQuery]| -> Vec<String> {
        queries.iter().map(|query| query.source.clone()).collect()
    };
    let seen: Vec<String> = observed.secrets.iter().map(|fact| fact.source.clone()).collect();
    if seen != sources(&request.secrets) {
        broken.push(format!("secrets {:?} were asked, {seen:?} answered", request.secrets));
    }
    broken
}

fn compare(
    what: &str,
    asked: impl Iterator<Item = String>,
    seen: impl Iterator<Item = String>,
    broken: &mut Broken,
) {
    let (mut asked, mut seen): (Vec<_>, Vec<_>) = (asked.collect(), seen.collect());
    asked.sort();
    seen.sort();
    if asked != seen {
        broken.push(format!("{what} {asked:?} were asked, {seen:?} answered"));
    }
}

/// `plan` speaks of proposed pods only, keeps every known planned leaf of a text or bool that it
/// does not replace, answers the same twice, and changes nothing.
#[must_use]
pub fn plan(provider: &dyn Provider, request: &PlanRequest, writes: Writes<'_>) -> Broken {
    let before = writes();
    let (first, second) = match (provider.plan(request), provider.plan(request)) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(error), _) | (_, Err(error)) => return vec![format!("`plan` failed: {error}")],
    };
    let mut broken = round_trip("the plan's answer", &first);
    if writes() != before {
        broken.push("`plan` changed the cluster".into());
    }
    if first.refinements != second.refinements {
        broken.push("`plan` does not answer the same twice".into());
    }
    for refinement in &first.refinements {
        let address = &refinement.address;
        match request.proposals.iter().find(|proposal| proposal.address == *address) {
            None => broken.push(format!("`plan` refines `{address}`, which was not proposed")),
            Some(proposal) => {
                kept(&proposal.planned, &refinement.planned, &address.to_string(), &mut broken);
            }
        }
    }
    broken
}

/// Says where a known value was lost or became unknown.
fn kept(planned: &Value, refined: &Value, place: &str, broken: &mut Broken) {
    match (planned, refined) {
        (Value::Unknown | Value::Null, _) => {}
        (_, Value::Unknown | Value::Null) => {
            broken.push(format!("`plan` loses the known value of {place}"));
        }
        (Value::Map(map), _) => {
            for (key, entry) in map.iter() {
                let refined = refined.get(key).unwrap_or(&Value::Null);
                kept(entry, refined, &format!("{place}.{key}"), broken);
            }
        }
        (Value::Bool(_), other) if other != planned => {
            broken.push(format!("`plan` changes the known value of {place}"));
        }
        _ => {}
    }
}

/// A message survives the plugin boundary.
#[must_use]
pub fn round_trip<T>(what: &str, message: &T) -> Broken
where
    T: Serialize + DeserializeOwned + PartialEq,
{
    let again = serde_json::to_vec(message).and_then(|text| serde_json::from_slice::<T>(&text));
    match again {
        Ok(again) if again == *message => Broken::new(),
        Ok(_) => vec![format!("{what} is another one after the plugin boundary")],
        Err(error) => vec![format!("{what} does not cross the plugin boundary: {error}")],
    }
}
