//! The facade: one guard for many sessions.
//!
//! Every verb does the same in the same order: read the clock and the session's facts, let the pipeline decide,
//! put what the decision leaves behind into the store, record the audit event, and only then hand the verdict
//! out. So a text is never used before its taint is known, and no verdict leaves that is not in the log. When a
//! step fails the answer is a block that says which.

mod builder;
mod tool;

pub use builder::{BuildError, BuildProblem, GuardBuilder};
pub use tool::ToolOutput;

pub use crate::layers::l00_sanitizer::Media;
pub use crate::layers::l03_outbound_dlp::RegisteredKind;
pub use crate::layers::l04_provenance::LabelledLeaf;
pub use crate::layers::l12_action_gate::{
    Answer, Approved, ConfirmationPrompt, Confirmer, DenyAll, PendingCall, Receipt,
};
pub use crate::pipeline::{
    Admitted, DefinitionError, Inbound, Judgement, Outbound, Quoting, Released, Sink, ToolDefinition,
    ToolReport,
};

use std::fmt;
use std::sync::{Arc, RwLock};

use crate::audit::{AuditError, AuditObserver, Chain, EventDraft, Stage};
use crate::base::{
    Blocked, ClockError, Digest, Disposition, Entropy, EntropyError, Evidence, Finding, HeldId, Layer,
    MessageHash, Moment, Nonce, RecordId, Report, Rule, RuleId, SecretValue, SecurityContext, ServerId,
    Severity, Source, SourceKind, Verdict,
};
use crate::layers::l03_outbound_dlp::Registered;
use crate::pipeline::{Judged, Outcome, SecurityPipeline};
use crate::policy::Policy;
use crate::state::overlap::Probe;
use crate::state::{Hits, MessageRef, Reset, SessionFacts, StateStore, StoreError, TurnEvent};
use crate::text::NormalizedText;
use crate::values::ToolCall;

/// Stands between an agent and the world. Cheap to clone; clones are the same guard. Any number of threads may
/// use it at once, on the same sessions or on others.
#[derive(Clone)]
pub struct Guard {
    inner: Arc<Inner>,
}

struct Inner {
    pipeline: SecurityPipeline,
    registered: RwLock<Arc<Registered>>,
    store: Arc<dyn StateStore>,
    clock: Arc<dyn crate::base::Clock>,
    entropy: Arc<dyn Entropy>,
    confirmer: Arc<dyn Confirmer>,
    chain: Chain,
    observers: Vec<Arc<dyn AuditObserver>>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("policy", &self.inner.pipeline.policy()).finish_non_exhaustive()
    }
}

/// The outcome of a check on a call. Exhaustive on purpose.
#[must_use = "a verdict that nobody looks at protects nothing"]
#[derive(Debug)]
pub enum ToolVerdict {
    /// Dispatch it.
    Allow(Approved, Decided),
    /// Ask a person, and give the call back with the answer ([`Guard::confirm_action`]).
    Confirm(PendingCall, Decided),
    /// Do not.
    Deny(Blocked, Judgement),
}

impl ToolVerdict {
    /// What was noticed, and where it is recorded.
    pub fn report(&self) -> &Report {
        match self {
            Self::Allow(_, decided) | Self::Confirm(_, decided) => &decided.report,
            Self::Deny(blocked, _) => blocked.report(),
        }
    }

    /// Which rule decided, why, and where each argument came from.
    pub const fn judgement(&self) -> &Judgement {
        match self {
            Self::Allow(_, decided) | Self::Confirm(_, decided) => &decided.judgement,
            Self::Deny(_, judgement) => judgement,
        }
    }
}

/// Why a call was not refused.
#[derive(Debug, Clone)]
pub struct Decided {
    report: Report,
    judgement: Judgement,
}

impl Decided {
    /// What was noticed, and where it is recorded.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Which rule decided, why, and where each argument came from.
    pub const fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    fn into_blocked(self) -> Blocked {
        Blocked::new("the call still waits for an approval", self.report)
    }
}

