//! What a session sent out in pieces: half a key in one call, the rest in the next.
//!
//! **Attack.** `…?i=0&d=ghp_NEW4x`, then `…?i=1&d=cjJb4Fm36`. Each text is harmless; who collects them has the key.
//!
//! **Promise.** What stood in the same place of the session's last texts is put together, in the order in which it came
//! and in the order of the numbers beside it, and looked into like a text. What the texts have of a protected source adds
//! up, each word group counted once.
//!
//! **Not promised.** Pieces in places that differ from text to text, or further apart than [`Trail`] reaches.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use zeroize::Zeroizing;

use crate::base::RecordId;
use crate::state::overlap::Shared;

/// Texts that are remembered.
const TEXTS: usize = 24;
/// Pieces of one text: those that read like parts of a token, and the last ones.
const PIECES: usize = 8;
/// Longest piece, in bytes. A longer one is a secret by itself.
const PIECE: usize = 96;
/// Longest text of which pieces are kept, in bytes: a leak in pieces is slow.
const TEXT: usize = 1 << 14;
/// As much of what was put together is looked into, in bytes.
const CHAIN: usize = 384;
/// Pieces on either side of the newest one.
const AROUND: usize = 8;
/// Word groups of protected sources that a session is remembered to have sent.
const COPIED: usize = 1 << 16;
/// Characters before a piece that say in which place of the text it stands.
const PLACE: usize = 12;

/// The pieces of one text.
#[derive(Clone, Default)]
pub struct Piece {
    /// Small numbers by the place in which they stand.
    numbers: Vec<(u64, u32)>,
    pieces: Vec<(u64, Zeroizing<String>)>,
    copied: Vec<Shared>,
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Piece").field("pieces", &self.pieces.len()).finish_non_exhaustive()
    }
}

/// The pieces of a session's last texts.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    texts: VecDeque<Piece>,
    copied: HashMap<RecordId, HashSet<u64>>,
    groups: usize,
}

impl Trail {
    /// Remembers a text that left.
    pub fn push(&mut self, mut piece: Piece) {
        for shared in piece.copied.drain(..) {
            let known = self.copied.entry(shared.record()).or_default();
            for gram in shared.grams() {
                // Nothing is forgotten to make room; see `is_full`.
                if self.groups < COPIED && known.insert(*gram) {
                    self.groups = self.groups.saturating_add(1);
                }
            }
        }
        if piece.pieces.is_empty() {
            return;
        }
        if self.texts.len() >= TEXTS {
            self.texts.pop_front();
        }
        self.texts.push_back(piece);
    }

    /// Whether there is no room to remember more: then any piece of a protected text counts as one too many.
    pub(super) const fn is_full(&self) -> bool {
        self.groups >= COPIED
    }

    /// How many word groups of a source the session's texts have together, `now` included; `None` where this text is the
    /// first with any.
    pub(super) fn together(&self, now: &Shared) -> Option<usize> {
        let known = self.copied.get(&now.record()).filter(|known| !known.is_empty())?;
        Some(known.len().saturating_add(now.grams().iter().filter(|gram| !known.contains(*gram)).count()))
    }

    /// Everything that pieces of `now` make with pieces of the texts before it, and where the newest piece stands in it.
    pub(super) fn chains(&self, now: &Piece) -> Vec<Chain> {
        let mut chains = Vec::new();
        for (place, newest) in &now.pieces {
            let mut parts: Vec<(&Piece, &str)> = Vec::new();
            for text in &self.texts {
                if let Some((_, piece)) = text.pieces.iter().find(|(known, _)| known == place) {
                    parts.push((text, piece));
                }
            }
            let differ = parts.iter().any(|(_, piece)| *piece != newest.as_str());
            if !differ || !(parts.iter().any(|(_, piece)| is_part(piece)) || is_part(newest)) {
                continue;
            }
            parts.push((now, newest));
            chains.extend(Chain::of(&parts));
            for (number, _) in &now.numbers {
                let value = |text: &Piece| {
                    text.numbers.iter().find(|(known, _)| known == number).map(|(_, value)| *value)
                };
                let mut numbered: Vec<(u32, (&Piece, &str))> =
                    parts.iter().filter_map(|part| Some((value(part.0)?, *part))).collect();
                let is_sorted = numbered.is_sorted_by_key(|(value, _)| *value);
                if numbered.len() > 1 && !is_sorted {
                    numbered.sort_by_key(|(value, _)| *value);
                    let parts: Vec<_> = numbered.into_iter().map(|(_, part)| part).collect();
                    chains.extend(Chain::around(&parts, now));
                }
            }
        }
        chains
    }
}

/// Pieces that were put together.
pub(super) struct Chain {
    pub(super) text: Zeroizing<String>,
    /// Where the newest piece stands.
    pub(super) newest: (usize, usize),
}

