//! What is taken out of a text that may leave otherwise.
//!
//! **Promise.** What was found is replaced by `[redacted:TYPE#MARK]`. The same value has the same mark wherever it stands
//! in the texts of one guard, another value another, so that a reader can follow what is spoken of. A JSON document stays
//! one, with its members and their types: texts are replaced within their quotes, numbers by zero.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::base::{Digest, Limits, Original, Span};
use crate::text::json::Json;

/// What stands in the place of a value: its type, and a mark that is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placeholder {
    name: Cow<'static, str>,
    mark: [u8; 3],
}

impl Placeholder {
    /// For the value with this keyed digest.
    pub(super) fn new(name: Cow<'static, str>, value: Digest) -> Self {
        let [a, b, c, ..] = *value.as_bytes();
        Self { name, mark: [a, b, c] }
    }

    fn write(&self, out: &mut String) {
        // Consonants: digits would be parts of numbers that the text is searched for, vowels would make words.
        const DIGITS: &[u8; 16] = b"bcdfghjkmnpqrtvw";
        out.push_str("[redacted:");
        out.push_str(&self.name);
        out.push('#');
        for half in self.mark.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
            out.extend(DIGITS.get(usize::from(half)).map(|digit| char::from(*digit)));
        }
        out.push(']');
    }
}

/// Parts of a text to be replaced. Overlapping parts become one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redactions {
    parts: Vec<(Span<Original>, Placeholder)>,
}

impl Redactions {
    /// Whether there is nothing to replace.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Adds a part.
    pub(super) fn add(&mut self, span: Span<Original>, placeholder: Placeholder) {
        self.parts.push((span, placeholder));
    }

    /// The parts that begin before `end` and end behind `start`, as they stand in that stretch of the text.
    pub(crate) fn within(&self, start: usize, end: usize) -> Self {
        let moved = |(span, placeholder): &(Span<Original>, Placeholder)| {
            let from = span.start().max(start).checked_sub(start)?;
            let to = span.end().min(end).checked_sub(start)?;
            Some((Span::new(from, to).filter(|span| !span.is_empty())?, placeholder.clone()))
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
        let mut parts: Vec<(Span<Original>, &Placeholder)> =
            self.parts.iter().map(|(span, placeholder)| (*span, placeholder)).collect();
        parts.sort_by_key(|(span, _)| (span.start(), std::cmp::Reverse(span.end())));
        let parts = merge(&parts);
        let is_json = original.trim_start().starts_with(['{', '[', '"'])
            && Json::parse(original.trim(), &Limits::default()).is_ok();
        let mut out = String::with_capacity(original.len());
        let mut copied = 0;
        let tokens = if is_json { tokens(original) } else { Vec::new() };
        for (span, placeholder) in parts {
            // SECURITY: a span that cuts a character is widened: no half of what it covers stays.
            let start = floor_boundary(original, span.start()).max(copied);
            let end = ceil_boundary(original, span.end()).max(start);
            if !is_json {
                out.push_str(original.get(copied..start).unwrap_or_default());
                placeholder.write(&mut out);
                copied = end;
                continue;
            }
            // What stands between the tokens is the document's form and says nothing.
            let first = tokens.partition_point(|token| token.end <= start);
            for token in tokens.get(first..).unwrap_or_default().iter().take_while(|token| token.start < end)
            {
                let (from, to) = token.cut(original, start.max(token.start), end.min(token.end));
                if from < copied {
                    continue;
                }
                out.push_str(original.get(copied..from).unwrap_or_default());
                if token.is_text {
                    placeholder.write(&mut out);
                } else {
                    out.push('0');
                }
                copied = to;
            }
        }
        out.push_str(original.get(copied..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// A text of a JSON document, without its quotes, or a number.
struct Token {
    start: usize,
    end: usize,
    is_text: bool,
    /// Where the escapes in it begin, and how long they are.
    escapes: BTreeMap<usize, usize>,
}

impl Token {
    /// The range without half an escape at either end; a number whole.
    fn cut(&self, text: &str, start: usize, end: usize) -> (usize, usize) {
        if !self.is_text {
            return (self.start, self.end);
        }
        let around = |at: usize| {
            let (from, length) = self.escapes.range(..at).next_back()?;
            let to = from.saturating_add(*length);
            (at < to).then_some((*from, to))
        };
        let start = around(start).map_or(start, |(from, _)| from);
        let end = around(end).map_or(end, |(_, to)| to);
        (floor_boundary(text, start), ceil_boundary(text, end))
    }
}

/// The texts and numbers of a document that was parsed.
fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let start = at.saturating_add(1);
                let (mut end, mut escapes) = (start, BTreeMap::new());
                while let Some(byte) = bytes.get(end).filter(|byte| **byte != b'"') {
                    let length = match (byte, bytes.get(end.saturating_add(1))) {
                        (b'\\', Some(b'u')) => 6,
                        (b'\\', _) => 2,
                        _ => 1,
                    };
                    if length > 1 {
                        escapes.insert(end, length);
                    }
                    end = end.saturating_add(length);
                }
                tokens.push(Token { start, end, is_text: true, escapes });
                at = end.saturating_add(1);
            }
            b'-' | b'0'..=b'9' => {
                let digits = bytes.get(at..).unwrap_or_default();
                let is_digit = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let end = at.saturating_add(digits.iter().take_while(is_digit).count());
                tokens.push(Token { start: at, end, is_text: false, escapes: BTreeMap::new() });
                at = end;
            }
            _ => at = at.saturating_add(1),
        }
    }
    tokens
}

/// Sorted parts with overlapping ones joined under the first one's name.
fn merge<'p>(parts: &[(Span<Original>, &'p Placeholder)]) -> Vec<(Span<Original>, &'p Placeholder)> {
    let mut merged: Vec<(Span<Original>, &Placeholder)> = Vec::with_capacity(parts.len());
    for (span, name) in parts {
        match merged.last_mut() {
            Some((last, _)) if last.overlaps(*span) => *last = last.cover(*span),
            _ => merged.push((*span, name)),
        }
    }
    merged
}

