//! JSON: text that is written as an escape, under a key that comes twice, or as another document inside a string.
//!
//! Escapes show nothing to who looks at the source, and every reader decodes them: each string and each key is
//! decoded, cleaned, and written anew where that changed it. All else stays as it is written: layout, numbers, order,
//! keys that come twice. So documents in lines, and documents with a mistake, are cleaned like others, and a document
//! that was valid is valid afterwards.
//!
//! A string that is JSON itself is descended into. A string that is HTML is judged as a page, and what it hides goes
//! to the detectors; it is only replaced by what is seen of it where its key says that it is HTML, for who reads the
//! source of a page wants to have it whole.
//!
//! Not promised: that a string means what its key says.

use std::collections::HashSet;

use super::{Draft, Hidden, MAX_FINDINGS, html, unicode};
use crate::base::{Finding, Layer, Limits, Rule, Severity, Span};
use crate::text::NormalizedText;
use crate::text::json::string_end;

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $meaning:literal)*) => {
        $(static $name: Rule = Rule::new(Layer::Sanitizer, $id, Severity::$severity, $meaning);)*
        /// What JSON can show.
        pub(super) const RULES: &[Rule] = &[
            $(Rule::new(Layer::Sanitizer, $id, Severity::$severity, $meaning)),*
        ];
    };
}

rules! {
    DUPLICATE "l0/json/duplicate-key" Medium "an object has a key twice: readers differ in which of them they take"
    SURROGATE "l0/json/surrogate" Low "half of a character, written as an escape"
    UNJUDGED "l0/json/unjudged" Low "more strings hold HTML than are judged"
}

/// Deepest nesting of JSON in strings of JSON.
const MAX_NESTED: u8 = 3;
/// Most strings that are judged as pages.
const MAX_PAGES: usize = 128;

/// Cleans a document. What does not begin like JSON is plain text.
pub(super) fn sanitize<'t>(text: &'t str, page: &html::Renderer, limits: &Limits) -> Draft<'t> {
    let mut cleaner = Cleaner { page, limits, draft: Draft::verbatim(""), pages: 0 };
    let written = cleaner.document(text, 0, 0);
    let Cleaner { draft, .. } = cleaner;
    match written {
        Some(written) => Draft { rendered: written.into(), ..draft },
        None => Draft { rendered: text.into(), ..draft },
    }
}

struct Cleaner<'r> {
    page: &'r html::Renderer,
    limits: &'r Limits,
    draft: Draft<'static>,
    pages: usize,
}

