//! Text that says one thing to a reader and another to a model: tag characters, zero-width letters, bytes in
//! variation selectors, reordering controls. Cleaning takes out what nobody sees.
//!
//! Promise: nothing that is seen is touched, and nothing that a script or an emoji needs to look right: joiners
//! in Persian and Hindi, selectors behind ideographs, marks of direction beside Hebrew. Each of these stays
//! only in the context that gives it a meaning, and only one in a row, because runs of them carry data. What
//! is taken out is reported. Cleaning again changes nothing.
//!
//! Not promised: that invisible characters in their proper place carry no message. A joiner between two
//! Persian letters may or may not be there, and that is a bit.
//!
//! Line ends become `\n`, and blanks made of letters become spaces; everything else is kept or dropped.
//! Context rules follow RFC 5892 (appendix A), UTS #51 for emoji, and Unicode's standardised variation
//! sequences.
//!
//! Why cleaning twice is cleaning once: a decision looks only at what was kept before, and at the next
//! character that is certain to stay. Both are the same the second time.

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_properties::{GeneralCategory as Category, UnicodeEmoji, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::lookalike::is_noncharacter;
use super::offsets::{MapBuilder, OffsetMap};
use super::pages::Traits;
use super::scripts::{Direction, direction, is_conjoining, is_cursive, is_unspaced};
use super::{Invisible, Removed};
use crate::base::Span;

/// Most combining marks on one base.
const MARKS: usize = 8;

/// Most combining marks on one base of their own script. Tibetan and Hebrew stack, but not that high.
const MARKS_OF_SCRIPT: usize = 30;

/// Deepest nesting of direction isolates that stays. Unicode allows 125; people write one or two.
const ISOLATES: usize = 4;

/// What cleaning makes of a text.
#[derive(Debug)]
pub(super) struct Cleaned {
    /// `None` where the text was clean.
    pub(super) text: Option<String>,
    pub(super) map: OffsetMap,
    pub(super) removed: Vec<Removed>,
}

/// Cleans `text`.
pub(super) fn clean(text: &str) -> Cleaned {
    let first = first_suspect(text);
    if first == text.len() {
        return Cleaned { text: None, map: OffsetMap::Identity, removed: Vec::new() };
    }
    let mut cleaner = Cleaner::new(text);
    cleaner.run(first);
    cleaner.finish()
}

/// Where the first character stands that is not certain to stay.
fn first_suspect(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_plain = |b: &u8| matches!(b, b' '..0x7f | b'\n' | b'\t');
    let blocks = bytes
        .chunks_exact(64)
        .take_while(|block| block.iter().fold(true, |so_far, b| so_far & is_plain(b)))
        .count()
        .saturating_mul(64);
    // INVARIANT: a suspect needs the character before it, so stop one early rather than late.
    let sure = blocks.saturating_sub(1);
    text.get(sure..)
        .unwrap_or("")
        .char_indices()
        .find(|(_, c)| !Traits::of(*c).is_plain())
        .map_or(text.len(), |(at, _)| sure.saturating_add(at))
}

/// What cleaning has to think about for a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Stays.
    Plain,
    /// Stays, if there are not too many.
    Mark,
    /// Ends a line.
    Break,
    /// Takes room and shows nothing.
    Blank,
    /// Shows nothing and takes no room.
    Hidden(Invisible),
}

impl Class {
    fn of(c: char) -> Self {
        match u32::from(c) {
            0x20..=0x7E | 0x09 | 0x0A | 0xA0..=0xAC | 0xAE..=0x2FF => Self::Plain,
            0x0B..=0x0D | 0x85 => Self::Break,
            0x00..=0x9F => Self::Hidden(Invisible::Control),
            0xAD => Self::Hidden(Invisible::SoftHyphen),
            0x300..=0x34E | 0x350..=0x36F => Self::Mark,
            0x370..=0x482 | 0x3040..=0x3098 | 0x309B..=0x3163 | 0x3165..=0x9FFF | 0xAC00..=0xD7FF => {
                Self::Plain
            }
            0x34F | 0x200B..=0x200D | 0x2060 | 0xFEFF => Self::Hidden(Invisible::ZeroWidth),
            0x61C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069 => Self::Hidden(Invisible::Bidi),
            0x115F | 0x1160 => Self::Hidden(Invisible::Filler),
            0x2800 | 0x3164 | 0xFFA0 => Self::Blank,
            0x17B4
            | 0x17B5
            | 0x180E
            | 0x2061..=0x2064
            | 0x206A..=0x206F
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A => Self::Hidden(Invisible::Format),
            0x180B..=0x180D | 0x180F | 0xFE00..=0xFE0F | 0xE0100..=0xE01EF => {
                Self::Hidden(Invisible::VariationSelector)
            }
            0xFFF9..=0xFFFC => Self::Hidden(Invisible::Annotation),
            0xE0000..=0xE007F => Self::Hidden(Invisible::Tag),
            0x2065 | 0xFFF0..=0xFFF8 | 0xE0080..=0xE00FF | 0xE01F0..=0xE0FFF => {
                Self::Hidden(Invisible::Noncharacter)
            }
            _ if is_noncharacter(c) => Self::Hidden(Invisible::Noncharacter),
            _ if is_combining_mark(c) => Self::Mark,
            _ => Self::Plain,
        }
    }

