//! Where a piece of text stands, and what its ancestors do to it: an estimate of layout, of cutting and of
//! painting without doing them.

mod cut;
mod ground;
mod sight;

use std::sync::Arc;

use html5ever::local_name;

use super::cover::{Layers, Rect};
use super::dom::{Dom, Element, NodeId};
use super::drawing::Drawing;
use super::flow::Pen;
use super::hide::{
    BEYOND, CLIP, DISPLAY, FAR, FILTER, Hiding, MASK, OFF_SCREEN, OVERFLOW, SVG, TINY, TITLE, TRANSFORM,
    VISIBILITY,
};
use super::ink::Canvas;
use super::matrix::{self, Matrix};
use super::property::{Display, Inside, Position, Property};
use super::shape::{Outline, is_empty};
use super::style::Style;
use super::value::{Length, Rgba, SCREEN};
use crate::base::Rule;

/// What cuts off text around a place, in pixels of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cutter {
    left: f32,
    right: f32,
    top: f32,
    /// The lower edge, on the line of least places.
    bottom: f32,
    rule: &'static Rule,
}

impl Cutter {
    fn within(self, outer: Option<Self>) -> Self {
        let Some(outer) = outer else { return self };
        Self {
            left: self.left.max(outer.left),
            right: self.right.min(outer.right),
            top: self.top.max(outer.top),
            bottom: self.bottom.min(outer.bottom),
            rule: self.rule,
        }
    }
}

/// The box that positions refer to.
#[derive(Debug, Clone, Copy)]
struct Containing {
    x: f32,
    top: Pen,
    exact: bool,
    width: f32,
    height: Option<f32>,
    /// It cuts off what is under it.
    cuts: bool,
    id: u32,
}

/// A box as it is painted, with its lower edge where that is declared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Painted {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: Option<f32>,
    /// It reaches to the bottom of this box, less so many pixels.
    pub(super) container: Option<(u32, f32)>,
    /// It was taken out of its place.
    pub(super) moved: bool,
    /// It covers the screen, wherever the page is scrolled to.
    pub(super) whole: bool,
}

/// What the ancestors do to text.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the place")]
pub(super) struct Scene {
    /// Nothing below is seen, whatever it says.
    gone: Hiding,
    /// What stands in the flow is cut off.
    cut: Hiding,
    /// What is positioned against an ancestor inside the cutting box is cut off.
    cut_absolute: Hiding,
    pub(super) cutter: Option<Cutter>,
    cutter_absolute: Option<Cutter>,
    pub(super) canvas: Canvas,
    /// The last box whose paint is behind this, and what is behind the box.
    grounds: Option<(Rect, Option<Rgba>)>,
    /// The content box: its left edge, its width and its upper edge; its height when it is declared.
    pub(super) x: f32,
    pub(super) width: f32,
    pub(super) top: Pen,
    height: Option<f32>,
    containing: Containing,
    /// The distance from the page's top is known, not estimated.
    exact: bool,
    /// How far the box was shifted down, out of the place that it would have.
    drop: f32,
    /// From the page as it is laid out to the page as it is seen.
    matrix: Option<Arc<Matrix>>,
    /// The same in three dimensions, for children that share the space; and what the distance of the viewer does.
    space: Option<Arc<Matrix>>,
    lens: Option<Arc<Matrix>>,
    fixed: bool,
    /// The page begins at its right edge.
    rtl: bool,
    vertical: bool,
    cuts_here: bool,
    folded: bool,
    /// A line goes through all text, as thick as the text is high.
    struck: bool,
    pub(super) drawing: Option<Drawing>,
    /// Off the right or lower edge of the screen, fixed there.
    outside: bool,
    /// The layer of painting, and the stacking context.
    pub(super) layer: u32,
    context: u32,
    /// Padding and border under the content; the width and the margins of the whole box.
    pub(super) foot: f32,
    pub(super) margin: (f32, f32),
    pub(super) outer_width: Option<f32>,
    /// How far the box was moved down from the place that it keeps in the flow.
    pub(super) shifted: f32,
    /// An ancestor or it stands outside the flow.
    away: bool,
    pub(super) painted: Option<Painted>,
}

