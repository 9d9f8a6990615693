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
//! Memory: ordinary text costs 9 to 17 bytes per byte taken in, its own included; text that was crafted to have
//! every key twice, about 50. A session without text costs half a kilobyte. [`MemoryLimits`] has the caps.

use std::collections::hash_map::{Entry, RandomState};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::index::Index;
use super::ledger::Ledger;
use super::{
    Acquired, Claim, Counter, Held, Hits, Key, Keys, MessageRef, QuotaKey, Reset, Segment, SessionFacts,
    StateStore, StoreError, Tat, Turn, TurnEvent,
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
    /// Keys whose quota is not whole. Default 262,144.
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
    quotas: Shards<HashMap<QuotaKey, Tat>>,
    quota_count: Room,
    /// Until when each nonce is claimed, in nanoseconds of the monotonic clock.
    nonces: Shards<HashMap<Nonce, u64>>,
    nonce_count: Room,
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

const SHARDS: usize = 64;

/// Values by hash, each part behind a lock of its own.
struct Shards<T>(Vec<Mutex<T>>);

impl<T: Default> Shards<T> {
    fn new() -> Self {
        Self(std::iter::repeat_with(Mutex::default).take(SHARDS).collect())
    }

    fn lock(&self, hash: u64) -> Result<MutexGuard<'_, T>, StoreError> {
        let shard = self.0.get((hash >> 58) as usize).ok_or(StoreError::Unavailable)?;
        shard.lock().map_err(|_| StoreError::Poisoned)
    }

    /// Goes through all parts, one lock at a time. What `each` returns is dropped after its lock is released.
    fn sweep<R>(&self, mut each: impl FnMut(&mut T) -> R) -> Result<(), StoreError> {
        for shard in &self.0 {
            let waste = each(&mut *shard.lock().map_err(|_| StoreError::Poisoned)?);
            drop(waste);
        }
        Ok(())
    }
}

/// How much of something there is, over all shards.
struct Room {
    what: &'static str,
    used: AtomicUsize,
    max: usize,
    swept: AtomicU64,
}

impl Room {
    /// Looking for what may go costs all there is, so a full store does it this often and not for every request.
    const PAUSE_NS: u64 = 100_000_000;

    const fn new(what: &'static str, max: usize) -> Self {
        Self { what, used: AtomicUsize::new(0), max, swept: AtomicU64::new(0) }
    }

