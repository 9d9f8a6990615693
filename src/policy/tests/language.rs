//! What rules can ask besides the structured matchers, and what they can do besides deciding.

use super::*;

/// What a policy of these rules makes of a call, as a test would write it.
fn tried(policy: &Policy, call: &str) -> (Effect, Option<String>) {
    let call = TrialCall::from_yaml(call).unwrap();
    match call.changed_under(policy) {
        Ok((decision, args)) => (decision.effect(), args),
        Err(_) => (Effect::Deny, None),
    }
}

fn said(policy: &Policy, call: &str) -> Effect {
    tried(policy, call).0
}

#[test]
fn a_condition_in_cel_allows_what_it_says_and_nothing_else() {
    let policy = rules(
        r#"  - { id: small, effect: allow, tools: pay, when: 'args.amount <= 100 && args.to.endsWith("@example.org") && size(args.items) < 3' }
  - { id: files, effect: allow, tools: read, when: 'args.paths.all(p, p.startsWith("/srv/"))' }
"#,
    );
    for (args, expected) in [
        ("{ amount: 100, to: ann@example.org, items: [] }", Effect::Allow),
        ("{ amount: 1e2, to: ann@example.org, items: [a, b] }", Effect::Allow),
        ("{ amount: 101, to: ann@example.org, items: [] }", Effect::Deny),
        // Missing, of another kind, in another case of the key: cannot be evaluated, and so not allowed.
        ("{ to: ann@example.org, items: [] }", Effect::Deny),
        (r#"{ amount: "100", to: ann@example.org, items: [] }"#, Effect::Deny),
        ("{ amount: [100], to: ann@example.org, items: [] }", Effect::Deny),
        ("{ amount: 1, Amount: 1000000, to: ann@example.org, items: [] }", Effect::Deny),
    ] {
        assert_eq!(said(&policy, &format!("{{ tool: pay, args: {args} }}")), expected, "{args}");
    }
    for (paths, expected) in [
        ("[/srv/a, /srv/b]", Effect::Allow),
        ("[]", Effect::Allow),
        ("[/srv/a, /etc/b]", Effect::Deny),
        ("[/srv/../etc/b]", Effect::Deny),
        ("/srv/a", Effect::Deny),
    ] {
        assert_eq!(
            said(&policy, &format!("{{ tool: read, args: {{ paths: {paths} }} }}")),
            expected,
            "{paths}"
        );
    }
}

#[test]
fn a_condition_in_cel_restricts_in_every_reading() {
    let policy = rules(
        r#"  - { id: rest, effect: allow }
  - { id: admin, effect: deny, tools: grant, when: 'args.role == "admin" || args.amount > 1000 || args.note.matches("(?:^|\\W)rm -rf")' }
"#,
    );
    for (args, expected) in [
        ("{ role: guest, amount: 1, note: hello }", Effect::Allow),
        ("{ role: admin, amount: 1, note: hello }", Effect::Deny),
        ("{ role: ADMIN, amount: 1, note: hello }", Effect::Deny),
        ("{ role: \"\u{430}dmin\", amount: 1, note: hello }", Effect::Deny),
        (r#"{ role: guest, amount: "1001", note: hello }"#, Effect::Deny),
        ("{ role: guest, amount: 1000, note: hello }", Effect::Allow),
        ("{ Role: Admin, amount: 1, note: hello }", Effect::Deny),
        (r#"{ role: guest, amount: 1, note: "RM  -rf /" }"#, Effect::Deny),
        ("{ role: [admin], amount: 1, note: hello }", Effect::Deny),
        ("{ role: guest, note: hello }", Effect::Deny),
    ] {
        assert_eq!(said(&policy, &format!("{{ tool: grant, args: {args} }}")), expected, "{args}");
    }
}

#[test]
fn a_condition_in_cel_knows_the_facts_of_a_call() {
    for (when, expected) in [
        ("tool == 'read' && server == 'files' && mode == 'client'", true),
        ("'ops' in roles && !('admin' in roles)", true),
        ("session.user_spoke && session.integrity == 'trusted' && !session.escalated", true),
        ("'exec' in capabilities", true),
        ("has(args.a) && !has(args.b)", true),
        ("'a' in args && args['a'][1] == 2", true),
        ("args.a.map(x, x + 1) == 3", false),
        (
            "args.a.exists(x, x == 2) && args.a.exists_one(x, x > 1) && size(args.a.filter(x, x > 1)) == 1",
            true,
        ),
        ("environment == null ? principal == 'ann' : false", true),
        ("-args.a[0] < 0 && args.a[1] * 3 - 1 == 5 && 7 % 4 == 3 && 7 / 2 == 3 && 1.5 + 1 == 2.5", true),
        ("string(args.a[0]) + 'x' == '1x' && int('7') == 7 && double('1.5') == 1.5", true),
        ("now > 1700000000 && now < 1800000000", true),
        ("1 / 0 == 1", false),
        ("false && args.none.x || true", true),
        ("args.none.x || true", true),
        ("args == 1", false),
    ] {
        let policy = rules(&format!("  - {{ id: a, effect: allow, when: \"{when}\" }}\n"));
        let call = "{ tool: read, server: files, principal: ann, roles: [ops], now: '2026-03-01T00:00:00Z', args: { a: [1, 2] } }";
        let wanted = if expected { Effect::Allow } else { Effect::Deny };
        assert_eq!(said(&policy, call), wanted, "{when}");
    }
}

#[test]
fn what_is_wrong_with_a_condition_is_told_where_it_stands() {
    let told = refusal(
        "bartizan: 1\nrules:\n  - id: a\n    effect: deny\n    when: args.x > 1 && arguments.y == 2\n",
    );
    assert!(told.contains("5:25: `when`"), "{told}");
    assert!(told.contains("nothing is called `arguments`"), "{told}");
    let told = refusal("bartizan: 1\nrules:\n  - { id: a, effect: deny, when: 'args.x >' }\n");
    assert!(told.contains("ends where a value was expected"), "{told}");
}

#[test]
fn a_condition_that_takes_too_many_steps_is_not_judged() {
    let policy =
        rules("  - { id: a, effect: allow, when: 'args.l.all(x, x != \"y\" && !x.contains(\"zz\"))' }\n");
    let long = format!("{{\"l\":[{}]}}", vec!["\"zyzyzyzyzyzy\""; 50_000].join(","));
    assert_eq!(TrialCall::new("t", long).under(&policy).unwrap().effect(), Effect::Deny);
}

#[test]
fn times_decide_and_what_knows_no_time_is_not_judged() {
    let policy = rules(
        "  - { id: work, effect: allow, tools: deploy, during: { days: [mon, tue, wed, thu, fri], from: \"09:00\", to: \"17:00\", zone: Europe/Berlin } }
  - { id: rest, effect: allow, tools: read }
  - { id: freeze, effect: deny, tools: read, during: { after: \"2026-12-20T00:00:00Z\", until: \"2027-01-05T00:00:00Z\" } }
",
    );
    for (call, expected) in [
        ("{ tool: deploy, now: '2026-07-06T10:00:00Z' }", Effect::Allow),
        ("{ tool: deploy, now: '2026-07-06T16:00:00Z' }", Effect::Deny),
        ("{ tool: deploy, now: '2026-07-05T10:00:00Z' }", Effect::Deny),
        ("{ tool: deploy }", Effect::Deny),
        ("{ tool: read, now: '2026-12-24T10:00:00Z' }", Effect::Deny),
        ("{ tool: read, now: '2026-12-19T23:59:59Z' }", Effect::Allow),
        ("{ tool: read }", Effect::Deny),
    ] {
        assert_eq!(said(&policy, call), expected, "{call}");
    }
}

#[test]
fn a_rule_that_only_watches_decides_nothing_and_is_told() {
    let policy = rules(
        "  - { id: rest, effect: allow }\n  - { id: trial, effect: deny, shadow: true, args: { /x: { glob: 'a*' } } }\n",
    );
    let call = TrialCall::new("t", r#"{"x":"abc"}"#);
    let decision = call.under(&policy).unwrap();
    assert_eq!((decision.effect(), decision.rule().unwrap().as_str()), (Effect::Allow, "rest"));
    let told = call.with(&policy, |request| policy.shadows(request)).unwrap();
    assert_eq!(told, [(RuleId::custom("trial"), Effect::Deny)]);
    let other = TrialCall::new("t", r#"{"x":"b"}"#).with(&policy, |request| policy.shadows(request)).unwrap();
    assert!(other.is_empty());
}

#[test]
fn rules_change_calls_and_the_changed_call_is_judged_too() {
    let policy = rules(
        r#"  - { id: pay, effect: allow, tools: pay, args: { /amount: { range: { max: 1000 } } } }
  - { id: note, effect: allow, tools: note }
  - { id: cap, effect: transform, tools: pay, set: { /amount: { max: 100 }, /currency: { value: EUR } } }
  - { id: cap-more, effect: transform, tools: pay, principals: intern, set: { /amount: { min: 1, max: 10 } } }
  - { id: hide, effect: redact, tools: note, redact: ["/secret/**", "/token"] }
  - { id: never, effect: deny, tools: pay, args: { /currency: { equals: XXX }, /memo: { present: true } } }
"#,
    );
    for (call, expected, args) in [
        ("{ tool: pay, args: { amount: 50, currency: EUR }, principal: ann }", Effect::Allow, None),
        (
            "{ tool: pay, args: { amount: 500 }, principal: ann }",
            Effect::Allow,
            Some(r#"{"amount":100,"currency":"EUR"}"#),
        ),
        (
            "{ tool: pay, args: { amount: 500, currency: USD }, principal: intern }",
            Effect::Allow,
            Some(r#"{"amount":10,"currency":"EUR"}"#),
        ),
        // The call that was asked for is denied: what it would become does not matter.
        ("{ tool: pay, args: { amount: 5000 }, principal: ann }", Effect::Deny, None),
        // A text that spells a number cannot be brought into a range.
        ("{ tool: pay, args: { amount: '500' }, principal: ann }", Effect::Deny, None),
        ("{ tool: note, args: { text: hello } }", Effect::Allow, None),
        (
            "{ tool: note, args: { text: hello, token: abc, secret: { a: [x, 1] } } }",
            Effect::Allow,
            Some(r#"{"text":"hello","token":"[redacted]","secret":{"a":["[redacted]","[redacted]"]}}"#),
        ),
        ("{ tool: note, args: { Token: abc } }", Effect::Allow, Some(r#"{"Token":"[redacted]"}"#)),
    ] {
        let (effect, changed) = tried(&policy, call);
        assert_eq!(effect, expected, "{call}");
        assert_eq!(changed.as_deref(), args, "{call}");
    }
}

#[test]
fn rules_that_want_different_things_refuse_the_call() {
    let policy = rules(
        "  - { id: rest, effect: allow }
  - { id: a, effect: transform, set: { /x: { value: 1 } } }
  - { id: b, effect: transform, tools: t, set: { /x: { value: 2 } } }
  - { id: c, effect: transform, tools: u, set: { /y: { min: 5 } } }
  - { id: d, effect: transform, tools: u, set: { /y: { max: 4 } } }
",
    );
    assert_eq!(said(&policy, "{ tool: s, args: { x: 3 } }"), Effect::Allow);
    assert_eq!(said(&policy, "{ tool: t, args: { x: 1 } }"), Effect::Deny);
    assert_eq!(said(&policy, "{ tool: u, args: { x: 1, y: 4 } }"), Effect::Deny);
}

#[test]
fn the_strongest_channel_that_a_matching_rule_wants_counts() {
    let policy = rules(
        "  - { id: rest, effect: allow }
  - { id: ask, effect: require-approval, tools: 'pay*' }
  - { id: ask-well, effect: require-approval, tools: pay_much, approver: out-of-band }
",
    );
    let channel = |tool: &str| call(tool, "{}").under(&policy).approver();
    assert_eq!(channel("pay"), Channel::Chat);
    assert_eq!(channel("pay_much"), Channel::OutOfBand);
    assert_eq!(channel("read"), Channel::Chat);
}

#[test]
fn an_endorsement_raises_what_it_names_until_it_ends() {
    let policy = policy(
        "bartizan: 1
rules:
  - { id: rest, effect: allow }
  - { id: strangers, effect: deny, args: { '/**': { integrity: untrusted } } }
endorse:
  - id: directory
    tools: send_mail
    args: { /to: { glob: '*@example.org' } }
    during: { until: '2027-01-01T00:00:00Z' }
    as: { integrity: internal }
    reason: the directory of the house is kept by people
",
    );
    let at = |args: &str, integrity: &str, now: &str, tool: &str| {
        said(
            &policy,
            &format!(
                "{{ tool: {tool}, args: {args}, labels: {{ /to: {{ integrity: {integrity} }} }}{now} }}"
            ),
        )
    };
    let now = ", now: '2026-06-01T00:00:00Z'";
    assert_eq!(at("{ to: ann@example.org }", "untrusted", now, "send_mail"), Effect::Allow);
    assert_eq!(at("{ to: ann@example.com }", "untrusted", now, "send_mail"), Effect::Deny);
    assert_eq!(at("{ to: ann@example.org }", "untrusted", now, "send_post"), Effect::Deny);
    assert_eq!(at("{ to: ann@example.org }", "hostile", now, "send_mail"), Effect::Deny);
    assert_eq!(
        at("{ to: ann@example.org }", "untrusted", ", now: '2027-01-01T00:00:00Z'", "send_mail"),
        Effect::Deny
    );
    assert_eq!(at("{ to: ann@example.org }", "untrusted", "", "send_mail"), Effect::Deny);
}

#[test]
fn what_is_wrong_with_the_new_keys_is_told() {
    for (rule, expected) in [
        ("effect: redact", "does not say what it changes"),
        ("effect: transform, set: {}", "`set` is empty"),
        ("effect: transform, set: { /x: { value: 1, max: 2 } }", "keep one"),
        ("effect: transform, set: { '/**': { value: 1 } }", "one place"),
        ("effect: transform, set: { /x: { min: 3, max: 2 } }", "no number"),
        ("effect: transform, set: { /x: { value: 0.1000000000000000055 } }", "reads this number alike"),
        ("effect: deny, set: { /x: { value: 1 } }", "belongs to `effect: transform`"),
        ("effect: deny, redact: /x", "belongs to `effect: redact`"),
        ("effect: deny, approver: host", "belongs to `effect: require-approval`"),
        ("effect: require-approval, approver: phone", "one of chat, host, out-of-band"),
        ("effect: deny, shadow: maybe", "`true` or `false`"),
        ("effect: deny, during: { days: [monday], zone: UTC }", "one of mon"),
        ("effect: deny, during: { from: '09:00' }", "belong together"),
    ] {
        let told = refusal(&format!("bartizan: 1\nrules:\n  - {{ id: a, {rule} }}\n"));
        assert!(told.contains(expected), "{rule}: {told}");
    }
    for (entry, expected) in [
        ("args: { /x: { present: true } }, as: { integrity: internal }, reason: r", "an endorsement ends"),
        (
            "args: { /x: { present: true } }, as: { integrity: internal }, during: { until: '2027-01-01T00:00:00Z' }",
            "has a reason",
        ),
        ("as: { integrity: internal }, reason: r, during: { until: '2027-01-01T00:00:00Z' }", "which values"),
        (
            "args: { /x: { present: true } }, as: { integrity: untrusted }, reason: r, during: { until: '2027-01-01T00:00:00Z' }",
            "endorses nothing",
        ),
    ] {
        let told = refusal(&format!("bartizan: 1\nendorse:\n  - {{ id: a, {entry} }}\n"));
        assert!(told.contains(expected), "{entry}: {told}");
    }
}
