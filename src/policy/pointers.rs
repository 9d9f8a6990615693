//! Which arguments a rule speaks about: JSON pointers with `*` for one step and `**` for any number.

use crate::base::JsonPointer;
use crate::text::fold;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A key or an index, escaped as in a pointer.
    Key(Box<str>),
    One,
    Deep,
}

/// A pattern over pointers.
#[derive(Debug)]
pub(super) struct PointerPattern {
    steps: Box<[Step]>,
    /// How many steps come before the first `**`; all of them where there is none.
    fixed: usize,
    /// The whole pattern, where it has no wildcards and is plain ASCII: most are, and can be compared at once.
    plain: Option<Box<str>>,
    wild: bool,
    restrictive: bool,
    text: Box<str>,
}

/// How an argument stands to a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// It is what the pattern means.
    Is,
    /// It is inside what the pattern means: a list or map where one value was thought of.
    Inside,
    /// It stands where the pattern wants a list or map, or differs only in case or look-alike letters.
    InPlace,
    /// It is something else.
    Other,
}

/// The one place that a pointer without wildcards names.
pub(super) fn place_of(pointer: &str) -> JsonPointer {
    pointer
        .split('/')
        .skip(1)
        .fold(JsonPointer::root(), |place, step| place.key(&step.replace("~1", "/").replace("~0", "~")))
}

impl PointerPattern {
    /// Reads a pattern: empty, or steps that begin with `/` each, escaped as in RFC 6901.
    pub(super) fn new(pattern: &str, restrictive: bool) -> Result<Self, String> {
        if pattern.len() > super::glob::MAX_PATTERN {
            return Err(format!("the pointer is longer than {} bytes", super::glob::MAX_PATTERN));
        }
        if !pattern.is_empty() && !pattern.starts_with('/') {
            return Err(format!(
                "`{0}` is no JSON pointer; it begins with `/`: `/{0}`",
                super::shown(pattern)
            ));
        }
        let mut steps = Vec::new();
        for step in pattern.split('/').skip(1) {
            if step.replace("~0", "").replace("~1", "").contains('~') {
                return Err("`~` in a JSON pointer is written `~0`, and `/` in a key `~1`".to_owned());
            }
            let step = match step {
                "*" => Step::One,
                "**" => Step::Deep,
                // SECURITY: `/item*` would be a key with a star in it, which no call has: a rule that never fires.
                step if step.contains('*') => {
                    return Err(
                        "`*` and `**` stand for whole steps of a pointer, not for a part of one".to_owned()
                    );
                }
                step => Step::Key(step.into()),
            };
            if !(step == Step::Deep && steps.last() == Some(&Step::Deep)) {
                steps.push(step);
            }
        }
        let fixed = steps.iter().position(|step| *step == Step::Deep).unwrap_or(steps.len());
        let wild = steps.iter().any(|step| !matches!(step, Step::Key(_)));
        let plain = (!wild && pattern.is_ascii()).then(|| pattern.into());
        Ok(Self { steps: steps.into(), fixed, plain, wild, restrictive, text: pattern.into() })
    }

    /// The pattern as it was written.
    pub(super) const fn text(&self) -> &str {
        &self.text
    }

    /// Whether it has `*` or `**`, and so may mean no argument at all.
    pub(super) const fn is_wild(&self) -> bool {
        self.wild
    }

    /// How the argument at `pointer` stands to it.
    pub(super) fn relation(&self, pointer: &JsonPointer) -> Relation {
        if let [Step::Deep] = *self.steps {
            return Relation::Is;
        }
        match &self.plain {
            Some(plain) if pointer.as_str().is_ascii() => self.plain_relation(plain, pointer.as_str()),
            _ => self.stepwise_relation(pointer),
        }
    }

    fn plain_relation(&self, plain: &str, pointer: &str) -> Relation {
        let shared = plain.len().min(pointer.len());
        let (Some(wanted), Some(found)) = (plain.get(..shared), pointer.get(..shared)) else {
            return Relation::Other;
        };
        let same = wanted == found;
        if !same && !wanted.eq_ignore_ascii_case(found) {
            return Relation::Other;
        }
        // SECURITY: `Path` beside `path` is an argument that some servers read; a rule that allows by `path` must
        // not overlook it.
        let inside = || if same || self.restrictive { Relation::Inside } else { Relation::InPlace };
        match (plain.as_bytes().get(shared), pointer.as_bytes().get(shared)) {
            (None, None) if same || self.restrictive => Relation::Is,
            (None, Some(b'/')) => inside(),
            (None | Some(b'/'), None) => Relation::InPlace,
            _ => Relation::Other,
        }
    }

