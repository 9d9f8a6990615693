//! Invisible characters as findings: one per kind, with its first place and its count.

use crate::base::{Finding, Rule};
use crate::text::NormalizedText;

/// The findings over everything that cleaning took out of `text`; with places when `placed`.
pub(super) fn findings(_text: &NormalizedText<'_>, _placed: bool) -> Vec<Finding> {
    Vec::new()
}

/// What cleaning can find.
pub(super) const RULES: &[Rule] = &[];
