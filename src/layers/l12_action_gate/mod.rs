//! Stops a sensitive call that no person said yes to.
//!
//! **Promise.** A call that the policy wants approved runs only after an answer to the very prompt that was
//! shown for it: an answer carries the prompt's digest, is used once, and expires. Nobody to ask, too late,
//! could not ask: the answer is no. The prompt shows the canonical arguments with every invisible character and
//! every letter that poses as another spelled out, and where each came from, in our words: nothing of it is the
//! model's free text. When the answer comes, the call is judged again: what came in meanwhile counts.
//!
//! **Not promised.** That the person reads it. That a channel which the agent itself can answer is a second
//! factor: choose a [`Confirmer`] that the agent cannot reach.
//!
//! Up: `docs/architecture.md`. Down: `tests/cases/l12_action_gate/`.

mod prompt;

pub use prompt::{ConfirmationPrompt, PromptArgument, Sources};

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::l11_binding::Bound;
use crate::base::{
    Awaited, Digest, Fenced, Finding, Layer, Moment, Nonce, PrincipalId, Rule, SecurityContext, ServerId,
    SessionId, Severity, Source, ToolName,
};
use crate::policy::Channel;
use crate::state::Once;
use crate::values::{Proposal, ToolCall};

/// How long a question stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionGateConfig {
    /// An answer after this time is a no.
    pub ttl: Duration,
}

impl ActionGateConfig {
    /// This long.
    pub const fn new(ttl: Duration) -> Self {
        Self { ttl }
    }
}

/// The layer: lets through what needs no question, and turns the rest into one.
#[derive(Debug, Clone, Copy)]
pub struct ActionGate {
    config: ActionGateConfig,
}

impl ActionGate {
    /// The gate with these settings.
    pub const fn compile(config: ActionGateConfig) -> Self {
        Self { config }
    }

    /// Lets a call through, or makes the question that has to be answered first.
    pub fn gate(
        &self,
        bound: Bound,
        proposal: Proposal,
        cx: &SecurityContext,
        sources: &Sources<'_>,
        nonce: Nonce,
        now: Moment,
    ) -> Gate {
        let permitted = bound.permitted();
        let Some(ask) = permitted.ask() else {
            return Gate::Approved(Approved::of(bound, None));
        };
        let prompt = ConfirmationPrompt::new(permitted, ask.reason(), nonce, sources);
        let ttl = u64::try_from(self.config.ttl.as_nanos()).unwrap_or(u64::MAX);
        Gate::Ask(PendingCall(Box::new(Pending {
            proposal,
            session: cx.session_id().clone(),
            principal: cx.principal_id().cloned(),
            prompt,
            nonce,
            expires: now.mono_ns.saturating_add(ttl),
            event: None,
        })))
    }

    /// Turns an answered question into an approved call. `bound` is the call as it was judged again, now.
    ///
    /// # Errors
    /// The finding that says why not: denied, not asked, too late, or an answer to another question.
    pub fn answer(
        &self,
        bound: Bound,
        pending: &PendingCall,
        answer: &Answer,
        cx: &SecurityContext,
        now: Moment,
    ) -> Result<Approved, Box<Finding>> {
        let pending = &*pending.0;
        let refused = |rule: &Rule| Err(Box::new(rule.finding()));
        // SECURITY: a question that one session raised, or one principal, must not be answered into another's history.
        if pending.session != *cx.session_id() || pending.principal.as_ref() != cx.principal_id() {
            return refused(&OTHER_SESSION);
        }
        // SECURITY: an answer that was given to another prompt must not open this one.
        if answer.prompt != pending.prompt.digest() {
            return refused(&OTHER_PROMPT);
        }
        // SECURITY: what the call wants by now counts: a weaker channel does not answer for a stronger one.
        let wanted = bound.permitted().approver();
        if answer.outcome == Outcome::Approve && answer.channel < wanted {
            return refused(&WEAK_CHANNEL);
        }
        let left = pending.expires.saturating_sub(now.mono_ns);
        if left == 0 {
            return refused(&EXPIRED);
        }
        match answer.outcome {
            // SECURITY: a call that was parked exists twice; it is answered once.
            Outcome::Approve => {
                let once = Once::new(pending.nonce, Duration::from_nanos(left), &ANSWERED);
                Ok(Approved::of(bound, Some(once)))
            }
            Outcome::Deny => refused(&DENIED),
            Outcome::Unavailable => refused(&UNAVAILABLE),
        }
    }
}

