//! What the store keeps of one record, and the keys under which it is found again.

use std::fmt;

use super::packed::Packed;
use crate::base::{Label, Readers, RecordId, Source};

/// What a segment is in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The user's own words. Only these endorse.
    UserMessage,
    /// A text that came in.
    Inbound,
    /// What a tool returned.
    ToolResult,
    /// What a server said of its tools.
    Definitions,
}

/// A key of the index: the hash of a fingerprint, a word n-gram or a token, with its family in the two highest
/// bits. Keys of different families are never equal, whatever their hashes: a number in one text does not
/// match a fingerprint of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// A winnowing fingerprint.
    pub const fn fingerprint(hash: u64) -> Self {
        Self::of(0, hash)
    }

    /// A word n-gram.
    pub const fn gram(hash: u64) -> Self {
        Self::of(1, hash)
    }

    /// A token of this kind. The same text as another kind is another key: an address matches only as an
    /// address.
    pub const fn token(kind: u8, hash: u64) -> Self {
        Self::of(2, mix(hash) ^ kind as u64)
    }

    const fn of(family: u64, hash: u64) -> Self {
        Self(family << 62 | mix(hash) >> 2)
    }

    /// The key as a number, for stores that keep it elsewhere.
    pub const fn to_u64(self) -> u64 {
        self.0
    }
}

/// The finaliser of `SplitMix64`: every bit of the input reaches every bit of the output.
pub(super) const fn mix(mut x: u64) -> u64 {
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// The keys of one segment, each with an offset into the segment's text (0 where none was given).
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Those of the n-grams first.
    entries: Vec<(Key, u32)>,
    grams: u32,
    kept: u32,
}

impl Keys {
    /// Of so many n-grams each is kept, see [`Keys::sampled`].
    pub const SAMPLE: usize = 32;

    /// The keys of a text: fingerprints, word n-grams, tokens as (kind, hash). Repeated n-grams count once.
    pub fn new(
        fingerprints: impl IntoIterator<Item = u64>,
        grams: impl IntoIterator<Item = u64>,
        tokens: impl IntoIterator<Item = (u8, u64)>,
    ) -> Self {
        let mut own: Vec<u64> = grams.into_iter().collect();
        own.sort_unstable();
        own.dedup();
        let grams = u32::try_from(own.len()).unwrap_or(u32::MAX);
        let mut entries: Vec<_> = own.into_iter().map(|hash| (Key::gram(hash), 0)).collect();
        entries.extend(fingerprints.into_iter().map(|hash| (Key::fingerprint(hash), 0)));
        // A word stands in a text many times, and is looked up in the index once.
        let mut tokens: Vec<Key> = tokens.into_iter().map(|(kind, hash)| Key::token(kind, hash)).collect();
        tokens.sort_unstable();
        tokens.dedup();
        entries.extend(tokens.into_iter().map(|key| (key, 0)));
        Self { entries, grams, kept: grams }
    }

    /// The same with a sixteenth of the n-grams, and [`Keys::SAMPLE`] of them at the least: those with the least
    /// hashes, which are the same whatever else the text holds. A text that has three of ten of the source's has one of
    /// the sample but for one time in a hundred thousand; who found one counts the others in the text.
    #[must_use]
    pub fn sampled(mut self) -> Self {
        let all = self.grams as usize;
        let kept = (all / 16).max(Self::SAMPLE).min(all);
        self.entries.drain(kept..all);
        self.kept = u32::try_from(kept).unwrap_or(u32::MAX);
        self
    }

    /// The same, with tokens that stand at a place of the text, as (kind, hash, offset).
    #[must_use]
    pub fn with_places(mut self, tokens: impl IntoIterator<Item = (u8, u64, u32)>) -> Self {
        self.entries.extend(tokens.into_iter().map(|(kind, hash, at)| (Key::token(kind, hash), at)));
        self
    }

    /// How many different word n-grams there are.
    pub const fn gram_count(&self) -> u32 {
        self.grams
    }

    /// Every key with its offset. A key may come more than once; its first offset counts.
    pub fn entries(&self) -> &[(Key, u32)] {
        &self.entries
    }
}

/// What the store keeps of one record: where it came from, its label, its text. Immutable.
///
/// `Debug` shows the text's length, not the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Segment {
    record: RecordId,
    source: Source,
    label: Label,
    role: Role,
    text: Packed,
    grams: u32,
    kept: u32,
}

impl Segment {
    /// A segment of this record. `text` is the squeezed folded text that the offsets of `keys` point into;
    /// `label` may be stricter than the source's own, where the text was judged.
    pub fn new(
        record: RecordId,
        source: Source,
        label: Label,
        role: Role,
        text: impl AsRef<str>,
        keys: &Keys,
    ) -> Self {
        let text = Packed::new(text.as_ref());
        Self { record, source, label, role, text, grams: keys.gram_count(), kept: keys.kept }
    }

