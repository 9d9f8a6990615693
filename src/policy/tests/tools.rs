//! What is said of policies without a call of one's own.

use proptest::prelude::*;

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
        changes.iter().any(|change| change.widens() && change.call.args().contains("/etc/")),
        "{changes:?}"
    );
    assert!(
        changes.iter().any(|change| !change.widens() && change.call.args().contains("secret")),
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
        .map(|trace| format!("{} {}: {}", trace.rule, trace.matching.as_str(), trace.because))
        .collect();
    assert_snapshot!(told.join("\n"), @r"
    a does not match: `roles` do not name the one of the call, or it has none
    b does not match: `tools` do not name read
    c does not match: the argument `/path` is not what the rule says
    ");
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_witness_is_decided_otherwise(old in prop::collection::vec(laws::a_rule(), 1..5), new in prop::collection::vec(laws::a_rule(), 1..5)) {
        let (old, new) = (laws::document("deny-overrides", &old), laws::document("deny-overrides", &new));
        for change in old.diff(&new) {
            let (before, after) = (change.call.under(&old).unwrap(), change.call.under(&new).unwrap());
            prop_assert_ne!(before.effect(), after.effect());
            prop_assert_eq!(change.widens(), after.effect() < before.effect());
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
            prop_assert!(false, "{dead} but {} is decided otherwise", change.call);
        }
    }
}
