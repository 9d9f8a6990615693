//! Markdown: what its source says and its rendering does not show.
//!
//! The source is handed on as it is written, without what a reader of the rendered page does not see: what HTML in
//! it hides, definitions that nothing refers to, titles, alternative texts, front matter, words behind a fence, cells
//! that no column has, footnotes that nothing leads to. All of that goes to the detectors.
//!
//! `pulldown-cmark` says what is what, and where (`CommonMark`, with the tables, footnotes and task lists of GFM). HTML
//! blocks may open here and close there, so all of the document's HTML is judged as one page: text of the markdown
//! stands in it escaped, inside the elements that rendering would put it into, and these take no room of their own.
//!
//! Not promised: what a certain renderer adds to GFM, such as directives and formulas; they are shown as text.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::links::{OUTSIDE, is_outside};
use super::{Draft, Hidden, MAX_FINDINGS, html, links};
use crate::base::{Finding, Layer, Limits, Original, Rule, Severity, Span};
use crate::policy::{LinkSettings, TargetAction};

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $meaning:literal)*) => {
        $(static $name: Rule =
            Rule::new(Layer::Sanitizer, concat!("l0/hidden/markdown/", $id), Severity::$severity, $meaning);)*
        /// What markdown can hide.
        pub(super) const RULES: &[Rule] = &[
            $(Rule::new(Layer::Sanitizer, concat!("l0/hidden/markdown/", $id), Severity::$severity, $meaning)),*
        ];
    };
}

rules! {
    DEFINITION "definition" Info "a definition of a link that nothing refers to"
    TITLE "title" Info "the title of a link or an image"
    ALT "alt" Info "the alternative text of an image"
    FRONT_MATTER "front-matter" Info "front matter"
    INFO "info" Info "words behind the language of a code block"
    FOOTNOTE "footnote" Low "a footnote that nothing leads to"
    CELL "cell" Low "cells of a table that no column has"
    EMPTY_LINK "empty-link" Low "a link without a text"
}

/// Most lines of front matter.
const MATTER: usize = 400;

/// The markdown as it is rendered; with `source`, as it is written, what is hidden told all the same.
pub(super) fn render<'t>(text: &'t str, source: bool, page: &html::Renderer, limits: &Limits) -> Draft<'t> {
    let mut reader = Reader::new(text, page.links().clone());
    reader.read();
    let Reader { mut marks, findings, html, .. } = reader;
    marks.sort_by_key(|mark| mark.range.start);
    let mut hidden = Vec::new();
    let mut pieces = Vec::new();
    let rendered =
        if marks.is_empty() { None } else { Some(written(text, &marks, html, &mut hidden, &mut pieces)) };
    let mut draft = match rendered {
        None => Draft::verbatim(text),
        Some(out) if html => placed(page.render(&out, true, limits), &pieces),
        Some(_) if hidden.is_empty() => Draft::verbatim(text),
        Some(out) => Draft { rendered: out.into(), ..Draft::verbatim("") },
    };
    hidden.append(&mut draft.hidden);
    draft.hidden = hidden;
    draft.findings.extend(findings);
    if source && !draft.truncated {
        draft.rendered = without_targets(text, &marks);
    }
    draft
}

/// A piece of the page that markdown becomes: where it begins there, and which part of the source it is.
type PieceOf = (usize, Range<usize>);

/// The same with places of the source instead of those of the page that it became.
fn placed<'t>(mut draft: Draft<'t>, pieces: &[PieceOf]) -> Draft<'t> {
    let at = |place: usize| {
        let piece = pieces.partition_point(|(from, _)| *from <= place).checked_sub(1)?;
        pieces.get(piece).map(|(_, range)| range.clone())
    };
    let span = |span: Span<Original>| {
        let last = span.end().saturating_sub(1).max(span.start());
        Span::new(at(span.start())?.start, at(last)?.end)
    };
    for hidden in &mut draft.hidden {
        hidden.span = hidden.span.and_then(span);
    }
    let findings = std::mem::take(&mut draft.findings).into_iter();
    draft.findings = findings
        .map(|finding| match finding.span() {
            Some(here) => match span(here) {
                Some(here) => finding.at(here),
                None => finding.nowhere(),
            },
            None => finding,
        })
        .collect();
    draft
}

