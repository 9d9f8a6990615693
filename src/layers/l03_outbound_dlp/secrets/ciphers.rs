//! Secrets in a rotated or mirrored alphabet: ROT13 and every other shift of letters, Atbash, and every shift of the
//! 94 printable characters (ROT47).
//!
//! A shift keeps the distances between neighbours. So the text is read once, by the distances between four characters
//! in a row, and what the catalogue's literals have in common with it is turned back and looked into.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::matchers::Matcher;
use super::{Certainty, Hit, Scanner, TYPES, scanner};
use crate::base::Span;

/// How much behind a literal is turned back, in bytes.
const REACH: usize = 320;
/// Fewest characters of a literal, and fewest letters among them, that are told by their distances.
const SHORTEST: usize = 4;
const LETTERS: usize = 3;
/// Bits of the sieve.
const SIEVE: usize = 1 << 15;

/// How the characters were moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Each letter so many places on.
    Shift(u8),
    /// Letters add up to this, counted from 0: Atbash is 25.
    Mirror(u8),
    /// Each printable character so many places on.
    Printable(u8),
}

struct Table {
    sieve: Vec<u64>,
    literals: HashMap<u32, Vec<(&'static str, Way)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Letters,
    Mirrored,
    Printable,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table { sieve: vec![0; SIEVE / 64], literals: HashMap::new() };
        for form in TYPES.iter().flat_map(|kind| kind.forms) {
            if matches!(form.matcher, Matcher::Grammar(_)) {
                continue;
            }
            for literal in form.anchors {
                let bytes = literal.as_bytes();
                let letters = bytes.iter().take(SHORTEST).filter(|byte| byte.is_ascii_alphabetic()).count();
                let Some(head) = bytes.first_chunk::<4>().copied() else { continue };
                // Letters that repeat are a row of signs, not a beginning.
                let differ = bytes.windows(2).take(3).filter(|two| two.first() != two.last()).count();
                if letters < LETTERS || differ < 3 {
                    continue;
                }
                for (way, key) in [
                    (Way::Letters, by_letters(head, false)),
                    (Way::Mirrored, by_letters(head, true)),
                    (Way::Printable, by_printables(head)),
                ] {
                    let known = table.literals.entry(key).or_default();
                    if !known.contains(&(*literal, way)) {
                        known.push((literal, way));
                    }
                    if let Some(word) = table.sieve.get_mut(slot(key)) {
                        *word |= bit(key);
                    }
                }
            }
        }
        table
    })
}

const fn slot(key: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> 17) as usize / 64
}

const fn bit(key: u32) -> u64 {
    1_u64.wrapping_shl(key.wrapping_mul(0x9E37_79B1) >> 17 & 63)
}

const fn letter(byte: u8) -> Option<u8> {
    match byte {
        b'a'..=b'z' => Some(byte.wrapping_sub(b'a')),
        b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
        _ => None,
    }
}

/// The distance between two neighbours, as a shift of letters keeps it: between letters modulo 26 with their cases, else
/// the character that is none.
const fn step(one: u8, next: u8, mirrored: bool) -> u32 {
    match (letter(one), letter(next)) {
        (Some(a), Some(b)) => {
            let (a, b) = if mirrored { (b, a) } else { (a, b) };
            let distance = b.wrapping_add(26).wrapping_sub(a) % 26;
            (distance as u32) << 2 | (one.is_ascii_uppercase() as u32) << 1 | next.is_ascii_uppercase() as u32
        }
        (Some(_), None) => 0x80 | next as u32,
        (None, Some(_)) => 0x100 | one as u32,
        (None, None) => 0x180 | (next & 127) as u32,
    }
}

const fn by_letters(four: [u8; 4], mirrored: bool) -> u32 {
    let [a, b, c, d] = four;
    step(a, b, mirrored) << 18 | step(b, c, mirrored) << 9 | step(c, d, mirrored)
}

const fn by_printables(four: [u8; 4]) -> u32 {
    let [a, b, c, d] = four;
    1 << 30 | distance_of(a, b) << 14 | distance_of(b, c) << 7 | distance_of(c, d)
}

const fn distance_of(one: u8, next: u8) -> u32 {
    (next.wrapping_add(94).wrapping_sub(one) % 94) as u32
}

