//! A policy and a call, judged twice: by the policy, and by somebody who reads it word for word and takes every value
//! for what it looks like. The second judge is never stricter where a rule restricts, and never narrower where one
//! allows; so what the first one allows, the second one has to.

use super::Choices;
use crate::base::{
    Integrity, JsonPointer, Label, Limits, Mode, SecurityContext, Sensitivity, SessionId, ToolName,
};
use crate::policy::{Capability, CapabilitySet, Decision, Effect, Leaf, Origin, Policy, Reason, Request};
use crate::text::json::Json;

const TOOLS: [&str; 3] = ["send_mail", "read_note", "transfer"];
const TOOL_GLOBS: [&str; 5] = ["*", "send_*", "*_note", "transfer", "TRANSFER"];
const POINTERS: [&str; 8] = ["/to", "/to/*", "/amount", "/note/text", "/**", "/*", "/note/**", "/**/text"];
const VALUE_GLOBS: [&str; 6] = ["*@example.org", "/srv/**", "/srv/*", "kim*", "?", "1000"];
/// As they stand in the policy and in the call.
const SCALARS: [&str; 8] = [
    "\"kim@example.org\"",
    "\"KIM@example.org\"",
    "\"/srv/a/b\"",
    "\"/srv/../etc\"",
    "\"1000\"",
    "1000",
    "true",
    "null",
];
const INTEGRITIES: [Integrity; 4] =
    [Integrity::Trusted, Integrity::Internal, Integrity::Untrusted, Integrity::Hostile];
/// Bounds that not everything is within: a policy with one of the others is refused.
const BOUNDS: [Integrity; 2] = [Integrity::Internal, Integrity::Untrusted];
const SENSITIVITIES: [Sensitivity; 3] = [Sensitivity::Public, Sensitivity::Internal, Sensitivity::Sensitive];
const CAPABILITIES: [Capability; 3] = [Capability::Egress, Capability::Destructive, Capability::ReadsPrivate];

/// What a rule says of the whole call.
#[derive(Debug, Clone, Copy)]
enum Condition {
    Mode(Mode),
    Can(Capability),
    Described(bool),
    Authorized(bool),
    UserSpoke(bool),
    CanarySeen(bool),
    Escalated(bool),
    Integrity(Integrity),
    Trust(Integrity),
}

/// What a rule says of an argument.
#[derive(Debug, Clone, Copy)]
enum Test {
    Present(bool),
    Equals(&'static str),
    Glob(&'static str),
    Integrity(Integrity),
    Sensitivity(Sensitivity),
    Origin(Origin),
}

#[derive(Debug)]
struct Rule {
    effect: Effect,
    tools: &'static str,
    condition: Option<Condition>,
    args: Vec<(&'static str, Test)>,
}

/// All that a call is judged by.
struct Facts<'a> {
    request: Request<'a>,
    tool: &'static str,
    mode: Mode,
    capabilities: CapabilitySet,
    flags: [bool; 5],
    integrity: Integrity,
    trust: Integrity,
    leaves: &'a [(JsonPointer, &'a Json, Label, Origin)],
}

/// A policy allows a call only where one that reads it word for word does; under `deny-overrides` the order of its
/// rules means nothing; what decided is a rule of that effect.
///
/// # Panics
/// When one of these does not hold.
pub fn tool_call(data: &[u8]) {
    let mut choices = Choices(data);
    let first_applies = choices.flag();
    let rules: Vec<Rule> = (0..=choices.below(5)).map(|_| Rule::choose(&mut choices)).collect();
    let order = |rules: &mut dyn Iterator<Item = (usize, &Rule)>| {
        let rules: String = rules.map(|(at, rule)| rule.written(at)).collect();
        let combining = if first_applies { "first-applicable" } else { "deny-overrides" };
        format!("bartizan: 1\ncombining: {combining}\nrules:\n{rules}")
    };
    let yaml = order(&mut rules.iter().enumerate());
    let policy = match Policy::from_yaml(&yaml) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}\n{yaml}"),
    };

    let args = arguments(&mut choices);
    let leaves: Vec<_> = args.leaves().map(|(pointer, value)| leaf(pointer, value, &mut choices)).collect();
    let seen: Vec<Leaf<'_>> = leaves
        .iter()
        .map(|(pointer, value, label, origin)| Leaf::new(pointer.clone(), value, *label, *origin))
        .collect();
    let tool = choices.of(TOOLS);
    let (mode, trust) = (choices.of([Mode::Client, Mode::Server]), choices.of(INTEGRITIES));
    let session = SessionId::new("s").expect("a name");
    let cx = SecurityContext::new(session).mode(mode).trust(trust);
    let name = ToolName::new(tool).expect("a name");
    let capabilities =
        CAPABILITIES.into_iter().filter(|_| choices.flag()).fold(CapabilitySet::NONE, CapabilitySet::with);
    let integrity = choices.of(INTEGRITIES);
    let flags @ [described, authorized, user_spoke, canary_seen, escalated] =
        std::array::from_fn(|_| choices.flag());
    let request = Request::new(&name, &cx)
        .capabilities(capabilities)
        .leaves(&seen)
        .session(Label::new(integrity, Sensitivity::Public))
        .described(described)
        .authorized(authorized)
        .user_spoke(user_spoke)
        .canary_seen(canary_seen)
        .escalated(escalated);
    let facts = Facts { request, tool, mode, capabilities, flags, integrity, trust, leaves: &leaves };

    let decision = policy.decide(&facts.request);
    let case = || {
        format!(
            "{decision:?}\n{yaml}{tool} {args}\n{leaves:?}\n{mode:?} {capabilities:?} {flags:?} {integrity} {trust}"
        )
    };
    assert!(
        holds(&decision, &rules, &facts, first_applies),
        "more permissive than it is written\n{}",
        case()
    );
    if !first_applies {
        let turned = order(&mut rules.iter().enumerate().rev());
        let turned = Policy::from_yaml(&turned).map(|policy| policy.decide(&facts.request).effect());
        assert_eq!(turned.ok(), Some(decision.effect()), "the order of the rules counts\n{}", case());
    }
}

