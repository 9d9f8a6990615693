//! Values that the host guards: found wherever their letters and digits come in a row.

use std::collections::{BTreeSet, HashMap};

use zeroize::Zeroizing;

use crate::base::{Digest, Folded, SecretKey, SecretValue, Span};
use crate::text::fold;

/// Why a value is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegisteredKind {
    /// A credential.
    Secret,
    /// Something that is nobody else's business: a name, a number of a file, an address.
    Sensitive,
}

/// Why a value was not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// Too short to be told from ordinary text.
    #[error(
        "a registered value needs at least {min} letters and digits, this one has {len}: a shorter one would be \
         found by accident in ordinary text"
    )]
    TooShort {
        /// How many letters and digits the value has.
        len: usize,
        /// The fewest that are needed.
        min: usize,
    },
}

/// Guarded values, kept as keyed fingerprints: neither the values nor anything that could be searched for them
/// without the key.
///
/// Letters and digits of the folded text are compared, everything between them is skipped: a value is found in any
/// case, spaced, hyphenated, broken over lines or cells, or joined by quotes and plus signs. So a value also
/// matches inside a longer word, and `12-34-56` matches `123456`.
#[derive(Debug, Clone)]
pub struct Registered {
    key: SecretKey,
    /// Powers of the rolling hash's secret base, up to [`Registered::REACH`].
    powers: Vec<u64>,
    classes: Vec<Class>,
    values: HashMap<(u32, u64), (Digest, RegisteredKind)>,
}

/// Values that are filed under a window of the same length.
#[derive(Debug, Clone)]
struct Class {
    window: usize,
    /// One bit for every 2^45 hashes, so that most places cost one look. Empty while nothing is filed here.
    sieve: Vec<u64>,
    /// The window's hash → the lengths of the values that begin so.
    lengths: HashMap<u64, BTreeSet<u32>>,
}

/// A registered value in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    kind: RegisteredKind,
    span: Span<Folded>,
}

impl Found {
    /// Why it is guarded.
    pub(super) const fn kind(&self) -> RegisteredKind {
        self.kind
    }

    /// Where it stands.
    pub(super) const fn span(&self) -> Span<Folded> {
        self.span
    }
}

impl Registered {
    /// The fewest letters and digits of a value.
    pub const MIN: usize = 6;
    /// How much of a longer value is looked for, in bytes of folded letters and digits: its beginning.
    pub const REACH: usize = 256;
    /// Lengths of windows. A value is filed under the longest that it fills.
    const WINDOWS: [usize; 4] = [6, 8, 11, 16];

    /// No values yet; `key` keys their fingerprints.
    pub fn new(key: &SecretKey) -> Self {
        let key = key.derive("registered values");
        let base = key.tag(&[b"base"]).short() % PRIME;
        let powers = std::iter::successors(Some(1), |power| Some(times(*power, base))).take(257).collect();
        let class = |window| Class { window, sieve: Vec::new(), lengths: HashMap::new() };
        Self { key, powers, classes: Self::WINDOWS.map(class).into(), values: HashMap::new() }
    }

    /// Whether nothing is guarded.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Letters and digits of the longest value, as far as it is looked for, in bytes.
    pub fn longest(&self) -> usize {
        self.values.keys().map(|(length, _)| *length as usize).max().unwrap_or(0)
    }

    /// How many values are guarded.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Guards `value`. Registering it again changes nothing, or makes a sensitive value a secret one.
    ///
    /// # Errors
    /// When it has fewer than [`Registered::MIN`] letters and digits.
    pub fn register(&mut self, value: &SecretValue, kind: RegisteredKind) -> Result<(), RegisterError> {
        let folded = Zeroizing::new(fold(value.expose()).into_owned());
        let letters = folded.chars().filter(|c| c.is_alphanumeric()).count();
        if letters < Self::MIN {
            return Err(RegisterError::TooShort { len: letters, min: Self::MIN });
        }
        let line = Line::of(&folded, self.base());
        let len = line.bytes.len().min(Self::REACH);
        let Some(class) = self.classes.iter_mut().rev().find(|class| class.window <= len) else {
            return Ok(());
        };
        let (Some(window), Some(whole)) =
            (line.hash(0, class.window, &self.powers), line.hash(0, len, &self.powers))
        else {
            return Ok(());
        };
        let tag = self.key.tag(&[line.bytes.get(..len).unwrap_or_default()]);
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        class.file(window, len);
        let known = self.values.entry((len, whole)).or_insert((tag, kind));
        known.1 = known.1.min(kind);
        Ok(())
    }

