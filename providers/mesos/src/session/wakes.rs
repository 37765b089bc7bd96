//! Which steps are to be looked at: those that something happened to, and those whose time has come. With many thousands under
//! way, looking at all of them after every input would cost far more than the inputs.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

/// A time that can be ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moment(f64);

impl Eq for Moment {}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The steps that were touched, and when each of the others wants to be.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    touched: BTreeSet<u32>,
    by_time: BTreeSet<(Moment, u32)>,
    times: HashMap<u32, Moment>,
}

impl Wakes {
    /// Something happened to a step.
    pub(crate) fn touch(&mut self, step: u32) {
        self.touched.insert(step);
    }

    /// The steps to look at now, in their order; those whose time has come are among them from now on.
    pub(crate) fn touched(&mut self, now: f64) -> Vec<u32> {
        while let Some((at, step)) = self.by_time.first().copied()
            && at.0 <= now
        {
            self.forget(step);
            self.touched.insert(step);
        }
        self.touched.iter().copied().collect()
    }

    /// A step was looked at; it wants to be again at a time, or never if that is infinite.
    pub(crate) fn rest(&mut self, step: u32, until: f64) {
        self.forget(step);
        if until.is_finite() {
            self.by_time.insert((Moment(until), step));
            self.times.insert(step, Moment(until));
        }
    }

    /// A step is over, or something else is known of its time.
    pub(crate) fn forget(&mut self, step: u32) {
        self.touched.remove(&step);
        if let Some(at) = self.times.remove(&step) {
            self.by_time.remove(&(at, step));
        }
    }

    /// When the first step wants to be looked at.
    pub(crate) fn first(&self) -> f64 {
        if !self.touched.is_empty() {
            return f64::NEG_INFINITY;
        }
        self.by_time.first().map_or(f64::INFINITY, |(at, _)| at.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_looked_at_when_it_was_touched_and_when_its_time_has_come() {
        let mut wakes = Wakes::default();
        assert_eq!(wakes.first(), f64::INFINITY);
        wakes.rest(7, 20.0);
        wakes.rest(3, 10.0);
        wakes.rest(3, 15.0);
        wakes.rest(5, f64::INFINITY);
        wakes.touch(9);
        assert_eq!(wakes.first(), f64::NEG_INFINITY);
        assert_eq!(wakes.touched(14.0), [9]);
        wakes.rest(9, f64::INFINITY);
        assert_eq!(wakes.first(), 15.0);
        assert_eq!(wakes.touched(15.0), [3]);
        wakes.forget(3);
        assert_eq!(wakes.touched(19.0), Vec::<u32>::new());
        assert_eq!(wakes.first(), 20.0);
    }
}
