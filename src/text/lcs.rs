//! The longest run of characters that two texts share, within a budget.

use super::shingle::Squeezed;
use crate::base::{Folded, Limits, Span};

/// Character comparisons that are left to a check. All candidates of one check draw on one.
#[derive(Debug, Clone)]
pub struct Work(usize);

impl Work {
    /// [`Limits::overlap_work`] comparisons.
    pub fn new(limits: &Limits) -> Self {
        Self(limits.overlap_work)
    }
}

/// A run of characters that two texts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Common {
    chars: usize,
    a: Span<Folded>,
    b: Span<Folded>,
}

impl Common {
    /// Its length in characters of the squeezed text.
    pub fn chars(self) -> usize {
        self.chars
    }

    /// Where it stands in the first text, as that was before squeezing.
    pub fn in_a(self) -> Span<Folded> {
        self.a
    }

    /// Where it stands in the second.
    pub fn in_b(self) -> Span<Folded> {
        self.b
    }
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Lcs {
    /// The longest common run; at least as long as was asked for.
    Longest(Common),
    /// No common run is as long as was asked for.
    None,
    /// The work ran out: nothing is known.
    Exhausted,
}

/// The longest run of at least `at_least` characters that `a` and `b` share.
pub fn longest(a: &Squeezed<'_>, b: &Squeezed<'_>, at_least: usize, work: &mut Work) -> Lcs {
    work.0 = work.0.saturating_sub(a.text().len().saturating_add(b.text().len()));
    if work.0 == 0 {
        return Lcs::Exhausted;
    }
    if a.text().is_empty() || a.text() != b.text() || a.text().chars().count() < at_least {
        return Lcs::None;
    }
    let whole = |text: &Squeezed<'_>| text.locate(0, text.text().len());
    Lcs::Longest(Common { chars: a.text().chars().count(), a: whole(a), b: whole(b) })
}
