//! Sealing: an event gets its number, the digest of the one before it, and its own.

use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use super::encode;
use super::event::{Body, Opening, Stage};
use super::{AuditError, AuditEvent, AuditObserver, EventDraft};
use crate::base::{Digest, Moment, SecretKey};

/// Orders events and links each to the one before. One per guard; shared by reference.
///
/// One small lock orders number and link. Observers are called outside it, so two threads may bring two events
/// to an observer in either order; the crate's own sinks write them in the chain's order all the same.
pub struct Chain {
    key: Option<SecretKey>,
    tip: Mutex<Tip>,
}

#[derive(Clone, Copy)]
pub(super) struct Tip {
    /// The number of the next event.
    pub(super) next: u64,
    /// The digest of the last one.
    pub(super) prev: Digest,
    begun: bool,
    torn: u64,
    lost: u64,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("keyed", &self.key.is_some()).finish_non_exhaustive()
    }
}

impl Chain {
    /// A chain from nothing. `key` is the audit's own key, `master.derive("audit")`: who verifies the log needs
    /// it, and should not get the others with it. Without a key the chain shows damage, not forgery.
    pub fn new(key: Option<SecretKey>) -> Self {
        Self::resume(key, 0, Digest::ZERO, 0, 0)
    }

    /// A chain that goes on behind event `next - 1`.
    pub(super) fn resume(key: Option<SecretKey>, next: u64, prev: Digest, torn: u64, lost: u64) -> Self {
        Self { key, tip: Mutex::new(Tip { next, prev, begun: false, torn, lost }) }
    }

    /// Seals `draft` as the next event. It must then reach every observer, or their logs have a gap:
    /// [`Chain::record`] does both.
    ///
    /// # Errors
    /// When the chain has not begun, its lock is poisoned, or its numbers are used up.
    pub fn seal(&self, draft: EventDraft, now: Moment) -> Result<AuditEvent, AuditError> {
        let mut body = draft.0;
        for noted in &mut body.findings {
            if let Some(pointer) = &mut noted.pointer {
                *pointer = encode::mask(pointer, self.key.as_ref());
            }
        }
        let mut tip = self.tip.lock().map_err(|_| AuditError::Poisoned)?;
        self.open(&mut body, *tip)?;
        let next = tip.next.checked_add(1).ok_or(AuditError::Exhausted)?;
        let mut event =
            AuditEvent { seq: tip.next, at: now.unix_ms, body, prev: tip.prev, digest: Digest::ZERO };
        event.digest = encode::digest(&event, self.key.as_ref());
        *tip = Tip { next, prev: event.digest, begun: true, torn: 0, lost: 0 };
        Ok(event)
    }

    fn open(&self, body: &mut Body, tip: Tip) -> Result<(), AuditError> {
        if !body.stage.opens() {
            return if tip.begun { Ok(()) } else { Err(AuditError::NotBegun) };
        }
        body.stage = match tip {
            Tip { torn: 0, lost: 0, next: 0, .. } => Stage::Started,
            Tip { torn: 0, lost: 0, .. } => Stage::Resumed,
            _ => Stage::Recovered,
        };
        body.opening = Some(Opening {
            format: encode::FORMAT,
            key: self.key.as_ref().map(encode::key_id),
            torn: tip.torn,
            lost: tip.lost,
        });
        Ok(())
    }

    /// Seals `draft` and hands it to every one of `observers`, also after one of them has failed: a sink that
    /// misses an event has a gap.
    ///
    /// # Errors
    /// When it could not be sealed, or the first refusal or panic of an observer. The event then is in the chain
    /// all the same.
    pub fn record<'o>(
        &self,
        draft: EventDraft,
        now: Moment,
        observers: impl IntoIterator<Item = &'o dyn AuditObserver>,
    ) -> Result<AuditEvent, AuditError> {
        let _inside = Inside::enter()?;
        let event = self.seal(draft, now)?;
        let mut outcome = Ok(());
        for observer in observers {
            let taken = fenced(|| observer.record(&event));
            outcome = outcome.and(taken);
        }
        outcome.map(|()| event)
    }
}

