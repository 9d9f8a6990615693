//! Which part of the source a part of a rewritten text came from.
//!
//! A rewritten text is a row of *units*, each made from one stretch of the source: `ﬁ` becomes `fi`, `%41`
//! becomes `A`, a zero-width space becomes nothing. Equal units in a row are one run, so plain text costs one
//! run however long it is, and a lookup is a binary search.
//!
//! The map is exact: a span that covers any part of a unit leads to the whole of that unit's source, and to
//! nothing else. It cannot say which byte *inside* a unit came from where; nobody could.

/// From offsets in a rewritten text to offsets in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OffsetMap {
    /// Both texts have the same length, and every character stands where it stood.
    Identity,
    /// Runs of equal units, in order; behind them the end of the last one.
    Runs(Vec<Run>),
}

/// Units of one shape, one behind the other in both texts, up to where the next run starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    target: u32,
    source: u32,
    target_unit: u16,
    source_unit: u16,
}

impl OffsetMap {
    /// The smallest stretch of the source that holds everything under `start..end`.
    pub(super) fn locate(&self, start: usize, end: usize) -> (usize, usize) {
        let Self::Runs(runs) = self else { return (start, end) };
        let first = Self::unit(runs, start);
        if end <= start {
            return (first.0, first.0);
        }
        (first.0, Self::unit(runs, end.saturating_sub(1)).1)
    }

    /// The stretch of the source that the unit around `offset` was made from; behind the last unit, the
    /// place behind its source.
    fn unit(runs: &[Run], offset: usize) -> (usize, usize) {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let behind = runs.partition_point(|run| run.target <= offset);
        let Some(run) = behind.checked_sub(1).and_then(|at| runs.get(at)) else { return (0, 0) };
        let inside = offset.saturating_sub(run.target);
        let index = inside.checked_div(u32::from(run.target_unit)).unwrap_or(0);
        let start = run.source.saturating_add(index.saturating_mul(u32::from(run.source_unit)));
        (start as usize, start.saturating_add(u32::from(run.source_unit)) as usize)
    }
}

/// Builds an [`OffsetMap`] from units in order.
#[derive(Debug, Default)]
pub(super) struct MapBuilder {
    runs: Vec<Run>,
    target: u32,
    source: u32,
    /// Whether the source goes on where the last unit's ended.
    is_unbroken: bool,
}

impl MapBuilder {
    /// A builder whose first unit's source starts at `source`.
    pub(super) fn starting_at(source: usize) -> Self {
        Self { source: u32::try_from(source).unwrap_or(u32::MAX), ..Self::default() }
    }

    /// `len` bytes of characters that are each as long as what they were made from.
    #[inline]
    pub(super) fn same(&mut self, len: usize) {
        if len > 0 {
            self.run(1, 1);
            self.advance(len, len);
        }
    }

    /// One unit of `target` bytes, made from `source` bytes. A unit that makes nothing is a gap.
    #[inline]
    pub(super) fn unit(&mut self, target: usize, source: usize) {
        if target == 0 {
            self.is_unbroken = false;
            self.advance(0, source);
        } else {
            // A unit longer than a run can say is reported by its last 64 KiB; nothing real is that long.
            let excess = source.saturating_sub(usize::from(u16::MAX));
            if excess > 0 {
                self.is_unbroken = false;
                self.advance(0, excess);
            }
            let source = source.saturating_sub(excess);
            self.run(u16::try_from(target).unwrap_or(u16::MAX), u16::try_from(source).unwrap_or(u16::MAX));
            self.advance(target, source);
        }
    }

    /// The source goes on at `source`; what lies between makes nothing.
    pub(super) fn jump(&mut self, source: usize) {
        self.is_unbroken = false;
        self.source = u32::try_from(source).unwrap_or(u32::MAX);
    }

