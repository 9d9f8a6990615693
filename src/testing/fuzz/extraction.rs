//! What may be remembered, graded a second time by the table alone.

use super::Choices;
use crate::base::{Integrity, Source, SourceKind};
use crate::layers::l02_source_gate::SourceGate;
use crate::policy::{ExtractionAction, ExtractionOverride, ExtractionSettings};

const KINDS: [&str; 12] = [
    "user_input",
    "assistant_response",
    "cli",
    "mcp_client",
    "user_indexed_email",
    "user_indexed_web",
    "web_synthesis",
    "email_content",
    "web_content",
    "rag_content",
    "tool_output",
    "house_wiki",
];
const TRUSTS: [Integrity; 4] =
    [Integrity::Hostile, Integrity::Untrusted, Integrity::Internal, Integrity::Trusted];
const ACTIONS: [ExtractionAction; 3] =
    [ExtractionAction::Allow, ExtractionAction::Quarantine, ExtractionAction::Block];

/// What is graded is what the table says, or what an override does; an attack is never remembered, and a session that
/// has read worse remembers no more.
///
/// # Panics
/// When one of these does not hold.
pub fn extraction(data: &[u8]) {
    let mut choices = Choices(data);
    let mut overrides: Vec<ExtractionOverride> = Vec::new();
    for _ in 0..choices.below(4) {
        let source = SourceKind::named(choices.of(KINDS));
        let trust = choices.flag().then(|| choices.of(TRUSTS));
        let action = choices.of(ACTIONS);
        if overrides.iter().all(|entry| (&entry.source, entry.trust) != (&source, trust)) {
            overrides.push(ExtractionOverride { source, trust, action });
        }
    }
    let require_id: Vec<SourceKind> =
        (0..choices.below(3)).map(|_| SourceKind::named(choices.of(KINDS))).collect();
    let (trust, floor) = (choices.of(TRUSTS), choices.of(TRUSTS));
    let (said, hostile) = (choices.flag(), choices.flag());
    let named = choices.of(KINDS);
    let stranger = choices.text();
    let kind = SourceKind::named(if stranger.is_empty() { named } else { &stranger });
    let id = choices.text();
    let source = Source::new(kind.clone(), &*id).integrity(trust);

    let gate = SourceGate::compile(ExtractionSettings {
        overrides: overrides.clone().into(),
        require_id: require_id.clone().into(),
    });
    let grade = |floor, hostile| gate.grade(&source, said, floor, hostile).action();
    let found = grade(floor, hostile);

    let listed = overrides
        .iter()
        .filter(|entry| entry.source == kind && entry.trust.is_none_or(|wanted| wanted == trust))
        .max_by_key(|entry| entry.trust.is_some());
    let expected =
        if hostile || trust == Integrity::Hostile || require_id.contains(&kind) && id.trim().is_empty() {
            ExtractionAction::Block
        } else if let Some(entry) = listed {
            entry.action
        } else {
            let doubted = said && trust <= Integrity::Untrusted;
            match kind.as_str() {
                "user_input" | "cli" if !doubted => ExtractionAction::Allow,
                "assistant_response" if !doubted && floor > Integrity::Untrusted => ExtractionAction::Allow,
                "user_input" | "cli" | "assistant_response" | "mcp_client" | "user_indexed_email"
                | "user_indexed_web" | "web_synthesis" => ExtractionAction::Quarantine,
                _ => ExtractionAction::Block,
            }
        };
    let case =
        format!("{source:?}, said {said}, hostile {hostile}, floor {floor}, {overrides:?}, {require_id:?}");
    assert_eq!(found, expected, "{case}");
    assert_eq!(grade(floor, true), ExtractionAction::Block, "an attack is remembered: {case}");
    assert!(grade(Integrity::Untrusted, hostile) >= grade(Integrity::Trusted, hostile), "{case}");
    let origin = gate.grade(&source, said, floor, hostile);
    let marked = ["cli", kind.as_str()].contains(&origin.origin())
        || origin.origin().strip_prefix("mcp:") == Some(&id);
    assert!(marked, "{:?}: {case}", origin.origin());
}
