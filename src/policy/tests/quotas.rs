//! Quotas of rules.

use super::*;

fn used_up(mut call: TrialCall, rules: &[&str]) -> TrialCall {
    call.used_up = rules.iter().map(|rule| (*rule).to_owned()).collect();
    call
}

#[test]
fn a_rule_that_allows_holds_while_something_is_left_and_one_that_restricts_once_nothing_is() {
    let policy = rules(
        "  - { id: few, effect: allow, tools: mail, quota: { of: calls, burst: 3, period_s: 60 } }
  - { id: pay, effect: allow, tools: pay }
  - { id: much, effect: require-approval, tools: pay, quota: { sum: /amount, per: principal, burst: 500, period_s: 86400 } }
",
    );
    let effect = |tool: &str, rules: &[&str]| {
        used_up(TrialCall::new(tool, r#"{"amount":1}"#), rules).under(&policy).unwrap().effect()
    };
    assert_eq!((effect("mail", &[]), effect("mail", &["few"])), (Effect::Allow, Effect::Deny));
    assert_eq!((effect("pay", &[]), effect("pay", &["much"])), (Effect::Allow, Effect::RequireApproval));
    // Where nobody says what is left, nothing is.
    assert_eq!(
        (call("mail", "{}").under(&policy).effect(), call("pay", "{}").under(&policy).effect()),
        (Effect::Deny, Effect::RequireApproval)
    );
}

#[test]
fn what_is_wrong_with_a_quota_is_told() {
    for (quota, expected) in [
        ("{ burst: 1, period_s: 1 }", "say what is counted"),
        ("{ of: calls, sum: /a, burst: 1, period_s: 1 }", "say what is counted"),
        ("{ of: outbound, burst: 1, period_s: 1 }", "`of: outbound` is for `limits`"),
        ("{ of: calls, per: sink, burst: 1, period_s: 1 }", "a call has no sink"),
        ("{ sum: amount, burst: 1, period_s: 1 }", "a JSON pointer without `*`"),
        ("{ sum: '/a/*', burst: 1, period_s: 1 }", "a JSON pointer without `*`"),
        ("{ of: calls, burst: 2000, period_s: 1, window: sliding }", "up to 1024"),
        ("{ of: calls, period_s: 1 }", "burst"),
        ("{ of: calls, burst: 1, period: 1 }", "no key `period`"),
    ] {
        let told = refusal(&format!("bartizan: 1\nrules: [{{ id: a, effect: allow, quota: {quota} }}]\n"));
        assert!(told.contains(expected), "{quota}: {told}");
    }
}

#[test]
fn a_quota_is_part_of_what_a_policy_means_and_is_printed() {
    let of = |burst: u32, per: &str| {
        rules(&format!(
            "  - {{ id: a, effect: allow, quota: {{ of: calls, per: {per}, burst: {burst}, period_s: 60 }} }}\n"
        ))
    };
    assert_ne!(of(1, "session").digest(), of(2, "session").digest());
    assert_eq!(of(1, "[tool, session]").digest(), of(1, "[session, tool]").digest());
    let one = of(3, "[tool, principal]");
    assert_eq!(policy(&one.to_yaml()).digest(), one.digest());
    assert_eq!(one.0.tiers[0].quotas, policy(&one.to_yaml()).0.tiers[0].quotas);
}