/// What a page's scenes share.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) layers: Layers,
    /// Something above has a height that is not known.
    pub(super) unsure: bool,
    /// Something is painted under the ground of its own layer.
    pub(super) deep: bool,
    boxes: u32,
}

impl Stage {
    pub(super) fn new(unsure: bool) -> Self {
        Self { layers: Layers::new(), unsure, deep: false, boxes: 0 }
    }
}

impl Scene {
    pub(super) fn page() -> Self {
        let top = Pen::at(0.0);
        Self {
            gone: None,
            cut: None,
            cut_absolute: None,
            cutter: None,
            cutter_absolute: None,
            canvas: Canvas::page(),
            grounds: None,
            x: 0.0,
            width: SCREEN.0,
            top,
            height: Some(SCREEN.1),
            containing: Containing {
                x: 0.0,
                top,
                exact: true,
                width: SCREEN.0,
                height: Some(SCREEN.1),
                cuts: false,
                id: 0,
            },
            exact: true,
            drop: 0.0,
            matrix: None,
            space: None,
            lens: None,
            fixed: false,
            rtl: false,
            vertical: false,
            cuts_here: false,
            folded: false,
            struck: false,
            drawing: None,
            outside: false,
            layer: Layers::ROOT,
            context: Layers::ROOT,
            foot: 0.0,
            margin: (0.0, 0.0),
            outer_width: None,
            shifted: 0.0,
            away: false,
            painted: None,
        }
    }

    /// The same with another content box along the line.
    pub(super) fn narrowed(&self, x: f32, width: f32) -> Self {
        Self { x, width, ..self.clone() }
    }

    /// Nothing below this is seen, for this reason, unless there is one already.
    pub(super) fn hide(&mut self, rule: &'static Rule) {
        self.gone = self.gone.or(Some(rule));
    }

    pub(super) fn gone(&self) -> Hiding {
        self.gone
    }

    /// The layer of something that is painted next, in the order of the source.
    pub(super) fn next_layer(&self, stage: &mut Stage) -> u32 {
        stage.layers.push(self.context, 0.0)
    }

    /// The box that this one is for those positioned inside it.
    pub(super) fn containing_id(&self) -> u32 {
        self.containing.id
    }

    /// Why the box that it stands in shows nothing.
    pub(super) fn cut(&self) -> Hiding {
        self.cut
    }

    /// Whether it was taken out of its place in the flow.
    pub(super) fn is_moved(&self) -> bool {
        self.away || self.drop.abs() > 0.5 || self.is_transformed()
    }

    pub(super) fn is_fixed(&self) -> bool {
        self.fixed
    }

    /// The upper edge of the box, at its least and at its likeliest.
    pub(super) fn box_top(&self, painted: &Painted) -> Pen {
        self.top.plus(painted.top - self.top.best)
    }

    /// Why a box that stands here cannot be seen, whatever is in it.
    pub(super) fn misplaced_box(&self, style: &Style) -> Hiding {
        let off = self.outside
            || self.x >= BEYOND
            || self.x <= -100.0 && self.x + self.width <= 0.0
            || self.exact && self.height.is_some_and(|height| self.top.best + height <= 0.0);
        if off {
            return Some(&OFF_SCREEN);
        }
        if let Some(matrix) = &self.matrix
            && matrix::thinnest(matrix, self.x, self.top.best) * style.font < TINY
        {
            return Some(&TRANSFORM);
        }
        (!style.is_visible()).then_some(&VISIBILITY)
    }

    /// Whether an element of this style makes a box of its own.
    pub(super) fn is_boxed(style: &Style) -> bool {
        style.display() != Display::Inline
            || matches!(style.position(), Position::Absolute | Position::Fixed)
            || style.floats()
    }

