//! One sweep over a folded text that finds every literal of a set: the time depends on the text and the hits,
//! not on how many literals there are.

use aho_corasick::AhoCorasick;

use super::fold;
use super::pages::Traits;
use crate::base::{Folded, Span};

/// Literals to look for in folded text, each with what it means.
#[derive(Debug, Clone)]
pub struct LiteralSet<T: Copy> {
    /// `None` where there is nothing to look for.
    automaton: Option<AhoCorasick>,
    /// What each pattern of the automaton means.
    meanings: Vec<T>,
}

impl<T: Copy> LiteralSet<T> {
    /// A set of `literals`. They are folded here; one that folds to nothing is left out, for it would be
    /// everywhere.
    ///
    /// Some capitals fold by their own looks (`Η` like H, `η` like n), so a literal that is not ASCII is looked
    /// for in small letters, in capitals, and with one capital in front.
    pub fn new<'l>(literals: impl IntoIterator<Item = (&'l str, T)>) -> Self {
        let mut patterns = Vec::new();
        let mut meanings = Vec::new();
        for (literal, meaning) in literals {
            let mut forms = vec![fold(literal).into_owned()];
            if !literal.is_ascii() {
                let mut rest = literal.chars();
                let capitalised: String = rest
                    .next()
                    .into_iter()
                    .flat_map(char::to_uppercase)
                    .chain(rest.flat_map(char::to_lowercase))
                    .collect();
                for cased in [literal.to_lowercase(), literal.to_uppercase(), capitalised] {
                    let folded = fold(&cased).into_owned();
                    if !forms.contains(&folded) {
                        forms.push(folded);
                    }
                }
            }
            for form in forms.into_iter().filter(|form| !form.is_empty()) {
                patterns.push(form);
                meanings.push(meaning);
            }
        }
        // Building fails only beyond two thousand million states, which no set of literals in memory reaches.
        let automaton = if patterns.is_empty() { None } else { AhoCorasick::new(patterns).ok() };
        Self { automaton, meanings }
    }

    /// Calls `hit` for every occurrence in the order of their ends, those that overlap others and those inside
    /// of others too. At one place at most as many end as there are literals.
    pub fn scan(&self, folded: &str, mut hit: impl FnMut(T, Span<Folded>)) {
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(folded) {
            let meaning = self.meanings.get(found.pattern().as_usize());
            if let (Some(&meaning), Some(span)) = (meaning, Span::new(found.start(), found.end())) {
                hit(meaning, span);
            }
        }
    }

    /// [`scan`](Self::scan), without what is only a part of a longer word: `act` in `fact` is none.
    pub fn scan_words(&self, folded: &str, mut hit: impl FnMut(T, Span<Folded>)) {
        self.scan(folded, |meaning, span| {
            if is_edge(folded, span.start()) && is_edge(folded, span.end()) {
                hit(meaning, span);
            }
        });
    }
}

/// Whether no word goes across `at`.
fn is_edge(text: &str, at: usize) -> bool {
    let is_word = |c: char| Traits::of(c).is_word();
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let after = text.get(at..).and_then(|text| text.chars().next());
    !(before.is_some_and(is_word) && after.is_some_and(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(set: &LiteralSet<u8>, text: &str) -> Vec<(u8, String)> {
        let folded = fold(text);
        let mut hits = Vec::new();
        set.scan(&folded, |meaning, span| hits.push((meaning, span.of(&folded).unwrap().to_owned())));
        hits
    }

    #[test]
    fn literals_are_found_however_they_are_written() {
        let set = LiteralSet::new([("Ignore Previous", 1), ("système", 2)]);
        assert_eq!(
            hits(&set, "please IGNОRE\u{200b} ргеvious, le SYSTÈME"),
            [(1, "ignore previous".to_owned()), (2, "systeme".to_owned())]
        );
        assert_eq!(hits(&set, "ignore the previous system"), []);
    }

    #[test]
    fn overlapping_and_nested_literals_are_all_found() {
        let set = LiteralSet::new([("abab", 1), ("ba", 2), ("abab", 3)]);
        let found: Vec<u8> = hits(&set, "ababab").into_iter().map(|(meaning, _)| meaning).collect();
        assert_eq!(found, [2, 1, 3, 2, 1, 3]);
    }

    #[test]
    fn greek_is_found_in_both_cases() {
        let set = LiteralSet::new([("αγνόησε", 1)]);
        for text in ["αγνόησε", "ΑΓΝΌΗΣΕ", "Αγνόησε"] {
            assert_eq!(hits(&set, text).len(), 1, "{text}");
        }
    }

    #[test]
    fn parts_of_words_are_no_words() {
        let set = LiteralSet::new([("act", 1), ("--", 2)]);
        let count = |text: &str| {
            let mut count = 0;
            set.scan_words(text, |_, _| count += 1);
            count
        };
        assert_eq!(count("act as if; react, actor, fact"), 1);
        assert_eq!(count("a -- b --c"), 2);
        assert_eq!(count("(act)"), 1);
    }

    #[test]
    fn an_empty_set_and_empty_literals_find_nothing() {
        assert_eq!(hits(&LiteralSet::new([]), "text"), []);
        assert_eq!(hits(&LiteralSet::new([("", 1), ("\u{200b}", 2)]), "text"), []);
    }
}
