//! When to try again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

/// Waiting times that double, each with a random part so that many clients do not come back at once.
#[derive(Debug, Clone)]
pub struct Backoff {
    next: Duration,
    first: Duration,
    limit: Duration,
}

impl Backoff {
    /// From about `first`, doubling, up to `limit`.
    #[must_use]
    pub const fn new(first: Duration, limit: Duration) -> Self {
        Self { next: first, first, limit }
    }

    /// The next time to wait: between half of it and all of it.
    pub fn next_delay(&mut self) -> Duration {
        let delay = self.next.min(self.limit);
        self.next = delay.saturating_mul(2).min(self.limit);
        delay.mul_f64(0.5 + 0.5 * random_share())
    }

    /// Starts anew, after a success.
    pub const fn reset(&mut self) {
        self.next = self.first;
    }
}

impl Default for Backoff {
    /// From 200 ms to 5 s.
    fn default() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(5))
    }
}

/// A number from 0 to 1. The standard library's hash keys are random; nothing here needs better.
fn random_share() -> f64 {
    let bits = u32::try_from(RandomState::new().build_hasher().finish() >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_limit() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(300));
        for top in [100, 200, 300, 300] {
            let delay = backoff.next_delay();
            assert!(
                delay >= Duration::from_millis(top) / 2 && delay <= Duration::from_millis(top),
                "{delay:?} of {top} ms"
            );
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(100));
    }
}
