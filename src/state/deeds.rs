//! What the user asked for in a session, message by message, and what was done of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one message asks for. Which kind is which is L4's business.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Wish {
    /// How often it asks for one of these kinds, one bit each; [`Wish::ANY`] where it says no number.
    asked: BTreeMap<u16, u8>,
    /// The kinds that it asks for in words that choose among records.
    pub(crate) chosen: u16,
}

impl Wish {
    /// Any number of times.
    pub(crate) const ANY: u8 = u8::MAX;

    /// Asks for one of these kinds so many times more.
    pub(crate) fn add(&mut self, kinds: u16, times: u8) {
        if kinds != 0 {
            let known = self.asked.entry(kinds).or_default();
            *known = known.saturating_add(times);
        }
    }

    /// The kinds that it asks for.
    pub(crate) fn asked(&self) -> u16 {
        self.asked.keys().fold(0, |all, kinds| all | kinds)
    }

    fn merge(&mut self, other: &Self) {
        for (kinds, times) in &other.asked {
            let known = self.asked.entry(*kinds).or_default();
            *known = (*known).max(*times);
        }
        self.chosen |= other.chosen;
    }

    /// How often it asks for any of these kinds; nothing where it says no number.
    pub(crate) fn times(&self, kinds: u16) -> Option<u32> {
        let asked = self.asked.iter().filter(|(of, _)| *of & kinds != 0);
        asked.map(|(_, times)| (*times != Self::ANY).then_some(u32::from(*times))).sum()
    }
}

/// What is left of the user's wishes of some kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Left {
    /// Nobody asked for it.
    Nothing,
    /// It was asked for, and done as often.
    Spent,
    /// It may be done once more.
    Some,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Log {
    /// By the number of turns before the message.
    wishes: BTreeMap<u64, Wish>,
    /// Calls that were let through: the number of turns before, their kinds, their digest.
    done: BTreeSet<(u64, u16, u64)>,
    /// The newest call that was forgotten.
    forgotten: Option<u64>,
}

/// Wishes and deeds of a session. Grows only. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Deeds(Option<Arc<Log>>);

impl Deeds {
    /// Messages that are remembered: the newest that asked for something.
    const WISHES: usize = 64;
    /// Calls that are remembered, the newest.
    const DONE: usize = 512;

    pub(super) const fn new() -> Self {
        Self(None)
    }

    pub(super) fn wish(&mut self, turn: u64, wish: &Wish) {
        let log = Log { wishes: BTreeMap::from([(turn, wish.clone())]), ..Log::default() };
        self.add(&log);
    }

    pub(super) fn did(&mut self, turn: u64, kinds: u16, call: u64) {
        let log = Log { done: BTreeSet::from([(turn, kinds, call)]), ..Log::default() };
        self.add(&log);
    }

