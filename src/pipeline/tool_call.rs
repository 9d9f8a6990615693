//! A tool call: L4 labels its arguments, L6 looks at the quotas, L8 at the scopes, L9 decides, L3 and L5 look at what
//! leaves in them, L10 at what they are, L11 at the binding, L12 asks.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Delta, Outcome, SecurityPipeline};
use crate::base::{
    Blocked, Disposition, Finding, JsonPointer, Moment, Nonce, RecordId, Report, RuleId, SecurityContext,
    Verdict, sha256,
};
use crate::layers::l03_outbound_dlp::{Piece, Registered, Trail};
use crate::layers::l04_provenance::{CallQuery, LabelledLeaf, RowsQuery};
use crate::layers::l06_rate_limit::{Charge, RateLimit};
use crate::layers::l09_tool_firewall::{Before, Permitted, Question, Shown};
use crate::layers::l10_validation::Schema;
use crate::layers::l11_binding::{Bound, Terms};
use crate::layers::l12_action_gate::{Answer, Approved, Gate, PendingCall, Sources};
use crate::policy::{Capability, Origin};
use crate::state::overlap::Overlaps;
use crate::state::{Acquired, Flag, Hits, Segment, SessionFacts, ToolFacts, Turn, TurnEvent};
use crate::text::NormalizedText;
use crate::text::json::Node;
use crate::values::{Proposal, ToolCall};

/// Why a call was decided as it was: the policy's rule, the reason in words, and where each argument came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    rule: Option<RuleId>,
    reason: String,
    labels: Vec<LabelledLeaf>,
    scopes: Scoping,
}

/// What a call needs of OAuth scopes, compared with what was granted. All empty where the host gave no map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Scoping {
    /// What the tool needs, when all of it was granted.
    pub required: BTreeSet<String>,
    /// What was granted beyond that: a token for this call alone can do without.
    pub surplus: BTreeSet<String>,
    /// What to ask for in a step-up.
    pub missing: BTreeSet<String>,
}

impl Judgement {
    /// The policy's rule that decided; `None` where no rule speaks of the call.
    pub const fn rule(&self) -> Option<&RuleId> {
        self.rule.as_ref()
    }

    /// The reason, in words that are safe for a model and that a person can act on.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The call's leaves with their labels.
    pub fn labels(&self) -> &[LabelledLeaf] {
        &self.labels
    }

    /// What the call needs of scopes.
    pub const fn scopes(&self) -> &Scoping {
        &self.scopes
    }

    /// The same, refused for another reason than the policy's.
    pub(crate) fn refused(&mut self, blocked: &Blocked) {
        self.reason = blocked.to_string();
    }
}

/// A call that was not refused.
#[derive(Debug)]
pub enum Judged {
    /// May be dispatched.
    Approved(Approved),
    /// A person has to answer first.
    Asking(PendingCall),
}

/// What a call is judged against besides the policy: what the guard read before.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "who brings effects of their own has to bring all of it")]
pub struct Known<'a> {
    /// On whose behalf.
    pub cx: &'a SecurityContext,
    /// What is known of the session.
    pub facts: &'a SessionFacts,
    /// What the session's index has for the call's query.
    pub hits: &'a Hits,
    /// What must not leave.
    pub registered: &'a Registered,
    /// What the session sent out before.
    pub trail: &'a Trail,
    /// The newest user message.
    pub latest: Option<Turn>,
    /// The user message that the authorization names.
    pub named: Option<Turn>,
    /// What the call's charges would be answered, one each.
    pub paces: &'a [Acquired],
    /// The schema of the tool's arguments, where a server gave one.
    pub schema: Option<&'a Schema>,
    /// Which source a record is of, for the person who is asked.
    pub sources: &'a Sources<'a>,
    /// When.
    pub now: Moment,
}

/// A call that went through every layer up to the question for a person.
struct Settled {
    bound: Bound,
    findings: Vec<Finding>,
    facts: SessionFacts,
    sent: Option<Piece>,
    /// The quotas of rules to which it is charged.
    counted: Vec<u64>,
}

