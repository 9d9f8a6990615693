//! What is known of a session as a whole, and the law by which it grows.

use std::collections::BTreeSet;

use super::canaries::{Canaries, Planted, Recipients};
use super::deeds::{Deeds, Left, Wish};
use super::steps::{StepTrace, Steps};
use super::tools::{ToolFacts, Tools};
use crate::base::{CanaryPlace, Integrity, Label, Sensitivity, ServerId, ToolName};

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
    /// An outbound check stopped a leak.
    Escalated = 1 << 4,
}

/// A number that a session only ever raises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Counter {
    /// Records taken in since the session began, those that the index had no room for included.
    Records,
    /// Turns since the session began.
    Turns,
    /// Texts that came in and were suspect, or worse.
    Suspects,
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
    suspects: u64,
    tools: Tools,
    canaries: Canaries,
    recipients: Recipients,
    deeds: Deeds,
    steps: Steps,
}

impl Default for SessionFacts {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionFacts {
    /// A session in which nothing has happened: the neutral element of [`SessionFacts::merge`].
    pub const fn new() -> Self {
        Self {
            floor: Label::NEUTRAL,
            unindexed: None,
            flags: 0,
            records: 0,
            turns: 0,
            suspects: 0,
            tools: Tools::new(),
            canaries: Canaries::new(),
            recipients: Recipients::new(),
            deeds: Deeds::new(),
            steps: Steps::new(),
        }
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

    /// The same, after the user asked for this when so many turns had passed.
    #[must_use]
    pub(crate) fn wished(mut self, turn: u64, wish: &Wish) -> Self {
        self.deeds.wish(turn, wish);
        self
    }

    /// The same, after a call of these kinds with this digest, when so many turns had passed.
    #[must_use]
    pub(crate) fn did(mut self, turn: u64, kinds: u16, call: u64) -> Self {
        self.deeds.did(turn, kinds, call);
        self
    }

    /// The kinds of things that the user asked for, one bit each, and those that they asked for in words that choose
    /// among records: which is which is L4's business.
    pub(crate) fn wishes(&self) -> (u16, u16) {
        self.deeds.asked()
    }

    /// Whether the user's wishes still cover a call of these kinds.
    pub(crate) fn left(&self, kinds: u16) -> Left {
        self.deeds.left(kinds)
    }

    /// The same, with this counter at `value` or above.
    #[must_use]
    pub fn reached(mut self, counter: Counter, value: u64) -> Self {
        let slot = match counter {
            Counter::Records => &mut self.records,
            Counter::Turns => &mut self.turns,
            Counter::Suspects => &mut self.suspects,
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

    /// The same, after the how-many-eth canary of this place was planted, and after these of its characters went
    /// out (one bit each, the first in the lowest; 0 where none did).
    #[must_use]
    pub fn planted(mut self, place: CanaryPlace, generation: u32, leaked: u32) -> Self {
        self.canaries.insert(place, generation, leaked);
        self
    }

    /// Every canary that was planted, by place and generation.
    pub fn canaries(&self) -> impl Iterator<Item = Planted<'_>> {
        self.canaries.iter()
    }

    /// The same, after something was sent to the recipient with this keyed fingerprint.
    #[must_use]
    pub fn wrote_to(mut self, recipient: u64) -> Self {
        self.recipients.insert(recipient);
        self
    }

    /// The same, after a call that is this step of a flow, with these values and perhaps others: in which turn, and by
    /// which digest.
    #[must_use]
    pub fn took(mut self, step: u64, turn: u64, call: u64, values: &BTreeSet<u64>, has_more: bool) -> Self {
        self.steps.insert(step, turn, call, values, has_more);
        self
    }

    /// What is remembered of this step of a flow; `None` where it was never taken.
    pub fn step(&self, step: u64) -> Option<&StepTrace> {
        self.steps.get(step)
    }

    /// Whether something was sent to this recipient. Of very many, not all are remembered.
    pub fn has_written_to(&self, recipient: u64) -> bool {
        self.recipients.contains(recipient)
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
            suspects: self.suspects.max(other.suspects),
            tools: self.tools.merge(&other.tools),
            canaries: self.canaries.merge(&other.canaries),
            recipients: self.recipients.merge(&other.recipients),
            deeds: self.deeds.merge(&other.deeds),
            steps: self.steps.merge(&other.steps),
        }
    }

    /// What outlives the session's expiry.
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

    /// What outlives a reset that keeps the floor: the same, and the canaries, because the model may still know
    /// the prompt that they stand in.
    #[must_use]
    pub fn after_reset(&self) -> Self {
        Self { canaries: self.canaries.clone(), ..self.survivors() }
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
            Counter::Suspects => self.suspects,
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
        let canaries = prop::collection::vec((0..2_u8, 1..3_u32, any::<u32>()), 0..4);
        let sent = prop::collection::vec(0..9_u64, 0..4);
        let floors = (label(), prop::option::of(label()));
        (floors, 0..32_u8, any::<u16>(), 0..50_u64, 0..50_u64, tools, canaries, sent).prop_map(
            |((floor, missed), flags, asked, records, turns, tools, canaries, sent)| {
                let [times, chosen] = asked.to_le_bytes();
                let mut wish = Wish::default();
                wish.add(1 | asked, times);
                wish.chosen = chosen.into();
                let facts = SessionFacts { flags, ..SessionFacts::new() }
                    .wished(turns, &wish)
                    .did(records, asked, 7)
                    .saw(floor)
                    .reached(Counter::Records, records)
                    .reached(Counter::Turns, turns)
                    .reached(Counter::Suspects, turns / 2);
                let facts = tools.into_iter().fold(facts, |facts, (name, definition, claims, refused)| {
                    let tool = ToolFacts::new(Digest::from_bytes([definition; 32]), claims);
                    let tool = if refused { tool.refused() } else { tool };
                    facts.described(None, ToolName::new(&format!("tool{name}")).unwrap(), tool)
                });
                let facts = canaries.into_iter().fold(facts, |facts, (place, generation, leaked)| {
                    facts.planted(CanaryPlace::new(&format!("place{place}")).unwrap(), generation, leaked)
                });
                let facts = sent.iter().fold(facts, |facts, at| {
                    facts.took(at % 3, *at, at ^ 5, &BTreeSet::from([at / 2]), at % 4 == 3)
                });
                let facts = sent.into_iter().fold(facts, SessionFacts::wrote_to);
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
            for flag in FLAGS {
                prop_assert!(both.has(flag) >= a.has(flag));
            }
            for canary in a.canaries() {
                let known = |other: &Planted<'_>| {
                    (other.place, other.generation) == (canary.place, canary.generation)
                        && other.leaked & canary.leaked == canary.leaked
                };
                prop_assert!(both.canaries().any(|other| known(&other)));
            }
            prop_assert!((0..9).all(|n| both.has_written_to(n) >= a.has_written_to(n)));
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

        #[test]
        fn a_reset_keeps_what_survives_and_the_canaries(a in facts()) {
            let left = a.after_reset();
            prop_assert_eq!(left.survivors(), a.survivors());
            prop_assert_eq!(left.after_reset(), left.clone());
            prop_assert!(left.canaries().eq(a.canaries()));
            prop_assert!(!(0..9).any(|n| left.has_written_to(n)));
        }
    }

    const FLAGS: [Flag; 5] =
        [Flag::Returned, Flag::SentOut, Flag::CanarySeen, Flag::UserSpoke, Flag::Escalated];

    #[test]
    fn a_session_that_saw_only_trusted_public_text_leaves_nothing_behind() {
        let facts = SessionFacts::new().saw(Label::NEUTRAL).reached(Counter::Records, 4);
        assert_eq!(facts.survivors(), SessionFacts::new());
    }
}
