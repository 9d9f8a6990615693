//! Which canaries a session has planted, how much of each has gone out, and to whom it has written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::CanaryPlace;

/// A canary that a session has planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Planted<'a> {
    /// Where.
    pub place: &'a CanaryPlace,
    /// The how-many-eth of that place, counted from 1.
    pub generation: u32,
    /// Which of its characters have gone out so far, one bit each, the first in the lowest.
    pub leaked: u32,
}

/// The canaries of a session. Grows only: what was planted stays watched, what went out stays gone. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Canaries(Option<Arc<BTreeMap<(CanaryPlace, u32), u32>>>);

impl Canaries {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Planted<'_>> {
        self.0.iter().flat_map(|known| known.iter()).map(|((place, generation), leaked)| Planted {
            place,
            generation: *generation,
            leaked: *leaked,
        })
    }

    pub(super) fn insert(&mut self, place: CanaryPlace, generation: u32, leaked: u32) {
        *Arc::make_mut(self.0.get_or_insert_default()).entry((place, generation)).or_default() |= leaked;
    }

    pub(super) fn merge(&self, other: &Self) -> Self {
        let (Some(ours), Some(theirs)) = (&self.0, &other.0) else {
            return Self(self.0.as_ref().or(other.0.as_ref()).cloned());
        };
        if Arc::ptr_eq(ours, theirs) {
            return self.clone();
        }
        let mut merged = self.clone();
        for canary in other.iter() {
            merged.insert(canary.place.clone(), canary.generation, canary.leaked);
        }
        merged
    }
}

/// Fingerprints of those whom a session has written to. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Recipients(Option<Arc<BTreeSet<u64>>>);

impl Recipients {
    /// How many are remembered. Beyond it some of those known count as new again.
    // INVARIANT: the smallest are kept. The smallest of a union are among the smallest of its parts, so that
    // merging stays associative; keeping the first that came would not be.
    const MAX: usize = 1024;

    pub(super) const fn new() -> Self {
        Self(None)
    }

    pub(super) fn contains(&self, recipient: u64) -> bool {
        self.0.as_ref().is_some_and(|known| known.contains(&recipient))
    }

    pub(super) fn insert(&mut self, recipient: u64) {
        let known = Arc::make_mut(self.0.get_or_insert_default());
        known.insert(recipient);
        if known.len() > Self::MAX {
            known.pop_last();
        }
    }

    pub(super) fn merge(&self, other: &Self) -> Self {
        let (Some(ours), Some(theirs)) = (&self.0, &other.0) else {
            return Self(self.0.as_ref().or(other.0.as_ref()).cloned());
        };
        if theirs.is_subset(ours) {
            return self.clone();
        }
        Self(Some(Arc::new(ours.union(theirs).copied().take(Self::MAX).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_capped_alike_in_every_order() {
        let of = |range: std::ops::Range<u64>| {
            let mut known = Recipients::new();
            range.rev().for_each(|n| known.insert(n));
            known
        };
        let (one, two, three) = (of(0..900), of(500..1500), of(200..2000));
        let all = one.merge(&two).merge(&three);
        assert_eq!(all, one.merge(&two.merge(&three)));
        assert_eq!(all, three.merge(&one).merge(&two));
        assert_eq!(all, of(0..2000));
        assert!(all.contains(1023) && !all.contains(1024));
    }
}
