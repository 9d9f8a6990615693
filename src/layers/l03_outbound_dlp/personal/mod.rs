//! What names a person: numbers that states, banks and makers give out, and how to reach somebody.
//!
//! Promises: a number of the catalogue is found where its check digits or its writing are proof enough, or where its
//! name stands before it, in any of the usual groupings; so are addresses of mail, telephone numbers, dates of birth,
//! postal and network addresses behind their names. Time is linear in the text's length.
//!
//! Does not promise names of persons, nor numbers that have neither check digit nor name: those have to be
//! registered.

mod checks;
mod contact;
mod kind;
mod table;

use std::sync::OnceLock;

use super::secrets::Latin;
use crate::base::{Clean, Span};

pub use kind::{PersonalGroup, PersonalType, TYPES};
use table::{Alone, NAMED, NUMBERS};

/// Longest number, in characters without separators.
const LONGEST: usize = 34;
/// Longest number with its separators, in bytes.
const REACH: usize = 48;
/// How far before a number its name is looked for, in bytes.
const NEAR: usize = 56;

/// Something that names a person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) kind: &'static PersonalType,
    pub(super) span: Span<Clean>,
    /// Whether its name stands before it, or its check is proof enough. What is neither is only told where the policy
    /// speaks of the type.
    pub(super) is_sure: bool,
}

/// What is in `text`, in the order of places. Characters that look like letters and digits of ASCII are read as those.
/// With `named_only`, only what has its name before it: in a text that was put together or turned round, numbers that
/// nobody wrote pass the checks.
pub(super) fn scan(text: &str, named_only: bool) -> Vec<Found> {
    if !text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'@' || byte >= 0x80) {
        return Vec::new();
    }
    if text.is_ascii() {
        return scan_latin(text, named_only);
    }
    let latin = Latin::of(text);
    let mut found = scan_latin(&latin.text, named_only);
    for one in &mut found {
        one.span = latin.locate(one.span);
    }
    found
}

fn scan_latin(text: &str, named_only: bool) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while let Some(start) = next_start(bytes, at) {
        let one = match bytes.get(start) {
            Some(b'@') => contact::mail(text, start),
            Some(b'+') => contact::phone(text, start),
            _ => number_at(text, start).or_else(|| contact::spoken(text, start)),
        };
        let one = one.filter(|one| {
            let is_free = found.last().is_none_or(|last| last.span.end() <= one.span.start());
            is_free && (one.is_named || !named_only)
        });
        at = match one {
            Some(one) => {
                found.push(Found { kind: one.kind, span: one.span, is_sure: one.is_sure });
                one.span.end().max(start.saturating_add(1))
            }
            None => skip_token(bytes, start),
        };
    }
    found
}

/// What was found at one place.
struct One {
    kind: &'static PersonalType,
    span: Span<Clean>,
    is_sure: bool,
    is_named: bool,
}

/// The next place where something may begin: a token that has a digit in it or right behind it, `@`, or `+`.
fn next_start(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        let step = rest.iter().position(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b'+'))?;
        let hit = at.saturating_add(step);
        let byte = bytes.get(hit)?;
        if !byte.is_ascii_digit() {
            let followed = bytes.get(hit.saturating_add(1)).is_some_and(|next| {
                if *byte == b'+' {
                    next.is_ascii_digit() || *next == b'('
                } else {
                    next.is_ascii_alphanumeric()
                }
            });
            if followed && (*byte == b'@' || starts_apart(bytes, hit)) {
                return Some(hit);
            }
            at = hit.saturating_add(1);
            continue;
        }
        // Letters before the digit belong to the number: `NL91…`, `AB 12 34 …`.
        let head = bytes.get(from..hit).unwrap_or_default();
        let letters = head.iter().rev().take(REACH).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let mut start = hit.saturating_sub(letters);
        if letters == 0 {
            let apart = head.iter().rev().take_while(|byte| matches!(byte, b' ' | b'-')).count();
            let before = head.get(..head.len().saturating_sub(apart)).unwrap_or_default();
            let capitals = before.iter().rev().take(7).take_while(|byte| byte.is_ascii_uppercase()).count();
            let fresh = before.len().checked_sub(capitals.saturating_add(1)).and_then(|at| before.get(at));
            if apart == 1
                && matches!(capitals, 1 | 2)
                && fresh.is_none_or(|byte| !byte.is_ascii_alphanumeric())
            {
                let with_letters = hit.saturating_sub(1).saturating_sub(capitals);
                if starts_apart(bytes, with_letters) {
                    start = with_letters;
                }
            }
        }
        if starts_apart(bytes, start) {
            return Some(start);
        }
        at = skip_token(bytes, hit);
    }
}

/// Behind the letters and digits at `at`.
fn skip_token(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at.saturating_add(rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count().max(1))
}