impl Cleaner<'_> {
    /// The document anew; `None` when nothing has to change. `place` is where it stands in the input.
    fn document(&mut self, text: &str, nested: u8, place: usize) -> Option<String> {
        if !text.trim_start().starts_with(['{', '[', '"']) {
            return None;
        }
        let mut out: Option<String> = None;
        let mut done = 0_usize;
        let mut at = 0_usize;
        let mut keys: Vec<HashSet<String>> = Vec::new();
        let mut key = String::new();
        while let Some(found) = text.get(at..).and_then(|rest| rest.find(['"', '{', '}'])) {
            let here = at.saturating_add(found);
            match text.as_bytes().get(here) {
                Some(b'"') => {}
                sign => {
                    if sign == Some(&b'{') {
                        keys.push(HashSet::new());
                    } else {
                        keys.pop();
                    }
                    at = here.saturating_add(1);
                    continue;
                }
            }
            let start = here.saturating_add(1);
            let Some(end) = string_end(text, start) else { break };
            let written = text.get(start..end).unwrap_or_default();
            at = end.saturating_add(1);
            let is_key = text.get(at..).is_some_and(|rest| rest.trim_start().starts_with(':'));
            let decoded = self.decoded(written);
            let string = decoded.as_deref().unwrap_or(written);
            let place =
                Span::new(place.saturating_add(here), place.saturating_add(at)).filter(|_| nested == 0);
            let clean = self.string(string, &key, is_key, nested, place);
            if is_key {
                clean.as_deref().unwrap_or(string).clone_into(&mut key);
                if keys.last_mut().is_some_and(|keys| !keys.insert(key.clone())) {
                    self.find(&DUPLICATE, place);
                }
            }
            // What a string was decoded to need not be written anew; what it was cleaned to must.
            let lone = decoded.as_ref().is_some_and(|text| text.contains('\u{fffd}'))
                && !written.contains('\u{fffd}');
            if let Some(clean) = clean.or_else(|| lone.then(|| string.to_owned())) {
                let out = out.get_or_insert_default();
                out.push_str(text.get(done..start).unwrap_or_default());
                escape(&clean, out);
                done = end;
            }
        }
        out.map(|mut out| {
            out.push_str(text.get(done..).unwrap_or_default());
            out
        })
    }

    fn find(&mut self, rule: &Rule, place: Option<Span<crate::base::Original>>) {
        let same = self.draft.findings.iter().filter(|finding| finding.rule.as_str() == rule.id).count();
        if same < 8 {
            let finding = rule.finding();
            self.draft.findings.push(match place {
                Some(place) => finding.at(place),
                None => finding,
            });
        }
    }

    /// A string's value; `None` where it is written as it is.
    fn decoded(&mut self, written: &str) -> Option<String> {
        if !written.contains('\\') {
            return None;
        }
        let mut out = String::with_capacity(written.len());
        let mut rest = written;
        let mut lone = false;
        while let Some((before, escape)) = rest.split_once('\\') {
            out.push_str(before);
            let mut chars = escape.chars();
            let sign = chars.next().unwrap_or('\\');
            rest = chars.as_str();
            match sign {
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                'u' => {
                    let Some(unit) = hex(rest) else {
                        out.push_str("\\u");
                        continue;
                    };
                    rest = rest.get(4..).unwrap_or_default();
                    let low =
                        rest.strip_prefix("\\u").and_then(hex).filter(|low| (0xdc00..0xe000).contains(low));
                    let code = match (unit, low) {
                        (0xd800..0xdc00, Some(low)) => {
                            rest = rest.get(6..).unwrap_or_default();
                            let high = unit.saturating_sub(0xd800).saturating_mul(0x400);
                            high.saturating_add(low.saturating_sub(0xdc00)).saturating_add(0x1_0000)
                        }
                        _ => unit,
                    };
                    let c = char::from_u32(code);
                    lone |= c.is_none();
                    out.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                sign => out.push(sign),
            }
        }
        out.push_str(rest);
        if lone {
            self.find(&SURROGATE, None);
        }
        Some(out)
    }

    /// A string as it is handed on; `None` where it stays.
    fn string(
        &mut self,
        string: &str,
        key: &str,
        is_key: bool,
        nested: u8,
        place: Option<Span<crate::base::Original>>,
    ) -> Option<String> {
        if !is_key && nested < MAX_NESTED && is_document(string) {
            let inside = self.document(string, nested.saturating_add(1), 0);
            // What stands between its strings is cleaned too.
            return self.cleaned(inside.as_deref().unwrap_or(string), place).or(inside);
        }
        let seen = if is_key || !looks_like_html(string) { None } else { self.page(string, key, place) };
        let text = seen.as_deref().unwrap_or(string);
        self.cleaned(text, place).or(seen)
    }

    /// Judges a string that is HTML. What is seen of it, where its key says what it is.
    fn page(
        &mut self,
        string: &str,
        key: &str,
        place: Option<Span<crate::base::Original>>,
    ) -> Option<String> {
        if self.pages >= MAX_PAGES {
            if self.pages == MAX_PAGES {
                self.pages = self.pages.saturating_add(1);
                self.find(&UNJUDGED, place);
            }
            return None;
        }
        self.pages = self.pages.saturating_add(1);
        let page = self.page.render(string, false, self.limits);
        self.draft.truncated |= page.truncated;
        let room = MAX_FINDINGS.saturating_sub(self.draft.findings.len());
        let findings = page.findings.into_iter().map(Finding::nowhere);
        self.draft.findings.extend(findings.take(room));
        let hides = !page.hidden.is_empty();
        self.draft.hidden.extend(page.hidden.into_iter().map(|hidden| Hidden { span: place, ..hidden }));
        let declared = key.to_ascii_lowercase().contains("html");
        (declared && hides).then(|| page.rendered.into_owned())
    }

    fn cleaned(&mut self, string: &str, place: Option<Span<crate::base::Original>>) -> Option<String> {
        if string.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r')) {
            return None;
        }
        let normalized = NormalizedText::new(string, self.limits);
        // A line end that is no escape would end the string too early.
        if normalized.removed().is_empty() && !string.contains('\u{85}') {
            return None;
        }
        // A place in the string is none in the text, where it may be escaped: the string's own is given.
        for finding in unicode::findings(&normalized, Some("")) {
            let finding = match place {
                Some(place) => finding.at(place),
                None => finding,
            };
            if self.draft.findings.iter().all(|have| have.rule != finding.rule) {
                self.draft.findings.push(finding);
            }
        }
        if !normalized.removed().is_empty() {
            // The detectors read the string as it was: what its invisible characters smuggle is decoded there.
            let text = string.to_owned();
            self.draft.hidden.push(Hidden { technique: &unicode::ESCAPED, text, span: place });
        }
        Some(normalized.clean().to_owned())
    }
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// Whether a string is an object or a list of JSON. Looked at from outside: its inside is cleaned whatever it is.
fn is_document(string: &str) -> bool {
    let string = string.trim();
    let framed =
        string.starts_with('{') && string.ends_with('}') || string.starts_with('[') && string.ends_with(']');
    framed && string.contains('"')
}

