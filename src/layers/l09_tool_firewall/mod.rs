//! L9: a call that nobody allowed.
//!
//! **Attack.** The agent is talked into a call: one that sends, pays, deletes or runs something.
//!
//! **Promise.** A call goes on only where the policy says so, by what the tool can do and where each argument
//! came from. A tool that nobody described has every capability. What a server says of its own tools (names,
//! annotations, schemas) is a claim; a definition that changed within a session, or that carries an attack,
//! disables its tool.
//!
//! **Not promised.** That a tool does what it claims. That an allowed call is wise.
//!
//! Up: `docs/architecture.md`. Down: `tests/cases/l09_tool_firewall/`.

mod authorization;
mod claims;
mod past;

pub use authorization::Shown;
pub use claims::claimed;
pub use past::Before;
use past::History;

use std::collections::HashMap;
use std::sync::Arc;

use super::l04_provenance::{Labelled, LabelledLeaf};
use crate::base::{
    Finding, Integrity, JsonPointer, Label, Layer, Moment, RecordId, Rule, RuleId, SecurityContext, Severity,
    Source,
};
use crate::policy::{
    CameFrom, Capability, CapabilitySet, Channel, Decision, Effect, Leaf, Origin, Policy, Request, Rewrite,
};
use crate::state::{Counter, Flag, Once, SessionFacts, ToolFacts};
use crate::text::json::Json;
use crate::values::{ArgRole, Network, Purpose, ToolCall, WebAddress, name_words, purpose};

/// The layer: asks the policy.
#[derive(Debug, Clone)]
pub struct ToolFirewall {
    policy: Arc<Policy>,
}

impl ToolFirewall {
    /// The layer under this policy.
    pub const fn compile(policy: Arc<Policy>) -> Self {
        Self { policy }
    }

    /// Why no tool with this definition may be called, if so.
    pub fn definition(tool: &ToolFacts) -> Option<Finding> {
        if tool.is_changed() {
            return Some(CHANGED.finding());
        }
        tool.is_refused().then(|| POISONED.finding())
    }

    /// Whether somebody described the tool, and what it can do at the most.
    pub fn capabilities(&self, call: &ToolCall, facts: &SessionFacts) -> (bool, CapabilitySet) {
        self.policy.capabilities_of(call.tool(), call.server(), || {
            facts.tool(call.server(), call.tool()).map(|tool| CapabilitySet::from_bits(tool.capabilities()))
        })
    }

