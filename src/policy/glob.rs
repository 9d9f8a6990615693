//! Globs: `*`, `**` and `?`, and `\` before a character that is meant as it stands.
//!
//! Over names `*` is any run of characters. Over values `*` and `?` stop at `/` in a rule that allows, and do
//! not in one that restricts: with the same pattern a restrictive rule matches all that a permissive one does,
//! and more.

use crate::text::fold;

/// Longest pattern, in bytes.
pub(super) const MAX_PATTERN: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Run,
    /// `**`
    Deep,
}

/// Reads a pattern.
pub(super) fn parse(pattern: &str) -> Result<Vec<Token>, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("the pattern has {} bytes; at most {MAX_PATTERN} are allowed", pattern.len()));
    }
    let mut tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let token = match c {
            '*' if matches!(tokens.last(), Some(Token::Run | Token::Deep)) => {
                tokens.pop();
                Token::Deep
            }
            '*' => Token::Run,
            '?' => Token::One,
            '\\' => Token::Literal(
                chars.next().ok_or("the pattern ends in `\\`; write `\\\\` for a backslash".to_owned())?,
            ),
            // SECURITY: somebody who writes `[a-z]*` or `{a,b}` means classes and choices; taken as they stand
            // they would match nothing, and a rule that denies would be dead.
            '[' | ']' | '{' | '}' => {
                return Err(format!(
                    "`{c}` means nothing in a glob; write `\\{c}` for the character itself, a list for a choice, \
                     or `regex` for a class"
                ));
            }
            c => Token::Literal(c),
        };
        tokens.push(token);
    }
    Ok(tokens)
}

/// A pattern over names: tools, servers, principals, roles, environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameGlob {
    tokens: Box<[Token]>,
    /// In a rule that restricts: the same over folded names.
    folded: Option<Box<[Token]>>,
}

impl NameGlob {
    /// `restrictive` ones do not tell upper from lower case, nor look-alikes apart.
    pub(crate) fn new(pattern: &str, restrictive: bool) -> Result<Self, String> {
        let tokens = parse(pattern)?;
        if !restrictive {
            return Ok(Self { tokens: tokens.into(), folded: None });
        }
        let lower = tokens.iter().flat_map(|token| match token {
            Token::Literal(c) => c.to_lowercase().map(Token::Literal).collect::<Vec<_>>(),
            token => vec![*token],
        });
        Ok(Self { folded: Some(folded(&tokens).into()), tokens: lower.collect() })
    }

    /// Whether every name matches.
    pub(super) fn is_all(&self) -> bool {
        matches!(*self.tokens, [Token::Run | Token::Deep])
    }

    /// The name, when it is the only one that matches.
    pub(super) fn literal(&self) -> Option<String> {
        self.tokens.iter().map(|token| if let Token::Literal(c) = token { Some(*c) } else { None }).collect()
    }

    /// The longest run of characters that every matching name has, and whether names begin or end with it.
    pub(super) fn anchor(&self) -> Option<Anchor> {
        let mut best: Option<Anchor> = None;
        let mut from = 0_usize;
        for piece in self.tokens.split(|token| !matches!(token, Token::Literal(_))) {
            let text: String = piece
                .iter()
                .filter_map(|t| if let Token::Literal(c) = t { Some(*c) } else { None })
                .collect();
            let to = from.saturating_add(piece.len());
            if !text.is_empty() && best.as_ref().is_none_or(|best| best.text.len() < text.len()) {
                best = Some(Anchor { text, start: from == 0, end: to == self.tokens.len() });
            }
            from = to.saturating_add(1);
        }
        best
    }

    /// Whether it overlooks case.
    pub(super) const fn is_restrictive(&self) -> bool {
        self.folded.is_some()
    }

    /// Whether it is its [anchor](Self::anchor) with nothing but `*` around it.
    pub(super) fn is_anchor_only(&self) -> bool {
        let tokens = match &*self.tokens {
            [Token::Run | Token::Deep, rest @ ..] => rest,
            all => all,
        };
        let tokens = match tokens {
            [rest @ .., Token::Run | Token::Deep] => rest,
            all => all,
        };
        tokens.iter().all(|token| matches!(token, Token::Literal(_)))
    }

