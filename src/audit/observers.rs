//! Observers that need nothing: the memory, a closure, any writer.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::Mutex;

use super::order::{Append, Failure, Ordered};
use super::{AuditError, AuditEvent, AuditObserver};

/// Keeps the newest events in memory. For tests, and for hosts that show them.
#[derive(Debug)]
pub struct MemoryLog {
    capacity: usize,
    events: Mutex<VecDeque<AuditEvent>>,
}

impl MemoryLog {
    /// Keeps at most `capacity` events; the oldest go first.
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, events: Mutex::new(VecDeque::new()) }
    }

    /// The events that are kept, in the chain's order.
    ///
    /// # Errors
    /// When a thread panicked while it added one.
    pub fn events(&self) -> Result<Vec<AuditEvent>, AuditError> {
        Ok(self.events.lock().map_err(|_| AuditError::Poisoned)?.iter().cloned().collect())
    }
}

impl AuditObserver for MemoryLog {
    fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        let mut events = self.events.lock().map_err(|_| AuditError::Poisoned)?;
        // Events of other threads may have overtaken this one, but only the few that were under way.
        let behind = events.iter().rev().take_while(|other| other.seq() > event.seq()).count();
        let at = events.len().saturating_sub(behind);
        events.insert(at, event.clone());
        if events.len() > self.capacity {
            events.pop_front();
        }
        Ok(())
    }
}

/// Calls a closure for each event.
pub struct FnObserver<F>(F);

impl<F: Fn(&AuditEvent) -> Result<(), AuditError> + Send + Sync> FnObserver<F> {
    /// Calls `f` for each event, maybe from several threads at once.
    pub const fn new(f: F) -> Self {
        Self(f)
    }
}

impl<F> fmt::Debug for FnObserver<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FnObserver")
    }
}

impl<F: Fn(&AuditEvent) -> Result<(), AuditError> + Send + Sync> AuditObserver for FnObserver<F> {
    fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        (self.0)(event)
    }
}

/// Writes each event as a line of JSON, in the chain's order, and flushes. As durable as the writer is; for files
/// there is [`FileSink`](super::FileSink). After a failed write it is closed: part of a line may be out.
pub struct JsonLines<W>(Ordered<Lines<W>>);

struct Lines<W>(W);

impl<W> fmt::Debug for JsonLines<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonLines")
    }
}

impl<W: Write + Send> JsonLines<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self(Ordered::new(Lines(writer), None))
    }

    /// The writer back.
    ///
    /// # Errors
    /// When it panicked while it wrote.
    pub fn into_inner(self) -> Result<W, AuditError> {
        self.0.into_inner().map(|lines| lines.0)
    }
}

impl<W: Write + Send> Append for Lines<W> {
    fn append(&mut self, lines: &[u8], _last: &AuditEvent) -> Result<(), Failure> {
        self.0
            .write_all(lines)
            .and_then(|()| self.0.flush())
            .map_err(|error| Failure::Broken(AuditError::io("written", &error)))
    }
}

impl<W: Write + Send> AuditObserver for JsonLines<W> {
    fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        self.0.record(event)
    }
}
