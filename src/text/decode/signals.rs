//! Letters by other names: morse code, spelling alphabets, digits as words.

use super::survey::Survey;
use super::{Decoding, Finder};

/// Fewest letters in a row that say something.
const FEWEST: usize = 6;

/// Longest word of a spelling alphabet.
const LONGEST: usize = 12;

/// Finds what is told in morse or letter by letter.
pub(super) fn signals(survey: &Survey<'_>, finder: &mut Finder) {
    morse(survey, finder);
    phonetic(survey, finder);
}

const MORSE: &[(&str, char)] = &[
    (".-", 'a'),
    ("-...", 'b'),
    ("-.-.", 'c'),
    ("-..", 'd'),
    (".", 'e'),
    ("..-.", 'f'),
    ("--.", 'g'),
    ("....", 'h'),
    ("..", 'i'),
    (".---", 'j'),
    ("-.-", 'k'),
    (".-..", 'l'),
    ("--", 'm'),
    ("-.", 'n'),
    ("---", 'o'),
    (".--.", 'p'),
    ("--.-", 'q'),
    (".-.", 'r'),
    ("...", 's'),
    ("-", 't'),
    ("..-", 'u'),
    ("...-", 'v'),
    (".--", 'w'),
    ("-..-", 'x'),
    ("-.--", 'y'),
    ("--..", 'z'),
    ("-----", '0'),
    (".----", '1'),
    ("..---", '2'),
    ("...--", '3'),
    ("....-", '4'),
    (".....", '5'),
    ("-....", '6'),
    ("--...", '7'),
    ("---..", '8'),
    ("----.", '9'),
    (".-.-.-", '.'),
    ("--..--", ','),
    ("..--..", '?'),
    ("-..-.", '/'),
    ("-....-", '-'),
    ("..--.-", '_'),
    (".-.-.", '+'),
    ("-...-", '='),
    ("---...", ':'),
    (".--.-.", '@'),
    ("...-..-", '$'),
    ("-.-.--", '!'),
    ("-.-.-.", ';'),
    (".-...", '&'),
];

/// What stands between two letters of morse.
const BETWEEN: [char; 5] = [' ', '\n', '\t', '/', '|'];

fn morse(survey: &Survey<'_>, finder: &mut Finder) {
    // A letter begins with a sign, and something stands before it that is none.
    let starts = survey.places(|near| {
        (near.block.beat | near.block.foreign) & !near.after(|block| block.word() | block.foreign, 1)
    });
    let mut at = 0;
    while let Some(start) = starts.next(at) {
        at = start.saturating_add(1);
        let (before, rest) = survey.text.split_at_checked(start).unwrap_or(("", ""));
        let is_signal = rest.chars().next().is_some_and(|c| sign(c).is_some());
        if is_signal && (before.is_empty() || before.ends_with(BETWEEN)) {
            at = at.max(start.saturating_add(message(rest, start, finder)));
        }
    }
}

/// Reads the letters that `text` begins with; how long they are.
fn message(text: &str, start: usize, finder: &mut Finder) -> usize {
    let (mut out, mut letters, mut at, mut end) = (String::new(), 0_usize, 0_usize, 0_usize);
    let mut dots = false;
    for token in text.split_inclusive(BETWEEN) {
        let bare = token.trim_end_matches(BETWEEN);
        if bare.is_empty() {
            if !out.ends_with(' ') && token != " " {
                out.push(' ');
            }
        } else {
            let Some((code, letter)) = letter(bare) else { break };
            letters = letters.saturating_add(1);
            dots |= code.len() > 1 && code.contains('.');
            out.push(letter);
            if token.ends_with(['/', '|']) {
                out.push(' ');
            }
            end = at.saturating_add(bare.len());
        }
        at = at.saturating_add(token.len());
    }
    if letters >= FEWEST && dots {
        finder.push(Decoding::Morse, out, (start, start.saturating_add(end)), None);
    }
    at
}

/// The dot or the dash that a character stands for.
const fn sign(c: char) -> Option<char> {
    match c {
        '.' | '\u{b7}' | '\u{2022}' => Some('.'),
        '-' | '\u{2212}' | '\u{2013}' | '\u{2014}' | '_' => Some('-'),
        _ => None,
    }
}

/// The letter that a few signs stand for.
fn letter(signs: &str) -> Option<(&'static str, char)> {
    /// Longest of all codes, in signs.
    const LONGEST: usize = 7;
    let mut plain = String::with_capacity(LONGEST);
    for c in signs.chars() {
        plain.push(sign(c)?);
        if plain.len() > LONGEST {
            return None;
        }
    }
    MORSE.iter().find(|(code, _)| *code == plain).copied()
}

