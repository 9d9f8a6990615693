//! What is no text on its way in or out: extraction into memory, canaries, errors.

use super::{Outcome, SecurityPipeline};
use crate::base::{CanaryPlace, Integrity, Layer, RecordId, Rule, SecurityContext, Severity, Source};
use crate::layers::l02_source_gate::Graded;
use crate::layers::l05_canary::Canary;
use crate::layers::l07_error_sanitizer::{ErrorKind, SafeError};
use crate::policy::ExtractionAction;
use crate::state::{Held, Segment, SessionFacts};

/// What is to be extracted: a record that came in, or a source that the host names; with its text where it is to be
/// kept back for a review.
#[derive(Debug, Clone, Copy)]
pub struct Extract<'t> {
    what: What<'t>,
    text: Option<&'t str>,
}

#[derive(Debug, Clone, Copy)]
enum What<'t> {
    Record(RecordId),
    Source(&'t Source, bool),
}

impl<'t> Extract<'t> {
    /// A text that came in.
    pub const fn record(record: RecordId) -> Self {
        Self { what: What::Record(record), text: None }
    }

    /// A text of this source, whose trust the host vouches for.
    pub const fn of(source: &'t Source) -> Self {
        Self { what: What::Source(source, true), text: None }
    }

    /// A text of this kind of source, of whose trust nothing is said.
    pub const fn of_kind(source: &'t Source) -> Self {
        Self { what: What::Source(source, false), text: None }
    }

    /// The same, with the text: kept back when it is to be quarantined.
    #[must_use]
    pub const fn with_text(mut self, text: &'t str) -> Self {
        self.text = Some(text);
        self
    }

    pub(crate) const fn text(&self) -> Option<&'t str> {
        self.text
    }

    pub(crate) const fn named(&self) -> Option<RecordId> {
        match self.what {
            What::Record(record) => Some(record),
            What::Source(..) => None,
        }
    }
}

impl SecurityPipeline {
    /// Grades what is to be extracted. `segment` is the record's, where a record was named and is known; `held` is the
    /// record under which a text is kept back.
    pub fn extraction(
        &self,
        request: &Extract<'_>,
        segment: Option<&Segment>,
        facts: &SessionFacts,
        held: RecordId,
    ) -> (Outcome<()>, Option<Graded>) {
        let (source, label, said) = match (request.what, segment) {
            (What::Record(_), None) => {
                return (
                    self.refuse(&UNKNOWN, "no text of that record came in; extract nothing from it"),
                    None,
                );
            }
            (What::Record(_), Some(segment)) => (segment.source(), segment.label(), true),
            (What::Source(source, said), _) => (source, source.label(), said),
        };
        let hostile = label.integrity() == Integrity::Hostile;
        let believed = source.clone().integrity(label.integrity());
        let graded = self.source_gate.grade(&believed, said, facts.integrity(), hostile);
        let findings: Vec<_> = graded.finding().cloned().into_iter().collect();
        let mut outcome = match graded.action() {
            ExtractionAction::Allow => {
                let mut outcome = self.pass(());
                outcome.verdict.report_mut().extend(findings);
                return (outcome, Some(graded));
            }
            ExtractionAction::Quarantine => {
                self.block("a person has to look at it before it is remembered", findings)
            }
            ExtractionAction::Block => {
                self.block("it must not be remembered, by where it came from", findings)
            }
        };
        if let (ExtractionAction::Quarantine, Some(text)) = (graded.action(), request.text) {
            outcome.delta.held = Some(Held::new(held, source.clone(), label, "text", text));
        }
        (outcome, Some(graded))
    }

    /// Makes a canary for a place.
    pub fn issue_canary(
        &self,
        cx: &SecurityContext,
        place: &CanaryPlace,
        facts: &SessionFacts,
    ) -> Outcome<Canary> {
        match self.canaries.issue(cx.session_id(), place, facts) {
            Ok((canary, planted)) => {
                let mut outcome = self.pass(canary);
                outcome.delta.facts = planted;
                outcome
            }
            Err(finding) => self.stopped(*finding),
        }
    }

    /// What may be told of an error.
    pub fn error(&self, message: &str, kind: Option<&ErrorKind>) -> Outcome<SafeError> {
        let safe = self.safe_error(message, kind);
        let findings = safe.findings().to_vec();
        let mut outcome = self.pass(safe);
        outcome.verdict.report_mut().extend(findings);
        outcome
    }

    /// The same without a report.
    pub fn safe_error(&self, message: &str, kind: Option<&ErrorKind>) -> SafeError {
        self.errors.sanitize(message, kind)
    }
}

pub(super) const UNKNOWN: Rule = Rule::new(
    Layer::SourceGate,
    "l2/unknown-record",
    Severity::Medium,
    "no text of that record came in, or the session has forgotten it",
);
