//! What clip paths and masks leave of a box.

use super::dom::{Dom, NodeId};
use super::hide::{NARROW, SMALL};
use super::property::Shape;
use super::value::Length;

/// The page's own clips and masks, looked up by name.
pub(super) struct Outline<'a> {
    pub(super) dom: &'a Dom,
}

impl Outline<'_> {
    /// Whether the element of this name is a clip or a mask that lets nothing through. One that is not there
    /// does nothing.
    pub(super) fn is_empty(&self, id: &str) -> bool {
        self.dom.by_id(id).is_some_and(|node| self.paints_nothing(node))
    }

    /// Whether a mask of this name lets nothing through; one that is not there does not, either.
    pub(super) fn masks_all(&self, id: &str) -> bool {
        self.dom.by_id(id).is_none_or(|node| self.paints_nothing(node))
    }

    fn paints_nothing(&self, node: NodeId) -> bool {
        const MOST: usize = 64;
        let Some(element) = self.dom.element(node) else { return false };
        if !matches!(&*element.name.local, "clipPath" | "clippath" | "mask") {
            return false;
        }
        !self.dom.descendants(node).take(MOST).any(|node| {
            let Some(element) = self.dom.element(node) else { return false };
            let size = |name: &str| {
                let attr = element.attrs.iter().find(|attr| &*attr.name.local == name);
                attr.and_then(|attr| attr.value.trim().trim_end_matches(['%', 'p', 'x']).parse::<f32>().ok())
            };
            let some = |name: &str| size(name).is_some_and(|size| size > 0.01);
            match &*element.name.local {
                "rect" | "image" => some("width") && some("height"),
                "circle" => some("r"),
                "ellipse" => some("rx") && some("ry"),
                "set" | "animate" | "title" | "desc" => false,
                _ => true,
            }
        })
    }
}

/// Whether a shape leaves nothing readable of a box of this size. A height that is not known is one of a few lines.
pub(super) fn is_empty(shape: &Shape, font: f32, size: (f32, Option<f32>), outline: &Outline<'_>) -> bool {
    let (wide, high) = (size.0, size.1.unwrap_or(font * 1.3));
    let thin = |left: f32, top: f32, right: f32, bottom: f32| {
        // What is outside the box shows nothing of it; below an unknown height there may be more.
        let floor = size.1.unwrap_or(f32::MAX);
        right.min(wide) - left.max(-20.0) < NARROW || bottom.min(floor) - top.max(-20.0) < SMALL
    };
    let across = |length: &Length| length.resolve(font, wide);
    let down = |length: &Length| length.resolve(font, high);
    match shape {
        Shape::Inset([top, right, bottom, left]) => {
            let both = |a: &Length, b: &Length, size: Option<f32>| {
                let sum = a.part + b.part;
                let cut = Length { px: a.px + b.px, em: a.em + b.em, part: sum };
                match size {
                    Some(size) => size - cut.resolve(font, size) < SMALL,
                    None => sum >= 0.98 || cut.px + cut.em * font >= 2000.0,
                }
            };
            both(top, bottom, size.1) || both(left, right, Some(wide))
        }
        Shape::Edges([top, right, bottom, left]) => thin(
            left.as_ref().map_or(0.0, across),
            top.as_ref().map_or(0.0, down),
            right.as_ref().map_or(wide, across),
            bottom.as_ref().map_or(size.1.unwrap_or(f32::MAX), down),
        ),
        Shape::Oval([x, y], [at_x, at_y]) => {
            let (cx, cy) = (across(at_x), down(at_y));
            let (Some(x), y) = (x, y.as_ref()) else { return false };
            let rx = across(x);
            let ry = y.map_or(rx, |y| if size.1.is_none() && y.part > 0.0 { f32::MAX } else { down(y) });
            rx < 3.0 || ry < 2.0 || thin(cx - rx, cy - ry, cx + rx, cy + ry)
        }
        Shape::Polygon(points) => {
            let (mut left, mut top, mut right, mut bottom) = (f32::MAX, f32::MAX, f32::MIN, f32::MIN);
            let mut area = 0.0;
            let mut last = points.last().map(|(x, y)| (across(x), down(y)));
            for (x, y) in points.iter().map(|(x, y)| (across(x), down(y))) {
                (left, right) = (left.min(x), right.max(x));
                (top, bottom) = (top.min(y), bottom.max(y));
                if let Some((from_x, from_y)) = last {
                    area += from_x * y - x * from_y;
                }
                last = Some((x, y));
            }
            points.len() < 3 || area.abs() < 48.0 || thin(left, top, right, bottom)
        }
        Shape::Path([left, top, right, bottom]) => thin(*left, *top, *right, *bottom),
        Shape::Reference(id) => outline.is_empty(id),
    }
}