/// Which step of a verb failed.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Clock(#[from] ClockError),
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error("a thread panicked while it registered values")]
    Poisoned,
    #[error("the input has {len} bytes, at most {max} are looked at")]
    TooLong { len: usize, max: usize },
}

impl Guard {
    /// Starts a guard under this policy. Everything else has a default; see [`GuardBuilder`].
    pub fn builder(policy: Policy) -> GuardBuilder {
        GuardBuilder::new(policy)
    }

    /// Takes in what the user said. The user's words stand behind the calls that follow: an argument that repeats
    /// them is the user's. The digest that comes back names the message in an authorization.
    pub fn user_message(&self, cx: &SecurityContext, text: &str) -> Verdict<MessageHash> {
        let draft = |draft: EventDraft| draft.subject(self.evidence(text));
        self.perform(cx, Stage::UserMessage, Layer::Provenance, draft, |_, _| {
            self.bounded(text)?;
            Ok(self.inner.pipeline.user_message(text, self.fresh_record()?))
        })
    }

    /// Takes in a text that somebody else wrote: cleaned, judged, remembered, isolated.
    pub fn process_inbound(&self, cx: &SecurityContext, input: Inbound<'_>) -> Verdict<Admitted> {
        let tool = *input.source().kind() == SourceKind::TOOL;
        self.admit(cx, if tool { Stage::ToolResult } else { Stage::Inbound }, &input, |draft| draft)
    }

    /// Takes in what a tool returned, with the receipt of the call that was approved.
    pub fn admit_result(
        &self,
        cx: &SecurityContext,
        receipt: Receipt,
        output: &ToolOutput,
    ) -> Verdict<Admitted> {
        let (tool, server, event) = receipt.into_parts();
        let name = match &server {
            Some(server) => format!("{server}/{tool}"),
            None => tool.to_string(),
        };
        let source = Source::tool(name);
        let input = Inbound::new(output.text(), &source).media(output.media());
        self.admit(cx, Stage::ToolResult, &input, |mut draft| {
            draft = draft.tool(tool);
            if let Some(server) = server {
                draft = draft.server(server);
            }
            caused(draft, event)
        })
    }

    fn admit(
        &self,
        cx: &SecurityContext,
        stage: Stage,
        input: &Inbound<'_>,
        about: impl FnOnce(EventDraft) -> EventDraft,
    ) -> Verdict<Admitted> {
        let draft = |draft: EventDraft| about(draft).subject(self.evidence(input.text()));
        self.perform(cx, stage, Layer::Sanitizer, draft, |_, facts| {
            Ok(self.inner.pipeline.inbound(input, self.fresh_record()?, facts, &*self.inner.entropy)?)
        })
    }

    /// Lets a text in that was kept back, once: somebody has looked at it. It is isolated and labelled as it was
    /// judged.
    pub fn release(&self, cx: &SecurityContext, held: HeldId) -> Verdict<Admitted> {
        self.perform(
            cx,
            Stage::Release,
            Layer::Sanitizer,
            |draft| draft,
            |now, facts| {
                let pipeline = &self.inner.pipeline;
                match self.inner.store.take_held(cx.session_id(), held, now)? {
                    Some(held) => Ok(pipeline.release(&held, facts, &*self.inner.entropy)?),
                    None => Ok(pipeline.refuse(&NOT_HELD, "nothing of that id is kept back in this session")),
                }
            },
        )
    }

    /// Takes in what a server says of its tools. Show the model only those whose report allows it.
    pub fn tool_definitions(
        &self,
        cx: &SecurityContext,
        server: Option<&ServerId>,
        tools: &[ToolDefinition],
    ) -> Verdict<Vec<ToolReport>> {
        let draft = |draft: EventDraft| match server {
            Some(server) => draft.server(server.clone()),
            None => draft,
        };
        self.perform(cx, Stage::ToolDefinitions, Layer::ToolFirewall, draft, |_, facts| {
            Ok(self.inner.pipeline.definitions(server, tools, facts))
        })
    }

