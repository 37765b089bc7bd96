//! What changed on the cluster without podform.

use crate::model::{Drift, DriftKind, Note, NoteKind};
use crate::world::World;
use podform_model::Intent;
use podform_model::observed::Standing;

/// What happened to recorded instances, and which others are live.
pub(crate) fn drift(world: &World<'_>) -> Vec<Drift> {
    let mut out = Vec::new();
    for address in world.addresses() {
        let record = world.inputs.pods.get(address);
        let recorded = record.map(|record| world.instances(record)).unwrap_or_default();
        for seen in recorded {
            let known = record.and_then(|r| r.instances.iter().find(|i| i.id == seen.record.id));
            let kind = match seen.standing {
                Standing::Dead => DriftKind::Dead,
                Standing::Finished => DriftKind::Finished,
                Standing::Gone => DriftKind::Gone,
                Standing::Unreachable { since } => DriftKind::Unreachable { since },
                Standing::Live if known.is_some_and(|known| moved(known, &seen.record)) => {
                    DriftKind::Moved
                }
                Standing::Live | Standing::Unknown => continue,
            };
            out.push(Drift {
                address: address.clone(),
                instance: seen.record.id,
                slot: seen.record.slot,
                kind,
                text: seen.text,
            });
        }
        let surplus = world.surplus(address).iter().map(|(_, i)| (i, DriftKind::Surplus));
        let returned = world.returned(address).iter().map(|(_, i)| (i, DriftKind::Returned));
        out.extend(surplus.chain(returned).map(|(instance, kind)| Drift {
            address: address.clone(),
            instance: instance.id.clone(),
            slot: instance.slot,
            kind,
            text: String::new(),
        }));
    }
    out
}

/// Whether an instance is not where it was recorded.
fn moved(before: &podform_model::InstanceRecord, now: &podform_model::InstanceRecord) -> bool {
    before.host != now.host
        || before.agent_id != now.agent_id
        || before.endpoints != now.endpoints
        || before.network_ips != now.network_ips
}

/// What a former run announced and nobody knows the outcome of.
pub(crate) fn pending(world: &World<'_>) -> Vec<Note> {
    let said = world.inputs.pending.iter().filter_map(|(_, intent)| {
        let (address, text) = match intent {
            Intent::Launch { address, instance } => (
                address,
                format!(
                    "the launch of instance {} (`{}`) was announced by a former run; apply finds out what became of it",
                    instance.slot, instance.id
                ),
            ),
            Intent::Stop { address, instance } => (
                address,
                format!("the stop of instance `{instance}` was announced by a former run; apply finds out what became of it"),
            ),
            Intent::Private { .. } => return None,
        };
        Some(Note { address: Some(address.clone()), kind: NoteKind::Pending, text })
    });
    said.collect()
}
