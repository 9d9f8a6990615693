//! `pattern`: expressions of ECMA-262, matched in linear time.
//!
//! The two dialects share most of their text and mean other things by it: `\d` is ten digits in one and six hundred
//! in the other, `[a&&b]` three characters or none. So an expression is rewritten sign by sign, and what has no exact
//! counterpart is refused. Looking around and referring back have none, by design: they are what makes matching slow.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 2000;
/// Deepest nesting of a pattern.
const MAX_NESTING: u32 = 50;
/// Memory that matching with one pattern may take, in bytes.
const MAX_CACHE: usize = 1 << 18;
/// Sizes that a compiled pattern may have, in bytes, and what one byte of text then costs, in quarters of a step. A
/// pattern is matched in time proportional to its size times the text.
const SIZES: [(usize, u64); 3] = [(4 << 10, 1), (16 << 10, 4), (64 << 10, 16)];

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    weight: u64,
    shown: Option<Box<str>>,
}

impl Pattern {
    /// Reads a pattern; what is wrong with it, otherwise, in words that follow "the pattern".
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        if pattern.len() > MAX_PATTERN {
            return Err(format!("has {} bytes; at most {MAX_PATTERN} are allowed", pattern.len()));
        }
        let translated = translate(pattern)?;
        for (size, weight) in SIZES {
            let built = RegexBuilder::new(&translated)
                .size_limit(size)
                .dfa_size_limit(MAX_CACHE)
                .nest_limit(MAX_NESTING)
                .build();
            match built {
                Ok(regex) => {
                    let plain =
                        pattern.len() <= 60 && pattern.bytes().all(|b| b.is_ascii_graphic() && b != b'`');
                    return Ok(Self { regex, weight, shown: plain.then(|| pattern.into()) });
                }
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(_) => return Err("is not a regular expression that can be matched here".to_owned()),
            }
        }
        Err("is too large once it is compiled; use fewer or smaller repetitions".to_owned())
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// What matching `text` costs, in steps.
    pub(super) fn cost(&self, text: &str) -> u64 {
        (text.len() as u64).saturating_mul(self.weight) / 4
    }

    /// The pattern, where it is short and plain enough to be shown.
    pub(super) fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }
}

const DIGIT: &str = "[0-9]";
const NO_DIGIT: &str = "[^0-9]";
const WORD: &str = "[0-9A-Za-z_]";
const NO_WORD: &str = "[^0-9A-Za-z_]";
const SPACE: &str = r"[\t\n\x0B\x0C\r\x{FEFF}\p{Zs}\x{2028}\x{2029}]";
const NO_SPACE: &str = r"[^\t\n\x0B\x0C\r\x{FEFF}\p{Zs}\x{2028}\x{2029}]";
const ANY_BUT_LINE_ENDS: &str = r"[^\n\r\x{2028}\x{2029}]";
const ANY: &str = r"[\s\S]";
const NONE: &str = r"[^\s\S]";

/// One member of a class, or one sign outside.
enum Atom {
    /// This character.
    Char(char),
    /// What this expression says; fit to stand inside a class too.
    Class(String),
    /// A place, not a character.
    Place(&'static str),
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len().saturating_mul(2));
    let mut signs = pattern.chars().peekable();
    while let Some(c) = signs.next() {
        match c {
            '\\' => match escape(&mut signs, false)? {
                Atom::Char(c) => literal(&mut out, c),
                Atom::Class(class) => out.push_str(&class),
                Atom::Place(place) => out.push_str(place),
            },
            '[' => class(&mut signs, &mut out)?,
            '.' => out.push_str(ANY_BUT_LINE_ENDS),
            '^' => out.push_str(r"\A"),
            '$' => out.push_str(r"\z"),
            '(' => group(&mut signs, &mut out)?,
            '{' => match quantifier(&signs) {
                Some(quantifier) => {
                    signs.nth(quantifier.len().saturating_sub(1));
                    out.push('{');
                    out.push_str(&quantifier);
                }
                None => out.push_str(r"\{"),
            },
            ')' | '|' | '*' | '+' | '?' => out.push(c),
            c => literal(&mut out, c),
        }
    }
    Ok(out)
}

/// What stands behind an opening parenthesis.
fn group(signs: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('(');
    if signs.next_if_eq(&'?').is_none() {
        return Ok(());
    }
    let around = || Err("looks around; matching that can take for ever".to_owned());
    match signs.next() {
        Some(':') => out.push_str("?:"),
        Some('<') if !matches!(signs.peek(), Some('=' | '!')) => {
            // The name does not matter: nothing refers back to it.
            out.push_str("?:");
            signs.by_ref().find(|c| *c == '>').ok_or("has a group whose name does not end")?;
        }
        Some('=' | '!' | '<') => return around(),
        _ => return Err("has a group with options; ECMA-262 has none".to_owned()),
    }
    Ok(())
}

