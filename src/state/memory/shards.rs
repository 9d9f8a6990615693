//! Maps in parts, each behind a lock of its own, and how much of something there is over all parts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::base::Moment;
use crate::state::StoreError;

pub(super) const SHARDS: usize = 64;

/// Values by hash, each part behind a lock of its own.
pub(super) struct Shards<T>(Vec<Mutex<T>>);

impl<T: Default> Shards<T> {
    pub(super) fn new() -> Self {
        Self(std::iter::repeat_with(Mutex::default).take(SHARDS).collect())
    }

    pub(super) fn lock(&self, hash: u64) -> Result<MutexGuard<'_, T>, StoreError> {
        let shard = self.0.get((hash >> 58) as usize).ok_or(StoreError::Unavailable)?;
        shard.lock().map_err(|_| StoreError::Poisoned)
    }

    /// Goes through all parts, one lock at a time. What `each` returns is dropped after its lock is released.
    pub(super) fn sweep<R>(&self, mut each: impl FnMut(&mut T) -> R) -> Result<(), StoreError> {
        for shard in &self.0 {
            let waste = each(&mut *shard.lock().map_err(|_| StoreError::Poisoned)?);
            drop(waste);
        }
        Ok(())
    }
}

/// How much of something there is, over all shards.
pub(super) struct Room {
    what: &'static str,
    pub(super) used: AtomicUsize,
    max: usize,
    swept: AtomicU64,
}

impl Room {
    /// Looking for what may go costs all there is, so a full store does it this often and not for every request.
    const PAUSE_NS: u64 = 100_000_000;

    pub(super) const fn new(what: &'static str, max: usize) -> Self {
        Self { what, used: AtomicUsize::new(0), max, swept: AtomicU64::new(0) }
    }

    pub(super) fn take(&self, n: usize) -> bool {
        let fits = |used: usize| used.checked_add(n).filter(|sum| *sum <= self.max);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    pub(super) fn has(&self, n: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(n) <= self.max
    }

    pub(super) fn give(&self, n: usize) {
        let less = |used: usize| Some(used.saturating_sub(n));
        // The closure never declines, so there is no error to look at.
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok();
    }

    pub(super) fn full(&self) -> StoreError {
        StoreError::Full { what: self.what }
    }

    /// Whether it is time to look for what may go. True for one caller.
    pub(super) fn may_sweep(&self, now: Moment) -> bool {
        let next = now.mono_ns.saturating_add(Self::PAUSE_NS);
        let due = |last: u64| (last <= now.mono_ns).then_some(next);
        self.swept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
    }
}

/// What a [`Bounded`] map keeps.
pub(super) trait Kept {
    /// Whether forgetting it loses nothing.
    fn is_stale(&self, now: Moment) -> bool;

    /// How much of the map's room it takes.
    fn weight(&self) -> usize {
        1
    }
}

/// A map that takes no more than its room, and gives up nothing that is not stale.
pub(super) struct Bounded<K, V> {
    shards: Shards<HashMap<K, V>>,
    room: Room,
}

impl<K: Hash + Eq + Copy, V: Kept> Bounded<K, V> {
    pub(super) fn new(what: &'static str, max: usize) -> Self {
        Self { shards: Shards::new(), room: Room::new(what, max) }
    }

    /// What `look` says of a key's value.
    pub(super) fn read<R>(
        &self,
        hash: u64,
        key: &K,
        look: impl FnOnce(Option<&V>) -> R,
    ) -> Result<R, StoreError> {
        Ok(look(self.shards.lock(hash)?.get(key)))
    }

    /// Reads and writes one value. `act` is given the value that is there and returns the one that is to be
    /// there, `None` to change nothing. Stale values make room when there is none.
    pub(super) fn update<R>(
        &self,
        hash: u64,
        key: K,
        now: Moment,
        act: impl Fn(Option<&V>) -> (Option<V>, R),
    ) -> Result<R, StoreError> {
        for may_sweep in [true, false] {
            let mut shard = self.shards.lock(hash)?;
            let entry = shard.entry(key);
            let known = match &entry {
                Entry::Occupied(known) => Some(known.get()),
                Entry::Vacant(_) => None,
            };
            let before = known.map_or(0, V::weight);
            let (next, answer) = act(known);
            let Some(next) = next else { return Ok(answer) };
            let after = next.weight();
            if self.room.take(after.saturating_sub(before)) {
                self.room.give(before.saturating_sub(after));
                entry.insert_entry(next);
                return Ok(answer);
            }
            drop(shard);
            if !may_sweep || !self.room.may_sweep(now) {
                break;
            }
            self.sweep(now)?;
        }
        Err(self.room.full())
    }

    fn sweep(&self, now: Moment) -> Result<(), StoreError> {
        self.shards.sweep(|map| {
            let stale: Vec<_> = map.extract_if(|_, value| value.is_stale(now)).collect();
            let freed = stale.iter().map(|(_, value)| value.weight()).fold(0, usize::saturating_add);
            self.room.give(freed);
            stale
        })
    }
}