    /// Whether it stands outside the flow.
    pub(super) fn is_out_of_flow(style: &Style) -> bool {
        matches!(style.position(), Position::Absolute | Position::Fixed)
    }

    /// The scene inside `element`, whose box would begin at `at`.
    #[expect(clippy::too_many_arguments, reason = "the element with all that is known about it")]
    pub(super) fn enter(
        &self,
        stage: &mut Stage,
        outline: &Outline<'_>,
        dom: &Dom,
        id: NodeId,
        element: &Element,
        style: &Style,
        at: (f32, Pen),
    ) -> Self {
        let mut scene = Self {
            cuts_here: false,
            folded: false,
            painted: None,
            foot: 0.0,
            margin: (0.0, 0.0),
            outer_width: None,
            shifted: 0.0,
            ..self.clone()
        };
        if self.gone.is_some() {
            return scene;
        }
        let display = style.display();
        if display == Display::None {
            let title = element.is_html() && element.name.local == local_name!("title");
            scene.hide(if title { &TITLE } else { &DISPLAY });
            return scene;
        }
        if display == Display::Contents {
            (scene.folded, scene.cuts_here) = (self.folded, self.cuts_here);
            return scene;
        }
        if style.flag(Property::ContentVisibility) {
            scene.hide(&VISIBILITY);
        }
        let clipped = |shape: &std::sync::Arc<super::property::Shape>| {
            element.is_svg() && is_empty(shape, style.font, (self.width, None), outline)
        };
        if style.shape.as_ref().is_some_and(clipped) {
            scene.hide(&CLIP);
        }
        if style.flag(Property::Mask)
            || style.number(Property::Mask).is_some_and(|some| some > 1.5) && style.flag(Property::MaskCut)
            || style.number(Property::Mask).is_some() && style.flag(Property::MaskSize)
            || style.mask.as_ref().is_some_and(|id| outline.masks_all(id))
        {
            scene.hide(&MASK);
        }
        if style.filter_ref.as_ref().is_some_and(|id| outline.filters_all(id, style.font)) {
            scene.hide(&FILTER);
        }
        let strike = style.px(Property::Strike, 0.0).filter(|_| style.flag(Property::StrikeOn));
        let blank = style.paint(Property::StrikeColor).is_some_and(super::value::Paint::is_clear);
        // Lines go on in what stands in the text, and not in boxes of their own.
        scene.struck = self.struck && !(Self::is_out_of_flow(style) || display == Display::InlineBlock)
            || strike.is_some_and(|thick| thick >= style.font * 0.9) && !blank;
        scene.canvas.group(style);
        if scene.canvas.is_group(&self.canvas) {
            scene.grounds = None;
        }
        scene.vertical |= style.flag(Property::Vertical);
        if element.is_svg() {
            scene.draw(dom, element, style, at);
            scene.ground(dom, id, element, style);
            return scene;
        }
        let root = element.is_html() && matches!(&*element.name.local, "html" | "body");
        if root {
            scene.rtl = style.flag(Property::Direction);
        }
        let boxed = Self::is_boxed(style);
        scene.layer(stage, style);
        scene.place(self, stage, style, boxed, at);
        if boxed {
            scene.transform(self, style);
        }
        scene.clip(self, style, outline, root, boxed);
        scene.ground(dom, id, element, style);
        scene
    }

    /// In which order the element is painted.
    fn layer(&mut self, stage: &mut Stage, style: &Style) {
        let positioned = style.position() != Position::Static;
        let z = style.number(Property::ZIndex);
        let context = style.number(Property::Opacity).is_some_and(|opacity| opacity < 1.0)
            || style.is_transformed()
            || style.filter.is_some()
            || style.flag(Property::Isolation)
            || style.blend() != super::property::Blend::Normal
            || style.position() == Position::Fixed
            || style.number(Property::Contain).is_some_and(|bits| bits >= 2.0)
            || (positioned && z.is_some());
        if !positioned && !context {
            return;
        }
        let z = if positioned { z.unwrap_or(0.0) } else { 0.0 };
        stage.deep |= z < 0.0;
        self.layer = stage.layers.push(self.context, z);
        if context {
            self.context = self.layer;
        }
    }

