//! Messages in characters that nobody sees: ASCII in tags, bytes in variation selectors, bits in zero-width
//! characters and in blanks at the ends of lines. They are read from the text as it came in, since cleaning takes them out.

use super::rewrite::Edit;
use super::{Decoding, Finder};
use crate::text::form::Form;
use crate::text::offsets::MapBuilder;
use crate::text::{Invisible, Removed};

/// Fewest hidden characters that can say something.
const FEWEST: usize = 4;

/// Fewest bytes that are a message of their own among bytes that are none.
const FEWEST_PART: usize = 8;

/// Fewest bits that can say something.
const FEWEST_BITS: usize = 32;

/// Finds what hidden characters say.
pub(super) fn hidden(form: &Form<'_>, finder: &mut Finder) {
    blanks(form.raw(), finder);
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

/// U+E0020 to U+E007E mirror ASCII; line ends may be mirrored too.
fn tags(form: &Form<'_>, finder: &mut Finder) {
    let mut message = Message::default();
    for (at, c) in removed_of(form, Invisible::Tag) {
        let ascii = u32::from(c).checked_sub(0xE_0000).and_then(|code| u8::try_from(code).ok());
        if let Some(byte @ (b'\n' | b' '..=b'~')) = ascii {
            message.push(byte, at, at.saturating_add(c.len_utf8()));
        }
    }
    message.hand_on(Decoding::Tags, finder);
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
            message.push(byte, at, at.saturating_add(c.len_utf8()));
        }
    }
    message.hand_on(Decoding::VariationSelectors, finder);
}

/// Two zero-width characters stand for the bits, and perhaps a third one between bytes.
fn bits(form: &Form<'_>, finder: &mut Finder) {
    let mut symbols: Vec<(usize, char)> = removed_of(form, Invisible::ZeroWidth)
        .chain(removed_of(form, Invisible::Format))
        .chain(removed_of(form, Invisible::Bidi))
        .collect();
    symbols.sort_unstable();
    // SECURITY: a few stray characters elsewhere would shift every bit behind them.
    let touch = |a: &(usize, char), b: &(usize, char)| a.0.saturating_add(a.1.len_utf8()) == b.0;
    let mut any = false;
    for run in symbols.chunk_by(touch) {
        any |= bits_of(run, 8, Decoding::ZeroWidth, finder);
    }
    if !any {
        bits_of(&symbols, 1, Decoding::ZeroWidth, finder);
    }
}

/// Most blanks that are read as symbols.
const MOST_BLANKS: usize = 64 << 10;

/// Spaces and tabs at the ends of lines: one bit each, or as many spaces as three bits say between tabs (as the
/// program SNOW writes them).
fn blanks(raw: &str, finder: &mut Finder) {
    let bytes = raw.as_bytes();
    let mut symbols: Vec<(usize, char)> = Vec::new();
    let blank = |at: usize| bytes.get(at).filter(|byte| matches!(byte, b' ' | b'\t')).copied();
    let mut ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    while symbols.len() < MOST_BLANKS
        && let Some(end) = ends.next()
    {
        let end =
            end.saturating_sub(usize::from(end > 0 && bytes.get(end.saturating_sub(1)) == Some(&b'\r')));
        let mut start = end;
        while start > 0 && blank(start.saturating_sub(1)).is_some() {
            start = start.saturating_sub(1);
        }
        let room = MOST_BLANKS.saturating_sub(symbols.len());
        symbols.extend((start..end).take(room).filter_map(|at| Some((at, char::from(blank(at)?)))));
    }
    let tabs = symbols.iter().filter(|(_, c)| *c == '\t').count();
    // Editors leave blanks of one kind behind.
    if tabs == 0 || symbols.len().saturating_sub(tabs) < FEWEST {
        return;
    }
    if !bits_of(&symbols, 1, Decoding::Blanks, finder) {
        counts(&symbols, finder);
    }
}

