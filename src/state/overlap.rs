//! Measures how much of an outbound text was copied from what the session took in.
//!
//! Costs the outbound text's own length: its fingerprints and word groups are looked up in the session's index, and
//! only sources that share some are compared, within [`Limits::overlap_work`].
//!
//! Promises: the longest common run with a source is exact where it is as long as the caller calls a copy, and has
//! [`GUARANTEE`](shingle::GUARANTEE) characters; shorter ones are not measured. The share of a source's word groups is exact too.
//!
//! Does not promise to name every source of a passage that more than [`Hits::PLACES`] sources share: the most
//! sensitive ones are named.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{Hits, Key, Segment, StoreError};
use crate::base::{Integrity, Label, Limits, Original, RecordId, Sensitivity, Source, Span};
use crate::text::lcs::{self, Lcs, Work};
use crate::text::shingle::{self, Gram, Shingle, Squeezed};
use crate::text::{Decoding, NormalizedText, Reading};

/// An outbound text, ready to be compared: ask the store for [`Probe::keys`], then [`Probe::measure`].
#[derive(Debug)]
pub struct Probe<'t> {
    keys: Vec<Key>,
    readings: Vec<Part<'t>>,
}

/// One reading of the text and where its keys stand among all: first those of the shingles, then of the grams.
#[derive(Debug)]
struct Part<'t> {
    reading: Reading<'t>,
    squeezed: Squeezed<'t>,
    shingles: Vec<Shingle>,
    grams: Vec<Gram>,
    first: usize,
    first_gram: usize,
    end: usize,
}

/// What a source and one reading have in common, before it is confirmed.
#[derive(Debug, Default)]
struct Tally {
    /// Numbers of the reading's shingles, each higher than the one before.
    shingles: Vec<usize>,
    grams: Vec<Gram>,
}

/// What one reading has in common with all sources.
#[derive(Debug)]
struct Tallies {
    records: BTreeMap<RecordId, Tally>,
    /// Numbers of shingles that more sources have than are named, sorted: any source may have these.
    anywhere: Vec<usize>,
}

impl<'t> Probe<'t> {
    /// Fingerprints every reading of `text`.
    pub fn new(text: &'t NormalizedText<'t>) -> Self {
        let mut keys = Vec::new();
        let readings = text
            .readings()
            .map(|reading| {
                let squeezed = shingle::squeeze(reading.folded());
                let shingles = shingle::winnow(&squeezed);
                let first = keys.len();
                keys.extend(shingles.iter().map(|shingle| Key::fingerprint(shingle.fingerprint().to_u64())));
                let first_gram = keys.len();
                let grams = shingle::word_grams(&squeezed);
                keys.extend(grams.iter().map(|gram| Key::gram(gram.fingerprint().to_u64())));
                Part { reading, squeezed, shingles, grams, first, first_gram, end: keys.len() }
            })
            .collect();
        Self { keys, readings }
    }

    /// What to ask the store for.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Confirms what the store found. `segment` fetches a record's segment from it; `least` says how many characters
    /// in a row matter of one, and what cannot be as long is not looked for.
    ///
    /// # Errors
    /// When a segment could not be fetched.
    pub fn measure(
        &self,
        hits: &Hits,
        mut segment: impl FnMut(RecordId) -> Result<Option<Arc<Segment>>, StoreError>,
        least: impl Fn(&Segment) -> usize,
        limits: &Limits,
    ) -> Result<Overlaps, StoreError> {
        let mut overlaps = Overlaps::default();
        let mut work = Work::new(limits);
        let mut segments: BTreeMap<RecordId, Option<Arc<Segment>>> = BTreeMap::new();
        for (part, tallies) in self.readings.iter().zip(self.tally(hits)) {
            let Tallies { records, anywhere } = tallies;
            for (record, tally) in records {
                let fetched = match segments.get(&record) {
                    Some(known) => known.clone(),
                    None => segments.entry(record).or_insert(segment(record)?).clone(),
                };
                if let Some(source) = fetched {
                    overlaps.share(&source, &tally);
                    let is_long = part.may_reach(&tally.shingles, &anywhere, least(&source));
                    let overlap = part.compare(&source, &tally, is_long, &mut work, &mut overlaps.exhausted);
                    overlaps.add(overlap);
                }
            }
        }
        overlaps.found.sort_by_key(|overlap| {
            (std::cmp::Reverse((overlap.label.sensitivity(), overlap.lcs)), overlap.record)
        });
        Ok(overlaps)
    }