    /// Whether the character is there, in some form, after cleaning, whatever stands around it.
    const fn is_sure(self) -> bool {
        !matches!(self, Self::Hidden(_))
    }
}

/// Whether `c` stays whatever stands around it. The slow answer; [`Traits`] has it ready.
pub(super) fn is_plain(c: char) -> bool {
    Class::of(c) == Class::Plain
}

/// What becomes of a character.
enum Fate {
    Keep,
    /// The flag of a region: this many bytes of tag characters.
    KeepBytes(usize),
    Drop(Invisible),
    /// A blank becomes a space.
    Space,
    /// A line end becomes `\n`; the carriage return before a `\n` becomes nothing.
    Newline,
    Nothing,
}

struct Cleaner<'t> {
    text: &'t str,
    out: String,
    map: MapBuilder,
    removed: Vec<Removed>,
    /// Source up to here has been copied or left out.
    done: usize,
    /// The last character that was kept, seen or not.
    last: char,
    /// The last that was kept and is neither mark nor hidden.
    base: char,
    /// Marks kept on `base`.
    marks: usize,
    /// The next character that is sure to stay, and where; for all places before it.
    ahead: (usize, Option<char>),
    /// The last letter with a direction before the place, and up to where it was looked for.
    strong_behind: (usize, Option<Direction>),
    /// The next letter with a direction on the line, and where the search ended.
    strong_ahead: (usize, Option<Direction>),
    isolates: Isolates,
}

/// The direction isolates of one line that may stay.
#[derive(Default)]
struct Isolates {
    /// Offset behind the line.
    end: usize,
    /// Their offsets, sorted.
    kept: Vec<usize>,
}

