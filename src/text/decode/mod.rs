//! Instructions and secrets that are encoded: a matcher that reads only the text misses them, a model reads
//! them fluently. Views are what is encoded inside a text, decoded.
//!
//! Promise: percent, HTML entities, backslash escapes, quoted-printable, base64 in every alphabet and wrapping,
//! hexadecimal, base32, base58, base85, uuencoded lines, long numbers, gzip and zlib inside any of these, one byte
//! exclusive-or'ed over all of them, labels of host names, morse, spelling alphabets, lists of byte values, tag characters, variation selectors, bits in zero-width characters and in blanks at line ends, spelled-out words, tokens in parts,
//! and all of these inside each other, are read as the text they stand for, within the budgets of
//! [`Limits`]. Where a budget runs out, it says so. Work is linear in the text's length, and what decodes to
//! noise costs neither memory nor budget.
//!
//! Not promised: ciphers with longer keys, other compression, texts whose words are split over several encoded parts, and encodings
//! other than base64 in one line that are written backwards.

mod blocks;
mod escapes;
mod hidden;
mod joined;
mod labels;
mod lists;
mod packed;
mod radix;
mod rewrite;
mod signals;
mod styled;
mod survey;

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup as Group, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use self::rewrite::excerpt;
use self::survey::Survey;
use super::form::Form;
use super::offsets::OffsetMap;
use crate::base::{Limits, Original, Span};

/// All views together may be this long whatever the ratio says, so that short texts may nest too.
const FLOOR: usize = 4096;

/// What a view is charged at the least: looking at it costs something however short it is.
const CHARGE: usize = 32;

/// Fewest characters that count as text.
const SHORTEST: usize = 4;

/// Fewest bytes that count as text among bytes that do not.
const SHORTEST_PART: usize = 16;

/// Most scripts in a short text.
const SCRIPTS: usize = 2;

/// Noise that is valid UTF-8 by accident does not get this long, in characters.
const LONG: usize = 64;

/// How a view was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Decoding {
    /// `%69`, as in URLs. Also stands for a mixture in which it is the commonest escape.
    Percent,
    /// Base64 in any alphabet, padded or not, wrapped over lines, or backwards.
    Base64,
    /// Base32 (RFC 4648), in either case.
    Base32,
    /// Base58 in Bitcoin's alphabet.
    Base58,
    /// Ascii85, or base85 as in RFC 1924.
    Base85,
    /// Uuencoded lines.
    Uuencode,
    /// One long decimal number.
    Number,
    /// Compressed by gzip or zlib, and encoded in one of the ways above.
    Compressed,
    /// One byte exclusive-or'ed over all others, and encoded in one of the ways above.
    Xor,
    /// Labels of a host's name without the full stops between them.
    Labels,
    /// Morse code.
    Morse,
    /// A spelling alphabet: `golf hotel papa`, `four one seven`.
    Phonetic,
    /// Hexadecimal digits in a row, or a list of bytes.
    Hex,
    /// A list of decimal byte values.
    Decimal,
    /// A list of bytes as bits.
    Binary,
    /// HTML entities. Also stands for a mixture in which they are the commonest escape.
    Entities,
    /// `\u0069`, `\x69`, `\u{69}`, `\151`, `\n`. Also stands for a mixture in which they are the commonest escape.
    Escapes,
    /// `=69`, as in mail.
    QuotedPrintable,
    /// Tag characters, which mirror ASCII invisibly.
    Tags,
    /// Bytes in variation selectors.
    VariationSelectors,
    /// Bits in zero-width characters.
    ZeroWidth,
    /// Bits in spaces and tabs at the ends of lines.
    Blanks,
    /// Full-width letters, or the letters of mathematics, in which something else is encoded.
    Styled,
    /// The text backwards.
    Reversed,
    /// Single letters with separators between them.
    Spelled,
    /// Tokens without what stands between their parts, and text without its tags.
    Joined,
    /// The other reading of word boundaries: a space wherever something invisible stood between two words, and
    /// none where a letter that shows nothing did.
    Split,
}

