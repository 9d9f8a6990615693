//! L11: a call that runs is not the call that was meant.
//!
//! **Attack.** Between the moment at which a call is settled and the moment at which it runs, an argument is
//! changed, another session picks it up, it runs twice, or it runs after the user asked for something else.
//!
//! **Promise.** A binding is a token over principal, session, server, tool, the tool's definition, the canonical
//! arguments, the newest user message, the policy, the labels of the arguments, an expiry and a nonce, under
//! HMAC-SHA-256 with a key of its own. It opens that call, in that state, until it expires, once. A parked
//! approval is sealed by the same key. Tokens of another run of the guard are refused: whether they were spent
//! there cannot be known.
//!
//! **Not promised.** That whoever holds the token is entitled to it: it proves what is bound, not who asks. Time
//! is the guard's clock; a token lives in one process.
//!
//! Up: `docs/architecture.md`. Down: `tests/cases/l11_binding/`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::l04_provenance::LabelledLeaf;
use super::l09_tool_firewall::Permitted;
use super::l10_validation::Validated;
use crate::base::{
    Digest, Finding, Layer, MessageHash, Moment, Nonce, PolicyDigest, PrincipalId, Rule, SecretKey,
    SecurityContext, Severity,
};
use crate::policy::{Bindings, Capability, CapabilitySet};
use crate::state::Once;
use crate::values::ToolCall;

/// Which calls need a binding, and how long one lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BindingConfig {
    /// Which calls need one.
    pub required: Bindings,
    /// How long one lives where the host does not say.
    pub ttl: Duration,
}

impl BindingConfig {
    /// These settings.
    pub const fn new(required: Bindings, ttl: Duration) -> Self {
        Self { required, ttl }
    }
}

/// The layer: seals what was settled, and opens only that.
#[derive(Debug)]
pub struct Binding {
    config: BindingConfig,
    key: SecretKey,
    run: Nonce,
}

/// Longest life of a binding.
pub const MAX_TTL: Duration = Duration::from_hours(1);

/// What a binding covers.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a term that is left out is not bound")]
pub struct Terms<'a> {
    /// Session and principal.
    pub cx: &'a SecurityContext,
    /// Server, tool and arguments.
    pub call: &'a ToolCall,
    /// The labels of the arguments.
    pub leaves: &'a [LabelledLeaf],
    /// The digest of the tool's definition, where a server gave one.
    pub definition: Option<Digest>,
    /// The newest user message.
    pub message: Option<MessageHash>,
    /// The policy.
    pub policy: PolicyDigest,
}

const VERSION: u8 = 1;
/// Version, run, expiry, nonce; then one short tag per term; then the seal.
const HEAD: usize = 1 + 8 + 8 + 16;
const SHORT: usize = 8;
const SEAL: usize = 32;

impl Binding {
    /// The layer with a key of its own. `run` tells this run of the guard from others.
    pub fn compile(key: &SecretKey, run: Nonce, config: BindingConfig) -> Self {
        Self { config, key: key.derive("binding"), run }
    }

    /// Seals these terms for `ttl`, or as long as the policy says.
    ///
    /// # Errors
    /// When `ttl` is zero or over an hour.
    pub fn bind(
        &self,
        terms: &Terms<'_>,
        ttl: Option<Duration>,
        nonce: Nonce,
        now: Moment,
    ) -> Result<String, Box<Finding>> {
        let ttl = ttl.unwrap_or(self.config.ttl);
        if ttl.is_zero() || ttl > MAX_TTL {
            return Err(Box::new(TTL.finding()));
        }
        let head = self.head(nonce, expiry(ttl, now));
        let tags = self.tags(terms);
        let seal = self.seal(&head, &tags);
        let mut token = head;
        for tag in &tags {
            token.extend_from_slice(tag.as_bytes().get(..SHORT).unwrap_or_default());
        }
        token.extend_from_slice(seal.as_bytes());
        Ok(URL_SAFE_NO_PAD.encode(token))
    }

