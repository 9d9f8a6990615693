//! Which characters a token may be made of.

/// A set of ASCII characters, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alphabet(u128);

impl Alphabet {
    /// The characters of `text`, where `a-z` means a range; a `-` at the very end stands for itself.
    pub(super) const fn of(text: &str) -> Self {
        let (mut bits, mut rest) = (0_u128, text.as_bytes());
        loop {
            rest = match rest {
                [first, b'-', last, tail @ ..] => {
                    let mut at = *first;
                    while at <= *last {
                        bits |= bit(at);
                        at = at.saturating_add(1);
                    }
                    tail
                }
                [one, tail @ ..] => {
                    bits |= bit(*one);
                    tail
                }
                [] => return Self(bits),
            };
        }
    }

    /// The characters whose bits are set.
    pub(super) const fn of_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The set as a class of a regular expression.
    #[cfg(feature = "test-util")]
    pub(super) fn class(self) -> String {
        let signs = (0..128_u8).filter(|byte| self.has(*byte)).map(|byte| format!(r"\x{byte:02x}"));
        format!("[{}]", signs.collect::<String>())
    }

    #[cfg(test)]
    pub(super) const fn bits(self) -> u128 {
        self.0
    }

    /// The characters of either.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `byte` is in the set. Bytes outside ASCII never are.
    pub(super) const fn has(self, byte: u8) -> bool {
        self.0 & bit(byte) != 0
    }

    /// How many bytes at the start of `bytes` are in the set, counting to `max`.
    pub(super) fn prefix(self, bytes: &[u8], max: usize) -> usize {
        bytes.iter().take(max).take_while(|byte| self.has(**byte)).count()
    }

    /// How many bytes at the end of `bytes` are in the set, counting to `max`.
    pub(super) fn suffix(self, bytes: &[u8], max: usize) -> usize {
        bytes.iter().rev().take(max).take_while(|byte| self.has(**byte)).count()
    }
}

const fn bit(byte: u8) -> u128 {
    if byte < 128 { 1_u128.wrapping_shl(byte as u32) } else { 0 }
}

pub(super) const DIGIT: Alphabet = Alphabet::of("0-9");
pub(super) const LETTER: Alphabet = Alphabet::of("A-Za-z");
pub(super) const ALNUM: Alphabet = Alphabet::of("0-9A-Za-z");
pub(super) const LOWER_NUM: Alphabet = Alphabet::of("0-9a-z");
pub(super) const UPPER_NUM: Alphabet = Alphabet::of("0-9A-Z");
pub(super) const HEX: Alphabet = Alphabet::of("0-9a-f");
pub(super) const UPPER_HEX: Alphabet = Alphabet::of("0-9A-F");
pub(super) const ANY_HEX: Alphabet = Alphabet::of("0-9a-fA-F");
/// RFC 4648, section 4, without padding.
pub(super) const BASE64: Alphabet = Alphabet::of("0-9A-Za-z+/");
/// RFC 4648, section 5, without padding.
pub(super) const BASE64URL: Alphabet = Alphabet::of("0-9A-Za-z_-");
/// Bitcoin's: no `0 O I l`.
pub(super) const BASE58: Alphabet = Alphabet::of("1-9A-HJ-NP-Za-km-z");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_single_characters_are_read() {
        assert!(BASE64URL.has(b'-') && BASE64URL.has(b'_') && BASE64URL.has(b'q'));
        assert!(!BASE64URL.has(b'+') && !BASE58.has(b'0') && !ALNUM.has(0xC3));
        assert_eq!(HEX.prefix(b"09afg", 9), 4);
        assert_eq!(HEX.suffix(b"xab", 1), 1);
    }
}