impl Decoding {
    /// The word that findings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Base64 => "base64",
            Self::Base32 => "base32",
            Self::Base58 => "base58",
            Self::Base85 => "base85",
            Self::Uuencode => "uuencode",
            Self::Number => "number",
            Self::Compressed => "compressed",
            Self::Xor => "xor",
            Self::Labels => "labels",
            Self::Morse => "morse",
            Self::Phonetic => "phonetic",
            Self::Hex => "hex",
            Self::Decimal => "decimal",
            Self::Binary => "binary",
            Self::Entities => "entities",
            Self::Escapes => "escapes",
            Self::QuotedPrintable => "quoted-printable",
            Self::Tags => "tags",
            Self::VariationSelectors => "variation-selectors",
            Self::ZeroWidth => "zero-width",
            Self::Blanks => "blanks",
            Self::Styled => "styled",
            Self::Reversed => "reversed",
            Self::Spelled => "spelled",
            Self::Joined => "joined",
            Self::Split => "split",
        }
    }

    /// Whether parts that stood apart, or in another order, stand together in it.
    pub const fn rearranges(self) -> bool {
        matches!(self, Self::Reversed | Self::Spelled | Self::Joined | Self::Split | Self::Labels)
    }

    /// Whether texts that hide nothing are written in it every day.
    pub const fn is_ordinary(self) -> bool {
        matches!(
            self,
            Self::Percent
                | Self::Entities
                | Self::Escapes
                | Self::QuotedPrintable
                | Self::Joined
                | Self::Split
                | Self::Labels
        )
    }

    /// Whether it is read where something stands apart; in such a text nothing is put together once more.
    const fn is_put_together(self) -> bool {
        matches!(self, Self::Joined | Self::Split)
    }

    /// Whether upper and lower case were lost in it.
    pub const fn loses_case(self) -> bool {
        matches!(self, Self::Morse | Self::Phonetic | Self::Labels)
    }

    /// Whether it is read from what cleaning takes out.
    const fn is_hidden(self) -> bool {
        matches!(self, Self::Tags | Self::VariationSelectors | Self::ZeroWidth | Self::Blanks | Self::Split)
    }
}

impl fmt::Display for Decoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A budget of [`Limits`] that ran out while decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViewBudget {
    /// `view_depth`: something inside the deepest view is still encoded.
    Depth,
    /// `view_count`: more parts decode to text than that.
    Count,
    /// `view_ratio`: the decoded parts together are longer than that; or the text is longer than `max_input`.
    Bytes,
}

impl ViewBudget {
    /// The word that findings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Count => "count",
            Self::Bytes => "bytes",
        }
    }
}

/// A part of a text that was encoded, decoded. Its `Debug` form has no content.
pub struct View {
    decoding: Decoding,
    depth: u8,
    parent: Option<usize>,
    span: Span<Original>,
    place: Place,
    form: Form<'static>,
}

/// How offsets in a view lead to its parent.
#[derive(Debug)]
enum Place {
    /// All of it came from all of the encoded part.
    Whole,
    /// Every character came from somewhere.
    Mapped(OffsetMap),
    /// The parent's clean form of this length, backwards.
    Reversed(usize),
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("decoding", &self.decoding)
            .field("depth", &self.depth)
            .field("span", &self.span)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl View {
    /// How it was encoded.
    pub fn decoding(&self) -> Decoding {
        self.decoding
    }

    /// How many decodings deep it lies: 1 for what stands in the text itself.
    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// The view that it was found in, by its place in
    /// [`NormalizedText::views`](super::NormalizedText::views); `None` for what stands in the text itself.
    pub fn parent(&self) -> Option<usize> {
        self.parent
    }

    /// The whole encoded part of the original text.
    pub fn span(&self) -> Span<Original> {
        self.span
    }

    /// The decoded part without what nobody sees.
    pub fn clean(&self) -> &str {
        self.form.clean()
    }

    /// The decoded part as matchers read it.
    pub fn folded(&self) -> &str {
        self.form.folded()
    }

    /// A text backwards, letter by letter: the whole one, or the view at this place among the views.
    pub(super) fn reversed(of: &Form<'_>, view: Option<(usize, &Self)>) -> Self {
        let text: String = of.clean().chars().rev().collect();
        Self {
            decoding: Decoding::Reversed,
            depth: view.map_or(0, |(_, view)| view.depth).saturating_add(1),
            parent: view.map(|(at, _)| at),
            span: view.map_or_else(|| Span::whole(of.raw()), |(_, view)| view.span),
            place: Place::Reversed(of.clean().len()),
            form: Form::new(Cow::Owned(text)),
        }
    }

    pub(super) fn form(&self) -> &Form<'static> {
        &self.form
    }