/// Whether the decision is one that the rules, read word for word, can give.
fn holds(decision: &Decision, rules: &[Rule], facts: &Facts<'_>, first_applies: bool) -> bool {
    let stopped = |effects: &[Effect], before: usize| {
        let before = if first_applies { before } else { rules.len() };
        rules.iter().take(before).any(|rule| effects.contains(&rule.effect) && rule.plainly_matches(facts))
    };
    let decided = decision.rule().and_then(|id| id.as_str().strip_prefix('r')?.parse::<usize>().ok());
    let rule = decided.and_then(|at| rules.get(at));
    let fits = match (decision.reason(), rule) {
        (Reason::NoRuleMatched, rule) => rule.is_none() && decision.effect() == Effect::Deny,
        (_, Some(rule)) => rule.effect == decision.effect() && rule.may_match(facts),
        (_, None) => false,
    };
    let allowing = |from: &[Effect], against: &[Effect]| {
        rules
            .iter()
            .enumerate()
            .any(|(at, rule)| from.contains(&rule.effect) && rule.may_match(facts) && !stopped(against, at))
    };
    fits && match decision.effect() {
        Effect::Allow => allowing(&[Effect::Allow], &[Effect::Deny, Effect::RequireApproval]),
        Effect::RequireApproval => allowing(&[Effect::Allow, Effect::RequireApproval], &[Effect::Deny]),
        // What nothing restricts and something allows whatever its arguments are is not denied.
        Effect::Deny => {
            rules.iter().any(|rule| rule.effect != Effect::Allow)
                || !rules.iter().any(|rule| rule.args.is_empty() && rule.may_match(facts))
        }
    }
}

