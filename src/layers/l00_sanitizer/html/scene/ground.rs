//! What is painted behind text.

use html5ever::local_name;

use super::super::cover::Rect;
use super::super::dom::{Dom, Element, NodeId};
use super::super::drawing::Drawing;
use super::super::hide::SMALL;
use super::super::property::{Position, Property, Value};
use super::super::style::Style;
use super::{Painted, Scene};

/// How many nodes beside a positioned element are searched for a picture that may be behind it.
const NEIGHBOURS: usize = 64;

impl Scene {
    /// What is painted behind the element's text.
    pub(super) fn ground(&mut self, dom: &Dom, id: NodeId, element: &Element, style: &Style) {
        let positioned = style.position() != Position::Static;
        // What was moved out of the box whose paint was behind it has behind it what is behind that box.
        if let Some((rect, under)) = self.grounds.filter(|_| positioned)
            && (self.top.best + 1.0 >= rect.bottom
                || self.x + 1.0 >= rect.right
                || self.x + self.width <= rect.left)
        {
            self.canvas.restore(under);
            self.grounds = None;
        }
        let under = self.canvas.ground();
        let opaque = style.color_of_ground().is_some_and(|ground| ground.alpha > 0.95);
        if positioned && !opaque && picture_behind(dom, id) {
            self.canvas.forget();
        }
        if element.is_svg() && &*element.name.local == "svg" && Drawing::has_shapes(dom, id) {
            self.canvas.forget();
        }
        if element.is_html() && element.name.local == local_name!("html") {
            self.canvas.set_page(style.dark());
        }
        let narrow = Self::is_boxed(style)
            && style.px(Property::Width, self.width).is_some_and(|width| width < 2.0)
            && self.painted.is_some_and(|painted| painted.right - painted.left < 2.0);
        let thin = narrow
            || Self::is_boxed(style)
                && self.height.is_some_and(|height| height < 2.0)
                && style.get(Property::MinHeight) == Value::Auto
                && self
                    .painted
                    .is_some_and(|painted| painted.bottom.is_some_and(|bottom| bottom - painted.top < SMALL));
        // How high a box is that does not say it, is taken to be a few lines.
        let half = self.width.min(self.height.unwrap_or(80.0)) / 2.0;
        self.canvas.background(style, thin || !style.is_visible(), half);
        if let Some(Painted { left, top, right, bottom: Some(bottom), .. }) = self.painted.filter(|_| opaque)
        {
            self.grounds = Some((Rect { left, top, right, bottom }, under));
        }
    }
}

/// Whether a picture stands near a positioned element, so that what is behind it cannot be told.
fn picture_behind(dom: &Dom, id: NodeId) -> bool {
    let Some(parent) = dom.parent(id) else { return false };
    let picture = |id: NodeId| {
        dom.element(id).is_some_and(|element| {
            element.is_html()
                && [
                    local_name!("img"),
                    local_name!("video"),
                    local_name!("canvas"),
                    local_name!("picture"),
                    local_name!("iframe"),
                ]
                .contains(&element.name.local)
        })
    };
    dom.descendants(parent).take(NEIGHBOURS).any(picture)
}
