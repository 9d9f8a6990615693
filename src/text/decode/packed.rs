//! Bytes that are no text yet: compressed, or with one byte exclusive-or'ed over them.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Most bytes that one stretch is inflated to.
// SECURITY: a few kilobytes can inflate to millions; what is longer than this is judged by its beginning.
const MOST: usize = 1 << 16;

/// Fewest bytes among which one exclusive-or'ed byte is looked for.
const FEWEST: usize = 20;

/// Fewest different ones among them.
const DIFFERENT: usize = 3;

/// Whether the bytes begin as gzip (RFC 1952) or zlib (RFC 1950) do, which is no text.
pub(super) fn may_be(bytes: &[u8]) -> bool {
    match bytes {
        [0x1F, 0x8B, 8, ..] => true,
        [first @ (0x08 | 0x18 | 0x28 | 0x38 | 0x48 | 0x58 | 0x68 | 0x78), second, ..] => {
            (u16::from(*first) << 8 | u16::from(*second)).is_multiple_of(31)
        }
        _ => false,
    }
}

/// What was compressed, or its beginning.
pub(super) fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    may_be(bytes).then_some(())?;
    let body = match bytes {
        [0x1F, 0x8B, 8, flags, rest @ ..] => {
            // Time, extra flags, system; then what the flags announce.
            let mut rest = rest.get(6..)?;
            if flags & 4 != 0 {
                let length = usize::from(*rest.first()?) | usize::from(*rest.get(1)?) << 8;
                rest = rest.get(length.saturating_add(2)..)?;
            }
            for announced in [8, 16] {
                if flags & announced != 0 {
                    let end = rest.iter().position(|byte| *byte == 0)?;
                    rest = rest.get(end.saturating_add(1)..)?;
                }
            }
            if flags & 2 != 0 { rest.get(2..)? } else { rest }
        }
        [_, _, rest @ ..] => rest,
        _ => return None,
    };
    match decompress_to_vec_with_limit(body, MOST) {
        Ok(bytes) => Some(bytes),
        // Cut off, or longer than is looked at: what came out so far is read.
        Err(error) => Some(error.output),
    }
}

/// A set of bytes.
type Bytes = [u64; 4];

/// For each byte, the keys under which it prints.
static KEYS_OF: [Bytes; 256] = keys_of_bytes();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "worked out by the compiler")]
const fn keys_of_bytes() -> [Bytes; 256] {
    let (mut sets, mut byte) = ([[0; 4]; 256], 0_usize);
    while byte < 256 {
        let mut plain = 0;
        while plain < 0x7F {
            if plain >= 0x20 || plain == 0x09 || plain == 0x0A || plain == 0x0D {
                let key = byte ^ plain;
                sets[byte][key / 64] |= 1 << (key % 64);
            }
            plain += 1;
        }
        byte += 1;
    }
    sets
}

/// The keys under which all of these print.
fn keys_of(bytes: &[u8]) -> Bytes {
    let mut keys = [u64::MAX; 4];
    for byte in bytes {
        let Some(own) = KEYS_OF.get(usize::from(*byte)) else { continue };
        keys.iter_mut().zip(own).for_each(|(keys, own)| *keys &= own);
        if keys == [0; 4] {
            break;
        }
    }
    keys
}

fn contains(keys: &Bytes, key: u8) -> bool {
    keys.get(usize::from(key / 64)).is_some_and(|keys| keys >> (key % 64) & 1 == 1)
}

/// Whether all of these print under one key.
fn has_key(bytes: &[u8]) -> bool {
    keys_of(bytes) != [0; 4]
}

/// Whether what begins like this is certain to be noise: no text in any width, nothing packed, nothing masked.
pub(super) fn is_noise(start: &[u8]) -> bool {
    let is_text = std::str::from_utf8(start).map_or_else(|error| error.error_len().is_none(), |_| true);
    !is_text && !may_be_wide(start) && !may_be(start) && !has_key(start)
}

/// Whether every second byte is one of few, as in text of UTF-16.
fn may_be_wide(start: &[u8]) -> bool {
    let high = || start.iter().skip(1).step_by(2).take(12);
    let mut known = [None; 6];
    let few = known.get_mut(..high().count() / 2).unwrap_or_default();
    high().all(|byte| match few.iter_mut().find(|one| one.is_none_or(|one| one == *byte)) {
        Some(one) => {
            *one = Some(*byte);
            true
        }
        None => false,
    })
}

/// The text in little-endian UTF-16, as Windows writes it.
pub(super) fn wide(bytes: &[u8]) -> Option<String> {
    let is_ascii =
        |bytes: &[u8]| bytes.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count() > bytes.len() / 4;
    let is_plain = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0);
    let is_wide = bytes.len().is_multiple_of(2)
        && (is_ascii(bytes) || bytes.len() >= 24 && may_be_wide(bytes) && !is_plain(bytes));
    is_wide.then_some(())?;
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| pair.iter().rev().fold(0, |unit, &byte| unit << 8 | u16::from(byte)))
        .collect();
    String::from_utf16(&units).ok()
}

