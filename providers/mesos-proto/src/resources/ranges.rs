//! Sets of numbers as inclusive ranges.

/// A set of numbers, kept as sorted inclusive ranges that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RangeSet(Vec<(u64, u64)>);

impl RangeSet {
    /// No number.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The numbers from `begin` to `end`, both included; none if `end` is before `begin`.
    #[must_use]
    pub fn from_range(begin: u64, end: u64) -> Self {
        Self(if begin <= end { vec![(begin, end)] } else { Vec::new() })
    }

    /// Whether there is no number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges in rising order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }

    /// How many numbers there are; the largest number if they are more than that.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0
            .iter()
            .fold(0, |sum: u64, (begin, end)| sum.saturating_add(end - begin).saturating_add(1))
    }

    /// Whether the number is among them.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        self.contains_range(number, number)
    }

    /// Whether all of the other's numbers are among them.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other.iter().all(|(first, last)| self.contains_range(first, last))
    }

    fn contains_range(&self, first: u64, last: u64) -> bool {
        let at = self.0.partition_point(|(_, end)| *end < last);
        self.0.get(at).is_some_and(|(begin, _)| *begin <= first)
    }

    /// Adds the other's numbers.
    pub fn add(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
        // Two sorted lists in a row: this sort merges them.
        self.0.sort();
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(self.0.len());
        for (begin, end) in self.0.drain(..) {
            match merged.last_mut() {
                Some(last) if begin <= last.1.saturating_add(1) => last.1 = last.1.max(end),
                _ => merged.push((begin, end)),
            }
        }
        self.0 = merged;
    }

    /// Takes the other's numbers away.
    pub fn subtract(&mut self, other: &Self) {
        let mut rest = Vec::with_capacity(self.0.len() + other.0.len());
        let mut at = 0;
        for (begin, end) in self.0.drain(..) {
            while other.0.get(at).is_some_and(|(_, last)| *last < begin) {
                at += 1;
            }
            // What is left of the range begins here; `None`: nothing is.
            let mut left = Some(begin);
            for (first, last) in other.0[at..].iter().take_while(|(first, _)| *first <= end) {
                // Within the overlap `first - 1` and `last + 1` exist: something of the range lies beyond them.
                if let Some(begin) = left.filter(|begin| begin < first) {
                    rest.push((begin, first - 1));
                }
                left = (*last < end).then(|| last + 1);
            }
            rest.extend(left.map(|begin| (begin, end)));
        }
        self.0 = rest;
    }

    /// The numbers that both have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        let mut at = 0;
        for (begin, end) in self.iter() {
            while other.0.get(at).is_some_and(|(_, last)| *last < begin) {
                at += 1;
            }
            let meets = other.0[at..].iter().take_while(|(first, _)| *first <= end);
            both.extend(meets.map(|(first, last)| (begin.max(*first), end.min(*last))));
        }
        Self(both)
    }

    /// The `count` lowest numbers; `None` if there are fewer.
    #[must_use]
    pub fn lowest(&self, count: usize) -> Option<Self> {
        let mut rest = u64::try_from(count).ok()?;
        let mut lowest = Vec::new();
        for (begin, end) in self.iter() {
            if rest == 0 {
                break;
            }
            let last = begin.saturating_add(rest - 1).min(end);
            rest -= last - begin + 1;
            lowest.push((begin, last));
        }
        (rest == 0).then_some(Self(lowest))
    }
}

impl FromIterator<u64> for RangeSet {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut set = Self::new();
        set.add(&Self(numbers.into_iter().map(|number| (number, number)).collect()));
        set
    }
}
