//! Recovery phrases of wallets (BIP 39): words of one list of 2,048, the last of which carries a checksum.
//!
//! A phrase is 12, 15, 18, 21 or 24 words with nothing but blanks, commas and numbers between. Words that follow each
//! other by chance pass the checksum in one of 16 to 256 runs, so a run of another length is one only behind a name.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::{Certainty, Hit, SecretType};
use crate::base::Span;

/// The English list of BIP 39; the SHA-256 of its words, a line each, is `2f5eed53…4dbda`.
const WORDS: &str = include_str!("bip39.txt");
const LENGTHS: [usize; 5] = [24, 21, 18, 15, 12];
/// How far before a phrase its name is looked for, in bytes.
const NEAR: usize = 96;

struct List {
    /// The first four letters tell a word.
    sieve: Vec<u64>,
    numbers: HashMap<&'static str, u16>,
}

fn list() -> &'static List {
    static LIST: OnceLock<List> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut list = List { sieve: vec![0; 1024], numbers: HashMap::with_capacity(2048) };
        for (number, word) in (0..).zip(WORDS.split_ascii_whitespace()) {
            if let Some(bits) = list.sieve.get_mut(slot(word.as_bytes())) {
                *bits |= bit(word.as_bytes());
            }
            list.numbers.insert(word, number);
        }
        list
    })
}

fn hash(word: &[u8]) -> u32 {
    let head = word.iter().take(4).fold(0_u32, |hash, byte| hash << 5 ^ u32::from(byte & 31));
    head.wrapping_mul(0x9E37_79B1) >> 16
}

fn slot(word: &[u8]) -> usize {
    hash(word) as usize / 64
}

fn bit(word: &[u8]) -> u64 {
    1_u64.wrapping_shl(hash(word) & 63)
}

/// Adds the recovery phrases in `text`.
pub(super) fn scan(text: &str, kind: &'static SecretType, out: &mut Vec<Hit>) {
    let list = list();
    let bytes = text.as_bytes();
    let mut run: Vec<(u16, Range<usize>)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if length == 0 {
            let gap = rest.iter().take_while(|byte| !byte.is_ascii_alphabetic()).count();
            let between = rest.get(..gap).unwrap_or_default();
            let divides = |byte: &u8| {
                byte.is_ascii_whitespace()
                    || byte.is_ascii_digit()
                    || matches!(
                        byte,
                        b',' | b'.'
                            | b')'
                            | b'"'
                            | b'\''
                            | b'-'
                            | b'|'
                            | b':'
                            | b'['
                            | b']'
                            | b'('
                            | b'*'
                            | b'_'
                            | b';'
                            | b'+'
                    )
            };
            // A full stop behind a word ends a sentence; behind a number it counts.
            let ends = between.first() == Some(&b'.') && between.get(1) == Some(&b' ');
            if gap > 12 || !between.iter().all(divides) || ends {
                judge(text, &run, list, kind, out);
                run.clear();
            }
            at = at.saturating_add(gap);
            continue;
        }
        let word = rest.get(..length).unwrap_or_default();
        let number = ((3..=8).contains(&length)
            && list.sieve.get(slot(word)).is_some_and(|bits| bits & bit(word) != 0))
        .then(|| {
            let word = text.get(at..at.saturating_add(length))?;
            let small = if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
                return list.numbers.get(word).copied();
            } else {
                word.to_ascii_lowercase()
            };
            list.numbers.get(small.as_str()).copied()
        })
        .flatten();
        if let Some(number) = number {
            run.push((number, at..at.saturating_add(length)));
        } else {
            judge(text, &run, list, kind, out);
            run.clear();
        }
        at = at.saturating_add(length);
    }
    judge(text, &run, list, kind, out);
}

