//! Detectors: they read a text and say how much it looks like an attack on the model that will read it.
//!
//! **Promise.** A detector that fails or panics is seen as a failure ([`Assessment::failed`]), never as
//! "clean"; signals only ever raise the score; hidden text weighs more than text that a person saw.
//!
//! **Not promised.** That every attack is found. An instruction without any marker looks like any other
//! sentence; where it came from and what it may do is for provenance and policy to decide.

mod features;
mod heads;
mod judge;
mod lexicon;
#[cfg(feature = "onnx")]
mod onnx;
mod phrases;
mod rules;
mod words;

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::base::{ATTACK_MIN, Finding, Layer, Limits, Original, RuleId, SUSPECT_MIN, Severity, Span};
use crate::text::NormalizedText;

pub use heads::HeadDetector;
pub(crate) use judge::ask_async;
pub use judge::{AsyncJudge, Opinion, Question};
#[cfg(feature = "onnx")]
pub use onnx::{OnnxDetector, OnnxError};
pub use rules::{RULES, RuleDetector};

/// How much something looks like an attack: 0 (not at all) to 1, in thousandths, so that scores compare
/// exactly and alike on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Score(u16);

impl Score {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Certainty.
    pub const ONE: Self = Self(1000);
    /// From here on a text is suspect.
    pub const SUSPECT: Self = Self(SUSPECT_MIN);
    /// From here on a text is judged to be an attack.
    pub const ATTACK: Self = Self(ATTACK_MIN);

    /// A score of `thousandths`, at most 1000.
    pub const fn thousandths(thousandths: u16) -> Self {
        if thousandths > 1000 { Self::ONE } else { Self(thousandths) }
    }

    /// The nearest score to `value`; what is below 0 or not a number is 0, what is above 1 is 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before the cast")]
    pub fn new(value: f32) -> Self {
        if value.is_nan() { Self::ZERO } else { Self((value.clamp(0.0, 1.0) * 1000.0).round() as u16) }
    }

    /// The score as a number from 0 to 1.
    pub fn as_f32(self) -> f32 {
        f32::from(self.0) / 1000.0
    }

    /// What both say together, as independent evidence: `1 - (1 - a)(1 - b)`. Never below either.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let miss = |score: Self| 1000_u32.saturating_sub(u32::from(score.0));
        let missed = miss(self).saturating_mul(miss(other)).div_euclid(1000);
        Self(u16::try_from(1000_u32.saturating_sub(missed)).unwrap_or(1000))
    }
}

/// What a score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Likeness {
    /// Nothing, or too little to speak of.
    #[default]
    Clean,
    /// Something is there: a mention, a weak sign.
    Suspect,
    /// Judged to be an attack.
    Attack,
}

impl Likeness {
    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Suspect => "suspect",
            Self::Attack => "attack",
        }
    }
}

impl From<Score> for Likeness {
    fn from(score: Score) -> Self {
        Marks::default().judge(score)
    }
}

/// From which scores on a text is suspect, and an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    suspect: Score,
    attack: Score,
}

impl Marks {
    /// Marks in thousandths. What is at or above `attack` is an attack, whatever `suspect` is.
    pub const fn new(suspect: u16, attack: u16) -> Self {
        Self { suspect: Score::thousandths(suspect), attack: Score::thousandths(attack) }
    }

    /// What `score` means by these marks.
    pub fn judge(self, score: Score) -> Likeness {
        if score >= self.attack {
            Likeness::Attack
        } else if score >= self.suspect {
            Likeness::Suspect
        } else {
            Likeness::Clean
        }
    }
}

impl Default for Marks {
    fn default() -> Self {
        Self { suspect: Score::SUSPECT, attack: Score::ATTACK }
    }
}

impl fmt::Display for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who a text was meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// A person sees it.
    Visible,
    /// A person does not: hidden by the page's styles, a comment, a decoded payload.
    Hidden,
}

/// A detector's name: `rules`, or what the host calls its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DetectorId(Cow<'static, str>);

