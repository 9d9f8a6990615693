//! Regular expressions over values, compiled when the policy is read.
//!
//! In a rule that allows, one has to match the whole value as it stands. In a rule that restricts, one may match
//! anywhere and in any case: its own letters are made small once, instead of trying each of them in both cases on
//! every value.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

use super::glob::MAX_PATTERN;
use super::values::lower;

/// Largest compiled pattern, in bytes.
const MAX_SIZE: usize = 1 << 20;
/// Memory that matching with one pattern may take, in bytes.
const MAX_CACHE: usize = 1 << 20;
/// A pattern of up to so many states is far below [`MAX_SIZE`]; a state takes a few dozen bytes.
const SURELY_SMALL: usize = 8_000;
/// Deepest nesting of a pattern. What recurses over patterns recurses so deep.
const MAX_NESTING: u32 = 50;

/// An expression that is known to compile. Small ones are compiled when a value first comes that could match: that is
/// most of the time that reading a policy of a thousand rules would take.
#[derive(Debug)]
pub(super) struct ValueRegex {
    pattern: Box<str>,
    regex: OnceLock<Option<Regex>>,
    /// A text that every match has in it, for a quick no; empty where there is none.
    needle: Box<str>,
    restrictive: bool,
}

impl ValueRegex {
    /// A restrictive one is for values in small letters.
    pub(super) fn new(pattern: &str, restrictive: bool) -> Result<Self, String> {
        Self::read(pattern, restrictive, |hir| {
            if restrictive { hir.to_string() } else { format!(r"\A(?:{pattern})\z") }
        })
    }

    /// One that matches anywhere, in this case.
    pub(super) fn anywhere(pattern: &str) -> Result<Self, String> {
        Self::read(pattern, false, |_| pattern.to_owned())
    }

    fn read(pattern: &str, restrictive: bool, made: impl FnOnce(Hir) -> String) -> Result<Self, String> {
        if pattern.len() > MAX_PATTERN {
            return Err(format!(
                "the pattern has {} bytes; at most {MAX_PATTERN} are allowed",
                pattern.len()
            ));
        }
        // The pattern by itself first: one that closes the group it is put in below is refused here.
        let hir = ParserBuilder::new()
            .nest_limit(MAX_NESTING)
            .build()
            .parse(pattern)
            .map_err(|error| not_a_regex(&error.to_string()))?;
        let hir = if restrictive { small(hir) } else { hir };
        let needle = needle(&hir).into();
        let weight = weight(&hir);
        let pattern = made(hir);
        let mut regex = OnceLock::new();
        if weight > SURELY_SMALL {
            let compiled = compile(&pattern).map_err(|error| match error {
                regex::Error::CompiledTooBig(limit) => {
                    format!("the pattern is too large: compiled it has more than {limit} bytes")
                }
                error => not_a_regex(&error.to_string()),
            })?;
            regex = OnceLock::from(Some(compiled));
        }
        Ok(Self { pattern: pattern.into(), regex, needle, restrictive })
    }

    /// Where it matches, if it does.
    pub(super) fn find(&self, value: &str) -> Option<(usize, usize)> {
        let regex = self.regex.get_or_init(|| compile(&self.pattern).ok()).as_ref()?;
        regex.find(value).map(|found| (found.start(), found.end()))
    }

    pub(super) fn matches(&self, value: &str) -> bool {
        if !self.needle.is_empty() && !value.contains(&*self.needle) {
            return false;
        }
        match self.regex.get_or_init(|| compile(&self.pattern).ok()) {
            Some(regex) => regex.is_match(value),
            // SECURITY: not known to happen. A rule that restricts matches, one that allows does not.
            None => self.restrictive,
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_SIZE)
        .dfa_size_limit(MAX_CACHE)
        // Printing wraps parts in groups; what was written is within the limit.
        .nest_limit(MAX_NESTING.saturating_mul(4))
        .build()
}

/// How large the program of `hir` gets, in states at the most. Its nesting is bounded by the parser.
fn weight(hir: &Hir) -> usize {
    let sum = |parts: &[Hir]| parts.iter().fold(1_usize, |sum, part| sum.saturating_add(weight(part)));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        // A range of characters is a few ranges of up to four bytes each.
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_mul(2).saturating_add(12),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(repetition.min).saturating_add(1);
            weight(&repetition.sub)
                .saturating_add(1)
                .saturating_mul(usize::try_from(times).unwrap_or(usize::MAX))
        }
        HirKind::Capture(capture) => weight(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
    }
}

fn not_a_regex(error: &str) -> String {
    // The last line says what is wrong; those before it draw the pattern, which is shown anyway.
    let last = error.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    format!("not a regular expression: {}", last.strip_prefix("error: ").unwrap_or(last))
}

