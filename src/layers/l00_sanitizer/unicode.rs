//! Invisible characters as findings: one per kind, with its first place and its count.
//!
//! The characters themselves are judged in `text`, where the contexts are known in which scripts and emoji need
//! them; here is said how bad it is that some were there.

use unicode_bidi::BidiInfo;

use crate::base::{Clean, Finding, Layer, Original, Rule, Severity, Span};
use crate::text::{Invisible, NormalizedText, Removed, fold};

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $meaning:literal)*) => {
        $(pub(super) static $name: Rule =
            Rule::new(Layer::Sanitizer, concat!("l0/unicode/", $id), Severity::$severity, $meaning);)*
        /// What cleaning can find.
        pub(super) const RULES: &[Rule] = &[
            $(Rule::new(Layer::Sanitizer, concat!("l0/unicode/", $id), Severity::$severity, $meaning)),*
        ];
    };
}

rules! {
    TAG "tag" Medium "tag characters outside a flag: they carry text that nobody sees"
    ZERO_WIDTH "zero-width" Medium "zero-width characters where no script needs them"
    BIDI "bidi" Medium "bidirectional controls that change the order in which text is shown"
    VARIATION_SELECTOR "variation-selector" Medium "variation selectors on what has no variations: they can carry bytes"
    FILLER "filler" Medium "letters that show nothing"
    CONTROL "control" Low "control characters"
    NONCHARACTER "noncharacter" Medium "code points that are no characters"
    SOFT_HYPHEN "soft-hyphen" Info "soft hyphens"
    ANNOTATION "annotation" Medium "characters of annotations and embedded objects"
    MARK "mark" Medium "more combining marks than any writing needs"
    FORMAT "format" Medium "format characters where their notation is not used"
    LOOK_ALIKE "look-alike" Low "words of Latin letters and of letters of another script that look like Latin ones"
    ORDER "order" Low "what overrides of the direction make a reader see"
    ESCAPED "escaped" Low "invisible characters written as escapes in a string of JSON"
    VIEWS "budget" Low "more is encoded in the text than the budgets let us decode"
}

/// Up to this many zero-width characters apart from each other are the litter of editors and web pages.
const LITTER: usize = 3;

fn rule(kind: Invisible) -> &'static Rule {
    match kind {
        Invisible::Tag => &TAG,
        Invisible::ZeroWidth => &ZERO_WIDTH,
        Invisible::Bidi => &BIDI,
        Invisible::VariationSelector => &VARIATION_SELECTOR,
        Invisible::Filler => &FILLER,
        Invisible::Control => &CONTROL,
        Invisible::Noncharacter => &NONCHARACTER,
        Invisible::SoftHyphen => &SOFT_HYPHEN,
        Invisible::Annotation => &ANNOTATION,
        Invisible::Mark => &MARK,
        Invisible::Format => &FORMAT,
    }
}

/// The findings over everything that cleaning took out of `text`. Where it was rendered from a `source`, a place is
/// the first in it that has the same characters as they are.
pub(super) fn findings(text: &NormalizedText<'_>, source: Option<&str>) -> Vec<Finding> {
    let place = |span: Span<Original>| match source {
        None => Some(span),
        Some(source) => find(source, span.of(text.original())?),
    };
    let placed = |finding: Finding, span: Span<Original>| match place(span) {
        Some(span) => finding.at(span),
        None => finding,
    };
    let mut kinds: Vec<(Invisible, Span<Original>, usize, usize)> = Vec::new();
    for removed in text.removed() {
        let letters = removed.span.of(text.original()).map_or(1, |run| run.chars().count());
        let splits = usize::from(splits_a_word(text.original(), removed) || letters > 1);
        match kinds.iter_mut().find(|(kind, ..)| *kind == removed.kind) {
            Some((_, _, count, split)) => {
                *count = count.saturating_add(letters);
                *split = split.saturating_add(splits);
            }
            None => kinds.push((removed.kind, removed.span, letters, splits)),
        }
    }
    let mut findings: Vec<Finding> = kinds
        .into_iter()
        .map(|(kind, first, count, splits)| {
            let rule = rule(kind);
            let finding = rule.finding().saying(format!("{} ({count} taken out)", rule.meaning));
            let litter = match kind {
                // A mark at a file's beginning or between words hides nothing; inside words or in runs it does.
                Invisible::ZeroWidth | Invisible::Format | Invisible::Control => {
                    splits == 0 && count <= LITTER
                }
                Invisible::VariationSelector | Invisible::Bidi => count == 1 && splits == 0,
                Invisible::Annotation => count <= LITTER,
                _ => false,
            };
            let finding = if litter { finding.severity(Severity::Info) } else { finding };
            placed(finding, first)
        })
        .collect();
    if let Some(span) = look_alike(text) {
        findings.push(placed(LOOK_ALIKE.finding(), span));
    }
    if text.exceeded().is_some() {
        findings.push(VIEWS.finding());
    }
    findings
}

