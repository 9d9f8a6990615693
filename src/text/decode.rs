//! Views: what is encoded inside a text, decoded.

use crate::base::{Original, Span};

/// How a view was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Decoding {
    /// `%69`, as in URLs.
    Percent,
    /// Base64 in any alphabet, padded or not, also wrapped over lines.
    Base64,
    /// Hexadecimal: plain, spaced, or a list.
    Hex,
    /// HTML entities.
    Entities,
    /// `\u0069`, `\x69`, `\u{69}`.
    Escapes,
    /// Tag characters, which mirror ASCII invisibly.
    Tags,
    /// Bytes in variation selectors.
    VariationSelectors,
    /// Bits in zero-width characters.
    ZeroWidth,
    /// The text backwards.
    Reversed,
    /// Single letters with separators between them.
    Spelled,
    /// The text with a space wherever something invisible stood between two words.
    Split,
}

impl Decoding {
    /// The word that findings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Entities => "entities",
            Self::Escapes => "escapes",
            Self::Tags => "tags",
            Self::VariationSelectors => "variation-selectors",
            Self::ZeroWidth => "zero-width",
            Self::Reversed => "reversed",
            Self::Spelled => "spelled",
            Self::Split => "split",
        }
    }
}

/// A budget of [`Limits`](crate::base::Limits) that ran out while decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViewBudget {
    /// `view_depth`: something inside the deepest view is still encoded.
    Depth,
    /// `view_count`: more parts decode to text than that.
    Count,
    /// `view_ratio`: the decoded parts are longer than that together.
    Bytes,
}

/// A part of a text that was encoded, decoded.
#[derive(Debug)]
pub struct View {
    decoding: Decoding,
    depth: u8,
    span: Span<Original>,
    clean: String,
    folded: String,
}

impl View {
    /// How it was encoded.
    pub fn decoding(&self) -> Decoding {
        self.decoding
    }

    /// How many decodings deep it lies: 1 for what stands in the text itself.
    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// The whole encoded part of the original text.
    pub fn span(&self) -> Span<Original> {
        self.span
    }

    /// The decoded part without what nobody sees.
    pub fn clean(&self) -> &str {
        &self.clean
    }

    /// The decoded part as matchers read it.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}
