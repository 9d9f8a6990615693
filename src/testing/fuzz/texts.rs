//! One text in three forms, and what is encoded in it.

use super::Choices;
use crate::base::{Limits, Original, Space, Span};
use crate::text::{NormalizedText, View, fold};

/// Offsets lead into the original text and never backwards; cleaning and folding twice is cleaning and folding once;
/// views keep to their budgets.
///
/// # Panics
/// When one of these does not hold.
pub fn normalize(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let limits = Limits::default();
    let normalized = NormalizedText::new(&*text, &limits);
    assert_eq!(normalized.original(), text);

    let clean = normalized.clean();
    assert_eq!(NormalizedText::new(clean, &limits).clean(), clean, "clean text is clean");
    let folded = normalized.folded();
    assert_eq!(fold(folded), folded, "folded text is folded");

    let mut end = 0;
    for removed in normalized.removed() {
        assert!(
            removed.span.of(&text).is_some_and(|part| !part.is_empty()),
            "{removed:?} is a part of the text"
        );
        assert!(removed.span.start() >= end, "{removed:?} comes behind those before it");
        end = removed.span.end();
    }

    leads_back(clean, &text, |span| normalized.clean_to_original(span));
    leads_back(folded, &text, |span| normalized.folded_to_original(span));

    for view in normalized.views() {
        assert!(view.span().of(&text).is_some(), "{:?} is a part of the text", view.span());
        assert!((1..=limits.view_depth).contains(&view.depth()), "a view lies {} deep", view.depth());
        assert_eq!(fold(view.folded()), view.folded(), "a folded view is folded");
    }
    assert!(normalized.views().len() <= limits.view_count, "{} views", normalized.views().len());
    let decoded: usize = normalized.views().iter().map(|view| view.clean().len()).sum();
    // Short texts may nest too.
    assert!(decoded <= limits.view_ratio.saturating_mul(text.len()).max(4096), "views of {decoded} bytes");

    for reading in normalized.readings() {
        let whole = reading.locate_folded(Span::whole(reading.folded()));
        assert!(whole.of(&text).is_some(), "a reading is at {whole:?}");
    }
}

/// Each character of `derived` comes from a part of `original` on character boundaries, in the same order.
fn leads_back<S: Space>(derived: &str, original: &str, back: impl Fn(Span<S>) -> Span<Original>) {
    let mut start = 0;
    for (at, character) in derived.char_indices() {
        let Some(span) = Span::new(at, at.saturating_add(character.len_utf8())) else { continue };
        let source = back(span);
        assert!(
            source.of(original).is_some(),
            "{span:?} comes from {source:?}, which is no part of the text"
        );
        assert!(!source.is_empty(), "{span:?} comes from somewhere");
        assert!(source.start() >= start, "{span:?} comes from before the character in front of it");
        start = source.start();
    }
}

/// Views keep to whatever budgets they are given, and say which one ran out: with more budget there come more views
/// beside the same ones. Whatever is read in one has a place in the text.
///
/// # Panics
/// When one of these does not hold.
pub fn decode_views(data: &[u8]) {
    let mut choices = Choices(data);
    let ample = Limits::default();
    let limits = Limits {
        view_depth: u8::try_from(choices.below(4)).unwrap_or(0),
        view_count: choices.below(65),
        view_ratio: choices.below(5),
        ..ample.clone()
    };
    let text = choices.rest();
    let normalized = NormalizedText::new(&*text, &limits);
    let views = normalized.views();

    assert!(views.len() <= limits.view_count, "{} views", views.len());
    let kept: usize = views.iter().map(|view| view.clean().len().max(view.folded().len())).sum();
    assert!(kept <= limits.view_ratio.saturating_mul(text.len()).max(4096), "views of {kept} bytes");

    for (at, view) in views.iter().enumerate() {
        let parent = view.parent().map(|parent| {
            assert!(parent < at, "view {at} was found in view {parent}");
            views.get(parent)
        });
        let depth = parent.flatten().map_or(0, View::depth);
        // What is only put together lies as deep as its parts.
        let deeper = view.depth() == depth.saturating_add(1)
            || depth > 0 && view.depth() == depth && view.decoding().rearranges();
        assert!(deeper && view.depth() <= limits.view_depth, "{view:?}");
        assert!(view.span().of(&text).is_some_and(|part| !part.is_empty()), "{view:?} is a part of the text");
    }

    for reading in normalized.readings() {
        // Of a long one not every character: `normalize` does that.
        let step = reading.folded().len().div_euclid(32).saturating_add(1);
        for (at, character) in reading.folded().char_indices().step_by(step) {
            let Some(span) = Span::new(at, at.saturating_add(character.len_utf8())) else { continue };
            let source = reading.locate_folded(span);
            assert!(source.of(&text).is_some(), "{span:?} of {reading:?} is at {source:?}");
        }
    }

    let more = NormalizedText::new(&*text, &ample);
    for view in views {
        let same = more.views().iter().any(|other| {
            (view.decoding(), view.depth(), view.span(), view.clean())
                == (other.decoding(), other.depth(), other.span(), other.clean())
        });
        assert!(same, "{view:?} is gone with more budget");
    }
    if normalized.exceeded().is_none() {
        // The same text may turn up in more places, deeper down; no other text may.
        for view in more.views() {
            let is_known = views.iter().any(|other| other.clean() == view.clean());
            assert!(is_known, "a budget ran out and nobody said so: {view:?}");
        }
    }
}
