//! Policies above each other.

use proptest::prelude::*;

use super::laws::{a_rule, document};
use super::*;

const ORGANISATION: &str = "bartizan: 1
name: organisation
outbound: { secrets: redact }
personal: { types: { email: redact } }
links: { hosts: [example.org, '*.example.net'] }
sinks: [{ kind: reply, hosts: [example.org, '*.example.net'] }]
extraction:
  overrides:
    - { source: our wiki, action: allow }
    - { source: our wiki, trust: trusted, action: allow }
limits: [{ id: calls, of: calls, burst: 100, period_s: 60 }]
tools: [{ match: send_mail, capabilities: [egress] }]
rules:
  - { id: read, effect: allow, tools: 'read_*' }
  - { id: mail, effect: allow, tools: send_mail, args: { '/to/*': { glob: '*@example.org' } } }
  - { id: never, effect: deny, tools: '*', args: { '/**': { glob: '*forbidden*' } } }
";

fn organisation() -> Policy {
    policy(ORGANISATION)
}

fn below(above: &Policy, text: &str) -> Loaded {
    above.narrow(&format!("bartizan: 1\n{text}"), &|_| None).unwrap_or_else(|error| panic!("{error}"))
}

fn warnings(loaded: &Loaded) -> Vec<String> {
    loaded
        .warnings
        .iter()
        .map(|warning| format!("{}:{}: {}", warning.line, warning.column, warning.message))
        .collect()
}