    /// Judges the binding of a validated call that is about to run; what a call without one needs is the policy's word.
    ///
    /// # Errors
    /// Why the binding does not open the call.
    pub fn check(
        &self,
        permitted: Permitted,
        _validated: &Validated,
        token: Option<&str>,
        terms: &Terms<'_>,
        now: Moment,
    ) -> Result<Bound, Box<Finding>> {
        let Some(token) = token else {
            return if self.is_required(permitted.capabilities()) {
                Err(Box::new(MISSING.finding()))
            } else {
                Ok(Bound { permitted, once: None })
            };
        };
        let once = self.open(token, terms, now).map_err(|rule| Box::new(rule.finding()))?;
        Ok(Bound { permitted, once: Some(once) })
    }

    fn is_required(&self, capabilities: CapabilitySet) -> bool {
        match self.config.required {
            Bindings::Optional => false,
            Bindings::Destructive => capabilities.contains(Capability::Destructive),
            Bindings::All => true,
        }
    }

    fn open(&self, token: &str, terms: &Terms<'_>, now: Moment) -> Result<Once, &'static Rule> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| &MALFORMED)?;
        let tags = self.tags(terms);
        let shorts_len = SHORT.saturating_mul(tags.len());
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(&MALFORMED)?;
        let (shorts, seal) = rest.split_at_checked(shorts_len).ok_or(&MALFORMED)?;
        let seal = Digest::from_bytes(seal.try_into().map_err(|_| &MALFORMED)?);
        let opened = self.read_head(head)?;
        // SECURITY: one comparison over everything, in constant time; the short tags only say what to tell.
        let differs = |(short, tag): &(&[u8], &Digest)| tag.as_bytes().get(..SHORT) != Some(*short);
        let at = shorts.chunks_exact(SHORT).zip(&tags).position(|pair| differs(&pair));
        if !self.key.verify(&Self::sealed(head, &tags), &seal) {
            return Err(at.and_then(|at| CHANGED.get(at)).unwrap_or(&FORGED));
        }
        // SECURITY: the seal does not cover the short tags, and a token has one spelling.
        if at.is_some() {
            return Err(&FORGED);
        }
        opened.once(&REPLAYED, now)
    }

    /// Seals a call that waits for a person: its text, the digest of what was shown, and for whom.
    pub fn park(
        &self,
        cx: &SecurityContext,
        payload: &str,
        prompt: &Digest,
        nonce: Nonce,
        expires: u64,
    ) -> String {
        let mut head = self.head(nonce, expires);
        head.extend_from_slice(prompt.as_bytes());
        let seal = self.key.tag(&[b"parked", &head, payload.as_bytes(), self.context(cx).as_bytes()]);
        let sealed = [head.as_slice(), seal.as_bytes(), payload.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens what [`Binding::park`] sealed.
    ///
    /// # Errors
    /// Why it is not opened.
    pub fn unpark(&self, cx: &SecurityContext, parked: &str, now: Moment) -> Result<Parked, Box<Finding>> {
        self.read_parked(cx, parked, now).map_err(|rule| Box::new(rule.finding()))
    }

    fn read_parked(&self, cx: &SecurityContext, parked: &str, now: Moment) -> Result<Parked, &'static Rule> {
        let bytes = URL_SAFE_NO_PAD.decode(parked).map_err(|_| &MALFORMED)?;
        let (head, rest) = bytes.split_at_checked(HEAD.saturating_add(32)).ok_or(&MALFORMED)?;
        let (seal, payload) = rest.split_first_chunk::<SEAL>().ok_or(&MALFORMED)?;
        let (start, prompt) = head.split_at_checked(HEAD).ok_or(&MALFORMED)?;
        let opened = self.read_head(start)?;
        let seal = Digest::from_bytes(*seal);
        if !self.key.verify(&[b"parked", head, payload, self.context(cx).as_bytes()], &seal) {
            return Err(&FORGED);
        }
        let prompt = Digest::from_bytes(prompt.try_into().map_err(|_| &MALFORMED)?);
        let payload = String::from_utf8(payload.to_vec()).map_err(|_| &MALFORMED)?;
        if now.mono_ns >= opened.expires {
            return Err(&EXPIRED);
        }
        Ok(Parked { payload, prompt, nonce: opened.nonce, expires: opened.expires })
    }

    fn head(&self, nonce: Nonce, expires: u64) -> Vec<u8> {
        let mut head = Vec::with_capacity(HEAD);
        head.push(VERSION);
        head.extend_from_slice(self.run.as_bytes().get(..8).unwrap_or_default());
        head.extend_from_slice(&expires.to_be_bytes());
        head.extend_from_slice(nonce.as_bytes());
        head
    }

    fn read_head(&self, head: &[u8]) -> Result<Opened, &'static Rule> {
        let (version, rest) = head.split_first().ok_or(&MALFORMED)?;
        let (run, rest) = rest.split_first_chunk::<8>().ok_or(&MALFORMED)?;
        let (expires, nonce) = rest.split_first_chunk::<8>().ok_or(&MALFORMED)?;
        let nonce = nonce.try_into().map_err(|_| &MALFORMED)?;
        if *version != VERSION {
            return Err(&MALFORMED);
        }
        // SECURITY: nobody here knows what that run has seen; its tokens may be spent.
        if self.run.as_bytes().get(..8) != Some(run.as_slice()) {
            return Err(&OTHER_RUN);
        }
        Ok(Opened { expires: u64::from_be_bytes(*expires), nonce: Nonce::from_bytes(nonce) })
    }

    fn seal(&self, head: &[u8], tags: &[Digest; 6]) -> Digest {
        self.key.tag(&Self::sealed(head, tags))
    }

    fn sealed<'b>(head: &'b [u8], tags: &'b [Digest; 6]) -> [&'b [u8]; 8] {
        let [call, context, message, definition, policy, labels] = tags.each_ref().map(Digest::as_bytes);
        [b"binding", head, call, context, message, definition, policy, labels]
    }

    /// One keyed tag per term, in the order of [`CHANGED`].
    fn tags(&self, terms: &Terms<'_>) -> [Digest; 6] {
        let optional = |name: &[u8], digest: Option<Digest>| {
            let digest = digest.as_ref().map_or(&[][..], |digest| digest.as_bytes());
            self.key.tag(&[name, digest])
        };
        // The order of members means nothing.
        let mut leaves: Vec<_> = terms.leaves.iter().collect();
        leaves.sort_by_key(|leaf| (leaf.pointer().as_str(), leaf.is_key()));
        let mut labels: Vec<u8> = Vec::new();
        for leaf in leaves {
            let pointer = leaf.pointer().as_str().as_bytes();
            labels.extend_from_slice(&pointer.len().to_be_bytes());
            labels.extend_from_slice(pointer);
            let label = leaf.label();
            let facts = [
                label.integrity() as u8,
                label.sensitivity() as u8,
                leaf.origin() as u8,
                leaf.is_key().into(),
            ];
            labels.extend_from_slice(&facts);
        }
        [
            self.key.tag(&[b"call", terms.call.canonical().as_bytes()]),
            self.context(terms.cx),
            optional(b"message", terms.message),
            optional(b"definition", terms.definition),
            self.key.tag(&[b"policy", terms.policy.as_bytes()]),
            self.key.tag(&[b"labels", &labels]),
        ]
    }

    fn context(&self, cx: &SecurityContext) -> Digest {
        let principal = cx.principal_id().map(PrincipalId::as_str);
        let named = [u8::from(principal.is_some())];
        let principal = principal.unwrap_or_default();
        self.key.tag(&[b"context", cx.session_id().as_str().as_bytes(), &named, principal.as_bytes()])
    }
}

