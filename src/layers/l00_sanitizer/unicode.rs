//! Invisible characters as findings: one per kind, with its first place and its count.
//!
//! The characters themselves are judged in `text`, where the contexts are known in which scripts and emoji need
//! them; here is said how bad it is that some were there.

use crate::base::{Finding, Layer, Original, Rule, Severity, Span};
use crate::text::{Invisible, NormalizedText, Removed};

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

/// The findings over everything that cleaning took out of `text`; with places when `placed`.
pub(super) fn findings(text: &NormalizedText<'_>, placed: bool) -> Vec<Finding> {
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
            if placed { finding.at(first) } else { finding }
        })
        .collect();
    if text.exceeded().is_some() {
        findings.push(VIEWS.finding());
    }
    findings
}

/// Whether letters stand on both sides.
fn splits_a_word(original: &str, removed: &Removed) -> bool {
    let before = original.get(..removed.span.start()).and_then(|text| text.chars().next_back());
    let after = original.get(removed.span.end()..).and_then(|text| text.chars().next());
    before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
}
