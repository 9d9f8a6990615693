//! What a rule says of one argument, compiled.
//!
//! The two kinds of rules read in opposite directions. A rule that allows wants **every** value it speaks of to
//! be, beyond doubt, what it names. A rule that restricts wants **any** of them, in any of its readings, and
//! counts what it cannot judge as a match.

use crate::base::{Integrity, JsonPointer, Sensitivity};
use crate::text::fold;
use crate::text::json::{Json, Number};
use crate::values::{ArgRole, name_words};

use super::doc::{ArgDoc, At, Bound, LeafKind, Place, Problems, Scalar, SizeDoc, ValueType};
use super::facet::{FacetMatcher, Understood};
use super::glob::ValueGlob;
use super::pointers::{PointerPattern, Relation};
use super::regexes::ValueRegex;
use super::request::{Leaf, Origin};
use super::sources::{Named, SourceMatcher};
use super::values::{Cache, is_canonical};

/// Whether something matches; `Unsure` counts as `Yes` for a rule that restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    No,
    Unsure,
    Yes,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

#[derive(Debug)]
enum Expected {
    Null,
    Bool(bool),
    Number { text: String, canonical: String },
    Text { text: String, folded: String },
}

/// A compiled `args` entry.
#[derive(Debug)]
pub(super) struct ArgMatcher {
    pointer: PointerPattern,
    restrictive: bool,
    present: Option<bool>,
    value: ValueMatcher,
    integrity: Option<Bound<Integrity>>,
    sensitivity: Option<Bound<Sensitivity>>,
    origins: Vec<Origin>,
    roles: Vec<ArgRole>,
    /// Boxed, since few rules ask it.
    sources: Option<Box<SourceMatcher>>,
}

impl ArgMatcher {
    pub(super) fn compile(
        pointer: &str,
        place: Place,
        doc: &ArgDoc,
        restrictive: bool,
        problems: &mut Problems,
    ) -> Option<Self> {
        if doc.present == Some(false) && (doc.tests_value() || doc.tests_label()) {
            problems.push((
                place,
                "`present: false` leaves no value of which something could be said".to_owned(),
            ));
        }
        let value = ValueMatcher::compile(doc, place, restrictive, problems);
        let pointer = PointerPattern::new(pointer, restrictive)
            .map_err(|message| problems.push((place, message)))
            .ok()?;
        Some(Self {
            pointer,
            restrictive,
            present: doc.present,
            value,
            integrity: doc.integrity.as_ref().map(|bound| bound.value),
            sensitivity: doc.sensitivity.as_ref().map(|bound| bound.value),
            origins: doc.origin.clone(),
            roles: doc.role.clone(),
            sources: SourceMatcher::compile(doc, restrictive, problems).map(Box::new),
        })
    }

    /// Whether it asks which texts a value was copied from.
    pub(super) const fn asks_sources(&self) -> bool {
        self.sources.is_some()
    }

