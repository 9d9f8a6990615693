//! Which steps of the policy's flows a session has taken, when, and with which values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is remembered of a step: the newest calls, some of their values, and whether something was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct StepTrace {
    /// The turn of the first call; never forgotten.
    first: Option<u64>,
    /// The newest calls, by turn and digest.
    calls: BTreeSet<(u64, u64)>,
    /// Values and the turns in which they stood.
    values: BTreeSet<(u64, u64)>,
    /// Whether values were forgotten, or never looked at.
    full: bool,
}

impl StepTrace {
    /// Calls that are remembered: more than any rule may count.
    const CALLS: usize = 128;
    /// Values that are remembered.
    const VALUES: usize = 512;

    /// The turns of the calls that are remembered, oldest first: the very first, then the newest.
    pub fn turns(&self) -> impl Iterator<Item = u64> {
        let newest = self.calls.iter().map(|(turn, _)| *turn);
        let first = self.first.filter(|first| self.calls.first().is_none_or(|(turn, _)| turn > first));
        first.into_iter().chain(newest)
    }

    /// The turns of calls that had one of these values, oldest first.
    pub fn turns_with(&self, values: &BTreeSet<u64>) -> Vec<u64> {
        let known = |value: &u64| self.values.range((*value, 0)..=(*value, u64::MAX)).map(|(_, turn)| *turn);
        let turns: BTreeSet<u64> = values.iter().flat_map(known).collect();
        turns.into_iter().collect()
    }

    /// Whether values were forgotten: then any value may have been among them.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    // INVARIANT: the newest calls and the smallest values of a union are among those of its parts, so that merging
    // stays associative.
    fn merge(&mut self, other: &Self) {
        self.first = match (self.first, other.first) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.calls.extend(&other.calls);
        while self.calls.len() > Self::CALLS {
            self.calls.pop_first();
        }
        self.values.extend(&other.values);
        self.full |= other.full;
        while self.values.len() > Self::VALUES {
            self.values.pop_last();
            self.full = true;
        }
    }
}

/// The steps of a session, by their keys. Grows only. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Steps(Option<Arc<BTreeMap<u64, StepTrace>>>);

impl Steps {
    /// Steps that are remembered, the smallest keys of them. A policy has far fewer.
    const MAX: usize = 1024;

    pub(super) const fn new() -> Self {
        Self(None)
    }

    pub(super) fn get(&self, step: u64) -> Option<&StepTrace> {
        self.0.as_ref()?.get(&step)
    }

    pub(super) fn insert(&mut self, step: u64, turn: u64, call: u64, values: &BTreeSet<u64>, has_more: bool) {
        let trace = StepTrace {
            first: Some(turn),
            calls: BTreeSet::from([(turn, call)]),
            values: values.iter().map(|value| (*value, turn)).collect(),
            full: has_more,
        };
        self.add(step, &trace);
    }

    fn add(&mut self, step: u64, trace: &StepTrace) {
        let steps = Arc::make_mut(self.0.get_or_insert_default());
        steps.entry(step).or_default().merge(trace);
        if steps.len() > Self::MAX {
            steps.pop_last();
        }
    }

    pub(super) fn merge(&self, other: &Self) -> Self {
        let (Some(ours), Some(theirs)) = (&self.0, &other.0) else {
            return Self(self.0.as_ref().or(other.0.as_ref()).cloned());
        };
        if Arc::ptr_eq(ours, theirs) {
            return self.clone();
        }
        let mut merged = self.clone();
        for (step, trace) in theirs.iter() {
            merged.add(*step, trace);
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(turns: std::ops::Range<u64>) -> Steps {
        let mut steps = Steps::new();
        for turn in turns {
            let values = (0..8).map(|n| turn.wrapping_mul(31).wrapping_add(n)).collect();
            steps.insert(7, turn, turn, &values, false);
        }
        steps
    }

    #[test]
    fn steps_are_capped_alike_in_every_order() {
        let (one, two, three) = (steps(0..90), steps(50..300), steps(200..500));
        let all = one.merge(&two).merge(&three);
        assert_eq!(all, one.merge(&two.merge(&three)));
        assert_eq!(all, three.merge(&one).merge(&two));
        assert_eq!(all.merge(&all), all);
        let trace = all.get(7).unwrap();
        assert!(trace.is_full());
        assert_eq!(trace.turns().next(), Some(0));
        assert_eq!(trace.turns().last(), Some(499));
    }

    #[test]
    fn values_tell_their_turns() {
        let mut steps = Steps::new();
        steps.insert(1, 4, 9, &BTreeSet::from([70]), false);
        steps.insert(1, 6, 9, &BTreeSet::from([70, 71]), false);
        let trace = steps.get(1).unwrap();
        assert_eq!(trace.turns_with(&BTreeSet::from([70])), [4, 6]);
        assert_eq!(trace.turns_with(&BTreeSet::from([71, 99])), [6]);
        assert!(!trace.is_full() && steps.get(2).is_none());
    }
}
