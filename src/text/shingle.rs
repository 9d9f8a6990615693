//! Fingerprints of texts: what was copied from a source is found again at the cost of looking at the copy,
//! however much has been read before.
//!
//! Everything here works on [`Squeezed`] folded text, so that other line breaks, letter cases and look-alikes
//! do not hide a copy.
//!
//! * [`winnow`]: any run of [`GUARANTEE`] characters that two texts share gives both a common fingerprint
//!   (Schleimer, Wilkerson, Aiken: *Winnowing*, SIGMOD 2003).
//! * [`word_grams`]: what the n-gram overlap is counted in.
//! * [`tokens()`]: addresses, ids, amounts and names, each whole.
//!
//! Not promised: that two texts with a common fingerprint share anything. Collisions of [`winnow`] and
//! [`word_grams`] can be made on purpose; whoever decides confirms on the text. Those of [`tokens()`] cannot
//! be made without the key.

mod digits;
mod grams;
mod tokens;

pub use grams::{GRAM_CHARS, GRAM_WORDS, Gram, covered, word_grams};
pub use tokens::{Token, TokenKey, TokenKind, each_token, tokens, whole};

use std::borrow::Cow;

use crate::base::{Folded, Span};

/// Characters in a shingle.
pub const K: usize = 24;
/// Shingles in a window, of which one at least is kept.
pub const W: usize = 16;
/// A run of this many characters that two texts share is found with certainty.
pub const GUARANTEE: usize = K + W - 1;

/// A hash of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint with this number, for stores.
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn to_u64(self) -> u64 {
        self.0
    }
}

/// A folded text in which every run of white space is one space, and none at the ends.
#[derive(Debug, Clone)]
pub struct Squeezed<'t> {
    text: Cow<'t, str>,
    /// From each offset here on, folded offsets are larger by the second number. Sorted.
    shifts: Vec<(u32, u32)>,
}

/// Squeezes a folded text. Borrows it when there is nothing to squeeze.
pub fn squeeze(folded: &str) -> Squeezed<'_> {
    let mut text = String::new();
    let mut shifts: Vec<(u32, u32)> = Vec::new();
    // Bytes of `folded` that have been looked at, and that are in `text` or dropped.
    let (mut at, mut taken) = (0_usize, 0_usize);
    let visible = |byte: &u8| (b'!'..0x80).contains(byte);
    let bytes = folded.as_bytes();
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| !visible(byte))) {
        at = at.saturating_add(next);
        let rest = folded.get(at..).unwrap_or_default();
        // Most spaces stand alone between words.
        if rest.starts_with(' ') && at > 0 && bytes.get(at.saturating_add(1)).is_some_and(visible) {
            at = at.saturating_add(1);
            continue;
        }
        let run = rest.len().saturating_sub(rest.trim_start().len());
        let end = at.saturating_add(run);
        let at_an_end = at == 0 || end == folded.len();
        if run == 0 || rest.starts_with(' ') && run == 1 && !at_an_end {
            at = at.saturating_add(rest.chars().next().map_or(1, char::len_utf8));
            continue;
        }
        if text.capacity() == 0 {
            text.reserve(folded.len());
        }
        text.push_str(folded.get(taken..at).unwrap_or_default());
        if !at_an_end {
            text.push(' ');
        }
        (at, taken) = (end, end);
        // Spans are 32-bit, and inputs far shorter.
        let here = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let shift = u32::try_from(end.saturating_sub(text.len())).unwrap_or(u32::MAX);
        if end < folded.len() && shifts.last().map_or(0, |(_, last)| *last) != shift {
            shifts.push((here, shift));
        }
    }
    if taken == 0 {
        return Squeezed { text: Cow::Borrowed(folded), shifts: Vec::new() };
    }
    text.push_str(folded.get(taken..).unwrap_or_default());
    Squeezed { text: Cow::Owned(text), shifts }
}

impl Squeezed<'_> {
    /// The squeezed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The squeezed text itself, for a store.
    pub fn into_text(self) -> String {
        self.text.into_owned()
    }

    /// For many places in the order of the text.
    fn walk(&self) -> Walk<'_> {
        Walk { shifts: self.shifts.iter().peekable(), shift: 0 }
    }

    /// The part of the folded text that bytes `start..end` of the squeezed one stand for.
    pub fn locate(&self, start: usize, end: usize) -> Span<Folded> {
        let folded = |at: usize| {
            let before = self.shifts.partition_point(|(from, _)| *from as usize <= at);
            let shift =
                before.checked_sub(1).and_then(|last| self.shifts.get(last)).map_or(0, |(_, shift)| *shift);
            at.saturating_add(shift as usize)
        };
        Span::new(folded(start), folded(end)).unwrap_or(Span::empty())
    }
}

/// From offsets in a squeezed text that only grow to those in the folded one.
struct Walk<'s> {
    shifts: std::iter::Peekable<std::slice::Iter<'s, (u32, u32)>>,
    shift: usize,
}

impl Walk<'_> {
    fn folded(&mut self, at: usize) -> usize {
        while let Some((_, shift)) = self.shifts.next_if(|(from, _)| *from as usize <= at) {
            self.shift = *shift as usize;
        }
        at.saturating_add(self.shift)
    }
}