impl Rule {
    fn choose(choices: &mut Choices<'_>) -> Self {
        let effect = choices.of([Effect::Allow, Effect::RequireApproval, Effect::Deny]);
        let tools = choices.of(TOOL_GLOBS);
        let condition = match choices.below(14) {
            0 => Some(Condition::Mode(choices.of([Mode::Client, Mode::Server]))),
            1 => Some(Condition::Can(choices.of(CAPABILITIES))),
            2 => Some(Condition::Described(choices.flag())),
            3 => Some(Condition::Authorized(choices.flag())),
            4 => Some(Condition::UserSpoke(choices.flag())),
            5 => Some(Condition::CanarySeen(choices.flag())),
            6 => Some(Condition::Escalated(choices.flag())),
            7 => Some(Condition::Integrity(choices.of(BOUNDS))),
            8 => Some(Condition::Trust(choices.of(BOUNDS))),
            _ => None,
        };
        let mut args: Vec<(&'static str, Test)> = Vec::new();
        for _ in 0..choices.below(3) {
            let pointer = choices.of(POINTERS);
            let test = match choices.below(6) {
                0 => Test::Present(choices.flag()),
                1 => Test::Equals(choices.of(SCALARS)),
                2 => Test::Glob(choices.of(VALUE_GLOBS)),
                3 => Test::Integrity(choices.of(BOUNDS)),
                4 => Test::Sensitivity(Sensitivity::Internal),
                _ => Test::Origin(choices.of([Origin::User, Origin::Source, Origin::Model])),
            };
            if args.iter().all(|(known, _)| *known != pointer) {
                args.push((pointer, test));
            }
        }
        Self { effect, tools, condition, args }
    }

    fn allows(&self) -> bool {
        self.effect == Effect::Allow
    }

    /// The rule as its policy has it. What allows is bounded from the good side, what restricts from the bad one.
    fn written(&self, at: usize) -> String {
        let (good, bad) = if self.allows() { ("at_least", "at_most") } else { ("at_most", "at_least") };
        let condition = match self.condition {
            None => String::new(),
            Some(Condition::Mode(Mode::Client)) => ", modes: [client]".to_owned(),
            Some(Condition::Mode(Mode::Server)) => ", modes: [server]".to_owned(),
            Some(Condition::Can(capability)) => format!(", capabilities: [{capability}]"),
            Some(Condition::Described(yes)) => format!(", described: {yes}"),
            Some(Condition::Authorized(yes)) => format!(", authorized: {yes}"),
            Some(Condition::UserSpoke(yes)) => format!(", session: {{ user_spoke: {yes} }}"),
            Some(Condition::CanarySeen(yes)) => format!(", session: {{ canary_seen: {yes} }}"),
            Some(Condition::Escalated(yes)) => format!(", session: {{ escalated: {yes} }}"),
            Some(Condition::Integrity(bound)) => format!(", session: {{ integrity: {{ {good}: {bound} }} }}"),
            Some(Condition::Trust(bound)) => format!(", trust: {{ {good}: {bound} }}"),
        };
        let args: Vec<String> = self
            .args
            .iter()
            .map(|(pointer, test)| {
                let test = match test {
                    Test::Present(yes) => format!("present: {yes}"),
                    Test::Equals(scalar) => format!("equals: {scalar}"),
                    Test::Glob(glob) => format!("glob: \"{glob}\""),
                    Test::Integrity(bound) => format!("integrity: {{ {good}: {bound} }}"),
                    Test::Sensitivity(bound) => format!("sensitivity: {{ {bad}: {bound} }}"),
                    Test::Origin(origin) => format!("origin: {origin}"),
                };
                format!("\"{pointer}\": {{ {test} }}")
            })
            .collect();
        let args = if args.is_empty() { String::new() } else { format!(", args: {{ {} }}", args.join(", ")) };
        format!("- {{ id: r{at}, effect: {}, tools: \"{}\"{condition}{args} }}\n", self.effect, self.tools)
    }

    /// Whether it speaks of the call as a whole.
    fn speaks_of(&self, facts: &Facts<'_>) -> bool {
        let [described, authorized, user_spoke, canary_seen, escalated] = facts.flags;
        let within = |bound, found| if self.allows() { found >= bound } else { found <= bound };
        // Who restricts overlooks case.
        let tools = self.tools.to_lowercase();
        let tools = if self.allows() { self.tools } else { &*tools };
        fits(tools, facts.tool)
            && match self.condition {
                None => true,
                Some(Condition::Mode(mode)) => mode == facts.mode,
                Some(Condition::Can(capability)) if self.allows() => {
                    facts.capabilities.is_subset(CapabilitySet::NONE.with(capability))
                }
                Some(Condition::Can(capability)) => facts.capabilities.contains(capability),
                Some(Condition::Described(yes)) => yes == described,
                Some(Condition::Authorized(yes)) => yes == authorized,
                Some(Condition::UserSpoke(yes)) => yes == user_spoke,
                Some(Condition::CanarySeen(yes)) => yes == canary_seen,
                Some(Condition::Escalated(yes)) => yes == escalated,
                Some(Condition::Integrity(bound)) => within(bound, facts.integrity),
                Some(Condition::Trust(bound)) => within(bound, facts.trust),
            }
    }

    /// Whether it must match, whatever else a cleverer reader sees in the values. Of rules that restrict.
    fn plainly_matches(&self, facts: &Facts<'_>) -> bool {
        self.speaks_of(facts)
            && self.args.iter().all(|(pattern, test)| {
                facts.leaves.iter().any(|leaf| names(pattern, &leaf.0) && test.is_met(leaf, false))
            })
    }

    /// Whether it can match at all. Of one that restricts nothing is known: it may see more in the values.
    fn may_match(&self, facts: &Facts<'_>) -> bool {
        self.speaks_of(facts)
            && self.args.iter().all(|(pattern, test)| {
                let mut named = facts.leaves.iter().filter(|leaf| names(pattern, &leaf.0)).peekable();
                let any = named.peek().is_some();
                match test {
                    _ if !self.allows() => true,
                    Test::Present(false) => !any,
                    Test::Equals(_) | Test::Glob(_) => any && named.all(|leaf| test.is_met(leaf, true)),
                    _ => {
                        let mut inside =
                            facts.leaves.iter().filter(|leaf| holds_inside(pattern, &leaf.0)).peekable();
                        (any || inside.peek().is_some())
                            && named.all(|leaf| test.is_met(leaf, true))
                            && inside.all(|leaf| test.is_met(leaf, true))
                    }
                }
            })
    }
}

impl Test {
    fn is_met(self, (_, value, label, origin): &(JsonPointer, &Json, Label, Origin), allows: bool) -> bool {
        match self {
            Self::Present(yes) => yes,
            Self::Equals(scalar) => value.to_string() == scalar,
            Self::Glob(glob) => value.as_str().is_some_and(|text| fits(glob, text)),
            Self::Integrity(bound) if allows => label.integrity() >= bound,
            Self::Integrity(bound) => label.integrity() <= bound,
            Self::Sensitivity(bound) if allows => label.sensitivity() <= bound,
            Self::Sensitivity(bound) => label.sensitivity() >= bound,
            Self::Origin(wanted) => wanted == *origin,
        }
    }
}

/// An object of a few arguments, some of them lists and objects.
fn arguments(choices: &mut Choices<'_>) -> Json {
    let scalar = |choices: &mut Choices<'_>| match choices.below(10) {
        8 => Json::String(choices.text().into_owned()),
        9 => Json::parse("1e3", &Limits::default()).unwrap_or(Json::Null),
        at => {
            let text = SCALARS.get(at).copied().unwrap_or("null");
            Json::parse(text, &Limits::default()).unwrap_or(Json::Null)
        }
    };
    let mut members = Vec::new();
    for key in ["to", "amount", "note", "To", "text"] {
        let value = match choices.below(5) {
            0 => continue,
            1 => Json::Array(vec![scalar(choices), scalar(choices)]),
            2 => Json::Object(vec![("text".to_owned(), scalar(choices))]),
            _ => scalar(choices),
        };
        members.push((key.to_owned(), value));
    }
    Json::Object(members)
}

