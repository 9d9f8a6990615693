//! One policy in the place of another, while calls go on.

use std::sync::{Arc, Mutex, PoisonError};

use super::Guard;
use crate::audit::{AuditError, EventDraft};
use crate::base::{ClockError, Limits, Nonce, PolicyDigest, SecretKey};
use crate::detect::Detector;
use crate::layers::l08_scopes::ScopeMap;
use crate::pipeline::SecurityPipeline;
use crate::policy::Policy;

/// How many earlier policies can be returned to.
const MAX_HISTORY: usize = 64;

/// Why a policy was not replaced. The one before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplaceError {
    /// No policy with this digest stood here before, or too many came since.
    #[error("no earlier policy has the digest {0}")]
    Unknown(PolicyDigest),
    /// The clock gave no time.
    #[error("the clock: {0}")]
    Clock(#[from] ClockError),
    /// The event that tells of it was refused.
    #[error("the audit: {0}")]
    Audit(#[from] AuditError),
}

/// What a pipeline is made of besides its policy, and the policies that were.
#[derive(Debug)]
pub(super) struct Remake {
    limits: Limits,
    key: SecretKey,
    run: Nonce,
    detectors: Vec<Arc<dyn Detector>>,
    scopes: Option<ScopeMap>,
    /// The newest last. Held while one is replaced, so that the audit has replacements in their order.
    history: Mutex<Vec<Policy>>,
}

impl Remake {
    pub(super) fn new(
        policy: Policy,
        limits: Limits,
        key: SecretKey,
        run: Nonce,
        detectors: Vec<Arc<dyn Detector>>,
        scopes: Option<ScopeMap>,
    ) -> Self {
        Self { limits, key, run, detectors, scopes, history: Mutex::new(vec![policy]) }
    }

    pub(super) fn pipeline(&self, policy: Arc<Policy>) -> SecurityPipeline {
        let (limits, detectors, scopes) = (self.limits.clone(), self.detectors.clone(), self.scopes.clone());
        SecurityPipeline::compile(policy, limits, &self.key, self.run, detectors, scopes)
    }
}

impl Guard {
    /// Puts `policy` in the place of the one that decides now, for all clones of this guard, at once. Calls in flight
    /// finish under the policy under which they began; what waits for a person is judged anew, under the new one. The
    /// replacement is an audit event. Gives the digest of the policy before.
    ///
    /// What sessions remember stays: taint, counts, registered values, planted tokens.
    ///
    /// # Errors
    /// When the replacement could not be recorded. Then nothing is replaced.
    pub fn replace_policy(&self, policy: Policy) -> Result<PolicyDigest, ReplaceError> {
        let mut history = self.inner.remake.history.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.swap(&policy)?;
        history.retain(|known| known.digest() != policy.digest());
        history.push(policy);
        if history.len() > MAX_HISTORY {
            history.remove(0);
        }
        Ok(before)
    }

    /// Goes back to the policy with this digest, one of the last that decided here. Otherwise as
    /// [`Guard::replace_policy`].
    ///
    /// # Errors
    /// When there is no such policy, or the replacement could not be recorded.
    pub fn roll_back_policy(&self, digest: PolicyDigest) -> Result<PolicyDigest, ReplaceError> {
        let mut history = self.inner.remake.history.lock().unwrap_or_else(PoisonError::into_inner);
        let at =
            history.iter().position(|known| known.digest() == digest).ok_or(ReplaceError::Unknown(digest))?;
        let policy = history.get(at).cloned().ok_or(ReplaceError::Unknown(digest))?;
        let before = self.swap(&policy)?;
        history.remove(at);
        history.push(policy);
        Ok(before)
    }

    /// The digest of the policy that decides now.
    pub fn policy_digest(&self) -> PolicyDigest {
        self.pipeline().policy()
    }

    fn swap(&self, policy: &Policy) -> Result<PolicyDigest, ReplaceError> {
        let pipeline = Arc::new(self.inner.remake.pipeline(Arc::new(policy.clone())));
        let now = self.inner.clock.now()?;
        let observers = self.inner.observers.iter().map(|observer| &**observer);
        self.inner.chain.record(EventDraft::begin(policy.digest()), now, observers)?;
        let mut slot = self.inner.pipeline.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *slot, pipeline);
        Ok(before.policy())
    }

    /// The same guard, which keeps to the policy that decides now.
    // SECURITY: a verb that looked something up under one policy must not be decided under another.
    pub(super) fn pin(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), pinned: Some(self.pipeline()) }
    }

    pub(super) fn pipeline(&self) -> Arc<SecurityPipeline> {
        if let Some(pinned) = &self.pinned {
            return Arc::clone(pinned);
        }
        // What a poisoned lock holds is whole: it is only ever replaced at once.
        Arc::clone(&self.inner.pipeline.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Limits, SecurityContext, SessionId};
    use crate::guard::ToolVerdict;
    use crate::values::ToolCall;

    fn policy(effect: &str) -> Policy {
        Policy::from_yaml(&format!("bartizan: 1\ntools: [{{ match: \"*\", capabilities: [] }}]\nrules: [{{ id: all, effect: {effect} }}]\n")).unwrap()
    }

    fn allowed(guard: &Guard) -> bool {
        let cx = SecurityContext::new(SessionId::new("s").unwrap());
        let call = ToolCall::from_json(r#"{"tool":"now"}"#, &Limits::default()).unwrap();
        matches!(guard.check_tool_call(&cx, call), ToolVerdict::Allow(..))
    }

    #[test]
    fn a_policy_is_replaced_for_all_clones_and_can_be_returned_to() {
        let (open, closed) = (policy("allow"), policy("deny"));
        let guard = Guard::builder(open.clone()).build().unwrap();
        let clone = guard.clone();
        assert!(allowed(&guard));
        assert_eq!(guard.replace_policy(closed.clone()).unwrap(), open.digest());
        assert!(!allowed(&clone));
        assert_eq!(clone.policy_digest(), closed.digest());
        assert_eq!(clone.roll_back_policy(open.digest()).unwrap(), closed.digest());
        assert!(allowed(&guard));
        let other = policy("require-approval").digest();
        assert_eq!(guard.roll_back_policy(other), Err(ReplaceError::Unknown(other)));
    }

    #[test]
    fn what_is_in_flight_finishes_under_the_policy_under_which_it_began() {
        let guard = Guard::builder(policy("allow")).build().unwrap();
        let flight = guard.pin();
        guard.replace_policy(policy("deny")).unwrap();
        assert!(allowed(&flight) && !allowed(&guard));
        let cx = SecurityContext::new(SessionId::new("s").unwrap());
        let call = ToolCall::from_json(r#"{"tool":"now"}"#, &Limits::default()).unwrap();
        let verdict = guard.check_tool_call(&cx, call);
        assert_eq!(verdict.report().policy(), policy("deny").digest());
    }
}
