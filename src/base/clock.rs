//! Time as an argument: one [`Moment`] is read per verb and passed down.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// One reading of the clock: wall time for people and logs, monotonic time for quotas and expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: u64,
    /// Nanoseconds since a fixed point of this process; never goes back.
    pub mono_ns: u64,
}

impl Moment {
    /// A moment of the two readings.
    pub const fn new(unix_ms: u64, mono_ns: u64) -> Self {
        Self { unix_ms, mono_ns }
    }
}

/// Where the time comes from. Injected, so that tests and simulations own it.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present moment.
    ///
    /// # Errors
    /// When the time cannot be told. The verb that asked then blocks: without a clock nothing expires.
    fn now(&self) -> Result<Moment, ClockError>;
}

/// The time could not be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the clock gave no usable time")]
#[non_exhaustive]
pub struct ClockError;

impl ClockError {
    /// For clocks outside this crate.
    pub const fn new() -> Self {
        Self
    }
}

impl Default for ClockError {
    fn default() -> Self {
        Self::new()
    }
}

/// The operating system's clock. The default.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// The operating system's clock.
    pub const fn new() -> Self {
        Self
    }
}

static STARTED: OnceLock<Instant> = OnceLock::new();

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's time is read")]
    fn now(&self) -> Result<Moment, ClockError> {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| ClockError)?;
        let mono = STARTED.get_or_init(Instant::now).elapsed();
        Ok(Moment {
            unix_ms: u64::try_from(wall.as_millis()).map_err(|_| ClockError)?,
            mono_ns: u64::try_from(mono.as_nanos()).map_err(|_| ClockError)?,
        })
    }
}
