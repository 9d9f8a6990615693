//! The ways in which text is hidden, and from when on something counts as hidden.
//!
//! What cannot be estimated does not hide: a person's text is never lost for a guess. Thresholds are those of
//! reading: an opacity under a tenth, letters under four pixels, a colour within 24 of 255 of what is behind.

use crate::base::{Layer, Rule, Severity};

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $meaning:literal)*) => {
        $(pub(super) static $name: Rule =
            Rule::new(Layer::Sanitizer, concat!("l0/hidden/", $id), Severity::$severity, $meaning);)*
        /// Everything that hides text, by how it does.
        pub(in crate::layers::l00_sanitizer) const TECHNIQUES: &[Rule] = &[
            $(Rule::new(Layer::Sanitizer, concat!("l0/hidden/", $id), Severity::$severity, $meaning),)*
        ];
    };
}

rules! {
    DISPLAY "display" Low "text in an element that is not displayed"
    VISIBILITY "visibility" Low "text made invisible by `visibility`"
    OPACITY "opacity" Low "text made transparent by `opacity`"
    COLOR "color" Medium "text in the colour of its background"
    FONT_SIZE "font-size" Medium "text too small to read"
    OFF_SCREEN "off-screen" Low "text placed outside the page"
    INDENT "indent" Low "text moved out of its box by `text-indent`"
    OVERFLOW "overflow" Low "text in a box without size that cuts off what does not fit"
    CLIP "clip" Low "text that is clipped away"
    TRANSFORM "transform" Medium "text scaled to nothing or turned away"
    FILTER "filter" Medium "text taken away by a filter"
    MASK "mask" Medium "text behind a mask that lets nothing through"
    COMMENT "comment" Info "text in a comment"
    TITLE "title" Info "a second title in the page, which is not shown"
    TEMPLATE "template" Info "text in a template"
    DETAILS "details" Info "text in a closed `details`"
    FALLBACK "fallback" Info "text that is shown only where an object cannot be"
    OPTION "option" Info "options of a closed list that are not chosen"
    ALT "alt" Info "the alternative text of an image"
    SVG "svg" Low "text in a drawing where it is not painted"
    NOSCRIPT "noscript" Info "text for browsers without scripts"
    OVERLAY "overlay" Medium "text under an opaque box"
    OVERLAP "overlap" Medium "letters set on top of each other"
    FONT "font" Medium "text in a font of the page's own whose letters show nothing, or other letters"
    CLAMP "clamp" Low "text beyond the last line or the edge that a box shows"
    SUSPECTED "suspected" Low "text that may be hidden; a script, a font or a remote style sheet decides"
}

/// Why something is hidden; `None` when it is not.
pub(super) type Hiding = Option<&'static Rule>;

/// Under this opacity nothing can be read.
pub(super) const FAINT: f32 = 0.1;
/// Letters smaller than this many pixels cannot be read.
pub(super) const TINY: f32 = 3.0;
/// What is lower than this shows no text.
pub(super) const SMALL: f32 = 4.0;
/// Nor can what is narrower than this.
pub(super) const NARROW: f32 = 6.0;
/// Colours closer than this cannot be told apart.
pub(super) const ALIKE: f32 = 24.0;
/// A shift inside the flow of text that takes it off any page.
pub(super) const FAR: f32 = 2000.0;
/// Nobody scrolls this far to the right, in pixels.
pub(super) const BEYOND: f32 = 2500.0;
