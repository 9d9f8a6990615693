//! HTML to the text that a browser would show.
//!
//! `dom` parses into an arena under budgets; `sheet`, `select`, `property` and `value` read style sheets;
//! `style` is the cascade; `hide` judges each run of text; `render` lays the seen ones out.

mod dom;
mod hide;
mod property;
mod render;
mod select;
mod sheet;
mod style;
mod value;

use std::sync::{Arc, LazyLock};

pub(super) use hide::TECHNIQUES;

use super::{Draft, Hidden, TRUNCATED};
use crate::base::{Finding, Layer, Limits, Rule, Severity};

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

/// What rendering can find besides hidden text.
pub(super) const RULES: &[Rule] = &[SCRIPTED, EXTERNAL_STYLE, PAGE_FONT];

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
        static BROWSER: LazyLock<Arc<sheet::Sheet>> = LazyLock::new(|| Arc::new(style::browser_sheet()));
        static MARKDOWN: LazyLock<Arc<sheet::Sheet>> = LazyLock::new(|| {
            let mut sheet = style::browser_sheet();
            sheet.add("[data-md]{display:contents}");
            Arc::new(sheet)
        });
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
        let notes = [(page.scripts, &SCRIPTED), (page.external, &EXTERNAL_STYLE), (page.fonts, &PAGE_FONT)];
        findings.extend(notes.iter().filter(|(is, _)| *is).map(|(_, rule)| rule.finding()));
        let hidden = page
            .unseen
            .into_iter()
            .map(|unseen| Hidden { technique: unseen.rule, text: unseen.text, span: None })
            .collect();
        Draft { rendered: page.text.into(), hidden, findings, truncated: page.cap.is_some() }
    }
}

#[cfg(test)]
mod tests;
