//! Bytes that are no text yet: compressed, or with one byte exclusive-or'ed over them.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Most bytes that one stretch is inflated to.
// SECURITY: a few kilobytes can inflate to millions; what is longer than this is judged by its beginning.
const MOST: usize = 1 << 16;

/// Fewest bytes among which one exclusive-or'ed byte is looked for.
const FEWEST: usize = 20;

/// Fewest different ones among them.
const DIFFERENT: usize = 10;

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
    !is_text && start.get(1) != Some(&0) && !may_be(start) && !has_key(start)
}

/// Most keys that are tried to the end: of digits alone several make digits.
const KEYS: usize = 4;

/// The texts behind one byte that was exclusive-or'ed over all of these: of the keys that make every byte one that prints,
/// those that make the most letters, digits and blanks.
pub(super) fn unmasked(bytes: &[u8]) -> Vec<String> {
    if bytes.len() < FEWEST || !has_key(bytes.get(..FEWEST).unwrap_or(bytes)) {
        return Vec::new();
    }
    let mut seen = [false; 256];
    let different = bytes
        .iter()
        .take(1024)
        .filter(|byte| seen.get_mut(usize::from(**byte)).is_some_and(|seen| !std::mem::replace(seen, true)));
    // A pattern that repeats fits many keys.
    if different.count() < DIFFERENT.min(bytes.len() / 8).max(3) {
        return Vec::new();
    }
    let worth = |key: u8| {
        let worth = |byte: u8| match byte {
            b'a'..=b'z' | b'0'..=b'9' | b' ' => 4_usize,
            b'A'..=b'Z' => 3,
            b'=' | b'+' | b'/' | b'-' | b'_' | b'%' | b',' | b'.' | b'&' | b';' | b'#' | b'\\' => 2,
            _ => 0,
        };
        bytes.iter().take(1024).map(|byte| worth(byte ^ key)).fold(0, usize::saturating_add)
    };
    // SECURITY: noise does not print under any key; sixteen bytes that do are one in ten million.
    let keys = keys_of(bytes.get(..1024).unwrap_or(bytes));
    let mut keys: Vec<(usize, u8)> =
        (1..=u8::MAX).filter(|key| contains(&keys, *key)).map(|key| (worth(key), key)).collect();
    keys.sort_unstable_by(|a, b| b.cmp(a));
    let best = keys.first().map_or(0, |(worth, _)| worth.saturating_sub(worth / 16));
    let keys = keys.into_iter().take(KEYS).take_while(|(worth, _)| *worth >= best);
    keys.map(|(_, key)| bytes.iter().map(|byte| char::from(byte ^ key)).collect()).collect()
}
