//! The fold: one form in which `Ignore`, `ignоre` with a Cyrillic о, `𝗶𝗴𝗻𝗼𝗿𝗲` and `i​g​n​o​r​e` with zero-width
//! spaces are the same word.
//!
//! Every character folds by itself: compatibility decomposition, nonspacing marks dropped, lower case,
//! look-alikes mapped, every kind of white space one space, invisible characters nothing
//! ([`lookalike`](super::lookalike) has the rules). So `fold(a + b)` is `fold(a) + fold(b)`, a pattern folds to
//! the same bytes inside a text as alone, and each folded byte has one character that it came from.
//!
//! The fold is for comparing. It is not for showing: it takes accents, case and shapes away that mean
//! something to a reader.

use std::borrow::Cow;
use std::collections::HashMap;

use super::lookalike::fold_char;
use super::pages::push_folded;

/// `text` as matchers read it. Idempotent; borrows what is folded already.
pub fn fold(text: &str) -> Cow<'_, str> {
    match fold_with_map(text) {
        (Some(folded), _) => Cow::Owned(folded),
        (None, _) => Cow::Borrowed(text),
    }
}

/// Folds many short texts: a table of literals. What each character folds to is worked out once, and not, as for
/// texts that come in, for all 256 around it.
#[derive(Debug, Default)]
pub struct Folder(HashMap<char, String>);

impl Folder {
    /// What [`fold`] says.
    pub fn fold(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            out.push_str(self.0.entry(c).or_insert_with(|| fold_char(c)));
        }
        out
    }
}

/// `text` folded, and where each part of it came from; `None` where it is folded already.
pub(super) fn fold_with_map(text: &str) -> (Option<String>, FoldMap) {
    if is_folded_ascii(text.as_bytes()) {
        return (None, FoldMap::Identity);
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut landmarks = Vec::new();
    let mut is_identity = true;
    let (mut rest, mut source) = (text, 0_usize);
    let (mut next_folded, mut next_source) = (0, 0);
    while !rest.is_empty() {
        // One landmark at the most per step, so that a step is what a lookup walks.
        if out.len() >= next_folded || source >= next_source {
            landmarks.push((short(out.len()), short(source)));
            next_folded = out.len().saturating_add(STEP);
            next_source = source.saturating_add(STEP);
        }
        let ascii = ascii_prefix(rest.as_bytes().get(..STEP).unwrap_or(rest.as_bytes()));
        let start = out.len();
        out.extend_from_slice(rest.as_bytes().get(..ascii).unwrap_or_default());
        if let Some(tail) = out.get_mut(start..) {
            for byte in tail {
                *byte = fold_byte(*byte);
            }
        }
        let behind = rest.get(ascii..).unwrap_or("");
        let mut done = 0_usize;
        let limit = out.len().saturating_add(STEP);
        for c in behind.chars().take_while(|&c| !is_plain_ascii(c)) {
            let before = out.len();
            if before > limit || done > STEP {
                break;
            }
            push_folded(c, &mut out);
            let len = c.len_utf8();
            is_identity &= out.len().saturating_sub(before) == len
                && out.get(before).is_some_and(|&lead| len == char_len(lead));
            done = done.saturating_add(len);
        }
        rest = behind.get(done..).unwrap_or("");
        source = source.saturating_add(ascii).saturating_add(done);
    }
    // INVARIANT: pieces are whole ASCII runs and whole folded characters.
    let folded = String::from_utf8(out).unwrap_or_default();
    let map = if is_identity { FoldMap::Identity } else { FoldMap::Landmarks(landmarks) };
    if folded == text { (None, FoldMap::Identity) } else { (Some(folded), map) }
}

/// Bytes between landmarks, about.
const STEP: usize = 256;

/// From offsets in a folded text to offsets in what was folded.
///
/// Nearly every character of Greek or German has another length folded, so a row of runs as in
/// [`OffsetMap`](super::offsets::OffsetMap) would be longer than the text. Folding is one function of one
/// character: it is enough to remember a place every few hundred bytes, and to fold again from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoldMap {
    /// Every character stands where it stood.
    Identity,
    /// Pairs of an offset in the folded text and one in its source, both at the start of a character.
    Landmarks(Vec<(u32, u32)>),
}

impl FoldMap {
    /// The smallest stretch of `source` that holds everything under `start..end` of its fold.
    pub(super) fn locate(&self, source: &str, start: usize, end: usize) -> (usize, usize) {
        let Self::Landmarks(landmarks) = self else { return (start, end) };
        let first = Self::unit(landmarks, source, start);
        if end <= start {
            return (first.0, first.0);
        }
        (first.0, Self::unit(landmarks, source, end.saturating_sub(1)).1)
    }

