//! What is said besides rules.

use super::*;

#[test]
fn limits_count_the_calls_that_they_name() {
    let policy = policy(
        r#"
bartizan: 1
limits:
  - { id: all, of: calls, per: [tool, session, tool], burst: 5, period_s: 60 }
  - { id: mail, of: calls, per: principal, tools: ["Send_*"], burst: 1, period_s: 9, window: sliding, on_exceed: report }
  - { id: acts, of: calls, capabilities: [egress, exec], burst: 5, period_s: 60 }
  - { id: files, of: bytes, servers: [files], burst: 5000000, period_s: 3600 }
  - { id: bytes, of: bytes, burst: 5000000, period_s: 3600 }
  - { id: texts, of: outbound, burst: 5, period_s: 60 }
"#,
    );
    let ids = |limits: Vec<&LimitRule>| limits.iter().map(|limit| limit.id().to_string()).collect::<Vec<_>>();
    let of = |tool: &str, server: Option<&str>, capabilities| {
        let server = server.map(|server| ServerId::new(server).unwrap());
        ids(policy.limits_for(&ToolName::new(tool).unwrap(), server.as_ref(), capabilities).collect())
    };
    let egress = CapabilitySet::NONE.with(Capability::Egress);
    assert_eq!(of("read", Some("mail"), CapabilitySet::NONE), ["all", "bytes"]);
    assert_eq!(of("read", Some("files"), CapabilitySet::NONE), ["all", "files", "bytes"]);
    // A server that nobody named may be any.
    assert_eq!(of("read", None, CapabilitySet::NONE), ["all", "files", "bytes"]);
    assert_eq!(of("SEND_mail", Some("mail"), egress), ["all", "mail", "acts", "bytes"]);
    assert_eq!(ids(policy.outbound_limits("reply").collect()), ["bytes", "texts"]);

    let limits = policy.settings().limits();
    assert_eq!(limits[0].per(), [Per::Session, Per::Tool]);
    assert_eq!(limits[2].per(), [Per::Session]);
    assert_eq!((limits[0].of(), limits[0].on_exceed()), (Metered::Calls, ReportOrBlock::Block));
    assert_eq!(limits[1].on_exceed(), ReportOrBlock::Report);
    assert!(limits[1].quota().is_sliding() && !limits[0].quota().is_sliding());
    assert_eq!((limits[1].quota().burst(), limits[1].quota().period().as_secs()), (1, 9));
    assert_eq!(limits[3].quota().burst(), 5_000_000);
}

#[test]
fn a_context_replaces_what_it_names_and_nothing_else() {
    let policy = policy(
        r"
bartizan: 1
inbound: { on_suspect: mark }
contexts:
  - { source: email, inbound: { on_attack: quarantine } }
  - { source: our wiki, thresholds: { provenance_verbatim_lcs_min: 40 } }
",
    );
    let settings = policy.settings();
    let mail = settings.inbound_for(&SourceKind::EMAIL);
    assert_eq!((mail.on_attack, mail.on_suspect), (InboundAction::Quarantine, InboundAction::Mark));
    assert_eq!(settings.thresholds_for(&SourceKind::EMAIL), *settings.thresholds());
    let wiki = SourceKind::custom("our wiki");
    assert_eq!(settings.thresholds_for(&wiki).provenance_verbatim_lcs_min, 40);
    assert_eq!(settings.thresholds_for(&wiki).dlp_verbatim_lcs_min, 100);
    assert_eq!(settings.inbound_for(&wiki), *settings.inbound());
    assert_eq!(settings.inbound_for(&SourceKind::WEB), *settings.inbound());
    assert_eq!(settings.contexts().len(), 2);
}

#[test]
fn what_is_said_of_a_trust_stands_over_what_is_said_of_the_kind() {
    let policy = policy(
        "bartizan: 1\nextraction: { overrides: [{ source: web, action: block }, { source: web, trust: trusted, action: allow }] }\n",
    );
    let extraction = policy.settings().extraction();
    let action = |trust| extraction.override_for(&SourceKind::WEB, trust).unwrap().action;
    assert_eq!(action(Integrity::Trusted), ExtractionAction::Allow);
    assert_eq!(action(Integrity::Internal), ExtractionAction::Block);
    assert_eq!(extraction.override_for(&SourceKind::EMAIL, Integrity::Trusted), None);
}

#[test]
fn the_example_of_all_settings_decides_as_it_says() {
    let text = include_str!("../../../docs/policy-reference.md");
    let example = text.split("```yaml").find(|block| block.contains("name: desk-agent")).unwrap();
    let policy = policy(example.split("```").next().unwrap());
    let inside = call("t", "{}").context.trust(Integrity::Internal);
    let call = |authorized, escalated, canary_seen| {
        let call = Call { authorized, canary_seen, escalated, ..call("t", "{}") };
        Call { context: inside.clone(), ..call }.under(&policy)
    };
    assert_eq!(call(true, false, false).rule().unwrap().as_str(), "rest");
    assert_eq!(call(false, false, false).rule().unwrap().as_str(), "unasked");
    assert_eq!(call(true, true, false).rule().unwrap().as_str(), "after-a-leak");
    assert_eq!(call(true, true, true).rule().unwrap().as_str(), "after-a-canary");
    assert_eq!(effect(&policy, "t", "{}"), Effect::Deny);
    let settings = policy.settings();
    assert_eq!(settings.calls().bindings, Bindings::Destructive);
    assert_eq!(settings.inbound_for(&SourceKind::EMAIL).on_attack, InboundAction::Quarantine);
    assert_eq!(settings.extraction().require_id[..], [SourceKind::MCP_CLIENT]);
    let mail = ToolName::new("send_mail").unwrap();
    let limits: Vec<&str> =
        policy.limits_for(&mail, None, CapabilitySet::ALL).map(|limit| limit.id().as_str()).collect();
    assert_eq!(limits, ["mails", "commands", "bytes-out"]);
}

#[test]
fn every_key_of_the_language_is_in_the_reference() {
    let page = include_str!("../../../docs/policy-reference.md");
    let lines = digest::EVERYTHING.lines().filter(|line| !line.starts_with("name:"));
    let keys = lines.flat_map(|line| line.split([' ', '{', ','])).filter_map(|word| word.strip_suffix(':'));
    let mut looked = 0;
    for key in keys.filter(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && key.len() > 1) {
        let named = [format!("`{key}`"), format!(".{key}`"), format!("`{{ {key}:")];
        let named = named.iter().any(|named| page.contains(named));
        assert!(named, "{key} is not in docs/policy-reference.md");
        looked += 1;
    }
    assert!(looked > 80, "{looked}");
}

#[test]
fn a_trusted_source_counts_however_short_its_passage_is() {
    use crate::base::{Integrity, Label, Sensitivity};
    let thresholds =
        crate::policy::Thresholds { dlp_verbatim_lcs_min: 45, ..crate::policy::Thresholds::default() };
    let least = |integrity, sensitivity| thresholds.least_run(Label::new(integrity, sensitivity));
    assert_eq!(least(Integrity::Trusted, Sensitivity::Sensitive), 0);
    assert_eq!(least(Integrity::Internal, Sensitivity::Public), 0);
    assert_eq!(least(Integrity::Untrusted, Sensitivity::Public), 50);
    assert_eq!(least(Integrity::Hostile, Sensitivity::Internal), 45);
}
