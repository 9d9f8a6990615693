//! L6: a loop that nobody stops.
//!
//! **Attack.** An agent that was talked into it sends a thousand mails, pays in a thousand small steps, or carries
//! a database out a page at a time: each call by itself is allowed.
//!
//! **Promise.** The policy's limits are looked at before a call or a text is let through, all of them, and charged
//! once, when it is: what is refused, or never answered, spends nothing. No limit can be had twice by writing a
//! tool's name in other letters. The refusal says which limit, and when it admits again. A burst, and a recipient
//! whom the session has not written to before, are worth a finding.
//!
//! **Not promised.** Fairness among those who share a limit. That two calls which are judged at the same instant
//! see each other: the charge that comes second is refused by the store, and then the call is.
//!
//! Up: `docs/architecture.md`, `docs/layers/l06_rate_limit.md`. Down: `tests/cases/l06_rate_limit/`.

use std::cell::LazyCell;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{
    Finding, JsonPointer, Layer, PrincipalId, Quota, Rule, RuleId, SecretKey, SecurityContext, Severity,
    ToolName,
};
use crate::policy::{Capability, CapabilitySet, LimitRule, Metered, Per, Policy, ReportOrBlock};
use crate::state::{Acquired, QuotaKey, SessionFacts};
use crate::text::json::Json;
use crate::text::shingle::{self, Token, TokenKey, TokenKind};
use crate::text::{entropy, fold};
use crate::values::{ToolCall, name_words};

/// The layer: says what is charged to which limit, and judges the answers.
#[derive(Debug)]
pub struct RateLimit {
    policy: Arc<Policy>,
    recipients: TokenKey,
}

impl RateLimit {
    /// How many unknown recipients of one call are named.
    const NAMED: usize = 8;

    /// The layer under this policy. The key of recipients' fingerprints is derived from `key`.
    pub fn compile(policy: Arc<Policy>, key: &SecretKey) -> Self {
        Self { policy, recipients: TokenKey::derive(&key.derive("recipients")) }
    }

    /// What a call costs: one of every limit that counts its tool, or the bytes of its canonical form.
    pub fn charges(&self, call: &ToolCall, capabilities: CapabilitySet, cx: &SecurityContext) -> Vec<Charge> {
        let canonical = LazyCell::new(|| call.canonical());
        let bits = LazyCell::new(|| entropy::bits(&canonical));
        let cost = |of: Metered| if of == Metered::Entropy { *bits } else { canonical.len() };
        let limits = self.policy.limits_for(call.tool(), call.server(), capabilities);
        let mut charges: Vec<Charge> =
            limits.map(|limit| Charge::new(limit, Some(call.tool()), None, cost, cx)).collect();
        for quota in self.policy.quotas_for(call.tool(), call.server()) {
            let sum = quota.sum().map(|at| amount(call.args().at(at)));
            let cost = |of: Metered| sum.unwrap_or_else(|| cost(of));
            charges.push(Charge::new(quota, Some(call.tool()), None, cost, cx));
        }
        charges
    }

    /// What a text costs that goes out to this kind of sink.
    pub fn text_charges(&self, text: &str, sink: &str, cx: &SecurityContext) -> Vec<Charge> {
        let bits = LazyCell::new(|| entropy::bits(text));
        let cost = |of: Metered| if of == Metered::Entropy { *bits } else { text.len() };
        self.policy
            .outbound_limits(sink)
            .map(|limit| Charge::new(limit, None, Some(sink), cost, cx))
            .collect()
    }

