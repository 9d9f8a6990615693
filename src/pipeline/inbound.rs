//! A text on its way in: L0 cleans it, the detectors judge it, L4 remembers it, L1 wraps it.

use super::behaviour;
use super::seams::Seam;
use super::strip::STRIPPED;
use super::{Delta, Outcome, SecurityPipeline};
use crate::base::{
    Disposition, Entropy, EntropyError, Finding, Integrity, Label, Layer, Readers, RecordId, Report, Rule,
    SecurityContext, Severity, Source, SourceKind, Verdict,
};
use crate::detect::{Assessment, Cost, DetectorId, Likeness, Marks, Opinion, Place, Question, Score};
use crate::layers::l00_sanitizer::{Decoded, Media, Sanitized, is_parity};
use crate::layers::l01_isolation::Spotlight;
use crate::policy::{CanaryAction, HiddenAction, InboundAction};
use crate::state::{Counter, Held, Role, SessionFacts};
use crate::text::NormalizedText;

/// A text that comes in, as the host describes it.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'t> {
    text: &'t str,
    source: &'t Source,
    media: Media,
    /// None: as the policy has it.
    spotlight: Option<Spotlight>,
    /// What was found when bytes became this text.
    decoding: &'t [Finding],
    /// Whose opinion is wanted where the detectors are not sure, and what it is; None: nobody's.
    judge: Option<(&'t DetectorId, Option<&'t Opinion>)>,
}

impl<'t> Inbound<'t> {
    /// Plain text of this source.
    pub const fn new(text: &'t str, source: &'t Source) -> Self {
        Self { text, source, media: Media::Text, spotlight: None, decoding: &[], judge: None }
    }

    /// Text that was bytes, with what was found when they were decoded.
    pub fn decoded(decoded: &'t Decoded<'_>, source: &'t Source) -> Self {
        Self { decoding: decoded.findings(), ..Self::new(decoded.text(), source) }
    }

    /// The same, written in this medium.
    #[must_use]
    pub const fn media(mut self, media: Media) -> Self {
        self.media = media;
        self
    }

    /// The same, made to look untrusted in this way inside its tags, whatever the policy has.
    #[must_use]
    pub const fn spotlight(mut self, spotlight: Spotlight) -> Self {
        self.spotlight = Some(spotlight);
        self
    }

    /// The same, with what this judge says of it; None: it was not asked.
    pub(crate) const fn judged(mut self, id: &'t DetectorId, opinion: Option<&'t Opinion>) -> Self {
        self.judge = Some((id, opinion));
        self
    }

    /// Whether somebody's opinion is there, or is known to be missing.
    pub(crate) const fn is_judged(&self) -> bool {
        self.judge.is_some()
    }

    /// The text as it came.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// Where it came from.
    pub const fn source(&self) -> &'t Source {
        self.source
    }
}

/// A text that may be shown to the model.
#[derive(Debug)]
pub struct Admitted {
    prompt: String,
    plain: String,
    record: RecordId,
    assessment: Assessment,
    label: Label,
    tainted: bool,
}

impl Admitted {
    /// What to put into the prompt: isolated, unless the source is trusted.
    pub fn as_str(&self) -> &str {
        &self.prompt
    }

    /// The cleaned text without isolation, for other uses than a prompt.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// The id under which the session remembers the text.
    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// What the detectors say.
    pub const fn injection(&self) -> &Assessment {
        &self.assessment
    }

    /// The text's label: its source's, lowered where it was judged an attack.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// Whether the session has seen untrusted text by now.
    pub const fn tainted(&self) -> bool {
        self.tainted
    }
}

impl SecurityPipeline {
    /// Judges a text on its way in, behind what came in before. `record` must be fresh.
    ///
    /// # Errors
    /// When there is no entropy for the isolation's nonce.
    pub fn inbound(
        &self,
        cx: &SecurityContext,
        input: &Inbound<'_>,
        record: RecordId,
        facts: &SessionFacts,
        seam: &Seam,
        entropy: &dyn Entropy,
    ) -> Result<Outcome<Admitted>, EntropyError> {
        self.admit(cx, input, record, facts, Some(seam), entropy)
    }

