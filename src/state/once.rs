//! Proofs that are good for one call.

use std::time::Duration;

use crate::base::{Nonce, Rule};

/// A nonce that has to be claimed before something runs, and what it means when it was claimed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    nonce: Nonce,
    ttl: Duration,
    spent: &'static Rule,
}

impl Once {
    /// `nonce`, to be kept for `ttl`: as long as the proof could still be shown. `spent` is found when it is shown
    /// a second time.
    pub const fn new(nonce: Nonce, ttl: Duration, spent: &'static Rule) -> Self {
        Self { nonce, ttl, spent }
    }

    /// The nonce.
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// How long it has to be kept.
    pub const fn ttl(&self) -> Duration {
        self.ttl
    }

    /// What was found when it was claimed before.
    pub const fn spent(&self) -> &'static Rule {
        self.spent
    }
}
