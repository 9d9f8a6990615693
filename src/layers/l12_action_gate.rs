//! Stops a sensitive call that no person said yes to.
//!
//! **Promise.** A call that the policy wants approved runs only after an answer to the very prompt that was
//! shown for it: an answer carries the prompt's digest, is used once, and expires. Nobody to ask, too late,
//! could not ask: the answer is no. The prompt shows the canonical arguments with every invisible character
//! spelled out, and where each came from, in our words: nothing of it is the model's free text.
//!
//! **Not promised.** That the person reads it. That a channel which the agent itself can answer is a second
//! factor: choose a [`Confirmer`] that the agent cannot reach.
//!
//! Up: `docs/architecture.md`. Down: `tests/cases/l12_action_gate/`.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::l04_provenance::LabelledLeaf;
use super::l09_tool_firewall::Permitted;
use crate::base::{
    Digest, Finding, Integrity, Layer, Moment, Nonce, Rule, SecurityContext, Sensitivity, ServerId, Severity,
    ToolName, sha256,
};
use crate::policy::Origin;
use crate::values::ToolCall;

/// How long a question stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionGateConfig {
    /// An answer after this time is a no. Default two minutes.
    pub ttl: Duration,
}

impl Default for ActionGateConfig {
    fn default() -> Self {
        Self { ttl: Duration::from_mins(2) }
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

    /// Lets a permitted call through, or makes the question that has to be answered first.
    pub fn gate(&self, permitted: Permitted, nonce: Nonce, now: Moment) -> Gate {
        let Some(ask) = permitted.ask() else {
            return Gate::Approved(Approved { call: permitted.into_call(), event: None });
        };
        let prompt = ConfirmationPrompt::new(&permitted, ask.reason(), nonce);
        let ttl = u64::try_from(self.config.ttl.as_nanos()).unwrap_or(u64::MAX);
        let expires = now.mono_ns.saturating_add(ttl);
        Gate::Ask(PendingCall(Box::new(Pending { permitted, prompt, nonce, expires, event: None })))
    }

    /// Turns an answered question into an approved call.
    ///
    /// # Errors
    /// The finding that says why not: denied, not asked, too late, or an answer to another question.
    pub fn answer(
        &self,
        pending: PendingCall,
        answer: &Answer,
        cx: &SecurityContext,
        now: Moment,
    ) -> Result<Approved, Box<Finding>> {
        let pending = *pending.0;
        let refused = |rule: &Rule| Err(Box::new(rule.finding()));
        // SECURITY: a question that one session raised, or one principal, must not be answered into another's history.
        if !pending.permitted.belongs_to(cx) {
            return refused(&OTHER_SESSION);
        }
        // SECURITY: an answer that was given to another prompt must not open this one.
        if answer.prompt != pending.prompt.digest {
            return refused(&OTHER_PROMPT);
        }
        if now.mono_ns > pending.expires {
            return refused(&EXPIRED);
        }
        match answer.outcome {
            Outcome::Approve => Ok(Approved { call: pending.permitted.into_call(), event: None }),
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
    event: Option<Digest>,
}

impl Approved {
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
    permitted: Permitted,
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
        self.0.permitted.call()
    }

    /// A name for the question that nobody can guess: for hosts that keep it while they wait.
    pub fn token(&self) -> String {
        self.0.nonce.to_string()
    }

    /// The audit event that recorded the question.
    pub fn event(&self) -> Option<Digest> {
        self.0.event
    }

    pub(crate) fn asked_in(&mut self, event: Option<Digest>) {
        self.0.event = event;
    }
}

/// One argument as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PromptArgument {
    /// Its JSON pointer.
    pub pointer: String,
    /// Its value as JSON; characters that do not show are spelled out as `\u{…}`.
    pub value: String,
    /// Where it came from, in words.
    pub origin: String,
}

/// What a person is asked. `Display` is the whole prompt as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmationPrompt {
    tool: String,
    reason: String,
    arguments: Vec<PromptArgument>,
    digest: Digest,
}

impl ConfirmationPrompt {
    fn new(permitted: &Permitted, reason: &str, nonce: Nonce) -> Self {
        let call = permitted.call();
        let tool = match call.server() {
            Some(server) => format!("{} on {}", call.tool(), visible(server.as_str())),
            None => call.tool().to_string(),
        };
        let values: HashMap<_, _> = call.leaves().collect();
        let arguments = permitted
            .leaves()
            .iter()
            .map(|leaf| PromptArgument {
                pointer: match leaf.pointer().as_str() {
                    "" => "no arguments".to_owned(),
                    pointer => visible(pointer),
                },
                value: match values.get(leaf.pointer()) {
                    _ if leaf.is_key() => "(the name itself)".to_owned(),
                    Some(value) => visible(&value.to_string()),
                    None => String::new(),
                },
                origin: origin(leaf),
            })
            .collect();
        let digest = sha256(&[nonce.as_bytes(), call.canonical().as_bytes()]);
        Self { tool, reason: reason.to_owned(), arguments, digest }
    }

