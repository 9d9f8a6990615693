use proptest::prelude::*;

use super::*;
use crate::base::{Integrity, Label, Limits, Moment, RecordId, SecretValue, SessionId, Source};
use crate::policy::{Policy, Preset};
use crate::state::overlap::Probe;
use crate::state::{Hits, Keys, MemoryLimits, MemoryStore, Role, Segment, StateStore as _};
use crate::text::{fold, shingle};

const NOW: Moment = Moment::new(1_700_000_000_000, 1);

fn key() -> SecretKey {
    SecretKey::from_bytes([9; 32])
}

fn layer(secrets: SecretAction) -> OutboundDlp {
    let policy = Policy::preset(Preset::Balanced);
    let mut config = OutboundDlpConfig::new(policy.settings());
    config.secrets = Some(secrets);
    OutboundDlp::compile(config)
}

fn check(text: &str, secrets: SecretAction, registered: &Registered) -> Checked {
    layer(secrets).check(
        &NormalizedText::new(text, &Limits::default()),
        "reply",
        &Overlaps::default(),
        registered,
        &key(),
    )
}

fn rules(checked: &Checked) -> Vec<&str> {
    checked.findings().iter().map(|finding| finding.rule.as_str()).collect()
}

/// Without the marks.
fn redacted(text: &str, registered: &Registered) -> String {
    unmarked(&redacted_whole(text, registered))
}

fn redacted_whole(text: &str, registered: &Registered) -> String {
    redacted_if_possible(text, registered).unwrap()
}

/// Nothing where what was found is put together from places all over the text.
fn redacted_if_possible(text: &str, registered: &Registered) -> Option<String> {
    let (_, passed) = check(text, SecretAction::Redact, registered).into_parts();
    Some(passed?.1.apply(text).into_owned())
}

fn unmarked(text: &str) -> String {
    let mut parts = text.split('#');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| text + part.get(6..).filter(|rest| rest.starts_with(']')).unwrap_or(part))
}

/// A token that exists nowhere.
fn token() -> String {
    format!("glpat-{}{}", "q7Tz0aPwK3", "mV8sXc1LdR")
}

#[test]
fn a_secret_blocks_or_is_taken_out_or_reported_as_the_policy_says() {
    let none = Registered::new(&key());
    let text = format!("the token: {}, thanks", token());
    let blocked = check(&text, SecretAction::Block, &none);
    assert_eq!(rules(&blocked), ["l3/secret/gitlab-token"]);
    assert!(blocked.into_parts().1.is_none());
    assert_eq!(redacted(&text, &none), "the token: [redacted:gitlab-token], thanks");
    let reported = check(&text, SecretAction::Report, &none);
    assert_eq!(reported.disposition(), Disposition::Allow);
    let (findings, passed) = reported.into_parts();
    assert_eq!((findings.len(), passed.unwrap().1.is_empty()), (1, true));
}

#[test]
fn what_redaction_left_names_nothing_behind_it() {
    let none = Registered::new(&key());
    for left in
        ["password='[redacted:password#bbttcd]' =A00#a#aa", "password=[redacted:password#bbttcd] =A00#a#aa"]
    {
        assert_eq!(redacted_whole(left, &none), left);
    }
}

#[test]
fn the_same_value_has_the_same_placeholder_however_it_is_written() {
    let none = Registered::new(&key());
    let other = token().replace('q', "r");
    let encoded = token().bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let text = format!("{} and {encoded} and {other}", token());
    let shown = redacted_whole(&text, &none);
    let marks: Vec<&str> = shown.split(" and ").collect();
    assert_eq!(marks.len(), 3, "{shown}");
    assert!(
        marks[0].starts_with("[redacted:gitlab-token#") && marks[0] == marks[1] && marks[0] != marks[2],
        "{shown}"
    );
}

#[test]
fn a_json_document_is_one_after_redaction() {
    let none = Registered::new(&key());
    let text = serde_json::json!({ "token": token(), "n": 7, "card": 4_111_111_111_111_111_u64 }).to_string();
    let shown = redacted_whole(&text.replace("4111111111111111", "1"), &none);
    let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert!(read["token"].as_str().unwrap().starts_with("[redacted:gitlab-token#") && read["n"] == 7);
}