    /// The registered values in `folded`, in the order of their places by window; overlapping ones as one.
    pub(super) fn scan(&self, folded: &str) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        if self.is_empty() {
            return found;
        }
        let line = Line::of(folded, self.base());
        // SECURITY: each value is confirmed once per text, so that a text full of copies costs no more.
        let mut confirmed: HashMap<(u32, u64), bool> = HashMap::new();
        for class in self.classes.iter().filter(|class| !class.lengths.is_empty()) {
            for (at, window) in line.windows(class.window, &self.powers) {
                if !class.may_have(window) {
                    continue;
                }
                let Some(lengths) = class.lengths.get(&window) else { continue };
                let longest = lengths.iter().rev().find_map(|len| {
                    let whole = line.hash(at, *len as usize, &self.powers)?;
                    let (tag, kind) = self.values.get(&(*len, whole))?;
                    let bytes = line.bytes.get(at..at.saturating_add(*len as usize))?;
                    let genuine =
                        confirmed.entry((*len, whole)).or_insert_with(|| self.key.verify(&[bytes], tag));
                    genuine.then_some((*len as usize, *kind))
                });
                if let Some((len, kind)) = longest
                    && let Some(span) = line.locate(at, len, folded)
                {
                    match found.last_mut() {
                        Some(last) if last.kind == kind && last.span.overlaps(span) => {
                            last.span = last.span.cover(span);
                        }
                        _ => found.push(Found { kind, span }),
                    }
                }
            }
        }
        found
    }

    fn base(&self) -> u64 {
        self.powers.get(1).copied().unwrap_or(1)
    }
}

impl Class {
    fn file(&mut self, window: u64, len: u32) {
        self.sieve.resize(1 << 10, 0);
        if let Some(bits) = self.sieve.get_mut(slot(window)) {
            *bits |= bit(window);
        }
        self.lengths.entry(window).or_default().insert(len);
    }

    fn may_have(&self, window: u64) -> bool {
        self.sieve.get(slot(window)).is_some_and(|bits| bits & bit(window) != 0)
    }
}

/// The upper ten of a 61-bit hash's bits, and the six below them.
const fn slot(hash: u64) -> usize {
    (hash >> 51) as usize
}

const fn bit(hash: u64) -> u64 {
    1_u64.wrapping_shl((hash >> 45) as u32 & 63)
}

/// The letters and digits of a folded text in a row, where each comes from, and the hash of each beginning.
struct Line {
    bytes: Zeroizing<Vec<u8>>,
    /// For each byte the offset of its character in the folded text.
    places: Vec<u32>,
    /// The hash of the first `n` bytes at `n`.
    sums: Vec<u64>,
}

impl Line {
    fn of(folded: &str, base: u64) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(folded.len()));
        let mut places = Vec::with_capacity(folded.len());
        for (at, c) in folded.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                bytes.push(byte);
                places.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        let mut sums = Vec::with_capacity(bytes.len().saturating_add(1));
        let mut sum = 0;
        sums.push(sum);
        for byte in bytes.iter() {
            sum = plus(times(sum, base), u64::from(*byte).saturating_add(1));
            sums.push(sum);
        }
        Self { bytes, places, sums }
    }

    /// The hash of `len` bytes from `at` on.
    fn hash(&self, at: usize, len: usize, powers: &[u64]) -> Option<u64> {
        let (before, whole) = (self.sums.get(at)?, self.sums.get(at.checked_add(len)?)?);
        Some(minus(*whole, times(*before, *powers.get(len)?)))
    }

    /// The hash of each window of `len` bytes, with its place.
    fn windows<'a>(&'a self, len: usize, powers: &'a [u64]) -> impl Iterator<Item = (usize, u64)> + 'a {
        let power = powers.get(len).copied().unwrap_or(0);
        let ends = self.sums.iter().skip(len);
        self.sums
            .iter()
            .zip(ends)
            .map(move |(before, whole)| minus(*whole, times(*before, power)))
            .enumerate()
    }

    /// The part of `folded` that `len` bytes from `at` on come from.
    fn locate(&self, at: usize, len: usize, folded: &str) -> Option<Span<Folded>> {
        let start = *self.places.get(at)? as usize;
        let last = *self.places.get(at.checked_add(len)?.checked_sub(1)?)? as usize;
        let width = folded.get(last..)?.chars().next().map_or(0, char::len_utf8);
        Span::new(start, last.saturating_add(width))
    }
}

/// The Mersenne prime 2^61 − 1, the modulus of the rolling hash.
const PRIME: u64 = (1 << 61) - 1;

