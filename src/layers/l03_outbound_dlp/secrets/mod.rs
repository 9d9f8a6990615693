//! Finds credentials by what they look like: a catalogue as data, one automaton over its literals, and hand-written
//! matchers at the places where one of them stands.
//!
//! Promises: what has the form of a catalogued type is found in time linear in the text's length, in any carrier
//! (a URL, markdown, a log, JSON). Digests, UUIDs, integrity hashes, data URIs and placeholders are left alone.
//!
//! Does not promise to find a secret that has no form of its own and no name beside it: those have to be
//! registered ([`super::Registered`]).

mod alphabet;
mod assignment;
mod bare;
mod checks;
pub(super) mod ciphers;
mod grammars;
mod latin;
mod matchers;
pub(super) mod own;
mod phrases;
mod table;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::base::{Clean, Rule, Span};

pub(super) use latin::Latin;
use matchers::{Form, Matcher};
pub(super) use table::TYPES;

/// How sure it is that something is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Its name says so, and it looks drawn at random.
    Named,
    /// It has the form that only this type has.
    Shaped,
    /// A checksum or a structure inside it holds.
    Proven,
}

/// A type of secret: a row of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct SecretType {
    name: &'static str,
    rule: Rule,
    forms: &'static [Form],
}

impl SecretType {
    /// Its stable name: `github-token`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The rule that findings of this type have.
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }
}

/// A secret in a text.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    kind: &'static SecretType,
    span: Span<Clean>,
    certainty: Certainty,
}

impl Hit {
    /// What its place says to be one of this type.
    pub(super) const fn named(kind: &'static SecretType, span: Span<Clean>) -> Self {
        Self { kind, span, certainty: Certainty::Named }
    }

    /// The same at another place.
    pub(super) const fn at(mut self, span: Span<Clean>) -> Self {
        self.span = span;
        self
    }

    /// What type of secret.
    pub const fn kind(&self) -> &'static SecretType {
        self.kind
    }

    /// Where it stands.
    pub const fn span(&self) -> Span<Clean> {
        self.span
    }

    /// How sure that is.
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }
}

/// Adds the secrets in `text` to `out`, in the order of their places, none inside another. Characters that look like
/// letters and digits of ASCII are read as those.
pub fn scan(text: &str, out: &mut Vec<Hit>) {
    let scanner = scanner();
    if text.is_ascii() {
        scanner.scan(text, out);
        return;
    }
    let latin = Latin::of(text);
    let from = out.len();
    scanner.scan(&latin.text, out);
    for hit in out.iter_mut().skip(from) {
        hit.span = latin.locate(hit.span);
    }
}

/// The catalogue as regular expressions: for each form its literals and an expression. What a form's own code checks
/// besides (sums, structure, randomness) is left out. For comparing with scanners that work so.
#[cfg(feature = "test-util")]
pub fn expressions() -> Vec<(Vec<&'static str>, String)> {
    let forms = TYPES.iter().flat_map(|kind| kind.forms);
    forms.map(|form| (form.anchors.to_vec(), form.expression())).collect()
}

/// The type of a text that is a key without a form, and nothing else.
pub(super) fn bare(text: &str) -> Option<&'static SecretType> {
    scanner().bare.filter(|_| bare::is_whole(text))
}

fn scanner() -> &'static Scanner {
    static SCANNER: OnceLock<Scanner> = OnceLock::new();
    SCANNER.get_or_init(|| Scanner::new(TYPES))
}

/// The same for a text whose upper and lower case mean nothing: each literal of the catalogue is read in its own case,
/// what is behind it in small letters and in capitals. Only what has a form of its own counts; where the text was
/// `spelled`, also what is as long as a key.
pub(super) fn scan_caseless(text: &str, spelled: bool, out: &mut Vec<Hit>) {
    static LITERALS: OnceLock<(Vec<&str>, Option<AhoCorasick>)> = OnceLock::new();
    let (anchors, automaton) = LITERALS.get_or_init(|| {
        let forms = TYPES.iter().flat_map(|kind| kind.forms);
        let shaped = forms.filter(|form| !matches!(form.matcher, Matcher::Grammar(_)));
        let anchors: Vec<&str> =
            shaped.flat_map(|form| form.anchors.iter().copied()).filter(|one| one.len() >= 4).collect();
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest);
        let automaton = builder.build(&anchors).ok();
        (anchors, automaton)
    });
    let Some(automaton) = automaton else { return };
    if !text.is_ascii() {
        return;
    }
    let from = out.len();
    for capitals in [false, true] {
        let mut copy = if capitals { text.to_ascii_uppercase() } else { text.to_ascii_lowercase() };
        for hit in automaton.find_iter(text) {
            if let Some(literal) = anchors.get(hit.pattern().as_usize()) {
                copy.replace_range(hit.range(), literal);
            }
        }
        let mut hits = Vec::new();
        scanner().scan(&copy, &mut hits);
        out.extend(hits.into_iter().filter(|hit| hit.certainty >= Certainty::Shaped));
    }
    if let Some(kind) = scanner().bare.filter(|_| spelled) {
        bare::scan_caseless(text, kind, out);
    }
    drop_covered(out, from);
}