/// What the gate says.
#[derive(Debug)]
pub enum Gate {
    /// Nothing to ask.
    Approved(Approved),
    /// A person has to answer first.
    Ask(PendingCall),
}

/// A call that may run, once. Born only here; neither cloned nor read from anywhere.
#[must_use = "an approval that is dropped dispatches nothing"]
#[derive(Debug)]
pub struct Approved {
    call: ToolCall,
    is_rewritten: bool,
    once: Vec<Once>,
    event: Option<Digest>,
}

impl Approved {
    fn of(bound: Bound, answered: Option<Once>) -> Self {
        let (permitted, binding) = bound.into_parts();
        let is_rewritten = permitted.is_rewritten();
        let (call, authorization) = permitted.into_parts();
        let once = [authorization, binding, answered].into_iter().flatten().collect();
        Self { call, is_rewritten, once, event: None }
    }

    /// What has to be claimed before it runs: proofs that are good for one call.
    pub(crate) fn take_once(&mut self) -> Vec<Once> {
        std::mem::take(&mut self.once)
    }

    /// Whether the policy changed the call that was asked for.
    pub const fn is_rewritten(&self) -> bool {
        self.is_rewritten
    }

    /// What is to be dispatched: these arguments, not the ones the model sent.
    pub const fn call(&self) -> &ToolCall {
        &self.call
    }

    /// The call to dispatch, and the receipt with which its result comes in.
    pub fn into_parts(self) -> (ToolCall, Receipt) {
        let receipt = self.receipt();
        (self.call, receipt)
    }

    pub(crate) fn receipt(&self) -> Receipt {
        Receipt { tool: self.call.tool().clone(), server: self.call.server().cloned(), event: self.event }
    }

    pub(crate) const fn allowed_in(&mut self, event: Option<Digest>) {
        self.event = event;
    }
}

/// Proof that a call was approved; its result comes in with it.
#[must_use = "a tool's result has to come in through `Guard::admit_result`"]
#[derive(Debug)]
pub struct Receipt {
    tool: ToolName,
    server: Option<ServerId>,
    event: Option<Digest>,
}

impl Receipt {
    /// Where the call's result comes from.
    pub(crate) fn source(&self) -> Source {
        Source::tool(match &self.server {
            Some(server) => format!("{server}/{}", self.tool),
            None => self.tool.to_string(),
        })
    }

    pub(crate) fn into_parts(self) -> (ToolName, Option<ServerId>, Option<Digest>) {
        (self.tool, self.server, self.event)
    }
}

/// A call that waits for a person. Give it back with the [`Answer`] that its prompt made.
#[must_use = "a call that waits runs only when its answer is given back"]
#[derive(Debug)]
pub struct PendingCall(Box<Pending>);

#[derive(Debug)]
struct Pending {
    proposal: Proposal,
    session: SessionId,
    principal: Option<PrincipalId>,
    prompt: ConfirmationPrompt,
    nonce: Nonce,
    expires: u64,
    event: Option<Digest>,
}

impl PendingCall {
    /// What to show.
    pub fn prompt(&self) -> &ConfirmationPrompt {
        &self.0.prompt
    }

    /// The call that waits.
    pub fn call(&self) -> &ToolCall {
        self.0.proposal.call()
    }

    /// The call, and what the host brought with it.
    pub fn proposal(&self) -> &Proposal {
        &self.0.proposal
    }

    /// A name for the question that nobody can guess: for hosts that keep it while they wait.
    pub fn token(&self) -> String {
        self.0.nonce.to_string()
    }

    /// The audit event that recorded the question.
    pub fn event(&self) -> Option<Digest> {
        self.0.event
    }

    pub(crate) const fn nonce(&self) -> Nonce {
        self.0.nonce
    }

    pub(crate) fn expires(&self) -> u64 {
        self.0.expires
    }

