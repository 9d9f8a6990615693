//! L0: instructions that a model reads and a person does not see.
//!
//! **Attack.** Text hidden by styles, comments, attributes or invisible characters reaches the model and
//! nobody else: the reader of the page cannot object to what is not on their screen.
//!
//! **Promise.** [`Sanitized::text`] is what a person would see: no hidden element, no comment, no invisible
//! character except those that a script or an emoji needs. Sanitising it again as plain text changes nothing.
//! Everything that was taken out is a finding, and its text is kept in [`Sanitized::hidden`] for the
//! detectors. What is too deep, too large or too costly to judge is [`Sanitized::is_truncated`], never
//! silently cut.
//!
//! **Not promised.** Parity with a browser where that needs exact layout, scripts or remote style sheets: places
//! and sizes are estimated from what is declared, and what cannot be estimated hides nothing. Remote style sheets
//! are not fetched; a page that has some gets the finding `l0/external-style`.

mod charset;
mod html;
mod json;
mod links;
mod mail;
mod markdown;
mod terminal;
mod unicode;

pub use charset::{Decoded, decode};

use std::borrow::Cow;

pub use html::Link;
pub(crate) use html::is_parity;

use crate::base::{Evidence, Finding, Layer, Limits, Original, Rule, SecretKey, Severity, Span};
use crate::policy::LinkSettings;
use crate::text::NormalizedText;

/// How a text is written, as the host knows or as its source declared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Media {
    /// Plain text: every character is meant to be seen. The default.
    #[default]
    Text,
    /// An HTML document or a piece of one.
    Html,
    /// Markdown as it is rendered: HTML inside it counts as HTML.
    Markdown,
    /// Markdown as it is written, for a model that is to see the source: what rendering would hide stays, and is told.
    MarkdownSource,
    /// JSON: keys and strings are cleaned, the structure stays.
    Json,
    /// The output of a program for a terminal: what is on the screen at its end.
    Terminal,
    /// A message as it was sent (RFC 5322, MIME): what a mail program shows of it.
    Mail,
}

impl Media {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Html,
        Self::Markdown,
        Self::MarkdownSource,
        Self::Json,
        Self::Terminal,
        Self::Mail,
    ];

    /// The medium by the name that policies and JSON use; `None` when there is none of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|media| media.as_str() == name)
    }

    /// The word that policies and JSON use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::MarkdownSource => "markdown-source",
            Self::Json => "json",
            Self::Terminal => "terminal",
            Self::Mail => "mail",
        }
    }
}

/// Most hidden texts that are told one by one; all of them go to the detectors.
const MAX_FINDINGS: usize = 256;

/// What the sanitizer takes from its surroundings.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SanitizerConfig {
    /// The key of the digests that stand for hidden text in findings.
    pub evidence_key: SecretKey,
    /// Where links and pictures may lead.
    pub links: LinkSettings,
}

impl SanitizerConfig {
    /// A configuration with this key.
    pub fn new(evidence_key: SecretKey) -> Self {
        Self { evidence_key, links: LinkSettings::default() }
    }

    /// The same, with links and pictures judged by these.
    #[must_use]
    pub fn links(mut self, links: LinkSettings) -> Self {
        self.links = links;
        self
    }
}

/// The layer, ready to work.
#[derive(Debug, Clone)]
pub struct Sanitizer {
    evidence_key: SecretKey,
    page: html::Renderer,
}

impl Sanitizer {
    /// Makes the layer. Work that does not depend on the text is done here, once.
    pub fn compile(config: &SanitizerConfig) -> Self {
        Self {
            evidence_key: config.evidence_key.clone(),
            page: html::Renderer::compile(config.links.clone()),
        }
    }

    /// Takes out of `text` what a person would not see.
    pub fn sanitize<'t>(&self, text: &'t str, media: Media, limits: &Limits) -> Sanitized<'t> {
        let source = text;
        let mut draft = if text.len() > limits.max_input.min(Limits::MAX_INPUT) {
            let finding =
                TRUNCATED.finding().saying("the text is longer than the limit; nothing of it is handed on");
            Draft { findings: vec![finding], truncated: true, ..Draft::verbatim("") }
        } else {
            match media {
                Media::Text => Draft::verbatim(text),
                Media::Html => self.page.render(text, false, limits),
                Media::Markdown => markdown::render(text, false, &self.page, limits),
                Media::MarkdownSource => markdown::render(text, true, &self.page, limits),
                Media::Json => json::sanitize(text, &self.page, limits),
                Media::Terminal => terminal::render(text),
                Media::Mail => mail::render(text, &self.page, limits),
            }
        };
        for hidden in draft.hidden.iter().take(MAX_FINDINGS) {
            let evidence = Evidence::of(&hidden.text, &self.evidence_key);
            let finding = hidden.technique.finding().evidence(evidence);
            draft.findings.push(match hidden.span {
                Some(span) => finding.at(span),
                None => finding,
            });
        }
        let verbatim = matches!(draft.rendered, Cow::Borrowed(_));
        let text = NormalizedText::new(draft.rendered, limits);
        let source = Some(source).filter(|_| !verbatim);
        draft.findings.extend(unicode::findings(&text, source));
        if let Some(shown) = unicode::displayed(&text) {
            let span = unicode::override_place(&text, source);
            draft.hidden.push(Hidden { technique: &unicode::ORDER, text: shown, span });
            let finding = unicode::ORDER.finding();
            draft.findings.push(match span {
                Some(span) => finding.at(span),
                None => finding,
            });
        }
        let Draft { hidden, links, findings, truncated, .. } = Draft { rendered: Cow::Borrowed(""), ..draft };
        Sanitized { text, media, verbatim, hidden, links, findings, truncated }
    }
}