/// The catalogue, compiled: one automaton over all literals.
struct Scanner {
    automaton: Option<AhoCorasick>,
    literals: Vec<Literal>,
    forms: usize,
    /// The type that has no literal.
    phrases: Option<&'static SecretType>,
    /// The type whose keys have no form besides their length and their letters.
    bare: Option<&'static SecretType>,
}

/// A literal of the catalogue and the form that it gives away.
struct Literal {
    text: &'static str,
    kind: &'static SecretType,
    form: &'static Form,
    /// The form's number.
    number: usize,
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner").field("literals", &self.literals.len()).finish_non_exhaustive()
    }
}

impl Scanner {
    fn new(types: &'static [SecretType]) -> Self {
        let forms = types.iter().flat_map(|kind| kind.forms.iter().map(move |form| (kind, form)));
        let literals: Vec<Literal> = forms
            .clone()
            .enumerate()
            .flat_map(|(number, (kind, form))| {
                form.anchors.iter().map(move |text| Literal { text, kind, form, number })
            })
            .collect();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(literals.iter().map(|literal| literal.text))
            .ok();
        let phrases = types.iter().find(|kind| kind.forms.is_empty());
        let bare = types.iter().find(|kind| kind.name == "aws-secret-key");
        Self { automaton, literals, forms: forms.count(), phrases, bare }
    }

    fn scan(&self, text: &str, out: &mut Vec<Hit>) {
        let from = out.len();
        // SECURITY: a literal inside what the same form has already taken is not tried again. Without this, a text
        // that repeats a literal inside one long run would cost the square of its length.
        let mut taken = vec![0; self.forms];
        match &self.automaton {
            Some(automaton) => {
                for hit in automaton.find_overlapping_iter(text) {
                    if let Some(literal) = self.literals.get(hit.pattern().as_usize()) {
                        literal.try_at(text, hit.range(), &mut taken, out);
                    }
                }
            }
            // The catalogue is a constant that compiles; this arm keeps the scan whole without an automaton.
            None => {
                for literal in &self.literals {
                    for (start, found) in text.match_indices(literal.text) {
                        let anchor = start..start.saturating_add(found.len());
                        literal.try_at(text, anchor, &mut taken, out);
                    }
                }
            }
        }
        if let Some(kind) = self.phrases {
            phrases::scan(text, kind, out);
        }
        if let Some(kind) = self.bare {
            bare::scan(text, kind, out);
        }
        drop_covered(out, from);
    }
}

impl Literal {
    fn try_at(&self, text: &str, anchor: Range<usize>, taken: &mut [usize], out: &mut Vec<Hit>) {
        let Some(taken) = taken.get_mut(self.number).filter(|taken| **taken <= anchor.start) else {
            return;
        };
        let (range, certainty) = match self.form.matcher.at(text, anchor) {
            Ok(found) => found,
            Err(nothing_before) => {
                *taken = nothing_before.max(*taken);
                return;
            }
        };
        *taken = range.end;
        if let Some(span) = Span::new(range.start, range.end) {
            out.push(Hit { kind: self.kind, span, certainty });
        }
    }
}

/// Sorts `hits[from..]` and leaves out what a surer or longer neighbour covers.
fn drop_covered(hits: &mut Vec<Hit>, from: usize) {
    let mut found = hits.split_off(from.min(hits.len()));
    found.sort_by_key(|hit| (hit.span.start(), std::cmp::Reverse((hit.certainty, hit.span.end()))));
    for hit in found {
        match hits.get_mut(from..).and_then(<[Hit]>::last_mut) {
            Some(last) if last.span.overlaps(hit.span) => {
                let better = (hit.certainty, hit.span.len()) > (last.certainty, last.span.len());
                let whole = last.span.cover(hit.span);
                if better {
                    *last = hit;
                }
                // SECURITY: what either of the two covers is taken out, whichever names it.
                last.span = whole;
            }
            _ => hits.push(hit),
        }
    }
}

#[cfg(test)]
mod tests;