    /// Decides a labelled call.
    ///
    /// # Errors
    /// The refusal, with the call's labels.
    pub fn decide(
        &self,
        call: ToolCall,
        labelled: Labelled,
        shown: Option<Shown<'_>>,
        cx: &SecurityContext,
        before: Before<'_>,
        now: Moment,
    ) -> Result<Permitted, Refused> {
        let Before { facts, source, used_up } = before;
        let asked_for = labelled.asked_for();
        let needs_an_object = labelled.needs_an_object();
        let (is_spent, counted) = (labelled.is_spent(), labelled.counted());
        let leaves = labelled.into_leaves();
        let tool = facts.tool(call.server(), call.tool());
        if let Some(finding) = tool.and_then(Self::definition) {
            return Err(Refused { finding: Box::new(finding), leaves, rule: None });
        }
        let (described, most) = self.capabilities(&call, facts);
        let values: HashMap<JsonPointer, &Json> = call.args().leaves().collect();
        let capabilities = spent(most, call.tool().as_str(), &values, &leaves);
        let copied: Vec<CameFrom> = if self.policy.asks_sources() {
            leaves.iter().map(|leaf| came_from(leaf, facts, source)).collect()
        } else {
            Vec::new()
        };
        let mut seen = as_seen(&leaves, &values, call.args(), &copied);
        // SECURITY: an authorization that is not good for this call is worse than none, on either side of the protocol.
        let ttl = self.policy.settings().calls().authorization_ttl;
        let once = shown.map(|shown| shown.verify(&call, changes(capabilities), cx, ttl, now)).transpose();
        let once = match once {
            Ok(once) => once,
            Err(finding) => return Err(Refused { finding, leaves, rule: None }),
        };
        let authorized = once.is_some()
            // SECURITY: the user named the file; a stranger must not choose what is done to it.
            || named_by_user(&values, &leaves) && (asked_for || facts.integrity() > Integrity::Untrusted)
            || vouched(&leaves, needs_an_object) && (asked_for || only_looks(&values, &leaves));
        let request = Request::new(call.tool(), cx)
            .server(call.server())
            .capabilities(capabilities)
            .session(facts.floor())
            .user_spoke(facts.has(Flag::UserSpoke))
            .authorized(authorized)
            .canary_seen(facts.has(Flag::CanarySeen))
            .escalated(facts.has(Flag::Escalated))
            .described(described)
            .args(call.args())
            .used_up(used_up)
            .at(now);
        let mut notes = Vec::new();
        if self.policy.endorses() {
            let judged = seen.clone();
            for (rule, pointer) in self.policy.endorse(&request.leaves(&judged), &mut seen) {
                notes.push(ENDORSED.finding().saying(by(&ENDORSED, &rule)).in_argument(pointer));
            }
        }
        // What the policy believes counts for whether the call is the user's as it counts for everything else.
        let believed = !notes.is_empty() && asked_for && believed(&seen, needs_an_object);
        let authorized = authorized || believed;
        let request = request.authorized(authorized).leaves(&seen);
        let past = self.policy.looks_back().then(|| History::of(&values, &leaves, facts, source));
        let request = past.as_ref().map_or(request, |past| request.past(past));
        let taken =
            past.as_ref().map(|past| past.taken(&self.policy.steps(&request), &call)).unwrap_or_default();
        let taken = uses_up(taken, counted, capabilities, facts, &call);
        let mut decision = self.policy.decide(&request);
        for (rule, effect) in self.policy.shadows(&request) {
            notes.push(WATCHED.finding().saying(format!("{} ({effect})", by(&WATCHED, &rule))));
        }
        let rewrite = match self.policy.rewrite(&request, call.args()) {
            Ok(rewrite) => rewrite.filter(|_| decision.effect() != Effect::Deny),
            Err(error) => {
                let finding = UNCHANGEABLE.finding().saying(error.to_string()).in_argument(error.pointer);
                return Err(Refused { finding: Box::new(finding), leaves, rule: Some(error.rule) });
            }
        };
        let rewritten = match &rewrite {
            None => None,
            Some(rewrite) => {
                let Some(changed) = self.changed(&call, rewrite, &seen, &request, &mut decision) else {
                    let finding = UNCHANGEABLE.finding();
                    return Err(Refused {
                        finding: Box::new(finding),
                        leaves,
                        rule: decision.rule().cloned(),
                    });
                };
                for (pointer, rule) in &rewrite.changed {
                    notes.push(REWRITTEN.finding().saying(by(&REWRITTEN, rule)).in_argument(pointer.clone()));
                }
                Some(changed)
            }
        };
        let rule = decision.rule().cloned();
        let ask = match decision.effect() {
            Effect::Deny => {
                return Err(Refused { finding: Box::new(found(&DENIED, &decision)), leaves, rule });
            }
            Effect::RequireApproval => {
                notes.extend((is_spent && !authorized).then(|| SPENT_WISH.finding()));
                let finding = found(&APPROVAL, &decision);
                Some(Question { finding, reason: decision.operator_text(), approver: decision.approver() })
            }
            Effect::Allow => None,
        };
        let counted = self.policy.counted(&request);
        drop(seen);
        drop(values);
        let is_rewritten = rewritten.is_some();
        let call = rewritten.unwrap_or(call);
        Ok(Permitted { call, leaves, capabilities, rule, ask, once, notes, is_rewritten, taken, counted })
    }

