//! Word grams: a text that was reworded here and there still has most of its sequences of five words.

use std::collections::VecDeque;

use unicode_script::{Script, UnicodeScript as _};

use super::{Fingerprint, Squeezed, mix};
use crate::base::{Folded, Span};

/// Words in a gram.
pub const GRAM_WORDS: usize = 5;
/// Characters in a gram where the script has no spaces.
pub const GRAM_CHARS: usize = 16;

/// [`GRAM_WORDS`] words in a row, or [`GRAM_CHARS`] characters of a script without spaces. Where scripts mix, a
/// word weighs as much as 16/5 of such characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gram {
    fingerprint: Fingerprint,
    span: Span<Folded>,
}

impl Gram {
    /// The hash of the words, whatever stands between them.
    pub fn fingerprint(self) -> Fingerprint {
        self.fingerprint
    }

    /// From the first word's beginning to the last word's end.
    pub fn span(self) -> Span<Folded> {
        self.span
    }
}

/// A word, or a character of a script without spaces.
struct Unit {
    hash: u64,
    start: usize,
    end: usize,
    weight: usize,
}

/// Every gram of the text, in order: one ends with each word but the first four.
pub fn word_grams(text: &Squeezed<'_>) -> Vec<Gram> {
    const FULL: usize = GRAM_WORDS * GRAM_CHARS;
    let mut grams = Vec::new();
    let mut open: VecDeque<Unit> = VecDeque::with_capacity(GRAM_CHARS);
    let mut weight = 0_usize;
    units(text.text(), |unit| {
        weight = weight.saturating_add(unit.weight);
        let end = unit.end;
        open.push_back(unit);
        while let Some(first) = open.front().filter(|first| weight.saturating_sub(first.weight) >= FULL) {
            weight = weight.saturating_sub(first.weight);
            open.pop_front();
        }
        if let Some(first) = open.front().filter(|_| weight >= FULL) {
            let hash = open.iter().fold(0, |hash, unit| mix(unit.hash.wrapping_add(hash)));
            grams.push(Gram { fingerprint: Fingerprint(hash), span: text.locate(first.start, end) });
        }
    });
    grams
}

fn units(text: &str, mut found: impl FnMut(Unit)) {
    let mut word: Option<Unit> = None;
    for (start, c) in text.char_indices() {
        let end = start.saturating_add(c.len_utf8());
        if unspaced(c) {
            word.take().into_iter().for_each(&mut found);
            found(Unit { hash: mix(u64::from(c)), start, end, weight: GRAM_WORDS });
        } else if c.is_alphanumeric() {
            let word = word.get_or_insert(Unit { hash: 0, start, end, weight: GRAM_CHARS });
            word.hash = (word.hash.rotate_left(5) ^ u64::from(c)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            word.end = end;
        } else {
            word.take().into_iter().for_each(&mut found);
        }
    }
    word.take().into_iter().for_each(&mut found);
}

/// Whether the character's script writes words without spaces between them.
pub(super) fn unspaced(c: char) -> bool {
    // The prolonged sound mark belongs to two scripts, so its script is Common.
    !c.is_ascii()
        && (c == 'ー'
            || matches!(
                c.script(),
                Script::Han
                    | Script::Hiragana
                    | Script::Katakana
                    | Script::Thai
                    | Script::Lao
                    | Script::Khmer
                    | Script::Myanmar
            ))
}

/// How many characters of `folded` these grams cover together. `grams` must be in the order of
/// [`word_grams`].
pub fn covered(folded: &str, grams: impl IntoIterator<Item = Gram>) -> usize {
    let mut reached = 0;
    grams.into_iter().fold(0, |count, gram| {
        let fresh = folded.get(gram.span.start().max(reached)..gram.span.end());
        reached = reached.max(gram.span.end());
        fresh.map_or(count, |fresh| fresh.chars().count().saturating_add(count))
    })
}
