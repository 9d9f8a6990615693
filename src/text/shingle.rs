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
mod sip;
mod tokens;

pub use grams::{GRAM_CHARS, GRAM_WORDS, Gram, covered, word_grams};
pub use tokens::{Token, TokenKey, TokenKind, tokens, whole};

use std::borrow::Cow;
use std::collections::VecDeque;

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
    let mut shifts = Vec::new();
    // Bytes of `folded` that are already in `text`, or dropped.
    let mut taken = 0_usize;
    let mut rest = folded.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if !first.is_whitespace() {
            continue;
        }
        let mut end = start.saturating_add(first.len_utf8());
        while let Some((at, c)) = rest.next_if(|(_, c)| c.is_whitespace()) {
            end = at.saturating_add(c.len_utf8());
        }
        let at_an_end = start == 0 || end == folded.len();
        if folded.get(start..end) == Some(" ") && !at_an_end {
            continue;
        }
        text.push_str(folded.get(taken..start).unwrap_or_default());
        if !at_an_end {
            text.push(' ');
        }
        taken = end;
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

/// A winnowed shingle: the hash of [`K`] characters, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shingle {
    fingerprint: Fingerprint,
    at: u32,
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
}

/// The shingles that stand for the text, in order. Empty below [`K`] characters; about two for 17 characters
/// otherwise.
///
/// In each window of [`W`] shingles the least hash is kept, the one kept before where it is still the least
/// (*robust winnowing*): a run of one character costs one shingle a window.
pub fn winnow(text: &Squeezed<'_>) -> Vec<Shingle> {
    let text = text.text();
    let mut kept: Vec<Shingle> = Vec::new();
    // Number of the shingle that was kept last, and the hashes that can still become a window's least, rising.
    let mut last = (0_usize, u64::MAX);
    let mut window: VecDeque<(usize, u64, usize)> = VecDeque::with_capacity(W);
    let mut total = 0_usize;
    for (number, (hash, at)) in kgrams(text, K).enumerate() {
        total = number.saturating_add(1);
        while window.back().is_some_and(|(_, back, _)| *back >= hash) {
            window.pop_back();
        }
        window.push_back((number, hash, at));
        if total < W {
            continue;
        }
        let first = total.saturating_sub(W);
        while window.front().is_some_and(|(number, ..)| *number < first) {
            window.pop_front();
        }
        if let Some(&(number, hash, at)) = window.front()
            && (kept.is_empty() || last.0 < first || last.1 != hash)
        {
            last = (number, hash);
            kept.push(Shingle::new(hash, at));
        }
    }
    if total < W {
        // A text below the guarantee still stands for itself.
        kept.extend(window.front().map(|&(_, hash, at)| Shingle::new(hash, at)));
    }
    kept
}

impl Shingle {
    fn new(hash: u64, at: usize) -> Self {
        Self { fingerprint: Fingerprint(hash), at: u32::try_from(at).unwrap_or(u32::MAX) }
    }
}

/// The hash of every run of `k` characters, and the byte at which it begins. Constant time a character.
pub(super) fn kgrams(text: &str, k: usize) -> impl Iterator<Item = (u64, usize)> {
    // A polynomial over the characters, modulo 2^64.
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    // What the first of k characters has been multiplied by when the last has come.
    let first_power = (1..k).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut hash = 0_u64;
    let mut tail = text.char_indices();
    text.chars().enumerate().filter_map(move |(number, c)| {
        hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(c).wrapping_add(1));
        if number.saturating_add(1) < k {
            return None;
        }
        let (at, first) = tail.next()?;
        let found = mix(hash);
        hash = hash.wrapping_sub(u64::from(first).wrapping_add(1).wrapping_mul(first_power));
        Some((found, at))
    })
}

/// Spreads every bit of `hash` over all others (the finaliser of `SplitMix64`); no two numbers fall together.
pub(super) const fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests;