    pub(crate) fn asked_in(&mut self, event: Option<Digest>) {
        self.0.event = event;
    }

    /// Why a parked call is refused whose prompt would not be the one that was shown.
    pub fn changed() -> Finding {
        PROMPT_CHANGED.finding()
    }

    /// The same question, open until `expires`: a call that was parked gains no time.
    pub(crate) fn until(mut self, expires: u64) -> Self {
        self.0.expires = expires;
        self
    }
}

/// What was answered to one prompt. Made by the prompt itself, so that it fits no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    prompt: Digest,
    outcome: Outcome,
    channel: Channel,
}

impl Answer {
    /// The same, given by this way. Without it an answer counts as given in the conversation itself.
    #[must_use]
    pub const fn by(mut self, channel: Channel) -> Self {
        self.channel = channel;
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Approve,
    Deny,
    Unavailable,
}

/// Asks a person. Called outside every lock; a panic in it is a no.
pub trait Confirmer: fmt::Debug + Send + Sync {
    /// Shows the prompt and waits for the answer.
    fn confirm(&self, prompt: &ConfirmationPrompt) -> Answer;
}

/// Nobody can be asked: the default.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct DenyAll;

impl Confirmer for DenyAll {
    fn confirm(&self, prompt: &ConfirmationPrompt) -> Answer {
        prompt.unavailable()
    }
}

/// An answer that is still to come. Names no runtime.
pub type Answering<'a> = Awaited<'a, Answer>;

/// Asks a person, and waits without holding a thread. A panic in it is a no. It is awaited as long as it takes: an
/// answer that comes after the question has expired is a no.
pub trait AsyncConfirmer: fmt::Debug + Send + Sync {
    /// Shows the prompt; the future ends with the answer.
    fn confirm<'a>(&'a self, prompt: &'a ConfirmationPrompt) -> Answering<'a>;
}

/// Asks, and takes a panic of the host's code for "could not ask".
pub(crate) fn ask(confirmer: &dyn Confirmer, prompt: &ConfirmationPrompt) -> Answer {
    catch_unwind(AssertUnwindSafe(|| confirmer.confirm(prompt))).unwrap_or_else(|_| prompt.unavailable())
}

/// The same, waiting.
pub(crate) async fn ask_async(confirmer: &dyn AsyncConfirmer, prompt: &ConfirmationPrompt) -> Answer {
    Fenced::new(|| confirmer.confirm(prompt)).await.unwrap_or_else(|| prompt.unavailable())
}

const DENIED: Rule =
    Rule::new(Layer::ActionGate, "l12/denied", Severity::Medium, "a person was asked and said no");
const UNAVAILABLE: Rule = Rule::new(
    Layer::ActionGate,
    "l12/unavailable",
    Severity::Medium,
    "the call needs a person's approval and nobody could be asked",
);
const WEAK_CHANNEL: Rule = Rule::new(
    Layer::ActionGate,
    "l12/weak-channel",
    Severity::High,
    "the answer came by a way that the agent could have used; the policy wants another one",
);
const EXPIRED: Rule =
    Rule::new(Layer::ActionGate, "l12/expired", Severity::Medium, "the approval came too late");
const OTHER_PROMPT: Rule = Rule::new(
    Layer::ActionGate,
    "l12/other-prompt",
    Severity::High,
    "the answer belongs to another question than this call's",
);
const OTHER_SESSION: Rule = Rule::new(
    Layer::ActionGate,
    "l12/other-session",
    Severity::High,
    "the question was raised in another session, or for another principal",
);

const ANSWERED: Rule = Rule::new(
    Layer::ActionGate,
    "l12/answered-already",
    Severity::Critical,
    "the question was answered already; an approval is for one call",
);

const PROMPT_CHANGED: Rule = Rule::new(
    Layer::ActionGate,
    "l12/prompt-changed",
    Severity::High,
    "what the person would be shown has changed since the call was parked; ask again",
);

/// What this layer can find.
pub const RULES: &[Rule] =
    &[DENIED, UNAVAILABLE, WEAK_CHANNEL, EXPIRED, OTHER_PROMPT, OTHER_SESSION, ANSWERED, PROMPT_CHANGED];
