//! A secret access key without its id: forty characters and nothing beside them.
//!
//! No digest is thirty bytes long, and identifiers and paths of that length are made of words: forty letters of base64
//! in no order, alone, are a key wherever they stand. What is a line of a longer block, or text in base64, is none.

use super::alphabet::{ALNUM, BASE64};
use super::checks;
use super::{Certainty, Hit, SecretType};
use crate::base::Span;

/// Characters of a key.
const LENGTH: usize = 40;

/// Adds what looks like a secret access key to `out`.
pub(super) fn scan(text: &str, kind: &'static SecretType, out: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let mut at = 0_usize;
    // What ends so soon that it is no key is passed over by looking at where a key would end.
    while let Some(window) = bytes.get(at..at.saturating_add(LENGTH)) {
        if let Some(sign) = window.iter().rposition(|byte| !BASE64.has(*byte)) {
            at = at.saturating_add(sign).saturating_add(1);
            continue;
        }
        let end = at.saturating_add(LENGTH);
        let more = BASE64.prefix(bytes.get(end..).unwrap_or_default(), usize::MAX);
        if more == 0
            && let Some((before, token)) = text.get(..end).and_then(|text| text.split_at_checked(at))
            && let (Some(after), Some(span)) = (text.get(end..), Span::new(at, end))
            && !after.starts_with(['=', '_', '-', '.'])
            && !before.ends_with(['_', '-', '.'])
            && is_key(token)
            && !is_in_block(before, after)
        {
            out.push(Hit { kind, span, certainty: Certainty::Named });
        }
        at = end.saturating_add(more);
    }
}

/// Whether a text is a key and nothing else.
pub(super) fn is_whole(text: &str) -> bool {
    text.len() == LENGTH && BASE64.prefix(text.as_bytes(), LENGTH) == LENGTH && is_key(text)
}

/// Adds what is as long as a key and whose case was lost: spelled aloud, or sent in morse.
pub(super) fn scan_caseless(text: &str, kind: &'static SecretType, out: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let mut at = 0_usize;
    for token in bytes.split(|byte| !BASE64.has(*byte)) {
        let end = at.saturating_add(token.len());
        let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
        if token.len() == LENGTH
            && (2..=LENGTH / 2).contains(&digits)
            && !token.iter().all(u8::is_ascii_hexdigit)
            && let Some(span) = Span::new(at, end)
        {
            out.push(Hit { kind, span, certainty: Certainty::Named });
        }
        at = end.saturating_add(1);
    }
}

/// Whether a token is a line of a longer block, as the body of a certificate has them, or the data of an address.
fn is_in_block(before: &str, after: &str) -> bool {
    let is_between = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '=');
    let breaks = |between: &str| between.contains(['\n', '\\']);
    let above = before.trim_end_matches(is_between);
    let above = above.strip_suffix("\\n").map_or(above, |above| above.trim_end_matches(is_between));
    let below = after.strip_prefix("\\n").unwrap_or(after).trim_start_matches(is_between);
    let gap = |rest: &str, whole: &str| whole.len().saturating_sub(rest.len());
    let parted = before.get(above.len()..).is_some_and(breaks);
    let parts = after.get(..gap(below, after)).is_some_and(breaks);
    parted && BASE64.suffix(above.trim_end_matches('=').as_bytes(), LENGTH) == LENGTH
        || parts && (BASE64.prefix(below.as_bytes(), LENGTH) == LENGTH || below.starts_with("END "))
        || before.ends_with("base64,")
}

/// Whether a token is base64 of something to read.
fn holds_text(token: &str) -> bool {
    let printed = |bytes: Vec<u8>| bytes.iter().filter(|byte| matches!(byte, b' '..=b'~')).count();
    checks::decode_base64(token).is_some_and(|bytes| printed(bytes) >= 26)
}

