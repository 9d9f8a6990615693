//! One sweep over a folded text that finds every literal of a set: the time depends on the text and the hits,
//! not on how many literals there are.
//!
//! Of each literal six bytes that are rare are looked for, at every place at once, by their hash (Rabin and Karp, with
//! the choice of Wu and Manber's *A Fast Algorithm for Multi-Pattern Searching*, 1994); the few places that have such
//! six are compared. An automaton over all literals takes some twenty times as long for a text in which there are none.

use aho_corasick::AhoCorasick;

use super::Folder;
use super::pages::Traits;
use crate::base::{Folded, Span};

/// Literals to look for in folded text, each with what it means.
#[derive(Debug, Clone)]
pub struct LiteralSet<T: Copy> {
    long: Anchors,
    /// Those of fewer bytes than an anchor; `None` where there are none.
    short: Option<AhoCorasick>,
    /// What each short literal means.
    meanings: Vec<T>,
    /// What each long one means.
    long_meanings: Vec<T>,
}

/// Bytes that are looked for of a literal.
const ANCHOR: usize = 6;
/// Groups of anchors, by a part of their hash.
const GROUPS: usize = 1 << 12;

/// Literals by their anchors.
#[derive(Debug, Clone)]
struct Anchors {
    literals: Vec<Literal>,
    /// A bit for every hash that an anchor has.
    bits: Box<[u64; 1024]>,
    /// The anchors and the numbers of their literals, group by group.
    numbers: Vec<(u64, u32)>,
    /// Where each group begins, and behind them the end of the last.
    starts: Vec<u32>,
}

#[derive(Debug, Clone)]
struct Literal {
    text: Box<[u8]>,
    /// Where in it the anchor begins.
    at: usize,
}

/// What was found, in the order of the ends, longer ones first.
type Found = (usize, usize, usize);

impl Anchors {
    fn new(texts: Vec<String>) -> Self {
        let mut bits = Box::new([0_u64; 1024]);
        let literals: Vec<Literal> = texts
            .into_iter()
            .map(|text| {
                let text: Box<[u8]> = text.into_bytes().into();
                let cost = |window: &[u8]| window.iter().map(|byte| commonness(*byte)).sum::<u32>();
                let at = text.windows(ANCHOR).enumerate().min_by_key(|(_, window)| cost(window));
                let at = at.map_or(0, |(at, _)| at);
                Literal { text, at }
            })
            .collect();
        let mut anchors: Vec<(usize, u64, u32)> = literals
            .iter()
            .zip(0..)
            .map(|(literal, number)| {
                let anchor = anchor(literal.text.get(literal.at..).unwrap_or_default());
                let (word, bit, group) = places(anchor);
                if let Some(word) = bits.get_mut(word) {
                    *word |= bit;
                }
                (group, anchor, number)
            })
            .collect();
        anchors.sort_unstable();
        let starts = (0..=GROUPS).map(|group| anchors.partition_point(|(of, _, _)| *of < group));
        let starts = starts.map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect();
        let numbers = anchors.into_iter().map(|(_, anchor, number)| (anchor, number)).collect();
        Self { literals, bits, numbers, starts }
    }

    fn scan(&self, text: &[u8], found: &mut Vec<Found>) {
        if self.literals.is_empty() {
            return;
        }
        let mut at = 0_usize;
        for eight in text.windows(8) {
            let eight = eight.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
            self.look(eight & LOW, at, text, found);
            at = at.saturating_add(1);
        }
        while let Some(rest) = text.get(at..).filter(|rest| rest.len() >= ANCHOR) {
            self.look(anchor(rest), at, text, found);
            at = at.saturating_add(1);
        }
    }

    #[inline]
    fn look(&self, anchor: u64, at: usize, text: &[u8], found: &mut Vec<Found>) {
        let (word, bit, group) = places(anchor);
        if self.bits.get(word).is_some_and(|word| word & bit != 0) {
            self.compare(anchor, group, at, text, found);
        }
    }

    #[cold]
    fn compare(&self, anchor: u64, group: usize, at: usize, text: &[u8], found: &mut Vec<Found>) {
        let start = |group: usize| self.starts.get(group).map_or(0, |at| *at as usize);
        let group = self.numbers.get(start(group)..start(group.saturating_add(1))).unwrap_or_default();
        for (_, number) in group.iter().filter(|(of, _)| *of == anchor) {
            let number = *number as usize;
            let Some(literal) = self.literals.get(number) else { continue };
            let Some(begin) = at.checked_sub(literal.at) else { continue };
            if text.get(begin..).is_some_and(|rest| rest.starts_with(&literal.text)) {
                found.push((begin.saturating_add(literal.text.len()), begin, number));
            }
        }
    }
}

/// The bytes of an anchor.
const LOW: u64 = (1 << (8 * ANCHOR)) - 1;

/// The anchor with which `text` begins.
fn anchor(text: &[u8]) -> u64 {
    let mut eight = [0; 8];
    eight.iter_mut().zip(text).take(ANCHOR).for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(eight)
}

