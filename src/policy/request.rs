//! The question that a policy answers, and the answer.

use std::fmt;
use std::sync::Arc;

use crate::base::{
    Integrity, JsonPointer, Label, Moment, RuleId, SecurityContext, Sensitivity, ServerId, ToolName,
};
use crate::text::json::Json;
use crate::values::ArgRole;

use super::{CameFrom, CapabilitySet, Channel, Past};

/// What a rule says of a call. Exhaustive on purpose: who decides by it should notice a fourth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Go on.
    Allow,
    /// A person has to say yes first.
    RequireApproval,
    /// No.
    Deny,
}

impl Effect {
    /// All of them, weakest first.
    pub const ALL: &'static [Self] = &[Self::Allow, Self::RequireApproval, Self::Deny];

    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::RequireApproval => "require-approval",
            Self::Deny => "deny",
        }
    }

    /// The effect of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|effect| effect.as_str() == name)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who put a value into a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The user's own words.
    User,
    /// A text that came in: a page, a mail, a tool's result.
    Source,
    /// The model, from no text that is known.
    Model,
}

impl Origin {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::User, Self::Source, Self::Model];

    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Source => "source",
            Self::Model => "model",
        }
    }

    /// The origin of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|origin| origin.as_str() == name)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One value of a call's arguments, and what is known of it.
#[derive(Debug, Clone)]
pub struct Leaf<'a> {
    pub(super) pointer: JsonPointer,
    pub(super) value: Option<&'a Json>,
    pub(super) label: Label,
    pub(super) origin: Origin,
    pub(super) role: ArgRole,
    pub(super) from: Option<&'a CameFrom>,
}

impl<'a> Leaf<'a> {
    /// The scalar at `pointer`. Decides, as long as nothing else is said of its role.
    pub const fn new(pointer: JsonPointer, value: &'a Json, label: Label, origin: Origin) -> Self {
        Self { pointer, value: Some(value), label, origin, role: ArgRole::Target, from: None }
    }

    /// The key of the member at `pointer`, where it came from somewhere: rules over `*` and `**` see its labels.
    pub const fn key(pointer: JsonPointer, label: Label, origin: Origin) -> Self {
        Self { pointer, value: None, label, origin, role: ArgRole::Target, from: None }
    }

    /// The same, in this role.
    #[must_use]
    pub const fn role(mut self, role: ArgRole) -> Self {
        self.role = role;
        self
    }

    /// The same, copied from these texts. Without it nothing is known of them.
    #[must_use]
    pub const fn from(mut self, from: Option<&'a CameFrom>) -> Self {
        self.from = from;
        self
    }

    /// The texts that it was copied from, where that is known.
    pub const fn came_from(&self) -> Option<&'a CameFrom> {
        self.from
    }

    /// Where it is.
    pub const fn pointer(&self) -> &JsonPointer {
        &self.pointer
    }

    /// Its label.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// What it is for.
    pub const fn purpose(&self) -> ArgRole {
        self.role
    }

    /// Who put it there.
    pub const fn origin(&self) -> Origin {
        self.origin
    }
}

/// A call as a policy sees it. Starts at the worst case: every capability, nobody described the tool, no user
/// spoke or asked for it, a session that is untrusted, in which a planted token came back and a leak was stopped.
/// The principal's trust is the context's.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, with a setter of its own")]
pub struct Request<'a> {
    pub(super) tool: &'a ToolName,
    pub(super) server: Option<&'a ServerId>,
    pub(super) context: &'a SecurityContext,
    pub(super) capabilities: CapabilitySet,
    pub(super) leaves: &'a [Leaf<'a>],
    pub(super) session: Label,
    pub(super) user_spoke: bool,
    pub(super) described: bool,
    pub(super) authorized: bool,
    pub(super) canary_seen: bool,
    pub(super) escalated: bool,
    pub(super) args: Option<&'a Json>,
    pub(super) now: Option<Moment>,
    pub(super) past: Option<&'a dyn Past>,
    pub(super) used_up: Option<&'a [u64]>,
}

impl<'a> Request<'a> {
    /// A call of this tool on behalf of this context.
    pub const fn new(tool: &'a ToolName, context: &'a SecurityContext) -> Self {
        Self {
            tool,
            server: None,
            context,
            capabilities: CapabilitySet::ALL,
            leaves: &[],
            session: Label::new(Integrity::Untrusted, Sensitivity::Public),
            user_spoke: false,
            described: false,
            authorized: false,
            canary_seen: true,
            escalated: true,
            args: None,
            now: None,
            past: None,
            used_up: None,
        }
    }

    /// The same, at this time. Without one, what a rule says of times cannot be judged.
    #[must_use]
    pub const fn at(mut self, now: Moment) -> Self {
        self.now = Some(now);
        self
    }

