//! A policy's decision, beside kvlar-core 0.4.0: the same rules, the same call, and the last rule allows it.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use bartizan::base::{Integrity, JsonPointer, Label, SecurityContext, Sensitivity, SessionId, ToolName};
use bartizan::policy::{CapabilitySet, Effect, Leaf, Origin, Policy, Request};
use bartizan::text::json::Json;
use criterion::{BenchmarkId, Criterion};
use kvlar_core::{Action, Engine};
use serde_json::json;

use crate::{Row, each};

const TOOL: &str = "send_plums";
const PATH: &str = "/srv/orchard/baskets.txt";

/// What the rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Each names another tool.
    Exact,
    /// Each has a pattern over other tools' names.
    Glob,
    /// Each has a regular expression over an argument.
    Regex,
    /// The same, in any case.
    AnyCase,
    /// Each has a condition over an argument: how it begins.
    Condition,
    /// The same, in CEL.
    When,
    /// Each speaks of the tool, and has a pattern over an argument.
    ArgumentGlob,
}

impl Rules {
    const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact names",
            Self::Glob => "globs",
            Self::Regex => "regexes",
            Self::AnyCase => "(?i) regexes",
            Self::Condition => "conditions",
            Self::When => "conditions in CEL",
            Self::ArgumentGlob => "globs over an argument",
        }
    }

    /// A policy of `count` rules that deny and do not match. Of those, `ours` speak of the tool; the others have a
    /// pattern over other tools' names besides.
    fn policy(self, count: usize, ours: usize) -> Policy {
        let mut text = String::from("bartizan: 1\nrules:\n  - { id: the-rest, effect: allow }\n");
        for n in 0..count {
            let tools = match self {
                Self::Exact => format!("tool_{n}"),
                Self::Glob => format!("tool_{n}_*"),
                _ if n < ours => "send_*".to_owned(),
                _ => format!("tool_{n}_*"),
            };
            let args = match self {
                Self::Exact | Self::Glob => String::new(),
                Self::Regex => format!(", args: {{ /path: {{ regex: '^/forbidden{n}/.*\\.key$' }} }}"),
                Self::AnyCase => {
                    format!(", args: {{ /path: {{ regex: '(?i)\\b(drop{n}|truncate{n})\\b' }} }}")
                }
                Self::Condition => format!(", args: {{ /path: {{ glob: '/forbidden{n}/**' }} }}"),
                Self::When => format!(", when: 'args.path.startsWith(\"/forbidden{n}/\")'"),
                Self::ArgumentGlob => format!(", args: {{ /path: {{ glob: '/forbidden{n}/*.key' }} }}"),
            };
            writeln!(text, "  - {{ id: rule-{n}, effect: deny, tools: ['{tools}']{args} }}").unwrap();
        }
        Policy::from_yaml(&text).unwrap()
    }

    /// The same rules for kvlar-core. It has no globs over arguments.
    fn engine(self, count: usize) -> Engine {
        let rule = |n: usize| {
            let criteria = match self {
                Self::Exact => json!({ "resources": [format!("tool_{n}")] }),
                Self::Glob => json!({ "resources": [format!("tool_{n}_*")] }),
                Self::AnyCase => {
                    json!({ "parameters": { "path": format!(r"(?i)\b(drop{n}|truncate{n})\b") } })
                }
                Self::Condition | Self::When => {
                    let prefix = format!("/forbidden{n}/");
                    json!({ "conditions": [{ "field": "path", "operator": "starts_with", "value": prefix }] })
                }
                Self::Regex | Self::ArgumentGlob => {
                    json!({ "parameters": { "path": format!(r"^/forbidden{n}/.*\.key$") } })
                }
            };
            json!({ "id": format!("rule-{n}"), "description": "", "match_on": criteria,
                    "effect": { "type": "deny", "reason": "no" } })
        };
        let mut rules: Vec<_> = (0..count).map(rule).collect();
        rules.push(json!({ "id": "rest", "description": "", "match_on": {}, "effect": { "type": "allow" } }));
        let policy = json!({ "name": "bench", "description": "", "version": "1", "rules": rules });
        let mut engine = Engine::new();
        engine.load_policy(serde_json::from_value(policy).unwrap());
        engine
    }
}

/// A call with one argument, as the policy sees it.
struct Call {
    tool: ToolName,
    cx: SecurityContext,
    path: Json,
    args: Json,
}

impl Call {
    fn new() -> Self {
        Self {
            tool: ToolName::new(TOOL).unwrap(),
            cx: SecurityContext::new(SessionId::new("bench").unwrap()),
            path: Json::String(PATH.to_owned()),
            args: Json::Object(vec![("path".to_owned(), Json::String(PATH.to_owned()))]),
        }
    }

    fn leaves(&self) -> [Leaf<'_>; 1] {
        let label = Label::new(Integrity::Trusted, Sensitivity::Public);
        [Leaf::new(JsonPointer::root().key("path"), &self.path, label, Origin::User)]
    }

    fn request<'a>(&'a self, leaves: &'a [Leaf<'a>]) -> Request<'a> {
        let label = Label::new(Integrity::Trusted, Sensitivity::Public);
        Request::new(&self.tool, &self.cx)
            .args(&self.args)
            .leaves(leaves)
            .session(label)
            .user_spoke(true)
            .described(true)
            .capabilities(CapabilitySet::NONE)
    }
}

