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
