//! Clocks, entropy and stores that do as they are told, for tests that need the same run twice or a failure on
//! command.
//!
//! Not for production: what is made here can be foreseen.

pub mod fuzz;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::base::{
    Clock, ClockError, Entropy, EntropyError, HeldId, Moment, Nonce, Quota, RecordId, SessionId, sha256,
};
use crate::state::{
    Acquired, Claim, Held, Hits, Key, Keys, MessageRef, QuotaKey, Reset, Segment, SessionFacts, StateStore,
    StoreError, Turn, TurnEvent,
};

/// A clock that stands still until it is told to go on. Clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Arc<Mutex<Moment>>);

impl ManualClock {
    /// A clock that stands at this moment.
    pub fn at(moment: Moment) -> Self {
        Self(Arc::new(Mutex::new(moment)))
    }

    /// Lets both wall and monotonic time go on by `time`.
    pub fn advance(&self, time: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        *now = Moment::new(now.unix_ms.saturating_add(ms), now.mono_ns.saturating_add(ns));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Result<Moment, ClockError> {
        Ok(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A clock that cannot tell the time.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct BrokenClock;

impl BrokenClock {
    /// A clock that cannot tell the time.
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for BrokenClock {
    fn now(&self) -> Result<Moment, ClockError> {
        Err(ClockError::new())
    }
}

/// Bytes that look random and are the same in every run with the same seed.
#[derive(Debug, Default)]
pub struct FixedEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl FixedEntropy {
    /// The bytes of this seed, from the first.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }

    fn block(&self) -> [u8; 32] {
        let n = self.drawn.fetch_add(1, Ordering::Relaxed);
        *sha256(&[&self.seed.to_be_bytes(), &n.to_be_bytes()]).as_bytes()
    }
}

impl Entropy for FixedEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in out.chunks_mut(32) {
            chunk.iter_mut().zip(self.block()).for_each(|(byte, drawn)| *byte = drawn);
        }
        Ok(())
    }
}

/// A source of entropy that has run dry.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct EmptyEntropy;

impl EmptyEntropy {
    /// A source that has run dry.
    pub const fn new() -> Self {
        Self
    }
}

impl Entropy for EmptyEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError::new())
    }
}

/// A verb of [`StateStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the verb of its name")]
pub enum StoreVerb {
    Facts,
    Merge,
    Append,
    Lookup,
    Segment,
    NextTurn,
    Message,
    Hold,
    TakeHeld,
    Acquire,
    Peek,
    ClaimOnce,
    Reset,
}

impl StoreVerb {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Facts,
        Self::Merge,
        Self::Append,
        Self::Lookup,
        Self::Segment,
        Self::NextTurn,
        Self::Message,
        Self::Hold,
        Self::TakeHeld,
        Self::Acquire,
        Self::Peek,
        Self::ClaimOnce,
        Self::Reset,
    ];
}

/// A store that fails when it is told to: on chosen verbs, without effect; or at random, before the effect or
/// after it, as a remote one does whose answer gets lost.
#[derive(Debug)]
pub struct FlakyStore<S> {
    inner: S,
    broken: Mutex<BTreeSet<StoreVerb>>,
    chance: Mutex<Option<(FixedEntropy, u8)>>,
}

impl<S> FlakyStore<S> {
    /// A store that works as well as `inner`.
    pub const fn new(inner: S) -> Self {
        Self { inner, broken: Mutex::new(BTreeSet::new()), chance: Mutex::new(None) }
    }

    /// From now on, calls fail at random: each with a probability of `share / 256`.
    pub fn fail_at_random(&self, seed: u64, share: u8) {
        *self.chance.lock().unwrap_or_else(PoisonError::into_inner) = Some((FixedEntropy::new(seed), share));
    }

    /// From now on, these verbs fail and the others do not.
    pub fn fail(&self, verbs: &[StoreVerb]) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = verbs.iter().copied().collect();
    }

    /// The store behind it, which does not fail.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    fn call<R>(
        &self,
        verb: StoreVerb,
        act: impl FnOnce(&S) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        if self.broken.lock().unwrap_or_else(PoisonError::into_inner).contains(&verb) {
            return Err(StoreError::Unavailable);
        }
        let (dice, late) = match &*self.chance.lock().unwrap_or_else(PoisonError::into_inner) {
            None => (false, false),
            Some((entropy, share)) => {
                let [dice, late, ..] = entropy.block();
                (dice < *share, late % 2 == 1)
            }
        };
        if !dice {
            return act(&self.inner);
        }
        if late {
            act(&self.inner)?;
        }
        Err(StoreError::Unavailable)
    }
}

impl<S: StateStore> StateStore for FlakyStore<S> {
    fn facts(&self, id: &SessionId, now: Moment) -> Result<Arc<SessionFacts>, StoreError> {
        self.call(StoreVerb::Facts, |store| store.facts(id, now))
    }

