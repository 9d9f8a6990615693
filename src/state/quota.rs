//! Floods and runaway loops: rates by the generic cell rate algorithm, in integers, pure.
//!
//! GCRA (ITU-T I.371, "virtual scheduling") keeps one number per key, the theoretical arrival time: the moment
//! at which the key has its whole burst again. It promises that in any stretch of time no more than the burst
//! plus one per interval are admitted, whatever the order of requests. It does not promise fairness among those
//! who share a key.

use std::time::Duration;

use super::Window;
use crate::base::{Digest, Moment, Quota, sha256};

/// What a quota is counted under: a rule and what it speaks of (session, principal, tool, …).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaKey(Digest);

impl QuotaKey {
    /// The key of `rule` for these `parts`. Different lists of parts are different keys.
    pub fn new(rule: &str, parts: &[&str]) -> Self {
        let all: Vec<&[u8]> = std::iter::once(rule).chain(parts.iter().copied()).map(str::as_bytes).collect();
        Self(sha256(&all))
    }

    /// The key as a digest, for stores that keep it elsewhere.
    pub const fn digest(&self) -> Digest {
        self.0
    }
}

/// Whether a quota admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a quota that nobody looks at limits nothing"]
pub enum Acquired {
    /// Yes, and this many more would be admitted right now.
    Granted {
        /// How many more.
        left: u32,
    },
    /// No.
    Refused {
        /// When the same request would be admitted if nothing else came; `None`: never, it costs more than the
        /// burst.
        retry_after: Option<Duration>,
    },
}

impl Acquired {
    /// Whether it was admitted.
    pub const fn is_granted(&self) -> bool {
        matches!(self, Self::Granted { .. })
    }
}

/// One key's state: when its burst is whole again, in nanoseconds of the monotonic clock.
///
/// 128 bits, because a period may be as long as a [`Duration`] can be, and a debt that does not fit would be
/// forgiven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Tat(u128);

impl Tat {
    /// A state that a store kept as [`Tat::to_u128`].
    pub const fn from_u128(nanoseconds: u128) -> Self {
        Self(nanoseconds)
    }

    /// The state as a number, for stores that keep it elsewhere.
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// Whether the burst is whole at `now`: then forgetting the key loses nothing.
    pub fn is_idle(self, now: Moment) -> bool {
        self.0 <= u128::from(now.mono_ns)
    }

    /// Judges a request of `cost` at `now`; the state afterwards, unchanged when refused.
    ///
    /// The interval is `period / burst`, rounded up to a nanosecond, so that rounding never admits more. A clock
    /// that went back refuses more, never less.
    pub fn acquire(self, quota: Quota, cost: u32, now: Moment) -> (Self, Acquired) {
        let now = u128::from(now.mono_ns);
        // A period of at most 2^64 s is under 2^94 ns, times a cost under 2^32: nothing below can saturate.
        let interval = quota.period().as_nanos().div_ceil(u128::from(quota.burst()));
        let window = interval.saturating_mul(u128::from(quota.burst()));
        let debt = self.0.saturating_sub(now);
        let after = debt.saturating_add(interval.saturating_mul(u128::from(cost)));
        if after <= window {
            let left = window.saturating_sub(after).checked_div(interval).unwrap_or(0);
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            // The state never falls behind `now`, nor goes back where the clock did.
            let tat = if cost == 0 { self } else { Self(now.saturating_add(after)) };
            (tat, Acquired::Granted { left })
        } else {
            let retry_after = (cost <= quota.burst()).then(|| nanoseconds(after.saturating_sub(window)));
            (self, Acquired::Refused { retry_after })
        }
    }
}

/// All that is counted under one key: its rate and its window, apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Spent {
    tat: Tat,
    window: Window,
}

impl Spent {
    /// Judges a request by the quota's own way of counting; what is counted afterwards, unchanged when refused.
    pub(super) fn acquire(&self, quota: Quota, cost: u32, now: Moment) -> (Self, Acquired) {
        if quota.is_sliding() {
            let (window, answer) = self.window.acquire(quota, cost, now);
            (Self { tat: self.tat, window }, answer)
        } else {
            let (tat, answer) = self.tat.acquire(quota, cost, now);
            (Self { tat, window: self.window.clone() }, answer)
        }
    }

    /// Whether forgetting it loses nothing.
    pub(super) fn is_idle(&self, now: Moment) -> bool {
        self.tat.is_idle(now) && self.window.is_idle(now)
    }

    /// How many plain keys it takes the room of.
    pub(super) fn slots(&self) -> usize {
        // A key takes about 128 bytes in its map, a moment eight.
        self.window.moments().len().div_ceil(16).saturating_add(1)
    }
}