/// Whether a text does not read like sentences: such a one may be another with one byte exclusive-or'ed over it.
pub(super) fn is_odd(text: &str) -> bool {
    let start = text.as_bytes().get(..text.len().min(1024)).unwrap_or_default();
    let count = |class: fn(&u8) -> bool| start.iter().filter(|byte| class(byte)).count();
    let (small, blanks) = (count(u8::is_ascii_lowercase), count(u8::is_ascii_whitespace));
    let reads = small.saturating_mul(2) >= start.len()
        && (start.len() / 16..start.len() / 3).contains(&blanks.saturating_sub(1));
    !reads
}

/// Most keys that are tried to the end.
const KEYS: usize = 8;

/// As many bytes as are made of all keys together, if more than two keys fit.
const MADE: usize = 2048;

/// Alphabets of encodings, and what each of their characters is worth: the fewer they are, the more it says that all of a
/// text is of them.
const NARROW: [(&[u8], usize); 5] = [
    (b"01 ", 9),
    (b".-/ \n", 8),
    (b"0123456789, []\n", 7),
    (b"0123456789abcdefABCDEFx, []\n", 7),
    (b"0123456789abcdefABCDEFxu%=&#;\\\n", 7),
];

/// Longest pattern that says nothing when it repeats, in bytes.
const LONGEST_PATTERN: usize = 8;

/// Whether nine in ten bytes are those that stand so many before them.
fn repeats(bytes: &[u8], length: usize) -> bool {
    let later = bytes.iter().skip(length);
    let same = bytes.iter().zip(later.clone()).filter(|(a, b)| a == b).count();
    same.saturating_mul(10) >= later.count().saturating_mul(9)
}

/// The texts behind one byte that was exclusive-or'ed over all of these: of the keys that make every byte one that prints,
/// those that make the most letters, digits and blanks, or an encoding's alphabet.
pub(super) fn unmasked(bytes: &[u8]) -> Vec<String> {
    if bytes.len() < FEWEST || !has_key(bytes.get(..FEWEST).unwrap_or(bytes)) {
        return Vec::new();
    }
    let start = bytes.get(..1024).unwrap_or(bytes);
    let mut counts = [0_usize; 256];
    for byte in start {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let seen: Vec<(u8, usize)> = (0..=u8::MAX).zip(counts).filter(|(_, count)| *count > 0).collect();
    // Of few bytes, and of a pattern that repeats, every key makes something: the rule of a table, three dashes at a time.
    if seen.len() < DIFFERENT || (1..=LONGEST_PATTERN).any(|length| repeats(start, length)) {
        return Vec::new();
    }
    let worth = |key: u8| {
        let one = |byte: u8| match byte {
            b'0'..=b'9' | b' ' => 5,
            b'a'..=b'z' => 4_usize,
            b'A'..=b'Z' => 3,
            b'=' | b'+' | b'/' | b'-' | b'_' | b'%' | b',' | b'.' | b'&' | b';' | b'#' | b'\\' | b'"'
            | b'\'' => 2,
            _ => 0,
        };
        let narrow =
            NARROW.iter().find(|(alphabet, _)| seen.iter().all(|(byte, _)| alphabet.contains(&(byte ^ key))));
        if let Some((_, worth)) = narrow {
            return start.len().saturating_mul(*worth);
        }
        // Ascii85 is made of all signs, but says where it begins and ends.
        if let [first, second, .., last, end] = bytes
            && [first ^ key, second ^ key, last ^ key, end ^ key] == *b"<~~>"
        {
            return start.len().saturating_mul(6);
        }
        seen.iter().map(|(byte, count)| one(byte ^ key).saturating_mul(*count)).fold(0, usize::saturating_add)
    };
    // SECURITY: noise does not print under any key; sixteen bytes that do are one in ten million.
    let keys = keys_of(start);
    let mut keys: Vec<(usize, u8)> =
        (0..=u8::MAX).filter(|key| contains(&keys, *key)).map(|key| (worth(key), key)).collect();
    keys.sort_unstable_by(|a, b| b.cmp(a));
    let best = keys.first().map_or(0, |(worth, _)| worth.saturating_sub(worth / 8));
    // What prints as it is, is that unless another key makes more of it.
    let plain = keys.iter().find(|(_, key)| *key == 0).map_or(0, |(worth, _)| *worth);
    let most = KEYS.min(MADE.checked_div(bytes.len()).unwrap_or(KEYS).max(2));
    let better = |(worth, _): &(usize, u8)| *worth >= best && *worth > plain;
    let keys = keys.into_iter().take(most).take_while(better);
    keys.map(|(_, key)| bytes.iter().map(|byte| char::from(byte ^ key)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_repeats_is_no_text_under_a_key() {
        // The bytes of dashes, of equal signs and underscores, read as base64.
        for pattern in
            [&[0xfb_u8, 0xef, 0xbe][..], &[0xff, 0xff, 0xff], &[0x30, 0x31], &[1, 2, 3, 4, 5, 6, 7, 8]]
        {
            assert_eq!(unmasked(&pattern.repeat(20)), Vec::<String>::new(), "{pattern:?}");
        }
        let masked: Vec<u8> = "the mill opens at ten".bytes().map(|byte| byte ^ 0x5a).collect();
        assert!(unmasked(&masked).contains(&"the mill opens at ten".to_owned()));
        let bits: Vec<u8> = "01110100 01101000 01100101".bytes().map(|byte| byte ^ 0x5a).collect();
        assert!(unmasked(&bits).contains(&"01110100 01101000 01100101".to_owned()));
    }
}
