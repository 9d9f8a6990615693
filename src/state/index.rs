//! One session's index: key → what is known of every segment that has it.
//!
//! A check costs the keys it asks for, however much the session has taken in: that, and not a loop over all
//! texts, is what keeps a flood of ingested text from slowing every later check down. Labels are joined over
//! all segments that have a key; which segments those are is remembered for the first few only.
//!
//! Memory: 17 to 39 bytes for a key that one segment has, 72 more where several have it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::StoreError;
use super::segment::{Hits, Key, Place, Role, Segment};
use crate::base::{Label, RecordId, Sensitivity};

/// The table is split so that growing is done in small steps: nobody waits for one big table to be moved.
const PARTS: usize = 32;

pub(super) struct Index {
    secret: [u64; 2],
    parts: Vec<Part>,
    heads: Vec<Head>,
    segments: HashMap<RecordId, Arc<Segment>>,
}

#[derive(Default)]
struct Part {
    slots: HashMap<u64, Slot, BuildHasherDefault<Scrambled>>,
    many: Vec<Many>,
}

/// What a lookup needs of a segment, by the segment's number.
#[derive(Clone, Copy)]
struct Head {
    record: RecordId,
    label: Label,
    user: bool,
}

/// Segment number (31 bits) and offset (32 bits), or the highest bit and a number in `Part::many`.
#[derive(Clone, Copy)]
struct Slot(u64);

impl Slot {
    const MANY: u64 = 1 << 63;

    fn one(segment: u32, at: u32) -> Self {
        Self((u64::from(segment) << 32 | u64::from(at)) & !Self::MANY)
    }

    fn many(number: usize) -> Self {
        Self(number as u64 | Self::MANY)
    }

    fn as_many(self) -> Option<usize> {
        (self.0 & Self::MANY != 0).then(|| usize::try_from(self.0 & !Self::MANY).unwrap_or(usize::MAX))
    }

    const fn segment(self) -> usize {
        (self.0 >> 32) as usize
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the offset")]
    const fn at(self) -> u32 {
        self.0 as u32
    }
}

/// A key that several segments have.
struct Many {
    label: Label,
    more: bool,
    len: u8,
    /// The newest user message, or `NOBODY`.
    user: u32,
    places: [Slot; Hits::PLACES],
}

const NOBODY: u32 = u32::MAX;

impl Many {
    fn of(first: Slot, heads: &[Head]) -> Self {
        let mut many =
            Self { label: Label::NEUTRAL, more: false, len: 0, user: NOBODY, places: [first; Hits::PLACES] };
        many.add(first, heads);
        many
    }

    fn places(&self) -> &[Slot] {
        self.places.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn add(&mut self, place: Slot, heads: &[Head]) {
        let Some(head) = heads.get(place.segment()) else { return };
        self.label = self.label.join(head.label);
        if head.user {
            self.user = u32::try_from(place.segment()).unwrap_or(NOBODY);
        }
        if self.places().iter().any(|known| known.segment() == place.segment()) {
            return;
        }
        if let Some(free) = self.places.get_mut(usize::from(self.len)) {
            *free = place;
            self.len = self.len.saturating_add(1);
            return;
        }
        self.more = true;
        if head.label.sensitivity() == Sensitivity::Public {
            return;
        }
        // SECURITY: public texts that happen to share a key, or were made to, must not crowd out the sensitive
        // one that a leak is to be confirmed against.
        let sensitivity = |slot: &Slot| heads.get(slot.segment()).map(|head| head.label.sensitivity());
        if let Some(least) = self.places.iter_mut().min_by_key(|slot| sensitivity(slot))
            && sensitivity(least) < Some(head.label.sensitivity())
        {
            *least = place;
        }
    }
}

impl Index {
    /// An empty index. The secret scatters keys, so that nobody can choose texts whose keys collide.
    pub(super) fn new(secret: [u64; 2]) -> Self {
        let parts = std::iter::repeat_with(Part::default).take(PARTS).collect();
        Self { secret, parts, heads: Vec::new(), segments: HashMap::new() }
    }

    /// Takes a segment in, still without keys. Its number is what [`Index::insert`] wants.
    pub(super) fn begin(&mut self, segment: Segment) -> Result<u32, StoreError> {
        let record = segment.record();
        let number = u32::try_from(self.heads.len()).unwrap_or(NOBODY);
        if number >= NOBODY >> 1 {
            return Err(StoreError::Full { what: "segments" });
        }
        let head = Head { record, label: segment.label(), user: segment.role() == Role::UserMessage };
        match self.segments.entry(record) {
            Entry::Occupied(_) => return Err(StoreError::Duplicate(record)),
            Entry::Vacant(free) => free.insert(Arc::new(segment)),
        };
        self.heads.push(head);
        Ok(number)
    }

