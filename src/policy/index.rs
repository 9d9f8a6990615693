//! Which rules speak of a tool, without looking at the others.
//!
//! A pattern without wildcards is found by its name. Any other is found by the longest text that all its
//! matches have: one pass of an automaton over the tool's name finds all of these. Patterns without any text
//! speak of every tool.

use std::borrow::Cow;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use crate::base::ToolName;

use super::glob::{Anchor, NameGlob};

/// A pattern, the item that it belongs to, and where its anchor has to be.
#[derive(Debug)]
struct Entry {
    item: usize,
    glob: NameGlob,
    start: bool,
    end: bool,
    check: Check,
}

/// What is left to check once the anchor was found.
#[derive(Debug)]
enum Check {
    /// The pattern is its anchor with nothing but `*` around it, and overlooks case.
    Nothing,
    /// The same, in this spelling.
    Spelling(Box<str>),
    /// The whole pattern.
    Pattern,
}

impl Entry {
    fn new(item: usize, glob: NameGlob, anchor: Option<&Anchor>) -> Self {
        let (start, end) = anchor.map_or((false, false), |anchor| (anchor.start, anchor.end));
        let check = match anchor {
            Some(_) if glob.is_anchor_only() && glob.is_restrictive() => Check::Nothing,
            Some(anchor) if glob.is_anchor_only() => Check::Spelling(anchor.text.as_str().into()),
            _ => Check::Pattern,
        };
        Self { item, glob, start, end, check }
    }

    /// Whether `name` matches, whose part `found` is the anchor in some case.
    fn matches(&self, name: &str, found: std::ops::Range<usize>) -> bool {
        if (self.start && found.start != 0) || (self.end && found.end != name.len()) {
            return false;
        }
        match &self.check {
            Check::Nothing => true,
            Check::Spelling(text) => name.get(found) == Some(text),
            Check::Pattern => self.glob.matches(name),
        }
    }
}

/// An index from tool names to items.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: HashMap<String, Vec<Entry>>,
    automaton: Option<AhoCorasick>,
    anchored: Vec<Vec<Entry>>,
    /// Patterns like `??`, that no text could be looked up for.
    loose: Vec<Entry>,
    always: Vec<usize>,
}

impl Index {
    /// An index over the items' patterns; an item without any speaks of every tool. Items that speak of every
    /// tool are visited in the order given by `first`, lowest first.
    pub(super) fn new<K: Ord>(items: Vec<Vec<NameGlob>>, first: impl Fn(usize) -> K) -> Result<Self, String> {
        let mut index = Self::default();
        let mut anchors: Vec<String> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (item, globs) in items.into_iter().enumerate() {
            if globs.is_empty() || globs.iter().any(NameGlob::is_all) {
                index.always.push(item);
                continue;
            }
            for glob in globs {
                let anchor = glob.anchor();
                let entry = Entry::new(item, glob, anchor.as_ref());
                let Some(anchor) = anchor else {
                    index.loose.push(entry);
                    continue;
                };
                let text = anchor.text.to_ascii_lowercase();
                if let Some(name) = entry.glob.literal() {
                    index.exact.entry(name.to_ascii_lowercase()).or_default().push(entry);
                    continue;
                }
                let at = *known.entry(text.clone()).or_insert_with(|| {
                    anchors.push(text);
                    index.anchored.push(Vec::new());
                    anchors.len().saturating_sub(1)
                });
                if let Some(entries) = index.anchored.get_mut(at) {
                    entries.push(entry);
                }
            }
        }
        index.always.sort_by_key(|item| first(*item));
        if !anchors.is_empty() {
            let automaton = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(&anchors)
                .map_err(|error| format!("the patterns over tools cannot be indexed: {error}"))?;
            index.automaton = Some(automaton);
        }
        Ok(index)
    }

    /// Calls `visit` with each item that speaks of `tool`; with some of them more than once.
    pub(super) fn visit(&self, tool: &ToolName, mut visit: impl FnMut(usize)) {
        let name = tool.as_str();
        if !self.exact.is_empty() {
            let lower = if name.bytes().any(|b| b.is_ascii_uppercase()) {
                Cow::Owned(name.to_ascii_lowercase())
            } else {
                Cow::Borrowed(name)
            };
            for entry in self.exact.get(lower.as_ref()).into_iter().flatten() {
                if entry.matches(name, 0..name.len()) {
                    visit(entry.item);
                }
            }
        }
        for hit in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(name)) {
            for entry in self.anchored.get(hit.pattern().as_usize()).into_iter().flatten() {
                if entry.matches(name, hit.range()) {
                    visit(entry.item);
                }
            }
        }
        self.loose.iter().filter(|entry| entry.glob.matches(name)).for_each(|entry| visit(entry.item));
        self.always.iter().for_each(|item| visit(*item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_index_finds_what_looking_at_every_pattern_finds(
            patterns in proptest::collection::vec("[ab_*?]{1,5}", 1..12), name in "[abAB_]{1,8}", restrictive: bool,
        ) {
            let glob = |pattern: &String| NameGlob::new(pattern, restrictive).unwrap();
            let index = Index::new(patterns.iter().map(|p| vec![glob(p)]).collect(), |item| item).unwrap();
            let mut found = Vec::new();
            index.visit(&ToolName::new(&name).unwrap(), |item| found.push(item));
            found.sort_unstable();
            found.dedup();
            let expected: Vec<usize> = (0..patterns.len()).filter(|at| glob(&patterns[*at]).matches(&name)).collect();
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
