//! Tokens taken apart: a key over two lines, in groups, half of it bold, added up from two strings.
//!
//! A reader puts them together again without noticing. Only tokens are: parts that are no words, and of which enough
//! stand in a row. Tags and signs of emphasis are left out wherever they stand.

use super::rewrite::Edit;
use super::survey::Survey;

/// Fewest letters and digits of the parts together.
const SHORTEST: usize = 16;
/// Most bytes between two parts.
const GAP: usize = 16;
/// Most bytes of a tag.
const TAG: usize = 256;

/// What has to be left out so that tokens are whole.
pub(super) fn joined(survey: &Survey<'_>) -> Vec<Edit> {
    let bytes = survey.bytes();
    // Sentences have none of these: digits, capitals inside words, tags, signs of emphasis, strings that end in a sum.
    let odd = survey.places(|near| {
        let block = near.block;
        let in_word = near.after(|block| block.lower, 1);
        let in_capitals = near.after(|block| block.upper, 1) & near.after(|block| block.upper, 2);
        let sum = block.quote & near.ahead(|block| block.blank | block.sign, 1);
        block.digit | block.joint | block.upper & (in_word | in_capitals) | sum
    });
    let mut row = Row::default();
    let mut at = 0;
    // Where the gap before the next part begins, and whether something in it divides strings, lines or cells.
    let (mut gap, mut divides) = (0, false);
    loop {
        // INVARIANT: between rows, nothing that went before counts.
        if row.is_idle() {
            let Some(next) = odd.next(at) else { break };
            let skipped = bytes.get(at..next).unwrap_or_default();
            at = next.saturating_sub(skipped.iter().rev().take_while(|byte| is_part(**byte)).count());
        }
        let Some(byte) = bytes.get(at) else { break };
        let rest = bytes.get(at..).unwrap_or_default();
        let step = match byte {
            b'<' => match tag(rest) {
                Some(length) => {
                    if is_markup(rest.get(..length).unwrap_or_default()) || is_inside(bytes, at, length) {
                        row.leave_out(at, at.saturating_add(length));
                    }
                    length
                }
                None => 1,
            },
            b'*' | b'`' | b'~' => {
                let length = rest.iter().take(3).take_while(|next| *next == byte).count();
                if is_inside(bytes, at, length) {
                    row.leave_out(at, at.saturating_add(length));
                }
                length
            }
            byte if is_part(*byte) => {
                let length = rest.iter().take_while(|byte| is_part(**byte)).count();
                let part = rest.get(..length).unwrap_or_default();
                row.part(part, (gap, at), divides);
                gap = at.saturating_add(length);
                divides = false;
                length
            }
            b'"' | b'\'' => {
                if let Some(length) = sum(rest) {
                    row.leave_out(at, at.saturating_add(length));
                    length
                } else {
                    divides = true;
                    1
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'-' | b',' | b'|' | b';' => {
                divides = true;
                1
            }
            b'+' | b'.' | b'&' | b'>' | b'\\' | b'#' | b'(' | b')' | b'[' | b']' => 1,
            _ => {
                row.finish();
                1
            }
        };
        at = at.saturating_add(step);
    }
    row.finish();
    row.edits
}

/// Fewest gaps between groups of one length.
const GROUPS: usize = 3;

/// The gaps between groups of one length, whatever they are made of: each row of groups has its own.
pub(super) fn groups(survey: &Survey<'_>) -> Vec<Vec<Edit>> {
    let bytes = survey.bytes();
    let is_blank = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
    if survey.runs(|block| block.digit).next().is_none() {
        return Vec::new();
    }
    // Three blanks as far apart from each other.
    let even = survey.places(|near| {
        (3..=9).fold(0, |found, step| {
            let ahead = |times: u32| near.ahead(|block| block.blank, times.saturating_mul(step));
            found | near.block.blank & ahead(1) & ahead(2)
        })
    });
    let mut rows = Vec::new();
    let mut at = 0;
    while let Some(first) = even.next(at) {
        at = first.saturating_add(1);
        let is_group = |from: usize, width: usize| {
            let group = bytes.get(from..from.saturating_add(width));
            group.is_some_and(|group| group.iter().all(|byte| is_part(*byte) || b"-+/=".contains(byte)))
        };
        let Some(width) = (2..=8).find(|width| {
            is_group(first.saturating_add(1), *width)
                && is_blank(first.saturating_add(1).saturating_add(*width))
        }) else {
            continue;
        };
        // The first group stands before the first gap, the last one may be shorter.
        let before = first
            .checked_sub(width)
            .filter(|from| is_group(*from, width) && from.checked_sub(1).is_none_or(is_blank));
        let (start, mut gaps) = match before {
            Some(from) => (from, vec![first]),
            None => (first.saturating_add(1), Vec::new()),
        };
        let mut end = first.saturating_add(1).saturating_add(width);
        while is_group(end.saturating_add(1), width) && is_blank(end.saturating_add(1).saturating_add(width))
        {
            gaps.push(end);
            end = end.saturating_add(1).saturating_add(width);
        }
        let rest = bytes.get(end.saturating_add(1)..).unwrap_or_default();
        let short = rest.iter().take(width).take_while(|byte| byte.is_ascii_graphic()).count();
        if short > 0 && short < width {
            gaps.push(end);
        }
        let row = bytes.get(start..end).unwrap_or_default();
        let length = gaps.len().saturating_add(1).saturating_mul(width);
        if gaps.len() >= GROUPS && length >= SHORTEST && row.iter().any(u8::is_ascii_digit) {
            rows.push(gaps.iter().map(|gap| Edit::new(*gap, gap.saturating_add(1), None)).collect());
        }
        at = end;
    }
    rows
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether what stands at `at` has letters or digits on both sides.
fn is_inside(bytes: &[u8], at: usize, length: usize) -> bool {
    let is_part_at = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|byte| is_part(*byte));
    is_part_at(at.checked_sub(1)) && is_part_at(at.checked_add(length))
}

/// Elements that stand between the words of a sentence without a reader's noticing.
const ELEMENTS: [&[u8]; 38] = [
    b"a", b"abbr", b"b", b"bdi", b"bdo", b"big", b"br", b"center", b"cite", b"code", b"del", b"dfn", b"div",
    b"em", b"font", b"i", b"img", b"ins", b"kbd", b"label", b"li", b"mark", b"nobr", b"p", b"q", b"s",
    b"samp", b"small", b"span", b"strike", b"strong", b"sub", b"sup", b"td", b"tt", b"u", b"var", b"wbr",
];

/// Whether a tag is a comment or one of [`ELEMENTS`]: source code has brackets around the names of its types, and those
/// are no part of a sentence. A capital alone is a type too.
fn is_markup(tag: &[u8]) -> bool {
    let inside = tag.get(1..).unwrap_or_default();
    let name = inside.strip_prefix(b"/").unwrap_or(inside);
    let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = name.get(..length).unwrap_or_default();
    inside.starts_with(b"!")
        || ELEMENTS.iter().any(|element| element.eq_ignore_ascii_case(name))
            && !matches!(name, [one] if one.is_ascii_uppercase())
}

/// The length of the tag or the comment that `bytes` begin with.
fn tag(bytes: &[u8]) -> Option<usize> {
    bytes.get(1).filter(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!'))?;
    let inside = bytes.iter().skip(1).take(TAG).take_while(|byte| !matches!(byte, b'<' | b'>')).count();
    let end = inside.saturating_add(1);
    (bytes.get(end) == Some(&b'>')).then_some(end.saturating_add(1))
}

/// The length of what stands between two strings that are added up: `" + "`.
fn sum(bytes: &[u8]) -> Option<usize> {
    let quote = bytes.first()?;
    let (mut signs, mut at) = (0_usize, 1_usize);
    loop {
        match bytes.get(at)? {
            b' ' | b'\t' | b'\r' | b'\n' if at < GAP => {}
            b'+' | b'.' | b'&' if signs == 0 => signs = 1,
            byte if byte == quote && signs == 1 => return Some(at.saturating_add(1)),
            _ => return None,
        }
        at = at.saturating_add(1);
    }
}

/// Parts of a token in a row.
#[derive(Debug, Default)]
struct Row {
    edits: Vec<Edit>,
    /// Where the edits of this row begin among all; gaps that are left out only if the row is long enough.
    gaps: Vec<(usize, usize)>,
    tags: Vec<(usize, usize)>,
    length: usize,
    last: usize,
    has_digit: bool,
}

impl Row {
    /// Whether nothing is kept for what comes.
    const fn is_idle(&self) -> bool {
        self.length == 0 && self.tags.is_empty()
    }

    /// A tag or a sign, which is left out in any case.
    fn leave_out(&mut self, start: usize, end: usize) {
        self.tags.push((start, end));
    }

    fn part(&mut self, part: &[u8], gap: (usize, usize), divides: bool) {
        // Groups of one length are one token, though one of them may read like a word.
        let is_group = part.len() == self.last && (2..=8).contains(&part.len());
        let is_token = is_token(part) || (self.length > 0 && is_group);
        let width = gap.1.saturating_sub(gap.0);
        let has_tag = self.tags.last().is_some_and(|tag| tag.0 >= gap.0);
        if is_token && self.length > 0 && divides && !has_tag && (1..=GAP).contains(&width) {
            self.gaps.push(gap);
        } else {
            self.finish();
        }
        if is_token {
            self.last = part.len();
            self.length = self.length.saturating_add(part.len());
            self.has_digit |= part.iter().any(u8::is_ascii_digit);
        }
    }

    fn finish(&mut self) {
        if self.length < SHORTEST || !self.has_digit {
            self.gaps.clear();
        }
        let (mut gaps, mut tags) = (self.gaps.drain(..).peekable(), self.tags.drain(..).peekable());
        loop {
            let next = match (gaps.peek(), tags.peek()) {
                (Some(gap), Some(tag)) if gap < tag => gaps.next(),
                (_, Some(_)) => tags.next(),
                (Some(_), None) => gaps.next(),
                (None, None) => break,
            };
            self.edits.extend(next.map(|(start, end)| Edit::new(start, end, None)));
        }
        (self.length, self.has_digit) = (0, false);
    }
}

/// Whether a part is none of a sentence's words: letters with digits, capitals behind small letters, or capitals alone.
fn is_token(part: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| part.iter().any(class);
    let letters = has(u8::is_ascii_alphabetic);
    // Lock files are full of `sha512-…`.
    let names_digest = part.strip_prefix(b"sha").is_some_and(|size| size.iter().all(u8::is_ascii_digit));
    letters
        && !names_digest
        && part.len() > 1
        && (has(u8::is_ascii_digit)
            || has(|byte| *byte == b'_')
            || part
                .windows(2)
                .any(|two| matches!(two, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()))
            || (part.len() > 2 && part.iter().all(u8::is_ascii_uppercase)))
}

#[cfg(test)]
mod tests {
    use super::super::rewrite::excerpt;
    use super::*;

    fn read(text: &str) -> Option<String> {
        let edits = joined(&Survey::new(text));
        (!edits.is_empty()).then(|| excerpt(text, &edits).0)
    }

    #[test]
    fn parts_of_a_token_are_put_together() {
        for text in [
            "key aB3dE5gH7 jK9mN1pQ3",
            "key aB3dE5gH7\n    jK9mN1pQ3",
            "key aB3dE5gH7-jK9mN1pQ3",
            "key aB3dE5gH7\" + \"jK9mN1pQ3",
            "key aB3dE5gH7<b>jK9mN1pQ3",
            "key aB3dE5gH7**jK9mN1pQ3",
            "key aB3dE5gH7<!-- x -->jK9mN1pQ3",
            "key aB3dE5gH7<x>jK9mN1pQ3",
            "key aB3d E5gH 7jK9 mN1p Q3",
            "key aB3dE5gH7\"\n  + \"jK9mN1pQ3",
        ] {
            assert_eq!(read(text).as_deref(), Some("key aB3dE5gH7jK9mN1pQ3"), "{text}");
        }
    }

    #[test]
    fn tags_are_left_out_and_the_blanks_between_words_stay() {
        assert_eq!(read("<i>two</i> <i>words</i>").as_deref(), Some("two words"));
    }

    #[test]
    fn groups_of_one_length_and_strings_that_are_added_up_are_one() {
        assert_eq!(read("sk_l ive_ cVjD 9Qkz Qwyy zjbf it").as_deref(), Some("sk_live_cVjD9QkzQwyyzjbf it"));
        assert_eq!(read("'ignore prev' + 'ious words'").as_deref(), Some("'ignore previous words'"));
    }

    #[test]
    fn sentences_lists_of_numbers_and_comparisons_stay_as_they_are() {
        for text in [
            "The quick brown fox, as always, is late.",
            "12 14 16 18 20 22 24 26",
            "a < b and c > d; x<3",
            "a Vec<String> of Box<dyn Error>, and Map<A, B>",
            "A1 B2 C3",
            "see https://example.org/a1b2c3d4/e5f6g7h8.html",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
