//! Word grams: a text that was reworded here and there still has most of its sequences of five words.

use std::collections::VecDeque;

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

const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

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
    // Grams begin and end later and later.
    let (mut starts, mut ends) = (text.walk(), text.walk());
    units(text.text(), |unit| {
        weight = weight.saturating_add(unit.weight);
        let end = unit.end;
        open.push_back(unit);
        while let Some(first) = open.front().filter(|first| weight.saturating_sub(first.weight) >= FULL) {
            weight = weight.saturating_sub(first.weight);
            open.pop_front();
        }
        if let Some(first) = open.front().filter(|_| weight >= FULL) {
            let hash = open.iter().fold(0_u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(unit.hash));
            grams.push(Gram {
                fingerprint: Fingerprint(mix(hash)),
                span: Span::new(starts.folded(first.start), ends.folded(end)).unwrap_or(Span::empty()),
            });
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
            word.hash = (word.hash.rotate_left(5) ^ u64::from(c)).wrapping_mul(BASE);
            word.end = end;
        } else if let Some(word) = word.take() {
            found(word);
        }
    }
    word.take().into_iter().for_each(&mut found);
}

/// Whether the character's script writes words without spaces between them: Thai, Lao, Myanmar, Khmer, Hiragana,
/// Katakana, Han.
///
/// By block, as looking a script up costs more than all else that is done with a character.
pub(super) fn unspaced(c: char) -> bool {
    // Asked of every character, and almost always answered here.
    c >= '\u{e01}'
        && matches!(
            u32::from(c),
            // Thai, Lao, Myanmar, Khmer.
            0xe01..=0xe3a | 0xe40..=0xe5b | 0xe81..=0xedf
            | 0x1000..=0x109f | 0xa9e0..=0xa9fe | 0xaa60..=0xaa7f | 0x116d0..=0x116ff
            | 0x1780..=0x17d3 | 0x17d7 | 0x17dc..=0x17ff
            // Hiragana and Katakana, with the mark that lengthens a vowel.
            | 0x3041..=0x3096 | 0x309d..=0x309f | 0x30a1..=0x30fa | 0x30fc..=0x30ff | 0x31f0..=0x31ff
            | 0xff66..=0xff9d | 0x1aff0..=0x1b16f
            // Han.
            | 0x2e80..=0x2fd5 | 0x3005 | 0x3007 | 0x3021..=0x3029 | 0x3038..=0x303b | 0x3400..=0x4dbf
            | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x16fe2..=0x16fe3 | 0x16ff0..=0x16fff | 0x20000..=0x33fff
        )
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

#[cfg(test)]
mod tests {
    use unicode_script::{Script, UnicodeScript as _};

    use super::*;

    #[test]
    fn the_blocks_without_spaces_are_those_of_the_scripts() {
        use Script::{Common, Han, Hiragana, Inherited, Katakana, Khmer, Lao, Myanmar, Thai, Unknown};
        for c in '\0'..=char::MAX {
            let script = c.script();
            let belongs = matches!(script, Han | Hiragana | Katakana | Khmer | Lao | Myanmar | Thai);
            assert!(
                belongs || !unspaced(c) || matches!(script, Common | Inherited | Unknown),
                "{c:?} {script:?}"
            );
            assert!(unspaced(c) || !belongs || !c.is_alphanumeric(), "{c:?} {script:?}");
        }
    }
}