impl<'t> Cleaner<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            out: String::new(),
            map: MapBuilder::default(),
            removed: Vec::new(),
            done: 0,
            last: '\n',
            base: '\n',
            marks: 0,
            ahead: (0, None),
            strong_behind: (0, None),
            strong_ahead: (0, None),
            isolates: Isolates::default(),
        }
    }

    /// Looks at every character from `first` on; those before it stay.
    fn run(&mut self, first: usize) {
        if let Some(c) = self.text.get(..first).and_then(|before| before.chars().next_back()) {
            (self.last, self.base) = (c, c);
        }
        let mut at = first;
        while let Some(c) = self.char_at(at) {
            let next = at.saturating_add(c.len_utf8());
            if Traits::of(c).is_plain() {
                (self.last, self.base, self.marks) = (c, c, 0);
                at = next;
                continue;
            }
            let fate = match Class::of(c) {
                Class::Plain => Fate::Keep,
                Class::Mark => self.mark(c),
                Class::Break if c == '\r' && self.char_at(next) == Some('\n') => Fate::Nothing,
                Class::Break => Fate::Newline,
                Class::Blank => self.blank(c),
                Class::Hidden(kind) => self.hidden(at, c, kind),
            };
            match fate {
                Fate::Keep => {
                    self.last = c;
                    at = next;
                    continue;
                }
                Fate::KeepBytes(len) => {
                    self.last = '\u{E007F}';
                    at = at.saturating_add(len);
                    continue;
                }
                Fate::Nothing => self.replace(at, next, None),
                Fate::Newline => {
                    self.replace(at, next, Some('\n'));
                }
                Fate::Space => {
                    self.report(at, next, Invisible::Filler);
                    self.replace(at, next, Some(' '));
                }
                Fate::Drop(kind) => {
                    self.report(at, next, kind);
                    self.replace(at, next, None);
                }
            }
            at = next;
        }
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    fn report(&mut self, start: usize, end: usize, kind: Invisible) {
        let Some(span) = Span::new(start, end) else { return };
        match self.removed.last_mut() {
            Some(last) if last.kind == kind && last.span.end() == start => last.span = last.span.cover(span),
            _ => self.removed.push(Removed { span, kind }),
        }
    }

    /// Copies what was kept up to `start`, and puts `with` in the place of `start..end`.
    fn replace(&mut self, start: usize, end: usize, with: Option<char>) {
        self.copy_to(start);
        if let Some(c) = with {
            self.out.push(c);
            (self.last, self.base, self.marks) = (c, c, 0);
        }
        self.map.unit(with.map_or(0, char::len_utf8), end.saturating_sub(start));
        self.done = end;
    }

    fn copy_to(&mut self, end: usize) {
        let kept = self.text.get(self.done..end).unwrap_or("");
        self.out.push_str(kept);
        self.map.same(kept.len());
        self.done = end;
    }

    fn finish(mut self) -> Cleaned {
        if self.done == 0 {
            return Cleaned { text: None, map: OffsetMap::Identity, removed: Vec::new() };
        }
        self.copy_to(self.text.len());
        Cleaned { text: Some(self.out), map: self.map.finish(), removed: self.removed }
    }

    // SECURITY: towers of marks hide the lines above and below them.
    fn mark(&mut self, c: char) -> Fate {
        let is_of_script = || c.script() != Script::Inherited && c.script() == self.base.script();
        if self.marks < MARKS || (self.marks < MARKS_OF_SCRIPT && is_of_script()) {
            self.marks = self.marks.saturating_add(1);
            Fate::Keep
        } else {
            Fate::Drop(Invisible::Mark)
        }
    }

    fn blank(&mut self, c: char) -> Fate {
        // In Braille the blank cell is the space between words.
        if c == '\u{2800}' && ('\u{2800}'..='\u{28FF}').contains(&self.last) {
            (self.base, self.marks) = (c, 0);
            Fate::Keep
        } else {
            Fate::Space
        }
    }

    fn hidden(&mut self, at: usize, c: char, kind: Invisible) -> Fate {
        let keep = match c {
            '\u{200B}' => self.space_between_words_stays(at),
            '\u{200C}' | '\u{200D}' => self.joiner_stays(at, c),
            '\u{34F}' => self.grapheme_joiner_stays(at),
            '\u{61C}' | '\u{200E}' | '\u{200F}' => self.direction_mark_stays(at),
            '\u{2066}'..='\u{2069}' => self.isolate_stays(at),
            '\u{115F}' => matches!(self.next_sure(at), Some('\u{1161}'..='\u{11A7}')),
            '\u{1160}' => {
                matches!(self.last, '\u{1100}'..='\u{115E}')
                    && matches!(self.next_sure(at), Some('\u{11A8}'..='\u{11FF}'))
            }
            '\u{180B}'..='\u{180D}' | '\u{180E}' | '\u{180F}' => {
                self.last.script() == Script::Mongolian && { !matches!(self.last, '\u{180B}'..='\u{180F}') }
            }
            '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => self.selector_stays(at, c),
            '\u{E0000}'..='\u{E007F}' => match self.flag(at) {
                Some(len) => return Fate::KeepBytes(len),
                None => false,
            },
            _ => false,
        };
        if keep { Fate::Keep } else { Fate::Drop(kind) }
    }

    /// The next character behind `at` that is sure to stay.
    fn next_sure(&mut self, at: usize) -> Option<char> {
        if self.ahead.0 <= at {
            let rest = self.text.get(at..).unwrap_or("");
            let found = rest.char_indices().skip(1).find(|(_, c)| Class::of(*c).is_sure());
            self.ahead = match found {
                Some((len, c)) => (at.saturating_add(len), Some(c)),
                None => (self.text.len(), None),
            };
        }
        // A mark is only sure to stay while there is room on the base.
        self.ahead.1.filter(|c| self.marks < MARKS || Class::of(*c) != Class::Mark)
    }

    /// Zero-width space: the word boundary of scripts that write without spaces.
    fn space_between_words_stays(&mut self, at: usize) -> bool {
        is_unspaced(self.last.script()) && self.next_sure(at).is_some_and(|next| is_unspaced(next.script()))
    }

    /// Joiner and non-joiner.
    fn joiner_stays(&mut self, at: usize, c: char) -> bool {
        // SECURITY: one in a row; two kinds of them in a run spell out bits.
        if matches!(self.last, '\u{200B}'..='\u{200D}') {
            return false;
        }
        let next = self.next_sure(at);
        let is_picture = |c: char| !c.is_ascii() && c.is_emoji_char();
        if c == '\u{200D}'
            && is_picture(self.base)
            && (self.last == self.base || self.last == '\u{FE0F}')
            && next.is_some_and(is_picture)
        {
            return true;
        }
        let before = self.last.script();
        let after = next.map(|c| c.script());
        if is_cursive(before) || after.is_some_and(is_cursive) {
            return true;
        }
        let is_virama = canonical_combining_class(self.last) == 9;
        is_conjoining(before) && (is_virama || after == Some(before))
    }

    /// Combining grapheme joiner: orders points in biblical Hebrew.
    fn grapheme_joiner_stays(&mut self, at: usize) -> bool {
        self.last != '\u{34F}'
            && self.base.script() == Script::Hebrew
            && self.next_sure(at).is_some_and(|next| Class::of(next) == Class::Mark)
    }

    /// Left-to-right and right-to-left marks, where a letter that writes right to left is the next on either side.
    fn direction_mark_stays(&mut self, at: usize) -> bool {
        if matches!(self.last, '\u{61C}' | '\u{200E}' | '\u{200F}') {
            return false;
        }
        let behind = self.text.get(self.strong_behind.0..at).unwrap_or("");
        for c in behind.chars() {
            if is_break(c) {
                self.strong_behind.1 = None;
            } else if let Some(direction) = direction(c) {
                self.strong_behind.1 = Some(direction);
            }
        }
        self.strong_behind.0 = at;
        if self.strong_ahead.0 <= at {
            let rest = self.text.get(at..).unwrap_or("");
            let found = rest.char_indices().find(|&(_, c)| is_break(c) || direction(c).is_some());
            self.strong_ahead = match found {
                Some((len, c)) => (at.saturating_add(len), direction(c)),
                None => (self.text.len(), None),
            };
        }
        [self.strong_behind.1, self.strong_ahead.1].contains(&Some(Direction::Right))
    }

    /// Direction isolates that are closed, hold something, and stand on a line that writes right to left.
    fn isolate_stays(&mut self, at: usize) -> bool {
        if at >= self.isolates.end {
            self.isolates = Isolates::of(self.text, at);
        }
        self.isolates.kept.binary_search(&at).is_ok()
    }

    /// Variation selectors behind what has variations.
    fn selector_stays(&mut self, at: usize, c: char) -> bool {
        let last = self.last;
        match c {
            '\u{FE0E}' | '\u{FE0F}' if last.is_ascii() => {
                last.is_emoji_char() && c == '\u{FE0F}' && self.next_sure(at) == Some('\u{20E3}')
            }
            '\u{FE0E}' | '\u{FE0F}' => last.is_emoji_char(),
            '\u{FE00}'..='\u{FE0D}' => match last.script() {
                Script::Han => c <= '\u{FE02}',
                Script::Myanmar | Script::Phags_Pa | Script::Manichaean => c == '\u{FE00}',
                Script::Egyptian_Hieroglyphs => c <= '\u{FE06}',
                _ if matches!(last, '、' | '。' | '！' | '，' | '．' | '：' | '；' | '？') => {
                    c <= '\u{FE01}'
                }
                _ => c == '\u{FE00}' && !last.is_ascii() && last.general_category() == Category::MathSymbol,
            },
            _ => last.script() == Script::Han,
        }
    }

    /// Length of the tag characters at `at`, if they make the flag of a region.
    fn flag(&self, at: usize) -> Option<usize> {
        // England, Scotland, Wales: the only ones in use (RGI_Emoji_Flag_Sequence).
        const REGIONS: [&str; 3] = [
            "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            "\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
        ];
        let rest = self.text.get(at..)?;
        let region = REGIONS.into_iter().find(|region| rest.starts_with(region))?;
        (self.last == '🏴').then_some(region.len())
    }
}

