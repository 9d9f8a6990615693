//! Whether an authorization that the host shows is good for this call.

use std::time::Duration;

use crate::base::{Finding, JsonPointer, Layer, Moment, Nonce, Rule, SecurityContext, Severity, sha256};
use crate::state::{Once, Turn, TurnEvent};
use crate::text::json::Json;
use crate::values::{Authorization, ToolCall};

/// An authorization, and the turn of the message that it names: `None` when the session has no such message.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "an authorization without its message proves nothing")]
pub struct Shown<'a> {
    /// What the host shows.
    pub authorization: &'a Authorization,
    /// The message that it names, as the session recorded it.
    pub message: Option<Turn>,
}

impl Shown<'_> {
    /// Judges the authorization. `changes` is whether the call can change or send anything: then every argument has
    /// to be in the scope.
    ///
    /// # Errors
    /// Why it is not good for this call.
    pub(super) fn verify(
        &self,
        call: &ToolCall,
        changes: bool,
        cx: &SecurityContext,
        ttl: Duration,
        now: Moment,
    ) -> Result<Once, Box<Finding>> {
        let refused = |rule: &Rule| Err(Box::new(rule.finding()));
        if self.authorization.action() != call.tool().as_str() {
            return refused(&ACTION);
        }
        // SECURITY: only a message that this session recorded counts; whoever can write a digest can write any.
        let said = self.message.filter(|turn| {
            matches!(turn.event, TurnEvent::UserMessage { hash, .. } if Some(hash) == self.authorization.message())
        });
        let Some(said) = said else { return refused(&MESSAGE) };
        let ttl_ns = u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX);
        let age = now.mono_ns.checked_sub(said.at.mono_ns);
        let Some(left) = age.and_then(|age| ttl_ns.checked_sub(age)).filter(|left| *left > 0) else {
            return refused(&EXPIRED);
        };
        self.covers(call, changes)?;
        let session = cx.session_id().as_str().as_bytes();
        let named = self.authorization.message().unwrap_or(crate::base::Digest::ZERO);
        let digest = sha256(&[b"authorization", session, named.as_bytes(), call.canonical().as_bytes()]);
        let (nonce, _) = digest.as_bytes().split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        Ok(Once::new(Nonce::from_bytes(*nonce), Duration::from_nanos(left), &SPENT))
    }

    /// Whether the call keeps to the scope: each value in it equal, and nothing besides.
    fn covers(&self, call: &ToolCall, changes: bool) -> Result<(), Box<Finding>> {
        let scope = self.authorization.members();
        let outside = |key: &str, message: &'static str| {
            Err(Box::new(SCOPE.finding().in_argument(JsonPointer::root().key(key)).saying(message)))
        };
        for (key, value) in scope {
            // SECURITY: values are compared as JSON: `true` is not 1, and `1` is not `"1"`.
            let same = call.args().get(key).is_some_and(|found| found.to_canonical() == value.to_canonical());
            if !same {
                return outside(key, "the authorization's scope names this argument with another value");
            }
        }
        if scope.is_empty() && !changes {
            return Ok(());
        }
        let members = call.args().as_object().unwrap_or_default();
        match members.iter().find(|(key, _)| !scope.iter().any(|(known, _): &(String, Json)| known == key)) {
            Some((key, _)) => outside(key, "the authorization's scope does not name this argument"),
            None => Ok(()),
        }
    }
}

pub(super) const ACTION: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/authorization/action",
    Severity::High,
    "the authorization is for another tool",
);
pub(super) const MESSAGE: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/authorization/message",
    Severity::High,
    "the authorization names a message that the user did not send in this session",
);
pub(super) const EXPIRED: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/authorization/expired",
    Severity::Medium,
    "the message behind the authorization is too old; the user has to ask again",
);
pub(super) const SCOPE: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/authorization/scope",
    Severity::High,
    "the call goes beyond the authorization's scope",
);
pub(super) const SPENT: Rule = Rule::new(
    Layer::ToolFirewall,
    "l9/authorization/spent",
    Severity::High,
    "the authorization was used for this very call already; the user has to ask again",
);
