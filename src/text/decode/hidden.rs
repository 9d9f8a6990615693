//! Messages in characters that nobody sees: ASCII in tags, bytes in variation selectors, bits in zero-width
//! characters. They are read from the text as it came in, since cleaning takes them out.

use super::rewrite::Edit;
use super::{Decoding, Finder, is_text};
use crate::text::form::Form;
use crate::text::offsets::MapBuilder;
use crate::text::{Invisible, Removed};

/// Fewest hidden characters that can say something.
const FEWEST: usize = 4;

/// Fewest bits that can say something.
const FEWEST_BITS: usize = 32;

/// Finds what hidden characters say.
pub(super) fn hidden(form: &Form<'_>, finder: &mut Finder) {
    if form.removed().is_empty() {
        return;
    }
    tags(form, finder);
    selectors(form, finder);
    bits(form, finder);
}

/// Where something invisible stands between two words, or a blank that is none. Removing it joins the words, and
/// keeping a space for it splits one word in two; which of them was meant, only a reader of both can tell.
pub(super) fn other_word_boundaries(form: &Form<'_>) -> Vec<Edit> {
    let raw = form.raw();
    let removed = form.removed();
    let mut edits = Vec::new();
    let mut index = 0_usize;
    while let Some(first) = removed.get(index) {
        // Runs of several kinds that touch are one gap.
        let mut end = first.span.end();
        let mut is_blank = first.kind == Invisible::Filler;
        index = index.saturating_add(1);
        while let Some(next) = removed.get(index).filter(|next| next.span.start() == end) {
            end = next.span.end();
            is_blank |= next.kind == Invisible::Filler;
            index = index.saturating_add(1);
        }
        let start = first.span.start();
        let before = raw.get(..start).and_then(|before| before.chars().next_back());
        let after = raw.get(end..).and_then(|after| after.chars().next());
        if before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric) {
            edits.push(Edit::new(start, end, (!is_blank).then_some(' ')));
        }
    }
    edits
}

/// The characters of a kind that cleaning took out, run by run.
fn removed_of<'f>(form: &'f Form<'_>, kind: Invisible) -> impl Iterator<Item = (usize, char)> + 'f {
    let raw = form.raw();
    form.removed().iter().filter(move |removed| removed.kind == kind).flat_map(
        move |Removed { span, .. }| {
            let start = span.start();
            span.of(raw).unwrap_or("").char_indices().map(move |(at, c)| (start.saturating_add(at), c))
        },
    )
}

/// U+E0020 to U+E007E mirror ASCII.
fn tags(form: &Form<'_>, finder: &mut Finder) {
    let mut message = Message::default();
    for (at, c) in removed_of(form, Invisible::Tag) {
        let ascii = u32::from(c).checked_sub(0xE_0000).and_then(|code| u8::try_from(code).ok());
        if let Some(byte @ b' '..=b'~') = ascii {
            message.push(byte, at, c.len_utf8());
        }
    }
    message.finish(Decoding::Tags, finder);
}

/// The 256 variation selectors stand for the 256 bytes.
fn selectors(form: &Form<'_>, finder: &mut Finder) {
    let value = |c: char| match u32::from(c) {
        code @ 0xFE00..=0xFE0F => u8::try_from(code.saturating_sub(0xFE00)).ok(),
        code @ 0xE0100..=0xE01EF => u8::try_from(code.saturating_sub(0xE_0100).saturating_add(16)).ok(),
        _ => None,
    };
    let taken_out = removed_of(form, Invisible::VariationSelector).take(FEWEST).count();
    if taken_out < FEWEST {
        return;
    }
    // The first selector of a run may have stayed, being in its proper place.
    let mut message = Message::default();
    for (at, c) in form.raw().char_indices() {
        if let Some(byte) = value(c)
            && !matches!(byte, 14 | 15)
        {
            message.push(byte, at, c.len_utf8());
        }
    }
    message.finish(Decoding::VariationSelectors, finder);
}

/// Two zero-width characters stand for the bits, and perhaps a third one between bytes.
fn bits(form: &Form<'_>, finder: &mut Finder) {
    let symbols: Vec<(usize, char)> = removed_of(form, Invisible::ZeroWidth)
        .chain(removed_of(form, Invisible::Format))
        .chain(removed_of(form, Invisible::Bidi))
        .collect();
    if symbols.len() < FEWEST_BITS {
        return;
    }
    let mut kinds: Vec<(usize, char)> = Vec::new();
    for &(_, c) in &symbols {
        match kinds.iter_mut().find(|(_, kind)| *kind == c) {
            Some((count, _)) => *count = count.saturating_add(1),
            None => kinds.push((1, c)),
        }
    }
    kinds.sort_unstable_by(|a, b| b.cmp(a));
    let (Some(&(_, one)), Some(&(_, other))) = (kinds.first(), kinds.get(1)) else { return };
    for (zero, one) in [(one, other), (other, one)] {
        for width in [8, 7] {
            let mut message = Message::default();
            let (mut byte, mut count, mut start) = (0_u8, 0_u32, 0_usize);
            for &(at, c) in &symbols {
                if c != zero && c != one {
                    (byte, count) = (0, 0);
                    continue;
                }
                if count == 0 {
                    start = at;
                }
                byte = byte << 1 | u8::from(c == one);
                count = count.saturating_add(1);
                if count == width {
                    let end = at.saturating_add(c.len_utf8());
                    message.push(byte, start, end.saturating_sub(start));
                    (byte, count) = (0, 0);
                }
            }
            finder.work(symbols.len());
            if message.finish(Decoding::ZeroWidth, finder) {
                return;
            }
        }
    }
}

/// Bytes with the places they came from.
#[derive(Default)]
struct Message {
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl Message {
    fn push(&mut self, byte: u8, at: usize, len: usize) {
        self.bytes.push(byte);
        self.places.push((at, at.saturating_add(len)));
    }

    /// Hands the message on if it is text.
    fn finish(self, decoding: Decoding, finder: &mut Finder) -> bool {
        finder.work(self.bytes.len());
        let (Some(first), Some(last)) = (self.places.first(), self.places.last()) else { return false };
        let span = (first.0, last.1);
        let Ok(text) = String::from_utf8(self.bytes) else { return false };
        if text.len() < FEWEST || !is_text(&text) {
            return false;
        }
        let mut map = MapBuilder::default();
        let mut places = self.places.iter();
        for c in text.chars() {
            let mut bytes = places.by_ref().take(c.len_utf8());
            let Some(&(start, end)) = bytes.next() else { break };
            let end = bytes.last().map_or(end, |place| place.1);
            map.jump(start);
            map.unit(c.len_utf8(), end.saturating_sub(start));
        }
        finder.push(decoding, text, span, Some(map.finish()));
        true
    }
}
