//! What an event says, and what it does not.

use std::fmt;

use crate::base::{
    Digest, Disposition, Evidence, Finding, Layer, Location, PolicyDigest, PrincipalId, RecordId, RequestId,
    RuleId, SecurityContext, ServerId, SessionId, Severity, ToolName,
};

/// Findings that one event holds; of more, the worst ones, and the number of the others.
pub(super) const MAX_FINDINGS: usize = 64;

macro_rules! stages {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Which verb of the guard an event comes from.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Stage { $($(#[$doc])* $name,)* }

        impl Stage {
            /// Every stage.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word in the log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

stages! {
    /// The chain begins here: the first event of every log.
    Started = "started",
    /// The chain goes on after a restart.
    Resumed = "resumed",
    /// The chain goes on after a restart that found the log's end torn or cut.
    Recovered = "recovered",
    /// The user said something.
    UserMessage = "user_message",
    /// A text came in.
    Inbound = "inbound",
    /// Several texts came in together: sums up the events of the single ones.
    Compound = "compound",
    /// A server described its tools.
    ToolDefinitions = "tool_definitions",
    /// A tool call was judged.
    ToolCall = "tool_call",
    /// A call that was parked was taken up again.
    Parked = "parked",
    /// Somebody answered whether a call may run.
    Approval = "approval",
    /// A tool answered.
    ToolResult = "tool_result",
    /// A text was to go out.
    Outbound = "outbound",
    /// A call's arguments were validated, without the call being judged.
    Validation = "validation",
    /// A call was bound to a message.
    Binding = "binding",
    /// A text was to be extracted into a memory.
    Extraction = "extraction",
    /// A text that was kept back was released.
    Release = "release",
    /// A text that was kept back was dropped.
    Discard = "discard",
    /// A canary was issued.
    Canary = "canary",
    /// Values were registered as secret or sensitive.
    Register = "register",
    /// An error was sanitised.
    Error = "error",
    /// A session was reset.
    Reset = "reset",
    /// The policy was replaced; the event's policy is the new one.
    PolicyReplaced = "policy_replaced",
}

impl Stage {
    /// Whether events of this stage carry an [`Opening`].
    pub(super) const fn opens(self) -> bool {
        matches!(self, Self::Started | Self::Resumed | Self::Recovered)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A finding as the log keeps it: which rule, how bad, where in numbers. No message, no matched text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub(super) rule: String,
    pub(super) severity: Severity,
    pub(super) layer: Layer,
    pub(super) span: Option<(u64, u64)>,
    pub(super) pointer: Option<String>,
    pub(super) evidence: Option<Evidence>,
}

impl Noted {
    fn of(finding: &Finding) -> Self {
        let number = |offset: usize| u64::try_from(offset).unwrap_or(u64::MAX);
        Self {
            rule: rule_name(&finding.rule),
            severity: finding.severity,
            layer: finding.layer,
            span: finding.span().map(|span| (number(span.start()), number(span.end()))),
            pointer: match &finding.location {
                Some(Location::Argument(pointer, _)) => Some(pointer.as_str().to_owned()),
                _ => None,
            },
            evidence: finding.evidence,
        }
    }

    /// The rule's name. A name with characters outside visible ASCII, or over 128 bytes, is `<rule>`.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// How bad it is.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The layer that noticed it.
    pub const fn layer(&self) -> Layer {
        self.layer
    }

    /// Where in the text, or inside the argument: first byte, and the one behind the last.
    pub const fn span(&self) -> Option<(u64, u64)> {
        self.span
    }

    /// The argument, as a JSON pointer whose steps are masked where they could be more than a name.
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    /// What was matched, as a keyed digest and a length.
    pub const fn evidence(&self) -> Option<Evidence> {
        self.evidence
    }
}

// SECURITY: a host's detector may have put text into a rule's name; a line break or a terminal sequence in it
// would forge what a person reads in the log.
fn rule_name(rule: &RuleId) -> String {
    let name = rule.as_str();
    let plain = !name.is_empty() && name.len() <= 128 && name.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { name.to_owned() } else { "<rule>".to_owned() }
}

/// What the events that open a log say besides: in [`Stage::Started`], [`Stage::Resumed`], [`Stage::Recovered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opening {
    pub(super) format: u64,
    pub(super) key: Option<u64>,
    pub(super) torn: u64,
    pub(super) lost: u64,
}

impl Opening {
    /// The version of the log's format.
    pub const fn format(&self) -> u64 {
        self.format
    }

    /// Which key the chain is under, without telling the key; `None` for a chain without one.
    pub const fn key(&self) -> Option<u64> {
        self.key
    }

    /// Bytes of a torn last line that were moved aside before this event.
    pub const fn torn(&self) -> u64 {
        self.torn
    }

    /// Whole events that the log's head knew of and the log had not.
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

/// Everything of an event but its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) stage: Stage,
    pub(super) disposition: Disposition,
    pub(super) session: Option<SessionId>,
    pub(super) principal: Option<PrincipalId>,
    pub(super) request: Option<RequestId>,
    pub(super) parent: Option<Digest>,
    pub(super) record: Option<RecordId>,
    pub(super) server: Option<ServerId>,
    pub(super) tool: Option<ToolName>,
    pub(super) subject: Option<Evidence>,
    pub(super) policy: PolicyDigest,
    pub(super) opening: Option<Opening>,
    pub(super) omitted: u64,
    pub(super) findings: Vec<Noted>,
}

/// An event before it has its place in the chain. [`Chain::record`](super::Chain::record) makes it an
/// [`AuditEvent`].
#[derive(Clone)]
pub struct EventDraft(pub(super) Body);

impl EventDraft {
    /// An event of `stage` under the policy with this digest; [`Disposition::Allow`] and nothing else yet.
    pub const fn new(stage: Stage, policy: PolicyDigest) -> Self {
        Self(Body {
            stage,
            disposition: Disposition::Allow,
            session: None,
            principal: None,
            request: None,
            parent: None,
            record: None,
            server: None,
            tool: None,
            subject: None,
            policy,
            opening: None,
            omitted: 0,
            findings: Vec::new(),
        })
    }

    /// The event that every run of a guard begins with. The chain makes it [`Stage::Started`],
    /// [`Stage::Resumed`] or [`Stage::Recovered`].
    pub const fn begin(policy: PolicyDigest) -> Self {
        Self::new(Stage::Started, policy)
    }

    /// The same, decided so.
    #[must_use]
    pub const fn disposition(mut self, disposition: Disposition) -> Self {
        self.0.disposition = disposition;
        self
    }

    /// The same, on behalf of this session, principal and request.
    #[must_use]
    pub fn context(mut self, context: &SecurityContext) -> Self {
        self.0.session = Some(context.session_id().clone());
        self.0.principal = context.principal_id().cloned();
        self.0.request = context.request_id().cloned();
        self
    }

    /// The same, because of the event with this digest.
    #[must_use]
    pub const fn parent(mut self, event: Digest) -> Self {
        self.0.parent = Some(event);
        self
    }

    /// The same, about this record.
    #[must_use]
    pub const fn record(mut self, record: RecordId) -> Self {
        self.0.record = Some(record);
        self
    }

    /// The same, about this server.
    #[must_use]
    pub fn server(mut self, server: ServerId) -> Self {
        self.0.server = Some(server);
        self
    }

    /// The same, about this tool.
    #[must_use]
    pub fn tool(mut self, tool: ToolName) -> Self {
        self.0.tool = Some(tool);
        self
    }

    /// The same, about the text or the canonical arguments that this is the digest and length of.
    #[must_use]
    pub const fn subject(mut self, subject: Evidence) -> Self {
        self.0.subject = Some(subject);
        self
    }

    /// The same, with these findings. Of more than 64 the worst are kept, in their order, and the rest counted.
    #[must_use]
    pub fn findings(mut self, findings: &[Finding]) -> Self {
        let mut kept: Vec<usize> = (0..findings.len()).collect();
        if findings.len() > MAX_FINDINGS {
            kept.sort_by_key(|at| std::cmp::Reverse(findings.get(*at).map(|finding| finding.severity)));
            kept.truncate(MAX_FINDINGS);
            kept.sort_unstable();
        }
        self.0.omitted = u64::try_from(findings.len().saturating_sub(kept.len())).unwrap_or(u64::MAX);
        self.0.findings = kept.into_iter().filter_map(|at| findings.get(at)).map(Noted::of).collect();
        self
    }
}

// SECURITY: before it is sealed, a draft has the pointers as they came: an argument's key may be a secret.
impl fmt::Debug for EventDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventDraft").field("stage", &self.0.stage).finish_non_exhaustive()
    }
}

/// One link of the chain: what was decided, when, for whom, why, under which policy. Sealed: it is only made by
/// [`Chain`](super::Chain), and does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    pub(super) seq: u64,
    pub(super) at: u64,
    pub(super) body: Body,
    pub(super) prev: Digest,
    pub(super) digest: Digest,
}

impl AuditEvent {
    /// Its number in the chain, from 0 without gaps.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub const fn at(&self) -> u64 {
        self.at
    }

    /// Which verb.
    pub const fn stage(&self) -> Stage {
        self.body.stage
    }

    /// What was decided.
    pub const fn disposition(&self) -> Disposition {
        self.body.disposition
    }

    /// In which session.
    pub const fn session(&self) -> Option<&SessionId> {
        self.body.session.as_ref()
    }

    /// For whom.
    pub const fn principal(&self) -> Option<&PrincipalId> {
        self.body.principal.as_ref()
    }

    /// In which request of the host's.
    pub const fn request(&self) -> Option<&RequestId> {
        self.body.request.as_ref()
    }

    /// The digest of the event that led to this one.
    pub const fn parent(&self) -> Option<Digest> {
        self.body.parent
    }

    /// About which record.
    pub const fn record(&self) -> Option<RecordId> {
        self.body.record
    }

    /// About which server.
    pub const fn server(&self) -> Option<&ServerId> {
        self.body.server.as_ref()
    }

    /// About which tool.
    pub const fn tool(&self) -> Option<&ToolName> {
        self.body.tool.as_ref()
    }

    /// What was judged, as a keyed digest and a length in bytes.
    pub const fn subject(&self) -> Option<Evidence> {
        self.body.subject
    }

    /// The policy that decided.
    pub const fn policy(&self) -> PolicyDigest {
        self.body.policy
    }

    /// What the events that open a log say besides.
    pub const fn opening(&self) -> Option<Opening> {
        self.body.opening
    }

    /// What was noticed.
    pub fn findings(&self) -> &[Noted] {
        &self.body.findings
    }

    /// How many findings more there were than the event holds.
    pub const fn omitted(&self) -> u64 {
        self.body.omitted
    }

    /// The digest of the event before this one; [`Digest::ZERO`] in the first.
    pub const fn prev(&self) -> Digest {
        self.prev
    }

    /// This event's digest, which names it.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The event as one line of JSON, ASCII only, without the line break. `docs/audit-format.md` has the fields.
    pub fn to_json(&self) -> String {
        super::encode::to_json(self)
    }
}