    /// Its characters that are no wildcards.
    pub(super) fn literals(&self) -> impl Iterator<Item = char> + '_ {
        self.tokens.iter().filter_map(|token| if let Token::Literal(c) = token { Some(*c) } else { None })
    }

    /// Whether `name` matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let Some(over_folded) = &self.folded else { return wildcard(&self.tokens, name.chars()) };
        if name.is_ascii() {
            return wildcard(&self.tokens, name.chars().map(|c| c.to_ascii_lowercase()));
        }
        // SECURITY: a name in look-alike letters is the name that it looks like, to whom forbids it.
        wildcard(&self.tokens, name.chars().flat_map(char::to_lowercase))
            || wildcard(over_folded, fold(name).chars())
    }
}

/// See [`NameGlob::anchor`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) text: String,
    pub(super) start: bool,
    pub(super) end: bool,
}

/// Matches with one point to go back to; names are short, and the work is at most their product.
fn wildcard(tokens: &[Token], name: impl Iterator<Item = char> + Clone) -> bool {
    let (mut at, mut rest) = (0_usize, name);
    let mut back: Option<(usize, _)> = None;
    loop {
        let mut ahead = rest.clone();
        let next = ahead.next();
        let fits = match (tokens.get(at), next) {
            (Some(Token::Run | Token::Deep), _) => {
                at = at.saturating_add(1);
                back = Some((at, rest.clone()));
                continue;
            }
            (Some(Token::Literal(wanted)), Some(c)) => *wanted == c,
            (Some(Token::One), Some(_)) => true,
            (None, None) => return true,
            _ => false,
        };
        if fits {
            at = at.saturating_add(1);
            rest = ahead;
        } else if let Some((after, skipped)) = &mut back {
            if skipped.next().is_none() {
                return false;
            }
            at = *after;
            rest = skipped.clone();
        } else {
            return false;
        }
    }
}

/// The tokens with every run of literals folded.
fn folded(tokens: &[Token]) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut Vec<Token>| {
        out.extend(fold(run).chars().map(Token::Literal));
        run.clear();
    };
    for token in tokens {
        match token {
            Token::Literal(c) => run.push(*c),
            token => {
                flush(&mut run, &mut out);
                out.push(*token);
            }
        }
    }
    flush(&mut run, &mut out);
    out
}

/// A pattern over values.
#[derive(Debug)]
pub(super) struct ValueGlob {
    /// What every match begins and ends with.
    prefix: Box<str>,
    suffix: Box<str>,
    /// What comes between, beginning and ending with a wildcard; `None` where the prefix is the whole pattern.
    between: Option<Box<[Part]>>,
    restrictive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Token(Token),
    /// `**/` behind a slash or at the beginning: nothing, or anything that ends with `/`.
    Directories,
}

impl ValueGlob {
    /// A restrictive one is for folded values.
    pub(super) fn new(pattern: &str, restrictive: bool) -> Result<Self, String> {
        let tokens = parse(pattern)?;
        let tokens = if restrictive { folded(&tokens) } else { tokens };
        let literal = |token: &&Token| matches!(token, Token::Literal(_));
        let head = tokens.iter().take_while(literal).count();
        let tail = tokens.iter().rev().take_while(literal).count().min(tokens.len().saturating_sub(head));
        let behind = tokens.len().saturating_sub(tail);
        let text = |tokens: Option<&[Token]>| -> Box<str> {
            let tokens = tokens.unwrap_or_default().iter();
            tokens.filter_map(|token| if let Token::Literal(c) = token { Some(*c) } else { None }).collect()
        };
        let mut suffix = text(tokens.get(behind..));
        let mut between = Vec::new();
        let mut before = tokens.get(..head).unwrap_or_default().last().copied();
        let mut middle = tokens.get(head..behind).unwrap_or_default().iter().copied().peekable();
        while let Some(token) = middle.next() {
            let opens = matches!(before, None | Some(Token::Literal('/')));
            before = Some(token);
            between.push(match token {
                // `a/**/b` has `a/b` among its matches, as people know it from elsewhere.
                Token::Deep if opens && middle.next_if_eq(&Token::Literal('/')).is_some() => {
                    before = Some(Token::Literal('/'));
                    Part::Directories
                }
                Token::Deep if opens && middle.peek().is_none() && suffix.starts_with('/') => {
                    suffix = suffix.chars().skip(1).collect();
                    Part::Directories
                }
                token => Part::Token(token),
            });
        }
        Ok(Self {
            prefix: text(tokens.get(..head)),
            suffix,
            between: (head < tokens.len()).then(|| between.into()),
            restrictive,
        })
    }

