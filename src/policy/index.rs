//! Which rules speak of a tool, without looking at the others.
//!
//! A pattern without wildcards is found by its name. Any other is found by the longest text that all its
//! matches have: one pass of an automaton over the tool's name finds all of these. Patterns without any text
//! speak of every tool.

use std::borrow::Cow;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use crate::base::ToolName;

use super::glob::NameGlob;

/// A pattern, the item that it belongs to, and where its anchor has to be.
#[derive(Debug)]
struct Entry {
    item: usize,
    glob: NameGlob,
    start: bool,
    end: bool,
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
                if let Some(name) = glob.literal() {
                    let entry = Entry { item, glob, start: true, end: true };
                    index.exact.entry(name.to_ascii_lowercase()).or_default().push(entry);
                } else if let Some(anchor) = glob.anchor() {
                    let text = anchor.text.to_ascii_lowercase();
                    let at = *known.entry(text.clone()).or_insert_with(|| {
                        anchors.push(text);
                        index.anchored.push(Vec::new());
                        anchors.len().saturating_sub(1)
                    });
                    if let Some(entries) = index.anchored.get_mut(at) {
                        entries.push(Entry { item, glob, start: anchor.start, end: anchor.end });
                    }
                } else {
                    index.loose.push(Entry { item, glob, start: true, end: true });
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
                if entry.glob.matches(name) {
                    visit(entry.item);
                }
            }
        }
        for hit in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(name)) {
            for entry in self.anchored.get(hit.pattern().as_usize()).into_iter().flatten() {
                let placed = (!entry.start || hit.start() == 0) && (!entry.end || hit.end() == name.len());
                if placed && entry.glob.matches(name) {
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
