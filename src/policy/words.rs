//! The words of the policy language, as enumerations.

use std::fmt;

use super::links::TargetAction;

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
    /// The sentences that carry instructions are taken out, and the rest is marked. Where that does not help, the text is
    /// kept back.
    Strip,
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

/// How untrusted text is made to look untrusted inside its tags (L1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Spotlight {
    /// By the tags alone. The default.
    #[default]
    Tags,
    /// A sign before each word, which the text does not have; in JSON, in the strings. For most models.
    Datamark,
    /// All of it in base64. For models that read base64 without mistakes.
    Base64,
    /// All of it in ROT13. For models that read it without mistakes.
    Rot13,
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

/// What holds of the last characters of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretChecksum {
    /// Nothing.
    None,
    /// The last six characters are the CRC-32 of what stands between them and the prefix, in base 62.
    Crc32Base62,
    /// The last digit is Luhn's check digit.
    Luhn,
    /// The token is base58 with the checksum of Bitcoin.
    Base58Check,
}

/// What is done about personal data in an outbound text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalAction {
    /// Nothing.
    Off,
    /// A finding, and nothing else.
    Warn,
    /// It is replaced; the rest may leave.
    Redact,
    /// The text does not leave.
    Block,
}

/// What is done about something that must not be, where there is nothing between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportOrBlock {
    /// A finding, and nothing else.
    Report,
    /// The text or the call is refused.
    Block,
}

/// What is done about a planted token that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CanaryAction {
    /// A finding, and nothing else.
    Report,
    /// The text is marked and isolated, and the session remembers.
    Mark,
    /// The text is refused.
    Block,
}

/// What is done about an argument that the tool's schema does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UndeclaredAction {
    /// Nothing.
    Allow,
    /// A finding, and nothing else.
    Report,
    /// The call is refused.
    Block,
}

/// Whether a text may go on into a knowledge graph or a long-term memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtractionAction {
    /// It may.
    Allow,
    /// It is kept back until somebody has looked at it.
    Quarantine,
    /// It may not.
    Block,
}

/// Which calls have to come with a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bindings {
    /// None; one that comes is checked.
    Optional,
    /// Calls of tools that can destroy something.
    Destructive,
    /// All calls.
    All,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metered {
    /// Calls that were let through.
    Calls,
    /// Texts that were let out.
    Outbound,
    /// Bytes: of a call's canonical arguments, and of a text that goes out.
    Bytes,
    /// Bits that a text that goes out carries in what is no word: an estimate of how much data leaves in tokens,
    /// encoded parts and parameters of addresses.
    Entropy,
}

/// What a limit is counted for: each different one has a count of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Per {
    /// The session.
    Session,
    /// The principal.
    Principal,
    /// The tool, by its name in any case; all texts that go out together.
    Tool,
    /// The kind of sink of a text that goes out; all calls together.
    Sink,
}

/// By what way a person answers: what the agent could answer itself is no second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Channel {
    /// The conversation with the agent. What a host does not say otherwise is this.
    #[default]
    Chat,
    /// A dialogue of the program that embeds the guard; the agent cannot reach it.
    Host,
    /// Another device or a second factor.
    OutOfBand,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// All of them; where they have an order, weakest first.
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
words!(InboundAction { Report = "report", Mark = "mark", Strip = "strip", Quarantine = "quarantine", Block = "block" });
words!(HiddenAction { Report = "report", Strip = "strip", Block = "block" });
words!(SecretAction { Report = "report", Redact = "redact", Block = "block" });
words!(PersonalAction { Off = "off", Warn = "warn", Redact = "redact", Block = "block" });
words!(ReportOrBlock { Report = "report", Block = "block" });
words!(CanaryAction { Report = "report", Mark = "mark", Block = "block" });
words!(UndeclaredAction { Allow = "allow", Report = "report", Block = "block" });
words!(ExtractionAction { Allow = "allow", Quarantine = "quarantine", Block = "block" });
words!(Bindings { Optional = "optional", Destructive = "destructive", All = "all" });
words!(Metered { Calls = "calls", Outbound = "outbound", Bytes = "bytes", Entropy = "entropy" });
words!(SecretChecksum {
    None = "none",
    Crc32Base62 = "crc32-base62",
    Luhn = "luhn",
    Base58Check = "base58check",
});
words!(Per { Session = "session", Principal = "principal", Tool = "tool", Sink = "sink" });
words!(Channel { Chat = "chat", Host = "host", OutOfBand = "out-of-band" });
words!(Day {
    Mon = "mon",
    Tue = "tue",
    Wed = "wed",
    Thu = "thu",
    Fri = "fri",
    Sat = "sat",
    Sun = "sun",
});
words!(Spotlight { Tags = "tags", Datamark = "datamark", Base64 = "base64", Rot13 = "rot13" });
words!(TargetAction { Report = "report", Remove = "remove" });