    /// Whether the whole of `value` matches.
    pub(super) fn matches(&self, value: &str) -> bool {
        let Some(parts) = &self.between else { return *self.prefix == *value };
        let Some(rest) = value.strip_prefix(&*self.prefix) else { return false };
        let Some(rest) = rest.strip_suffix(&*self.suffix) else { return false };
        match **parts {
            [Part::Token(Token::Deep)] => true,
            [Part::Token(Token::Run)] => self.restrictive || !rest.contains('/'),
            [Part::Directories] => rest.is_empty() || rest.ends_with('/'),
            _ => simulate(parts, rest, self.restrictive),
        }
    }
}

/// Follows all ways through `parts` at once: linear in the value, whatever the value is.
fn simulate(parts: &[Part], value: &str, restrictive: bool) -> bool {
    let mut now = States::new(parts.len());
    let mut next = States::new(parts.len());
    now.enter(0, parts);
    for c in value.chars() {
        next.clear();
        let inside = restrictive || c != '/';
        for &at in &now.list {
            let after = at.saturating_add(1);
            match parts.get(at) {
                Some(Part::Token(Token::Literal(wanted))) if *wanted == c => next.enter(after, parts),
                Some(Part::Token(Token::One)) if inside => next.enter(after, parts),
                Some(Part::Token(Token::Run)) if inside => next.enter(at, parts),
                Some(Part::Token(Token::Deep)) => next.enter(at, parts),
                Some(Part::Directories) => {
                    next.add(at);
                    if c == '/' {
                        next.enter(after, parts);
                    }
                }
                _ => {}
            }
        }
        std::mem::swap(&mut now, &mut next);
        if now.list.is_empty() {
            return false;
        }
    }
    now.has.last() == Some(&true)
}

/// A set of places in a pattern.
struct States {
    has: Vec<bool>,
    list: Vec<usize>,
}

impl States {
    fn new(parts: usize) -> Self {
        Self { has: vec![false; parts.saturating_add(1)], list: Vec::new() }
    }

    fn clear(&mut self) {
        for at in self.list.drain(..) {
            if let Some(has) = self.has.get_mut(at) {
                *has = false;
            }
        }
    }

    fn add(&mut self, at: usize) -> bool {
        #[cfg(test)]
        tests::STEPS.with(|steps| steps.set(steps.get().saturating_add(1)));
        let Some(has) = self.has.get_mut(at) else { return false };
        let new = !std::mem::replace(has, true);
        if new {
            self.list.push(at);
        }
        new
    }

