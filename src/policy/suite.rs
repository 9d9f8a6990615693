//! Tests of a policy: calls, and what has to come of them. Ours, and Kvlar's as they are.

use std::collections::BTreeSet;
use std::fmt;

use crate::base::{
    Integrity, Label, Limits, Mode, Moment, PrincipalId, Readers, RuleId, SecurityContext, Sensitivity,
    ServerId, SessionId, Source, SourceKind, ToolName,
};
use crate::text::json::Json;
use crate::values::ArgRole;

use super::doc::{At, Problems};
use super::load::{Kind, Node, parse};
use super::{
    CameFrom, Capability, CapabilitySet, Decision, Effect, Leaf, Origin, Policy, PolicyError, Request,
};

/// A call to try a policy with. Starts as one that the user asked for, in so many words, with nothing untrusted in the
/// session.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct TrialCall {
    pub(super) tool: String,
    pub(super) server: Option<String>,
    pub(super) args: String,
    pub(super) principal: Option<PrincipalId>,
    pub(super) roles: Vec<String>,
    pub(super) environment: Option<String>,
    pub(super) mode: Mode,
    pub(super) trust: Integrity,
    pub(super) capabilities: Option<CapabilitySet>,
    pub(super) labels: Vec<(String, Integrity, Sensitivity, Origin)>,
    /// What values were copied from, where it is not what their origin says.
    pub(super) sources: Vec<(String, CameFrom)>,
    /// What arguments are for, where a test says it.
    pub(super) purposes: Vec<(String, ArgRole)>,
    pub(super) session: Label,
    pub(super) user_spoke: bool,
    pub(super) described: bool,
    pub(super) authorized: bool,
    pub(super) canary_seen: bool,
    pub(super) escalated: bool,
    pub(super) now: Option<Moment>,
    /// The rules whose quotas are used up.
    pub(super) used_up: Vec<String>,
    /// Every step of every flow was taken before it.
    pub(super) looks_back: bool,
}

/// A session that did everything before.
#[derive(Debug)]
struct Everything;

impl super::Past for Everything {
    fn now(&self) -> u64 {
        1
    }

    fn turns(&self, _: u64, _: bool) -> Option<Vec<u64>> {
        None
    }

    fn copied_from(&self, _: &dyn Fn(&str) -> bool) -> bool {
        true
    }
}

impl TrialCall {
    /// A call of this tool with these arguments, a JSON object.
    pub fn new(tool: impl Into<String>, args: impl Into<String>) -> Self {
        Self {
            tool: tool.into(),
            server: None,
            args: args.into(),
            principal: None,
            roles: Vec::new(),
            environment: None,
            mode: Mode::Client,
            trust: Integrity::Untrusted,
            capabilities: None,
            labels: Vec::new(),
            sources: Vec::new(),
            purposes: Vec::new(),
            session: Label::NEUTRAL,
            user_spoke: true,
            described: true,
            authorized: true,
            canary_seen: false,
            escalated: false,
            now: None,
            used_up: Vec::new(),
            looks_back: false,
        }
    }

    /// The same, of this server's tool.
    #[must_use]
    pub fn server(mut self, server: impl Into<String>) -> Self {
        self.server = Some(server.into());
        self
    }