    #[inline]
    fn run(&mut self, target_unit: u16, source_unit: u16) {
        let shape = (target_unit, source_unit);
        if self.is_unbroken
            && self.runs.last().is_some_and(|last| (last.target_unit, last.source_unit) == shape)
        {
            return;
        }
        self.is_unbroken = true;
        self.runs.push(Run { target: self.target, source: self.source, target_unit, source_unit });
    }

    #[inline]
    fn advance(&mut self, target: usize, source: usize) {
        self.target = self.target.saturating_add(u32::try_from(target).unwrap_or(u32::MAX));
        self.source = self.source.saturating_add(u32::try_from(source).unwrap_or(u32::MAX));
    }

    /// The finished map.
    pub(super) fn finish(mut self) -> OffsetMap {
        let plain = match self.runs.as_slice() {
            [] => self.source == 0,
            [run] => {
                (run.source, run.target_unit, run.source_unit) == (0, 1, 1) && self.source == self.target
            }
            _ => false,
        };
        if plain {
            return OffsetMap::Identity;
        }
        // The end is a unit that makes one byte from nothing, so that an empty span behind the text has a place:
        // behind the last unit's source, not behind a gap that follows it.
        let end = match self.runs.last() {
            Some(last) => {
                let length = self.target.saturating_sub(last.target);
                let units = length.checked_div(u32::from(last.target_unit)).unwrap_or(0);
                last.source.saturating_add(units.saturating_mul(u32::from(last.source_unit)))
            }
            None => 0,
        };
        self.runs.push(Run { target: self.target, source: end, target_unit: u16::MAX, source_unit: 0 });
        self.runs.shrink_to_fit();
        OffsetMap::Runs(self.runs)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map(units: &[(usize, usize)]) -> OffsetMap {
        let mut builder = MapBuilder::default();
        for &(target, source) in units {
            builder.unit(target, source);
        }
        builder.finish()
    }

    #[test]
    fn plain_text_is_the_identity() {
        assert_eq!(map(&[(1, 1), (1, 1)]), OffsetMap::Identity);
    }

    #[test]
    fn an_empty_text_is_the_identity() {
        assert_eq!(map(&[]), OffsetMap::Identity);
    }

    #[test]
    fn a_text_that_vanishes_leads_to_its_beginning() {
        assert_eq!(map(&[(0, 3)]).locate(0, 0), (0, 0));
    }

    #[test]
    fn a_gap_at_a_spans_edge_is_outside_of_it_and_one_within_is_inside() {
        let map = map(&[(1, 1), (0, 3), (1, 1)]);
        assert_eq!(map.locate(0, 1), (0, 1));
        assert_eq!(map.locate(1, 2), (4, 5));
        assert_eq!(map.locate(0, 2), (0, 5));
    }

    #[test]
    fn equal_units_in_a_row_are_one_run() {
        let OffsetMap::Runs(runs) = map(&[(1, 3); 1000]) else { panic!("units of two lengths are runs") };
        assert_eq!(runs.len(), 2);
    }

    proptest! {
        #[test]
        fn every_span_leads_to_the_units_it_touches(
            units in prop::collection::vec((0_usize..4, 0_usize..5), 0..40),
            from in 0_usize..80,
            len in 1_usize..20,
        ) {
            let map = map(&units);
            let (mut target, mut source) = (0, 0);
            let (mut start, mut end) = (None, 0);
            for &(t, s) in &units {
                if t > 0 && target < from + len && target + t > from {
                    start.get_or_insert(source);
                    end = source + s;
                }
                target += t;
                source += s;
            }
            prop_assume!(from + len <= target);
            prop_assert_eq!(map.locate(from, from + len), (start.unwrap(), end));
        }

        #[test]
        fn later_offsets_never_lead_to_earlier_places(
            units in prop::collection::vec((0_usize..4, 0_usize..5), 0..40),
        ) {
            let map = map(&units);
            let whole: usize = units.iter().map(|unit| unit.0).sum();
            let places: Vec<_> = (0..=whole).map(|at| map.locate(at, at).0).collect();
            prop_assert!(places.is_sorted(), "{:?}", places);
        }
    }
}