/// Whether four characters come again, as in a row of names that are numbered, or few are used at all. Of keys one in three
/// thousand is taken for such a row.
fn repeats(bytes: &[u8]) -> bool {
    let mut fours: Vec<[u8; 4]> = bytes
        .windows(4)
        .filter_map(|four| {
            four.first_chunk().map(|four: &[u8; 4]| four.map(|byte| byte.to_ascii_lowercase()))
        })
        .collect();
    fours.sort_unstable();
    let mut different = bytes.to_vec();
    different.sort_unstable();
    different.dedup();
    different.len() < LENGTH / 2 || fours.windows(2).any(|pair| matches!(pair, [one, next] if one == next))
}

/// Whether letters of both cases, digits and signs stand in no order: a name changes its case at the beginnings of
/// words, a path has words between its slashes, and text in base64 is text.
fn is_key(token: &str) -> bool {
    let bytes = token.as_bytes();
    let count = |class: fn(&u8) -> bool| bytes.iter().filter(|byte| class(byte)).count();
    let signs = bytes.iter().filter(|byte| !ALNUM.has(**byte)).count();
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0_u8,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let turns =
        bytes.windows(2).filter(|pair| matches!(pair, [one, next] if class(*one) != class(*next))).count();
    count(u8::is_ascii_lowercase) >= 6
        && count(u8::is_ascii_uppercase) >= 6
        && count(u8::is_ascii_digit).saturating_add(signs) >= 2
        && signs <= 6
        && (turns >= 20 || turns >= 14 && checks::is_random(token))
        && !repeats(bytes)
        && !checks::is_placeholder(token)
        && !holds_text(token)
        && !holds_text(&token.chars().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::TYPES;
    use super::*;

    fn found(text: &str) -> usize {
        let kind = TYPES.iter().find(|kind| kind.name() == "aws-secret-key").unwrap();
        let mut hits = Vec::new();
        scan(text, kind, &mut hits);
        hits.len()
    }

    #[test]
    fn forty_characters_in_no_order_are_a_key() {
        let key = ["qR7vT2mW", "9xKc+4Lb", "Yz1HdN6s", "PfGjE8uA", "o5ViXt3Q"].concat();
        assert_eq!(found(&key), 1);
        for text in [
            format!("k {key} q"),
            format!("{{\"X-Trace\": \"{key}\"}}"),
            format!("Mozilla/5.0 ({key})"),
            format!("{}{key}, {key}", "so it goes on, ".repeat(20)),
        ] {
            assert!(found(&text) >= 1, "{text}");
        }
    }

    #[test]
    fn a_key_that_was_spelled_has_no_case() {
        let key = ["qR7vT2mW", "9xKc+4Lb", "Yz1HdN6s", "PfGjE8uA", "o5ViXt3Q"].concat().to_lowercase();
        let kind = TYPES.iter().find(|kind| kind.name() == "aws-secret-key").unwrap();
        let count = |text: &str| {
            let mut hits = Vec::new();
            scan_caseless(text, kind, &mut hits);
            hits.len()
        };
        assert_eq!(count(&format!("memo {key}")), 1);
        for text in ["see you at the mill at ten", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", &key[1..]] {
            assert_eq!(count(text), 0, "{text}");
        }
    }

    #[test]
    fn digests_names_paths_and_other_lengths_are_none() {
        let key = ["qR7vT2mW", "9xKc+4Lb", "Yz1HdN6s", "PfGjE8uA", "o5ViXt3Q"].concat();
        for text in [
            "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
            "thisIsTheNameOfAFunctionInSomeJavaSource",
            "src/main/java/org/orchard/Plums2Test/Abc",
            &key[1..],
            &format!("{key}="),
            &format!("{key}{key}"),
            &format!("{}\n{key}\n-----END CERTIFICATE-----", &key.repeat(2)[..64]),
            &format!("\"{}\\n{key}\\n\"", &key.repeat(2)[..64]),
            &format!("url(data:font/woff;base64,{key})"),
            "kCFISO8601DateFormatWithInternetDateTime",
            "Wing0Wing1Wing2Wing3Wing4Wing5Wing6Wing7",
            "PHNjcmlwdD5hbGVydCgnWFNTJyk8L3NjcmlwdD4K",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }
}