    /// Reads `{tool: …, args: {…}, …}`, as in a test's `call`.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub fn from_yaml(text: &str) -> Result<Self, PolicyError> {
        let (root, mut problems) = parse(text);
        let call = root.as_ref().and_then(|root| call(root, &mut problems));
        match call {
            Some(call) if problems.is_empty() => Ok(call),
            _ => Err(PolicyError::of(problems, text)),
        }
    }

    /// The tool.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The arguments, as JSON.
    pub fn args(&self) -> &str {
        &self.args
    }

    /// Asks `policy`, in the form in which it is asked elsewhere.
    ///
    /// # Errors
    /// Why this is no call: such a call is refused before any policy is asked.
    pub fn with<T>(&self, policy: &Policy, ask: impl FnOnce(&Request<'_>) -> T) -> Result<T, String> {
        let tool = ToolName::new(&self.tool).map_err(|error| error.to_string())?;
        let server =
            self.server.as_deref().map(ServerId::new).transpose().map_err(|error| error.to_string())?;
        let args = Json::parse(&self.args, &Limits::default()).map_err(|error| error.to_string())?;
        let call = crate::values::ToolCall::new(tool, args).map_err(|error| error.to_string())?;
        let users = CameFrom::these(vec![Source::new(SourceKind::USER, "")]);
        let (nowhere, unknown) = (CameFrom::nowhere(), CameFrom::nowhere().and_others());
        let mut leaves: Vec<Leaf<'_>> = call
            .leaves()
            .map(|(pointer, value)| {
                let known = self.labels.iter().find(|(at, ..)| *at == pointer.as_str());
                let (label, origin) = known
                    .map_or((Label::NEUTRAL, Origin::User), |(_, integrity, sensitivity, origin)| {
                        (Label::new(*integrity, *sensitivity), *origin)
                    });
                let named = self.sources.iter().find(|(at, _)| *at == pointer.as_str()).map(|(_, from)| from);
                let from = named.unwrap_or(match origin {
                    Origin::User => &users,
                    Origin::Model => &nowhere,
                    Origin::Source => &unknown,
                });
                let purpose = self.purposes.iter().find(|(at, _)| *at == pointer.as_str());
                let role = purpose.map_or(ArgRole::Target, |(_, role)| *role);
                Leaf::new(pointer, value, label, origin).role(role).from(Some(from))
            })
            .collect();
        let session = SessionId::new("policy-test").map_err(|error| error.to_string())?;
        let mut context = SecurityContext::new(session).mode(self.mode).trust(self.trust);
        if let Some(principal) = &self.principal {
            context = context.principal(principal.clone());
        }
        for role in &self.roles {
            context = context.role(role);
        }
        if let Some(environment) = &self.environment {
            context = context.environment(environment);
        }
        let can = self
            .capabilities
            .unwrap_or_else(|| policy.capabilities_of(call.tool(), server.as_ref(), || None).1);
        let mut request = Request::new(call.tool(), &context)
            .server(server.as_ref())
            .capabilities(can)
            .args(call.args())
            .session(self.session)
            .user_spoke(self.user_spoke)
            .described(self.described)
            .authorized(self.authorized)
            .canary_seen(self.canary_seen)
            .escalated(self.escalated);
        request.now = self.now;
        let used_up = policy.quotas_of(&self.used_up);
        let mut request = request.used_up(&used_up);
        if self.looks_back {
            request = request.past(&Everything);
        }
        if policy.endorses() {
            let judged = leaves.clone();
            policy.endorse(&request.leaves(&judged), &mut leaves);
        }
        Ok(ask(&request.leaves(&leaves)))
    }

    /// What is known of it besides tool, server and arguments, where it is not the usual: as in a test's `call`, but for
    /// `after`, for which tests have no word.
    fn facts(&self) -> Vec<String> {
        let usual = Self::new("", "");
        let mut facts = Vec::new();
        let mut say = |said: bool, key: &str, what: String| {
            if said {
                facts.push([key, ": ", &what].concat());
            }
        };
        let flag = |value: bool| value.to_string();
        let principal = self.principal.as_ref().map(PrincipalId::as_str).unwrap_or_default();
        say(self.principal.is_some(), "principal", principal.to_owned());
        say(!self.roles.is_empty(), "roles", self.roles.join(", "));
        say(self.environment.is_some(), "environment", self.environment.clone().unwrap_or_default());
        say(self.mode != usual.mode, "mode", super::mode_word(self.mode).to_owned());
        say(self.trust != usual.trust, "trust", self.trust.to_string());
        let can = self.capabilities.unwrap_or_default();
        say(
            self.capabilities.is_some(),
            "capabilities",
            if can.is_empty() { "none".to_owned() } else { can.to_string() },
        );
        for (pointer, integrity, sensitivity, origin) in &self.labels {
            say(true, pointer, format!("{integrity}, {sensitivity}, from {origin}"));
        }
        for (pointer, role) in &self.purposes {
            say(true, pointer, format!("as {}", role.as_str()));
        }
        for (pointer, from) in &self.sources {
            say(true, pointer, format!("copied from {from}"));
        }
        let (was, is) = (usual.session, self.session);
        say(was.integrity() != is.integrity(), "session", is.integrity().to_string());
        say(was.sensitivity() != is.sensitivity(), "session", is.sensitivity().to_string());
        say(!self.user_spoke, "user_spoke", flag(false));
        say(!self.described, "described", flag(false));
        say(!self.authorized, "authorized", flag(false));
        say(self.canary_seen, "canary_seen", flag(true));
        say(self.escalated, "escalated", flag(true));
        say(!self.used_up.is_empty(), "used_up", self.used_up.join(", "));
        say(self.looks_back, "after", "every step".to_owned());
        facts
    }

    /// The same call with other arguments.
    fn with_args(&self, args: &Json) -> Self {
        Self { args: args.to_string(), ..self.clone() }
    }

    /// What `policy` decides.
    ///
    /// # Errors
    /// As [`TrialCall::with`].
    pub fn under(&self, policy: &Policy) -> Result<Decision, String> {
        self.changed_under(policy).map(|(decision, _)| decision)
    }

    /// What `policy` decides, and the arguments as its rules change them, where they do.
    ///
    /// # Errors
    /// As [`TrialCall::with`], and where a rule cannot change the call as it says.
    pub fn changed_under(&self, policy: &Policy) -> Result<(Decision, Option<String>), String> {
        let (decision, rewrite) = self.with(policy, |request| {
            let rewrite = request.args.map_or(Ok(None), |args| policy.rewrite(request, args));
            (policy.decide(request), rewrite)
        })?;
        match rewrite.map_err(|error| error.to_string())? {
            // What is dispatched is judged too, and the stricter answer counts.
            Some(rewrite) if decision.effect() != Effect::Deny => {
                let after = self.with_args(&rewrite.args).with(policy, |request| policy.decide(request))?;
                Ok((decision.stricter(after), Some(rewrite.args.to_string())))
            }
            _ => Ok((decision, None)),
        }
    }
}

