//! Keys, secrets and nonces: values that don't print, are compared in constant time, and are wiped.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Digest, Entropy, EntropyError};

/// SHA-256 over `parts`, each preceded by its length (8 bytes, big-endian), so that no two lists of parts
/// give the same bytes.
pub fn sha256(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Digest::from_bytes(hash.finalize().into())
}

/// A key of 32 bytes. `Debug` shows the type's name only; wiped when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// A key of these bytes. They should come from a source of entropy or a key store, not from a password.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A fresh key.
    ///
    /// # Errors
    /// When there is no entropy.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        entropy.bytes().map(Self::from_bytes)
    }

    /// The key for one `purpose`, by HKDF-SHA-256 (RFC 5869): whoever learns it cannot forge another purpose's
    /// tags.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        let mut out = [0; 32];
        // 32 bytes are far below HKDF's limit of 255 × 32: `expand` has nothing to refuse.
        if hkdf::Hkdf::<Sha256>::new(None, self.0.as_ref()).expand(purpose.as_bytes(), &mut out).is_err() {
            return Self(Zeroizing::new(*self.tag(&[purpose.as_bytes()]).as_bytes()));
        }
        Self::from_bytes(out)
    }

    /// HMAC-SHA-256 over `parts`, each preceded by its length, as in [`sha256`].
    pub fn tag(&self, parts: &[&[u8]]) -> Digest {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_ref()) else {
            // HMAC takes keys of any length; this arm only keeps the function total.
            return sha256(parts);
        };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Digest::from_bytes(mac.finalize().into_bytes().into())
    }

    /// Whether `tag` is this key's tag over `parts`, in time that does not depend on where they differ.
    pub fn verify(&self, parts: &[&[u8]], tag: &Digest) -> bool {
        self.tag(parts).as_bytes().ct_eq(tag.as_bytes()).into()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// A value that must not leave: a credential, a password. Held only as long as it takes to fingerprint it.
#[derive(Clone)]
pub struct SecretValue(Zeroizing<String>);

impl SecretValue {
    /// Takes the value over.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself, for those who fingerprint it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue")
    }
}

/// 128 bits that are used once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// A fresh nonce.
    ///
    /// # Errors
    /// When there is no entropy.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        entropy.bytes().map(Self)
    }

    /// A nonce of these bytes, for stores that keep them elsewhere.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let key = SecretKey::from_bytes([7; 32]);
        assert_eq!(format!("{key:?} {:?}", SecretValue::new("hunter2")), "SecretKey SecretValue");
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let key = SecretKey::from_bytes([7; 32]);
        assert_ne!(key.tag(&[b"ab", b"c"]), key.tag(&[b"a", b"bc"]));
        assert_ne!(sha256(&[b"ab", b"c"]), sha256(&[b"a", b"bc"]));
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let key = SecretKey::from_bytes([7; 32]);
        assert_ne!(key.derive("audit").tag(&[b"x"]), key.derive("binding").tag(&[b"x"]));
    }

    #[test]
    fn hmac_agrees_with_rfc_4231_case_2_once_lengths_are_left_out() {
        // The RFC's vector has no length prefixes, so it is checked against the primitive that `tag` uses.
        let mut mac = Hmac::<Sha256>::new_from_slice(b"Jefe").unwrap();
        mac.update(b"what do ya want for nothing?");
        let tag = Digest::from_bytes(mac.finalize().into_bytes().into());
        assert_eq!(tag.to_string(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
