//! Calls: what servers say of their tools, what the agent wants to call, and the proofs that go with it.

use std::sync::Arc;
use std::time::Duration;

use super::{Fault, Guard, ToolVerdict, told};
use crate::audit::{EventDraft, Stage};
use crate::base::{Layer, Moment, Nonce, SecurityContext, ServerId, Verdict};
use crate::layers::l04_provenance::CallQuery;
use crate::layers::l06_rate_limit::Charge;
use crate::layers::l10_validation::Schema;
use crate::layers::l12_action_gate::{Answer, PendingCall, Sources};
use crate::pipeline::{Judgement, Known, ToolDefinition, ToolReport};
use crate::state::{Acquired, Hits, MessageRef, SessionFacts};
use crate::values::{Authorization, Proposal, ToolCall};

impl Guard {
    /// Takes in what a server says of its tools. Show the model only those whose report allows it.
    pub fn tool_definitions(
        &self,
        cx: &SecurityContext,
        server: Option<&ServerId>,
        tools: &[ToolDefinition],
    ) -> Verdict<Vec<ToolReport>> {
        let this = &self.pin();
        let draft = |draft: EventDraft| match server {
            Some(server) => draft.server(server.clone()),
            None => draft,
        };
        this.perform(cx, Stage::ToolDefinitions, Layer::ToolFirewall, draft, |_, facts| {
            let (outcome, schemas) = this.pipeline().definitions(server, tools, facts);
            this.inner.schemas.keep(schemas)?;
            Ok(outcome)
        })
    }

    /// Decides a tool call: by the policy, by what the tool can do, by where each argument came from. A bare
    /// [`ToolCall`] will do; a [`Proposal`] brings an authorization or a binding besides.
    pub fn check_tool_call(&self, cx: &SecurityContext, proposal: impl Into<Proposal>) -> ToolVerdict {
        let this = &self.pin();
        let proposal = proposal.into();
        let mut judgement = Judgement::default();
        let canonical = proposal.call().canonical();
        let about = this.about_call(proposal.call(), &canonical, this.cause(cx));
        let verdict = this.perform(cx, Stage::ToolCall, Layer::ToolFirewall, about, |now, facts| {
            this.bounded(&canonical)?;
            let nonce = Nonce::generate(&*this.inner.entropy)?;
            let (outcome, why) = this.judge(cx, &proposal, facts, now, |query, charges, known| {
                this.pipeline().tool_call(proposal.clone(), query, charges, known, nonce)
            })?;
            judgement = why;
            Ok(outcome)
        });
        told(verdict, judgement)
    }

    /// Goes on with a call that waited for a person.
    #[expect(clippy::needless_pass_by_value, reason = "a question is answered once")]
    pub fn confirm_action(&self, cx: &SecurityContext, pending: PendingCall, answer: &Answer) -> ToolVerdict {
        let this = &self.pin();
        let mut judgement = Judgement::default();
        let about = this.about_call(pending.call(), &pending.call().canonical(), pending.event());
        let verdict = this.perform(cx, Stage::Approval, Layer::ActionGate, about, |now, facts| {
            let (outcome, why) =
                this.judge(cx, pending.proposal(), facts, now, |query, charges, known| {
                    this.pipeline().answered(&pending, answer, query, charges, known)
                })?;
            judgement = why;
            Ok(outcome)
        });
        told(verdict, judgement)
    }

    /// Binds a call to everything that it stands for now: session, principal, definition, arguments and their
    /// labels, the user's newest message, the policy. The token opens that call, once, for `ttl` (at most an hour;
    /// without it, as long as the policy says). Binding judges nothing: the call still goes through
    /// [`Guard::check_tool_call`], with [`Proposal::bound_by`].
    pub fn bind_request(
        &self,
        cx: &SecurityContext,
        call: &ToolCall,
        ttl: Option<Duration>,
    ) -> Verdict<String> {
        let this = &self.pin();
        let canonical = call.canonical();
        let about = this.about_call(call, &canonical, this.cause(cx));
        this.perform(cx, Stage::Binding, Layer::Binding, about, |now, facts| {
            this.bounded(&canonical)?;
            let (inner, session) = (&this.inner, cx.session_id());
            let (query, hits) = this.looked_up(cx, call, now)?;
            let latest = inner.store.message(session, MessageRef::Latest, now)?;
            let nonce = Nonce::generate(&*inner.entropy)?;
            Ok(this.pipeline().bind(cx, call, query, &hits, facts, latest, ttl, nonce, now))
        })
    }

    /// Seals a call that waits for a person into a text that a host can put away: a ticket, a message to an approver.
    /// It opens with [`Guard::unpark`], in the same session and for the same principal, until the question expires.
    pub fn park(&self, cx: &SecurityContext, pending: &PendingCall) -> String {
        let this = &self.pin();
        this.pipeline().park(cx, pending)
    }