impl fmt::Display for TrialCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tool)?;
        if let Some(server) = &self.server {
            write!(f, " on {server}")?;
        }
        write!(f, " {}", self.args)?;
        let facts = self.facts();
        if facts.is_empty() { Ok(()) } else { write!(f, " ({})", facts.join("; ")) }
    }
}

/// One test.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Trial {
    /// Its name.
    pub name: String,
    /// Line, from 1.
    pub line: usize,
    /// The call.
    pub call: TrialCall,
    /// What has to come of it.
    pub expect: Effect,
    /// The rule that has to decide.
    pub rule: Option<String>,
    /// What the reason has to have in it.
    pub reason_contains: Option<String>,
    /// The arguments as the policy has to change them, as JSON.
    pub args: Option<String>,
}

/// A suite of tests.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Suite {
    /// The file of the policy that it is about, relative to its own.
    pub policy: Option<String>,
    /// The tests, at least one.
    pub trials: Vec<Trial>,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrialResult {
    /// The test's name.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// What was decided; a call that is none is denied.
    pub effect: Effect,
    /// The rule that decided.
    pub rule: Option<RuleId>,
    /// Why.
    pub reason: String,
    /// What is not as expected; empty for a test that passed.
    pub failures: Vec<String>,
}

/// What came of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SuiteResult {
    /// Of each test.
    pub results: Vec<TrialResult>,
    /// The rules that decided none of them, in the policy's order.
    pub untried: Vec<RuleId>,
}

impl SuiteResult {
    /// How many tests failed.
    pub fn failed(&self) -> usize {
        self.results.iter().filter(|result| !result.failures.is_empty()).count()
    }
}

impl Suite {
    /// Reads a suite. A suite without a test is refused: what tests nothing passes always.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn from_yaml(text: &str) -> Result<Self, PolicyError> {
        let (root, mut problems) = parse(text);
        let mut suite = Self { policy: None, trials: Vec::new() };
        if let Some(root) = &root {
            suite.policy = get(root, "policy").and_then(word).map(str::to_owned);
            known(root, "a suite", &["policy", "tests", "name", "description"], &mut problems);
            match get(root, "tests").map(|node| (&node.kind, node.place)) {
                Some((Kind::List(items), place)) => {
                    if items.is_empty() {
                        problems.push((place, "a suite without a test would always pass".to_owned()));
                    }
                    suite.trials.extend(items.iter().filter_map(|node| trial(node, text, &mut problems)));
                }
                _ => problems.push((root.place, "a suite has a list of `tests`".to_owned())),
            }
        }
        if root.is_none() || !problems.is_empty() {
            return Err(PolicyError::of(problems, text));
        }
        Ok(suite)
    }

    /// Runs every test.
    pub fn run(&self, policy: &Policy) -> SuiteResult {
        let mut tried: BTreeSet<RuleId> = BTreeSet::new();
        let results = self.trials.iter().map(|trial| trial.run(policy, &mut tried)).collect();
        let untried = policy.rule_ids().filter(|id| !tried.contains(*id)).cloned().collect();
        SuiteResult { results, untried }
    }
}

