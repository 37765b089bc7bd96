//! The allocator: offers free resources, coarse-grained and fair by dominant share.

use super::stock::Stock;
use super::{Framework, Outstanding, framework_ref};
use crate::world::{World, lock};
use podform_mesos_proto::scheduler::Event;
use podform_mesos_proto::{
    Address, AgentId, AllocationInfo, ExecutorId, FrameworkCapabilityType, Offer, OfferId,
    Resource, Url,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, Weak};
use std::time::{Duration, Instant};

/// What an allocation must hold at least one of, in thousandths: `cpus:0.01|mem:32`.
const LEAST_CPUS: i64 = 10;
const LEAST_MEM: i64 = 32_000;

/// Offers at each interval, as long as the cluster lives.
pub(crate) async fn run(world: Weak<Mutex<World>>, interval: Duration) {
    loop {
        tokio::time::sleep(interval).await;
        let Some(shared) = world.upgrade() else { return };
        lock(&shared).allocate(None, None);
    }
}

impl World {
    /// Offers to one framework, as after it subscribed or revived.
    pub(super) fn allocate_to(&mut self, framework: &str) {
        self.allocate(Some(framework), None);
    }

    /// Offers the resources of one agent, as after it registered.
    pub(super) fn allocate_of(&mut self, agent: &str) {
        self.allocate(None, Some(agent));
    }

    fn allocate(&mut self, only: Option<&str>, agent: Option<&str>) {
        let now = Instant::now();
        for framework in self.master.frameworks.values_mut() {
            framework.filters.retain(|filter| filter.until > now);
        }
        let agents: Vec<_> = match agent {
            Some(agent) => vec![agent.to_owned()],
            None => self.master.agents.keys().cloned().collect(),
        };
        let mut offers: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
        for agent in agents {
            let free = self.free_on(&agent);
            if free.thousandths("cpus") < LEAST_CPUS && free.thousandths("mem") < LEAST_MEM {
                continue;
            }
            if let Some((framework, role)) = self.next_in_line(&agent, &free, only) {
                let offer = self.make_offer(&framework, &role, &agent, &free);
                offers.entry(framework).or_default().push(offer);
            }
        }
        for (framework, offers) in offers {
            self.send_to(&framework, &Event::offers(offers));
        }
    }

    fn free_on(&self, agent: &str) -> Stock {
        let Some(registered) = self.master.agents.get(agent) else { return Stock::default() };
        let mut free = Stock::of(&registered.info.resources);
        free.subtract(&self.master.used_on(agent).allocated(None));
        free.subtract(&self.master.offered_on(agent).allocated(None));
        free.to_offered()
    }

    /// Who gets the next offer: the role, then the framework, that has the smallest dominant share.
    fn next_in_line(
        &self,
        agent: &str,
        free: &Stock,
        only: Option<&str>,
    ) -> Option<(String, String)> {
        let total = self.total();
        let mut candidates = Vec::new();
        for (id, framework) in &self.master.frameworks {
            if framework.stream.is_none() || only.is_some_and(|only| only != id) {
                continue;
            }
            for role in framework.roles() {
                if wants(framework, &role, agent, free) {
                    let of_role = share(&self.held_by_role(&role), &total);
                    let of_framework = share(&self.held_by(id, framework, &role), &total);
                    candidates.push((of_role, role, of_framework, id.clone()));
                }
            }
        }
        candidates.sort_by(|a, b| {
            a.0.total_cmp(&b.0)
                .then_with(|| a.1.cmp(&b.1))
                .then_with(|| a.2.total_cmp(&b.2))
                .then_with(|| a.3.cmp(&b.3))
        });
        candidates.into_iter().next().map(|(_, role, _, framework)| (framework, role))
    }

    fn total(&self) -> Stock {
        let mut total = Stock::default();
        for agent in self.master.agents.values() {
            total.add_all(&agent.info.resources);
        }
        total
    }

