//! The facade: one guard for many sessions.
//!
//! Every verb does the same in the same order: read the clock and the session's facts, let the pipeline decide,
//! put what the decision leaves behind into the store, record the audit event, and only then hand the verdict
//! out. So a text is never used before its taint is known, and no verdict leaves that is not in the log. When a
//! step fails the answer is a block that says which.

mod builder;
mod calls;
mod extraction;
mod fence;
mod policies;
mod schemas;
mod stream;
mod texts;
mod tool;
mod trails;

pub use builder::{BuildError, BuildProblem, GuardBuilder};
pub use extraction::Extraction;
pub use policies::ReplaceError;
#[cfg(feature = "stream")]
pub use stream::CheckedStream;
pub use stream::OutboundStream;
pub use tool::ToolOutput;

pub use crate::layers::l00_sanitizer::{Decoded, Media, decode};
pub use crate::layers::l01_isolation::Spotlight;
pub use crate::layers::l03_outbound_dlp::RegisteredKind;
pub use crate::layers::l04_provenance::LabelledLeaf;
pub use crate::layers::l05_canary::Canary;
pub use crate::layers::l07_error_sanitizer::{ErrorKind, SafeError};
pub use crate::layers::l08_scopes::ScopeMap;
pub use crate::layers::l12_action_gate::{
    Answer, Answering, Approved, AsyncConfirmer, ConfirmationPrompt, Confirmer, DenyAll, PendingCall, Receipt,
};
pub use crate::pipeline::{
    Admitted, DefinitionError, Extract, Inbound, Judgement, Outbound, Quoting, Released, Sink,
    ToolDefinition, ToolReport,
};

use std::fmt;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use self::schemas::Schemas;
use self::trails::Trails;
use crate::audit::{AuditError, AuditObserver, Chain, EventDraft, Stage};
use crate::base::{
    Blocked, ClockError, Digest, Disposition, Entropy, EntropyError, Evidence, Finding, Layer, Moment,
    RecordId, Report, Rule, RuleId, SecurityContext, SessionId, Severity, Verdict,
};
use crate::detect::{AsyncJudge, DetectorId};
use crate::layers::l03_outbound_dlp::{Registered, Trail};
use crate::layers::l06_rate_limit::RateLimit;
use crate::pipeline::{Delta, Judged, Outcome, Seam, SecurityPipeline};
use crate::policy::Policy;
use crate::state::{Claim, MessageRef, SessionFacts, StateStore, StoreError, TurnEvent};
use crate::values::ToolCall;

/// Stands between an agent and the world. Cheap to clone; clones are the same guard. Any number of threads may
/// use it at once, on the same sessions or on others.
#[derive(Clone)]
pub struct Guard {
    inner: Arc<Inner>,
    /// The pipeline that this clone keeps to, whatever replaces it meanwhile.
    pinned: Option<Arc<SecurityPipeline>>,
}

struct Inner {
    pipeline: RwLock<Arc<SecurityPipeline>>,
    remake: policies::Remake,
    registered: RwLock<Arc<Registered>>,
    trails: Mutex<Trails>,
    store: Arc<dyn StateStore>,
    clock: Arc<dyn crate::base::Clock>,
    entropy: Arc<dyn Entropy>,
    confirmer: Arc<dyn Confirmer>,
    async_confirmer: Option<Arc<dyn AsyncConfirmer>>,
    judge: Option<(DetectorId, Arc<dyn AsyncJudge>)>,
    schemas: Schemas,
    patience: Duration,
    chain: Chain,
    observers: Vec<Arc<dyn AuditObserver>>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("policy", &self.pipeline().policy()).finish_non_exhaustive()
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
    #[error("the session knows the tool's definition, and this guard has not read its schema")]
    SchemaLost,
    #[error("an observer of the audit took {0} ms")]
    SlowAudit(u128),
}

impl Guard {
    /// Starts a guard under this policy. Everything else has a default; see [`GuardBuilder`].
    pub fn builder(policy: Policy) -> GuardBuilder {
        GuardBuilder::new(policy)
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
        let mut draft = about(EventDraft::new(stage, self.pipeline().policy()).context(cx));
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
        let event = match self.record(draft, now) {
            Ok(event) => event,
            // SECURITY: what is not in the log did not happen: the verdict does not leave.
            Err(fault) => return Verdict::Block(self.faulted(layer, &fault)),
        };
        verdict.report_mut().recorded(event);
        if let Some(turn) = turn
            && let Err(error) = self.inner.store.next_turn(cx.session_id(), turn.recorded_by(event), now)
        {
            return Verdict::Block(self.faulted(layer, &Fault::Store(error)));
        }
        verdict
    }

