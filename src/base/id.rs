//! Names that cannot be confused with each other, checked at the door.

use std::fmt;
use std::sync::Arc;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing was given.
    #[error("{kind} is empty")]
    Empty {
        /// What the name is for.
        kind: &'static str,
    },
    /// More than the allowed bytes.
    #[error("{kind} has {len} bytes, at most {max} are allowed")]
    TooLong {
        /// What the name is for.
        kind: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The longest allowed length in bytes.
        max: usize,
    },
    /// Not written as such an id is.
    #[error("{kind} is written as {expected}")]
    Form {
        /// What the id is for.
        kind: &'static str,
        /// How it is written.
        expected: &'static str,
    },
    /// A character that the name must not have.
    #[error("{kind} holds U+{character:04X} at byte {at}; allowed are {allowed}")]
    Character {
        /// What the name is for.
        kind: &'static str,
        /// The character's code point.
        character: u32,
        /// Where it stands, in bytes.
        at: usize,
        /// What may stand there, in words.
        allowed: &'static str,
    },
}

fn check(
    kind: &'static str,
    text: &str,
    max: usize,
    allowed: &'static str,
    fits: impl Fn(char) -> bool,
) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { kind });
    }
    if text.len() > max {
        return Err(IdError::TooLong { kind, len: text.len(), max });
    }
    match text.char_indices().find(|(_, c)| !fits(*c)) {
        Some((at, c)) => Err(IdError::Character { kind, character: u32::from(c), at, allowed }),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal, $allowed:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            #[doc = concat!("Takes `text` as a name: 1 to ", $max, " bytes of ", $allowed, ".")]
            ///
            /// # Errors
            /// When the text is empty, too long, or holds another character.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check($kind, text, $max, $allowed, $fits)?;
                Ok(Self(text.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
    };
}

const PRINTABLE: fn(char) -> bool = |c| !c.is_control();
const IDENTIFIER: fn(char) -> bool =
    |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':');

name!(
    /// One conversation of one agent. Labels, quotas and canaries live as long as it does.
    SessionId, "a session id", 256, "characters that are not control characters", PRINTABLE
);
name!(
    /// Who the agent acts for.
    PrincipalId, "a principal id", 256, "characters that are not control characters", PRINTABLE
);
name!(
    /// The host's own name for one request; only passed on to the audit.
    RequestId, "a request id", 256, "characters that are not control characters", PRINTABLE
);
name!(
    /// A tool server.
    ServerId, "a server id", 256, "characters that are not control characters", PRINTABLE
);
name!(
    // SECURITY: a name outside ASCII could look like another tool's (homoglyphs), or end a line in a log.
    /// A tool, as the model names it.
    ToolName, "a tool name", 128, "the letters A-Z and a-z, digits, and `_ . - / :`",
    IDENTIFIER
);
name!(
    // SECURITY: it is named in findings, which a model may read: nothing that could pass for a sentence.
    /// Where the host plants a canary: a prompt, a document, a row of a table.
    CanaryPlace, "a canary's place", 64, "the letters A-Z and a-z, digits, and `_ . - / :`", IDENTIFIER
);

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The id with this number.
            pub const fn from_u64(number: u64) -> Self {
                Self(number)
            }

            /// The id's number.
            pub const fn to_u64(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "-{:016x}"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                const ALLOWED: &str = concat!("`", $prefix, "-` and sixteen lower-case hexadecimal digits");
                let refused = || IdError::Form { kind: concat!("a `", $prefix, "` id"), expected: ALLOWED };
                let digits = text.strip_prefix(concat!($prefix, "-")).ok_or_else(refused)?;
                if digits.len() != 16 || !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    return Err(refused());
                }
                u64::from_str_radix(digits, 16).map(Self).map_err(|_| refused())
            }
        }
    };
}

number!(
    /// One thing that came in: a message, a text, a tool's result, a list of definitions.
    RecordId, "rec"
);
number!(
    /// A text that is kept back until somebody has looked at it.
    HeldId, "held"
);

/// 32 bytes of SHA-256 or HMAC-SHA-256, printed in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// All zero bits: the digest before the first link of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// A digest of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first eight bytes as a number, big-endian: enough to tell things apart, not to prove them.
    pub fn short(&self) -> u64 {
        self.0.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
        // In one piece: an audit event prints up to a hundred of these.
        let text: String = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest of a policy in its canonical form: two policies with one digest decide alike.
pub type PolicyDigest = Digest;

/// The digest of a user's message: what an authorization or a binding refers to.
pub type MessageHash = Digest;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_name_with_a_look_alike_letter_is_refused_and_told_where() {
        let error = ToolName::new("re\u{0430}d_file").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a tool name holds U+0430 at byte 2; allowed are the letters A-Z and a-z, digits, and `_ . - / :`"
        );
    }

    #[test]
    fn digests_read_back_what_they_print_and_nothing_else() {
        let digest = Digest::from_bytes(std::array::from_fn(|n| u8::try_from(n * 8).unwrap()));
        let text = digest.to_string();
        assert!(text.starts_with("0008101820") && text.ends_with("f0f8"), "{text}");
        assert_eq!(Digest::from_hex(&text), Some(digest));
        assert_eq!(Digest::from_hex(&text.replacen("00", "+0", 1)), None);
    }

    #[test]
    fn record_ids_read_back_what_they_print() {
        let id = RecordId::from_u64(0xfeed);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("rec-+000000000000fee".parse::<RecordId>().is_err());
    }
}
