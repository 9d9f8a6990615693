//! Laws over random policies and calls.

use proptest::prelude::*;

use super::*;

pub(super) fn a_rule() -> impl Strategy<Value = String> {
    let effect = prop_oneof![Just("allow"), Just("require-approval"), Just("deny")];
    let tools =
        prop_oneof![Just(""), Just("tools: t, "), Just("tools: [\"*x\", \"T*\"], "), Just("tools: \"?\", ")];
    let condition = prop_oneof![
        Just(""),
        Just("args: { /a: { equals: x } }"),
        Just("args: { /a: { glob: \"/s/*\" } }"),
        Just("args: { \"/**\": { regex: \"[xy]\" } }"),
        Just("args: { \"/**\": { origin: user } }"),
        Just("args: { \"/a/*\": { in: [x, 1] } }"),
        Just("args: { /b: { present: false } }"),
        Just("servers: s"),
        Just("session: { user_spoke: false }"),
        Just("authorized: false"),
        Just("when: \"args.a == 'x'\""),
        Just("when: \"has(args.b) && string(args.b) != '1'\", args: { /a: { present: true } }"),
        Just("during: { until: \"2027-01-01T00:00:00Z\" }"),
        Just("session: { escalated: true, canary_seen: false }"),
        Just("args: { \"/**\": { source.kind: [web, user], source.tool: \"g*\" } }"),
        Just("args: { /a: { source.host: x.example, origin: source } }"),
    ];
    (effect, tools, condition)
        .prop_map(|(effect, tools, condition)| format!("effect: {effect}, {tools}{condition}"))
}