    fn held_by_role(&self, role: &str) -> Stock {
        let mut held = Stock::default();
        for (id, framework) in &self.master.frameworks {
            held.add(&self.held_by(id, framework, role));
        }
        held
    }

    fn held_by(&self, id: &str, framework: &Framework, role: &str) -> Stock {
        let mut held = framework.books.used().clone();
        held.add(&self.master.offered_to(id));
        held.in_role(role)
    }

    fn make_offer(&mut self, framework: &str, role: &str, agent: &str, free: &Stock) -> Offer {
        let id = self.master.next_offer_id();
        let resources = free.allocated(Some(role));
        let message = self.offer_message(&id, framework, role, agent, &resources);
        let outstanding = Outstanding {
            framework: framework.to_owned(),
            agent: agent.to_owned(),
            role: role.to_owned(),
            resources,
            message: message.clone(),
        };
        self.master.offers.insert(id, outstanding);
        self.as_framework_reads(framework, message)
    }

    /// An offer in the form that a framework understands; operators always see the newest one.
    fn as_framework_reads(&self, framework: &str, mut offer: Offer) -> Offer {
        let known = self.master.frameworks.get(framework);
        let refined = known
            .is_some_and(|known| known.info.has(FrameworkCapabilityType::ReservationRefinement));
        if !refined {
            for resource in &mut offer.resources {
                resource.role = Some("*".to_owned());
            }
        }
        offer
    }

    fn offer_message(
        &self,
        id: &str,
        framework: &str,
        role: &str,
        agent: &str,
        resources: &Stock,
    ) -> Offer {
        let mut offer = Offer {
            id: OfferId::new(id),
            framework_id: framework_ref(framework),
            agent_id: AgentId::new(agent),
            ..Offer::default()
        };
        if let Some(registered) = self.master.agents.get(agent) {
            let host = registered.info.hostname.clone();
            let (ip, port) = (Some("127.0.0.1".to_owned()), registered.info.port);
            offer.hostname.clone_from(&host);
            offer.attributes.clone_from(&registered.info.attributes);
            offer.url = Some(Url {
                scheme: "http".to_owned(),
                address: Address { hostname: Some(host), ip, port },
                path: Some("/slave(1)".to_owned()),
                ..Url::default()
            });
        }
        let Some(known) = self.master.frameworks.get(framework) else { return offer };
        offer.executor_ids = known.books.executors_on(agent).map(ExecutorId::new).collect();
        let multi_role = known.info.has(FrameworkCapabilityType::MultiRole);
        let shown = |mut resource: Resource| {
            if !multi_role {
                resource.allocation_info = None;
            }
            resource
        };
        offer.resources = resources.to_resources().into_iter().map(shown).collect();
        if multi_role {
            offer.allocation_info = Some(AllocationInfo { role: Some(role.to_owned()) });
        }
        offer
    }

    /// Takes offers of an agent back and says so.
    pub(super) fn rescind_of(&mut self, agent: &str) {
        let gone: Vec<_> = self
            .master
            .offers
            .iter()
            .filter(|(_, offer)| offer.agent == agent)
            .map(|(id, offer)| (id.clone(), offer.framework.clone()))
            .collect();
        for (id, framework) in gone {
            self.master.offers.shift_remove(&id);
            self.send_to(&framework, &Event::rescind(OfferId::new(id)));
        }
    }
}

fn wants(framework: &Framework, role: &str, agent: &str, free: &Stock) -> bool {
    let free = free.allocated(Some(role));
    let filtered = framework.filters.iter().any(|filter| {
        filter.role == role && filter.agent == agent && filter.refused.contains(&free)
    });
    !filtered && !framework.suppressed.contains(role)
}

/// The largest part that is held of any resource.
fn share(held: &Stock, total: &Stock) -> f64 {
    let part = |name: &str| {
        let all = total.thousandths(name);
        if all == 0 { 0.0 } else { held.thousandths(name) as f64 / all as f64 }
    };
    ["cpus", "mem", "disk"].into_iter().map(part).fold(0.0, f64::max)
}
