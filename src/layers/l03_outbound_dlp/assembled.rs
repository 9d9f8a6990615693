//! What a text holds in parts: at the beginnings of its lines and words, in numbered pieces, in the members of a JSON
//! document, in the strings and queries of code and addresses, with a sign between each two characters.
//!
//! Each assembly is one more string to look into. They are made of the text once and are no longer than it.

use crate::base::{JsonPointer, Limits};
use crate::text::json::Json;

/// Fewest characters of an assembly that can hold a secret.
const FEWEST: usize = 12;
/// Longest text that is put together in these ways, in bytes.
// SECURITY: beyond this the parts would have to be spread over more text than anybody reads; each way is linear, so
// the cap only keeps the constant small.
const LONGEST: usize = 1 << 18;

/// An assembly, and whether only what was registered is looked for in it.
pub(super) struct Assembled {
    pub(super) text: String,
    pub(super) registered_only: bool,
    /// Whether nobody writes so who hides nothing.
    pub(super) hides: bool,
}

/// Everything that `text` may hold in parts. `any_words`: beginnings of words too, which only tell registered values.
pub(super) fn assembled(text: &str, any_words: bool) -> Vec<Assembled> {
    let mut all = Vec::new();
    if text.len() > LONGEST || text.len() < FEWEST {
        return all;
    }
    let mut add = |text: String, registered_only: bool| {
        if text.len() >= FEWEST {
            all.push(Assembled { text, registered_only, hides: false });
        }
    };
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    if lines.saturating_add(1) >= FEWEST {
        add(initials(text.lines().map(str::trim_start)), false);
        add(finals(text.lines().map(str::trim_end)), false);
    }
    if any_words {
        add(initials(text.split_whitespace()), true);
        add(initials(text.split(['.', '!', '?', ';']).map(str::trim_start)), true);
    }
    add(numbered(text), false);
    add(members(text), false);
    if text.bytes().filter(|byte| matches!(byte, b'"' | b'\'' | b'`')).count() >= 4 {
        add(strings(text), false);
    }
    if text.contains('=') && text.contains('&') {
        add(queries(text), false);
    }
    let sifted = sifted(text);
    if sifted.len() >= FEWEST {
        all.push(Assembled { text: sifted, registered_only: false, hides: true });
    }
    all
}

fn initials<'t>(parts: impl Iterator<Item = &'t str>) -> String {
    parts.filter_map(|part| part.chars().next()).collect()
}

/// The last letter of each line, and what stands before a full stop there.
fn finals<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    lines.filter_map(|line| line.trim_end_matches(['.', ',', ';', ' ']).chars().next_back()).collect()
}

/// `part 2/4: …`, `[3] …`, `2. …`: the pieces in the order of their numbers.
fn numbered(text: &str) -> String {
    let mut pieces: Vec<(u32, &str)> = text.lines().filter_map(piece).collect();
    if pieces.len() < 2 {
        // All on one line, with commas or semicolons between.
        pieces = text.split([',', ';', '|']).filter_map(piece).collect();
    }
    if pieces.len() < 2 {
        return String::new();
    }
    pieces.sort_by_key(|(number, _)| *number);
    pieces.into_iter().map(|(_, piece)| piece).collect()
}

/// A number among at most three short words, and one token behind it.
fn piece(line: &str) -> Option<(u32, &str)> {
    let line = line.trim();
    let digit = line.find(|c: char| c.is_ascii_digit()).filter(|at| *at <= 24)?;
    let before = line.get(..digit)?;
    if before.split_whitespace().count() > 3
        || before.contains(['"', '{', '=']) && !before.starts_with(['"', '{'])
    {
        return None;
    }
    let rest = line.get(digit..)?;
    let length = rest.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let number = rest.get(..length)?.parse().ok().filter(|number| *number <= 999)?;
    let mut rest = rest.get(length..)?;
    // `/4`, ` of 4`.
    for word in ["/", " of ", " / ", "-of-", "of"] {
        if let Some(total) = rest.strip_prefix(word) {
            rest = total.trim_start_matches(|c: char| c.is_ascii_digit());
            break;
        }
    }
    let gap = rest
        .trim_start_matches([' ', '\t', ':', '.', ')', ']', '-', '=', '>', '"', '\'', '#', ',', '`', '|']);
    if gap.len() == rest.len() {
        return None;
    }
    let token = gap.trim_end_matches(['"', '\'', ',', ';', '`', '.', '}', ']', ' ']);
    (!token.is_empty() && token.len() <= 512 && !token.contains(char::is_whitespace))
        .then_some((number, token))
}

