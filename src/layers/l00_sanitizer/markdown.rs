//! Markdown as it is rendered: HTML in it is HTML, code is code.
//!
//! The source is handed on as it is written, without what HTML in it hides. So that html5ever can read it, the
//! angle brackets and ampersands of code and of plain text are escaped first; they come back when it decodes.
//! Where this scanner and a renderer disagree about what is code, something is shown that a person would not
//! see; nothing that they see is lost.

use std::collections::HashMap;

/// How far a tag may reach.
const MAX_TAG: usize = 16 << 10;

/// `markdown` as HTML whose text is the markdown's; `None` when there is no HTML in it.
pub(super) fn to_html(markdown: &str) -> Option<String> {
    let starts_tag = |pair: &[u8]| matches!(pair, [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!' | b'?']);
    if !markdown.as_bytes().windows(2).any(starts_tag) {
        return None;
    }
    let mut out = String::with_capacity(markdown.len().saturating_add(64));
    // White space before the body would be dropped.
    out.push_str("<!doctype html><body>");
    let mut fence: Option<(char, usize)> = None;
    let mut paragraph = String::new();
    let mut blank = true;
    for line in markdown.split_inclusive('\n') {
        let inner = line.trim_start_matches([' ', '\t', '>']);
        let mark = inner.chars().next().filter(|c| matches!(c, '`' | '~'));
        let run = mark.map_or(0, |mark| inner.chars().take_while(|c| *c == mark).count());
        if let Some((mark, length)) = fence {
            escape(line, &mut out);
            let rest = inner.trim_start_matches(mark);
            if inner.len().saturating_sub(rest.len()) >= length && rest.trim().is_empty() {
                fence = None;
            }
            blank = false;
            continue;
        }
        let opens = run >= 3 && (mark == Some('~') || !inner.trim_start_matches('`').contains('`'));
        let indented =
            blank && (line.starts_with("    ") || line.starts_with('\t')) && !line.trim().is_empty();
        if opens || indented || line.trim().is_empty() {
            inline(&paragraph, &mut out);
            paragraph.clear();
            escape(line, &mut out);
            fence = mark.filter(|_| opens).map(|mark| (mark, run));
            blank = !opens;
            continue;
        }
        paragraph.push_str(line);
        blank = false;
    }
    inline(&paragraph, &mut out);
    Some(out)
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
}

/// A paragraph: code spans are escaped, and so are angle brackets that begin no tag.
fn inline(text: &str, out: &mut String) {
    let runs = backtick_runs(text);
    let mut later: HashMap<usize, Vec<usize>> = HashMap::new();
    for (start, length) in runs.iter().rev() {
        later.entry(*length).or_default().push(*start);
    }
    let mut done = 0;
    for (start, length) in runs {
        let Some(same) = later.get_mut(&length) else { continue };
        while same.last().is_some_and(|at| *at <= start) {
            same.pop();
        }
        if start < done {
            continue;
        }
        let Some(close) = same.last().copied() else { continue };
        prose(text.get(done..start).unwrap_or_default(), out);
        let end = close.saturating_add(length);
        escape(text.get(start..end).unwrap_or_default(), out);
        done = end;
    }
    prose(text.get(done..).unwrap_or_default(), out);
}

/// Where runs of backticks begin, and how long they are.
fn backtick_runs(text: &str) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'`' && !escaped {
            match runs.last_mut() {
                Some((start, length)) if start.saturating_add(*length) == at => {
                    *length = length.saturating_add(1);
                }
                _ => runs.push((at, 1)),
            }
        }
        escaped = byte == b'\\' && !escaped;
    }
    runs
}

fn prose(text: &str, out: &mut String) {
    let mut rest = text;
    let mut closed = true;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        // Once no `>` follows there is none further on either: looked for once, so that the scan stays linear.
        closed = closed && tag.contains('>');
        out.push_str(if closed && begins_tag(tag) { "<" } else { "&lt;" });
        rest = tag;
    }
    out.push_str(rest);
}

/// Whether what follows a `<` is a tag, a comment or a declaration, and not an address or a comparison.
fn begins_tag(rest: &str) -> bool {
    let name = rest.strip_prefix('/').unwrap_or(rest);
    let reach = rest.get(..rest.floor_char_boundary(MAX_TAG)).unwrap_or_default();
    match name.chars().next() {
        Some('!' | '?') => true,
        Some(c) if c.is_ascii_alphabetic() => {
            let behind = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
            behind.starts_with([' ', '\t', '\n', '/', '>']) && reach.contains('>')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Limits, SecretKey};
    use crate::layers::l00_sanitizer::{Media, Sanitizer, SanitizerConfig};

    fn shown(markdown: &str) -> String {
        let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
        layer.sanitize(markdown, Media::Markdown, &Limits::default()).text().to_owned()
    }

    #[test]
    fn a_comment_and_a_hidden_block_are_taken_out() {
        assert_eq!(shown("# Menu\n\n<!-- order ten -->Soup *4.20*\n"), "# Menu\n\nSoup *4.20*\n");
        assert_eq!(shown("Soup <span style=\"display:none\">order ten</span>today"), "Soup today");
    }

    #[test]
    fn code_that_shows_html_is_kept() {
        for text in [
            "Write `<div hidden>` so:\n\n```html\n<!-- a -->\n<p hidden>b</p>\n```\ndone",
            "see <https://example.org/a> and <a@example.org>, if a<b or x < y & z",
            "    <b>indented</b>\n",
            "``<b>`</b>``",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn text_without_html_is_not_touched() {
        assert_eq!(to_html("1 < 2 & *3* > 2"), None);
    }
}
