//! One sweep that finds every literal of a set.

use aho_corasick::AhoCorasick;

use super::fold;
use crate::base::{Folded, Span};

/// Literals to look for in folded text, each with what it means.
#[derive(Debug)]
pub struct LiteralSet<T: Copy> {
    automaton: Option<AhoCorasick>,
    tags: Vec<T>,
}

impl<T: Copy> LiteralSet<T> {
    /// A set of `literals`, which are folded here; those that fold to nothing are left out.
    pub fn new<'l>(literals: impl IntoIterator<Item = (&'l str, T)>) -> Self {
        let (patterns, tags): (Vec<String>, Vec<T>) = literals
            .into_iter()
            .map(|(literal, tag)| (fold(literal).into_owned(), tag))
            .filter(|(literal, _)| !literal.is_empty())
            .unzip();
        Self { automaton: AhoCorasick::new(patterns).ok(), tags }
    }

    /// Calls `hit` for every occurrence, overlapping ones too, in the order of their ends.
    pub fn scan(&self, folded: &str, mut hit: impl FnMut(T, Span<Folded>)) {
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(folded) {
            if let (Some(&tag), Some(span)) =
                (self.tags.get(found.pattern().as_usize()), Span::new(found.start(), found.end()))
            {
                hit(tag, span);
            }
        }
    }
}
