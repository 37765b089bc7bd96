//! What `data` blocks read, and when: now, or once the pods that they depend on are done.

use crate::input::{Mode, Options};
use crate::model::{DataRead, Plan};
use podform_model::{Address, DataAddress, Desired, DesiredData};
use std::collections::BTreeSet;

/// The `data` blocks that must wait: pods that they depend on change, or `-target` leaves them out.
/// Where nothing is created or changed only the latter wait.
#[must_use]
pub fn waiting(desired: &Desired, options: &Options, plan: &Plan) -> BTreeSet<DataAddress> {
    let acts = |change: &&crate::Change| options.mode == Mode::Normal && !change.is_no_op();
    let changing: BTreeSet<&Address> =
        plan.changes.iter().filter(acts).map(|change| &change.address).collect();
    let waits = |data: &DesiredData| data.depends_on.iter().any(|pod| changing.contains(pod));
    let needed = needed(desired, options);
    let left_out = |address| needed.as_ref().is_some_and(|needed| !needed.contains(address));
    let out = desired.data.iter().filter(|(address, data)| left_out(address) || waits(data));
    out.map(|(address, _)| address.clone()).collect()
}

/// The `data` blocks that the targets need; `None`: all, as nothing is targeted, or which pods
/// there are is still to be found out.
#[must_use]
pub fn needed(desired: &Desired, options: &Options) -> Option<BTreeSet<DataAddress>> {
    if options.targets.is_empty() || desired.partial {
        return None;
    }
    let targeted = |pod: &&Address| options.targets.iter().any(|target| target.covers(pod));
    let mut open: Vec<&Address> = desired.pods.keys().filter(targeted).collect();
    let mut seen = BTreeSet::new();
    let mut out = BTreeSet::new();
    while let Some(address) = open.pop() {
        if let (true, Some(pod)) = (seen.insert(address), desired.pods.get(address)) {
            out.extend(pod.data.iter().cloned());
            open.extend(&pod.depends_on);
        }
    }
    Some(out)
}

/// The `data` blocks that an apply reads: those that wait for pods, and those whose id is not known
/// before.
#[must_use]
pub fn reads(
    desired: &Desired,
    options: &Options,
    waiting: &BTreeSet<DataAddress>,
    plan: &Plan,
) -> Vec<DataRead> {
    if options.mode != Mode::Normal {
        return Vec::new();
    }
    let needed = needed(desired, options);
    let changing: BTreeSet<&Address> =
        plan.changes.iter().filter(|change| !change.is_no_op()).map(|c| &c.address).collect();
    let read = |(address, data): (&DataAddress, &DesiredData)| {
        let targeted = needed.as_ref().is_none_or(|needed| needed.contains(address));
        let late = data.id.is_none() || waiting.contains(address);
        (targeted && late).then(|| DataRead {
            address: address.clone(),
            provider: data.provider.clone(),
            id: data.id.clone(),
            after: data.depends_on.iter().filter(|pod| changing.contains(pod)).cloned().collect(),
        })
    };
    desired.data.iter().filter_map(read).collect()
}
