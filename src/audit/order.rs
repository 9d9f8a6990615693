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
    patience: Duration,
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
            patience: PATIENCE,
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
                self.moved.wait_timeout(queue, self.patience).map_err(|_| AuditError::Poisoned)?;
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

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test lets one thread wait for another")]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::super::tests::{context, key};
    use super::super::{Chain, EventDraft, Stage, verify};
    use super::*;
    use crate::base::Moment;

    /// Keeps lines, unless `full`; panics when `broken`.
    #[derive(Debug, Default)]
    struct Disk<'t> {
        lines: Vec<u8>,
        full: Option<&'t AtomicBool>,
        broken: Option<&'t AtomicBool>,
    }

    impl Append for Disk<'_> {
        fn append(&mut self, lines: &[u8], _last: &AuditEvent) -> Result<(), Failure> {
            let is = |flag: Option<&AtomicBool>| flag.is_some_and(|flag| flag.load(Ordering::Relaxed));
            assert!(!is(self.broken), "a writer's bug");
            if is(self.full) {
                return Err(Failure::Undone(AuditError::refused("full")));
            }
            self.lines.extend_from_slice(lines);
            Ok(())
        }
    }

    fn events(count: u64) -> Vec<AuditEvent> {
        let chain = Chain::new(Some(key()));
        let event = |number| {
            let draft = if number == 0 {
                EventDraft::begin(Digest::ZERO)
            } else {
                EventDraft::new(Stage::Inbound, Digest::ZERO).context(&context())
            };
            chain.seal(draft, Moment::new(number, 0)).unwrap()
        };
        (0..count).map(event).collect()
    }

    fn intact(sink: Ordered<Disk<'_>>, expected: u64) {
        let lines = sink.into_inner().unwrap().lines;
        let found = verify(lines.as_slice(), Some(&key()), None).unwrap();
        assert!(found.is_intact() && found.events() == expected, "{found}");
    }

    const START: Option<(u64, Digest)> = Some((0, Digest::ZERO));

    #[test]
    fn an_event_that_overtook_another_waits_for_it() {
        let sink = Ordered::new(Disk::default(), START);
        let events = events(3);
        thread::scope(|scope| {
            for event in events.iter().rev() {
                let sink = &sink;
                scope.spawn(move || sink.record(event).unwrap());
                thread::sleep(Duration::from_millis(20));
            }
        });
        intact(sink, 3);
    }

    #[test]
    fn behind_an_event_that_never_came_nobody_waits_for_ever() {
        let mut sink = Ordered::new(Disk::default(), START);
        sink.patience = Duration::from_millis(50);
        let events = events(4);
        assert_eq!(sink.record(&events[1]), Err(AuditError::Gap { seq: 1, missing: 0 }));
        // The first one has waited long enough for all.
        assert_eq!(sink.record(&events[2]), Err(AuditError::Gap { seq: 2, missing: 0 }));
        sink.record(&events[0]).unwrap();
        sink.record(&events[3]).unwrap();
        intact(sink, 4);
    }

    #[test]
    fn what_a_full_disk_refused_is_written_when_there_is_room_again() {
        let full = AtomicBool::new(false);
        let sink = Ordered::new(Disk { full: Some(&full), ..Disk::default() }, START);
        let events = events(5);
        sink.record(&events[0]).unwrap();
        full.store(true, Ordering::Relaxed);
        assert_eq!(sink.record(&events[1]), Err(AuditError::refused("full")));
        assert_eq!(sink.record(&events[2]), Err(AuditError::refused("full")));
        full.store(false, Ordering::Relaxed);
        sink.record(&events[3]).unwrap();
        sink.record(&events[4]).unwrap();
        intact(sink, 5);
    }

    #[test]
    fn a_sink_that_can_keep_no_more_closes() {
        let full = AtomicBool::new(true);
        let sink = Ordered::new(Disk { full: Some(&full), ..Disk::default() }, START);
        let events = events(MAX_WAITING as u64 + 2);
        let outcomes: Vec<_> = events.iter().map(|event| sink.record(event)).collect();
        assert_eq!(outcomes[MAX_WAITING - 1], Err(AuditError::refused("full")));
        full.store(false, Ordering::Relaxed);
        assert_eq!(outcomes[MAX_WAITING..], [Err(AuditError::Closed), Err(AuditError::Closed)]);
    }

    #[test]
    fn a_writer_that_panics_closes_the_sink_and_nobody_hangs() {
        let broken = AtomicBool::new(false);
        let sink = Ordered::new(Disk { broken: Some(&broken), ..Disk::default() }, START);
        let events = events(3);
        sink.record(&events[0]).unwrap();
        broken.store(true, Ordering::Relaxed);
        assert_eq!(sink.record(&events[1]), Err(AuditError::Panicked));
        broken.store(false, Ordering::Relaxed);
        assert_eq!(sink.record(&events[2]), Err(AuditError::Closed));
        intact(sink, 1);
    }

    #[test]
    fn an_event_of_another_chain_or_one_that_was_here_is_refused() {
        let sink = Ordered::new(Disk::default(), START);
        let (ours, theirs) = (events(3), {
            let chain = Chain::new(None);
            chain.seal(EventDraft::begin(Digest::ZERO), Moment::default()).unwrap();
            chain.seal(EventDraft::new(Stage::Inbound, Digest::ZERO), Moment::default()).unwrap()
        });
        sink.record(&ours[0]).unwrap();
        assert_eq!(sink.record(&ours[0]), Err(AuditError::Foreign { seq: 0 }));
        assert_eq!(sink.record(&theirs), Err(AuditError::Foreign { seq: 1 }));
        sink.record(&ours[1]).unwrap();
        intact(sink, 2);
    }

    #[test]
    fn a_foreign_event_that_waits_is_dropped_when_its_turn_comes() {
        let sink = Ordered::new(Disk::default(), START);
        let (ours, theirs) = (events(3), {
            let chain = Chain::new(None);
            chain.seal(EventDraft::begin(Digest::ZERO), Moment::default()).unwrap();
            chain.seal(EventDraft::new(Stage::Inbound, Digest::ZERO), Moment::default()).unwrap()
        });
        thread::scope(|scope| {
            let waiting = scope.spawn(|| sink.record(&theirs));
            thread::sleep(Duration::from_millis(50));
            sink.record(&ours[0]).unwrap();
            assert_eq!(waiting.join().unwrap(), Err(AuditError::Foreign { seq: 1 }));
        });
        sink.record(&ours[1]).unwrap();
        intact(sink, 2);
    }
}