/// Whether nothing before `start` makes the number a part of something else: of a word, an address, a fraction.
fn starts_apart(bytes: &[u8], start: usize) -> bool {
    match bytes.get(..start) {
        // An escape is no letter.
        Some([.., b'\\', b'n' | b'r' | b't'] | []) | None => true,
        Some([.., last]) => {
            !last.is_ascii_alphanumeric()
                && !matches!(last, b'_' | b'.' | b'/' | b'-' | b'+' | b'%' | b'$' | b'#')
        }
    }
}

/// A number without its separators, and where its groups end.
struct Row {
    /// In capitals.
    plain: [u8; LONGEST],
    len: usize,
    /// After how many characters a group ends, the separator behind it, and its end in the text.
    ends: [(usize, u8, usize); 12],
    groups: usize,
    /// How many characters stand before the first small letter.
    capitals: usize,
}

impl Row {
    fn at(bytes: &[u8], start: usize) -> Self {
        let mut row =
            Self { plain: [0; LONGEST], len: 0, ends: [(0, 0, 0); 12], groups: 0, capitals: LONGEST };
        let reach = bytes.get(start..).unwrap_or_default();
        let mut inside = reach.iter().take(REACH.saturating_add(1)).enumerate().peekable();
        while let Some((offset, byte)) = inside.next() {
            let next = inside.peek().map(|(_, next)| **next);
            let Some(slot) = row.plain.get_mut(row.len).filter(|_| byte.is_ascii_alphanumeric()) else {
                break;
            };
            *slot = byte.to_ascii_uppercase();
            if byte.is_ascii_lowercase() {
                row.capitals = row.capitals.min(row.len);
            }
            row.len = row.len.saturating_add(1);
            if next.is_some_and(|next| next.is_ascii_alphanumeric()) {
                continue;
            }
            let end = start.saturating_add(offset).saturating_add(1);
            let separator = next.unwrap_or(0);
            let Some(slot) = row.ends.get_mut(row.groups) else { break };
            *slot = (row.len, separator, end);
            row.groups = row.groups.saturating_add(1);
            let behind = bytes.get(end.saturating_add(1));
            if !matches!(separator, b' ' | b'-' | b'.' | b'/' | b'+')
                || !behind.is_some_and(u8::is_ascii_alphanumeric)
            {
                break;
            }
            inside.next();
        }
        row
    }

    /// The groups that together have `length` characters: their lengths, the separators between them, the end.
    fn groups(&self, length: usize) -> Option<(Vec<usize>, Vec<u8>, usize)> {
        let count = self.ends.iter().take(self.groups).position(|(upto, ..)| *upto == length)?;
        let ends = self.ends.get(..=count)?;
        let mut before = 0;
        let lengths = ends.iter().map(|(upto, ..)| {
            let length = upto.saturating_sub(before);
            before = *upto;
            length
        });
        let lengths = lengths.collect();
        let separators = ends.iter().take(count).map(|(_, separator, _)| *separator).collect();
        Some((lengths, separators, ends.last()?.2))
    }
}

/// The rows of the catalogue by the length of the number.
fn by_length() -> &'static [Vec<(usize, &'static str)>; LONGEST + 1] {
    static TABLE: OnceLock<[Vec<(usize, &'static str)>; LONGEST + 1]> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = [const { Vec::new() }; LONGEST + 1];
        for (number, row) in NUMBERS.iter().enumerate() {
            for shape in row.shapes {
                if let Some(rows) = table.get_mut(shape.len()) {
                    rows.push((number, *shape));
                }
            }
        }
        table
    })
}

