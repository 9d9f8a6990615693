//! Text in drawings (SVG 2): where it stands in the drawing's own space, and how large that makes it.

use super::cover::Rect;
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
    /// The place on the page of the corner of what is shown, and that corner in the drawing's space.
    corner: ((f32, f32), (f32, f32)),
    /// What is left by clips, in the drawing's space: left, top, right, bottom.
    clip: Option<[f32; 4]>,
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

/// A shape in the drawing's space.
struct Shape {
    /// What it may cover: left, top, right, bottom.
    outer: [f32; 4],
    /// What it surely covers.
    inner: Option<[f32; 4]>,
}

impl Shape {
    fn of(element: &Element, matrix: &Matrix) -> Option<Self> {
        const WHOLE: Option<f32> = Some(1e6);
        let of = |name: &str| coordinate(element, name, WHOLE);
        let (outer, share) = match &*element.name.local {
            "rect" | "image" => {
                let (x, y) = (of("x").unwrap_or(0.0), of("y").unwrap_or(0.0));
                ([x, y, x + of("width")?, y + of("height")?], 1.0)
            }
            "circle" | "ellipse" => {
                let (x, y) = (of("cx").unwrap_or(0.0), of("cy").unwrap_or(0.0));
                let (rx, ry) = (of("r").or_else(|| of("rx"))?, of("r").or_else(|| of("ry"))?);
                // The square inside a circle.
                ([x - rx, y - ry, x + rx, y + ry], std::f32::consts::FRAC_1_SQRT_2)
            }
            "polygon" | "path" => {
                let points = attr(element, "points").map_or_else(|| path(attr(element, "d")?), points)?;
                let (mut box_, mut edges) = ([f32::MAX, f32::MAX, f32::MIN, f32::MIN], true);
                for (x, y) in &points {
                    let [left, top, right, bottom] = box_;
                    box_ = [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)];
                }
                for ((x, y), (next_x, next_y)) in points.iter().zip(points.iter().cycle().skip(1)) {
                    edges &= (x - next_x).abs() < 0.01 || (y - next_y).abs() < 0.01;
                }
                (box_, if edges && (4..=5).contains(&points.len()) { 1.0 } else { 0.0 })
            }
            _ => return None,
        };
        let [left, top, right, bottom] = outer;
        let (near, far) = (matrix::point(matrix, left, top)?, matrix::point(matrix, right, bottom)?);
        let other = matrix::point(matrix, right, top)?;
        let outer = [near.0.min(far.0), near.1.min(far.1), near.0.max(far.0), near.1.max(far.1)];
        let straight = (other.0 - far.0).abs() < 0.5 && (other.1 - near.1).abs() < 0.5;
        let [left, top, right, bottom] = outer;
        let (x, y) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        let (w, h) = ((right - left) / 2.0 * share, (bottom - top) / 2.0 * share);
        Some(Self { outer, inner: (straight && share > 0.0).then_some([x - w, y - h, x + w, y + h]) })
    }
}

/// The widest that a text may be.
fn letters_wide(font: f32, stretch: f32, text: &str) -> f32 {
    u16::try_from(text.trim().chars().take(1000).count()).map_or(1000.0, f32::from) * font * 0.65 * stretch
}