impl DetectorId {
    /// A name known when the program is built.
    pub const fn new(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// A name that was computed.
    pub fn custom(id: impl Into<String>) -> Self {
        Self(Cow::Owned(id.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DetectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing that a detector noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signal {
    /// Which of its rules: `l0/injection/…` for the built-in ones.
    pub rule: RuleId,
    /// How much it speaks for an attack.
    pub score: Score,
    /// Where, when it is somewhere.
    pub span: Option<Span<Original>>,
    /// In words for a person, without content.
    pub message: Cow<'static, str>,
}

impl Signal {
    /// A signal of this rule and weight, nowhere in particular.
    pub fn new(rule: RuleId, score: Score, message: impl Into<Cow<'static, str>>) -> Self {
        Self { rule, score, span: None, message: message.into() }
    }

    /// Whether its place is a window of the heads, which holds more than what they noticed.
    pub(crate) fn is_window(&self) -> bool {
        [heads::PLANTED.id, heads::DIRECT.id].contains(&self.rule.as_str())
    }

    /// The same, at this place of the text.
    #[must_use]
    pub fn at(mut self, span: Span<Original>) -> Self {
        self.span = Some(span);
        self
    }
}

/// A detector could not do its work. The text counts as unjudged, and what cannot be judged is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("detector failed: {reason}")]
pub struct DetectorError {
    reason: Cow<'static, str>,
}

impl DetectorError {
    /// An error with a reason for the operator. Put no content into it: it is logged.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into() }
    }
}

/// What a detector costs, which decides when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Cost {
    /// Microseconds: it reads every text.
    #[default]
    Cheap,
    /// Milliseconds, or money: it reads what the cheap ones saw something in and are not sure of. From which score on
    /// that is, the policy says (`inbound.judge_min`).
    Dear,
}

/// Reads a text and reports what looks like an attack on the model.
///
/// Called on several threads at once. A panic is caught and counts as an error (where the program is built
/// with `panic = "abort"` it ends the process).
pub trait Detector: fmt::Debug + Send + Sync {
    /// The detector's name.
    fn id(&self) -> DetectorId;

    /// Reads `text` and hands each [`Signal`] to `out`.
    ///
    /// # Errors
    /// When it could not judge the text.
    fn inspect(
        &self,
        text: &NormalizedText<'_>,
        place: Place,
        out: &mut dyn FnMut(Signal),
    ) -> Result<(), DetectorError>;

    /// What it costs.
    fn cost(&self) -> Cost {
        Cost::Cheap
    }

    /// Shows that it works, when a guard is built; see [`prove`]. A detector that says nothing of itself is believed.
    ///
    /// # Errors
    /// When it does not.
    fn self_test(&self) -> Result<(), DetectorError> {
        Ok(())
    }
}

/// Lets `detector` read samples: it has to see something in each of `attacks`, and nothing in each of `harmless`.
///
/// # Errors
/// When it is silent, loud or broken.
pub fn prove(detector: &dyn Detector, attacks: &[&str], harmless: &[&str]) -> Result<(), DetectorError> {
    let read = |text: &str| {
        let mut score = Score::ZERO;
        let text = NormalizedText::new(text, &Limits::default());
        detector.inspect(&text, Place::Visible, &mut |signal| score = score.and(signal.score))?;
        Ok::<_, DetectorError>(Likeness::from(score))
    };
    for text in attacks {
        if read(text)? == Likeness::Clean {
            return Err(DetectorError::new("it is silent on a sample of an attack"));
        }
    }
    for text in harmless {
        if read(text)? != Likeness::Clean {
            return Err(DetectorError::new("it fires on a harmless sample"));
        }
    }
    Ok(())
}

/// What built-in detectors prove themselves on, besides what is their own.
const HARMLESS: &[&str] = &[
    "Please ignore this email if you did not request a password reset.",
    "Mix the flour with the water, wait for an hour, and bake the dough until it is brown.",
];

const JUDGED: &str = "the host's detector judged the text";

/// A closure as a [`Detector`]: it gets the clean text and says how much it looks like an attack.
pub struct ScoringFn<F> {
    id: DetectorId,
    cost: Cost,
    score: F,
}

impl<F> ScoringFn<F>
where
    F: Fn(&str, Place) -> Result<Score, DetectorError> + Send + Sync,
{
    /// A detector of this name. Its rule is `l0/injection/<id>`.
    pub fn new(id: DetectorId, score: F) -> Self {
        Self { id, cost: Cost::Cheap, score }
    }

    /// The same, asked only where the cheap detectors are not sure.
    #[must_use]
    pub fn dear(mut self) -> Self {
        self.cost = Cost::Dear;
        self
    }
}

impl<F> fmt::Debug for ScoringFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScoringFn").field(&self.id).finish()
    }
}

impl<F> Detector for ScoringFn<F>
where
    F: Fn(&str, Place) -> Result<Score, DetectorError> + Send + Sync,
{
    fn id(&self) -> DetectorId {
        self.id.clone()
    }

    fn inspect(
        &self,
        text: &NormalizedText<'_>,
        place: Place,
        out: &mut dyn FnMut(Signal),
    ) -> Result<(), DetectorError> {
        let score = (self.score)(text.clean(), place)?;
        if score > Score::ZERO {
            let rule = RuleId::custom(format!("l0/injection/{}", self.id));
            out(Signal::new(rule, score, JUDGED));
        }
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.cost
    }
}

/// What all detectors together say about one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assessment {
    marks: Marks,
    score: Score,
    signals: Vec<Signal>,
    failed: Vec<DetectorId>,
}

impl Assessment {
    /// Most signals that are kept. Later ones still raise the score.
    pub const MAX_SIGNALS: usize = 64;

    /// Nothing yet, to be judged by these marks.
    pub fn new(marks: Marks) -> Self {
        Self { marks, ..Self::default() }
    }