/// The expression that matches a text in small letters wherever `hir` matches the text in any case.
fn small(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => Hir::literal(lower(text).as_bytes()),
            Err(_) => Hir::literal(literal.0),
        },
        HirKind::Class(Class::Unicode(class)) => Hir::class(Class::Unicode(in_any_case(class))),
        HirKind::Class(Class::Bytes(mut class)) => {
            class.case_fold_simple();
            Hir::class(Class::Bytes(class))
        }
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            Hir::repetition(Repetition { min, max, greedy, sub: Box::new(small(*sub)) })
        }
        HirKind::Capture(capture) => small(*capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(small).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(small).collect()),
    }
}

/// The class with the other cases of its letters.
fn in_any_case(mut class: ClassUnicode) -> ClassUnicode {
    let mut rest = class.clone();
    rest.negate();
    let size = |class: &ClassUnicode| class.iter().map(ClassUnicodeRange::len).sum::<usize>();
    if size(&rest) < size(&class) {
        // Going over all characters takes milliseconds, for each full stop of a pattern. What the class lacks is little:
        // of that, what has another case in the class comes to it.
        let mut others = rest.clone();
        others.case_fold_simple();
        others.difference(&rest);
        others.case_fold_simple();
        class.union(&others);
    } else {
        class.case_fold_simple();
    }
    class
}

/// The longest text that every match of `hir` has in it, as far as it is easily seen.
fn needle(hir: &Hir) -> String {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).unwrap_or_default().to_owned(),
        HirKind::Repetition(repetition) if repetition.min > 0 => needle(&repetition.sub),
        HirKind::Capture(capture) => needle(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(needle).max_by_key(String::len).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn small_letters_once_are_any_case_always(
            pattern in r"([aBσΣé]|\[a-C\]|\\w|\\bA|[Kk]+|(B|É){1,2}|\.){1,5}", text in "[aAbBcCkKσΣςéÉ. ]{0,8}",
        ) {
            let Ok(any_case) = RegexBuilder::new(&pattern).case_insensitive(true).build() else { return Ok(()) };
            if any_case.is_match(&text) {
                proptest::prop_assert!(ValueRegex::new(&pattern, true).unwrap().matches(&lower(&text)), "{}", pattern);
            }
        }
    }

    #[test]
    fn a_class_that_lacks_little_is_folded_like_any_other() {
        for pattern in [".", "[^a]", "[^a-zA-Z]", "[^K]", "[^\\w]", "[^σς]", "(?s:.)"] {
            let hir = regex_syntax::parse(pattern).unwrap();
            let HirKind::Class(Class::Unicode(class)) = hir.into_kind() else {
                panic!("{pattern} is a class")
            };
            let mut expected = class.clone();
            expected.case_fold_simple();
            assert_eq!(in_any_case(class), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_compiled_later_does_compile_and_what_is_too_large_is_told_at_once() {
        assert!(ValueRegex::new(r"(?:\w{1,1000}){1,1000}", true).is_err());
        assert!(ValueRegex::new(r"\w{20}x", true).unwrap().regex.get().is_some());
        let late = ValueRegex::new(r"^/forbidden1/.*\.key$", true).unwrap();
        assert!(late.regex.get().is_none());
        assert!(!late.matches("/srv/a.txt") && late.regex.get().is_none());
        assert!(late.matches("/forbidden1/a.key"));
    }

    proptest::proptest! {
        #[test]
        fn a_light_pattern_compiles_far_below_the_limit(
            pattern in r"([ab.]|\[a-z\]|\\w|\\p\{Greek\}|\(a\|b\)|\.\*|x\{1,9\}|(\\d|é)\{3\}){1,12}", restrictive: bool,
        ) {
            let made = ValueRegex::new(&pattern, restrictive).unwrap();
            if made.regex.get().is_none() {
                let built = RegexBuilder::new(&made.pattern).size_limit(MAX_SIZE / 2).nest_limit(200).build();
                proptest::prop_assert!(built.is_ok(), "{}", pattern);
            }
        }
    }

    #[test]
    fn a_needle_is_in_every_match() {
        let needle = |pattern: &str| ValueRegex::new(pattern, true).unwrap().needle.to_string();
        assert_eq!(needle(r"Secret-\d+-KEY"), "secret-");
        assert_eq!(needle(r"^(?:rm)\s+-rf"), "-rf");
        assert_eq!(needle(r"a|b"), "");
        assert_eq!(needle(r"(abc)*d"), "d");
        assert_eq!(needle(r"(abc)+d"), "abc");
    }
}
