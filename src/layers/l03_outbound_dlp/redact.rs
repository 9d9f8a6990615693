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