/// What is charged of what was looked at: limits, and the quotas of the rules that speak of the call. One that was used up
/// before, and that a person or another rule let it past, stays as it is.
fn due(charges: Vec<Charge>, paces: &[Acquired], counted: &[u64]) -> Vec<Charge> {
    let answers = paces.iter().map(Some).chain(std::iter::repeat(None));
    let due = |(charge, pace): &(Charge, Option<&Acquired>)| {
        let used_up = matches!(pace, Some(Acquired::Refused { .. }));
        charge.of_rule().is_none_or(|quota| counted.contains(&quota) && !used_up)
    };
    charges.into_iter().zip(answers).filter(due).map(|(charge, _)| charge).collect()
}

/// Why a call does not go on, and what the session remembers of it.
struct Refusal {
    message: Cow<'static, str>,
    findings: Vec<Finding>,
    facts: SessionFacts,
}

impl Refusal {
    #[expect(clippy::unnecessary_box_returns, reason = "it is the error of a result, which should be small")]
    fn new(message: impl Into<Cow<'static, str>>, findings: Vec<Finding>, facts: SessionFacts) -> Box<Self> {
        Box::new(Self { message: message.into(), findings, facts })
    }
}

impl SecurityPipeline {
    /// What has to be looked up in the session's index before a call can be judged.
    pub fn call_query(&self, call: &ToolCall) -> CallQuery {
        self.provenance.query(call, &self.limits)
    }

    /// What has to be looked up to see whether the user's words lead to the records that a call's arguments refer to.
    pub fn call_rows(
        &self,
        query: &CallQuery,
        hits: &Hits,
        segment: impl Fn(RecordId) -> Option<Arc<Segment>>,
    ) -> RowsQuery {
        self.provenance.rows(query, hits, segment)
    }

    /// What a call would be charged, to be looked up before it is judged.
    pub fn call_charges(&self, cx: &SecurityContext, call: &ToolCall, facts: &SessionFacts) -> Vec<Charge> {
        let (_, capabilities) = self.firewall.capabilities(call, facts);
        self.rates.charges(call, capabilities, cx)
    }

    /// Judges a call. `charges` are its [`SecurityPipeline::call_charges`].
    pub fn tool_call(
        &self,
        proposal: Proposal,
        query: CallQuery,
        charges: Vec<Charge>,
        known: &Known<'_>,
        nonce: Nonce,
    ) -> (Outcome<Judged>, Judgement) {
        let mut judgement = Judgement::default();
        let settled = match self.settle(&proposal, query, &charges, known, &mut judgement) {
            Ok(settled) => settled,
            Err(refusal) => return (self.refused(*refusal, &mut judgement), judgement),
        };
        let Settled { bound, findings, facts, sent, counted } = settled;
        let charges = due(charges, known.paces, &counted);
        let outcome = match self.gate.gate(bound, proposal, known.cx, known.sources, nonce, known.now) {
            Gate::Approved(approved) => self.approve(approved, findings, facts, charges, sent),
            Gate::Ask(pending) => {
                let report = Report::new(Disposition::Confirm, findings, self.policy());
                Outcome { verdict: Verdict::Pass(Judged::Asking(pending), report), delta: Delta::default() }
            }
        };
        (outcome, judgement)
    }

    /// Goes on with a call that waited for a person. What came in meanwhile counts: a call that would be denied by
    /// now is denied, whatever was answered.
    pub fn answered(
        &self,
        pending: &PendingCall,
        answer: &Answer,
        query: CallQuery,
        charges: Vec<Charge>,
        known: &Known<'_>,
    ) -> (Outcome<Judged>, Judgement) {
        let mut judgement = Judgement::default();
        let settled = match self.settle(pending.proposal(), query, &charges, known, &mut judgement) {
            Ok(settled) => settled,
            Err(refusal) => return (self.refused(*refusal, &mut judgement), judgement),
        };
        match self.gate.answer(settled.bound, pending, answer, known.cx, known.now) {
            Ok(approved) => {
                let charges = due(charges, known.paces, &settled.counted);
                (self.approve(approved, settled.findings, settled.facts, charges, settled.sent), judgement)
            }
            Err(finding) => (self.block(finding.message.clone(), vec![*finding]), judgement),
        }
    }