    /// Where a range of this view's raw text stands in the original text.
    pub(super) fn locate(&self, range: (usize, usize), views: &[Self], root: &Form<'_>) -> Span<Original> {
        let (mut view, mut range) = (self, range);
        // A view is found before what is inside it, so this ends at the text itself.
        loop {
            range = match &view.place {
                Place::Whole => return view.span,
                Place::Mapped(map) => map.locate(range.0, range.1),
                Place::Reversed(len) => (len.saturating_sub(range.1), len.saturating_sub(range.0)),
            };
            let parent = view.parent.and_then(|parent| views.get(parent));
            if !view.decoding.is_hidden() {
                range =
                    parent.map_or_else(|| root.clean_to_raw(range), |parent| parent.form.clean_to_raw(range));
            }
            match parent {
                Some(parent) => view = parent,
                None => return Span::new(range.0, range.1).unwrap_or(self.span),
            }
        }
    }
}

/// What decoding found.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) views: Vec<View>,
    pub(super) exceeded: Option<ViewBudget>,
    /// Bytes looked at, for holding that this is linear.
    work: usize,
}

#[cfg(test)]
impl Decoded {
    pub(super) const fn work(&self) -> usize {
        self.work
    }
}

/// Decodes what is encoded in `root`, and in that, within the budgets of `limits`.
// INVARIANT: what lies less deep is read first, and the same part is kept where it was read first; so a larger budget
// adds views behind those that a smaller one gives, and changes none.
pub(super) fn decode(root: &Form<'_>, limits: &Limits) -> Decoded {
    let bytes_left = root.raw().len().saturating_mul(limits.view_ratio).max(FLOOR);
    let mut keeper = Keeper {
        root,
        limits,
        decoded: Decoded::default(),
        known: HashSet::new(),
        seen: HashSet::new(),
        bytes_left,
    };
    if root.raw().len() > limits.max_input {
        keeper.decoded.exceeded = Some(ViewBudget::Bytes);
    } else if let Err(exceeded) = keeper.read() {
        keeper.decoded.exceeded = Some(exceeded);
    }
    keeper.decoded
}

/// Keeps what is found, within the budgets.
struct Keeper<'r, 't> {
    root: &'r Form<'t>,
    limits: &'r Limits,
    decoded: Decoded,
    /// Parts that were read, and the texts of those of which everything was.
    known: HashSet<u64>,
    seen: HashSet<u64>,
    bytes_left: usize,
}

impl Keeper<'_, '_> {
    fn read(&mut self) -> Result<(), ViewBudget> {
        // What only stands apart is no encoding of its own: put together it lies as deep as it did.
        let rests = Decoding::is_put_together;
        let mut level: VecDeque<Option<usize>> = VecDeque::from([None]);
        let mut depth = 0_u8;
        loop {
            let mut deeper: Vec<(Option<usize>, Found)> = Vec::new();
            while let Some(parent) = level.pop_front() {
                let view = view_at(&self.decoded.views, parent);
                let above = view.map(|view| view.decoding);
                let mut finder = Finder::default();
                finder.find(view.map_or(self.root, |view| &view.form));
                self.decoded.work = self.decoded.work.saturating_add(finder.work);
                for found in finder.found {
                    if !rests(found.decoding) || depth == 0 {
                        deeper.push((parent, found));
                    } else if !above.is_some_and(rests)
                        && let Some(at) = self.keep(parent, found, depth)?
                    {
                        level.push_back(Some(at));
                    }
                }
            }
            depth = depth.saturating_add(1);
            if depth > self.limits.view_depth {
                let is_new = |text: &str| !self.seen.contains(&digest_of(Span::empty(), text));
                let any = deeper.iter().any(|(_, found)| is_new(&found.text));
                return if any { Err(ViewBudget::Depth) } else { Ok(()) };
            }
            for (parent, found) in deeper {
                if let Some(at) = self.keep(parent, found, depth)? {
                    level.push_back(Some(at));
                }
            }
            if level.is_empty() {
                return Ok(());
            }
        }
    }