    /// Whether the arguments are as it says.
    pub(super) fn answer(&self, leaves: &[Leaf<'_>], cache: &Cache) -> Answer {
        let (mut any, mut every, mut related) = (Answer::No, Answer::Yes, false);
        let named = self.named(leaves);
        for index in 0..leaves.len() {
            let Some(answer) = self.of_leaf(index, leaves, cache, named.as_ref()) else { continue };
            related |= leaves.get(index).is_some_and(|leaf| leaf.value.is_some());
            any = any.max(answer);
            every = every.min(answer);
            if if self.restrictive { any == Answer::Yes } else { every == Answer::No } {
                break;
            }
        }
        match (self.present, self.restrictive) {
            (Some(false), _) => Answer::from(!related),
            (_, false) => {
                if related {
                    every
                } else {
                    Answer::No
                }
            }
            (None, true) if !related && !self.pointer.is_wild() => Answer::Unsure,
            (_, true) => any,
        }
    }

    /// Whether it speaks of this very argument.
    pub(super) fn means(&self, pointer: &JsonPointer) -> bool {
        self.pointer.relation(pointer) == Relation::Is
    }

    /// Its pointer as it was written.
    pub(super) fn pointer_text(&self) -> &str {
        self.pointer.text()
    }

    /// The arguments because of which a restrictive rule matches, each with the part of its text that does.
    pub(super) fn matched<'l>(
        &'l self,
        leaves: &'l [Leaf<'l>],
        cache: &'l Cache,
    ) -> impl Iterator<Item = (&'l Leaf<'l>, Option<(usize, usize)>)> {
        let named = self.named(leaves);
        let hits = leaves.iter().enumerate().filter(move |(index, _)| {
            self.of_leaf(*index, leaves, cache, named.as_ref()).is_some_and(|answer| answer > Answer::No)
        });
        hits.map(move |(index, leaf)| {
            let text = leaf.value.and_then(Json::as_str);
            let span = text.map(|text| {
                let understood = cache.understood(index, leaves.len());
                self.value.piece(text, understood).unwrap_or((0, text.len()))
            });
            (leaf, span)
        })
    }

    /// Who is named where it looks for readers.
    fn named(&self, leaves: &[Leaf<'_>]) -> Option<Named> {
        self.sources.as_ref().map(|sources| sources.named(leaves))
    }

    /// What it says of one argument; `None` when it does not speak of it.
    fn of_leaf(
        &self,
        index: usize,
        leaves: &[Leaf<'_>],
        cache: &Cache,
        named: Option<&Named>,
    ) -> Option<Answer> {
        let leaf = leaves.get(index)?;
        let relation = match self.pointer.relation(&leaf.pointer) {
            Relation::Other => return None,
            relation => relation,
        };
        if !self.labels_hold(leaf) {
            return (leaf.value.is_some() || self.pointer.is_wild()).then_some(Answer::No);
        }
        let copied = match (&self.sources, named) {
            (Some(sources), Some(named)) => sources.answer(leaf, named),
            _ => Answer::Yes,
        };
        let Some(value) = leaf.value else {
            // A key has labels only, and is nobody's single argument.
            return (self.pointer.is_wild() && self.value.is_empty()).then_some(copied);
        };
        if !self.value.speaks_of(leaf, value) {
            return None;
        }
        let answer = match relation {
            Relation::Is => {
                let spot = Spot { index, of: leaves.len(), cache, wild: self.pointer.is_wild() };
                self.value.answer(value, spot)
            }
            // The labels of a list are those of what is in it; its value is nothing that could be compared.
            Relation::Inside if self.value.is_empty() => Answer::Yes,
            _ if self.restrictive => Answer::Unsure,
            _ => Answer::No,
        };
        Some(answer.min(copied))
    }

    fn labels_hold(&self, leaf: &Leaf<'_>) -> bool {
        self.integrity.is_none_or(|bound| bound.holds(leaf.label.integrity()))
            && self.sensitivity.is_none_or(|bound| bound.holds(leaf.label.sensitivity()))
            && (self.origins.is_empty() || self.origins.contains(&leaf.origin))
            && (self.roles.is_empty() || self.roles.contains(&leaf.role))
    }
}

/// Where a value stands, and what was already read of it.
#[derive(Clone, Copy)]
struct Spot<'c> {
    index: usize,
    of: usize,
    cache: &'c Cache,
    /// It was found by `*`, and may be of any kind.
    wild: bool,
}

/// What is said of the value itself.
#[derive(Debug)]
struct ValueMatcher {
    restrictive: bool,
    one_of: Vec<Expected>,
    globs: Vec<ValueGlob>,
    regexes: Vec<ValueRegex>,
    kinds: Vec<ValueType>,
    range: Option<(Option<Number>, Option<Number>)>,
    size: Option<SizeDoc>,
    facets: Vec<FacetMatcher>,
    all: Vec<ValueMatcher>,
    only: Option<LeafKind>,
    not: Option<Box<ValueMatcher>>,
}

