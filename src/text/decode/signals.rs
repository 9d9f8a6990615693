//! Letters by other names: morse code, spelling alphabets, digits as words.

use super::{Decoding, Finder};

/// Fewest letters in a row that say something.
const FEWEST: usize = 6;

/// Finds what is told in morse or letter by letter.
pub(super) fn signals(text: &str, finder: &mut Finder) {
    morse(text, finder);
    phonetic(text, finder);
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

fn morse(text: &str, finder: &mut Finder) {
    let is_sign =
        |c: char| matches!(c, '.' | '-' | '\u{b7}' | '\u{2022}' | '\u{2212}' | '\u{2013}' | '\u{2014}' | '_');
    let (mut out, mut start, mut end, mut letters, mut at) =
        (String::new(), 0_usize, 0_usize, 0_usize, 0_usize);
    let mut dots = false;
    let finish = |out: &mut String, letters: &mut usize, dots: &mut bool, range, finder: &mut Finder| {
        if *letters >= FEWEST && *dots {
            finder.push(Decoding::Morse, out.clone(), range, None);
        }
        out.clear();
        (*letters, *dots) = (0, false);
    };
    for token in text.split_inclusive([' ', '\n', '\t', '/', '|']) {
        let bare = token.trim_end_matches([' ', '\n', '\t', '/', '|']);
        let from = at;
        at = at.saturating_add(token.len());
        if bare.is_empty() {
            if letters > 0 && !out.ends_with(' ') && token != " " {
                out.push(' ');
            }
            continue;
        }
        let short = bare.len() <= 24 && bare.chars().all(is_sign);
        let plain: Option<String> = short.then(|| {
            let signs = bare.chars().take(8);
            signs.map(|c| if matches!(c, '.' | '\u{b7}' | '\u{2022}') { '.' } else { '-' }).collect()
        });
        match plain.and_then(|plain| MORSE.iter().find(|(code, _)| *code == plain)) {
            Some((code, letter)) => {
                if letters == 0 {
                    start = from;
                }
                letters = letters.saturating_add(1);
                dots |= code.len() > 1 && code.contains('.');
                out.push(*letter);
                if token.ends_with(['/', '|']) {
                    out.push(' ');
                }
                end = from.saturating_add(bare.len());
            }
            None => finish(&mut out, &mut letters, &mut dots, (start, end), finder),
        }
    }
    finish(&mut out, &mut letters, &mut dots, (start, end), finder);
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

const SIGNS: [(&str, char); 41] = [
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

/// The lengths of all these words by their first letters, as bits: nearly every word of a text fails here.
const LENGTHS: [u16; 26] = lengths();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "worked out by the compiler")]
const fn lengths() -> [u16; 26] {
    const fn add(lengths: &mut [u16; 26], word: &str) {
        lengths[(word.as_bytes()[0] - b'a') as usize] |= 1 << word.len();
    }
    let (mut lengths, mut at) = ([0_u16; 26], 0);
    while at < NATO.len() {
        add(&mut lengths, NATO[at].0);
        at += 1;
    }
    at = 0;
    while at < SIGNS.len() {
        add(&mut lengths, SIGNS[at].0);
        at += 1;
    }
    at = 0;
    while at < OTHERS.len() {
        add(&mut lengths, OTHERS[at]);
        at += 1;
    }
    lengths
}

/// What a word of at most twelve letters stands for, in any case.
fn spoken(word: &str) -> Option<Spoken> {
    let first = word.bytes().next()?.to_ascii_lowercase().checked_sub(b'a')?;
    if LENGTHS.get(usize::from(first))? & (1 << word.len()) == 0 {
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

fn phonetic(text: &str, finder: &mut Finder) {
    let (mut out, mut start, mut end, mut capital) = (String::new(), 0_usize, 0_usize, false);
    let mut at = 0_usize;
    for token in text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '/' | '|')) {
        let from = at;
        at = at.saturating_add(token.len());
        let bare = token.trim_matches(|c: char| c.is_whitespace() || (c.is_ascii_punctuation()));
        if bare.is_empty() {
            continue;
        }
        let word = if bare.len() <= 12 { spoken(bare) } else { None };
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
        signals(text, &mut finder);
        finder.found.into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn morse_and_spelling_alphabets_are_read() {
        assert_eq!(found("signal: .. --. -. --- .-. . / .- .-.. .-.."), ["ignore all"]);
        assert_eq!(found("read: capital golf hotel, papa underscore four capital X-ray seven"), ["Ghp_4X7"]);
        assert_eq!(found("four one one one, two two two two"), ["41112222"]);
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