    /// Decides a tool call: by the policy, by what the tool can do, by where each argument came from.
    pub fn check_tool_call(&self, cx: &SecurityContext, call: ToolCall) -> ToolVerdict {
        let mut judgement = Judgement::default();
        let canonical = call.canonical();
        let about = self.about_call(&call, &canonical, self.cause(cx));
        let verdict = self.perform(cx, Stage::ToolCall, Layer::ToolFirewall, about, |now, facts| {
            self.bounded(&canonical)?;
            let pipeline = &self.inner.pipeline;
            let query = pipeline.call_query(&call);
            let mut hits = Hits::new();
            self.inner.store.lookup(cx.session_id(), query.keys(), now, &mut hits)?;
            let registered = self.registered()?;
            let nonce = Nonce::generate(&*self.inner.entropy)?;
            let (outcome, why) = pipeline.tool_call(cx, call, query, &hits, facts, &registered, nonce, now);
            judgement = why;
            Ok(outcome)
        });
        told(verdict, judgement)
    }

    /// Goes on with a call that waited for a person.
    pub fn confirm_action(&self, cx: &SecurityContext, pending: PendingCall, answer: &Answer) -> ToolVerdict {
        let mut judgement = Judgement::default();
        let about = self.about_call(pending.call(), &pending.call().canonical(), pending.event());
        let verdict = self.perform(cx, Stage::Approval, Layer::ActionGate, about, |now, facts| {
            let pipeline = &self.inner.pipeline;
            let query = pipeline.call_query(pending.call());
            let mut hits = Hits::new();
            self.inner.store.lookup(cx.session_id(), query.keys(), now, &mut hits)?;
            let (outcome, why) = pipeline.answered(cx, pending, answer, query, &hits, facts, now);
            judgement = why;
            Ok(outcome)
        });
        told(verdict, judgement)
    }

    /// Judges a text that is to leave.
    pub fn check_outbound<'t>(&self, cx: &SecurityContext, out: Outbound<'t>) -> Verdict<Released<'t>> {
        let parent = self.cause(cx);
        let draft = |draft: EventDraft| caused(draft, parent).subject(self.evidence(out.text()));
        self.perform(cx, Stage::Outbound, Layer::OutboundDlp, draft, |now, facts| {
            self.bounded(out.text())?;
            let (inner, session) = (&self.inner, cx.session_id());
            let limits = inner.pipeline.limits();
            let normalized = NormalizedText::new(out.text(), limits);
            let probe = Probe::new(&normalized);
            let mut hits = Hits::new();
            inner.store.lookup(session, probe.keys(), now, &mut hits)?;
            let overlaps = probe
                .measure(&hits, |record| inner.store.segment(session, record, now), limits)?
                .missing(facts.unindexed());
            let registered = self.registered()?;
            Ok(inner.pipeline.outbound(&out, &normalized, &overlaps, &registered))
        })
    }

    /// Registers values that must not leave, for every session: they are kept as keyed fingerprints and found in
    /// every form and view. How many are registered by now. When one of them is too short to be told from ordinary
    /// text, none is registered.
    pub fn register(
        &self,
        cx: &SecurityContext,
        values: &[SecretValue],
        kind: RegisteredKind,
    ) -> Verdict<usize> {
        self.perform(
            cx,
            Stage::Register,
            Layer::OutboundDlp,
            |draft| draft,
            |_, _| {
                let mut registered = self.inner.registered.write().map_err(|_| Fault::Poisoned)?;
                let mut more = Registered::clone(&registered);
                for value in values {
                    if let Err(error) = more.register(value, kind) {
                        return Ok(self.inner.pipeline.refuse(&TOO_SHORT, error.to_string()));
                    }
                }
                let count = more.len();
                *registered = Arc::new(more);
                drop(registered);
                Ok(self.inner.pipeline.pass(count))
            },
        )
    }

    /// Ends the conversation that the session stands for: texts, turns and held texts go. What it came in touch
    /// with does not: the floor stays, because the model may still know what it read.
    pub fn reset(&self, cx: &SecurityContext) -> Verdict<()> {
        self.perform(
            cx,
            Stage::Reset,
            Layer::Provenance,
            |draft| draft,
            |now, _| {
                self.inner.store.reset(cx.session_id(), Reset::KeepFloor, now)?;
                Ok(self.inner.pipeline.pass(()))
            },
        )
    }
}