/// The texts in a JSON document in their order, and in the order of their keys.
fn members(text: &str) -> String {
    if !text.trim_start().starts_with(['{', '[']) {
        return String::new();
    }
    let Ok(value) = Json::parse(text.trim(), &Limits::default()) else { return String::new() };
    let leaf = |(pointer, leaf): (JsonPointer, &Json)| {
        let key = pointer.steps().last().unwrap_or_default();
        match leaf.as_str() {
            Some(text) if text.is_empty() || text.contains(char::is_whitespace) => None,
            Some(text) => Some((key, text.to_owned())),
            None => Some((key, leaf.to_canonical())),
        }
    };
    let mut leaves: Vec<(String, String)> = value.leaves().filter_map(leaf).collect();
    if leaves.len() < 2 {
        return String::new();
    }
    let in_order: String = leaves.iter().map(|(_, text)| text.as_str()).collect();
    leaves.sort_by_key(|(key, _)| natural(key));
    let by_key: String = leaves.iter().map(|(_, text)| text.as_str()).collect();
    if by_key == in_order { in_order } else { format!("{in_order} {by_key}") }
}

/// A key with its number apart, so that `p10` comes behind `p2`.
fn natural(key: &str) -> (String, u64) {
    let digits = key.bytes().rev().take(9).take_while(u8::is_ascii_digit).count();
    let (name, number) = key.split_at_checked(key.len().saturating_sub(digits)).unwrap_or((key, ""));
    (name.to_owned(), number.parse().unwrap_or(0))
}

/// The strings of code, one behind the other.
fn strings(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let Some(quote) = rest.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let Some(inside) = rest.get(at.saturating_add(1)..) else { break };
        let Some(end) =
            inside.find(quote).filter(|end| inside.get(..*end).is_some_and(|text| !text.contains('\n')))
        else {
            rest = inside;
            continue;
        };
        if let Some(text) = inside.get(..end)
            && text.len() <= 256
            && !text.contains(char::is_whitespace)
        {
            out.push_str(text);
        }
        rest = inside.get(end.saturating_add(1)..).unwrap_or_default();
    }
    out
}

/// The values of a query, one behind the other.
fn queries(text: &str) -> String {
    let mut out = String::new();
    for part in text.split(['&', '?']) {
        if let Some((name, value)) = part.split_once('=')
            && name.len() <= 32
            && !name.contains(char::is_whitespace)
        {
            let end = value
                .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '<' | '>'))
                .unwrap_or(value.len());
            out.push_str(value.get(..end).unwrap_or_default());
            if end < value.len() {
                out.push(' ');
            }
        }
    }
    out
}

/// Characters with one of a few signs between each two: `g|h~p`.
fn sifted(text: &str) -> String {
    const SIGNS: &[u8] = b"|~^*#!;:,'`$%&<>\\\"@";
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut at = 0;
    while at < bytes.len() {
        let is_pair = |at: usize| {
            matches!((bytes.get(at), bytes.get(at.saturating_add(1))), (Some(one), Some(sign))
                if (one.is_ascii_alphanumeric() || matches!(one, b'_' | b'-' | b'+' | b'/' | b'.' | b'=')) && SIGNS.contains(sign))
        };
        let mut end = at;
        while is_pair(end) {
            end = end.saturating_add(2);
        }
        if end.saturating_sub(at) >= FEWEST.saturating_mul(2) {
            out.extend(
                bytes.get(at..end).unwrap_or_default().iter().step_by(2).map(|byte| char::from(*byte)),
            );
            if let Some(last) = bytes.get(end).filter(|byte| byte.is_ascii_alphanumeric()) {
                out.push(char::from(*last));
            }
            out.push(' ');
        }
        at = end.max(at.saturating_add(1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, wanted: &str) -> bool {
        assembled(text, true).iter().any(|one| one.text.contains(wanted))
    }

    #[test]
    fn parts_are_put_together() {
        let lines: String = "blueheron42kestrel"
            .chars()
            .map(|c| format!("{c}-item of the list\n"))
            .collect::<Vec<_>>()
            .concat();
        assert!(holds(&lines, "blueheron42kestrel"));
        for text in [
            "part 2/3: heron42\npart 3/3: kestrel\npart 1/3: blue",
            r#"{"c2": "heron42", "c10": "kestrel", "c1": "blue"}"#,
            r#"k = "blue"; k += "heron42"; k += 'kestrel'"#,
            "https://x.example/p?a=blue&b=heron42&c=kestrel",
            "v = b|l~u|e^h~e|r~o|n^4|2~k|e~s^t|r~e|l~",
        ] {
            assert!(holds(text, "blueheron42kestrel"), "{text}");
        }
    }

    #[test]
    fn an_ordinary_text_has_few_assemblies() {
        assert!(assembled("Thanks, see you on Tuesday at the mill.", false).is_empty());
    }
}