/// Adds the secrets that stand turned in `text`; `false` where there were more places to look at than the text may
/// have.
pub(in super::super) fn scan(text: &str, out: &mut Vec<Hit>) -> bool {
    let table = table();
    let bytes = text.as_bytes();
    let mut tries = 16_usize.saturating_add(text.len() / 128);
    let mut taken = 0;
    for (at, four) in bytes.windows(SHORTEST).enumerate() {
        let Some(four) = four.first_chunk::<4>().copied() else { continue };
        for key in [by_letters(four, false), by_printables(four)] {
            if table.sieve.get(slot(key)).is_none_or(|word| word & bit(key) == 0) || at < taken {
                continue;
            }
            for (literal, way) in table.literals.get(&key).into_iter().flatten() {
                let rest = bytes.get(at..).unwrap_or_default();
                let Some(turn) = turned(rest, literal.as_bytes(), *way) else { continue };
                let Some(left) = tries.checked_sub(1) else { return false };
                tries = left;
                let length = rest.iter().take(REACH).take_while(|byte| byte.is_ascii_graphic()).count();
                let stretch = rest.get(..length).unwrap_or_default();
                for digits in [0, 5] {
                    let plain: String =
                        stretch.iter().map(|byte| char::from(back(*byte, turn, digits))).collect();
                    if let Some(hit) = first(scanner(), &plain)
                        && let (Some(start), Some(end)) =
                            (at.checked_add(hit.span.start()), at.checked_add(hit.span.end()))
                        && let Some(span) = Span::new(start, end)
                    {
                        taken = end;
                        out.push(Hit { span, ..hit });
                        break;
                    }
                    if matches!(turn, Turn::Printable(_)) {
                        break;
                    }
                }
            }
        }
    }
    true
}

/// The first secret that has a form of its own.
fn first(scanner: &Scanner, plain: &str) -> Option<Hit> {
    let mut hits = Vec::new();
    scanner.scan(plain, &mut hits);
    hits.into_iter().find(|hit| hit.certainty >= Certainty::Shaped && hit.span.start() < 8)
}

/// By which turn `text` begins with `literal`, if by any but none at all.
fn turned(text: &[u8], literal: &[u8], way: Way) -> Option<Turn> {
    let start = text.get(..literal.len())?;
    let place = literal.iter().position(u8::is_ascii_alphabetic)?;
    let (known, here) = (*literal.get(place)?, *start.get(place)?);
    let turn = match way {
        Way::Letters => Turn::Shift(letter(here)?.wrapping_add(26).wrapping_sub(letter(known)?) % 26),
        Way::Mirrored => Turn::Mirror(letter(here)?.wrapping_add(letter(known)?) % 26),
        Way::Printable => Turn::Printable(here.wrapping_add(94).wrapping_sub(known) % 94),
    };
    if matches!(turn, Turn::Shift(0) | Turn::Printable(0)) {
        return None;
    }
    start.iter().zip(literal).all(|(one, wanted)| back(*one, turn, 0) == *wanted).then_some(turn)
}

/// The character before the turn; digits so many places back.
const fn back(byte: u8, turn: Turn, digits: u8) -> u8 {
    if let Turn::Printable(by) = turn {
        return match byte {
            b'!'..=b'~' => {
                byte.wrapping_sub(b'!').wrapping_add(94).wrapping_sub(by).wrapping_rem(94).wrapping_add(b'!')
            }
            other => other,
        };
    }
    let first = match byte {
        b'a'..=b'z' => b'a',
        b'A'..=b'Z' => b'A',
        b'0'..=b'9' => {
            return byte
                .wrapping_sub(b'0')
                .wrapping_add(10)
                .wrapping_sub(digits)
                .wrapping_rem(10)
                .wrapping_add(b'0');
        }
        other => return other,
    };
    let place = byte.wrapping_sub(first);
    let plain = match turn {
        Turn::Shift(by) => place.wrapping_add(26).wrapping_sub(by) % 26,
        Turn::Mirror(sum) => sum.wrapping_add(26).wrapping_sub(place) % 26,
        Turn::Printable(_) => place,
    };
    first.wrapping_add(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&'static str> {
        let mut hits = Vec::new();
        assert!(scan(text, &mut hits));
        hits.iter().map(|hit| hit.kind().name()).collect()
    }

    fn token() -> String {
        format!("sk_li{}{}", "ve_4eC39HqLyjWD", "arjtT1zdp7dcXq")
    }

    #[test]
    fn every_shift_and_the_mirror_are_turned_back() {
        for by in 1..26 {
            let turned: String =
                token().bytes().map(|byte| char::from(back(byte, Turn::Shift(26 - by), 0))).collect();
            assert_eq!(names(&format!("memo {turned}.")), ["stripe-key"], "{by}");
        }
        let mirrored: String =
            token().bytes().map(|byte| char::from(back(byte, Turn::Mirror(25), 0))).collect();
        assert_eq!(names(&mirrored), ["stripe-key"]);
        let printable: String =
            token().bytes().map(|byte| char::from(back(byte, Turn::Printable(47), 0))).collect();
        assert_eq!(names(&printable), ["stripe-key"]);
    }

    #[test]
    fn what_stands_plainly_is_not_told_again_and_prose_has_none() {
        assert!(names(&token()).is_empty());
        assert!(
            names(
                "Thanks, see you on Tuesday; the api-key of the sk_model is in https://example.org/abc-def"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_text_full_of_beginnings_ends_early() {
        let turned: String = "ghp_".bytes().map(|byte| char::from(back(byte, Turn::Shift(5), 0))).collect();
        assert!(!scan(&turned.repeat(4000), &mut Vec::new()));
    }
}