impl Chain {
    /// The pieces in their order; of many the last ones.
    fn of(parts: &[(&Piece, &str)]) -> Option<Self> {
        let mut first = parts.len();
        let mut length = 0_usize;
        while let Some(before) = first.checked_sub(1)
            && let Some((_, piece)) = parts.get(before)
            && length.saturating_add(piece.len()) <= CHAIN
        {
            length = length.saturating_add(piece.len());
            first = before;
        }
        Self::joined(parts.get(first..)?, parts.len().saturating_sub(1).saturating_sub(first))
    }

    /// The pieces around the newest one.
    fn around(parts: &[(&Piece, &str)], now: &Piece) -> Option<Self> {
        let place = parts.iter().position(|(text, _)| std::ptr::eq(*text, now))?;
        let from = place.saturating_sub(AROUND);
        let part = parts.get(from..place.saturating_add(AROUND).min(parts.len()))?;
        Self::joined(part, place.saturating_sub(from))
    }

    fn joined(parts: &[(&Piece, &str)], newest: usize) -> Option<Self> {
        (parts.len() > 1).then_some(())?;
        let mut text = Zeroizing::new(String::with_capacity(CHAIN));
        let mut place = (0, 0);
        for (at, (_, piece)) in parts.iter().enumerate() {
            let start = text.len();
            text.push_str(piece);
            if at == newest {
                place = (start, text.len());
            }
        }
        Some(Self { text, newest: place })
    }
}

/// Whether a piece is none of a sentence's words.
fn is_part(piece: &str) -> bool {
    let has = |class: fn(&u8) -> bool| piece.as_bytes().iter().any(class);
    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
        || piece.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()) && has(u8::is_ascii_lowercase)
        || piece.contains(['_', '+', '/'])
}

impl Piece {
    /// The same, with what the text has of protected sources.
    #[must_use]
    pub fn copying(mut self, shared: &[Shared]) -> Self {
        self.copied = shared.to_vec();
        self
    }

    /// What the text has of protected sources.
    pub(super) fn copied(&self) -> &[Shared] {
        &self.copied
    }

    /// What of a text may be a part of something.
    pub fn of(text: &str) -> Self {
        let mut found = Self::default();
        if text.len() > TEXT {
            return found;
        }
        let bytes = text.as_bytes();
        let is_inside = |byte: &&u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'~' | b'+' | b'/' | b'.' | b'-')
        };
        let mut last: VecDeque<(u64, &str)> = VecDeque::new();
        let mut at = 0;
        while at < bytes.len() {
            let length = bytes.get(at..).unwrap_or_default().iter().take_while(is_inside).count();
            if length == 0 {
                at = at.saturating_add(1);
                continue;
            }
            let end = at.saturating_add(length);
            let token = text.get(at..end).unwrap_or_default().trim_end_matches('.');
            let place = place_of(bytes.get(..at).unwrap_or_default());
            at = end;
            if token.len() <= 3 && token.bytes().all(|byte| byte.is_ascii_digit()) && found.numbers.len() < 4
            {
                found.numbers.extend(token.parse().ok().map(|value| (place, value)));
            }
            if token.len() > PIECE || token.is_empty() {
                continue;
            }
            if is_part(token) && found.pieces.len() < PIECES {
                found.pieces.push((place, Zeroizing::new(token.to_owned())));
            } else {
                if last.len() >= 2 {
                    last.pop_front();
                }
                last.push_back((place, token));
            }
        }
        found.pieces.extend(last.into_iter().map(|(place, token)| (place, Zeroizing::new(token.to_owned()))));
        found
    }
}

/// The place of what stands behind `before`: its last characters but for digits.
fn place_of(before: &[u8]) -> u64 {
    let near = before.iter().rev().take(PLACE).filter(|byte| !byte.is_ascii_digit());
    near.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chains(texts: &[&str]) -> Vec<String> {
        let mut trail = Trail::default();
        let mut all = Vec::new();
        for text in texts {
            let piece = Piece::of(text);
            all.extend(trail.chains(&piece).into_iter().map(|chain| chain.text.to_string()));
            trail.push(piece);
        }
        all
    }

    #[test]
    fn pieces_in_the_same_place_are_put_together_in_both_orders() {
        let text = |at: u32, piece: &str| format!("https://c.example/p?i={at}&d={piece}");
        let (one, two, three) = (text(0, "ab1"), text(1, "cd2"), text(2, "ef3"));
        assert!(chains(&[&one, &two, &three]).contains(&"ab1cd2ef3".to_owned()));
        assert!(chains(&[&three, &one, &two]).contains(&"ab1cd2ef3".to_owned()));
    }

    #[test]
    fn the_same_text_again_and_sentences_make_nothing() {
        assert!(chains(&["id=ab12", "id=ab12"]).is_empty());
        assert!(chains(&["Thanks for the report.", "See you on Tuesday then."]).is_empty());
    }

    #[test]
    fn a_trail_is_bounded() {
        let mut trail = Trail::default();
        for at in 0..1000 {
            trail.push(Piece::of(&format!("d=a{at}")));
        }
        assert_eq!(trail.texts.len(), TEXTS);
    }
}
