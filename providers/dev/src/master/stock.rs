//! Amounts of resources, as the allocator and the rules count them.

use podform_mesos_proto::Resource;
use podform_mesos_proto::resources::{Amount, Kind, Resources, from_thousandths};
use std::collections::BTreeSet;
use std::fmt;

/// The sum of lists of resources whose form was checked before; what cannot be counted is left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Stock(Resources);

/// The order in which a master offers the well-known resources.
const OFFERED_ORDER: [&str; 4] = ["ports", "cpus", "mem", "disk"];

impl Stock {
    /// The sum of a list.
    pub(crate) fn of(resources: &[Resource]) -> Self {
        let mut stock = Self::default();
        stock.add_all(resources);
        stock
    }

    /// Adds a list.
    pub(crate) fn add_all(&mut self, resources: &[Resource]) {
        for resource in resources {
            if let Ok(one) = Resources::parse([resource]) {
                self.0.add(&one);
            }
        }
    }

    /// Adds another stock.
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.add(&other.0);
    }

    /// Takes another stock away, as far as it is there.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.0.subtract(&other.0);
    }

    /// Whether all of another stock is in this one.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    /// The amount of a scalar in thousandths, over all kinds.
    pub(crate) fn thousandths(&self, name: &str) -> i64 {
        self.0.scalar(name)
    }

    /// The amount of a scalar.
    pub(crate) fn amount(&self, name: &str) -> f64 {
        from_thousandths(self.thousandths(name))
    }

    /// The same amounts, allocated to a role or to none.
    pub(crate) fn allocated(&self, role: Option<&str>) -> Self {
        Self(self.0.map_kinds(|kind| kind.allocated_to = role.map(str::to_owned)))
    }

    /// The parts that are allocated to a role.
    pub(crate) fn in_role(&self, role: &str) -> Self {
        Self(self.0.filter(|kind| kind.allocated_to.as_deref() == Some(role)))
    }

    /// The roles that its parts are allocated to.
    pub(crate) fn roles(&self) -> BTreeSet<Option<&str>> {
        self.0.iter().map(|(kind, _)| kind.allocated_to.as_deref()).collect()
    }

    /// Whether two stocks use one port or one word of a set twice.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().any(|(kind, mine)| match (mine, other.0.amount(kind)) {
            (Amount::Ranges(mine), Some(Amount::Ranges(theirs))) => {
                !mine.intersection(theirs).is_empty()
            }
            (Amount::Set(mine), Some(Amount::Set(theirs))) => !mine.is_disjoint(theirs),
            _ => false,
        })
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As resources of a message.
    pub(crate) fn to_resources(&self) -> Vec<Resource> {
        self.0.to_list()
    }

    /// Only its scalars, sorted by name.
    pub(crate) fn scalars(&self) -> Self {
        let mut names: Vec<_> = self.names(|amount| matches!(amount, Amount::Scalar(_)));
        names.sort();
        self.in_order(&names)
    }

    /// In the order in which a master offers.
    pub(crate) fn to_offered(&self) -> Self {
        let mut names = self.names(|_| true);
        let place = |name: &String| {
            OFFERED_ORDER.iter().position(|known| known == name).unwrap_or(OFFERED_ORDER.len())
        };
        names.sort_by_key(place);
        self.in_order(&names)
    }

    fn names(&self, test: impl Fn(&Amount) -> bool) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (kind, amount) in self.0.iter() {
            if test(amount) && !names.contains(&kind.name) {
                names.push(kind.name.clone());
            }
        }
        names
    }

    fn in_order(&self, names: &[String]) -> Self {
        let mut out = Resources::new();
        for name in names {
            out.add(&self.0.filter(|kind: &Kind| kind.name == *name));
        }
        Self(out)
    }

    /// The names and amounts of a summary: scalars as numbers, ranges as text.
    pub(crate) fn summary(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut out = serde_json::Map::new();
        for name in ["disk", "mem", "gpus", "cpus"] {
            out.insert(name.to_owned(), self.amount(name).into());
        }
        for (kind, amount) in self.0.iter() {
            if !matches!(amount, Amount::Scalar(_)) {
                out.insert(kind.name.clone(), amount.to_string().into());
            }
        }
        out
    }
}

impl fmt::Display for Stock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stock(cpus: f64, ports: &[(u64, u64)]) -> Stock {
        let resources =
            [Resource::scalar("cpus", cpus), Resource::ranges("ports", ports.iter().copied())];
        Stock::of(&resources)
    }

    #[test]
    fn offers_begin_with_the_ports() {
        let offered = stock(2.0, &[(1, 2)]).to_offered().allocated(Some("*"));
        assert_eq!(offered.to_string(), "ports(allocated: *):[1-2]; cpus(allocated: *):2");
    }

    #[test]
    fn overlaps_are_of_ports_not_of_amounts() {
        assert!(stock(1.0, &[(1, 3)]).overlaps(&stock(1.0, &[(3, 4)])));
        assert!(!stock(1.0, &[(1, 3)]).overlaps(&stock(1.0, &[(4, 4)])));
    }

    #[test]
    fn roles_are_kept_apart() {
        let mut both = stock(1.0, &[]).allocated(Some("a"));
        both.add(&stock(2.0, &[]).allocated(Some("b")));
        assert_eq!(both.in_role("b").amount("cpus"), 2.0);
        assert_eq!(both.allocated(None), stock(3.0, &[]));
    }
}
