//! Host code that may panic or dawdle.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Clock;
use crate::detect::{Cost, Detector, DetectorError, DetectorId, Place, Signal};
use crate::text::NormalizedText;

/// A detector of the host's whose delay counts as a failure: it did not judge the text in time, so nobody did.
///
/// A thread cannot be stopped from outside, so the delay is judged when it is over. A detector that may hang has to
/// bring a deadline of its own.
#[derive(Debug)]
pub(super) struct Patient {
    pub(super) detector: Arc<dyn Detector>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) patience: Duration,
}

impl Detector for Patient {
    fn id(&self) -> DetectorId {
        self.detector.id()
    }

    fn inspect(
        &self,
        text: &NormalizedText<'_>,
        place: Place,
        out: &mut dyn FnMut(Signal),
    ) -> Result<(), DetectorError> {
        let now = || self.clock.now().map_err(|error| DetectorError::new(error.to_string()));
        let began = now()?;
        self.detector.inspect(text, place, out)?;
        let took = now()?.mono_ns.saturating_sub(began.mono_ns);
        if Duration::from_nanos(took) > self.patience {
            return Err(DetectorError::new("it took too long"));
        }
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.detector.cost()
    }

    fn self_test(&self) -> Result<(), DetectorError> {
        self.detector.self_test()
    }
}