/// What a spelled word stands for.
enum Spoken {
    Char(char),
    /// The next letter is a capital.
    Capital,
    Small,
    /// Says nothing by itself.
    Filler,
}

const NATO: [(&str, char); 30] = [
    ("alfa", 'a'),
    ("alpha", 'a'),
    ("bravo", 'b'),
    ("charlie", 'c'),
    ("delta", 'd'),
    ("echo", 'e'),
    ("foxtrot", 'f'),
    ("golf", 'g'),
    ("hotel", 'h'),
    ("india", 'i'),
    ("juliett", 'j'),
    ("juliet", 'j'),
    ("kilo", 'k'),
    ("lima", 'l'),
    ("mike", 'm'),
    ("november", 'n'),
    ("oscar", 'o'),
    ("papa", 'p'),
    ("quebec", 'q'),
    ("romeo", 'r'),
    ("sierra", 's'),
    ("tango", 't'),
    ("uniform", 'u'),
    ("victor", 'v'),
    ("whiskey", 'w'),
    ("whisky", 'w'),
    ("xray", 'x'),
    ("x-ray", 'x'),
    ("yankee", 'y'),
    ("zulu", 'z'),
];

const SIGNS: [(&str, char); 42] = [
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("niner", '9'),
    ("null", '0'),
    ("eins", '1'),
    ("zwei", '2'),
    ("drei", '3'),
    ("vier", '4'),
    ("sechs", '6'),
    ("sieben", '7'),
    ("acht", '8'),
    ("neun", '9'),
    ("cero", '0'),
    ("uno", '1'),
    ("dos", '2'),
    ("tres", '3'),
    ("cuatro", '4'),
    ("cinco", '5'),
    ("seis", '6'),
    ("siete", '7'),
    ("ocho", '8'),
    ("nueve", '9'),
    ("dash", '-'),
    ("hyphen", '-'),
    ("minus", '-'),
    ("underscore", '_'),
    ("dot", '.'),
    ("period", '.'),
    ("slash", '/'),
    ("plus", '+'),
    ("equals", '='),
    ("colon", ':'),
    ("at", '@'),
    ("space", ' '),
];

const OTHERS: [&str; 15] = [
    "capital",
    "upper",
    "uppercase",
    "cap",
    "big",
    "lower",
    "lowercase",
    "small",
    "little",
    "then",
    "and",
    "letter",
    "digit",
    "number",
    "case",
];

/// What is known about the words of an alphabet that begin with one letter.
#[derive(Clone, Copy)]
struct Shape {
    /// How long they may be, as bits.
    lengths: u32,
    /// What they may end with, as bits: `a` is the lowest.
    ends: u32,
}

/// The shapes of all these words by their first letters: nearly every word of a text fails here.
const SHAPES: [Shape; 26] = shapes();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "worked out by the compiler")]
const fn shapes() -> [Shape; 26] {
    const fn add(shapes: &mut [Shape; 26], word: &str) {
        let word = word.as_bytes();
        let shape = &mut shapes[(word[0] - b'a') as usize];
        shape.lengths |= 1 << word.len();
        shape.ends |= 1 << (word[word.len() - 1] - b'a');
    }
    let mut shapes = [Shape { lengths: 0, ends: 0 }; 26];
    let mut at = 0;
    while at < NATO.len() {
        add(&mut shapes, NATO[at].0);
        at += 1;
    }
    at = 0;
    while at < SIGNS.len() {
        add(&mut shapes, SIGNS[at].0);
        at += 1;
    }
    at = 0;
    while at < OTHERS.len() {
        add(&mut shapes, OTHERS[at]);
        at += 1;
    }
    // The parts of `x-ray`.
    add(&mut shapes, "x");
    add(&mut shapes, "ray");
    shapes
}

/// Whether a word has the shape of one of an alphabet's.
fn has_shape(word: &[u8]) -> bool {
    let place = |byte: Option<&u8>| byte.map_or(u8::MAX, |byte| (byte | 0x20).wrapping_sub(b'a'));
    let Some(shape) = SHAPES.get(usize::from(place(word.first()))) else { return false };
    let is_one = |bits: u32, bit: u32| bits.checked_shr(bit).unwrap_or(0) & 1 == 1;
    let length = u32::try_from(word.len()).unwrap_or(u32::MAX);
    is_one(shape.lengths, length) & is_one(shape.ends, u32::from(place(word.last())))
}

