//! Pages that look like the web's, judged by a browser once: what it shows comes through, what it hides does not.

use std::collections::BTreeMap;
use std::path::Path;

use bartizan::base::{Limits, SecretKey};
use bartizan::guard::Media;
use bartizan::layers::l00_sanitizer::{Sanitizer, SanitizerConfig};

/// What a browser shows of a page, and what it does not.
#[derive(serde::Deserialize)]
struct Truth {
    visible: Vec<String>,
    hidden: Vec<String>,
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn pages_come_through_as_a_browser_shows_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages");
    let truth = std::fs::read_to_string(folder.join("truth.json")).unwrap();
    let truth: BTreeMap<String, Truth> = serde_json::from_str(&truth).unwrap();
    let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
    let mut wrong = Vec::new();
    for (name, truth) in &truth {
        let html = std::fs::read_to_string(folder.join(name)).unwrap();
        let page = layer.sanitize(&html, Media::Html, &Limits::default());
        assert!(!page.is_truncated(), "{name}");
        let text = squeezed(page.text());
        wrong.extend(
            truth
                .visible
                .iter()
                .filter(|seen| !text.contains(&squeezed(seen)))
                .map(|seen| format!("{name} lost {seen}")),
        );
        wrong.extend(
            truth
                .hidden
                .iter()
                .filter(|gone| text.contains(&squeezed(gone)))
                .map(|gone| format!("{name} gave away {gone}")),
        );
        for hidden in page.hidden() {
            let span = hidden.span().unwrap();
            assert!(span.of(&html).is_some(), "{name}: {hidden:?}");
        }
    }
    assert!(truth.len() >= 20 && wrong.is_empty(), "{wrong:#?}");
}