impl Isolates {
    /// Those of the line around `at`, from there on.
    fn of(text: &str, at: usize) -> Self {
        let rest = text.get(at..).unwrap_or("");
        let line = rest.find(is_break).and_then(|end| rest.get(..end)).unwrap_or(rest);
        let before = text.get(..at).unwrap_or("");
        let before = before.rfind(is_break).and_then(|end| before.get(end..)).unwrap_or(before);
        let end = at.saturating_add(line.len()).max(at.saturating_add(1));
        let mut kept = Vec::new();
        let is_right = |c| direction(c) == Some(Direction::Right);
        if before.chars().any(is_right) || line.chars().any(is_right) {
            let mut open: Vec<(usize, usize)> = Vec::new();
            let mut seen = 0_usize;
            for (offset, c) in line.char_indices() {
                let here = at.saturating_add(offset);
                match c {
                    '\u{2066}'..='\u{2068}' => open.push((here, seen)),
                    '\u{2069}' => {
                        if let Some((start, seen_then)) = open.pop()
                            && open.len() < ISOLATES
                            && seen_then < seen
                        {
                            kept.extend([start, here]);
                        }
                    }
                    _ if Class::of(c) == Class::Plain => seen = seen.saturating_add(1),
                    _ => {}
                }
            }
            kept.sort_unstable();
        }
        Self { end, kept }
    }
}

