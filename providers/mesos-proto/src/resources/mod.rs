//! Arithmetic of resources, as masters and agents do it.
//!
//! Amounts are counted in thousandths; entries of one *kind* (name, reservations, disk, provider, revocable, shared, allocation) are summed,
//! others never mix: what is reserved satisfies only a request with the same reservations.

mod format;
mod kind;
mod ranges;

use std::collections::BTreeSet;
use std::fmt;

pub use self::kind::Kind;
pub use self::ranges::RangeSet;
use crate::resource::{AllocationInfo, Range, Ranges, Resource, Scalar, Set, ValueType};

/// A resource that cannot be counted; the texts are those of a real master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourceError {
    /// It has no name.
    EmptyName,
    /// It is SCALAR, and only that must be set.
    InvalidScalar,
    /// Its amount is not above 0.
    NotPositive,
    /// It is RANGES, and only that must be set.
    InvalidRanges,
    /// A range ends before it begins.
    BackwardRange,
    /// Two ranges have a number in common.
    OverlappingRanges,
    /// It is SET, and only that must be set.
    InvalidSet,
    /// A set names something twice.
    DuplicateItem,
    /// It is a TEXT.
    UnsupportedType,
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyName => "Empty resource name",
            Self::InvalidScalar => "Invalid scalar resource",
            Self::NotPositive => "Invalid scalar resource: value <= 0",
            Self::InvalidRanges => "Invalid ranges resource",
            Self::BackwardRange => "Invalid ranges resource: begin > end",
            Self::OverlappingRanges => "Invalid ranges resource: overlapping ranges",
            Self::InvalidSet => "Invalid set resource",
            Self::DuplicateItem => "Invalid set resource: duplicated elements",
            Self::UnsupportedType => "Unsupported resource type",
        })
    }
}

impl std::error::Error for ResourceError {}

/// How much of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// Thousandths.
    Scalar(i64),
    /// Numbers, such as ports.
    Ranges(RangeSet),
    /// Words.
    Set(BTreeSet<String>),
}

impl Amount {
    fn is_empty(&self) -> bool {
        match self {
            Self::Scalar(thousandths) => *thousandths <= 0,
            Self::Ranges(ranges) => ranges.is_empty(),
            Self::Set(items) => items.is_empty(),
        }
    }

    /// Adds; amounts of different types do not mix (they have different kinds).
    fn add(&mut self, other: &Self) {
        match (self, other) {
            (Self::Scalar(mine), Self::Scalar(more)) => *mine = mine.saturating_add(*more),
            (Self::Ranges(mine), Self::Ranges(more)) => mine.add(more),
            (Self::Set(mine), Self::Set(more)) => mine.extend(more.iter().cloned()),
            _ => {}
        }
    }

    fn subtract(&mut self, other: &Self) {
        match (self, other) {
            (Self::Scalar(mine), Self::Scalar(less)) => *mine = mine.saturating_sub(*less).max(0),
            (Self::Ranges(mine), Self::Ranges(less)) => mine.subtract(less),
            (Self::Set(mine), Self::Set(less)) => mine.retain(|item| !less.contains(item)),
            _ => {}
        }
    }

    fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scalar(mine), Self::Scalar(wanted)) => mine >= wanted,
            (Self::Ranges(mine), Self::Ranges(wanted)) => mine.contains_all(wanted),
            (Self::Set(mine), Self::Set(wanted)) => mine.is_superset(wanted),
            _ => false,
        }
    }
}

/// Thousandths of an amount, rounded as Mesos does; not a number is 0, what is too large is the largest.
#[must_use]
pub fn thousandths(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let fixed = (value * 1000.0).round() as i64;
    fixed
}

/// The amount of so many thousandths.
#[must_use]
pub fn from_thousandths(thousandths: i64) -> f64 {
    thousandths as f64 / 1000.0
}

/// Amounts by kind, in the order in which the kinds came.
#[derive(Debug, Clone, Default)]
pub struct Resources(Vec<(Kind, Amount)>);

