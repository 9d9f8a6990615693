//! Bursts: an exact sliding window, in integers, pure.
//!
//! One moment is kept for each unit that was admitted: when it leaves the window. So in any stretch of the
//! period's length, its beginning excluded, no more than the quota's number are admitted. GCRA keeps less and
//! admits up to twice as many in such a stretch.

use std::time::Duration;

use super::Acquired;
use crate::base::{Moment, Quota};

/// One key's window: at most [`Quota::MAX_SLIDING`] moments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// When each admitted unit leaves, in nanoseconds of the monotonic clock, in order.
    leaves: Vec<u64>,
}

impl Window {
    /// A window that a store kept as [`Window::moments`].
    pub fn from_moments(mut leaves: Vec<u64>) -> Self {
        leaves.sort_unstable();
        Self { leaves }
    }

    /// When each unit that was admitted leaves the window, for stores that keep it elsewhere.
    pub fn moments(&self) -> &[u64] {
        &self.leaves
    }

    /// Whether the window is empty at `now`: then forgetting the key loses nothing.
    pub fn is_idle(&self, now: Moment) -> bool {
        self.leaves.last().is_none_or(|leaves| *leaves <= now.mono_ns)
    }

    /// Judges a request of `cost` at `now`; the window afterwards, unchanged when refused. A clock that went back
    /// refuses more, never less.
    pub fn acquire(&self, quota: Quota, cost: u32, now: Moment) -> (Self, Acquired) {
        let inside = self.leaves.partition_point(|leaves| *leaves <= now.mono_ns);
        let inside = self.leaves.get(inside..).unwrap_or_default();
        let (most, cost) = (size(quota.burst().min(Quota::MAX_SLIDING)), size(cost));
        let Some(left) = most.checked_sub(inside.len().saturating_add(cost)) else {
            let over = inside.len().saturating_add(cost).saturating_sub(most);
            // The oldest `over` units have to leave first; where there are fewer, the cost alone is too much.
            let last = over.checked_sub(1).and_then(|at| inside.get(at)).filter(|_| cost <= most);
            let retry_after = last.map(|at| Duration::from_nanos(at.saturating_sub(now.mono_ns)));
            return (self.clone(), Acquired::Refused { retry_after });
        };
        let left = Acquired::Granted { left: u32::try_from(left).unwrap_or(u32::MAX) };
        if cost == 0 {
            return (self.clone(), left);
        }
        // SECURITY: a period that does not fit ends never, and a unit leaves no earlier than those before it.
        let period = u64::try_from(quota.period().as_nanos()).unwrap_or(u64::MAX);
        let leaves = now.mono_ns.saturating_add(period).max(inside.last().copied().unwrap_or(0));
        let leaves = inside.iter().copied().chain(std::iter::repeat_n(leaves, cost)).collect();
        (Self { leaves }, left)
    }
}

fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ns: u64) -> Moment {
        Moment::new(0, ns)
    }

    proptest! {
        #[test]
        fn it_admits_what_a_list_of_all_that_was_admitted_admits(
            most in 1..8_u32,
            period in 1..200_u64,
            requests in prop::collection::vec((0..60_u64, 0..10_u32), 1..60),
        ) {
            let quota = Quota::sliding(most, Duration::from_nanos(period)).unwrap();
            let (mut window, mut now) = (Window::default(), 1_000);
            let mut admitted: Vec<u64> = Vec::new();
            for (pause, cost) in requests {
                now += pause;
                let inside = admitted.iter().filter(|then| **then + period > now).count() as u64;
                let (next, answer) = window.acquire(quota, cost, at(now));
                prop_assert_eq!(answer.is_granted(), inside + u64::from(cost) <= u64::from(most));
                match answer {
                    Acquired::Granted { left } => {
                        admitted.extend(std::iter::repeat_n(now, cost as usize));
                        prop_assert!(next.acquire(quota, left, at(now)).1.is_granted());
                        prop_assert!(!next.acquire(quota, left + 1, at(now)).1.is_granted());
                        prop_assert!(next.moments().len() <= most as usize || cost == 0);
                    }
                    Acquired::Refused { retry_after: Some(wait) } => {
                        let then = now + u64::try_from(wait.as_nanos()).unwrap();
                        prop_assert!(window.acquire(quota, cost, at(then)).1.is_granted());
                        prop_assert!(!window.acquire(quota, cost, at(then - 1)).1.is_granted());
                        prop_assert_eq!(&next, &window);
                    }
                    Acquired::Refused { retry_after: None } => prop_assert!(cost > most),
                }
                window = next;
            }
            for start in &admitted {
                let inside = admitted.iter().filter(|then| (*start..start + period).contains(then)).count();
                prop_assert!(inside <= most as usize);
            }
        }

        #[test]
        fn extremes_neither_panic_nor_forgive(
            known in prop::collection::vec(any::<u64>(), 0..4),
            most in prop::sample::select(vec![1, 2, Quota::MAX_SLIDING]),
            cost in prop::sample::select(vec![0, 1, u32::MAX]),
            period in prop::sample::select(vec![Duration::from_nanos(1), Duration::MAX]),
            now in prop::sample::select(vec![0, 1, u64::MAX - 1]),
        ) {
            let quota = Quota::sliding(most, period).unwrap();
            let window = Window::from_moments(known);
            let (next, answer) = window.acquire(quota, cost, at(now));
            if answer.is_granted() && cost > 0 {
                prop_assert!(!next.is_idle(at(now)));
            } else {
                prop_assert_eq!(next, window);
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_admits_no_more() {
        let quota = Quota::sliding(2, Duration::from_nanos(10)).unwrap();
        let (window, _) = Window::default().acquire(quota, 1, at(100));
        let (window, _) = window.acquire(quota, 1, at(50));
        assert!(!window.acquire(quota, 1, at(109)).1.is_granted());
        assert!(window.acquire(quota, 1, at(110)).1.is_granted());
        assert!(window.is_idle(at(110)) && !window.is_idle(at(109)));
    }

    #[test]
    fn a_window_of_more_than_can_be_remembered_does_not_exist() {
        let period = Duration::from_secs(1);
        assert!(Quota::sliding(Quota::MAX_SLIDING, period).is_some_and(Quota::is_sliding));
        assert!(Quota::sliding(Quota::MAX_SLIDING + 1, period).is_none());
        assert!(Quota::sliding(0, period).is_none());
        assert!(Quota::new(1, period).is_some_and(|quota| !quota.is_sliding()));
    }
}
