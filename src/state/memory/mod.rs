//! The store in this process's memory.
//!
//! Sixty-four shards, each behind its own lock; a session's index behind one more, which is never taken while
//! the shard's is held. Under a lock there is arithmetic and insertion, never the host's code. A lock that a
//! panic poisoned stays poisoned: its data may be half written.
//!
//! Bounded in every direction. A session that is in use is never given up for a new one, since whoever could
//! cause that could wash its taint away; new ones are refused instead. A session that was idle for long gives
//! its memory back and leaves its floor behind.
//!
//! Memory: ordinary text costs about two bytes per byte taken in, its own included (`cargo bench -- --only outbound`
//! measures it); text that was crafted to have every key twice, about ten. A session without text costs half a kilobyte. [`MemoryLimits`] has the caps.

mod shards;

use std::collections::hash_map::{Entry, RandomState};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shards::{Bounded, Kept, Room, SHARDS, Shards};

use super::index::Index;
use super::ledger::Ledger;
use super::quota::Spent;
use super::{
    Acquired, Claim, Counter, Held, Hits, Key, Keys, MessageRef, QuotaKey, Reset, Segment, SessionFacts,
    StateStore, StoreError, Turn, TurnEvent,
};
use crate::base::{HeldId, Limits, Moment, Nonce, Quota, RecordId, SessionId};

/// How much a [`MemoryStore`] keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryLimits {
    /// Sessions in use at one time. Default 10,000.
    pub sessions: usize,
    /// How long a session is kept after it was last asked for. Default 24 hours.
    pub idle: Duration,
    /// Bytes of text that one session holds, see [`Limits::session_bytes`]. Default 16 MiB.
    pub session_bytes: usize,
    /// Bytes of text that all sessions hold together. Default 256 MiB.
    pub total_bytes: usize,
    /// User messages that a session remembers; older ones authorize nothing. Default 256.
    pub messages: usize,
    /// Texts that a session holds back. Default 64.
    pub held: usize,
    /// Keys whose quota is not whole, at 128 bytes each. A window counts as one more for every sixteen that it
    /// remembers. Default 262,144.
    pub quotas: usize,
    /// Nonces that are claimed. Default 262,144.
    pub nonces: usize,
    /// Sessions that are gone and whose floor is remembered exactly. Default 1,048,576, at 20 to 40 bytes each.
    pub remembered: usize,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            sessions: 10_000,
            idle: Duration::from_hours(24),
            session_bytes: Limits::default().session_bytes,
            total_bytes: 256 << 20,
            messages: 256,
            held: 64,
            quotas: 1 << 18,
            nonces: 1 << 18,
            remembered: 1 << 20,
        }
    }
}

/// The store in this process's memory. The default; ends with the process.
pub struct MemoryStore {
    limits: MemoryLimits,
    hasher: RandomState,
    sessions: Shards<SessionShard>,
    session_count: Room,
    bytes: Room,
    quotas: Bounded<QuotaKey, Spent>,
    nonces: Bounded<Nonce, Claimed>,
    next_held: AtomicU64,
}

#[derive(Default)]
struct SessionShard {
    live: HashMap<SessionId, Session>,
    gone: Ledger,
}

struct Session {
    facts: Arc<SessionFacts>,
    touched: u64,
    bytes: usize,
    index: Option<Arc<Mutex<Index>>>,
    last: Option<Turn>,
    messages: VecDeque<Turn>,
    held: HashMap<HeldId, Held>,
}

impl Session {
    fn new(facts: SessionFacts, now: Moment) -> Self {
        Self {
            facts: Arc::new(facts),
            touched: now.mono_ns,
            bytes: 0,
            index: None,
            last: None,
            messages: VecDeque::new(),
            held: HashMap::new(),
        }
    }

    fn is_idle(&self, idle: Duration, now: Moment) -> bool {
        u128::from(now.mono_ns.saturating_sub(self.touched)) > idle.as_nanos()
    }

    fn merge(&mut self, delta: &SessionFacts) {
        let merged = self.facts.merge(delta);
        if merged != *self.facts {
            self.facts = Arc::new(merged);
        }
    }
}

/// A nonce that was used.
struct Claimed {
    /// Until when it is refused, in nanoseconds of the monotonic clock.
    until: u64,
}

impl Kept for Claimed {
    fn is_stale(&self, now: Moment) -> bool {
        self.until < now.mono_ns
    }
}

impl Kept for Spent {
    // A key whose burst is whole is worth as much as none.
    fn is_stale(&self, now: Moment) -> bool {
        self.is_idle(now)
    }

    fn weight(&self) -> usize {
        self.slots()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(MemoryLimits::default())
    }
}

impl MemoryStore {
    /// How many keys are handled under one hold of an index's lock: a fraction of a millisecond.
    const BATCH: usize = 4096;

    /// An empty store.
    pub fn new(limits: MemoryLimits) -> Self {
        let hasher = RandomState::new();
        // SECURITY: held ids of an earlier process must not name texts of this one.
        let next_held = AtomicU64::new(hasher.hash_one("held"));
        Self {
            hasher,
            sessions: Shards::new(),
            session_count: Room::new("sessions", limits.sessions),
            bytes: Room::new("text", limits.total_bytes),
            quotas: Bounded::new("quotas", limits.quotas),
            nonces: Bounded::new("nonces", limits.nonces),
            next_held,
            limits,
        }
    }