    // INVARIANT: the newest of a union are among the newest of its parts, and what is forgotten of a part is forgotten
    // of the whole, so that merging stays associative.
    fn add(&mut self, other: &Log) {
        let log = Arc::make_mut(self.0.get_or_insert_default());
        for (turn, wish) in &other.wishes {
            log.wishes.entry(*turn).or_default().merge(wish);
        }
        while log.wishes.len() > Self::WISHES {
            log.wishes.pop_first();
        }
        log.done.extend(&other.done);
        log.forgotten = log.forgotten.max(other.forgotten);
        while log.done.len() > Self::DONE {
            let oldest = log.done.pop_first().map(|(turn, ..)| turn);
            log.forgotten = log.forgotten.max(oldest);
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
        merged.add(theirs);
        merged
    }

    /// The kinds that were asked for, in any message, and those that were in words that choose among records.
    pub(super) fn asked(&self) -> (u16, u16) {
        let wishes = self.0.iter().flat_map(|log| log.wishes.values());
        wishes.fold((0, 0), |(asked, chosen), wish| (asked | wish.asked(), chosen | wish.chosen))
    }

    /// Whether a call of these kinds is one that the user's wishes still cover. A wish without a number ends with the
    /// next message that asks for something, once something was done; one with a number when it was done as often.
    pub(super) fn left(&self, kinds: u16) -> Left {
        let Some(log) = &self.0 else { return Left::Nothing };
        let (mut asked, mut left, mut any, mut used) = (false, 0_u32, false, false);
        // Calls of these kinds and no others: what `add` and `send` did together is charged to neither alone.
        let mut done =
            log.done.iter().filter(|(_, of, _)| of & !kinds == 0).map(|(turn, ..)| *turn).peekable();
        let mut until = |turn: Option<u64>, left: &mut u32, used: &mut bool| {
            while done.next_if(|done| turn.is_none_or(|turn| *done < turn)).is_some() {
                *used = true;
                *left = left.saturating_sub(1);
            }
        };
        for (turn, wish) in &log.wishes {
            until(Some(*turn), &mut left, &mut used);
            any &= !used;
            match wish.times(kinds) {
                Some(0) => continue,
                Some(times) => left = left.saturating_add(times),
                None => any = true,
            }
            (asked, used) = (true, false);
            // SECURITY: where calls were forgotten, what was asked before them counts as done.
            if log.forgotten.is_some_and(|forgotten| *turn <= forgotten) {
                left = 0;
            }
        }
        until(None, &mut left, &mut used);
        match (asked, any || left > 0) {
            (_, true) => Left::Some,
            (true, false) => Left::Spent,
            (false, false) => Left::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(kind: u32, times: u8) -> Wish {
        let mut wish = Wish::default();
        wish.add(1 << kind, times);
        wish
    }

    #[test]
    fn one_is_one_and_any_number_ends_with_the_next_task() {
        let mut deeds = Deeds::new();
        assert_eq!(deeds.left(1), Left::Nothing);
        deeds.wish(0, &wish(0, 1));
        assert_eq!((deeds.left(1), deeds.left(2)), (Left::Some, Left::Nothing));
        deeds.did(1, 1, 7);
        assert_eq!(deeds.left(1), Left::Spent);
        deeds.wish(5, &wish(0, Wish::ANY));
        deeds.did(6, 1, 8);
        deeds.did(7, 1, 8);
        assert_eq!(deeds.left(1), Left::Some);
        deeds.wish(9, &wish(3, 1));
        assert_eq!((deeds.left(1), deeds.left(8)), (Left::Spent, Left::Some));
    }

    #[test]
    fn what_was_not_done_yet_is_still_wanted() {
        let mut deeds = Deeds::new();
        deeds.wish(0, &wish(0, 1));
        deeds.wish(1, &wish(1, 1));
        deeds.did(2, 2, 1);
        assert_eq!((deeds.left(1), deeds.left(2), deeds.left(3)), (Left::Some, Left::Spent, Left::Some));
        deeds.wish(3, &wish(4, Wish::ANY));
        assert_eq!(deeds.left(1), Left::Some);
    }

    #[test]
    fn they_are_capped_alike_in_every_order() {
        let some = |turns: std::ops::Range<u64>| {
            let mut deeds = Deeds::new();
            for turn in turns {
                deeds.did(turn, 1, turn);
                if turn % 3 == 0 {
                    deeds.wish(turn, &wish(u32::try_from(turn % 5).unwrap(), 2));
                }
            }
            deeds
        };
        let (one, two, three) = (some(0..400), some(200..900), some(800..1200));
        let all = one.merge(&two).merge(&three);
        assert_eq!(all, three.merge(&one.merge(&two)));
        assert_eq!(all, three.merge(&two).merge(&one));
        assert_eq!(all.merge(&all), all);
    }

    #[test]
    fn what_was_forgotten_counts_as_done() {
        let mut deeds = Deeds::new();
        deeds.wish(0, &wish(0, 250));
        for turn in 1..900 {
            deeds.did(turn, 2, turn);
        }
        assert_eq!(deeds.left(1), Left::Spent);
    }
}