fn find(source: &str, part: &str) -> Option<Span<Original>> {
    let at = source.find(part)?;
    Span::new(at, at.saturating_add(part.len()))
}

/// Where the first override of the direction stands, or what it was rendered from does.
pub(super) fn override_place(text: &NormalizedText<'_>, source: Option<&str>) -> Option<Span<Original>> {
    let run = text.removed().iter().find(|removed| {
        let run = removed.span.of(text.original()).unwrap_or_default();
        removed.kind == Invisible::Bidi && run.contains(['\u{202d}', '\u{202e}'])
    })?;
    match source {
        None => Some(run.span),
        Some(source) => find(source, run.span.of(text.original())?),
    }
}

/// Longest text whose displayed order is worked out.
const ORDERED: usize = 64 << 10;

/// The lines of `original` as a reader sees them, where overrides of the direction reorder them (UAX #9). What is
/// handed on has the order in which it is stored; a reader agreed to another one.
pub(super) fn displayed(text: &NormalizedText<'_>) -> Option<String> {
    let original = text.original();
    let overrides = |c: char| matches!(c, '\u{202d}' | '\u{202e}');
    if !text.removed().iter().any(|removed| removed.kind == Invisible::Bidi) {
        return None;
    }
    let mut out = String::new();
    let mut left = ORDERED;
    for line in original.lines().filter(|line| line.contains(overrides)) {
        left = left.checked_sub(line.len())?;
        let order = BidiInfo::new(line, None);
        for paragraph in &order.paragraphs {
            let shown = order.reorder_line(paragraph, paragraph.range.clone());
            out.extend(
                shown.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')),
            );
        }
        out.push('\n');
    }
    (!out.is_empty()).then_some(out)
}

/// The first word of Latin letters and others that fold to them. Shorter words are units and formulas.
fn look_alike(text: &NormalizedText<'_>) -> Option<Span<Original>> {
    let clean = text.clean();
    if clean.is_ascii() {
        return None;
    }
    let other = |c: char| matches!(u32::from(c), 0x370..=0x58f | 0x13a0..=0x13ff | 0xab70..=0xabbf);
    let mut at = 0_usize;
    for word in clean.split_inclusive(|c: char| !c.is_alphabetic()) {
        let start = at;
        at = at.saturating_add(word.len());
        let word = word.trim_end_matches(|c: char| !c.is_alphabetic());
        if word.is_ascii() || !word.contains(other) || word.chars().nth(3).is_none() {
            continue;
        }
        let latin = word.contains(|c: char| c.is_ascii_alphabetic());
        if latin && fold(word).bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let span = Span::<Clean>::new(start, start.saturating_add(word.len()))?;
            return Some(text.clean_to_original(span));
        }
    }
    None
}

/// Whether letters stand on both sides.
fn splits_a_word(original: &str, removed: &Removed) -> bool {
    let before = original.get(..removed.span.start()).and_then(|text| text.chars().next_back());
    let after = original.get(removed.span.end()..).and_then(|text| text.chars().next());
    before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
}