fn nanoseconds(count: u128) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    let seconds = u64::try_from(count / SECOND).unwrap_or(u64::MAX);
    Duration::new(seconds, u32::try_from(count % SECOND).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ns: u64) -> Moment {
        Moment::new(0, ns)
    }

    /// A bucket that leaks one drop per nanosecond, stepped one nanosecond at a time.
    struct Bucket {
        level: u64,
        now: u64,
    }

    impl Bucket {
        fn pour(&mut self, now: u64, drops: u64, size: u64) -> bool {
            while self.now < now {
                self.level = self.level.saturating_sub(1);
                self.now += 1;
            }
            let fits = self.level + drops <= size;
            if fits {
                self.level += drops;
            }
            fits
        }
    }

    proptest! {
        #[test]
        fn it_admits_what_a_leaky_bucket_admits(
            burst in 1..8_u32,
            period in 1..200_u64,
            requests in prop::collection::vec((0..60_u64, 0..10_u32), 1..60),
        ) {
            let quota = Quota::new(burst, Duration::from_nanos(period)).unwrap();
            let interval = period.div_ceil(u64::from(burst));
            let mut bucket = Bucket { level: 0, now: 0 };
            let (mut tat, mut now) = (Tat::default(), 0);
            for (pause, cost) in requests {
                now += pause;
                let fits = bucket.pour(now, interval * u64::from(cost), interval * u64::from(burst));
                let (next, answer) = tat.acquire(quota, cost, at(now));
                prop_assert_eq!(answer.is_granted(), fits);
                match answer {
                    Acquired::Granted { left } => {
                        prop_assert!(next.acquire(quota, left, at(now)).1.is_granted());
                        prop_assert!(!next.acquire(quota, left + 1, at(now)).1.is_granted());
                    }
                    Acquired::Refused { retry_after: Some(wait) } => {
                        let then = now + u64::try_from(wait.as_nanos()).unwrap();
                        prop_assert!(tat.acquire(quota, cost, at(then)).1.is_granted());
                        prop_assert!(!tat.acquire(quota, cost, at(then - 1)).1.is_granted());
                        prop_assert_eq!(next, tat);
                    }
                    Acquired::Refused { retry_after: None } => prop_assert!(cost > burst),
                }
                tat = next;
            }
        }

        #[test]
        fn no_window_admits_more_than_the_burst_and_what_leaked(
            burst in 1..20_u32,
            period in 1..1_000_u64,
            pauses in prop::collection::vec(0..100_u64, 1..200),
        ) {
            let quota = Quota::new(burst, Duration::from_nanos(period)).unwrap();
            let (mut tat, mut now, mut admitted) = (Tat::default(), 0, Vec::new());
            for pause in pauses {
                now += pause;
                let (next, answer) = tat.acquire(quota, 1, at(now));
                tat = next;
                if answer.is_granted() {
                    admitted.push(now);
                }
            }
            for (n, start) in admitted.iter().enumerate() {
                let inside = admitted[n..].iter().filter(|t| **t - start <= period).count() as u64;
                prop_assert!(inside <= 2 * u64::from(burst));
            }
        }

        #[test]
        fn extremes_neither_panic_nor_forgive(
            tat in any::<u128>(),
            burst in prop::sample::select(vec![1, 2, u32::MAX]),
            cost in prop::sample::select(vec![0, 1, u32::MAX]),
            period in prop::sample::select(vec![Duration::from_nanos(1), Duration::from_mins(1), Duration::MAX]),
            now in prop::sample::select(vec![0, 1, u64::MAX]),
        ) {
            let quota = Quota::new(burst, period).unwrap();
            let (next, answer) = Tat::from_u128(tat).acquire(quota, cost, at(now));
            if answer.is_granted() && cost > 0 {
                prop_assert!(next > Tat::from_u128(tat));
            } else {
                prop_assert_eq!(next, Tat::from_u128(tat));
            }
        }
    }

    #[test]
    fn a_debt_longer_than_the_clock_can_count_is_remembered() {
        let quota = Quota::new(1, Duration::MAX).unwrap();
        let (tat, first) = Tat::default().acquire(quota, 1, at(5));
        assert!(first.is_granted());
        assert!(!tat.acquire(quota, 1, at(u64::MAX)).1.is_granted());
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(QuotaKey::new("calls", &["ab", "c"]), QuotaKey::new("calls", &["a", "bc"]));
        assert_eq!(QuotaKey::new("calls", &["a"]), QuotaKey::new("calls", &["a"]));
    }
}
