//! Keys of an index, sorted and packed to the bit.
//!
//! In a sorted row of random numbers the first bits of each are nearly its number in the row. They are left out: keys
//! that begin alike stand in one group, and each has only the bits behind the beginning (quotienting: Knuth, *The Art
//! of Computer Programming* 3, 6.4, exercise 13). A run never changes; the next is made of it and of what came since.

use std::ops::Range;

use super::index::{Entry, SLOT_BITS, Slot, TAG_BITS};

/// INVARIANT: an entry that begins in the middle of a byte is read with the eight that begin there.
const _: () = assert!(TAG_BITS + SLOT_BITS <= 57, "an entry is wider than can be read at once");

/// Keys of a group, on the average at the most.
const GROUP: usize = 20;
/// Bytes behind the last entry, so that eight can be read of each.
const PAD: usize = 8;

#[derive(Default)]
pub(super) struct Run {
    len: usize,
    /// So many of a tag's first bits say in which group it stands.
    group_bits: u32,
    /// Bits of a slot, as many as the highest has.
    slot_bits: u32,
    /// The number of each group's first entry, and behind them the number of all.
    starts: Vec<u32>,
    /// Of each entry the rest of the tag and the slot.
    bits: Vec<u8>,
}

impl Run {
    /// How many keys there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// What is known of the key of this tag.
    pub(super) fn get(&self, tag: u64) -> Option<Slot> {
        let (group, mut at) = self.about(tag)?;
        let wanted = tag & low(self.rest_bits());
        let mut entry = self.entry(at);
        while entry >> self.slot_bits > wanted && at > group.start {
            at = at.saturating_sub(1);
            entry = self.entry(at);
        }
        while entry >> self.slot_bits < wanted && at < group.end {
            at = at.saturating_add(1);
            entry = self.entry(at);
        }
        let is_found = entry >> self.slot_bits == wanted && group.contains(&at);
        is_found.then(|| Slot::from_packed(entry & low(self.slot_bits)))
    }

    /// What stands about where the key of this tag would.
    pub(super) fn glance(&self, tag: u64) -> u64 {
        self.about(tag).map_or(0, |(_, at)| self.entry(at))
    }

    /// The group of a tag, and about where in it the tag stands: tags are scattered evenly, so that the guess is off by
    /// one or two.
    fn about(&self, tag: u64) -> Option<(Range<u32>, u32)> {
        let rest_bits = self.rest_bits();
        let group = usize::try_from(tag >> rest_bits).ok()?;
        let start = *self.starts.get(group)?;
        let end = *self.starts.get(group.saturating_add(1))?;
        let share = (tag & low(rest_bits)).saturating_mul(u64::from(end.saturating_sub(start))) >> rest_bits;
        Some((start..end, start.saturating_add(u32::try_from(share).unwrap_or(0))))
    }