#[test]
fn an_ordinary_text_passes_untouched() {
    let checked =
        check("Thanks, see you on Tuesday at 10:30.", SecretAction::Block, &Registered::new(&key()));
    assert_eq!(checked.disposition(), Disposition::Allow);
    assert!(checked.findings().is_empty() && checked.into_parts().1.is_some());
}

#[test]
fn findings_hold_nothing_of_the_secret() {
    let checked = check(&format!("see {}", token()), SecretAction::Block, &Registered::new(&key()));
    let printed = format!("{:?}", checked.findings());
    assert!(!printed.contains("q7Tz0aPwK3") && checked.findings()[0].evidence.is_some());
}

#[test]
fn a_registered_value_is_found_with_its_kind_and_taken_out() {
    let mut registered = Registered::new(&key());
    registered.register(&SecretValue::new("blue heron 42"), RegisteredKind::Secret).unwrap();
    registered.register(&SecretValue::new("Wanda Maximilian"), RegisteredKind::Sensitive).unwrap();
    let text = "It is Blue-Heron-42. Ask wanda maximilian.";
    let checked = check(text, SecretAction::Redact, &registered);
    assert_eq!(rules(&checked), ["l3/secret/registered", "l3/pii/registered"]);
    assert_eq!(checked.disposition(), Disposition::Block);
    let text = "It is Blue-Heron-42.";
    assert_eq!(redacted(text, &registered), "It is [redacted:registered-secret].");
}

#[test]
fn what_a_view_shows_again_is_one_finding_and_what_is_there_twice_is_two() {
    let span = |start, end| Span::new(start, end).unwrap();
    let leak = |start, end| Leak {
        name: Cow::Borrowed("x"),
        finding: OVERLAP.finding(),
        evidence: Evidence::of("value", &key()),
        span: span(start, end),
        disposition: Disposition::Modify,
    };
    let digest = Evidence::of("value", &key()).digest();
    let plain = Plain::from([(digest, vec![span(3, 8)])]);
    assert!(not_plain(vec![leak(0, 20)], &plain).is_empty());
    assert_eq!(not_plain(vec![leak(0, 20), leak(0, 20)], &plain).len(), 1);
    assert_eq!(not_plain(vec![leak(10, 20)], &plain).len(), 1);
}

#[test]
fn rules_are_unique_and_belong_to_this_layer() {
    let ids: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.layer == Layer::OutboundDlp && rule.id.starts_with("l3/")));
}

const PASSAGE: &str = "The merger with Harrow and Finch closes on the ninth of May, at forty one million in cash and \
    the rest in shares; nobody outside the board has been told of it, and the press release is embargoed.";

/// A session that read `source` under `label`, and what was measured of `outbound` against it.
fn measured(source: &str, label: Label, outbound: &str, limits: &Limits) -> Overlaps {
    let store = MemoryStore::new(MemoryLimits::default());
    let session = SessionId::new("s").unwrap();
    let folded = fold(source);
    let squeezed = shingle::squeeze(&folded);
    let keys = Keys::new(
        shingle::winnow(&squeezed).iter().map(|one| one.fingerprint().to_u64()),
        shingle::word_grams(&squeezed).iter().map(|gram| gram.fingerprint().to_u64()),
        [],
    );
    let record = RecordId::from_u64(7);
    let text = squeezed.text().to_owned();
    let segment =
        Segment::new(record, Source::internal_sensitive("notes"), label, Role::Inbound, text, &keys);
    store.append(&session, segment, &keys, NOW).unwrap();
    let normalized = NormalizedText::new(outbound, limits);
    let probe = Probe::new(&normalized);
    let mut hits = Hits::new();
    store.lookup(&session, probe.keys(), NOW, &mut hits).unwrap();
    probe.measure(&hits, |record| store.segment(&session, record, NOW), |_| 0, limits).unwrap()
}

fn judged(source: &str, sensitivity: Sensitivity, outbound: &str, clearance: Sensitivity) -> Checked {
    let limits = Limits::default();
    let overlaps = measured(source, Label::new(Integrity::Trusted, sensitivity), outbound, &limits);
    let mut layer = layer(SecretAction::Block);
    layer.config.clearance = clearance;
    layer.check(&NormalizedText::new(outbound, &limits), "reply", &overlaps, &Registered::new(&key()), &key())
}

