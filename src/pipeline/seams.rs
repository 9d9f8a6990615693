//! Instructions that are split over several texts: each part looks harmless, and the model reads them one after another.
//!
//! **Promise.** Where the end of what came in before and the beginning of what comes in now are an attack together, and
//! neither is one alone, and a wording begins in the one and ends in the other, the text that completes it is judged an
//! attack. What is kept is bounded.
//!
//! **Not promised.** Parts with long harmless texts between them, parts in another order, parts that are cut between two
//! wordings, and what is completed behind a text that is an attack itself: that one was told.

use super::SecurityPipeline;
use crate::base::{Layer, Rule, RuleId, Severity};
use crate::detect::{Assessment, Cost, Likeness, Marks, Place, Score, Signal};
use crate::text::NormalizedText;

/// How much of the texts before is kept, and how much of a text is read with it, in bytes.
const EDGE: usize = 400;

pub(super) const SPLIT: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/injection/split",
    Severity::Low,
    "an instruction to the model of which an earlier text has the beginning",
);

/// The end of what came into a session last, one text behind another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seam {
    tail: String,
}

impl Seam {
    /// The part of a text that a seam keeps.
    pub fn edge(text: &str) -> &str {
        text.get(text.ceil_char_boundary(text.len().saturating_sub(EDGE))..).unwrap_or_default()
    }

    /// One more text came in, of which this is the [`edge`](Self::edge).
    pub fn push(&mut self, edge: &str) {
        self.tail.push('\n');
        self.tail.push_str(edge);
        self.tail = Self::edge(&self.tail).to_owned();
    }
}

impl SecurityPipeline {
    /// What is to be said of `text` where it completes an attack that `seam` begins.
    pub(super) fn completed(&self, seam: &Seam, text: &str, marks: Marks) -> Option<Signal> {
        self.completes(seam, text, marks)
            .then(|| Signal::new(RuleId::new(SPLIT.id), Score::ATTACK, SPLIT.meaning))
    }

    fn completes(&self, seam: &Seam, text: &str, marks: Marks) -> bool {
        let head = text.get(..text.floor_char_boundary(EDGE)).unwrap_or(text);
        if seam.tail.trim().is_empty() || head.trim().is_empty() {
            return false;
        }
        let assess = |text: &str| {
            let mut assessment = Assessment::new(marks);
            let text = NormalizedText::new(text, &self.limits);
            for detector in self.detectors.iter().filter(|detector| detector.cost() == Cost::Cheap) {
                assessment.inspect(&**detector, &text, Place::Visible);
            }
            assessment
        };
        let tail = seam.tail.trim_end();
        let is_word = tail.ends_with(char::is_alphanumeric) && head.starts_with(char::is_alphanumeric);
        let glues: &[&str] = if is_word { &[" ", ""] } else { &[" "] };
        glues.iter().any(|glue| {
            let whole = assess(&format!("{tail}{glue}{head}"));
            // Two harmless texts that stand together have more words than each, but no wording across the edge.
            let crosses = |signal: &Signal| {
                !signal.is_window()
                    && signal.span.is_some_and(|span| span.start() < tail.len() && tail.len() < span.end())
            };
            // What was an attack before is not one again because something harmless follows.
            whole.likeness() == Likeness::Attack
                && whole.signals().iter().any(crosses)
                && [tail, head].iter().all(|part| assess(part).likeness() < Likeness::Attack)
        })
    }
}
