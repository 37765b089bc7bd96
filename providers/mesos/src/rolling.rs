//! Rolling replacement: which old instances may stop and how many new ones may start now.
//!
//! The rules are Marathon's for `upgradeStrategy`, so that a pod rolls alike on both orchestrators.

/// The limits of a roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How many instances, old and new together, must stay ready.
    pub(crate) minimum_ready: u32,
    /// How many instances, old and new together, may exist.
    pub(crate) maximum: u32,
}

impl Limits {
    /// The limits for `instances` wanted, from the pod's `upgrade` block (shares between 0 and 1).
    ///
    /// When nothing may be stopped and nothing may be added, one more is allowed: else it would
    /// never move.
    pub(crate) fn new(
        instances: u32,
        minimum_health_capacity: f64,
        maximum_over_capacity: f64,
    ) -> Self {
        let wanted = f64::from(instances);
        // A hair is taken off so that 10 × 0.7 = 7.000…1 is 7.
        let minimum_ready = whole((wanted * minimum_health_capacity - 1e-9).ceil());
        let maximum = whole((wanted * (1.0 + maximum_over_capacity) + 1e-9).floor());
        let minimum_ready = minimum_ready.min(instances);
        let maximum = maximum.max(instances);
        if minimum_ready == maximum {
            Self { minimum_ready, maximum: maximum.saturating_add(1) }
        } else {
            Self { minimum_ready, maximum }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range first"
)]
fn whole(number: f64) -> u32 {
    number.clamp(0.0, f64::from(u32::MAX)) as u32
}

/// An instance of a former generation that is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Old<'a> {
    /// Its id.
    pub(crate) id: &'a str,
    /// Whether it is ready.
    pub(crate) ready: bool,
    /// Whether it is being stopped already.
    pub(crate) stopping: bool,
}

/// The instances of the new generation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct New {
    /// Ready ones.
    pub(crate) ready: u32,
    /// Launched ones that are not ready yet.
    pub(crate) starting: u32,
    /// Ones that are still to be launched.
    pub(crate) waiting: u32,
}

/// What may be done now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Moves {
    /// How many of the waiting may be launched.
    pub(crate) launch: u32,
    /// The ids of old instances to stop now.
    pub(crate) stop: Vec<String>,
}

