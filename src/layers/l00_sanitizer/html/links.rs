//! Links: where they lead, and whether their text says that they lead elsewhere.

use super::super::links::misleads;
use super::output::Anchor;

/// The longest text of a link that is looked at.
const MAX_TEXT: usize = 256;

/// A link that a person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    text: String,
    target: String,
    misleads: bool,
    outside: bool,
}

impl Link {
    pub(super) fn new(anchor: &Anchor, page: &str, outside: bool, keep: bool) -> Self {
        let text = page.get(anchor.from..anchor.to).unwrap_or_default().trim();
        let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
        let misleads = misleads(text, &anchor.target);
        let target = if keep { anchor.target.clone() } else { String::new() };
        Self { text: text.to_owned(), target, misleads, outside }
    }

    /// What a person reads of it: at most 256 bytes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it leads, as the page says it: at most 4 KiB, not resolved; empty where the policy took it out. A person does not see it, so it may
    /// carry text that is meant for a model: it must not be handed on unless it is judged like a tool's output.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Whether it leads where the policy's links may not.
    pub const fn is_outside(&self) -> bool {
        self.outside
    }

    /// Whether its text names another host than its target.
    pub const fn misleads(&self) -> bool {
        self.misleads
    }
}
