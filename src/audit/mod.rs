//! A log that cannot be edited without its being seen: every verb of the guard leaves one event, and each event
//! carries the digest of the one before it.
//!
//! Promises: with a key, whoever does not have it cannot change, remove, insert or swap an event so that
//! [`verify()`] accepts the log; a cut at the end is told where the log's head is kept. An event that [`FileSink`]
//! acknowledged survives `kill -9`, and with [`Durability::Disk`] the loss of power. No content, secret or
//! argument value is in an event: what was judged is a keyed digest and a length.
//!
//! Does not promise: without a key, whoever can write the file can write a whole new chain. Names are stored
//! as they are: session, principal, request, server, tool. `docs/audit-format.md` has every byte.

mod chain;
mod encode;
mod event;
mod file;
mod observers;
mod order;
mod verify;

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

pub use chain::Chain;
pub use event::{AuditEvent, EventDraft, Noted, Opening, Stage};
pub use file::{Durability, FileSink, Opened, verify_file};
pub use observers::{FnObserver, JsonLines, MemoryLog};
pub use verify::{Break, Head, Verification, Why, verify};

/// Takes events in. Called once per event, outside every lock of the guard, maybe from several threads at
/// once and then not in the order of [`AuditEvent::seq`].
///
/// A panic is caught and counts as a refusal. An observer must not call the guard that it observes: the
/// nested verb is refused.
pub trait AuditObserver: fmt::Debug + Send + Sync {
    /// Takes `event` in. `Ok` means: it is kept as safely as this observer keeps anything.
    ///
    /// # Errors
    /// When it could not be kept. Where the policy requires an audit, the verb then blocks.
    fn record(&self, event: &AuditEvent) -> Result<(), AuditError>;
}

impl<T: AuditObserver + ?Sized> AuditObserver for Arc<T> {
    fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        (**self).record(event)
    }
}

impl<T: AuditObserver + ?Sized> AuditObserver for Box<T> {
    fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        (**self).record(event)
    }
}

/// Why an event was not recorded, or a log not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// A file operation failed.
    #[error("the audit log could not be {doing}: {kind}{}", os_code(*.os))]
    Io {
        /// What was tried, as a participle: `written`, `opened`, …
        doing: &'static str,
        /// What kind of failure.
        kind: io::ErrorKind,
        /// The operating system's number for it.
        os: Option<i32>,
    },
    /// An observer refused the event, in its own words.
    #[error("an audit observer refused the event: {0}")]
    Refused(Cow<'static, str>),
    /// An observer panicked.
    #[error("an audit observer panicked")]
    Panicked,
    /// A thread panicked while it held the audit's lock.
    #[error("the audit's lock is poisoned")]
    Poisoned,
    /// An observer called the guard that it observes.
    #[error("an audit observer called the guard that it observes")]
    Reentrant,
    /// The chain's first event must be [`EventDraft::begin`].
    #[error("the audit chain has not begun")]
    NotBegun,
    /// There is no next sequence number.
    #[error("the audit chain is full")]
    Exhausted,
    /// The event does not continue what this sink holds: it is of another chain, or was here before.
    #[error("event {seq} does not continue this audit log")]
    Foreign {
        /// The event's sequence number.
        seq: u64,
    },
    /// An earlier event has not arrived, so this one could not be written in order. It is written when the
    /// missing one comes.
    #[error("event {seq} waits for event {missing}, which has not arrived")]
    Gap {
        /// The event's sequence number.
        seq: u64,
        /// The sequence number that is waited for.
        missing: u64,
    },
    /// The sink is in no state to go on; the log has to be opened anew.
    #[error("the audit log is closed after a failure and has to be opened anew")]
    Closed,
    /// Another writer has the file.
    #[error("another writer has the audit log open")]
    Locked,
    /// The file's last line is no event of a log of this format under this key.
    #[error("the file cannot be continued as an audit log: {0}")]
    NotContinuable(Why),
}

fn os_code(os: Option<i32>) -> String {
    os.map_or_else(String::new, |code| format!(" (os error {code})"))
}

impl AuditError {
    /// A refusal in an observer's own words. They may reach the operator's log: no content in them.
    pub fn refused(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(why.into())
    }

    /// A failed file operation; for observers outside this crate too.
    pub fn io(doing: &'static str, error: &io::Error) -> Self {
        Self::Io { doing, kind: error.kind(), os: error.raw_os_error() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        Digest, Disposition, Evidence, Finding, JsonPointer, Layer, Moment, PrincipalId, RequestId, RuleId,
        SecretKey, SecurityContext, SessionId, Severity, Span,
    };

    pub(super) fn key() -> SecretKey {
        SecretKey::from_bytes([7; 32])
    }

    pub(super) fn context() -> SecurityContext {
        SecurityContext::new(SessionId::new("s-1").unwrap())
            .principal(PrincipalId::new("ada").unwrap())
            .request(RequestId::new("r-9").unwrap())
    }

    pub(super) fn noisy_findings() -> Vec<Finding> {
        let custom = |rule: &str| {
            Finding::custom(Layer::OutboundDlp, RuleId::custom(rule), Severity::High, "said aloud: hunter2")
        };
        vec![
            custom("l3/secret/password")
                .at(Span::new(3, 10).unwrap())
                .evidence(Evidence::of("hunter2", &key())),
            custom("l3/secret/hunter2\n")
                .in_argument(JsonPointer::root().key("correct-horse-1battery").index(0)),
            custom("l3/pii/card").in_argument(JsonPointer::root().key("4111111111111111").key("to")),
        ]
    }

    /// A log of `events` events, as [`JsonLines`] writes it.
    pub(super) fn log(events: u64, key: Option<SecretKey>) -> Vec<u8> {
        let (chain, sink) = (Chain::new(key), JsonLines::new(Vec::new()));
        for number in 0..events {
            let draft = if number == 0 {
                EventDraft::begin(Digest::ZERO)
            } else {
                EventDraft::new(Stage::Outbound, Digest::ZERO)
                    .context(&context())
                    .disposition(Disposition::Block)
                    .findings(&noisy_findings())
            };
            chain
                .record(draft, Moment::new(1_700_000_000_000 + number, 0), [&sink as &dyn AuditObserver])
                .unwrap();
        }
        sink.into_inner().unwrap()
    }

    #[test]
    fn errors_say_what_failed_and_hold_no_path() {
        let error = AuditError::io("written", &io::Error::from_raw_os_error(28));
        assert_eq!(error.to_string(), "the audit log could not be written: no storage space (os error 28)");
    }
}