fn judge(
    text: &str,
    run: &[(u16, Range<usize>)],
    list: &List,
    kind: &'static SecretType,
    out: &mut Vec<Hit>,
) {
    if run.len() < 12 || list.numbers.is_empty() {
        return;
    }
    let found = |part: &[(u16, Range<usize>)], certainty| {
        let span = Span::new(part.first()?.1.start, part.last()?.1.end)?;
        Some(Hit { kind, span, certainty })
    };
    if LENGTHS.contains(&run.len()) && holds(run) {
        out.extend(found(run, Certainty::Proven));
        return;
    }
    // Its name may begin the run: `seed phrase: …` is of the list too.
    let start = run.get(2).map_or(0, |(_, range)| range.end);
    let before = text
        .get(text.floor_char_boundary(start.saturating_sub(NEAR))..start)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let named = ["seed", "mnemonic", "recovery", "phrase", "wallet", "bip39", "bip-39"]
        .iter()
        .any(|word| before.contains(word));
    if !named {
        return;
    }
    // The name's own words, and words behind the phrase, may be of the list too.
    for length in LENGTHS {
        if let Some(part) = run.windows(length).find(|part| holds(part)) {
            out.extend(found(part, Certainty::Proven));
            return;
        }
    }
    if run.len() <= 26 {
        out.extend(found(run, Certainty::Named));
    }
}

/// Whether the checksum of these words holds: the first bits of the SHA-256 of the others.
fn holds(words: &[(u16, Range<usize>)]) -> bool {
    let bits = words.len().saturating_mul(11);
    let sum = bits / 33;
    let entropy = bits.saturating_sub(sum) / 8;
    let mut bytes = vec![0_u8; entropy.saturating_add(1)];
    let all = words.iter().flat_map(|(number, _)| (0..11).rev().map(move |bit| number >> bit & 1));
    for (at, bit) in all.enumerate() {
        if bit == 1
            && let Some(byte) = bytes.get_mut(at / 8)
        {
            *byte |= 0x80 >> (at % 8);
        }
    }
    let Some((last, data)) = bytes.split_last() else { return false };
    let wanted = Sha256::digest(data).first().copied().unwrap_or(0);
    let shift = 8_usize.saturating_sub(sum);
    last >> shift == wanted >> shift
}

#[cfg(test)]
mod tests {
    use super::super::TYPES;
    use super::*;

    fn found(text: &str) -> Vec<Certainty> {
        let kind = TYPES.iter().find(|kind| kind.name() == "seed-phrase").unwrap();
        let mut hits = Vec::new();
        scan(text, kind, &mut hits);
        hits.iter().map(|hit| hit.certainty).collect()
    }

    /// Made of zeros only, as the standard's own first test vector.
    fn phrase() -> String {
        format!("{}about", "abandon ".repeat(11))
    }

    #[test]
    fn the_list_is_the_standard_s() {
        let lines: String =
            WORDS.split_ascii_whitespace().map(|word| format!("{word}\n")).collect::<Vec<_>>().concat();
        let sum: String = Sha256::digest(lines)
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat();
        assert_eq!(sum, "2f5eed53");
    }

    #[test]
    fn a_phrase_is_found_in_a_row_numbered_and_in_lines() {
        let numbered: String = phrase()
            .split(' ')
            .enumerate()
            .map(|(at, word)| format!("{}. {word}\n", at + 1))
            .collect::<Vec<_>>()
            .concat();
        for text in [phrase(), phrase().replace(' ', ", "), phrase().replace(' ', "\n"), numbered] {
            assert_eq!(found(&format!("Hi,\n\n{text}\n")), [Certainty::Proven], "{text}");
        }
    }

    #[test]
    fn words_of_the_list_without_its_checksum_need_a_name() {
        let words = "abandon ".repeat(12);
        assert!(found(&words).is_empty());
        assert_eq!(found(&format!("the seed phrase: {words}")), [Certainty::Named]);
        assert!(found("The cat sat on the mat and the dog lay in the sun all day").is_empty());
    }
}
