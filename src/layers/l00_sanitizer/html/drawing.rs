//! Text in drawings (SVG 2): where it stands in the drawing's own space, and how large that makes it.

use super::dom::{Dom, Element, NodeId};
use super::hide::SMALL;
use super::matrix::{self, Matrix};
use super::property::{Overflow, Property};
use super::style::Style;

/// A drawing, as far as the place of text in it goes.
#[derive(Debug, Clone)]
pub(super) struct Drawing {
    /// The part of its space that is shown: left, top, width, height; none where that is not known.
    view: Option<[f32; 4]>,
    /// Pixels per unit.
    scale: f32,
    matrix: Matrix,
    in_text: bool,
    /// The part of the text that stands before its place.
    anchor: f32,
    x: f32,
    y: f32,
    nothing: bool,
}

fn attr<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.attrs.iter().find(|attr| &*attr.name.local == name).map(|attr| attr.value.trim())
}

/// A length in pixels, of the first of a list.
fn pixels(text: &str) -> Option<f32> {
    let first = text.split([',', ' ']).next()?;
    if let Some(em) = first.strip_suffix("em") {
        return em.parse::<f32>().ok().map(|em| em * 16.0);
    }
    first.trim_end_matches("px").parse().ok()
}

fn number(element: &Element, name: &str) -> Option<f32> {
    pixels(attr(element, name)?)
}

/// A place or a size in a view: pixels or a share of it.
fn coordinate(element: &Element, name: &str, whole: Option<f32>) -> Option<f32> {
    let text = attr(element, name)?;
    match text.strip_suffix('%') {
        Some(share) => Some(share.parse::<f32>().ok()? / 100.0 * whole?),
        None => pixels(text),
    }
}

impl Drawing {
    /// The drawing that an `svg` element begins.
    pub(super) fn new(element: &Element, style: &Style, available: f32) -> Self {
        let width =
            style.px(Property::Width, available).or_else(|| coordinate(element, "width", Some(available)));
        let height = style.px(Property::Height, 0.0).filter(|height| {
            *height > 0.0 || style.length(Property::Height).is_some_and(|l| l.part.abs() < 0.001)
        });
        let height = height.or_else(|| number(element, "height"));
        let declared: Vec<f32> = attr(element, "viewBox")
            .unwrap_or_default()
            .split([' ', ',', '\t', '\n'])
            .filter_map(|number| number.parse().ok())
            .collect();
        let mut scale = 1.0;
        let view = match (declared.as_slice(), width, height) {
            (&[left, top, wide, high], width, height) if wide > 0.0 && high > 0.0 => {
                scale = match (width, height) {
                    (Some(width), Some(height)) => (width / wide).min(height / high),
                    (Some(width), None) => width / wide,
                    (None, Some(height)) => height / high,
                    (None, None) => 1.0,
                };
                // Without slicing the view may show more than it says on two sides.
                let room = |size: Option<f32>, own: f32| {
                    size.filter(|_| scale > 0.0).map_or(0.0, |size| ((size / scale - own) / 2.0).max(0.0))
                };
                let (x, y) = (room(width, wide), room(height, high));
                Some([left - x, top - y, wide + 2.0 * x, high + 2.0 * y])
            }
            (_, Some(width), Some(height)) => Some([0.0, 0.0, width, height]),
            (_, Some(width), None) => Some([0.0, 0.0, width, 150.0]),
            (_, None, Some(height)) => Some([0.0, 0.0, 300.0, height]),
            _ => Some([0.0, 0.0, 300.0, 150.0]),
        };
        let shown = style.overflow(Property::OverflowX) == Overflow::Visible;
        let nothing = !shown
            && (width.is_some_and(|width| width < 2.0) || height.is_some_and(|height| height < 2.0))
            || scale <= 0.0;
        let view = view.filter(|_| !shown);
        Self { view, scale, matrix: matrix::IDENTITY, in_text: false, anchor: 0.0, x: 0.0, y: 0.0, nothing }
    }

    /// The drawing inside one of its elements.
    pub(super) fn enter(mut self, element: &Element, style: &Style) -> Self {
        for steps in style.transforms() {
            let own = matrix::of_steps(steps, style.font, (0.0, 0.0));
            self.matrix = matrix::times(&self.matrix, &own);
        }
        match attr(element, "text-anchor") {
            Some("end") => self.anchor = 1.0,
            Some("middle") => self.anchor = 0.5,
            Some("start") => self.anchor = 0.0,
            _ => {}
        }
        if matches!(&*element.name.local, "text" | "tspan" | "textPath") {
            let (wide, high) = (self.view.map(|[_, _, wide, _]| wide), self.view.map(|[_, _, _, high]| high));
            let first = !self.in_text;
            if let Some(x) = coordinate(element, "x", wide) {
                self.x = x;
            } else if first {
                self.x = 0.0;
            }
            if let Some(y) = coordinate(element, "y", high) {
                self.y = y;
            } else if first {
                self.y = 0.0;
            }
            self.x += number(element, "dx").unwrap_or(0.0);
            self.y += number(element, "dy").unwrap_or(0.0);
            self.in_text = true;
            if attr(element, "textLength").and_then(pixels).is_some_and(|length| length < 6.0) {
                self.nothing = true;
            }
            if &*element.name.local == "textPath"
                && attr(element, "href").is_none()
                && attr(element, "path").is_none()
            {
                self.nothing = true;
            }
        }
        self
    }

    /// Whether a drawing holds more than text, so that nobody knows what is behind the letters.
    pub(super) fn has_shapes(dom: &Dom, id: NodeId) -> bool {
        const SHAPES: &[&str] = &["rect", "path", "circle", "ellipse", "polygon", "image", "use"];
        const MOST: usize = 256;
        dom.descendants(id).take(MOST).filter_map(|node| dom.element(node)).any(|element| {
            let size = |name: &str| number(element, name).is_some_and(|size| size < 4.0);
            SHAPES.contains(&&*element.name.local) && !size("width") && !size("height") && !size("r")
        })
    }

    /// Whether a `foreignObject` has no room for anything.
    pub(super) fn is_thin(element: &Element) -> bool {
        ["width", "height"]
            .iter()
            .any(|name| attr(element, name).is_none_or(|size| pixels(size).is_some_and(|size| size < 2.0)))
    }

    pub(super) const fn is_nothing(&self) -> bool {
        self.nothing
    }

    /// Whether text of this size can be read here.
    pub(super) fn shows(&self, font: f32, text: &str) -> bool {
        if !self.in_text || self.nothing {
            return false;
        }
        let Some((x, y)) = matrix::point(&self.matrix, self.x, self.y) else { return false };
        let stretch = matrix::thinnest(&self.matrix, self.x, self.y);
        if font * stretch * self.scale < SMALL {
            return false;
        }
        let Some([left, top, wide, high]) = self.view else { return true };
        let letters = u16::try_from(text.trim().chars().take(1000).count()).map_or(1000.0, f32::from);
        let run = letters * font * 0.65 * stretch;
        let thin = letters * font * 0.35 * stretch;
        let up = font * stretch;
        let (from, to) = (x - thin * self.anchor, x + run * (1.0 - self.anchor));
        !(from >= left + wide || to <= left || y - up >= top + high || y + up * 0.4 <= top)
    }
}
