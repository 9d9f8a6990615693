//! Chance as an argument: nonces and ids come from here.

use std::fmt;

/// Where unguessable bytes come from. Injected, so that tests own it.
pub trait Entropy: fmt::Debug + Send + Sync {
    /// Fills `out` with bytes that nobody outside can guess.
    ///
    /// # Errors
    /// When there are none. The verb that asked then blocks: a guessable nonce is no nonce.
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError>;
}

/// No entropy was to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no entropy was to be had")]
#[non_exhaustive]
pub struct EntropyError;

impl EntropyError {
    /// For sources outside this crate.
    pub const fn new() -> Self {
        Self
    }
}

impl Default for EntropyError {
    fn default() -> Self {
        Self::new()
    }
}

/// The operating system's entropy. The default.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct OsEntropy;

impl OsEntropy {
    /// The operating system's entropy.
    pub const fn new() -> Self {
        Self
    }
}

impl Entropy for OsEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyError> {
        use rand::TryRng as _;
        rand::rngs::SysRng.try_fill_bytes(out).map_err(|_| EntropyError)
    }
}

impl dyn Entropy + '_ {
    /// `N` unguessable bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut out = [0; N];
        self.fill(&mut out)?;
        Ok(out)
    }
}
