//! Types of secrets of the host's own: what a policy says of them, compiled for the same matchers as the catalogue's.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::doc::{Problems, SecretTypeDoc};
use super::{SecretChecksum, SecretTypeSettings};

/// Most types of a policy.
const MOST: usize = 256;
/// Shortest prefix, in bytes: a shorter one stands everywhere.
const PREFIX: usize = 3;

/// Alphabets by name.
const ALPHABETS: &[(&str, &str)] = &[
    ("alphanumeric", "0-9A-Za-z"),
    ("base32", "A-Z2-7"),
    ("base58", "1-9A-HJ-NP-Za-km-z"),
    ("base64", "0-9A-Za-z+/"),
    ("base64url", "0-9A-Za-z_-"),
    ("digits", "0-9"),
    ("hex", "0-9a-f"),
    ("letters", "A-Za-z"),
    ("lower", "0-9a-z"),
    ("upper", "0-9A-Z"),
];

pub(super) fn types(docs: &[SecretTypeDoc], problems: &mut Problems) -> Vec<SecretTypeSettings> {
    let mut types: BTreeMap<Arc<str>, SecretTypeSettings> = BTreeMap::new();
    if let Some(more) = docs.get(MOST) {
        problems.push((more.name.place, format!("a policy has at most {MOST} types of secrets")));
    }
    for doc in docs {
        let name = doc.name.value.as_str();
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            let message = "a type is named by up to 64 small letters, digits and `-`";
            problems.push((doc.name.place, message.to_owned()));
        }
        let mut prefixes = Vec::new();
        for prefix in &doc.prefixes {
            if (PREFIX..=64).contains(&prefix.value.len())
                && prefix.value.bytes().all(|b| b.is_ascii_graphic())
            {
                prefixes.push(Arc::from(prefix.value.as_str()));
            } else {
                let message = format!("a prefix has {PREFIX} to 64 signs of ASCII and no blank");
                problems.push((prefix.place, message));
            }
        }
        let context: Vec<Arc<str>> = doc
            .context
            .iter()
            .filter(|word| !word.value.trim().is_empty())
            .map(|word| word.value.to_lowercase().into())
            .collect();
        if prefixes.is_empty() && context.is_empty() {
            let message =
                "nothing tells where a token of this type begins; write `prefix`, `context` or both";
            problems.push((doc.name.place, message.to_owned()));
        }
        let (min, max) = (doc.length.value.min.unwrap_or(1), doc.length.value.max.unwrap_or(4096));
        let (min, max) = (usize::try_from(min).unwrap_or(1), usize::try_from(max).unwrap_or(4096));
        let has_shape = prefixes.iter().map(|prefix: &Arc<str>| prefix.len()).min().unwrap_or(0);
        if min > max || min.saturating_add(has_shape) < 8 {
            let message =
                "a token has at least eight characters with its prefix, and `min` is not above `max`";
            problems.push((doc.length.place, message.to_owned()));
        }
        let Some(alphabet) = alphabet(&doc.alphabet.value) else {
            let names: Vec<&str> = ALPHABETS.iter().map(|(name, _)| *name).collect();
            let message =
                format!("`alphabet` is one of {}, or signs and ranges as in `0-9a-f_`", names.join(", "));
            problems.push((doc.alphabet.place, message));
            continue;
        };
        let said = SecretTypeSettings {
            name: name.into(),
            prefixes: prefixes.into(),
            alphabet,
            length: (min, max),
            checksum: doc.checksum.unwrap_or(SecretChecksum::None),
            context: context.into(),
        };
        if types.insert(name.into(), said).is_some() {
            problems.push((doc.name.place, format!("another type is named `{}`", super::shown(name))));
        }
    }
    types.into_values().collect()
}

/// The characters of `text`, one bit each: the name of an alphabet, or signs and ranges.
fn alphabet(text: &str) -> Option<u128> {
    let text = ALPHABETS.iter().find(|(name, _)| *name == text).map_or(text, |(_, signs)| *signs);
    let (mut bits, mut rest) = (0_u128, text.as_bytes());
    let bit = |byte: u8| byte.is_ascii_graphic().then(|| 1_u128.wrapping_shl(u32::from(byte)));
    loop {
        rest = match rest {
            [first, b'-', last, tail @ ..] => {
                if first > last {
                    return None;
                }
                for byte in *first..=*last {
                    bits |= bit(byte)?;
                }
                tail
            }
            [one, tail @ ..] => {
                bits |= bit(*one)?;
                tail
            }
            [] => return (bits.count_ones() >= 2).then_some(bits),
        };
    }
}

#[cfg(all(test, feature = "yaml"))]
mod tests {
    use super::super::Policy;

    fn read(secrets: &str) -> Result<Policy, String> {
        Policy::from_yaml(&format!("bartizan: 1\nsecrets:\n{secrets}\n")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_type_is_read_and_written_again() {
        let policy = read(
            "  - { name: acme-key, prefix: [acme_], alphabet: alphanumeric, length: { min: 20, max: 40 }, \
             checksum: crc32-base62, context: [Warehouse] }",
        )
        .unwrap();
        let [kind] = policy.settings().secrets() else { panic!("one type") };
        assert_eq!((&*kind.name, kind.length, kind.alphabet.count_ones()), ("acme-key", (20, 40), 62));
        assert_eq!(&*kind.context[0], "warehouse");
        let again = Policy::from_yaml(&policy.to_yaml()).unwrap();
        assert_eq!(again.settings().secrets(), policy.settings().secrets());
        assert_eq!(again.digest(), policy.digest());
    }

    #[test]
    fn a_type_that_would_match_everywhere_is_refused() {
        for wrong in [
            "  - { name: a, alphabet: hex, length: 32 }",
            "  - { name: a, prefix: x, alphabet: hex, length: 32 }",
            "  - { name: a, prefix: abc, alphabet: hex, length: 2 }",
            "  - { name: a, prefix: abc, alphabet: z-a, length: 32 }",
            "  - { name: a b, prefix: abc, alphabet: hex, length: 32 }",
            "  - { name: a, prefix: abc, alphabet: hex, length: { min: 9, max: 8 } }",
            "  - { name: a, prefix: abc, alphabet: hex, length: 32 }\n  - { name: a, prefix: abd, alphabet: hex, length: 32 }",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
