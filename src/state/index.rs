//! One session's index: key → what is known of every segment that has it.
//!
//! A check costs the keys it asks for, however much the session has taken in: that, and not a loop over all
//! texts, is what keeps a flood of ingested text from slowing every later check down. Labels are joined over
//! all segments that have a key; which segments those are is remembered for the first few only.
//!
//! Memory: five to six bytes for a key, 45 more where several segments have it.

use std::collections::HashMap;
use std::collections::hash_map;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::StoreError;
use super::run::Run;
use super::segment::{Hits, Key, Place, Role, Segment};
use crate::base::{Label, RecordId, Sensitivity};

/// The table is split so that growing is done in small steps: nobody waits for one big table to be moved.
const PARTS: usize = 32;

pub(super) struct Index {
    secret: [u64; 2],
    parts: Vec<Part>,
    /// Keys that stand at a place of the text: references of structured results. They are few.
    placed: HashMap<u64, Many<Site>, BuildHasherDefault<Scrambled>>,
    heads: Vec<Head>,
    segments: HashMap<RecordId, Arc<Segment>>,
}

/// What a lookup needs of a segment, by the segment's number.
#[derive(Clone, Copy)]
struct Head {
    record: RecordId,
    label: Label,
    user: bool,
}

/// Keys that came of late in buckets, the others packed.
#[derive(Default)]
struct Part {
    run: Run,
    /// Each sorted. As many as a power of two, by the highest bits of the keys. What stands here stands over what
    /// the run says of the same key.
    buckets: Vec<Vec<Entry>>,
    /// Keys in buckets.
    len: usize,
    many: Vec<Many<Number>>,
}

/// A key's tag and a [`Slot`]. With the five bits of the part, a key that is not there is taken for one of a million that
/// are once in two million times.
pub(super) type Entry = u64;

pub(super) const TAG_BITS: u32 = 36;
pub(super) const SLOT_BITS: u32 = 21;

/// A segment's number, or a bit and a number in `Part::many`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u32);

impl Slot {
    const MANY: u32 = 1 << (SLOT_BITS - 1);

    pub(super) const fn of(entry: Entry) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the lower bits are the slot")]
        Self(entry as u32 & ((1 << SLOT_BITS) - 1))
    }

    /// The bit last, so that small numbers take few bits.
    pub(super) const fn to_packed(self) -> u64 {
        let many = self.0 & Self::MANY;
        (self.0 as u64 ^ many as u64) << 1 | (many != 0) as u64
    }

    pub(super) const fn from_packed(packed: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a slot has 21 bits")]
        let number = (packed >> 1) as u32;
        Self(number | if packed & 1 == 0 { 0 } else { Self::MANY })
    }

    pub(super) const fn to_bits(self) -> u64 {
        self.0 as u64
    }

    const fn as_many(self) -> Option<usize> {
        if self.0 & Self::MANY == 0 { None } else { Some((self.0 & !Self::MANY) as usize) }
    }
}

/// Where a key stands: in a segment, perhaps at a place of it.
trait Stand: Copy {
    fn segment(self) -> usize;
    fn at(self) -> u32;
}

/// In the segment of this number.
#[derive(Clone, Copy)]
struct Number(u32);

impl Stand for Number {
    fn segment(self) -> usize {
        self.0 as usize
    }

    fn at(self) -> u32 {
        0
    }
}

/// In the segment of this number, so many bytes into its text.
#[derive(Clone, Copy)]
struct Site(u32, u32);

impl Stand for Site {
    fn segment(self) -> usize {
        self.0 as usize
    }

    fn at(self) -> u32 {
        self.1
    }
}

/// A key that several segments have.
struct Many<S> {
    label: Label,
    more: bool,
    len: u8,
    /// The newest user message, or `NOBODY`.
    user: u32,
    places: [S; Hits::PLACES],
}

const NOBODY: u32 = u32::MAX;

