//! What is wrong with a policy: all of it at once, each with its place.

use std::fmt;

#[cfg(feature = "yaml")]
use super::doc::Problems;

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What is wrong and what was expected, without a final stop.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    excerpt: String,
}

impl Problem {
    /// The line of the policy, cut to a readable width, and under it the place marked with `^`.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        for line in self.excerpt.lines() {
            write!(f, "\n  | {line}")?;
        }
        Ok(())
    }
}

/// A policy that was refused, with every problem that was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    problems: Vec<Problem>,
    more: usize,
}

impl PolicyError {
    /// How many problems are told at the most.
    pub const MAX_PROBLEMS: usize = 100;

    /// The problems, in the order of the text; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many there were beyond [`PolicyError::MAX_PROBLEMS`].
    pub const fn more(&self) -> usize {
        self.more
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len().saturating_add(self.more);
        write!(f, "the policy is refused: {count} problem{}", if count == 1 { "" } else { "s" })?;
        for problem in &self.problems {
            write!(f, "\n{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

#[cfg(feature = "yaml")]
impl PolicyError {
    /// Puts `problems` in the order of `text` and finds lines and columns.
    pub(super) fn of(problems: Problems, text: &str) -> Self {
        let (problems, more) = told(problems, text);
        Self { problems, more }
    }
}

/// The problems in the order of `text`, at most [`PolicyError::MAX_PROBLEMS`], and how many there are besides.
#[cfg(feature = "yaml")]
pub(super) fn told(mut problems: Problems, text: &str) -> (Vec<Problem>, usize) {
    problems.sort_by(|(a, x), (b, y)| (a.start, x).cmp(&(b.start, y)));
    problems.dedup_by(|(a, x), (b, y)| a.start == b.start && x == y);
    let more = problems.len().saturating_sub(PolicyError::MAX_PROBLEMS);
    problems.truncate(PolicyError::MAX_PROBLEMS);

    let mut told = Vec::with_capacity(problems.len());
    let (mut line, mut line_start) = (1_usize, 0_usize);
    for (place, message) in problems {
        let start = floor_boundary(text, place.start);
        let end = floor_boundary(text, place.end).max(start);
        let lines = text.get(line_start..start).unwrap_or_default().matches('\n').count();
        line = line.saturating_add(lines);
        line_start =
            text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at.saturating_add(1));
        let column = text.get(line_start..start).unwrap_or_default().chars().count().saturating_add(1);
        let excerpt = excerpt(text.get(line_start..).unwrap_or_default(), column, text.get(start..end));
        told.push(Problem { message, line, column, excerpt });
    }
    (told, more)
}

#[cfg(feature = "yaml")]
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    at
}

/// The first line of `rest`, cut around `column` (from 1), with the marked part underlined.
#[cfg(feature = "yaml")]
fn excerpt(rest: &str, column: usize, marked: Option<&str>) -> String {
    const WIDTH: usize = 96;
    const BEFORE: usize = 40;
    let line = rest.lines().next().unwrap_or_default();
    if line.trim().is_empty() {
        return String::new();
    }
    let first = if column > WIDTH { column.saturating_sub(BEFORE) } else { 1 };
    // SECURITY: control characters of the policy's text do not reach a terminal or a log.
    let shown: String = line
        .chars()
        .skip(first.saturating_sub(1))
        .take(WIDTH)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    let pad = column.saturating_sub(first);
    let width = marked.and_then(|part| part.lines().next()).unwrap_or_default().chars().count();
    let width = width.clamp(1, WIDTH.saturating_sub(pad).max(1));
    format!("{shown}\n{}{}", " ".repeat(pad), "^".repeat(width))
}