fn a_call() -> impl Strategy<Value = (&'static str, &'static str, Option<&'static str>, bool)> {
    (
        prop_oneof![Just("t"), Just("T"), Just("tx"), Just("other")],
        prop_oneof![
            Just("{}"),
            Just(r#"{"a":"x"}"#),
            Just(r#"{"a":["x"]}"#),
            Just(r#"{"a":[["x"]],"b":1}"#),
            Just(r#"{"a":"/s/y"}"#),
            Just(r#"{"a":"/s/../X"}"#),
            Just(r#"{"a":1,"c":null}"#),
            Just(r#"{"A":"x","b":"y"}"#),
        ],
        prop_oneof![Just(None), Just(Some("s")), Just(Some("z"))],
        any::<bool>(),
    )
}

pub(super) fn document(combining: &str, rules: &[String]) -> Policy {
    let rules: Vec<String> =
        rules.iter().enumerate().map(|(at, rule)| format!("  - {{ id: r{at}, {rule} }}\n")).collect();
    let rules = rules.concat();
    policy(&format!("bartizan: 1\ncombining: {combining}\nrules:\n{rules}"))
}

fn decided(
    policy: &Policy,
    (tool, args, server, user_spoke): (&'static str, &'static str, Option<&'static str>, bool),
) -> Effect {
    Call { server, user_spoke, ..call(tool, args) }.under(policy).effect()
}

proptest! {
    #![proptest_config(law(64))]

    #[test]
    fn the_order_of_rules_means_nothing_under_deny_overrides(
        (rules, shuffled) in prop::collection::vec(a_rule(), 1..8)
            .prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
        calls in prop::collection::vec(a_call(), 8),
    ) {
        let (one, other) = (document("deny-overrides", &rules), document("deny-overrides", &shuffled));
        for call in calls {
            prop_assert_eq!(decided(&one, call), decided(&other, call), "{:?}", call);
        }
    }

    #[test]
    fn a_deny_more_never_loosens(
        rules in prop::collection::vec(a_rule(), 1..8),
        more in a_rule(),
        at in any::<prop::sample::Index>(),
        first: bool,
        calls in prop::collection::vec(a_call(), 8),
    ) {
        let combining = if first { "first-applicable" } else { "deny-overrides" };
        let before = document(combining, &rules);
        let mut rules = rules;
        let deny = more.replace("effect: allow", "effect: deny").replace("effect: require-approval", "effect: deny");
        rules.insert(at.index(rules.len() + 1), deny);
        let after = document(combining, &rules);
        for call in calls {
            prop_assert!(decided(&after, call) >= decided(&before, call), "{:?}", call);
        }
    }

    #[test]
    fn a_policy_printed_and_read_again_is_the_same(
        list in prop::collection::vec(a_rule(), 1..8), quota in prop::option::of(1_u32..9), first: bool,
    ) {
        let mut list = list;
        if let (Some(burst), Some(rule)) = (quota, list.first_mut()) {
            let said = rule.trim_end_matches([',', ' ']);
            *rule = format!("{said}, quota: {{ of: calls, per: [tool, session], burst: {burst}, period_s: 60 }}");
        }
        let policy = document(if first { "first-applicable" } else { "deny-overrides" }, &list);
        let again = Policy::from_yaml(&policy.to_yaml()).unwrap();
        prop_assert_eq!(again.digest(), policy.digest());
        prop_assert!(policy.diff(&again).is_empty());
    }

    #[test]
    fn a_taint_or_a_finding_more_never_loosens(
        list in prop::collection::vec(0_usize..7, 1..8),
        before in (0_usize..4, 0_usize..3, 0_usize..4, 0_usize..3),
        worse in (0_usize..4, 0_usize..3, 0_usize..4, 0_usize..3),
        user_spoke: bool, flags in (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        // A rule that asks is a way in, too: what nothing allowed before it may ask for once it matches.
        let effect = "deny";
        let rule = |condition: &usize| {
            match condition {
                0 => format!("effect: {effect}, args: {{ /x: {{ integrity: untrusted }} }}"),
                1 => format!("effect: {effect}, args: {{ '/**': {{ sensitivity: internal }} }}"),
                2 => format!("effect: {effect}, session: {{ integrity: internal, escalated: true }}"),
                3 => format!("effect: {effect}, session: {{ canary_seen: true, sensitivity: sensitive }}"),
                4 => "effect: allow, args: { /x: { integrity: { at_least: internal } } }".to_owned(),
                5 => "effect: allow, session: { integrity: { at_least: untrusted }, escalated: false }".to_owned(),
                _ => "effect: allow, session: { canary_seen: false }".to_owned(),
            }
        };
        let list: Vec<String> = list.iter().map(rule).collect();
        let policy = document("deny-overrides", &list);
        let integrity = [Integrity::Trusted, Integrity::Internal, Integrity::Untrusted, Integrity::Hostile];
        let sensitivity = [Sensitivity::Public, Sensitivity::Internal, Sensitivity::Sensitive];
        let effect = |(leaf, secret, session, kept): (usize, usize, usize, usize), escalated: bool, canary_seen: bool| {
            let labels = [("/x", integrity[leaf], sensitivity[secret], Origin::Source)];
            Call {
                labels: &labels,
                session: Label::new(integrity[session], sensitivity[kept]),
                user_spoke,
                escalated,
                canary_seen,
                ..call("t", r#"{"x":"y"}"#)
            }
            .under(&policy)
            .effect()
        };
        let after = (before.0.max(worse.0), before.1.max(worse.1), before.2.max(worse.2), before.3.max(worse.3));
        let (escalated, canary_seen, more, too) = flags;
        prop_assert!(effect(after, escalated || more, canary_seen || too) >= effect(before, escalated, canary_seen));
    }

    #[test]
    fn a_rule_that_changes_or_watches_never_loosens(
        rules in prop::collection::vec(a_rule(), 1..6),
        more in prop::collection::vec(
            prop_oneof![
                Just("effect: redact, redact: '/**'"),
                Just("effect: transform, set: { /a: { value: x } }"),
                Just("effect: transform, tools: t, set: { /a: { value: 1 } }"),
                Just("effect: transform, set: { /b: { max: 0 } }"),
                Just("effect: allow, shadow: true"),
                Just("effect: deny, shadow: true"),
            ],
            1..4,
        ),
        calls in prop::collection::vec(a_call(), 8),
    ) {
        let before = document("deny-overrides", &rules);
        let mut rules = rules;
        rules.extend(more.into_iter().map(str::to_owned));
        let after = document("deny-overrides", &rules);
        for (tool, args, server, _) in calls {
            let mut call = TrialCall::new(tool, args);
            call.server = server.map(str::to_owned);
            let before = call.under(&before).unwrap().effect();
            let after = call.under(&after).map_or(Effect::Deny, |decision| decision.effect());
            prop_assert!(after >= before, "{}", call);
        }
    }

    #[test]
    fn worse_labels_never_loosen_a_preset(
        capabilities in prop::sample::subsequence(Capability::ALL.to_vec(), 0..=6),
        before in (0_usize..4, 0_usize..3, 0_usize..4), worse in (0_usize..4, 0_usize..3, 0_usize..4),
        user_spoke: bool, described: bool, authorized: bool, canary_seen: bool, escalated: bool,
    ) {
        let integrity = [Integrity::Trusted, Integrity::Internal, Integrity::Untrusted, Integrity::Hostile];
        let sensitivity = [Sensitivity::Public, Sensitivity::Internal, Sensitivity::Sensitive];
        let after = (before.0.max(worse.0), before.1.max(worse.1), before.2.max(worse.2));
        for preset in Preset::ALL {
            let policy = Policy::preset(*preset);
            let effect = |(leaf, secret, session): (usize, usize, usize)| {
                let labels = [("/x", integrity[leaf], sensitivity[secret], Origin::Source)];
                Call {
                    capabilities: capabilities.iter().copied().collect(),
                    labels: &labels,
                    session: Label::new(integrity[session], Sensitivity::Public),
                    user_spoke,
                    described,
                    authorized,
                    canary_seen,
                    escalated,
                    ..call("send_t", r#"{"x":"y"}"#)
                }
                .under(&policy)
                .effect()
            };
            prop_assert!(effect(after) >= effect(before));
        }
    }

    #[test]
    fn what_nobody_asked_for_and_what_was_stopped_never_loosens_a_preset(
        capabilities in prop::sample::subsequence(Capability::ALL.to_vec(), 0..=6),
        session in 0_usize..4, trust in 0_usize..4, less in 0_usize..4,
        described: bool, authorized: bool, escalated: bool,
    ) {
        let integrity = [Integrity::Hostile, Integrity::Untrusted, Integrity::Internal, Integrity::Trusted];
        for preset in Preset::ALL {
            let policy = Policy::preset(*preset);
            let effect = |authorized: bool, escalated: bool, trust: usize| {
                let call = Call {
                    capabilities: capabilities.iter().copied().collect(),
                    session: Label::new(integrity[session], Sensitivity::Public),
                    described,
                    authorized,
                    escalated,
                    ..call("send_t", r#"{"x":"y"}"#)
                };
                Call { context: call.context.clone().trust(integrity[trust]), ..call }.under(&policy).effect()
            };
            let before = effect(authorized, escalated, trust);
            prop_assert!(effect(false, escalated, trust) >= before);
            prop_assert!(effect(authorized, true, trust) >= before);
            prop_assert!(effect(authorized, escalated, trust.min(less)) >= before);
        }
    }

    #[test]
    fn any_text_in_a_policy_is_printed_so_that_it_reads_back(text in "\\PC{1,20}", control in "[\\x00-\\x1f\u{80}-\u{9f}\u{2028}\u{202e}\u{feff}a]{0,4}") {
        let quoted = serde_json::to_string(&format!("{text}{control}").replace("${", "$${")).unwrap();
        let escaped: Vec<String> = quoted
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\U{:08X}", u32::from(c)) })
            .collect();
        let escaped = escaped.concat();
        let source = format!("bartizan: 1\nname: {escaped}\nrules: [{{ id: a, effect: deny, args: {{ /x: {{ equals: {escaped} }} }} }}]\n");
        let first = policy(&source);
        let second = policy(&first.to_yaml());
        prop_assert_eq!(first.digest(), second.digest());
        prop_assert_eq!(first.name(), second.name());
    }

    #[test]
    fn no_text_makes_the_loader_panic(text in "(bartizan: 1\n)?[\\[\\]{}:,\\-\n \"'a&*!|>#%?é]{0,60}") {
        let _outcome = Policy::from_yaml(&text).is_ok();
    }
}
