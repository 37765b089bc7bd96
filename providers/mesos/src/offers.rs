//! Fitting pods into offers: amounts, ports, and what is short where.

use podform_mesos_proto::{Offer, Resource, ValueType};
use std::collections::BTreeMap;

/// What one launch of a pod needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Demand {
    /// The role that it runs in.
    pub(crate) role: String,
    /// The roles whose resources may be used; empty: any that is offered.
    pub(crate) accepted_roles: Vec<String>,
    /// What the executor needs.
    pub(crate) executor: Amounts,
    /// What each container needs, in the order of the containers.
    pub(crate) containers: Vec<Amounts>,
    /// The host ports, in the order of the endpoints: `None` is any.
    pub(crate) ports: Vec<Option<u16>>,
}

/// Amounts of scalar resources.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Amounts {
    /// CPUs.
    pub(crate) cpus: f64,
    /// Memory in MiB.
    pub(crate) mem: f64,
    /// Disk in MiB.
    pub(crate) disk: f64,
}

impl Amounts {
    fn named(&self) -> [(&'static str, Milli); 3] {
        [("cpus", milli(self.cpus)), ("mem", milli(self.mem)), ("disk", milli(self.disk))]
    }
}

/// What a launch was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grant {
    /// The executor's resources, all host ports of the pod among them.
    pub(crate) executor: Vec<Resource>,
    /// Each container's resources.
    pub(crate) containers: Vec<Vec<Resource>>,
    /// The host ports, in the order of the demand.
    pub(crate) ports: Vec<u16>,
}

