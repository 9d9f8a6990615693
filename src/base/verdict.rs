//! The answer and its reasons.

use std::borrow::Cow;
use std::fmt;

use super::{Digest, Finding, HeldId, PolicyDigest, RecordId, Severity};

/// What is to be done. Only ever raised, never lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Disposition {
    /// Go on.
    #[default]
    Allow,
    /// Go on with what was changed: something was taken out, marked or replaced.
    Modify,
    /// A person has to say yes first. Only calls can have it: a text that would ask is blocked.
    Confirm,
    /// No.
    Block,
}

impl Disposition {
    /// Raises this to `other` when `other` is stricter.
    pub fn raise(&mut self, other: Self) {
        *self = (*self).max(other);
    }

    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Modify => "modify",
            Self::Confirm => "confirm",
            Self::Block => "block",
        }
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a verdict is what it is. Comes with every verdict, the permissive ones too.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    disposition: Disposition,
    findings: Vec<Finding>,
    policy: PolicyDigest,
    audit: Option<Digest>,
    held: Option<HeldId>,
    copied: Option<Copied>,
}

/// The largest overlap of an outbound text with one that came in.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Copied {
    /// The record that was copied from.
    pub record: RecordId,
    /// The longest common run, in characters of folded text.
    pub lcs: usize,
    /// The share of the record's word groups that re-appear, 0 to 1.
    pub ngram: f64,
}

impl Copied {
    /// An overlap of these measures.
    pub const fn new(record: RecordId, lcs: usize, ngram: f64) -> Self {
        Self { record, lcs, ngram }
    }
}

impl Report {
    /// A report over `findings` under the policy with this digest. For pipelines; `Guard` makes them.
    pub fn new(disposition: Disposition, findings: Vec<Finding>, policy: PolicyDigest) -> Self {
        Self { disposition, findings, policy, audit: None, held: None, copied: None }
    }

    /// What is to be done.
    pub const fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// Everything that was noticed, in the order in which it was.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The worst finding's severity.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// The digest of the policy that decided.
    pub const fn policy(&self) -> PolicyDigest {
        self.policy
    }

    /// The digest of the audit event that records this verdict, when it was recorded.
    pub const fn audit(&self) -> Option<Digest> {
        self.audit
    }

    /// The id under which the text is kept back, when it is: `Guard::release` lets it in.
    pub const fn held(&self) -> Option<HeldId> {
        self.held
    }

    /// For an outbound text: the largest overlap with one that came in.
    pub const fn copied(&self) -> Option<Copied> {
        self.copied
    }

    pub(crate) fn measured(&mut self, copied: Option<Copied>) {
        self.copied = copied;
    }

    pub(crate) fn recorded(&mut self, event: Digest) {
        self.audit = Some(event);
    }

    /// More findings that change nothing about the disposition.
    pub(crate) fn extend(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    pub(crate) fn held_as(&mut self, id: HeldId) {
        self.held = Some(id);
    }
}

/// A refusal. Has no text of what was refused: there is nothing to misuse.
///
/// `Display` is a message that is safe for a model and that a person can act on; [`Blocked::report`] is for
/// the operator.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Blocked {
    message: Cow<'static, str>,
    report: Box<Report>,
}

impl Blocked {
    pub(crate) fn new(message: impl Into<Cow<'static, str>>, report: Report) -> Self {
        Self { message: message.into(), report: Box::new(report) }
    }

    /// Why, for the operator.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// The outcome of a check on a text. Exhaustive on purpose: there is no third way out, and who matches on it
/// should notice when there is.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Debug)]
pub enum Verdict<T> {
    /// It may go on, as the value says.
    Pass(T, Report),
    /// It may not.
    Block(Blocked),
}

impl<T> Verdict<T> {
    /// For those who want `?`.
    ///
    /// # Errors
    /// The refusal, when it was refused.
    pub fn into_result(self) -> Result<T, Blocked> {
        match self {
            Self::Pass(value, _) => Ok(value),
            Self::Block(blocked) => Err(blocked),
        }
    }

    /// Why.
    pub fn report(&self) -> &Report {
        match self {
            Self::Pass(_, report) => report,
            Self::Block(blocked) => blocked.report(),
        }
    }

    pub(crate) fn report_mut(&mut self) -> &mut Report {
        match self {
            Self::Pass(_, report) => report,
            Self::Block(blocked) => &mut blocked.report,
        }
    }

    /// Whether it was refused.
    pub const fn is_block(&self) -> bool {
        matches!(self, Self::Block(_))
    }

    /// The same verdict over another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Verdict<U> {
        match self {
            Self::Pass(value, report) => Verdict::Pass(f(value), report),
            Self::Block(blocked) => Verdict::Block(blocked),
        }
    }
}