    /// The same for a text that was kept back and that somebody has looked at: the judgement stands, but it no
    /// longer keeps the text back.
    ///
    /// # Errors
    /// When there is no entropy for the isolation's nonce.
    pub fn release(
        &self,
        cx: &SecurityContext,
        held: &Held,
        facts: &SessionFacts,
        entropy: &dyn Entropy,
    ) -> Result<Outcome<Admitted>, EntropyError> {
        let media = Media::named(held.media()).unwrap_or_default();
        let input = Inbound::new(held.text(), held.source()).media(media);
        self.admit(cx, &input, held.record(), facts, None, entropy)
    }

    /// What a judge has to be asked about a text: nothing, where the detectors are sure of it.
    pub fn question(&self, input: &Inbound<'_>) -> Option<Question> {
        let sanitized = self.sanitizer.sanitize(input.text, input.media, &self.limits);
        let settings = self.policy.settings().inbound_for(input.source.kind());
        let marks = Marks::new(settings.suspect_min, settings.attack_min);
        let judge_min = Score::thousandths(settings.judge_min);
        let assessment = self.assess(&sanitized, sanitized.normalized(), marks, judge_min);
        is_doubtful(&assessment, judge_min).then(|| {
            let hidden = sanitized.hidden().iter().map(|part| (part.text().to_owned(), Place::Hidden));
            let seen = (sanitized.text().to_owned(), Place::Visible);
            Question::new(std::iter::once(seen).chain(hidden).collect())
        })
    }

    fn admit(
        &self,
        cx: &SecurityContext,
        input: &Inbound<'_>,
        record: RecordId,
        facts: &SessionFacts,
        // None: somebody has looked at the text.
        seam: Option<&Seam>,
        entropy: &dyn Entropy,
    ) -> Result<Outcome<Admitted>, EntropyError> {
        let sanitized = self.sanitizer.sanitize(input.text, input.media, &self.limits);
        let normalized = sanitized.normalized();
        let settings = self.policy.settings().inbound_for(input.source.kind());
        let marks = Marks::new(settings.suspect_min, settings.attack_min);
        let is_own = input.source.label().integrity() == Integrity::Trusted;
        let assessment = self.judged(input, &sanitized, facts, seam.filter(|_| !is_own));
        let mut findings = input.decoding.to_vec();
        findings.extend_from_slice(sanitized.findings());
        let judged = assessment.findings().into_iter();
        // The rendered text of markup is another text than the input: its offsets say nothing there.
        findings.extend(judged.map(|found| if sanitized.is_verbatim() { found } else { found.nowhere() }));

        let (canary, seen, mut known) = self.returned(cx, input, normalized, facts);
        if assessment.likeness() > Likeness::Clean && !is_own {
            known = known.reached(Counter::Suspects, facts.counter(Counter::Suspects).saturating_add(1));
        }
        findings.extend(seen);
        let settings = self.policy.settings().inbound_for(input.source.kind());
        // A text that may not be what a person sees is not handed on as if it were.
        let unknown = sanitized.is_parity_unknown().then_some(settings.on_unknown);
        if unknown >= Some(InboundAction::Mark) {
            for found in findings.iter_mut().filter(|found| is_parity(&found.rule)) {
                found.severity = found.severity.max(Severity::Medium);
            }
        }
        let mut action = self.action(&sanitized, &assessment, input.source, canary);
        let mut stripped = None;
        if action == Some(InboundAction::Strip) && assessment.likeness() > Likeness::Clean {
            stripped = self.stripped(&sanitized, marks, settings.on_suspect);
            if stripped.is_some() {
                findings.push(STRIPPED.finding());
            } else {
                action = Some(InboundAction::Quarantine);
            }
        }
        let label = judged_label(input.source.label(), assessment.likeness(), canary, action);
        let mut source = input.source.clone().integrity(label.integrity());
        if let Some(readers) = self.readers(input) {
            source = source.readers(readers);
        }
        match action {
            Some(InboundAction::Block) => {
                let returned = canary == Some(CanaryAction::Block);
                let mut outcome = self.block(refusal(&sanitized, &assessment, returned), findings);
                outcome.delta.facts = known;
                return Ok(outcome);
            }
            Some(InboundAction::Quarantine) if seam.is_some() => {
                findings.push(HELD.finding());
                let mut outcome = self.block(HELD_MESSAGE, findings);
                outcome.delta.facts = known;
                outcome.delta.held =
                    Some(Held::new(record, input.source.clone(), label, input.media.as_str(), input.text));
                return Ok(outcome);
            }
            _ => {}
        }

        let spotlight = input.spotlight.unwrap_or(settings.spotlight);
        let sanitized = stripped.as_ref().unwrap_or(&sanitized);
        let isolated =
            self.isolation.isolate(sanitized, &source, assessment.likeness(), spotlight, entropy)?;
        let posed = isolated.findings().iter().cloned();
        let unchanged = sanitized.text() == input.text;
        findings.extend(posed.map(|found| if unchanged { found } else { found.nowhere() }));
        let disposition = if findings.iter().any(|finding| finding.severity >= Severity::Medium) {
            Disposition::Modify
        } else {
            Disposition::Allow
        };
        let role = if *source.kind() == SourceKind::TOOL { Role::ToolResult } else { Role::Inbound };
        let delta = Delta {
            facts: known.saw(label),
            came: (!is_own).then(|| Seam::edge(sanitized.text()).to_owned()),
            segment: Some(self.provenance.record(record, source, label, role, normalized, &self.limits)),
            ..Delta::default()
        };
        let admitted = Admitted {
            plain: sanitized.text().to_owned(),
            prompt: isolated.into_prompt(),
            record,
            assessment,
            label,
            tainted: facts.merge(&delta.facts).untrusted_seen(),
        };
        let report = Report::new(disposition, findings, self.policy.digest());
        Ok(Outcome { verdict: Verdict::Pass(admitted, report), delta })
    }

