//! Whether what looks like a token is one: checksums, structure, placeholders, randomness.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};

use super::Certainty;

/// The usual check: not a placeholder, and not a word.
pub(super) fn shaped(token: &str) -> Option<Certainty> {
    (is_mixed(token) && !stands_for_another(token)).then_some(Certainty::Shaped)
}

/// For alphabets in which a token may well have letters of one case only.
pub(super) fn any_letters(token: &str) -> Option<Certainty> {
    (!stands_for_another(token)).then_some(Certainty::Shaped)
}

/// For shapes that other things have too: it must also look drawn at random.
pub(super) fn random(token: &str) -> Option<Certainty> {
    (is_random(token) && !is_placeholder(token)).then_some(Certainty::Shaped)
}

/// GitHub's and npm's own checksum: the last six characters are the CRC-32 of the thirty before them, in base 62.
pub(super) fn crc_base62(token: &str) -> Option<Certainty> {
    let body = token.get(token.len().checked_sub(36)?..)?;
    let (random, sum) = body.split_at_checked(30)?;
    if base62(sum) == Some(u64::from(crc32(random.as_bytes()))) {
        return Some(Certainty::Proven);
    }
    shaped(token)
}

/// The same of a token of any length: its last six characters are the sum of those before them.
pub(super) fn crc_base62_of(token: &str) -> Option<Certainty> {
    let (random, sum) = token.split_at_checked(token.len().checked_sub(6)?)?;
    (base62(sum) == Some(u64::from(crc32(random.as_bytes())))).then_some(Certainty::Proven)
}

/// Luhn's check digit (ISO/IEC 7812-1) at the end of digits.
pub(super) fn luhn(token: &str) -> Option<Certainty> {
    let mut sum = 0_u32;
    for (place, digit) in token.bytes().rev().enumerate() {
        let digit = char::from(digit).to_digit(10)?;
        let digit = if place % 2 == 1 { digit.saturating_mul(2) } else { digit };
        sum = sum.saturating_add(digit / 10).saturating_add(digit % 10);
    }
    (sum > 0 && sum.is_multiple_of(10)).then_some(Certainty::Proven)
}

/// Grafana's own checksum: the last eight characters are the CRC-32 of what stands before the last `_`, in
/// hexadecimal, its bytes in little-endian order.
pub(super) fn crc_grafana(token: &str) -> Option<Certainty> {
    let (body, sum) = token.rsplit_once('_')?;
    if u32::from_str_radix(sum, 16).ok().map(u32::swap_bytes) == Some(crc32(body.as_bytes())) {
        return Some(Certainty::Proven);
    }
    shaped(token)
}

/// Base58 with the checksum of Bitcoin: the last four bytes are the first four of a double SHA-256 of the others.
pub(super) fn base58check(token: &str) -> Option<Certainty> {
    base58check_only(token).or_else(|| shaped(token))
}

/// The same for a shape that other texts have too: the checksum has to hold.
pub(super) fn base58check_only(token: &str) -> Option<Certainty> {
    const DIGITS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    // The lowest byte first.
    let mut bytes: Vec<u8> = Vec::with_capacity(90);
    for letter in token.bytes().take(128) {
        let mut carry = u32::try_from(DIGITS.iter().position(|digit| *digit == letter)?).ok()?;
        for byte in &mut bytes {
            let value = u32::from(*byte).saturating_mul(58).saturating_add(carry);
            *byte = u8::try_from(value & 0xFF).ok()?;
            carry = value >> 8;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry & 0xFF).ok()?);
            carry >>= 8;
        }
    }
    bytes.reverse();
    let (data, sum) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    (Sha256::digest(Sha256::digest(data)).get(..4)? == sum).then_some(Certainty::Proven)
}

/// An access key id of AWS: the documentation's own ids end in `EXAMPLE`.
pub(super) fn aws_id(token: &str) -> Option<Certainty> {
    (!stands_for_another(token) && distinct(token.as_bytes()) >= 8).then_some(Certainty::Shaped)
}

/// A macaroon of a Python package index, version 2: base64 of `02 01`, a length, and the index's domain.
pub(super) fn macaroon(token: &str) -> Option<Certainty> {
    let head = decode_base64(token.strip_prefix("pypi-")?.get(..64)?)?;
    (head.starts_with(&[2, 1]) && head.get(3..)?.starts_with(b"pypi.org")).then_some(Certainty::Proven)
}

