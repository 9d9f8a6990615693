//! HTML to the text that a browser would show.

mod dom;

use super::Sanitized;
use crate::base::Limits;

/// Renders pages. Holds what does not depend on the page.
#[derive(Debug, Clone)]
pub(super) struct Renderer;

impl Renderer {
    pub(super) fn compile() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "style sheets come here")]
    pub(super) fn render<'t>(&self, html: &str, limits: &Limits) -> Sanitized<'t> {
        let dom = dom::Dom::parse(html, false, limits);
        let mut text = String::new();
        for id in dom.descendants(dom::Dom::DOCUMENT) {
            if let dom::Data::Text(part) = dom.data(id) {
                text.push_str(part);
            }
        }
        Sanitized { rendered: text.into(), truncated: dom.cap.is_some(), ..Sanitized::verbatim("") }
    }
}