    /// Who may read a tool's result, where the host does not say it and the policy knows where it stands.
    fn readers(&self, input: &Inbound<'_>) -> Option<Readers> {
        let ask = *input.source.kind() == SourceKind::TOOL && input.source.said_readers().is_none();
        ask.then(|| self.policy.readers_of(input.source.id(), input.text, &self.limits)).flatten()
    }

    /// What the detectors say, the judge where they are not sure, and what came in before. `seam`: none behind what is
    /// the host's own, or what somebody has looked at.
    fn judged(
        &self,
        input: &Inbound<'_>,
        sanitized: &Sanitized<'_>,
        facts: &SessionFacts,
        seam: Option<&Seam>,
    ) -> Assessment {
        let settings = self.policy.settings().inbound_for(input.source.kind());
        let marks = Marks::new(settings.suspect_min, settings.attack_min);
        let judge_min = Score::thousandths(settings.judge_min);
        let mut assessment = self.assess(sanitized, sanitized.normalized(), marks, judge_min);
        if let Some((judge, opinion)) = input.judge
            && is_doubtful(&assessment, judge_min)
        {
            assessment.hear(judge, opinion);
        }
        let Some(seam) = seam else { return assessment };
        if assessment.likeness() < Likeness::Attack
            && let Some(signal) = self.completed(seam, sanitized.text(), marks)
        {
            assessment.note(signal);
        }
        if assessment.likeness() == Likeness::Suspect
            && let Some(signal) = behaviour::sign(facts, settings.session_weight)
        {
            assessment.note(signal);
        }
        assessment
    }

    /// Whether a planted token comes in, in what is seen or in what was written.
    fn returned(
        &self,
        cx: &SecurityContext,
        input: &Inbound<'_>,
        seen: &NormalizedText<'_>,
        facts: &SessionFacts,
    ) -> (Option<CanaryAction>, Vec<Finding>, SessionFacts) {
        let watch = self.canaries.watch(cx.session_id(), facts);
        if watch.is_empty() {
            return (None, Vec::new(), SessionFacts::new());
        }
        let home = input.source.id();
        let mut returned = self.canaries.returned(watch.look(seen), home);
        if returned.action().is_none() && seen.original() != input.text {
            let written = NormalizedText::new(input.text, &self.limits);
            returned = self.canaries.returned(watch.look(&written), home);
        }
        let action = returned.action();
        let (findings, known) = returned.into_parts();
        // A place in the rendered text, or in the markup, is none in the other.
        (action, findings.into_iter().map(Finding::nowhere).collect(), known)
    }