    /// Which records share how much with each reading.
    fn tally(&self, hits: &Hits) -> Vec<Tallies> {
        let mut tallies = Vec::with_capacity(self.readings.len());
        let mut found = hits.iter().peekable();
        for part in &self.readings {
            let mut records: BTreeMap<RecordId, Tally> = BTreeMap::new();
            let mut anywhere = Vec::new();
            let mut counted = HashSet::new();
            while let Some(hit) = found.next_if(|hit| hit.query() < part.end) {
                let gram = hit.query().checked_sub(part.first_gram).and_then(|at| part.grams.get(at));
                // A word group that the text repeats is still one of the source's.
                if gram.is_some() && !self.keys.get(hit.query()).is_some_and(|key| counted.insert(*key)) {
                    continue;
                }
                let shingle = hit.query().checked_sub(part.first).filter(|at| *at < part.shingles.len());
                anywhere.extend(shingle.filter(|_| hit.has_more()));
                for place in hit.places() {
                    let tally = records.entry(place.record).or_default();
                    match (gram, shingle) {
                        (Some(gram), _) => tally.grams.push(*gram),
                        (None, Some(shingle)) => tally.shingles.push(shingle),
                        (None, None) => {}
                    }
                }
            }
            tallies.push(Tallies { records, anywhere });
        }
        tallies
    }
}

impl Part<'_> {
    /// Whether a run of `least` characters can stand behind these shingles. One of `GUARANTEE` and `n` more has
    /// `n + 1` windows, and each stands for a shingle that the source has too.
    // SECURITY: a text need not be unpacked and compared for every turn of phrase that it shares with something read
    // before; else the cost of a check would grow with what the session has read.
    fn may_reach(&self, shared: &[usize], anywhere: &[usize], least: usize) -> bool {
        let wanted = least.saturating_sub(shingle::GUARANTEE).saturating_add(1);
        let windows = |at: &usize| self.shingles.get(*at).map_or(0, |shingle| shingle.windows());
        let is_shared = |at: &usize| shared.binary_search(at).is_ok() || anywhere.binary_search(at).is_ok();
        shared.iter().any(|at| {
            let mut run = windows(at);
            let before = (0..*at).rev().take_while(is_shared);
            let after = (at.saturating_add(1)..self.shingles.len()).take_while(is_shared);
            for more in before.chain(after) {
                if run >= wanted {
                    break;
                }
                run = run.saturating_add(windows(&more));
            }
            run >= wanted
        })
    }

    fn compare(
        &self,
        source: &Segment,
        tally: &Tally,
        is_long: bool,
        work: &mut Work,
        exhausted: &mut bool,
    ) -> Overlap {
        let mut overlap = Overlap {
            record: source.record(),
            source: source.source().clone(),
            label: source.label(),
            lcs: 0,
            ngram: 0.0,
            is_whole: false,
            span: None,
            decoding: self.reading.decoding(),
        };
        let is_sampled = source.kept_grams() < source.gram_count() && tally.grams.len() >= 2;
        let text = if is_long || is_sampled { source.text() } else { String::new() };
        let promises = if is_long { self.is_promising(&text, &tally.shingles, work) } else { Some(false) };
        let compared = match promises {
            Some(true) => lcs::longest(&self.squeezed, &shingle::squeeze(&text), shingle::GUARANTEE, work),
            Some(false) => Lcs::None,
            None => Lcs::Exhausted,
        };
        match compared {
            Lcs::Longest(common) => {
                overlap.lcs = common.chars();
                overlap.span = Some(self.reading.locate_folded(common.in_a()));
            }
            Lcs::None => {}
            Lcs::Exhausted => *exhausted = true,
        }
        let grams = if is_sampled { self.common_grams(&text, work) } else { Some(tally.grams.clone()) };
        let grams = grams.unwrap_or_else(|| {
            *exhausted = true;
            Vec::new()
        });
        if shingle::covered(self.reading.folded(), grams.iter().copied()) >= Overlap::MIN_COVERED {
            overlap.ngram = share(grams.len(), source.gram_count());
        } else if source.gram_count() > 0 && source.label().sensitivity() > Sensitivity::Public {
            overlap.is_whole = u32::try_from(grams.len()).is_ok_and(|grams| grams >= source.gram_count());
        }
        if (overlap.ngram > 0.0 || overlap.is_whole) && overlap.span.is_none() {
            let first = grams.first().map(|gram| gram.span());
            let last = grams.last().map(|gram| gram.span());
            overlap.span = first.zip(last).map(|(a, b)| self.reading.locate_folded(a.cover(b)));
        }
        overlap
    }
}