    /// The box's place and size.
    #[expect(clippy::too_many_lines, reason = "one case after the other, as the standard has them")]
    fn place(&mut self, outer: &Self, stage: &mut Stage, style: &Style, boxed: bool, at: (f32, Pen)) {
        let position = style.position();
        let away = matches!(position, Position::Absolute | Position::Fixed);
        let containing = match position {
            Position::Fixed => Containing {
                x: 0.0,
                top: Pen::at(0.0),
                exact: true,
                width: SCREEN.0,
                height: Some(SCREEN.1),
                cuts: false,
                id: 0,
            },
            Position::Absolute => self.containing,
            _ => Containing {
                x: outer.x,
                top: outer.top,
                exact: outer.exact,
                width: outer.width,
                height: outer.height,
                cuts: false,
                id: 0,
            },
        };
        let base = containing.width;
        let px = |property| style.px(property, base);
        let high = |property: Property, or: f32| match (style.length(property), containing.height) {
            (Some(length), None) if length.part.abs() > 0.001 => {
                Some(Length { part: 0.0, ..length }.resolve(style.font, 0.0) * style.zoom + length.part * or)
            }
            (Some(_), height) => style.px(property, height.unwrap_or(0.0)),
            (None, _) => None,
        };
        let margin = |property| px(property).unwrap_or(0.0);
        let (left_margin, right_margin) = (margin(Property::MarginLeft), margin(Property::MarginRight));
        let (left, right) = (px(Property::Left), px(Property::Right));
        let (top, bottom) = (high(Property::Top, SCREEN.1), high(Property::Bottom, SCREEN.1));
        if !boxed {
            self.x += left_margin;
            if position == Position::Relative {
                self.x += left.or_else(|| right.map(|right| -right)).unwrap_or(0.0);
                let down = top.or_else(|| bottom.map(|bottom| -bottom)).unwrap_or(0.0);
                self.drop += down;
                self.top = self.top.plus(down);
            }
            return;
        }
        let head = margin(Property::BorderTop) + margin(Property::PaddingTop);
        let foot = margin(Property::BorderBottom) + margin(Property::PaddingBottom);
        let near = margin(Property::BorderLeft) + margin(Property::PaddingLeft);
        let far = margin(Property::BorderRight) + margin(Property::PaddingRight);
        let (inner_x, inner_y) =
            if style.flag(Property::BoxSizing) { (near + far, head + foot) } else { (0.0, 0.0) };
        // Without a size of its own a box out of the flow is as wide as what is in it: at most this.
        let free = match (away, left, right) {
            (true, Some(left), Some(right)) => base - left - right,
            _ => base,
        };
        let available = free - left_margin - right_margin - near - far;
        let basis = px(Property::FlexBasis).filter(|_| px(Property::Width).is_none());
        let declared = px(Property::Width).map(|width| width - inner_x);
        let fixed_basis = basis.filter(|basis| *basis >= 1.0).map(|width| width - inner_x);
        let width = declared.or(fixed_basis).unwrap_or(available);
        let cell = style.display() == Display::Cell;
        let width = px(Property::MaxWidth).filter(|_| !cell).map_or(width, |max| width.min(max - inner_x));
        let width = px(Property::MinWidth).map_or(width, |min| width.max(min - inner_x)).max(0.0);
        let known_height = |property: Property| {
            let length = style.length(property)?;
            if length.is_share() && containing.height.is_none() {
                return None;
            }
            style.px(property, containing.height.unwrap_or(0.0)).map(|height| (height - inner_y).max(0.0))
        };
        // Of tables and their parts a height is the least that they have.
        let grows =
            style.inside() == Inside::Table || matches!(style.display(), Display::Row | Display::Cell);
        let height = known_height(Property::Height).filter(|_| !grows);
        let stretched = match (away, top, bottom, containing.height) {
            (true, Some(top), Some(bottom), Some(whole)) => {
                Some((whole - top - bottom - head - foot).max(0.0))
            }
            _ => None,
        };
        self.width = width;
        self.height = height.or(stretched);
        self.outer_width = (declared.is_some() || fixed_basis.is_some()).then_some(width + near + far);
        self.foot = foot;
        self.margin = (margin(Property::MarginBottom), left_margin + right_margin);
        let margin_top = margin(Property::MarginTop);
        let (mut x, mut y) = (at.0 + left_margin, at.1);
        match position {
            Position::Static | Position::Sticky if style.floats_right() => {
                if let Some(whole) = self.outer_width {
                    x = outer.x + base - right_margin - whole;
                }
            }
            Position::Static | Position::Sticky => {}
            Position::Relative => {
                x += left.or_else(|| right.map(|right| -right)).unwrap_or(0.0);
                let down = top.or_else(|| bottom.map(|bottom| -bottom)).unwrap_or(0.0);
                self.drop += down;
                self.shifted = down;
                y = y.plus(down);
            }
            Position::Absolute | Position::Fixed => {
                let is_fixed = position == Position::Fixed;
                self.fixed |= is_fixed;
                self.cut = if is_fixed { None } else { self.cut_absolute };
                self.cutter = if is_fixed { None } else { self.cutter_absolute };
                let whole = |property| {
                    style.length(property).is_some_and(|length| length.part >= 0.995 && length.px >= 0.0)
                };
                if containing.cuts && (whole(Property::Top) || whole(Property::Bottom)) {
                    // It begins where the box that cuts ends, however high that is.
                    self.cut = self.cut.or(Some(&OVERFLOW));
                }
                if let Some(left) = left {
                    x = containing.x + left + left_margin;
                } else if let Some(right) = right {
                    let whole = self.outer_width.unwrap_or_else(|| (width + near + far).min(300.0));
                    x = containing.x + base - right - whole - right_margin;
                    self.width = self.width.min(whole);
                }
                if let Some(top) = top {
                    y = containing.top.plus(top + margin_top);
                    self.exact = containing.exact;
                    self.drop = y.best;
                } else if let Some(bottom) = bottom {
                    let own = self.height.map_or_else(|| style.line(), |height| height + head + foot);
                    if let Some(whole) = containing.height {
                        y = containing.top.plus(whole - bottom - own);
                        self.exact = containing.exact && self.height.is_some();
                    }
                    self.outside |=
                        containing.exact && containing.height.is_some_and(|whole| whole - bottom <= 0.0);
                    if bottom >= FAR {
                        self.drop = -bottom;
                    }
                    self.outside |= bottom <= -FAR || is_fixed && bottom <= -100.0 && bottom <= -own;
                }
                if is_fixed {
                    self.outside |= left.is_some_and(|left| left >= SCREEN.0)
                        || top.is_some_and(|top| top >= SCREEN.1)
                        || right.is_some_and(|right| left.is_none() && right <= -SCREEN.0 / 2.0);
                }
                self.outside |= left.is_none() && right.is_some_and(|right| right <= -BEYOND);
            }
        }
        if position != Position::Fixed && margin_top < 0.0 && top.is_none() {
            self.drop += margin_top;
        }
        self.away |= away;
        let moved = self.away || self.drop < outer.drop || margin_top < 0.0;
        let whole = position == Position::Fixed
            && x <= 8.0
            && y.best <= 8.0
            && self.width + near + far >= SCREEN.0 * 0.95
            && self.height.is_some_and(|height| height + head + foot >= SCREEN.1 * 0.95)
            && (declared.is_some() || right.is_some());
        let sized = declared.is_some() || (left.is_some() && right.is_some()) || !away;
        let container = match (away, top, bottom, self.height) {
            (true, Some(_), Some(bottom), None) => Some((self.containing.id, bottom)),
            (true, Some(top), None, None)
                if style.length(Property::Height).is_some_and(|height| height.part >= 0.99) =>
            {
                Some((self.containing.id, -top))
            }
            _ => None,
        };
        if sized {
            self.painted = Some(Painted {
                left: x,
                top: y.best,
                right: x + self.width + near + far,
                bottom: self.height.map(|height| y.best + head + height + foot),
                container,
                moved,
                whole,
            });
        }
        self.x = x + near;
        self.top = y.plus(head);
        if position != Position::Static || style.is_transformed() {
            stage.boxes = stage.boxes.wrapping_add(1);
            self.containing = Containing {
                x,
                top: y,
                exact: self.exact && away,
                width: self.width + near + far,
                height: self.height.map(|height| height + head + foot),
                cuts: false,
                id: stage.boxes,
            };
        }
    }