impl ValueMatcher {
    fn compile(doc: &ArgDoc, place: Place, restrictive: bool, problems: &mut Problems) -> Self {
        if doc.equals.is_some() && !doc.one_of.is_empty() {
            problems.push((place, "`equals` and `in` say the same thing; keep one".to_owned()));
        }
        let range = doc.range.as_ref().map(|at| {
            let number = |text: &Option<String>| text.as_deref().and_then(Number::new);
            let (min, max) = (number(&at.value.min), number(&at.value.max));
            let empty = matches!((&min, &max), (Some(min), Some(max)) if min.compare(max).is_gt());
            if empty || (min.is_none() && max.is_none()) {
                problems.push((at.place, "no number is in this range".to_owned()));
            }
            (min, max)
        });
        let size = doc.size.as_ref().map(|at| {
            let SizeDoc { min, max } = at.value;
            if matches!((min, max), (Some(min), Some(max)) if min > max) || (min.is_none() && max.is_none()) {
                problems.push((at.place, "no length is in this range".to_owned()));
            }
            at.value
        });
        let dialect = doc.dialect.unwrap_or_default();
        Self {
            restrictive,
            one_of: doc.equals.iter().chain(&doc.one_of).map(Expected::of).collect(),
            globs: compile_all(&doc.glob, problems, |pattern| ValueGlob::new(pattern, restrictive)),
            regexes: compile_all(&doc.regex, problems, |pattern| ValueRegex::new(pattern, restrictive)),
            kinds: doc.kinds.clone(),
            range,
            size,
            facets: doc
                .facets
                .iter()
                .map(|(facet, wanted)| FacetMatcher::compile(*facet, wanted, dialect, restrictive, problems))
                .collect(),
            all: doc.all.iter().map(|doc| Self::compile(doc, place, restrictive, problems)).collect(),
            only: doc.only,
            // What must not be is read the other way round: any reading of it that a rule which forbids would see keeps a
            // rule that allows from matching.
            not: doc.not.as_ref().map(|not| Box::new(Self::compile(not, place, !restrictive, problems))),
        }
    }

    /// The part of a text that is what it says, where it is a part.
    fn piece(&self, text: &str, understood: Option<&Understood>) -> Option<(usize, usize)> {
        let lower = text.to_ascii_lowercase();
        let of_regex = self.regexes.iter().find_map(|regex| regex.find(&lower));
        let of_facet = || {
            let piece = |facet: &FacetMatcher| facet.piece(text, understood?);
            self.facets.iter().find_map(piece)
        };
        let of_all = || self.all.iter().find_map(|other| other.piece(text, understood));
        of_regex.or_else(of_facet).or_else(of_all)
    }

    /// Whether the value is of the kind that it speaks of.
    fn speaks_of(&self, leaf: &Leaf<'_>, value: &Json) -> bool {
        self.only.is_none_or(|kind| looks_like(kind, leaf, value))
    }

    fn is_empty(&self) -> bool {
        self.one_of.is_empty() && self.globs.is_empty() && self.regexes.is_empty() && self.says_no_more()
    }

    /// Whether all that it says is said by `equals`, `in`, `glob` and `regex`.
    fn says_no_more(&self) -> bool {
        self.kinds.is_empty()
            && self.range.is_none()
            && self.size.is_none()
            && self.facets.is_empty()
            && self.not.is_none()
            && self.all.is_empty()
    }

