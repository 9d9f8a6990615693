//! Events arrive in any order and are written in the chain's.
//!
//! Considered: holding the chain's lock while observers run. It would give the order for nothing, but one slow
//! observer would stop every verb of every session, and an observer that calls back would hang for ever.
//! Instead an event that overtook another waits here for it. Whoever brings the event that is next writes all
//! that are ready in one go, with one sync for all of them, while the others wait for it to be done.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::chain::fenced;
use super::{AuditError, AuditEvent};
use crate::base::Digest;

/// How long an event waits for the ones before it. They are on their way in other threads: what takes this long
/// was sealed and never recorded.
const PATIENCE: Duration = Duration::from_secs(10);
/// Events that are kept while they cannot be written, because the disk is full or one before them is missing.
const MAX_WAITING: usize = 1024;

/// Where the lines go. Called by one thread at a time.
pub(super) trait Append: Send {
    /// Appends `lines`, of which `last` is the last, and returns when they are kept.
    fn append(&mut self, lines: &[u8], last: &AuditEvent) -> Result<(), Failure>;
}

/// How an append failed.
pub(super) enum Failure {
    /// Nothing of it was kept: it may be tried again.
    Undone(AuditError),
    /// Who knows what was kept.
    Broken(AuditError),
}

#[derive(Debug)]
pub(super) struct Ordered<S> {
    sink: Mutex<S>,
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    /// The next event to be written; unknown before the first one of a sink that takes any chain.
    next: Option<(u64, Digest)>,
    waiting: BTreeMap<u64, AuditEvent>,
    writing: bool,
    /// How often writing has failed, and how it last did.
    failures: u64,
    failure: Option<AuditError>,
    /// Somebody has lost patience: nobody waits until the gap is filled.
    stalled: bool,
    closed: bool,
}

impl Queue {
    fn written(&self, seq: u64) -> bool {
        self.next.is_some_and(|(next, _)| seq < next)
    }

    fn ready(&self) -> bool {
        self.next.is_some_and(|(next, _)| self.waiting.contains_key(&next))
    }

    /// Takes out what can be written now.
    fn batch(&mut self) -> Vec<AuditEvent> {
        let mut batch = Vec::new();
        let Some((mut next, mut prev)) = self.next else { return batch };
        // An event that does not link is taken out and dropped; who brought it finds it gone.
        while let Some(event) = self.waiting.remove(&next).filter(|event| event.prev() == prev) {
            next = next.saturating_add(1);
            prev = event.digest();
            batch.push(event);
        }
        batch
    }
}

impl<S: Append> Ordered<S> {
    /// `next`: number and `prev` of the event that comes next; `None` where the first to come is the first.
    pub(super) fn new(sink: S, next: Option<(u64, Digest)>) -> Self {
        Self {
            sink: Mutex::new(sink),
            queue: Mutex::new(Queue { next, ..Queue::default() }),
            moved: Condvar::new(),
        }
    }

    pub(super) fn into_inner(self) -> Result<S, AuditError> {
        self.sink.into_inner().map_err(|_| AuditError::Poisoned)
    }

    /// Returns when `event` is kept.
    pub(super) fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        let seq = event.seq();
        let mut queue = self.queue.lock().map_err(|_| AuditError::Poisoned)?;
        if queue.closed {
            return Err(AuditError::Closed);
        }
        let (next, prev) = *queue.next.get_or_insert((seq, event.prev()));
        if seq < next || (seq == next && event.prev() != prev) || queue.waiting.contains_key(&seq) {
            return Err(AuditError::Foreign { seq });
        }
        if queue.waiting.len() >= MAX_WAITING {
            queue.closed = true;
            self.moved.notify_all();
            return Err(AuditError::Closed);
        }
        queue.waiting.insert(seq, event.clone());
        let failures = queue.failures;
        loop {
            if queue.written(seq) {
                return Ok(());
            }
            if queue.failures != failures {
                return Err(queue.failure.clone().unwrap_or(AuditError::Closed));
            }
            if queue.closed {
                return Err(AuditError::Closed);
            }
            if !queue.writing && !queue.waiting.contains_key(&seq) {
                return Err(AuditError::Foreign { seq });
            }
            if !queue.writing && queue.ready() {
                queue = self.write(queue)?;
                continue;
            }
            let missing = queue.next.map_or(0, |(next, _)| next);
            if queue.stalled && !queue.writing {
                return Err(AuditError::Gap { seq, missing });
            }
            let (woken, patience) =
                self.moved.wait_timeout(queue, PATIENCE).map_err(|_| AuditError::Poisoned)?;
            queue = woken;
            let stuck = queue.next.is_some_and(|(next, _)| next == missing) && !queue.ready();
            queue.stalled |= patience.timed_out() && !queue.writing && stuck;
        }
    }

    /// Writes what is ready, with the queue unlocked meanwhile.
    fn write<'q>(&'q self, mut queue: MutexGuard<'q, Queue>) -> Result<MutexGuard<'q, Queue>, AuditError> {
        let batch = queue.batch();
        queue.writing = true;
        drop(queue);

        let outcome = self.append(&batch);

        let mut queue = self.queue.lock().map_err(|_| AuditError::Poisoned)?;
        queue.writing = false;
        match outcome {
            Ok(()) => {
                if let Some(last) = batch.last() {
                    queue.next = Some((last.seq().saturating_add(1), last.digest()));
                    queue.stalled = false;
                }
            }
            Err(failure) => {
                queue.failures = queue.failures.wrapping_add(1);
                queue.failure = Some(match failure {
                    Failure::Undone(error) => {
                        queue.waiting.extend(batch.into_iter().map(|event| (event.seq(), event)));
                        error
                    }
                    Failure::Broken(error) => {
                        queue.closed = true;
                        error
                    }
                });
            }
        }
        self.moved.notify_all();
        Ok(queue)
    }

    fn append(&self, batch: &[AuditEvent]) -> Result<(), Failure> {
        let Some(last) = batch.last() else { return Ok(()) };
        let mut lines = Vec::with_capacity(batch.len().saturating_mul(512));
        for event in batch {
            lines.extend_from_slice(event.to_json().as_bytes());
            lines.push(b'\n');
        }
        let mut sink = self.sink.lock().map_err(|_| Failure::Broken(AuditError::Poisoned))?;
        // SECURITY: a writer of the host's that panics must not leave the others waiting for ever.
        fenced(|| Ok(sink.append(&lines, last))).unwrap_or_else(|panic| Err(Failure::Broken(panic)))
    }
}