    /// One run of these entries and its own; `fresh` is sorted by tags, and stands over what was known of a key.
    pub(super) fn merged<'e>(&self, fresh: impl Iterator<Item = &'e Entry> + Clone) -> Self {
        let slot = fresh.clone().map(|entry| Slot::of(*entry).to_packed()).max().unwrap_or(0);
        let most = self.len.saturating_add(fresh.clone().count());
        let group_bits = (most / GROUP).max(1).ilog2().min(TAG_BITS);
        let slot_bits = self.slot_bits.max(64_u32.saturating_sub(slot.leading_zeros()));
        let groups = 1_usize << group_bits;
        let mut next = Self {
            len: 0,
            group_bits,
            slot_bits,
            starts: Vec::with_capacity(groups.saturating_add(1)),
            bits: Vec::new(),
        };
        next.bits.resize(most.saturating_mul(next.width() as usize).div_ceil(8).saturating_add(PAD), 0);
        let mut fresh = fresh.copied().peekable();
        for known in self.entries() {
            while let Some(earlier) = fresh.next_if(|entry| tag(*entry) < tag(known)) {
                next.push(earlier);
            }
            if fresh.peek().is_none_or(|entry| tag(*entry) != tag(known)) {
                next.push(known);
            }
        }
        fresh.for_each(|entry| next.push(entry));
        let end = u32::try_from(next.len).unwrap_or(u32::MAX);
        next.starts.resize(groups.saturating_add(1), end);
        next
    }

    /// Writes an entry behind the last; its tag is higher.
    fn push(&mut self, entry: Entry) {
        let rest_bits = self.rest_bits();
        let group = usize::try_from(tag(entry) >> rest_bits).unwrap_or(usize::MAX);
        let here = u32::try_from(self.len).unwrap_or(u32::MAX);
        while self.starts.len() <= group.min(1 << self.group_bits) {
            self.starts.push(here);
        }
        let packed = (tag(entry) & low(rest_bits)) << self.slot_bits | Slot::of(entry).to_packed();
        let bit = self.len.saturating_mul(self.width() as usize);
        let eight = self.bits.get_mut(bit / 8..).and_then(|bits| bits.first_chunk_mut::<8>());
        if let Some(eight) = eight {
            *eight = (u64::from_le_bytes(*eight) | packed << (bit % 8)).to_le_bytes();
            self.len = self.len.saturating_add(1);
        }
    }

    /// The entry of this number as it is packed.
    #[inline]
    fn entry(&self, at: u32) -> u64 {
        let bit = (at as usize).saturating_mul(self.width() as usize);
        let eight = self.bits.get(bit / 8..).and_then(|bits| bits.first_chunk::<8>());
        eight.map_or(0, |eight| u64::from_le_bytes(*eight) >> (bit % 8)) & low(self.width())
    }

    /// Every entry, in the order of the tags.
    fn entries(&self) -> impl Iterator<Item = Entry> {
        let rest_bits = self.rest_bits();
        let mut ends = self.starts.iter().skip(1).zip(0_u64..).peekable();
        (0..u32::try_from(self.len).unwrap_or(u32::MAX)).map(move |at| {
            while ends.next_if(|(end, _)| **end <= at).is_some() {}
            let group = ends.peek().map_or(0, |(_, group)| *group);
            let packed = self.entry(at);
            let tag = group << rest_bits | packed >> self.slot_bits;
            tag << SLOT_BITS | Slot::from_packed(packed & low(self.slot_bits)).to_bits()
        })
    }

    const fn rest_bits(&self) -> u32 {
        TAG_BITS.saturating_sub(self.group_bits)
    }

    const fn width(&self) -> u32 {
        self.rest_bits().saturating_add(self.slot_bits)
    }
}

const fn tag(entry: Entry) -> u64 {
    entry >> SLOT_BITS
}

/// So many bits, all set.
const fn low(bits: u32) -> u64 {
    match 1_u64.checked_shl(bits) {
        Some(bit) => bit.wrapping_sub(1),
        None => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn all(run: &Run) -> BTreeMap<u64, u64> {
        run.entries().map(|entry| (tag(entry), Slot::of(entry).to_bits())).collect()
    }

    proptest! {
        #[test]
        fn a_run_says_what_was_said_last(
            rounds in prop::collection::vec(
                prop::collection::btree_map(
                    prop_oneof![0..64_u64, 0..1_u64 << TAG_BITS],
                    prop_oneof![0..9_u64, 0..1_u64 << SLOT_BITS],
                    0..90,
                ),
                1..5,
            ),
        ) {
            let (mut run, mut known) = (Run::default(), BTreeMap::new());
            for round in rounds {
                let fresh: Vec<Entry> = round.iter().map(|(tag, slot)| tag << SLOT_BITS | slot).collect();
                run = run.merged(fresh.iter());
                known.extend(round);
                prop_assert_eq!(run.len(), known.len());
                prop_assert_eq!(&all(&run), &known);
                for (tag, slot) in &known {
                    prop_assert_eq!(run.get(*tag).map(Slot::to_bits), Some(*slot));
                    let beside = (tag + 1) % (1 << TAG_BITS);
                    prop_assert_eq!(run.get(beside).is_some(), known.contains_key(&beside));
                }
            }
        }
    }
}
