//! Fits the slots that want to be filled into the offers at hand: many launches per ACCEPT.

use super::run::{Context, Run};
use crate::lower::Place;
use crate::offers::{Free, Grant};
use podform_mesos_proto::{Offer, OfferId, Operation};
use std::collections::BTreeMap;

/// One offer and what is left of it.
#[derive(Debug)]
struct Open<'a> {
    offer: &'a Offer,
    free: Free,
    role: &'a str,
    operations: Vec<Operation>,
}

/// What to do with the offers.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    /// The offers that are used, each with its launches.
    pub(crate) accepts: Vec<(OfferId, Vec<Operation>)>,
    /// The offers that are not.
    pub(crate) declines: Vec<OfferId>,
    /// Agents that got a launch.
    pub(crate) agents: Vec<String>,
    /// Which step each task of the launches belongs to, with its instance.
    pub(crate) tasks: Vec<(String, u32, String)>,
}

/// Fits what the runs want into the offers. Instances of a pod are spread over the agents.
pub(crate) fn fit(
    runs: &mut BTreeMap<u32, Run>,
    offers: &[Offer],
    unique: &mut dyn FnMut() -> String,
    cx: &mut Context<'_>,
) -> Matched {
    let mut open: Vec<Open<'_>> = offers
        .iter()
        .map(|offer| Open {
            offer,
            free: Free::of_offer(offer),
            role: offer.allocation_info.as_ref().and_then(|a| a.role.as_deref()).unwrap_or("*"),
            operations: Vec::new(),
        })
        .collect();
    let mut matched = Matched::default();
    for (step, run) in runs.iter_mut() {
        fill(*step, run, &mut open, unique, cx, &mut matched);
    }
    for offer in open {
        if offer.operations.is_empty() {
            matched.declines.push(offer.offer.id.clone());
        } else {
            matched.agents.push(offer.offer.agent_id.value.clone());
            matched.accepts.push((offer.offer.id.clone(), offer.operations));
        }
    }
    matched
}

fn fill(
    step: u32,
    run: &mut Run,
    open: &mut [Open<'_>],
    unique: &mut dyn FnMut() -> String,
    cx: &mut Context<'_>,
    matched: &mut Matched,
) {
    let Some(template) = run.template.clone() else { return };
    let wants = run.wants(cx.now);
    // One that does not fit leaves the room to the next.
    let mut filled = Vec::new();
    for at in wants {
        let unique = unique();
        let seed = seed(&unique);
        let Some((offer, grant)) = choose(run, open, seed) else { continue };
        filled.push((at, offer, grant, unique));
        // Counted at once, so that the next instance goes elsewhere.
        run.expect_on(&open[offer].offer.agent_id.value);
    }
    for (before, (at, offer, grant, unique)) in filled.into_iter().enumerate() {
        // Each slot that was filled before moved the others down by one.
        let at = at - before;
        let place = place(run, at, open[offer].offer, grant, unique, cx);
        let (operation, id) = run.launch(at, &template, &place, cx);
        let group = operation.launch_group.as_ref();
        let tasks = group.map(|group| group.task_group.tasks.as_slice()).unwrap_or_default();
        matched.tasks.extend(tasks.iter().map(|t| (t.task_id.value.clone(), step, id.clone())));
        open[offer].operations.push(operation);
    }
    run.expect_none();
}

/// The offer for one more instance: of those that fit, the one on the agent with the fewest
/// instances of the pod. Takes what it needs from it.
fn choose(run: &mut Run, open: &mut [Open<'_>], seed: u64) -> Option<(usize, Grant)> {
    let template = run.template.clone()?;
    let demand = &template.demand;
    let mut best: Option<(usize, usize)> = None;
    for (at, candidate) in open.iter().enumerate() {
        let agent = &candidate.offer.agent_id.value;
        if candidate.role != demand.role {
            continue;
        }
        if let Some(said) = run.refused_by.get(agent) {
            run.shortage.note(&candidate.offer.hostname, &[format!("dropped the pod: {said}")]);
            continue;
        }
        let short = candidate.free.short(demand);
        if !short.is_empty() {
            run.shortage.note(&candidate.offer.hostname, &short);
            continue;
        }
        let count = run.count_on(agent);
        if best.is_none_or(|(least, _)| count < least) {
            best = Some((count, at));
        }
    }
    let (_, at) = best?;
    let grant = open[at].free.take(demand, seed)?;
    Some((at, grant))
}

fn place(
    run: &Run,
    at: usize,
    offer: &Offer,
    grant: Grant,
    unique: String,
    cx: &Context<'_>,
) -> Place {
    let launch = &run.slots[at].launch;
    Place {
        framework: cx.framework.clone(),
        agent: offer.agent_id.clone(),
        host: offer.hostname.clone(),
        agent_url: agent_url(offer),
        slot: launch.slot,
        generation: launch.generation.clone(),
        unique,
        grant,
        now: cx.now,
    }
}

/// `host:port` of the agent that makes an offer; its address rather than a name that may not resolve.
fn agent_url(offer: &Offer) -> Option<String> {
    let address = &offer.url.as_ref()?.address;
    let host = address.ip.as_deref().or(address.hostname.as_deref())?;
    Some(crate::address::join(host, u16::try_from(address.port).ok()?))
}

/// A number from the random text that makes the ids of an attempt unique.
fn seed(unique: &str) -> u64 {
    unique.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
