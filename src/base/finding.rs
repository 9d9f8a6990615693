//! What a layer noticed, where, and how bad it is.

use std::borrow::Cow;
use std::fmt;

use super::{Digest, JsonPointer, Layer, Original, SecretKey, Span};

/// How bad a finding is. From [`Severity::Medium`] on the default policy acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; ordinary texts have it.
    Info,
    /// Unusual.
    Low,
    /// Ordinary texts do not have it.
    Medium,
    /// Looks like an attack or a leak.
    High,
    /// Is one.
    Critical,
}

impl Severity {
    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A rule's name: the layer it belongs to, then what it says: `l0/unicode/tag`, `l3/secret/github-token`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Cow<'static, str>);

impl RuleId {
    /// A rule of this crate.
    pub const fn new(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// A rule that a policy or a host's detector named.
    pub fn custom(id: impl Into<String>) -> Self {
        Self(Cow::Owned(id.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A row of a layer's `RULES`: what the layer can find. `docs/rules.md` is made of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The layer that finds it.
    pub layer: Layer,
    /// Its stable name.
    pub id: &'static str,
    /// How bad it is where nothing else is said.
    pub severity: Severity,
    /// What it means, in one sentence without a final stop.
    pub meaning: &'static str,
}

impl Rule {
    /// A row.
    pub const fn new(layer: Layer, id: &'static str, severity: Severity, meaning: &'static str) -> Self {
        Self { layer, id, severity, meaning }
    }

    /// A finding of this rule, with the rule's own severity and meaning.
    pub fn finding(&self) -> Finding {
        Finding {
            layer: self.layer,
            rule: RuleId::new(self.id),
            severity: self.severity,
            location: None,
            message: Cow::Borrowed(self.meaning),
            evidence: None,
        }
    }
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// In the text that was given.
    Text(Span<Original>),
    /// In a value of a call's arguments, and where inside it when that is known.
    Argument(JsonPointer, Option<Span<Original>>),
}

/// What was matched, without what was matched: a keyed digest and a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    digest: Digest,
    len: usize,
}

impl Evidence {
    /// Evidence of `text` under `key`. Who has the key can check a guess; nobody can read the text back.
    pub fn of(text: &str, key: &SecretKey) -> Self {
        Self { digest: key.tag(&[text.as_bytes()]), len: text.len() }
    }

    /// Evidence that was written down before.
    pub(crate) const fn from_parts(digest: Digest, len: usize) -> Self {
        Self { digest, len }
    }

    /// The keyed digest.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The matched text's length in bytes.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the matched text was empty.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hmac:{:016x}… ({} bytes)", self.digest.short(), self.len)
    }
}

/// Something a layer noticed. Holds no content: what was matched is [`Evidence`], and the message is made of
/// the rule's words, names that the policy gave, and numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The layer that noticed it.
    pub layer: Layer,
    /// Which rule.
    pub rule: RuleId,
    /// How bad it is.
    pub severity: Severity,
    /// Where, when it is somewhere.
    pub location: Option<Location>,
    /// In words for a person; safe to log, and to show to a model.
    pub message: Cow<'static, str>,
    /// What was matched, as a keyed digest.
    pub evidence: Option<Evidence>,
}

impl Finding {
    /// A finding of a rule that is not in a `RULES` table: a host's detector's, a policy's.
    pub fn custom(
        layer: Layer,
        rule: RuleId,
        severity: Severity,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { layer, rule, severity, location: None, message: message.into(), evidence: None }
    }

    /// The same, at this place of the text.
    #[must_use]
    pub fn at(mut self, span: Span<Original>) -> Self {
        self.location = Some(Location::Text(span));
        self
    }

    /// The same, nowhere in particular.
    #[must_use]
    pub fn nowhere(mut self) -> Self {
        self.location = None;
        self
    }

    /// The same, in this argument. A place in a text becomes the place inside the argument.
    #[must_use]
    pub fn in_argument(mut self, pointer: JsonPointer) -> Self {
        let inside = match self.location.take() {
            Some(Location::Text(span)) => Some(span),
            Some(Location::Argument(_, span)) => span,
            None => None,
        };
        self.location = Some(Location::Argument(pointer, inside));
        self
    }

    /// The same, in these words.
    #[must_use]
    pub fn saying(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// The same, this bad.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same, with evidence of what was matched.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = Some(evidence);
        self
    }

    /// The span in the text, or inside the argument.
    pub fn span(&self) -> Option<Span<Original>> {
        match &self.location {
            Some(Location::Text(span) | Location::Argument(_, Some(span))) => Some(*span),
            _ => None,
        }
    }

    /// The argument that the finding is in.
    pub fn pointer(&self) -> Option<&JsonPointer> {
        match &self.location {
            Some(Location::Argument(pointer, _)) => Some(pointer),
            _ => None,
        }
    }
}
