//! What is taken out of a text that may leave otherwise.

use std::borrow::Cow;

use crate::base::{Original, Span};

/// Parts of a text to be replaced by `[redacted:TYPE]`. Overlapping parts become one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redactions {
    parts: Vec<(Span<Original>, &'static str)>,
}

impl Redactions {
    /// Whether there is nothing to replace.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds a part of the type `name`.
    pub(super) fn add(&mut self, span: Span<Original>, name: &'static str) {
        self.parts.push((span, name));
    }

    /// The parts that begin before `end` and end behind `start`, as they stand in that stretch of the text.
    pub(crate) fn within(&self, start: usize, end: usize) -> Self {
        let moved = |(span, name): &(Span<Original>, &'static str)| {
            let from = span.start().max(start).checked_sub(start)?;
            let to = span.end().min(end).checked_sub(start)?;
            Some((Span::new(from, to).filter(|span| !span.is_empty())?, *name))
        };
        Self { parts: self.parts.iter().filter_map(moved).collect() }
    }

    /// Where the first part begins that stands across `at`.
    pub(crate) fn across(&self, at: usize) -> Option<usize> {
        self.parts
            .iter()
            .filter(|(span, _)| span.start() < at && at < span.end())
            .map(|(span, _)| span.start())
            .min()
    }

    /// `original` with the parts replaced.
    pub fn apply<'t>(&self, original: &'t str) -> Cow<'t, str> {
        if self.parts.is_empty() {
            return Cow::Borrowed(original);
        }
        let mut parts = self.parts.clone();
        parts.sort_by_key(|(span, _)| (span.start(), std::cmp::Reverse(span.end())));
        let mut out = String::with_capacity(original.len());
        let mut copied = 0;
        for group in merge(&parts) {
            let (span, name) = group;
            // SECURITY: a span that cuts a character is widened: no half of what it covers stays.
            let start = floor_boundary(original, span.start()).max(copied);
            out.push_str(original.get(copied..start).unwrap_or_default());
            out.push_str("[redacted:");
            out.push_str(name);
            out.push(']');
            copied = ceil_boundary(original, span.end()).max(start);
        }
        out.push_str(original.get(copied..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// Sorted parts with overlapping ones joined under the first one's name.
fn merge(parts: &[(Span<Original>, &'static str)]) -> Vec<(Span<Original>, &'static str)> {
    let mut merged: Vec<(Span<Original>, &'static str)> = Vec::with_capacity(parts.len());
    for (span, name) in parts {
        match merged.last_mut() {
            Some((last, _)) if last.overlaps(*span) => *last = last.cover(*span),
            _ => merged.push((*span, name)),
        }
    }
    merged
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceil_boundary(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(text: &str, parts: &[(usize, usize, &'static str)]) -> String {
        let mut redactions = Redactions::default();
        for (start, end, name) in parts {
            redactions.add(Span::new(*start, *end).unwrap(), name);
        }
        redactions.apply(text).into_owned()
    }

    #[test]
    fn overlapping_parts_become_one_and_the_rest_stays() {
        assert_eq!(redact("a secret b", &[(2, 8, "x"), (4, 6, "y")]), "a [redacted:x] b");
        assert_eq!(redact("a secret b", &[(4, 9, "y"), (2, 6, "x")]), "a [redacted:x]b");
        assert_eq!(redact("ab", &[(0, 1, "x"), (1, 2, "y")]), "[redacted:x][redacted:y]");
    }

    #[test]
    fn nothing_to_redact_borrows() {
        assert!(matches!(Redactions::default().apply("text"), Cow::Borrowed("text")));
    }

    #[test]
    fn a_part_that_cuts_characters_or_leaves_the_text_takes_them_whole() {
        assert_eq!(redact("aéb", &[(2, 3, "x")]), "a[redacted:x]b");
        assert_eq!(redact("ab", &[(1, 9, "x")]), "a[redacted:x]");
    }
}