/// `2}`, `2,}` or `2,3}` behind an opening brace; `None` where the brace is only a brace.
fn quantifier(signs: &Peekable<Chars<'_>>) -> Option<String> {
    let inside: String = signs.clone().take(16).take_while(|c| *c != '}').collect();
    let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let closed = signs.clone().nth(inside.len()) == Some('}');
    (closed && !least.is_empty() && digits(least) && digits(most)).then(|| format!("{inside}}}"))
}

/// A class, behind its opening bracket.
fn class(signs: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let negated = signs.next_if_eq(&'^').is_some();
    if signs.next_if_eq(&']').is_some() {
        out.push_str(if negated { ANY } else { NONE });
        return Ok(());
    }
    out.push_str(if negated { "[^" } else { "[" });
    loop {
        let atom = class_atom(signs)?;
        let Some(atom) = atom else { break };
        // A hyphen is one at the edges, and beside what is no single character.
        let mut ahead = signs.clone();
        let range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
        match atom {
            Atom::Char(from) if range => {
                signs.next();
                match class_atom(signs)? {
                    Some(Atom::Char(to)) if from <= to => {
                        literal(out, from);
                        out.push('-');
                        literal(out, to);
                    }
                    Some(Atom::Class(class)) => {
                        literal(out, from);
                        literal(out, '-');
                        out.push_str(&class);
                    }
                    _ => return Err("has a range of characters that is out of order".to_owned()),
                }
            }
            Atom::Char(c) => literal(out, c),
            Atom::Class(class) => out.push_str(&class),
            Atom::Place(_) => {}
        }
    }
    out.push(']');
    Ok(())
}

/// The next member of a class; `None` at its end.
fn class_atom(signs: &mut Peekable<Chars<'_>>) -> Result<Option<Atom>, String> {
    match signs.next() {
        None => Err("has a class of characters that does not end".to_owned()),
        Some(']') => Ok(None),
        Some('\\') => escape(signs, true).map(Some),
        Some(c) => Ok(Some(Atom::Char(c))),
    }
}

/// What stands behind a backslash.
fn escape(signs: &mut Peekable<Chars<'_>>, in_class: bool) -> Result<Atom, String> {
    let Some(c) = signs.next() else { return Err("ends in a backslash".to_owned()) };
    Ok(match c {
        'd' => Atom::Class(DIGIT.to_owned()),
        'D' => Atom::Class(NO_DIGIT.to_owned()),
        'w' => Atom::Class(WORD.to_owned()),
        'W' => Atom::Class(NO_WORD.to_owned()),
        's' => Atom::Class(SPACE.to_owned()),
        'S' => Atom::Class(NO_SPACE.to_owned()),
        'b' if in_class => Atom::Char('\u{8}'),
        'b' => Atom::Place(r"(?-u:\b)"),
        'B' if !in_class => Atom::Place(r"\B"),
        't' => Atom::Char('\t'),
        'n' => Atom::Char('\n'),
        'r' => Atom::Char('\r'),
        'v' => Atom::Char('\u{b}'),
        'f' => Atom::Char('\u{c}'),
        '0' if !signs.peek().is_some_and(char::is_ascii_digit) => Atom::Char('\0'),
        'c' => match signs.next() {
            Some(letter) if letter.is_ascii_alphabetic() => {
                Atom::Char(char::from(u8::try_from(letter).unwrap_or(0) & 0x1F))
            }
            _ => return Err("has `\\c` without a letter".to_owned()),
        },
        'x' => Atom::Char(code_point(hex(signs, 2)?)?),
        'u' => Atom::Char(unicode(signs)?),
        'p' | 'P' => {
            if signs.next() != Some('{') {
                return Err("has `\\p` without a property in braces".to_owned());
            }
            let name: String = signs.by_ref().take_while(|c| *c != '}').collect();
            if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '=')) {
                return Err("names a property of characters that there is not".to_owned());
            }
            Atom::Class(format!("\\{c}{{{name}}}"))
        }
        '1'..='9' | 'k' => return Err("refers back; matching that can take for ever".to_owned()),
        c if c.is_ascii_alphanumeric() => {
            return Err(format!("has `\\{c}`, which readers understand differently"));
        }
        c => Atom::Char(c),
    })
}

