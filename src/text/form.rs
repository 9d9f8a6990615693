//! A text in its three forms, and the way back.

use std::borrow::Cow;
use std::fmt;

use super::Removed;
use super::clean::clean;
use super::fold::{FoldMap, fold_with_map};
use super::offsets::OffsetMap;

/// A text as it was, clean, and folded. A form that equals the one before it takes no room.
pub(super) struct Form<'t> {
    raw: Cow<'t, str>,
    clean: Option<String>,
    folded: Option<String>,
    clean_map: OffsetMap,
    fold_map: FoldMap,
    removed: Vec<Removed>,
}

/// Says how long the forms are, not what they say: texts have secrets in them, and logs have readers.
impl fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("raw", &self.raw.len())
            .field("clean", &self.clean().len())
            .field("folded", &self.folded().len())
            .field("removed", &self.removed.len())
            .finish()
    }
}

impl<'t> Form<'t> {
    pub(super) fn new(raw: Cow<'t, str>) -> Self {
        let cleaned = clean(&raw);
        let (folded, fold_map) = fold_with_map(cleaned.text.as_deref().unwrap_or(&raw));
        Self { raw, clean: cleaned.text, folded, clean_map: cleaned.map, fold_map, removed: cleaned.removed }
    }

    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    pub(super) fn clean(&self) -> &str {
        self.clean.as_deref().unwrap_or(&self.raw)
    }

    pub(super) fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or_else(|| self.clean())
    }

    /// What the clean form lacks, with places in the raw one.
    pub(super) fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// The smallest range of the raw text that holds this range of the clean one.
    pub(super) fn clean_to_raw(&self, (start, end): (usize, usize)) -> (usize, usize) {
        self.whole_characters(self.clean_map.locate(start, end))
    }

    /// The smallest range of the raw text that holds this range of the folded one.
    pub(super) fn folded_to_raw(&self, (start, end): (usize, usize)) -> (usize, usize) {
        self.clean_to_raw(self.fold_map.locate(self.clean(), start, end))
    }

    /// Ranges that cut characters, or reach behind the text, come from callers that mixed up two texts; they
    /// still get an answer that `str::get` takes.
    fn whole_characters(&self, (start, end): (usize, usize)) -> (usize, usize) {
        (self.raw.floor_char_boundary(start), self.raw.ceil_char_boundary(end.min(self.raw.len())))
    }
}