    /// A call through L4, L6, L8, L9, L10, L3, L5 and L11, in that order.
    fn settle(
        &self,
        proposal: &Proposal,
        query: CallQuery,
        charges: &[Charge],
        known: &Known<'_>,
        judgement: &mut Judgement,
    ) -> Result<Settled, Box<Refusal>> {
        let &Known { cx, facts, now, .. } = known;
        let call = proposal.call();
        let refused =
            |finding: Finding| Refusal::new(finding.message.clone(), vec![finding], SessionFacts::new());
        let labelled = self.provenance.label(query, known.hits, facts);
        judgement.labels = labelled.leaves().to_vec();
        let paced = match RateLimit::look(charges, known.paces) {
            Ok(paced) => paced,
            Err(exceeded) => return Err(refused(exceeded.into_finding())),
        };
        let mut findings = paced.findings().to_vec();
        judgement.scopes = match self.scopes.check(call, cx) {
            Ok(scoped) => Scoping {
                required: scoped.required().clone(),
                surplus: scoped.surplus().clone(),
                missing: BTreeSet::new(),
            },
            Err(denied) => {
                judgement.scopes.missing.clone_from(denied.missing());
                return Err(refused(denied.into_finding()));
            }
        };
        let shown =
            proposal.authorization().map(|authorization| Shown { authorization, message: known.named });
        let source = |record| known.sources.source(record);
        let before = Before { facts, source: &source, used_up: paced.used_up() };
        let permitted = match self.firewall.decide(call.clone(), labelled, shown, cx, before, now) {
            Ok(permitted) => permitted,
            Err(denied) => {
                let (finding, _, rule) = denied.into_parts();
                judgement.rule = rule;
                return Err(refused(finding));
            }
        };
        judgement.rule = permitted.rule().cloned();
        findings.extend(permitted.ask().map(|ask| ask.finding().clone()));
        findings.extend_from_slice(permitted.notes());
        let (permitted, left, sent) = self.leaving(permitted, known, &mut findings)?;
        let (novel, written) = self.rates.recipients(call, permitted.capabilities(), facts).into_parts();
        findings.extend(novel);
        permitted.ask().map_or("the policy allows it", Question::reason).clone_into(&mut judgement.reason);
        let written = written.merge(permitted.taken());
        let validated = match self.validation.validate(permitted.call(), known.schema) {
            Ok(validated) => validated,
            Err(invalid) => {
                findings.extend_from_slice(invalid.findings());
                return Err(Refusal::new(invalid.message().to_owned(), findings, left));
            }
        };
        findings.extend_from_slice(validated.findings());
        let leaves = permitted.leaves().to_vec();
        let counted = permitted.counted().to_vec();
        let terms = self.terms(cx, call, &leaves, facts, known.latest);
        let bound = match self.binding.check(permitted, &validated, proposal.binding(), &terms, now) {
            Ok(bound) => bound,
            Err(finding) => {
                let message = finding.message.clone();
                findings.push(*finding);
                return Err(Refusal::new(message, findings, left));
            }
        };
        Ok(Settled { bound, findings, facts: left.merge(&written), sent, counted })
    }

    fn refused(&self, refusal: Refusal, judgement: &mut Judgement) -> Outcome<Judged> {
        judgement.reason = refusal.message.clone().into_owned();
        let mut outcome = self.block(refusal.message, refusal.findings);
        outcome.delta.facts = refusal.facts;
        outcome
    }