/// Decides the next moves. Asked again after every change; it never asks for more than the limits
/// allow however often it is asked.
pub(crate) fn moves(limits: Limits, old: &[Old<'_>], new: New) -> Moves {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let remaining = count(old.iter().filter(|old| !old.stopping).count());
    let keep = limits.minimum_ready.saturating_sub(new.ready);
    let surplus = remaining.saturating_sub(keep) as usize;
    // Old ones that are not ready go first: nobody misses them.
    let mut candidates: Vec<&Old<'_>> = old.iter().filter(|old| !old.stopping).collect();
    candidates.sort_by_key(|old| old.ready);
    let stop = candidates.iter().take(surplus).map(|old| old.id.to_owned()).collect();
    // A stopping instance still holds its resources.
    let alive = count(old.len()).saturating_add(new.ready).saturating_add(new.starting);
    let launch = limits.maximum.saturating_sub(alive).min(new.waiting);
    Moves { launch, stop }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(ids: &[(&'static str, bool)]) -> Vec<Old<'static>> {
        ids.iter().map(|(id, ready)| Old { id, ready: *ready, stopping: false }).collect()
    }

    #[test]
    fn limits_follow_the_shares() {
        assert_eq!(Limits::new(3, 1.0, 1.0), Limits { minimum_ready: 3, maximum: 6 });
        assert_eq!(Limits::new(3, 0.5, 0.0), Limits { minimum_ready: 2, maximum: 3 });
        assert_eq!(Limits::new(10, 0.7, 0.1), Limits { minimum_ready: 7, maximum: 11 });
        assert_eq!(Limits::new(4, 0.0, 0.0), Limits { minimum_ready: 0, maximum: 4 });
    }

    #[test]
    fn a_roll_that_could_not_move_gets_one_more() {
        assert_eq!(Limits::new(1, 1.0, 0.0), Limits { minimum_ready: 1, maximum: 2 });
        assert_eq!(Limits::new(10, 1.0, 0.05), Limits { minimum_ready: 10, maximum: 11 });
        assert_eq!(Limits::new(0, 1.0, 1.0).maximum, 1);
    }

    #[test]
    fn full_upgrade_starts_all_new_before_it_stops_an_old_one() {
        let limits = Limits::new(2, 1.0, 1.0);
        let old = old(&[("a", true), ("b", true)]);
        let start = moves(limits, &old, New { waiting: 2, ..New::default() });
        assert_eq!(start, Moves { launch: 2, stop: vec![] });
        let one = moves(limits, &old, New { ready: 1, starting: 1, waiting: 0 });
        assert_eq!(one.stop, ["a"]);
    }

    #[test]
    fn half_capacity_makes_room_first_with_the_unready() {
        let limits = Limits::new(4, 0.5, 0.0);
        let old = old(&[("a", true), ("b", false), ("c", true), ("d", true)]);
        let start = moves(limits, &old, New { waiting: 4, ..New::default() });
        assert_eq!(start.launch, 0);
        assert_eq!(start.stop, ["b", "a"]);
    }

    #[test]
    fn stopping_ones_hold_their_place_until_they_are_gone() {
        let limits = Limits::new(2, 0.5, 0.0);
        let mut both = old(&[("a", true), ("b", true)]);
        both[0].stopping = true;
        let new = New { waiting: 2, ..New::default() };
        assert_eq!(moves(limits, &both, new), Moves::default());
        assert_eq!(moves(limits, &both[1..], new).launch, 1);
    }

    #[test]
    fn scaling_down_with_a_change_stops_the_surplus_at_once() {
        let limits = Limits::new(2, 1.0, 1.0);
        let old = old(&[("a", true), ("b", true), ("c", true), ("d", true), ("e", true)]);
        assert_eq!(moves(limits, &old, New { waiting: 2, ..New::default() }).stop.len(), 3);
    }

    /// Plays a whole roll for many shapes: it always ends, and never breaks its limits.
    #[test]
    fn every_roll_ends_within_its_limits() {
        let names: Vec<String> = (0..8).map(|n| format!("i{n}")).collect();
        for wanted in 0..6_u32 {
            for had in 0..8_usize {
                for (minimum, over) in [(1.0, 1.0), (1.0, 0.0), (0.5, 0.0), (0.0, 0.0), (0.3, 0.4)]
                {
                    play(&names[..had], wanted, Limits::new(wanted, minimum, over));
                }
            }
        }
    }

    fn play(names: &[String], wanted: u32, limits: Limits) {
        let mut olds: Vec<Old<'_>> =
            names.iter().map(|id| Old { id, ready: true, stopping: false }).collect();
        let mut new = New { waiting: wanted, ..New::default() };
        let at_first = u32::try_from(names.len()).unwrap();
        for _ in 0..100 {
            if olds.is_empty() && new.ready == wanted {
                return;
            }
            let moves = moves(limits, &olds, new);
            new.waiting -= moves.launch;
            new.starting += moves.launch;
            olds.retain(|old| !moves.stop.iter().any(|id| id == old.id));
            let alive = u32::try_from(olds.len()).unwrap() + new.ready + new.starting;
            assert!(alive <= limits.maximum.max(at_first));
            let ready = u32::try_from(olds.len()).unwrap() + new.ready;
            assert!(ready >= limits.minimum_ready.min(at_first));
            if new.starting > 0 {
                new.starting -= 1;
                new.ready += 1;
            }
        }
        panic!("the roll of {} to {wanted} never ended: {limits:?}", names.len());
    }
}
