//! The answer to: may this be remembered?

use crate::base::{Disposition, HeldId, Report, Verdict};
use crate::layers::l02_source_gate::Graded;
use crate::policy::ExtractionAction;

/// Whether a text may go on into memory.
#[must_use = "an extraction that nobody looks at is not gated"]
#[derive(Debug)]
pub struct Extraction {
    graded: Option<Graded>,
    report: Report,
}

impl Extraction {
    pub(super) fn new(graded: Option<Graded>, verdict: Verdict<()>) -> Self {
        let report = match verdict {
            Verdict::Pass((), report) => report,
            Verdict::Block(blocked) => blocked.report().clone(),
        };
        Self { graded, report }
    }

    /// What is to be done: extract, keep for a review, or not at all. When the guard could not do its work: not at all.
    pub fn action(&self) -> ExtractionAction {
        let Some(graded) = &self.graded else { return ExtractionAction::Block };
        // SECURITY: where the grade did not become the answer, something failed after it: the log has only that.
        let is_told = match graded.finding() {
            Some(finding) => self.report.findings().contains(finding),
            None => self.report.disposition() == Disposition::Allow,
        };
        if is_told { graded.action() } else { ExtractionAction::Block }
    }

    /// What to note as the memory's origin: a kind of source, or `mcp:` and the id of a client.
    pub fn origin(&self) -> Option<&str> {
        self.graded.as_ref().map(Graded::origin)
    }

    /// The id under which the text is kept back, when it is.
    pub const fn held(&self) -> Option<HeldId> {
        self.report.held()
    }

    /// What was noticed, and where it is recorded.
    pub const fn report(&self) -> &Report {
        &self.report
    }
}