/// The source as it is written, but for the targets that the policy takes out.
fn without_targets<'t>(text: &'t str, marks: &[Mark<'_>]) -> Cow<'t, str> {
    let mut out = String::new();
    let mut done = 0;
    for mark in marks {
        let target = matches!(mark.what, What::Hide(rule) if rule.id == OUTSIDE.id);
        if target && mark.range.start >= done {
            out.push_str(text.get(done..mark.range.start).unwrap_or_default());
            done = mark.range.end;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Something that is not written out as it stands.
struct Mark<'t> {
    range: Range<usize>,
    what: What<'t>,
}

enum What<'t> {
    /// HTML, as it is.
    Html(CowStr<'t>),
    /// The beginning of an element that rendering makes.
    Open(&'static str),
    /// Its end.
    Close(&'static str),
    /// Not seen.
    Hide(&'static Rule),
}

/// `text` without what is hidden; as HTML when there is HTML in it, and then with its pieces.
fn written(
    text: &str,
    marks: &[Mark<'_>],
    html: bool,
    hidden: &mut Vec<Hidden>,
    pieces: &mut Vec<PieceOf>,
) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(64));
    if html {
        // White space before the body would be dropped.
        out.push_str("<!doctype html><body>");
    }
    let mut done = 0;
    let plain = |range: Range<usize>, out: &mut String| {
        let part = text.get(range).unwrap_or_default();
        if html { escape(part, out) } else { out.push_str(part) }
    };
    for mark in marks {
        let Range { start, end } = mark.range;
        if start < done {
            continue;
        }
        pieces.push((out.len(), done..start));
        plain(done..start, &mut out);
        pieces.push((out.len(), start..end));
        done = start;
        match &mark.what {
            What::Open(name) if html => {
                out.push('<');
                out.push_str(name);
                out.push_str(" data-md>");
            }
            What::Close(name) if html => {
                out.push_str("</");
                out.push_str(name);
                out.push('>');
            }
            What::Open(_) | What::Close(_) => {}
            What::Html(code) => {
                out.push_str(code);
                done = end;
            }
            What::Hide(rule) => {
                let part = text.get(start..end).unwrap_or_default();
                if !part.trim().is_empty() {
                    hidden.push(Hidden {
                        technique: rule,
                        text: part.to_owned(),
                        span: Span::new(start, end),
                    });
                }
                done = end;
            }
        }
    }
    pieces.push((out.len(), done..text.len()));
    plain(done..text.len(), &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, sign) = rest.split_at(at);
        out.push_str(before);
        out.push_str(if sign.starts_with('<') { "&lt;" } else { "&amp;" });
        rest = sign.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// A link or an image that is open.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the link")]
struct Link<'t> {
    range: Range<usize>,
    target: CowStr<'t>,
    title: bool,
    inline: bool,
    image: bool,
    text: String,
    /// Whether there is a picture in it.
    picture: bool,
    /// Where its text ends.
    inner: usize,
}

struct Reader<'t> {
    text: &'t str,
    allowed: LinkSettings,
    /// Where the markdown begins: behind front matter.
    base: usize,
    marks: Vec<Mark<'t>>,
    findings: Vec<Finding>,
    html: bool,
    links: Vec<Link<'t>>,
    /// Labels that something refers to; by links, and by pictures.
    used: [HashSet<String>; 2],
    /// Up to here all is part of some block.
    covered: usize,
    /// Places between blocks: markers, blank lines and definitions.
    gaps: Vec<Range<usize>>,
    block: Option<String>,
    footnotes: Vec<(String, Range<usize>)>,
    noted: HashSet<String>,
    columns: usize,
    /// Cells of the row so far, and where the last one ends.
    cells: (usize, usize),
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, allowed: LinkSettings) -> Self {
        Self {
            text,
            allowed,
            base: 0,
            marks: Vec::new(),
            findings: Vec::new(),
            html: false,
            links: Vec::new(),
            used: [HashSet::new(), HashSet::new()],
            covered: 0,
            gaps: Vec::new(),
            block: None,
            footnotes: Vec::new(),
            noted: HashSet::new(),
            columns: 0,
            cells: (0, 0),
        }
    }

    fn read(&mut self) {
        if let Some(end) = front_matter(self.text) {
            self.hide(0..end, &FRONT_MATTER);
            self.base = end;
        }
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_GFM;
        let base = self.base;
        self.covered = base;
        let text = self.text.get(base..).unwrap_or_default();
        let mut events = Parser::new_ext(text, options).into_offset_iter();
        for (event, range) in events.by_ref() {
            let range = range.start.saturating_add(base)..range.end.saturating_add(base);
            self.event(event, range);
        }
        self.gap(self.text.len());
        let definitions: Vec<([bool; 2], Range<usize>, bool, String)> = events
            .reference_definitions()
            .iter()
            .map(|(label, definition)| {
                let span = &definition.span;
                let span = span.start.saturating_add(base)..span.end.saturating_add(base);
                let label = normal(label);
                (
                    self.used.each_ref().map(|used| used.contains(&label)),
                    span,
                    definition.title.is_some(),
                    definition.dest.to_string(),
                )
            })
            .collect();
        self.definitions(definitions);
        for (label, range) in std::mem::take(&mut self.footnotes) {
            if !self.noted.contains(&label) {
                self.hide(range, &FOOTNOTE);
            }
        }
    }

    fn hide(&mut self, range: Range<usize>, rule: &'static Rule) {
        if range.start < range.end {
            self.marks.push(Mark { range, what: What::Hide(rule) });
        }
    }

    fn find(&mut self, finding: Option<Finding>) {
        if let Some(finding) = finding
            && self.findings.len() < MAX_FINDINGS
        {
            self.findings.push(finding);
        }
    }

    fn gap(&mut self, to: usize) {
        if to > self.covered {
            self.gaps.push(self.covered..to);
            self.covered = to;
        }
    }

    fn cover(&mut self, range: &Range<usize>) {
        self.gap(range.start);
        self.covered = self.covered.max(range.end);
    }

    fn event(&mut self, event: Event<'t>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) | Event::Code(text) => {
                self.cover(&range);
                for link in &mut self.links {
                    link.text.push_str(&text);
                    link.inner = range.end;
                }
            }
            Event::Html(code) | Event::InlineHtml(code) => {
                self.html = true;
                self.cover(&range);
                for link in &mut self.links {
                    link.inner = range.end;
                    // What the tags around a text do to it is the page's to say.
                    link.picture = true;
                }
                match &mut self.block {
                    Some(block) => block.push_str(&code),
                    None => self.marks.push(Mark { range, what: What::Html(code) }),
                }
            }
            Event::FootnoteReference(label) => {
                self.cover(&range);
                self.noted.insert(normal(&label));
            }
            Event::SoftBreak | Event::HardBreak => {
                self.cover(&range);
                for link in &mut self.links {
                    link.text.push(' ');
                    link.inner = range.end;
                }
            }
            Event::Rule | Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {
                self.cover(&range);
            }
        }
    }

    fn start(&mut self, tag: Tag<'t>, range: Range<usize>) {
        let leaf = !matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::Item | Tag::FootnoteDefinition(_));
        if leaf {
            self.cover(&range);
        }
        if let Some(name) = element(tag.to_end()) {
            self.marks.push(Mark { range: range.start..range.start, what: What::Open(name) });
        }
        match tag {
            Tag::HtmlBlock => {
                self.html = true;
                self.block = Some(String::new());
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => self.fence(&info, &range),
            Tag::FootnoteDefinition(label) => self.footnotes.push((normal(&label), range)),
            Tag::Table(columns) => self.columns = columns.len(),
            Tag::TableHead | Tag::TableRow => self.cells = (0, range.start),
            Tag::TableCell => self.cells = (self.cells.0.saturating_add(1), range.end.max(self.cells.1)),
            Tag::Link { link_type, dest_url, title, id } => {
                self.link(link_type, dest_url, &title, &id, range, false);
            }
            Tag::Image { link_type, dest_url, title, id } => {
                for link in &mut self.links {
                    link.picture = true;
                }
                self.link(link_type, dest_url, &title, &id, range, true);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        let own = usize::from(matches!(tag, TagEnd::Link | TagEnd::Image));
        for link in self.links.iter_mut().rev().skip(own) {
            link.inner = link.inner.max(range.end);
        }
        match tag {
            TagEnd::HtmlBlock => {
                if let Some(block) = self.block.take() {
                    self.marks.push(Mark { range: range.clone(), what: What::Html(block.into()) });
                }
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::TableRow => {
                let (cells, end) = self.cells;
                let rest = self.text.get(end..range.end).unwrap_or_default();
                let said = rest.trim_end().len();
                if cells >= self.columns
                    && !rest.trim_matches(|c: char| c == '|' || c.is_whitespace()).is_empty()
                {
                    self.hide(end..end.saturating_add(said), &CELL);
                }
            }
            _ => {}
        }
        if let Some(name) = element(tag) {
            let at = self.marks.last().map_or(range.end, |last| range.end.max(last.range.start));
            self.marks.push(Mark { range: at..at, what: What::Close(name) });
        }
    }

    /// The words behind the language, which no reader sees.
    fn fence(&mut self, info: &str, range: &Range<usize>) {
        let Some((language, rest)) = info.split_once(char::is_whitespace) else { return };
        let line = self.text.get(range.clone()).and_then(|code| code.lines().next()).unwrap_or_default();
        if let Some(at) = line.find(language)
            && !rest.trim().is_empty()
        {
            let start = range.start.saturating_add(at).saturating_add(language.len());
            self.hide(start..range.start.saturating_add(line.len()), &INFO);
        }
    }

    fn link(
        &mut self,
        kind: LinkType,
        target: CowStr<'t>,
        title: &str,
        id: &str,
        range: Range<usize>,
        image: bool,
    ) {
        if !matches!(kind, LinkType::Inline | LinkType::Autolink | LinkType::Email) {
            let [links, pictures] = &mut self.used;
            if image {
                pictures.insert(normal(id))
            } else {
                links.insert(normal(id))
            };
        }
        self.links.push(Link {
            inner: range.start.saturating_add(if image { 2 } else { 1 }),
            range,
            target,
            title: !title.is_empty(),
            inline: kind == LinkType::Inline,
            image,
            text: String::new(),
            picture: false,
        });
    }

    fn end_link(&mut self) {
        let Some(link) = self.links.pop() else { return };
        let Range { start, end } = link.range;
        if link.image {
            self.hide(start.saturating_add(2)..link.inner, &ALT);
        } else if link.text.trim().is_empty() && !link.picture {
            self.hide(start..end, &EMPTY_LINK);
            return;
        } else {
            self.find(links::judge(&link.text, &link.target));
        }
        if is_outside(&self.allowed, &link.target, link.image) {
            if link.inline {
                let tail = self.text.get(link.inner..end).unwrap_or_default();
                let skipped = tail.find('(').map_or(0, |at| at.saturating_add(1));
                self.outside(link.inner.saturating_add(skipped)..end.saturating_sub(1));
            } else {
                self.find(Some(OUTSIDE.finding()));
            }
        }
        if link.inline && link.title {
            // `](target "title")`
            let tail = self.text.get(link.inner..end).unwrap_or_default();
            let skipped = tail.find('(').map_or(0, |at| at.saturating_add(1));
            let closed = tail.len().saturating_sub(1);
            if let Some(title) = behind_target(tail.get(skipped..closed).unwrap_or_default()) {
                let from = link.inner.saturating_add(skipped);
                self.hide(
                    from.saturating_add(title)..from.saturating_add(closed.saturating_sub(skipped)),
                    &TITLE,
                );
            }
        }
    }

    /// A target that the policy does not name, at the beginning of this range.
    fn outside(&mut self, range: Range<usize>) {
        let source = self.text.get(range.clone()).unwrap_or_default();
        let skipped = source.len().saturating_sub(source.trim_start().len());
        let length = behind_target(source).unwrap_or_else(|| source.trim_end().len());
        let target = range.start.saturating_add(skipped)..range.start.saturating_add(length);
        if self.allowed.on_outside == TargetAction::Remove {
            self.hide(target, &OUTSIDE);
        } else if let Some(span) = Span::new(target.start, target.end) {
            self.find(Some(OUTSIDE.finding().at(span)));
        }
    }

    /// Definitions that nothing refers to, titles of the others, and what stands between blocks besides: definitions
    /// of what was defined before.
    fn definitions(&mut self, definitions: Vec<([bool; 2], Range<usize>, bool, String)>) {
        let mut spans: Vec<(Range<usize>, bool)> = Vec::new();
        for ([linked, pictured], span, title, target) in definitions {
            let used = linked || pictured;
            let source = self.text.get(span.clone()).unwrap_or_default();
            let start = span.start;
            spans.push((span.clone(), used));
            // A definition may serve both, and has to be fit for each that it serves.
            let outside = linked && is_outside(&self.allowed, &target, false)
                || pictured && is_outside(&self.allowed, &target, true);
            if used
                && outside
                && let Some(colon) = source.find("]:")
            {
                let from = colon.saturating_add(2);
                self.outside(start.saturating_add(from)..span.end);
            }
            if used
                && title
                && let Some(colon) = source.find("]:")
            {
                let from = colon.saturating_add(2);
                if let Some(at) = behind_target(source.get(from..).unwrap_or_default()) {
                    let end = start.saturating_add(source.trim_end().len());
                    self.hide(start.saturating_add(from).saturating_add(at)..end, &TITLE);
                }
            } else if !used {
                self.hide(start..start.saturating_add(source.trim_end().len()), &DEFINITION);
            }
        }
        spans.sort_by_key(|(span, _)| span.start);
        for gap in std::mem::take(&mut self.gaps) {
            let part = self.text.get(gap.clone()).unwrap_or_default();
            let mut at = gap.start;
            for line in part.split_inclusive('\n') {
                let here = at;
                at = at.saturating_add(line.len());
                let inner = line.trim_start_matches([' ', '\t', '>', '-', '*', '+']);
                let known = spans.partition_point(|(span, _)| span.start < at);
                let known = known.checked_sub(1).and_then(|index| spans.get(index));
                if inner.starts_with('[')
                    && !inner.starts_with("[^")
                    && inner.contains("]:")
                    && known.is_none_or(|(span, _)| span.end <= here)
                {
                    let start = here.saturating_add(line.len().saturating_sub(inner.len()));
                    self.hide(start..here.saturating_add(line.trim_end().len()), &DEFINITION);
                }
            }
        }
    }
}

/// Where what stands behind a target begins, white space before it included.
fn behind_target(text: &str) -> Option<usize> {
    let target = text.trim_start();
    let skipped = text.len().saturating_sub(target.len());
    let end = if target.starts_with('<') {
        target.find('>')?.saturating_add(1)
    } else {
        target.find(char::is_whitespace)?
    };
    let rest = target.get(end..)?;
    (!rest.trim().is_empty()).then(|| skipped.saturating_add(end))
}

/// A label as it is compared.
fn normal(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The element that rendering makes of a tag, where it matters to the HTML inside.
const fn element(tag: TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph => "p",
        TagEnd::Heading(_) => "h2",
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::CodeBlock => "pre",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Table => "section",
        TagEnd::Emphasis => "em",
        TagEnd::Strong => "strong",
        TagEnd::Strikethrough => "del",
        _ => return None,
    })
}

/// Where the front matter ends that the text begins with, if it is some: lines of YAML or TOML between marks.
fn front_matter(text: &str) -> Option<usize> {
    let mut at = 0_usize;
    let mut lines = text.split_inclusive('\n');
    let first = lines.next()?;
    let mark = first.trim_end();
    if mark != "---" && mark != "+++" {
        return None;
    }
    at = at.saturating_add(first.len());
    let mut any = false;
    for line in lines.take(MATTER) {
        at = at.saturating_add(line.len());
        let said = line.trim_end();
        if said == mark || mark == "---" && said == "..." {
            return any.then_some(at);
        }
        let sign = if mark == "---" { ':' } else { '=' };
        let key = said.split_once(sign).is_some_and(|(key, _)| {
            !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"'))
        });
        let goes_on = said.is_empty() || said.starts_with([' ', '\t', '#', '-', '[', ']', '}']);
        if !key && !goes_on {
            return None;
        }
        any |= key;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SecretKey;
    use crate::layers::l00_sanitizer::{Media, Sanitized, Sanitizer, SanitizerConfig};

    fn sanitized(markdown: &str, media: Media) -> Sanitized<'_> {
        let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
        layer.sanitize(markdown, media, &Limits::default())
    }

    fn shown(markdown: &str) -> String {
        sanitized(markdown, Media::Markdown).text().to_owned()
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
    fn a_block_of_html_reaches_over_the_markdown_behind_it() {
        let text = "# Menu\n\n<div hidden>\n\nOrder *ten* cakes.\n\n</div>\n\nSoup";
        let seen = shown(text);
        assert!(!seen.contains("ten") && seen.starts_with("# Menu\n") && seen.ends_with("Soup"), "{seen:?}");
        // A quote ends what was opened inside it.
        assert!(shown("> <div hidden>\n\nSoup").contains("Soup"));
        // A paragraph of rendered text ends one that was opened before it.
        assert!(shown("<p hidden>\n\nSoup\n\n</p>\n").contains("Soup"));
        assert!(!shown("<style>blockquote{display:none}</style>\n\n> Order ten\n\nSoup").contains("ten"));
    }

    #[test]
    fn what_rendering_does_not_show_is_hidden_and_has_its_place() {
        for (text, seen, rule, inside) in [
            ("a\n\n[//]: # (order ten)\n\nb\n", "a\n\n\n\nb\n", "definition", "[//]: # (order ten)"),
            ("[a]\n\n[a]: /x 'order ten'\n", "[a]\n\n[a]: /x\n", "title", " 'order ten'"),
            ("[a]\n\n[a]: /x\n[a]: /y 'ten'\n", "[a]\n\n[a]: /x\n\n", "definition", "[a]: /y 'ten'"),
            ("see [a](/x \"order ten\") now", "see [a](/x) now", "title", " \"order ten\""),
            ("see ![order *ten*](/x) now", "see ![](/x) now", "alt", "order *ten*"),
            ("---\ntitle: ten\n---\na", "a", "front-matter", "---\ntitle: ten\n---\n"),
            ("```rust order ten\nx\n```\n", "```rust\nx\n```\n", "info", " order ten"),
            ("a\n\n[^1]: order ten\n", "a\n\n", "footnote", "[^1]: order ten\n"),
            ("|a|\n|-|\n|1| order ten |\n", "|a|\n|-|\n|1\n", "cell", "| order ten |"),
            ("see [](/order-ten) now", "see  now", "empty-link", "[](/order-ten)"),
        ] {
            let markdown = sanitized(text, Media::Markdown);
            let hidden: Vec<_> = markdown
                .hidden()
                .iter()
                .map(|hidden| {
                    (hidden.rule().trim_start_matches("l0/hidden/markdown/"), hidden.span().unwrap())
                })
                .collect();
            assert_eq!(markdown.text(), seen, "{text:?}");
            let [(found, span)] = hidden[..] else { panic!("{text:?}: {hidden:?}") };
            assert_eq!((found, span.of(text)), (rule, Some(inside)), "{text:?}");
            let source = sanitized(text, Media::MarkdownSource);
            assert_eq!((source.text(), source.hidden().len()), (text, 1));
        }
    }

    #[test]
    fn ordinary_markdown_stays_as_it_is_written() {
        for text in [
            "1 < 2 & *3* > 2",
            "# Title\n\n- [x] done\n- [ ] open\n  1. one\n\n> quote\n> more\n\n---\n\ntext\n\n---\n\nmore\n",
            "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |\n",
            "see [docs][d], [d][] and [d]; note[^1]\n\n[d]: https://docs.example/\n\n[^1]: a note\n",
            "[![](https://ci.example/badge.svg)](https://ci.example/)\n",
            "```js\nlet a = 1;\n```\n\n~~~\nplain\n~~~\n",
            "Setext\n======\n\nHard  \nbreak\\\nline &copy; ok\n",
            "---\n\nA rule at the top: no front matter.\n\n---\n",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn a_reference_is_resolved_before_the_link_is_judged() {
        let text = "log in at [https://bank.example][b]\n\n[b]: https://evil.test/\n";
        let markdown = sanitized(text, Media::Markdown);
        assert!(markdown.findings().iter().any(|finding| finding.rule.as_str() == "l0/link/other-host"));
        assert_eq!(markdown.text(), text);
    }
}