impl<S: Stand> Many<S> {
    fn of(first: S, heads: &[Head]) -> Self {
        let mut many =
            Self { label: Label::NEUTRAL, more: false, len: 0, user: NOBODY, places: [first; Hits::PLACES] };
        many.add(first, heads);
        many
    }

    fn places(&self) -> &[S] {
        self.places.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn add(&mut self, place: S, heads: &[Head]) {
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
        let sensitivity = |slot: &S| heads.get(slot.segment()).map(|head| head.label.sensitivity());
        if let Some(least) = self.places.iter_mut().min_by_key(|slot| sensitivity(slot))
            && sensitivity(least) < Some(head.label.sensitivity())
        {
            *least = place;
        }
    }

    fn report(&self, query: usize, heads: &[Head], out: &mut Hits) {
        let user = heads.get(self.user as usize).map(|head| head.record);
        let place = |slot: &S| heads.get(slot.segment()).map(|head| Place::new(head.record, slot.at()));
        out.push(query, self.label, user, self.places().iter().filter_map(place), self.more);
    }
}

impl Part {
    /// From so many keys in buckets on they are packed, and from so many hundredths of those that are packed.
    const PACKED_FROM: usize = 512;
    const PACKED_SHARE: usize = 20;
    /// Keys of a bucket, on the average of a part that is about to grow.
    const FULL: usize = 256;
    /// What a bucket grows by.
    const STEP: usize = 8;

    /// The bucket of a tag, and about where in it the tag stands, in shares of 2^16.
    fn place(&self, tag: u64) -> (usize, usize) {
        let bits = self.buckets.len().trailing_zeros();
        let bucket = tag.checked_shr(TAG_BITS.saturating_sub(bits)).unwrap_or(0);
        let rest = tag.wrapping_shl(64_u32.saturating_sub(TAG_BITS).saturating_add(bits)) >> 48;
        (usize::try_from(bucket).unwrap_or(0), usize::try_from(rest).unwrap_or(0))
    }

    /// Where `tag` stands in `bucket`, or would: keys are scattered evenly, so the guess is off by a few.
    fn find(bucket: &[Entry], tag: u64, share: usize) -> Result<usize, usize> {
        let mut at = share.saturating_mul(bucket.len()) >> 16;
        while let Some(before) = at.checked_sub(1)
            && bucket.get(before).is_some_and(|entry| entry >> SLOT_BITS >= tag)
        {
            at = before;
        }
        while bucket.get(at).is_some_and(|entry| entry >> SLOT_BITS < tag) {
            at = at.saturating_add(1);
        }
        match bucket.get(at) {
            Some(entry) if entry >> SLOT_BITS == tag => Ok(at),
            _ => Err(at),
        }
    }

    fn get(&self, tag: u64) -> Option<Slot> {
        let (bucket, share) = self.place(tag);
        let fresh = self.buckets.get(bucket).and_then(|bucket| {
            let at = Self::find(bucket, tag, share).ok()?;
            bucket.get(at).map(|entry| Slot::of(*entry))
        });
        fresh.or_else(|| self.run.get(tag))
    }

    /// What stands about where the key of this tag would.
    fn glance(&self, tag: u64) -> u64 {
        let (bucket, share) = self.place(tag);
        let fresh =
            self.buckets.get(bucket).and_then(|bucket| bucket.get(share.saturating_mul(bucket.len()) >> 16));
        fresh.map_or(0, |entry| *entry) ^ self.run.glance(tag)
    }