/// Between two tabs up to seven spaces, which are three bits.
fn counts(symbols: &[(usize, char)], finder: &mut Finder) {
    let mut groups: Vec<(u8, usize)> = Vec::new();
    let mut spaces = 0_u8;
    // The first tab says that a message begins.
    for &(at, c) in symbols.iter().skip_while(|(_, c)| *c == ' ').skip(1) {
        if c == ' ' {
            spaces = spaces.saturating_add(1);
        } else {
            groups.push((spaces, at));
            spaces = 0;
        }
    }
    if groups.len().saturating_mul(3) < FEWEST_BITS || groups.iter().any(|(spaces, _)| *spaces > 7) {
        return;
    }
    for turned in [false, true] {
        let mut message = Message::default();
        let (mut bits, mut have, mut start) = (0_u32, 0_u32, None);
        for &(spaces, at) in &groups {
            let value = if turned { spaces.reverse_bits() >> 5 } else { spaces };
            bits = (bits << 3 | u32::from(value)) & 0xFFFF;
            have = have.saturating_add(3);
            let from = *start.get_or_insert(at);
            if have >= 8 {
                have = have.saturating_sub(8);
                message.push(u8::try_from(bits >> have & 0xFF).unwrap_or(0), from, at.saturating_add(1));
                start = None;
            }
        }
        finder.work(groups.len());
        if message.hand_on(Decoding::Blanks, finder) {
            return;
        }
    }
}

/// The message in these symbols, whichever of them is the one, with fewer than `shifts` bits in front of it.
fn bits_of(symbols: &[(usize, char)], shifts: usize, decoding: Decoding, finder: &mut Finder) -> bool {
    if symbols.len() < FEWEST_BITS {
        return false;
    }
    let mut kinds: Vec<(usize, char)> = Vec::new();
    for &(_, c) in symbols {
        match kinds.iter_mut().find(|(_, kind)| *kind == c) {
            Some((count, _)) => *count = count.saturating_add(1),
            None => kinds.push((1, c)),
        }
    }
    kinds.sort_unstable_by(|a, b| b.cmp(a));
    let (Some(&(_, one)), Some(&(_, other))) = (kinds.first(), kinds.get(1)) else { return false };
    for shift in 0..shifts {
        let mut any = false;
        for (zero, one, width) in [(one, other, 8), (other, one, 8), (one, other, 7), (other, one, 7)] {
            let mut message = Message::default();
            let (mut byte, mut count, mut start) = (0_u8, 0_u32, 0_usize);
            for &(at, c) in symbols.iter().skip(shift) {
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
                    message.push(byte, start, at.saturating_add(c.len_utf8()));
                    (byte, count) = (0, 0);
                }
            }
            finder.work(symbols.len());
            any |= message.hand_on(decoding, finder);
        }
        if any {
            return true;
        }
    }
    false
}

/// Bytes with the places they came from.
#[derive(Default)]
struct Message {
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl Message {
    fn push(&mut self, byte: u8, start: usize, end: usize) {
        self.bytes.push(byte);
        self.places.push((start, end));
    }

    /// Hands on what is text: all of it, or the parts between bytes that are none.
    // SECURITY: a few stray selectors in front of a message must not hide it.
    fn hand_on(&self, decoding: Decoding, finder: &mut Finder) -> bool {
        finder.work(self.bytes.len());
        let (mut any, mut start) = (false, 0_usize);
        for chunk in self.bytes.utf8_chunks() {
            let text = chunk.valid();
            let fewest = if text.len() == self.bytes.len() { FEWEST } else { FEWEST_PART };
            let part = finder.text_in(text.as_bytes()).filter(|part| part.len() >= fewest);
            if let Some(part) = part {
                any = true;
                let before = text.find(part).unwrap_or(0);
                self.hand_on_part(part, start.saturating_add(before), decoding, finder);
            }
            start = start.saturating_add(text.len()).saturating_add(chunk.invalid().len());
        }
        any
    }

    /// `text` is what stands at `start` of the bytes.
    fn hand_on_part(&self, text: &str, start: usize, decoding: Decoding, finder: &mut Finder) {
        let mut places = self.places.iter().skip(start);
        let mut map = MapBuilder::default();
        let mut range: Option<(usize, usize)> = None;
        for c in text.chars() {
            let mut bytes = places.by_ref().take(c.len_utf8());
            let Some(&(from, to)) = bytes.next() else { break };
            let to = bytes.last().map_or(to, |place| place.1);
            map.jump(from);
            map.unit(c.len_utf8(), to.saturating_sub(from));
            range = Some((range.map_or(from, |(first, _)| first), to));
        }
        if let Some(range) = range {
            finder.push(decoding, text.to_owned(), range, Some(map.finish()));
        }
    }
}