    /// The same, with the arguments as a whole, for conditions in CEL; those that have none cannot be judged.
    #[must_use]
    pub const fn args(mut self, args: &'a Json) -> Self {
        self.args = Some(args);
        self
    }

    /// The same, of this server's tool.
    #[must_use]
    pub const fn server(mut self, server: Option<&'a ServerId>) -> Self {
        self.server = server;
        self
    }

    /// The same, of a tool that has these capabilities.
    #[must_use]
    pub const fn capabilities(mut self, capabilities: CapabilitySet) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// The same, with these arguments.
    #[must_use]
    pub const fn leaves(mut self, leaves: &'a [Leaf<'a>]) -> Self {
        self.leaves = leaves;
        self
    }

    /// The same, in a session with this floor of integrity and this ceiling of sensitivity.
    #[must_use]
    pub const fn session(mut self, session: Label) -> Self {
        self.session = session;
        self
    }

    /// The same; whether a user's message stands behind the session.
    #[must_use]
    pub const fn user_spoke(mut self, user_spoke: bool) -> Self {
        self.user_spoke = user_spoke;
        self
    }

    /// The same; whether the policy or a tool definition described the tool.
    #[must_use]
    pub const fn described(mut self, described: bool) -> Self {
        self.described = described;
        self
    }

    /// The same; whether the user asked for this call: in words that one of its arguments repeats, or by an
    /// authorization that was verified.
    #[must_use]
    pub const fn authorized(mut self, authorized: bool) -> Self {
        self.authorized = authorized;
        self
    }

    /// The same, in a session in which a planted token came back, or none did.
    #[must_use]
    pub const fn canary_seen(mut self, canary_seen: bool) -> Self {
        self.canary_seen = canary_seen;
        self
    }

    /// The same, in a session that did this before. Without it no rule that looks back matches.
    #[must_use]
    pub const fn past(mut self, past: &'a dyn Past) -> Self {
        self.past = Some(past);
        self
    }

    /// The same, where of all quotas of rules these are used up, by their keys. Without it, rules that restrict by a quota
    /// match, and rules that allow by one do not.
    #[must_use]
    pub const fn used_up(mut self, used_up: &'a [u64]) -> Self {
        self.used_up = Some(used_up);
        self
    }

    /// The same, in a session in which a leak was stopped, or none was.
    #[must_use]
    pub const fn escalated(mut self, escalated: bool) -> Self {
        self.escalated = escalated;
        self
    }
}

/// Why a decision is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// A rule matched.
    RuleMatched,
    /// A restrictive rule could not be judged on this call (a value is missing, or of another kind than the
    /// rule speaks about), and counts as matching.
    RuleUnjudged,
    /// No rule matched: what is not allowed is denied.
    NoRuleMatched,
}

impl Reason {
    /// A stable name for logs and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RuleMatched => "rule-matched",
            Self::RuleUnjudged => "rule-unjudged",
            Self::NoRuleMatched => "no-rule-matched",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a decision that nobody looks at protects nothing"]
pub struct Decision {
    pub(super) effect: Effect,
    pub(super) reason: Reason,
    pub(super) rule: Option<RuleId>,
    pub(super) matched: Vec<JsonPointer>,
    pub(super) why: Option<Arc<str>>,
    pub(super) approver: Channel,
    pub(super) tier: Option<Arc<str>>,
    /// For each of `matched`, the part of its text that did.
    pub(super) spans: Vec<Option<(usize, usize)>>,
    pub(super) nearest: Option<Nearest>,
}

/// The rule that would have allowed a call, had it not been for some of its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Nearest {
    pub(super) rule: RuleId,
    /// As the rule names them.
    pub(super) arguments: Vec<String>,
}

impl Decision {
    /// No, since nobody says anything.
    pub(super) const fn of_nobody() -> Self {
        Self {
            effect: Effect::Deny,
            reason: Reason::NoRuleMatched,
            rule: None,
            matched: Vec::new(),
            why: None,
            approver: Channel::Chat,
            tier: None,
            spans: Vec::new(),
            nearest: None,
        }
    }

    /// What the policy says.
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Why.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The rule that decided. Where several of the same effect match, the first in the policy's order.
    pub const fn rule(&self) -> Option<&RuleId> {
        self.rule.as_ref()
    }

    /// The rule's own reason.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// Of a policy of several tiers, the one that decided; of several that say the same, the uppermost.
    pub fn tier(&self) -> Option<&str> {
        self.tier.as_deref()
    }

    /// Who may answer, at the least, where a person has to be asked.
    pub const fn approver(&self) -> Channel {
        self.approver
    }