    /// Judges what the store says of the charges: first what it would answer, and then, when everything else lets
    /// the call through, what it did answer.
    ///
    /// # Errors
    /// The refusal, by the limit that admits last. A charge without an answer is refused.
    pub fn look(charges: &[Charge], answers: &[Acquired]) -> Result<Paced, Refused> {
        let none = Acquired::Refused { retry_after: None };
        let answers = answers.iter().chain(std::iter::repeat(&none));
        let mut findings = Vec::new();
        let mut used_up = Vec::new();
        let mut refused: Option<Refused> = None;
        for (charge, answer) in charges.iter().zip(answers) {
            let Acquired::Refused { retry_after } = *answer else { continue };
            if let Some(quota) = charge.of_rule {
                used_up.push(quota);
                continue;
            }
            let finding = charge.exceeded(retry_after);
            if charge.on_exceed == ReportOrBlock::Report {
                findings.push(finding);
                continue;
            }
            let later = |known: &Refused| match (known.retry_after, retry_after) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(known), Some(wait)) => wait > known,
            };
            if refused.as_ref().is_none_or(later) {
                refused = Some(Refused { finding: Box::new(finding), retry_after });
            }
        }
        refused.map_or(Ok(Paced { findings, used_up }), Err)
    }

    /// Judges what the store did answer to a charge.
    ///
    /// # Errors
    /// The refusal: what was left when it was looked at is not any more.
    pub fn charged(charge: &Charge, answer: Acquired) -> Result<(), Refused> {
        match answer {
            // SECURITY: a rule let the call through since its quota had something left.
            Acquired::Refused { retry_after } if charge.of_rule.is_some() => {
                Err(Refused { finding: Box::new(charge.exceeded(retry_after)), retry_after })
            }
            _ => Self::look(std::slice::from_ref(charge), &[answer]).map(drop),
        }
    }

    /// To whom a call writes. Only calls that send have recipients.
    pub fn recipients(
        &self,
        call: &ToolCall,
        capabilities: CapabilitySet,
        facts: &SessionFacts,
    ) -> Recipients {
        let mut found = Recipients { findings: Vec::new(), facts: SessionFacts::new() };
        if !capabilities.contains(Capability::Egress) {
            return found;
        }
        let (mut seen, mut unnamed) = (HashSet::new(), 0_usize);
        for (pointer, leaf) in call.leaves() {
            let mut is_new = false;
            for recipient in self.named_in(&pointer, leaf) {
                is_new |= !facts.has_written_to(recipient) && seen.insert(recipient);
                found.facts = found.facts.wrote_to(recipient);
            }
            match found.findings.len() < Self::NAMED {
                _ if !is_new => {}
                true => found.findings.push(NOVEL.finding().in_argument(pointer)),
                false => unnamed = unnamed.saturating_add(1),
            }
        }
        if unnamed > 0 {
            found.findings.push(NOVEL.finding().saying(format!("{}, {unnamed} times more", NOVEL.meaning)));
        }
        found
    }

    /// Keyed fingerprints of the recipients that a leaf names: the addresses in it where its key says that it is one,
    /// and what is an address as a whole.
    fn named_in(&self, pointer: &JsonPointer, leaf: &Json) -> Vec<u64> {
        let number;
        let text = match leaf {
            Json::String(text) => text.as_str(),
            Json::Number(digits) => {
                number = digits.canonical();
                &number
            }
            _ => return Vec::new(),
        };
        let is_key = names_recipient(pointer);
        if !is_key && text.trim().contains(char::is_whitespace) {
            return Vec::new();
        }
        let folded = fold(text);
        let squeezed = shingle::squeeze(&folded);
        if squeezed.text().is_empty() {
            return Vec::new();
        }
        let tokens = shingle::tokens(&self.recipients, &squeezed);
        let of = |kind: TokenKind| tokens.iter().filter(move |token| token.kind() == kind);
        let is_whole = |kind: TokenKind| of(kind).any(|token| token.span().len() == squeezed.text().len());
        // An account has one fingerprint however its digits are set apart; its parts have none.
        let kinds: &[TokenKind] = if is_whole(TokenKind::Url) {
            &[TokenKind::Host]
        } else if is_key {
            &[TokenKind::Mail, TokenKind::Account]
        } else if is_whole(TokenKind::Mail) {
            &[TokenKind::Mail]
        } else {
            return Vec::new();
        };
        let addresses = |kind: &TokenKind| {
            let mut found: Vec<&Token> = of(*kind).collect();
            found.sort_by_key(|token| (token.span().start(), Reverse(token.span().end())));
            let mut end = 0;
            found.retain(|token| {
                let is_apart = token.span().start() >= end;
                end = end.max(token.span().end());
                is_apart
            });
            found.into_iter().map(|token| token.hash().to_u64()).collect::<Vec<u64>>()
        };
        let named = kinds.iter().map(addresses).find(|addresses| !addresses.is_empty());
        named.unwrap_or_else(|| vec![shingle::whole(&self.recipients, &squeezed).to_u64()])
    }
}

