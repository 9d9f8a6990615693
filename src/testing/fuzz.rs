//! The bodies of the fuzz targets. Here rather than in `fuzz/`, so that `cargo test` replays the corpora without a fuzzer.
//!
//! Each takes any bytes and panics when a law does not hold. That nothing else panics is what fuzzing shows.
//!
//! Not promised: stability. These change with the laws.

use std::sync::LazyLock;

use crate::base::{Limits, SecretKey, Space, Span};
use crate::layers::l00_sanitizer::{Media, Sanitizer, SanitizerConfig};
use crate::text::json::Json;
use crate::text::{NormalizedText, fold};

/// The body of a target.
pub type Target = fn(&[u8]);

/// The targets by name; `fuzz/fuzz_targets/` has a file, and `fuzz/corpus/` a folder, for each.
pub const TARGETS: &[(&str, Target)] = &[
    ("normalize", normalize),
    #[cfg(feature = "yaml")]
    ("policy_yaml", policy_yaml),
    ("sanitize_html", sanitize_html),
    ("strict_json", strict_json),
];

/// Compiled once: it is work that no input changes.
static SANITIZER: LazyLock<Sanitizer> =
    LazyLock::new(|| Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32]))));

/// Flags that are spelled in tag characters: the only place where those may stay.
const TAG_FLAGS: [&str; 3] = [
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

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
fn leads_back<S: Space>(
    derived: &str,
    original: &str,
    back: impl Fn(Span<S>) -> Span<crate::base::Original>,
) {
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

/// What is accepted, everybody else accepts and reads alike; equal values have equal canonical bytes.
///
/// # Panics
/// When one of these does not hold.
pub fn strict_json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Below the depth that `serde_json` reads.
    let limits = Limits { json_depth: 100, ..Limits::default() };
    let json = match Json::parse(text, &limits) {
        Ok(json) => json,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok(),
        "others refuse what we accept"
    );

    let canonical = json.to_canonical();
    let again = Json::parse(&canonical, &limits);
    assert_eq!(again.map(|json| json.to_canonical()), Ok(canonical.clone()), "canonical text is canonical");
    let mut whole = true;
    for (pointer, leaf) in json.leaves() {
        assert_eq!(json.at(&pointer), Some(leaf), "{pointer} leads to its leaf");
        if let Json::Number(number) = leaf {
            let doubles =
                [number.as_str(), &number.canonical()].map(|text| text.parse::<f64>().map(f64::to_bits));
            assert!(
                doubles[0] == doubles[1] || number.as_f64() == 0.0,
                "{number:?} means {}",
                number.canonical()
            );
            whole &= number.as_i64().is_some() && number.is_exact();
        }
    }
    // Of other numbers `serde_json` may read a neighbour: it rounds them twice.
    if whole {
        let theirs = |text| {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            Some(Json::from_value(&value, &limits).ok()?.to_canonical())
        };
        assert_eq!(theirs(text).as_ref(), Some(&canonical), "we read as others do");
        assert_eq!(theirs(&canonical), Some(canonical), "others read our canonical text as we do");
    }
}

/// What comes out of a page is what a person sees: no terminal escapes, no hidden alphabet; as a text it is clean.
///
/// # Panics
/// When one of these does not hold.
pub fn sanitize_html(data: &[u8]) {
    let page = String::from_utf8_lossy(data);
    let limits = Limits::default();
    let sanitized = SANITIZER.sanitize(&page, Media::Html, &limits);
    let text = sanitized.text();
    assert!(!text.contains('\u{1B}'), "an escape is left");
    let plain = TAG_FLAGS.iter().fold(text.to_owned(), |text, flag| text.replace(flag, ""));
    assert!(!plain.contains(|c| ('\u{E0000}'..='\u{E007F}').contains(&c)), "a tag character is left");
    let again = SANITIZER.sanitize(text, Media::Text, &limits);
    assert_eq!(again.text(), text, "sanitised text is sanitised");
    for hidden in sanitized.hidden() {
        assert!(
            hidden.span().is_none_or(|span| span.of(&page).is_some()),
            "{hidden:?} is a part of the page"
        );
    }
}

/// Reading a policy is total and repeatable, and a refusal says what is wrong.
///
/// # Panics
/// When one of these does not hold.
#[cfg(feature = "yaml")]
pub fn policy_yaml(data: &[u8]) {
    use crate::policy::Policy;

    let Ok(text) = std::str::from_utf8(data) else { return };
    match Policy::from_yaml(text) {
        Ok(policy) => {
            let again = Policy::from_yaml(text).map(|policy| policy.digest());
            assert_eq!(again.ok(), Some(policy.digest()), "one text, one digest");
        }
        Err(error) => {
            assert!(!error.problems().is_empty(), "a refusal has a reason");
            let lines = text.lines().count().saturating_add(1);
            for problem in error.problems() {
                assert!(!problem.message.is_empty() && problem.line <= lines, "{problem:?} is in the text");
            }
        }
    }
}
