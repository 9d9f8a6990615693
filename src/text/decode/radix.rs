//! Stretches of a text that are numbers in some base: base32, base58, base85, one long decimal number, uuencoded lines.
//!
//! Each alphabet has a gate that ordinary text does not pass, and each decoding is given up at the first byte that no
//! text has. Big numbers cost the square of their length, so theirs is bounded.

use super::survey::{Block, Survey};
use super::{Decoding, Finder, packed};

/// Shortest stretch that is tried, in characters.
const SHORTEST: usize = 16;
/// Shortest part of a stretch that is wrapped.
const SHORTEST_PART: usize = 4;
/// Most bytes between two parts of it.
const WIDEST_GAP: usize = 8;
/// Longest big number that may be anything, in digits of its base.
const BIG: usize = 400;
/// Longest big number, if the bytes at its end are text: that costs one look, the number itself the square of its length.
const BIGGEST: usize = 12_000;
/// Fewest bytes of text that a big number or base85 has to hold.
const FEWEST: usize = 12;

/// Finds every stretch that decodes to text.
pub(super) fn radix(survey: &Survey<'_>, finder: &mut Finder) {
    let long = survey.rows(Block::graphic, 16);
    let mut at = 0;
    while let Some(start) = long.next(at) {
        let rest = survey.bytes().get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_graphic()).count();
        word(rest.get(..length).unwrap_or_default(), start, finder);
        at = start.saturating_add(length);
    }
    wrapped(survey, finder);
    uuencoded(survey.text, finder);
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
        if (FEWEST.saturating_mul(2)..=BIGGEST).contains(&run.len())
            && let Some(bytes) = big(run, 10, |byte| Some(byte.wrapping_sub(b'0')), finder)
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
    if (20..=BIGGEST).contains(&run.len())
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
            if is_hopeless(&out) {
                return None;
            }
        }
    }
    finder.work(out.len());
    Some(out)
}

/// Whether the first bytes are enough to see that the rest is noise. What is packed begins with bytes that are none.
fn is_hopeless(start: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < b'\t' || *byte > b'\r' && *byte < b' ' || *byte == 0x7F;
    match start.len() {
        4 => !packed::may_be(start) && start.iter().any(is_control),
        FEWEST => packed::is_noise(start),
        _ => false,
    }
}

const fn base58_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'1'..=b'9' => byte.wrapping_sub(b'1'),
        b'A'..=b'H' => byte.wrapping_sub(b'A').wrapping_add(9),
        b'J'..=b'N' => byte.wrapping_sub(b'J').wrapping_add(17),
        b'P'..=b'Z' => byte.wrapping_sub(b'P').wrapping_add(22),
        b'a'..=b'k' => byte.wrapping_sub(b'a').wrapping_add(33),
        b'm'..=b'z' => byte.wrapping_sub(b'm').wrapping_add(44),
        _ => return None,
    })
}