#[test]
fn a_copied_passage_blocks_with_its_exact_length() {
    let outbound = format!("Hi! You should know: {} Bye.", PASSAGE.to_uppercase().replace(' ', "\n "));
    let sensitive = Label::new(Integrity::Trusted, Sensitivity::Sensitive);
    let overlaps = measured(PASSAGE, sensitive, &outbound, &Limits::default());
    let overlap = overlaps.iter().next().unwrap();
    assert_eq!(overlap.lcs(), PASSAGE.chars().count());
    assert!(overlap.ngram() > 0.99);
    let checked = judged(PASSAGE, Sensitivity::Sensitive, &outbound, Sensitivity::Public);
    assert_eq!(rules(&checked), ["l3/overlap"]);
    assert_eq!(checked.disposition(), Disposition::Block);
    assert!(!format!("{:?}", checked.findings()).contains("Harrow"));
}

#[test]
fn a_common_phrase_and_a_text_of_one_s_own_pass() {
    for outbound in [
        "Nobody outside the board has been told of it yet, as far as I know; shall we talk on Monday?",
        "The weather on the ninth of May was fine, and the press was there.",
    ] {
        let checked = judged(PASSAGE, Sensitivity::Sensitive, outbound, Sensitivity::Public);
        assert!(checked.findings().is_empty(), "{outbound}");
    }
}

#[test]
fn internal_text_stays_inside_and_may_go_where_internal_text_may() {
    let inside = judged(PASSAGE, Sensitivity::Internal, PASSAGE, Sensitivity::Internal);
    assert!(inside.findings().is_empty());
    let outside = judged(PASSAGE, Sensitivity::Internal, PASSAGE, Sensitivity::Public);
    assert_eq!(rules(&outside), ["l3/overlap"]);
    assert!(judged(PASSAGE, Sensitivity::Public, PASSAGE, Sensitivity::Public).findings().is_empty());
}

#[test]
fn work_that_ran_out_blocks() {
    let limits = Limits { overlap_work: 10, ..Limits::default() };
    let sensitive = Label::new(Integrity::Trusted, Sensitivity::Sensitive);
    let overlaps = measured(PASSAGE, sensitive, PASSAGE, &limits);
    assert!(overlaps.exhausted());
    let text = NormalizedText::new(PASSAGE, &limits);
    let checked =
        layer(SecretAction::Block).check(&text, "reply", &overlaps, &Registered::new(&key()), &key());
    assert!(rules(&checked).contains(&"l3/budget/overlap"));
    assert_eq!(checked.disposition(), Disposition::Block);
}

#[test]
fn a_session_that_read_more_than_is_indexed_lets_nothing_pass_unmeasured() {
    let none = Registered::new(&key());
    let text = NormalizedText::new("Good morning", &Limits::default());
    let missing =
        |sensitivity| Overlaps::default().missing(Some(Label::new(Integrity::Trusted, sensitivity)));
    let checked =
        layer(SecretAction::Block).check(&text, "reply", &missing(Sensitivity::Sensitive), &none, &key());
    assert_eq!(rules(&checked), ["l3/overlap/unindexed"]);
    assert_eq!(checked.disposition(), Disposition::Block);
    let checked =
        layer(SecretAction::Block).check(&text, "reply", &missing(Sensitivity::Public), &none, &key());
    assert!(checked.findings().is_empty());
}

#[test]
fn the_page_has_every_type() {
    let page = include_str!("../../../docs/layers/l03_outbound_dlp.md");
    let names =
        PERSONAL_TYPES.iter().map(PersonalType::name).chain(secrets::TYPES.iter().map(SecretType::name));
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "{name} is not in docs/layers/l03_outbound_dlp.md");
    }
    let mut known: Vec<&str> = PERSONAL_TYPES.iter().map(PersonalType::name).collect();
    known.sort_unstable();
    assert_eq!(known, crate::policy::PERSONAL_TYPES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn redaction_leaves_no_secret_and_changes_nothing_when_repeated(
        before in "[ -~éя\n]{0,60}", between in "[ -~]{0,20}", after in "[ -~]{0,60}"
    ) {
        let none = Registered::new(&key());
        let text = format!("{before} {} {between}\npassword='{}{}' {after}", token(), "q7Tz0", "aPw!");
        let Some(once) = redacted_if_possible(&text, &none) else { return Ok(()) };
        prop_assert!(!once.contains(&token()));
        prop_assert_eq!(redacted_whole(&once, &none), once);
    }
}