#[test]
fn a_tier_that_only_forbids_leaves_the_rest_to_those_above() {
    let joined = below(
        &organisation(),
        "name: project\nrules: [{ id: not-here, effect: deny, tools: read_secret }]\n",
    );
    assert_eq!(warnings(&joined), [""; 0]);
    let joined = joined.policy;
    assert_eq!(effect(&joined, "read_file", "{}"), Effect::Allow);
    assert_eq!(effect(&joined, "other", "{}"), Effect::Deny);
    let decision = call("read_secret", "{}").under(&joined);
    assert_eq!((decision.effect(), decision.tier()), (Effect::Deny, Some("project")));
    assert_eq!(decision.operator_text(), "deny: rule `not-here` matched in `project`");
    let decision = call("read_secret", r#"{"a":"forbidden"}"#).under(&joined);
    assert_eq!(decision.tier(), Some("organisation"));
}

#[test]
fn a_tier_that_allows_allows_no_more_than_its_own_rules_and_those_above() {
    let joined =
        below(&organisation(), "rules: [{ id: own, effect: allow, tools: [read_file, write_file] }]\n")
            .policy;
    assert_eq!(effect(&joined, "read_file", "{}"), Effect::Allow);
    assert_eq!(effect(&joined, "read_mail", "{}"), Effect::Deny);
    assert_eq!(effect(&joined, "write_file", "{}"), Effect::Deny);
    let host = below(
        &joined,
        "name: host\nrules: [{ id: ask, effect: require-approval, tools: read_file, approver: host }]\n",
    )
    .policy;
    let decision = call("read_file", "{}").under(&host);
    assert_eq!(
        (decision.effect(), decision.tier(), decision.approver()),
        (Effect::RequireApproval, Some("host"), Channel::Host)
    );
    assert_eq!(host.tiers(), 3);
}

#[test]
fn what_would_widen_has_no_effect_and_is_told_with_its_place() {
    let loaded = below(
        &organisation(),
        "outbound: { secrets: report, sensitive: block }
tools: [{ match: send_mail, capabilities: [] }]
rules:
  - { id: never, effect: allow, tools: '*', args: { /x: { equals: forbidden } } }
  - { id: run, effect: allow, tools: run }
  - { id: read, effect: allow, tools: ['read_*', write_file] }
endorse:
  - { id: ours, tools: send_mail, args: { /to: { glob: '*@example.org' } }, during: { until: '2030-01-01T00:00:00Z' }, as: { integrity: trusted }, reason: ours }
",
    );
    assert_eq!(
        warnings(&loaded),
        [
            "2:13: `outbound.secrets: report` is weaker than what stands above; `redact` stays",
            "3:18: `send_mail` can do more by what stands above (egress), and that stays so",
            "5:11: this widens nothing: above, `x {\"x\":\"forbidden\"}` is denied: `never` stands",
            "6:11: this widens nothing: above, `run {}` is denied: no rule allows it",
            "7:11: this widens nothing: above, `write_file {}` is denied: no rule allows it",
            "9:11: an endorsement counts for the rules of this tier and of those below it, not for those above",
        ]
    );
    let policy = loaded.policy;
    assert_eq!(effect(&policy, "run", "{}"), Effect::Deny);
    assert_eq!(effect(&policy, "read", r#"{"x":"forbidden"}"#), Effect::Deny);
    assert_eq!(policy.settings().outbound().secrets, SecretAction::Redact);
    let mail = ToolName::new("send_mail").unwrap();
    assert_eq!(
        policy.capabilities_of(&mail, None, || None),
        (true, CapabilitySet::NONE.with(Capability::Egress))
    );
}

#[test]
fn of_settings_the_strictest_stands() {
    let loaded = below(
        &organisation(),
        "thresholds: { dlp_verbatim_lcs_min: 60 }
inbound: { on_attack: block, attack_min: 0.9 }
outbound: { secrets: block }
personal: { contact: block, types: { iban: block } }
links: { hosts: [a.example.org, example.net, evil.example], schemes: [https, gopher] }
sinks: [{ kind: reply, hosts: ['*.example.net', evil.example] }]
extraction:
  overrides:
    - { source: our wiki, action: quarantine }
    - { source: web_content, action: allow }
    - { source: tool_output, action: block }
limits: [{ id: calls, of: calls, burst: 5, period_s: 60 }, { id: more, of: calls, burst: 1, period_s: 1 }]
rules: []
",
    );
    let policy = loaded.policy.clone();
    let settings = policy.settings();
    assert_eq!((settings.inbound().on_attack, settings.inbound().attack_min), (InboundAction::Block, 600));
    assert_eq!(settings.thresholds().dlp_verbatim_lcs_min, 60);
    assert_eq!(
        settings.personal().named("email"),
        Some(PersonalAction::Redact),
        "a type stands over its group"
    );
    assert_eq!(settings.personal().named("iban"), Some(PersonalAction::Block));
    let words = |words: &[std::sync::Arc<str>]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(words(&settings.links().hosts), ["*.example.net", "a.example.org"]);
    assert_eq!(words(&settings.links().schemes), ["https"]);
    let hosts = |kind: &str| {
        let hosts = settings.sink(kind).unwrap().hosts.clone().unwrap();
        hosts.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(hosts("reply"), ["*.example.net"]);
    let said: Vec<String> = settings
        .extraction()
        .overrides
        .iter()
        .map(|entry| format!("{} {:?} {}", entry.source, entry.trust, entry.action))
        .collect();
    assert_eq!(
        said,
        ["our wiki None quarantine", "our wiki Some(Trusted) quarantine", "tool_output None block"]
    );
    let limits: Vec<&str> = settings.limits().iter().map(|limit| limit.id().as_str()).collect();
    assert_eq!(limits, ["calls", "calls@below", "more"]);
    let told = warnings(&loaded).join("\n");
    for word in ["inbound.attack_min: 0.9", "links.hosts", "`sinks`", "extraction.overrides"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!told.contains("on_attack"), "{told}");
}

#[test]
fn what_a_tier_leaves_out_is_as_those_above_have_it() {
    let above = organisation();
    let joined = below(&above, "name: nothing\n").policy;
    assert_eq!(joined.settings(), above.settings());
    assert_ne!(joined.digest(), above.digest());
    let strict = below(&above, "preset: strict\n").policy;
    assert_eq!(strict.settings().inbound().on_attack, InboundAction::Quarantine);
    assert_eq!(strict.settings().outbound().secrets, SecretAction::Block);
}

#[test]
fn tools_and_endorsements_of_a_tier_are_its_own() {
    let above = policy(
        "bartizan: 1
name: organisation
rules:
  - { id: all, effect: allow }
  - { id: strangers, effect: deny, capabilities: egress, args: { /to: { integrity: untrusted } } }
",
    );
    // Nobody described the tool to the tier above: to it the tool can send.
    let joined = below(
        &above,
        "tools: [{ match: note, capabilities: [] }]
rules: [{ id: asks, effect: require-approval, capabilities: persists }]
endorse: [{ id: ours, args: { /to: { equals: x } }, during: { until: '2030-01-01T00:00:00Z' }, as: { integrity: trusted }, reason: ours }]
",
    )
    .policy;
    let mut trial = TrialCall::new("note", r#"{"to":"x"}"#);
    assert_eq!(
        trial.under(&joined).unwrap().effect(),
        Effect::Allow,
        "its own rule knows that it does not persist"
    );
    trial.labels = vec![("/to".to_owned(), Integrity::Untrusted, Sensitivity::Public, Origin::Source)];
    trial.now = crate::policy::times::stamp("2027-01-01T00:00:00Z");
    assert_eq!(trial.under(&joined).unwrap().rule().map(RuleId::as_str), Some("strangers"));
}

#[test]
fn tiers_are_printed_one_behind_the_other_and_read_again_as_they_are() {
    let above = organisation();
    let joined =
        below(&above, "name: project\nlimits: []\nrules: [{ id: a, effect: deny, tools: b }]\n").policy;
    let printed = joined.to_yaml();
    let (first, second) = printed.split_once("---\n").unwrap();
    let again = policy(first).narrow(second, &|_| None).unwrap().policy;
    assert_eq!(again.digest(), joined.digest(), "{printed}");
}

proptest! {
    #![proptest_config(law(64))]

    #[test]
    fn no_tier_loosens_what_stands_above_it(
        upper in prop::collection::vec(a_rule(), 1..6),
        lower in prop::collection::vec(a_rule(), 0..6),
        first: bool,
        described: bool,
        calls in prop::collection::vec((prop_oneof![Just("t"), Just("T"), Just("tx")], prop_oneof![
            Just("{}"), Just(r#"{"a":"x"}"#), Just(r#"{"a":["x"],"b":1}"#), Just(r#"{"a":"/s/y"}"#), Just(r#"{"A":"x"}"#),
        ], 0_usize..3), 8),
    ) {
        let combining = if first { "first-applicable" } else { "deny-overrides" };
        let above = document(combining, &upper);
        let lines: Vec<String> =
            lower.iter().enumerate().map(|(at, rule)| format!("  - {{ id: r{at}, {rule} }}\n")).collect();
        let lines = lines.concat();
        let tools = if described { "tools: [{ match: 't*', capabilities: [egress] }]\n" } else { "" };
        let lines = if lines.is_empty() { "rules: []\n".to_owned() } else { format!("rules:\n{lines}") };
        let joined = below(&above, &format!("{tools}{lines}")).policy;
        for (tool, args, level) in calls {
            let mut call = TrialCall::new(tool, args);
            call.session = Label::new([Integrity::Trusted, Integrity::Internal, Integrity::Untrusted][level], Sensitivity::Public);
            let (upper, both) = (call.under(&above).unwrap(), call.under(&joined).unwrap());
            prop_assert!(both.effect() >= upper.effect(), "{}", call);
            prop_assert!(both.approver() >= upper.approver(), "{}", call);
        }
        prop_assert_eq!(joined.settings(), above.settings());
    }
}

#[test]
fn what_a_tier_fixes_one_below_does_not_take_out() {
    let above = policy(
        "bartizan: 1\nrules:\n  - { id: pay, effect: allow, tools: [pay, note] }\n  - { id: euros, effect: transform, tools: pay, set: { /currency: { value: EUR } } }\n  - { id: little, effect: transform, tools: pay, set: { /amount: { max: 100 } } }\n  - { id: hush, effect: redact, tools: note, redact: /token }\n",
    );
    let changed = |policy: &Policy, tool: &str, args: &str| {
        let (decision, args) = TrialCall::new(tool, args).changed_under(policy).ok()?;
        (decision.effect() == Effect::Allow).then_some(args).flatten()
    };
    let redacts =
        below(&above, "rules: [{ id: out, effect: redact, tools: '*', redact: /currency }]\n").policy;
    assert_eq!(changed(&redacts, "pay", r#"{"currency":"USD"}"#).as_deref(), Some(r#"{"currency":"EUR"}"#));
    assert_eq!(
        changed(&redacts, "note", r#"{"currency":"USD"}"#).as_deref(),
        Some(r#"{"currency":"[redacted]"}"#)
    );
    // What would be no number in the range any more is refused.
    let redacts = below(&above, "rules: [{ id: out, effect: redact, tools: pay, redact: /amount }]\n").policy;
    assert!(TrialCall::new("pay", r#"{"amount":5}"#).changed_under(&redacts).is_err());
    // The other way round it is taken out, and another value below is refused.
    let fixes = below(
        &above,
        "rules: [{ id: set, effect: transform, tools: note, set: { /token: { value: x } } }]\n",
    )
    .policy;
    assert_eq!(changed(&fixes, "note", r#"{"token":"t"}"#).as_deref(), Some(r#"{"token":"[redacted]"}"#));
    let dollars = below(
        &above,
        "rules: [{ id: usd, effect: transform, tools: pay, set: { /currency: { value: USD } } }]\n",
    )
    .policy;
    assert!(TrialCall::new("pay", "{}").changed_under(&dollars).is_err());
}