/// Base64 of JSON behind the last literal's `_` or `.`: `sntrys_eyJ…`, `ops_eyJ…`.
pub(super) fn holds_json(token: &str) -> Option<Certainty> {
    let at = token.find("eyJ")?;
    let body: String = token.get(at..)?.chars().take(40).collect();
    decode_base64(body.get(..40)?)?.starts_with(b"{\"").then_some(Certainty::Proven)
}

/// A bot token of Discord: its first part is the bot's numeric id in base64.
pub(super) fn snowflake(token: &str) -> Option<Certainty> {
    let id = decode_base64(token.split('.').next()?)?;
    ((17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit)).then_some(Certainty::Proven)
}

/// A Bech32 string (BIP 173) with its checksum, in upper case: identities of age.
pub(super) fn bech32(token: &str) -> Option<Certainty> {
    if bech32_sum(token) == Some(1) { Some(Certainty::Proven) } else { any_letters(token) }
}

fn bech32_sum(token: &str) -> Option<u32> {
    const CHARSET: &[u8] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let (human, data) = token.rsplit_once('1')?;
    let human = human.to_ascii_lowercase();
    let digit = |byte: u8| {
        CHARSET.iter().position(|c| *c == byte.to_ascii_uppercase()).and_then(|at| u32::try_from(at).ok())
    };
    let mut values: Vec<u32> = human.bytes().map(|byte| u32::from(byte >> 5)).collect();
    values.push(0);
    values.extend(human.bytes().map(|byte| u32::from(byte & 31)));
    values.extend(data.bytes().map(digit).collect::<Option<Vec<u32>>>()?);
    Some(values.iter().fold(1_u32, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ value;
        GENERATOR.iter().enumerate().fold(
            shifted,
            |sum, (bit, part)| {
                if top >> bit & 1 == 1 { sum ^ part } else { sum }
            },
        )
    }))
}

/// Whether `text` stands for a secret instead of being one: `AKIA…EXAMPLE`, `xxxx`, `${TOKEN}`, `<token>`,
/// `your-key-here`, `123456789`, and what redaction itself puts there.
pub(super) fn is_placeholder(text: &str) -> bool {
    stands_for_another(text) || longest_run(text.as_bytes(), |one, next| one.wrapping_add(1) == next) >= 8
}

/// The same without the rows of letters and digits: what has the whole form of a type may well begin `abcdefgh`.
fn stands_for_another(text: &str) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let bytes = text.as_bytes();
    // `$2b$…` is a hash of crypt(3), `$NAME` a variable.
    let crypt = bytes.iter().skip(1).take(16).any(|byte| *byte == b'$');
    let stands_for = matches!(bytes, [b'<' | b'{' | b'%' | b'[', ..]) || (text.starts_with('$') && !crypt);
    stands_for
        || text.contains("${")
        || text.contains("{{")
        || longest_run(bytes, |one, next| one == next) >= 6
        || (bytes.len() >= 12 && distinct(bytes) <= 5)
        || WORDS.get_or_init(stand_ins).as_ref().is_some_and(|words| words.is_match(text))
}

