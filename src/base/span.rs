//! Byte ranges that know which text they belong to.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Range;

/// A text that spans can point into. Sealed: the spaces are [`Original`], [`Clean`] and [`Folded`].
pub trait Space: sealed::Sealed + 'static {
    /// The space's name, as `Debug` shows it.
    const NAME: &'static str;
}

mod sealed {
    #[expect(unnameable_types, reason = "sealing a trait needs a name that nobody outside can say")]
    pub trait Sealed {}
}

macro_rules! space {
    ($(#[$doc:meta])* $name:ident, $label:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Space for $name {
            const NAME: &'static str = $label;
        }
    };
}

space!(
    /// The text as it came in. Findings point here.
    Original,
    "original"
);
space!(
    /// The text without what nobody sees: what is handed on.
    Clean,
    "clean"
);
space!(
    /// The text as matchers read it: decomposed, lower-case, look-alikes mapped.
    Folded,
    "folded"
);

/// A half-open byte range `start..end` of a text in the space `S`, in bytes, at most 4 GiB.
///
/// Offsets of different spaces do not mix: a `Span<Folded>` is not a `Span<Original>`, and only the offset
/// map of the text they both belong to turns one into the other.
pub struct Span<S: Space> {
    start: u32,
    end: u32,
    space: PhantomData<fn() -> S>,
}

impl<S: Space> Span<S> {
    /// A span from `start` up to, not including, `end`. `None` when they are out of order or over 4 GiB.
    pub fn new(start: usize, end: usize) -> Option<Self> {
        let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
        (start <= end).then_some(Self { start, end, space: PhantomData })
    }

    /// The empty span at the text's beginning.
    pub const fn empty() -> Self {
        Self { start: 0, end: 0, space: PhantomData }
    }

    /// The whole of `text`, cut at 4 GiB.
    pub fn whole(text: &str) -> Self {
        Self { start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX), space: PhantomData }
    }

    /// Offset of the first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Offset behind the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether the span covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The span as a range, for `str::get`.
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }

    /// The part of `text` under this span; `None` where the span leaves the text or cuts a character.
    pub fn of(self, text: &str) -> Option<&str> {
        text.get(self.range())
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end), space: PhantomData }
    }

    /// Whether the two share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl<S: Space> Clone for Span<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: Space> Copy for Span<S> {}
impl<S: Space> PartialEq for Span<S> {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end) == (other.start, other.end)
    }
}
impl<S: Space> Eq for Span<S> {}
impl<S: Space> PartialOrd for Span<S> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<S: Space> Ord for Span<S> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.start, self.end).cmp(&(other.start, other.end))
    }
}
impl<S: Space> Hash for Span<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.start, self.end).hash(state);
    }
}
impl<S: Space> fmt::Debug for Span<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{} ({})", self.start, self.end, S::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_out_of_order_is_refused() {
        assert_eq!(Span::<Original>::new(3, 2), None);
    }

    #[test]
    fn a_span_that_cuts_a_character_yields_nothing() {
        let span = Span::<Original>::new(0, 1).unwrap();
        assert_eq!(span.of("é"), None);
        assert_eq!(span.of("e"), Some("e"));
    }
}