impl Resources {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The sum of a list. Disks that are used whole (MOUNT, persistent volumes) and shared ones are of different kinds and stay apart.
    ///
    /// # Errors
    /// The index of the first entry that cannot be counted, and why.
    pub fn parse<'a>(
        list: impl IntoIterator<Item = &'a Resource>,
    ) -> Result<Self, (usize, ResourceError)> {
        let mut resources = Self::new();
        for (index, resource) in list.into_iter().enumerate() {
            let amount = parse_amount(resource).map_err(|error| (index, error))?;
            resources.add_entry(Kind::of(resource), &amount);
        }
        Ok(resources)
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The kinds and how much there is of each.
    pub fn iter(&self) -> impl Iterator<Item = (&Kind, &Amount)> {
        self.0.iter().map(|(kind, amount)| (kind, amount))
    }

    /// As a message, one entry for each kind, reservations in the form with refinement.
    #[must_use]
    pub fn to_list(&self) -> Vec<Resource> {
        self.0.iter().map(|(kind, amount)| kind.resource(amount)).collect()
    }

    /// Adds all of the other.
    pub fn add(&mut self, other: &Self) {
        for (kind, amount) in &other.0 {
            self.add_entry(kind.clone(), amount);
        }
    }

    /// Takes the other away, as far as it is there.
    pub fn subtract(&mut self, other: &Self) {
        for (kind, amount) in &other.0 {
            if let Some((_, mine)) = self.0.iter_mut().find(|(mine, _)| mine == kind) {
                mine.subtract(amount);
            }
        }
        self.0.retain(|(_, amount)| !amount.is_empty());
    }

    /// Whether all of the other is there, kind by kind.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other
            .0
            .iter()
            .all(|(kind, wanted)| self.amount(kind).is_some_and(|mine| mine.contains(wanted)))
    }

    /// How much there is of a kind.
    #[must_use]
    pub fn amount(&self, kind: &Kind) -> Option<&Amount> {
        self.0.iter().find(|(mine, _)| mine == kind).map(|(_, amount)| amount)
    }

    /// The entries that the test lets through.
    #[must_use]
    pub fn filter(&self, mut test: impl FnMut(&Kind) -> bool) -> Self {
        Self(self.0.iter().filter(|(kind, _)| test(kind)).cloned().collect())
    }

    /// The same amounts with each kind changed; kinds that become equal are summed.
    #[must_use]
    pub fn map_kinds(&self, change: impl Fn(&mut Kind)) -> Self {
        let mut changed = Self::new();
        for (kind, amount) in &self.0 {
            let mut kind = kind.clone();
            change(&mut kind);
            changed.add_entry(kind, amount);
        }
        changed
    }

    /// The same, allocated to a role where it is allocated to none (what a master does with the resources of an ACCEPT).
    #[must_use]
    pub fn allocated_to(&self, role: &str) -> Self {
        self.map_kinds(|kind| {
            kind.allocated_to.get_or_insert_with(|| role.to_owned());
        })
    }

    /// The same, allocated to nobody.
    #[must_use]
    pub fn unallocated(&self) -> Self {
        self.map_kinds(|kind| kind.allocated_to = None)
    }

    /// Thousandths of a scalar, summed over all kinds.
    #[must_use]
    pub fn scalar(&self, name: &str) -> i64 {
        let amounts = self.0.iter().filter(|(kind, _)| kind.name == name);
        amounts.fold(0, |sum, (_, amount)| match amount {
            Amount::Scalar(thousandths) => sum.saturating_add(*thousandths),
            _ => sum,
        })
    }

    /// The numbers of a ranges resource, such as `ports`, of all kinds.
    #[must_use]
    pub fn ranges(&self, name: &str) -> RangeSet {
        let mut all = RangeSet::new();
        for (_, amount) in self.0.iter().filter(|(kind, _)| kind.name == name) {
            if let Amount::Ranges(ranges) = amount {
                all.add(ranges);
            }
        }
        all
    }

    /// Takes these numbers of a ranges resource away and gives them, each of the first kind that has it; `None` (and nothing is taken) if one
    /// is not there.
    pub fn take_numbers(&mut self, name: &str, wanted: &RangeSet) -> Option<Self> {
        let mut rest = wanted.clone();
        let mut taken = Self::new();
        for (kind, amount) in self.0.iter().filter(|(kind, _)| kind.name == name) {
            let Amount::Ranges(ranges) = amount else { continue };
            let found = ranges.intersection(&rest);
            rest.subtract(&found);
            taken.add_entry(kind.clone(), &Amount::Ranges(found));
        }
        if !rest.is_empty() {
            return None;
        }
        self.subtract(&taken);
        Some(taken)
    }

    /// Takes the `count` lowest numbers of a ranges resource away and gives them; `None` (and nothing is taken) if there are too few.
    pub fn take_lowest(&mut self, name: &str, count: usize) -> Option<Self> {
        let lowest = self.ranges(name).lowest(count)?;
        self.take_numbers(name, &lowest)
    }

    /// Takes thousandths of a scalar away and gives them, from the first kinds that pass the test; `None` (and nothing is taken) if there is
    /// too little. Disks other than the agent's own, revocable and shared resources are never taken.
    pub fn take_scalar(
        &mut self,
        name: &str,
        wanted: i64,
        test: impl Fn(&Kind) -> bool,
    ) -> Option<Self> {
        let mut rest = wanted;
        let mut taken = Self::new();
        for (kind, amount) in
            self.0.iter().filter(|(kind, _)| kind.name == name && kind.is_divisible() && test(kind))
        {
            let Amount::Scalar(there) = amount else { continue };
            let part = rest.min(*there);
            taken.add_entry(kind.clone(), &Amount::Scalar(part));
            rest -= part;
        }
        if rest > 0 {
            return None;
        }
        self.subtract(&taken);
        Some(taken)
    }

    fn add_entry(&mut self, kind: Kind, amount: &Amount) {
        if amount.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|(mine, _)| *mine == kind) {
            Some((_, mine)) => mine.add(amount),
            None => self.0.push((kind, amount.clone())),
        }
    }
}