/// Runs host code; its panic is an error.
pub(super) fn fenced<T>(host: impl FnOnce() -> Result<T, AuditError>) -> Result<T, AuditError> {
    catch_unwind(AssertUnwindSafe(host)).unwrap_or_else(|payload| {
        // A payload may panic when it is dropped; leaking it is the smaller evil.
        std::mem::forget(payload);
        Err(AuditError::Panicked)
    })
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Marks that this thread is inside an observer.
// SECURITY: an observer that calls the guard would seal the next event before this one has reached the sink
// behind it, and that sink would wait for an event which only this thread can bring.
struct Inside;

impl Inside {
    fn enter() -> Result<Self, AuditError> {
        if INSIDE.replace(true) { Err(AuditError::Reentrant) } else { Ok(Self) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::super::tests::{context, key};
    use super::super::{FnObserver, JsonLines, MemoryLog, verify};
    use super::*;

    fn draft() -> EventDraft {
        EventDraft::new(Stage::Inbound, Digest::ZERO).context(&context())
    }

    fn begun() -> Arc<Chain> {
        let chain = Chain::new(Some(key()));
        chain.seal(EventDraft::begin(Digest::ZERO), Moment::default()).unwrap();
        Arc::new(chain)
    }

    #[test]
    fn a_chain_that_has_not_begun_seals_nothing() {
        let chain = Chain::new(None);
        assert_eq!(chain.seal(draft(), Moment::default()), Err(AuditError::NotBegun));
    }

    #[test]
    fn the_first_event_says_format_and_key_and_the_next_links_to_it() {
        let chain = Chain::new(Some(key()));
        let first = chain.seal(EventDraft::begin(Digest::ZERO), Moment::new(5, 0)).unwrap();
        let opening = first.opening().unwrap();
        assert_eq!((opening.format(), opening.key()), (1, Some(encode::key_id(&key()))));
        assert_eq!(
            (first.seq(), first.at(), first.prev(), first.stage()),
            (0, 5, Digest::ZERO, Stage::Started)
        );
        let second = chain.seal(draft(), Moment::default()).unwrap();
        assert_eq!((second.seq(), second.prev()), (1, first.digest()));
    }

    #[test]
    fn every_observer_gets_the_event_also_behind_one_that_panics_or_refuses() {
        let chain = begun();
        let seen = MemoryLog::new(10);
        let panics = FnObserver::new(|_: &AuditEvent| panic!("the host's own"));
        let refuses = FnObserver::new(|_: &AuditEvent| Err(AuditError::refused("full")));
        let all: [&dyn AuditObserver; 3] = [&panics, &refuses, &seen];
        assert_eq!(chain.record(draft(), Moment::default(), all), Err(AuditError::Panicked));
        let all: [&dyn AuditObserver; 2] = [&refuses, &seen];
        assert_eq!(chain.record(draft(), Moment::default(), all), Err(AuditError::refused("full")));
        assert_eq!(seen.events().unwrap().len(), 2);
    }

    #[test]
    fn an_observer_that_calls_the_chain_is_refused_and_nothing_hangs() {
        let chain = begun();
        let inner = Arc::clone(&chain);
        let nosy = FnObserver::new(move |_: &AuditEvent| {
            inner.record(draft(), Moment::default(), std::iter::empty()).map(drop)
        });
        let outcome = chain.record(draft(), Moment::default(), [&nosy as &dyn AuditObserver]);
        assert_eq!(outcome, Err(AuditError::Reentrant));
        assert!(
            chain.record(draft(), Moment::default(), std::iter::empty()).is_ok(),
            "the mark is gone again"
        );
    }

    #[test]
    fn events_of_many_threads_are_written_in_the_order_of_the_chain() {
        let chain = Chain::new(Some(key()));
        let (sink, memory) = (JsonLines::new(Vec::new()), MemoryLog::new(10_000));
        let all: [&dyn AuditObserver; 2] = [&memory, &sink];
        chain.record(EventDraft::begin(Digest::ZERO), Moment::default(), all).unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        chain.record(draft(), Moment::default(), all).unwrap();
                    }
                });
            }
        });
        let log = sink.into_inner().unwrap();
        let found = verify(log.as_slice(), Some(&key()), None).unwrap();
        assert!(found.is_intact() && found.events() == 801, "{found}");
        let seqs: Vec<u64> = memory.events().unwrap().iter().map(AuditEvent::seq).collect();
        assert_eq!(seqs, (0..801).collect::<Vec<_>>());
    }
}
