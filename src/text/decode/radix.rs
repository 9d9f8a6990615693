//! Stretches of a text that are numbers in some base: base32, base58, base85, one long decimal number, uuencoded lines.
//!
//! Each alphabet has a gate that ordinary text does not pass, and each decoding is given up at the first byte that no
//! text has. Big numbers cost the square of their length, so theirs is bounded.

use super::{Decoding, Finder, packed};

/// Shortest stretch that is tried, in characters.
const SHORTEST: usize = 16;
/// Longest big number, in digits of its base. A longer one is no secret's.
const BIG: usize = 400;
/// Fewest bytes of text that a big number or base85 has to hold.
const FEWEST: usize = 12;

/// Finds every stretch that decodes to text.
pub(super) fn radix(text: &str, finder: &mut Finder) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if !byte.is_ascii_graphic() {
            at = at.saturating_add(1);
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_graphic()).count();
        if length >= SHORTEST {
            word(rest.get(..length).unwrap_or_default(), at, finder);
        }
        at = at.saturating_add(length);
    }
    wrapped(text, finder);
    uuencoded(text, finder);
}

/// Tries what stands between two blanks: the alphabets with signs on all of it, those without on each part.
fn word(word: &[u8], at: usize, finder: &mut Finder) {
    let mut start = 0;
    for part in word.split(|byte| !byte.is_ascii_alphanumeric()) {
        if part.len() >= SHORTEST {
            plain(part, at.saturating_add(start), finder);
        }
        start = start.saturating_add(part.len()).saturating_add(1);
    }
    let signs = word.iter().filter(|byte| byte.is_ascii_punctuation()).count();
    if word.len() >= 20 && signs >= 2 {
        base85(word, at, finder);
    }
}

/// Letters and digits in a row.
fn plain(run: &[u8], at: usize, finder: &mut Finder) {
    let range = (at, at.saturating_add(run.len()));
    if run.iter().all(u8::is_ascii_digit) {
        if (FEWEST.saturating_mul(2)..=BIG).contains(&run.len())
            && let Some(bytes) = big(run, 10, |byte| Some(u32::from(byte.wrapping_sub(b'0'))), finder)
            && bytes.len() >= FEWEST
        {
            finder.hand_on(Decoding::Number, &bytes, range);
        }
        return;
    }
    let has = |class: fn(&u8) -> bool| run.iter().any(class);
    let one_case = !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase));
    if one_case
        && let Some(bytes) =
            base32(run.iter().copied(), finder).or_else(|| base32(run.iter().rev().copied(), finder))
        && finder.hand_on(Decoding::Base32, &bytes, range)
    {
        return;
    }
    if (20..=BIG).contains(&run.len())
        && !one_case
        && let Some(bytes) = big(run, 58, base58_digit, finder)
        && bytes.len() >= FEWEST
    {
        finder.hand_on(Decoding::Base58, &bytes, range);
    }
}

/// The bytes of base32 (RFC 4648, section 6), in either case and without padding; `None` where the first ones are noise.
pub(super) fn base32(letters: impl Iterator<Item = u8>, finder: &mut Finder) -> Option<Vec<u8>> {
    let (mut bits, mut have, mut out) = (0_u32, 0_u32, Vec::new());
    for letter in letters {
        let value = match letter {
            b'A'..=b'Z' => letter.wrapping_sub(b'A'),
            b'a'..=b'z' => letter.wrapping_sub(b'a'),
            b'2'..=b'7' => letter.wrapping_sub(b'2').wrapping_add(26),
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xFFFF;
        have = have.saturating_add(5);
        if have >= 8 {
            have = have.saturating_sub(8);
            out.push(u8::try_from(bits >> have & 0xFF).unwrap_or(0));
            // SECURITY: what is packed begins with bytes that are none; all else shows at once that it is noise.
            if out.len() == 4 && !packed::may_be(&out) && out.iter().any(|byte| is_noise(*byte)) {
                return None;
            }
        }
    }
    finder.work(out.len());
    Some(out)
}

const fn is_noise(byte: u8) -> bool {
    byte < b'\t' || byte > b'\r' && byte < b' ' || byte == 0x7F
}

const fn base58_digit(byte: u8) -> Option<u32> {
    Some(match byte {
        b'1'..=b'9' => byte.wrapping_sub(b'1') as u32,
        b'A'..=b'H' => byte.wrapping_sub(b'A').wrapping_add(9) as u32,
        b'J'..=b'N' => byte.wrapping_sub(b'J').wrapping_add(17) as u32,
        b'P'..=b'Z' => byte.wrapping_sub(b'P').wrapping_add(22) as u32,
        b'a'..=b'k' => byte.wrapping_sub(b'a').wrapping_add(33) as u32,
        b'm'..=b'z' => byte.wrapping_sub(b'm').wrapping_add(44) as u32,
        _ => return None,
    })
}

/// The bytes of a number, the highest first.
fn big(run: &[u8], base: u32, digit: impl Fn(u8) -> Option<u32>, finder: &mut Finder) -> Option<Vec<u8>> {
    let digits: Vec<u32> = run.iter().map(|byte| digit(*byte)).collect::<Option<_>>()?;
    // Limbs of 32 bits, the lowest first.
    let mut limbs: Vec<u32> = Vec::new();
    for digit in digits {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            let value = u64::from(*limb).saturating_mul(u64::from(base)).saturating_add(carry);
            *limb = u32::try_from(value & 0xFFFF_FFFF).unwrap_or(0);
            carry = value >> 32;
        }
        if carry > 0 {
            limbs.push(u32::try_from(carry).unwrap_or(0));
        }
    }
    finder.work(run.len());
    let bytes: Vec<u8> =
        limbs.iter().rev().flat_map(|limb| limb.to_be_bytes()).skip_while(|byte| *byte == 0).collect();
    Some(bytes)
}