    /// What a binding of this call covers.
    pub(super) fn terms<'a>(
        &self,
        cx: &'a SecurityContext,
        call: &'a ToolCall,
        leaves: &'a [LabelledLeaf],
        facts: &SessionFacts,
        latest: Option<Turn>,
    ) -> Terms<'a> {
        let message = latest.and_then(|turn| match turn.event {
            TurnEvent::UserMessage { hash, .. } => Some(hash),
            _ => None,
        });
        let definition = facts.tool(call.server(), call.tool()).map(ToolFacts::fingerprint);
        Terms { cx, call, leaves, definition, message, policy: self.policy() }
    }

    fn approve(
        &self,
        mut approved: Approved,
        findings: Vec<Finding>,
        facts: SessionFacts,
        charges: Vec<Charge>,
        sent: Option<Piece>,
    ) -> Outcome<Judged> {
        let mut delta = Delta { facts, charges, sent, ..Delta::default() };
        delta.turn = Some(TurnEvent::Call(sha256(&[approved.call().canonical().as_bytes()])));
        delta.once = approved.take_once();
        let disposition = if approved.is_rewritten() { Disposition::Modify } else { Disposition::Allow };
        let report = Report::new(disposition, findings, self.policy());
        Outcome { verdict: Verdict::Pass(Judged::Approved(approved), report), delta }
    }

    /// What leaves in the arguments of a tool that sends: secrets do not, unless the user gave them for it; then a
    /// person says yes. Planted tokens are looked for in every call.
    fn leaving(
        &self,
        mut permitted: Permitted,
        known: &Known<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<(Permitted, SessionFacts, Option<Piece>), Box<Refusal>> {
        let watch = self.canaries.watch(known.cx.session_id(), known.facts);
        let canary = self.canaries.leaving(watch.look_at_call(permitted.call(), &self.limits));
        let (seen, left, passed) = canary.into_parts();
        let message = seen.first().map(|finding| finding.message.clone()).unwrap_or_default();
        findings.extend(seen);
        if passed.is_none() {
            return Err(Refusal::new(message, std::mem::take(findings), left));
        }
        if !permitted.capabilities().contains(Capability::Egress) {
            return Ok((permitted, left, None));
        }
        let mut refused = None;
        let mut asks = None;
        for (pointer, node) in permitted.call().args().walk() {
            let (text, is_key) = match node {
                Node::Key(key) => (key, true),
                Node::Leaf(leaf) => match leaf.as_str() {
                    Some(text) => (text, false),
                    None => continue,
                },
            };
            let text = NormalizedText::new(text, &self.limits);
            let sink = permitted.call().tool().as_str();
            let checked = self.dlp.check(&text, sink, &Overlaps::default(), known.registered, &self.evidence);
            let (found, passed) = checked.into_parts();
            let given = !found.is_empty() && !is_key && given_by_user(&permitted, &pointer);
            for finding in found {
                // SECURITY: the pointer of a key spells the key, which is what must not be told.
                let place = if is_key { JsonPointer::root() } else { pointer.clone() };
                let finding = finding.in_argument(place);
                // SECURITY: a call is dispatched as it was judged, so what would be redacted refuses it.
                if passed.as_ref().is_none_or(|(_, redactions)| !redactions.is_empty()) {
                    let slot = if given { &mut asks } else { &mut refused };
                    slot.get_or_insert_with(|| finding.clone());
                }
                findings.push(finding);
            }
        }
        let piece = Piece::of(&permitted.call().args().to_canonical());
        let sink = permitted.call().tool().as_str();
        let followed = self.dlp.follow(&piece, sink, known.trail, known.registered, &self.evidence);
        let stops = followed.disposition() > Disposition::Allow;
        for finding in followed.into_parts().0 {
            if stops {
                refused.get_or_insert_with(|| finding.clone());
            }
            findings.push(finding);
        }
        if let Some(finding) = refused {
            let message = format!("the call would carry out what must not leave: {}", finding.message);
            let stopped = SessionFacts::new().flag(Flag::Escalated);
            return Err(Refusal::new(message, std::mem::take(findings), stopped));
        }
        if let Some(finding) = asks {
            let words = format!("the call carries a secret that the user gave: {}", finding.message);
            permitted = permitted.asking(finding.saying(words));
        }
        Ok((permitted, left, Some(piece)))
    }
}

fn given_by_user(permitted: &Permitted, pointer: &JsonPointer) -> bool {
    permitted.leaves().iter().any(|leaf| leaf.pointer() == pointer && leaf.origin() == Origin::User)
}