/// What a word of at most twelve letters stands for, in any case.
fn spoken(word: &str) -> Option<Spoken> {
    if !has_shape(word.as_bytes()) {
        return None;
    }
    let word = &*word.to_ascii_lowercase();
    let find =
        |table: &[(&str, char)]| table.iter().find(|(name, _)| *name == word).map(|(_, c)| Spoken::Char(*c));
    find(&NATO).or_else(|| find(&SIGNS)).or(match word {
        "capital" | "upper" | "uppercase" | "cap" | "big" => Some(Spoken::Capital),
        "lower" | "lowercase" | "small" | "little" => Some(Spoken::Small),
        "then" | "and" | "letter" | "digit" | "number" | "case" => Some(Spoken::Filler),
        _ => None,
    })
}

fn phonetic(survey: &Survey<'_>, finder: &mut Finder) {
    // Six ordinary words in a row never have the shape of spelled ones.
    let (mut start, mut end, mut words) = (0_usize, 0_usize, 0_usize);
    let is_ascii = survey.text.is_ascii();
    for (from, to) in survey.runs(|block| block.word() | block.foreign) {
        let count = if has_shape(survey.bytes().get(from..to).unwrap_or_default()) {
            1
        } else if !is_ascii && survey.text.get(from..to).is_some_and(has_other_blanks) {
            FEWEST
        } else {
            if words >= FEWEST {
                spelled(survey.text.get(start..end).unwrap_or(""), start, finder);
            }
            words = 0;
            continue;
        };
        if words == 0 {
            start = from;
        }
        (end, words) = (to, words.saturating_add(count));
    }
    if words >= FEWEST {
        spelled(survey.text.get(start..end).unwrap_or(""), start, finder);
    }
}

/// Whether blanks that are not ASCII may part what stands here, which then is any number of words.
fn has_other_blanks(word: &str) -> bool {
    match word.as_bytes().first() {
        Some(first) if first.is_ascii() => first.is_ascii_alphabetic() && !word.is_ascii(),
        // INVARIANT: every such blank begins with one of these bytes; a test tries them all.
        Some(0xC2 | 0xE1..=0xE3) => word.starts_with(char::is_whitespace),
        _ => false,
    }
}

/// Reads the words of `text`, which stands at `offset`.
fn spelled(text: &str, offset: usize, finder: &mut Finder) {
    let (mut out, mut start, mut end, mut capital) = (String::new(), 0_usize, 0_usize, false);
    let mut at = offset;
    for token in text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '|')) {
        let from = at;
        at = at.saturating_add(token.len());
        let bare = token.trim_matches(|c: char| c.is_whitespace() || (c.is_ascii_punctuation()));
        if bare.is_empty() {
            continue;
        }
        let word = if bare.len() <= LONGEST { spoken(bare) } else { None };
        match word {
            Some(Spoken::Char(c)) => {
                if out.is_empty() {
                    start = from;
                }
                // `GOLF` may stand for a capital, `Golf` at the start of a sentence does not.
                let shouted = bare.len() > 2 && bare.bytes().all(|byte| !byte.is_ascii_lowercase());
                out.push(if capital || shouted { c.to_ascii_uppercase() } else { c });
                capital = false;
                end = at;
            }
            Some(Spoken::Capital) => capital = true,
            Some(Spoken::Small | Spoken::Filler) => capital = false,
            None => {
                flush(&mut out, (start, end), finder);
                capital = false;
            }
        }
    }
    flush(&mut out, (start, end), finder);
}

fn flush(out: &mut String, range: (usize, usize), finder: &mut Finder) {
    if out.len() >= FEWEST {
        finder.push(Decoding::Phonetic, out.clone(), range, None);
    }
    out.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut finder = Finder::default();
        signals(&Survey::new(text), &mut finder);
        finder.found.into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn morse_and_spelling_alphabets_are_read() {
        assert_eq!(found("signal: .. --. -. --- .-. . / .- .-.. .-.."), ["ignore all"]);
        assert_eq!(found("read: capital golf hotel, papa underscore four capital X-ray seven"), ["Ghp_4X7"]);
        assert_eq!(found("four one one one, two two two two"), ["41112222"]);
    }

    #[test]
    fn every_blank_parts_spelled_words() {
        for blank in (0..=0x10_FFFF).filter_map(char::from_u32).filter(|c| c.is_whitespace()) {
            let text = "golf hotel papa bravo echo xray".replace(' ', &blank.to_string());
            assert_eq!(found(&text), ["ghpbex"], "{blank:?}");
            assert_eq!(found(&text.replace(blank, &format!(" {blank}"))), ["ghpbex"], "{blank:?}");
        }
    }

    #[test]
    fn ordinary_text_has_neither() {
        for text in [
            "- one\n- two\n- three",
            "a -- b ... c - d",
            "The hotel in November has one golf course.",
            "--- . ---",
        ] {
            assert!(found(text).is_empty(), "{text} {:?}", found(text));
        }
    }
}