fn floor_boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

fn ceil_boundary(text: &str, at: usize) -> usize {
    text.ceil_char_boundary(at.min(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redact(text: &str, parts: &[(usize, usize, &'static str)]) -> String {
        let mut redactions = Redactions::default();
        for (start, end, name) in parts {
            let placeholder = Placeholder { name: Cow::Borrowed(name), mark: [0, 0, 1] };
            redactions.add(Span::new(*start, *end).unwrap(), placeholder);
        }
        redactions.apply(text).replace("#bbbbbc", "")
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

    #[test]
    fn a_document_keeps_its_form_and_the_types_of_its_members() {
        let text = r#"{"card": 4111111111111111, "note": "a\u0062c d", "list": [1, "x"]}"#;
        let at = |part: &str| text.find(part).unwrap();
        let card = (at("4111"), at("4111") + 16, "card");
        assert_eq!(redact(text, &[card]), text.replace("4111111111111111", "0"));
        // Half an escape is taken whole; what reaches over several members is taken out of each.
        assert_eq!(redact(text, &[(at("u0062"), at("c d"), "x")]), text.replace("\\u0062", "[redacted:x]"));
        assert_eq!(
            redact(text, &[(at("c d"), text.len(), "x")]),
            r#"{"card": 4111111111111111, "note": "a\u0062[redacted:x]", "[redacted:x]": [0, "[redacted:x]"]}"#
        );
    }

    /// The kinds of a document's texts, numbers and other members.
    fn kinds(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Array(items) => items.iter().map(kinds).collect(),
            serde_json::Value::Object(members) => members.values().map(kinds).collect(),
            serde_json::Value::String(_) => "s".into(),
            serde_json::Value::Number(_) => "n".into(),
            _ => "o".into(),
        }
    }

    proptest! {
        #[test]
        fn a_document_stays_one_wherever_it_is_cut(
            texts in prop::collection::vec("[a-z\\\\\"/é\u{1F600}]{0,6}", 1..5),
            numbers in prop::collection::vec(any::<i32>(), 0..3),
            cuts in prop::collection::vec((0..200_usize, 1..60_usize), 1..4),
        ) {
            let document = serde_json::json!({ "texts": texts, "numbers": numbers, "last": true }).to_string();
            let mut redactions = Redactions::default();
            for (start, length) in cuts {
                let (start, end) = (start.min(document.len()), (start + length).min(document.len()));
                let Some(span) = Span::new(start, end.max(start)).filter(|span| !span.is_empty()) else { continue };
                redactions.add(span, Placeholder { name: Cow::Borrowed("x"), mark: [1, 2, 3] });
            }
            let redacted = redactions.apply(&document);
            let read: serde_json::Value = serde_json::from_str(&redacted).unwrap();
            let mut before: Vec<char> = kinds(&serde_json::from_str(&document).unwrap()).chars().collect();
            let mut after: Vec<char> = kinds(&read).chars().collect();
            // Members may be named alike when all of their names are taken out.
            before.sort_unstable();
            after.sort_unstable();
            prop_assert!(after.len() <= before.len());
            if redacted.matches("redacted:x#bcbdbf]\":").count() < 2 {
                prop_assert_eq!(before, after);
            }
        }
    }
}
