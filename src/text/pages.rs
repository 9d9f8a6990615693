//! What the loops over every character need to know about one, at the price of two lookups.

use std::sync::OnceLock;

use unicode_normalization::char::is_combining_mark;

use super::clean::is_plain;
use super::lookalike::fold_char;

/// Characters per page.
const PAGE: usize = 256;

/// One page per 256 code points, worked out when a text first has one of them. Deciding a fold from Unicode's
/// data takes microseconds, and texts use a few pages of the 4352.
static PAGES: [OnceLock<Box<Page>>; 4352] = [const { OnceLock::new() }; 4352];

struct Page {
    entries: [Entry; PAGE],
    /// Folds of more than three bytes.
    long: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The fold where it has at most three bytes, else its offset in `long`, little-endian.
    data: [u8; 3],
    /// Length of the fold in bytes.
    len: u8,
    traits: Traits,
}

/// What a character is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    is_plain: bool,
    is_mark: bool,
    is_word: bool,
}

impl Traits {
    pub(super) fn of(c: char) -> Self {
        entry(c).map_or(Self::default(), |(_, entry)| entry.traits)
    }

    /// Whether cleaning keeps it whatever stands around it.
    pub(super) const fn is_plain(self) -> bool {
        self.is_plain
    }

    /// Whether it is a combining mark.
    pub(super) const fn is_mark(self) -> bool {
        self.is_mark
    }

    /// Whether it is a letter or a digit.
    pub(super) const fn is_word(self) -> bool {
        self.is_word
    }
}

impl Page {
    fn new(number: u32) -> Box<Self> {
        let empty = Entry { data: [0; 3], len: 0, traits: Traits::default() };
        let mut page = Box::new(Self { entries: [empty; PAGE], long: Vec::new() });
        for (entry, code) in page.entries.iter_mut().zip(number << 8..) {
            let Some(c) = char::from_u32(code) else { continue };
            entry.traits =
                Traits { is_plain: is_plain(c), is_mark: is_combining_mark(c), is_word: c.is_alphanumeric() };
            let folded = fold_char(c);
            let bytes = folded.as_bytes();
            entry.len = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
            if bytes.len() <= entry.data.len() {
                for (to, from) in entry.data.iter_mut().zip(bytes) {
                    *to = *from;
                }
            } else {
                let [a, b, c, _] = u32::try_from(page.long.len()).unwrap_or(0).to_le_bytes();
                entry.data = [a, b, c];
                page.long.extend_from_slice(bytes);
            }
        }
        page
    }
}

#[inline]
fn entry(c: char) -> Option<(&'static Page, &'static Entry)> {
    let [low, ..] = u32::from(c).to_le_bytes();
    let number = u32::from(c) >> 8;
    let page = PAGES.get(number as usize)?.get_or_init(|| Page::new(number));
    Some((page, page.entries.get(usize::from(low))?))
}

/// Appends the fold of `c`.
#[inline]
pub(super) fn push_folded(c: char, out: &mut Vec<u8>) {
    let Some((page, entry)) = entry(c) else { return };
    let len = usize::from(entry.len);
    if len <= entry.data.len() {
        // Copying three bytes and dropping some is cheaper than copying some.
        let end = out.len().saturating_add(len);
        out.extend_from_slice(&entry.data);
        out.truncate(end);
    } else {
        let [a, b, c] = entry.data;
        let at = u32::from_le_bytes([a, b, c, 0]) as usize;
        out.extend_from_slice(page.long.get(at..at.saturating_add(len)).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_say_what_the_rules_say_for_every_scalar_value() {
        for c in '\0'..=char::MAX {
            let mut fast = Vec::new();
            push_folded(c, &mut fast);
            assert_eq!(fast, fold_char(c).into_bytes(), "{:04X}", u32::from(c));
        }
    }
}