/// What a call adds to a sum: the number, rounded up. What is no number from zero on is more than any sum has.
fn amount(value: Option<&Json>) -> usize {
    let Some(Json::Number(number)) = value else { return usize::MAX };
    let canonical = number.canonical();
    let (whole, rest) = canonical.split_once('.').unwrap_or((&canonical, ""));
    let whole: usize = whole.parse().unwrap_or(usize::MAX);
    whole.saturating_add(usize::from(rest.bytes().any(|byte| byte != b'0')))
}

/// Whether a leaf's key, or the one above it, says that the leaf is a recipient.
fn names_recipient(pointer: &JsonPointer) -> bool {
    const RECIPIENT: &[&str] = &[
        "to",
        "cc",
        "bcc",
        "recipient",
        "recipients",
        "receiver",
        "receivers",
        "addressee",
        "payee",
        "beneficiary",
        "iban",
        "attendee",
        "attendees",
        "participant",
        "participants",
        "invitee",
        "invitees",
        "destination",
        "channel",
        "webhook",
    ];
    let steps: Vec<String> = pointer.steps().collect();
    let keys = steps.iter().rev().filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit()));
    keys.take(2).any(|key| name_words(key).iter().any(|word| RECIPIENT.contains(&word.as_str())))
}

/// What is charged to one key of one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    key: QuotaKey,
    quota: Quota,
    cost: u32,
    rule: RuleId,
    unit: &'static str,
    on_exceed: ReportOrBlock,
    of_rule: Option<u64>,
}

impl Charge {
    fn new(
        limit: &LimitRule,
        tool: Option<&ToolName>,
        sink: Option<&str>,
        cost: impl FnOnce(Metered) -> usize,
        cx: &SecurityContext,
    ) -> Self {
        // SECURITY: a tool's case, and a server that only the call names, may be the model's to choose.
        let tool = tool.map(|tool| tool.as_str().to_ascii_lowercase());
        let mut parts = Vec::new();
        for per in limit.per() {
            let value = match per {
                Per::Session => Some(cx.session_id().as_str()),
                Per::Principal => cx.principal_id().map(PrincipalId::as_str),
                Per::Tool => tool.as_deref(),
                Per::Sink => sink,
            };
            // Nobody and no tool are counted together, and apart from everybody of any name.
            parts.extend([Some(per.as_str()), value].into_iter().flatten());
        }
        let (cost, unit) = match limit.of() {
            Metered::Bytes if limit.sum().is_some() => {
                (u32::try_from(cost(Metered::Bytes)).unwrap_or(u32::MAX), "in sum")
            }
            Metered::Calls => (1, "calls"),
            Metered::Outbound => (1, "texts"),
            Metered::Bytes => (u32::try_from(cost(Metered::Bytes)).unwrap_or(u32::MAX), "bytes"),
            Metered::Entropy => {
                (u32::try_from(cost(Metered::Entropy)).unwrap_or(u32::MAX), "bits of what is no word")
            }
        };
        Self {
            // No limit's id has a blank in it.
            key: match limit.of_rule() {
                None => QuotaKey::new(limit.id().as_str(), &parts),
                Some(quota) => QuotaKey::new(&format!("quota {quota:016x}"), &parts),
            },
            quota: limit.quota(),
            cost,
            rule: limit.id().clone(),
            unit,
            on_exceed: limit.on_exceed(),
            of_rule: limit.of_rule(),
        }
    }

    /// Of a rule's quota, its key.
    pub const fn of_rule(&self) -> Option<u64> {
        self.of_rule
    }

    /// What it is counted under.
    pub const fn key(&self) -> &QuotaKey {
        &self.key
    }

    /// How much the limit admits.
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// How much is charged.
    pub const fn cost(&self) -> u32 {
        self.cost
    }

    /// The limit.
    pub const fn rule(&self) -> &RuleId {
        &self.rule
    }

    /// What is done where the limit does not admit it.
    pub const fn on_exceed(&self) -> ReportOrBlock {
        self.on_exceed
    }