/// The same kinds and amounts, in whatever order.
impl PartialEq for Resources {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().all(|(kind, amount)| other.amount(kind) == Some(amount))
    }
}

impl Kind {
    /// This much of this kind, as a message.
    #[must_use]
    pub fn resource(&self, amount: &Amount) -> Resource {
        let mut resource = Resource {
            name: self.name.clone(),
            allocation_info: self
                .allocated_to
                .clone()
                .map(|role| AllocationInfo { role: Some(role) }),
            reservations: self.reservations.clone(),
            disk: self.disk.clone(),
            revocable: self.revocable.then(Default::default),
            shared: self.shared.then(Default::default),
            provider_id: self.provider_id.clone(),
            ..Resource::default()
        };
        match amount {
            Amount::Scalar(thousandths) => {
                resource.r#type = ValueType::Scalar;
                resource.scalar = Some(Scalar { value: from_thousandths(*thousandths) });
            }
            Amount::Ranges(ranges) => {
                resource.r#type = ValueType::Ranges;
                let range = ranges.iter().map(|(begin, end)| Range { begin, end }).collect();
                resource.ranges = Some(Ranges { range });
            }
            Amount::Set(items) => {
                resource.r#type = ValueType::Set;
                resource.set = Some(Set { item: items.iter().cloned().collect() });
            }
        }
        resource
    }
}

fn parse_amount(resource: &Resource) -> Result<Amount, ResourceError> {
    let set_fields = (resource.scalar.as_ref(), resource.ranges.as_ref(), resource.set.as_ref());
    if resource.name.is_empty() {
        return Err(ResourceError::EmptyName);
    }
    match (resource.r#type, set_fields) {
        (ValueType::Scalar, (Some(scalar), None, None)) => parse_scalar(scalar.value),
        (ValueType::Scalar, _) => Err(ResourceError::InvalidScalar),
        (ValueType::Ranges, (None, Some(ranges), None)) => parse_ranges(ranges),
        (ValueType::Ranges, _) => Err(ResourceError::InvalidRanges),
        (ValueType::Set, (None, None, Some(set))) => parse_set(set),
        (ValueType::Set, _) => Err(ResourceError::InvalidSet),
        (ValueType::Text, _) => Err(ResourceError::UnsupportedType),
    }
}

fn parse_scalar(value: f64) -> Result<Amount, ResourceError> {
    if !value.is_finite() {
        return Err(ResourceError::InvalidScalar);
    }
    match thousandths(value) {
        fixed if fixed <= 0 => Err(ResourceError::NotPositive),
        fixed => Ok(Amount::Scalar(fixed)),
    }
}

fn parse_ranges(ranges: &Ranges) -> Result<Amount, ResourceError> {
    let mut set = RangeSet::new();
    for range in &ranges.range {
        if range.begin > range.end {
            return Err(ResourceError::BackwardRange);
        }
        let one = RangeSet::from_range(range.begin, range.end);
        if !set.intersection(&one).is_empty() {
            return Err(ResourceError::OverlappingRanges);
        }
        set.add(&one);
    }
    Ok(Amount::Ranges(set))
}

fn parse_set(set: &Set) -> Result<Amount, ResourceError> {
    let items: BTreeSet<String> = set.item.iter().cloned().collect();
    if items.len() == set.item.len() {
        Ok(Amount::Set(items))
    } else {
        Err(ResourceError::DuplicateItem)
    }
}

#[cfg(test)]
mod tests;
