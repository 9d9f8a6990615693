//! What rules match.

use super::*;

#[test]
fn what_no_rule_speaks_of_is_denied() {
    let nothing = policy("bartizan: 1\nrules: []\n");
    let decision = call("read_file", "{}").under(&nothing);
    assert_eq!(
        (decision.effect(), decision.reason(), decision.rule()),
        (Effect::Deny, Reason::NoRuleMatched, None)
    );
    assert_snapshot!(decision.model_text(), @"The policy denies this call; asking for it in other words will not help. No rule allows it with these arguments.");
    assert_snapshot!(decision.operator_text(), @"deny: no rule matched");
}

/// Values that try to slip by a rule about `/path` that means `/etc/**`, or to slip into one that means `/srv/**`.
#[test]
fn restrictive_rules_match_what_is_spelled_otherwise_and_permissive_ones_do_not() {
    let deny = rules(
        "  - { id: all, effect: allow }\n  - { id: etc, effect: deny, tools: t, args: { /path: { glob: \"/etc/**\" } } }",
    );
    let allow = rules("  - { id: srv, effect: allow, tools: t, args: { /path: { glob: \"/srv/**\" } } }");
    for value in [
        r#""/etc/passwd""#,
        r#""/ETC/passwd""#,
        r#"" /etc/passwd""#,
        r#""/srv/../etc/passwd""#,
        r#""/srv/%2e%2e/etc/passwd""#,
        r#""/srv/%252e%252e/etc/passwd""#,
        r#""/srv\\..\\..\\etc\\passwd""#,
        r#""//etc//passwd""#,
        r#""/./etc/passwd""#,
        r#""/\u0435tc/passwd""#,
        r#""/e\u200btc/passwd""#,
        r#""/srv/\u2024\u2024/etc/passwd""#,
        r#""\uff0fetc\uff0fpasswd""#,
        r#"["/etc/passwd"]"#,
        r#"{"o":"/srv/x"}"#,
        "null",
        "7",
        "true",
    ] {
        let args = format!("{{\"path\":{value}}}");
        assert_eq!(effect(&deny, "t", &args), Effect::Deny, "{args}");
        assert_eq!(effect(&allow, "t", &args), Effect::Deny, "{args}");
    }
    for args in ["{}", r#"{"Path":"/etc/passwd"}"#, r#"{"p\u0430th":"/etc/passwd"}"#] {
        assert_eq!(effect(&deny, "t", args), Effect::Deny, "{args}");
        assert_eq!(effect(&allow, "t", args), Effect::Deny, "{args}");
    }
    assert_eq!(effect(&allow, "t", r#"{"path":"/srv/a","Path":"/etc/passwd"}"#), Effect::Deny);
    // The benign twins.
    assert_eq!(effect(&allow, "t", r#"{"path":"/srv/a/b.txt","mode":7}"#), Effect::Allow);
    assert_eq!(effect(&deny, "t", r#"{"path":"/srv/etc/b.txt"}"#), Effect::Allow);
    assert_eq!(effect(&deny, "u", r#"{"path":"/etc/passwd"}"#), Effect::Allow);
}

#[test]
fn numbers_and_words_are_one_value_to_a_rule_that_restricts_and_many_to_one_that_allows() {
    let deny = rules(
        "  - { id: all, effect: allow }\n  - { id: n, effect: deny, args: { /n: { in: [1000, true, \"off\"] } } }",
    );
    let allow = rules("  - { id: n, effect: allow, args: { /n: { in: [1000, true, \"off\"] } } }");
    for (value, denied, allowed) in [
        ("1000", true, true),
        ("1000.0", true, false),
        ("1e3", true, false),
        ("\"1000\"", true, false),
        ("\" 1000 \"", true, false),
        ("\"+01000\"", true, false),
        ("\"1000.0\"", true, false),
        ("true", true, true),
        ("\"True\"", true, false),
        ("\"off\"", true, true),
        ("\"OFF\"", true, false),
        ("null", true, false),
        ("[1000]", true, false),
        ("1001", false, false),
        ("false", false, false),
        ("\"on\"", false, false),
    ] {
        let args = format!("{{\"n\":{value}}}");
        assert_eq!(effect(&deny, "t", &args) == Effect::Deny, denied, "deny {value}");
        assert_eq!(effect(&allow, "t", &args) == Effect::Allow, allowed, "allow {value}");
    }
}

#[test]
fn a_regex_restricts_anywhere_and_allows_the_whole_value_only() {
    let deny = rules(
        "  - { id: all, effect: allow }\n  - { id: rm, effect: deny, args: { /c: { regex: 'rm\\s+-rf' } } }",
    );
    let allow = rules("  - { id: ls, effect: allow, args: { /c: { regex: 'ls|ls -[a-z]+' } } }");
    for (value, denied) in [
        ("rm -rf /", true),
        ("sudo RM  -rf x", true),
        ("r\\u043c -rf", true),
        ("rmdir", false),
        ("rm\\u200b -rf", true),
        ("ls", false),
    ] {
        assert_eq!(effect(&deny, "t", &format!("{{\"c\":\"{value}\"}}")) == Effect::Deny, denied, "{value}");
    }
    for (value, allowed) in
        [("ls", true), ("ls -la", true), ("ls; rm", false), ("els", false), ("LS", false), ("ls\\n", false)]
    {
        assert_eq!(
            effect(&allow, "t", &format!("{{\"c\":\"{value}\"}}")) == Effect::Allow,
            allowed,
            "{value}"
        );
    }
    // A pattern cannot close the group that it is put in.
    assert!(
        refusal("bartizan: 1\nrules: [{ id: a, effect: allow, args: { /c: { regex: 'a)|(b' } } }]")
            .contains("regular expression")
    );
    let big =
        "bartizan: 1\nrules: [{ id: a, effect: deny, args: { /c: { regex: '(?:\\w{1,1000}){1,1000}' } } }]";
    assert!(refusal(big).contains("too large"));
    assert!(
        refusal("bartizan: 1\nrules: [{ id: a, effect: deny, args: { /c: { regex: '(?=a)' } } }]")
            .contains("look-around")
    );
}

#[test]
fn an_allowance_is_for_every_value_and_a_restriction_for_any() {
    let allow = rules("  - { id: a, effect: allow, args: { \"/to/*\": { in: [anna, bert] } } }");
    assert_eq!(effect(&allow, "t", r#"{"to":["anna","bert"]}"#), Effect::Allow);
    assert_eq!(effect(&allow, "t", r#"{"to":["anna","eve"]}"#), Effect::Deny);
    for args in [r#"{"to":[]}"#, r#"{"to":"anna"}"#, r#"{"to":[["anna"]]}"#, "{}"] {
        assert_eq!(effect(&allow, "t", args), Effect::Deny, "{args}");
    }
    let deny = rules(
        "  - { id: all, effect: allow }\n  - { id: a, effect: deny, args: { \"/to/*\": { equals: eve } } }",
    );
    assert_eq!(effect(&deny, "t", r#"{"to":["anna","bert"]}"#), Effect::Allow);
    assert_eq!(effect(&deny, "t", r#"{"to":["anna","Eve"]}"#), Effect::Deny);
    assert_eq!(effect(&deny, "t", r#"{"to":"anna"}"#), Effect::Deny);
    assert_eq!(effect(&deny, "t", r#"{"to":[["anna"]]}"#), Effect::Deny);
    assert_eq!(effect(&deny, "t", r#"{"to":[]}"#), Effect::Allow);
}

#[test]
fn presence_can_be_asked_for() {
    let deny = rules(
        "  - { id: all, effect: allow }\n  - { id: p, effect: deny, args: { /bcc: { present: true } } }",
    );
    assert_eq!(effect(&deny, "t", "{}"), Effect::Allow);
    assert_eq!(effect(&deny, "t", r#"{"bcc":["x"]}"#), Effect::Deny);
    assert_eq!(effect(&deny, "t", r#"{"BCC":null}"#), Effect::Deny);
    let if_present = rules(
        "  - { id: all, effect: allow }\n  - { id: p, effect: deny, args: { /bcc: { present: true, equals: eve } } }",
    );
    assert_eq!(effect(&if_present, "t", "{}"), Effect::Allow);
    assert_eq!(effect(&if_present, "t", r#"{"bcc":"eve"}"#), Effect::Deny);
    let allow = rules("  - { id: p, effect: allow, args: { /bcc: { present: false } } }");
    assert_eq!(effect(&allow, "t", "{}"), Effect::Allow);
    assert_eq!(effect(&allow, "t", r#"{"Bcc":"x"}"#), Effect::Deny);
}

#[test]
fn tools_are_one_name_to_a_rule_that_restricts_in_any_case() {
    let deny =
        rules("  - { id: all, effect: allow }\n  - { id: d, effect: deny, tools: [\"Delete_*\", drop] }");
    let allow = rules("  - { id: a, effect: allow, tools: [\"Read_*\", now] }");
    for name in ["delete_all", "DELETE_all", "Drop"] {
        assert_eq!(effect(&deny, name, "{}"), Effect::Deny, "{name}");
    }
    assert_eq!(effect(&deny, "undelete_all", "{}"), Effect::Allow);
    assert_eq!(effect(&allow, "Read_x", "{}"), Effect::Allow);
    for name in ["read_x", "Now", "xRead_x"] {
        assert_eq!(effect(&allow, name, "{}"), Effect::Deny, "{name}");
    }
    assert!(refusal("bartizan: 1\nrules: [{ id: a, effect: deny, tools: 'löschen' }]").contains("U+00F6"));
}

#[test]
fn who_and_where_narrow_a_rule_and_what_is_not_known_counts_against_the_call() {
    let texts = ["servers: [files]", "principals: [\"anna*\"]", "roles: [admin]", "environments: [prod]"];
    for text in texts {
        let allow = rules(&format!("  - {{ id: a, effect: allow, {text} }}"));
        let deny = rules(&format!("  - {{ id: all, effect: allow }}\n  - {{ id: d, effect: deny, {text} }}"));
        let mut named = call("t", "{}");
        named.server = Some("files");
        named.context = named
            .context
            .principal(PrincipalId::new("anna@example.org").unwrap())
            .role("admin")
            .role("other")
            .environment("prod");
        let mut other = call("t", "{}");
        other.server = Some("mail");
        other.context =
            other.context.principal(PrincipalId::new("bert").unwrap()).role("guest").environment("dev");
        let unknown = call("t", "{}");
        let effects = |policy: &Policy| [&named, &other, &unknown].map(|call| call.under(policy).effect());
        assert_eq!(effects(&allow), [Effect::Allow, Effect::Deny, Effect::Deny], "{text}");
        assert_eq!(effects(&deny), [Effect::Deny, Effect::Allow, Effect::Deny], "{text}");
        assert_eq!(unknown.under(&deny).reason(), Reason::RuleUnjudged);
    }
    let server_only = rules("  - { id: a, effect: allow, modes: server }");
    let mut served = call("t", "{}");
    assert_eq!(served.under(&server_only).effect(), Effect::Deny);
    served.context = served.context.mode(Mode::Server);
    assert_eq!(served.under(&server_only).effect(), Effect::Allow);
}

#[test]
fn capabilities_restrict_by_any_and_allow_by_no_more() {
    let allow = rules("  - { id: a, effect: allow, capabilities: [reads-private, reads-untrusted] }");
    let deny =
        rules("  - { id: all, effect: allow }\n  - { id: d, effect: deny, capabilities: [egress, exec] }");
    let with = |capabilities: &[Capability]| {
        let mut call = call("t", "{}");
        call.capabilities = capabilities.iter().copied().collect();
        call
    };
    assert_eq!(with(&[Capability::ReadsPrivate]).under(&allow).effect(), Effect::Allow);
    assert_eq!(with(&[Capability::ReadsPrivate, Capability::Egress]).under(&allow).effect(), Effect::Deny);
    assert_eq!(with(&[Capability::ReadsPrivate, Capability::Egress]).under(&deny).effect(), Effect::Deny);
    assert_eq!(with(&[Capability::ReadsPrivate]).under(&deny).effect(), Effect::Allow);
}

#[test]
fn who_asked_and_what_happened_before_narrow_a_rule() {
    let of = |text: &str| {
        let allow = rules(&format!("  - {{ id: a, effect: allow, {} }}", text.replace("FIT", "at_least")));
        let deny = text.replace("FIT", "at_most").replace("{ at_most: trusted }", "{ at_most: internal }");
        (allow, rules(&format!("  - {{ id: all, effect: allow }}\n  - {{ id: d, effect: deny, {deny} }}")))
    };
    let plain = || call("t", "{}");
    let trusted = |trust| Call { context: plain().context.trust(trust), ..plain() };
    // The call that the condition is about, and its twin.
    for (text, meant, other) in [
        ("authorized: false", Call { authorized: false, ..plain() }, plain()),
        ("authorized: true", plain(), Call { authorized: false, ..plain() }),
        ("session: { canary_seen: true }", Call { canary_seen: true, ..plain() }, plain()),
        ("session: { escalated: true }", Call { escalated: true, ..plain() }, plain()),
        ("session: { escalated: false, canary_seen: false }", plain(), Call { canary_seen: true, ..plain() }),
    ] {
        let (allow, deny) = of(text);
        let effects = |policy: &Policy| [&meant, &other].map(|call| call.under(policy).effect());
        assert_eq!(effects(&allow), [Effect::Allow, Effect::Deny], "{text}");
        assert_eq!(effects(&deny), [Effect::Deny, Effect::Allow], "{text}");
    }
    let (allow, deny) = of("trust: { FIT: trusted }");
    for (trust, expected) in [
        (Integrity::Trusted, Effect::Allow),
        (Integrity::Internal, Effect::Deny),
        (Integrity::Untrusted, Effect::Deny),
        (Integrity::Hostile, Effect::Deny),
    ] {
        assert_eq!(trusted(trust).under(&allow).effect(), expected, "{trust}");
        assert_eq!(trusted(trust).under(&deny).effect(), expected, "{trust}");
    }
    // In a rule that restricts, a label means itself and worse.
    let short = rules("  - { id: all, effect: allow }\n  - { id: d, effect: deny, trust: untrusted }");
    assert_eq!(trusted(Integrity::Hostile).under(&short).effect(), Effect::Deny);
    assert_eq!(trusted(Integrity::Internal).under(&short).effect(), Effect::Allow);
}

#[test]
fn a_request_of_which_nothing_was_said_is_the_worst_one() {
    let (tool, context) = (ToolName::new("t").unwrap(), SecurityContext::new(SessionId::new("s").unwrap()));
    let decide = |rule: &str| {
        rules(&format!("  - {{ id: all, effect: allow }}\n  - {{ id: d, effect: deny, {rule} }}"))
            .decide(&Request::new(&tool, &context))
            .effect()
    };
    for rule in [
        "authorized: false",
        "session: { canary_seen: true, escalated: true, user_spoke: false, integrity: untrusted }",
        "trust: untrusted",
        "described: false",
        "capabilities: [exec]",
    ] {
        assert_eq!(decide(rule), Effect::Deny, "{rule}");
    }
}

#[test]
fn what_the_policy_says_of_tools_is_said_of_that_very_name() {
    let policy = policy(
        "bartizan: 1\ntools:\n  - { match: \"read_*\", capabilities: [reads-private] }\n  - { match: read_web, servers: net, capabilities: [reads-untrusted] }\n  - { match: now, capabilities: [] }\n",
    );
    let of = |tool: &str, server: Option<&str>| {
        let server = server.map(|server| ServerId::new(server).unwrap());
        let (described, can) =
            policy.capabilities_of(&ToolName::new(tool).unwrap(), server.as_ref(), || None);
        described.then(|| can.to_string())
    };
    assert_eq!(of("read_file", None).as_deref(), Some("reads-private"));
    assert_eq!(of("read_web", Some("net")).as_deref(), Some("reads-untrusted, reads-private"));
    assert_eq!(of("read_web", None).as_deref(), Some("reads-private"));
    assert_eq!(of("now", None).as_deref(), Some("none"));
    assert_eq!(of("Read_file", None), None);
    assert_eq!(of("send", None), None);
}

#[test]
fn the_first_applicable_rule_decides_and_what_cannot_be_judged_above_it_still_counts() {
    let policy = policy(
        r#"
bartizan: 1
combining: first-applicable
rules:
  - { id: etc, effect: deny, tools: t, args: { /path: { glob: "/etc/**" } } }
  - { id: ask, effect: require-approval, tools: [t, u], args: { /mode: { equals: force } } }
  - { id: all, effect: allow }
  - { id: late, effect: deny, tools: v }
"#,
    );
    let rule = |tool, args| {
        let decision = call(tool, args).under(&policy);
        (decision.effect(), decision.reason(), decision.rule().unwrap().to_string())
    };
    let is = |effect, reason, id: &str| (effect, reason, id.to_owned());
    assert_eq!(rule("v", "{}"), is(Effect::Allow, Reason::RuleMatched, "all"));
    assert_eq!(rule("u", r#"{"mode":"x"}"#), is(Effect::Allow, Reason::RuleMatched, "all"));
    assert_eq!(rule("u", "{}"), is(Effect::RequireApproval, Reason::RuleUnjudged, "ask"));
    assert_eq!(rule("u", r#"{"mode":"force"}"#), is(Effect::RequireApproval, Reason::RuleMatched, "ask"));
    assert_eq!(rule("t", r#"{"mode":"x","path":"/srv"}"#), is(Effect::Allow, Reason::RuleMatched, "all"));
    assert_eq!(rule("t", r#"{"mode":"x","path":["/srv"]}"#), is(Effect::Deny, Reason::RuleUnjudged, "etc"));
    assert_eq!(
        rule("t", r#"{"mode":"force","path":"/etc/x"}"#),
        is(Effect::Deny, Reason::RuleMatched, "etc")
    );
}

#[test]
fn a_rule_that_could_not_be_judged_does_not_make_a_call_ask_that_nothing_allows() {
    let asks = rules("  - { id: ask, effect: require-approval, args: { /mode: { equals: force } } }");
    assert_eq!(effect(&asks, "t", r#"{"mode":"force"}"#), Effect::RequireApproval);
    assert_eq!(effect(&asks, "t", "{}"), Effect::Deny);
}

#[test]
fn a_decision_says_what_it_rests_on_in_one_line_without_the_values() {
    let policy = rules(
        "  - { id: all, effect: allow }\n  - { id: no-eve, effect: deny, args: { \"/**\": { equals: eve } }, reason: \"eve is not\\nto be written to\" }",
    );
    let decision = call("send", r#"{"to":["anna","eve"],"cc\n\u202e":"eve"}"#).under(&policy);
    assert_eq!(decision.matched().len(), 2);
    assert_snapshot!(decision.operator_text(), @r#"deny: rule `no-eve` matched at /to/1, /cc\u{a}\u{202e} (eve is not to be written to)"#);
    assert_snapshot!(decision.model_text(), @r#"The policy denies this call; asking for it in other words will not help. Reason: eve is not to be written to. It is about the arguments at /to/1, /cc\u{a}\u{202e}."#);
    let decision = call("send", r#"{"to":["anna"]}"#).under(&policy);
    assert_snapshot!(decision.operator_text(), @"allow: rule `all` matched");
    assert!(decision.matched().is_empty());
}

#[test]
fn the_labels_of_keys_count_where_any_value_is_meant() {
    let policy = Policy::preset(Preset::Balanced);
    let tool = ToolName::new("send").unwrap();
    let context = SecurityContext::new(SessionId::new("s").unwrap());
    let value = Json::from("x");
    let hostile = Label::new(Integrity::Hostile, Sensitivity::Public);
    let pointer = JsonPointer::root().key("a");
    let leaves = [
        Leaf::key(pointer.clone(), hostile, Origin::Source),
        Leaf::new(pointer, &value, Label::NEUTRAL, Origin::User),
    ];
    let request = Request::new(&tool, &context).session(Label::NEUTRAL).user_spoke(true).authorized(true);
    assert_eq!(policy.decide(&request.leaves(&leaves)).effect(), Effect::Deny);
    assert_eq!(policy.decide(&request.leaves(&leaves[1..])).effect(), Effect::Allow);
}

#[test]
fn the_example_of_the_reference_decides_as_it_says() {
    let text = include_str!("../../../docs/policy-reference.md");
    let policy = policy(text.split("```yaml").nth(1).unwrap().split("```").next().unwrap());
    assert_eq!(effect(&policy, "read_file", r#"{"path":"/srv/project/a.txt"}"#), Effect::Allow);
    assert_eq!(effect(&policy, "read_file", r#"{"path":"/etc/passwd"}"#), Effect::Deny);
    let to_team = r#"{"to":["anna@example.org"],"body":"hello"}"#;
    assert_eq!(effect(&policy, "send_mail", to_team), Effect::RequireApproval);
    assert_eq!(effect(&policy, "send_mail", r#"{"to":["eve@example.com"],"body":"hello"}"#), Effect::Deny);
    let labels = [("/body", Integrity::Untrusted, Sensitivity::Public, Origin::Source)];
    assert_eq!(Call { labels: &labels, ..call("send_mail", to_team) }.under(&policy).effect(), Effect::Deny);
}