    /// Records an event. An observer that keeps the guard waiting is as good as none: the agent would hang with it.
    fn record(&self, draft: EventDraft, now: Moment) -> Result<Digest, Fault> {
        let observers = self.inner.observers.iter().map(|observer| &**observer);
        let watched = !self.inner.observers.is_empty();
        let began = if watched { self.inner.clock.now().unwrap_or(now) } else { now };
        let event = self.inner.chain.record(draft, now, observers)?.digest();
        if watched {
            let took = self.inner.clock.now()?.mono_ns.saturating_sub(began.mono_ns);
            let took = Duration::from_nanos(took);
            if took > self.inner.patience {
                return Err(Fault::SlowAudit(took.as_millis()));
            }
        }
        Ok(event)
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
        if let Err(stopped) = self.claim(&delta, now)? {
            return Ok(Kept { verdict: Verdict::Block(stopped), record: None, turn: None });
        }
        let record = delta.record();
        if delta.facts != SessionFacts::new() {
            store.merge(session, &delta.facts, now)?;
        }
        if let Some((segment, keys)) = delta.segment {
            store.append(session, segment, &keys, now)?;
        }
        if let Some(piece) = delta.sent {
            self.inner.trails.lock().map_err(|_| Fault::Poisoned)?.push(session, piece);
        }
        if let Some(edge) = delta.came {
            self.inner.trails.lock().map_err(|_| Fault::Poisoned)?.came(session, &edge);
        }
        if let Some(held) = delta.held {
            verdict.report_mut().held_as(store.hold(session, held, now)?);
        }
        Ok(Kept { verdict, record, turn: delta.turn })
    }

    /// Claims the proofs that are good once, then charges. Both were looked at before; this settles it among threads.
    fn claim(&self, delta: &Delta, now: Moment) -> Result<Result<(), Blocked>, Fault> {
        let (store, pipeline) = (&self.inner.store, self.pipeline());
        for once in &delta.once {
            if store.claim_once(once.nonce(), once.ttl(), now)? == Claim::Again {
                return Ok(Err(pipeline.blocked(once.spent().finding())));
            }
        }
        for charge in &delta.charges {
            let answer = store.acquire(charge.key(), charge.quota(), charge.cost(), now)?;
            // A limit that refuses ends it: what stands behind it is not charged for a call that does not run.
            if let Err(exceeded) = RateLimit::charged(charge, answer) {
                return Ok(Err(pipeline.blocked(exceeded.into_finding())));
            }
        }
        Ok(Ok(()))
    }

    fn bounded(&self, text: &str) -> Result<(), Fault> {
        let (len, max) = (text.len(), self.pipeline().limits().max_input);
        if len > max { Err(Fault::TooLong { len, max }) } else { Ok(()) }
    }

    fn fresh_record(&self) -> Result<RecordId, Fault> {
        Ok(RecordId::from_u64(u64::from_be_bytes(self.inner.entropy.bytes()?)))
    }

    fn registered(&self) -> Result<Arc<Registered>, Fault> {
        self.inner.registered.read().map(|registered| Arc::clone(&registered)).map_err(|_| Fault::Poisoned)
    }

    fn trail(&self, session: &SessionId) -> Result<Arc<Trail>, Fault> {
        Ok(self.inner.trails.lock().map_err(|_| Fault::Poisoned)?.of(session))
    }

    /// The end of what came into the session last.
    fn seam(&self, session: &SessionId) -> Result<Seam, Fault> {
        Ok(self.inner.trails.lock().map_err(|_| Fault::Poisoned)?.seam(session))
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
        Evidence::of(text, self.pipeline().evidence())
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
        Blocked::new(fault.advice(), Report::new(Disposition::Block, vec![finding], self.pipeline().policy()))
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
            Self::SchemaLost => "fault/schema-lost",
            Self::SlowAudit(_) => "fault/audit-slow",
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
            Self::SchemaLost => "refused: the tool has to be described again before it is called",
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
