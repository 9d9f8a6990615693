//! A text on its way out: L3 looks for what must not leave, L4 for what strangers wrote, L6 at the quotas, L5 for
//! what was planted.

use std::borrow::Cow;

use super::{Delta, Outcome, SecurityPipeline};
use crate::base::{Copied, Disposition, Finding, RecordId, Report, SecurityContext, Verdict, sha256};
use crate::layers::l03_outbound_dlp::{self, Piece, Redactions, Registered, Trail};
use crate::layers::l06_rate_limit::{self, Charge, RateLimit};
use crate::layers::{l04_provenance, l05_canary};
use crate::state::overlap::Overlaps;
use crate::state::{Acquired, Flag, Segment, SessionFacts, TurnEvent};
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

impl Quoting {
    /// Whether this record may be quoted.
    fn frees(self, record: RecordId) -> bool {
        match self {
            Self::Nothing => false,
            Self::Record(quoted) => quoted == record,
            Self::Everything => true,
        }
    }
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
    fn new(
        text: Cow<'t, str>,
        _dlp: l03_outbound_dlp::Passed,
        _provenance: &l04_provenance::Traced,
        _rate: &l06_rate_limit::Paced,
        _canary: l05_canary::Passed,
    ) -> Self {
        Self { text }
    }

    /// What may leave: the text itself, or with parts replaced.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_owned(self) -> Released<'static> {
        Released { text: Cow::Owned(self.text.into_owned()) }
    }

    /// The same, by value.
    pub fn into_text(self) -> Cow<'t, str> {
        self.text
    }
}

/// What a text that is to leave is judged against besides the policy: what the guard read before.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "who brings effects of their own has to bring all of it")]
pub struct LeavingFacts<'a> {
    /// On whose behalf.
    pub cx: &'a SecurityContext,
    /// What is known of the session.
    pub facts: &'a SessionFacts,
    /// What was measured between the text and the session's.
    pub overlaps: &'a Overlaps,
    /// What must not leave.
    pub registered: &'a Registered,
    /// What the session sent out before.
    pub trail: &'a Trail,
    /// What the text's charges would be answered, one each.
    pub paces: &'a [Acquired],
}

impl SecurityPipeline {
    /// What a text would be charged, to be looked up before it is judged.
    pub fn outbound_charges(&self, cx: &SecurityContext, out: &Outbound<'_>) -> Vec<Charge> {
        self.rates.text_charges(out.text, out.sink.kind(), cx)
    }

    /// Judges a text on its way out. `normalized` is the text's normal form, `charges` are its
    /// [`SecurityPipeline::outbound_charges`].
    pub fn outbound<'t>(
        &self,
        out: &Outbound<'t>,
        normalized: &NormalizedText<'_>,
        charges: Vec<Charge>,
        known: &LeavingFacts<'_>,
    ) -> Outcome<Released<'t>> {
        let overlaps = known.overlaps;
        let checked = self.dlp.check(normalized, out.sink.kind(), overlaps, known.registered, &self.evidence);
        let piece = Piece::of(normalized.clean()).copying(overlaps.shared());
        let followed =
            self.dlp.follow(&piece, out.sink.kind(), known.trail, known.registered, &self.evidence);
        let mut disposition = checked.disposition();
        disposition.raise(followed.disposition());
        let (mut findings, passed) = checked.into_parts();
        let (more, followed) = followed.into_parts();
        findings.extend(more);
        // SECURITY: a text that completes what left in pieces has no proof, however harmless it is alone.
        let passed = passed.filter(|_| followed.is_some());
        let mut facts = SessionFacts::new();
        if passed.is_none() {
            facts = facts.flag(Flag::Escalated);
        }
        let largest =
            overlaps.iter().filter(|overlap| overlap.is_protected()).max_by_key(|overlap| overlap.lcs());
        let measured = largest.map(|overlap| Copied::new(overlap.record(), overlap.lcs(), overlap.ngram()));
        let traced = match self.provenance.trace(overlaps, |record| out.quoting.frees(record)) {
            Ok(traced) => {
                findings.extend_from_slice(traced.findings());
                Some(traced)
            }
            Err(copies) => {
                findings.extend(copies);
                None
            }
        };
        let paced = match RateLimit::look(&charges, known.paces) {
            Ok(paced) => {
                findings.extend_from_slice(paced.findings());
                Some(paced)
            }
            Err(refused) => {
                findings.push(refused.into_finding());
                None
            }
        };
        let watch = self.canaries.watch(known.cx.session_id(), known.facts);
        let (seen, gone, no_canary) = self.canaries.leaving(watch.look(normalized)).into_parts();
        findings.extend(seen);
        // What is remembered of a text that does not leave is only that somebody tried.
        if let (Some((passed, redactions)), Some(traced), Some(paced), Some(no_canary)) =
            (passed, traced, paced, no_canary)
        {
            let text = redactions.apply(out.text);
            let released = Released::new(text, passed, &traced, &paced, no_canary);
            let mut report = Report::new(disposition, findings, self.policy());
            report.measured(measured);
            let mut delta =
                Delta { facts: gone.flag(Flag::SentOut), charges, sent: Some(piece), ..Delta::default() };
            delta.turn = Some(TurnEvent::Outbound(sha256(&[out.text.as_bytes()])));
            return Outcome { verdict: Verdict::Pass(released, report), delta };
        }
        let mut outcome = self.block(refusal(&findings), findings);
        outcome.verdict.report_mut().measured(measured);
        outcome.delta.facts = facts.merge(&gone);
        outcome
    }
}

impl SecurityPipeline {
    /// How many characters in a row of this source are a copy, if anything is.
    pub(crate) fn least_copy(&self, source: &Segment) -> usize {
        let thresholds = self.policy.settings().thresholds_for(source.source().kind());
        thresholds.least_run(source.label())
    }

    /// Judges a part of a text that still comes: what can be told of it alone; `is_prose` where it has nothing but the
    /// words of sentences. Its disposition, what was found, and what has to be taken out.
    pub(crate) fn passing(
        &self,
        part: &NormalizedText<'_>,
        out: &Outbound<'_>,
        overlaps: &Overlaps,
        registered: &Registered,
        is_prose: bool,
    ) -> (Disposition, Vec<Finding>, Redactions) {
        let (sink, key) = (out.sink.kind(), &self.evidence);
        let words = is_prose.then(|| self.dlp.check_words(part, sink, overlaps, registered, key)).flatten();
        let checked = words.unwrap_or_else(|| self.dlp.check(part, sink, overlaps, registered, key));
        let mut disposition = checked.disposition();
        let (mut findings, passed) = checked.into_parts();
        if let Err(copies) = self.provenance.trace(overlaps, |record| out.quoting.frees(record)) {
            findings.extend(copies);
            disposition.raise(Disposition::Block);
        }
        (disposition, findings, passed.map(|(_, redactions)| redactions).unwrap_or_default())
    }
}

fn refusal(findings: &[Finding]) -> String {
    let worst = findings.iter().max_by_key(|finding| finding.severity);
    match worst {
        Some(finding) => format!("the text was not sent: {} ({})", finding.message, finding.rule),
        None => "the text was not sent".to_owned(),
    }
}
