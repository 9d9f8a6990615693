//! What is said of policies without a call of one's own.

use proptest::prelude::*;

use super::super::difference::View;
use super::*;

fn lints(text: &str) -> Vec<String> {
    rules(text).lint().into_iter().map(|lint| format!("{} {}", lint.rule, lint.kind)).collect()
}

#[test]
fn rules_that_never_decide_are_found() {
    for (text, expected) in [
        ("  - { id: a, effect: allow }\n", &["a broad"][..]),
        ("  - { id: a, effect: deny, tools: x }\n", &["a no-allow"]),
        (
            "  - { id: a, effect: allow, tools: x }\n  - { id: b, effect: allow, tools: x }\n",
            &["b duplicate"],
        ),
        (
            "  - { id: a, effect: deny, tools: 'x*' }\n  - { id: b, effect: allow, tools: xy }\n",
            &["b shadowed"],
        ),
        (
            "  - { id: a, effect: deny, tools: 'x*', roles: r }\n  - { id: b, effect: allow, tools: xy }\n",
            &[],
        ),
        (
            "  - { id: a, effect: allow, tools: ['a*', b] }\n  - { id: b, effect: deny, tools: ['a?c'] }\n",
            &[],
        ),
        (
            "  - { id: a, effect: allow }\n  - { id: b, effect: deny, tools: x, args: { /v: { in: [a, b] } } }\n  - { id: c, effect: require-approval, tools: x, args: { /v: { equals: a } } }\n",
            &["c shadowed"],
        ),
        (
            "  - { id: a, effect: allow }\n  - { id: b, effect: deny, args: { /v: { glob: '/a/**' } } }\n  - { id: c, effect: deny, args: { /v: { glob: '/a/b/*' } } }\n",
            &["c shadowed"],
        ),
    ] {
        assert_eq!(lints(text), expected, "{text}");
    }
    let first = policy(
        "bartizan: 1\ncombining: first-applicable\nrules:\n  - { id: a, effect: deny, tools: 'x*' }\n  - { id: b, effect: allow, tools: xy }\n  - { id: c, effect: allow }\n  - { id: d, effect: allow, tools: z }\n",
    );
    let told: Vec<String> = first.lint().into_iter().map(|lint| lint.rule).collect();
    assert_eq!(told, ["b", "d"]);
}

#[test]
fn a_change_is_shown_by_a_call() {
    let old = rules("  - { id: a, effect: allow, tools: read, args: { /path: { path.within: /srv } } }\n");
    let new = rules(
        "  - { id: a, effect: allow, tools: read, args: { /path: { path.within: [/srv, /etc] } } }\n  - { id: d, effect: deny, tools: read, args: { /path: { path.canonical: '/srv/secret*' } } }\n",
    );
    let changes = old.diff(&new);
    assert!(
        changes.iter().any(|change| change.widens()
            && change.call.as_ref().is_some_and(|call| call.args().contains("/etc/"))),
        "{changes:?}"
    );
    assert!(
        changes.iter().any(|change| {
            !change.widens() && change.call.as_ref().is_some_and(|call| call.args().contains("secret"))
        }),
        "{changes:?}"
    );
    assert!(old.diff(&old.clone()).is_empty());
}

#[test]
fn each_rule_says_why_it_does_not_match() {
    let policy = rules(
        "  - { id: a, effect: allow, tools: read, roles: admin }\n  - { id: b, effect: deny, tools: write }\n  - { id: c, effect: deny, args: { /path: { path.within: /etc } } }\n",
    );
    let call = TrialCall::new("read", r#"{"path":"/srv/x"}"#);
    let traces = call.with(&policy, |request| policy.trace(request)).unwrap();
    let told: Vec<String> = traces
        .iter()
        .map(|trace| {
            format!("{} {}: {} | {}", trace.rule, trace.matching.as_str(), trace.because, trace.needed)
        })
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    a does not match: `roles` do not name the one of the call, or it has none | roles: ["admin"]
    b does not match: `tools` do not name read | tools: ["write"]
    c does not match: the argument `/path` is not what the rule says | "/path": { path.within: ["/etc"] }
    "#);
}

#[test]
fn the_schema_knows_every_key() {
    let schema = Policy::schema();
    let keys = digest::EVERYTHING.lines().filter(|line| !line.starts_with("name:"));
    for key in keys.flat_map(|line| line.split([' ', '{', ','])).filter_map(|word| word.strip_suffix(':')) {
        if key.len() > 1 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            assert!(schema.contains(&format!("\"{key}\"")), "{key}");
        }
    }
}