fn expiry(ttl: Duration, now: Moment) -> u64 {
    now.mono_ns.saturating_add(u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX))
}

/// The part of a token that is read before its seal is judged.
struct Opened {
    expires: u64,
    nonce: Nonce,
}

impl Opened {
    fn once(self, spent: &'static Rule, now: Moment) -> Result<Once, &'static Rule> {
        let left = self.expires.checked_sub(now.mono_ns).filter(|left| *left > 0).ok_or(&EXPIRED)?;
        Ok(Once::new(self.nonce, Duration::from_nanos(left), spent))
    }
}

/// A call whose binding fits, or that needs none. Carries the very call.
#[must_use = "a bound call still has to pass the action gate"]
#[derive(Debug)]
pub struct Bound {
    permitted: Permitted,
    once: Option<Once>,
}

impl Bound {
    /// The call as it was permitted.
    pub const fn permitted(&self) -> &Permitted {
        &self.permitted
    }

    /// The call, and the nonce that has to be claimed before it runs.
    pub(in crate::layers) fn into_parts(self) -> (Permitted, Option<Once>) {
        (self.permitted, self.once)
    }
}

/// A call that waited for a person, as it was parked.
#[derive(Debug)]
pub struct Parked {
    payload: String,
    prompt: Digest,
    nonce: Nonce,
    expires: u64,
}

impl Parked {
    /// What was parked, and the digest of the prompt, the nonce and the expiry that go with it.
    pub fn into_parts(self) -> (String, Digest, Nonce, u64) {
        (self.payload, self.prompt, self.nonce, self.expires)
    }
}

const MISSING: Rule = Rule::new(
    Layer::Binding,
    "l11/missing",
    Severity::High,
    "the policy wants a binding for this call; get one with `bind_request` and pass it along",
);
const MALFORMED: Rule =
    Rule::new(Layer::Binding, "l11/malformed", Severity::High, "this is no token that the guard issued");
const FORGED: Rule = Rule::new(
    Layer::Binding,
    "l11/forged",
    Severity::Critical,
    "the token's seal is not the guard's for this session and principal",
);
const EXPIRED: Rule =
    Rule::new(Layer::Binding, "l11/expired", Severity::Medium, "the token has expired; get a new one");
const REPLAYED: Rule = Rule::new(
    Layer::Binding,
    "l11/replayed",
    Severity::Critical,
    "the token was spent already; it opens one call",
);
const OTHER_RUN: Rule = Rule::new(
    Layer::Binding,
    "l11/other-run",
    Severity::High,
    "the token is of another run of the guard, which may have spent it; get a new one",
);
const TTL: Rule = Rule::new(
    Layer::Binding,
    "l11/ttl",
    Severity::Medium,
    "a binding lives longer than nothing and at most an hour",
);
const CALL: Rule = Rule::new(
    Layer::Binding,
    "l11/call-changed",
    Severity::Critical,
    "the call is not the one that was bound: server, tool or an argument differs",
);
const CONTEXT: Rule = Rule::new(
    Layer::Binding,
    "l11/context-changed",
    Severity::Critical,
    "the call was bound in another session, or for another principal",
);
const MESSAGE: Rule = Rule::new(
    Layer::Binding,
    "l11/message-changed",
    Severity::High,
    "the user has said something else since the call was bound",
);
const DEFINITION: Rule = Rule::new(
    Layer::Binding,
    "l11/definition-changed",
    Severity::Critical,
    "the tool's definition is not the one under which the call was bound",
);
const POLICY: Rule = Rule::new(
    Layer::Binding,
    "l11/policy-changed",
    Severity::High,
    "the policy is not the one under which the call was bound",
);
const LABELS: Rule = Rule::new(
    Layer::Binding,
    "l11/labels-changed",
    Severity::High,
    "what came in since the call was bound changes where its arguments may come from",
);

/// What changed, in the order of the tags.
const CHANGED: [Rule; 6] = [CALL, CONTEXT, MESSAGE, DEFINITION, POLICY, LABELS];

/// What this layer can find.
pub const RULES: &[Rule] = &[
    MISSING, MALFORMED, FORGED, EXPIRED, REPLAYED, OTHER_RUN, TTL, CALL, CONTEXT, MESSAGE, DEFINITION,
    POLICY, LABELS,
];
