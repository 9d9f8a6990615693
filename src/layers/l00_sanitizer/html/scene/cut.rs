//! What a box cuts off of what is in it.

use super::super::hide::{CLAMP, CLIP, NARROW, OVERFLOW, SMALL};
use super::super::property::{Display, Inside, Overflow, Position, Property, Shape};
use super::super::shape::{Outline, is_empty};
use super::super::style::Style;
use super::super::value::Length;
use super::{Cutter, Scene};

impl Scene {
    pub(super) fn clip(
        &mut self,
        outer: &Self,
        style: &Style,
        outline: &Outline<'_>,
        root: bool,
        boxed: bool,
    ) {
        let position = style.position();
        let away = matches!(position, Position::Absolute | Position::Fixed);
        let size = (self.width, self.height);
        if style.shape.as_ref().is_some_and(|shape| is_empty(shape, style.font, size, outline)) {
            self.hide(&CLIP);
        }
        if !boxed {
            return;
        }
        if let Some(shape) = &style.shape {
            self.cut_to_shape(shape, style.font);
        }
        if style.flag(Property::Clip) && away {
            self.hide(&CLIP);
        }
        let contain = style.number(Property::Contain).unwrap_or(0.0);
        let sizeless = contain % 2.0 > 0.5;
        let (over_x, over_y) = style.overflows();
        // What the root cuts off is cut off by the screen, and that scrolls.
        let cuts = !root && (over_x != Overflow::Visible || over_y != Overflow::Visible || contain >= 2.0);
        let strict = sizeless && cuts;
        let pad = |a, b| style.px(a, outer.width).unwrap_or(0.0) + style.px(b, outer.width).unwrap_or(0.0);
        let border = style.flag(Property::BoxSizing);
        let pad_y = pad(Property::PaddingTop, Property::PaddingBottom);
        let pad_x = pad(Property::PaddingLeft, Property::PaddingRight);
        let frame_y = pad_y + pad(Property::BorderTop, Property::BorderBottom);
        let frame_x = pad_x + pad(Property::BorderLeft, Property::BorderRight);
        let tall = |property| {
            let length = style.length(property)?;
            // A share of a height that is not known is as good as nothing said, where the page keeps to the standard.
            let known = !length.is_share() || (away || outline.dom.quirks) && length.part.abs() < 0.001;
            let whole = if known { Some(0.0) } else { outer.height };
            whole
                .and_then(|whole| style.px(property, whole))
                .map(|px| if border { (px - frame_y).max(0.0) } else { px })
        };
        let wide = |property| {
            style.px(property, outer.width).map(|px| if border { (px - frame_x).max(0.0) } else { px })
        };
        // Of tables and their parts a height is the least that they have.
        let grows =
            style.inside() == Inside::Table || matches!(style.display(), Display::Row | Display::Cell);
        let height = least(
            tall(Property::Height).filter(|_| !grows),
            tall(Property::MaxHeight),
            tall(Property::MinHeight),
        );
        // A cell that is told to be of no width is as wide as its column: a common way to let it shrink.
        let cell = style.display() == Display::Cell;
        let max_width = wide(Property::MaxWidth).filter(|_| !cell);
        let row = style.length(Property::FlexBasis).is_some_and(|basis| basis.resolve(style.font, 0.0) < 1.0)
            && style.number(Property::FlexGrow).is_some_and(|grow| grow < 0.001)
            && style.px(Property::MinWidth, outer.width).is_some_and(|min| min < 1.0);
        let own_width = wide(Property::Width).filter(|_| !cell).or(row.then_some(0.0));
        let width = least(own_width, max_width, wide(Property::MinWidth));
        if cuts || strict {
            self.cuts_here = true;
            let (along, across) = (
                contain >= 2.0 || over_y != Overflow::Visible,
                contain >= 2.0 || over_x != Overflow::Visible,
            );
            let height = height.or_else(|| style.number(Property::GridRows));
            let no_height =
                along && height.or(strict.then_some(0.0)).is_some_and(|height| height + pad_y < SMALL);
            let no_width = across && width.is_some_and(|width| width + pad_x < NARROW);
            let folded = along && outer.folded && height.is_none_or(|height| height < SMALL);
            let no_line =
                along && height.is_none() && style.line() < 2.0 && pad_y < SMALL && style.font >= SMALL;
            if no_height || no_width || folded || no_line {
                self.cut = self.cut.or(Some(&OVERFLOW));
            }
            self.cut_to(style, height, width, (over_x, over_y), (pad_x, pad_y));
        }
        // Positioned boxes below refer to this one, so what cuts here cuts them as well.
        if position != Position::Static || style.is_transformed() || contain >= 2.0 {
            (self.cut_absolute, self.cutter_absolute) = (self.cut, self.cutter);
            self.containing.cuts = cuts && over_y == Overflow::Hidden;
        }
        self.folded = style.flag(Property::GridRows) || style.number(Property::GridRows).is_some();
    }

