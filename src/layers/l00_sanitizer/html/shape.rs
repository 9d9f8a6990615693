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
        let said = |name: &str, value: &str| {
            element.attrs.iter().any(|attr| &*attr.name.local == name && attr.value.contains(value))
        };
        // In shares of the box rather than in pixels.
        let boxes =
            said("clipPathUnits", "objectBoundingBox") || said("maskContentUnits", "objectBoundingBox");
        let by_light =
            &*element.name.local == "mask" && !said("mask-type", "alpha") && !said("style", "alpha");
        if !matches!(&*element.name.local, "clipPath" | "clippath" | "mask") {
            return false;
        }
        !self.dom.descendants(node).take(MOST).any(|node| {
            let Some(element) = self.dom.element(node) else { return false };
            let attr = |name: &str| {
                let attr = element.attrs.iter().find(|attr| &*attr.name.local == name);
                attr.map(|attr| attr.value.trim())
            };
            let size = |name: &str| {
                let text = attr(name)?;
                let number = text.trim_end_matches(['%', 'p', 'x']).parse::<f32>().ok()?;
                Some(if text.ends_with('%') { number * 10.0 } else { number })
            };
            let some = |name: &str, least: f32| {
                size(name).is_some_and(|size| size > if boxes { 0.01 } else { least })
            };
            let styled = attr("style").unwrap_or_default();
            if attr("display") == Some("none") || styled.replace(' ', "").contains("display:none") {
                return false;
            }
            // A mask lets through what is light in it, and shapes are black unless they say otherwise.
            if by_light && !styled.contains("fill") && !self.is_coloured(node) && attr("class").is_none() {
                return matches!(&*element.name.local, "image" | "foreignObject" | "use" | "text");
            }
            match &*element.name.local {
                "rect" | "image" => some("width", NARROW) && some("height", SMALL),
                "circle" => some("r", SMALL / 2.0),
                "ellipse" => some("rx", NARROW / 2.0) && some("ry", SMALL / 2.0),
                "set" | "animate" | "title" | "desc" => false,
                _ => true,
            }
        })
    }

    /// Whether a shape, or a group around it, is filled with something else than black.
    fn is_coloured(&self, node: NodeId) -> bool {
        const DEEPEST: usize = 16;
        let chain = std::iter::successors(Some(node), |node| self.dom.parent(*node)).take(DEEPEST);
        let fill = chain.filter_map(|node| self.dom.element(node)).find_map(|element| {
            element
                .attrs
                .iter()
                .find(|attr| matches!(&*attr.name.local, "fill" | "stroke"))
                .map(|attr| attr.value.trim().to_ascii_lowercase())
        });
        fill.is_some_and(|fill| !matches!(&*fill, "black" | "#000" | "#000000" | "none" | "rgb(0,0,0)"))
    }

    /// Whether a filter of the page leaves nothing of what it is put on.
    pub(super) fn filters_all(&self, id: &str, font: f32) -> bool {
        const MOST: usize = 64;
        let Some(filter) = self.dom.by_id(id) else { return false };
        if self.dom.element(filter).is_none_or(|element| &*element.name.local != "filter") {
            return false;
        }
        let mut last = None;
        let gone =
            self.dom.descendants(filter).take(MOST).filter_map(|node| self.dom.element(node)).any(|step| {
                let numbers = |name: &str| -> Vec<f32> {
                    let attr = step.attrs.iter().find(|attr| &*attr.name.local == name);
                    let text = attr.map_or("", |attr| &*attr.value);
                    text.split([' ', ',', '\n', '\t']).filter_map(|number| number.parse().ok()).collect()
                };
                let first = |name: &str| numbers(name).first().copied();
                let kind = |wanted: &str| {
                    step.attrs.iter().any(|attr| &*attr.name.local == "type" && attr.value.trim() == wanted)
                };
                last = Some(&*step.name.local);
                match &*step.name.local {
                    "feFuncA" => {
                        let flat = |name: &str| {
                            let table = numbers(name);
                            !table.is_empty() && table.iter().all(|value| *value < 0.1)
                        };
                        kind("linear")
                            && first("slope").is_some_and(|slope| slope < 0.1)
                            && first("intercept").unwrap_or(0.0) < 0.1
                            || (kind("table") || kind("discrete")) && flat("tableValues")
                    }
                    "feColorMatrix" => {
                        let matrix = numbers("values");
                        matrix.len() == 20 && matrix.iter().skip(15).all(|value| value.abs() < 0.1)
                    }
                    "feGaussianBlur" => first("stdDeviation").is_some_and(|blur| blur >= font * 0.45),
                    "feOffset" => [first("dx"), first("dy")].iter().flatten().any(|by| by.abs() >= 1000.0),
                    _ => false,
                }
            });
        // What paints all over, put on by nothing else, is all that is left.
        gone || last == Some("feFlood")
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
                let cut = a.plus(*b, 1.0);
                match size {
                    Some(size) => size - cut.resolve(font, size) < SMALL,
                    None => sum >= 0.98 || cut.resolve(font, 0.0) >= 2000.0,
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
            let Some(x) = x else {
                // To the nearest side; how near the lower one is may not be known.
                let near = cx.min(wide - cx).min(cy);
                return near.min(size.1.map_or(f32::MAX, |high| high - cy)) < 2.0;
            };
            let y = y.as_ref();
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