    /// The tool, and the server where one is named.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// Why a person is asked.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The arguments, leaf by leaf.
    pub fn arguments(&self) -> &[PromptArgument] {
        &self.arguments
    }

    /// Yes, to this prompt.
    pub const fn approve(&self) -> Answer {
        Answer { prompt: self.digest, outcome: Outcome::Approve }
    }

    /// No.
    pub const fn deny(&self) -> Answer {
        Answer { prompt: self.digest, outcome: Outcome::Deny }
    }

    /// Nobody could be asked. Means no, and the audit tells it from a person's no.
    pub const fn unavailable(&self) -> Answer {
        Answer { prompt: self.digest, outcome: Outcome::Unavailable }
    }
}

impl fmt::Display for ConfirmationPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "May the agent call {}?", self.tool)?;
        writeln!(f, "  asked because {}", self.reason)?;
        for argument in &self.arguments {
            writeln!(f, "  {} = {}", argument.pointer, argument.value)?;
            writeln!(f, "      {}", argument.origin)?;
        }
        Ok(())
    }
}

/// What was answered to one prompt. Made by the prompt itself, so that it fits no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    prompt: Digest,
    outcome: Outcome,
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

/// Asks, and takes a panic of the host's code for "could not ask".
pub(crate) fn ask(confirmer: &dyn Confirmer, prompt: &ConfirmationPrompt) -> Answer {
    catch_unwind(AssertUnwindSafe(|| confirmer.confirm(prompt))).unwrap_or_else(|_| prompt.unavailable())
}

/// Where a leaf came from, for a person.
fn origin(leaf: &LabelledLeaf) -> String {
    let label = leaf.label();
    let mut words = match leaf.origin() {
        Origin::User => "from the user's own words".to_owned(),
        Origin::Source => format!("copied from {} text", label.integrity()),
        Origin::Model if label.integrity() < Integrity::Trusted => {
            format!("made by the model after it read {} text", label.integrity())
        }
        Origin::Model => "made by the model".to_owned(),
    };
    if leaf.origin() == Origin::Source {
        let records: Vec<String> = leaf.origins().iter().take(3).map(|record| record.to_string()).collect();
        words = format!("{words} ({})", records.join(", "));
    }
    if label.sensitivity() > Sensitivity::Public {
        words = format!("{words}, {}", label.sensitivity());
    }
    words
}

/// `text` with every character spelled out that a person would not see or that would move others about.
pub(crate) fn visible(text: &str) -> String {
    /// Marks that one letter carries in any orthography; more of them cover what stands around.
    const MARKS: usize = 3;
    let mut out = String::with_capacity(text.len());
    let mut marks = MARKS;
    for c in text.chars() {
        let group = c.general_category_group();
        // SECURITY: a right-to-left override or a zero-width letter would let the person sign something else
        // than what is shown.
        let shown = match group {
            GeneralCategoryGroup::Other => false,
            GeneralCategoryGroup::Separator => c == ' ',
            GeneralCategoryGroup::Mark => marks < MARKS,
            _ => !matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}'),
        };
        marks = match group {
            GeneralCategoryGroup::Letter => 0,
            GeneralCategoryGroup::Mark => marks.saturating_add(1),
            _ => MARKS,
        };
        if shown {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

const DENIED: Rule =
    Rule::new(Layer::ActionGate, "l12/denied", Severity::Medium, "a person was asked and said no");
const UNAVAILABLE: Rule = Rule::new(
    Layer::ActionGate,
    "l12/unavailable",
    Severity::Medium,
    "the call needs a person's approval and nobody could be asked",
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

/// What this layer can find.
pub const RULES: &[Rule] = &[DENIED, UNAVAILABLE, EXPIRED, OTHER_PROMPT, OTHER_SESSION];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_spelled_out() {
        assert_eq!(visible("a\u{202e}b\u{200b}c\n"), "a\\u{202e}b\\u{200b}c\\u{a}");
        assert_eq!(visible("Zoë 你好"), "Zoë 你好");
    }
}
