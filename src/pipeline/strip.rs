//! What `strip` does about a text that carries instructions: the sentences in which they stand are taken out, and what is
//! left is judged again. Where it is still an attack, or cannot be cut, the text is kept back.

use super::SecurityPipeline;
use crate::base::{Layer, Limits, Original, Rule, Severity, Span};
use crate::detect::{Assessment, Likeness, Marks, Place};
use crate::layers::l00_sanitizer::Sanitized;
use crate::policy::InboundAction;
use crate::text::json::Json;

/// How often a text is cut and judged again.
const ROUNDS: usize = 6;
/// How far from a sign the ends of its sentence are looked for, in bytes.
const SENTENCE: usize = 320;

pub(super) const STRIPPED: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/stripped",
    Severity::Medium,
    "sentences that carry instructions to the model were taken out",
);

impl SecurityPipeline {
    /// `sanitized` without the sentences that fired; `None` where cutting does not help.
    pub(super) fn stripped(
        &self,
        sanitized: &Sanitized<'_>,
        marks: Marks,
        on_suspect: InboundAction,
    ) -> Option<Sanitized<'static>> {
        let bearable = if on_suspect >= InboundAction::Strip { Likeness::Clean } else { Likeness::Suspect };
        let mut left = sanitized.without(&[], &self.limits);
        for _ in 0..ROUNDS {
            let mut assessment = Assessment::new(marks);
            for detector in &self.detectors {
                assessment.inspect(&**detector, left.normalized(), Place::Visible);
            }
            if !assessment.failed().is_empty() {
                return None;
            }
            if assessment.likeness() <= bearable {
                return Some(left);
            }
            let text = left.normalized().original();
            // Exact places first: a window of the heads takes its neighbours along.
            let places = |windows: bool| -> Vec<Span<Original>> {
                let fired = assessment.signals().iter().filter(|signal| signal.is_window() == windows);
                fired.filter_map(|signal| signal.span).filter_map(|span| sentence(text, span)).collect()
            };
            let mut spans = places(false);
            if spans.is_empty() {
                spans = places(true);
                if left.is_json() {
                    spans =
                        values(text).filter(|value| spans.iter().any(|span| meet(*value, *span))).collect();
                }
            }
            spans.sort();
            if spans.is_empty() {
                return None;
            }
            left = cut(&left, &spans, &self.limits)?;
        }
        None
    }
}

/// `left` without `spans`, which are sorted; `None` where it would no longer be what it is.
fn cut(left: &Sanitized<'static>, spans: &[Span<Original>], limits: &Limits) -> Option<Sanitized<'static>> {
    let cut = left.without(spans, limits);
    // SECURITY: a cut through a member would make another document of it.
    (!left.is_json() || Json::parse(cut.text(), limits).is_ok()).then_some(cut)
}

/// The sentence or sentences around `span`, as far as their ends are near.
fn sentence(text: &str, span: Span<Original>) -> Option<Span<Original>> {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '\n' | '"' | '。' | '！' | '？' | '।' | '؟');
    let from = text.floor_char_boundary(span.start().saturating_sub(SENTENCE));
    let to = text.ceil_char_boundary(span.end().saturating_add(SENTENCE).min(text.len()));
    let before = text.get(from..span.start())?;
    let after = text.get(span.end()..to)?;
    let start = match before.rfind(ends) {
        Some(at) => from.saturating_add(at).saturating_add(before.get(at..)?.chars().next()?.len_utf8()),
        None if from == 0 => 0,
        None => span.start(),
    };
    let is_ended = text.get(..span.end())?.ends_with(ends);
    let end = match after.char_indices().find(|(_, c)| ends(*c)) {
        _ if is_ended => span.end(),
        // The quote that ends a string is not the sentence's.
        Some((at, '"')) => span.end().saturating_add(at),
        Some((at, c)) => span.end().saturating_add(at).saturating_add(c.len_utf8()),
        None if to == text.len() => to,
        None => span.end(),
    };
    Span::new(start, end)
}

fn meet(one: Span<Original>, other: Span<Original>) -> bool {
    one.start() < other.end() && other.start() < one.end()
}

/// What stands inside the quotes of each string of a JSON document that is no key.
fn values(json: &str) -> impl Iterator<Item = Span<Original>> {
    let mut opened = None;
    let mut escaped = false;
    json.bytes().enumerate().filter_map(move |(at, byte)| {
        match (opened, byte) {
            (Some(_), _) if std::mem::take(&mut escaped) => {}
            (Some(_), b'\\') => escaped = true,
            (Some(start), b'"') => {
                opened = None;
                let behind = json.get(at.saturating_add(1)..)?.trim_start_matches([' ', '\t', '\n', '\r']);
                return if behind.starts_with(':') { None } else { Span::new(start, at) };
            }
            (None, b'"') => opened = Some(at.saturating_add(1)),
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_people_end_it() {
        let text = "One here. Two there, too! Three";
        let of = |start, end| sentence(text, Span::new(start, end).unwrap()).unwrap().of(text).unwrap();
        assert_eq!(of(12, 15), " Two there, too!");
        assert_eq!(of(27, 29), " Three");
        assert_eq!(of(0, 31), text);
    }

    #[test]
    fn the_values_of_a_document_are_found_and_its_keys_are_not() {
        let json = r#"{"a": "one \" two", "b" : ["three", 4]}"#;
        let found: Vec<&str> = values(json).filter_map(|span| span.of(json)).collect();
        assert_eq!(found, ["one \\\" two", "three"]);
    }
}
