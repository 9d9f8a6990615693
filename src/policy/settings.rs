//! What a policy says besides rules: thresholds, and what is done about findings.

use std::fmt;

/// A ready-made policy. A policy of one's own starts from one and replaces what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Preset {
    /// Reports, and stops nothing.
    Permissive,
    /// Decides by where the arguments came from; asks where it matters. The default.
    #[default]
    Balanced,
    /// Refuses what nobody described and what strangers had a hand in.
    Strict,
}

/// How the effects of several matching rules become one (XACML's words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Combining {
    /// The strictest effect wins; the order of rules means nothing. The default.
    #[default]
    DenyOverrides,
    /// The first rule that matches decides. A restrictive rule above it that could not be judged still counts.
    FirstApplicable,
}

/// What is done about an inbound text that is judged an attack, or suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InboundAction {
    /// A finding, and nothing else.
    Report,
    /// The text is marked and isolated, and the session remembers.
    Mark,
    /// The text is kept back until somebody has looked at it.
    Quarantine,
    /// The text is refused.
    Block,
}

/// What is done about the parts of an inbound text that a person would not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenAction {
    /// A finding. The parts are taken out all the same so far: no text is handed on with them.
    Report,
    /// The parts are taken out.
    Strip,
    /// The text is refused.
    Block,
}

/// What is done about an outbound text that carries a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretAction {
    /// A finding, and nothing else.
    Report,
    /// The credential is replaced; the rest may leave.
    Redact,
    /// The text does not leave.
    Block,
}

/// What is done about an outbound text that copies what should not leave. There is no redacting: who leaks by
/// paraphrase and quotation leaks between the cuts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CopyAction {
    /// A finding, and nothing else.
    Report,
    /// The text does not leave.
    Block,
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// All of them, weakest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that policies, JSON and people use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words!(Preset { Permissive = "permissive", Balanced = "balanced", Strict = "strict" });
words!(Combining { DenyOverrides = "deny-overrides", FirstApplicable = "first-applicable" });
words!(InboundAction { Report = "report", Mark = "mark", Quarantine = "quarantine", Block = "block" });
words!(HiddenAction { Report = "report", Strip = "strip", Block = "block" });
words!(SecretAction { Report = "report", Redact = "redact", Block = "block" });
words!(CopyAction { Report = "report", Block = "block" });

/// From how much overlap on a text counts as a copy.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Thresholds {
    /// L3: longest common substring with protected text, in characters of folded text. Default 100.
    pub dlp_verbatim_lcs_min: usize,
    /// L3: share of a protected text's n-grams, 0 to 1. Default 0.40.
    pub dlp_ngram_overlap_min: f64,
    /// L4: longest common substring with untrusted text, in characters of folded text. Default 50.
    pub provenance_verbatim_lcs_min: usize,
    /// L4: share of an untrusted text's n-grams, 0 to 1. Default 0.30.
    pub provenance_ngram_overlap_min: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            dlp_verbatim_lcs_min: 100,
            dlp_ngram_overlap_min: 0.40,
            provenance_verbatim_lcs_min: 50,
            provenance_ngram_overlap_min: 0.30,
        }
    }
}

/// What is done about what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundSettings {
    /// A text that is judged an attack.
    pub on_attack: InboundAction,
    /// A text that is suspected to be one.
    pub on_suspect: InboundAction,
    /// Parts that a person would not see.
    pub on_hidden: HiddenAction,
}

/// What is done about what goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboundSettings {
    /// Credentials.
    pub secrets: SecretAction,
    /// Copies of sensitive text, and values registered as sensitive.
    pub sensitive: CopyAction,
    /// Copies of untrusted text across a trust boundary.
    pub untrusted_copy: CopyAction,
}

/// What a policy says besides rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub(super) thresholds: Thresholds,
    pub(super) inbound: InboundSettings,
    pub(super) outbound: OutboundSettings,
}

impl Settings {
    /// From how much overlap on a text counts as a copy.
    pub const fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// What is done about what comes in.
    pub const fn inbound(&self) -> &InboundSettings {
        &self.inbound
    }

    /// What is done about what goes out.
    pub const fn outbound(&self) -> &OutboundSettings {
        &self.outbound
    }
}

/// What the presets say.
pub(super) fn of(preset: Preset) -> Settings {
    let (inbound, outbound) = match preset {
        Preset::Permissive => (
            (InboundAction::Report, InboundAction::Report, HiddenAction::Report),
            (SecretAction::Report, CopyAction::Report, CopyAction::Report),
        ),
        Preset::Balanced => (
            (InboundAction::Mark, InboundAction::Report, HiddenAction::Strip),
            (SecretAction::Block, CopyAction::Block, CopyAction::Block),
        ),
        Preset::Strict => (
            (InboundAction::Quarantine, InboundAction::Mark, HiddenAction::Strip),
            (SecretAction::Block, CopyAction::Block, CopyAction::Block),
        ),
    };
    Settings {
        thresholds: Thresholds::default(),
        inbound: InboundSettings { on_attack: inbound.0, on_suspect: inbound.1, on_hidden: inbound.2 },
        outbound: OutboundSettings { secrets: outbound.0, sensitive: outbound.1, untrusted_copy: outbound.2 },
    }
}