/// `a · b` modulo [`PRIME`], for factors below it.
#[expect(clippy::cast_possible_truncation, reason = "both halves of a product of 61-bit numbers fit 61 bits")]
const fn times(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    plus(product as u64 & PRIME, (product >> 61) as u64)
}

const fn plus(a: u64, b: u64) -> u64 {
    let sum = a.wrapping_add(b);
    if sum >= PRIME { sum.wrapping_sub(PRIME) } else { sum }
}

const fn minus(a: u64, b: u64) -> u64 {
    if a >= b { a.wrapping_sub(b) } else { a.wrapping_add(PRIME).wrapping_sub(b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarding(values: &[&str]) -> Registered {
        let mut registered = Registered::new(&SecretKey::from_bytes([3; 32]));
        for value in values {
            registered.register(&SecretValue::new(*value), RegisteredKind::Secret).unwrap();
        }
        registered
    }

    fn found(registered: &Registered, text: &str) -> Vec<String> {
        let folded = fold(text);
        registered.scan(&folded).iter().map(|found| found.span().of(&folded).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_value_is_found_however_its_characters_are_set_apart() {
        let registered = guarding(&["Blue-Heron 42/Kestrel"]);
        for text in [
            "it is Blue-Heron 42/Kestrel, keep it",
            "BLUEHERON42KESTREL",
            "b l u e h e r o n 4 2 k e s t r e l",
            "b-l-u-e-h-e-r-o-n-4-2-k-e-s-t-r-e-l",
            "b\nl\nu\ne\nh\ne\nr\no\nn\n4\n2\nk\ne\ns\nt\nr\ne\nl",
            "\"blueh\" + \"eron42\" + \"kestrel\"",
            "xxblueheron42kestrelyy",
        ] {
            assert_eq!(found(&registered, text).len(), 1, "{text}");
        }
        assert_eq!(found(&registered, "say Blue-Heron 42/Kestrel now"), [fold("blue-heron 42/kestrel")]);
    }

    #[test]
    fn what_only_begins_or_ends_like_a_value_passes() {
        let registered = guarding(&["Blue-Heron 42/Kestrel and a longer tail of it"]);
        for text in ["blue heron 42 kestrel and a longer tail of its own", "a kestrel and a blue heron", ""] {
            assert_eq!(found(&registered, text).is_empty(), !text.contains("of its"), "{text}");
        }
        assert!(found(&registered, "blue heron 42 kestrel and a longer tail").is_empty());
    }

    #[test]
    fn values_of_every_length_class_are_found_together() {
        let values = [
            "abc123",
            "k9x2m7qp",
            "zz91yy82xx73",
            "the quick 77 foxes jump over",
            "prefix-one-aaaa",
            "prefix-one-aaaabbbb",
        ];
        let registered = guarding(&values);
        assert_eq!(registered.len(), values.len());
        for value in values {
            assert!(!found(&registered, &format!("see {value}.")).is_empty(), "{value}");
        }
    }

    #[test]
    fn a_long_value_is_known_by_its_beginning() {
        let long = "q7w8e9r0t1y2".repeat(60);
        let registered = guarding(&[&long]);
        assert_eq!(found(&registered, &long[..Registered::REACH]).len(), 1);
        assert!(found(&registered, &long[..Registered::REACH - 1]).is_empty());
    }

    #[test]
    fn a_short_value_is_refused_and_told_why() {
        let mut registered = Registered::new(&SecretKey::from_bytes([3; 32]));
        let refused = registered.register(&SecretValue::new("a-b-c 1"), RegisteredKind::Secret);
        assert_eq!(refused, Err(RegisterError::TooShort { len: 4, min: 6 }));
        assert!(refused.unwrap_err().to_string().contains("at least 6 letters and digits, this one has 4"));
        assert!(registered.is_empty());
    }

    #[test]
    fn a_value_is_secret_if_it_was_ever_registered_as_one() {
        let mut registered = guarding(&["northwind 77"]);
        registered.register(&SecretValue::new("Northwind 77"), RegisteredKind::Sensitive).unwrap();
        assert_eq!(registered.len(), 1);
        assert_eq!(registered.scan("northwind 77")[0].kind(), RegisteredKind::Secret);
    }

    #[test]
    fn nothing_printable_holds_a_value() {
        let registered = guarding(&["Blue-Heron 42"]);
        assert!(!format!("{registered:?}").to_lowercase().contains("heron"));
    }

    #[test]
    fn a_text_full_of_a_value_is_one_finding() {
        let registered = guarding(&["aaaaaaaaaaaaaaaaaaaaaaaa"]);
        assert_eq!(found(&registered, &"a ".repeat(20_000)).len(), 1);
    }
}
