//! One text in three forms, with exact offsets between them, and everything that is encoded inside it.

mod clean;
mod decode;
mod fold;
mod form;
pub mod json;
pub mod lcs;
mod lookalike;
mod offsets;
mod pages;
mod scan;
pub mod shingle;

pub use decode::{Decoding, View, ViewBudget};
pub use fold::fold;
pub use scan::LiteralSet;

use std::borrow::Cow;
use std::sync::OnceLock;

use decode::{Decoded, decode};
use form::Form;

use crate::base::{Clean, Folded, Limits, Original, Span};

/// A text, cleaned, folded and decoded once, and lent to everything that looks at it.
#[derive(Debug)]
pub struct NormalizedText<'t> {
    original: &'t str,
    form: Form<'t>,
    decoded: Decoded,
    reversed: OnceLock<View>,
}

impl<'t> NormalizedText<'t> {
    /// Cleans, folds and decodes `text`. Decoding stays within the budgets of `limits`; a text longer than
    /// [`Limits::max_input`] is not decoded, and [`exceeded`](Self::exceeded) says so.
    pub fn new(text: &'t str, limits: &Limits) -> Self {
        let form = Form::new(Cow::Borrowed(text));
        let decoded = decode(&form, limits);
        Self { original: text, form, decoded, reversed: OnceLock::new() }
    }

    /// The text as it came in.
    pub fn original(&self) -> &'t str {
        self.original
    }

    /// The text without what nobody sees: what is handed on. Cleaning it again changes nothing.
    pub fn clean(&self) -> &str {
        self.form.clean()
    }

    /// The text as matchers read it. Folding it again changes nothing.
    pub fn folded(&self) -> &str {
        self.form.folded()
    }

    /// Every run of characters that [`clean`](Self::clean) lacks, in the order of the text. Line ends that became
    /// `\n` are not among them. In the place of a [filler](Invisible::Filler) that takes room there is a space.
    pub fn removed(&self) -> &[Removed] {
        self.form.removed()
    }

    /// What is encoded in the text, decoded: outer views before those inside them. The text reversed is not
    /// among them; [`readings`](Self::readings) has it.
    pub fn views(&self) -> &[View] {
        &self.decoded.views
    }

    /// Which budget ran out while decoding, if one did. Then there may be more in the text than was read.
    pub fn exceeded(&self) -> Option<ViewBudget> {
        self.decoded.exceeded
    }

    /// The smallest part of the original that holds all of `span`.
    pub fn clean_to_original(&self, span: Span<Clean>) -> Span<Original> {
        let (start, end) = self.form.clean_to_raw((span.start(), span.end()));
        Span::new(start, end).unwrap_or(Span::whole(self.original))
    }

    /// The smallest part of the original that holds all of `span`.
    pub fn folded_to_original(&self, span: Span<Folded>) -> Span<Original> {
        let (start, end) = self.form.folded_to_raw((span.start(), span.end()));
        Span::new(start, end).unwrap_or(Span::whole(self.original))
    }

    /// The text itself first, then each view, then the text reversed. The reversed text is only made when one
    /// of its texts is asked for: who wants to do without can tell it by its
    /// [`decoding`](Reading::decoding).
    pub fn readings(&self) -> impl Iterator<Item = Reading<'_>> {
        std::iter::once(Which::Text)
            .chain((0..self.decoded.views.len()).map(Which::View))
            .chain(std::iter::once(Which::Reversed))
            .map(|which| Reading { text: self, which })
    }

    fn reversed(&self) -> &View {
        self.reversed.get_or_init(|| View::reversed(&self.form))
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
    which: Which,
}

#[derive(Debug, Clone, Copy)]
enum Which {
    Text,
    View(usize),
    Reversed,
}

impl<'a> Reading<'a> {
    /// How this reading was encoded; `None` for the text itself.
    pub fn decoding(&self) -> Option<Decoding> {
        match self.which {
            Which::Text => None,
            Which::View(at) => self.text.decoded.views.get(at).map(View::decoding),
            Which::Reversed => Some(Decoding::Reversed),
        }
    }

    /// How many decodings deep this reading lies; 0 for the text itself.
    pub fn depth(&self) -> u8 {
        match self.which {
            Which::Text => 0,
            Which::View(at) => self.text.decoded.views.get(at).map_or(0, View::depth),
            Which::Reversed => 1,
        }
    }

    /// The reading without what nobody sees.
    pub fn clean(&self) -> &'a str {
        self.form().clean()
    }

    /// The reading as matchers read it.
    pub fn folded(&self) -> &'a str {
        self.form().folded()
    }

    /// Where `span` of [`clean`](Self::clean) comes from: exactly, where each character was encoded by itself;
    /// the whole encoded part, where they were encoded together, as in base64.
    pub fn locate_clean(&self, span: Span<Clean>) -> Span<Original> {
        self.locate(self.form().clean_to_raw((span.start(), span.end())))
    }

    /// Where `span` of [`folded`](Self::folded) comes from, as exactly as
    /// [`locate_clean`](Self::locate_clean).
    pub fn locate_folded(&self, span: Span<Folded>) -> Span<Original> {
        self.locate(self.form().folded_to_raw((span.start(), span.end())))
    }

    fn view(&self) -> Option<&'a View> {
        match self.which {
            Which::Text => None,
            Which::View(at) => self.text.decoded.views.get(at),
            Which::Reversed => Some(self.text.reversed()),
        }
    }

    fn form(&self) -> &'a Form<'a> {
        match self.view() {
            Some(view) => view.form(),
            None => &self.text.form,
        }
    }

    fn locate(&self, range: (usize, usize)) -> Span<Original> {
        match self.view() {
            Some(view) => view.locate(range, &self.text.decoded.views, &self.text.form),
            None => Span::new(range.0, range.1).unwrap_or(Span::whole(self.text.original)),
        }
    }
}
