//! JSON: every string and every key is cleaned, and the document stays the same value otherwise.
//!
//! Invisible characters can be written as escapes, which nobody sees in the text and every reader decodes; so
//! strings are decoded before they are cleaned.

use super::{Draft, Hidden, unicode};
use crate::base::Limits;
use crate::text::NormalizedText;
use crate::text::json::Json;

/// Cleans a document. What is not strict JSON is plain text.
pub(super) fn sanitize<'t>(text: &'t str, limits: &Limits) -> Draft<'t> {
    let mut sanitized = Draft::verbatim(text);
    // Without an escape there is nothing in a string that is not in the text as well.
    if !text.contains("\\u") && !text.contains("\\U") {
        return sanitized;
    }
    let Ok(mut document) = Json::parse(text, limits) else { return sanitized };
    let mut changed = false;
    let mut open = vec![&mut document];
    while let Some(value) = open.pop() {
        match value {
            Json::String(string) => changed |= clean(string, limits, &mut sanitized),
            Json::Array(items) => open.extend(items),
            Json::Object(members) => {
                for (key, value) in members {
                    changed |= clean(key, limits, &mut sanitized);
                    open.push(value);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
    if changed {
        sanitized.rendered = document.to_string().into();
    }
    sanitized
}

fn clean(string: &mut String, limits: &Limits, sanitized: &mut Draft<'_>) -> bool {
    if string.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return false;
    }
    let normalized = NormalizedText::new(string.as_str(), limits);
    if normalized.removed().is_empty() {
        return false;
    }
    for finding in unicode::findings(&normalized, false) {
        if sanitized.findings.iter().all(|have| have.rule != finding.rule) {
            sanitized.findings.push(finding);
        }
    }
    // The detectors read the string as it was: what its invisible characters smuggle is decoded there.
    let cleaned = normalized.clean().to_owned();
    let text = std::mem::replace(string, cleaned);
    sanitized.hidden.push(Hidden { technique: &unicode::ESCAPED, text, span: None });
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SecretKey;
    use crate::layers::l00_sanitizer::{Media, Sanitized, Sanitizer, SanitizerConfig};

    fn sanitized(text: &str) -> Sanitized<'_> {
        let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
        layer.sanitize(text, Media::Json, &Limits::default())
    }

    #[test]
    fn an_escaped_invisible_character_is_taken_out_of_strings_and_keys() {
        let json = sanitized(r#"{"na\u200bme":"pay\udb40\udc41 now","n":1.50}"#);
        assert_eq!(json.text(), r#"{"name":"pay now","n":1.50}"#);
        assert!(json.findings().iter().any(|finding| finding.rule.as_str() == "l0/unicode/tag"));
        assert_eq!(json.hidden().len(), 2);
    }

    #[test]
    fn harmless_escapes_and_the_layout_stay_as_they_are() {
        for text in ["{ \"a\" : \"caf\\u00e9\\n\" }", "{\"a\": [1, 2.0, null]}", "not json \\u200b"] {
            assert_eq!(sanitized(text).text(), text);
        }
    }
}