fn leaf<'j>(
    pointer: JsonPointer,
    value: &'j Json,
    choices: &mut Choices<'_>,
) -> (JsonPointer, &'j Json, Label, Origin) {
    let label = Label::new(choices.of(INTEGRITIES), choices.of(SENSITIVITIES));
    (pointer, value, label, choices.of([Origin::User, Origin::Source, Origin::Model]))
}

/// Whether the pattern names this pointer, step by step.
fn names(pattern: &str, pointer: &JsonPointer) -> bool {
    let mut ends = vec![pointer.as_str()];
    for step in pattern.split('/').skip(1) {
        ends = ends
            .into_iter()
            .flat_map(|rest| match step {
                "**" => suffixes(rest),
                step => first(rest)
                    .filter(|(key, _)| step == "*" || step == *key)
                    .map(|(_, rest)| rest)
                    .into_iter()
                    .collect(),
            })
            .collect();
    }
    ends.contains(&"")
}

/// Whether the pattern names something that this pointer is inside of.
fn holds_inside(pattern: &str, pointer: &JsonPointer) -> bool {
    let ends = pointer.as_str().match_indices('/').map(|(at, _)| at).skip(1);
    ends.filter_map(|at| pointer.as_str().get(..at)).any(|outer| {
        let outer = outer.split('/').skip(1).fold(JsonPointer::root(), |outer, step| outer.key(step));
        names(pattern, &outer)
    })
}

fn first(pointer: &str) -> Option<(&str, &str)> {
    let rest = pointer.strip_prefix('/')?;
    Some(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

fn suffixes(pointer: &str) -> Vec<&str> {
    std::iter::successors(Some(pointer), |rest| first(rest).map(|(_, rest)| rest)).collect()
}

/// Whether the glob matches the text, which may not hide a slash under a `*` or a `?`.
fn fits(glob: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Whether the glob up to here matches the text up to there.
    let mut reach: Vec<bool> = std::iter::once(true).chain(text.iter().map(|_| false)).collect();
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        let (deep, run) = (rest.starts_with("**"), c == '*');
        rest = rest.get(if deep { 2 } else { c.len_utf8() }..).unwrap_or_default();
        let mut next = vec![run && reach.first() == Some(&true)];
        for (at, found) in text.iter().enumerate() {
            let here = |reach: &[bool], at: usize| reach.get(at) == Some(&true);
            let one = here(&reach, at) && if c == '?' { *found != '/' } else { *found == c };
            let more = here(&next, at) && (deep || *found != '/') || here(&reach, at.saturating_add(1));
            next.push(if run { more } else { one });
        }
        reach = next;
    }
    reach.last() == Some(&true)
}
