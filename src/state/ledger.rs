//! What is left of sessions that are gone, so that an id which comes back starts as strict as it ended.
//!
//! Exact up to a cap; beyond it, ids share a fixed number of floors. Then a new session may start stricter than
//! it must, never laxer, and the ledger still takes no more memory.

use std::collections::HashMap;

use super::SessionFacts;

const SHARED: usize = 1 << 12;

#[derive(Default)]
pub(super) struct Ledger {
    exact: HashMap<u64, u16>,
    shared: Vec<u16>,
}

impl Ledger {
    /// What a session with this hash starts with. Two ids of one hash share their floors.
    pub(super) fn facts(&self, hash: u64) -> SessionFacts {
        let own = self.exact.get(&hash).copied();
        let shared = self.shared.get(share(hash)).copied();
        [own, shared]
            .into_iter()
            .flatten()
            .fold(SessionFacts::new(), |facts, packed| facts.merge(&SessionFacts::unpack(packed)))
            .survivors()
    }

    /// Notes what a session leaves behind.
    pub(super) fn note(&mut self, hash: u64, facts: &SessionFacts, cap: usize) {
        let left = facts.survivors();
        if left == SessionFacts::new() {
            return;
        }
        let join = |packed: u16| SessionFacts::unpack(packed).merge(&left).pack();
        if let Some(known) = self.exact.get_mut(&hash) {
            *known = join(*known);
        } else if self.exact.len() < cap {
            self.exact.insert(hash, left.pack());
        } else {
            self.shared.resize(SHARED, SessionFacts::new().pack());
            if let Some(known) = self.shared.get_mut(share(hash)) {
                *known = join(*known);
            }
        }
    }

    /// Forgets a session, as far as it does not share its floor.
    pub(super) fn forget(&mut self, hash: u64) {
        self.exact.remove(&hash);
    }
}

/// The highest bits chose the shard, so the lowest choose here.
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits count")]
const fn share(hash: u64) -> usize {
    hash as usize % SHARED
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::facts::tests::facts;
    use super::*;

    proptest! {
        #[test]
        fn a_full_ledger_still_remembers_every_floor(
            gone in prop::collection::vec((any::<u64>(), facts()), 1..40),
            cap in 0..10_usize,
        ) {
            let mut ledger = Ledger::default();
            for (hash, facts) in &gone {
                ledger.note(*hash, facts, cap);
            }
            for (hash, facts) in &gone {
                let start = ledger.facts(*hash);
                prop_assert_eq!(start.merge(&facts.survivors()), start);
            }
        }
    }

    #[test]
    fn an_id_that_was_never_seen_starts_clean() {
        let mut ledger = Ledger::default();
        ledger.note(1, &SessionFacts::new().saw(crate::base::Source::web("").label()), 8);
        assert_eq!(ledger.facts(2), SessionFacts::new());
        assert!(ledger.facts(1).untrusted_seen());
        ledger.forget(1);
        assert_eq!(ledger.facts(1), SessionFacts::new());
    }
}