    fn glob(&self, text: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(text))
    }

    fn regex(&self, text: &str) -> bool {
        self.regexes.iter().any(|regex| regex.matches(text))
    }

    fn answer(&self, value: &Json, spot: Spot<'_>) -> Answer {
        if self.is_empty() {
            return Answer::Yes;
        }
        // A named argument is known to be of a kind; one that was found by `*` may be of any.
        let mismatch = if spot.wild { Answer::No } else { Answer::Unsure };
        let mut answer = if self.restrictive {
            self.restricts(value, spot, mismatch)
        } else {
            Answer::from(self.allows(value))
        };
        if answer > Answer::No && !self.says_no_more() {
            answer = answer.min(self.more(value, spot, mismatch));
        }
        for other in &self.all {
            if answer == Answer::No {
                break;
            }
            answer = answer.min(other.answer(value, spot));
        }
        match (&self.not, answer) {
            (Some(not), answer) if answer > Answer::No => match (self.restrictive, not.answer(value, spot)) {
                (_, Answer::No) => answer,
                (true, Answer::Unsure) => answer.min(Answer::Unsure),
                _ => Answer::No,
            },
            (_, answer) => answer,
        }
    }

    /// Types, ranges, sizes, and what a text means.
    fn more(&self, value: &Json, spot: Spot<'_>, mismatch: Answer) -> Answer {
        let mut answer = Answer::Yes;
        let mismatch = if self.restrictive { mismatch } else { Answer::No };
        if !self.kinds.is_empty() {
            answer = answer.min(Answer::from(self.kinds.iter().any(|kind| is_kind(value, *kind))));
        }
        if let Some((min, max)) = &self.range {
            let coerced;
            let number = match value {
                Json::Number(number) => Some(number),
                // SECURITY: a number in a text is a number to many servers.
                Json::String(text) if self.restrictive => {
                    coerced = Number::new(text.trim().trim_start_matches('+'));
                    coerced.as_ref()
                }
                _ => None,
            };
            let inside = |number: &Number| {
                min.as_ref().is_none_or(|min| number.compare(min).is_ge())
                    && max.as_ref().is_none_or(|max| number.compare(max).is_le())
            };
            answer = answer.min(number.map_or(mismatch, |number| Answer::from(inside(number))));
        }
        if let Some(size) = self.size {
            let len = match value {
                Json::String(text) => u64::try_from(text.len()).unwrap_or(u64::MAX),
                other => u64::try_from(other.to_string().len()).unwrap_or(u64::MAX),
            };
            let fits = size.min.is_none_or(|min| len >= min) && size.max.is_none_or(|max| len <= max);
            answer = answer.min(Answer::from(fits));
        }
        if answer > Answer::No && !self.facets.is_empty() {
            let Json::String(text) = value else { return answer.min(mismatch) };
            let Some(understood) = spot.cache.understood(spot.index, spot.of) else { return mismatch };
            for facet in &self.facets {
                answer = answer.min(facet.answer(text, understood, mismatch));
                if answer == Answer::No {
                    break;
                }
            }
        }
        answer
    }

    fn restricts(&self, value: &Json, spot: Spot<'_>, mismatch: Answer) -> Answer {
        let Spot { index, of, cache, .. } = spot;
        let mut answer = Answer::Yes;
        if !self.one_of.is_empty() {
            answer = answer.min(self.restricts_equal(value, spot, mismatch));
        }
        if answer > Answer::No && !self.globs.is_empty() {
            answer = answer.min(match value {
                Json::String(text) => Answer::from(
                    cache
                        .get(index, of, text)
                        .is_none_or(|readings| readings.folded(text).any(|text| self.glob(text))),
                ),
                value if scalar_matches(value, |text| self.glob(text)) => Answer::Yes,
                _ => mismatch,
            });
        }
        if answer > Answer::No && !self.regexes.is_empty() {
            answer = answer.min(match value {
                Json::String(text) => Answer::from(
                    cache
                        .get(index, of, text)
                        .is_none_or(|readings| readings.lower(text).any(|text| self.regex(text))),
                ),
                value if scalar_matches(value, |text| self.regex(text)) => Answer::Yes,
                _ => mismatch,
            });
        }
        answer
    }

    fn allows(&self, value: &Json) -> bool {
        let equal = self.one_of.is_empty() || self.one_of.iter().any(|expected| expected.is_exactly(value));
        if !equal || (self.globs.is_empty() && self.regexes.is_empty()) {
            return equal;
        }
        let Json::String(text) = value else { return false };
        // SECURITY: `/srv/project/../../etc/passwd` fits `/srv/project/**`, and is not what was meant.
        is_canonical(text)
            && (self.globs.is_empty() || self.glob(text))
            && (self.regexes.is_empty() || self.regex(text))
    }

    fn restricts_equal(&self, value: &Json, spot: Spot<'_>, mismatch: Answer) -> Answer {
        let Spot { index, of, cache, .. } = spot;
        let mut same_kind = false;
        for expected in &self.one_of {
            let equal = match (expected, value) {
                (Expected::Null, Json::Null) => return Answer::Yes,
                (Expected::Bool(wanted), Json::Bool(found)) => {
                    same_kind = true;
                    wanted == found
                }
                (Expected::Number { canonical, .. }, Json::Number(found)) => {
                    same_kind = true;
                    *canonical == found.canonical()
                }
                (Expected::Text { folded, .. }, Json::String(found)) => {
                    same_kind = true;
                    cache
                        .get(index, of, found)
                        .is_none_or(|readings| readings.folded(found).any(|text| text == folded))
                }
                // SECURITY: 1000 against "1000", true against "True": servers coerce.
                (expected, Json::String(found)) => expected.looks_like(found.trim()),
                (Expected::Text { text, .. }, found) => {
                    Expected::of_json(found).is_some_and(|found| found.looks_like(text.trim()))
                }
                _ => false,
            };
            if equal {
                return Answer::Yes;
            }
        }
        if same_kind { Answer::No } else { mismatch }
    }
}