    fn transform(&mut self, outer: &Self, style: &Style) {
        let space = outer.space.clone().or_else(|| outer.matrix.clone());
        let keeps = style.flag(Property::Preserve3d);
        (self.space, self.lens) = (None, None);
        let size = (self.width, self.height.unwrap_or_else(|| style.line()));
        if let Some(distance) = style.px(Property::Perspective, 0.0) {
            let centre = (self.x + size.0 / 2.0, self.top.best + size.1 / 2.0);
            let lens = matrix::times(&matrix::shift(centre.0, centre.1, 0.0), &matrix::perspective(distance));
            self.lens = Some(Arc::new(matrix::times(&lens, &matrix::shift(-centre.0, -centre.1, 0.0))));
        }
        if style.is_transformed() {
            let part = |property, whole: f32| style.px(property, whole).unwrap_or(whole / 2.0);
            let origin =
                (self.x + part(Property::OriginX, size.0), self.top.best + part(Property::OriginY, size.1));
            let mut own = matrix::shift(origin.0, origin.1, 0.0);
            for steps in style.transforms() {
                own = matrix::times(&own, &matrix::of_steps(steps, style.font, size));
            }
            own = matrix::times(&own, &matrix::shift(-origin.0, -origin.1, 0.0));
            if let Some(lens) = &outer.lens {
                own = matrix::times(lens, &own);
            }
            if style.flag(Property::Backface)
                && matrix::faces_away(&match &outer.space {
                    Some(space) => matrix::times(space, &own),
                    None => own,
                })
            {
                self.hide(&TRANSFORM);
            }
            let own = match &space {
                Some(space) => matrix::times(space, &own),
                None => own,
            };
            self.matrix = Some(Arc::new(own));
        } else if style.flag(Property::Backface)
            && outer.space.as_ref().is_some_and(|space| matrix::faces_away(space))
        {
            self.hide(&TRANSFORM);
        }
        if keeps {
            self.space = self.matrix.clone();
        }
        if style.px(Property::OffsetDistance, 0.0).is_some_and(|distance| distance.abs() >= FAR) {
            self.outside = true;
        }
    }

    fn draw(&mut self, dom: &Dom, element: &Element, style: &Style, at: (f32, Pen)) {
        let name = &*element.name.local;
        if name == "foreignObject" {
            if Drawing::is_thin(element) {
                self.hide(&SVG);
            }
            self.drawing = None;
            return;
        }
        let drawing = match self.drawing.take() {
            _ if name == "svg" => Drawing::new(element, style, self.width, (at.0, at.1.best)),
            Some(drawing) => drawing.enter(element, style),
            None => return,
        };
        if drawing.is_nothing() {
            self.hide(&SVG);
        }
        let mut drawing = drawing;
        if let Some(super::property::Shape::Reference(id)) = style.shape.as_deref() {
            drawing.cut_to(dom, id);
        }
        if name == "svg" && matches!(style.position(), Position::Absolute | Position::Fixed) {
            let far = style.px(Property::Left, self.width).is_some_and(|left| left <= -FAR);
            self.outside |= far;
        }
        self.drawing = Some(drawing);
    }
}
