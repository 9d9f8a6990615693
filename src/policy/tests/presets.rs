//! What the presets decide.

use super::*;

#[test]
fn the_presets_decide_by_labels() {
    use Integrity::{Hostile, Internal, Trusted, Untrusted};
    const READS: CapabilitySet =
        CapabilitySet::NONE.with(Capability::ReadsPrivate).with(Capability::ReadsUntrusted);
    const SENDS: CapabilitySet = CapabilitySet::NONE.with(Capability::Egress);
    const KEEPS: CapabilitySet = CapabilitySet::NONE.with(Capability::Persists);
    const RUNS: CapabilitySet = CapabilitySet::NONE.with(Capability::Exec);
    let (public, sensitive) = (Sensitivity::Public, Sensitivity::Sensitive);
    let [a, r, d] = [Effect::Allow, Effect::RequireApproval, Effect::Deny];
    for (capabilities, argument, leaf, session, spoke, described, expected) in [
        // capabilities, the argument's integrity and sensitivity, session, user, described: permissive, balanced, strict
        (READS, Hostile, sensitive, Hostile, false, true, [a, a, a]),
        (READS, Trusted, public, Trusted, true, false, [a, a, d]),
        (SENDS, Trusted, public, Trusted, true, true, [a, a, a]),
        (SENDS, Internal, public, Internal, true, true, [a, a, a]),
        (SENDS, Trusted, public, Untrusted, true, true, [a, a, r]),
        (SENDS, Untrusted, public, Untrusted, true, true, [a, r, d]),
        (SENDS, Hostile, public, Hostile, true, true, [a, d, d]),
        (SENDS, Trusted, public, Hostile, true, true, [a, a, d]),
        (SENDS, Trusted, sensitive, Trusted, true, true, [a, r, d]),
        (SENDS, Trusted, public, Trusted, false, true, [a, r, d]),
        (KEEPS, Hostile, public, Hostile, true, true, [a, r, d]),
        (KEEPS, Trusted, sensitive, Trusted, true, true, [a, a, a]),
        (RUNS, Hostile, public, Hostile, true, true, [a, d, d]),
        (RUNS, Trusted, public, Trusted, true, true, [a, a, r]),
        (CapabilitySet::ALL, Trusted, public, Trusted, true, false, [a, a, d]),
        (CapabilitySet::ALL, Untrusted, public, Untrusted, true, false, [a, r, d]),
    ] {
        let labels = [("/x", argument, leaf, Origin::Source)];
        let call = Call {
            capabilities,
            labels: &labels,
            session: Label::new(session, public),
            user_spoke: spoke,
            described,
            ..call("t", r#"{"x":"y","z":1}"#)
        };
        let found = [Preset::Permissive, Preset::Balanced, Preset::Strict]
            .map(|preset| call.under(&Policy::preset(preset)).effect());
        assert_eq!(found, expected, "{capabilities} {argument} {leaf} {session} {spoke} {described}");
    }
}

#[test]
fn what_cannot_be_taken_back_has_to_be_asked_for() {
    const DESTROYS: CapabilitySet = CapabilitySet::NONE.with(Capability::Destructive);
    let [a, r, d] = [Effect::Allow, Effect::RequireApproval, Effect::Deny];
    for (tool, capabilities, described, authorized, mode, expected) in [
        // permissive, balanced, strict
        ("t", DESTROYS, true, false, Mode::Client, [a, r, d]),
        ("t", DESTROYS, true, true, Mode::Client, [a, a, r]),
        ("t", DESTROYS, true, false, Mode::Server, [a, a, r]),
        ("send_mail", CapabilitySet::ALL, false, false, Mode::Client, [a, r, d]),
        ("Gmail.SendEmail", CapabilitySet::ALL, false, false, Mode::Client, [a, r, d]),
        ("wire_funds", CapabilitySet::ALL, false, false, Mode::Client, [a, r, d]),
        ("run_shell", CapabilitySet::ALL, false, false, Mode::Client, [a, r, d]),
        ("send_mail", CapabilitySet::ALL, false, true, Mode::Client, [a, a, d]),
        ("send_mail", CapabilitySet::ALL, false, false, Mode::Server, [a, a, d]),
        ("list_skills", CapabilitySet::ALL, false, false, Mode::Client, [a, a, d]),
        ("wireless_status", CapabilitySet::ALL, false, false, Mode::Client, [a, a, d]),
        // What the operator says of a tool counts, and not what it is called.
        ("send_mail", CapabilitySet::NONE, true, false, Mode::Client, [a, a, a]),
    ] {
        let call = Call { capabilities, described, authorized, ..call(tool, r#"{"x":1}"#) };
        let call = Call { context: call.context.clone().mode(mode), ..call };
        let found = [Preset::Permissive, Preset::Balanced, Preset::Strict]
            .map(|preset| call.under(&Policy::preset(preset)).effect());
        assert_eq!(found, expected, "{tool} {described} {authorized} {mode:?}");
    }
}

#[test]
fn after_a_leak_was_stopped_nothing_leaves_unasked() {
    let [a, r, d] = [Effect::Allow, Effect::RequireApproval, Effect::Deny];
    let egress = CapabilitySet::NONE.with(Capability::Egress);
    let reads = CapabilitySet::NONE.with(Capability::ReadsPrivate);
    for (capabilities, escalated, session, expected) in [
        (egress, true, Integrity::Untrusted, [a, r, d]),
        (egress, false, Integrity::Untrusted, [a, a, r]),
        (egress, true, Integrity::Trusted, [a, a, a]),
        (reads, true, Integrity::Untrusted, [a, a, a]),
    ] {
        let session = Label::new(session, Sensitivity::Public);
        let call = Call { capabilities, session, escalated, ..call("t", r#"{"x":1}"#) };
        let found = [Preset::Permissive, Preset::Balanced, Preset::Strict]
            .map(|preset| call.under(&Policy::preset(preset)).effect());
        assert_eq!(found, expected, "{capabilities} {escalated} {session:?}");
    }
}

#[test]
fn who_is_hostile_only_reads() {
    let [a, d] = [Effect::Allow, Effect::Deny];
    for (capabilities, trust, expected) in [
        (
            CapabilitySet::SIDE_EFFECTS.without(Capability::Destructive).without(Capability::Exec),
            Integrity::Untrusted,
            [a, a, a],
        ),
        (CapabilitySet::NONE.with(Capability::Persists), Integrity::Hostile, [a, d, d]),
        (CapabilitySet::NONE.with(Capability::ReadsPrivate), Integrity::Hostile, [a, a, a]),
    ] {
        let call = Call { capabilities, ..call("t", r#"{"x":1}"#) };
        let call = Call { context: call.context.clone().trust(trust), ..call };
        let found = [Preset::Permissive, Preset::Balanced, Preset::Strict]
            .map(|preset| call.under(&Policy::preset(preset)).effect());
        assert_eq!(found, expected, "{capabilities} {trust}");
    }
}

#[test]
fn the_presets_limit_what_acts_and_report_bursts() {
    for (preset, side_effects, on_exceed) in [
        (Preset::Permissive, 60, ReportOrBlock::Report),
        (Preset::Balanced, 60, ReportOrBlock::Block),
        (Preset::Strict, 30, ReportOrBlock::Block),
    ] {
        let policy = Policy::preset(preset);
        let tool = ToolName::new("t").unwrap();
        let of = |capabilities| policy.limits_for(&tool, None, capabilities).collect::<Vec<_>>();
        let acts = of(CapabilitySet::NONE.with(Capability::Persists));
        let ids: Vec<&str> = acts.iter().map(|limit| limit.id().as_str()).collect();
        assert_eq!(ids, ["side-effects", "calls", "burst"]);
        assert_eq!((acts[0].quota().burst(), acts[0].on_exceed()), (side_effects, on_exceed));
        assert_eq!((acts[2].quota().is_sliding(), acts[2].on_exceed()), (true, ReportOrBlock::Report));
        assert_eq!(of(CapabilitySet::NONE.with(Capability::ReadsPrivate)).len(), 1);
        assert_eq!(policy.outbound_limits("reply").count(), 1);
    }
}