/// Ascii85 (from `!` to `u`, `z` for four zeros, perhaps between `<~` and `~>`), and base85 as in RFC 1924.
fn base85(word: &[u8], at: usize, finder: &mut Finder) {
    let framed = word.windows(2).position(|two| two == b"<~");
    let (start, inner) = match framed {
        Some(from) => {
            let inner = word.get(from.saturating_add(2)..).unwrap_or_default();
            let end = inner.windows(2).position(|two| two == b"~>").unwrap_or(inner.len());
            (from, inner.get(..end).unwrap_or_default())
        }
        None => (0, word),
    };
    let ascii = |byte: u8| matches!(byte, b'!'..=b'u').then(|| u32::from(byte.wrapping_sub(b'!')));
    // A quote, a bracket or a colon beside the stretch is not part of it.
    let mut tries = vec![(start, inner)];
    if framed.is_none() {
        let head = inner.iter().take_while(|byte| byte.is_ascii_punctuation()).count().min(2);
        let tail = inner.iter().rev().take_while(|byte| byte.is_ascii_punctuation()).count().min(2);
        if let Some(bare) =
            inner.get(head..inner.len().saturating_sub(tail)).filter(|bare| bare.len() < inner.len())
        {
            tries.push((head, bare));
        }
        if let Some(equals) = inner.iter().position(|byte| matches!(byte, b'=' | b':'))
            && equals < 24
            && let Some(value) = inner.get(equals.saturating_add(1)..)
        {
            tries.push((equals.saturating_add(1), value));
        }
    }
    for (offset, run) in tries {
        if run.len() < SHORTEST {
            continue;
        }
        let range = (at.saturating_add(offset), at.saturating_add(offset).saturating_add(run.len()));
        for bytes in [
            groups_of_five(run, ascii, true, finder),
            groups_of_five(run, rfc1924_digit, false, finder),
            groups_of_five(run, z85_digit, false, finder),
        ]
        .into_iter()
        .flatten()
        {
            if bytes.len() >= FEWEST && finder.hand_on(Decoding::Base85, &bytes, range) {
                return;
            }
        }
    }
}

fn place_in(alphabet: &[u8], byte: u8) -> Option<u32> {
    alphabet.iter().position(|known| *known == byte).and_then(|at| u32::try_from(at).ok())
}

fn rfc1924_digit(byte: u8) -> Option<u32> {
    place_in(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~", byte)
}

/// `ZeroMQ`'s alphabet.
fn z85_digit(byte: u8) -> Option<u32> {
    place_in(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#", byte)
}

fn groups_of_five(
    run: &[u8],
    digit: impl Fn(u8) -> Option<u32>,
    has_zeros: bool,
    finder: &mut Finder,
) -> Option<Vec<u8>> {
    let (mut out, mut value, mut count) = (Vec::new(), 0_u64, 0_usize);
    let flush = |value: u64, bytes: usize, out: &mut Vec<u8>| {
        let whole = u32::try_from(value).ok()?;
        out.extend(whole.to_be_bytes().iter().take(bytes));
        Some(())
    };
    for byte in run {
        if has_zeros && *byte == b'z' && count == 0 {
            out.extend([0; 4]);
            continue;
        }
        value = value.saturating_mul(85).saturating_add(u64::from(digit(*byte)?));
        count = count.saturating_add(1);
        if count == 5 {
            flush(value, 4, &mut out)?;
            (value, count) = (0, 0);
            if out.len() == 4 && !packed::may_be(&out) && out.iter().any(|byte| is_noise(*byte)) {
                return None;
            }
        }
    }
    if count > 1 {
        for _ in count..5 {
            value = value.saturating_mul(85).saturating_add(84);
        }
        flush(value, count.saturating_sub(1), &mut out)?;
    }
    finder.work(run.len());
    Some(out)
}

/// Base32 and hexadecimal wrapped over lines of equal length, or in groups.
fn wrapped(text: &str, finder: &mut Finder) {
    let mut block: Vec<u8> = Vec::new();
    let (mut width, mut start, mut end, mut lines) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut is_last = false;
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let gap = rest
            .iter()
            .take(9)
            .take_while(|byte| {
                matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'"' | b'\'' | b',' | b'-' | b'>' | b'|')
            })
            .count();
        let from = at.saturating_add(gap);
        let run = bytes.get(from..).unwrap_or_default();
        let length = run.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let fits = gap <= 8 && length >= 4 && (lines == 0 || length <= width) && !is_last;
        if !fits {
            if lines > 1 && block.len() >= SHORTEST {
                block_of(&block, (start, end), finder);
            }
            block.clear();
            (lines, is_last) = (0, false);
        }
        if length == 0 {
            if from >= bytes.len() {
                break;
            }
            at = from.saturating_add(1);
            continue;
        }
        if length >= 4 {
            if lines == 0 {
                (start, width) = (from, length);
            }
            is_last = length < width;
            lines = lines.saturating_add(1);
            end = from.saturating_add(length);
            block.extend(run.iter().take(length));
        }
        at = from.saturating_add(length);
        if at >= bytes.len() {
            if lines > 1 && block.len() >= SHORTEST {
                block_of(&block, (start, end), finder);
            }
            break;
        }
    }
}

