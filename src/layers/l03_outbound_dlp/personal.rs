//! Numbers that name a person's account with the world: payment cards, and social security numbers of the United
//! States.
//!
//! Promises: a card number with the issuer, the length and the check digit of one (ISO/IEC 7812-1) is found, in a row
//! or in groups; a social security number is found where it has its hyphens or its name before it.
//!
//! Does not promise to find other countries' numbers, names or addresses: those have to be registered.

use super::secrets::Latin;
use crate::base::{Clean, Layer, Rule, Severity, Span};

pub(super) const CARD: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/pii/card",
    Severity::High,
    "The text holds the number of a payment card",
);
pub(super) const SSN: Rule =
    Rule::new(Layer::OutboundDlp, "l3/pii/ssn", Severity::High, "The text holds a social security number");

/// Most digits of a card; a longer row is none.
const LONGEST: usize = 19;
/// How far before a number its name is looked for, in bytes.
const NEAR: usize = 40;

/// The numbers in `text`, in the order of their places. Characters that look like digits are read as those.
pub(super) fn scan(text: &str) -> Vec<(Rule, Span<Clean>)> {
    if text.is_ascii() {
        return scan_ascii(text);
    }
    let latin = Latin::of(text);
    scan_ascii(&latin.text).into_iter().map(|(rule, span)| (rule, latin.locate(span))).collect()
}

fn scan_ascii(text: &str) -> Vec<(Rule, Span<Clean>)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        let start = at.saturating_add(start);
        let row = Row::at(bytes, start);
        let rule = if !starts_apart(bytes, start) || row.digits.is_empty() {
            None
        } else if row.is_card() {
            Some(CARD)
        } else if row.is_ssn(text.get(text.floor_char_boundary(start.saturating_sub(NEAR))..start)) {
            Some(SSN)
        } else {
            None
        };
        found.extend(rule.zip(Span::new(start, row.end)));
        at = row.end.max(start.saturating_add(1));
    }
    found
}

/// Whether nothing before `start` makes the number a part of something else: of a word, an address, a fraction.
fn starts_apart(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_none_or(|byte| {
        !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'.' | b'/' | b'-' | b'+' | b'%')
    })
}

/// Digits in groups with one kind of separator between them.
struct Row {
    digits: Vec<u8>,
    groups: Vec<usize>,
    separator: Option<u8>,
    end: usize,
}

impl Row {
    /// The row that begins at `start`; without digits where it is longer than any number, or part of a word.
    fn at(bytes: &[u8], start: usize) -> Self {
        let mut row = Self { digits: Vec::new(), groups: Vec::new(), separator: None, end: start };
        loop {
            let rest = bytes.get(row.end..).unwrap_or_default();
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let group = rest.get(..length).unwrap_or_default();
            row.digits
                .extend(group.iter().take(LONGEST.saturating_add(1)).map(|byte| byte.wrapping_sub(b'0')));
            row.groups.push(length);
            row.end = row.end.saturating_add(length);
            let behind = rest.get(length..).unwrap_or_default();
            let is_separator =
                |byte: &&u8| matches!(**byte, b' ' | b'-') && row.separator.is_none_or(|one| one == **byte);
            match (behind.first().filter(is_separator), behind.get(1)) {
                (Some(byte), Some(next)) if next.is_ascii_digit() && row.digits.len() <= LONGEST => {
                    row.separator = Some(*byte);
                    row.end = row.end.saturating_add(1);
                }
                _ => {
                    let is_part =
                        behind.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                    if is_part || row.digits.len() > LONGEST {
                        row.digits.clear();
                    }
                    return row;
                }
            }
        }
    }

    fn is_card(&self) -> bool {
        let number = |digits: usize| {
            self.digits
                .iter()
                .take(digits)
                .fold(0_u32, |number, digit| number.saturating_mul(10).saturating_add(u32::from(*digit)))
        };
        let issued = match self.digits.len() {
            15 => matches!(number(2), 34 | 37),
            16 => {
                matches!(number(1), 4)
                    || matches!(number(2), 51..=55 | 65)
                    || matches!(number(4), 2221..=2720 | 6011 | 3528..=3589)
                    || matches!(number(3), 644..=649)
            }
            14 => matches!(number(2), 36 | 38) || matches!(number(3), 300..=305),
            _ => false,
        };
        let grouped = matches!(*self.groups, [_] | [4, 4, 4, 4] | [4, 6, 5 | 4]);
        let differ = self.digits.windows(2).any(|two| two.first() != two.last());
        issued && grouped && differ && self.has_check_digit()
    }

    /// The Luhn algorithm (ISO/IEC 7812-1, annex B).
    fn has_check_digit(&self) -> bool {
        let sum = self.digits.iter().rev().enumerate().fold(0_u32, |sum, (at, digit)| {
            let digit = u32::from(*digit);
            let twice = digit.saturating_mul(2);
            let value = match at % 2 {
                0 => digit,
                _ if twice > 9 => twice.saturating_sub(9),
                _ => twice,
            };
            sum.saturating_add(value)
        });
        sum % 10 == 0
    }

    /// Area, group and serial number as they are given out, in groups with hyphens; or in any writing behind the name.
    fn is_ssn(&self, before: Option<&str>) -> bool {
        let ([area @ .., _, _, _, _, _, _], 9) = (&*self.digits, self.digits.len()) else { return false };
        let is_zero =
            |digits: Option<&[u8]>| digits.is_none_or(|digits| digits.iter().all(|digit| *digit == 0));
        let is_issued = !matches!(area, [0, 0, 0] | [6, 6, 6] | [9, ..])
            && !is_zero(self.digits.get(3..5))
            && !is_zero(self.digits.get(5..));
        let is_grouped = *self.groups == [3, 2, 4];
        let is_named = || {
            let before = before.unwrap_or_default().to_ascii_lowercase();
            before.contains("ssn") || before.contains("social security")
        };
        is_issued
            && (is_grouped && self.separator == Some(b'-')
                || (is_grouped || self.groups.len() == 1) && is_named())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<&'static str> {
        scan(text).iter().map(|(rule, _)| rule.id).collect()
    }

    #[test]
    fn cards_are_found_in_a_row_and_in_groups() {
        for text in [
            "4111 1111 1111 1111",
            "card 5555555555554444, thanks",
            "(3782-822463-10005)",
            "4111-1111-1111-1111",
        ] {
            assert_eq!(rules(text), ["l3/pii/card"], "{text}");
        }
    }

    #[test]
    fn other_numbers_are_no_cards() {
        for text in [
            "4111 1111 1111 1112",
            "4444444444444444",
            "411111111111111",
            "41111111111111110000",
            "id_4111111111111111",
            "https://x.example/4111111111111111",
            "41 11 11 11 11 11 11 11",
            "2025-03-14 09:26:53, +49 30 901820, 1200 1300 1400",
        ] {
            assert!(rules(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn social_security_numbers_need_their_hyphens_or_their_name() {
        for text in
            ["SSN 457555462", "ssn: 457 55 5462", "457-55-5462", "Social Security number 457-55-5462."]
        {
            assert_eq!(rules(text), ["l3/pii/ssn"], "{text}");
        }
        for text in [
            "457555462",
            "457 55 5462",
            "666-12-3456",
            "900-12-3456",
            "457-00-5462",
            "1457-55-5462",
            "457-55-54621",
        ] {
            assert!(rules(text).is_empty(), "{text}");
        }
    }
}