    /// Opens a parked call and judges it again. When what the person would be shown has changed since, it is
    /// refused: an approval of the old prompt is none of the new one.
    pub fn unpark(&self, cx: &SecurityContext, parked: &str) -> ToolVerdict {
        let this = &self.pin();
        let mut judgement = Judgement::default();
        let draft = |draft: EventDraft| draft.subject(this.evidence(parked));
        let verdict = this.perform(cx, Stage::Parked, Layer::ActionGate, draft, |now, facts| {
            this.bounded(parked)?;
            let (proposal, ticket) = match this.pipeline().unpark(cx, parked, now) {
                Ok(opened) => opened,
                Err(outcome) => return Ok(*outcome),
            };
            let (outcome, why) = this.judge(cx, &proposal, facts, now, |query, charges, known| {
                this.pipeline().resumed(&ticket, proposal.clone(), query, charges, known)
            })?;
            judgement = why;
            Ok(outcome)
        });
        told(verdict, judgement)
    }

    /// Judges the arguments of a call alone: the tool's schema, sizes, control characters, paths. Every call is
    /// judged so on its way; this is for hosts that want to know before.
    pub fn validate_tool_args(&self, cx: &SecurityContext, call: &ToolCall) -> Verdict<()> {
        let this = &self.pin();
        let canonical = call.canonical();
        let about = this.about_call(call, &canonical, this.cause(cx));
        this.perform(cx, Stage::Validation, Layer::Validation, about, |_, facts| {
            this.bounded(&canonical)?;
            let schema = this.schema(call, facts)?;
            Ok(this.pipeline().validate(call, schema.as_deref()))
        })
    }

    /// The schema of the tool's arguments, as its server gave it.
    fn schema(&self, call: &ToolCall, facts: &SessionFacts) -> Result<Option<Arc<Schema>>, Fault> {
        let Some(tool) = facts.tool(call.server(), call.tool()) else { return Ok(None) };
        self.inner.schemas.get(&tool.fingerprint())
    }

    /// Reads everything that a call is judged against, and lets `judge` judge it.
    fn judge<T>(
        &self,
        cx: &SecurityContext,
        proposal: &Proposal,
        facts: &SessionFacts,
        now: Moment,
        judge: impl FnOnce(CallQuery, Vec<Charge>, &Known<'_>) -> T,
    ) -> Result<T, Fault> {
        let (inner, session, call) = (&self.inner, cx.session_id(), proposal.call());
        let (query, hits) = self.looked_up(cx, call, now)?;
        let charges = self.pipeline().call_charges(cx, call, facts);
        let paces = self.peek(&charges, now)?;
        let registered = self.registered()?;
        let trail = self.trail(session)?;
        let named = match proposal.authorization().and_then(Authorization::message) {
            Some(message) => inner.store.message(session, MessageRef::Hash(message), now)?,
            None => None,
        };
        let schema = self.schema(call, facts)?;
        // Only told, never decided on: a store that cannot say is no reason to refuse.
        let source = |record| Some(inner.store.segment(session, record, now).ok()??.source().clone());
        let known = Known {
            cx,
            facts,
            hits: &hits,
            registered: &registered,
            trail: &trail,
            latest: inner.store.message(session, MessageRef::Latest, now)?,
            named,
            paces: &paces,
            schema: schema.as_deref(),
            sources: &Sources::new(&source),
            now,
        };
        Ok(judge(query, charges, &known))
    }

    /// What the session knows of a call's arguments.
    fn looked_up(
        &self,
        cx: &SecurityContext,
        call: &ToolCall,
        now: Moment,
    ) -> Result<(CallQuery, Hits), Fault> {
        let (inner, session) = (&self.inner, cx.session_id());
        let mut query = self.pipeline().call_query(call);
        let mut hits = Hits::new();
        inner.store.lookup(session, query.keys(), now, &mut hits)?;
        // A record that the store cannot give selects nothing: then a person is asked.
        let segment = |record| inner.store.segment(session, record, now).ok().flatten();
        let rows = self.pipeline().call_rows(&query, &hits, segment);
        if !rows.keys().is_empty() {
            let mut said = Hits::new();
            inner.store.lookup(session, rows.keys(), now, &mut said)?;
            query.select(&rows, &said);
        }
        Ok((query, hits))
    }

    /// What the store would answer to these charges.
    pub(super) fn peek(&self, charges: &[Charge], now: Moment) -> Result<Vec<Acquired>, Fault> {
        let peek = |charge: &Charge| self.inner.store.peek(charge.key(), charge.quota(), charge.cost(), now);
        Ok(charges.iter().map(peek).collect::<Result<_, _>>()?)
    }
}
