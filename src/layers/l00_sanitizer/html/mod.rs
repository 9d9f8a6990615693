//! HTML to the text that a browser would show.
//!
//! `dom` parses into an arena under budgets; `sheet`, `select`, `property` and `value` read style sheets;
//! `style` is the cascade; `hide` judges each run of text; `render` lays the seen ones out.

mod cascade;
mod cover;
mod dom;
mod drawing;
mod flow;
mod font;
mod hide;
mod hints;
mod ink;
mod links;
mod matrix;
mod output;
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
mod value;
mod vars;

use std::sync::{Arc, LazyLock};

pub(super) use hide::TECHNIQUES;
pub use links::Link;

use super::{Draft, Hidden, MAX_FINDINGS, TRUNCATED};
use crate::base::{Finding, Layer, Limits, Rule, Severity, Span};

const SCRIPTED: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/scripted",
    Severity::Info,
    "scripts may change what a person sees; none was run",
);
const EXTERNAL_STYLE: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/external-style",
    Severity::Info,
    "remote style sheets decide what a person sees; none was fetched",
);
const PAGE_FONT: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/page-font",
    Severity::Low,
    "the page brings a font of its own, whose letters may look like others",
);

const RESPONSIVE: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/responsive",
    Severity::Info,
    "something is shown on wide screens only, or on narrow ones only; the wide one was taken",
);
const LINK_MISMATCH: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/link-mismatch",
    Severity::Low,
    "a link's text names another host than the one that it leads to",
);

/// What rendering can find besides hidden text.
pub(super) const RULES: &[Rule] = &[SCRIPTED, EXTERNAL_STYLE, PAGE_FONT, RESPONSIVE, LINK_MISMATCH];

/// Renders pages. Holds what does not depend on the page.
#[derive(Debug, Clone)]
pub(super) struct Renderer {
    browser: Arc<sheet::Sheet>,
    /// The same, for pages that markdown becomes: its own elements take no room.
    markdown: Arc<sheet::Sheet>,
}

impl Renderer {
    pub(super) fn compile() -> Self {
        /// The same for all: read once.
        static BROWSER: LazyLock<Arc<sheet::Sheet>> = LazyLock::new(|| Arc::new(cascade::browser_sheet("")));
        static MARKDOWN: LazyLock<Arc<sheet::Sheet>> =
            LazyLock::new(|| Arc::new(cascade::browser_sheet("[data-md]{display:contents}")));
        Self { browser: Arc::clone(&BROWSER), markdown: Arc::clone(&MARKDOWN) }
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
        let notes = [
            (page.scripts, &SCRIPTED),
            (page.external, &EXTERNAL_STYLE),
            (page.fonts, &PAGE_FONT),
            (page.responsive, &RESPONSIVE),
        ];
        findings.extend(notes.iter().filter(|(is, _)| *is).map(|(_, rule)| rule.finding()));
        let mut links = Vec::with_capacity(page.links.len());
        for anchor in &page.links {
            let link = Link::new(anchor, &page.text);
            if link.misleads() && findings.len() < MAX_FINDINGS {
                let finding = LINK_MISMATCH.finding();
                let place = anchor.place.filter(|_| !verbatim).and_then(|(from, to)| Span::new(from, to));
                findings.push(match place {
                    Some(place) => finding.at(place),
                    None => finding,
                });
            }
            links.push(link);
        }
        let hidden = page
            .unseen
            .into_iter()
            .map(|unseen| Hidden {
                technique: unseen.rule,
                text: unseen.text,
                span: unseen.place.and_then(|(from, to)| Span::new(from, to)),
            })
            .collect();
        Draft { rendered: page.text.into(), hidden, links, findings, truncated: page.cap.is_some() }
    }
}

#[cfg(test)]
mod tests;
