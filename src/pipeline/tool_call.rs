//! A tool call: L4 labels its arguments, L9 decides, L3 looks at what leaves in them, L12 asks.

use super::{Delta, Outcome, SecurityPipeline};
use crate::base::{
    Blocked, Disposition, Finding, JsonPointer, Moment, Nonce, Report, RuleId, SecurityContext, Verdict,
    sha256,
};
use crate::layers::l03_outbound_dlp::Registered;
use crate::layers::l04_provenance::{CallQuery, LabelledLeaf};
use crate::layers::l09_tool_firewall::{Permitted, Question, Refused};
use crate::layers::l12_action_gate::{Answer, Approved, Gate, PendingCall};
use crate::policy::{Capability, Origin};
use crate::state::overlap::Overlaps;
use crate::state::{Hits, SessionFacts, TurnEvent};
use crate::text::NormalizedText;
use crate::text::json::Node;
use crate::values::ToolCall;

/// Why a call was decided as it was: the policy's rule, the reason in words, and where each argument came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    rule: Option<RuleId>,
    reason: String,
    labels: Vec<LabelledLeaf>,
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

    /// The same, refused for another reason than the policy's.
    pub(crate) fn refused(&mut self, blocked: &Blocked) {
        self.reason = blocked.to_string();
    }

    fn of(permitted: &Permitted) -> Self {
        let reason = permitted.ask().map_or("the policy allows it", Question::reason);
        Self {
            rule: permitted.rule().cloned(),
            reason: reason.to_owned(),
            labels: permitted.leaves().to_vec(),
        }
    }

    fn of_refused(refused: Refused) -> (Self, Finding) {
        let (finding, labels, rule) = refused.into_parts();
        (Self { rule, reason: finding.message.to_string(), labels }, finding)
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

impl SecurityPipeline {
    /// What has to be looked up in the session's index before a call can be judged.
    pub fn call_query(&self, call: &ToolCall) -> CallQuery {
        self.provenance.query(call, &self.limits)
    }

    /// Judges a call. `hits` is what the session's index has for `query`.
    #[expect(clippy::too_many_arguments, reason = "a pure function is given all that it decides on")]
    pub fn tool_call(
        &self,
        cx: &SecurityContext,
        call: ToolCall,
        query: CallQuery,
        hits: &Hits,
        facts: &SessionFacts,
        registered: &Registered,
        nonce: Nonce,
        now: Moment,
    ) -> (Outcome<Judged>, Judgement) {
        let labelled = self.provenance.label(query, hits, facts);
        let permitted = match self.firewall.decide(call, labelled, cx, facts) {
            Ok(permitted) => permitted,
            Err(refused) => {
                let (judgement, finding) = Judgement::of_refused(refused);
                return (self.block(judgement.reason.clone(), vec![finding]), judgement);
            }
        };
        let mut findings: Vec<Finding> =
            permitted.ask().map(|ask| ask.finding().clone()).into_iter().collect();
        let mut judgement = Judgement::of(&permitted);
        let permitted = match self.leaving(permitted, registered, &mut findings) {
            Ok(permitted) => permitted,
            Err(reason) => {
                judgement.reason.clone_from(&reason);
                return (self.block(reason, findings), judgement);
            }
        };
        judgement.reason = Judgement::of(&permitted).reason;
        let outcome = match self.gate.gate(permitted, nonce, now) {
            Gate::Approved(approved) => self.approve(approved, findings),
            Gate::Ask(pending) => {
                let report = Report::new(Disposition::Confirm, findings, self.policy());
                Outcome { verdict: Verdict::Pass(Judged::Asking(pending), report), delta: Delta::default() }
            }
        };
        (outcome, judgement)
    }

    /// Goes on with a call that waited for a person. What came in meanwhile counts: a call that would be denied by
    /// now is denied, whatever was answered.
    #[expect(clippy::too_many_arguments, reason = "a pure function is given all that it decides on")]
    pub fn answered(
        &self,
        cx: &SecurityContext,
        pending: PendingCall,
        answer: &Answer,
        query: CallQuery,
        hits: &Hits,
        facts: &SessionFacts,
        now: Moment,
    ) -> (Outcome<Judged>, Judgement) {
        let labelled = self.provenance.label(query, hits, facts);
        let judgement = match self.firewall.decide(pending.call().clone(), labelled, cx, facts) {
            Ok(permitted) => Judgement::of(&permitted),
            Err(refused) => {
                let (judgement, finding) = Judgement::of_refused(refused);
                return (self.block(judgement.reason.clone(), vec![finding]), judgement);
            }
        };
        match self.gate.answer(pending, answer, cx, now) {
            Ok(approved) => (self.approve(approved, Vec::new()), judgement),
            Err(finding) => (self.block(finding.message.clone(), vec![*finding]), judgement),
        }
    }

    fn approve(&self, approved: Approved, findings: Vec<Finding>) -> Outcome<Judged> {
        let turn = TurnEvent::Call(sha256(&[approved.call().canonical().as_bytes()]));
        let report = Report::new(Disposition::Allow, findings, self.policy());
        let mut outcome =
            Outcome { verdict: Verdict::Pass(Judged::Approved(approved), report), delta: Delta::default() };
        outcome.delta.turn = Some(turn);
        outcome
    }

    /// What leaves in the arguments of a tool that sends: secrets do not, unless the user gave them for it; then a
    /// person says yes.
    fn leaving(
        &self,
        mut permitted: Permitted,
        registered: &Registered,
        findings: &mut Vec<Finding>,
    ) -> Result<Permitted, String> {
        if !permitted.capabilities().contains(Capability::Egress) {
            return Ok(permitted);
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
            let checked = self.dlp.check(&text, &Overlaps::default(), registered, &self.evidence);
            let (found, passed) = checked.into_parts();
            let given = !found.is_empty() && !is_key && given_by_user(&permitted, &pointer);
            for finding in found {
                let finding = finding.in_argument(pointer.clone());
                if passed.is_none() {
                    let slot = if given { &mut asks } else { &mut refused };
                    slot.get_or_insert_with(|| finding.clone());
                }
                findings.push(finding);
            }
        }
        if let Some(finding) = refused {
            return Err(format!("the call would carry out what must not leave: {}", finding.message));
        }
        if let Some(finding) = asks {
            let words = format!("the call carries a secret that the user gave: {}", finding.message);
            permitted = permitted.asking(finding.saying(words));
        }
        Ok(permitted)
    }
}

fn given_by_user(permitted: &Permitted, pointer: &JsonPointer) -> bool {
    permitted.leaves().iter().any(|leaf| leaf.pointer() == pointer && leaf.origin() == Origin::User)
}