#[test]
fn words_say_what_matched_and_what_would_have_been_needed() {
    let policy = rules(
        "  - { id: read, effect: allow, tools: read, args: { /path: { path.within: /srv } } }
  - { id: read-more, effect: allow, tools: read, args: { /path: { path.within: /tmp }, /mode: { equals: r } } }
  - { id: no-rm, effect: deny, tools: run, args: { /line: { command.program: rm } } }
  - { id: no-key, effect: deny, tools: run, args: { /line: { regex: 'key-[0-9]+' } }, reason: keys stay }
  - { id: ours, effect: require-approval, tools: fetch, args: { \"/**\": { url.domain: evil.example } } }
  - { id: run, effect: allow, tools: [run, fetch] }
",
    );
    let told = |tool: &str, args: &str| {
        let decision = call(tool, args).under(&policy);
        let evidence: Vec<String> =
            decision.evidence().map(|(pointer, span)| format!("{} {span:?}", pointer.as_str())).collect();
        format!("{}\n{}\n{}", decision.operator_text(), decision.model_text(), evidence.join(", "))
    };
    let all = [
        told("read", r#"{"path":"/etc/passwd"}"#),
        told("read", r#"{"path":"/tmp/x","mode":"w"}"#),
        told("other", "{}"),
        told("run", r#"{"line":"ls && rm -rf /"}"#),
        told("run", r#"{"line":"echo KEY-77 x"}"#),
        told("run", r#"{"line":["a"]}"#),
        told("fetch", r#"{"a":["https://x.evil.example/y"]}"#),
    ];
    assert_snapshot!(all.join("\n\n"), @r"
    deny: no rule matched; `read` would with another value at /path
    The policy denies this call; asking for it in other words will not help. No rule allows it with these arguments. It could be allowed with another value at /path.


    deny: no rule matched; `read` would with another value at /path
    The policy denies this call; asking for it in other words will not help. No rule allows it with these arguments. It could be allowed with another value at /path.


    deny: no rule matched
    The policy denies this call; asking for it in other words will not help. No rule allows it with these arguments.


    deny: rule `no-rm` matched at /line
    The policy denies this call; asking for it in other words will not help. It is about the arguments at /line.
    /line Some((6, 8))

    deny: rule `no-key` matched at /line (keys stay)
    The policy denies this call; asking for it in other words will not help. Reason: keys stay. It is about the arguments at /line.
    /line Some((5, 11))

    deny: rule `no-rm` counts as matching: a value that it speaks of is missing or of another kind at /line/0
    The policy denies this call; asking for it in other words will not help. A value that has to be checked is missing, or of another kind than expected. It is about the arguments at /line/0.
    /line/0 Some((0, 1))

    require-approval: rule `ours` matched at /a/0
    The policy wants a person to approve this call first. It is about the arguments at /a/0.
    /a/0 Some((8, 22))
    ");
}

#[test]
fn diff_sees_whatever_a_policy_does_besides_deciding() {
    let base = "  - { id: all, effect: allow }
  - { id: ask, effect: require-approval, tools: pay, approver: host }
  - { id: cap, effect: transform, tools: note, set: { /n: { max: 5 } } }
  - { id: hide, effect: redact, tools: log, redact: [/token] }
  - { id: watch, effect: deny, shadow: true, tools: look }
  - { id: few, effect: require-approval, tools: mail, quota: { of: calls, burst: 3, period_s: 60 } }
  - { id: late, effect: deny, tools: send, after: { steps: [{ tools: read }] } }
endorse:
  - { id: ours, tools: send_mail, args: { /to: { glob: '*@example.org' } }, during: { until: '2027-01-01T00:00:00Z' }, as: { integrity: trusted }, reason: ours }
tools: [{ match: lookup, capabilities: [] }]
limits: [{ id: calls, of: calls, tools: mail, burst: 5, period_s: 60 }, { id: texts, of: outbound, burst: 5, period_s: 60 }]
outbound: { secrets: block }
";
    let of = |text: &str| rules(text);
    let old = of(base);
    for (from, to, expected) in [
        (", approver: host", "", "widens approver: host -> chat: pay {}"),
        ("max: 5 }", "max: 9 }", r#"changes arguments: {"n":5} -> {"n":9}: note {"n":1000000000000}"#),
        (
            "  - { id: hide, effect: redact, tools: log, redact: [/token] }\n",
            "",
            r#"widens arguments: {"token":"[redacted]"} -> as they are: log {"token":"something"}"#,
        ),
        ("effect: deny, shadow: true", "effect: deny", "narrows allow (all) -> deny (watch): look {}"),
        (
            "  - { id: watch, effect: deny, shadow: true, tools: look }\n",
            "",
            "changes watched: watch (deny) -> none: look {}",
        ),
        (
            "burst: 3,",
            "burst: 30,",
            "widens counted: few: 3 calls in 60 s per session, block -> few: 30 calls",
        ),
        (
            ", quota: { of: calls, burst: 3, period_s: 60 }",
            "",
            "narrows allow (all) -> require-approval (few): mail {}",
        ),
        (
            "effect: deny, tools: send, after: { steps: [{ tools: read }] }",
            "effect: deny, tools: x",
            "widens deny (late) -> allow (all): send {} (after: every step)",
        ),
        (
            "integrity: trusted",
            "integrity: internal",
            "endorsed: /to: trusted, sensitive -> /to: internal, sensitive: send_mail",
        ),
        ("capabilities: []", "capabilities: egress", "narrows capabilities: "),
        (
            "tools: mail, burst: 5",
            "tools: mail, burst: 4",
            "narrows counted: calls: 5 calls in 60 s per session, block -> calls: 4",
        ),
        ("of: outbound, burst: 5", "of: outbound, burst: 50", "widens setting: limit texts: "),
        ("secrets: block", "secrets: redact", "widens setting: outbound.secrets: block -> redact"),
    ] {
        assert!(base.contains(from), "{from}");
        let changes = old.diff(&of(&base.replace(from, to)));
        let lines: Vec<String> =
            changes.iter().map(|change| format!("{} {change}", change.direction.as_str())).collect();
        assert!(lines.iter().any(|line| line.contains(expected)), "{expected}: {lines:#?}");
    }
}

proptest! {
    #![proptest_config(law(48))]

    #[test]
    fn every_witness_is_decided_otherwise(old in prop::collection::vec(laws::a_rule(), 1..5), new in prop::collection::vec(laws::a_rule(), 1..5)) {
        let (old, new) = (laws::document("deny-overrides", &old), laws::document("deny-overrides", &new));
        for change in old.diff(&new) {
            let Some(call) = &change.call else { continue };
            let (before, after) = (View::of(call, &old).unwrap(), View::of(call, &new).unwrap());
            prop_assert_ne!(before, after, "{}", change);
            if change.aspect == Aspect::Decision {
                let (before, after) = (call.under(&old).unwrap(), call.under(&new).unwrap());
                prop_assert_eq!(change.widens(), after.effect() < before.effect());
                prop_assert_ne!(before.effect(), after.effect());
            }
        }
    }

    #[test]
    fn a_rule_that_is_told_as_dead_can_go(list in prop::collection::vec(laws::a_rule(), 1..6), first: bool) {
        let combining = if first { "first-applicable" } else { "deny-overrides" };
        let policy = laws::document(combining, &list);
        let Some(dead) = policy.lint().into_iter().find(|lint| matches!(lint.kind, "shadowed" | "duplicate")) else { return Ok(()) };
        let at: usize = dead.rule.trim_start_matches('r').parse().unwrap();
        let mut kept = list.clone();
        kept.remove(at);
        let without = laws::document(combining, &kept);
        for change in policy.diff(&without) {
            prop_assert!(false, "{dead} but {change}");
        }
    }
}