/// A verdict whose consequences are in the store.
struct Kept<T> {
    verdict: Verdict<T>,
    record: Option<RecordId>,
    turn: Option<TurnEvent>,
}

/// The order of effects.
impl Guard {
    /// Reads, decides, keeps, records; and turns whatever fails into a block.
    fn perform<T>(
        &self,
        cx: &SecurityContext,
        stage: Stage,
        layer: Layer,
        about: impl FnOnce(EventDraft) -> EventDraft,
        decide: impl FnOnce(Moment, &SessionFacts) -> Result<Outcome<T>, Fault>,
    ) -> Verdict<T> {
        let (now, decided) = match self.inner.clock.now() {
            Ok(now) => (now, self.decided(cx, now, decide)),
            // The audit still learns of it, at the time that nobody knows.
            Err(error) => (Moment::default(), Err(Fault::Clock(error))),
        };
        let mut draft = about(EventDraft::new(stage, self.inner.pipeline.policy()).context(cx));
        let (mut verdict, turn) = match decided {
            Ok(outcome) => {
                if let Some(record) = outcome.record {
                    draft = draft.record(record);
                }
                (outcome.verdict, outcome.turn)
            }
            Err(fault) => (Verdict::Block(self.faulted(layer, &fault)), None),
        };
        let report = verdict.report();
        draft = draft.disposition(report.disposition()).findings(report.findings());
        let observers = self.inner.observers.iter().map(|observer| &**observer);
        let event = match self.inner.chain.record(draft, now, observers) {
            Ok(event) => event.digest(),
            // SECURITY: what is not in the log did not happen: the verdict does not leave.
            Err(error) => return Verdict::Block(self.faulted(layer, &Fault::Audit(error))),
        };
        verdict.report_mut().recorded(event);
        if let Some(turn) = turn
            && let Err(error) = self.inner.store.next_turn(cx.session_id(), turn.recorded_by(event), now)
        {
            return Verdict::Block(self.faulted(layer, &Fault::Store(error)));
        }
        verdict
    }

    fn decided<T>(
        &self,
        cx: &SecurityContext,
        now: Moment,
        decide: impl FnOnce(Moment, &SessionFacts) -> Result<Outcome<T>, Fault>,
    ) -> Result<Kept<T>, Fault> {
        let (store, session) = (&self.inner.store, cx.session_id());
        let facts = store.facts(session, now)?;
        let Outcome { mut verdict, delta } = decide(now, &facts)?;
        let record = delta.record();
        if delta.facts != SessionFacts::new() {
            store.merge(session, &delta.facts, now)?;
        }
        if let Some((segment, keys)) = delta.segment {
            store.append(session, segment, &keys, now)?;
        }
        if let Some(held) = delta.held {
            verdict.report_mut().held_as(store.hold(session, held, now)?);
        }
        Ok(Kept { verdict, record, turn: delta.turn })
    }

    fn bounded(&self, text: &str) -> Result<(), Fault> {
        let (len, max) = (text.len(), self.inner.pipeline.limits().max_input);
        if len > max { Err(Fault::TooLong { len, max }) } else { Ok(()) }
    }

