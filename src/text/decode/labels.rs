//! Labels of a host's name that carry something: what asks for a name tells it to whoever answers.

use super::rewrite::Edit;
use super::survey::Survey;
use super::{Decoding, Finder, radix};

/// Fewest characters of all labels together.
const SHORTEST: usize = 16;
/// Longest label (RFC 1035).
const LABEL: usize = 63;

/// The full stops between labels that belong together. What is encoded in them is handed on here.
pub(super) fn labels(survey: &Survey<'_>, finder: &mut Finder) -> Vec<Edit> {
    let long = survey.rows(|block| block.word() | block.beat, 16);
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(start) = long.next(at) {
        let rest = survey.bytes().get(start..).unwrap_or_default();
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = rest.iter().take_while(is_name).count();
        host(rest.get(..length).unwrap_or_default(), start, finder, &mut edits);
        at = start.saturating_add(length);
    }
    edits
}

fn host(name: &[u8], start: usize, finder: &mut Finder, edits: &mut Vec<Edit>) {
    if !name.contains(&b'.') {
        return;
    }
    let mut row: Vec<u8> = Vec::new();
    let (mut from, mut to, mut dots) = (0_usize, 0_usize, Vec::new());
    let mut at = start;
    for label in name.split(|byte| *byte == b'.').chain([&b""[..]]) {
        let carries = carries(label);
        if carries {
            if row.is_empty() {
                from = at;
            } else {
                dots.push(at.saturating_sub(1));
            }
            row.extend(label);
            to = at.saturating_add(label.len());
        } else {
            // The last label may be short, and have no digit.
            if !row.is_empty() && (1..LABEL).contains(&label.len()) && row.len() >= SHORTEST {
                let mut more = row.clone();
                more.extend(label);
                decode(&more, (from, at.saturating_add(label.len())), finder);
            }
            if row.len() >= SHORTEST {
                decode(&row, (from, to), finder);
                edits.extend(dots.iter().map(|dot| Edit::new(*dot, dot.saturating_add(1), None)));
            }
            row.clear();
            dots.clear();
        }
        at = at.saturating_add(label.len()).saturating_add(1);
    }
}

/// Whether a label is none of a name's words: it has digits among letters, or is long.
fn carries(label: &[u8]) -> bool {
    let digits = label.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = label.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    (6..=LABEL).contains(&label.len()) && (digits >= 2 && (letters > 0 || digits >= 10) || label.len() >= 24)
}

fn decode(row: &[u8], range: (usize, usize), finder: &mut Finder) {
    let plain: Vec<u8> = row.iter().copied().filter(|byte| *byte != b'-').collect();
    if plain.iter().all(u8::is_ascii_hexdigit)
        && let Some(bytes) = radix::hex(&plain)
        && finder.hand_on(Decoding::Hex, &bytes, range)
    {
        return;
    }
    if let Some(bytes) = radix::base32(plain.iter().copied(), finder)
        && finder.hand_on(Decoding::Base32, &bytes, range)
    {
        return;
    }
    if let Some(bytes) = super::blocks::bytes_of(row, finder) {
        finder.hand_on(Decoding::Base64, &bytes, range);
    }
}