    /// Keeps what was found in `parent`, unless it is known: its place among the views.
    fn keep(&mut self, parent: Option<usize>, found: Found, depth: u8) -> Result<Option<usize>, ViewBudget> {
        let Found { decoding, text, range, map } = found;
        let place = map.map_or(Place::Whole, Place::Mapped);
        let views = &self.decoded.views;
        let span = span_of(range, decoding, view_at(views, parent), views, self.root);
        // The same part decodes again in every view that has a copy of it.
        if !decoding.is_put_together() {
            // INVARIANT: of such a text everything is read that its depth allows.
            self.seen.insert(digest_of(Span::empty(), &text));
        }
        if !self.known.insert(digest_of(span, &text)) {
            return Ok(None);
        }
        if views.len() >= self.limits.view_count {
            return Err(ViewBudget::Count);
        }
        // SECURITY: one character can fold to eight, so what is charged is what is kept.
        let form = if text.len() > self.bytes_left { None } else { Some(Form::new(Cow::Owned(text))) };
        let (left, form) = form
            .and_then(|form| {
                let cost = form.raw().len().max(form.folded().len()).max(CHARGE);
                Some((self.bytes_left.checked_sub(cost)?, form))
            })
            .ok_or(ViewBudget::Bytes)?;
        self.bytes_left = left;
        let at = views.len();
        self.decoded.views.push(View { decoding, depth, parent, span, place, form });
        Ok(Some(at))
    }
}

/// A number for what was decoded and where; random keys, so that nobody can choose two texts with the same one.
fn digest_of(span: Span<Original>, text: &str) -> u64 {
    static KEYS: OnceLock<RandomState> = OnceLock::new();
    KEYS.get_or_init(RandomState::new).hash_one((span.start(), span.end(), text))
}

fn view_at(views: &[View], at: Option<usize>) -> Option<&View> {
    at.and_then(|at| views.get(at))
}

/// Where `range` of the text that `parent` is stands in the original text.
fn span_of(
    range: (usize, usize),
    decoding: Decoding,
    parent: Option<&View>,
    views: &[View],
    root: &Form<'_>,
) -> Span<Original> {
    let form_range = |form: &Form<'_>| if decoding.is_hidden() { range } else { form.clean_to_raw(range) };
    if let Some(parent) = parent {
        return parent.locate(form_range(&parent.form), views, root);
    }
    let (start, end) = form_range(root);
    Span::new(start, end).unwrap_or(Span::whole(root.raw()))
}

/// Something encoded, decoded.
#[derive(Debug)]
struct Found {
    decoding: Decoding,
    text: String,
    range: (usize, usize),
    map: Option<OffsetMap>,
}

/// What bytes say.
#[derive(Debug)]
struct Read {
    decoding: Decoding,
    text: String,
    /// What they say with one byte taken off, where that reads better.
    masked: Option<String>,
}

impl Read {
    /// Whether it may be no text but look like one.
    fn is_odd(&self) -> bool {
        self.is_masked() || packed::is_odd(&self.text)
    }

    /// Whether it could only be read with one byte taken off.
    fn is_masked(&self) -> bool {
        self.decoding == Decoding::Xor
    }
}

/// Collects what is found in one text.
#[derive(Debug, Default)]
struct Finder {
    found: Vec<Found>,
    work: usize,
    /// Whether the text is only looked at to tell it from noise.
    is_probe: bool,
}

impl Finder {
    /// `text` was decoded from `range`; `map` leads from it to the text that was searched.
    fn push(&mut self, decoding: Decoding, text: String, range: (usize, usize), map: Option<OffsetMap>) {
        self.found.push(Found { decoding, text, range, map });
    }