/// The character of `\uXXXX`, `\u{X…}`, or two of the former that belong together.
fn unicode(signs: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    if signs.next_if_eq(&'{').is_some() {
        let digits: String = signs.by_ref().take_while(|c| *c != '}').collect();
        return code_point(u32::from_str_radix(&digits, 16).unwrap_or(u32::MAX));
    }
    let high = hex(signs, 4)?;
    if !(0xD800..0xDC00).contains(&high) {
        return code_point(high);
    }
    let low = if signs.next() == Some('\\') && signs.next() == Some('u') { hex(signs, 4)? } else { 0 };
    if !(0xDC00..0xE000).contains(&low) {
        return code_point(high);
    }
    // Each half holds ten bits.
    code_point(0x1_0000_u32.wrapping_add((high & 0x3FF) << 10).wrapping_add(low & 0x3FF))
}

fn hex(signs: &mut Peekable<Chars<'_>>, digits: usize) -> Result<u32, String> {
    let text: String = signs.by_ref().take(digits).collect();
    let fits = text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    let value = if fits { u32::from_str_radix(&text, 16).ok() } else { None };
    value.ok_or_else(|| "has an escape with the wrong number of hexadecimal digits".to_owned())
}

fn code_point(value: u32) -> Result<char, String> {
    char::from_u32(value).ok_or_else(|| "has an escape that is no character".to_owned())
}

/// The character itself, whatever it means to an expression.
fn literal(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
    } else {
        out.extend(["\\x{", &format!("{:X}", u32::from(c)), "}"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(text)
    }

    #[test]
    fn signs_mean_what_they_mean_in_the_standard() {
        for (pattern, yes, no) in [
            ("^a", "ab", "ba"),
            ("a$", "ba", "a\n"),
            (r"^\d+$", "123", "١٢٣"),
            (r"^\w$", "_", "é"),
            (r"^\W$", "é", "a"),
            (r"^\s$", "\u{feff}", "a"),
            (r"^[\s]$", "\u{a0}", "\u{200b}"),
            (r"^\S$", "a", "\u{2028}"),
            ("^.$", "\u{85}", "\u{2028}"),
            ("^[^]$", "\n", ""),
            ("^[a[b]$", "[", "c"),
            ("^[a&&b]$", "&", "c"),
            ("^[a-c-e]$", "-", "d"),
            ("^[--/]$", ".", ","),
            (r"^[\d-x]$", "-", "y"),
            ("^[a~~b]$", "~", "c"),
            (r"^[\b]$", "\u{8}", "b"),
            (r"\bcat\b", "a cat.", "concat"),
            (r"^\u0041\x42\u{43}$", "ABC", "abc"),
            (r"^\uD83D\uDE00$", "😀", "x"),
            (r"^\cJ$", "\n", "J"),
            (r"^\0$", "\0", "0"),
            (r"^\/\-\.$", "/-.", "/-x"),
            ("^a{2}$", "aa", "a"),
            ("^a{2,}$", "aaa", "a"),
            ("^a{1,2}$", "aa", "aaa"),
            ("^a{$", "a{", "a"),
            ("^{x}$", "{x}", "x"),
            ("^a{,2}$", "a{,2}", "aa"),
            ("^(?<year>[0-9]{4})$", "2026", "26"),
            ("^(?:ab)+$", "abab", "aba"),
            (r"^\p{Lu}$", "É", "é"),
            (r"^\p{Script=Greek}$", "α", "a"),
            ("^x y#z$", "x y#z", "xy"),
            ("^(a|b)*?c$", "abc", "abd"),
        ] {
            assert!(matches(pattern, yes), "{pattern} {yes:?}");
            assert!(!matches(pattern, no), "{pattern} {no:?}");
        }
    }

    #[test]
    fn what_is_slow_or_means_two_things_is_refused() {
        for pattern in [
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?<!a)",
            r"(a)\1",
            r"(?<x>a)\k<x>",
            "(?i)a",
            "(?P<x>a)",
            r"\Aa",
            r"a\Z",
            r"\h",
            "[a",
            "a\\",
            "[b-a]",
            "(",
            ")",
            "*",
            r"\u12",
            r"\xg0",
            r"\uD83D",
            r"\u{110000}",
            r"\p{Nonsense}",
            r"\px",
            r"\c1",
            "(?<x",
            "((((a{50}){50}){50}){50})",
            &"a".repeat(2001),
            &"(".repeat(60),
        ] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_large_pattern_costs_more() {
        let cost = |pattern: &str| Pattern::new(pattern).unwrap().cost(&"x".repeat(400));
        assert_eq!(cost("^[a-z]+$"), 100);
        assert!(cost(r"(\w{40}){10}") > 100);
    }
}