    pub(super) fn insert(&mut self, number: u32, keys: &[(Key, u32)]) {
        for (key, at) in keys {
            let hash = self.scramble(*key);
            let place = Slot::one(number, *at);
            let Some(part) = self.parts.get_mut(part(hash)) else { continue };
            match part.slots.entry(hash) {
                Entry::Vacant(free) => {
                    free.insert(place);
                }
                Entry::Occupied(mut slot) => {
                    let known = *slot.get();
                    if let Some(n) = known.as_many() {
                        if let Some(many) = part.many.get_mut(n) {
                            many.add(place, &self.heads);
                        }
                    } else if known.segment() != place.segment() {
                        slot.insert(Slot::many(part.many.len()));
                        let mut many = Many::of(known, &self.heads);
                        many.add(place, &self.heads);
                        part.many.push(many);
                    }
                }
            }
        }
    }

    /// Reports the keys that are there; `first` is the number of the first.
    pub(super) fn lookup(&self, first: usize, keys: &[Key], out: &mut Hits) {
        for (n, key) in keys.iter().enumerate() {
            let query = first.saturating_add(n);
            let hash = self.scramble(*key);
            let Some(part) = self.parts.get(part(hash)) else { continue };
            let Some(slot) = part.slots.get(&hash) else { continue };
            let Some(number) = slot.as_many() else {
                if let Some(head) = self.heads.get(slot.segment()) {
                    let user = head.user.then_some(head.record);
                    out.push(query, head.label, user, [Place::new(head.record, slot.at())], false);
                }
                continue;
            };
            if let Some(many) = part.many.get(number) {
                let user = self.heads.get(many.user as usize).map(|head| head.record);
                let places = many.places().iter().filter_map(|slot| {
                    self.heads.get(slot.segment()).map(|head| Place::new(head.record, slot.at()))
                });
                out.push(query, many.label, user, places, many.more);
            }
        }
    }

    pub(super) fn segment(&self, record: RecordId) -> Option<Arc<Segment>> {
        self.segments.get(&record).cloned()
    }

    /// A bijection of keys that depends on the secret. SECURITY: two rounds of multiply and fold, so that keys
    /// which were computed to differ in few bits still spread over the table.
    const fn scramble(&self, key: Key) -> u64 {
        let [one, two] = self.secret;
        let mut x = (key.to_u64() ^ one).wrapping_mul(two | 1);
        x = (x ^ x >> 32).wrapping_mul(one | 1);
        x ^ x >> 32
    }
}

/// Six bits that the tables inside the parts do not look at first.
const fn part(hash: u64) -> usize {
    (hash >> 50) as usize % PARTS
}

/// Hands on what `Index::scramble` made.
#[derive(Default)]
struct Scrambled(u64);

impl Hasher for Scrambled {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, x: u64) {
        self.0 = self.0.rotate_left(5) ^ x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Integrity, Source};
    use crate::state::Keys;

    fn add(index: &mut Index, record: u64, label: Label, role: Role, keys: &[(Key, u32)]) {
        let segment =
            Segment::new(RecordId::from_u64(record), Source::web(""), label, role, "", &Keys::default());
        let number = index.begin(segment).unwrap();
        index.insert(number, keys);
    }

    #[test]
    fn a_sensitive_text_is_not_crowded_out_by_public_ones_that_share_its_keys() {
        let mut index = Index::new([1, 2]);
        let key = Key::fingerprint(9);
        let public = Label::new(Integrity::Untrusted, Sensitivity::Public);
        let sensitive = Label::new(Integrity::Trusted, Sensitivity::Sensitive);
        for record in 0..20 {
            add(&mut index, record, public, Role::Inbound, &[(key, 1)]);
        }
        add(&mut index, 99, sensitive, Role::Inbound, &[(key, 7)]);
        let mut hits = Hits::new();
        index.lookup(0, &[key], &mut hits);
        let hit = hits.get(0).unwrap();
        assert!(hit.places().contains(&Place::new(RecordId::from_u64(99), 7)));
        assert_eq!(hit.places().len(), Hits::PLACES);
        assert!(hit.has_more());
        assert_eq!(hit.label(), public.join(sensitive));
    }

    #[test]
    fn chosen_keys_spread_over_the_table() {
        let index = Index::new([0x9e37_79b9_7f4a_7c15, 0x2545_f491_4f6c_dd1d]);
        // Keys that differ in their highest free bits only, as somebody would choose who knows the key's form.
        let mut buckets = vec![0_u32; 1 << 12];
        for n in 0..1_u64 << 12 {
            let hash = index.scramble(Key::fingerprint(n << 50));
            buckets[usize::try_from(hash).unwrap() % (1 << 12)] += 1;
        }
        assert!(buckets.iter().all(|count| *count < 16));
    }

    #[test]
    fn a_key_twice_in_one_segment_counts_once_and_at_its_first_place() {
        let mut index = Index::new([1, 2]);
        let key = Key::gram(5);
        add(&mut index, 1, Label::NEUTRAL, Role::Inbound, &[(key, 3), (key, 8)]);
        let mut hits = Hits::new();
        index.lookup(4, &[Key::gram(6), key], &mut hits);
        assert_eq!(hits.len(), 1);
        assert_eq!(hits.get(5).unwrap().places(), [Place::new(RecordId::from_u64(1), 3)]);
    }
}
