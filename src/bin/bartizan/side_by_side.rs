//! One HTML file that shows a page's text as a person sees it, beside what was hidden from them.
//!
//! SECURITY: everything of the page is text here: escaped, without addresses, and under a policy that lets nothing
//! be loaded or run.

use std::fmt::Write as _;

use bartizan::base::{Finding, Severity};
use bartizan::layers::l00_sanitizer::Sanitized;

use crate::scan::position;

/// The longest hidden text that is shown whole, in characters.
const MAX_SHOWN: usize = 2000;

const STYLE: &str = "
:root{color-scheme:light dark;--paper:#fbfaf7;--ink:#1d1f23;--soft:#6a6f78;--line:#e3e0d8;--card:#fff;--low:#8a6d1d;--low-bg:#fff3c9;
--medium:#a2410e;--medium-bg:#ffe1cc;--high:#a3122b;--high-bg:#ffd9de;--info:#3d5a80;--info-bg:#e2ecf7}
@media(prefers-color-scheme:dark){:root{--paper:#15171b;--ink:#e8e6e1;--soft:#9aa0aa;--line:#2b2f36;--card:#1c1f25;--low:#e8c766;
--low-bg:#3d3413;--medium:#ffb083;--medium-bg:#47260f;--high:#ff9aa8;--high-bg:#4b1620;--info:#a9c6ea;--info-bg:#1d2c3f}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,sans-serif}
header{padding:2.2rem clamp(1rem,4vw,3rem) 1.2rem;border-bottom:1px solid var(--line)}
h1{margin:0;font-size:1.35rem;font-weight:650;overflow-wrap:anywhere}header p{margin:.3rem 0 0;color:var(--soft)}
main{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1.5rem;padding:1.5rem clamp(1rem,4vw,3rem)}
@media(max-width:800px){main{grid-template-columns:minmax(0,1fr)}}
h2{margin:0 0 .8rem;font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);font-weight:600}
.sheet,.card,.source{background:var(--card);border:1px solid var(--line);border-radius:10px}
.sheet{padding:1.3rem 1.5rem;white-space:pre-wrap;overflow-wrap:anywhere;font:15.5px/1.65 Georgia,serif}
.card{padding:.8rem 1rem;margin-bottom:.8rem;border-left-width:5px}.card p{margin:.45rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.card small{color:var(--soft)}.card b{font-weight:600}.empty{color:var(--soft)}
.info{border-left-color:var(--info)}.low{border-left-color:var(--low)}.medium{border-left-color:var(--medium)}
.high,.critical{border-left-color:var(--high)}
mark{color:inherit;border-radius:3px;padding:.05em .2em;background:var(--low-bg)}mark.info,.info mark{background:var(--info-bg)}
mark.medium,.medium mark{background:var(--medium-bg)}mark.high,.high mark,.critical mark{background:var(--high-bg)}
section.wide{grid-column:1/-1}.source{margin:0;padding:1rem 1.2rem;overflow:auto;max-height:40rem;white-space:pre-wrap;overflow-wrap:anywhere;
font:12.5px/1.55 ui-monospace,monospace;color:var(--soft)}.source mark{color:var(--ink)}
";

/// The file for the page `name` with this source.
pub(crate) fn page(name: &str, source: &str, sanitized: &Sanitized<'_>) -> String {
    let hidden = sanitized.hidden();
    let severities: Vec<Severity> =
        hidden.iter().map(|hidden| severity(hidden.rule(), sanitized.findings())).collect();
    let mut cards = String::new();
    for (hidden, severity) in hidden.iter().zip(&severities) {
        let place = hidden.span().map(|span| {
            let (line, column) = position(source, span.start());
            format!(" · line {line}, column {column}")
        });
        let meaning = meaning(hidden.rule(), sanitized.findings());
        add(
            &mut cards,
            format_args!(
                "<article class=\"card {severity}\"><b>{}</b><br><small>{}{}</small><p><mark>{}</mark></p></article>\n",
                escape(meaning),
                escape(hidden.rule()),
                place.unwrap_or_default(),
                escape(&shorten(hidden.text())),
            ),
        );
    }
    if cards.is_empty() {
        cards.push_str("<p class=empty>Nothing was hidden.</p>");
    }
    let others: Vec<&Finding> = sanitized
        .findings()
        .iter()
        .filter(|finding| !finding.rule.as_str().starts_with("l0/hidden/"))
        .collect();
    for finding in others {
        add(
            &mut cards,
            format_args!(
                "<article class=\"card {}\"><b>{}</b><br><small>{}</small></article>\n",
                finding.severity,
                escape(&finding.message),
                escape(finding.rule.as_str()),
            ),
        );
    }
    let count = match hidden.len() {
        0 => "nothing was hidden from its readers".to_owned(),
        1 => "one text was hidden from its readers".to_owned(),
        n => format!("{n} texts were hidden from its readers"),
    };
    let stopped = if sanitized.is_truncated() { " The page could not be judged to its end." } else { "" };
    format!(
        "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\
         <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=viewport content=\"width=device-width\"><meta name=referrer content=no-referrer>\
         <title>{title}: seen and hidden</title><style>{STYLE}</style></head><body>\n\
         <header><h1>{title}</h1><p>On this page {count}.{stopped}</p></header>\n<main>\n\
         <section><h2>What a person sees</h2><div class=sheet>{seen}</div></section>\n\
         <section><h2>What was hidden</h2>{cards}</section>\n\
         <section class=wide><h2>Where it stands</h2><pre class=source>{source}</pre></section>\n\
         </main></body></html>\n",
        title = escape(name),
        seen = escape(sanitized.text()),
        source = marked(
            source,
            hidden.iter().map(|hidden| hidden.span().map(bartizan::base::Span::range)),
            &severities
        ),
    )
}

/// The source with the hidden places marked.
fn marked(
    source: &str,
    places: impl Iterator<Item = Option<std::ops::Range<usize>>>,
    severities: &[Severity],
) -> String {
    let mut places: Vec<_> = places
        .zip(severities)
        .filter_map(|(place, severity)| place.map(|place| (place, *severity)))
        .collect();
    places.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for (place, severity) in places {
        // What lies inside another place is marked with it.
        if place.start < at {
            continue;
        }
        out.push_str(&escape(source.get(at..place.start).unwrap_or_default()));
        let text = escape(source.get(place.clone()).unwrap_or_default());
        add(&mut out, format_args!("<mark class={severity}>{text}</mark>"));
        at = place.end;
    }
    out.push_str(&escape(source.get(at..).unwrap_or_default()));
    out
}

fn add(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string does not fail.
    if out.write_fmt(text).is_err() {
        out.clear();
    }
}

fn severity(rule: &str, findings: &[Finding]) -> Severity {
    findings
        .iter()
        .find(|finding| finding.rule.as_str() == rule)
        .map_or(Severity::Low, |finding| finding.severity)
}

fn meaning<'f>(rule: &'f str, findings: &'f [Finding]) -> &'f str {
    findings.iter().find(|finding| finding.rule.as_str() == rule).map_or(rule, |finding| &finding.message)
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// As text of HTML, in elements and in quoted attributes; what does not show is shown by its number.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_invisible(c) => {
                add(&mut out, format_args!("\u{27e8}{:04X}\u{27e9}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// Characters that change the order or carry something without showing it.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use bartizan::base::{Limits, SecretKey};
    use bartizan::guard::Media;
    use bartizan::layers::l00_sanitizer::{Sanitizer, SanitizerConfig};

    #[test]
    fn nothing_of_the_page_is_markup() {
        let html = "<p>Soup &lt;script&gt;alert(1)&lt;/script&gt;</p><p hidden>\"><img src=x onerror=alert(2)>wire it</p>";
        let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
        let sanitized = layer.sanitize(html, Media::Html, &Limits::default());
        let page = page("</title><script>", html, &sanitized);
        assert!(!page.contains("<script>") && !page.contains("<img"));
        assert!(page.contains("wire it") && page.contains("line 1, column"));
    }
}
