//! Budgets: every loop over hostile input names one of these.

use std::time::Duration;

/// Budgets on what is read, decoded and kept. A budget that is exceeded is a finding and, where text leaves
/// or decides, a block; nothing is cut off silently.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest text that is looked at, in bytes. Default 1 MiB, at most [`Limits::MAX_INPUT`].
    pub max_input: usize,
    /// How deep views nest: base64 in percent in JSON escapes is 3. Default 3.
    pub view_depth: u8,
    /// How many views a text may have that decode to something readable. Default 4,096.
    pub view_count: usize,
    /// All views together, as a multiple of the input's length. Default 4.
    pub view_ratio: usize,
    /// Deepest nesting of JSON. Default 128.
    pub json_depth: usize,
    /// Most values in a JSON document, counting objects, arrays and leaves. Default 100,000.
    pub json_values: usize,
    /// Deepest nesting of open HTML elements. Default 512, as browsers stop there.
    pub html_depth: usize,
    /// Most nodes of an HTML document. Default 200,000.
    pub html_nodes: usize,
    /// Character comparisons that confirming overlaps may cost per check. Default 4,000,000.
    pub overlap_work: usize,
    /// Bytes of ingested text that one session's index holds. Beyond it the session's floor stands for
    /// everything. Default 16 MiB.
    pub session_bytes: usize,
}

impl Limits {
    /// The hard cap on [`Limits::max_input`]: 64 MiB. Spans are 32-bit.
    pub const MAX_INPUT: usize = 64 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_input: 1 << 20,
            view_depth: 3,
            view_count: 4_096,
            view_ratio: 4,
            json_depth: 128,
            json_values: 100_000,
            html_depth: 512,
            html_nodes: 200_000,
            overlap_work: 4_000_000,
            session_bytes: 16 << 20,
        }
    }
}

/// How much in how long a time, and how that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    burst: u32,
    period: Duration,
    sliding: bool,
}

impl Quota {
    /// The most that a [sliding](Quota::sliding) quota admits: each of them is remembered by its time.
    pub const MAX_SLIDING: u32 = 1024;

    /// A rate: `burst` at once, and one more every `period / burst`. `None` when either is zero.
    pub const fn new(burst: u32, period: Duration) -> Option<Self> {
        if burst == 0 || period.is_zero() { None } else { Some(Self { burst, period, sliding: false }) }
    }

    /// A window: never more than `burst` in any stretch of `period`, wherever it begins. `None` when either is
    /// zero, or `burst` is above [`Quota::MAX_SLIDING`].
    pub const fn sliding(burst: u32, period: Duration) -> Option<Self> {
        if burst > Self::MAX_SLIDING {
            return None;
        }
        match Self::new(burst, period) {
            Some(quota) => Some(Self { sliding: true, ..quota }),
            None => None,
        }
    }

    /// How many at once.
    pub const fn burst(self) -> u32 {
        self.burst
    }

    /// In how long a time.
    pub const fn period(self) -> Duration {
        self.period
    }

    /// Whether it is a window, not a rate.
    pub const fn is_sliding(self) -> bool {
        self.sliding
    }
}
