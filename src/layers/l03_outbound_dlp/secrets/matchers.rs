//! Hand-written matching at the places where a literal of the catalogue stands: an alphabet, a length, an edge.
//! No backtracking: what a run takes it keeps.

use std::ops::Range;

use super::Certainty;
use super::alphabet::{ALNUM, ANY_HEX, Alphabet};
use super::checks;

/// One piece of a token.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// These very bytes.
    Lit(&'static str),
    /// Between `min` and `max` characters of an alphabet.
    Run(Alphabet, usize, usize),
}

/// What may stand right beside a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// Nothing that could belong to the token itself.
    Closed,
    /// Anything: the token's literal is so distinctive that gluing letters to it must not hide it.
    Open,
}

/// How a token is recognised once one of its literals was seen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Matcher {
    /// Pieces to the left and to the right of the literal, then a check of the whole.
    Shape(Shape),
    /// A grammar of its own.
    Grammar(Grammar),
    /// A grammar of its own over runs that may hold many of its literals.
    Runs(RunGrammar),
}

/// Where the secret is, and how sure that is.
pub(super) type Found = Option<(Range<usize>, Certainty)>;

/// A grammar: takes the text and where the literal stands.
pub(super) type Grammar = fn(&str, Range<usize>) -> Found;

/// A grammar over long runs: where nothing is found, it tells up to where it need not be asked again.
pub(super) type RunGrammar = fn(&str, Range<usize>) -> Result<(Range<usize>, Certainty), usize>;

/// Pieces to the left and to the right of the literal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    before: &'static [Part],
    after: &'static [Part],
    edge: Edge,
    check: fn(&str) -> Option<Certainty>,
}

/// One form that a type of secret takes: the literals that give it away and how to go on from there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) anchors: &'static [&'static str],
    pub(super) matcher: Matcher,
}

/// A literal, then these pieces. Edges closed, no check besides the usual one.
pub(super) const fn tail(anchors: &'static [&'static str], after: &'static [Part]) -> Form {
    infix(&[], anchors, after)
}

/// Pieces around a literal. Edges closed, no check besides the usual one.
pub(super) const fn infix(
    before: &'static [Part],
    anchors: &'static [&'static str],
    after: &'static [Part],
) -> Form {
    let shape = Shape { before, after, edge: Edge::Closed, check: checks::shaped };
    Form { anchors, matcher: Matcher::Shape(shape) }
}

/// A literal that a grammar goes on from.
pub(super) const fn grammar(anchors: &'static [&'static str], grammar: Grammar) -> Form {
    Form { anchors, matcher: Matcher::Grammar(grammar) }
}

/// A literal that a grammar over long runs goes on from.
pub(super) const fn runs(anchors: &'static [&'static str], grammar: RunGrammar) -> Form {
    Form { anchors, matcher: Matcher::Runs(grammar) }
}

impl Form {
    /// The same, found also when letters are glued to it.
    pub(super) const fn open(mut self) -> Self {
        if let Matcher::Shape(shape) = &mut self.matcher {
            shape.edge = Edge::Open;
        }
        self
    }

    /// The same, judged by `check` in place of the usual look at the characters.
    pub(super) const fn check(mut self, check: fn(&str) -> Option<Certainty>) -> Self {
        if let Matcher::Shape(shape) = &mut self.matcher {
            shape.check = check;
        }
        self
    }
}