    fn exceeded(&self, retry_after: Option<Duration>) -> Finding {
        let Self { rule, quota, unit, .. } = self;
        let most = format!("`{rule}` ({} {unit} in {} s)", quota.burst(), quota.period().as_secs_f64());
        match (self.on_exceed, retry_after) {
            (ReportOrBlock::Report, _) => {
                let found = if quota.is_sliding() { BURST } else { LIMIT };
                found.finding().saying(format!("more than the limit {most}")).severity(Severity::Low)
            }
            (ReportOrBlock::Block, Some(wait)) => LIMIT
                .finding()
                .saying(format!("the limit {most} is used up; it admits this in {} s", seconds(wait))),
            (ReportOrBlock::Block, None) => LIMIT
                .finding()
                .saying(format!("this alone is more than the limit {most}; it is never admitted")),
        }
    }
}

/// Whole seconds, rounded up: who comes back then is not too early.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

/// Proof that L6 looked at the limits and none refused. Only [`RateLimit::look`] makes one.
#[derive(Debug)]
#[must_use = "what was found has to be reported"]
pub struct Paced {
    findings: Vec<Finding>,
    used_up: Vec<u64>,
}

impl Paced {
    /// The keys of the quotas of rules that do not admit this call.
    pub fn used_up(&self) -> &[u64] {
        &self.used_up
    }