    /// The call as the rules change it, judged once more; `decision` becomes the stricter of the two. `None` where the
    /// changed call is none, or the rules would change it again.
    // SECURITY: what is dispatched is what was judged, and a rule that changes a call loosens nothing.
    fn changed(
        &self,
        call: &ToolCall,
        rewrite: &Rewrite,
        seen: &[Leaf<'_>],
        request: &Request<'_>,
        decision: &mut Decision,
    ) -> Option<ToolCall> {
        let changed = ToolCall::new(call.tool().clone(), rewrite.args.clone()).ok()?;
        let changed = match call.server() {
            Some(server) => changed.on(server.clone()),
            None => changed,
        };
        let nowhere = CameFrom::nowhere();
        let leaves: Vec<Leaf<'_>> = changed
            .leaves()
            .map(|(pointer, value)| match seen.iter().find(|leaf| *leaf.pointer() == pointer) {
                Some(leaf) => Leaf::new(pointer, value, leaf.label(), leaf.origin())
                    .role(leaf.purpose())
                    .from(leaf.came_from()),
                // A value that was not there is the policy's own.
                None => Leaf::new(pointer, value, Label::NEUTRAL, Origin::Model).from(Some(&nowhere)),
            })
            .collect();
        let request = request.args(changed.args()).leaves(&leaves);
        if self.policy.rewrite(&request, changed.args()).ok()?.is_some() {
            return None;
        }
        let after = self.policy.decide(&request);
        *decision = decision.clone().stricter(after);
        drop(leaves);
        Some(changed)
    }
}

/// The leaves as a policy sees them. `copied` is empty where no rule asks for it.
fn as_seen<'a>(
    leaves: &[LabelledLeaf],
    values: &HashMap<JsonPointer, &'a Json>,
    args: &'a Json,
    copied: &'a [CameFrom],
) -> Vec<Leaf<'a>> {
    let seen = |(at, leaf): (usize, &LabelledLeaf)| {
        let (pointer, from) = (leaf.pointer().clone(), copied.get(at));
        if leaf.is_key() {
            return Leaf::key(pointer, leaf.label(), leaf.origin()).from(from);
        }
        // What has no value of its own stands for the call as a whole.
        let value = *values.get(&pointer).unwrap_or(&args);
        Leaf::new(pointer, value, leaf.label(), leaf.origin()).role(leaf.role()).from(from)
    };
    leaves.iter().enumerate().map(seen).collect()
}

/// What the session remembers of a call that fulfils a wish of which the number counts. What only reads fulfils none.
fn uses_up(
    taken: SessionFacts,
    counted: u16,
    capabilities: CapabilitySet,
    facts: &SessionFacts,
    call: &ToolCall,
) -> SessionFacts {
    if counted == 0 || !changes(capabilities) {
        return taken;
    }
    taken.did(facts.counter(Counter::Turns), counted, past::digest(call))
}

/// The texts that a leaf was copied from.
fn came_from(
    leaf: &LabelledLeaf,
    facts: &SessionFacts,
    source: &dyn Fn(RecordId) -> Option<Source>,
) -> CameFrom {
    let mut sources = Vec::new();
    // SECURITY: what the session's index could not hold may have been copied from all the same, and a record that the
    // store cannot give is one of which nothing is known.
    let mut unknown = leaf.origins().has_more() || facts.saturated() && leaf.origin() != Origin::User;
    for record in leaf.origins().iter() {
        match source(record) {
            Some(source) => sources.push(source),
            None => unknown = true,
        }
    }
    unknown |= sources.is_empty() && leaf.origin() == Origin::Source;
    let from = CameFrom::these(sources);
    if unknown { from.and_others() } else { from }
}

fn by(rule: &Rule, of_policy: &RuleId) -> String {
    format!("{}: rule `{}`", rule.meaning, of_policy.as_str())
}

/// Whether the user's own words name what the call is about: every argument that says what or whom.
// SECURITY: one argument that repeats a word of the user's must not stand for another that decides.
fn named_by_user(values: &HashMap<JsonPointer, &Json>, leaves: &[LabelledLeaf]) -> bool {
    /// Words in the keys of arguments that hold prose: the user asks for it and the model writes it.
    const PROSE: &[&str] = &[
        "content",
        "contents",
        "body",
        "text",
        "message",
        "subject",
        "note",
        "notes",
        "comment",
        "description",
        "summary",
    ];
    let is_prose = |leaf: &LabelledLeaf| {
        let key =
            leaf.pointer().steps().filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit())).last();
        key.is_some_and(|key| name_words(&key).iter().any(|word| PROSE.contains(&word.as_str())))
    };
    let speaks = |leaf: &&LabelledLeaf| {
        let value = values.get(leaf.pointer());
        leaf.is_key() || value.is_some_and(|value| matches!(value, Json::String(_) | Json::Number(_)))
    };
    let own = |leaf: &LabelledLeaf| leaf.origin() == Origin::User;
    let mut said = leaves.iter().filter(speaks);
    said.clone().any(own) && said.all(|leaf| own(leaf) || is_prose(leaf))
}