fn action() -> Action {
    Action::new("tool_call", TOOL, "bench").with_param("path", PATH)
}

pub(crate) fn bench(c: &mut Criterion) {
    let call = Call::new();
    let leaves = call.leaves();
    let request = call.request(&leaves);
    let action = action();
    for rules in [Rules::Exact, Rules::Glob, Rules::Regex] {
        let mut group = c.benchmark_group(format!("policy decision, {}", rules.name()));
        for count in [1, 10, 100, 1_000] {
            let (policy, engine) = (rules.policy(count, count), rules.engine(count));
            assert_eq!(policy.decide(&request).effect(), Effect::Allow);
            assert!(engine.evaluate(&action).is_allowed());
            group.bench_function(BenchmarkId::new("bartizan", count), |b| {
                b.iter(|| black_box(policy.decide(black_box(&request))));
            });
            group.bench_function(BenchmarkId::new("kvlar-core 0.4.0", count), |b| {
                b.iter(|| black_box(engine.evaluate(black_box(&action))));
            });
        }
        group.finish();
    }
}

pub(crate) fn rows() -> Vec<Row> {
    let call = Call::new();
    let leaves = call.leaves();
    let request = call.request(&leaves);
    let action = action();
    let ours = |rules: Rules, count, speaking| {
        let policy = rules.policy(count, speaking);
        assert_eq!(policy.decide(&request).effect(), Effect::Allow);
        each(51, 200, || {
            black_box(policy.decide(black_box(&request)).effect());
        })
    };
    let theirs = |rules: Rules, count| {
        let engine = rules.engine(count);
        assert!(engine.evaluate(&action).is_allowed());
        each(3, 1, || {
            black_box(engine.evaluate(black_box(&action)));
        })
    };
    let mut rows = Vec::new();
    for (rules, speaking, wanted, within) in [
        (Rules::ArgumentGlob, 20, "<= 2 us", Duration::from_micros(2)),
        (Rules::Regex, 20, "<= 2 us", Duration::from_micros(2)),
        (Rules::ArgumentGlob, 1_000, "<= 100 us", Duration::from_micros(100)),
        (Rules::Regex, 1_000, "<= 100 us", Duration::from_micros(100)),
    ] {
        let time = ours(rules, 1_000, speaking);
        // Over names where it has no such pattern over arguments.
        let peer = theirs(if rules == Rules::ArgumentGlob { Rules::Glob } else { rules }, 1_000);
        let what = format!("policy decision, 1,000 {}, {speaking} of the tool", rules.name());
        rows.push(Row::new(what, wanted).timed(time, within).beside("kvlar-core 0.4.0", peer, time));
    }
    for rules in [Rules::Exact, Rules::Glob, Rules::Regex, Rules::AnyCase, Rules::Condition, Rules::When] {
        for count in [1, 10, 100, 1_000, 10_000] {
            let (time, peer) = (ours(rules, count, 20), theirs(rules, count));
            let speaking = if matches!(rules, Rules::Exact | Rules::Glob) { 0 } else { count.min(20) };
            let what = format!("policy decision, {count} {}, {speaking} of the tool", rules.name());
            // What CEL takes is outside of the claim.
            let within = Duration::from_micros(if rules == Rules::When { 100 } else { 2 });
            let wanted = if rules == Rules::When { "<= 100 us" } else { "<= 2 us" };
            rows.push(Row::new(what, wanted).timed(time, within).beside("kvlar-core 0.4.0", peer, time));
        }
    }
    let time = ours(Rules::Exact, 1_000, 0);
    let what = "policy decision, 1,000 exact names of other tools";
    let row = Row::new(what, "<= 2 us").timed(time, Duration::from_micros(2));
    rows.push(row.beside("kvlar-core 0.4.0", theirs(Rules::Exact, 1_000), time));
    let loading = Rules::Regex;
    let time = each(5, 1, || {
        black_box(loading.policy(1_000, 20));
    });
    let fifty = Duration::from_millis(50);
    rows.push(Row::new("policy loaded, 1,000 rules with regexes", "<= 50 ms").timed(time, fifty));
    let (older, newer) = (loading.policy(1_000, 20), Rules::ArgumentGlob.policy(1_000, 20));
    let second = Duration::from_secs(1);
    let time = each(3, 1, || {
        black_box(older.lint());
    });
    rows.push(Row::new("policy lint, 1,000 rules", "<= 1 s").timed(time, second));
    let time = each(3, 1, || {
        black_box(older.diff(&newer));
    });
    rows.push(Row::new("policy diff, 1,000 rules against 1,000", "<= 1 s").timed(time, second));
    let line =
        "cat /srv/a.txt | grep -v 'x y' > /tmp/out && for f in a b; do echo \"$f $(date +%s)\"; done; "
            .repeat(11);
    let time = each(51, 20, || {
        black_box(bartizan::values::Script::read(black_box(&line)));
    });
    let what = format!("shell line of {} bytes understood", line.len());
    rows.push(Row::new(what, "<= 100 us").timed(time, Duration::from_micros(100)));
    let (few, many) = (ours(Rules::ArgumentGlob, 10, 10), ours(Rules::ArgumentGlob, 10_000, 10));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    let row = Row::new("policy decision, 10,000 rules, 10 of the tool, to 10 rules", "<= 2 x");
    rows.push(row.measured(format!("{ratio:.2} x"), ratio <= 2.0));
    rows
}