    fn merge(&self, id: &SessionId, delta: &SessionFacts, now: Moment) -> Result<(), StoreError> {
        self.call(StoreVerb::Merge, |store| store.merge(id, delta, now))
    }

    fn append(&self, id: &SessionId, segment: Segment, keys: &Keys, now: Moment) -> Result<(), StoreError> {
        self.call(StoreVerb::Append, |store| store.append(id, segment, keys, now))
    }

    fn lookup(&self, id: &SessionId, keys: &[Key], now: Moment, out: &mut Hits) -> Result<(), StoreError> {
        self.call(StoreVerb::Lookup, |store| store.lookup(id, keys, now, out))
    }

    fn segment(
        &self,
        id: &SessionId,
        record: RecordId,
        now: Moment,
    ) -> Result<Option<Arc<Segment>>, StoreError> {
        self.call(StoreVerb::Segment, |store| store.segment(id, record, now))
    }

    fn next_turn(&self, id: &SessionId, event: TurnEvent, now: Moment) -> Result<Turn, StoreError> {
        self.call(StoreVerb::NextTurn, |store| store.next_turn(id, event, now))
    }

    fn message(&self, id: &SessionId, message: MessageRef, now: Moment) -> Result<Option<Turn>, StoreError> {
        self.call(StoreVerb::Message, |store| store.message(id, message, now))
    }

    fn hold(&self, id: &SessionId, content: Held, now: Moment) -> Result<HeldId, StoreError> {
        self.call(StoreVerb::Hold, |store| store.hold(id, content, now))
    }

    fn take_held(&self, id: &SessionId, held: HeldId, now: Moment) -> Result<Option<Held>, StoreError> {
        self.call(StoreVerb::TakeHeld, |store| store.take_held(id, held, now))
    }

    fn acquire(&self, key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Result<Acquired, StoreError> {
        self.call(StoreVerb::Acquire, |store| store.acquire(key, quota, cost, now))
    }

    fn peek(&self, key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Result<Acquired, StoreError> {
        self.call(StoreVerb::Peek, |store| store.peek(key, quota, cost, now))
    }

    fn claim_once(&self, nonce: &Nonce, ttl: Duration, now: Moment) -> Result<Claim, StoreError> {
        self.call(StoreVerb::ClaimOnce, |store| store.claim_once(nonce, ttl, now))
    }

    fn reset(&self, id: &SessionId, how: Reset, now: Moment) -> Result<(), StoreError> {
        self.call(StoreVerb::Reset, |store| store.reset(id, how, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Label;
    use crate::state::MemoryStore;

    #[test]
    fn fixed_entropy_repeats_itself_and_seeds_differ() {
        let draw = |entropy: &FixedEntropy| {
            let mut out = [0; 50];
            entropy.fill(&mut out).unwrap();
            out
        };
        let one = FixedEntropy::new(1);
        let first = draw(&one);
        assert_eq!(first, draw(&FixedEntropy::new(1)));
        assert_ne!(first, draw(&one));
        assert_ne!(first, draw(&FixedEntropy::new(2)));
    }

    #[test]
    fn clones_of_a_manual_clock_show_one_time() {
        let clock = ManualClock::default();
        let other = clock.clone();
        clock.advance(Duration::from_millis(5));
        assert_eq!(other.now(), Ok(Moment::new(5, 5_000_000)));
    }

    #[test]
    fn a_flaky_store_fails_on_the_chosen_verbs_only_and_heals() {
        let store = FlakyStore::new(MemoryStore::default());
        let (id, now) = (SessionId::new("s").unwrap(), Moment::default());
        store.fail(&[StoreVerb::Merge]);
        assert_eq!(store.merge(&id, &SessionFacts::new(), now), Err(StoreError::Unavailable));
        assert!(store.facts(&id, now).is_ok());
        store.fail(&[]);
        assert_eq!(store.merge(&id, &SessionFacts::new(), now), Ok(()));
    }

    #[test]
    fn a_store_that_fails_at_random_does_so_before_and_after_the_effect() {
        let store = FlakyStore::new(MemoryStore::default());
        store.fail_at_random(1, 128);
        let now = Moment::default();
        let (mut done, mut lost, mut late) = (0, 0, 0);
        for n in 0..200 {
            let id = SessionId::new(&format!("s{n}")).unwrap();
            let told = store.merge(&id, &SessionFacts::new().missed(Label::NEUTRAL), now).is_ok();
            let there = store.inner().facts(&id, now).unwrap().saturated();
            match (told, there) {
                (true, true) => done += 1,
                (false, false) => lost += 1,
                (false, true) => late += 1,
                (true, false) => panic!("acknowledged and not there"),
            }
        }
        assert!(done > 60 && lost > 20 && late > 20, "{done} {lost} {late}");
    }
}
