//! Judges copies of protected text by what was measured.

use super::{Checked, OVERLAP, OutboundDlpConfig, PIECES, Piece, Trail, UNINDEXED, copy_disposition};
use crate::policy::ReportOrBlock;
use crate::state::overlap::{Overlap, Overlaps};

/// Adds a finding for every source whose text may not go to the sink and was copied beyond the thresholds.
pub(super) fn judge(
    config: &OutboundDlpConfig,
    sensitive: ReportOrBlock,
    overlaps: &Overlaps,
    checked: &mut Checked,
) {
    // SECURITY: what the index had no room for cannot be told from what it has not; else a flood of text would wash
    // the protection away.
    if overlaps.unindexed().is_some_and(|label| label.sensitivity() > config.clearance) {
        checked.add(UNINDEXED.finding(), copy_disposition(sensitive));
    }
    for overlap in overlaps.iter().filter(|overlap| is_copy(config, overlap)) {
        let message = format!(
            "The text copies {} text: {} characters in a row, {:.0} % of the source's word groups",
            overlap.label().sensitivity(),
            overlap.lcs(),
            overlap.ngram() * 100.0
        );
        let finding = OVERLAP.finding().saying(message);
        let finding = match overlap.span() {
            Some(span) => finding.at(span),
            None => finding,
        };
        checked.add(finding, copy_disposition(sensitive));
    }
}

/// Fewest word groups that are a copy in pieces: below it are names and turns of phrase.
const FEWEST: usize = 8;
/// So many times a copy's length is too much in pieces, whatever the share.
const TIMES: usize = 5;

/// Adds a finding for every protected source of which the session's texts have too much together.
pub(super) fn judge_pieces(
    config: &OutboundDlpConfig,
    sensitive: ReportOrBlock,
    now: &Piece,
    trail: &Trail,
    checked: &mut Checked,
) {
    let thresholds = config.settings.thresholds();
    for shared in now.copied().iter().filter(|shared| shared.label().sensitivity() > config.clearance) {
        let Some(together) = trail.together(shared) else { continue };
        let (share, bytes) = shared.amount(together);
        let is_much = share >= thresholds.dlp_ngram_overlap_min
            || bytes >= thresholds.dlp_verbatim_lcs_min.saturating_mul(TIMES);
        if together >= FEWEST && is_much || trail.is_full() {
            let message = format!(
                "The session's texts together copy {} text: {:.0} % of the source's word groups",
                shared.label().sensitivity(),
                share * 100.0
            );
            checked.add(PIECES.finding().saying(message), copy_disposition(sensitive));
        }
    }
}

fn is_copy(config: &OutboundDlpConfig, overlap: &Overlap) -> bool {
    let thresholds = config.settings.thresholds_for(overlap.source().kind());
    overlap.label().sensitivity() > config.clearance
        && (overlap.lcs() >= thresholds.dlp_verbatim_lcs_min
            || overlap.ngram() >= thresholds.dlp_ngram_overlap_min
            || overlap.is_whole())
}