    /// Lets `detector` read `text`, and adds what it says. Call it again for each hidden text, and for each
    /// detector.
    pub fn inspect(&mut self, detector: &dyn Detector, text: &NormalizedText<'_>, place: Place) {
        // SECURITY: a detector is host code and may panic, even to let a text through. Signals it gave before
        // count; the failure is remembered and blocks.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            detector.inspect(text, place, &mut |signal| self.add(signal, place))
        }));
        if !matches!(outcome, Ok(Ok(()))) {
            let id = catch_unwind(AssertUnwindSafe(|| detector.id()));
            self.failed.push(id.unwrap_or_else(|_| DetectorId::new("unnamed")));
        }
    }

    fn add(&mut self, mut signal: Signal, place: Place) {
        if place == Place::Hidden {
            // Counted in the hidden part, not in the text that it was hidden in.
            signal.span = None;
        }
        self.score = self.score.and(signal.score);
        if self.signals.len() < Self::MAX_SIGNALS {
            self.signals.push(signal);
        }
    }

    /// Adds what somebody who was awaited said of the text, or that nobody did.
    pub(crate) fn hear(&mut self, id: &DetectorId, opinion: Option<&Opinion>) {
        match opinion {
            Some(Ok(score)) if *score > Score::ZERO => {
                let rule = RuleId::custom(format!("l0/injection/{id}"));
                self.add(Signal::new(rule, *score, JUDGED), Place::Visible);
            }
            Some(Ok(_)) => {}
            // SECURITY: a guard with a judge that could not be asked does not go on as if there were none.
            Some(Err(_)) | None => self.failed.push(id.clone()),
        }
    }

    /// Adds what is known from elsewhere than the text itself.
    pub(crate) fn note(&mut self, signal: Signal) {
        self.add(signal, Place::Hidden);
    }

    /// All signals together, as independent evidence.
    pub const fn score(&self) -> Score {
        self.score
    }

    /// What the score means.
    pub fn likeness(&self) -> Likeness {
        self.marks.judge(self.score)
    }

    /// What was noticed, in the order in which it was reported.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// The detectors that failed on the text. When there is one, the text is not judged.
    pub fn failed(&self) -> &[DetectorId] {
        &self.failed
    }

    /// The names of the rules that spoke, each once, in order of their names.
    pub fn rules(&self) -> Vec<RuleId> {
        let mut rules: Vec<_> = self.signals.iter().map(|signal| signal.rule.clone()).collect();
        rules.sort();
        rules.dedup();
        rules
    }

    /// The signals as findings. Severity follows the whole text's likeness: a single weak sign in an
    /// otherwise quiet text is `info`, the same sign in an attack is `high`.
    pub fn findings(&self) -> Vec<Finding> {
        let severity = match self.likeness() {
            Likeness::Clean => Severity::Info,
            Likeness::Suspect => Severity::Low,
            Likeness::Attack => Severity::High,
        };
        let signals = self.signals.iter().map(|signal| {
            let finding =
                Finding::custom(Layer::Sanitizer, signal.rule.clone(), severity, signal.message.clone());
            match signal.span {
                Some(span) => finding.at(span),
                None => finding,
            }
        });
        let failed = self.failed.iter().map(|id| {
            rules::DETECTOR_FAILED.finding().saying(format!("detector {id} failed: the text is not judged"))
        });
        signals.chain(failed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(score: impl Fn(&str, Place) -> Result<Score, DetectorError> + Send + Sync) -> Assessment {
        let mut assessment = Assessment::default();
        let detector = ScoringFn::new(DetectorId::new("mine"), score);
        assessment.inspect(&detector, &NormalizedText::new("soup", &Limits::default()), Place::Visible);
        assessment
    }

    #[test]
    fn a_panic_or_an_error_is_a_failure_and_never_clean() {
        let panicked = with(|_, _| panic!("a detector of the host's"));
        let failed = with(|_, _| Err(DetectorError::new("no model")));
        for assessment in [panicked, failed] {
            assert_eq!(assessment.failed(), [DetectorId::new("mine")]);
            assert_eq!(assessment.findings().last().unwrap().rule.as_str(), "l0/injection/detector-failed");
        }
    }

    #[test]
    fn a_closure_is_a_detector() {
        let assessment = with(|text, _| Ok(if text == "soup" { Score::new(0.7) } else { Score::ZERO }));
        assert_eq!(assessment.likeness(), Likeness::Attack);
        assert_eq!(assessment.rules(), [RuleId::custom("l0/injection/mine")]);
        assert!(assessment.failed().is_empty());
    }

    #[test]
    fn scores_add_up_without_passing_one() {
        assert_eq!(Score::new(0.5).and(Score::new(0.5)), Score::new(0.75));
        assert_eq!(Score::ONE.and(Score::ONE), Score::ONE);
        assert_eq!(Score::new(f32::NAN), Score::ZERO);
        for a in 0..=100_u16 {
            for b in 0..=100_u16 {
                let (a, b) = (Score::thousandths(a * 10), Score::thousandths(b * 10));
                assert!(a.and(b) >= a.max(b));
                assert_eq!(a.and(b), b.and(a));
            }
        }
    }
}