    /// Limits that were exceeded and only report.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// What a limit does not admit.
#[derive(Debug)]
pub struct Refused {
    finding: Box<Finding>,
    retry_after: Option<Duration>,
}

impl Refused {
    /// When it would be admitted if nothing else came; `None`: never.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Why, with the limit's name.
    pub fn into_finding(self) -> Finding {
        *self.finding
    }
}

/// To whom a call writes.
#[derive(Debug)]
#[must_use = "what was found has to be reported"]
pub struct Recipients {
    findings: Vec<Finding>,
    facts: SessionFacts,
}

impl Recipients {
    /// One for each leaf that names somebody new, and what the session has to remember once the call is let through.
    pub fn into_parts(self) -> (Vec<Finding>, SessionFacts) {
        (self.findings, self.facts)
    }
}

const LIMIT: Rule =
    Rule::new(Layer::RateLimit, "l6/limit", Severity::Medium, "a limit of the policy is used up");
const BURST: Rule = Rule::new(Layer::RateLimit, "l6/burst", Severity::Low, "more at once than is usual");
const NOVEL: Rule = Rule::new(
    Layer::RateLimit,
    "l6/novel-recipient",
    Severity::Info,
    "the session has not sent to this recipient before",
);

/// What this layer can find.
pub const RULES: &[Rule] = &[LIMIT, BURST, NOVEL];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Limits, Moment, ServerId, SessionId};
    use crate::state::{MemoryStore, StateStore};

    const SENDS: CapabilitySet = CapabilitySet::NONE.with(Capability::Egress);

    fn policy(limits: &str) -> RateLimit {
        let yaml = format!("bartizan: 1\nlimits:\n{limits}\nrules: [{{ id: all, effect: allow }}]\n");
        let policy = Policy::from_yaml(&yaml).unwrap_or_else(|error| panic!("{error}"));
        RateLimit::compile(Arc::new(policy), &SecretKey::from_bytes([7; 32]))
    }

    fn cx(session: &str) -> SecurityContext {
        SecurityContext::new(SessionId::new(session).unwrap())
    }

    fn call(tool: &str, args: &str) -> ToolCall {
        ToolCall::new(ToolName::new(tool).unwrap(), Json::parse(args, &Limits::default()).unwrap()).unwrap()
    }

    fn at(secs: u64) -> Moment {
        Moment::new(0, secs * 1_000_000_000)
    }

    /// As the guard does: look at all, and charge all when none refuses.
    fn pass(store: &MemoryStore, charges: &[Charge], now: Moment) -> Result<Paced, Refused> {
        let ask = |charge: &Charge| store.peek(charge.key(), charge.quota(), charge.cost(), now).unwrap();
        let paced = RateLimit::look(charges, &charges.iter().map(ask).collect::<Vec<_>>())?;
        for charge in charges {
            assert!(store.acquire(charge.key(), charge.quota(), charge.cost(), now).is_ok());
        }
        Ok(paced)
    }

    fn told(refused: Refused) -> String {
        let finding = refused.into_finding();
        format!("{}: {}", finding.rule, finding.message)
    }

    const CALLS: &str =
        "- { id: mails, of: calls, per: [session, tool], tools: [mail.*], burst: 2, period_s: 60 }";

    #[test]
    fn a_limit_refuses_by_name_and_says_when() {
        let (layer, store) = (policy(CALLS), MemoryStore::default());
        let charges = |tool, session| layer.charges(&call(tool, "{}"), SENDS, &cx(session));
        for _ in 0..2 {
            assert!(pass(&store, &charges("mail.send", "s"), at(1)).unwrap().findings().is_empty());
        }
        let refused = pass(&store, &charges("mail.send", "s"), at(1)).unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(30)));
        assert_eq!(
            told(refused),
            "l6/limit: the limit `mails` (2 calls in 60 s) is used up; it admits this in 30 s"
        );
        assert!(pass(&store, &charges("mail.send", "other"), at(1)).is_ok(), "sessions are apart");
        assert!(pass(&store, &charges("mail.read", "s"), at(1)).is_ok(), "tools are apart");
        assert!(charges("clock.now", "s").is_empty());
        assert!(pass(&store, &charges("mail.send", "s"), at(31)).is_ok());
    }

    #[test]
    fn other_letters_and_other_servers_do_not_buy_more() {
        let (layer, store) = (policy(CALLS), MemoryStore::default());
        let on = |server| call("mail.send", "{}").on(ServerId::new(server).unwrap());
        for call in [call("Mail.Send", "{}"), on("one")] {
            assert!(pass(&store, &layer.charges(&call, SENDS, &cx("s")), at(1)).is_ok());
        }
        assert!(pass(&store, &layer.charges(&on("two"), SENDS, &cx("s")), at(1)).is_err());
    }

    #[test]
    fn what_one_limit_refuses_spends_nothing_of_another() {
        let both = format!("{CALLS}\n- {{ id: all, of: calls, per: [principal], burst: 3, period_s: 3600 }}");
        let (layer, store) = (policy(&both), MemoryStore::default());
        let cx = cx("s").principal(PrincipalId::new("ana").unwrap());
        let charges = |tool| layer.charges(&call(tool, "{}"), SENDS, &cx);
        for n in 0..10 {
            assert_eq!(pass(&store, &charges("mail.send"), at(1)).is_ok(), n < 2);
        }
        assert!(pass(&store, &charges("clock.now"), at(1)).is_ok());
        assert!(told(pass(&store, &charges("clock.now"), at(1)).unwrap_err()).contains("`all`"));
        // Both refuse: the one that admits last is told.
        assert!(told(pass(&store, &charges("mail.send"), at(1)).unwrap_err()).contains("`all`"));
    }

    #[test]
    fn bytes_are_counted_in_calls_and_in_texts() {
        let limits = "- { id: carried, of: bytes, per: [session], burst: 1000, period_s: 60 }";
        let (layer, store) = (policy(limits), MemoryStore::default());
        let cx = cx("s");
        let text = |bytes| layer.text_charges(&"x".repeat(bytes), "reply", &cx);
        let note = call("note", "{}");
        assert!(pass(&store, &layer.charges(&note, SENDS, &cx), at(1)).is_ok());
        assert!(pass(&store, &text(1000 - note.canonical().len()), at(1)).is_ok());
        assert!(pass(&store, &text(1), at(1)).is_err());
        let refused = pass(&store, &text(1001), at(1000)).unwrap_err();
        assert_eq!(
            told(refused),
            "l6/limit: this alone is more than the limit `carried` (1000 bytes in 60 s); it is never admitted"
        );
    }

    #[test]
    fn a_burst_is_told_and_let_through() {
        let limits = "- { id: quick, of: calls, per: [session, tool], burst: 2, period_s: 10, window: sliding, \
                      on_exceed: report }";
        let (layer, store) = (policy(limits), MemoryStore::default());
        let charges = layer.charges(&call("mail.send", "{}"), SENDS, &cx("s"));
        let rules = |now| {
            let paced = pass(&store, &charges, at(now)).unwrap();
            paced.findings().iter().map(|finding| finding.rule.to_string()).collect::<Vec<_>>()
        };
        assert_eq!((rules(1), rules(2)), (vec![], vec![]));
        assert_eq!(rules(3), ["l6/burst"]);
        assert_eq!(rules(12), [""; 0]);
    }

    #[test]
    fn a_charge_without_an_answer_is_refused() {
        let layer = policy(CALLS);
        let charges = layer.charges(&call("mail.send", "{}"), SENDS, &cx("s"));
        assert!(RateLimit::look(&charges, &[]).is_err());
        assert!(RateLimit::look(&[], &[]).is_ok());
    }

    #[test]
    fn nobody_is_not_somebody_of_that_name() {
        let layer = policy("- { id: all, of: calls, per: [principal], burst: 1, period_s: 60 }");
        let key = |cx: &SecurityContext| *layer.charges(&call("note", "{}"), SENDS, cx)[0].key();
        let of = |name| key(&cx("s").principal(PrincipalId::new(name).unwrap()));
        assert_eq!(key(&cx("s")), key(&cx("t")));
        assert!(of("principal") != key(&cx("s")) && of("ana") != of("bob"));
    }

    fn novel(layer: &RateLimit, facts: &mut SessionFacts, args: &str) -> Vec<String> {
        let (findings, delta) = layer.recipients(&call("mail.send", args), SENDS, facts).into_parts();
        *facts = facts.merge(&delta);
        findings.iter().filter_map(|finding| Some(finding.pointer()?.to_string())).collect()
    }

    #[test]
    fn a_recipient_is_new_once() {
        let (layer, mut facts) = (policy(CALLS), SessionFacts::new());
        let mail = r#"{"to":["ana@example.org","Bob <bob@example.org>"],"body":"write to eve@example.net"}"#;
        assert_eq!(novel(&layer, &mut facts, mail), ["/to/0", "/to/1"]);
        assert_eq!(novel(&layer, &mut facts, mail), [""; 0]);
        let known = r#"{"account":"DE02120300000000202051","iban":"DE02120300000000202051"}"#;
        assert_eq!(novel(&layer, &mut facts, known), ["/iban"]);
        assert_eq!(novel(&layer, &mut facts, r#"{"payee":"de02 1203 0000 0000 2020 51"}"#), [""; 0]);
        for known in [r#"{"to":"ANA@example.org, bob@example.org"}"#, r#"{"cc":"ana@ex\u200bample.org"}"#] {
            assert_eq!(novel(&layer, &mut facts, known), [""; 0], "{known}");
        }
        for (new, pointer) in [
            (r#"{"to":"ana@example.org, eve@example.net"}"#, "/to"),
            (r#"{"mailTo":{"name":"Carl"}}"#, "/mailTo/name"),
            (r##"{"channel":"#general"}"##, "/channel"),
            (r#"{"iban":"DE89 3704 0044 0532 0130 00"}"#, "/iban"),
            (r#"{"email":"dora@example.org"}"#, "/email"),
            (r#"{"url":"https://upload.example.net/a?b=c"}"#, "/url"),
        ] {
            assert_eq!(novel(&layer, &mut facts, new), [pointer], "{new}");
            assert_eq!(novel(&layer, &mut facts, new), [""; 0], "{new}");
        }
        assert_eq!(novel(&layer, &mut facts, r#"{"url":"https://upload.example.net/other"}"#), [""; 0]);
        assert_eq!(novel(&layer, &mut facts, r#"{"subject":"total","count":3,"to":null,"cc":""}"#), [""; 0]);
    }

    #[test]
    fn only_what_sends_has_recipients_and_no_finding_shows_one() {
        let layer = policy(CALLS);
        let many: Vec<String> = (0..50).map(|n| format!("\"u{n}@example.org\"")).collect();
        let call = call("mail.send", &format!(r#"{{"to":[{}]}}"#, many.join(",")));
        let (findings, facts) =
            layer.recipients(&call, CapabilitySet::NONE, &SessionFacts::new()).into_parts();
        assert!(findings.is_empty() && facts == SessionFacts::new());
        let (findings, facts) = layer.recipients(&call, SENDS, &SessionFacts::new()).into_parts();
        assert_eq!(findings.len(), 9);
        assert!(findings[8].message.ends_with("42 times more"));
        assert!(!format!("{findings:?}{facts:?}").contains("example"));
    }
}
