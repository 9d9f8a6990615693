//! What a session did before a call, as the flows of a policy ask for it.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use super::super::l04_provenance::LabelledLeaf;
use crate::base::{Integrity, JsonPointer, RecordId, Source, sha256};
use crate::policy::{Origin, Past};
use crate::state::{Counter, SessionFacts};
use crate::text::json::Json;
use crate::values::ToolCall;

/// What is known of a session before a call.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a call is judged against both")]
pub struct Before<'a> {
    /// The keys of the quotas of rules that do not admit the call.
    pub used_up: &'a [u64],
    /// Its facts.
    pub facts: &'a SessionFacts,
    /// Which source a record is of.
    pub source: &'a dyn Fn(RecordId) -> Option<Source>,
}

impl fmt::Debug for Before<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Before").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// A call's values that decide, and what the session did before.
pub(super) struct History<'a> {
    facts: &'a SessionFacts,
    source: &'a dyn Fn(RecordId) -> Option<Source>,
    leaves: &'a [LabelledLeaf],
    values: BTreeSet<u64>,
    /// Whether the call has more than was looked at.
    has_more: bool,
}

impl fmt::Debug for History<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("values", &self.values.len()).finish_non_exhaustive()
    }
}

impl<'a> History<'a> {
    pub(super) fn of(
        values: &HashMap<JsonPointer, &Json>,
        leaves: &'a [LabelledLeaf],
        facts: &'a SessionFacts,
        source: &'a dyn Fn(RecordId) -> Option<Source>,
    ) -> Self {
        let texts = leaves.iter().filter(|leaf| leaf.role().is_decisive());
        let texts = texts.filter_map(|leaf| values.get(leaf.pointer())?.as_str());
        let (mut values, mut room, mut has_more) = (BTreeSet::new(), LONGEST, false);
        for text in texts {
            // SECURITY: a character that stands across the end must not hide what stands before it.
            let read = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
            room = room.saturating_sub(read.len());
            has_more |= read.len() < text.len();
            values.extend(names(read).take(MOST));
            has_more |= values.len() >= MOST;
        }
        Self { facts, source, leaves, values, has_more }
    }

    /// What the session remembers of these steps once the call was made.
    pub(super) fn taken(&self, steps: &BTreeSet<u64>, call: &ToolCall) -> SessionFacts {
        if steps.is_empty() {
            return SessionFacts::new();
        }
        let digest = digest(call);
        steps.iter().fold(SessionFacts::new(), |facts, step| {
            facts.took(*step, self.now(), digest, &self.values, self.has_more)
        })
    }
}

impl Past for History<'_> {
    fn now(&self) -> u64 {
        self.facts.counter(Counter::Turns)
    }

    fn turns(&self, step: u64, same: bool) -> Option<Vec<u64>> {
        let Some(trace) = self.facts.step(step) else { return Some(Vec::new()) };
        if !same {
            return Some(trace.turns().collect());
        }
        let turns = trace.turns_with(&self.values);
        // SECURITY: what was forgotten may have been the value, and so may what was not looked at.
        let unknown = self.has_more || trace.is_full() && !self.values.is_empty();
        if turns.is_empty() && unknown { None } else { Some(turns) }
    }

    fn copied_from(&self, named: &dyn Fn(&str) -> bool) -> bool {
        let copied = |leaf: &&LabelledLeaf| {
            leaf.origin() != Origin::User && leaf.label().integrity() < Integrity::Trusted
        };
        let mut records = self.leaves.iter().filter(copied).flat_map(|leaf| leaf.origins().iter());
        records.any(|record| (self.source)(record).is_some_and(|source| named(source.id())))
    }
}

/// A call's digest among those that a session remembers.
pub(super) fn digest(call: &ToolCall) -> u64 {
    number(call.canonical().as_bytes())
}

/// Most values of a call that are remembered. One that has more may have any.
const MOST: usize = 256;
/// Of how much of a call's texts that decide values are looked for, in bytes. A longer one may have any.
const LONGEST: usize = 64 * 1024;

/// What a text names that another call can name again: paths, and by themselves the names of their files, links,
/// addresses, ids.
fn names(text: &str) -> impl Iterator<Item = u64> {
    let between = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '\'' | '`' | '(' | ')' | '<' | '>' | '|' | ';' | '&' | ',' | '=')
    };
    text.split(between).filter(|word| word.len() > 3).flat_map(|word| {
        let word = word.trim_matches(|c: char| matches!(c, '.' | ':' | '!' | '?')).to_lowercase();
        let file = word.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        // A file's name is one name wherever it lies; what has no mark in it is a word.
        let marked = |name: &str| {
            name.len() > 3
                && name.contains([
                    '.', '/', '\\', '@', '_', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
                ])
        };
        let own = marked(&word).then(|| number(word.as_bytes()));
        let file = (file != word && file.len() > 3).then(|| number(file.as_bytes()));
        own.into_iter().chain(file)
    })
}

fn number(bytes: &[u8]) -> u64 {
    let digest = sha256(&[b"flow value", bytes]);
    let (first, _) = digest.as_bytes().split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_wherever_it_lies() {
        let of = |text: &str| names(text).collect::<BTreeSet<_>>();
        let shared = |one: &str, two: &str| !of(one).is_disjoint(&of(two));
        assert!(shared("/tmp/in/setup.sh", "sh ./setup.sh --fast"));
        assert!(shared("https://get.example/x1.sh", "curl https://get.example/x1.sh"));
        assert!(!shared("/tmp/in/setup.sh", "cargo test --lib"));
        assert!(!shared("write the notes", "the notes"));
    }
}