fn is_break(c: char) -> bool {
    c == '\n' || c == '\u{2029}' || Class::of(c) == Class::Break
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(text: &str) -> String {
        clean(text).text.unwrap_or_else(|| text.to_owned())
    }

    fn kinds(text: &str) -> Vec<Invisible> {
        clean(text).removed.iter().map(|removed| removed.kind).collect()
    }

    #[test]
    fn what_scripts_and_emoji_need_stays() {
        for text in [
            "plain ASCII, tabs\tand\nlines",
            "می‌خواهم خانه‌ها ه‍", // Persian: non-joiner inside, joiner at the end of a word
            "क्‍ष र्‍य श्री‌मान",     // Hindi: joiner behind a virama
            "শ্রী র‍্য",           // Bengali: joiner before a virama
            "ශ්‍රී ලංකා",           // Sinhala
            "👩‍👩‍👧‍👦 ❤️‍🔥 👍🏽 🏳️‍🌈 👩🏽‍💻 1️⃣ #️⃣ ©️ ☎︎",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
            "葛\u{E0100}城 辻\u{E0101}", // ideographic variation sequences
            "ภาษา\u{200B}ไทย កម្ពុ\u{200B}ជា",
            "ש\u{5b4}\u{5bc}\u{5c1} C++\u{200E} שלום",
            "\u{2067}שלום (C++)\u{2069} עולם",
            "ᠮᠣᠩᠭᠣᠯ\u{180B} ᠤᠨ\u{180E}ᠠ",
            "⠓⠑⠇⠇⠕⠀⠺⠕⠗⠇⠙",
            "e\u{301}\u{323} Việt Nam",
            "non\u{a0}breaking\u{3000}wide\u{2009}thin",
            "private \u{e000} use, \u{fffd} replaced",
            "\u{115F}\u{1161} 한글",
        ] {
            assert_eq!(clean(text).text, None, "{text} {:?}", kinds(text));
        }
    }

    #[test]
    fn the_same_characters_go_where_nothing_needs_them() {
        for (text, clean, kind) in [
            ("ig\u{200d}no\u{200c}re", "ignore", Invisible::ZeroWidth),
            ("ig\u{200b}nore", "ignore", Invisible::ZeroWidth),
            ("a\u{2060}b\u{feff}c", "abc", Invisible::ZeroWidth),
            ("hi\u{E0068}\u{E0069}", "hi", Invisible::Tag),
            ("🏴\u{E0068}\u{E0069}\u{E007F}", "🏴", Invisible::Tag),
            ("\u{202E}evil\u{202C}", "evil", Invisible::Bidi),
            ("a\u{200F}b", "ab", Invisible::Bidi),
            ("\u{2067}abc\u{2069}", "abc", Invisible::Bidi),
            ("\u{2067}שלום", "שלום", Invisible::Bidi),
            ("a\u{FE0F}", "a", Invisible::VariationSelector),
            ("1\u{FE0F}", "1", Invisible::VariationSelector),
            ("😀\u{E0101}\u{E0102}", "😀", Invisible::VariationSelector),
            ("葛\u{E0100}\u{E0100}", "葛\u{E0100}", Invisible::VariationSelector),
            ("soft\u{ad}hyphen", "softhyphen", Invisible::SoftHyphen),
            ("a\u{3164}b", "a b", Invisible::Filler),
            ("a\u{2800}b", "a b", Invisible::Filler),
            ("a\u{1160}b", "ab", Invisible::Filler),
            ("a\x1b[31mb\u{9b}", "a[31mb", Invisible::Control),
            ("a\0b", "ab", Invisible::Control),
            ("a\u{fffe}b\u{1ffff}", "ab", Invisible::Noncharacter),
            ("a\u{2065}b\u{e0fff}", "ab", Invisible::Noncharacter),
            ("\u{fff9}a\u{fffa}b\u{fffb}", "ab", Invisible::Annotation),
            ("a\u{2062}b", "ab", Invisible::Format),
            ("ب\u{200c}\u{200d}\u{200c}ب", "ب\u{200c}ب", Invisible::ZeroWidth),
        ] {
            assert_eq!(cleaned(text), clean, "{text:?}");
            assert!(kinds(text).iter().all(|&k| k == kind) && !kinds(text).is_empty(), "{:?}", kinds(text));
        }
    }

    #[test]
    fn line_ends_become_newlines_and_are_not_reported() {
        let text = "a\r\nb\rc\u{85}d\x0ce\n";
        assert_eq!(cleaned(text), "a\nb\nc\nd\ne\n");
        assert_eq!(kinds(text), []);
    }

    #[test]
    fn towers_of_marks_are_cut_and_stacks_of_a_script_are_not() {
        let tower = format!("a{}b", "\u{301}".repeat(20));
        assert_eq!(cleaned(&tower), format!("a{}b", "\u{301}".repeat(8)));
        assert_eq!(kinds(&tower), [Invisible::Mark]);
        let stack = format!("ཀ{}", "\u{f71}\u{f72}".repeat(6));
        assert_eq!(clean(&stack).text, None);
    }

    #[test]
    fn a_removed_run_is_one_report_with_its_place() {
        let found = clean("ab\u{E0061}\u{E0062}\u{E0063}c\u{200b}");
        let spans: Vec<_> = found.removed.iter().map(|removed| removed.span.range()).collect();
        assert_eq!(spans, [2..14, 15..18]);
        assert_eq!(found.map.locate(2, 3), (14, 15));
    }

    /// Texts made of what the rules speak about.
    fn nasty() -> impl Strategy<Value = String> {
        let bits = [
            "a",
            "b ",
            "\n",
            "\r",
            "é",
            "e\u{301}",
            "\u{301}",
            "\u{5b4}",
            "ב",
            "ש",
            "ب",
            "م",
            "क",
            "्",
            "র",
            "ก",
            "か",
            "葛",
            "😀",
            "👩",
            "🏴",
            "❤",
            "1",
            "\u{20e3}",
            "ᠮ",
            "\u{1100}",
            "\u{1161}",
            "\u{11a8}",
            "⠓",
            "\u{2800}",
            "\u{3164}",
            "∩",
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{200e}",
            "\u{200f}",
            "\u{61c}",
            "\u{34f}",
            "\u{2066}",
            "\u{2067}",
            "\u{2069}",
            "\u{202e}",
            "\u{fe00}",
            "\u{fe0f}",
            "\u{e0100}",
            "\u{180b}",
            "\u{180e}",
            "\u{115f}",
            "\u{1160}",
            "\u{ad}",
            "\0",
            "\u{85}",
            "\u{e0067}",
            "\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
            "\u{fffe}",
            "\u{feff}",
            "\u{fffc}",
            "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
        ];
        prop::collection::vec(prop::sample::select(bits.to_vec()), 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn cleaning_twice_is_cleaning_once(text in nasty()) {
            let once = cleaned(&text);
            prop_assert_eq!(clean(&once).text, None, "{:?}", once);
        }

        #[test]
        fn what_is_left_leads_to_itself_and_what_is_gone_is_reported(text in nasty()) {
            let found = clean(&text);
            let out = found.text.as_deref().unwrap_or(&text);
            let mut covered = vec![false; text.len()];
            for (at, c) in out.char_indices() {
                let (start, end) = found.map.locate(at, at + c.len_utf8());
                let source = &text[start..end];
                prop_assert!(source.starts_with(c) || c == ' ' || c == '\n', "{:?} {:?}", c, source);
                covered[start..end].fill(true);
            }
            for removed in &found.removed {
                covered[removed.span.range()].fill(true);
            }
            for (at, c) in text.char_indices() {
                prop_assert!(covered[at] || c == '\r', "{:?} at {}", c, at);
            }
        }
    }
}