/// The bytes of a number, the highest first.
fn big(run: &[u8], base: u8, digit: impl Fn(u8) -> Option<u8>, finder: &mut Finder) -> Option<Vec<u8>> {
    // SECURITY: long rows of digits are cheap to write. What the lowest bytes are needs no big number.
    if run.len() > BIG {
        let mut low = 0_u128;
        for byte in run {
            low = low.wrapping_mul(u128::from(base)).wrapping_add(u128::from(digit(*byte)?));
        }
        let end = low.to_be_bytes();
        let is_control = |byte: &u8| *byte < b'\t' || *byte > b'\r' && *byte < b' ' || *byte == 0x7F;
        // A character may be cut off at the front.
        let cut = end.iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
        if end.iter().any(is_control) || std::str::from_utf8(end.get(cut..)?).is_err() {
            return None;
        }
    }
    // As many digits at once as fit into a limb.
    let width = usize::try_from(u64::MAX.ilog(u64::from(base))).unwrap_or(1);
    // Limbs of 64 bits, the lowest first.
    let mut limbs: Vec<u64> = Vec::new();
    for digits in run.chunks(width) {
        let (mut carry, mut scale) = (0_u64, 1_u64);
        for byte in digits {
            scale = scale.wrapping_mul(u64::from(base));
            carry = carry.wrapping_mul(u64::from(base)).wrapping_add(u64::from(digit(*byte)?));
        }
        for limb in &mut limbs {
            (*limb, carry) = limb.carrying_mul(scale, carry);
        }
        if carry > 0 {
            limbs.push(carry);
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
            groups_of_five(run, &ASCII85, true, finder),
            groups_of_five(run, &RFC1924, false, finder),
            groups_of_five(run, &Z85, false, finder),
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

/// The value of each digit of an alphabet; what is none has [`NONE`].
type Digits = [u8; 256];

/// No digit.
const NONE: u8 = u8::MAX;

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "worked out by the compiler")]
const fn digits_of(alphabet: &[u8; 85]) -> Digits {
    let (mut digits, mut at) = ([NONE; 256], 0_u8);
    while at < 85 {
        digits[alphabet[at as usize] as usize] = at;
        at += 1;
    }
    digits
}

/// Ascii85: from `!` to `u`.
static ASCII85: Digits =
    digits_of(b"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstu");

/// RFC 1924.
static RFC1924: Digits =
    digits_of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~");

/// `ZeroMQ`'s alphabet.
static Z85: Digits =
    digits_of(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#");

fn groups_of_five(run: &[u8], digits: &Digits, has_zeros: bool, finder: &mut Finder) -> Option<Vec<u8>> {
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
        let digit = digits.get(usize::from(*byte)).copied().filter(|digit| *digit != NONE)?;
        value = value.saturating_mul(85).saturating_add(u64::from(digit));
        count = count.saturating_add(1);
        if count == 5 {
            flush(value, 4, &mut out)?;
            (value, count) = (0, 0);
            if is_hopeless(&out) {
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
fn wrapped(survey: &Survey<'_>, finder: &mut Finder) {
    let bytes = survey.bytes();
    let digits = survey.places(|near| near.block.digit);
    let ends = |byte: &u8| !byte.is_ascii_alphanumeric() && !is_gap(*byte);
    let mut at = 0;
    // Between two signs that no group goes over, only what has a digit is looked at.
    while let Some(digit) = digits.next(at) {
        let before = bytes.get(at..digit).unwrap_or_default();
        let start = before.iter().rposition(ends).map_or(at, |end| at.saturating_add(end));
        let rest = bytes.get(digit..).unwrap_or_default();
        at = digit.saturating_add(rest.iter().position(ends).unwrap_or(rest.len()));
        groups(bytes.get(start..at).unwrap_or_default(), start, finder);
    }
}

const fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'"' | b'\'' | b',' | b'-' | b'>' | b'|')
}

/// Tries the groups in a stretch that stands at `offset`.
fn groups(bytes: &[u8], offset: usize, finder: &mut Finder) {
    let mut group = Group::default();
    let mut end = 0_usize;
    for part in bytes.split(|byte| !byte.is_ascii_alphanumeric()) {
        let start = end;
        end = start.saturating_add(part.len());
        let fits = !group.is_last
            && (SHORTEST_PART..=group.width).contains(&part.len())
            && start.saturating_sub(group.end) <= WIDEST_GAP;
        if fits {
            group.is_last = part.len() < group.width;
            (group.end, group.letters) = (end, group.letters.saturating_add(part.len()));
        } else if !part.is_empty() {
            group.finish(bytes, offset, finder);
            let width = if part.len() < SHORTEST_PART { 0 } else { part.len() };
            group = Group { start, end, width, letters: width, is_last: false };
        }
        end = end.saturating_add(1);
    }
    group.finish(bytes, offset, finder);
}

/// Parts of one length in a row, the last of which may be shorter.
#[derive(Default)]
struct Group {
    start: usize,
    end: usize,
    /// How long each part is; 0 where there is none.
    width: usize,
    /// How long they are together.
    letters: usize,
    is_last: bool,
}

impl Group {
    fn finish(&self, bytes: &[u8], offset: usize, finder: &mut Finder) {
        if self.letters < SHORTEST || self.letters == self.width {
            return;
        }
        let range = (offset.saturating_add(self.start), offset.saturating_add(self.end));
        let letters = bytes.get(self.start..self.end).unwrap_or_default();
        if letters.iter().any(u8::is_ascii_digit) {
            let block: Vec<u8> = letters.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
            block_of(&block, range, finder);
        }
    }
}

fn block_of(block: &[u8], range: (usize, usize), finder: &mut Finder) {
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
    let (mut out, mut start, mut end) = (Vec::new(), 0_usize, 0_usize);
    for (at, line) in super::lines(text) {
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
        radix(&Survey::new(text), &mut finder);
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
