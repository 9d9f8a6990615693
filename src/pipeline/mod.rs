//! The order of the layers, as pure functions: policy, facts, time, entropy and input in; a verdict and what
//! has to be remembered out.
//!
//! [`SecurityPipeline`] does no effects and keeps nothing. [`crate::guard::Guard`] reads the facts before,
//! merges the [`Delta`] and records the audit event after, and only then hands the verdict out. Callers with their own
//! effects (another store, another language) use the pipeline directly.

mod behaviour;
mod definitions;
mod inbound;
mod memory;
mod outbound;
mod proofs;
mod seams;
mod strip;
mod tool_call;

pub use definitions::{DefinedSchema, DefinitionError, ToolDefinition, ToolReport};
pub use inbound::{Admitted, Inbound};
pub use memory::Extract;
pub use outbound::{LeavingFacts, Outbound, Quoting, Released, Sink};
pub use proofs::Ticket;
pub use seams::Seam;
pub use tool_call::{Judged, Judgement, Known, Scoping};

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::{
    Blocked, Digest, Disposition, Finding, Integrity, Limits, MessageHash, Nonce, PolicyDigest, RecordId,
    Report, Rule, SecretKey, Source, SourceKind, Verdict, sha256,
};
use crate::detect::Detector;
use crate::layers::l00_sanitizer::{Sanitizer, SanitizerConfig};
use crate::layers::l01_isolation::{Isolation, IsolationConfig};
use crate::layers::l02_source_gate::SourceGate;
use crate::layers::l03_outbound_dlp::{OutboundDlp, OutboundDlpConfig, Piece};
use crate::layers::l04_provenance::{Provenance, Wishes, own_words};
use crate::layers::l05_canary::Canaries;
use crate::layers::l06_rate_limit::{Charge, RateLimit};
use crate::layers::l07_error_sanitizer::{ErrorSanitizer, ErrorSanitizerConfig};
use crate::layers::l08_scopes::{ScopeMap, Scopes};
use crate::layers::l09_tool_firewall::ToolFirewall;
use crate::layers::l10_validation::Validation;
use crate::layers::l11_binding::{Binding, BindingConfig};
use crate::layers::l12_action_gate::{ActionGate, ActionGateConfig};
use crate::policy::Policy;
use crate::state::{Flag, Held, Keys, Once, Role, Segment, SessionFacts, TurnEvent};
use crate::text::NormalizedText;
use crate::text::shingle::TokenKey;

/// The compiled layers in their order. Immutable.
#[derive(Debug)]
pub struct SecurityPipeline {
    policy: Arc<Policy>,
    limits: Limits,
    evidence: SecretKey,
    detectors: Vec<Arc<dyn Detector>>,
    sanitizer: Sanitizer,
    isolation: Isolation,
    dlp: OutboundDlp,
    source_gate: SourceGate,
    provenance: Provenance,
    canaries: Canaries,
    rates: RateLimit,
    errors: ErrorSanitizer,
    scopes: Scopes,
    firewall: ToolFirewall,
    validation: Validation,
    binding: Binding,
    gate: ActionGate,
}

impl SecurityPipeline {
    /// Compiles the layers for this policy. The keys of the layers are derived from `key`; `run` tells this run of the
    /// guard from others, whose tokens may have been spent.
    pub fn compile(
        policy: Arc<Policy>,
        limits: Limits,
        key: &SecretKey,
        run: Nonce,
        detectors: Vec<Arc<dyn Detector>>,
        scopes: Option<ScopeMap>,
    ) -> Self {
        let evidence = key.derive("evidence");
        let settings = policy.settings();
        let calls = settings.calls();
        Self {
            sanitizer: Sanitizer::compile(
                &SanitizerConfig::new(evidence.clone()).links(settings.links().clone()),
            ),
            isolation: Isolation::compile(&IsolationConfig::default()),
            dlp: OutboundDlp::compile(OutboundDlpConfig::new(settings)),
            provenance: Provenance::compile(&policy, TokenKey::derive(key)),
            source_gate: SourceGate::compile(settings.extraction().clone()),
            canaries: Canaries::compile(key, *settings.canaries()),
            rates: RateLimit::compile(Arc::clone(&policy), key),
            errors: ErrorSanitizer::compile(ErrorSanitizerConfig::new(evidence.clone())),
            scopes: Scopes::compile(scopes),
            firewall: ToolFirewall::compile(Arc::clone(&policy)),
            validation: Validation::compile(*settings.validation()),
            binding: Binding::compile(key, run, BindingConfig::new(calls.bindings, calls.binding_ttl)),
            gate: ActionGate::compile(ActionGateConfig::new(calls.approval_ttl)),
            policy,
            limits,
            evidence,
            detectors,
        }
    }