impl Trial {
    fn run(&self, policy: &Policy, tried: &mut BTreeSet<RuleId>) -> TrialResult {
        let (effect, rule, reason, args) = match self.call.changed_under(policy) {
            Ok((decision, args)) => {
                let why = decision.why().map_or_else(|| decision.reason().to_string(), ToOwned::to_owned);
                (decision.effect(), decision.rule().cloned(), why, args)
            }
            Err(error) => (Effect::Deny, None, error, None),
        };
        // Rules that watch or change never decide: they are reached where they match.
        let silent = |request: &Request<'_>| -> Vec<RuleId> {
            policy.silent(request).into_iter().map(|(_, rule)| rule.id.clone()).collect()
        };
        tried.extend(self.call.with(policy, silent).unwrap_or_default());
        tried.extend(rule.clone());
        let mut failures = Vec::new();
        if effect != self.expect {
            failures.push(format!("expected {}, got {effect}", self.expect));
        }
        let found = rule.as_ref().map_or("none", RuleId::as_str);
        if let Some(wanted) = &self.rule
            && wanted != found
            // Kvlar's name for what no rule speaks of.
            && !(wanted == "_default_deny" && rule.is_none())
        {
            failures.push(format!("expected rule {wanted}, got {found}"));
        }
        if let Some(wanted) = &self.reason_contains
            && !reason.contains(wanted.as_str())
        {
            failures.push(format!("the reason has no \"{}\" in it", super::shown(wanted)));
        }
        let args = args.as_deref().unwrap_or(&self.call.args);
        if let Some(wanted) = &self.args
            && canonical(wanted) != canonical(args)
        {
            failures.push(format!("expected the arguments {wanted}, got {args}"));
        }
        TrialResult { name: self.name.clone(), line: self.line, effect, rule, reason, failures }
    }
}

fn canonical(args: &str) -> Option<String> {
    Json::parse(args, &Limits::default()).ok().map(|args| args.to_canonical())
}

fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find(|(name, _)| name.value == key).map(|(_, node)| node),
        _ => None,
    }
}

fn word(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn words(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::List(items) => items.iter().collect(),
        _ => vec![node],
    }
}

fn known(node: &Node, what: &str, keys: &[&str], problems: &mut Problems) {
    let Kind::Map(entries) = &node.kind else {
        problems.push((node.place, format!("{what} has to be a map")));
        return;
    };
    for (key, _) in entries {
        if !keys.contains(&key.value.as_str()) {
            let message =
                format!("{what} has no key `{}`; known are {}", super::shown(&key.value), keys.join(", "));
            problems.push((key.place, message));
        }
    }
}

fn trial(node: &Node, text: &str, problems: &mut Problems) -> Option<Trial> {
    let line = text.get(..node.place.start).unwrap_or_default().matches('\n').count().saturating_add(1);
    let keys = &["name", "id", "description", "call", "action", "expect", "rule", "reason_contains", "args"];
    known(node, "a test", keys, problems);
    let name = get(node, "name").or_else(|| get(node, "id")).and_then(word);
    let name = name.map_or_else(|| format!("line {line}"), str::to_owned);
    let expect = get(node, "expect");
    let effect = expect.and_then(word).map(|word| word.trim().to_lowercase().replace('_', "-"));
    let effect = match effect.as_deref() {
        Some("approval" | "requireapproval" | "ask") => Some(Effect::RequireApproval),
        Some(word) => Effect::named(word),
        None => None,
    };
    if effect.is_none() {
        let place = expect.map_or(node.place, |node| node.place);
        problems.push((place, "`expect` has to be one of allow, require-approval, deny".to_owned()));
    }
    let call = match (get(node, "call"), get(node, "action")) {
        (Some(node), None) => call(node, problems),
        (None, Some(node)) => action(node, problems),
        _ => {
            problems.push((node.place, "a test has a `call`".to_owned()));
            None
        }
    };
    Some(Trial {
        name,
        line,
        call: call?,
        expect: effect?,
        rule: get(node, "rule").and_then(word).map(str::to_owned),
        reason_contains: get(node, "reason_contains").and_then(word).map(str::to_owned),
        args: get(node, "args").map(|node| json(node).to_string()),
    })
}