/// Whether `text` has a digit, or letters of both cases. Words joined by `-` or `_` have neither.
fn is_mixed(text: &str) -> bool {
    let body = text.trim_start_matches(|c: char| c.is_ascii_lowercase() || matches!(c, '-' | '_'));
    let has = |class: fn(&u8) -> bool| body.as_bytes().iter().any(class);
    has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// Whether `text` looks drawn at random rather than written: many different characters, and few of them in
/// stretches that could be words. Breaks ties only; what identifies itself is not asked.
pub(super) fn is_random(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    if distinct(bytes) < 8 || letters == 0 || entropy(bytes) < 2.9 {
        return false;
    }
    if bytes.iter().all(u8::is_ascii_hexdigit) {
        return digits >= 2;
    }
    let wordy = letters_in_words(bytes);
    let many_digits = digits.saturating_mul(8) >= bytes.len() && digits >= 2;
    (many_digits && wordy.saturating_mul(4) < bytes.len().saturating_mul(3))
        || (wordy.saturating_mul(3) < bytes.len()
            && (digits > 0 || bytes.len() >= 24 || bytes.iter().any(u8::is_ascii_punctuation)))
}

/// Whether `text` has the form of a UUID (RFC 9562).
pub(super) fn is_uuid(text: &str) -> bool {
    let mut lengths = text.split('-').map(str::len);
    text.len() == 36
        && [8, 4, 4, 4, 12].iter().all(|len| lengths.next() == Some(*len))
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Letters in stretches of at least four lower-case letters, a capital before them included, or of at least
/// five capitals.
fn letters_in_words(bytes: &[u8]) -> usize {
    let mut total: usize = 0;
    for stretch in bytes.chunk_by(|one, next| next.is_ascii_lowercase() && one.is_ascii_alphabetic()) {
        if stretch.len() >= 5 || (stretch.len() == 4 && stretch.iter().all(u8::is_ascii_lowercase)) {
            total = total.saturating_add(stretch.len());
        }
    }
    for stretch in bytes.chunk_by(|one, next| one.is_ascii_uppercase() && next.is_ascii_uppercase()) {
        if stretch.len() >= 5 {
            total = total.saturating_add(stretch.len());
        }
    }
    total
}

/// Shannon entropy in bits per character.
fn entropy(bytes: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    for byte in bytes.iter().take(4096) {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = f32::from(u16::try_from(bytes.len().min(4096)).unwrap_or(4096));
    let share = |count: &u16| f32::from(*count) / total;
    -counts.iter().filter(|count| **count > 0).map(|count| share(count) * share(count).log2()).sum::<f32>()
}

/// How many different bytes there are.
fn distinct(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (0_u128, 0_u128);
    for byte in bytes {
        let half = if *byte < 128 { &mut low } else { &mut high };
        *half |= 1_u128.wrapping_shl(u32::from(*byte & 127));
    }
    low.count_ones().saturating_add(high.count_ones())
}

/// Length of the longest stretch in which each byte goes with the next.
fn longest_run(bytes: &[u8], goes_with: impl Fn(u8, u8) -> bool) -> usize {
    bytes.chunk_by(|one, next| goes_with(*one, *next)).map(<[u8]>::len).max().unwrap_or(0)
}

/// Words that stand for a secret.
fn stand_ins() -> Option<AhoCorasick> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build([
            "example",
            "xxxx",
            "your_",
            "your-",
            "yourapi",
            "yourkey",
            "yourtoken",
            "yoursecret",
            "yourpassword",
            "placeholder",
            "changeme",
            "change_me",
            "change-me",
            "redacted",
            "insert",
            "dummy",
            "notreal",
            "not_real",
            "replace_me",
            "replace-me",
            "replaceme",
            "...",
        ])
        .ok()
}

/// Decodes base64 in either alphabet, padded or not; a last character that is too few is left out.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let text = text.trim_end_matches('=');
    let whole = if text.len() % 4 == 1 { text.get(..text.len().saturating_sub(1))? } else { text };
    GeneralPurpose::new(alphabet, config).decode(whole).ok()
}

/// CRC-32 as in IEEE 802.3, reflected.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(sum & 1)))
    })
}

/// A number in base 62 with the digits `0-9A-Za-z`.
fn base62(text: &str) -> Option<u64> {
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'A'..=b'Z' => byte.wrapping_sub(b'A').wrapping_add(10),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(36),
            _ => return None,
        };
        number.checked_mul(62)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The last six characters of a token of GitHub's form over `body`.
    pub(in super::super) fn checksum62(body: &str) -> String {
        let mut number = crc32(body.as_bytes());
        let mut digits = Vec::new();
        for _ in 0..6 {
            digits.push(
                b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(number % 62) as usize],
            );
            number /= 62;
        }
        digits.reverse();
        String::from_utf8(digits).unwrap()
    }

    #[test]
    fn crc_32_gives_the_check_value_of_its_definition() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_token_with_the_right_checksum_is_proven_and_one_with_a_wrong_one_is_still_shaped() {
        let body = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1";
        let sum = checksum62(body);
        assert_eq!(crc_base62(&format!("ghp_{body}{sum}")), Some(Certainty::Proven));
        assert_eq!(crc_base62(&format!("ghp_{body}1a2b3c")), Some(Certainty::Shaped));
    }

    #[test]
    fn placeholders_are_told_from_secrets() {
        for text in
            ["AKIAIOSFODNN7EXAMPLE", "${TOKEN}", "<token>", "sk-xxxxxxxxxxxxxxxx", "********", "{{ key }}"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["q7Tz0aPw", "9f3b2c7d1e", "$2b$12$wE0rQ"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn names_are_not_random_and_drawn_characters_are() {
        for text in
            ["myServiceAccountToken", "customer-database-primary", "getElementById", "en_US_UTF8_LOCALE"]
        {
            assert!(!is_random(text), "{text}");
        }
        for text in ["q7Tz0aPwK3mV8sXc1", "9f3b2c7d1e5a4086", "oj3tov88b90elh2q6hyh"] {
            assert!(is_random(text), "{text}");
        }
    }

    #[test]
    fn bech32_checks_its_checksum() {
        assert_eq!(bech32("A12UEL5L"), Some(Certainty::Proven));
    }
}