    /// The stricter of the two; this one where they are as strict.
    pub fn stricter(self, other: Self) -> Self {
        let approver = self.approver.max(other.approver);
        let stricter = if other.effect > self.effect { other } else { self };
        Self { approver, ..stricter }
    }

    /// The arguments that made a restrictive rule match, at most [`Decision::MAX_MATCHED`].
    pub fn matched(&self) -> &[JsonPointer] {
        &self.matched
    }

    /// The same, with the part of the text that matched, in bytes of the value, where the argument is a text.
    pub fn evidence(&self) -> impl Iterator<Item = (&JsonPointer, Option<(usize, usize)>)> {
        let spans = self.spans.iter().copied().chain(std::iter::repeat(None));
        self.matched.iter().zip(spans)
    }

    /// Where no rule matched: the rule that would have allowed the call with other arguments, and which, as the rule
    /// names them. Of several the one that wants the fewest others.
    pub fn nearest(&self) -> Option<(&RuleId, &[String])> {
        self.nearest.as_ref().map(|nearest| (&nearest.rule, nearest.arguments.as_slice()))
    }

    /// How many arguments are named at the most.
    pub const MAX_MATCHED: usize = 16;

    /// What was decided and why, for the operator: one line, safe to log.
    pub fn operator_text(&self) -> String {
        let rule = self.rule.as_ref().map(RuleId::as_str).unwrap_or_default();
        let because = match self.reason {
            Reason::RuleMatched => ["rule `", rule, "` matched"].concat(),
            Reason::RuleUnjudged => {
                let unjudged =
                    "` counts as matching: a value that it speaks of is missing or of another kind";
                ["rule `", rule, unjudged].concat()
            }
            Reason::NoRuleMatched => match &self.nearest {
                None => "no rule matched".to_owned(),
                Some(nearest) => {
                    let mut text =
                        ["no rule matched; `", nearest.rule.as_str(), "` would with another value at "]
                            .concat();
                    nearest.list(&mut text);
                    text
                }
            },
        };
        let mut text = [self.effect.as_str(), ": ", &because].concat();
        if let Some(tier) = &self.tier {
            text.push_str(" in `");
            text.extend(tier.chars().flat_map(escaped));
            text.push('`');
        }
        self.list_matched(&mut text, " at ");
        if let Some(why) = &self.why {
            text.push_str(" (");
            text.extend(why.chars().flat_map(escaped));
            text.push(')');
        }
        text
    }

    /// What was decided and what can be done about it, for the model. Tells no pattern and no value.
    pub fn model_text(&self) -> String {
        let mut text = match self.effect {
            Effect::Allow => return "The policy allows this call.".to_owned(),
            Effect::RequireApproval => "The policy wants a person to approve this call first.",
            Effect::Deny => "The policy denies this call; asking for it in other words will not help.",
        }
        .to_owned();
        text.push_str(match self.reason {
            Reason::RuleMatched => "",
            Reason::RuleUnjudged => {
                " A value that has to be checked is missing, or of another kind than expected."
            }
            Reason::NoRuleMatched => " No rule allows it with these arguments.",
        });
        // The argument's name is told, and not what it would have to be.
        if let Some(nearest) = &self.nearest {
            text.push_str(" It could be allowed with another value at ");
            nearest.list(&mut text);
            text.push('.');
        }
        if let Some(why) = &self.why {
            text.push_str(" Reason: ");
            text.extend(why.chars().flat_map(escaped));
            text.push('.');
        }
        self.list_matched(&mut text, " It is about the arguments at ");
        if !self.matched.is_empty() {
            text.push('.');
        }
        text
    }

    fn list_matched(&self, text: &mut String, before: &str) {
        for (index, pointer) in self.matched.iter().enumerate() {
            text.push_str(if index == 0 { before } else { ", " });
            let pointer =
                if pointer.as_str().is_empty() { "no argument in particular" } else { pointer.as_str() };
            text.extend(pointer.chars().take(LONGEST_POINTER).flat_map(escaped));
        }
    }
}

impl Nearest {
    fn list(&self, text: &mut String) {
        for (index, pointer) in self.arguments.iter().take(Decision::MAX_MATCHED).enumerate() {
            text.push_str(if index == 0 { "" } else { ", " });
            text.extend(pointer.chars().take(LONGEST_POINTER).flat_map(escaped));
        }
    }
}

/// How much of a pointer a text shows, in characters.
const LONGEST_POINTER: usize = 80;

// SECURITY: keys come from the model; none of them ends a line of a log or turns its direction.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let plain = !(c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}'));
    plain.then_some(c).into_iter().chain((!plain).then(|| c.escape_unicode()).into_iter().flatten())
}