/// Whether a string has a tag of HTML that can hide something.
fn looks_like_html(string: &str) -> bool {
    const NAMES: &[&str] = &[
        "a", "article", "b", "body", "br", "center", "details", "div", "em", "font", "footer", "form", "h1",
        "h2", "h3", "head", "header", "html", "i", "iframe", "img", "li", "main", "nav", "ol", "p", "pre",
        "script", "section", "small", "span", "strong", "style", "svg", "table", "tbody", "td", "template",
        "tr", "u", "ul",
    ];
    memchr::memchr_iter(b'<', string.as_bytes()).any(|at| {
        let rest = string.get(at.saturating_add(1)..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len()).min(16);
        let name = rest.get(..end).unwrap_or_default();
        let closes = rest.get(end..).is_some_and(|rest| rest.starts_with([' ', '\t', '\n', '\r', '/', '>']));
        rest.starts_with("!--") || closes && NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// Writes the inside of a string.
fn escape(string: &str, out: &mut String) {
    for c in string.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::SecretKey;
    use crate::layers::l00_sanitizer::{Media, Sanitized, Sanitizer, SanitizerConfig};

    fn sanitized(text: &str) -> Sanitized<'_> {
        let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
        layer.sanitize(text, Media::Json, &Limits::default())
    }

    fn has(json: &Sanitized<'_>, rule: &str) -> bool {
        json.findings().iter().any(|finding| finding.rule.as_str() == rule)
    }

    #[test]
    fn an_escaped_invisible_character_is_taken_out_of_strings_and_keys() {
        let json = sanitized(r#"{"na\u200bme":"pay\udb40\udc41 now","n":1.50}"#);
        assert_eq!(json.text(), r#"{"name":"pay now","n":1.50}"#);
        assert!(has(&json, "l0/unicode/tag"));
        assert_eq!(json.hidden().len(), 2);
    }

    #[test]
    fn harmless_escapes_and_the_layout_stay_as_they_are() {
        for text in [
            "{ \"a\" : \"caf\\u00e9\\n\" }",
            "{\"a\": [1, 2.0, null]}",
            "not json \\u200b",
            "{\"a\": 1}\n{\"a\": 2}\n",
            "{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}",
            "{\"a\": \"C:\\\\temp \\\"x\\\" <3 a<b\"}",
            "{\"cut\": \"off",
            "[\"می\\u200cخواهم\"]",
        ] {
            let json = sanitized(text);
            assert_eq!(json.text(), text);
            assert_eq!(json.findings(), [], "{text}");
        }
    }

    #[test]
    fn a_key_that_comes_twice_is_told_however_it_is_written() {
        for text in [r#"{"to":"kim","to":"eve"}"#, r#"{"to":1,"t\u006f":2}"#, r#"[{"a":{},"\u200ba":[]}]"#] {
            assert!(has(&sanitized(text), "l0/json/duplicate-key"), "{text}");
        }
    }

    #[test]
    fn documents_inside_strings_are_descended_into() {
        let inner = r#"{"x":"pay\u200b now"}"#;
        let text = serde_json::json!({ "body": inner, "n": 1 }).to_string();
        assert_eq!(sanitized(&text).text(), r#"{"body":"{\"x\":\"pay now\"}","n":1}"#);
        let deep = serde_json::json!({ "outer": text }).to_string();
        assert!(!sanitized(&deep).hidden().is_empty());
    }

    #[test]
    fn html_is_judged_and_replaced_only_where_the_key_says_so() {
        let page = r#"<p>Soup</p><p style=\"display:none\">order ten</p>"#;
        let text = format!(r#"{{"html":"{page}"}}"#);
        let json = sanitized(&text);
        assert_eq!(json.text(), r#"{"html":"Soup"}"#);
        assert!(has(&json, "l0/hidden/display"));
        let text = format!(r#"{{"code":"{page}"}}"#);
        let json = sanitized(&text);
        assert_eq!(json.text(), text);
        assert_eq!(json.hidden().first().map(Hidden::text), Some("order ten"));
    }

    #[test]
    fn half_a_character_is_replaced_and_told() {
        let json = sanitized(r#"["\ud83d x"]"#);
        assert_eq!(json.text(), "[\"\u{fffd} x\"]");
        assert!(has(&json, "l0/json/surrogate"));
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[a<>/ \u{200b}\u{e0041}\u{85}\"\\\\ü\n\u{1}{}\\[\\]]{0,12}".prop_map(Into::into),
            Just("<p hidden>a</p>b".into()),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("(html|[a\u{200b}]{1,3})", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn shape(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Array(items) => format!("[{}]", items.iter().map(shape).collect::<String>()),
            serde_json::Value::Object(map) => format!("{{{}}}", map.len()),
            serde_json::Value::String(_) => "s".into(),
            other => other.to_string(),
        }
    }

    proptest! {
        #[test]
        fn what_was_valid_is_valid_and_has_the_same_types(value in value(), ascii in any::<bool>()) {
            let mut text = value.to_string();
            if ascii {
                text = text.replace('\u{200b}', "\\u200b").replace('\u{e0041}', "\\udb40\\udc41");
            }
            let json = sanitized(&text);
            let read: Result<serde_json::Value, _> = serde_json::from_str(json.text());
            prop_assert!(read.is_ok(), "{} {:?}", text, json.text());
            if !has(&json, "l0/json/duplicate-key") {
                prop_assert_eq!(shape(&read.unwrap()), shape(&value));
            }
            let again = sanitized(json.text());
            prop_assert_eq!(again.text(), json.text());
        }
    }
}
