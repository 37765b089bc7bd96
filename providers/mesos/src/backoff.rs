//! How long a failed launch waits before it is tried again.

use podform_model::pod::Backoff;

/// The wait after this many failures in a row, in seconds.
pub(crate) fn wait(backoff: &Backoff, failures: u32) -> f64 {
    let exponent = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
    let wait = backoff.initial * backoff.factor.powi(exponent);
    let longest = backoff.max.max(0.0);
    if wait.is_finite() { wait.clamp(0.0, longest) } else { longest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest() {
        let backoff = Backoff { initial: 1.0, factor: 2.0, max: 5.0 };
        assert_eq!([1, 2, 3, 4, 4000].map(|n| wait(&backoff, n)), [1.0, 2.0, 4.0, 5.0, 5.0]);
        assert_eq!(wait(&Backoff { initial: 0.0, ..backoff }, 9), 0.0);
    }
}