    /// The record.
    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// Where it came from.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Its label.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// What it is in the conversation.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Its squeezed folded text. Made anew each time: it is kept in less room.
    pub fn text(&self) -> String {
        self.text.text()
    }

    /// How many bytes its text has.
    pub const fn text_len(&self) -> usize {
        self.text.len()
    }

    /// How many of its word n-grams are among its keys.
    pub const fn kept_grams(&self) -> u32 {
        self.kept
    }

    /// How many different word n-grams it has: the whole of which an overlap is a share.
    pub const fn gram_count(&self) -> u32 {
        self.grams
    }

    /// What it costs of [`Limits::session_bytes`](crate::base::Limits::session_bytes): its text, or twice the
    /// number of its keys where they are unusually many, and an overhead. An ordinary text has fewer keys than
    /// half its bytes.
    pub fn cost(&self, keys: &Keys) -> usize {
        const OVERHEAD: usize = 128;
        // SECURITY: a crafted text with a key per character would otherwise buy twice the memory for its bytes,
        // and a flood of empty ones any memory for none.
        let text = self.text.len().max(keys.entries().len().saturating_mul(2));
        let readers = self.source.said_readers().into_iter().flat_map(Readers::iter).map(str::len);
        let source = readers.fold(self.source.id().len(), usize::saturating_add);
        text.saturating_add(source).saturating_add(OVERHEAD)
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("record", &self.record)
            .field("source", &self.source.kind().as_str())
            .field("label", &self.label)
            .field("role", &self.role)
            .field("text_len", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// A segment that has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The segment's record.
    pub record: RecordId,
    /// Where in the segment's text, in bytes.
    pub at: u32,
}

impl Place {
    /// The place `at` bytes into the text of `record`.
    pub const fn new(record: RecordId, at: u32) -> Self {
        Self { record, at }
    }
}

/// The keys that were found, in the order in which they were asked for. Made to be used again: its memory
/// stays.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    found: Vec<Found>,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    query: u32,
    label: Label,
    user: Option<RecordId>,
    more: bool,
    first: usize,
}

/// One key that was found: what is known of all segments that have it.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'h> {
    found: Found,
    places: &'h [Place],
}

impl Hits {
    /// How many segments a hit names at the most. Its label covers all of them.
    pub const PLACES: usize = 8;

    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets what was found.
    pub fn clear(&mut self) {
        self.found.clear();
        self.places.clear();
    }

    /// Reports the `query`-th key as found. For stores, which report in ascending order.
    pub fn push(
        &mut self,
        query: usize,
        label: Label,
        user: Option<RecordId>,
        places: impl IntoIterator<Item = Place>,
        more: bool,
    ) {
        let first = self.places.len();
        self.places.extend(places);
        let query = u32::try_from(query).unwrap_or(u32::MAX);
        self.found.push(Found { query, label, user, more, first });
    }

    /// Every key that was found.
    pub fn iter(&self) -> impl Iterator<Item = Hit<'_>> {
        (0..self.found.len()).filter_map(|n| self.nth(n))
    }

    /// What was found for the `query`-th key.
    pub fn get(&self, query: usize) -> Option<Hit<'_>> {
        let query = u32::try_from(query).ok()?;
        self.found.binary_search_by_key(&query, |found| found.query).ok().and_then(|n| self.nth(n))
    }

    /// What was found for each of the keys from the `first` on, in their order.
    pub fn each(&self, first: usize) -> impl Iterator<Item = Option<Hit<'_>>> {
        let query = u32::try_from(first).unwrap_or(u32::MAX);
        let mut n = self.found.partition_point(|found| found.query < query);
        (query..).map(move |query| {
            let hit = self.nth(n).filter(|hit| hit.found.query == query);
            n = n.saturating_add(usize::from(hit.is_some()));
            hit
        })
    }

    fn nth(&self, n: usize) -> Option<Hit<'_>> {
        let found = *self.found.get(n)?;
        let end = self.found.get(n.saturating_add(1)).map_or(self.places.len(), |next| next.first);
        Some(Hit { found, places: self.places.get(found.first..end)? })
    }

    /// How many keys were found.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether none was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

impl<'h> Hit<'h> {
    /// Which of the keys asked for, counted from 0.
    pub const fn query(&self) -> usize {
        self.found.query as usize
    }

    /// The label joined over every segment that has the key, named or not. An untrusted text's key is
    /// untrusted even where a trusted one had it before.
    pub const fn label(&self) -> Label {
        self.found.label
    }

    /// The newest user message that has the key.
    pub const fn user(&self) -> Option<RecordId> {
        self.found.user
    }

    /// Segments that have the key. Where there are more than [`Hits::PLACES`], the more sensitive ones stay.
    pub const fn places(&self) -> &'h [Place] {
        self.places
    }

    /// Whether there are more segments than are named.
    pub const fn has_more(&self) -> bool {
        self.found.more
    }
}
