//! Choices that a seed repeats.

/// A generator of numbers (`SplitMix64`).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but not with, 1.
    pub(super) fn fraction(&mut self) -> f64 {
        const STEPS: u32 = 1 << 24;
        let step = u32::try_from(self.next() >> 40).unwrap_or(0);
        f64::from(step) / f64::from(STEPS)
    }

    /// One of the choices.
    pub(super) fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        let count = choices.len() as u64;
        let at = usize::try_from(self.next() % count).unwrap_or(0);
        choices[at]
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_repeats_its_choices_and_fractions_are_spread() {
        let mut one = Random::new(7);
        let mut two = Random::new(7);
        let fractions: Vec<_> = (0..1000).map(|_| one.fraction()).collect();
        assert!(fractions.iter().all(|f| *f == two.fraction() && (0.0..1.0).contains(f)));
        let low = fractions.iter().filter(|f| **f < 0.5).count();
        assert!((400..600).contains(&low), "{low}");
    }
}
