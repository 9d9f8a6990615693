//! What is known of a session as a whole, and the law by which it grows.

use super::tools::{ToolFacts, Tools};
use crate::base::{Integrity, Label, Sensitivity, ServerId, ToolName};

/// Something that happened in a session, once and for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Flag {
    /// The session id was used before, and what came in then is no longer indexed: the session expired, or
    /// the host reset it and kept its floor.
    Returned = 1,
    /// Something left: an outbound text or a call with egress was let through.
    SentOut = 1 << 1,
    /// A planted token came back.
    CanarySeen = 1 << 2,
    /// The user said something.
    UserSpoke = 1 << 3,
}

/// A number that a session only ever raises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Counter {
    /// Records taken in since the session began, those that the index had no room for included.
    Records,
    /// Turns since the session began.
    Turns,
}

/// What is known of a session as a whole: how low its integrity has sunk, how sensitive it has become, what
/// happened in it.
///
/// A join-semilattice: [`SessionFacts::merge`] is commutative, associative and idempotent, and never makes
/// anything less strict. So merges need no order between threads, processes or machines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionFacts {
    floor: Label,
    unindexed: Option<Label>,
    flags: u8,
    records: u64,
    turns: u64,
    tools: Tools,
}

impl Default for SessionFacts {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionFacts {
    /// A session in which nothing has happened: the neutral element of [`SessionFacts::merge`].
    pub const fn new() -> Self {
        Self { floor: Label::NEUTRAL, unindexed: None, flags: 0, records: 0, turns: 0, tools: Tools::new() }
    }

    /// The same, after a text with this label came in.
    #[must_use]
    pub fn saw(mut self, label: Label) -> Self {
        self.floor = self.floor.join(label);
        self
    }

    /// The same, after a text with this label came in that the index does not hold.
    #[must_use]
    pub fn missed(mut self, label: Label) -> Self {
        // INVARIANT: the floor covers what was missed.
        self.unindexed = Some(self.unindexed.map_or(label, |known| known.join(label)));
        self.saw(label)
    }

    /// The same, after this happened.
    #[must_use]
    pub fn flag(mut self, flag: Flag) -> Self {
        self.flags |= flag as u8;
        self
    }

    /// The same, with this counter at `value` or above.
    #[must_use]
    pub fn reached(mut self, counter: Counter, value: u64) -> Self {
        let slot = match counter {
            Counter::Records => &mut self.records,
            Counter::Turns => &mut self.turns,
        };
        *slot = (*slot).max(value);
        self
    }

    /// The same, after `server` described this tool.
    #[must_use]
    pub fn described(mut self, server: Option<ServerId>, tool: ToolName, facts: ToolFacts) -> Self {
        self.tools.insert(server, tool, facts);
        self
    }

    /// What `server` said of this tool.
    pub fn tool(&self, server: Option<&ServerId>, tool: &ToolName) -> Option<&ToolFacts> {
        self.tools.get(server, tool)
    }

