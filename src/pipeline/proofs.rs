//! What goes with a call: bindings, parked approvals, and its arguments judged alone.

use std::time::Duration;

use super::{Judged, Judgement, Known, Outcome, SecurityPipeline};
use crate::base::{Digest, Disposition, Moment, Nonce, SecurityContext, Verdict};
use crate::layers::l04_provenance::CallQuery;
use crate::layers::l06_rate_limit::Charge;
use crate::layers::l10_validation::Schema;
use crate::layers::l12_action_gate::PendingCall;
use crate::state::{Hits, SessionFacts, Turn};
use crate::text::json::Json;
use crate::values::{Authorization, Proposal, ToolCall};

/// What a parked call brings back besides itself.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    prompt: Digest,
    nonce: Nonce,
    expires: u64,
}

impl SecurityPipeline {
    /// Seals a call with everything that it stands for.
    #[expect(clippy::too_many_arguments, reason = "a pure function is given all that it decides on")]
    pub fn bind(
        &self,
        cx: &SecurityContext,
        call: &ToolCall,
        query: CallQuery,
        hits: &Hits,
        facts: &SessionFacts,
        latest: Option<Turn>,
        ttl: Option<Duration>,
        nonce: Nonce,
        now: Moment,
    ) -> Outcome<String> {
        let labelled = self.provenance.label(query, hits, facts);
        let terms = self.terms(cx, call, labelled.leaves(), facts, latest);
        match self.binding.bind(&terms, ttl, nonce, now) {
            Ok(token) => self.pass(token),
            Err(finding) => self.stopped(*finding),
        }
    }

    /// Seals a call that waits for a person.
    pub fn park(&self, cx: &SecurityContext, pending: &PendingCall) -> String {
        let proposal = pending.proposal();
        let mut members = vec![("call".to_owned(), Json::String(proposal.call().canonical()))];
        members.extend(proposal.authorization().map(|shown| ("authorization".to_owned(), shown.to_json())));
        members.extend(proposal.binding().map(|token| ("binding".to_owned(), token.into())));
        let payload = Json::Object(members).to_canonical();
        self.binding.park(cx, &payload, &pending.prompt().digest(), pending.nonce(), pending.expires())
    }

    /// Opens what [`SecurityPipeline::park`] sealed.
    ///
    /// # Errors
    /// The refusal.
    pub fn unpark(
        &self,
        cx: &SecurityContext,
        parked: &str,
        now: Moment,
    ) -> Result<(Proposal, Ticket), Box<Outcome<Judged>>> {
        let opened =
            self.binding.unpark(cx, parked, now).map_err(|finding| Box::new(self.stopped(*finding)))?;
        let (payload, prompt, nonce, expires) = opened.into_parts();
        match self.proposal(&payload) {
            Some(proposal) => Ok((proposal, Ticket { prompt, nonce, expires })),
            // INVARIANT: the seal was ours, so the payload is what `park` wrote.
            None => Err(Box::new(self.block("the parked call cannot be read", Vec::new()))),
        }
    }

    fn proposal(&self, payload: &str) -> Option<Proposal> {
        let Json::Object(members) = Json::parse(payload, &self.limits).ok()? else { return None };
        let (mut call, mut authorization, mut binding) = (None, None, None);
        for (key, value) in members {
            match key.as_str() {
                "call" => call = Some(value),
                "authorization" => authorization = Some(value),
                _ => binding = Some(value),
            }
        }
        let mut proposal = Proposal::new(ToolCall::from_json(call?.as_str()?, &self.limits).ok()?);
        if let Some(authorization) = authorization {
            proposal = proposal.authorized_by(Authorization::from_json(authorization).ok()?);
        }
        Some(match binding {
            Some(binding) => proposal.bound_by(binding.as_str()?),
            None => proposal,
        })
    }

    /// Judges a parked call again. The question stays the one that was asked: what is shown has to be the same.
    pub fn resumed(
        &self,
        ticket: &Ticket,
        proposal: Proposal,
        query: CallQuery,
        charges: Vec<Charge>,
        known: &Known<'_>,
    ) -> (Outcome<Judged>, Judgement) {
        let (mut outcome, judgement) = self.tool_call(proposal, query, charges, known, ticket.nonce);
        outcome.verdict = match outcome.verdict {
            Verdict::Pass(Judged::Asking(pending), report) => {
                if pending.prompt().digest() != ticket.prompt {
                    return (self.stopped(PendingCall::changed()), judgement);
                }
                Verdict::Pass(Judged::Asking(pending.until(ticket.expires)), report)
            }
            // What needs no approval any more is proposed anew, without the ticket.
            other => other,
        };
        (outcome, judgement)
    }

    /// Judges the arguments of a call alone.
    pub fn validate(&self, call: &ToolCall, schema: Option<&Schema>) -> Outcome<()> {
        match self.validation.validate(call, schema) {
            Ok(validated) => self.summed(Disposition::Allow, validated.findings().to_vec()),
            Err(invalid) => self.block(invalid.message().to_owned(), invalid.findings().to_vec()),
        }
    }
}