    /// Does `act` on a session. If there is none it is begun, or left alone; one that expired begins again from
    /// its floor.
    fn with<R>(
        &self,
        id: &SessionId,
        now: Moment,
        begin: bool,
        act: impl FnOnce(&mut Session) -> Result<R, StoreError>,
    ) -> Result<Option<R>, StoreError> {
        let hash = self.hasher.hash_one(id);
        for may_sweep in [true, false] {
            let mut shard = self.sessions.lock(hash)?;
            let SessionShard { live, gone } = &mut *shard;
            let session = match live.entry(id.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(_) if !begin => return Ok(None),
                Entry::Vacant(free) if self.session_count.take(1) => {
                    free.insert(Session::new(gone.facts(hash), now))
                }
                Entry::Vacant(_) => {
                    drop(shard);
                    if may_sweep && self.session_count.may_sweep(now) {
                        self.sweep_sessions(now)?;
                        continue;
                    }
                    break;
                }
            };
            let waste = session.is_idle(self.limits.idle, now).then(|| {
                let facts = session.facts.survivors();
                self.replace(session, facts, now)
            });
            session.touched = session.touched.max(now.mono_ns);
            let done = act(session);
            // A big index is freed after the lock is released.
            drop(shard);
            drop(waste);
            return done.map(Some);
        }
        Err(self.session_count.full())
    }

    /// The same, for verbs that begin the session.
    fn write<R>(
        &self,
        id: &SessionId,
        now: Moment,
        act: impl FnOnce(&mut Session) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        self.with(id, now, true, act)?.ok_or(StoreError::Unavailable)
    }

    /// Begins a session again; what it was is handed back, to be dropped outside the lock.
    fn replace(&self, session: &mut Session, facts: SessionFacts, now: Moment) -> Session {
        self.bytes.give(session.bytes);
        std::mem::replace(session, Session::new(facts, now))
    }

    /// Gives up sessions that are idle, and notes what they leave behind.
    fn sweep_sessions(&self, now: Moment) -> Result<(), StoreError> {
        let cap = self.limits.remembered.div_ceil(SHARDS);
        self.sessions.sweep(|SessionShard { live, gone }| {
            let idle: Vec<_> = live.extract_if(|_, session| session.is_idle(self.limits.idle, now)).collect();
            for (id, session) in &idle {
                gone.note(self.hasher.hash_one(id), &session.facts, cap);
                self.bytes.give(session.bytes);
            }
            self.session_count.give(idle.len());
            idle
        })
    }

    /// The session's index, if it has one.
    fn index(&self, id: &SessionId, now: Moment) -> Result<Option<Arc<Mutex<Index>>>, StoreError> {
        Ok(self.with(id, now, false, |session| Ok(session.index.clone()))?.flatten())
    }

    fn new_index(&self) -> Arc<Mutex<Index>> {
        Arc::new(Mutex::new(Index::new([self.hasher.hash_one("one"), self.hasher.hash_one("two")])))
    }
}

impl StateStore for MemoryStore {
    fn facts(&self, id: &SessionId, now: Moment) -> Result<Arc<SessionFacts>, StoreError> {
        if let Some(facts) = self.with(id, now, false, |session| Ok(Arc::clone(&session.facts)))? {
            return Ok(facts);
        }
        let hash = self.hasher.hash_one(id);
        Ok(Arc::new(self.sessions.lock(hash)?.gone.facts(hash)))
    }

    fn merge(&self, id: &SessionId, delta: &SessionFacts, now: Moment) -> Result<(), StoreError> {
        self.write(id, now, |session| {
            session.merge(delta);
            Ok(())
        })
    }

    fn append(&self, id: &SessionId, segment: Segment, keys: &Keys, now: Moment) -> Result<(), StoreError> {
        let (cost, label) = (segment.cost(keys), segment.label());
        if !self.bytes.has(cost) && self.bytes.may_sweep(now) {
            self.sweep_sessions(now)?;
        }
        let index = self.write(id, now, |session| {
            // SECURITY: the label is in the floor before the text can be found, let alone released.
            let records = session.facts.counter(Counter::Records).saturating_add(1);
            let delta = SessionFacts::new().saw(label).reached(Counter::Records, records);
            let bytes = session.bytes.saturating_add(cost);
            if bytes > self.limits.session_bytes || !self.bytes.take(cost) {
                session.merge(&delta.missed(label));
                return Ok(None);
            }
            session.merge(&delta);
            session.bytes = bytes;
            Ok(Some(Arc::clone(session.index.get_or_insert_with(|| self.new_index()))))
        })?;
        let Some(index) = index else { return Ok(()) };
        let lock = || index.lock().map_err(|_| StoreError::Poisoned);
        let number = lock()?.begin(segment)?;
        for batch in keys.entries().chunks(Self::BATCH) {
            lock()?.insert(number, batch);
        }
        Ok(())
    }

