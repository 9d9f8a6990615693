//! A text on its way out: L3 looks for what must not leave, L4 for what strangers wrote.

use std::borrow::Cow;

use super::{Delta, Outcome, SecurityPipeline};
use crate::base::{Copied, Finding, RecordId, Report, Verdict, sha256};
use crate::layers::l03_outbound_dlp::{self, Registered};
use crate::layers::l04_provenance;
use crate::state::overlap::Overlaps;
use crate::state::{Flag, SessionFacts, TurnEvent};
use crate::text::NormalizedText;

/// Where a text is to go. The checks are the same for every sink so far; no rule matches on sinks yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    kind: String,
    id: String,
}

impl Sink {
    /// A sink of this kind (`email`, `reply`, `http`, …) and with the host's name for the very one.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }

    /// A sink of which nothing is said.
    pub fn unknown() -> Self {
        Self::new("unknown", "")
    }

    /// What kind of sink.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The host's name for it; may be empty.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// What the host lets a text quote, because the user asked for it. Frees from the check for untrusted copies,
/// never from those for secrets and sensitive text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoting {
    /// Nothing.
    #[default]
    Nothing,
    /// This record.
    Record(RecordId),
    /// Whatever came in.
    Everything,
}

/// A text that is to leave, as the host describes it.
#[derive(Debug, Clone, Copy)]
pub struct Outbound<'t> {
    text: &'t str,
    sink: &'t Sink,
    quoting: Quoting,
}

impl<'t> Outbound<'t> {
    /// This text, to this sink, quoting nothing.
    pub const fn new(text: &'t str, sink: &'t Sink) -> Self {
        Self { text, sink, quoting: Quoting::Nothing }
    }

    /// The same, with leave to quote.
    #[must_use]
    pub const fn quoting(mut self, quoting: Quoting) -> Self {
        self.quoting = quoting;
        self
    }

    /// The text.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// Where it is to go.
    pub const fn sink(&self) -> &'t Sink {
        self.sink
    }
}

/// A text that may leave. Born only where every check on outbound text left its proof.
#[derive(Debug)]
pub struct Released<'t> {
    text: Cow<'t, str>,
}

impl<'t> Released<'t> {
    // SECURITY: a path that leaves a layer out has no proof to give and does not compile.
    fn new(text: Cow<'t, str>, _dlp: l03_outbound_dlp::Passed, _provenance: &l04_provenance::Traced) -> Self {
        Self { text }
    }

    /// What may leave: the text itself, or with parts replaced.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same, by value.
    pub fn into_text(self) -> Cow<'t, str> {
        self.text
    }
}

impl SecurityPipeline {
    /// Judges a text on its way out. `normalized` is the text's normal form, `overlaps` what was measured between
    /// it and the session's texts.
    pub fn outbound<'t>(
        &self,
        out: &Outbound<'t>,
        normalized: &NormalizedText<'_>,
        overlaps: &Overlaps,
        registered: &Registered,
    ) -> Outcome<Released<'t>> {
        let checked = self.dlp.check(normalized, overlaps, registered, &self.evidence);
        let disposition = checked.disposition();
        let (mut findings, passed) = checked.into_parts();
        let largest =
            overlaps.iter().filter(|overlap| overlap.is_protected()).max_by_key(|overlap| overlap.lcs());
        let measured = largest.map(|overlap| Copied::new(overlap.record(), overlap.lcs(), overlap.ngram()));
        let quoted = |record: RecordId| match out.quoting {
            Quoting::Nothing => false,
            Quoting::Record(quoted) => quoted == record,
            Quoting::Everything => true,
        };
        let traced = match self.provenance.trace(overlaps, quoted) {
            Ok(traced) => {
                findings.extend_from_slice(traced.findings());
                Some(traced)
            }
            Err(copies) => {
                findings.extend(copies);
                None
            }
        };
        if let (Some((passed, redactions)), Some(traced)) = (passed, traced) {
            let text = redactions.apply(out.text);
            let released = Released::new(text, passed, &traced);
            let mut report = Report::new(disposition, findings, self.policy());
            report.measured(measured);
            let mut delta = Delta { facts: SessionFacts::new().flag(Flag::SentOut), ..Delta::default() };
            delta.turn = Some(TurnEvent::Outbound(sha256(&[out.text.as_bytes()])));
            return Outcome { verdict: Verdict::Pass(released, report), delta };
        }
        let mut outcome = self.block(refusal(&findings), findings);
        outcome.verdict.report_mut().measured(measured);
        outcome
    }
}

fn refusal(findings: &[Finding]) -> String {
    let worst = findings.iter().max_by_key(|finding| finding.severity);
    match worst {
        Some(finding) => format!("the text was not sent: {} ({})", finding.message, finding.rule),
        None => "the text was not sent".to_owned(),
    }
}
