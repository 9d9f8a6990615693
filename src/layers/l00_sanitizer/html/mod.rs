//! HTML to the text that a browser would show.
//!
//! `dom` parses into an arena under budgets; `sheet`, `select`, `property` and `value` read style sheets;
//! `style` is the cascade; `hide` judges each run of text; `render` lays the seen ones out.

mod cascade;
mod children;
mod color;
mod counter;
mod cover;
mod dom;
mod drawing;
mod first_line;
mod flow;
mod font;
mod hide;
mod hints;
mod ink;
mod links;
mod matrix;
mod output;
mod paint;
mod picture;
mod property;
mod query;
mod reader;
mod render;
mod scene;
mod select;
mod shape;
mod sheet;
mod special;
mod style;
mod subject;
mod table;
mod value;
mod vars;

use std::sync::{Arc, LazyLock};

pub(super) use hide::TECHNIQUES;
pub use links::Link;

use super::links::{OTHER_HOST, OUTSIDE, is_outside};
use super::{Draft, Hidden, MAX_FINDINGS, TRUNCATED};
use crate::base::{Finding, Layer, Limits, Rule, RuleId, Severity, Span};
use crate::policy::{LinkSettings, TargetAction};

const SCRIPTED: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/scripted",
    Severity::Info,
    "parity unknown: scripts may change what a person sees; none was run",
);
const EXTERNAL_STYLE: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/external-style",
    Severity::Info,
    "parity unknown: remote style sheets decide what a person sees; none was fetched",
);
const PAGE_FONT: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/page-font",
    Severity::Low,
    "parity unknown: the page brings a font of its own, whose letters may look like others",
);

const RESPONSIVE: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/responsive",
    Severity::Info,
    "something is shown on wide screens only, or on narrow ones only; the wide one was taken",
);
/// What rendering can find besides hidden text.
pub(super) const RULES: &[Rule] = &[SCRIPTED, EXTERNAL_STYLE, PAGE_FONT, RESPONSIVE];

/// Whether a finding says that nobody can tell what a person sees.
pub(crate) fn is_parity(id: &RuleId) -> bool {
    [SCRIPTED, EXTERNAL_STYLE, PAGE_FONT].iter().any(|rule| id.as_str() == rule.id)
}

/// Renders pages. Holds what does not depend on the page.
#[derive(Debug, Clone)]
pub(super) struct Renderer {
    browser: Arc<sheet::Sheet>,
    /// The same, for pages that markdown becomes: its own elements take no room.
    markdown: Arc<sheet::Sheet>,
    links: LinkSettings,
}

impl Renderer {
    pub(super) fn compile(links: LinkSettings) -> Self {
        /// The same for all: read once.
        static BROWSER: LazyLock<Arc<sheet::Sheet>> = LazyLock::new(|| Arc::new(cascade::browser_sheet("")));
        static MARKDOWN: LazyLock<Arc<sheet::Sheet>> =
            LazyLock::new(|| Arc::new(cascade::browser_sheet("[data-md]{display:contents}")));
        Self { browser: Arc::clone(&BROWSER), markdown: Arc::clone(&MARKDOWN), links }
    }

    /// Where links may lead.
    pub(super) const fn links(&self) -> &LinkSettings {
        &self.links
    }

    /// Renders `html`; `verbatim` keeps white space as it is written, for markdown.
    pub(super) fn render<'t>(&self, html: &str, verbatim: bool, limits: &Limits) -> Draft<'t> {
        let browser = if verbatim { &self.markdown } else { &self.browser };
        let page = render::page(html, browser, verbatim, limits);
        let mut findings: Vec<Finding> = Vec::new();
        if let Some(cap) = page.cap {
            findings.push(
                TRUNCATED.finding().saying(format!("the page goes beyond the limit on {}", cap.as_str())),
            );
        }
        let span = |place: output::Place| place.and_then(|(from, to)| Span::new(from, to));
        let notes = [
            (page.scripts, &SCRIPTED, page.script_at),
            (page.external, &EXTERNAL_STYLE, page.external_at),
            (page.fonts, &PAGE_FONT, page.font_at),
            (page.responsive, &RESPONSIVE, None),
        ];
        for (_, rule, place) in notes.into_iter().filter(|(is, ..)| *is) {
            let finding = rule.finding();
            findings.push(match span(place) {
                Some(span) => finding.at(span),
                None => finding,
            });
        }
        let keeps = self.links.on_outside == TargetAction::Report;
        let mut found = |finding: Finding, place: output::Place| {
            if findings.len() < MAX_FINDINGS {
                findings.push(match span(place) {
                    Some(place) => finding.at(place),
                    None => finding,
                });
            }
        };
        let mut links = Vec::with_capacity(page.links.len());
        for anchor in &page.links {
            let outside = is_outside(&self.links, &anchor.target, false);
            let link = Link::new(anchor, &page.text, outside, keeps || !outside);
            if link.misleads() {
                found(OTHER_HOST.finding(), anchor.place);
            }
            if outside {
                found(OUTSIDE.finding(), anchor.place);
            }
            links.push(link);
        }
        for (target, place) in &page.pictures {
            if is_outside(&self.links, target, true) {
                found(OUTSIDE.finding(), *place);
            }
        }
        let hidden = page
            .unseen
            .into_iter()
            .map(|unseen| Hidden { technique: unseen.rule, text: unseen.text, span: span(unseen.place) })
            .collect();
        Draft { rendered: page.text.into(), hidden, links, findings, truncated: page.cap.is_some() }
    }
}

#[cfg(test)]
mod tests;