impl Part<'_> {
    /// The word groups of this reading, each once, that the source's text has too: the index has a sample of them, and
    /// two of the sample were found. `None` when the work ran out.
    fn common_grams(&self, text: &str, work: &mut Work) -> Option<Vec<Gram>> {
        work.spend(text.len().saturating_mul(2))?;
        let theirs: HashSet<u64> = text
            .split('\n')
            .flat_map(|reading| shingle::word_grams(&shingle::squeeze(reading)))
            .map(|gram| gram.fingerprint().to_u64())
            .collect();
        let mut seen = HashSet::new();
        let is_common = |gram: &&Gram| {
            let hash = gram.fingerprint().to_u64();
            theirs.contains(&hash) && seen.insert(hash)
        };
        Some(self.grams.iter().filter(is_common).copied().collect())
    }

    /// Whether one of the shared shingles stands, in both texts, in a run that is long enough to be measured. In a
    /// session that has read much, most shared shingles are turns of phrase. `None` when the work ran out.
    fn is_promising(&self, source: &str, shingles: &[usize], work: &mut Work) -> Option<bool> {
        let ours = self.squeezed.text();
        for shingle in shingles.iter().filter_map(|at| self.shingles.get(*at)) {
            let (before, rest) = ours.split_at_checked(shingle.at())?;
            let end = rest.char_indices().nth(shingle::K).map_or(rest.len(), |(at, _)| at);
            let (needle, after) = rest.split_at_checked(end)?;
            // Finding a string costs far less a byte than comparing characters.
            work.spend(source.len().div_euclid(16).saturating_add(shingle::K))?;
            for at in memchr::memmem::find_iter(source.as_bytes(), needle) {
                work.spend(shingle::GUARANTEE)?;
                let left = source.get(..at)?.chars().rev().zip(before.chars().rev());
                let right = source.get(at.saturating_add(end)..)?.chars().zip(after.chars());
                let equal = left.take(shingle::W).take_while(|(a, b)| a == b).count();
                let equal = equal.saturating_add(right.take(shingle::W).take_while(|(a, b)| a == b).count());
                if equal.saturating_add(shingle::K) >= shingle::GUARANTEE {
                    return Some(true);
                }
            }
        }
        Some(false)
    }
}

fn share(part: usize, whole: u32) -> f64 {
    f64::from(u32::try_from(part).unwrap_or(u32::MAX)) / f64::from(whole.max(1))
}

/// How much of an outbound text one source shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    record: RecordId,
    source: Source,
    label: Label,
    lcs: usize,
    ngram: f64,
    is_whole: bool,
    span: Option<Span<Original>>,
    decoding: Option<Decoding>,
}

impl Overlap {
    /// Word groups that cover fewer characters than this do not count: single common phrases.
    pub const MIN_COVERED: usize = 40;

    /// The source's record.
    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// Where the source came from.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// The source's label.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// Whether there is a rule that a copy of this source could break: it is untrusted, or more than public.
    pub fn is_protected(&self) -> bool {
        self.label.integrity() <= Integrity::Untrusted || self.label.sensitivity() > Sensitivity::Public
    }

    /// The longest common run in characters of folded text, white space squeezed; 0 below what was asked for, or below
    /// [`GUARANTEE`](shingle::GUARANTEE).
    pub const fn lcs(&self) -> usize {
        self.lcs
    }

    /// The share of the source's word groups that re-appear, 0 to 1.
    pub const fn ngram(&self) -> f64 {
        self.ngram
    }

    /// Whether all word groups of a source re-appear that is too short for a share of them to count.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Where the longest run stands, or all word groups when there is none.
    pub const fn span(&self) -> Option<Span<Original>> {
        self.span
    }

    /// How the copy was encoded; `None` when it stands there plainly.
    pub const fn decoding(&self) -> Option<Decoding> {
        self.decoding
    }
}

/// Word groups of a protected source that an outbound text has, however few: they add up over a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    record: RecordId,
    label: Label,
    grams: Vec<u64>,
    kept: usize,
    len: usize,
}

impl Shared {
    /// The source's record.
    pub const fn record(&self) -> RecordId {
        self.record
    }

    /// The source's label.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// Their hashes, each once.
    pub fn grams(&self) -> &[u64] {
        &self.grams
    }

    /// How much of the source so many of its word groups are, as a share and in bytes: an estimate where the index has a
    /// sample of them.
    pub fn amount(&self, grams: usize) -> (f64, usize) {
        let kept = self.kept.max(1);
        let bytes = grams.saturating_mul(self.len).checked_div(kept).unwrap_or(0);
        (share(grams, u32::try_from(kept).unwrap_or(u32::MAX)), bytes)
    }
}

