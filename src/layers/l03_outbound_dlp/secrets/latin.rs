//! Reads look-alikes as the ASCII that they look like, and keeps upper and lower case apart, as tokens do.

use crate::base::{Clean, Span};
use crate::text::fold;

/// A text with its look-alikes read as ASCII, and the way back.
pub(in super::super) struct Latin {
    pub(in super::super) text: String,
    /// Each character that is no ASCII: its range here and in the clean text.
    changes: Vec<Change>,
}

struct Change {
    start: usize,
    end: usize,
    clean_start: usize,
    clean_end: usize,
}

impl Latin {
    pub(in super::super) fn of(clean: &str) -> Self {
        let mut text = String::with_capacity(clean.len());
        let mut changes = Vec::new();
        for (at, c) in clean.char_indices() {
            if c.is_ascii() {
                text.push(c);
                continue;
            }
            let start = text.len();
            let mut buffer = [0; 4];
            let folded = fold(c.encode_utf8(&mut buffer));
            if !folded.is_ascii() {
                text.push(c);
            } else if c.is_uppercase() {
                text.push_str(&folded.to_ascii_uppercase());
            } else {
                text.push_str(&folded);
            }
            let clean_end = at.saturating_add(c.len_utf8());
            changes.push(Change { start, end: text.len(), clean_start: at, clean_end });
        }
        Self { text, changes }
    }

    /// The part of the clean text that `span` of this one stands for.
    pub(in super::super) fn locate(&self, span: Span<Clean>) -> Span<Clean> {
        let before = |at: usize| {
            let count = self.changes.partition_point(|change| change.start <= at);
            count.checked_sub(1).and_then(|last| self.changes.get(last))
        };
        let start = match before(span.start()) {
            Some(change) if span.start() < change.end => change.clean_start,
            Some(change) => change.clean_end.saturating_add(span.start().saturating_sub(change.end)),
            None => span.start(),
        };
        let end = match before(span.end().saturating_sub(1)) {
            Some(change) if span.end() <= change.end => change.clean_end,
            Some(change) => change.clean_end.saturating_add(span.end().saturating_sub(change.end)),
            None => span.end(),
        };
        Span::new(start, end).unwrap_or(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_keep_their_case_and_their_places() {
        let text = "x \u{FF21}\u{FF4B}\u{0430}1 y";
        let latin = Latin::of(text);
        let at = latin.text.find("Aka1").unwrap();
        let span = latin.locate(Span::new(at, at + 4).unwrap());
        assert_eq!(span.of(text), Some("\u{FF21}\u{FF4B}\u{0430}1"));
    }
}