fn points(text: &str) -> Option<Vec<(f32, f32)>> {
    let numbers: Vec<f32> = text
        .split([' ', ',', '\n', '\t'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    Some(numbers.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect())
}

/// The corners of a path that is made of straight lines only.
fn path(text: &str) -> Option<Vec<(f32, f32)>> {
    const LONGEST: usize = 4096;
    let text = text.get(..LONGEST.min(text.len()))?;
    let (mut at, mut corners, mut rest) = ((0.0_f32, 0.0_f32), Vec::new(), text);
    while let Some(command) = rest.chars().find(char::is_ascii_alphabetic) {
        let (_, tail) = rest.split_once(command)?;
        let end = tail.find(|c: char| c.is_ascii_alphabetic() && c != 'e').unwrap_or(tail.len());
        let (own, next) = tail.split_at(end);
        rest = next;
        let own = own.replace('-', " -");
        let numbers: Vec<f32> = own
            .split([' ', ',', '\n', '\t'])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        let from = if command.is_ascii_lowercase() { at } else { (0.0, 0.0) };
        match command.to_ascii_lowercase() {
            'm' | 'l' => {
                for pair in numbers.chunks_exact(2) {
                    let from = if command.is_ascii_lowercase() { at } else { from };
                    at = (from.0 + pair.first()?, from.1 + pair.get(1)?);
                    corners.push(at);
                }
                continue;
            }
            'h' => at.0 = from.0 + numbers.last()?,
            'v' => at.1 = from.1 + numbers.last()?,
            'z' => continue,
            _ => return None,
        }
        corners.push(at);
    }
    Some(corners)
}

impl Drawing {
    /// The drawing that an `svg` element begins.
    pub(super) fn new(element: &Element, style: &Style, available: f32, at: (f32, f32)) -> Self {
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
        let corner = (at, view.map_or((0.0, 0.0), |[left, top, ..]| (left, top)));
        let view = view.filter(|_| !shown);
        Self {
            view,
            scale,
            corner,
            clip: None,
            matrix: matrix::IDENTITY,
            in_text: false,
            anchor: 0.0,
            x: 0.0,
            y: 0.0,
            nothing,
        }
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
        if &*element.name.local == "use" {
            let (x, y) = (number(element, "x").unwrap_or(0.0), number(element, "y").unwrap_or(0.0));
            self.matrix = matrix::times(&self.matrix, &matrix::shift(x, y, 0.0));
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

    /// Cuts off what is outside a clip of the page, where all of its shapes are known.
    pub(super) fn cut_to(&mut self, dom: &Dom, id: &str) {
        const MOST: usize = 64;
        let Some(clip) = dom.by_id(id) else { return };
        let is_clip = |element: &Element| {
            &*element.name.local == "clipPath"
                && attr(element, "clipPathUnits").is_none_or(|units| units == "userSpaceOnUse")
        };
        if !dom.element(clip).is_some_and(is_clip) {
            return;
        }
        let mut all: Option<[f32; 4]> = None;
        for element in dom.descendants(clip).take(MOST).filter_map(|node| dom.element(node)) {
            let Some(shape) = Shape::of(element, &self.matrix) else { return };
            if attr(element, "transform").is_some() || attr(element, "style").is_some() {
                return;
            }
            let [left, top, right, bottom] = shape.outer;
            all =
                Some(all.map_or(shape.outer, |[l, t, r, b]| {
                    [l.min(left), t.min(top), r.max(right), b.max(bottom)]
                }));
        }
        let Some([left, top, right, bottom]) = all else { return };
        self.clip = Some(self.clip.map_or([left, top, right, bottom], |[l, t, r, b]| {
            [l.max(left), t.max(top), r.min(right), b.min(bottom)]
        }));
    }

    /// A rectangle of the drawing's space on the page.
    pub(super) fn on_page(&self, [left, top, right, bottom]: [f32; 4]) -> Rect {
        let ((at_x, at_y), (from_x, from_y)) = self.corner;
        let x = |x: f32| at_x + (x - from_x) * self.scale;
        let y = |y: f32| at_y + (y - from_y) * self.scale;
        Rect { left: x(left), top: y(top), right: x(right), bottom: y(bottom) }
    }

    /// A shape that is painted here, as it stands on the page: all that it may cover, and what it surely does.
    pub(super) fn shape(&self, element: &Element) -> Option<(Rect, Option<Rect>)> {
        let shape = Shape::of(element, &self.matrix)?;
        Some((self.on_page(shape.outer), shape.inner.map(|inner| self.on_page(inner))))
    }

    /// The likeliest place of a text on the page.
    pub(super) fn text(&self, font: f32, text: &str) -> Option<Rect> {
        let (x, y) = matrix::point(&self.matrix, self.x, self.y)?;
        let stretch = matrix::thinnest(&self.matrix, self.x, self.y);
        let letters = u16::try_from(text.trim().chars().take(1000).count()).map_or(1000.0, f32::from);
        let wide = letters * font * 0.5 * stretch;
        let from = x - wide * self.anchor;
        Some(self.on_page([from, y - font * 0.7 * stretch, from + wide, y + font * 0.1 * stretch]))
    }

    /// Whether a drawing holds what nobody can read the colours of: a picture, a gradient.
    pub(super) fn has_shapes(dom: &Dom, id: NodeId) -> bool {
        const SHAPES: &[&str] = &["image", "foreignObject"];
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
        if let Some([left, top, right, bottom]) = self.clip {
            let up = font * stretch;
            if right - left < SMALL
                || bottom - top < SMALL
                || x >= right
                || x + letters_wide(font, stretch, text) <= left
                || y - up >= bottom
                || y + up * 0.4 <= top
            {
                return false;
            }
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