    fn stepwise_relation(&self, pointer: &JsonPointer) -> Relation {
        let mut at = 0_usize;
        let mut rest = pointer.as_str();
        let mut back: Option<(usize, &str)> = None;
        let mut inside = false;
        let mut alike = false;
        loop {
            let (next, ahead) = split(rest);
            match (self.steps.get(at), next) {
                (Some(Step::Deep), _) => {
                    at = at.saturating_add(1);
                    if at == self.steps.len() {
                        return if alike { Relation::InPlace } else { Relation::Is };
                    }
                    back = Some((at, rest));
                    continue;
                }
                (None, None) => return if alike { Relation::InPlace } else { Relation::Is },
                (Some(step), Some(key)) => {
                    let fit = self.fit(step, key);
                    if fit != Fit::No {
                        alike |= fit == Fit::Alike;
                        at = at.saturating_add(1);
                        rest = ahead;
                        continue;
                    }
                }
                (None, Some(_)) => inside = true,
                (Some(_), None) => {
                    // A value where the pattern goes deeper: a string where a list was thought of.
                    if pointer.as_str().matches('/').count() <= self.fixed {
                        return Relation::InPlace;
                    }
                }
            }
            match &mut back {
                Some((after, skipped)) if !skipped.is_empty() => {
                    *skipped = split(skipped).1;
                    at = *after;
                    rest = skipped;
                }
                _ if inside => return if alike { Relation::InPlace } else { Relation::Inside },
                _ => return Relation::Other,
            }
        }
    }

    fn fit(&self, step: &Step, key: &str) -> Fit {
        let Step::Key(wanted) = step else { return Fit::Yes };
        if **wanted == *key {
            return Fit::Yes;
        }
        let alike = if wanted.is_ascii() && key.is_ascii() {
            wanted.eq_ignore_ascii_case(key)
        } else {
            fold(wanted) == fold(key)
        };
        match (alike, self.restrictive) {
            (true, true) => Fit::Yes,
            (true, false) => Fit::Alike,
            (false, _) => Fit::No,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Yes,
    Alike,
    No,
}

/// The first step of a pointer, and the rest.
fn split(pointer: &str) -> (Option<&str>, &str) {
    let Some(steps) = pointer.strip_prefix('/') else { return (None, "") };
    match steps.find('/') {
        Some(end) => (steps.get(..end), steps.get(end..).unwrap_or_default()),
        None => (Some(steps), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(pattern: &str, restrictive: bool, keys: &[&str]) -> Relation {
        let pointer = keys.iter().fold(JsonPointer::root(), |pointer, key| pointer.key(key));
        PointerPattern::new(pattern, restrictive).unwrap().relation(&pointer)
    }

    #[test]
    fn pointers_are_told_apart_by_what_they_mean() {
        use Relation::{InPlace, Inside, Is, Other};
        for (pattern, keys, expected) in [
            ("/path", &["path"][..], Is),
            ("/path", &["paths"], Other),
            ("/path", &["path", "0"], Inside),
            ("/to/*", &["to", "0"], Is),
            ("/to/*", &["to"], InPlace),
            ("/to/*", &["to", "0", "address"], Inside),
            ("/**", &["a", "b"], Is),
            ("/**", &[], Is),
            ("/a/**", &["a"], Is),
            ("/a/**", &["b"], Other),
            ("/**/path", &["path"], Is),
            ("/**/path", &["a", "b", "path"], Is),
            ("/**/path", &["a", "path", "0"], Inside),
            ("/**/path", &["a", "b"], Other),
            ("/a/**/x", &["a"], InPlace),
            ("/a/**/x", &["a", "b"], Other),
            ("/**/a/*/b", &["a", "a", "0", "b"], Is),
            ("", &[], Is),
            ("", &["a"], Inside),
            ("/a~1b", &["a/b"], Is),
        ] {
            assert_eq!(relation(pattern, true, keys), expected, "{pattern} {keys:?}");
            assert_eq!(relation(pattern, false, keys), expected, "{pattern} {keys:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn comparing_at_once_says_the_same_as_step_by_step(
            pattern in "(/[aAb]{0,2}){0,3}", pointer in "(/[aAb]{0,2}){0,3}", restrictive: bool,
        ) {
            let keys: Vec<&str> = pointer.split('/').skip(1).collect();
            let pointer = keys.iter().fold(JsonPointer::root(), |pointer, key| pointer.key(key));
            let pattern = PointerPattern::new(&pattern, restrictive).unwrap();
            proptest::prop_assert_eq!(pattern.relation(&pointer), pattern.stepwise_relation(&pointer));
        }
    }

    #[test]
    fn keys_in_another_case_are_the_same_to_a_rule_that_restricts_and_suspect_to_one_that_allows() {
        assert_eq!(relation("/path", true, &["Path"]), Relation::Is);
        assert_eq!(relation("/path", false, &["Path"]), Relation::InPlace);
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        assert!(PointerPattern::new("path", true).unwrap_err().contains("`/path`"));
        assert!(PointerPattern::new("/item*", true).is_err());
        assert!(PointerPattern::new("/a~b", true).is_err());
    }
}
