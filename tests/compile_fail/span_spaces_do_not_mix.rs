//! An offset into the folded text means nothing in the original one.

use bartizan::base::{Finding, Folded, Original, Span};

fn cover(original: Span<Original>, folded: Span<Folded>) -> Span<Original> {
    original.cover(folded)
}

fn point(finding: Finding, folded: Span<Folded>) -> Finding {
    finding.at(folded)
}

fn compare(original: Span<Original>, folded: Span<Folded>) -> bool {
    original == folded
}

fn main() {}