    /// The changed places of `source`, if there are any.
    fn rewrite(&mut self, decoding: Decoding, source: &str, edits: &[rewrite::Edit]) {
        let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return };
        let (text, map) = excerpt(source, edits);
        self.work(text.len());
        self.push(decoding, text, (first.start(), last.end()), Some(map));
    }

    fn work(&mut self, bytes: usize) {
        self.work = self.work.saturating_add(bytes);
    }

    /// Whether `text` is something to read, or some such thing is encoded in it: entities are mostly signs, tag
    /// characters nothing that shows.
    fn is_text(&mut self, text: &str) -> bool {
        if is_text(text) {
            return true;
        }
        if self.is_probe || text.len() < SHORTEST {
            return false;
        }
        let is_format = |c: char| c.general_category() == GeneralCategory::Format;
        let shown: String = text.chars().filter(|c| !is_format(*c)).collect();
        let is_legible = |text: &str| is_text(text) || legible_part(text.as_bytes(), SHORTEST_PART).is_some();
        shown.len() < text.len() && is_legible(&shown)
            || self.probe(&Form::new(Cow::Borrowed(text))).iter().any(|found| is_legible(&found.text))
    }

    /// The text in `bytes`: all of them, or the longest part that can be read.
    // SECURITY: a few bytes that mean nothing must not hide what stands between them.
    fn text_in<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b str> {
        let whole = std::str::from_utf8(bytes).ok().filter(|text| self.is_text(text));
        whole.or_else(|| legible_part(bytes, SHORTEST_PART))
    }

    /// Hands on what was decoded from `range`: as text, inflated, or with one byte taken off. Whether it was anything.
    fn hand_on(&mut self, decoding: Decoding, bytes: &[u8], range: (usize, usize)) -> bool {
        let read = self.read(decoding, bytes);
        let any = read.is_some();
        if let Some(read) = read {
            self.push_read(read, range);
        }
        any
    }

    /// What was read from `range`.
    fn push_read(&mut self, read: Read, range: (usize, usize)) {
        if let Some(masked) = read.masked {
            self.push(Decoding::Xor, masked, range, None);
        }
        self.push(read.decoding, read.text, range, None);
    }

    /// What bytes say that were decoded in this way: a text, perhaps in wide units, packed, or with one byte
    /// exclusive-or'ed over all.
    fn read(&mut self, decoding: Decoding, bytes: &[u8]) -> Option<Read> {
        if let Some(inflated) = packed::inflated(bytes) {
            self.work(inflated.len());
            if let Some(text) = self.text_in(&inflated) {
                let text = text.to_owned();
                return Some(Read { decoding: Decoding::Compressed, text, masked: None });
            }
        }
        let text = match packed::wide(bytes).filter(|text| self.is_text(text)) {
            Some(text) if text.is_ascii() => return Some(Read { decoding, text, masked: None }),
            Some(text) => Some(text),
            None => self.text_in(bytes).map(str::to_owned),
        };
        // SECURITY: what one byte was exclusive-or'ed over may print as well, and be no text.
        let is_plain = text.as_deref().is_some_and(|text| text.len() == bytes.len() && !packed::is_odd(text));
        let masked = if self.is_probe || is_plain { Vec::new() } else { packed::unmasked(bytes) };
        let masked = (!masked.is_empty()).then(|| masked.join("\n\n"));
        match (text, masked) {
            (Some(text), masked) => Some(Read { decoding, text, masked }),
            (None, Some(text)) => Some(Read { decoding: Decoding::Xor, text, masked: None }),
            (None, None) => None,
        }
    }

    /// What is encoded in a form that may be noise, by one encoding.
    fn probe(&mut self, form: &Form<'_>) -> Vec<Found> {
        let mut probe = Self { is_probe: true, ..Self::default() };
        probe.find(form);
        self.work(probe.work);
        probe.found
    }

    /// Everything that is encoded in one text.
    fn find(&mut self, form: &Form<'_>) {
        self.work(form.raw().len());
        let clean = form.clean();
        let survey = Survey::new(clean);
        hidden::hidden(form, self);
        self.rewrite(Decoding::Split, form.raw(), &hidden::other_word_boundaries(form));
        if let Some((decoding, edits)) = escapes::escapes(clean) {
            self.rewrite(decoding, clean, &edits);
        }
        if let Some(edits) = escapes::quoted_printable(clean) {
            self.rewrite(Decoding::QuotedPrintable, clean, &edits);
        }
        if let Some(edits) = styled::styled(clean).filter(|_| !self.is_probe) {
            let (text, map) = excerpt(clean, &edits);
            if let (Some(first), Some(last)) = (edits.first(), edits.last()) {
                // INVARIANT: nothing is styled in it any more, so this goes one step down and no further.
                let mut inside = Self::default();
                inside.find(&Form::new(Cow::Borrowed(&text)));
                self.work(inside.work);
                if !inside.found.is_empty() {
                    self.push(Decoding::Styled, text, (first.start(), last.end()), Some(map));
                }
            }
        }
        blocks::blocks(&survey, self);
        radix::radix(&survey, self);
        if !self.is_probe {
            signals::signals(&survey, self);
            let labels = labels::labels(&survey, self);
            self.rewrite(Decoding::Labels, clean, &labels);
        }
        let spelled = lists::lists(&survey, self);
        self.rewrite(Decoding::Spelled, clean, &spelled);
        if !self.is_probe {
            self.rewrite(Decoding::Joined, clean, &joined::joined(&survey));
            for groups in joined::groups(&survey) {
                self.rewrite(Decoding::Joined, clean, &groups);
            }
        }
    }
}