/// Whether a value is a path, an address or a text, by its look or by its key.
fn looks_like(kind: LeafKind, leaf: &Leaf<'_>, value: &Json) -> bool {
    const PATHS: &[&str] =
        &["path", "paths", "file", "files", "filename", "filepath", "dir", "directory", "folder", "cwd"];
    const URLS: &[&str] = &[
        "url", "urls", "uri", "href", "link", "host", "hostname", "domain", "endpoint", "webhook",
        "callback", "origin", "proxy",
    ];
    const CONTENT: &[&str] =
        &["content", "contents", "text", "body", "message", "data", "description", "comment"];
    let Json::String(text) = value else {
        // A list or a number where a path was meant is judged, and does not fit.
        return kind != LeafKind::Text && named(leaf, if kind == LeafKind::Path { PATHS } else { URLS });
    };
    match kind {
        LeafKind::Text => true,
        LeafKind::Path => {
            let lower = text.to_ascii_lowercase();
            let looks = !text.contains("://")
                && !text.trim().contains(char::is_whitespace)
                && (text.contains(['/', '\\'])
                    || text.trim_start().starts_with(['~', '.'])
                    || lower.contains("%2f")
                    || lower.contains("%5c"));
            named(leaf, PATHS) || lower.trim_start().starts_with("file:") || (looks && !named(leaf, CONTENT))
        }
        LeafKind::Url => {
            let looks = text.contains("://")
                || text.trim_start().starts_with("//")
                || text.trim_start().starts_with("\\\\");
            named(leaf, URLS) || (looks && !named(leaf, CONTENT))
        }
    }
}

fn named(leaf: &Leaf<'_>, names: &[&str]) -> bool {
    let key = leaf.pointer.steps().filter(|step| !step.bytes().all(|b| b.is_ascii_digit())).last();
    key.is_some_and(|key| name_words(&key).last().is_some_and(|word| names.contains(&word.as_str())))
}

fn is_kind(value: &Json, kind: ValueType) -> bool {
    match (kind, value) {
        (ValueType::Null, Json::Null)
        | (ValueType::Boolean, Json::Bool(_))
        | (ValueType::Number, Json::Number(_))
        | (ValueType::String, Json::String(_)) => true,
        (ValueType::Integer, Json::Number(number)) => number.is_whole(),
        _ => false,
    }
}

/// Whether a value that is no text, written out, is matched: servers coerce.
fn scalar_matches(value: &Json, matches: impl Fn(&str) -> bool) -> bool {
    match value {
        Json::Number(number) => matches(number.as_str()) || matches(&number.canonical()),
        Json::Bool(true) => matches("true"),
        Json::Bool(false) => matches("false"),
        Json::Null => matches("null"),
        Json::String(_) | Json::Array(_) | Json::Object(_) => false,
    }
}

impl Expected {
    fn of(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(*value),
            Scalar::Number(text) => Self::Number { canonical: canonical(text), text: text.clone() },
            Scalar::Text(text) => Self::Text { folded: fold(text).into_owned(), text: text.clone() },
        }
    }

    fn of_json(value: &Json) -> Option<Self> {
        match value {
            Json::Null => Some(Self::Null),
            Json::Bool(value) => Some(Self::Bool(*value)),
            Json::Number(number) => {
                Some(Self::Number { text: number.as_str().to_owned(), canonical: number.canonical() })
            }
            Json::String(_) | Json::Array(_) | Json::Object(_) => None,
        }
    }

    /// Whether `text` could be coerced to it.
    fn looks_like(&self, text: &str) -> bool {
        match self {
            Self::Null => text.eq_ignore_ascii_case("null"),
            Self::Bool(value) => text.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
            Self::Number { canonical: wanted, text: spelled } => {
                let unpadded = text.strip_prefix('+').unwrap_or(text).trim_start_matches('0');
                text == spelled || canonical(text) == *wanted || canonical(unpadded) == *wanted
            }
            Self::Text { folded, .. } => fold(text) == *folded,
        }
    }

    fn is_exactly(&self, value: &Json) -> bool {
        match (self, value) {
            (Self::Null, Json::Null) => true,
            (Self::Bool(wanted), Json::Bool(found)) => wanted == found,
            (Self::Number { text, .. }, Json::Number(found)) => text == found.as_str(),
            (Self::Text { text, .. }, Json::String(found)) => text == found,
            _ => false,
        }
    }
}

/// One spelling for all spellings of a number; what is no number stays as it is.
fn canonical(text: &str) -> String {
    Number::new(text).map_or_else(|| text.to_owned(), |number| number.canonical())
}

fn compile_all<T>(
    patterns: &[At<String>],
    problems: &mut Problems,
    compile: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    let mut compiled = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        match compile(&pattern.value) {
            Ok(pattern) => compiled.push(pattern),
            Err(message) => problems.push((pattern.place, message)),
        }
    }
    compiled
}