    fn lookup(&self, id: &SessionId, keys: &[Key], now: Moment, out: &mut Hits) -> Result<(), StoreError> {
        out.clear();
        let Some(index) = self.index(id, now)? else { return Ok(()) };
        for (n, batch) in keys.chunks(Self::BATCH).enumerate() {
            let index = index.lock().map_err(|_| StoreError::Poisoned)?;
            index.lookup(n.saturating_mul(Self::BATCH), batch, out);
        }
        Ok(())
    }

    fn segment(
        &self,
        id: &SessionId,
        record: RecordId,
        now: Moment,
    ) -> Result<Option<Arc<Segment>>, StoreError> {
        let Some(index) = self.index(id, now)? else { return Ok(None) };
        let index = index.lock().map_err(|_| StoreError::Poisoned)?;
        Ok(index.segment(record))
    }

    fn next_turn(&self, id: &SessionId, event: TurnEvent, now: Moment) -> Result<Turn, StoreError> {
        self.write(id, now, |session| {
            let turn = Turn::after(session.last.as_ref(), event, now);
            session.last = Some(turn);
            session.merge(&SessionFacts::new().reached(Counter::Turns, turn.number));
            if matches!(event, TurnEvent::UserMessage { .. }) {
                session.messages.push_back(turn);
                if session.messages.len() > self.limits.messages {
                    session.messages.pop_front();
                }
            }
            Ok(turn)
        })
    }

    fn message(&self, id: &SessionId, message: MessageRef, now: Moment) -> Result<Option<Turn>, StoreError> {
        let find = |session: &mut Session| {
            Ok(session.messages.iter().rev().find(|turn| message.matches(turn.event)).copied())
        };
        Ok(self.with(id, now, false, find)?.flatten())
    }

    fn hold(&self, id: &SessionId, content: Held, now: Moment) -> Result<HeldId, StoreError> {
        let cost = content.cost();
        self.write(id, now, |session| {
            let bytes = session.bytes.saturating_add(cost);
            if session.held.len() >= self.limits.held
                || bytes > self.limits.session_bytes
                || !self.bytes.take(cost)
            {
                return Err(StoreError::Full { what: "held texts" });
            }
            session.bytes = bytes;
            let held = HeldId::from_u64(self.next_held.fetch_add(1, Ordering::Relaxed));
            session.held.insert(held, content);
            Ok(held)
        })
    }

    fn take_held(&self, id: &SessionId, held: HeldId, now: Moment) -> Result<Option<Held>, StoreError> {
        let take = |session: &mut Session| {
            let content = session.held.remove(&held);
            if let Some(content) = &content {
                session.bytes = session.bytes.saturating_sub(content.cost());
                self.bytes.give(content.cost());
            }
            Ok(content)
        };
        Ok(self.with(id, now, false, take)?.flatten())
    }

    fn acquire(&self, key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Result<Acquired, StoreError> {
        self.quotas.update(self.hasher.hash_one(key), *key, now, |known| {
            let (after, answer) = match known {
                Some(known) => known.acquire(quota, cost, now),
                None => Spent::default().acquire(quota, cost, now),
            };
            let is_same = known.map_or(after == Spent::default(), |known| *known == after);
            ((!is_same).then_some(after), answer)
        })
    }

    fn peek(&self, key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Result<Acquired, StoreError> {
        let look = |known: Option<&Spent>| match known {
            Some(known) => known.acquire(quota, cost, now).1,
            None => Spent::default().acquire(quota, cost, now).1,
        };
        self.quotas.read(self.hasher.hash_one(key), key, look)
    }

    fn claim_once(&self, nonce: &Nonce, ttl: Duration, now: Moment) -> Result<Claim, StoreError> {
        // SECURITY: what would not fit is claimed for ever, not forgotten early.
        let until = now.mono_ns.saturating_add(u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX));
        self.nonces.update(self.hasher.hash_one(nonce), *nonce, now, |known| match known {
            Some(claimed) if !claimed.is_stale(now) => (None, Claim::Again),
            _ => (Some(Claimed { until }), Claim::First),
        })
    }

    fn reset(&self, id: &SessionId, how: Reset, now: Moment) -> Result<(), StoreError> {
        let hash = self.hasher.hash_one(id);
        let mut shard = self.sessions.lock(hash)?;
        let SessionShard { live, gone } = &mut *shard;
        if how == Reset::Fresh {
            gone.forget(hash);
        }
        if let Some(session) = live.get_mut(id) {
            let facts = match how {
                Reset::KeepFloor => session.facts.after_reset(),
                Reset::Fresh => SessionFacts::new(),
            };
            let waste = self.replace(session, facts, now);
            drop(shard);
            drop(waste);
            return Ok(());
        }
        if how == Reset::KeepFloor || gone.facts(hash) == SessionFacts::new() {
            return Ok(());
        }
        drop(shard);
        // The id shares its floor with others: it stays fresh for as long as it is live.
        self.write(id, now, |session| {
            session.facts = Arc::new(SessionFacts::new());
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("limits", &self.limits)
            .field("sessions", &self.session_count.used)
            .field("bytes", &self.bytes.used)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
