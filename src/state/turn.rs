//! What a session remembers of its course: numbered turns, and texts that are kept back.

use std::fmt;
use std::sync::Arc;

use crate::base::{Digest, Label, MessageHash, Moment, RecordId, Source};

/// What a turn is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TurnEvent {
    /// The user said something.
    UserMessage {
        /// The message's digest, by which an authorization names it.
        hash: MessageHash,
        /// Its record, by which a hit names it.
        record: RecordId,
        /// The audit event that recorded it: the cause of what the agent then does.
        event: Digest,
    },
    /// A tool call was let through, with this digest.
    Call(Digest),
    /// A text was let out, with this digest.
    Outbound(Digest),
}

impl TurnEvent {
    /// The same, recorded by this audit event.
    #[must_use]
    pub const fn recorded_by(self, event: Digest) -> Self {
        match self {
            Self::UserMessage { hash, record, .. } => Self::UserMessage { hash, record, event },
            other => other,
        }
    }
}

/// One step of a session. Numbers have no gaps and follow the order in which the store saw the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Turn {
    /// Counted from 1.
    pub number: u64,
    /// When.
    pub at: Moment,
    /// What.
    pub event: TurnEvent,
    /// The number of the newest user message up to here, this turn included; 0 while there was none.
    pub message: u64,
    /// How many calls were let through since then, this turn included.
    pub calls: u32,
}

impl Turn {
    /// The first turn, or the one after `previous`.
    pub const fn after(previous: Option<&Self>, event: TurnEvent, at: Moment) -> Self {
        let (number, message, calls) = match previous {
            Some(turn) => (turn.number.saturating_add(1), turn.message, turn.calls),
            None => (1, 0, 0),
        };
        let (message, calls) = match event {
            TurnEvent::UserMessage { .. } => (number, 0),
            TurnEvent::Call(_) => (message, calls.saturating_add(1)),
            TurnEvent::Outbound(_) => (message, calls),
        };
        Self { number, at, event, message, calls }
    }
}

/// How a user message is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageRef {
    /// By its digest, as an authorization does.
    Hash(MessageHash),
    /// By its record, as a hit does.
    Record(RecordId),
    /// The newest one.
    Latest,
}

impl MessageRef {
    /// Whether `event` is the user message that is meant.
    pub fn matches(self, event: TurnEvent) -> bool {
        match (self, event) {
            (Self::Hash(wanted), TurnEvent::UserMessage { hash, .. }) => wanted == hash,
            (Self::Record(wanted), TurnEvent::UserMessage { record, .. }) => wanted == record,
            (Self::Latest, TurnEvent::UserMessage { .. }) => true,
            _ => false,
        }
    }
}

/// A text that is kept back until somebody has looked at it. `Debug` shows its length, not the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    record: RecordId,
    source: Source,
    label: Label,
    media: Arc<str>,
    text: Arc<str>,
}

impl Held {
    /// Keeps `text` of this record back, as it came in; `media` is the host's word for what it is.
    pub fn new(
        record: RecordId,
        source: Source,
        label: Label,
        media: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
    ) -> Self {
        Self { record, source, label, media: media.into(), text: text.into() }
    }

    /// The record.
    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// Where it came from.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Its label.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// What it is: `text`, `html`, …
    pub fn media(&self) -> &str {
        &self.media
    }

    /// The text.
    pub const fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What it costs of the session's bytes.
    pub fn cost(&self) -> usize {
        const OVERHEAD: usize = 128;
        self.text
            .len()
            .saturating_add(self.media.len())
            .saturating_add(self.source.id().len())
            .saturating_add(OVERHEAD)
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("record", &self.record)
            .field("source", &self.source.kind().as_str())
            .field("label", &self.label)
            .field("text_len", &self.text.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SourceKind;

    #[test]
    fn calls_are_counted_from_the_newest_user_message() {
        let say =
            TurnEvent::UserMessage { hash: Digest::ZERO, record: RecordId::from_u64(1), event: Digest::ZERO };
        let call = TurnEvent::Call(Digest::ZERO);
        let mut last = None;
        let mut seen = Vec::new();
        for event in [call, say, call, TurnEvent::Outbound(Digest::ZERO), call, say] {
            let turn = Turn::after(last.as_ref(), event, Moment::default());
            seen.push((turn.number, turn.message, turn.calls));
            last = Some(turn);
        }
        assert_eq!(seen, [(1, 0, 1), (2, 2, 0), (3, 2, 1), (4, 2, 1), (5, 2, 2), (6, 6, 0)]);
    }

    #[test]
    fn held_texts_do_not_print() {
        let source = Source::new(SourceKind::WEB, "https://example.org/");
        let held = Held::new(RecordId::from_u64(1), source, Label::NEUTRAL, "text", "the quarantined words");
        assert!(!format!("{held:?}").contains("quarantined"));
    }
}