#[cfg(feature = "test-util")]
impl Form {
    /// The form as a regular expression.
    pub(super) fn expression(&self) -> String {
        let literals: Vec<String> = self.anchors.iter().map(|anchor| regex::escape(anchor)).collect();
        let literals = literals.join("|");
        let part = |part: &Part| match part {
            Part::Lit(literal) => regex::escape(literal),
            Part::Run(set, min, max) => format!("{}{{{min},{}}}", set.class(), (*max).min(1024)),
        };
        match &self.matcher {
            Matcher::Shape(shape) => {
                let (before, after): (String, String) =
                    (shape.before.iter().map(part).collect(), shape.after.iter().map(part).collect());
                let edge = if shape.edge == Edge::Closed { r"\b" } else { "" };
                format!("{}{before}(?:{literals}){after}", if before.is_empty() { edge } else { "" })
            }
            // A name, something that assigns, and a value, as scanners write it.
            Matcher::Grammar(_) | Matcher::Runs(_) => format!(
                r#"[\w.-]{{0,50}}(?:{literals})[\w.-]{{0,20}}["'\s]{{0,3}}(?:[=:>|,]{{1,3}})["'\s]{{0,5}}[\w.=+/~-]{{10,150}}"#
            ),
        }
    }
}

impl Matcher {
    /// The secret around the literal at `anchor`; or up to where there is none.
    pub(super) fn at(&self, text: &str, anchor: Range<usize>) -> Result<(Range<usize>, Certainty), usize> {
        match self {
            Self::Shape(shape) => shape.at(text, anchor).ok_or(0),
            Self::Grammar(grammar) => grammar(text, anchor).ok_or(0),
            Self::Runs(grammar) => grammar(text, anchor),
        }
    }
}

impl Shape {
    #[cfg(test)]
    pub(super) const fn parts(&self) -> (&'static [Part], &'static [Part]) {
        (self.before, self.after)
    }

    fn at(&self, text: &str, anchor: Range<usize>) -> Found {
        let bytes = text.as_bytes();
        let start = take_before(bytes.get(..anchor.start)?, self.before)?;
        if self.edge == Edge::Closed && !starts_fresh(bytes.get(..start)?) {
            return None;
        }
        let (end, last) = take_after(bytes, anchor.end, self.after)?;
        let behind = bytes.get(end..)?;
        if self.edge == Edge::Closed && last.is_some_and(|set| set.prefix(behind, 1) > 0) {
            return None;
        }
        let certainty = (self.check)(text.get(start..end)?)?;
        // What is glued to the token goes with it, so that redaction leaves no remainder of a longer one.
        let glued = last.map_or(0, |set| set.prefix(behind, usize::MAX));
        Some((start..end.saturating_add(glued), certainty))
    }
}

/// Matches `parts` so that they end where `bytes` ends; gives where they start.
fn take_before(bytes: &[u8], parts: &[Part]) -> Option<usize> {
    let mut rest = bytes;
    for part in parts.iter().rev() {
        let taken = match part {
            Part::Lit(literal) => rest.ends_with(literal.as_bytes()).then_some(literal.len())?,
            Part::Run(set, min, max) => Some(set.suffix(rest, *max)).filter(|taken| taken >= min)?,
        };
        rest = rest.get(..rest.len().saturating_sub(taken))?;
    }
    Some(rest.len())
}

/// Matches `parts` from `from` on; gives where they end, and the alphabet of the last run.
fn take_after(bytes: &[u8], from: usize, parts: &[Part]) -> Option<(usize, Option<Alphabet>)> {
    let (mut at, mut last) = (from, None);
    for part in parts {
        let rest = bytes.get(at..)?;
        let taken = match part {
            Part::Lit(literal) => {
                last = None;
                rest.starts_with(literal.as_bytes()).then_some(literal.len())?
            }
            Part::Run(set, min, max) => {
                last = Some(*set);
                Some(set.prefix(rest, *max)).filter(|taken| taken >= min)?
            }
        };
        at = at.saturating_add(taken);
    }
    Some((at, last))
}

/// Whether a token may start after `before`: at the start, after a character that is neither letter nor digit,
/// or after an escape such as `\n` or `%3D`, which only looks like letters.
pub(super) fn starts_fresh(before: &[u8]) -> bool {
    match before {
        [] | [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', high, low] if ANY_HEX.has(*high) && ANY_HEX.has(*low) => true,
        [.., last] => !ALNUM.has(*last),
    }
}
