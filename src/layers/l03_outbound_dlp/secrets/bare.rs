//! A secret access key without its id: forty characters and nothing beside them.
//!
//! In plain text too much looks like that: identifiers, paths, digests. Who encodes forty such characters by
//! themselves has something to hide.

use super::alphabet::{ALNUM, BASE64};
use super::checks;
use super::{Certainty, Hit, SecretType};
use crate::base::Span;

/// Characters of a key.
const LENGTH: usize = 40;

/// Adds what looks like a secret access key to `out`.
pub(super) fn scan(text: &str, kind: &'static SecretType, out: &mut Vec<Hit>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= LENGTH) {
        let length = BASE64.prefix(rest, usize::MAX);
        if length == LENGTH {
            let end = at.saturating_add(LENGTH);
            // A slash at either end belongs to an address or a path rather than to a key.
            if let (Some(token), Some(span)) = (text.get(at..end), Span::new(at, end))
                && !bytes.get(end).is_some_and(|next| matches!(next, b'=' | b'_' | b'-' | b'.'))
                && !at
                    .checked_sub(1)
                    .and_then(|before| bytes.get(before))
                    .is_some_and(|last| matches!(last, b'_' | b'-' | b'.'))
                && is_key(token)
            {
                out.push(Hit { kind, span, certainty: Certainty::Named });
            }
        }
        at = at.saturating_add(length.max(1));
    }
}

/// Whether letters of both cases, digits and signs stand in no order: a name changes its case at the beginnings of
/// words, a path has words between its slashes.
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
        && count(u8::is_ascii_digit) >= 2
        && signs <= 6
        && turns >= 14
        && checks::is_random(token)
        && !checks::is_placeholder(token)
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
        assert_eq!(found(&format!("k {key} q")), 1);
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
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }
}
