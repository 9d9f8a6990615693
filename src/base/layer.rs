//! The thirteen layers, by number and name.

use std::fmt;

/// One of the thirteen layers. `pipeline` says in which order texts and calls meet them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// L0: takes out what a person would not see, and reports it.
    Sanitizer,
    /// L1: wraps untrusted text so that nothing inside can pose as something outside.
    Isolation,
    /// L2: may this content be extracted into long-term memory?
    SourceGate,
    /// L3: secrets, personal data and copies of protected text do not leave.
    OutboundDlp,
    /// L4: where each text, and each argument of a call, came from.
    Provenance,
    /// L5: planted tokens that must never come back.
    Canary,
    /// L6: how much, how often.
    RateLimit,
    /// L7: errors that tell nothing of the inside.
    ErrorSanitizer,
    /// L8: the scopes that the host granted.
    Scopes,
    /// L9: the policy's decision over a tool call.
    ToolFirewall,
    /// L10: arguments that are what the tool's schema says.
    Validation,
    /// L11: the call that was judged is the call that runs, once.
    Binding,
    /// L12: a person is asked, or the answer is no.
    ActionGate,
}

impl Layer {
    /// All thirteen, in order.
    pub const ALL: [Self; 13] = [
        Self::Sanitizer,
        Self::Isolation,
        Self::SourceGate,
        Self::OutboundDlp,
        Self::Provenance,
        Self::Canary,
        Self::RateLimit,
        Self::ErrorSanitizer,
        Self::Scopes,
        Self::ToolFirewall,
        Self::Validation,
        Self::Binding,
        Self::ActionGate,
    ];

    /// The layer's number as people write it: `"L0"` to `"L12"`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sanitizer => "L0",
            Self::Isolation => "L1",
            Self::SourceGate => "L2",
            Self::OutboundDlp => "L3",
            Self::Provenance => "L4",
            Self::Canary => "L5",
            Self::RateLimit => "L6",
            Self::ErrorSanitizer => "L7",
            Self::Scopes => "L8",
            Self::ToolFirewall => "L9",
            Self::Validation => "L10",
            Self::Binding => "L11",
            Self::ActionGate => "L12",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