    fn fresh_record(&self) -> Result<RecordId, Fault> {
        Ok(RecordId::from_u64(u64::from_be_bytes(self.inner.entropy.bytes()?)))
    }

    fn registered(&self) -> Result<Arc<Registered>, Fault> {
        self.inner.registered.read().map(|registered| Arc::clone(&registered)).map_err(|_| Fault::Poisoned)
    }

    /// What the audit says of a call.
    fn about_call(
        &self,
        call: &ToolCall,
        canonical: &str,
        parent: Option<Digest>,
    ) -> impl FnOnce(EventDraft) -> EventDraft + use<> {
        let (tool, server) = (call.tool().clone(), call.server().cloned());
        let subject = self.evidence(canonical);
        move |draft| {
            let draft = caused(draft, parent).tool(tool).subject(subject);
            match server {
                Some(server) => draft.server(server),
                None => draft,
            }
        }
    }

    fn evidence(&self, text: &str) -> Evidence {
        Evidence::of(text, self.inner.pipeline.evidence())
    }

    /// The audit event of the newest user message: what the agent acts on. Only told, never decided on, so a store
    /// that cannot say is no reason to refuse.
    fn cause(&self, cx: &SecurityContext) -> Option<Digest> {
        let now = self.inner.clock.now().ok()?;
        let turn = self.inner.store.message(cx.session_id(), MessageRef::Latest, now).ok()??;
        match turn.event {
            TurnEvent::UserMessage { event, .. } => Some(event),
            _ => None,
        }
    }

    fn faulted(&self, layer: Layer, fault: &Fault) -> Blocked {
        let finding =
            Finding::custom(layer, RuleId::new(fault.rule()), Severity::Critical, fault.to_string());
        Blocked::new(
            fault.advice(),
            Report::new(Disposition::Block, vec![finding], self.inner.pipeline.policy()),
        )
    }
}

impl Fault {
    const fn rule(&self) -> &'static str {
        match self {
            Self::Clock(_) => "fault/clock",
            Self::Entropy(_) => "fault/entropy",
            Self::Store(StoreError::Full { .. }) => "fault/store-full",
            Self::Store(_) => "fault/store",
            Self::Audit(_) => "fault/audit",
            Self::Poisoned => "fault/poisoned",
            Self::TooLong { .. } => "fault/too-long",
        }
    }

    /// What the caller can do. Nothing of the inside; the finding has that.
    const fn advice(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => {
                "refused: the input is longer than the guard's limit; send a smaller part of it"
            }
            Self::Store(StoreError::Full { .. }) => {
                "refused: the guard has no room for more; end sessions that are not needed, or ask the operator"
            }
            _ => "refused: the guard cannot do its work; try again, or ask the operator",
        }
    }
}

/// A verdict over a call, told with its reasons.
fn told(verdict: Verdict<Judged>, mut judgement: Judgement) -> ToolVerdict {
    match verdict {
        Verdict::Pass(Judged::Approved(mut approved), report) => {
            approved.allowed_in(report.audit());
            ToolVerdict::Allow(approved, Decided { report, judgement })
        }
        Verdict::Pass(Judged::Asking(mut pending), report) => {
            pending.asked_in(report.audit());
            ToolVerdict::Confirm(pending, Decided { report, judgement })
        }
        Verdict::Block(blocked) => {
            judgement.refused(&blocked);
            ToolVerdict::Deny(blocked, judgement)
        }
    }
}

fn caused(draft: EventDraft, parent: Option<Digest>) -> EventDraft {
    match parent {
        Some(parent) => draft.parent(parent),
        None => draft,
    }
}

const NOT_HELD: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/not-held",
    Severity::Medium,
    "nothing of that id is kept back: it was released already, or belongs to another session",
);

const TOO_SHORT: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/register/too-short",
    Severity::Medium,
    "a value is too short to be registered",
);

/// What the guard itself can find.
pub const RULES: &[Rule] = &[NOT_HELD, TOO_SHORT];