/// Kvlar's: `{resource, action_type, agent_id, parameters}`.
fn action(node: &Node, problems: &mut Problems) -> Option<TrialCall> {
    known(node, "an action", &["resource", "action_type", "agent_id", "parameters"], problems);
    let Some(tool) = get(node, "resource").and_then(word) else {
        problems.push((node.place, "an action has a `resource`".to_owned()));
        return None;
    };
    if let Some(kind) = get(node, "action_type").filter(|kind| word(kind) != Some("tool_call")) {
        problems.push((kind.place, "only tool calls are decided here".to_owned()));
    }
    let agent = get(node, "agent_id").and_then(word).unwrap_or("test-agent");
    let args = get(node, "parameters").map_or_else(|| "{}".to_owned(), |node| json(node).to_string());
    let mut call = TrialCall::new(tool, args);
    call.principal = PrincipalId::new(agent).ok();
    Some(call)
}

const CALL: &[&str] = &[
    "tool",
    "server",
    "args",
    "principal",
    "roles",
    "environment",
    "mode",
    "trust",
    "capabilities",
    "labels",
    "session",
    "user_spoke",
    "described",
    "authorized",
    "now",
    "used_up",
];

fn call(node: &Node, problems: &mut Problems) -> Option<TrialCall> {
    known(node, "a call", CALL, problems);
    let Some(tool) = get(node, "tool").and_then(word) else {
        problems.push((node.place, "a call has a `tool`".to_owned()));
        return None;
    };
    let args = get(node, "args").map_or_else(|| "{}".to_owned(), |node| json(node).to_string());
    let mut call = TrialCall::new(tool, args);
    call.server = get(node, "server").and_then(word).map(str::to_owned);
    if let Some(node) = get(node, "principal") {
        call.principal = word(node).and_then(|name| PrincipalId::new(name).ok());
        if call.principal.is_none() {
            problems.push((node.place, "this is no principal's name".to_owned()));
        }
    }
    let roles = get(node, "roles").map(words).unwrap_or_default();
    call.roles = roles.into_iter().filter_map(word).map(str::to_owned).collect();
    call.environment = get(node, "environment").and_then(word).map(str::to_owned);
    if let Some(node) = get(node, "mode") {
        match word(node) {
            Some("client") => {}
            Some("server") => call.mode = Mode::Server,
            _ => problems.push((node.place, "`mode` has to be `client` or `server`".to_owned())),
        }
    }
    if let Some(trust) = get(node, "trust").and_then(|node| integrity(node, problems)) {
        call.trust = trust;
    }
    if let Some(node) = get(node, "capabilities") {
        let mut set = CapabilitySet::NONE;
        for item in words(node) {
            match word(item).and_then(Capability::named) {
                Some(capability) => set = set.with(capability),
                None => problems.push((item.place, "this is no capability".to_owned())),
            }
        }
        call.capabilities = Some(set);
    }
    if let Some(Node { kind: Kind::Map(entries), .. }) = get(node, "labels") {
        for (pointer, node) in entries {
            known(node, "a label", &["integrity", "sensitivity", "origin", "sources", "role"], problems);
            let integrity = get(node, "integrity").and_then(|node| integrity(node, problems));
            let sensitivity = get(node, "sensitivity").and_then(|node| sensitivity(node, problems));
            let origin = get(node, "origin").and_then(word).and_then(Origin::named).unwrap_or(Origin::Source);
            let label = (integrity.unwrap_or(Integrity::Trusted), sensitivity.unwrap_or(Sensitivity::Public));
            call.labels.push((pointer.value.clone(), label.0, label.1, origin));
            if let Some(node) = get(node, "role") {
                match word(node).and_then(|word| ArgRole::ALL.iter().find(|role| role.as_str() == word)) {
                    Some(role) => call.purposes.push((pointer.value.clone(), *role)),
                    None => problems.push((node.place, "no argument has this role".to_owned())),
                }
            }
            if let Some(node) = get(node, "sources") {
                let sources = words(node).into_iter().map(|node| source(node, problems)).collect();
                call.sources.push((pointer.value.clone(), CameFrom::these(sources)));
            }
        }
    }
    if let Some(node) = get(node, "now") {
        call.now = word(node).and_then(super::times::stamp);
        if call.now.is_none() {
            problems.push((node.place, "a moment is like `2027-01-31T12:00:00Z`".to_owned()));
        }
    }
    let used_up = get(node, "used_up").map(words).unwrap_or_default();
    call.used_up = used_up.into_iter().filter_map(word).map(str::to_owned).collect();
    flags(node, &mut call, problems);
    Some(call)
}