    fn take(&self, n: usize) -> bool {
        let fits = |used: usize| used.checked_add(n).filter(|sum| *sum <= self.max);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    fn has(&self, n: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(n) <= self.max
    }

    fn give(&self, n: usize) {
        let less = |used: usize| Some(used.saturating_sub(n));
        // The closure never declines, so there is no error to look at.
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok();
    }

    fn full(&self) -> StoreError {
        StoreError::Full { what: self.what }
    }

    /// Whether it is time to look for what may go. True for one caller.
    fn may_sweep(&self, now: Moment) -> bool {
        let next = now.mono_ns.saturating_add(Self::PAUSE_NS);
        let due = |last: u64| (last <= now.mono_ns).then_some(next);
        self.swept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
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
            quotas: Shards::new(),
            quota_count: Room::new("quotas", limits.quotas),
            nonces: Shards::new(),
            nonce_count: Room::new("nonces", limits.nonces),
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

/// Reads and writes one value of a bounded map. `act` is given the value that is there and returns the one that
/// is to be there, `None` to change nothing. Stale values make room when there is none.
fn update<K: Hash + Eq + Copy, V: Copy, R>(
    shards: &Shards<HashMap<K, V>>,
    room: &Room,
    (hash, key): (u64, K),
    now: Moment,
    stale: impl Fn(V) -> bool,
    act: impl Fn(Option<V>) -> (Option<V>, R),
) -> Result<R, StoreError> {
    for may_sweep in [true, false] {
        let mut shard = shards.lock(hash)?;
        match shard.entry(key) {
            Entry::Occupied(mut known) => {
                let (next, answer) = act(Some(*known.get()));
                if let Some(next) = next {
                    known.insert(next);
                }
                return Ok(answer);
            }
            Entry::Vacant(free) => match act(None) {
                (None, answer) => return Ok(answer),
                (Some(next), answer) if room.take(1) => {
                    free.insert(next);
                    return Ok(answer);
                }
                _ => {}
            },
        }
        drop(shard);
        if !may_sweep || !room.may_sweep(now) {
            break;
        }
        shards.sweep(|map| {
            let before = map.len();
            map.retain(|_, value| !stale(*value));
            room.give(before.saturating_sub(map.len()));
        })?;
    }
    Err(room.full())
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
        let entry = (self.hasher.hash_one(key), *key);
        // A key whose burst is whole is worth as much as none.
        update(
            &self.quotas,
            &self.quota_count,
            entry,
            now,
            |tat: Tat| tat.is_idle(now),
            |known| {
                let before = known.unwrap_or_default();
                let (after, answer) = before.acquire(quota, cost, now);
                ((after != before).then_some(after), answer)
            },
        )
    }

    fn peek(&self, key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Result<Acquired, StoreError> {
        let known = self.quotas.lock(self.hasher.hash_one(key))?.get(key).copied();
        Ok(known.unwrap_or_default().acquire(quota, cost, now).1)
    }

    fn claim_once(&self, nonce: &Nonce, ttl: Duration, now: Moment) -> Result<Claim, StoreError> {
        let entry = (self.hasher.hash_one(nonce), *nonce);
        // SECURITY: what would not fit is claimed for ever, not forgotten early.
        let until = now.mono_ns.saturating_add(u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX));
        let over = |until: u64| until < now.mono_ns;
        update(&self.nonces, &self.nonce_count, entry, now, over, |known| match known {
            Some(until) if !over(until) => (None, Claim::Again),
            _ => (Some(until), Claim::First),
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
                Reset::KeepFloor => session.facts.survivors(),
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
mod tests {
    use super::*;
    use crate::base::{Label, Source};
    use crate::state::{Flag, Role, contract};

    fn at(secs: u64) -> Moment {
        Moment::new(secs * 1000, secs * 1_000_000_000)
    }

    fn id(name: &str) -> SessionId {
        SessionId::new(name).unwrap()
    }

    fn small(change: impl FnOnce(&mut MemoryLimits)) -> MemoryStore {
        let mut limits = MemoryLimits { idle: Duration::from_secs(100), ..MemoryLimits::default() };
        change(&mut limits);
        MemoryStore::new(limits)
    }

    fn text(record: u64, len: usize) -> Segment {
        let source = Source::web("");
        let label = source.label();
        let record = RecordId::from_u64(record);
        Segment::new(record, source, label, Role::Inbound, "x".repeat(len), &Keys::default())
    }

    fn append(store: &MemoryStore, name: &str, record: u64, len: usize, now: Moment) {
        store.append(&id(name), text(record, len), &Keys::new([(record, 0)], [], []), now).unwrap();
    }

    fn finds(store: &MemoryStore, name: &str, record: u64, now: Moment) -> bool {
        let mut hits = Hits::new();
        store.lookup(&id(name), &[Key::fingerprint(record)], now, &mut hits).unwrap();
        !hits.is_empty()
    }

    const UNTRUSTED: Label = Label::new(crate::base::Integrity::Untrusted, crate::base::Sensitivity::Public);

    #[test]
    fn it_keeps_the_contract() {
        contract::run(|| Box::new(MemoryStore::default()));
    }

    #[test]
    fn a_full_session_is_saturated_and_what_is_indexed_stays() {
        let store = small(|limits| limits.session_bytes = 1_000);
        append(&store, "s", 1, 500, at(1));
        assert!(!store.facts(&id("s"), at(1)).unwrap().saturated());
        append(&store, "s", 2, 500, at(1));
        let facts = store.facts(&id("s"), at(1)).unwrap();
        assert_eq!(facts.unindexed(), Some(UNTRUSTED));
        assert_eq!(facts.counter(Counter::Records), 2);
        assert!(finds(&store, "s", 1, at(1)) && !finds(&store, "s", 2, at(1)));
        append(&store, "s", 3, 10, at(1));
        assert!(finds(&store, "s", 3, at(1)), "what fits is still taken in");
        append(&store, "other", 1, 500, at(1));
        assert!(!store.facts(&id("other"), at(1)).unwrap().saturated());
    }

    #[test]
    fn a_key_for_every_character_does_not_buy_more_memory() {
        let store = small(|limits| limits.session_bytes = 1_000);
        let keys = Keys::new((0..1_000).map(|n| (n, 0)), [], []);
        store.append(&id("s"), text(1, 500), &keys, at(1)).unwrap();
        assert!(store.facts(&id("s"), at(1)).unwrap().saturated());
    }

    #[test]
    fn all_sessions_together_are_bounded_and_idle_ones_give_their_memory_back() {
        let store = small(|limits| limits.total_bytes = 1_000);
        append(&store, "one", 1, 600, at(1));
        append(&store, "two", 1, 600, at(2));
        assert!(store.facts(&id("two"), at(2)).unwrap().saturated());
        append(&store, "three", 1, 600, at(200));
        assert!(!store.facts(&id("three"), at(200)).unwrap().saturated());
        for name in ["one", "two", "three"] {
            store.reset(&id(name), Reset::Fresh, at(200)).unwrap();
        }
        assert_eq!(store.bytes.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_live_session_is_not_given_up_for_a_new_one() {
        let store = small(|limits| limits.sessions = 3);
        for name in ["one", "two", "three"] {
            append(&store, name, 1, 10, at(1));
        }
        let refused = store.merge(&id("four"), &SessionFacts::new(), at(50));
        assert_eq!(refused, Err(StoreError::Full { what: "sessions" }));
        assert_eq!(*store.facts(&id("four"), at(50)).unwrap(), SessionFacts::new());
        // Being asked for keeps a session in use.
        assert!(finds(&store, "one", 1, at(90)));
        store.merge(&id("four"), &SessionFacts::new(), at(150)).unwrap();
        assert!(finds(&store, "one", 1, at(150)));
    }

    #[test]
    fn an_idle_session_comes_back_with_its_floor_and_without_its_texts() {
        let store = small(|limits| limits.sessions = 1);
        append(&store, "s", 1, 10, at(1));
        let held = Held::new(RecordId::from_u64(1), Source::web(""), UNTRUSTED, "text", "kept");
        let held = store.hold(&id("s"), held, at(1)).unwrap();
        // Swept to make room for another, which then makes room again.
        store.merge(&id("other"), &SessionFacts::new(), at(200)).unwrap();
        for now in [200, 400] {
            let facts = store.facts(&id("s"), at(now)).unwrap();
            assert_eq!(facts.unindexed(), Some(UNTRUSTED));
            assert!(facts.has(Flag::Returned));
        }
        assert_eq!(store.take_held(&id("s"), held, at(400)), Ok(None));
        append(&store, "s", 2, 10, at(400));
        assert_eq!(store.facts(&id("s"), at(400)).unwrap().unindexed(), Some(UNTRUSTED));
        assert!(finds(&store, "s", 2, at(400)) && !finds(&store, "s", 1, at(400)));
        // Expired without having been swept.
        assert!(!finds(&store, "s", 2, at(600)));
        assert_eq!(store.facts(&id("s"), at(600)).unwrap().unindexed(), Some(UNTRUSTED));
        // A trusted one leaves nothing behind.
        assert_eq!(*store.facts(&id("other"), at(600)).unwrap(), SessionFacts::new());
    }

    #[test]
    fn a_floor_that_others_share_can_still_be_reset_by_the_host() {
        let store = small(|limits| {
            limits.sessions = 1;
            limits.remembered = 0;
        });
        append(&store, "s", 1, 10, at(1));
        store.merge(&id("other"), &SessionFacts::new(), at(200)).unwrap();
        assert!(store.facts(&id("s"), at(200)).unwrap().untrusted_seen());
        store.reset(&id("s"), Reset::Fresh, at(400)).unwrap();
        assert_eq!(*store.facts(&id("s"), at(400)).unwrap(), SessionFacts::new());
    }

    #[test]
    fn nonces_in_their_window_are_kept_and_new_ones_refused() {
        let store = small(|limits| limits.nonces = 2);
        let claim = |n, now| store.claim_once(&Nonce::from_bytes([n; 16]), Duration::from_secs(10), now);
        assert_eq!((claim(1, at(1)), claim(2, at(5))), (Ok(Claim::First), Ok(Claim::First)));
        assert_eq!(claim(3, at(6)), Err(StoreError::Full { what: "nonces" }));
        assert_eq!(claim(1, at(6)), Ok(Claim::Again));
        assert_eq!(claim(3, at(12)), Ok(Claim::First));
        assert_eq!(claim(2, at(12)), Ok(Claim::Again));
    }

    #[test]
    fn a_quota_that_is_not_whole_is_not_forgotten_for_another() {
        let store = small(|limits| limits.quotas = 1);
        let quota = Quota::new(1, Duration::from_secs(10)).unwrap();
        let acquire = |name, now| store.acquire(&QuotaKey::new(name, &[]), quota, 1, now);
        assert!(acquire("one", at(1)).unwrap().is_granted());
        assert_eq!(acquire("two", at(2)), Err(StoreError::Full { what: "quotas" }));
        assert!(!acquire("one", at(2)).unwrap().is_granted());
        assert!(acquire("two", at(11)).unwrap().is_granted());
    }

    #[test]
    fn held_texts_and_messages_are_bounded() {
        let store = small(|limits| {
            limits.held = 1;
            limits.messages = 2;
        });
        let held = || Held::new(RecordId::from_u64(1), Source::web(""), UNTRUSTED, "text", "kept");
        let first = store.hold(&id("s"), held(), at(1)).unwrap();
        assert_eq!(store.hold(&id("s"), held(), at(1)), Err(StoreError::Full { what: "held texts" }));
        assert!(store.take_held(&id("s"), first, at(1)).unwrap().is_some());
        assert!(store.hold(&id("s"), held(), at(1)).is_ok());
        for n in 0..3 {
            let hash = crate::base::Digest::from_bytes([n; 32]);
            let event = TurnEvent::UserMessage {
                hash,
                record: RecordId::from_u64(u64::from(n)),
                event: crate::base::Digest::ZERO,
            };
            store.next_turn(&id("s"), event, at(1)).unwrap();
        }
        let message = |n| store.message(&id("s"), MessageRef::Record(RecordId::from_u64(n)), at(1)).unwrap();
        assert!(message(0).is_none() && message(1).is_some() && message(2).is_some());
    }

    #[test]
    fn a_poisoned_lock_stays_an_error() {
        let store = MemoryStore::default();
        let poison = || {
            let _guard = store.sessions.lock(store.hasher.hash_one(id("s"))).unwrap();
            panic!("while it holds the lock");
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(poison)).is_err());
        assert_eq!(store.facts(&id("s"), at(1)), Err(StoreError::Poisoned));
        assert_eq!(store.merge(&id("s"), &SessionFacts::new(), at(1)), Err(StoreError::Poisoned));
    }

    #[test]
    fn a_store_does_not_print_what_it_holds() {
        let store = MemoryStore::default();
        append(&store, "a session's name", 1, 10, at(1));
        assert!(!format!("{store:?}").contains("name"));
    }
}