    /// Both together: the lower integrity, the higher sensitivity, either's flags, the higher counters.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        Self {
            floor: self.floor.join(other.floor),
            unindexed: match (self.unindexed, other.unindexed) {
                (Some(one), Some(two)) => Some(one.join(two)),
                (one, two) => one.or(two),
            },
            flags: self.flags | other.flags,
            records: self.records.max(other.records),
            turns: self.turns.max(other.turns),
            tools: self.tools.merge(&other.tools),
        }
    }

    /// What outlives the session's expiry, or a reset that keeps the floor.
    ///
    /// The index is gone, so whatever came in counts as missed. A session that never saw anything below
    /// trusted, nothing above public, and no flag leaves nothing behind.
    #[must_use]
    pub fn survivors(&self) -> Self {
        // What the user said before is no request any more.
        let flags = self.flags & !(Flag::UserSpoke as u8);
        let bare = Self { floor: self.floor, flags, ..Self::new() };
        if bare == Self::new() { bare } else { bare.missed(self.floor).flag(Flag::Returned) }
    }

    /// The lowest integrity of everything that came in; trusted while nothing did.
    pub const fn integrity(&self) -> Integrity {
        self.floor.integrity()
    }

    /// The highest sensitivity of everything that came in; public while nothing did.
    pub const fn sensitivity(&self) -> Sensitivity {
        self.floor.sensitivity()
    }

    /// Both: what a value is labelled with when nothing better is known of it.
    pub const fn floor(&self) -> Label {
        self.floor
    }

    /// Whether anything untrusted or worse came in.
    pub fn untrusted_seen(&self) -> bool {
        self.floor.integrity() <= Integrity::Untrusted
    }

    /// The label of what came in and is not in the index, when there is such a thing. While it is `Some`, a key
    /// that the index does not have may still come from there.
    pub const fn unindexed(&self) -> Option<Label> {
        self.unindexed
    }

    /// Whether something came in that the index does not hold.
    pub const fn saturated(&self) -> bool {
        self.unindexed.is_some()
    }

    /// Whether this happened.
    pub const fn has(&self, flag: Flag) -> bool {
        self.flags & flag as u8 != 0
    }

    /// The counter's value.
    pub const fn counter(&self, counter: Counter) -> u64 {
        match counter {
            Counter::Records => self.records,
            Counter::Turns => self.turns,
        }
    }

    /// Floor and flags in two bytes, for a ledger of sessions that are gone.
    pub(super) const fn pack(&self) -> u16 {
        (self.flags as u16) << 8 | (self.floor.integrity() as u16) << 4 | self.floor.sensitivity() as u16
    }

    /// What [`SessionFacts::pack`] packed. Bits that mean nothing read as the strictest.
    pub(super) fn unpack(packed: u16) -> Self {
        let integrity = match packed >> 4 & 0xf {
            1 => Integrity::Untrusted,
            2 => Integrity::Internal,
            3 => Integrity::Trusted,
            _ => Integrity::Hostile,
        };
        let sensitivity = match packed & 0xf {
            0 => Sensitivity::Public,
            1 => Sensitivity::Internal,
            _ => Sensitivity::Sensitive,
        };
        let [flags, _] = packed.to_be_bytes();
        Self { floor: Label::new(integrity, sensitivity), flags, ..Self::new() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Digest;

    pub(crate) fn label() -> impl Strategy<Value = Label> {
        let integrity = prop::sample::select(vec![
            Integrity::Hostile,
            Integrity::Untrusted,
            Integrity::Internal,
            Integrity::Trusted,
        ]);
        let sensitivity =
            prop::sample::select(vec![Sensitivity::Public, Sensitivity::Internal, Sensitivity::Sensitive]);
        (integrity, sensitivity).prop_map(|(integrity, sensitivity)| Label::new(integrity, sensitivity))
    }

    pub(crate) fn facts() -> impl Strategy<Value = SessionFacts> {
        let tools = prop::collection::vec((0..3_u8, 0..3_u8, 0..8_u8, any::<bool>()), 0..4);
        (label(), prop::option::of(label()), 0..16_u8, 0..50_u64, 0..50_u64, tools).prop_map(
            |(floor, missed, flags, records, turns, tools)| {
                let facts = SessionFacts { flags, ..SessionFacts::new() }
                    .saw(floor)
                    .reached(Counter::Records, records)
                    .reached(Counter::Turns, turns);
                let facts = tools.into_iter().fold(facts, |facts, (name, definition, claims, refused)| {
                    let tool = ToolFacts::new(Digest::from_bytes([definition; 32]), claims);
                    let tool = if refused { tool.refused() } else { tool };
                    facts.described(None, ToolName::new(&format!("tool{name}")).unwrap(), tool)
                });
                match missed {
                    Some(label) => facts.missed(label),
                    None => facts,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn merging_is_commutative_associative_and_idempotent(a in facts(), b in facts(), c in facts()) {
            prop_assert_eq!(a.merge(&b), b.merge(&a));
            prop_assert_eq!(a.merge(&b).merge(&c), a.merge(&b.merge(&c)));
            prop_assert_eq!(a.merge(&a), a.clone());
            prop_assert_eq!(a.merge(&SessionFacts::new()), a);
        }

        #[test]
        fn merging_only_makes_stricter(a in facts(), b in facts()) {
            let both = a.merge(&b);
            prop_assert!(both.integrity() <= a.integrity());
            prop_assert!(both.sensitivity() >= a.sensitivity());
            prop_assert!(both.saturated() >= a.saturated());
            prop_assert!(both.untrusted_seen() >= a.untrusted_seen());
            prop_assert!(both.counter(Counter::Turns) >= a.counter(Counter::Turns));
        }

        #[test]
        fn the_floor_covers_what_the_index_missed(a in facts(), b in facts()) {
            let both = a.merge(&b);
            if let Some(missed) = both.unindexed() {
                prop_assert_eq!(both.floor().join(missed), both.floor());
            }
        }

        #[test]
        fn what_survives_is_as_strict_and_survives_again(a in facts()) {
            let left = a.survivors();
            prop_assert_eq!(left.floor(), a.floor());
            prop_assert_eq!(left.survivors(), left.clone());
            prop_assert_eq!(SessionFacts::unpack(left.pack()).survivors(), left);
        }
    }

    #[test]
    fn a_session_that_saw_only_trusted_public_text_leaves_nothing_behind() {
        let facts = SessionFacts::new().saw(Label::NEUTRAL).reached(Counter::Records, 4);
        assert_eq!(facts.survivors(), SessionFacts::new());
    }
}