/// `{kind: email_content, id: inbox/3, readers: [ann@corp.example]}`
fn source(node: &Node, problems: &mut Problems) -> Source {
    known(node, "a source", &["kind", "id", "readers"], problems);
    let text = |key: &str| get(node, key).and_then(word).unwrap_or_default();
    if text("kind").is_empty() {
        problems.push((node.place, "a source has a `kind`, like `tool` or `web`".to_owned()));
    }
    let source = Source::new(SourceKind::named(text("kind")), text("id"));
    match get(node, "readers") {
        None => source,
        Some(node) if word(node) == Some("everyone") => source.readers(Readers::everyone()),
        Some(node) => source.readers(Readers::only(words(node).into_iter().filter_map(word))),
    }
}

fn flags(node: &Node, call: &mut TrialCall, problems: &mut Problems) {
    let session = get(node, "session");
    if let Some(session) = session {
        known(
            session,
            "`session`",
            &["integrity", "sensitivity", "user_spoke", "canary_seen", "escalated"],
            problems,
        );
        let integrity = get(session, "integrity").and_then(|node| integrity(node, problems));
        let sensitivity = get(session, "sensitivity").and_then(|node| sensitivity(node, problems));
        call.session =
            Label::new(integrity.unwrap_or(Integrity::Trusted), sensitivity.unwrap_or(Sensitivity::Public));
    }
    let mut flag = |at: Option<&Node>, key: &str, slot: &mut bool| {
        if let Some(node) = at.and_then(|node| get(node, key)) {
            match word(node) {
                Some("true") => *slot = true,
                Some("false") => *slot = false,
                _ => problems.push((node.place, format!("`{key}` has to be `true` or `false`"))),
            }
        }
    };
    flag(session, "user_spoke", &mut call.user_spoke);
    flag(session, "canary_seen", &mut call.canary_seen);
    flag(session, "escalated", &mut call.escalated);
    flag(Some(node), "user_spoke", &mut call.user_spoke);
    flag(Some(node), "described", &mut call.described);
    flag(Some(node), "authorized", &mut call.authorized);
}

fn integrity(node: &Node, problems: &mut Problems) -> Option<Integrity> {
    let all = [Integrity::Hostile, Integrity::Untrusted, Integrity::Internal, Integrity::Trusted];
    let found = word(node).and_then(|word| all.into_iter().find(|label| label.as_str() == word));
    if found.is_none() {
        problems.push((node.place, "this has to be one of hostile, untrusted, internal, trusted".to_owned()));
    }
    found
}

fn sensitivity(node: &Node, problems: &mut Problems) -> Option<Sensitivity> {
    let all = [Sensitivity::Public, Sensitivity::Internal, Sensitivity::Sensitive];
    let found = word(node).and_then(|word| all.into_iter().find(|label| label.as_str() == word));
    if found.is_none() {
        problems.push((node.place, "this has to be one of public, internal, sensitive".to_owned()));
    }
    found
}

/// The JSON that a node stands for. Its nesting is bounded by the reader of YAML.
fn json(node: &Node) -> Json {
    match &node.kind {
        Kind::Scalar { text, plain: false } => Json::String(text.clone()),
        Kind::Scalar { text, plain: true } => match text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "null" | "~" | "" => Json::Null,
            text => crate::text::json::Number::new(text)
                .map_or_else(|| Json::String(text.to_owned()), Json::Number),
        },
        Kind::List(items) => Json::Array(items.iter().map(json).collect()),
        Kind::Map(entries) => {
            Json::Object(entries.iter().map(|(At { value, .. }, node)| (value.clone(), json(node))).collect())
        }
    }
}
