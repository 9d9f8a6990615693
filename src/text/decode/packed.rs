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

/// Most keys that are tried to the end: of digits alone several make digits.
const KEYS: usize = 4;

/// The texts behind one byte that was exclusive-or'ed over all of these: of the keys that make every byte one that prints,
/// those that make the most letters, digits and blanks.
pub(super) fn unmasked(bytes: &[u8]) -> Vec<String> {
    let mut seen = [false; 256];
    let different = bytes
        .iter()
        .take(1024)
        .filter(|byte| seen.get_mut(usize::from(**byte)).is_some_and(|seen| !std::mem::replace(seen, true)));
    // A pattern that repeats fits many keys.
    if bytes.len() < FEWEST || different.count() < DIFFERENT.min(bytes.len() / 8).max(3) {
        return Vec::new();
    }
    let prints = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r');
    // SECURITY: noise does not print under any key; sixteen bytes that do are one in ten million.
    let fits = |key: &u8| bytes.iter().take(1024).all(|byte| prints(byte ^ key));
    let worth = |key: u8| {
        let worth = |byte: u8| match byte {
            b'a'..=b'z' | b'0'..=b'9' | b' ' => 4_usize,
            b'A'..=b'Z' => 3,
            b'=' | b'+' | b'/' | b'-' | b'_' | b'%' | b',' | b'.' | b'&' | b';' | b'#' | b'\\' => 2,
            _ => 0,
        };
        bytes.iter().take(1024).map(|byte| worth(byte ^ key)).fold(0, usize::saturating_add)
    };
    let mut keys: Vec<(usize, u8)> = (1..=u8::MAX).filter(fits).map(|key| (worth(key), key)).collect();
    keys.sort_unstable_by(|a, b| b.cmp(a));
    let best = keys.first().map_or(0, |(worth, _)| worth.saturating_sub(worth / 16));
    let keys = keys.into_iter().take(KEYS).take_while(|(worth, _)| *worth >= best);
    keys.map(|(_, key)| bytes.iter().map(|byte| char::from(byte ^ key)).collect()).collect()
}