    /// Adds `at`, and what comes behind it as long as it may match nothing.
    fn enter(&mut self, mut at: usize, parts: &[Part]) {
        loop {
            let empty =
                matches!(parts.get(at), Some(Part::Directories | Part::Token(Token::Run | Token::Deep)));
            self.add(at);
            if !empty {
                return;
            }
            at = at.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        /// How many places were entered.
        pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    fn steps(glob: &ValueGlob, value: &str) -> usize {
        let before = STEPS.with(std::cell::Cell::get);
        let _matches = glob.matches(value);
        STEPS.with(std::cell::Cell::get) - before
    }

    fn name(pattern: &str, restrictive: bool, name: &str) -> bool {
        NameGlob::new(pattern, restrictive).unwrap().matches(name)
    }

    fn value(pattern: &str, restrictive: bool, value: &str) -> bool {
        let value = if restrictive { fold(value).into_owned() } else { value.to_owned() };
        ValueGlob::new(pattern, restrictive).unwrap().matches(&value)
    }

    #[test]
    fn a_star_over_names_is_any_run_of_characters() {
        for (pattern, text, expected) in [
            ("read_*", "read_file", true),
            ("read_*", "read_", true),
            ("read_*", "read", false),
            ("*", "", true),
            ("*_file", "read_file", true),
            ("*_file", "read_files", false),
            ("a*b*c", "a/b/b/c", true),
            ("a*b*c", "abcb", false),
            ("r?ad", "read", true),
            ("r?ad", "rad", false),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
        ] {
            assert_eq!(name(pattern, false, text), expected, "{pattern} {text}");
            assert_eq!(name(pattern, true, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn only_restrictive_globs_overlook_case() {
        assert!(!name("read_*", false, "Read_File"));
        assert!(name("read_*", true, "READ_file"));
        assert!(name("READ_*", true, "read_file"));
    }

    #[test]
    fn a_star_over_values_stops_at_a_slash_where_it_allows() {
        for (pattern, text, permissive, restrictive) in [
            ("/srv/*", "/srv/a", true, true),
            ("/srv/*", "/srv/a/b", false, true),
            ("/srv/**", "/srv/a/b", true, true),
            ("/srv/**", "/srv", false, false),
            ("/srv/**/x", "/srv/x", true, true),
            ("/srv/**/x", "/srv/a/b/x", true, true),
            ("/srv/**/x", "/srv/yx", false, false),
            ("**/x", "x", true, true),
            ("**/x", "a/x", true, true),
            ("**/x", "ax", false, false),
            ("rm *", "rm -rf /", false, true),
            ("?", "/", false, true),
            ("a.c", "abc", false, false),
        ] {
            assert_eq!(value(pattern, false, text), permissive, "{pattern} {text}");
            assert_eq!(value(pattern, true, text), restrictive, "{pattern} {text}");
        }
    }

    /// The same as a regular expression, which the matcher is held against.
    fn as_regex(pattern: &str, restrictive: bool) -> regex::Regex {
        let (one, run) = if restrictive { (".", ".*") } else { ("[^/]", "[^/]*") };
        let escaped = format!("/{pattern}").replace('.', "\\.").replace('?', one);
        let parts: Vec<&str> = escaped.split("**").collect();
        let mut regex = String::new();
        for (at, part) in parts.iter().enumerate() {
            let mut part = *part;
            if at > 0 {
                let directories = parts[at - 1].ends_with('/') && part.starts_with('/');
                part = if directories { &part[1..] } else { part };
                regex.push_str(if directories { "(?:.*/)?" } else { ".*" });
            }
            regex.push_str(&part.replace('*', run));
        }
        regex::Regex::new(&format!("(?s)\\A{regex}\\z")).unwrap()
    }

    #[test]
    fn classes_and_choices_are_refused_not_taken_as_they_stand() {
        assert!(parse("[a-z]*").unwrap_err().contains(r"write `\[`"));
        assert!(parse("{a,b}").is_err());
        assert!(parse(r"\[a\]").is_ok());
        assert!(parse("a\\").is_err());
    }

    #[test]
    fn the_anchor_is_the_longest_text_that_every_match_has() {
        let anchor = |pattern| NameGlob::new(pattern, false).unwrap().anchor();
        let expected = |text: &str, start, end| Some(Anchor { text: text.to_owned(), start, end });
        assert_eq!(anchor("read_*"), expected("read_", true, false));
        assert_eq!(anchor("*_file"), expected("_file", false, true));
        assert_eq!(anchor("a*middle*b"), expected("middle", false, false));
        assert_eq!(anchor("**"), None);
        assert_eq!(anchor("?*"), None);
    }

    proptest::proptest! {
        #[test]
        fn a_value_costs_no_more_steps_than_its_length_times_the_pattern(
            pattern in "[ab/*?]{1,24}", piece in "[ab/]{1,6}", times in 1_usize..200, restrictive: bool,
        ) {
            let Ok(glob) = ValueGlob::new(&pattern, restrictive) else { return Ok(()) };
            let most = |value: &str| (2 * pattern.len() + 2) * (value.len() + 1);
            let (once, twice) = (piece.repeat(times), piece.repeat(2 * times));
            proptest::prop_assert!(steps(&glob, &once) <= most(&once));
            proptest::prop_assert!(steps(&glob, &twice) <= most(&twice));
        }


        #[test]
        fn a_restrictive_glob_matches_all_that_a_permissive_one_does(
            pattern in "[ab/A*?]{0,8}", text in "[abA/]{0,10}",
        ) {
            if name(&pattern, false, &text) {
                proptest::prop_assert!(name(&pattern, true, &text));
            }
            if value(&pattern, false, &text) {
                proptest::prop_assert!(value(&pattern, true, &text));
            }
        }

        #[test]
        fn value_globs_are_what_the_regular_expression_says(
            pattern in "([ab/?.]|/[*][*]/|[*][*]?){0,7}", text in "[ab/.]{0,12}", restrictive: bool,
        ) {
            // Three stars in a row are read as two; the expression below would read them otherwise.
            proptest::prop_assume!(!pattern.contains("***") && !pattern.contains("**/**"));
            let expected = as_regex(&pattern, restrictive).is_match(&format!("/{text}"));
            proptest::prop_assert_eq!(value(&pattern, restrictive, &text), expected);
        }

        #[test]
        fn a_pattern_without_wildcards_matches_itself_alone(text in "[a-zA-Z0-9_.:/-]{1,20}", other in "[a-z]{1,5}") {
            proptest::prop_assert!(name(&text, false, &text));
            proptest::prop_assert_eq!(name(&text, false, &other), text == other);
            proptest::prop_assert_eq!(value(&text, false, &other), text == other);
        }
    }
}