/// Thousandths: Mesos counts scalars with three decimals.
type Milli = i64;

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range first")]
fn milli(amount: f64) -> Milli {
    (amount * 1000.0).round().clamp(0.0, 9e15) as Milli
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
fn amount(milli: Milli) -> f64 {
    milli as f64 / 1000.0
}

/// The free resources of one agent for one role.
#[derive(Debug, Clone)]
pub(crate) struct Free {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    /// The resource that was offered; amounts are in `left`.
    kind: Resource,
    left: Left,
}

#[derive(Debug, Clone)]
enum Left {
    Scalar(Milli),
    Ranges(Vec<(u64, u64)>),
}

impl Free {
    /// What an offer holds.
    pub(crate) fn of_offer(offer: &Offer) -> Self {
        Self::new(&offer.resources)
    }

    /// What plain resources hold. Revocable, shared and special disks are left alone.
    pub(crate) fn new(resources: &[Resource]) -> Self {
        Self { entries: resources.iter().filter_map(Entry::new).collect() }
    }

    /// Takes other resources away, as those in use from a total.
    pub(crate) fn subtract(&mut self, resources: &[Resource]) {
        for used in resources.iter().filter_map(Entry::new) {
            let mut missing = if let Left::Scalar(amount) = used.left { amount } else { 0 };
            for entry in &mut self.entries {
                if entry.kind.name != used.kind.name || entry.role() != used.role() {
                    continue;
                }
                missing -= entry.take(missing);
                if let Left::Ranges(ranges) = &used.left {
                    ranges.iter().for_each(|range| entry.cut(*range));
                }
            }
        }
    }

    /// How much there is of a scalar, in all roles that are accepted.
    fn total(&self, name: &str, accepted: &[String]) -> Milli {
        let entries = self.entries.iter().filter(|entry| entry.serves(name, accepted));
        entries.map(|entry| if let Left::Scalar(left) = entry.left { left } else { 0 }).sum()
    }

    /// What is short for a demand, in words: `cpus (needs 2, 0.5 free)`; empty: it fits.
    pub(crate) fn short(&self, demand: &Demand) -> Vec<String> {
        let mut short = Vec::new();
        let mut needed = demand.executor.named();
        for container in &demand.containers {
            for (sum, (_, more)) in needed.iter_mut().zip(container.named()) {
                sum.1 = sum.1.saturating_add(more);
            }
        }
        for (name, needs) in needed {
            let free = self.total(name, &demand.accepted_roles);
            if free < needs {
                let unit = if name == "cpus" { "" } else { " MiB" };
                short.push(format!(
                    "{name} (needs {}{unit}, {}{unit} free)",
                    amount(needs),
                    amount(free)
                ));
            }
        }
        short.extend(self.short_ports(demand));
        short
    }

    fn short_ports(&self, demand: &Demand) -> Vec<String> {
        let mut free = self.clone();
        let mut short = Vec::new();
        for port in demand.ports.iter().flatten() {
            if free.take_port(Some(*port), 0, &demand.accepted_roles).is_none() {
                short.push(format!("port {port} (not free)"));
            }
        }
        let any = demand.ports.iter().filter(|port| port.is_none()).count();
        let found = (0..any)
            .take_while(|_| free.take_port(None, 0, &demand.accepted_roles).is_some())
            .count();
        if found < any {
            short.push(format!("ports (needs {any}, {found} free)"));
        }
        short
    }

    /// Takes what a demand needs, all or nothing. `seed` chooses among free ports, so that a port
    /// that something else holds is not tried again and again.
    pub(crate) fn take(&mut self, demand: &Demand, seed: u64) -> Option<Grant> {
        let mut left = self.clone();
        let grant = left.draw(demand, seed)?;
        *self = left;
        Some(grant)
    }

    fn draw(&mut self, demand: &Demand, seed: u64) -> Option<Grant> {
        let accepted = &demand.accepted_roles;
        let mut executor = self.draw_amounts(&demand.executor, accepted)?;
        let containers = demand
            .containers
            .iter()
            .map(|container| self.draw_amounts(container, accepted))
            .collect::<Option<Vec<_>>>()?;
        let mut ports = vec![0_u16; demand.ports.len()];
        // Fixed ports first, so that none is taken as any.
        for fixed in [true, false] {
            for (at, port) in demand.ports.iter().enumerate() {
                if port.is_some() == fixed {
                    let (number, resource) = self.take_port(*port, seed, accepted)?;
                    ports[at] = number;
                    merge_port(&mut executor, resource, number);
                }
            }
        }
        Some(Grant { executor, containers, ports })
    }

    fn draw_amounts(&mut self, amounts: &Amounts, accepted: &[String]) -> Option<Vec<Resource>> {
        let mut drawn = Vec::new();
        for (name, needs) in amounts.named() {
            drawn.extend(self.draw_scalar(name, needs, accepted)?);
        }
        Some(drawn)
    }

    /// Draws a scalar: from one entry if one has it all, else from several; reserved ones first.
    fn draw_scalar(
        &mut self,
        name: &str,
        needs: Milli,
        accepted: &[String],
    ) -> Option<Vec<Resource>> {
        if needs == 0 {
            return Some(Vec::new());
        }
        if self.total(name, accepted) < needs {
            return None;
        }
        let mut order: Vec<usize> =
            (0..self.entries.len()).filter(|at| self.entries[*at].serves(name, accepted)).collect();
        order.sort_by_key(|at| {
            let entry = &self.entries[*at];
            let whole = matches!(entry.left, Left::Scalar(left) if left >= needs);
            (!whole, entry.role().is_none())
        });
        let mut missing = needs;
        let mut drawn = Vec::new();
        for at in order {
            let taken = self.entries[at].take(missing);
            if taken > 0 {
                missing -= taken;
                drawn.push(self.entries[at].scalar(taken));
            }
        }
        Some(drawn)
    }

    fn take_port(
        &mut self,
        fixed: Option<u16>,
        seed: u64,
        accepted: &[String],
    ) -> Option<(u16, Resource)> {
        let entries = self.entries.iter_mut().filter(|entry| entry.serves("ports", accepted));
        for entry in entries {
            let found = match fixed {
                Some(port) => entry.holds(port.into()).then_some(u64::from(port)),
                None => entry.nth_port(seed),
            };
            if let Some(number) = found.and_then(|port| u16::try_from(port).ok()) {
                entry.cut((number.into(), number.into()));
                return Some((number, entry.kind.clone()));
            }
        }
        None
    }
}

/// Adds a port to the resources of the same kind, or as a new one.
fn merge_port(resources: &mut Vec<Resource>, kind: Resource, port: u16) {
    let mut wanted = Resource::ranges("ports", [(port.into(), port.into())]);
    wanted.reservations.clone_from(&kind.reservations);
    wanted.allocation_info.clone_from(&kind.allocation_info);
    let same = resources
        .iter_mut()
        .find(|resource| resource.name == "ports" && resource.reservations == wanted.reservations);
    match (same.and_then(|resource| resource.ranges.as_mut()), wanted.ranges.take()) {
        (Some(ranges), Some(more)) => ranges.range.extend(more.range),
        (None, more) => resources.push(Resource { ranges: more, ..wanted }),
        (Some(_), None) => {}
    }
}

impl Entry {
    fn new(resource: &Resource) -> Option<Self> {
        if resource.revocable.is_some() || resource.shared.is_some() || resource.disk.is_some() {
            return None;
        }
        let left = match resource.r#type {
            ValueType::Scalar => Left::Scalar(milli(resource.scalar.as_ref()?.value)),
            ValueType::Ranges => {
                let ranges = &resource.ranges.as_ref()?.range;
                Left::Ranges(ranges.iter().map(|range| (range.begin, range.end)).collect())
            }
            _ => return None,
        };
        Some(Self { kind: resource.clone(), left })
    }

    /// The role that it is reserved to; `None`: nobody's.
    fn role(&self) -> Option<&str> {
        let refined = self.kind.reservations.last().and_then(|last| last.role.as_deref());
        refined.or(self.kind.role.as_deref()).filter(|role| *role != "*")
    }

    fn serves(&self, name: &str, accepted: &[String]) -> bool {
        self.kind.name == name
            && (accepted.is_empty()
                || accepted.iter().any(|role| role == self.role().unwrap_or("*")))
    }

    /// Takes as much of a scalar as there is, at most `wanted`.
    fn take(&mut self, wanted: Milli) -> Milli {
        match &mut self.left {
            Left::Scalar(left) => {
                let taken = wanted.min(*left).max(0);
                *left -= taken;
                taken
            }
            Left::Ranges(_) => 0,
        }
    }

    fn scalar(&self, taken: Milli) -> Resource {
        Resource {
            reservations: self.kind.reservations.clone(),
            allocation_info: self.kind.allocation_info.clone(),
            ..Resource::scalar(&self.kind.name, amount(taken))
        }
    }

    fn holds(&self, port: u64) -> bool {
        match &self.left {
            Left::Ranges(ranges) => ranges.iter().any(|(b, e)| *b <= port && port <= *e),
            Left::Scalar(_) => false,
        }
    }

    /// A free port, chosen by the seed.
    fn nth_port(&self, seed: u64) -> Option<u64> {
        let Left::Ranges(ranges) = &self.left else { return None };
        let size = |(b, e): &(u64, u64)| e.saturating_sub(*b).saturating_add(1);
        let count = ranges.iter().map(size).fold(0_u64, u64::saturating_add);
        let mut at = seed.checked_rem(count)?;
        for range in ranges {
            if at < size(range) {
                return Some(range.0 + at);
            }
            at -= size(range);
        }
        None
    }

    /// Removes a range.
    fn cut(&mut self, (from, to): (u64, u64)) {
        let Left::Ranges(ranges) = &mut self.left else { return };
        let mut rest = Vec::with_capacity(ranges.len() + 1);
        for (begin, end) in ranges.drain(..) {
            if to < begin || end < from {
                rest.push((begin, end));
                continue;
            }
            if begin < from {
                rest.push((begin, from - 1));
            }
            if to < end {
                rest.push((to + 1, end));
            }
        }
        *ranges = rest;
    }
}