    /// Lets the detectors read what is seen and what was hidden, the dear ones where the cheap ones are not sure.
    pub(super) fn assess(
        &self,
        sanitized: &Sanitized<'_>,
        normalized: &NormalizedText<'_>,
        marks: Marks,
        judge_min: Score,
    ) -> Assessment {
        let mut assessment = Assessment::new(marks);
        self.ask(&mut assessment, Cost::Cheap, sanitized, normalized);
        if is_doubtful(&assessment, judge_min) {
            self.ask(&mut assessment, Cost::Dear, sanitized, normalized);
        }
        assessment
    }

    /// Lets the detectors of this cost read what is seen and what was hidden.
    fn ask(
        &self,
        assessment: &mut Assessment,
        cost: Cost,
        sanitized: &Sanitized<'_>,
        normalized: &NormalizedText<'_>,
    ) {
        let mut detectors = self.detectors.iter().filter(|detector| detector.cost() == cost).peekable();
        if detectors.peek().is_none() {
            return;
        }
        for detector in detectors.clone() {
            assessment.inspect(&**detector, normalized, Place::Visible);
        }
        for hidden in sanitized.hidden() {
            let hidden = NormalizedText::new(hidden.text(), &self.limits);
            for detector in detectors.clone() {
                assessment.inspect(&**detector, &hidden, Place::Hidden);
            }
        }
    }

    /// What the policy does about the text; the strictest of all that is to be said.
    fn action(
        &self,
        sanitized: &Sanitized<'_>,
        assessment: &Assessment,
        source: &Source,
        canary: Option<CanaryAction>,
    ) -> Option<InboundAction> {
        let settings = self.policy.settings().inbound_for(source.kind());
        // What could not be read to its end, or not be judged, is refused under every policy.
        if sanitized.is_truncated() || !assessment.failed().is_empty() {
            return Some(InboundAction::Block);
        }
        let hidden = sanitized.findings().iter().any(|finding| finding.severity >= Severity::Medium);
        let hidden = (hidden && settings.on_hidden == HiddenAction::Block).then_some(InboundAction::Block);
        let judged = match assessment.likeness() {
            Likeness::Attack => Some(settings.on_attack),
            Likeness::Suspect => Some(settings.on_suspect),
            Likeness::Clean => None,
        };
        let canary = canary.map(|canary| match canary {
            CanaryAction::Report => InboundAction::Report,
            CanaryAction::Mark => InboundAction::Mark,
            CanaryAction::Block => InboundAction::Block,
        });
        let unknown = sanitized.is_parity_unknown().then_some(settings.on_unknown);
        hidden.max(judged).max(canary).max(unknown)
    }
}

/// Whether a dear opinion is worth its price: what is judged an attack needs no second one, and what is below the mark
/// is not worth one.
fn is_doubtful(assessment: &Assessment, judge_min: Score) -> bool {
    assessment.likeness() < Likeness::Attack && assessment.score() >= judge_min
}

/// What a text that was judged an attack is worth from then on.
fn judged_label(
    label: Label,
    likeness: Likeness,
    canary: Option<CanaryAction>,
    action: Option<InboundAction>,
) -> Label {
    // SECURITY: a trusted source that turned out to carry an attack is no longer believed; nor is one that knows
    // what was planted where only the model could read it.
    let marked = likeness == Likeness::Attack || canary >= Some(CanaryAction::Mark);
    if marked && action.is_some_and(|action| action >= InboundAction::Mark) {
        Label::new(Integrity::Hostile, label.sensitivity())
    } else {
        label
    }
}

fn refusal(sanitized: &Sanitized<'_>, assessment: &Assessment, returned: bool) -> &'static str {
    if sanitized.is_truncated() {
        "the text is too long, too deep or too costly to be judged, so it was refused; send a smaller part of it"
    } else if !assessment.failed().is_empty() {
        "a detector could not judge the text, so it was refused; try again, or ask the operator"
    } else if returned {
        "the text was refused: it holds a token that was planted where nobody outside can know it"
    } else {
        "the text was refused: it carries instructions, hidden parts, or parts that nobody can judge, which the policy does \
         not let in"
    }
}

const HELD_MESSAGE: &str = "the text was kept back for review: it carries instructions to the model, or nobody can tell what a person sees of \
     it; a person can release it";

pub(super) const HELD: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/held",
    Severity::High,
    "the text is kept back until a person has looked at it",
);
