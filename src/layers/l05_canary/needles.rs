//! What is looked for: canaries, their pieces, and how a canary looks encoded.

use std::fmt;

use zeroize::Zeroizing;

use super::{Canaries, Canary};

/// Characters of base32 (RFC 4648), in lower case.
pub(super) const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Needles by their first six characters.
#[derive(Default)]
pub(super) struct Needles {
    /// In the order of the packed characters.
    entries: Vec<(u64, Needle)>,
    /// One bit for a share of all windows, so that most places cost one look.
    sieve: Vec<u64>,
}

/// Something to look for: six characters of a canary, or a whole one in some form.
pub(super) struct Needle {
    pub(super) canary: usize,
    kind: Kind,
}

enum Kind {
    /// Characters of the canary, one bit each.
    Piece(u32),
    /// What follows the first six, and the form's name if it is not the canary itself.
    Whole(Zeroizing<Vec<u8>>, Option<&'static str>),
}

impl Needle {
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self.kind, Kind::Whole(..))
    }

    pub(super) const fn form(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Piece(_) => None,
            Kind::Whole(_, form) => form,
        }
    }

    /// The characters of the canary that it shows, one bit each.
    pub(super) const fn covers(&self) -> u32 {
        match self.kind {
            Kind::Piece(covers) => covers,
            Kind::Whole(..) => (1 << Canaries::LEN) - 1,
        }
    }
}

impl Needles {
    /// Characters of a piece.
    pub(super) const PIECE: usize = 6;

    pub(super) fn file(&mut self, canary: usize, token: &Canary) {
        let token = token.as_str();
        let backwards = Zeroizing::new(token.chars().rev().collect::<String>());
        let first: u32 = (1 << Self::PIECE) - 1;
        for (at, piece) in (0..).zip(token.as_bytes().windows(Self::PIECE)) {
            self.push(piece, Needle { canary, kind: Kind::Piece(first.wrapping_shl(at)) });
        }
        for (at, piece) in (0..).zip(backwards.as_bytes().windows(Self::PIECE).rev()) {
            self.push(piece, Needle { canary, kind: Kind::Piece(first.wrapping_shl(at)) });
        }
        self.whole(canary, token, None);
        self.whole(canary, &backwards, Some("reversed"));
        for text in [token, &backwards] {
            self.whole(canary, &Zeroizing::new(text.chars().map(rot13).collect::<String>()), Some("rot13"));
        }
        for (form, bits, step, alphabet) in [
            ("hex", 4, 4, &b"0123456789abcdef"[..]),
            ("base32", 5, 1, BASE32),
            // Folding leaves no capitals.
            ("base64", 6, 2, b"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789+/"),
        ] {
            for text in aligned(token, bits, step, alphabet) {
                self.whole(canary, &text, Some(form));
            }
        }
    }

    fn whole(&mut self, canary: usize, text: &str, form: Option<&'static str>) {
        if let Some((first, rest)) = text.as_bytes().split_at_checked(Self::PIECE) {
            self.push(first, Needle { canary, kind: Kind::Whole(Zeroizing::new(rest.to_vec()), form) });
        }
    }

    fn push(&mut self, first: &[u8], needle: Needle) {
        self.entries.push((first.iter().fold(0, |window, byte| pack(window, *byte)), needle));
    }

    pub(super) fn ready(&mut self) {
        self.entries.sort_by_key(|(window, _)| *window);
        if self.entries.is_empty() {
            return;
        }
        self.sieve = vec![0; self.entries.len().next_power_of_two()];
        for (window, _) in &self.entries {
            let (word, bit) = slot(*window, self.sieve.len());
            if let Some(bits) = self.sieve.get_mut(word) {
                *bits |= bit;
            }
        }
    }

    /// Calls `hit` for every needle among the letters and digits of a folded text, with its place.
    pub(super) fn scan(&self, folded: &str, mut hit: impl FnMut(&Needle, usize, usize)) {
        let (bytes, mut window) = (folded.as_bytes(), 0);
        for (at, byte) in bytes.iter().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                continue;
            }
            window = pack(window, *byte);
            let (word, bit) = slot(window, self.sieve.len());
            if self.sieve.get(word).is_none_or(|bits| bits & bit == 0) {
                continue;
            }
            let first = self.entries.partition_point(|(known, _)| *known < window);
            let alike = self.entries.iter().skip(first).take_while(|(known, _)| *known == window);
            for (_, needle) in alike {
                let rest = match &needle.kind {
                    Kind::Piece(_) => &[][..],
                    Kind::Whole(rest, _) => rest,
                };
                let behind = at.saturating_add(1);
                if let Some(len) = begins(bytes.get(behind..).unwrap_or_default(), rest) {
                    hit(needle, start(bytes, at), behind.saturating_add(len));
                }
            }
        }
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needles").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

/// The last six characters, with this one behind.
const fn pack(window: u64, byte: u8) -> u64 {
    (window << 8 | byte as u64) & ((1 << (8 * Needles::PIECE)) - 1)
}

/// The place of a window in a sieve of `words` words.
fn slot(window: u64, words: usize) -> (usize, u64) {
    let hash = window.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The number of words is a power of two, and the remainder fits it.
    let word = (hash >> 38) & (words as u64).wrapping_sub(1);
    (usize::try_from(word).unwrap_or(0), 1 << (hash >> 58))
}

/// How far into `bytes` their letters and digits are `rest`.
fn begins(bytes: &[u8], rest: &[u8]) -> Option<usize> {
    let mut expected = rest.iter();
    let mut end = 0;
    let mut letters = bytes.iter().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric());
    for wanted in expected.by_ref() {
        let (at, _) = letters.next().filter(|(_, byte)| *byte == wanted)?;
        end = at.saturating_add(1);
    }
    Some(end)
}

/// Where the piece begins whose last character stands at `last`.
fn start(bytes: &[u8], last: usize) -> usize {
    let before = bytes.iter().enumerate().take(last.saturating_add(1)).rev();
    let mut letters = before.filter(|(_, byte)| byte.is_ascii_alphanumeric());
    letters.nth(Needles::PIECE.saturating_sub(1)).map_or(last, |(at, _)| at)
}

pub(super) fn rot13(c: char) -> char {
    match c {
        'a'..='m' => char::from_u32(u32::from(c).saturating_add(13)).unwrap_or(c),
        'n'..='z' => char::from_u32(u32::from(c).saturating_sub(13)).unwrap_or(c),
        _ => c,
    }
}

/// What stands of `token` in every encoding of a text that holds it somewhere, in `bits` bits a character: one text
/// for each way in which its bytes can lie, without the characters that its neighbours share. Bytes begin `step` bits
/// further on in their characters, or a multiple of that.
pub(super) fn aligned(token: &str, bits: usize, step: usize, alphabet: &[u8]) -> Vec<Zeroizing<String>> {
    let stream: Zeroizing<Vec<u8>> =
        Zeroizing::new(token.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect());
    let letter = |chunk: &[u8]| {
        let value = chunk.iter().fold(0, |value, bit| value << 1 | usize::from(*bit));
        char::from(alphabet.get(value).copied().unwrap_or_default())
    };
    (0..bits)
        .step_by(step)
        .map(|from| stream.get(from..).unwrap_or_default().chunks_exact(bits).map(letter).collect::<String>())
        .map(Zeroizing::new)
        .collect()
}
