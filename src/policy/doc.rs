//! A policy as it is written: shapes are checked, meanings are not. `compile` makes a policy of it.
#![cfg_attr(
    not(feature = "yaml"),
    expect(dead_code, reason = "only what is read from a text needs all of it")
)]

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{Integrity, Mode, Sensitivity, SourceKind};
use crate::values::ArgRole;
use crate::values::SqlDialect;

use super::facet::Facet;
use super::flow::AfterDoc;

use super::{
    Bindings, CanaryAction, CapabilitySet, Channel, Combining, Day, Effect, ExtractionAction, HiddenAction,
    InboundAction, Metered, Origin, Per, PersonalAction, Preset, ReportOrBlock, SecretAction, SecretChecksum,
    Spotlight, TargetAction, UndeclaredAction,
};

/// Where something stands in the policy's text, in bytes. All zero for what was not read from a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Where it stands does not matter.
impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> At<T> {
    pub(super) const fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

impl<T> From<T> for At<T> {
    fn from(value: T) -> Self {
        Self { value, place: Place { start: 0, end: 0 } }
    }
}

/// What is wrong, and where.
pub(super) type Problems = Vec<(Place, String)>;

/// A policy. What is `None` is as the preset has it.
#[derive(Debug, Clone, Default)]
pub(super) struct PolicyDoc {
    pub(super) name: Option<String>,
    /// `None`: of a policy that stands alone the usual one, of one that stands below others what they say.
    pub(super) preset: Option<Preset>,
    pub(super) combining: Option<Combining>,
    pub(super) thresholds: ThresholdsDoc,
    pub(super) inbound: InboundDoc,
    pub(super) links: LinksDoc,
    pub(super) outbound: OutboundDoc,
    pub(super) personal: PersonalDoc,
    pub(super) secrets: Vec<SecretTypeDoc>,
    pub(super) sinks: Vec<SinkDoc>,
    pub(super) calls: CallsDoc,
    pub(super) validation: ValidationDoc,
    pub(super) extraction: ExtractionDoc,
    pub(super) canaries: CanariesDoc,
    pub(super) limits: Option<Vec<LimitDoc>>,
    pub(super) contexts: Vec<ContextDoc>,
    pub(super) tools: Vec<ToolDoc>,
    pub(super) rules: Option<Vec<RuleDoc>>,
    /// Values that are believed further than where they came from says.
    pub(super) endorse: Vec<RuleDoc>,
}

#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_field_names, reason = "named as the policy's keys")]
pub(super) struct ThresholdsDoc {
    pub(super) dlp_verbatim_lcs_min: Option<usize>,
    pub(super) dlp_ngram_overlap_min: Option<f64>,
    pub(super) provenance_verbatim_lcs_min: Option<usize>,
    pub(super) provenance_ngram_overlap_min: Option<f64>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct InboundDoc {
    pub(super) on_attack: Option<InboundAction>,
    pub(super) on_suspect: Option<InboundAction>,
    pub(super) on_hidden: Option<HiddenAction>,
    pub(super) attack_min: Option<u16>,
    pub(super) suspect_min: Option<u16>,
    pub(super) judge_min: Option<u16>,
    pub(super) session_weight: Option<u16>,
    pub(super) on_unknown: Option<InboundAction>,
    pub(super) spotlight: Option<Spotlight>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct LinksDoc {
    pub(super) hosts: Option<Patterns>,
    pub(super) image_hosts: Option<Patterns>,
    pub(super) schemes: Option<Patterns>,
    pub(super) on_outside: Option<TargetAction>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct OutboundDoc {
    pub(super) secrets: Option<SecretAction>,
    pub(super) sensitive: Option<ReportOrBlock>,
    pub(super) untrusted_copy: Option<ReportOrBlock>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct PersonalDoc {
    pub(super) identity: Option<PersonalAction>,
    pub(super) payment: Option<PersonalAction>,
    pub(super) account: Option<PersonalAction>,
    pub(super) contact: Option<PersonalAction>,
    pub(super) types: Option<Vec<(At<String>, PersonalAction)>>,
}

#[derive(Debug, Clone)]
pub(super) struct SinkDoc {
    pub(super) kind: At<String>,
    pub(super) outbound: OutboundDoc,
    pub(super) personal: PersonalDoc,
    pub(super) hosts: Option<Patterns>,
    pub(super) links: Option<SecretAction>,
}

/// A type of secret of the host's own, as it is written.
#[derive(Debug, Clone)]
pub(super) struct SecretTypeDoc {
    pub(super) name: At<String>,
    pub(super) prefixes: Patterns,
    pub(super) alphabet: At<String>,
    pub(super) length: At<SizeDoc>,
    pub(super) checksum: Option<SecretChecksum>,
    pub(super) context: Patterns,
}

#[derive(Debug, Clone, Default)]
pub(super) struct CallsDoc {
    pub(super) authorization_ttl: Option<Duration>,
    pub(super) approval_ttl: Option<Duration>,
    pub(super) binding_ttl: Option<Duration>,
    pub(super) bindings: Option<Bindings>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ValidationDoc {
    pub(super) undeclared: Option<UndeclaredAction>,
    pub(super) traversal: Option<ReportOrBlock>,
    pub(super) max_string: Option<usize>,
    pub(super) max_depth: Option<usize>,
    pub(super) max_values: Option<usize>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct ExtractionDoc {
    pub(super) overrides: Option<Vec<OverrideDoc>>,
    pub(super) require_id: Option<Vec<SourceKind>>,
}

#[derive(Debug, Clone)]
pub(super) struct OverrideDoc {
    pub(super) source: At<SourceKind>,
    pub(super) trust: Option<Integrity>,
    pub(super) action: ExtractionAction,
}

#[derive(Debug, Clone, Default)]
pub(super) struct CanariesDoc {
    pub(super) inbound: Option<CanaryAction>,
    pub(super) outbound: Option<ReportOrBlock>,
}

/// How a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Window {
    #[default]
    Gcra,
    Sliding,
}

impl Window {
    pub(super) const ALL: &'static [Self] = &[Self::Gcra, Self::Sliding];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Gcra => "gcra",
            Self::Sliding => "sliding",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct LimitDoc {
    pub(super) id: At<String>,
    pub(super) of: At<Metered>,
    pub(super) per: At<Vec<Per>>,
    pub(super) tools: Patterns,
    pub(super) servers: Patterns,
    pub(super) sinks: Patterns,
    pub(super) capabilities: Option<CapabilitySet>,
    pub(super) burst: At<u32>,
    pub(super) period: Duration,
    pub(super) window: Window,
    pub(super) on_exceed: ReportOrBlock,
}

impl LimitDoc {
    /// A limit of everything that a session does.
    pub(super) fn new(id: At<String>, of: At<Metered>, burst: At<u32>, period: Duration) -> Self {
        Self {
            id,
            of,
            per: At::from(vec![Per::Session]),
            tools: Vec::new(),
            servers: Vec::new(),
            sinks: Vec::new(),
            capabilities: None,
            burst,
            period,
            window: Window::default(),
            on_exceed: ReportOrBlock::Block,
        }
    }

    /// Whether it speaks of some calls only.
    pub(super) fn chooses_calls(&self) -> bool {
        !self.tools.is_empty() || !self.servers.is_empty() || self.capabilities.is_some()
    }
}

#[derive(Debug, Clone)]
pub(super) struct ContextDoc {
    pub(super) source: At<SourceKind>,
    pub(super) inbound: InboundDoc,
    pub(super) thresholds: ThresholdsDoc,
}

/// Names or patterns; an empty list is one that was not written.
pub(super) type Patterns = Vec<At<String>>;

#[derive(Debug, Clone, Default)]
pub(super) struct ToolDoc {
    pub(super) tools: Patterns,
    pub(super) servers: Patterns,
    pub(super) capabilities: CapabilitySet,
    /// Who may read what the tools return.
    pub(super) readers: Option<ReadersOfDoc>,
}

/// Who may read what a tool returns.
#[derive(Debug, Clone)]
pub(super) enum ReadersOfDoc {
    Everyone,
    /// Those whose names stand at these places of it.
    At(Patterns),
}

/// Pointers to who has to be among the readers of a value, or to who must not be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ReadersDoc {
    pub(super) include: Patterns,
    pub(super) lack: Patterns,
}

#[derive(Debug, Clone)]
pub(super) struct RuleDoc {
    pub(super) id: At<String>,
    pub(super) effect: Effect,
    pub(super) tools: Patterns,
    pub(super) servers: Patterns,
    pub(super) principals: Patterns,
    pub(super) roles: Patterns,
    pub(super) environments: Patterns,
    pub(super) modes: Vec<Mode>,
    pub(super) capabilities: Option<CapabilitySet>,
    pub(super) described: Option<bool>,
    pub(super) trust: Option<At<Bound<Integrity>>>,
    pub(super) authorized: Option<bool>,
    pub(super) args: BTreeMap<String, At<ArgDoc>>,
    pub(super) session: SessionDoc,
    pub(super) during: Option<At<DuringDoc>>,
    pub(super) when: Option<At<WhenDoc>>,
    /// What it changes in a call, by pointer; a rule that changes something decides nothing.
    pub(super) set: BTreeMap<String, At<SetDoc>>,
    /// It decides nothing, and is told.
    pub(super) shadow: bool,
    /// Who may answer, at the least.
    pub(super) approver: Option<Channel>,
    /// What an entry of `endorse` makes of the values that it names; rules have none.
    pub(super) raise: Option<RaiseDoc>,
    pub(super) after: Option<At<AfterDoc>>,
    pub(super) quota: Option<At<QuotaDoc>>,
    pub(super) reason: Option<String>,
}

/// How much of what a rule speaks of may happen in how long a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QuotaDoc {
    pub(super) of: Metered,
    /// The argument whose numbers are added up, instead.
    pub(super) sum: Option<String>,
    pub(super) per: Vec<Per>,
    pub(super) burst: u32,
    pub(super) period: Duration,
    pub(super) window: Window,
}

/// When a rule holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DuringDoc {
    pub(super) days: Vec<Day>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) after: Option<String>,
    pub(super) until: Option<String>,
}

/// A condition in CEL, and where in the policy's text its own text begins, if it stands there as it is.
#[derive(Debug, Clone)]
pub(super) struct WhenDoc {
    pub(super) text: String,
    pub(super) begins: Option<usize>,
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SetDoc {
    /// It is taken out.
    Redact,
    /// It is replaced by this.
    Value(Scalar),
    /// It is brought into this range.
    Clamp(RangeDoc),
}

/// How far a value that is endorsed is believed, and how closely it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RaiseDoc {
    pub(super) integrity: Option<Integrity>,
    pub(super) sensitivity: Option<Sensitivity>,
}

impl RuleDoc {
    /// Whether it says something of whether a call goes on.
    pub(super) fn decides(&self) -> bool {
        self.set.is_empty() && !self.shadow
    }

    /// A rule that matches every call.
    pub(super) fn new(id: impl Into<String>, effect: Effect) -> Self {
        Self {
            id: At::from(id.into()),
            effect,
            tools: Vec::new(),
            servers: Vec::new(),
            principals: Vec::new(),
            roles: Vec::new(),
            environments: Vec::new(),
            modes: Vec::new(),
            capabilities: None,
            described: None,
            trust: None,
            authorized: None,
            args: BTreeMap::new(),
            session: SessionDoc::default(),
            during: None,
            when: None,
            set: BTreeMap::new(),
            shadow: false,
            approver: None,
            raise: None,
            after: None,
            quota: None,
            reason: None,
        }
    }
}

/// What a value has to be. All that is said has to hold of one and the same value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ArgDoc {
    pub(super) present: Option<bool>,
    pub(super) equals: Option<Scalar>,
    pub(super) one_of: Vec<Scalar>,
    pub(super) glob: Patterns,
    pub(super) regex: Patterns,
    pub(super) kinds: Vec<ValueType>,
    pub(super) range: Option<At<RangeDoc>>,
    pub(super) size: Option<At<SizeDoc>>,
    pub(super) facets: BTreeMap<Facet, Patterns>,
    pub(super) dialect: Option<SqlDialect>,
    /// Each of these has to hold.
    pub(super) all: Vec<ArgDoc>,
    /// It speaks of values of this kind only.
    pub(super) only: Option<LeafKind>,
    /// What the value must not be.
    pub(super) not: Option<Box<ArgDoc>>,
    pub(super) integrity: Option<At<Bound<Integrity>>>,
    pub(super) sensitivity: Option<At<Bound<Sensitivity>>>,
    pub(super) origin: Vec<Origin>,
    pub(super) role: Vec<ArgRole>,
    pub(super) source_kind: Patterns,
    pub(super) source_tool: Patterns,
    pub(super) source_host: Patterns,
    pub(super) readers: Option<At<ReadersDoc>>,
}

impl ArgDoc {
    /// Whether it says something of the value itself, not only of its labels or presence.
    pub(super) fn tests_value(&self) -> bool {
        self.equals.is_some()
            || !self.one_of.is_empty()
            || !self.glob.is_empty()
            || !self.regex.is_empty()
            || !self.kinds.is_empty()
            || self.range.is_some()
            || self.size.is_some()
            || !self.facets.is_empty()
            || self.not.is_some()
            || !self.all.is_empty()
    }

    /// Whether it says something of labels.
    pub(super) fn tests_label(&self) -> bool {
        self.integrity.is_some()
            || self.sensitivity.is_some()
            || !self.origin.is_empty()
            || !self.role.is_empty()
            || self.tests_source()
    }

    /// Whether it says something of the texts that the value was copied from.
    pub(super) fn tests_source(&self) -> bool {
        !self.source_kind.is_empty()
            || !self.source_tool.is_empty()
            || !self.source_host.is_empty()
            || self.readers.is_some()
    }
}

/// Numbers from one to another, both in it, in JSON's spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RangeDoc {
    pub(super) min: Option<String>,
    pub(super) max: Option<String>,
}

/// Lengths in bytes, from one to another, both in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct SizeDoc {
    pub(super) min: Option<u64>,
    pub(super) max: Option<u64>,
}

/// What a value looks like, by itself and by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeafKind {
    Path,
    Url,
    Text,
}

impl LeafKind {
    pub(super) const ALL: &'static [Self] = &[Self::Path, Self::Url, Self::Text];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Url => "url",
            Self::Text => "text",
        }
    }
}

/// What a value is in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ValueType {
    Null,
    Boolean,
    Integer,
    Number,
    String,
}

impl ValueType {
    pub(super) const ALL: &'static [Self] =
        &[Self::Null, Self::Boolean, Self::Integer, Self::Number, Self::String];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct SessionDoc {
    pub(super) integrity: Option<At<Bound<Integrity>>>,
    pub(super) sensitivity: Option<At<Bound<Sensitivity>>>,
    pub(super) user_spoke: Option<bool>,
    pub(super) canary_seen: Option<bool>,
    pub(super) escalated: Option<bool>,
}

/// A side of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bound<T> {
    AtMost(T),
    AtLeast(T),
}

impl<T: Copy + Ord> Bound<T> {
    pub(super) fn holds(self, value: T) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

/// A value that a policy names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    /// In JSON's spelling.
    Number(String),
    Text(String),
}