    /// The character of `source` that the folded byte at `offset` belongs to; behind the last, the end.
    fn unit(landmarks: &[(u32, u32)], source: &str, offset: usize) -> (usize, usize) {
        let behind = landmarks.partition_point(|landmark| landmark.0 as usize <= offset);
        let landmark = behind.checked_sub(1).and_then(|at| landmarks.get(at));
        let (mut folded, mut at) = landmark.map_or((0, 0), |&(folded, at)| (folded as usize, at as usize));
        let mut scratch = Vec::new();
        for c in source.get(at..).unwrap_or("").chars() {
            scratch.clear();
            push_folded(c, &mut scratch);
            let next = at.saturating_add(c.len_utf8());
            folded = folded.saturating_add(scratch.len());
            if folded > offset {
                return (at, next);
            }
            at = next;
        }
        (at, at)
    }
}

fn short(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Whether all of `text` is printable lower-case ASCII.
fn is_folded_ascii(text: &[u8]) -> bool {
    // Without early exit inside a block, so that the compiler uses wide registers.
    text.chunks(256).all(|block| {
        block.iter().fold(true, |so_far, b| so_far & (b' '..0x7f).contains(b) & !b.is_ascii_uppercase())
    })
}

/// Length of the run of ASCII at the beginning of `text` that folds byte by byte.
fn ascii_prefix(text: &[u8]) -> usize {
    let blocks = text
        .chunks_exact(32)
        .take_while(|block| block.iter().fold(true, |so_far, &b| so_far & is_plain_byte(b)))
        .count();
    let sure = blocks.saturating_mul(32);
    let behind = text.get(sure..).unwrap_or_default();
    sure.saturating_add(behind.iter().take_while(|&&b| is_plain_byte(b)).count())
}

/// ASCII that folds to one byte: printable, or white space.
const fn is_plain_byte(byte: u8) -> bool {
    matches!(byte, b' '..0x7f) | matches!(byte, b'\t'..=b'\r')
}

/// Length of the UTF-8 character that starts with `lead`.
const fn char_len(lead: u8) -> usize {
    match lead {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

fn is_plain_ascii(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_plain_byte)
}

/// Folds a byte for which [`is_plain_byte`] holds.
const fn fold_byte(byte: u8) -> u8 {
    let lower = byte | ((byte.wrapping_sub(b'A') < 26) as u8) << 5;
    if byte < b' ' { b' ' } else { lower }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folded_ascii_is_borrowed() {
        assert!(matches!(fold("ignore previous instructions"), Cow::Borrowed(_)));
        assert!(matches!(fold("日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_mixed_text_folds_with_exact_places() {
        let text = "Ein\u{200b}s ﬁx\r\n𝗼K";
        let (folded, map) = fold_with_map(text);
        let folded = folded.unwrap();
        assert_eq!(folded, "eins fix  ok");
        let at = folded.find("ns").unwrap();
        assert_eq!(map.locate(text, at, at + 2), (2, 7));
        let at = folded.find("ix").unwrap();
        assert_eq!(&text[map.locate(text, at, at + 2).0..map.locate(text, at, at + 2).1], "ﬁx");
    }

    #[test]
    fn places_far_into_a_long_text_are_exact() {
        let piece = "Größe ﬁ é\u{301}\u{302} ﷺ 한글 plain words ";
        let text = format!("{}TARGET{}", piece.repeat(500), "\u{301}".repeat(5000));
        let (folded, map) = fold_with_map(&text);
        let folded = folded.unwrap();
        let (at, target) = (folded.find("target").unwrap(), text.find("TARGET").unwrap());
        assert_eq!(map.locate(&text, at, at + 6), (target, target + 6));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn folding_is_idempotent_and_closed_under_concatenation(a in "\\PC{0,40}", b in "(?s).{0,40}") {
            let both = format!("{a}{b}");
            let folded = fold(&both).into_owned();
            prop_assert_eq!(fold(&folded), folded.as_str());
            prop_assert_eq!(&folded, &format!("{}{}", fold(&a), fold(&b)));
        }

        #[test]
        fn every_folded_character_leads_to_the_character_it_came_from(text in "(?s).{0,60}") {
            let (folded, map) = fold_with_map(&text);
            let folded = folded.as_deref().unwrap_or(&text);
            for (at, c) in folded.char_indices() {
                let (start, end) = map.locate(&text, at, at + c.len_utf8());
                let source = text.get(start..end);
                prop_assert!(source.is_some_and(|source| source.chars().count() == 1), "{:?}", source);
                prop_assert!(fold(source.unwrap_or_default()).contains(c));
            }
        }
    }
}