    fn insert(&mut self, tag: u64, number: u32, heads: &[Head]) {
        if self.len >= self.buckets.len().saturating_mul(Self::FULL) {
            self.grow();
        }
        let (bucket, share) = self.place(tag);
        let Some(bucket) = self.buckets.get_mut(bucket) else { return };
        let place = Self::find(bucket, tag, share);
        let known = match place {
            Ok(at) => bucket.get(at).map(|entry| Slot::of(*entry)),
            Err(_) => self.run.get(tag),
        };
        let slot = match known {
            None => number,
            Some(known) if known.0 == number => return,
            Some(known) => {
                if let Some(many) = known.as_many() {
                    if let Some(many) = self.many.get_mut(many) {
                        many.add(Number(number), heads);
                    }
                    return;
                }
                let place = u32::try_from(self.many.len()).unwrap_or(0);
                let mut many = Many::of(Number(known.0), heads);
                many.add(Number(number), heads);
                if self.many.len() == self.many.capacity() {
                    self.many.reserve_exact((self.many.len() / 8).saturating_add(8));
                }
                self.many.push(many);
                place | Slot::MANY
            }
        };
        let entry = (tag << SLOT_BITS) | u64::from(slot);
        match place {
            Ok(at) => {
                if let Some(known) = bucket.get_mut(at) {
                    *known = entry;
                }
            }
            Err(at) => {
                if bucket.len() == bucket.capacity() {
                    bucket.reserve_exact(Self::STEP);
                }
                bucket.insert(at, entry);
                self.len = self.len.saturating_add(1);
            }
        }
        let share = self.run.len().saturating_mul(Self::PACKED_SHARE) / 100;
        if self.len >= share.max(Self::PACKED_FROM) {
            self.run = self.run.merged(self.buckets.iter().flatten());
            self.buckets.clear();
            self.len = 0;
        }
    }

    /// Twice as many buckets, or the first.
    fn grow(&mut self) {
        if self.buckets.is_empty() {
            self.buckets.push(Vec::new());
            return;
        }
        let old = std::mem::take(&mut self.buckets);
        self.buckets.reserve_exact(old.len().saturating_mul(2));
        let bits = old.len().trailing_zeros().saturating_add(1);
        let next = |entry: &Entry| (entry >> (TAG_BITS + SLOT_BITS).saturating_sub(bits)) & 1 == 0;
        for mut bucket in old {
            let upper = bucket.split_off(bucket.partition_point(next));
            bucket.shrink_to_fit();
            self.buckets.extend([bucket, upper]);
        }
    }
}

impl Index {
    /// An empty index. The secret scatters keys, so that nobody can choose texts whose keys collide.
    pub(super) fn new(secret: [u64; 2]) -> Self {
        let parts = std::iter::repeat_with(Part::default).take(PARTS).collect();
        Self { secret, parts, placed: HashMap::default(), heads: Vec::new(), segments: HashMap::new() }
    }

    /// Takes a segment in, still without keys. Its number is what [`Index::insert`] wants.
    pub(super) fn begin(&mut self, segment: Segment) -> Result<u32, StoreError> {
        let record = segment.record();
        let number = u32::try_from(self.heads.len()).unwrap_or(NOBODY);
        if number >= Slot::MANY || self.parts.iter().any(|part| part.many.len() >= Slot::MANY as usize / 2) {
            return Err(StoreError::Full { what: "segments" });
        }
        let head = Head { record, label: segment.label(), user: segment.role() == Role::UserMessage };
        match self.segments.entry(record) {
            hash_map::Entry::Occupied(_) => return Err(StoreError::Duplicate(record)),
            hash_map::Entry::Vacant(free) => free.insert(Arc::new(segment)),
        };
        self.heads.push(head);
        Ok(number)
    }

    pub(super) fn insert(&mut self, number: u32, keys: &[(Key, u32)]) {
        for keys in keys.chunks(Self::AHEAD) {
            self.glance(keys.iter().map(|(key, _)| *key));
            self.insert_few(number, keys);
        }
    }

    fn insert_few(&mut self, number: u32, keys: &[(Key, u32)]) {
        for (key, at) in keys {
            let hash = self.scramble(*key);
            if *at > 0 {
                let place = Site(number, *at);
                match self.placed.entry(hash) {
                    hash_map::Entry::Vacant(free) => drop(free.insert(Many::of(place, &self.heads))),
                    hash_map::Entry::Occupied(mut known) => known.get_mut().add(place, &self.heads),
                }
            } else if let Some(part) = self.parts.get_mut(part(hash)) {
                part.insert(tag(hash), number, &self.heads);
            }
        }
    }

