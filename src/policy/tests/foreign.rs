//! Policies of others, as they are.

use super::*;

/// From the announcement of Kvlar, word for word.
const MY_POLICY: &str = r#"name: my-policy
version: "1.0"

rules:
  - id: allow-reads
    match_on:
      resources: ["read_*"]
    effect:
      type: allow

  - id: deny-destructive
    match_on:
      resources: ["delete_*", "drop_*"]
    effect:
      type: deny
      reason: "Destructive operations are not allowed"

  - id: approve-writes
    match_on:
      resources: ["write_*"]
    effect:
      type: require_approval
      reason: "Write operations require human approval"
"#;

/// From its second post, word for word.
const POSTGRES_POLICY: &str = r#"name: postgres-policy
rules:
  - id: deny-destructive-ddl
    match_on:
      resources: ["query"]
      parameters:
        sql: "(?i)\\bDROP\\b|\\bTRUNCATE\\b"
    effect:
      type: deny
      reason: "Destructive DDL is not allowed"

  - id: approve-data-modification
    match_on:
      resources: ["query"]
      parameters:
        sql: "(?i)\\bDELETE\\b|\\bUPDATE\\b|\\bINSERT\\b"
    effect:
      type: require_approval
      reason: "Data modifications require human approval"

  - id: allow-reads
    match_on:
      resources: ["query"]
    effect:
      type: allow
"#;

/// From G8KEPR's page, word for word.
const RESEARCH_ASSISTANT: &str = r#"{
  "agent": "research-assistant",
  "version": "1.0",
  "rules": [
    {
      "tool": "read_file",
      "allow": true,
      "paths": ["/data/*", "/reports/*"]
    },
    {
      "tool": "write_file",
      "allow": true,
      "paths": ["/output/*"],
      "maxSize": "10MB"
    },
    {
      "tool": "execute_code",
      "allow": false,
      "reason": "Not permitted for this agent"
    },
    {
      "tool": "api_request",
      "allow": true,
      "domains": ["api.example.com"],
      "rateLimit": "100/hour"
    }
  ],
  "audit": {
    "logAll": true,
    "alertOnDeny": true
  }
}
"#;

