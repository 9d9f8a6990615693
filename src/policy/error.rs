//! What is wrong with a policy: all of it at once, each with its place.

use std::fmt;

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// What is wrong, and what was expected, in a sentence without a final stop.
    pub message: String,
    /// Line, from 1. 0 where the problem has no place.
    pub line: usize,
    /// Column in characters, from 1. 0 where the problem has no place.
    pub column: usize,
    excerpt: String,
    width: usize,
}

impl Problem {
    /// The line of the policy with the place under it marked, cut to a readable width.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

/// A policy that was refused, with every problem that was found, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    problems: Vec<Problem>,
}

impl PolicyError {
    /// The problems, in the order of the text; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{}", problem.message)?;
        }
        Ok(())
    }
}