    /// The digest of the policy that decides.
    pub fn policy(&self) -> PolicyDigest {
        self.policy.digest()
    }

    /// The budgets.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The key of the digests that stand for content in findings and in the audit.
    pub const fn evidence(&self) -> &SecretKey {
        &self.evidence
    }
}

/// What a verb leaves behind. It has to be in the store before the verdict is handed out: then any call that the
/// text causes sees the taint.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Delta {
    /// Facts to merge.
    pub facts: SessionFacts,
    /// A text to remember.
    pub segment: Option<(Segment, Keys)>,
    /// A text to keep back.
    pub held: Option<Held>,
    /// A step of the session; to be noted with the audit event that records it.
    pub turn: Option<TurnEvent>,
    /// Proofs that are good for one call: each has to be claimed, and refuses when it was claimed before.
    pub once: Vec<Once>,
    /// What has to be charged, once everything else is settled.
    pub charges: Vec<Charge>,
    /// What came in, as far as it may begin something.
    pub came: Option<String>,
    /// What left, as far as it may be a part of something.
    pub sent: Option<Piece>,
}

impl Delta {
    /// The record that is remembered or kept back.
    pub fn record(&self) -> Option<RecordId> {
        let segment = self.segment.as_ref().map(|(segment, _)| segment.record());
        segment.or_else(|| self.held.as_ref().map(Held::record))
    }
}

/// A verdict, and what it leaves behind.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome<T> {
    /// The verdict. It must not be handed out before `delta` is kept.
    pub verdict: Verdict<T>,
    /// What has to be kept.
    pub delta: Delta,
}

impl SecurityPipeline {
    /// A verdict that lets `value` pass and leaves nothing behind.
    pub fn pass<T>(&self, value: T) -> Outcome<T> {
        let report = Report::new(Disposition::Allow, Vec::new(), self.policy());
        Outcome { verdict: Verdict::Pass(value, report), delta: Delta::default() }
    }

    /// A verdict that refuses for this one reason, and leaves nothing behind.
    pub fn refuse<T>(&self, rule: &Rule, message: impl Into<Cow<'static, str>>) -> Outcome<T> {
        self.block(message, vec![rule.finding()])
    }

    /// A verdict that refuses for this one finding, in its own words.
    fn stopped<T>(&self, finding: Finding) -> Outcome<T> {
        self.block(finding.message.clone(), vec![finding])
    }

    /// A report over several verdicts, for an event that ties them together.
    pub fn summed(&self, disposition: Disposition, findings: Vec<Finding>) -> Outcome<()> {
        let mut outcome = self.pass(());
        *outcome.verdict.report_mut() = Report::new(disposition, findings, self.policy());
        outcome
    }

    /// The refusal for this one finding.
    pub fn blocked(&self, finding: Finding) -> Blocked {
        Blocked::new(finding.message.clone(), Report::new(Disposition::Block, vec![finding], self.policy()))
    }

    fn block<T>(&self, message: impl Into<Cow<'static, str>>, findings: Vec<Finding>) -> Outcome<T> {
        let report = Report::new(Disposition::Block, findings, self.policy());
        Outcome { verdict: Verdict::Block(Blocked::new(message, report)), delta: Delta::default() }
    }

    /// Takes in what the user said, in a session of which these facts are known.
    pub fn user_message(&self, text: &str, record: RecordId, facts: &SessionFacts) -> Outcome<MessageHash> {
        let hash = sha256(&[text.as_bytes()]);
        let own = own_words(text);
        let normalized = NormalizedText::new(&*own, &self.limits);
        let source = Source::new(SourceKind::USER, "").integrity(Integrity::Trusted);
        let label = source.label();
        let mut outcome = self.pass(hash);
        outcome.delta.facts = Wishes::of(&normalized).note(SessionFacts::new().flag(Flag::UserSpoke), facts);
        outcome.delta.segment =
            Some(self.provenance.record(record, source, label, Role::UserMessage, &normalized, &self.limits));
        outcome.delta.turn = Some(TurnEvent::UserMessage { hash, record, event: Digest::ZERO });
        outcome
    }
}

/// What the pipeline itself can find, besides its layers.
pub const RULES: &[Rule] =
    &[inbound::HELD, behaviour::SESSION, seams::SPLIT, strip::STRIPPED, memory::UNKNOWN];
