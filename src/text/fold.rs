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
use std::sync::OnceLock;

use super::lookalike::fold_char;
use super::offsets::{MapBuilder, OffsetMap};

/// `text` as matchers read it. Idempotent; borrows what is folded already.
pub fn fold(text: &str) -> Cow<'_, str> {
    match fold_with_map(text) {
        (Some(folded), _) => Cow::Owned(folded),
        (None, _) => Cow::Borrowed(text),
    }
}

/// `text` folded, and where each part of it came from; `None` where it is folded already.
pub(super) fn fold_with_map(text: &str) -> (Option<String>, OffsetMap) {
    if is_folded_ascii(text.as_bytes()) {
        return (None, OffsetMap::Identity);
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut map = MapBuilder::default();
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = ascii_prefix(rest.as_bytes());
        let (plain, behind) = rest.split_at_checked(ascii).unwrap_or((rest, ""));
        let start = out.len();
        out.extend_from_slice(plain.as_bytes());
        if let Some(tail) = out.get_mut(start..) {
            for byte in tail {
                *byte = fold_byte(*byte);
            }
        }
        map.same(plain.len());
        rest = behind;
        for c in behind.chars() {
            if is_plain_ascii(c) {
                break;
            }
            let before = out.len();
            push_folded(c, &mut out);
            let len = out.len().saturating_sub(before);
            if len == c.len_utf8() && out.get(before).is_some_and(|&lead| len == char_len(lead)) {
                map.same(len);
            } else {
                map.unit(len, c.len_utf8());
            }
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
    }
    let map = map.finish();
    // INVARIANT: pieces are whole ASCII runs and whole folded characters.
    let folded = String::from_utf8(out).unwrap_or_default();
    if folded == text { (None, OffsetMap::Identity) } else { (Some(folded), map) }
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

/// 256 characters in a row: for each the length of its fold, and either the fold itself or where it stands in
/// `long`.
struct Page {
    entries: [Entry; 256],
    long: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Entry {
    len: u8,
    /// The fold where it has at most three bytes, else its offset in `long`, little-endian.
    data: [u8; 3],
}

/// Characters per page.
const PAGE: u32 = 256;

/// One page per 256 code points, worked out when a text first has one of them. Deciding a fold from Unicode's
/// data takes microseconds, and texts use a few pages of the 4352.
static PAGES: [OnceLock<Box<Page>>; 4352] = [const { OnceLock::new() }; 4352];

impl Page {
    fn new(number: u32) -> Box<Self> {
        let mut page = Box::new(Self { entries: [Entry { len: 0, data: [0; 3] }; 256], long: Vec::new() });
        let first = number.saturating_mul(PAGE);
        for (entry, code) in page.entries.iter_mut().zip(first..) {
            let Some(c) = char::from_u32(code) else { continue };
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

/// Appends the fold of `c`.
#[inline]
fn push_folded(c: char, out: &mut Vec<u8>) {
    let code = u32::from(c);
    let [low, ..] = code.to_le_bytes();
    let number = code >> 8;
    let Some(page) = PAGES.get(number as usize).map(|page| page.get_or_init(|| Page::new(number))) else {
        return;
    };
    let Some(entry) = page.entries.get(usize::from(low)) else { return };
    let len = usize::from(entry.len);
    let folded = if len <= entry.data.len() {
        entry.data.get(..len)
    } else {
        let [a, b, c] = entry.data;
        let at = u32::from_le_bytes([a, b, c, 0]) as usize;
        page.long.get(at..at.saturating_add(len))
    };
    out.extend_from_slice(folded.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_pages_say_what_the_rules_say_for_every_scalar_value() {
        for c in '\0'..=char::MAX {
            let mut fast = Vec::new();
            push_folded(c, &mut fast);
            assert_eq!(fast, fold_char(c).into_bytes(), "{:04X}", u32::from(c));
        }
    }

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
        assert_eq!(map.locate(at, at + 2), (2, 7));
        let at = folded.find("ix").unwrap();
        assert_eq!(&text[map.locate(at, at + 2).0..map.locate(at, at + 2).1], "ﬁx");
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
                let (start, end) = map.locate(at, at + c.len_utf8());
                let source = text.get(start..end);
                prop_assert!(source.is_some_and(|source| source.chars().count() == 1), "{:?}", source);
                prop_assert!(fold(source.unwrap_or_default()).contains(c));
            }
        }
    }
}
