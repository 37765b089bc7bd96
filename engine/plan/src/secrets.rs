//! Secrets of a pod: what was read of them, and whether they changed since they were delivered.

use crate::world::World;
use podform_model::observed::SecretStanding;
use podform_model::{ProviderRef, SecretStamp, Value};
use std::collections::BTreeMap;

/// What was found about the secrets of one pod.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    /// Those that exist.
    pub(crate) stamps: BTreeMap<String, SecretStamp>,
    /// Those whose value changed.
    pub(crate) changed: Vec<String>,
    /// Those that could not be compared, and why.
    pub(crate) not_compared: Vec<(String, String)>,
    /// Those that do not exist, and what to do about it.
    pub(crate) missing: Vec<(String, String)>,
    /// Those whose store is not configured.
    pub(crate) no_store: Vec<(String, String)>,
}

/// Looks at the `secret` blocks of a pod. `recorded` is what was delivered to the pod's instances,
/// `None` for a new pod; with a lost key digests say nothing.
pub(crate) fn look(
    world: &World<'_>,
    provider: &ProviderRef,
    pod: &Value,
    recorded: Option<&BTreeMap<String, SecretStamp>>,
) -> Secrets {
    let mut out = Secrets::default();
    for block in pod.items("secret") {
        let text = |name: &str| block.get(name).and_then(Value::as_str);
        let (Some(name), Some(source)) = (text("name"), text("source")) else { continue };
        let Some(fact) = world.secret(provider, text("store"), source) else { continue };
        let name = name.to_owned();
        match &fact.standing {
            SecretStanding::Present { stamp } => {
                if let Some(recorded) = recorded {
                    match compare(recorded.get(&name), stamp, world.key_lost) {
                        Verdict::Same => {}
                        Verdict::Changed => out.changed.push(name.clone()),
                        Verdict::Unclear(why) => {
                            out.not_compared.push((name.clone(), why.to_owned()));
                        }
                    }
                }
                out.stamps.insert(name, stamp.clone());
            }
            SecretStanding::Missing { message } => out.missing.push((name, message.clone())),
            SecretStanding::Unknown { message } => out.not_compared.push((name, message.clone())),
            SecretStanding::NoStore { message } => out.no_store.push((name, message.clone())),
        }
    }
    out
}

enum Verdict {
    Same,
    Changed,
    Unclear(&'static str),
}

fn compare(recorded: Option<&SecretStamp>, now: &SecretStamp, key_lost: bool) -> Verdict {
    let Some(recorded) = recorded else {
        return Verdict::Unclear("nothing is recorded of what was delivered");
    };
    if !key_lost && let (Some(before), Some(after)) = (&recorded.digest, &now.digest) {
        return if before == after { Verdict::Same } else { Verdict::Changed };
    }
    // Versions of two places have nothing to do with one another.
    if recorded.source != now.source || recorded.store != now.store {
        return Verdict::Unclear("it is in another place now");
    }
    match (&recorded.version, &now.version) {
        (Some(before), Some(after)) if before == after => Verdict::Same,
        (Some(_), Some(_)) => Verdict::Changed,
        _ if key_lost => Verdict::Unclear("the key of the state's digests is lost"),
        _ => Verdict::Unclear("its value could not be compared"),
    }
}