fn block_of(block: &[u8], range: (usize, usize), finder: &mut Finder) {
    let digits = block.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return;
    }
    if block.iter().all(u8::is_ascii_hexdigit) {
        if let Some(bytes) = hex(block) {
            finder.work(block.len());
            finder.hand_on(Decoding::Hex, &bytes, range);
        }
        return;
    }
    let has = |class: fn(&u8) -> bool| block.iter().any(class);
    if !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase))
        && let Some(bytes) = base32(block.iter().copied(), finder)
    {
        finder.hand_on(Decoding::Base32, &bytes, range);
    }
}

/// Pairs of hexadecimal digits.
pub(super) fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    digits.len().is_multiple_of(2).then_some(())?;
    digits
        .chunks_exact(2)
        .map(|pair| pair.iter().try_fold(0_u8, |byte, one| Some(byte << 4 | digit(one)?)))
        .collect()
}

/// Lines that begin with their own length.
fn uuencoded(text: &str, finder: &mut Finder) {
    let (mut out, mut start, mut end, mut at) = (Vec::new(), 0_usize, 0_usize, 0_usize);
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        if let Some(bytes) = uu_line(bare.as_bytes()) {
            if out.is_empty() {
                start = at;
            }
            out.extend(bytes);
            end = at.saturating_add(bare.len());
        } else {
            if out.len() >= FEWEST {
                finder.hand_on(Decoding::Uuencode, &out, (start, end));
            }
            out.clear();
        }
        at = at.saturating_add(line.len());
    }
    if out.len() >= FEWEST {
        finder.hand_on(Decoding::Uuencode, &out, (start, end));
    }
}

fn uu_line(line: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = line.split_first()?;
    let length = usize::from(first.checked_sub(b' ').filter(|length| (1..=45).contains(length))?);
    let needed = length.div_ceil(3).saturating_mul(4);
    // Blanks at the end of a line may have been taken off.
    let fits = rest.len() <= needed.saturating_add(1) && rest.len().saturating_add(3) >= needed;
    (fits && rest.iter().all(|byte| matches!(byte, b' '..=b'`'))).then_some(())?;
    let mut out = Vec::with_capacity(length);
    let mut values = rest.iter().map(|byte| byte.wrapping_sub(b' ') & 63).chain(std::iter::repeat(0));
    while out.len() < length {
        let four: u32 = (0..4).fold(0, |bits, _| bits << 6 | u32::from(values.next().unwrap_or(0)));
        out.extend(four.to_be_bytes().iter().skip(1));
    }
    out.truncate(length);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Decoding, String)> {
        let mut finder = Finder::default();
        radix(text, &mut finder);
        finder.found.into_iter().map(|found| (found.decoding, found.text)).collect()
    }

    #[test]
    fn numbers_in_every_base_are_read() {
        for (text, decoding) in [
            ("code NFTW433SMUQGC3DMEBZHK3DFOM", Decoding::Base32),
            ("code nftw433smuqgc3dmebzhk3dfom======", Decoding::Base32),
            ("code NFTW433S MUQGC3DM EBZHK3DF OM", Decoding::Base32),
        ] {
            let found = found(text);
            assert!(
                found.iter().any(|(kind, text)| *kind == decoding && text.starts_with("ignore")),
                "{text} {found:?}"
            );
        }
    }

    #[test]
    fn ordinary_words_and_digests_are_noise() {
        for text in [
            "internationalisation responsibilities ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "12345678901234567890123456789012345678901234567890",
            "c11f39467cc5bcf3e28c1280c9cdea25 and 3fJ98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
            "for(var i=0;i<a.length;i++){b[i]=c(a[i]);if(!d)return!1}",
        ] {
            assert!(found(text).is_empty(), "{text} {:?}", found(text));
        }
    }
}