    /// Takes down the edges of the rectangle that a clip path fits in. It cuts all that is in the box, wherever it is.
    fn cut_to_shape(&mut self, shape: &Shape, font: f32) {
        if self.matrix.is_some() || self.vertical {
            return;
        }
        let sure = self.painted.is_some();
        let (left, top, wide, high) = match &self.painted {
            Some(painted) => (
                painted.left,
                painted.top,
                painted.right - painted.left,
                painted.bottom.map(|bottom| bottom - painted.top),
            ),
            None => (self.x, self.top.best, self.width, None),
        };
        let [near, upper, far, lower] = bounds(shape, font, sure.then_some(wide), high);
        // A margin of what is in it may move the box itself down, where nothing keeps the two apart.
        let lower = lower.filter(|_| self.cuts_here || self.away || top + 0.5 < self.top.best);
        let cutter = Cutter {
            left: near.map_or(f32::MIN, |near| left + near),
            top: upper.map_or(f32::MIN, |upper| top + upper),
            right: far.map_or(f32::MAX, |far| left + far),
            bottom: lower.map_or(f32::MAX, |lower| top + lower),
            rule: &CLIP,
        };
        if [near, upper, far, lower].iter().any(Option::is_some) {
            self.cutter = Some(cutter.within(self.cutter));
            self.cutter_absolute = Some(cutter.within(self.cutter_absolute));
        }
    }

    /// Takes down the edges beyond which text cannot be seen and cannot be brought into sight.
    fn cut_to(
        &mut self,
        style: &Style,
        height: Option<f32>,
        width: Option<f32>,
        over: (Overflow, Overflow),
        pad: (f32, f32),
    ) {
        if self.matrix.is_some() || self.vertical {
            return;
        }
        let pad_top = style.px(Property::PaddingTop, self.width).unwrap_or(0.0);
        let pad_left = style.px(Property::PaddingLeft, self.width).unwrap_or(0.0);
        let (top, left) = (self.top.plus(-pad_top), self.x - pad_left);
        let clamped = style.number(Property::LineClamp).filter(|_| style.inside() == Inside::Clamped);
        let hidden = |over: Overflow| over == Overflow::Hidden;
        let whole = height.or(self.height).map(|height| top.low + height + pad.1);
        let lines = clamped.map(|lines| self.top.low + lines * style.line());
        let (bottom, rule) = match (whole.filter(|_| hidden(over.1)), lines) {
            (_, Some(lines)) => (lines, &CLAMP),
            (Some(whole), None) => (whole, &OVERFLOW),
            (None, None) => (f32::MAX, &OVERFLOW),
        };
        let cutter = Cutter {
            left: if hidden(over.0) { left } else { f32::MIN },
            right: if hidden(over.0) { left + width.unwrap_or(self.width) + pad.0 } else { f32::MAX },
            top: if hidden(over.1) { top.best } else { f32::MIN },
            bottom,
            rule,
        };
        self.cutter = Some(cutter.within(self.cutter));
    }
}

/// The left, upper, right and lower edge of what a shape leaves of a box of this size, as far as they are known.
fn bounds(shape: &Shape, font: f32, wide: Option<f32>, high: Option<f32>) -> [Option<f32>; 4] {
    let on = |length: &Length, size: Option<f32>| match size {
        Some(size) => Some(length.resolve(font, size)),
        None => (!length.is_share()).then(|| length.resolve(font, 0.0)),
    };
    let far = |length: &Length, size: Option<f32>| Some(size? - length.resolve(font, size?));
    match shape {
        Shape::Inset([top, right, bottom, left]) => {
            [on(left, wide), on(top, high), far(right, wide), far(bottom, high)]
        }
        Shape::Edges([top, right, bottom, left]) => {
            let edge =
                |length: &Option<Length>, size, or| length.as_ref().map_or(or, |length| on(length, size));
            [
                edge(left, wide, Some(0.0)),
                edge(top, high, Some(0.0)),
                edge(right, wide, wide),
                edge(bottom, high, high),
            ]
        }
        Shape::Polygon(points) => {
            let most = |values: &mut dyn Iterator<Item = Option<f32>>, pick: fn(f32, f32) -> f32| {
                values.reduce(|a, b| Some(pick(a?, b?))).flatten()
            };
            let across = || points.iter().map(|(x, _)| on(x, wide));
            let down = || points.iter().map(|(_, y)| on(y, high));
            [
                most(&mut across(), f32::min),
                most(&mut down(), f32::min),
                most(&mut across(), f32::max),
                most(&mut down(), f32::max),
            ]
        }
        Shape::Path([left, top, right, bottom]) => [Some(*left), Some(*top), Some(*right), Some(*bottom)],
        Shape::Oval(..) | Shape::Reference(_) => [None; 4],
    }
}

/// The used size of a size, its cap and its floor; `None` when nothing was said.
fn least(size: Option<f32>, max: Option<f32>, min: Option<f32>) -> Option<f32> {
    let capped = match (size, max) {
        (Some(size), Some(max)) => Some(size.min(max)),
        // A cap alone tells the size only when it leaves nothing.
        (None, Some(max)) => Some(max),
        (size, None) => size,
    };
    capped.map(|size| min.map_or(size, |min| size.max(min)))
}