/// A text that was hidden from people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    technique: &'static Rule,
    text: String,
    span: Option<Span<Original>>,
}

impl Hidden {
    /// The rule that says how it was hidden: `l0/hidden/…`.
    pub const fn rule(&self) -> &'static str {
        self.technique.id
    }

    /// The text. For detectors only: it must not reach a model.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it was in the input, when that is known: for HTML, the text itself or the start tag that brings it.
    pub const fn span(&self) -> Option<Span<Original>> {
        self.span
    }
}

/// What became of a text before its invisible characters are looked at.
#[derive(Debug)]
struct Draft<'t> {
    /// What is rendered; the input itself unless it was markup.
    rendered: Cow<'t, str>,
    hidden: Vec<Hidden>,
    links: Vec<Link>,
    findings: Vec<Finding>,
    truncated: bool,
}

impl<'t> Draft<'t> {
    const fn verbatim(text: &'t str) -> Self {
        Self {
            rendered: Cow::Borrowed(text),
            hidden: Vec::new(),
            links: Vec::new(),
            findings: Vec::new(),
            truncated: false,
        }
    }
}

/// A text that holds what a person would see, and beside it what was taken out. Only [`Sanitizer`] makes one.
#[derive(Debug)]
pub struct Sanitized<'t> {
    /// What is rendered, cleaned, folded and decoded.
    text: NormalizedText<'t>,
    media: Media,
    verbatim: bool,
    hidden: Vec<Hidden>,
    links: Vec<Link>,
    findings: Vec<Finding>,
    truncated: bool,
}

impl<'t> Sanitized<'t> {
    /// What may be handed on: what a person would see.
    pub fn text(&self) -> &str {
        self.text.clean()
    }

    /// Whether [`text`](Self::text) is JSON, as far as the input was.
    pub const fn is_json(&self) -> bool {
        matches!(self.media, Media::Json)
    }

    /// What a person would not see, in the order of the text. For detectors.
    pub fn hidden(&self) -> &[Hidden] {
        &self.hidden
    }

    /// The links that are seen, in the order of the page. Their targets are not part of the text.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// What was found and taken out.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether something that is not here decides what a person sees: scripts, remote style sheets, fonts that cannot
    /// be read. The text is then what is seen without them.
    pub fn is_parity_unknown(&self) -> bool {
        self.findings.iter().any(|finding| html::is_parity(&finding.rule))
    }

    /// Whether a budget ran out, so that [`text`](Self::text) is not all of it and may be wrong. Such a text is
    /// not judged, and what cannot be judged is refused.
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Whether positions in [`normalized`](Self::normalized)'s original are positions of the input. Not so for
    /// markup, whose rendered text is another text.
    pub const fn is_verbatim(&self) -> bool {
        self.verbatim
    }

    /// The same without what stands at `spans`, which are sorted places in [`normalized`](Self::normalized)'s original.
    /// Nothing of what was found or hidden goes along.
    pub(crate) fn without(&self, spans: &[Span<Original>], limits: &Limits) -> Sanitized<'static> {
        Sanitized {
            text: NormalizedText::new(gapped(self.text.original(), spans), limits),
            media: self.media,
            verbatim: false,
            hidden: Vec::new(),
            links: Vec::new(),
            findings: Vec::new(),
            truncated: self.truncated,
        }
    }

    /// The visible text as matchers read it. Its `clean` form is [`text`](Self::text); its views hold what is
    /// encoded in it, and what invisible characters smuggled.
    pub const fn normalized(&self) -> &NormalizedText<'t> {
        &self.text
    }
}

/// `text` without `spans`, which are sorted; each gap is marked.
fn gapped(text: &str, spans: &[Span<Original>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        if span.end() <= at {
            continue;
        }
        out.push_str(text.get(at..span.start()).unwrap_or_default());
        if !out.ends_with(GAP) {
            out.push_str(GAP);
        }
        at = span.end();
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// What stands where something was taken out.
const GAP: &str = "[…]";

const TRUNCATED: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/truncated",
    Severity::High,
    "the text is too deep, too large or too costly to be judged",
);

/// What this layer can find.
pub const RULES: &[Rule] = &table();

const PARTS: [&[Rule]; 9] = [
    charset::RULES,
    html::RULES,
    html::TECHNIQUES,
    json::RULES,
    links::RULES,
    mail::RULES,
    markdown::RULES,
    terminal::RULES,
    unicode::RULES,
];
const ROWS: usize = rows();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "worked out by the compiler")]
const fn rows() -> usize {
    let (mut rows, mut part) = (1, 0);
    while part < PARTS.len() {
        rows += PARTS[part].len();
        part += 1;
    }
    rows
}

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "worked out by the compiler")]
const fn table() -> [Rule; ROWS] {
    let parts = PARTS;
    let mut table = [TRUNCATED; ROWS];
    let (mut part, mut at) = (0, 1);
    while part < parts.len() {
        let mut row = 0;
        while row < parts[part].len() {
            table[at] = parts[part][row];
            at += 1;
            row += 1;
        }
        part += 1;
    }
    table
}