    /// So many keys are glanced at before they are looked for.
    const AHEAD: usize = 64;

    /// Has the processor fetch what these keys need: it waits for all of it at once, instead of for each by itself.
    fn glance(&self, keys: impl Iterator<Item = Key>) {
        let seen = keys.fold(0, |seen, key| {
            let hash = self.scramble(key);
            seen ^ self.parts.get(part(hash)).map_or(0, |part| part.glance(tag(hash)))
        });
        std::hint::black_box(seen);
    }

    /// Reports the keys that are there; `first` is the number of the first.
    pub(super) fn lookup(&self, first: usize, keys: &[Key], out: &mut Hits) {
        for (n, keys) in keys.chunks(Self::AHEAD).enumerate() {
            self.glance(keys.iter().copied());
            self.lookup_few(first.saturating_add(n.saturating_mul(Self::AHEAD)), keys, out);
        }
    }

    fn lookup_few(&self, first: usize, keys: &[Key], out: &mut Hits) {
        for (n, key) in keys.iter().enumerate() {
            let query = first.saturating_add(n);
            let hash = self.scramble(*key);
            if let Some(many) = self.placed.get(&hash).filter(|_| !self.placed.is_empty()) {
                many.report(query, &self.heads, out);
                continue;
            }
            let Some(part) = self.parts.get(part(hash)) else { continue };
            let Some(slot) = part.get(tag(hash)) else { continue };
            match slot.as_many() {
                Some(many) => {
                    if let Some(many) = part.many.get(many) {
                        many.report(query, &self.heads, out);
                    }
                }
                None => {
                    if let Some(head) = self.heads.get(slot.0 as usize) {
                        let user = head.user.then_some(head.record);
                        out.push(query, head.label, user, [Place::new(head.record, 0)], false);
                    }
                }
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

/// The highest bits.
const fn tag(hash: u64) -> u64 {
    hash >> (64 - TAG_BITS)
}

/// Five bits that no tag has.
const fn part(hash: u64) -> usize {
    (hash >> 8) as usize % PARTS
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
        assert!(hit.places().iter().any(|place| place.record == RecordId::from_u64(99)));
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
        let key = Key::token(1, 5);
        add(&mut index, 1, Label::NEUTRAL, Role::Inbound, &[(key, 3), (key, 8)]);
        let mut hits = Hits::new();
        index.lookup(4, &[Key::gram(6), key], &mut hits);
        assert_eq!(hits.len(), 1);
        assert_eq!(hits.get(5).unwrap().places(), [Place::new(RecordId::from_u64(1), 3)]);
    }

    #[test]
    fn every_key_is_found_again_however_much_the_index_has_grown() {
        let mut index = Index::new([0x9e37_79b9_7f4a_7c15, 0x2545_f491_4f6c_dd1d]);
        let keys: Vec<(Key, u32)> = (0..200_000).map(|n| (Key::gram(n), 0)).collect();
        for (record, own) in (1..).zip(keys.chunks(500)) {
            add(&mut index, record, Label::NEUTRAL, Role::Inbound, own);
        }
        let asked: Vec<Key> = keys.iter().map(|(key, _)| *key).collect();
        let mut hits = Hits::new();
        index.lookup(0, &asked, &mut hits);
        assert_eq!(hits.len(), asked.len());
        for at in [0, 499, 500, 123_456, 199_999] {
            let record = RecordId::from_u64(at as u64 / 500 + 1);
            assert_eq!(hits.get(at).unwrap().places(), [Place::new(record, 0)]);
        }
        let mut hits = Hits::new();
        let others: Vec<Key> = (200_000..400_000).map(Key::gram).collect();
        index.lookup(0, &others, &mut hits);
        assert!(hits.is_empty(), "{} keys that are not there", hits.len());
    }
}