/// The lines of a text with what ends them, and where they begin.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end.saturating_add(1));
    let mut start = 0;
    ends.chain([text.len()]).filter_map(move |end| {
        let line = (start, text.get(start..end).filter(|line| !line.is_empty())?);
        start = end;
        Some(line)
    })
}

/// Whether `text` is something to read: long enough, nearly all printable, half of it letters, digits and
/// spaces, and not letters from all over the world, as noise has them.
fn is_text(text: &str) -> bool {
    // Morse has neither letters nor digits, and noise is not of four signs.
    let is_morse = |byte: u8| matches!(byte, b'.' | b'-' | b'/' | b' ' | b'\n');
    if text.len() >= SHORTEST_PART && text.bytes().all(is_morse) {
        return true;
    }
    let (mut all, mut bad, mut words) = (0_usize, 0_usize, 0_usize);
    let mut scripts = [None; SCRIPTS];
    let mut is_mixed = false;
    for c in text.chars() {
        all = all.saturating_add(1);
        if c.is_alphanumeric()
            || matches!(c, ' ' | '\t' | '\n' | '\r')
            || (!c.is_ascii() && is_combining_mark(c))
        {
            words = words.saturating_add(1);
            let script = match c.script() {
                Script::Common | Script::Inherited => continue,
                // Japanese and Korean are written in several.
                Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => Script::Han,
                script => script,
            };
            match scripts.iter_mut().find(|known| known.is_none_or(|known| known == script)) {
                Some(known) => *known = Some(script),
                None => is_mixed = true,
            }
        } else if c.is_control() || c.general_category_group() == Group::Other {
            bad = bad.saturating_add(1);
        }
    }
    let is_word_like = all >= SHORTEST && bad.saturating_mul(20) <= all && words.saturating_mul(2) >= all;
    // A long text may be about the world; noise that is valid UTF-8 is short.
    is_word_like && (!is_mixed || all > LONG)
}

/// The longest part of `bytes` that [`is_text`], if it has at least `shortest` bytes.
fn legible_part(bytes: &[u8], shortest: usize) -> Option<&str> {
    bytes
        .split(|b| matches!(b, ..b'\t' | 0x0b..b' ' | 0x7f))
        .filter(|part| part.len() >= shortest)
        .filter_map(|part| part.utf8_chunks().map(|chunk| chunk.valid()).max_by_key(|valid| valid.len()))
        .max_by_key(|valid| valid.len())
        .filter(|part| part.len() >= shortest && is_text(part))
}