/// Everything that was measured of one outbound text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlaps {
    found: Vec<Overlap>,
    shared: Vec<Shared>,
    exhausted: bool,
    unindexed: Option<Label>,
}

impl Overlaps {
    /// Each source and reading that share something, the most sensitive and longest first.
    pub fn iter(&self) -> impl Iterator<Item = &Overlap> {
        self.found.iter()
    }

    /// Whether the work ran out before everything was compared.
    pub const fn exhausted(&self) -> bool {
        self.exhausted
    }

    /// The label of texts that the session's index does not hold: a copy of those cannot be measured.
    pub const fn unindexed(&self) -> Option<Label> {
        self.unindexed
    }

    /// The same, for a session that took in texts which its index does not hold
    /// ([`SessionFacts::unindexed`](super::SessionFacts::unindexed)).
    #[must_use]
    pub const fn missing(mut self, label: Option<Label>) -> Self {
        self.unindexed = label;
        self
    }

    /// What the text has of protected sources, in pieces however small.
    pub fn shared(&self) -> &[Shared] {
        &self.shared
    }

    fn share(&mut self, source: &Segment, tally: &Tally) {
        if source.label().sensitivity() == Sensitivity::Public || tally.grams.is_empty() {
            return;
        }
        let at = self.shared.iter().position(|known| known.record == source.record());
        let at = at.unwrap_or_else(|| {
            self.shared.push(Shared {
                record: source.record(),
                label: source.label(),
                grams: Vec::new(),
                kept: source.kept_grams() as usize,
                len: source.text_len(),
            });
            self.shared.len().saturating_sub(1)
        });
        if let Some(known) = self.shared.get_mut(at) {
            known.grams.extend(tally.grams.iter().map(|gram| gram.fingerprint().to_u64()));
            known.grams.sort_unstable();
            known.grams.dedup();
        }
    }

    fn add(&mut self, overlap: Overlap) {
        if overlap.lcs > 0 || overlap.ngram > 0.0 || overlap.is_whole {
            self.found.push(overlap);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Keys, MemoryLimits, MemoryStore, Role, StateStore};
    use super::*;
    use crate::base::{Moment, SessionId};

    const NOW: Moment = Moment { mono_ns: 0, unix_ms: 0 };

    /// The overlaps of `outbound` with a session that read `sources`.
    fn measured(sources: &[String], outbound: &str, least: usize) -> Vec<usize> {
        let store = MemoryStore::new(MemoryLimits::default());
        let session = SessionId::new("s").unwrap();
        for (text, record) in sources.iter().zip(0..) {
            let squeezed = shingle::squeeze(text);
            let keys = Keys::new(
                shingle::winnow(&squeezed).iter().map(|one| one.fingerprint().to_u64()),
                shingle::word_grams(&squeezed).iter().map(|gram| gram.fingerprint().to_u64()),
                [],
            );
            let record = RecordId::from_u64(record);
            let segment =
                Segment::new(record, Source::web(""), Label::NEUTRAL, Role::Inbound, squeezed.text(), &keys);
            store.append(&session, segment, &keys.sampled(), NOW).unwrap();
        }
        let limits = Limits::default();
        let normalized = NormalizedText::new(outbound, &limits);
        let probe = Probe::new(&normalized);
        let mut hits = Hits::new();
        store.lookup(&session, probe.keys(), NOW, &mut hits).unwrap();
        let segment = |record| store.segment(&session, record, NOW);
        let found = probe.measure(&hits, segment, |_| least, &limits).unwrap();
        found.iter().filter(|overlap| overlap.decoding().is_none()).map(Overlap::lcs).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        // Two letters: hashes that are equal, and shingles that stand for one window or for all.
        #[test]
        fn a_run_as_long_as_asked_for_is_measured_and_measured_right(
            passage in "[ab]{39,150}|[a-h ]{39,150}|(abc){13,40}",
            around in prop::collection::vec("[a-h ]{0,90}", 2..14),
            (before, after) in ("[i-p ]{0,60}", "[i-p ]{0,60}"),
            least in 39..150_usize,
        ) {
            let sources: Vec<String> = around.windows(2).map(|pair| pair.join(&passage)).collect();
            let outbound = format!("{before}{passage}{after}");
            let asked = measured(&sources, &outbound, least);
            let all = measured(&sources, &outbound, 0);
            let long = |found: &[usize]| {
                let mut long: Vec<usize> = found.iter().copied().filter(|lcs| *lcs >= least).collect();
                long.sort_unstable();
                long
            };
            prop_assert_eq!(long(&asked), long(&all));
        }
    }
}
