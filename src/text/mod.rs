//! One text in three forms, with exact offsets between them, and everything that is encoded inside it.

mod clean;
mod decode;
mod fold;
pub mod json;
pub mod lcs;
mod lookalike;
mod offsets;
mod scan;
pub mod shingle;

pub use decode::{Decoding, View, ViewBudget};
pub use fold::fold;
pub use scan::LiteralSet;

use std::borrow::Cow;

use crate::base::{Clean, Folded, Limits, Original, Span};

/// A text, cleaned, folded and decoded once, and lent to everything that looks at it.
#[derive(Debug)]
pub struct NormalizedText<'t> {
    original: &'t str,
    folded: Cow<'t, str>,
    removed: Vec<Removed>,
    views: Vec<View>,
}

impl<'t> NormalizedText<'t> {
    /// Cleans, folds and decodes `text` within the budgets of `limits`.
    pub fn new(text: &'t str, _limits: &Limits) -> Self {
        Self { original: text, folded: fold(text), removed: Vec::new(), views: Vec::new() }
    }

    /// The text as it came in.
    pub fn original(&self) -> &'t str {
        self.original
    }

    /// The text without what nobody sees: what is handed on.
    pub fn clean(&self) -> &str {
        self.original
    }

    /// The text as matchers read it.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Every run of characters that [`clean`](Self::clean) lacks, in the order of the text.
    pub fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// What is encoded in the text, decoded: outer views before those inside them.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// Which budget ran out while decoding, if one did.
    pub fn exceeded(&self) -> Option<ViewBudget> {
        None
    }

    /// The smallest part of the original that holds all of `span`.
    pub fn clean_to_original(&self, span: Span<Clean>) -> Span<Original> {
        Span::new(span.start(), span.end()).unwrap_or(Span::empty())
    }

    /// The smallest part of the original that holds all of `span`.
    pub fn folded_to_original(&self, span: Span<Folded>) -> Span<Original> {
        Span::new(span.start(), span.end()).unwrap_or(Span::empty())
    }

    /// The text itself first, then each view, then the text reversed.
    pub fn readings(&self) -> impl Iterator<Item = Reading<'_>> {
        std::iter::once(Reading { text: self })
    }
}

/// A run of characters that the clean text lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Where it was.
    pub span: Span<Original>,
    /// What it was.
    pub kind: Invisible,
}

/// Kinds of characters that nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Invisible {
    /// Tag characters, U+E0000 to U+E007F, outside the flag of a known region.
    Tag,
    /// Zero-width spaces and joiners where no script needs them.
    ZeroWidth,
    /// Bidirectional controls: overrides, embeddings, stray isolates and marks.
    Bidi,
    /// Variation selectors on something that has no variations.
    VariationSelector,
    /// Letters and blanks that show nothing: Hangul fillers, the Braille blank and their like.
    Filler,
    /// Control characters, except tab and line ends.
    Control,
    /// Code points that will never be characters, and unassigned ones that are ignored by default.
    Noncharacter,
    /// Soft hyphens.
    SoftHyphen,
    /// Interlinear annotations and the object replacement character.
    Annotation,
    /// Combining marks beyond what a base carries in any orthography.
    Mark,
    /// Invisible format characters of mathematics, music, shorthand and others.
    Format,
}

impl Invisible {
    /// The word that rules and findings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::ZeroWidth => "zero-width",
            Self::Bidi => "bidi",
            Self::VariationSelector => "variation-selector",
            Self::Filler => "filler",
            Self::Control => "control",
            Self::Noncharacter => "noncharacter",
            Self::SoftHyphen => "soft-hyphen",
            Self::Annotation => "annotation",
            Self::Mark => "mark",
            Self::Format => "format",
        }
    }
}

/// One way to read a text: as it stands, or as one of its views.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    text: &'a NormalizedText<'a>,
}

impl<'a> Reading<'a> {
    /// How this reading was encoded; `None` for the text itself.
    pub fn decoding(&self) -> Option<Decoding> {
        None
    }

    /// How many decodings deep this reading lies; 0 for the text itself.
    pub fn depth(&self) -> u8 {
        0
    }

    /// The reading without what nobody sees.
    pub fn clean(&self) -> &'a str {
        self.text.clean()
    }

    /// The reading as matchers read it.
    pub fn folded(&self) -> &'a str {
        self.text.folded()
    }

    /// Where `span` of [`clean`](Self::clean) comes from.
    pub fn locate_clean(&self, span: Span<Clean>) -> Span<Original> {
        self.text.clean_to_original(span)
    }

    /// Where `span` of [`folded`](Self::folded) comes from.
    pub fn locate_folded(&self, span: Span<Folded>) -> Span<Original> {
        self.text.folded_to_original(span)
    }
}
