//! What a rule says of one argument, compiled.
//!
//! The two kinds of rules read in opposite directions. A rule that allows wants **every** value it speaks of to
//! be, beyond doubt, what it names. A rule that restricts wants **any** of them, in any of its readings, and
//! counts what it cannot judge as a match.

use crate::base::{Integrity, Sensitivity};
use crate::text::fold;
use crate::text::json::{Json, Number};
use crate::values::ArgRole;

use super::doc::{ArgDoc, At, Bound, Place, Problems, Scalar};
use super::glob::ValueGlob;
use super::pointers::{PointerPattern, Relation};
use super::regexes::ValueRegex;
use super::request::{Leaf, Origin};
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
    one_of: Vec<Expected>,
    globs: Vec<ValueGlob>,
    regexes: Vec<ValueRegex>,
    integrity: Option<Bound<Integrity>>,
    sensitivity: Option<Bound<Sensitivity>>,
    origins: Vec<Origin>,
    roles: Vec<ArgRole>,
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
        if doc.equals.is_some() && !doc.one_of.is_empty() {
            problems.push((place, "`equals` and `in` say the same thing; keep one".to_owned()));
        }
        let globs = compile_all(&doc.glob, problems, |pattern| ValueGlob::new(pattern, restrictive));
        let regexes = compile_all(&doc.regex, problems, |pattern| ValueRegex::new(pattern, restrictive));
        let pointer = PointerPattern::new(pointer, restrictive)
            .map_err(|message| problems.push((place, message)))
            .ok()?;
        Some(Self {
            pointer,
            restrictive,
            present: doc.present,
            one_of: doc.equals.iter().chain(&doc.one_of).map(Expected::of).collect(),
            globs,
            regexes,
            integrity: doc.integrity.as_ref().map(|bound| bound.value),
            sensitivity: doc.sensitivity.as_ref().map(|bound| bound.value),
            origins: doc.origin.clone(),
            roles: doc.role.clone(),
        })
    }

    /// Whether the arguments are as it says.
    pub(super) fn answer(&self, leaves: &[Leaf<'_>], cache: &Cache) -> Answer {
        let (mut any, mut every, mut related) = (Answer::No, Answer::Yes, false);
        for index in 0..leaves.len() {
            let Some(answer) = self.of_leaf(index, leaves, cache) else { continue };
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

    /// The arguments because of which a restrictive rule matches.
    pub(super) fn matched<'l>(
        &'l self,
        leaves: &'l [Leaf<'l>],
        cache: &'l Cache,
    ) -> impl Iterator<Item = &'l Leaf<'l>> {
        leaves
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                self.of_leaf(*index, leaves, cache).is_some_and(|answer| answer > Answer::No)
            })
            .map(|(_, leaf)| leaf)
    }

    /// What it says of one argument; `None` when it does not speak of it.
    fn of_leaf(&self, index: usize, leaves: &[Leaf<'_>], cache: &Cache) -> Option<Answer> {
        let leaf = leaves.get(index)?;
        let relation = match self.pointer.relation(&leaf.pointer) {
            Relation::Other => return None,
            relation => relation,
        };
        if !self.labels_hold(leaf) {
            return (leaf.value.is_some() || self.pointer.is_wild()).then_some(Answer::No);
        }
        let Some(value) = leaf.value else {
            // A key has labels only, and is nobody's single argument.
            return (self.pointer.is_wild() && !self.tests_value()).then_some(Answer::Yes);
        };
        Some(match relation {
            Relation::Is => self.of_value(value, index, leaves.len(), cache),
            // The labels of a list are those of what is in it; its value is nothing that could be compared.
            Relation::Inside if !self.tests_value() => Answer::Yes,
            _ if self.restrictive => Answer::Unsure,
            _ => Answer::No,
        })
    }

    fn tests_value(&self) -> bool {
        !self.one_of.is_empty() || !self.globs.is_empty() || !self.regexes.is_empty()
    }

    fn glob(&self, text: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(text))
    }

    fn regex(&self, text: &str) -> bool {
        self.regexes.iter().any(|regex| regex.matches(text))
    }

    fn labels_hold(&self, leaf: &Leaf<'_>) -> bool {
        self.integrity.is_none_or(|bound| bound.holds(leaf.label.integrity()))
            && self.sensitivity.is_none_or(|bound| bound.holds(leaf.label.sensitivity()))
            && (self.origins.is_empty() || self.origins.contains(&leaf.origin))
            && (self.roles.is_empty() || self.roles.contains(&leaf.role))
    }

    fn of_value(&self, value: &Json, index: usize, of: usize, cache: &Cache) -> Answer {
        if !self.tests_value() {
            return Answer::Yes;
        }
        if !self.restrictive {
            return Answer::from(self.allows(value));
        }
        // A named argument is known to be of a kind; one that was found by `*` may be of any.
        let mismatch = if self.pointer.is_wild() { Answer::No } else { Answer::Unsure };
        let mut answer = Answer::Yes;
        if !self.one_of.is_empty() {
            answer = answer.min(self.restricts_equal(value, index, of, cache, mismatch));
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

    fn restricts_equal(
        &self,
        value: &Json,
        index: usize,
        of: usize,
        cache: &Cache,
        mismatch: Answer,
    ) -> Answer {
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
