//! Policies that were written for others, read as they are.
//!
//! What their own engine would overlook or get wrong is a warning with its line; what could make a rule that allows
//! wider than its author meant takes that rule out.

mod g8kepr;
mod kvlar;

use std::collections::HashSet;

use super::doc::{At, Place, PolicyDoc, Problems};
use super::load::{Kind, Node};

/// What a foreign policy says in our words.
pub(super) struct Foreign {
    pub(super) doc: PolicyDoc,
    pub(super) problems: Problems,
    pub(super) warnings: Problems,
    pub(super) language: &'static str,
}

/// Finds the text of a policy that another one names.
pub(super) type Find<'f> = &'f dyn Fn(&str) -> Option<String>;

/// Reads `root` when it is in a language that is known here, and not ours.
pub(super) fn read(root: &Node, find: Find<'_>) -> Option<Foreign> {
    if field(root, "bartizan").is_some() {
        return None;
    }
    let rules = items(field(root, "rules")?);
    if field(root, "agent").is_some() || rules.iter().any(|rule| field(rule, "tool").is_some()) {
        return Some(g8kepr::read(root));
    }
    let theirs = field(root, "extends").is_some()
        || field(root, "default_outcome").is_some()
        || rules.iter().any(|rule| field(rule, "match_on").is_some());
    theirs.then(|| kvlar::read(root, find))
}

fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find(|(name, _)| name.value == key).map(|(_, node)| node),
        _ => None,
    }
}

fn entries(node: &Node) -> &[(At<String>, Node)] {
    match &node.kind {
        Kind::Map(entries) => entries,
        _ => &[],
    }
}

fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::List(items) => items,
        _ => &[],
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The keys of `node` that are not in `known`.
fn unknown<'n>(node: &'n Node, known: &[&str]) -> Vec<&'n At<String>> {
    entries(node).iter().map(|(key, _)| key).filter(|key| !known.contains(&key.value.as_str())).collect()
}

/// An id in our letters, and one that no other rule has.
fn id(wanted: &str, taken: &mut HashSet<String>) -> String {
    const LONGEST: usize = 100;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':');
    let plain: String = wanted.chars().take(LONGEST).map(|c| if fits(c) { c } else { '-' }).collect();
    let plain = if plain.is_empty() { "rule".to_owned() } else { plain };
    let mut id = plain.clone();
    let mut count = 1_usize;
    while !taken.insert(id.clone()) {
        count = count.saturating_add(1);
        id = format!("{plain}-{count}");
    }
    id
}

/// A text as it stands in a glob.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn warn(warnings: &mut Problems, place: Place, message: impl Into<String>) {
    warnings.push((place, message.into()));
}