/// The number that begins at `start`.
fn number_at(text: &str, start: usize) -> Option<One> {
    let bytes = text.as_bytes();
    let row = Row::at(bytes, start);
    let plain = row.plain.get(..row.len)?;
    if plain.iter().filter(|byte| byte.is_ascii_digit()).count() < 4 {
        return None;
    }
    let mut context = Context::new(text, start);
    let one = |kind, end, is_named| {
        let span = Span::new(start, end)?;
        Some(One { kind, span, is_sure: true, is_named })
    };
    if let Some(length) = checks::iban_length(plain)
        && let Some((groups, _, end)) = row.groups(length)
        && plain.get(..length).is_some_and(checks::iban)
        && (groups.len() == 1 || groups.first() == Some(&4) || groups.first() == Some(&2))
    {
        return one(&kind::IBAN, end, context.has(&["iban"]));
    }
    let mut alone = None;
    for (length, _, _) in row.ends.iter().take(row.groups).rev() {
        let Some((groups, separators, end)) = row.groups(*length) else { continue };
        let Some(number) = plain.get(..*length) else { continue };
        if bytes.get(end).is_some_and(|byte| *byte == b'_') {
            continue;
        }
        if (13..=19).contains(length) && number.iter().all(u8::is_ascii_digit) && checks::card(number) {
            let grouped = matches!(*groups, [4, 4, 4, 4] | [4, 6, 5 | 4] | [4, 4, 4, 4, 3]);
            let is_named = context.has(&[
                "card",
                "visa",
                "mastercard",
                "amex",
                "credit",
                "debit",
                "kreditkarte",
                "carte",
                "tarjeta",
                "cc",
                "pan",
            ]);
            let other = [
                "order",
                "tracking",
                "parcel",
                "invoice",
                "batch",
                "reference",
                "ticket",
                "shipment",
                "imei",
                "serial",
            ];
            let usual = matches!(length, 14..=16) && (grouped || (groups.len() == 1 && !context.has(&other)));
            if is_named || usual {
                return one(&kind::CARD, end, is_named);
            }
        }
        for (index, shape) in by_length().get(*length).into_iter().flatten() {
            let Some(row_of) = NUMBERS.get(*index) else { continue };
            let fits = shape.bytes().zip(number).all(|(shape, byte)| table::fits(shape, *byte));
            if !fits || !(row_of.check)(number) {
                continue;
            }
            if groups.len() <= 6 && context.has(row_of.words) {
                return one(row_of.kind, end, true);
            }
            let stands_alone = row.capitals >= *length
                && match row_of.alone {
                    Alone::Never => false,
                    Alone::Always => groups.len() <= 4 && separators.iter().all(|byte| *byte != b'/'),
                    Alone::Written(ways) => ways
                        .iter()
                        .any(|(lengths, between)| groups == *lengths && separators == between.as_bytes()),
                };
            if stands_alone && alone.is_none() {
                alone = Some((row_of.kind, end));
            }
        }
    }
    for (length, _, _) in row.ends.iter().take(row.groups).rev() {
        let Some((groups, separators, end)) = row.groups(*length) else { continue };
        let Some(number) = plain.get(..*length) else { continue };
        let spaced = separators.contains(&b' ');
        for named in NAMED {
            let fits = (named.least..=named.most).contains(length)
                && groups.len() <= 5
                && (!named.digits_only || number.iter().all(u8::is_ascii_digit))
                && number.iter().filter(|byte| byte.is_ascii_digit()).count()
                    >= named.least.min(5).min(if named.most == 9 { 2 } else { 5 })
                && !(spaced && number.iter().any(u8::is_ascii_alphabetic) && row.capitals < *length);
            if fits && context.is_right_before(named.words) {
                return one(named.kind, end, true);
            }
        }
    }
    let (kind, end) = alone?;
    one(kind, end, false)
}

/// What stands before something, made plain on demand: small letters and digits, one blank between words.
pub(super) struct Context<'t> {
    text: &'t str,
    start: usize,
    plain: Option<String>,
}

impl<'t> Context<'t> {
    pub(super) const fn new(text: &'t str, start: usize) -> Self {
        Self { text, start, plain: None }
    }

    fn plain(&mut self) -> &str {
        let (text, start) = (self.text, self.start);
        self.plain.get_or_insert_with(|| {
            let from = text.floor_char_boundary(start.saturating_sub(NEAR));
            let before = text.get(from..start).unwrap_or_default();
            // Tables of numbers have no words.
            if !before.bytes().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()) {
                return String::new();
            }
            let mut plain = String::with_capacity(NEAR.saturating_add(2));
            plain.push(' ');
            let mut was_small = false;
            for c in before.chars() {
                if c.is_ascii_alphanumeric() {
                    // `homeAddress` is two words.
                    if c.is_ascii_uppercase() && was_small {
                        plain.push(' ');
                    }
                    was_small = c.is_ascii_lowercase();
                    plain.push(c.to_ascii_lowercase());
                } else if c.is_alphanumeric() {
                    was_small = false;
                    plain.extend(c.to_lowercase());
                } else {
                    was_small = false;
                    if !plain.ends_with(' ') {
                        plain.push(' ');
                    }
                }
            }
            if !plain.ends_with(' ') {
                plain.push(' ');
            }
            plain
        })
    }

    /// Whether one of these words, whole, is near.
    pub(super) fn has(&mut self, words: &[&str]) -> bool {
        let plain = self.plain();
        !plain.is_empty()
            && words.iter().any(|word| {
                plain.match_indices(word).any(|(at, _)| {
                    let edge = |c: Option<char>| c.is_none_or(|c| c == ' ' || !c.is_ascii());
                    let before = plain.get(..at).and_then(|text| text.chars().next_back());
                    let after =
                        plain.get(at.saturating_add(word.len())..).and_then(|text| text.chars().next());
                    let long = word.len() >= 6;
                    edge(before) && (edge(after) || long) || !word.is_ascii()
                })
            })
    }

    /// Whether one of these words stands right before, but for small words and *value*.
    pub(super) fn is_right_before(&mut self, words: &[&str]) -> bool {
        const SMALL: [&str; 22] = [
            " is", " was", " no", " nr", " number", " num", " value", " val", " id", " of", " the", " a",
            " as", " at", " to", " ist", " es", " est", " on", " ending", " data", " field",
        ];
        let mut plain = self.plain().trim_end();
        for _ in 0..4 {
            if plain.is_empty() {
                return false;
            }
            if words.iter().any(|word| {
                plain
                    .strip_suffix(word)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with(' ') || !word.is_ascii())
            }) {
                return true;
            }
            match SMALL.iter().find_map(|small| plain.strip_suffix(small)) {
                Some(rest) => plain = rest,
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
