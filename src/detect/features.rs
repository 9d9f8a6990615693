//! What the heads look at: hashed words, pairs and triples of words, and pairs and triples of word classes, and
//! what begins a line, in blocks of sixteen words. Two blocks in a row are a window.
//!
//! The program that trains the heads compiles this very file, so that what is learned and what is read are the same.

use super::lexicon::Class;
use super::words::{Disguises, Tokens, class_symbol};

/// Words in a block.
pub(super) const BLOCK: usize = 16;
/// How many weights a head has, as a power of two.
pub(super) const BITS: u32 = 16;
/// Most features of one block.
const MOST: usize = BLOCK * 10;
/// Places of the set that tells repeated features.
const SEEN: usize = 256;
/// How far apart words with a class still belong together, in words.
const REACH: usize = 10;

/// Sixteen words of a text.
#[derive(Debug)]
pub(super) struct Block<'b> {
    /// Where it is, in bytes of the folded text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// What is in it, each thing once.
    pub(super) features: &'b [u32],
}

#[inline]
const fn bucket(kind: u32, a: u32, b: u32, c: u32) -> u32 {
    let mut h = (kind as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ a as u64;
    h = h.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ (b as u64).rotate_left(21);
    h = h.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ (c as u64).rotate_left(42);
    h = (h ^ (h >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (h >> (64 - BITS)) as u32
}

/// A block that is being filled.
struct Draft {
    features: [u32; MOST],
    len: usize,
    /// One more than the feature, and the number of the block it was seen in.
    seen: [(u32, u32); SEEN],
    number: u32,
}

impl Draft {
    #[inline]
    fn add(&mut self, feature: u32) {
        let slot = feature as usize % SEEN;
        let Some(seen) = self.seen.get_mut(slot) else { return };
        if *seen == (feature, self.number) {
            return;
        }
        *seen = (feature, self.number);
        if let Some(place) = self.features.get_mut(self.len) {
            *place = feature;
            self.len = self.len.saturating_add(1);
        }
    }
}

/// Reads `folded` block by block. Answers how many words were written in a way that nobody writes.
pub(super) fn blocks(folded: &str, mut each: impl FnMut(Block<'_>)) -> Disguises {
    let mut draft = Draft { features: [0; MOST], len: 0, seen: [(0, 0); SEEN], number: 1 };
    let mut tokens = Tokens::new(folded);
    let (mut count, mut start, mut end) = (0_usize, 0, 0);
    let (mut word1, mut sym1, mut sym2) = (0, 0, 0);
    // The last three words with a class, newest first, and their places.
    let mut classed = [(0_u32, 0_usize); 3];
    let mut at = REACH;
    // What began the line, until the word behind it is read.
    let mut led = None;
    for token in tokens.by_ref() {
        at = at.saturating_add(1);
        if count == 0 {
            start = token.start;
        }
        end = token.end;
        let symbol = token.symbol();
        // Orders stand at the beginning of a line more often than what merely speaks of them.
        if token.leads {
            draft.add(bucket(9, symbol, 0, 0));
            led = Some(symbol);
        } else if let Some(first) = led.take() {
            draft.add(bucket(10, first, symbol, 0));
        }
        draft.add(bucket(1, token.word, 0, 0));
        draft.add(bucket(2, word1, token.word, 0));
        if symbol != token.word || sym1 != word1 {
            draft.add(bucket(3, sym1, symbol, 0));
        }
        draft.add(bucket(4, sym2, sym1, symbol));
        if token.class != Class::None {
            let class = class_symbol(token.class);
            draft.add(bucket(5, class, 0, 0));
            let [(c1, p1), (c2, p2), (c3, p3)] = classed;
            if at.saturating_sub(p1) <= REACH {
                draft.add(bucket(6, c1, class, 0));
            }
            if at.saturating_sub(p2) <= REACH {
                draft.add(bucket(7, c2, c1, class));
            }
            if at.saturating_sub(p3) <= REACH {
                draft.add(bucket(8, c3 ^ c2.rotate_left(9), c1, class));
            }
            classed = [(class, at), (c1, p1), (c2, p2)];
        }
        (word1, sym2, sym1) = (token.word, sym1, symbol);
        count = count.saturating_add(1);
        if count == BLOCK {
            each(Block { start, end, features: draft.features.get(..draft.len).unwrap_or_default() });
            draft.len = 0;
            draft.number = draft.number.wrapping_add(1);
            count = 0;
        }
    }
    if count > 0 {
        each(Block { start, end, features: draft.features.get(..draft.len).unwrap_or_default() });
    }
    tokens.disguises
}