/// The word and the bit in it that an anchor sets, and its group.
#[inline]
const fn places(anchor: u64) -> (usize, u64, usize) {
    let hash = anchor.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((hash >> 54) as usize, 1 << (hash >> 48 & 63), (hash >> 36) as usize % GROUPS)
}

/// How common a byte is in folded text, roughly.
const fn commonness(byte: u8) -> u32 {
    match byte {
        b' ' => 9,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' => 8,
        b's' | b'r' | b'h' | b'l' | b'd' => 7,
        b'c' | b'u' | b'm' | b'f' | b'p' => 5,
        b'a'..=b'z' | 0x80.. => 4,
        _ => 3,
    }
}

impl<T: Copy> LiteralSet<T> {
    /// A set of `literals`. They are folded here; one that folds to nothing is left out, for it would be
    /// everywhere.
    ///
    /// Some capitals fold by their own looks (`Η` like H, `η` like n), so a literal that is not ASCII is looked
    /// for in small letters, in capitals, and with one capital in front.
    pub fn new<'l>(literals: impl IntoIterator<Item = (&'l str, T)>) -> Self {
        let mut folder = Folder::default();
        let (mut patterns, mut meanings) = (Vec::new(), Vec::new());
        let (mut long, mut long_meanings) = (Vec::new(), Vec::new());
        for (literal, meaning) in literals {
            let mut forms = vec![folder.fold(literal)];
            if !literal.is_ascii() {
                let mut rest = literal.chars();
                let capitalised: String = rest
                    .next()
                    .into_iter()
                    .flat_map(char::to_uppercase)
                    .chain(rest.flat_map(char::to_lowercase))
                    .collect();
                for cased in [literal.to_lowercase(), literal.to_uppercase(), capitalised] {
                    let form = folder.fold(&cased);
                    if !forms.contains(&form) {
                        forms.push(form);
                    }
                }
            }
            for form in forms.into_iter().filter(|form| !form.is_empty()) {
                let is_long = form.len() >= ANCHOR;
                if is_long { &mut long } else { &mut patterns }.push(form);
                if is_long { &mut long_meanings } else { &mut meanings }.push(meaning);
            }
        }
        // Building fails only beyond two thousand million states, which no set of literals in memory reaches.
        let short = if patterns.is_empty() { None } else { AhoCorasick::new(patterns).ok() };
        Self { long: Anchors::new(long), short, meanings, long_meanings }
    }

    /// Calls `hit` for every occurrence in the order of their ends, those that overlap others and those inside
    /// of others too. At one place at most as many end as there are literals.
    pub fn scan(&self, folded: &str, mut hit: impl FnMut(T, Span<Folded>)) {
        let mut found = Vec::new();
        self.long.scan(folded.as_bytes(), &mut found);
        let long = self.long_meanings.len();
        if let Some(short) = &self.short {
            let short = short.find_overlapping_iter(folded);
            found.extend(
                short.map(|one| (one.end(), one.start(), one.pattern().as_usize().saturating_add(long))),
            );
        }
        found.sort_unstable();
        for (end, start, number) in found {
            let meaning = match number.checked_sub(long) {
                Some(short) => self.meanings.get(short),
                None => self.long_meanings.get(number),
            };
            if let (Some(&meaning), Some(span)) = (meaning, Span::new(start, end)) {
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
    use proptest::prelude::*;

    use super::*;
    use crate::text::fold;

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

    proptest! {
        #[test]
        fn what_is_there_is_found_and_nothing_else(
            literals in prop::collection::vec("[ab]{1,9}|[abc ]{6,12}|[а-г]{2,6}", 1..12),
            text in "[abc ]{0,60}|[abа-г ]{0,40}",
        ) {
            let literals: Vec<String> = literals.iter().map(|literal| fold(literal).into_owned()).collect();
            let text = fold(&text).into_owned();
            let set = LiteralSet::new(literals.iter().map(String::as_str).zip(0..));
            let mut found: Vec<(usize, usize)> = Vec::new();
            let mut last = 0;
            let mut is_ordered = true;
            set.scan(&text, |number: usize, span| {
                is_ordered &= span.end() >= last;
                last = span.end();
                found.push((span.start(), number));
            });
            let at = |number: usize, literal: &String| {
                text.char_indices()
                    .filter(|(at, _)| text[*at..].starts_with(literal))
                    .map(|(at, _)| (at, number))
                    .collect::<Vec<_>>()
            };
            let mut wanted: Vec<(usize, usize)> =
                literals.iter().enumerate().flat_map(|(number, literal)| at(number, literal)).collect();
            found.sort_unstable();
            found.dedup();
            wanted.sort_unstable();
            prop_assert_eq!(found, wanted);
            prop_assert!(is_ordered);
        }
    }

    #[test]
    fn an_empty_set_and_empty_literals_find_nothing() {
        assert_eq!(hits(&LiteralSet::new([]), "text"), []);
        assert_eq!(hits(&LiteralSet::new([("", 1), ("\u{200b}", 2)]), "text"), []);
    }
}