/// Whether everything that decides is the user's own, or a reference that their words lead to.
fn vouched(leaves: &[LabelledLeaf], needs_an_object: bool) -> bool {
    let vouched = |leaf: &LabelledLeaf| {
        leaf.origin() != Origin::Model && leaf.label().integrity() > Integrity::Untrusted
    };
    let mut deciding = leaves.iter().filter(|leaf| leaf.role().is_decisive()).peekable();
    // SECURITY: `delete_all_emails { reason }` has nothing that anybody could have named.
    (deciding.peek().is_some() || !needs_an_object) && deciding.all(vouched)
}

/// The same of leaves as the policy sees them, with what it endorses.
fn believed(seen: &[Leaf<'_>], needs_an_object: bool) -> bool {
    let mut deciding = seen.iter().filter(|leaf| leaf.purpose().is_decisive()).peekable();
    (deciding.peek().is_some() || !needs_an_object)
        && deciding
            .all(|leaf| leaf.origin() != Origin::Model && leaf.label().integrity() > Integrity::Untrusted)
}

/// Whether all that the call runs are command lines that only look.
fn only_looks(values: &HashMap<JsonPointer, &Json>, leaves: &[LabelledLeaf]) -> bool {
    let lines = leaves.iter().filter(|leaf| leaf.role() == ArgRole::Choice);
    let mut lines = lines.filter_map(|leaf| values.get(leaf.pointer())?.as_str()).peekable();
    lines.peek().is_some() && lines.all(|line| purpose(line) == Purpose::Looks)
}

/// Whether a tool with these capabilities can change or send anything.
fn changes(capabilities: CapabilitySet) -> bool {
    [Capability::Egress, Capability::Destructive, Capability::Exec, Capability::Persists]
        .into_iter()
        .any(|capability| capabilities.contains(capability))
}

/// A fetch of addresses that were copied whole is reading: it tells the far side nothing that the far side did
/// not hand out. An address that the model composed can carry anything, and so can any other text beside it.
///
/// A tool that only reads, as far as it says, fetches where an argument is an address.
fn spent(
    capabilities: CapabilitySet,
    tool: &str,
    values: &HashMap<JsonPointer, &Json>,
    leaves: &[LabelledLeaf],
) -> CapabilitySet {
    let fetches = CapabilitySet::NONE.with(Capability::ReadsUntrusted).with(Capability::Egress);
    let names_address = values.values().any(|value| value.as_str().is_some_and(|text| text.contains("://")));
    let capabilities = if names_address { capabilities.union(fetches) } else { capabilities };
    // SECURITY: `send_report { url }` has the capabilities of a fetch, and is none.
    if !claims::only_fetches(tool)
        || !fetches.is_subset(capabilities)
        || capabilities.without(Capability::ReadsPrivate) != fetches
    {
        return capabilities;
    }
    let mut texts =
        leaves.iter().filter_map(|leaf| Some((leaf, values.get(leaf.pointer())?.as_str()?))).peekable();
    let copied_whole = texts.peek().is_some()
        && texts.all(|(leaf, text)| {
            // SECURITY: a known host with a path or a query of the model's own is no known address.
            // SECURITY: inside the own network a GET is no reading, and where clouds keep credentials least of all.
            let public = WebAddress::read(text).is_some_and(|address| address.network() == Network::Public);
            !text.contains(char::is_whitespace) && leaf.is_known_address() && public
        });
    if copied_whole { capabilities.without(Capability::Egress) } else { capabilities }
}

fn found(rule: &Rule, decision: &Decision) -> Finding {
    let finding = rule.finding().saying(decision.model_text());
    match decision.matched().first() {
        Some(pointer) => finding.in_argument(pointer.clone()),
        None => finding,
    }
}

/// A call that the policy lets go on, by itself or after a person's yes. Only [`ToolFirewall`] makes one; it
/// carries the very call that was judged.
#[must_use = "a permitted call still has to pass the action gate"]
#[derive(Debug)]
pub struct Permitted {
    call: ToolCall,
    leaves: Vec<LabelledLeaf>,
    capabilities: CapabilitySet,
    rule: Option<RuleId>,
    ask: Option<Question>,
    once: Option<Once>,
    notes: Vec<Finding>,
    is_rewritten: bool,
    taken: SessionFacts,
    counted: Vec<u64>,
}

/// Why a person has to be asked.
#[derive(Debug)]
pub struct Question {
    finding: Finding,
    reason: String,
    approver: Channel,
}

impl Question {
    /// The finding that asks.
    pub const fn finding(&self) -> &Finding {
        &self.finding
    }

    /// Why, in words for the person.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl Permitted {
    /// The call.
    pub const fn call(&self) -> &ToolCall {
        &self.call
    }

    /// Its leaves with their labels.
    pub fn leaves(&self) -> &[LabelledLeaf] {
        &self.leaves
    }

    /// What the tool can do in this call.
    pub const fn capabilities(&self) -> CapabilitySet {
        self.capabilities
    }

    /// The policy's rule that decided.
    pub const fn rule(&self) -> Option<&RuleId> {
        self.rule.as_ref()
    }

    /// What the policy did besides deciding: endorsed, watched, changed.
    pub fn notes(&self) -> &[Finding] {
        &self.notes
    }

    /// Whether the call is not the one that was asked for, but one that the policy made of it.
    pub const fn is_rewritten(&self) -> bool {
        self.is_rewritten
    }

    /// Who may answer, at the least, where a person is asked.
    pub fn approver(&self) -> Channel {
        self.ask.as_ref().map_or(Channel::default(), |ask| ask.approver)
    }

    /// What the session remembers of the call for the policy's flows, once it was made.
    pub const fn taken(&self) -> &SessionFacts {
        &self.taken
    }

    /// The keys of the quotas to which the call is charged, once it was made.
    pub fn counted(&self) -> &[u64] {
        &self.counted
    }

    /// The question, when there is one.
    pub const fn ask(&self) -> Option<&Question> {
        self.ask.as_ref()
    }

    /// The same, but a person has to say yes first, for this reason. A question that is there already stays.
    pub fn asking(mut self, finding: Finding) -> Self {
        let reason = finding.message.to_string();
        self.ask.get_or_insert(Question { finding, reason, approver: Channel::default() });
        self
    }

    /// The call, and the authorization that has to be claimed before it runs.
    pub(in crate::layers) fn into_parts(self) -> (ToolCall, Option<Once>) {
        (self.call, self.once)
    }
}

/// A call that may not go on.
#[derive(Debug)]
pub struct Refused {
    finding: Box<Finding>,
    leaves: Vec<LabelledLeaf>,
    rule: Option<RuleId>,
}

impl Refused {
    /// Why, where its leaves came from, and the policy's rule that decided.
    pub fn into_parts(self) -> (Finding, Vec<LabelledLeaf>, Option<RuleId>) {
        (*self.finding, self.leaves, self.rule)
    }
}

const DENIED: Rule =
    Rule::new(Layer::ToolFirewall, "l9/denied", Severity::High, "the policy denies the call");
const APPROVAL: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/approval",
    Severity::Medium,
    "the policy wants a person's approval for the call",
);
const SPENT_WISH: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/more-than-asked",
    Severity::Low,
    "the user asked for such a call, and as many as they asked for were made",
);
const ENDORSED: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/endorsed",
    Severity::Info,
    "the policy believes an argument further than where it came from says",
);
const WATCHED: Rule =
    Rule::new(Layer::ToolFirewall, "l9/shadow", Severity::Info, "a rule that only watches matches the call");
const REWRITTEN: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/rewritten",
    Severity::Low,
    "the policy changed an argument of the call",
);
const UNCHANGEABLE: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/unchangeable",
    Severity::High,
    "the policy changes an argument of the call, and it cannot be changed as the policy says",
);
const CHANGED: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/definition-changed",
    Severity::Critical,
    "the tool's definition changed within the session; its calls are refused until the session is new",
);
const POISONED: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/definition-poisoned",
    Severity::Critical,
    "the tool's definition carries instructions to the model, or a schema that cannot be judged; its calls are refused",
);

/// What this layer can find.
pub const RULES: &[Rule] = &[
    DENIED,
    APPROVAL,
    SPENT_WISH,
    ENDORSED,
    WATCHED,
    REWRITTEN,
    UNCHANGEABLE,
    CHANGED,
    POISONED,
    authorization::ACTION,
    authorization::MESSAGE,
    authorization::EXPIRED,
    authorization::SCOPE,
    authorization::SPENT,
];