fn import(text: &str) -> Loaded {
    Policy::import(text, &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

fn decided(policy: &Policy, tool: &str, args: &str) -> (Effect, String) {
    let decision = call(tool, args).under(policy);
    (decision.effect(), decision.rule().map(ToString::to_string).unwrap_or_default())
}

#[test]
fn the_first_post_decides_as_it_says() {
    let Loaded { policy, language, .. } = import(MY_POLICY);
    assert_eq!((language, policy.name()), ("Kvlar", Some("my-policy")));
    for (tool, effect, rule) in [
        ("read_file", Effect::Allow, "allow-reads"),
        ("delete_file", Effect::Deny, "deny-destructive"),
        ("drop_table", Effect::Deny, "deny-destructive"),
        ("DELETE_file", Effect::Deny, "deny-destructive"),
        ("write_file", Effect::RequireApproval, "approve-writes"),
        ("send_mail", Effect::Deny, ""),
    ] {
        assert_eq!(decided(&policy, tool, "{}"), (effect, rule.to_owned()), "{tool}");
    }
    let decision = call("delete_x", "{}").under(&policy);
    assert_eq!(decision.why(), Some("Destructive operations are not allowed"));
}

#[test]
fn the_second_post_decides_as_it_says() {
    let policy = import(POSTGRES_POLICY).policy;
    for (sql, effect) in [
        ("SELECT * FROM orders", Effect::Allow),
        ("drop table orders", Effect::Deny),
        ("SELECT 1; TRUNCATE orders", Effect::Deny),
        ("delete from orders", Effect::RequireApproval),
        ("UPDATE orders SET a = 1", Effect::RequireApproval),
    ] {
        assert_eq!(decided(&policy, "query", &format!("{{\"sql\":{sql:?}}}")).0, effect, "{sql}");
    }
    // Their engine lets these through: the argument is missing, or a list.
    assert_eq!(decided(&policy, "query", "{}").0, Effect::Deny);
    assert_eq!(decided(&policy, "query", r#"{"sql":["DROP TABLE x"]}"#).0, Effect::Deny);
    assert_eq!(decided(&policy, "other", "{}").0, Effect::Deny);
}

#[test]
fn the_research_assistant_decides_as_it_says() {
    let loaded = import(RESEARCH_ASSISTANT);
    assert_eq!((loaded.language, loaded.policy.name()), ("G8KEPR", Some("research-assistant")));
    assert!(
        loaded.warnings.iter().any(|warning| warning.message.contains("observer")),
        "{:?}",
        loaded.warnings
    );
    let policy = loaded.policy;
    for (tool, args, effect) in [
        ("read_file", r#"{"path":"/data/a.csv"}"#, Effect::Allow),
        ("read_file", r#"{"path":"/data/deep/a.csv","encoding":"utf-8"}"#, Effect::Allow),
        ("read_file", r#"{"path":"/reports/x"}"#, Effect::Allow),
        ("read_file", r#"{"path":"/etc/passwd"}"#, Effect::Deny),
        ("read_file", r#"{"path":"/data/../etc/passwd"}"#, Effect::Deny),
        ("read_file", r#"{"path":"/data/a","other":"/etc/passwd"}"#, Effect::Deny),
        ("read_file", r#"{"path":["/etc/passwd"]}"#, Effect::Deny),
        ("read_file", r#"{"path":"/data/%2e%2e/etc"}"#, Effect::Deny),
        ("read_file", "{}", Effect::Deny),
        ("write_file", r#"{"path":"/output/x","content":"see /data/x and more"}"#, Effect::Allow),
        ("write_file", r#"{"path":"/data/x","content":"y"}"#, Effect::Deny),
        ("execute_code", r#"{"code":"1"}"#, Effect::Deny),
        ("api_request", r#"{"url":"https://api.example.com/v1"}"#, Effect::Allow),
        ("api_request", r#"{"url":"https://api.example.com@evil.example/"}"#, Effect::Deny),
        ("api_request", r#"{"url":"https://evil.example/#api.example.com"}"#, Effect::Deny),
        (
            "api_request",
            r#"{"url":"https://api.example.com/","callback":"https://evil.example/"}"#,
            Effect::Deny,
        ),
        ("api_request", "{}", Effect::Deny),
        ("send_mail", "{}", Effect::Deny),
    ] {
        assert_eq!(decided(&policy, tool, args).0, effect, "{tool} {args}");
    }
    let large = format!(r#"{{"path":"/output/x","content":"{}"}}"#, "x".repeat((10 << 20) + 1));
    let args = Json::parse(&large, &Limits { max_input: 32 << 20, ..Limits::default() }).unwrap();
    let leaves: Vec<Leaf<'_>> = args
        .leaves()
        .map(|(pointer, value)| Leaf::new(pointer, value, Label::NEUTRAL, Origin::User))
        .collect();
    let (tool, cx) =
        (ToolName::new("write_file").unwrap(), SecurityContext::new(SessionId::new("s").unwrap()));
    assert_eq!(policy.decide(&Request::new(&tool, &cx).leaves(&leaves)).effect(), Effect::Deny);
    let tool = ToolName::new("api_request").unwrap();
    let limits: Vec<_> = policy.limits_for(&tool, None, CapabilitySet::ALL).collect();
    assert_eq!(
        (limits.len(), limits[0].quota().burst(), limits[0].quota().period().as_secs()),
        (1, 100, 3_600)
    );
    assert_eq!(call("execute_code", "{}").under(&policy).why(), Some("Not permitted for this agent"));
}

#[test]
fn every_condition_of_theirs_is_understood() {
    let deny = |operator: &str, value: &str, args: &str| {
        let text = format!(
            "rules:\n  - {{ id: d, match_on: {{ resources: [t], conditions: [{{ field: o.v, operator: {operator}, value: {value} }}] }}, effect: {{ type: deny, reason: no }} }}\n  - {{ id: a, match_on: {{}}, effect: {{ type: allow }} }}\n"
        );
        decided(&import(&text).policy, "t", args).0 == Effect::Deny
    };
    for (operator, value, hit, miss) in [
        ("eq", "1000", "1000.0", "999"),
        ("equals", "prod", "\"PROD\"", "\"dev\""),
        ("neq", "dev", "\"prod\"", "\"dev\""),
        ("contains", "'rm -rf'", "\"x rm  -rf y\"", "\"ls\""),
        ("starts_with", "/etc/", "\"/tmp/../etc/x\"", "\"/srv/x\""),
        ("ends_with", ".key", "\"a.KEY\"", "\"a.txt\""),
        ("matches", "'^/etc'", "\"/etc/x\"", "\"/srv\""),
        ("in", "[a, b]", "\"b\"", "\"c\""),
        ("not_in", "[a, b]", "\"c\"", "\"a\""),
        ("in_domain", "evil.example", "\"https://x:y@EVIL.example./\"", "\"https://good.example/\""),
        (
            "not_in_domain",
            "[good.example]",
            "\"https://good.example@evil.example/\"",
            "\"https://a.good.example/\"",
        ),
        ("greater_than", "100", "\"101\"", "100"),
        ("less_than", "5", "4.9", "5"),
        ("exists", "true", "\"\"", "0"),
    ] {
        assert!(deny(operator, value, &format!("{{\"o\":{{\"v\":{hit}}}}}")), "{operator} {hit}");
        if operator == "exists" {
            assert!(!deny(operator, value, "{\"o\":{}}"));
            assert!(
                deny("not_exists", value, "{\"o\":{}}") && !deny("not_exists", value, "{\"o\":{\"v\":1}}")
            );
            continue;
        }
        assert!(!deny(operator, value, &format!("{{\"o\":{{\"v\":{miss}}}}}")), "{operator} {miss}");
        // A missing argument, and one of another kind, do not get past a rule that denies.
        assert!(
            deny(operator, value, "{}") && deny(operator, value, "{\"o\":{\"v\":[\"x\"]}}"),
            "{operator}"
        );
    }
}

#[test]
fn several_conditions_on_one_argument_hold_together() {
    let text = "rules:\n  - { id: d, match_on: { resources: [t], conditions: [{ field: v, operator: contains, value: rm }, { field: v, operator: contains, value: tmp }] }, effect: { type: deny, reason: no } }\n  - { id: a, match_on: {}, effect: { type: allow } }\n";
    let policy = import(text).policy;
    assert_eq!(decided(&policy, "t", r#"{"v":"rm /tmp"}"#).0, Effect::Deny);
    assert_eq!(decided(&policy, "t", r#"{"v":"rm /srv"}"#).0, Effect::Allow);
    let printed = policy.to_yaml();
    assert_eq!(Policy::from_yaml(&printed).unwrap().digest(), policy.digest(), "{printed}");
}

#[test]
fn bases_come_behind_and_circles_are_refused() {
    let base = "name: b\nrules:\n  - { id: x, match_on: { resources: ['*'] }, effect: { type: deny, reason: base } }\n";
    let child = "name: c\nextends: [base.yaml]\nrules:\n  - { id: x, match_on: { resources: [a] }, effect: { type: allow } }\n";
    let loaded = Policy::import(child, &|name| (name == "base.yaml").then(|| base.to_owned())).unwrap();
    assert_eq!(decided(&loaded.policy, "a", "{}"), (Effect::Allow, "x".to_owned()));
    assert_eq!(decided(&loaded.policy, "b", "{}"), (Effect::Deny, "x-2".to_owned()));
    assert!(loaded.warnings.iter().any(|warning| warning.message.contains("another rule has the id `x`")));
    let circle = Policy::import(child, &|_| Some(child.to_owned())).unwrap_err().to_string();
    assert!(circle.contains("extends itself"), "{circle}");
    assert!(import_fails(child, "is not found"));
}

fn import_fails(text: &str, message: &str) -> bool {
    Policy::import(text, &|_| None).unwrap_err().to_string().contains(message)
}

#[test]
fn what_their_engine_overlooks_is_told_with_its_line() {
    let text = "name: x\nrules:\n  - id: a\n    match_on: { resource: [read_file] }\n    effect: { type: allow }\n  - id: b\n    match_on:\n    effect: { type: deny, reason: r, extra: 1 }\n";
    let loaded = import(text);
    let told: Vec<String> = loaded.warnings.iter().map(|w| format!("{}: {}", w.line, w.message)).collect();
    assert!(told.iter().any(|line| line.starts_with("4: `match_on` has no key `resource`")), "{told:?}");
    // The rule that would have allowed everything allows nothing.
    assert_eq!(decided(&loaded.policy, "anything", "{}").0, Effect::Deny);
    let rule = |criteria: &str| {
        format!("rules:\n  - {{ id: a, match_on: {{ {criteria} }}, effect: {{ type: deny, reason: r }} }}\n")
    };
    for (criteria, message) in [
        ("parameters: { sql: '(' }", "not a regular expression"),
        ("parameters: { sql: '(?=x)' }", "not a regular expression"),
        ("conditions: [{ field: a, operator: in, value: x }]", "takes a list"),
        ("conditions: [{ field: a, operator: contains, value: '' }]", "always match"),
        ("conditions: [{ field: a, operator: like, value: x }]", "is not known"),
        ("resources: ['[a-z]*']", "write a list of names"),
    ] {
        assert!(import_fails(&rule(criteria), message), "{criteria}");
    }
}

#[test]
fn suites_run_and_say_which_rules_they_miss() {
    let suite = Suite::from_yaml(
        "policy: p.yaml\ntests:\n  - id: reads\n    action: { resource: read_file, parameters: { path: /x } }\n    expect: allow\n    rule: allow-reads\n  - name: drops\n    call: { tool: drop_table }\n    expect: deny\n    reason_contains: Destructive\n  - { id: wrong, action: { resource: write_x }, expect: allow }\n  - { id: nothing, action: { resource: x }, expect: deny, rule: _default_deny }\n",
    )
    .unwrap();
    let result = suite.run(&import(MY_POLICY).policy);
    assert_eq!((result.results.len(), result.failed()), (4, 1));
    assert_eq!(result.results[2].failures, ["expected allow, got require-approval"]);
    assert!(result.untried.is_empty(), "{:?}", result.untried);
    assert!(Suite::from_yaml("tests: []").unwrap_err().to_string().contains("always pass"));
    assert!(Suite::from_yaml("tests: [{ expect: yes }]").is_err());
}

fn theirs(text: &str, tool: &str, args: &serde_json::Value) -> Effect {
    let mut engine = kvlar_core::Engine::new();
    engine.load_policy_yaml(text).unwrap();
    let mut action = kvlar_core::Action::new("tool_call", tool, "agent");
    for (key, value) in args.as_object().unwrap() {
        action = action.with_param(key, value.clone());
    }
    let decision = engine.evaluate(&action);
    match (decision.is_allowed(), decision.is_denied()) {
        (true, _) => Effect::Allow,
        (_, true) => Effect::Deny,
        _ => Effect::RequireApproval,
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, ..Default::default() })]

    /// Under the same rules we never let through what their engine denies; on plain calls we decide alike.
    #[test]
    fn their_engine_is_never_stricter(
        rules in proptest::collection::vec((
            proptest::sample::select(vec!["read_*", "write_file", "*", "send_?ail"]),
            proptest::sample::select(vec![
                "", "parameters: { path: '^/etc' }", "conditions: [{ field: path, operator: starts_with, value: /srv/ }]",
                "conditions: [{ field: n, operator: eq, value: 5 }]", "conditions: [{ field: path, operator: in, value: [/srv/a, /etc/b] }]",
                "conditions: [{ field: u, operator: in_domain, value: good.example }]",
                "conditions: [{ field: u, operator: not_in_domain, value: [good.example] }]",
                "conditions: [{ field: path, operator: neq, value: /srv/a }]",
            ]),
            proptest::prelude::any::<bool>(),
        ), 1..6),
        tool in proptest::sample::select(vec!["read_file", "write_file", "send_mail", "other"]),
        path in proptest::sample::select(vec!["/etc/b", "/srv/a", "/srv/c", "/tmp/../etc/x"]),
        whole in proptest::prelude::any::<bool>(),
        default_allow in proptest::prelude::any::<bool>(),
    ) {
        let mut text = String::from("name: t\ndescription: t\nversion: \"1\"\n");
        if default_allow {
            text.push_str("default_outcome: allow\n");
        }
        text.push_str("rules:\n");
        for (at, (tools, criteria, deny)) in rules.iter().enumerate() {
            let effect = if *deny { "{ type: deny, reason: no }" } else { "{ type: allow }" };
            let comma = if criteria.is_empty() { "" } else { ", " };
            let rule = format!("  - {{ id: r{at}, description: d, match_on: {{ resources: ['{tools}']{comma}{criteria} }}, effect: {effect} }}\n");
            text.push_str(&rule);
        }
        let args = if whole {
            serde_json::json!({ "path": path, "n": 5, "u": "https://good.example/x" })
        } else {
            serde_json::json!({ "path": path })
        };
        let ours = decided(&import(&text).policy, tool, &args.to_string()).0;
        let theirs = theirs(&text, tool, &args);
        proptest::prop_assert!(ours >= theirs, "{} {} {}: {} against {}", text, tool, args, ours, theirs);
        if whole && !path.contains("..") {
            proptest::prop_assert_eq!(ours, theirs, "{} {} {}", text, tool, args);
        }
    }
}

fn is_the_same_when_read_again(text: &str, find: &dyn Fn(&str) -> Option<String>) -> bool {
    let Ok(loaded) = Policy::import(text, find) else { return false };
    let printed = loaded.policy.to_yaml();
    let again = Policy::from_yaml(&printed).map(|policy| (policy.digest(), policy.to_yaml()));
    assert_eq!(again, Ok((loaded.policy.digest(), printed)), "{text}");
    true
}

#[test]
fn what_names_nothing_is_left_out_and_told() {
    let rule = |criteria: &str, effect: &str| {
        format!(
            "rules:\n  - {{ id: a, match_on: {{ {criteria} }}, effect: {{ type: {effect}, reason: '' }} }}\n"
        )
    };
    for effect in ["allow", "deny"] {
        let text = rule("resources: ['', read_x]", effect);
        assert!(is_the_same_when_read_again(&text, &|_| None));
        assert!(import(&text).warnings.iter().any(|warning| warning.message.contains("empty name")));
        // All that it named is left out, so it says nothing; it does not speak of everything.
        let text = rule("resources: ['']", effect);
        assert!(is_the_same_when_read_again(&text, &|_| None));
        assert_eq!(decided(&import(&text).policy, "read_x", "{}"), (Effect::Deny, String::new()));
        for (criteria, message) in [
            ("resources: ['read': _]", "list of names"),
            ("resources: [[read]]", "list of names"),
            ("parameters: { p: [x] }", "regular expression"),
            ("conditions: [{ field: a, operator: eq }]", "there is none"),
            ("conditions: [{ field: a, operator: neq, value: [] }]", "there is none"),
            ("conditions: [{ field: a, operator: not_in_domain, value: [''] }]", "takes a domain"),
            ("conditions: [{ field: a, operator: greater_than, value: x }]", "number"),
        ] {
            assert!(import_fails(&rule(criteria, effect), message), "{criteria}");
        }
    }
    let text = rule("resources: [t], parameters: { p: '' }", "deny");
    assert!(is_the_same_when_read_again(&text, &|_| None));
    assert_eq!(decided(&import(&text).policy, "t", r#"{"p":1}"#), (Effect::Deny, "a".to_owned()));
}

/// A text as it could stand somewhere in such a policy, with what is hard in it.
fn strange() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let words = vec![
        "''",
        "a",
        "'*'",
        "'a?'",
        "~",
        "1",
        "1.0",
        "010",
        "true",
        "'true'",
        "'${x}'",
        "'a.b'",
        "'/a~1/*'",
        "[]",
        "['']",
        "[a, 1, null]",
        "{}",
        "{ a: b }",
        "'(?i)x'",
        "'('",
        "'a\u{200b}b'",
        "\"\\n\"",
        "'..'",
        "example.com",
        "'\u{e9}.example'",
        "'#'",
        "'read': _",
        "1e400",
        "-0",
        "'tool_*'",
        "'[a-z]'",
        "x/y",
        "'100/hour'",
        "10MB",
        "'/data/*'",
        "'\\\\'",
        "\"\\0\"",
    ];
    // Half of them are plain, so that many policies are read.
    prop_oneof![
        proptest::sample::select(vec!["a", "read_*", "5", "[x, y]", "example.com"]),
        proptest::sample::select(words)
    ]
    .prop_map(str::to_owned)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 256, ..Default::default() })]

    /// Whatever is taken from Kvlar's language can be written down in ours.
    #[test]
    fn what_was_imported_from_kvlar_prints_and_reads_again(
        name in strange(), outcome in proptest::sample::select(vec!["allow", "deny", "~"]), extends in proptest::prelude::any::<bool>(),
        rules in proptest::collection::vec((
            (strange(), strange(), strange(), strange()),
            proptest::collection::vec((strange(), proptest::sample::select(vec![
                "eq", "neq", "contains", "starts_with", "ends_with", "matches", "in", "not_in", "in_domain", "not_in_domain",
                "equals", "not_equals", "greater_than", "less_than", "exists", "not_exists", "one_of",
            ]), strange()), 0..3),
            proptest::sample::select(vec!["{ type: allow }", "{ type: deny, reason: '' }", "{ type: require_approval, reason: x }", "deny"]),
            0_u8..32,
        ), 1..4),
    ) {
        let mut text = format!("name: {name}\ndefault_outcome: {outcome}\n");
        if extends {
            text.push_str("extends: [base]\n");
        }
        text.push_str("rules:\n");
        for ((id, tool, principal, parameter), conditions, effect, parts) in rules {
            let part = |bit: u8, text: String| if parts & (1 << bit) == 0 { String::new() } else { text };
            let criteria = [
                part(0, format!("resources: [{tool}], ")),
                part(1, format!("agent_ids: [{principal}], ")),
                part(2, format!("parameters: {{ p.q: {parameter}, a: x }}, ")),
                part(3, format!("action_types: [{principal}], ")),
            ]
            .concat();
            let conditions: Vec<String> = conditions
                .iter()
                .map(|(field, operator, value)| format!("{{ field: {field}, operator: {operator}, value: {value} }}"))
                .collect();
            let line = format!(
                "  - {{ id: {id}, match_on: {{ {criteria}conditions: [{}] }}, effect: {effect} }}\n", conditions.join(", ")
            );
            text.push_str(&line);
        }
        let base = "rules: [{ id: a, match_on: { resources: [base] }, effect: { type: deny, reason: r } }]";
        is_the_same_when_read_again(&text, &|_| Some(base.to_owned()));
    }

    /// Whatever is taken from the JSON of G8KEPR can be written down in ours.
    #[test]
    fn what_was_imported_from_g8kepr_prints_and_reads_again(
        agent in strange(),
        rules in proptest::collection::vec(
            ((strange(), proptest::prelude::any::<bool>(), strange(), strange()), strange(), strange(), strange(), 0_u8..32), 1..4,
        ),
    ) {
        let mut text = format!("agent: {agent}\nrules:\n");
        for ((tool, allow, reason, path), size, domain, rate, parts) in rules {
            let part = |bit: u8, text: String| if parts & (1 << bit) == 0 { String::new() } else { text };
            let said = [
                part(0, format!(", paths: [{path}]")),
                part(1, format!(", maxSize: {size}")),
                part(2, format!(", domains: [{domain}, example.com]")),
                part(3, format!(", rateLimit: {rate}")),
                part(4, format!(", reason: {reason}")),
            ]
            .concat();
            let line = format!("  - {{ tool: {tool}, allow: {allow}{said} }}\n");
            text.push_str(&line);
        }
        is_the_same_when_read_again(&text, &|_| None);
    }
}