/// What was short on which agent, by host: the latest word of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shortage(BTreeMap<String, String>);

impl Shortage {
    /// Notes what was short on a host.
    pub(crate) fn note(&mut self, host: &str, short: &[String]) {
        self.0.insert(host.to_owned(), short.join(", "));
    }

    /// Whether no agent was looked at.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line for each host: `node1: cpus (needs 2, 0.5 free)`; at most ten, then how many more.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.0.iter().take(10).map(|(host, short)| format!("{host}: {short}")).collect();
        if self.0.len() > lines.len() {
            lines.push(format!("and {} more agents", self.0.len() - lines.len()));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_mesos_proto::ReservationInfo;

    fn reserved(role: &str, resource: Resource) -> Resource {
        let reservation =
            ReservationInfo { role: Some(role.to_owned()), ..ReservationInfo::default() };
        Resource { reservations: vec![reservation], ..resource }
    }

    fn free(cpus: f64, ports: &[(u64, u64)]) -> Free {
        Free::new(&[
            Resource::scalar("cpus", cpus),
            Resource::scalar("mem", 1024.0),
            Resource::scalar("disk", 1000.0),
            Resource::ranges("ports", ports.iter().copied()),
        ])
    }

    fn demand(cpus: f64, ports: &[Option<u16>]) -> Demand {
        Demand {
            role: "*".into(),
            executor: Amounts { cpus: 0.1, mem: 32.0, disk: 10.0 },
            containers: vec![Amounts { cpus, mem: 64.0, disk: 0.0 }],
            ports: ports.to_vec(),
            ..Demand::default()
        }
    }

    fn scalar(resources: &[Resource], name: &str) -> f64 {
        resources
            .iter()
            .filter(|resource| resource.name == name)
            .map(|resource| resource.scalar.as_ref().unwrap().value)
            .sum()
    }

    #[test]
    fn several_pods_fit_one_offer_to_the_thousandth() {
        let mut free = free(0.6, &[(31000, 31001)]);
        for _ in 0..2 {
            let grant = free.take(&demand(0.2, &[None]), 0).unwrap();
            assert_eq!(scalar(&grant.executor, "cpus"), 0.1);
            assert_eq!(scalar(&grant.containers[0], "cpus"), 0.2);
            assert_eq!(scalar(&grant.containers[0], "disk"), 0.0);
        }
        assert!(free.take(&demand(0.001, &[]), 0).is_none());
    }

    #[test]
    fn ports_are_distinct_and_fixed_ones_come_first() {
        let mut free = free(4.0, &[(31000, 31002)]);
        let grant = free.take(&demand(0.1, &[None, Some(31000), None]), 0).unwrap();
        assert_eq!(grant.ports, [31001, 31000, 31002]);
        let ports: Vec<_> = grant.executor.iter().filter(|r| r.name == "ports").collect();
        assert_eq!(ports.len(), 1);
        assert_eq!(ports[0].ranges.as_ref().unwrap().range.len(), 3);
    }

    #[test]
    fn the_seed_chooses_the_port() {
        let ports = |seed| {
            free(1.0, &[(1, 2), (10, 12)]).take(&demand(0.1, &[None]), seed).unwrap().ports[0]
        };
        assert_eq!([0, 1, 2, 4, 5].map(ports), [1, 2, 10, 12, 1]);
    }

    #[test]
    fn what_does_not_fit_takes_nothing_and_says_what_is_short() {
        let mut small = free(1.0, &[(31000, 31000)]);
        let wanted = demand(1.0, &[Some(80), None, None]);
        assert!(small.take(&wanted, 0).is_none());
        assert_eq!(
            small.short(&wanted),
            ["cpus (needs 1.1, 1 free)", "port 80 (not free)", "ports (needs 2, 1 free)"]
        );
        assert!(small.short(&demand(0.9, &[Some(31000)])).is_empty());
    }

    #[test]
    fn reserved_resources_are_used_first_and_keep_their_reservation() {
        let mut free = Free::new(&[
            Resource::scalar("cpus", 4.0),
            reserved("web", Resource::scalar("cpus", 1.0)),
            Resource::scalar("mem", 1024.0),
            Resource::scalar("disk", 1000.0),
        ]);
        let grant = free.take(&demand(0.5, &[]), 0).unwrap();
        assert!(!grant.containers[0][0].reservations.is_empty());
        let both = free.take(&demand(0.9, &[]), 0).unwrap();
        assert!(both.containers[0][0].reservations.is_empty(), "one entry has it whole");
    }

    #[test]
    fn accepted_roles_limit_what_is_used() {
        let mut free = Free::new(&[
            reserved("web", Resource::scalar("cpus", 4.0)),
            Resource::scalar("mem", 1024.0),
            Resource::scalar("disk", 1000.0),
        ]);
        let star = Demand { accepted_roles: vec!["*".into()], ..demand(0.1, &[]) };
        assert!(free.take(&star, 0).is_none());
        assert!(free.take(&demand(0.1, &[]), 0).is_some());
    }

    #[test]
    fn what_is_in_use_is_subtracted() {
        let mut all = free(2.0, &[(31000, 31003)]);
        all.subtract(&[Resource::scalar("cpus", 1.5), Resource::ranges("ports", [(31001, 31003)])]);
        assert_eq!(all.short(&demand(0.4, &[None])), Vec::<String>::new());
        assert_eq!(all.short(&demand(0.5, &[None, None])).len(), 2);
    }

    #[test]
    fn a_shortage_lists_hosts_up_to_ten() {
        let mut shortage = Shortage::default();
        for n in 0..12 {
            shortage.note(&format!("n{n:02}"), &["cpus (needs 2, 1 free)".into()]);
        }
        assert_eq!(shortage.lines().len(), 11);
        assert_eq!(shortage.lines()[10], "and 2 more agents");
    }
}