/// A winnowed shingle: the hash of [`K`] characters, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shingle {
    fingerprint: Fingerprint,
    at: u32,
    windows: u32,
}

impl Shingle {
    /// The hash.
    pub fn fingerprint(self) -> Fingerprint {
        self.fingerprint
    }

    /// Offset of the first character, in bytes of the squeezed text.
    pub fn at(self) -> usize {
        self.at as usize
    }

    /// How many windows in a row it stands for: 0 in a text that is shorter than one.
    ///
    /// In a run of [`GUARANTEE`] characters and `n` more that two texts share, all of `n + 1` windows stand for
    /// shingles that both have.
    pub fn windows(self) -> usize {
        self.windows as usize
    }
}

/// The shingles that stand for the text, in order. Empty below [`K`] characters; about two for 17 characters
/// otherwise.
///
/// In each window of [`W`] shingles the least hash is kept, the one kept before where it is still the least
/// (*robust winnowing*): a run of one character costs one shingle a window.
pub fn winnow(text: &Squeezed<'_>) -> Vec<Shingle> {
    let text = text.text();
    let mut kept: Vec<Shingle> = Vec::with_capacity(text.len().saturating_div(W / 2));
    // The window: hash and place of the last W shingles, each at its number modulo W.
    let mut ring = [(u64::MAX, 0_usize); W];
    let mut number = 0_usize;
    let (mut least, mut least_number) = (u64::MAX, 0_usize);
    // For how many windows the last one stands so far.
    let mut windows = 0_u32;
    let keep = |kept: &mut Vec<Shingle>, windows: &mut u32, next: Option<Shingle>| {
        if let Some(last) = kept.last_mut() {
            last.windows = *windows;
        }
        kept.extend(next);
        *windows = 0;
    };
    kgrams(text, K, |hash, at| {
        if let Some(slot) = ring.get_mut(number % W) {
            *slot = (hash, at);
        }
        if number >= W && number.saturating_sub(least_number) < W {
            if hash < least {
                (least, least_number) = (hash, number);
                keep(&mut kept, &mut windows, Some(Shingle::new(hash, at)));
            }
            windows = windows.saturating_add(1);
        } else if number.saturating_add(1) >= W {
            // The first full window, or what was kept has left it: its least, the last of equal ones.
            let newest_first = (0..W).map(|age| number.saturating_sub(age));
            let window = newest_first.filter_map(|number| ring.get(number % W).map(|slot| (slot, number)));
            if let Some((&(hash, at), number)) = window.min_by_key(|((hash, _), _)| *hash) {
                (least, least_number) = (hash, number);
                keep(&mut kept, &mut windows, Some(Shingle::new(hash, at)));
            }
            windows = windows.saturating_add(1);
        }
        number = number.saturating_add(1);
    });
    keep(&mut kept, &mut windows, None);
    if number < W {
        // A text below the guarantee still stands for itself.
        let least = ring.iter().take(number).min_by_key(|(hash, _)| *hash);
        kept.extend(least.map(|&(hash, at)| Shingle::new(hash, at)));
    }
    kept
}

impl Shingle {
    fn new(hash: u64, at: usize) -> Self {
        Self { fingerprint: Fingerprint(hash), at: u32::try_from(at).unwrap_or(u32::MAX), windows: 0 }
    }
}

/// Calls `found` with the hash of every run of `k` characters, and the byte at which it begins. Constant time a
/// character.
pub(super) fn kgrams(text: &str, k: usize, found: impl FnMut(u64, usize)) {
    if text.is_ascii() {
        roll(text.bytes().map(u64::from), text.bytes().map(u64::from).enumerate(), k, found);
    } else {
        roll(text.chars().map(u64::from), text.char_indices().map(|(at, c)| (at, u64::from(c))), k, found);
    }
}

/// A polynomial over the last `k` of `head`, modulo 2^64. `tail` is the same once more, with places.
fn roll(
    mut head: impl Iterator<Item = u64>,
    tail: impl Iterator<Item = (usize, u64)>,
    k: usize,
    mut found: impl FnMut(u64, usize),
) {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    // Brings the lower bits up, where the least hash is decided. No two hashes fall together.
    const SPREAD: u64 = 0xbf58_476d_1ce4_e5b9;
    // Zero must count, or a run of it would hash as a shorter one.
    let push = |hash: u64, c: u64| hash.wrapping_mul(BASE).wrapping_add(c).wrapping_add(1);
    // What the first of k characters has been multiplied by when the last has come.
    let power = (1..k).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut hash = head.by_ref().take(k.saturating_sub(1)).fold(0, push);
    for (c, (at, first)) in head.zip(tail) {
        hash = push(hash, c);
        found((hash ^ (hash >> 32)).wrapping_mul(SPREAD), at);
        hash = hash.wrapping_sub(first.wrapping_add(1).wrapping_mul(power));
    }
}

/// Spreads every bit of `hash` over all others (the finaliser of `SplitMix64`); no two numbers fall together.
pub(super) const fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests;
